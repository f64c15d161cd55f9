/*
 * troth/endpoint.h: one interface for every wire. An endpoint is sans-I/O: it eats octets and the time, and gives
 * octets and events. It opens no socket, reads no clock, starts no thread.
 *
 * The owner's loop, after every call on the endpoint:
 *   1. take events until there is none;
 *   2. send what out() shows and say so with sent();
 *   3. arm one timer for deadline().
 * Only one thread calls an endpoint at a time; jobs run anywhere.
 */
#ifndef TROTH_ENDPOINT_H
#define TROTH_ENDPOINT_H

#include <sys/socket.h>
#include <troth/sec.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct troth_endpoint troth_endpoint;

/* Where a datagram came from or goes to; streams pass NULL. */
typedef struct troth_addr {
    struct sockaddr_storage sa;
    socklen_t len;
} troth_addr;

/*
 * What the owner knows of the transport below, complete before the endpoint is built. Copied, strings and octets
 * included; all zero is a plain TCP connection of unknown peer.
 *
 * peer, local       addresses in words ("192.0.2.1:50000", "unix:"), or NULL
 * tls_identity      the peer's verified TLS identity, NULL = none
 * tls               the transport encrypts
 * bindings          application data of the channel bindings, len 0 = none
 * shared            the connection is pooled or re-multiplexed: it is not the peer's own
 */
typedef struct troth_transport {
    const char *peer, *local, *tls_identity;
    bool tls;
    troth_bytes bindings;
    bool shared;
} troth_transport;

typedef enum troth_event_kind {
    TROTH_EV_JOB = 1,     /* job: run it on any thread, then give it to troth_endpoint_stepped                     */
    TROTH_EV_ESTABLISHED, /* facts, level, impersonation: a context is complete and the peer was told              */
    TROTH_EV_DATA,        /* data: verified (or raw, when level is NONE) octets of the application, at least one   */
    TROTH_EV_CALL,        /* id, message: a whole request; answer it by TROTH_ORDER_REPLY                          */
    TROTH_EV_REPLY,       /* id, message: a whole reply; or error, when there will be none                         */
    TROTH_EV_WARNING,     /* error: something the owner may want to log; the endpoint goes on                      */
    TROTH_EV_END,         /* the peer ended its direction. authentic says whether that was protected               */
    TROTH_EV_CLOSED       /* last event. error: TROTH_OK for an orderly end. Send what out() still shows, and close */
} troth_event_kind;

struct troth_rpc_message;  /* troth/rpc.h    */
struct troth_rpc_identity; /* troth/rpc_co.h */

/*
 * Views in an event live until the next call on the endpoint. A job is the owner's from here on.
 *
 * id       the context (ESTABLISHED, WARNING) or the call; 0 on wires that have one of them only
 * message  CALL and REPLY of the RPC wires
 */
typedef struct troth_event {
    troth_event_kind kind;
    uint64_t id;
    const struct troth_rpc_message *message;
    troth_job *job;
    troth_facts facts;
    troth_level level;
    troth_impersonation impersonation;
    troth_bytes data;
    bool authentic;
    troth_error error;
} troth_event;

typedef enum troth_order_kind {
    TROTH_ORDER_DATA = 1, /* data: octets for the peer                                     */
    TROTH_ORDER_END,      /* we send no more; the peer may                                 */
    TROTH_ORDER_OPEN,     /* id, identity: build one more security context                 */
    TROTH_ORDER_CALL,     /* id, context, message: call; TROTH_EV_REPLY will answer        */
    TROTH_ORDER_REPLY,    /* id, message: answer the call of TROTH_EV_CALL                 */
    TROTH_ORDER_CANCEL    /* id: ask the peer to cancel the call; its reply still comes    */
} troth_order_kind;

/*
 * What the owner wants. All of it is borrowed during the call.
 *
 * id        of the context or call, the owner's choice for what it begins; 0 on wires that have one of them only
 * context   of the context that a call is made in, 0 = none
 * message, identity  of the RPC wires
 */
typedef struct troth_order_msg {
    troth_order_kind kind;
    uint64_t id, context;
    troth_bytes data;
    const struct troth_rpc_message *message;
    const struct troth_rpc_identity *identity;
} troth_order_msg;

/* The operations of a wire; see the functions below, which are their contract. */
typedef struct troth_endpoint_ops {
    const char *wire;
    troth_status (*feed)(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from, uint64_t now,
                         size_t *ret_used);
    void (*feed_end)(troth_endpoint *e, uint64_t now);
    troth_status (*out)(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to);
    void (*sent)(troth_endpoint *e, size_t n);
    troth_status (*submit)(troth_endpoint *e, const troth_order_msg *order, uint64_t now, size_t *ret_used);
    bool (*event)(troth_endpoint *e, troth_event *ret);
    void (*stepped)(troth_endpoint *e, troth_job *job, uint64_t now);
    uint64_t (*deadline)(const troth_endpoint *e);
    void (*expire)(troth_endpoint *e, uint64_t now);
    void (*close)(troth_endpoint *e, troth_status reason);
    const troth_error *(*error)(const troth_endpoint *e);
    void (*free)(troth_endpoint *e);
} troth_endpoint_ops;

/* The head of every endpoint. */
struct troth_endpoint {
    const troth_endpoint_ops *ops;
};

/*
 * Give octets that the peer sent.
 *
 * bytes     n octets, mutable: a message is decrypted where it lies and the event's view may point here, so the buffer
 *           must stay until the events were taken; its contents are undefined afterwards
 * from      datagrams: the sender; streams: NULL
 * now       monotonic milliseconds, never going back
 * ret_used  octets consumed. Fewer than n: take the events and offer the rest again at once; when that uses 0 and
 *           raises nothing, again after the next stepped, sent or submit.
 *
 * TROTH_OK; any failure means the endpoint has failed: TROTH_EV_CLOSED tells, further octets are ignored.
 */
TROTH_MUST_CHECK troth_status troth_endpoint_feed(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from,
                                                  uint64_t now, size_t *ret_used);
/*
 * Tell that the peer closed its direction of a stream. Octets not yet consumed must have been offered before; what the
 * end means is told by an event (TROTH_EV_END where the wire allows it there, else TROTH_EV_CLOSED with the error).
 */
void troth_endpoint_feed_end(troth_endpoint *e, uint64_t now);
/*
 * Show octets to be sent; for datagrams exactly one.
 *
 * ret     a view that lives until the next call on the endpoint; set only on TROTH_OK
 * ret_to  datagrams: where to; NULL is legal for streams
 *
 * TROTH_OK: at least one octet. TROTH_AGAIN: nothing now. TROTH_CLOSED: nothing, and never again: a stream's owner
 * shuts its direction, and goes on reading until TROTH_EV_CLOSED.
 */
TROTH_MUST_CHECK troth_status troth_endpoint_out(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to);
/* Tell that n octets of the last out() are on their way: 1 to as many as it showed; a datagram whole. */
void troth_endpoint_sent(troth_endpoint *e, size_t n);
/*
 * Order something.
 *
 * order     borrowed during the call
 * now       monotonic milliseconds
 * ret_used  octets of order->data taken; the rest is to be ordered again
 *
 * TROTH_OK (all taken); TROTH_AGAIN (some or none: after sent() again); TROTH_BAD_STATE (not established, or ended);
 * anything else: the endpoint has failed
 */
TROTH_MUST_CHECK troth_status troth_endpoint_submit(troth_endpoint *e, const troth_order_msg *order, uint64_t now,
                                                    size_t *ret_used);
/* Take the next event; false = none, and ret is untouched. Its views live until the next call on the endpoint. */
bool troth_endpoint_event(troth_endpoint *e, troth_event *ret);
/* Give back a job of TROTH_EV_JOB that has run; the endpoint takes it over and frees it. Also after a failure. */
void troth_endpoint_stepped(troth_endpoint *e, troth_job *job, uint64_t now);
/* When expire() wants to be called, in monotonic milliseconds; UINT64_MAX = never. */
uint64_t troth_endpoint_deadline(const troth_endpoint *e);
/* The time has come; early calls are harmless. */
void troth_endpoint_expire(troth_endpoint *e, uint64_t now);
/* End it for the owner's reason (TROTH_CLOSED, TROTH_TIMEOUT, TROTH_NOT_ALLOWED ...): the wire's own farewell is put
 * out. */
void troth_endpoint_close(troth_endpoint *e, troth_status reason);
/* The sticky error; code TROTH_OK while there is none. Borrowed. */
const troth_error *troth_endpoint_error(const troth_endpoint *e);
/* Destroy; in any state. A job that is out is the owner's: free it with troth_job_free when it comes back. */
void troth_endpoint_free(troth_endpoint *e);

#ifdef __cplusplus
}
#endif

#endif
