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

/* ---- leg_first.c ---- */

/* Make the context of a first leg, without an own handle yet; one reference. */
SECURITY_STATUS troth_sspi_leg_begin(const troth_sspi_leg *leg, troth_sspi_context **ret);

#endif
