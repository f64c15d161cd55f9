/* sspi/leg.h: InitializeSecurityContext and AcceptSecurityContext, which differ in little. */
#ifndef TROTH_SSPI_LEG_H
#define TROTH_SSPI_LEG_H

#include <sspi/context.h>

/* One call, as the caller made it. */
typedef struct troth_sspi_leg {
    troth_role role;
    bool wide;
    const CredHandle *cred;
    const CtxtHandle *context; /* NULL = the first leg */
    const void *target;
    uint32_t req;
    const SecBufferDesc *in;
    const SecBufferDesc *out;
    CtxtHandle *new_context;
    ULONG *attributes;
    TimeStamp *expiry;
    /* found in the lists */
    const SecBuffer *token, *params;
    SecBuffer *answer;
    troth_bytes bindings;
} troth_sspi_leg;

SECURITY_STATUS troth_sspi_leg_run(troth_sspi_leg *leg);
/* Give octets out in a buffer of the caller's (NULL = it has none); SEC_E_BUFFER_TOO_SMALL, _INSUFFICIENT_MEMORY: not given. */
SECURITY_STATUS troth_sspi_leg_give(const troth_sspi_leg *leg, SecBuffer *b, troth_bytes token);
/* A leg's token is out, or there was none: what the caller may know now, by the status to be answered. [CR-20] */
SECURITY_STATUS troth_sspi_leg_told(const troth_sspi_leg *leg, troth_sspi_context *c, SECURITY_STATUS status);
/* Both; a token that does not fit waits for the same call with a larger buffer. [CR-12] */
SECURITY_STATUS troth_sspi_leg_answer(const troth_sspi_leg *leg, troth_sspi_context *c, troth_bytes token,
                                      SECURITY_STATUS status);

/* ---- leg_first.c ---- */

/* Make the context of a first leg, without an own handle yet; one reference. */
SECURITY_STATUS troth_sspi_leg_begin(const troth_sspi_leg *leg, troth_sspi_context **ret);

#endif
