/* ntlm/impl.h: a context of ours, and what client and server have in common. */
#ifndef TROTH_NTLM_IMPL_H
#define TROTH_NTLM_IMPL_H

#include <mech/ntlm/cred.h>
#include <mech/ntlm/protect.h>
#include <sec/context.h>

/* What both machines eat: the kind of message that came, read as a whole beforehand. */
enum { NTLM_EV_NO_TOKEN, NTLM_EV_NEGOTIATE, NTLM_EV_CHALLENGE, NTLM_EV_AUTHENTICATE, NTLM_EV_MALFORMED, NTLM_N_EVENTS };
extern const char *const troth_ntlm_events[NTLM_N_EVENTS];

enum { NTLM_START, NTLM_WAITING, NTLM_DONE, NTLM_FAILED };

typedef struct troth_ntlm_input {
    troth_bytes token;
    troth_status st; /* of reading it */
    union {
        troth_ntlm_negotiate negotiate;
        troth_ntlm_challenge challenge;
        troth_ntlm_authenticate authenticate;
    } m;
} troth_ntlm_input;

typedef struct troth_ntlm {
    troth_context *c;
    const troth_ntlm_cred *cred;
    troth_fsm fsm;
    troth_writer *out; /* during a step */
    uint32_t flags;    /* client: offered; server: of the CHALLENGE; both, when done: negotiated */
    uint8_t server_challenge[8];
    troth_block negotiate, challenge; /* as they went over the wire, for the MIC; until done */
    uint8_t exported[16];             /* ExportedSessionKey */
    troth_ntlm_channel channel;
    char *client_target; /* server: MsvAvTargetName, NULL = none came */
} troth_ntlm;

extern const troth_fsm_spec troth_ntlm_client_fsm, troth_ntlm_server_fsm;

/* Form the answer of both machines: no token, only the context's error. */
void troth_ntlm_refuse(void *self, uint8_t event, const void *arg, troth_status why);
bool troth_ntlm_is_datagram(void *self, const void *arg);
/* Record a failure of an action, and answer it. */
TROTH_MUST_CHECK troth_status troth_ntlm_fail(troth_ntlm *n, troth_status st, const char *where);
/* A name as it is compared: "svc@host" becomes "svc/host". UTF-16LE; "" for NULL. */
TROTH_MUST_CHECK troth_status troth_ntlm_spn(const troth_env *env, const char *target, troth_block *ret);
/* The keys are known and both sides have proved themselves as far as NTLM goes: set what the context now is. */
void troth_ntlm_established(troth_ntlm *n, uint32_t negotiated, troth_ntlm_mode ours);

/* ---- export.c: as the operations of sec/mech.h ---- */

TROTH_MUST_CHECK troth_status troth_ntlm_export(const void *impl, troth_writer *w);
TROTH_MUST_CHECK troth_status troth_ntlm_import(troth_context *c, troth_reader *r, void **ret_impl);

#endif
