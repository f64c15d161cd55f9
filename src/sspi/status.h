/* sspi/status.h: what a failure is called in SSPI. */
#ifndef TROTH_SSPI_STATUS_H
#define TROTH_SSPI_STATUS_H

#include <troth/sspi.h>
#include <troth/types.h>

/* What was being done: the same status of ours means another thing for a credential than for a leg or a message. */
typedef enum troth_sspi_phase { TROTH_SSPI_ACQUIRE, TROTH_SSPI_ESTABLISH, TROTH_SSPI_MESSAGE } troth_sspi_phase;

/* A status without more: TROTH_OK is SEC_E_OK. */
SECURITY_STATUS troth_sspi_status(troth_sspi_phase phase, troth_status st);
/* The cause of a failed context or credential, as precisely as status and GSS major tell. */
SECURITY_STATUS troth_sspi_status_of(troth_sspi_phase phase, const troth_error *error);

typedef struct troth_sspi_gss_row {
    uint32_t major; /* RFC 2744's routine error, or one supplementary bit */
    const char *name;
    SECURITY_STATUS status;
} troth_sspi_gss_row;

/* GSS majors and what SSPI calls them, for people and for peers' errors. */
extern const troth_sspi_gss_row troth_sspi_gss_rows[];
extern const size_t troth_sspi_n_gss_rows;
/* A whole major: its routine error, else its supplementary bits, masked. 0 is SEC_E_OK. */
SECURITY_STATUS troth_sspi_status_of_gss(uint32_t major);

#endif
