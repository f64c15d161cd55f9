/*
 * csiv2/iiop_conn.h: what both endpoints of troth/iiop.h share: messages in from both sides and out to both, events,
 * refusals, time and the end; and everything that is passed on without a look at who calls.
 */
#ifndef TROTH_CSIV2_IIOP_CONN_H
#define TROTH_CSIV2_IIOP_CONN_H

#include <csiv2/iiop_requests.h>
#include <csiv2/iiop_stream.h>
#include <troth/iiop.h>

enum { TROTH_IIOP_WARNINGS = 8 };

struct troth_iiop_conn;

/*
 * What a target and a client do each in its own way.
 *
 * decide   one request that its side of SAS has decided about, now or after jobs: TROTH_AGAIN = none
 * unstall  offer the request again that was not taken; it is still stalled, or not
 */
typedef struct troth_iiop_role {
    troth_status (*from_peer)(struct troth_iiop_conn *c, const troth_giop_whole *w);
    troth_status (*from_orb)(struct troth_iiop_conn *c, const troth_giop_whole *w);
    bool (*job)(struct troth_iiop_conn *c, troth_job **ret);
    void (*stepped)(struct troth_iiop_conn *c, troth_job *done);
    troth_status (*decide)(struct troth_iiop_conn *c);
    troth_status (*unstall)(struct troth_iiop_conn *c);
} troth_iiop_role;

typedef struct troth_iiop_warning {
    uint64_t id;
    troth_error error;
} troth_iiop_warning;

/*
 * server       the ORB is one: this is a target
 * peer, orb    what comes from each
 * out          for the peer, in whole messages
 * up           the message for the ORB that the owner is to be told, while up_kind is not 0; up_facts with a call
 * scratch, pieces  a message that is being rewritten, or cut
 * spare        memory for the next message to be held
 * asked        requests that are decided about (target: the peer's; client: the ORB's)
 * back         those in the other direction
 * held         octets of messages that wait; while it is at held_max nothing more is read that could have to wait
 * waiting      messages that wait
 * stalled      one of them was not even taken yet: stalled_id
 * polls        a message was looked at, and events have not been asked for until there was none
 * ends         a CloseConnection or MessageError goes through: what was put out is the last
 * lost         client: the peer is gone, and has answered all that was passed on: the ORB is to be told that it may send
 *              again what waits here, on another connection
 */
typedef struct troth_iiop_conn {
    troth_endpoint ep;
    const troth_iiop_role *role;
    const troth_env *env;
    bool server;
    uint32_t message_max, fragment;
    uint64_t idle_ms, now, last;
    size_t out_max, held, held_max;
    unsigned waiting;
    troth_iiop_stream peer, orb;
    troth_queue out;
    troth_writer up, scratch, pieces, spare;
    troth_event_kind up_kind;
    uint64_t up_id;
    troth_facts up_facts;
    troth_iiop_requests asked, back;
    troth_event established; /* kind 0: nothing to tell */
    troth_iiop_warning warnings[TROTH_IIOP_WARNINGS];
    uint8_t n_warnings;
    uint32_t stalled_id;
    bool stalled, polls, ends, lost, closed, told, in_ended, out_ended, end_told;
    troth_error error;
} troth_iiop_conn;

/* Whose the destination of a message is. */
typedef enum troth_iiop_side { TROTH_IIOP_PEER, TROTH_IIOP_ORB } troth_iiop_side;

/* TROTH_OK, TROTH_INVALID, TROTH_NO_ENTROPY; c is cleared with troth_iiop_conn_clear in any case. */
TROTH_MUST_CHECK troth_status troth_iiop_conn_init(troth_iiop_conn *c, const troth_endpoint_ops *ops,
                                                   const troth_iiop_role *role, const troth_iiop_options *o,
                                                   uint64_t now);
void troth_iiop_conn_clear(troth_iiop_conn *c);

/* ---- the owner: iiop_conn.c ---- */
/* Let time go on; `traffic`: by a message of either side. */
void troth_iiop_at(troth_iiop_conn *c, uint64_t now, bool traffic);
/* An event that is ready, but for the ends; false = none. */
bool troth_iiop_tell(troth_iiop_conn *c, troth_event *ret);
/* The events that come when nothing else does: TROTH_EV_END, and TROTH_EV_CLOSED last. */
bool troth_iiop_tell_end(troth_iiop_conn *c, troth_event *ret);
/* Whether the owner has yet to be told something, so that no other message is looked at. */
bool troth_iiop_untold(const troth_iiop_conn *c);
void troth_iiop_warn(troth_iiop_conn *c, uint64_t id, const troth_error *error);
/* Whether the output holds as much as it should. */
bool troth_iiop_full(const troth_iiop_conn *c);
/* Whether another message may be taken from the side whose requests are decided about; and from the other one. */
bool troth_iiop_may_ask(troth_iiop_conn *c);
bool troth_iiop_may_call_back(troth_iiop_conn *c);
troth_status troth_iiop_out(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to);
void troth_iiop_sent(troth_endpoint *e, size_t n);
void troth_iiop_feed_end(troth_endpoint *e, uint64_t now);
/* TROTH_ORDER_END. */
TROTH_MUST_CHECK troth_status troth_iiop_order_end(troth_iiop_conn *c);
const troth_error *troth_iiop_error(const troth_endpoint *e);
void troth_iiop_close(troth_endpoint *e, troth_status reason);
uint64_t troth_iiop_deadline(const troth_iiop_conn *c);
void troth_iiop_expire(troth_iiop_conn *c);
/* What a call answers: the sticky failure, if there is one. */
troth_status troth_iiop_verdict(const troth_iiop_conn *c);

/* ---- the endpoint's own calls: iiop_endpoint.c ---- */
troth_status troth_iiop_feed(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from, uint64_t now,
                             size_t *ret_used);
troth_status troth_iiop_submit(troth_endpoint *e, const troth_order_msg *order, uint64_t now, size_t *ret_used);
bool troth_iiop_event(troth_endpoint *e, troth_event *ret);
void troth_iiop_stepped(troth_endpoint *e, troth_job *job, uint64_t now);

/* ---- the end ---- */
/* Record the first failure (TROTH_OK: an orderly end) and close. What was put out still leaves. */
void troth_iiop_end(troth_iiop_conn *c, troth_status code, const char *where);
/* The same for what a side sent: a peer that does not speak GIOP is told so by MessageError. [CORBA 15.4.8] */
void troth_iiop_end_of(troth_iiop_conn *c, troth_iiop_side from, troth_status code);

/* ---- messages that wait ---- */
/* Keep a message in the entry, as one that waits. */
TROTH_MUST_CHECK troth_status troth_iiop_wait(troth_iiop_conn *c, troth_iiop_request *x,
                                              const troth_giop_whole *message);
/* What it still holds waits once more. */
TROTH_MUST_CHECK troth_status troth_iiop_wait_again(troth_iiop_conn *c, troth_iiop_request *x);
/* It waits no longer; what it holds is kept. */
void troth_iiop_waited(troth_iiop_conn *c, const troth_iiop_request *x);
/* Drop a request that waits. */
void troth_iiop_forget(troth_iiop_conn *c, troth_iiop_request *x);

/* ---- messages out, to either side: iiop_put.c ---- */
/*
 * A message with what reading it said.
 *
 * body      where the body is; offset
 * contexts  the list that it is to have; n_changed: how many were added or taken out. 0: the octets go as they are
 */
typedef struct troth_iiop_edit {
    const troth_giop_whole *message;
    const troth_giop_span *span;
    size_t body;
    troth_giop_contexts *contexts;
    uint32_t n_changed;
} troth_iiop_edit;

/* Take out what is never passed on: service context 15, and copies of ours that tell who calls. */
void troth_iiop_strip(troth_iiop_edit *e);
/* TROTH_OK; TROTH_LIMIT: there are as many as we read, and nothing has changed */
TROTH_MUST_CHECK troth_status troth_iiop_add(troth_iiop_edit *e, uint32_t id, troth_bytes data);
/*
 * Put a Request or Reply out. To the ORB: it becomes the event TROTH_EV_DATA; there must be none yet.
 *
 * TROTH_OK; TROTH_UNSUPPORTED: its cuts cannot be kept; the writer's
 */
TROTH_MUST_CHECK troth_status troth_iiop_put(troth_iiop_conn *c, troth_iiop_side to, const troth_iiop_edit *e);
/* The same for octets of a message that are ready; cuts NULL = none. */
TROTH_MUST_CHECK troth_status troth_iiop_put_octets(troth_iiop_conn *c, troth_iiop_side to, troth_bytes message,
                                                    const troth_giop_cuts *cuts);
/* An empty writer over the scratch memory; its octets go with troth_iiop_put_octets. */
troth_writer *troth_iiop_scratch(troth_iiop_conn *c, troth_order order);
/* Read a Request or Reply, cuts and all: TROTH_UNSUPPORTED where a cut moved the header's alignment. */
TROTH_MUST_CHECK troth_status troth_iiop_read_request(const troth_giop_whole *w, troth_giop_request *ret);
TROTH_MUST_CHECK troth_status troth_iiop_read_reply(const troth_giop_whole *w, troth_giop_reply *ret);
/* MsgType of a whole message. */
uint8_t troth_iiop_type(const troth_giop_whole *w);

/* ---- what is passed on: iiop_pass.c ---- */
/* A Request in the direction that nobody authenticates. */
TROTH_MUST_CHECK troth_status troth_iiop_pass_request(troth_iiop_conn *c, troth_iiop_side to,
                                                      const troth_giop_whole *w);
/* A Reply to such a one. */
TROTH_MUST_CHECK troth_status troth_iiop_pass_reply(troth_iiop_conn *c, troth_iiop_side to, const troth_giop_whole *w);
/* A LocateRequest, noted in the table; and the LocateReply to one, as it is. */
TROTH_MUST_CHECK troth_status troth_iiop_pass_locate(troth_iiop_conn *c, troth_iiop_side to, troth_iiop_requests *t,
                                                     const troth_giop_whole *w);
TROTH_MUST_CHECK troth_status troth_iiop_pass_located(troth_iiop_conn *c, troth_iiop_side to, troth_iiop_requests *t,
                                                      const troth_giop_whole *w);
/* A CancelRequest of a request that was passed on, or is not known. */
TROTH_MUST_CHECK troth_status troth_iiop_pass_cancel(troth_iiop_conn *c, troth_iiop_side to, troth_iiop_requests *t,
                                                     const troth_giop_whole *w);
/* CloseConnection or MessageError: passed on, and the end. */
TROTH_MUST_CHECK troth_status troth_iiop_pass_end(troth_iiop_conn *c, troth_iiop_side to, const troth_giop_whole *w);
/*
 * The entry that a reply belongs to, which must be one that was passed on. TROTH_OK; TROTH_AGAIN: drop the reply, it was
 * cancelled, or our own ORB made it up (a warning tells); TROTH_UNEXPECTED: the peer made it up
 */
TROTH_MUST_CHECK troth_status troth_iiop_answered(troth_iiop_conn *c, troth_iiop_side to, troth_iiop_requests *t,
                                                  uint32_t request_id, bool locate, troth_iiop_request **ret);

/* ---- answers of our own: iiop_refuse.c ---- */
/*
 * Answer a request with a system exception, in its version and byte order.
 *
 * exception  "NO_PERMISSION"
 * element    service context 15, len 0 = none
 */
TROTH_MUST_CHECK troth_status troth_iiop_refuse(troth_iiop_conn *c, troth_iiop_side to, const troth_iiop_request *x,
                                                const char *exception, troth_giop_completed completed,
                                                troth_bytes element);
/* Too many are in flight: the side that asked may try again. */
TROTH_MUST_CHECK troth_status troth_iiop_turn_away(troth_iiop_conn *c, troth_iiop_side from,
                                                   const troth_giop_request *q);
TROTH_MUST_CHECK troth_status troth_iiop_turn_away_locate(troth_iiop_conn *c, troth_iiop_side from,
                                                          const troth_giop_locate_request *q);

#endif
