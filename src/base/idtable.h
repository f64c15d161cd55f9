/*
 * base/idtable.h: a table from ids to what they name, for contexts, calls and connections that a peer numbers. Bounded,
 * O(1), and hashed with a random key of its own so that a peer cannot choose ids that collide.
 */
#ifndef TROTH_BASE_IDTABLE_H
#define TROTH_BASE_IDTABLE_H

#include <base/mem.h>

typedef struct troth_id_entry troth_id_entry;

/* Values are the owner's; the table copies ids only. */
typedef struct troth_idtable {
    troth_id_entry *head;
    const troth_env *env;
    size_t cap;
    uint8_t key[16];
} troth_idtable;

/* cap: entries at most. Allocates nothing. TROTH_OK, or what the environment's randomness failed with. */
TROTH_MUST_CHECK troth_status troth_idtable_init(troth_idtable *t, const troth_env *env, size_t cap);
/* Forget every entry, and release the memory. The table can be used again. Legal on an all-zero table. */
void troth_idtable_clear(troth_idtable *t);
size_t troth_idtable_len(const troth_idtable *t);
/*
 * Add value, not NULL, under an id of up to 65,535 octets. On failure nothing has changed.
 * TROTH_OK; TROTH_INVALID (the id is taken, no value, or the id is too long); TROTH_LIMIT (full); TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_idtable_add(troth_idtable *t, troth_bytes id, void *value);
/* The value of an id, NULL = none. */
void *troth_idtable_find(const troth_idtable *t, troth_bytes id);
/* Take an id out and answer its value, NULL = there was none. */
void *troth_idtable_remove(troth_idtable *t, troth_bytes id);
/* The same for numbers. Use one kind of id per table. */
TROTH_MUST_CHECK troth_status troth_idtable_add_number(troth_idtable *t, uint64_t id, void *value);
void *troth_idtable_find_number(const troth_idtable *t, uint64_t id);
void *troth_idtable_remove_number(troth_idtable *t, uint64_t id);
/* Call fn for every entry, oldest first, until it answers false. fn may remove the entry it is called with, only. */
void troth_idtable_each(troth_idtable *t, bool (*fn)(void *self, troth_bytes id, void *value), void *self);

#endif
