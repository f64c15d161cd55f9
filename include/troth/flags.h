/*
 * troth/flags.h: the numbers of SSPI and GSS-API in words. Tables only; nothing here touches a context. In
 * libtroth-sspi.
 */
#ifndef TROTH_FLAGS_H
#define TROTH_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numberings of context requirements and attributes: of either side, and GSS-API's. None is another. */
typedef enum troth_flag_set {
    TROTH_FLAG_SET_ISC_REQ,
    TROTH_FLAG_SET_ISC_RET,
    TROTH_FLAG_SET_ASC_REQ,
    TROTH_FLAG_SET_ASC_RET,
    TROTH_FLAG_SET_GSS,
    TROTH_N_FLAG_SETS
} troth_flag_set;

/*
 * One flag; strings are constants.
 *
 * name      "MUTUAL_AUTH", "GSS_C_MUTUAL_FLAG"
 * packages  of SSPI that know it, up to a NULL; the others ignore it
 * early     no security attribute: true of a context from its first leg on
 */
typedef struct troth_flag_word {
    const char *name;
    uint32_t bit;
    const char *packages[5];
    bool early;
} troth_flag_word;

/* One SECURITY_STATUS; strings are constants. gss: the GSS-API major that says the same, NULL = none does. */
typedef struct troth_sspi_word {
    const char *name; /* "SEC_E_LOGON_DENIED" */
    uint32_t value;
    const char *text, *gss;
} troth_sspi_word;

/* "ISC_REQ" and so on; NULL = no such set. */
const char *troth_flag_set_name(troth_flag_set set);
/* Show flag number i of a set, counted from 0 in a fixed order; false = there is none. */
bool troth_flag_word_get(troth_flag_set set, size_t i, troth_flag_word *ret);
/* Say flags of one set in another. ret_left: those that have no twin there, in the first set's numbers. */
uint32_t troth_flags_map(troth_flag_set from, uint32_t bits, troth_flag_set to, uint32_t *ret_left);
/* Show status number i, counted from 0 in a fixed order; false = there is none. */
bool troth_sspi_word_get(size_t i, troth_sspi_word *ret);

#ifdef __cplusplus
}
#endif

#endif
