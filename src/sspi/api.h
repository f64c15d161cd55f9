/* sspi/api.h: small things that several of the functions of SSPI share. */
#ifndef TROTH_SSPI_API_H
#define TROTH_SSPI_API_H

#include <sspi/package.h>
#include <sspi/process.h>
#include <sspi/text.h>

/* Unix time in 100 ns as Windows counts; what lies beyond its end, UINT64_MAX included, is the last there is. */
TimeStamp troth_sspi_time(uint64_t unix_100ns);
/* SecPkgInfo of n packages in one block, with their strings; NULL = no memory. */
void *troth_sspi_package_info(troth_sspi_blocks *b, const troth_sspi_package *packages, size_t n, bool wide);

#endif
