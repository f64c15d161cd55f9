/*
 * ntlm/users.h: the accounts an acceptor knows, from a file in smbpasswd form, one account a line:
 *
 *   name:uid:LMHASH:NTHASH:[U          ]:LCT-00000000:
 *
 * uid, LM hash and LCT are looked at for their form only. The flags must hold U; an account with D (disabled) or N (no
 * password), or whose NT hash is no hash ("NO PASSWORD...", X's), is known but never let in. Empty lines and lines that
 * begin with # are passed over. An extension: `DOM\name` names an account of that domain only, and goes before a plain
 * `name`, which answers for any domain.
 */
#ifndef TROTH_NTLM_USERS_H
#define TROTH_NTLM_USERS_H

#include <sec/cred.h>

typedef struct troth_ntlm_user {
    char *domain, *name; /* as the file spells them; domain NULL = any     */
    troth_block key;     /* the name in upper-case UTF-16, to sort and find by */
    bool usable;
    uint8_t nt_hash[16];
} troth_ntlm_user;

/* In the order of their keys. */
typedef struct troth_ntlm_users {
    troth_ntlm_user **list;
    size_t n, room;
} troth_ntlm_users;

/*
 * Load a file, whole or not at all.
 *
 * cred  gets the complaint
 * ret   release with troth_ntlm_users_clear
 *
 * TROTH_OK, TROTH_IO (it cannot be read, or is no file), TROTH_BAD_CONFIG (others may read or write it, a line is wrong,
 * an account stands twice, or there is none), TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_ntlm_users_load(troth_cred *cred, const char *path, troth_ntlm_users *ret);
/*
 * Add one account: `name` or `DOM\name`. TROTH_OK, TROTH_NO_MEMORY, TROTH_BAD_CONFIG (it is there already),
 * TROTH_MALFORMED or TROTH_LIMIT (the name cannot be used)
 */
TROTH_MUST_CHECK troth_status troth_ntlm_users_add(const troth_env *env, troth_ntlm_users *u, troth_bytes name,
                                                   const uint8_t nt_hash[16], bool usable);
/* Wipe and release. */
void troth_ntlm_users_clear(const troth_env *env, troth_ntlm_users *u);
/* Find an account without regard to case; NULL = none that may be let in. */
const troth_ntlm_user *troth_ntlm_users_find(const troth_ntlm_users *u, const char *name, const char *domain);

#endif
