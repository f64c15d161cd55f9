/* csiv2/gssup_cred.h: what a credential holds for GSSUP once it is acquired. */
#ifndef TROTH_CSIV2_GSSUP_CRED_H
#define TROTH_CSIV2_GSSUP_CRED_H

#include <csiv2/gssup_store.h>
#include <sec/cred.h>

typedef struct troth_gssup_cred {
    troth_cred_kind kind;
    const troth_cred_source *src; /* the credential's own: user and password, or whom to ask */
    troth_gssup_store store;
} troth_gssup_cred;

/* The operations of sec/mech.h. */
TROTH_MUST_CHECK troth_status troth_gssup_cred_acquire(troth_cred *cred, const troth_cred_source *src,
                                                       void **ret_element, troth_error *err);
void troth_gssup_cred_release(const troth_env *env, void *element);
/* The first usable element of a credential for a side; NULL = none. */
const troth_gssup_cred *troth_gssup_cred_for(const troth_cred *cred, troth_role role);
/* Ask about a password, as troth_gssup_store_check does; a failed question is its own status. */
TROTH_MUST_CHECK troth_status troth_gssup_cred_check(const troth_gssup_cred *e, troth_bytes user, troth_bytes password,
                                                     bool *ret_known);

#endif
