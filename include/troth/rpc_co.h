/*
 * troth/rpc_co.h: DCE/RPC over connections, client and server, as endpoints: many security contexts on one
 * association. [C706 12; MS-RPCE 3.3]
 */
#ifndef TROTH_RPC_CO_H
#define TROTH_RPC_CO_H

#include <troth/rpc.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What to do where the specification is silent, or Windows narrower.                    [docs/design, CO-5, CO-9]
 *
 * strict   A request without a verifier is refused, but for the one case of CO-4. Past the limit of contexts the
 *          connection goes on.
 * windows  A request without a verifier runs as the default identity, as Windows chooses it. Past the limit the
 *          connection is closed.
 */
typedef enum troth_rpc_profile { TROTH_RPC_STRICT, TROTH_RPC_WINDOWS } troth_rpc_profile;

/* Bind-time features. [MS-RPCE 2.2.2.14] */
enum { TROTH_RPC_FEATURE_MULTIPLEXING = 1, TROTH_RPC_FEATURE_KEEP_ON_ORPHAN = 2 };

/*
 * One server connection. Strings and octets are copied; 0 means the default in brackets.
 *
 * env             borrowed for the endpoint's life, and for that of calls answered late
 * server          borrowed for the endpoint's life
 * cred            acquired, for acceptors; NULL = no authentication is offered. Kerberos, NTLM and SPNEGO are offered as
 *                 far as the credential has sources for them
 * target          NULL or the SPN that an NTLM client must name
 * profile         above
 * policy, limits  of contexts
 * anonymous       NTLM clients without an identity are accepted
 * min_level       of every call but the endpoint mapper's and mgmt's, beside the interface's own [NONE]
 * no_header_signing  do not agree to it
 * no_features     do not agree to bind-time features
 * max_contexts    security contexts, checked before any provider work [2,048]
 * context_budget  octets that the contexts of the connection and their jobs hold together [16,777,216]
 * max_calls       calls that are dispatched and not answered; past it requests wait [256]
 * max_request     octets of a request's stub [4,194,304]
 * max_frag        octets of a fragment, both ways, 2,048..5,840 [5,840]
 * half_open_ms    milliseconds until an unfinished PDU, bind, context or request must be complete [10,000]
 * idle_ms         milliseconds without any PDU and any call running until the connection ends [0 = never]
 * out_max         octets of output held before further requests wait [262,144]
 * transport       may be NULL; local gives the secondary address, peer the address that association groups compare
 * wake            called when a call was answered outside of any call on the endpoint, so that the owner looks at out();
 *                 may be NULL
 */
typedef struct troth_rpc_co_server_options {
    const troth_env *env;
    troth_rpc_server *server;
    troth_cred *cred;
    const char *target;
    troth_rpc_profile profile;
    uint32_t policy;
    troth_limits limits;
    bool anonymous, no_header_signing, no_features;
    troth_rpc_level min_level;
    unsigned max_contexts, max_calls;
    size_t context_budget, max_request, out_max;
    uint16_t max_frag;
    uint64_t half_open_ms, idle_ms;
    const troth_transport *transport;
    void (*wake)(void *self, troth_endpoint *e);
    void *wake_self;
} troth_rpc_co_server_options;

/*
 * Make a server's end of a connection; it waits for a bind. Its events: TROTH_EV_JOB, TROTH_EV_ESTABLISHED for each
 * security context (id = auth_context_id), TROTH_EV_CALL for interfaces without handlers, TROTH_EV_WARNING for what was
 * refused while the connection goes on, TROTH_EV_CLOSED.
 *
 * TROTH_OK, TROTH_INVALID, TROTH_NO_CRED (not acquired), TROTH_NO_MEMORY, TROTH_NO_ENTROPY
 */
TROTH_MUST_CHECK troth_status troth_rpc_co_server_new(const troth_rpc_co_server_options *opts, uint64_t now,
                                                      troth_endpoint **ret);

/*
 * Who to be: one security context of a client. Borrowed during the call that takes it; strings are copied.
 *
 * cred    acquired, for initiators; the context takes a reference. NULL is legal with level NONE only
 * type    SPNEGO, NTLM, KERBEROS
 * level   CONNECT .. PRIVACY
 * target  the SPN; may be NULL only for NTLM
 * require further flags of the context: TROTH_F_DELEGATE, TROTH_F_IDENTIFY; TROTH_F_NO_INTEGRITY at level CONNECT for
 *         servers that answer no call there in a context that could sign
 * policy, limits  of the context
 */
typedef struct troth_rpc_identity {
    troth_cred *cred;
    troth_rpc_auth_type type;
    troth_rpc_level level;
    const char *target;
    troth_flags require;
    uint32_t policy;
    troth_limits limits;
} troth_rpc_identity;

/*
 * One client connection. As above; in addition
 *
 * group            association group to join [0 = a new one]
 * strict           refuse a server that does not agree to header signing when a level is INTEGRITY or more
 * require_features end the connection when the server withholds these bind-time features
 * max_contexts     never more than 2,000 [1,000]
 * max_calls        calls in flight [256]
 * max_reply        octets of a reply's stub [268,435,456]
 * call_ms          milliseconds that a reply may take, from the last octet of the request [0 = any]
 * half_open_ms     milliseconds that a bind, a context or a reply that has begun may take [10,000]
 */
typedef struct troth_rpc_co_client_options {
    const troth_env *env;
    uint32_t group;
    bool strict, no_header_signing, no_features;
    uint8_t require_features;
    unsigned max_contexts, max_calls;
    size_t context_budget, max_reply, out_max;
    uint16_t max_frag;
    uint64_t half_open_ms, idle_ms, call_ms;
    const troth_transport *transport;
} troth_rpc_co_client_options;

/*
 * Make a client's end of a connection. It binds with the first order: TROTH_ORDER_OPEN binds with a security context,
 * TROTH_ORDER_CALL in context 0 without one. Presentation contexts are negotiated as calls need them.
 *
 * TROTH_ORDER_OPEN   TROTH_EV_ESTABLISHED with the id tells that calls may name it. A second context is refused with
 *                    TROTH_UNSUPPORTED, and nothing is sent, unless the server agreed to multiplexing (CO-1): open
 *                    another connection in the same group then; TROTH_LIMIT past max_contexts (CO-7). TROTH_AGAIN while
 *                    that is not known yet. A context that fails ends the connection, once the replies that others
 *                    await are there (CO-11).
 * TROTH_ORDER_CALL   TROTH_EV_REPLY with the id. TROTH_AGAIN when too many are in flight or too much is unsent;
 *                    TROTH_BAD_STATE when the context is not established. The message's stub is little-endian, its
 *                    transfer one syntax. Context 0 is refused beside security contexts: a server might take such a call
 *                    for one of theirs (CO-4).
 * TROTH_ORDER_CANCEL, TROTH_ORDER_END  as ever; after END the connection closes once its calls are answered.
 *
 * The statuses above, TROTH_INVALID, TROTH_NO_CRED and TROTH_NO_MEMORY are no failure of the endpoint. OPEN's message, when
 * there is one, names the interface that its bind proposes [mgmt].
 *
 * TROTH_OK, TROTH_INVALID, TROTH_NO_MEMORY, TROTH_NO_ENTROPY
 */
TROTH_MUST_CHECK troth_status troth_rpc_co_client_new(const troth_rpc_co_client_options *opts, uint64_t now,
                                                      troth_endpoint **ret);

/*
 * What a connection has agreed on; all zero before its bind was answered.
 *
 * max_frag   octets of a fragment
 * contexts   security contexts established now
 * calls      calls in flight; calls_begun: over the whole life
 */
typedef struct troth_rpc_co_facts {
    uint32_t group;
    uint16_t max_frag;
    uint8_t features;
    bool bound, header_signing, concurrent;
    unsigned contexts, calls;
    uint64_t calls_begun, pdus_in, pdus_out;
} troth_rpc_co_facts;
/* Tell what was agreed; e is an endpoint of this header, client or server. */
troth_rpc_co_facts troth_rpc_co_facts_of(const troth_endpoint *e);
/* The session key of a context by its id; as troth_context_session_key. */
TROTH_MUST_CHECK troth_status troth_rpc_co_session_key(const troth_endpoint *e, uint64_t id, troth_bytes *ret);

/* ---- several connections as one ----------------------------------------------------------------------------------- */

typedef struct troth_rpc_client troth_rpc_client;

/*
 * A client over as many connections of one association group as it takes. It has no socket: it asks for connections.
 *
 * env         borrowed for the client's life
 * connection  options of each connection; group, transport and env are set by the client
 * connect     The client wants one more connection to the server; answer later by troth_rpc_client_attach or
 *             troth_rpc_client_failed. Not called again before that.
 * reply       a call's reply came (event of kind TROTH_EV_REPLY); its views live during the call-back
 * established a context of identity id stands; may be NULL
 * self        handed to each of them
 */
typedef struct troth_rpc_client_options {
    const troth_env *env;
    troth_rpc_co_client_options connection;
    void (*connect)(void *self);
    void (*reply)(void *self, uint64_t id, const troth_event *ev);
    void (*established)(void *self, uint64_t id, const troth_event *ev);
    void *self;
} troth_rpc_client_options;

/* TROTH_OK, TROTH_INVALID, TROTH_NO_MEMORY */
TROTH_MUST_CHECK troth_status troth_rpc_client_new(const troth_rpc_client_options *opts, troth_rpc_client **ret);
/* Release; after all its endpoints are gone. */
void troth_rpc_client_free(troth_rpc_client *c);
/*
 * Make the endpoint of a connection that was asked for. env is the connection's, transport as in the options. The
 * endpoint is the owner's, who drives it as any other, hands its events but jobs to troth_rpc_client_event, and calls
 * troth_rpc_client_detach before freeing it.
 */
TROTH_MUST_CHECK troth_status troth_rpc_client_attach(troth_rpc_client *c, const troth_env *env,
                                                      const troth_transport *transport, uint64_t now,
                                                      troth_endpoint **ret);
/* No connection came about: calls that wait for one fail with st. */
void troth_rpc_client_failed(troth_rpc_client *c, troth_status st);
/* An event of one of its endpoints. Any endpoint of the client may have output afterwards. */
void troth_rpc_client_event(troth_rpc_client *c, troth_endpoint *e, const troth_event *ev, uint64_t now);
/* An endpoint can take orders again, after sent(). */
void troth_rpc_client_ready(troth_rpc_client *c, troth_endpoint *e, uint64_t now);
void troth_rpc_client_detach(troth_rpc_client *c, troth_endpoint *e);
/*
 * Add an identity. Its context is built on a connection that has agreed to multiplexing, else on a connection of its own
 * in the same group, when the first call names it.
 *
 * id  the caller's, not 0 (0 is no identity: calls without authentication)
 *
 * TROTH_OK, TROTH_INVALID (the id is taken), TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_rpc_client_identity(troth_rpc_client *c, uint64_t id,
                                                        const troth_rpc_identity *who);
/*
 * Call as an identity. reply will be called, once, never before this returns.
 *
 * message  abstract, transfer, opnum, object and stub; stub is copied while it has to wait
 *
 * TROTH_OK, TROTH_INVALID (no such identity), TROTH_LIMIT (too many wait), TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_rpc_client_call(troth_rpc_client *c, uint64_t identity, uint64_t id,
                                                    const troth_rpc_message *message, uint64_t now);
/* End every connection once its calls are answered. */
void troth_rpc_client_end(troth_rpc_client *c, uint64_t now);

#ifdef __cplusplus
}
#endif

#endif
