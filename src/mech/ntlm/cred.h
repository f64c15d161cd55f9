/* ntlm/cred.h: what a credential holds for NTLM once it is acquired. */
#ifndef TROTH_NTLM_CRED_H
#define TROTH_NTLM_CRED_H

#include <mech/ntlm/users.h>

typedef struct troth_ntlm_cred {
    troth_cred_kind kind;
    /* initiator */
    char *account, *authority;             /* as they are shown                                 */
    uint8_t nt_hash[16];                   /* all that is kept of a password                    */
    troth_block user, domain, workstation; /* UTF-16LE                                          */
    /* acceptor */
    bool in_domain;
    char *realm;             /* the domain announced: the authority of accounts without one      */
    troth_block target_name; /* UTF-16LE                                                         */
    troth_block names;       /* AV pairs of our names, without timestamp and end                 */
    troth_ntlm_users users;
    troth_ntlm_lookup lookup;
    void *lookup_self;
} troth_ntlm_cred;

/* The operations of sec/mech.h. A password is wiped from the source once its hash is known. */
TROTH_MUST_CHECK troth_status troth_ntlm_cred_acquire(troth_cred *cred, const troth_cred_source *src,
                                                      void **ret_element, troth_error *err);
void troth_ntlm_cred_release(const troth_env *env, void *element);
/* The first usable element of a credential for a side; NULL = none. */
const troth_ntlm_cred *troth_ntlm_cred_for(const troth_cred *cred, troth_role role);

#endif
