/* cli/serve.h: what serving streams and serving calls share. */
#ifndef TROTH_CLI_SERVE_H
#define TROTH_CLI_SERVE_H

#include <cli/creds.h>
#include <cli/tls_options.h>
#include <troth/gateway_rpc.h>

typedef struct troth_cli_serve_options {
    const char *listen, *backend;
    bool echo, unsafe_backend, proxy_protocol, without_mic;
    troth_cli_server_creds creds;
    troth_cli_tls_options tls;
    int level, impersonation, log_format, profile;
    troth_cli_list allow, interfaces, builtin, publish;
    const char *bindings_file, *epm;
    uint64_t max_connections, max_half_open, memory_budget, max_contexts;
    uint64_t handshake_ms, idle_ms, drain_ms, backend_ms;
    uint64_t threads, pool_threads;
} troth_cli_serve_options;

/* troth serve rpc, after the options were checked for what all wires want. The exit code. */
int troth_cli_serve_rpc(const troth_cli_usage *u, const troth_cli_serve_options *o);
/* Complain about a server that could not start or was cut, and answer the exit code. */
int troth_cli_serve_verdict(const troth_cli_serve_options *o, troth_status st, const troth_host_error *err);

#endif
