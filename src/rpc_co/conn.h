/*
 * rpc_co/conn.h: what both ends of a connection share: PDUs gathered and put out, events for the owner, security contexts
 * and the protection of PDUs. It knows no association and no call.
 */
#ifndef TROTH_RPC_CO_CONN_H
#define TROTH_RPC_CO_CONN_H

#include <base/fsm.h>
#include <base/idtable.h>
#include <base/queue.h>
#include <rpc_co/pdu.h>
#include <troth/rpc_co.h>

enum { TROTH_CO_EVENTS = 16, TROTH_CO_BATCH = 16 };

/*
 * header_signing  agreed on, for every context of the connection, older ones too; never taken back
 * late_integrity  a context that cannot sign though its level needs it is found out by its first message, as Windows does
 * max_frag        octets of a fragment we send; before the bind TROTH_CO_FRAG_MIN
 * frag_cap        octets of a request, response, fault or auth3 we take: the transport's cap, not what was negotiated
 * group, bound    agreed on by the bind; each side's own machine sets them
 * calls           begun and not answered; likewise
 * calls_begun     over its whole life
 * contexts        troth_co_context by auth_context_id
 * events          for the owner, oldest first; feed takes no octets while there are any
 */
typedef struct troth_co_conn {
    troth_endpoint ep;
    const troth_env *env;
    troth_role role;
    troth_queue in, out;
    size_t out_max;
    uint16_t max_frag, frag_cap;
    bool bound, header_signing, concurrent, late_integrity;
    uint8_t features;
    uint32_t group;
    unsigned calls;
    uint64_t calls_begun;
    troth_idtable contexts;
    unsigned max_contexts, contexts_open;
    struct troth_co_budget *budget; /* what contexts and jobs hold: context.c */
    uint64_t last_job;
    troth_event events[TROTH_CO_EVENTS];
    uint8_t first_event, n_events;
    uint64_t now, last_in; /* as the last call told; when the PDU that is being gathered began, 0 = none */
    uint64_t pdus_in, pdus_out;
    troth_error error;
    bool closed, told, in_ended, out_ended;
} troth_co_conn;

typedef struct troth_co_conn_options {
    const troth_endpoint_ops *ops;
    const troth_env *env;
    troth_role role;
    size_t out_max, context_budget;
    uint16_t frag_cap;
    unsigned max_contexts;
} troth_co_conn_options;

/* TROTH_OK, TROTH_NO_MEMORY, TROTH_NO_ENTROPY; c is cleared with troth_co_conn_clear in any case. */
TROTH_MUST_CHECK troth_status troth_co_conn_init(troth_co_conn *c, const troth_co_conn_options *o);
/* Release contexts, queues and jobs that the owner has not taken. */
void troth_co_conn_clear(troth_co_conn *c);

/* ---- PDUs in: intake.c ---- */
/* A whole PDU, mutable, where it came or in the framing buffer; valid until the next gather. */
typedef struct troth_co_pdu {
    uint8_t *data;
    size_t len;
    troth_co_hdr hdr;
} troth_co_pdu;

/*
 * Gather octets of one PDU. Memory grows with what arrives, never by the length announced.
 *
 * ret_used  always set
 *
 * TROTH_OK         ret is whole
 * TROTH_AGAIN      more is needed, all was taken
 * TROTH_UNSUPPORTED, TROTH_MALFORMED, TROTH_LIMIT   the header says so (ret->hdr is set): version, lengths, size of its
 *                  PTYPE; the connection cannot be resynchronised
 * TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_co_gather(troth_co_conn *c, uint8_t *bytes, size_t n, size_t *ret_used,
                                              troth_co_pdu *ret);
/* True in the middle of a PDU. */
bool troth_co_gathering(const troth_co_conn *c);
/*
 * When the memory of buffers that are empty is to be given back, which an idle connection would else keep for life;
 * UINT64_MAX = there is none, or an event may still view it. last: the latest PDU or order, in the time of now.
 */
uint64_t troth_co_rest_at(const troth_co_conn *c, uint64_t last);
/* Give it back. */
void troth_co_rest(troth_co_conn *c);

/* ---- the owner: conn.c ---- */
/* Raise an event; TROTH_EV_CLOSED is not among them, see troth_co_end. A full ring is a defect of ours: TROTH_LIMIT. */
TROTH_MUST_CHECK troth_status troth_co_tell(troth_co_conn *c, const troth_event *ev);
/* The next event, TROTH_EV_CLOSED last; false = none. */
bool troth_co_next_event(troth_co_conn *c, troth_event *ret);
/*
 * Record the first failure (TROTH_OK: an orderly end) and close: output that is there still leaves, events that were told
 * are still told, but jobs that nobody took. Contexts stay until troth_co_conn_clear: calls may hold views of them.
 */
void troth_co_end(troth_co_conn *c, troth_status code, uint32_t wire, const char *where);
/* The same with a context's own error. */
void troth_co_end_as(troth_co_conn *c, const troth_error *error);
/* Raise TROTH_EV_WARNING. */
void troth_co_warn(troth_co_conn *c, uint64_t id, const troth_error *error);
/* out and sent of the endpoint. */
troth_status troth_co_out(troth_co_conn *c, troth_bytes *ret);
void troth_co_sent(troth_co_conn *c, size_t n);
/* True while no more is to be put out than is there: requests wait, submit answers TROTH_AGAIN. */
bool troth_co_full(const troth_co_conn *c);
/*
 * Begin a PDU or several: a little-endian writer over scratch memory; end with troth_co_put, which appends what was
 * written to the output and counts PDUs, or fails with the writer's status.
 */
troth_writer troth_co_begin(troth_co_conn *c);
TROTH_MUST_CHECK troth_status troth_co_put(troth_co_conn *c, troth_writer *w);

/* ---- security contexts: context.c, co_context.fsm.c ---- */
extern const troth_fsm_spec troth_co_context_fsm;

/* States of a connection's security context. [MS-RPCE 3.3.1.5.2.1] */
enum {
    TROTH_CO_CTX_NEW,
    TROTH_CO_CTX_STEPPING, /* a leg is running: what names it waits                               */
    TROTH_CO_CTX_WAITING,  /* for the peer's next leg                                             */
    TROTH_CO_CTX_OPEN,
    TROTH_CO_CTX_BROKEN,   /* a leg failed without an answer (auth3): its first request is told   */
    TROTH_CO_CTX_POISONED, /* used as what it is not; or failed                                   */
    TROTH_CO_CTX_EXPIRED,
    TROTH_CO_CTX_STATES
};
enum {
    TROTH_CO_CTX_ON_LEG,  /* a token of the peer's, or our first leg                               */
    TROTH_CO_CTX_ON_MORE, /* the leg came back                                                     */
    TROTH_CO_CTX_ON_DONE,
    TROTH_CO_CTX_ON_FAILED,
    TROTH_CO_CTX_ON_USE,      /* a request or response names it                                    */
    TROTH_CO_CTX_ON_MISMATCH, /* ... as another type or level                                      */
    TROTH_CO_CTX_ON_EXPIRE,
    TROTH_CO_CTX_EVENTS
};

/*
 * id           the owner's: clients by their choice, servers auth_context_id
 * auth_level   as it protects: CALL was raised to PKT
 * sec          NULL while its job is out
 * whole_pdu    the mechanism signs header and trailer whatever was agreed (NTLM)
 * answer_with  how the leg's result is to be told: PTYPE of the PDU that brought it (bind, alter_context, auth3), and its
 *              call_id; the owner's
 */
typedef struct troth_co_context {
    troth_fsm fsm;
    troth_co_conn *conn;
    uint64_t id;
    uint32_t auth_context_id;
    uint8_t auth_type, auth_level;
    bool whole_pdu;
    troth_context *sec;
    uint64_t job_id, since;
    troth_error error;
    struct {
        uint8_t ptype;
        uint32_t call_id;
        void *more;
    } answer_with;
} troth_co_context;

typedef struct troth_co_context_options {
    troth_cred *cred;
    uint64_t id;
    uint32_t auth_context_id;
    uint8_t auth_type, auth_level;
    const char *target;
    troth_flags require; /* beside what the level needs */
    uint32_t policy;
    troth_limits limits;
    troth_bytes bindings;
} troth_co_context_options;

/*
 * Make a context and put it into the table. The cap is checked first, before anything of a provider runs (CO-8).
 *
 * TROTH_OK; TROTH_LIMIT (the cap); TROTH_INVALID (the id is taken); TROTH_UNSUPPORTED (no such provider, or no
 * credential for it); TROTH_DENIED (a provider that is known and always fails); TROTH_NO_MEMORY (also: the budget)
 */
TROTH_MUST_CHECK troth_status troth_co_context_new(troth_co_conn *c, const troth_co_context_options *o,
                                                   troth_co_context **ret);
/* NULL = never built, or dropped. O(1). */
troth_co_context *troth_co_context_find(const troth_co_conn *c, uint32_t auth_context_id);
/*
 * Take it out and release it; its job, if one is out, comes back to nothing, and events of it that the owner has not
 * taken (JOB, ESTABLISHED) are taken back.
 */
void troth_co_context_drop(troth_co_context *x);
/* Contexts in the table, established or not. */
size_t troth_co_contexts(const troth_co_conn *c);
/* The only one there is; NULL when there is none or more than one. */
troth_co_context *troth_co_context_only(const troth_co_conn *c);
/* Call fn for each, oldest first, until it answers false; fn may drop the one it is called with. */
void troth_co_context_each(troth_co_conn *c, bool (*fn)(void *self, troth_co_context *x), void *self);

/*
 * Begin a leg: the machine moves to STEPPING and TROTH_EV_JOB is raised.
 *
 * token  the peer's, copied; data NULL for an initiator's first leg
 *
 * TROTH_OK; TROTH_UNEXPECTED (the context's state has no leg); TROTH_LIMIT, TROTH_MALFORMED, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_co_context_leg(troth_co_context *x, troth_bytes token);
/* A leg that came back. token: a view into the job, gone with it. */
typedef struct troth_co_leg {
    troth_co_context *ctx;
    troth_step result; /* DONE only when all that the level needs was granted (CO-12); else ERROR, error says why */
    troth_bytes token;
} troth_co_leg;
/*
 * Take a job back: the context's machine moves, and counters. False = the job of a context that is gone, or not ours.
 * The caller frees the job when it has used the token.
 */
bool troth_co_context_stepped(troth_co_conn *c, troth_job *job, troth_co_leg *ret);
/*
 * A request or response names it with this type and level.
 *
 * TROTH_OK          it is open
 * TROTH_AGAIN       its leg is running: ask again when that came back
 * TROTH_UNEXPECTED  it is not built yet; it is poisoned now
 * TROTH_DENIED      another type or level than its own; it is poisoned now
 * TROTH_EXPIRED, or x->error.code when it was broken or poisoned before
 */
TROTH_MUST_CHECK troth_status troth_co_context_use(troth_co_context *x, uint8_t auth_type, uint8_t auth_level);
/* A provider answered TROTH_EXPIRED: protect.c. */
void troth_co_context_expire(troth_co_context *x);
/* What CALL callers and events are told. */
troth_facts troth_co_context_facts(const troth_co_context *x);

/* ---- protection: protect.c ---- [MS-RPCE 3.3.1.5.2.2] */
/*
 * A request or response, whole: it is cut into fragments of max_frag, each with its own verifier.
 *
 * ptype      TROTH_CO_REQUEST or TROTH_CO_RESPONSE
 * flags      beside FIRST_FRAG, LAST_FRAG, OBJECT_UUID
 * ctx        NULL = no verifier; at level CONNECT a verifier of 16 octets that says nothing
 * vt         a verification trailer to be appended to the last fragment's stub; NULL = none
 * drep       of the stub, and so of everything; NULL = 10 00 00 00
 */
typedef struct troth_co_outgoing {
    uint8_t ptype, flags, cancel_count;
    uint32_t call_id;
    uint16_t p_cont_id, opnum;
    const troth_uuid *object;
    troth_bytes stub;
    troth_co_context *ctx;
    const troth_co_vt *vt;
    const uint8_t *drep;
} troth_co_outgoing;

/*
 * Write, protect and put out every fragment, in order. Nothing is put out on failure.
 * TROTH_OK, TROTH_NO_MEMORY, or what protecting failed with
 */
TROTH_MUST_CHECK troth_status troth_co_send(troth_co_conn *c, const troth_co_outgoing *m);
/*
 * Verify a PDU of a request, response or fault with a verifier, and decrypt its stub in place. At level CONNECT nothing
 * is verified.
 *
 * stub_at   where the stub begins
 * ret_stub  without auth padding; set only on TROTH_OK
 *
 * TROTH_OK, TROTH_MALFORMED, or what unprotecting failed with; then the stub was wiped
 */
TROTH_MUST_CHECK troth_status troth_co_verify(troth_co_context *x, troth_co_pdu *pdu, const troth_co_trailer *t,
                                              size_t stub_at, troth_bytes *ret_stub);

#endif
