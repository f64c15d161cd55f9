/*
 * troth/gateway.h: protected connections on one side, plain ones on the other (libtroth-host).
 *
 * The gateway knows no wire: the caller gives a function that makes an endpoint. One protected connection has one plain
 * connection, which is never used again for another.
 */
#ifndef TROTH_GATEWAY_H
#define TROTH_GATEWAY_H

#include <troth/host.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum troth_log_format { TROTH_LOG_TEXT, TROTH_LOG_JSON } troth_log_format;

/* What answers when there is no backend: octets as they came, or a net.tcp service that returns each sized envelope. */
typedef enum troth_echo_kind { TROTH_ECHO_OCTETS, TROTH_ECHO_NMF } troth_echo_kind;

/*
 * How to serve. 0 or NULL means the default in brackets; strings are borrowed until troth_gateway_serve returns.
 *
 * env              [troth_env_posix()]
 * wire             its name in logs and the PROXY header: "nns", "net.tcp"
 * make             makes server endpoints; make_self is handed to it
 * listen           address
 * backend          address, or NULL for an echo
 * echo             without backend
 * backend_ms       for reaching the backend [5,000]
 * allow, n_allow   patterns of fnmatch over "user@REALM" and "DOM\user", without regard to case; none = every
 *                  authenticated identity. Anonymous and guest need the pattern "anonymous".
 * proxy_protocol   send the backend a PROXY v2 header with the identity [docs/wire/proxy-tlv.md]
 * proxy_tlv        type of the TLV that holds it [0xE0]
 * messages         the wire authenticates messages, not connections (troth/iiop.h): the far side is opened by the first one
 *                  that passes, every context is logged when it is established and every refusal when it happens; allow
 *                  and proxy_protocol do not apply, the endpoints judge callers themselves. Needs a backend
 * log_format, log_fd   one line per context; log_fd 0 = standard error, -1 = no log
 * host             loops, threads; its env is ignored
 * limits           of the listener
 * drain_ms         on SIGTERM and SIGINT, and the length of a drain [30,000]
 * no_signals       leave signals alone: the owner drains by troth_host_drain
 * ready            called once it listens, before the first connection is taken; address as troth_listener_address
 */
typedef struct troth_gateway_serve_options {
    const troth_env *env;
    const char *wire;
    troth_endpoint_maker make;
    void *make_self;
    const char *listen, *backend;
    troth_echo_kind echo;
    uint64_t backend_ms;
    const char *const *allow;
    size_t n_allow;
    bool proxy_protocol;
    uint8_t proxy_tlv;
    bool messages;
    troth_log_format log_format;
    int log_fd;
    troth_host_options host;
    troth_listen_limits limits;
    uint64_t drain_ms;
    bool no_signals;
    void (*ready)(void *self, troth_host *host, const char *address);
    void *ready_self;
} troth_gateway_serve_options;

/*
 * Serve until drained. A denied identity is told by the wire's own answer (TROTH_NOT_ALLOWED) before any of its octets
 * reached the backend.
 *
 * ret_err  set when it cannot listen; may be NULL
 *
 * TROTH_OK (drained), TROTH_TIMEOUT (drained by force), or why it could not start
 */
TROTH_MUST_CHECK troth_status troth_gateway_serve(const troth_gateway_serve_options *opts, troth_host_error *ret_err);

/* How far a client connection got. */
typedef enum troth_connect_stage {
    TROTH_STAGE_NETWORK,    /* no connection: net says why                                       */
    TROTH_STAGE_HANDSHAKE,  /* connected, no context: error says why                             */
    TROTH_STAGE_ESTABLISHED /* a context; error is TROTH_OK for an orderly end, else what ended it */
} troth_connect_stage;

/* What became of a client connection; wire octets are those of the socket, data octets those of the application. */
typedef struct troth_connect_result {
    troth_connect_stage stage;
    troth_host_error net;
    troth_error error;
    troth_conn_counters count;
} troth_connect_result;

/*
 * How to connect. As above; in addition
 *
 * make         makes client endpoints
 * to           address of the server
 * connect_ms   for reaching it [10,000]
 * listen       NULL: one connection, piped to the descriptors in and out [0 and 1]; else an address: every plain
 *              connection to it opens a protected one, until a signal drains it
 * in, out      descriptors, both 0 = standard input and output; they become ours and are closed
 * connected    the transport stands; peer in words. May be NULL
 * established  the context is complete. May be NULL
 * closed       a connection ended; result is borrowed. May be NULL
 * ready        as above, with listen only
 */
typedef struct troth_gateway_connect_options {
    const troth_env *env;
    const char *wire;
    troth_endpoint_maker make;
    void *make_self;
    const char *to, *listen;
    uint64_t connect_ms;
    int in, out;
    troth_host_options host;
    troth_listen_limits limits;
    uint64_t drain_ms;
    bool no_signals;
    void (*connected)(void *self, const char *peer, uint64_t ms);
    void (*established)(void *self, const troth_event *ev, uint64_t ms);
    void (*closed)(void *self, const troth_connect_result *result);
    void (*ready)(void *self, troth_host *host, const char *address);
    void *self;
} troth_gateway_connect_options;

/*
 * Connect and pipe until both directions ended. End of input ends our direction; the rest of the peer's is still read.
 *
 * ret  what became of the connection (with listen: of the last one); set also on failure
 *
 * TROTH_OK: ended in good order; TROTH_IO, TROTH_TIMEOUT, TROTH_INVALID: stage NETWORK; else the code of ret->error
 */
TROTH_MUST_CHECK troth_status troth_gateway_connect(const troth_gateway_connect_options *opts,
                                                    troth_connect_result *ret);

/* ---- parts, for owners that build their own -----------------------------------------------------------------------
 */

/*
 * Tell whether an identity may come in.
 *
 * ident  account and authority, both without regard to case; either may be NULL. Without an authority the account
 *        alone is matched, too
 * flags  TROTH_F_ANONYMOUS and TROTH_F_GUEST need the pattern "anonymous", and no other pattern lets them in
 *
 * TROTH_OK or TROTH_NOT_ALLOWED
 */
TROTH_MUST_CHECK troth_status troth_policy_allows(const char *const *allow, size_t n, const troth_identity *ident,
                                                  troth_flags flags);

/* Answer what to do about a failure that is well known, in one sentence; NULL when there is nothing to say. Constant. */
const char *troth_error_hint(const troth_error *err);

/* Sub-TLVs of our TLV of the PROXY header; layout in docs/wire/proxy-tlv.md. Values are never reused. */
typedef enum troth_proxy_sub {
    TROTH_PROXY_SUB_PRINCIPAL = 0x01,     /* UTF-8, "user@REALM" or "DOM\user"; absent when anonymous       */
    TROTH_PROXY_SUB_ACCOUNT = 0x02,       /* UTF-8                                                          */
    TROTH_PROXY_SUB_AUTHORITY = 0x03,     /* UTF-8, realm or domain                                         */
    TROTH_PROXY_SUB_MECH = 0x04,          /* UTF-8, mechanism that protects: "kerberos", "ntlm"             */
    TROTH_PROXY_SUB_OUTER = 0x05,         /* UTF-8, mechanism that negotiated: "spnego", or as MECH         */
    TROTH_PROXY_SUB_LEVEL = 0x06,         /* one octet: 0 none, 1 sign, 2 encrypt                           */
    TROTH_PROXY_SUB_FLAGS = 0x07,         /* four octets, big-endian: attributes, numbers of troth/types.h  */
    TROTH_PROXY_SUB_IMPERSONATION = 0x08, /* one octet: 1 identify, 2 impersonate, 3 delegation             */
    TROTH_PROXY_SUB_CONNECTION = 0x09,    /* eight octets, big-endian: conn_id of the log                   */
    TROTH_PROXY_SUB_WIRE = 0x0a           /* UTF-8: "nns", "net.tcp"                                        */
} troth_proxy_sub;

/* Everything a header tells. Strings are borrowed during the call. */
typedef struct troth_proxy_header {
    const troth_addr *peer, *local;
    const char *wire;
    uint64_t conn_id;
    const troth_event *established;
    uint8_t tlv;
} troth_proxy_header;

/*
 * Write a PROXY protocol v2 header.                                    [PROXY protocol 2.2; docs/wire/proxy-tlv.md]
 *
 * out  n octets of room; 1,024 are always enough for names of up to 256 octets each
 *
 * TROTH_OK, TROTH_NO_SPACE
 */
TROTH_MUST_CHECK troth_status troth_proxy2_write(const troth_proxy_header *h, uint8_t *out, size_t n, size_t *ret_len);

#ifdef __cplusplus
}
#endif

#endif
