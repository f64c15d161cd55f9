/*
 * troth/gateway_rpc.h: DCE/RPC on a loop: servers with built-in interfaces, security in front of a backend that has none
 * or in front of a client that has none, and calls from a program's main thread (libtroth-host).
 *
 * An RPC server object lives on one loop with all its connections, for association groups span them: host.loops is 1.
 */
#ifndef TROTH_GATEWAY_RPC_H
#define TROTH_GATEWAY_RPC_H

#include <troth/gateway.h>
#include <troth/rpc_co.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An endpoint of another server, for our endpoint map: "HOST:PORT" with a numeric IPv4 host. */
typedef struct troth_gateway_rpc_entry {
    troth_rpc_syntax syntax;
    const char *address;
} troth_gateway_rpc_entry;

/*
 * How to serve. 0 or NULL means the default in brackets; all is borrowed until troth_gateway_rpc_serve returns.
 *
 * connection       of each connection; env, server, cred, transport, anonymous and wake are the gateway's
 * cred             answers the credential of this moment as a reference that is ours; NULL = no authentication is offered
 * builtin          set of TROTH_RPC_MGMT ... TROTH_RPC_ECHO
 * listen           address
 * also             another address for the same server, such as that of the endpoint mapper; or NULL
 * backend          an RPC server that asks for no authentication, or NULL. Each client connection has one of its own; a
 *                  call goes there as a whole message without verifiers, in the sender's data representation, and in an
 *                  association group that stands for the client's
 * interfaces       with a backend: those that clients may call, n_interfaces of them, over NDR; all else is unknown
 * entries          for the endpoint map, beside our own interfaces at our own port
 * allow, n_allow   as in troth_gateway_serve_options, asked for each security context: the calls of one that is denied
 *                  get access denied, and reach neither handler nor backend. Calls without a security context pass
 *                  where the levels let them and either there is no pattern or one is "anonymous"
 */
typedef struct troth_gateway_rpc_serve_options {
    const troth_env *env;
    troth_rpc_co_server_options connection;
    troth_cred *(*cred)(void *self);
    void *cred_self;
    unsigned builtin;
    const char *listen, *also, *backend;
    uint64_t backend_ms;
    const troth_rpc_syntax *interfaces;
    size_t n_interfaces;
    const troth_gateway_rpc_entry *entries;
    size_t n_entries;
    const char *const *allow;
    size_t n_allow;
    troth_log_format log_format;
    int log_fd;
    troth_host_options host;
    troth_listen_limits limits;
    uint64_t drain_ms;
    bool no_signals;
    void (*ready)(void *self, troth_host *host, const char *address);
    void *ready_self;
} troth_gateway_rpc_serve_options;

/*
 * Serve until drained; as troth_gateway_serve. A backend that is lost, or cannot be reached, is told as a fault
 * (nca_s_comm_failure) to each call that waits for it, and ends the client's connection.
 */
TROTH_MUST_CHECK troth_status troth_gateway_rpc_serve(const troth_gateway_rpc_serve_options *opts,
                                                      troth_host_error *ret_err);

/*
 * How to lend security to local clients that have none. As above and as in troth_gateway_connect_options; in addition
 *
 * connection  of each connection to the server; env, group and transport are the gateway's
 * identity    who to be there; NULL = nobody
 * to          the server
 * interfaces  those that local clients may call
 */
typedef struct troth_gateway_rpc_lend_options {
    const troth_env *env;
    troth_rpc_co_client_options connection;
    const troth_rpc_identity *identity;
    const char *to, *listen;
    uint64_t connect_ms;
    const troth_rpc_syntax *interfaces;
    size_t n_interfaces;
    troth_host_options host;
    troth_listen_limits limits;
    uint64_t drain_ms;
    bool no_signals;
    void (*connected)(void *self, const char *peer, uint64_t ms);
    void (*established)(void *self, const troth_event *ev, uint64_t ms);
    void (*closed)(void *self, const troth_connect_result *result);
    void (*ready)(void *self, troth_host *host, const char *address);
    void *self;
} troth_gateway_rpc_lend_options;

/* Listen for local clients until drained. TROTH_OK, TROTH_TIMEOUT (by force), or why it could not start (ret_err). */
TROTH_MUST_CHECK troth_status troth_gateway_rpc_lend(const troth_gateway_rpc_lend_options *opts,
                                                     troth_host_error *ret_err);

/*
 * How to call. As above; in addition
 *
 * begin  adds identities and orders the first calls; nothing is connected yet
 * reply  as in troth_rpc_client_options; may order more, and ends it all by troth_rpc_client_end
 */
typedef struct troth_gateway_rpc_call_options {
    const troth_env *env;
    troth_rpc_co_client_options connection;
    const char *to;
    uint64_t connect_ms;
    troth_status (*begin)(void *self, troth_rpc_client *client, uint64_t now);
    void (*reply)(void *self, troth_rpc_client *client, uint64_t id, const troth_event *ev, uint64_t now);
    void (*connected)(void *self, const char *peer, uint64_t ms);
    void (*established)(void *self, uint64_t id, const troth_event *ev, uint64_t ms);
    void *self;
} troth_gateway_rpc_call_options;

/*
 * Call until the connections have ended.
 *
 * ret  what became of them: the first failure, else the furthest stage
 *
 * TROTH_OK, or the code of ret->net or ret->error, or begin's
 */
TROTH_MUST_CHECK troth_status troth_gateway_rpc_call(const troth_gateway_rpc_call_options *opts,
                                                     troth_connect_result *ret);

#ifdef __cplusplus
}
#endif

#endif
