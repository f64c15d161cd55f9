/* cli/connect.h: what the two ways of connecting share. */
#ifndef TROTH_CLI_CONNECT_H
#define TROTH_CLI_CONNECT_H

#include <cli/creds.h>
#include <cli/files.h>
#include <cli/tls_options.h>
#include <cli/verbose.h>
#include <cli/wire.h>
#include <troth/gateway.h>

typedef struct troth_cli_connect_options {
    troth_cli_client_creds creds;
    troth_cli_tls_options tls;
    const char *spn, *listen, *via, *bindings_file;
    int level, impersonation; /* level: -1 = not given */
    bool envelope, quiet;
    unsigned verbose;
    uint64_t connect_ms, handshake_ms, idle_ms, call_ms;
    troth_cli_list interfaces;
    uint64_t epm_port;
} troth_cli_connect_options;

/* One invocation: the client and all that its endpoints are made of. */
typedef struct troth_cli_connect_run {
    const troth_cli_connect_options *o;
    const troth_cli_wire *wire;
    const char *address, *spn, *via;
    troth_cred *cred;
    troth_cli_mech mech;
    troth_cli_tls tls;
    troth_cli_verbose verbose;
    uint8_t bindings[TROTH_CLI_BINDINGS_MAX];
    size_t bindings_len;
    uint64_t started; /* monotonic ms */
} troth_cli_connect_run;

/* A troth_endpoint_maker; self is the run. */
troth_status troth_cli_connect_make(void *self, const troth_env *env, const troth_transport *transport, uint64_t now,
                                    troth_endpoint **ret);
/* Report the transport, the context, the end. */
void troth_cli_connect_connected(void *self, const char *peer, uint64_t ms);
void troth_cli_connect_established(void *self, const troth_event *ev, uint64_t ms);
/* Print the verdict unless all went well, and answer the exit code. */
int troth_cli_connect_verdict(const troth_cli_connect_run *r, const troth_connect_result *result);

#endif
