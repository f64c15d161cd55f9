/* sspi/identity.h: the callers' descriptions of who they are, in one form. */
#ifndef TROTH_SSPI_IDENTITY_H
#define TROTH_SSPI_IDENTITY_H

#include <sspi/text.h>

/*
 * Strings in UTF-8, "" when empty. Free with troth_sspi_identity_clear, which wipes.
 *
 * kerberos, ntlm  which packages the identity's list allows; both without a list
 */
typedef struct troth_sspi_identity {
    char *user, *domain, *password;
    bool kerberos, ntlm;
} troth_sspi_identity;

/*
 * Read one of SEC_WINNT_AUTH_IDENTITY_A, _W, _EXA, _EXW, _EX2, told apart by their versions and flags.
 *
 * n     octets at p, SIZE_MAX = as many as the structure says
 * wide  what the strings are where no flag says so
 *
 * SEC_E_OK; SEC_E_UNKNOWN_CREDENTIALS (not such a structure, or encrypted); SEC_E_INSUFFICIENT_MEMORY
 */
SECURITY_STATUS troth_sspi_identity_read(const troth_env *env, const void *p, size_t n, bool wide,
                                         troth_sspi_identity *ret);
void troth_sspi_identity_clear(const troth_env *env, troth_sspi_identity *id);
/* True when no part of it says anything. */
bool troth_sspi_identity_empty(const troth_sspi_identity *id);

#endif
