/* csiv2/iiop_target.h: the target's end of a connection. */
#ifndef TROTH_CSIV2_IIOP_TARGET_H
#define TROTH_CSIV2_IIOP_TARGET_H

#include <csiv2/iiop_conn.h>
#include <csiv2/iiop_publish.h>

/*
 * names       of the caller that an event shows
 * told        digest of the caller that TROTH_EV_ESTABLISHED told last, told_context its context; told_any: there was one
 */
typedef struct troth_iiop_target {
    troth_iiop_conn conn;
    troth_sas_session *session;
    troth_iiop_publish publish;
    bool tell_caller, told_any;
    uint64_t told, told_context;
    troth_writer names;
} troth_iiop_target;

/* ---- from the peer: iiop_target_ask.c ---- */
/* A Request: it is kept, and given to the session. */
TROTH_MUST_CHECK troth_status troth_iiop_target_request(troth_iiop_target *t, const troth_giop_whole *w);
/* A CancelRequest. */
TROTH_MUST_CHECK troth_status troth_iiop_target_cancel(troth_iiop_target *t, const troth_giop_whole *w);
/* Offer the request again that the session did not take. */
TROTH_MUST_CHECK troth_status troth_iiop_target_unstall(troth_iiop_target *t);
/* What the session decided about a request: it goes to the ORB, or is answered. */
TROTH_MUST_CHECK troth_status troth_iiop_target_decided(troth_iiop_target *t, const troth_sas_verdict *v);

/* ---- from the ORB: iiop_target_answer.c ---- */
TROTH_MUST_CHECK troth_status troth_iiop_target_reply(troth_iiop_target *t, const troth_giop_whole *w);
TROTH_MUST_CHECK troth_status troth_iiop_target_located(troth_iiop_target *t, const troth_giop_whole *w);

#endif
