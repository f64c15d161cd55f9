/* rpc_co/server.h: the server's end of a connection: association, default identity, calls. [MS-RPCE 3.3.3] */
#ifndef TROTH_RPC_CO_SERVER_H
#define TROTH_RPC_CO_SERVER_H

#include <rpc/call.h>
#include <rpc_co/conn.h>
#include <rpc_co/presentation.h>

/* ---- the machines ----------------------------------------------------------------------------------------------- */

extern const troth_fsm_spec troth_co_server_assoc_fsm; /* MS-RPCE 3.3.3, figure 20 */
extern const troth_fsm_spec troth_co_server_call_fsm;  /* MS-RPCE 3.3.3.1.5, figure 21; C706 9.3.4 */
extern const troth_fsm_spec troth_co_default_fsm;      /* MS-RPCE 3.3.1.5.4 */

/* A server connection. [3.3.3] */
enum {
    TROTH_CO_SA_ESTABLISHED,
    TROTH_CO_SA_BINDING, /* the first leg of a secure bind runs: nothing else goes on */
    TROTH_CO_SA_WAIT_SECURE_ALTER,
    TROTH_CO_SA_CONTEXT_NEGOTIATED,
    TROTH_CO_SA_NEGOTIATING_SECURITY,
    TROTH_CO_SA_RECV_PDU,
    TROTH_CO_SA_CLOSED,
    TROTH_CO_SA_STATES
};
enum {
    TROTH_CO_SA_ON_BIND,        /*                                               arg: arrival */
    TROTH_CO_SA_ON_SECURE_BIND, /* with a sec_trailer                                         */
    TROTH_CO_SA_ON_ALTER,
    TROTH_CO_SA_ON_SECURE_ALTER,
    TROTH_CO_SA_ON_AUTH3,
    TROTH_CO_SA_ON_REQUEST, /* a request in one PDU                                       */
    TROTH_CO_SA_ON_FIRST,   /* its first fragment ...                                     */
    TROTH_CO_SA_ON_MIDDLE,
    TROTH_CO_SA_ON_LAST,
    TROTH_CO_SA_ON_CO_CANCEL,
    TROTH_CO_SA_ON_ORPHANED,
    TROTH_CO_SA_ON_OTHER,      /* a PTYPE that no client sends                               */
    TROTH_CO_SA_ON_MALFORMED,  /* a PDU of which only the common header could be read        */
    TROTH_CO_SA_ON_LEG_MORE,   /* a leg came back, the provider wants more       arg: leg    */
    TROTH_CO_SA_ON_LEG_DONE,   /* ... the context is built                                   */
    TROTH_CO_SA_ON_LEG_FAILED, /* ... it is not, and the client is told                      */
    TROTH_CO_SA_ON_LEG_SPOILT, /* ... it is not, and auth3 has no answer                     */
    TROTH_CO_SA_ON_PEER_CLOSED,
    TROTH_CO_SA_ON_CLOSE, /* the owner, or a deadline                       arg: status */
    TROTH_CO_SA_EVENTS
};

/* One call. [3.3.3.1.5] */
enum {
    TROTH_CO_SC_RECEIVE_PDU,
    TROTH_CO_SC_RECEIVE_CANCELLED, /* the same, and the client has asked to cancel                 */
    TROTH_CO_SC_REFUSED,           /* a fault was sent; what is left of the request passes by      */
    TROTH_CO_SC_DISPATCHED,
    TROTH_CO_SC_DISPATCHED_CANCELLED,
    TROTH_CO_SC_ORPHANED, /* nobody waits for the answer any more                             */
    TROTH_CO_SC_LOST,     /* nor is there a connection                                        */
    TROTH_CO_SC_COMPLETE,
    TROTH_CO_SC_STATES
};
enum {
    TROTH_CO_SC_ON_FRAGMENT, /* one that is not the last                          arg: stub   */
    TROTH_CO_SC_ON_LAST,     /*                                                   arg: stub   */
    TROTH_CO_SC_ON_REFUSE,   /* a fault is its answer                                         */
    TROTH_CO_SC_ON_CO_CANCEL,
    TROTH_CO_SC_ON_ORPHANED,
    TROTH_CO_SC_ON_ANSWER, /* of the handler                                    arg: answer */
    TROTH_CO_SC_ON_LOST,   /* the connection has ended                                      */
    TROTH_CO_SC_EVENTS
};

/* As whom requests without a verifier run. [3.3.1.5.4, CO-3..CO-5] */
enum {
    TROTH_CO_DI_TRANSPORT, /* D: what the transport tells, here nobody                             */
    TROTH_CO_DI_CONNECT,   /* E: the latest context of level connect                               */
    TROTH_CO_DI_FIXED,     /* D, for good: a connect context was named by a request                */
    TROTH_CO_DI_STATES
};
enum {
    TROTH_CO_DI_ON_CONNECT_CONTEXT, /* a context of level connect is begun        arg: troth_co_context */
    TROTH_CO_DI_ON_OTHER_CONTEXT,   /* ... of a higher level                                            */
    TROTH_CO_DI_ON_CONNECT_REQUEST, /* a request with a verifier at level connect                       */
    TROTH_CO_DI_ON_OTHER_REQUEST,   /* ... at a higher level                                            */
    TROTH_CO_DI_ON_PLAIN_REQUEST,   /* a request without a verifier                                     */
    TROTH_CO_DI_EVENTS
};

/* ---- a connection ----------------------------------------------------------------------------------------------- */

typedef struct troth_co_call troth_co_call;
typedef struct troth_co_pending troth_co_pending;

/* As whom the request in hand runs. */
typedef struct troth_co_runs_as {
    bool refused;
    troth_co_context *ctx; /* NULL = nobody */
} troth_co_runs_as;

/*
 * default_id      auth_context_id of E, while the machine says CONNECT
 * runs_as         what the default identity's machine last answered
 * call_id         the highest of a request so far: Current call_id [3.3.3.1.1]
 * incoming        the request whose fragments come in; NULL = none, or it was in one PDU
 * ready           complete, and to be dispatched as soon as the machines stand still
 * calls           every other call, oldest first
 * pending         contexts whose client waits for an answer, or whose next leg we wait for, oldest first
 * held            a PDU that must wait; what comes behind it stays with the owner. past: the last one, which an event may
 *                 still view
 * busy            how deep we are in calls on the endpoint: an answer at depth 0 wakes the owner
 * running         the call whose handler runs; NULL = none, or it has answered
 * released_id     up to this TROTH_EV_CALL requests are gone: the owner has looked at them
 * counted_in ...  of the PDUs, what the server's counters know already
 */
typedef struct troth_co_server {
    troth_co_conn conn;
    troth_fsm assoc, identity;
    troth_rpc_server *server;
    troth_rpc_group *group;
    troth_cred *cred;
    char *target, *peer, *local, *tls_identity;
    troth_block bindings;
    troth_transport transport;
    troth_rpc_profile profile;
    uint32_t policy;
    troth_limits limits;
    bool anonymous, no_header_signing, no_features, left;
    troth_rpc_level min_level;
    unsigned max_calls;
    size_t max_request;
    uint64_t half_open_ms, idle_ms, since, last;
    void (*wake)(void *self, troth_endpoint *e);
    void *wake_self;
    troth_co_presentation presentation;
    uint32_t default_id;
    troth_co_runs_as runs_as;
    uint32_t call_id;
    bool called;
    troth_co_call *incoming, *ready, *calls, *last_call, *spare;
    troth_co_pending *pending;
    troth_block held, past;
    troth_co_hdr held_hdr;
    bool holds;
    uint64_t last_id, released_id;
    troth_co_call *running;
    unsigned busy;
    uint64_t counted_in, counted_out;
    size_t counted_open;
} troth_co_server;

/*
 * A PDU, read: the argument of the association's message events.
 *
 * why, read, misaligned  MALFORMED: what was wrong; its header was right; its sec_trailer lies at an odd place
 */
typedef struct troth_co_arrival {
    troth_co_pdu *pdu;
    bool secured; /* trailer is set      */
    troth_co_trailer trailer;
    troth_co_bind bind;       /* bind, alter_context */
    troth_co_request request; /* request             */
    troth_status why;
    bool read, misaligned;
} troth_co_arrival;

/* ---- PDUs in: server_take.c ---- */
/* Take octets, at most up to the first that must wait or that the owner must be told of. Answers octets used. */
size_t troth_co_server_take(troth_co_server *s, uint8_t *bytes, size_t n);
/* Try again with what was held. */
void troth_co_server_resume(troth_co_server *s);

/* A call was answered outside of any call on the endpoint: what waited goes on, and the owner looks at out(). */
void troth_co_server_answered(troth_co_server *s);

/* ---- binding: server_bind.c ---- */
/*
 * A context whose leg runs, or whose next leg is awaited: the answer to be completed by the token.
 * flags: of the PDU that waits for the answer.
 */
struct troth_co_pending {
    troth_co_context *ctx;
    troth_block answer;
    uint8_t flags;
    uint64_t since;
    troth_co_pending *prev, *next;
};
troth_status troth_co_accept_bind(void *self, const void *arg);
troth_status troth_co_begin_bind(void *self, const void *arg);
troth_status troth_co_answer_alter(void *self, const void *arg);
troth_status troth_co_take_leg(void *self, const void *arg);
troth_status troth_co_refuse_context(void *self, const void *arg);
troth_status troth_co_take_auth3(void *self, const void *arg);
bool troth_co_past_limit(void *self, const void *arg);
/* Of several contexts, others than the leg's are not built yet; any is not. */
bool troth_co_others_pending(void *self, const void *arg);
bool troth_co_any_pending(void *self, const void *arg);
troth_status troth_co_answer_leg(void *self, const void *arg);
troth_status troth_co_leg_failed(void *self, const void *arg);
troth_status troth_co_leg_spoilt(void *self, const void *arg);
/* Forget every pending context's answer. */
void troth_co_pending_clear(troth_co_server *s);

/* ---- security contexts of a server: server_auth.c ---- */
/* The context that a bind or alter_context names, made when it is new; on failure the wire's own answer was formed. */
TROTH_MUST_CHECK troth_status troth_co_server_context(troth_co_server *s, const troth_co_arrival *a,
                                                      troth_co_context **ret);
/* The context of a request's first fragment, NULL = nobody; on failure the answer was formed, see troth_co_refused. */
TROTH_MUST_CHECK troth_status troth_co_request_context(troth_co_server *s, const troth_co_arrival *a,
                                                       troth_co_context **ret);

/* ---- requests: server_request.c ---- */
troth_status troth_co_take_request(void *self, const void *arg);
troth_status troth_co_take_later(void *self, const void *arg);
troth_status troth_co_take_second(void *self, const void *arg);
troth_status troth_co_take_stray(void *self, const void *arg);
troth_status troth_co_cancel(void *self, const void *arg);
troth_status troth_co_orphan(void *self, const void *arg);

/* ---- calls: server_call.c ---- */
/*
 * call       the head, which handlers see
 * server     NULL once the connection has ended
 * ctx        of its verifier, or NULL; lives as long as the connection
 * verified   its fragments carry verifiers
 * stub       of a request in several fragments; its memory
 * drep       of the answer's stub
 * id         of TROTH_EV_CALL
 * at, fn, fn_self   of troth_rpc_call_after; fn NULL = none
 */
struct troth_co_call {
    troth_rpc_call call;
    troth_fsm fsm;
    troth_co_server *server;
    troth_co_context *ctx;
    bool verified;
    uint32_t call_id;
    uint16_t p_cont_id;
    troth_writer stub;
    troth_bytes whole;
    uint8_t drep[4];
    uint64_t id, since, at;
    troth_rpc_handler fn;
    void *fn_self;
    troth_co_call *prev, *next;
};
/* The argument of TROTH_CO_SC_ON_ANSWER. */
typedef struct troth_co_answer {
    uint32_t fault;
    bool not_executed;
    troth_bytes stub;
} troth_co_answer;

/* A call in RECEIVE_PDU, not linked. NULL = no memory. */
troth_co_call *troth_co_call_new(troth_co_server *s, const troth_co_arrival *a, const troth_co_presented *p,
                                 troth_co_context *ctx);
void troth_co_call_free(troth_co_call *c);
/* Requests that the owner was shown by TROTH_EV_CALL go: only their answers are awaited. */
void troth_co_call_release_shown(troth_co_server *s);
/* Run the handler of the call that is ready, if there is one. */
void troth_co_call_run(troth_co_server *s);
/* Run what troth_rpc_call_after asked for until now. When the next is due: UINT64_MAX = none. */
void troth_co_call_due(troth_co_server *s, uint64_t now);
uint64_t troth_co_call_next_due(const troth_co_server *s);
/* The call of TROTH_EV_CALL; NULL = none. */
troth_co_call *troth_co_call_find(const troth_co_server *s, uint64_t id);
/* A call of the client's, dispatched and not answered. */
troth_co_call *troth_co_call_of(const troth_co_server *s, uint32_t call_id);
/* The connection has ended: calls go on without it. */
void troth_co_calls_lost(troth_co_server *s);
/* Actions of the call's machine. */
bool troth_co_call_maybe(void *self, const void *arg);
troth_status troth_co_call_keep(void *self, const void *arg);
troth_status troth_co_call_complete(void *self, const void *arg);
troth_status troth_co_call_complete_cancelled(void *self, const void *arg);
troth_status troth_co_call_tell_cancel(void *self, const void *arg);
troth_status troth_co_server_call_send(void *self, const void *arg);
troth_status troth_co_call_forget(void *self, const void *arg);
void troth_co_server_call_refuse(void *self, uint8_t event, const void *arg, troth_status why);

/* ---- refusals, the wire's own: server_refuse.c ---- */
/*
 * A refusal. The connection ends with it, unless it goes on.
 *
 * code, where   what the owner is told; nothing, when code is TROTH_OK
 * not_executed  DID_NOT_EXECUTE
 */
typedef struct troth_co_refusal {
    uint32_t status, call_id;
    uint16_t p_cont_id;
    bool not_executed, goes_on;
    troth_status code;
    const char *where;
} troth_co_refusal;
/* Send a fault. Answers TROTH_OK when the connection goes on, else what it ended with. */
TROTH_MUST_CHECK troth_status troth_co_server_fault(troth_co_server *s, const troth_co_refusal *r);
/* Send a bind_nak and end. Answers code. */
TROTH_MUST_CHECK troth_status troth_co_server_nak(troth_co_server *s, uint32_t call_id, uint16_t reason,
                                                  troth_status code, const char *where);
/* Refuse a bind with a nak, an alter_context or auth3 with a fault; DID_NOT_EXECUTE, context 0, the end. */
TROTH_MUST_CHECK troth_status troth_co_refuse_bind(troth_co_server *s, const troth_co_hdr *h, uint16_t reason,
                                                   uint32_t status, troth_status code, const char *where);
/* The association's refuse: no arrow, or an action failed without an answer of its own. */
void troth_co_server_refuse(void *self, uint8_t event, const void *arg, troth_status why);
troth_status troth_co_bad_pdu(void *self, const void *arg);
troth_status troth_co_peer_closed(void *self, const void *arg);
troth_status troth_co_close(void *self, const void *arg);

/* ---- default identity: co_default.fsm.c ---- */
/* A context has begun. */
void troth_co_default_begun(troth_co_server *s, const troth_co_context *x);
/* A request names a context of this level. */
void troth_co_default_named(troth_co_server *s, uint8_t auth_level);
/* A request names none. */
troth_co_runs_as troth_co_default_for(troth_co_server *s);

#endif
