/*
 * sspi/flags.h: context requirements, one table for each side. The sides' numbers part, and neither is ours or GSS-API's,
 * so that a bit is mapped through its row or not at all. [CR-1, CR-2]
 */
#ifndef TROTH_SSPI_FLAGS_H
#define TROTH_SSPI_FLAGS_H

#include <troth/sspi.h>
#include <troth/types.h>

/* Packages as bits of a row. */
enum { TROTH_SSPI_KERBEROS = 1, TROTH_SSPI_NTLM = 2, TROTH_SSPI_NEGOTIATE = 4, TROTH_SSPI_SCHANNEL = 8 };

/*
 * name       without its prefix: "MUTUAL_AUTH"; where RET has another one, ret_name has it
 * req, ret   the bits on this side; 0 = there is none
 * ours       the requirement and attribute of the engine; 0 = not the engine's business
 * gss        RFC 2744's flag, with the extensions of MIT's library; 0 = none
 * packages   that know it; the others ignore it
 * early      no security bit: true of a context from its first leg on      [CR-20]
 */
typedef struct troth_sspi_flag {
    const char *name, *ret_name;
    uint32_t req, ret;
    troth_flags ours;
    uint32_t gss;
    uint8_t packages;
    bool early;
} troth_sspi_flag;

typedef struct troth_sspi_flag_table {
    const char *prefix; /* "ISC", "ASC" */
    const troth_sspi_flag *rows;
    size_t n;
} troth_sspi_flag_table;

/* The table of a side. */
const troth_sspi_flag_table *troth_sspi_flags_of(troth_role role);
/* Requirements of the engine from REQ bits; bits that the side or the package does not know do nothing. */
troth_flags troth_sspi_flags_require(troth_role role, uint8_t package, uint32_t req);
/* RET bits from the attributes of a complete context. */
uint32_t troth_sspi_flags_ret(troth_role role, uint8_t package, troth_flags attributes);
/* The non-security RET bits that requirements alone decide, for a context that is not complete. */
uint32_t troth_sspi_flags_early(troth_role role, uint8_t package, uint32_t req);
/* The flags of GSS-API for REQ bits of a side. */
uint32_t troth_sspi_flags_gss(troth_role role, uint32_t req);

/* Names of GSS-API's flags. */
typedef struct troth_sspi_gss_flag {
    const char *name;
    uint32_t bit;
} troth_sspi_gss_flag;
extern const troth_sspi_gss_flag troth_sspi_gss_flags[];
extern const size_t troth_sspi_n_gss_flags;

#endif
