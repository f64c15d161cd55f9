/* sspi/sources.h: which sources of the engine's credentials a package uses, by identity and by policy. */
#ifndef TROTH_SSPI_SOURCES_H
#define TROTH_SSPI_SOURCES_H

#include <sspi/config.h>
#include <sspi/identity.h>
#include <sspi/package.h>

/*
 * Make a credential of a package and acquire it, here and now.
 *
 * identity   initiators: who; NULL = the default. Empty: anonymous, which Kerberos cannot
 * principal  whose credential the caller wants, or NULL
 *
 * SEC_E_OK with one reference in *ret; SEC_E_NO_CREDENTIALS and whatever else acquiring can fail with
 */
SECURITY_STATUS troth_sspi_sources_acquire(const troth_env *env, const troth_sspi_package *package, troth_role role,
                                           const troth_sspi_config *config, const troth_sspi_identity *identity,
                                           const char *principal, troth_cred **ret);
/* Acquire what a list of n sources makes, here and now. Statuses as above. */
SECURITY_STATUS troth_sspi_sources_run(const troth_env *env, troth_role role, const troth_cred_source *list, size_t n,
                                       troth_cred **ret);
/* The same with the usable sources of another credential in front, which are acquired anew. base NULL = none. */
SECURITY_STATUS troth_sspi_sources_add(const troth_env *env, const troth_sspi_package *package, troth_role role,
                                       const troth_sspi_config *config, const troth_sspi_identity *identity,
                                       const char *principal, const troth_cred *base, troth_cred **ret);

#endif
