/* sec/flags.h: what one requirement implies for another, in one place for all mechanisms and wires. */
#ifndef TROTH_SEC_FLAGS_H
#define TROTH_SEC_FLAGS_H

#include <troth/sec.h>

/*
 * Complete a set of requirements: replay and sequence imply integrity, confidentiality carries it, delegation works
 * only with mutual authentication, no-integrity wins over all of these. [CR-4, CR-6, CR-7, CR-8, CR-17]
 *
 * TROTH_OK; TROTH_UNSUPPORTED when two context kinds are asked for at once [CR-14]
 */
TROTH_MUST_CHECK troth_status troth_flags_complete(troth_flags require, troth_flags *ret);

#endif
