/* sec/cred.h: inside a credential, for mechanisms. */
#ifndef TROTH_SEC_CRED_H
#define TROTH_SEC_CRED_H

#include <sec/mech.h>
#include <stdatomic.h>

/* One source with the mechanism it is for and, once acquired, that mechanism's own element. */
typedef struct troth_cred_part {
    const troth_mech *mech;
    troth_cred_source src; /* strings and secret are ours */
    void *element;
    troth_status st; /* TROTH_NO_CRED before acquisition */
} troth_cred_part;

struct troth_cred {
    const troth_env *env;
    const troth_mech_table *mechs;
    troth_cred_use use;
    atomic_uint refs;
    troth_status st;                /* TROTH_OK when at least one part is usable */
    troth_error error;              /* of the first part that failed             */
    char complaint[256], name[256]; /* "" = none */
    uint64_t expiry;                /* the earliest of the parts                 */
    size_t n_parts;
    troth_cred_part parts[];
};

/* The first usable part of a mechanism; NULL = none. */
const troth_cred_part *troth_cred_part_of(const troth_cred *cred, const troth_mech *mech);
/* Lower the expiry of a credential being acquired. */
void troth_cred_until(troth_cred *cred, uint64_t expiry);
/* Record "path:line: what" (line 0 = no line) of a credential being acquired; the first one stays. */
void troth_cred_complain(troth_cred *cred, const char *path, unsigned line, const char *what);
/* Tell whose a credential being acquired is, as the contexts made of it will say; the first one stays. NULL = no domain. */
void troth_cred_named(troth_cred *cred, const char *domain, const char *name);
/* Whose it is; "" = nobody's, or not known before it is used. */
const char *troth_cred_name(const troth_cred *cred);
/*
 * Whether an open file may hold secrets: whoever may read it may guess at leisure, and whoever may write it may let
 * himself in. TROTH_OK, TROTH_IO (it is no file), TROTH_BAD_CONFIG (others than its owner may write it, or others than its
 * group read it)
 */
TROTH_MUST_CHECK troth_status troth_cred_file_check(int fd);
/* Open one for a credential being acquired, which gets the complaint. Statuses as above; TROTH_IO: cannot be opened. */
TROTH_MUST_CHECK troth_status troth_cred_file_open(troth_cred *cred, const char *path, int *ret);
/* Acquire every part, inside a job. */
void troth_cred_acquire(troth_cred *cred);
/* Wrap an element that a mechanism already holds (a delegated credential) into an acquired credential. */
TROTH_MUST_CHECK troth_status troth_cred_wrap(const troth_env *env, const troth_mech_table *mechs,
                                              const troth_mech *mech, void *element, uint64_t expiry, troth_cred **ret);

#endif
