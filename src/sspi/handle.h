/*
 * sspi/handle.h: what a SecHandle stands for.
 *
 * dwLower holds the kind, the slot and its generation, dwUpper a keyed hash of it: a handle that this process never gave
 * out is told from one that has gone stale, whatever its bits are. Objects are counted: who looked one up may use it
 * until release, though another thread deletes the handle meanwhile.
 */
#ifndef TROTH_SSPI_HANDLE_H
#define TROTH_SSPI_HANDLE_H

#include <base/lock.h>
#include <base/mem.h>
#include <stdatomic.h>
#include <troth/sspi.h>

typedef enum troth_sspi_kind { TROTH_SSPI_CRED = 1, TROTH_SSPI_CONTEXT = 2 } troth_sspi_kind;

/* At the front of whatever a handle stands for. */
typedef struct troth_sspi_object {
    atomic_uint refs;
    void (*destroy)(struct troth_sspi_object *); /* once no reference is left */
} troth_sspi_object;

typedef struct troth_sspi_slot {
    troth_sspi_object *object; /* NULL = free                */
    uint32_t generation;       /* of the next or present one */
    uint32_t next_free;
    troth_sspi_kind kind;
} troth_sspi_slot;

typedef struct troth_sspi_handles {
    const troth_env *env;
    troth_mutex lock;
    uint8_t key[16];
    troth_sspi_slot *slots;
    uint32_t n, cap, max, first_free;
} troth_sspi_handles;

typedef enum troth_sspi_lookup {
    TROTH_SSPI_LIVE,   /* there is an object                           */
    TROTH_SSPI_STALE,  /* this process gave it out; it was deleted     */
    TROTH_SSPI_FOREIGN /* never given out, or of another kind          */
} troth_sspi_lookup;

TROTH_MUST_CHECK troth_status troth_sspi_handles_init(troth_sspi_handles *h, const troth_env *env, uint32_t max);
/* Destroy every object that is still there. No other thread may be inside. */
void troth_sspi_handles_clear(troth_sspi_handles *h);
/* Name an object, taking over one reference. TROTH_OK, TROTH_LIMIT (max handles), TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_sspi_handle_new(troth_sspi_handles *h, troth_sspi_kind kind,
                                                    troth_sspi_object *object, SecHandle *ret);
/* Find an object and take a reference; ret is set for LIVE only. handle may be NULL: FOREIGN. */
troth_sspi_lookup troth_sspi_handle_find(troth_sspi_handles *h, troth_sspi_kind kind, const SecHandle *handle,
                                         troth_sspi_object **ret);
/* Take a handle out of the table, with the table's reference. */
troth_sspi_lookup troth_sspi_handle_delete(troth_sspi_handles *h, troth_sspi_kind kind, const SecHandle *handle);
/* Delete every object of a kind of which `gone` says so; it is called under the table's lock and only looks. */
void troth_sspi_handles_sweep(troth_sspi_handles *h, troth_sspi_kind kind, bool (*gone)(const troth_sspi_object *));
void troth_sspi_object_init(troth_sspi_object *o, void (*destroy)(troth_sspi_object *));
troth_sspi_object *troth_sspi_object_ref(troth_sspi_object *o);
/* NULL is legal. */
void troth_sspi_object_release(troth_sspi_object *o);

#endif
