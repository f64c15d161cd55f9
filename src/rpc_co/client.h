/* rpc_co/client.h: the client's end of a connection: presentation contexts, calls, and the actions of both machines. */
#ifndef TROTH_RPC_CO_CLIENT_H
#define TROTH_RPC_CO_CLIENT_H

#include <rpc_co/client_machines.h>
#include <rpc_co/conn.h>

enum {
    TROTH_CO_CLIENT_CONTEXTS = 2000, /* CO-7, and what is not set: */
    TROTH_CO_CLIENT_CONTEXTS_DEFAULT = 1000,
    TROTH_CO_CLIENT_CALL_ID_MAX = 0x7fffffff, /* a server may refuse more [MS-RPCE <123>] */
    TROTH_CO_CLIENT_BUCKETS = 64,
    TROTH_CO_CLIENT_ORPHANS = 16,    /* calls given up whose replies may still come */
    TROTH_CO_CLIENT_EVENTS_HELD = 8, /* events not taken yet, past which orders wait */
    TROTH_CO_ELEMS = 3
};

typedef struct troth_co_client troth_co_client;

/*
 * A presentation context: abstract syntax and one transfer syntax. [MS-RPCE 3.3.1.5.6]
 *
 * accepted  requests may name p_cont_id
 * refused   why it was refused, until those who wait for it were told; code TROTH_OK = it was not
 * vt_sent   a verification trailer has told the server of it
 */
typedef struct troth_co_presentation {
    uint16_t p_cont_id;
    troth_rpc_syntax abstract;
    unsigned transfer;
    bool accepted, vt_sent;
    troth_error refused;
    struct troth_co_presentation *next;
} troth_co_presentation;

/*
 * One call. It is in exactly one list: waiting, flying, done or spare.
 *
 * ctx      NULL = without authentication
 * stub     a copy, while it waits
 * ends_at  of the octets put out, where its request ends
 * since    0 = not sent yet; from then on when that was, or when its reply began
 * counted  the count that it is part of while its reply comes, or it is orphaned
 * reply    stub octets of a reply in fragments
 */
typedef struct troth_co_client_call {
    troth_fsm fsm;
    troth_co_client *client;
    uint64_t id;
    uint32_t call_id;
    troth_co_context *ctx;
    troth_co_presentation *presentation;
    uint16_t opnum;
    bool has_object;
    uint8_t drep[4]; /* of the stub */
    troth_uuid object;
    troth_block stub;
    uint64_t ends_at, since;
    unsigned *counted;
    troth_queue reply;
    troth_rpc_message answer;
    troth_error error;
    struct troth_co_client_call *next, *prev, *in_bucket;
} troth_co_client_call;

typedef struct troth_co_client_call_list {
    troth_co_client_call *head, *tail;
} troth_co_client_call_list;

/*
 * The bind or alter_context that is out; at most one is.
 *
 * elems        what was proposed, in order; a features element comes last
 * header_sign  it asks for header signing
 * since        when the exchange began
 */
typedef struct troth_co_negotiation {
    uint32_t call_id;
    troth_co_presentation *elems[TROTH_CO_ELEMS];
    uint8_t n_elems;
    bool features, header_sign;
    uint64_t since;
} troth_co_negotiation;

/*
 * by_id             contexts by the owner's id
 * to_open           contexts that wait for their first leg, the next one in answer_with.more
 * building          the one whose exchange runs; NULL = none
 * lead              what PDUs that carry a security context propose
 * stopping          why, in DISCARD; told when it ends
 * told              the call whose event the owner looks at
 */
struct troth_co_client {
    troth_co_conn c;
    troth_fsm assoc;
    troth_rpc_co_client_options opts; /* defaults filled in; transport is not kept */
    troth_block bindings;
    troth_co_presentation *presentations;
    uint16_t next_p_cont_id;
    uint32_t next_call_id, next_auth_context_id;
    troth_idtable by_id;
    troth_co_context *to_open, *last_to_open;
    troth_co_context *building;
    troth_co_presentation *lead;
    troth_co_negotiation nego;
    troth_error stopping;
    bool asked_header_sign, vt_bitmask_sent, ending;
    troth_co_client_call_list waiting, flying, done, spare;
    troth_co_client_call *buckets[TROTH_CO_CLIENT_BUCKETS], *told;
    unsigned n_calls, n_flying, n_receiving, n_orphans;
    uint64_t sent;   /* octets, ever */
    uint64_t active; /* when the last PDU came or order was given */
};

/* ---- arguments of the machines' events ---- */

/* bind_ack or alter_context_resp, read and its trailer compared with what we asked. */
typedef struct troth_co_answer {
    uint8_t flags;
    troth_co_ack ack;
    troth_bytes token; /* empty = none */
} troth_co_answer;

/* A response or fault PDU of a call, verified. */
typedef struct troth_co_fragment {
    uint8_t flags, drep[4];
    uint32_t alloc_hint, status; /* status: of a fault */
    troth_bytes stub;
} troth_co_fragment;

/* ---- PDUs in: client_intake.c ---- */
/* Take one PDU: check it, and step the machine it is for. */
void troth_co_client_take(troth_co_client *c, troth_co_pdu *pdu);

/* ---- orders: client_orders.c ---- */
TROTH_MUST_CHECK troth_status troth_co_client_submit(troth_co_client *c, const troth_order_msg *order);
/* Do what can be done now: calls whose turn it is, the next negotiation, the end. After every call on the endpoint. */
void troth_co_client_pump(troth_co_client *c);
/* Step a call's machine; what it fails with is the association's, too. */
void troth_co_client_step_call(troth_co_client_call *call, uint8_t event, const void *arg);
/* Step the association; further failures change nothing. */
void troth_co_client_step(troth_co_client *c, uint8_t event, const void *arg);

/* ---- presentation contexts: client_presentation.c ---- */
/* Find or make; NULL = no memory, or ids used up. */
troth_co_presentation *troth_co_client_presentation(troth_co_client *c, const troth_rpc_syntax *abstract,
                                                    unsigned transfer);
/* Choose what the PDU that is about to be sent proposes. bind: with the other transfer syntax, and features. */
TROTH_MUST_CHECK troth_status troth_co_client_propose(troth_co_client *c, troth_co_presentation *p, bool bind);
/* Judge the results for what was proposed. */
TROTH_MUST_CHECK troth_status troth_co_client_results(troth_co_client *c, troth_co_ack *ack);
void troth_co_client_presentations_clear(troth_co_client *c);

/* ---- calls: client_calls.c ---- */
/* A call struct, initialised; NULL = no memory. */
troth_co_client_call *troth_co_client_call_new(troth_co_client *c);
troth_co_client_call *troth_co_client_call_find(const troth_co_client *c, uint32_t call_id);
void troth_co_client_call_push(troth_co_client_call_list *l, troth_co_client_call *call);
void troth_co_client_call_unlink(troth_co_client_call_list *l, troth_co_client_call *call);
/* It is out: findable by call_id. */
void troth_co_client_call_flies(troth_co_client_call *call);
/* It is answered: to be told to the owner. */
void troth_co_client_call_done(troth_co_client_call *call);
/* Given up: the owner was told, the server may not know. */
bool troth_co_client_call_orphaned(const troth_co_client_call *call);
/* The owner was told, or need not be: back to the spare ones. */
void troth_co_client_call_release(troth_co_client *c, troth_co_client_call *call);
/* Every call that is not answered is answered with an error. */
void troth_co_client_calls_lost(troth_co_client *c, const troth_error *why);
void troth_co_client_calls_clear(troth_co_client *c);

/* ---- deadlines: client_time.c ---- */
uint64_t troth_co_client_deadline(const troth_co_client *c);
void troth_co_client_expire(troth_co_client *c);

/* ---- guards and actions of the association: client_bind.c, client_refuse.c ---- */
bool troth_co_client_has_token(void *self, const void *arg);
bool troth_co_client_last_by_auth3(void *self, const void *arg);
bool troth_co_client_brings_token(void *self, const void *arg);
bool troth_co_client_spnego_over(void *self, const void *arg);
bool troth_co_client_complete(void *self, const void *arg);
bool troth_co_client_replies_awaited(void *self, const void *arg);
bool troth_co_client_nothing_open(void *self, const void *arg);
troth_status troth_co_client_send_bind(void *self, const void *arg);
troth_status troth_co_client_send_alter(void *self, const void *arg);
troth_status troth_co_client_first_leg(void *self, const void *arg);
troth_status troth_co_client_send_secure_bind(void *self, const void *arg);
troth_status troth_co_client_send_secure_alter(void *self, const void *arg);
troth_status troth_co_client_send_auth3(void *self, const void *arg);
troth_status troth_co_client_take_ack(void *self, const void *arg);
troth_status troth_co_client_take_ack_leg(void *self, const void *arg);
troth_status troth_co_client_take_ack_established(void *self, const void *arg);
troth_status troth_co_client_take_resp(void *self, const void *arg);
troth_status troth_co_client_take_resp_leg(void *self, const void *arg);
troth_status troth_co_client_take_resp_established(void *self, const void *arg);
troth_status troth_co_client_established(void *self, const void *arg);
troth_status troth_co_client_presentation_refused(void *self, const void *arg);
troth_status troth_co_client_bind_refused(void *self, const void *arg);
troth_status troth_co_client_bind_faulted(void *self, const void *arg);
troth_status troth_co_client_context_failed(void *self, const void *arg);
troth_status troth_co_client_context_refused(void *self, const void *arg);
troth_status troth_co_client_discard_failed(void *self, const void *arg);
troth_status troth_co_client_discard_refused(void *self, const void *arg);
troth_status troth_co_client_discard_broken(void *self, const void *arg);
troth_status troth_co_client_broken(void *self, const void *arg);
troth_status troth_co_client_shut_down(void *self, const void *arg);
troth_status troth_co_client_discard_shut_down(void *self, const void *arg);
troth_status troth_co_client_drained(void *self, const void *arg);
troth_status troth_co_client_bad_pdu(void *self, const void *arg);
troth_status troth_co_client_peer_ended(void *self, const void *arg);
troth_status troth_co_client_lost(void *self, const void *arg);
troth_status troth_co_client_close(void *self, const void *arg);
void troth_co_client_refuse(void *self, uint8_t event, const void *arg, troth_status why);

/* ---- guards and actions of a call: client_call.c ---- */
bool troth_co_client_call_forbidden_status(void *self, const void *arg);
bool troth_co_client_call_may_orphan(void *self, const void *arg);
troth_status troth_co_client_call_send(void *self, const void *arg);
troth_status troth_co_client_call_deliver(void *self, const void *arg);
troth_status troth_co_client_call_begin(void *self, const void *arg);
troth_status troth_co_client_call_gather(void *self, const void *arg);
troth_status troth_co_client_call_gather_deliver(void *self, const void *arg);
troth_status troth_co_client_call_fault(void *self, const void *arg);
troth_status troth_co_client_call_bad_status(void *self, const void *arg);
troth_status troth_co_client_call_cancel_unsent(void *self, const void *arg);
troth_status troth_co_client_call_send_cancel(void *self, const void *arg);
troth_status troth_co_client_call_orphan(void *self, const void *arg);
troth_status troth_co_client_call_drop(void *self, const void *arg);
troth_status troth_co_client_call_lost(void *self, const void *arg);
void troth_co_client_call_refuse(void *self, uint8_t event, const void *arg, troth_status why);

#endif
