/* troth/status.h: what a call answers, and the sticky error of endpoints and contexts. */
#ifndef TROTH_STATUS_H
#define TROTH_STATUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined __GNUC__
#define TROTH_MUST_CHECK __attribute__((warn_unused_result))
#else
#define TROTH_MUST_CHECK
#endif

/* Classes of status: what sort of thing went wrong. */
typedef enum troth_status_class {
    TROTH_CLASS_NONE,
    TROTH_CLASS_CALLER,
    TROTH_CLASS_MALFORMED,
    TROTH_CLASS_LIMIT,
    TROTH_CLASS_UNEXPECTED,
    TROTH_CLASS_UNSUPPORTED,
    TROTH_CLASS_SECURITY,
    TROTH_CLASS_RESOURCES,
    TROTH_CLASS_MECHANISM
} troth_status_class;

/* Every status; docs/errors.md lists them with their classes and texts. TROTH_OK is 0. */
typedef enum troth_status {
#define TROTH_STATUS(name, class, text) TROTH_##name,
#include <troth/status.def>
#undef TROTH_STATUS
    TROTH_STATUS_COUNT
} troth_status;

/*
 * The first failure of an endpoint or context. It sticks: later failures do not change it.
 *
 * code       our status
 * gss_major  GSS-API routine error, 0 when none applies
 * gss_minor  the mechanism's own code (for Kerberos a com_err code), 0 when none applies
 * wire       what the peer was told, or told us, in the wire's own numbers (an HRESULT for NNS); 0 = nothing
 * where      a constant naming the section of the specification, or the check, that failed; never NULL
 */
typedef struct troth_error {
    troth_status code;
    uint32_t gss_major, gss_minor, wire;
    const char *where;
} troth_error;

/* Name a status ("BAD_MIC"). An unknown value is named "UNKNOWN". The string is a constant. */
const char *troth_status_name(troth_status st);
/* Describe a status in one line, without a full stop. The string is a constant. */
const char *troth_status_text(troth_status st);
/* Tell the class of a status; an unknown value is TROTH_CLASS_MECHANISM. */
troth_status_class troth_status_class_of(troth_status st);
/* Map a status to the Windows HRESULT that says the same (SEC_E_*); TROTH_OK is 0. [MS-ERREF 2.1] */
uint32_t troth_status_hresult(troth_status st);
/* Name a Windows code of the SEC_E_ family, or "0x6FE" kind ("ERROR_TRUST_FAILURE"); NULL when unknown. [MS-ERREF] */
const char *troth_hresult_name(uint32_t code);

#ifdef __cplusplus
}
#endif

#endif
