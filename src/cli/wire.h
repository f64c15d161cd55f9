/* cli/wire.h: the wires by name, and the words of options that several commands share. */
#ifndef TROTH_CLI_WIRE_H
#define TROTH_CLI_WIRE_H

#include <cli/options.h>
#include <troth/nettcp.h>

/* A wire that the tool knows. */
typedef struct troth_cli_wire {
    const char *name; /* "nns", "net.tcp", "rpc"                                              */
    bool nettcp;      /* its records are those of [MC-NMF]                                    */
    bool rpc;         /* it carries calls, not a stream: serve_rpc.c, connect_rpc.c           */
} troth_cli_wire;

/* Find a wire by its name; NULL = unknown. */
const troth_cli_wire *troth_cli_wire_find(const char *name);
/* Make an endpoint of a wire that carries a stream. via belongs to net.tcp clients and may be NULL. Statuses as in troth/nns.h. */
troth_status troth_cli_wire_new(const troth_cli_wire *w, troth_role role, const troth_nns_options *o, const char *via,
                                uint64_t now, troth_endpoint **ret);

extern const troth_cli_word troth_cli_levels[];         /* none, sign, encrypt               */
extern const troth_cli_word troth_cli_impersonations[]; /* identify, impersonate, delegate   */
/* The three, and RPC's own: values of TROTH_CLI_RPC_LEVEL and more are the level of RPC above it. */
extern const troth_cli_word troth_cli_rpc_levels[];
enum { TROTH_CLI_RPC_LEVEL = 16 };
/* What a word of troth_cli_rpc_levels means to RPC: none, sign and encrypt are levels 1, 5 and 6. */
int troth_cli_rpc_level(int value);

enum { TROTH_CLI_HOST_MAX = 256 };

/* Take HOST out of "HOST:PORT" or "[IPv6]:PORT"; false when the text has neither form. */
bool troth_cli_host_of(const char *address, char ret[TROTH_CLI_HOST_MAX]);
/* Tell whether an address stays on this machine: "unix:PATH", localhost, 127.0.0.0/8, [::1]. */
bool troth_cli_is_local(const char *address);

#endif
