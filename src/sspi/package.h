/* sspi/package.h: the packages. */
#ifndef TROTH_SSPI_PACKAGE_H
#define TROTH_SSPI_PACKAGE_H

#include <sspi/flags.h>
#include <troth/sec.h>
#include <troth/sspi.h>

/*
 * name, comment, caps, max_token, rpc   as SecPkgInfo has them
 * mech, id                              the mechanism of sec that does the work
 * bit                                   of troth_sspi_flag.packages
 */
typedef struct troth_sspi_package {
    const char *name, *comment, *mech;
    troth_mech_id id;
    uint32_t caps, max_token;
    uint16_t rpc;
    uint8_t bit;
} troth_sspi_package;

extern const troth_sspi_package troth_sspi_packages[];
extern const size_t troth_sspi_n_packages;

/*
 * The package that a caller names. SEC_E_OK; SEC_E_SECPKG_NOT_FOUND, whatever is wrong with the name, NULL included;
 * SEC_E_INSUFFICIENT_MEMORY
 */
SECURITY_STATUS troth_sspi_package_find(const troth_env *env, const void *name, bool wide,
                                        const troth_sspi_package **ret);
/* By name in UTF-8, without regard to case; NULL = none. */
const troth_sspi_package *troth_sspi_package_named(const char *name);
/* The package of a mechanism; NULL = none. */
const troth_sspi_package *troth_sspi_package_of(troth_mech_id id);

#endif
