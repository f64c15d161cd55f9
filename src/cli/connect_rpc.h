/* cli/connect_rpc.h: troth connect rpc: bindings, identities and the calls that the tool knows. */
#ifndef TROTH_CLI_CONNECT_RPC_H
#define TROTH_CLI_CONNECT_RPC_H

#include <cli/connect.h>
#include <troth/epm.h>
#include <troth/gateway_rpc.h>

enum { TROTH_CLI_RPC_ADDRESS = 320, TROTH_CLI_RPC_STUB = 4 << 20, TROTH_CLI_RPC_CHUNK = 256 << 10 };

typedef struct troth_cli_rpc_run troth_cli_rpc_run;

/*
 * Something to ask a server.
 *
 * arguments  behind the name: how many, and what usage calls them
 * interface  "UUID@VER", whose port the endpoint mapper is asked for; NULL: of the arguments
 * anywhere   every endpoint answers it: without a port, the endpoint mapper's own
 * read       take the arguments; false after a complaint
 * ask        order the next call; TROTH_OK also when there is none to order any more
 * answer     take a response and show it; TROTH_AGAIN = ask once more
 */
typedef struct troth_cli_rpc_verb {
    const char *name;
    int arguments;
    const char *interface;
    bool anywhere;
    bool (*read)(troth_cli_rpc_run *r, char **arguments);
    troth_status (*ask)(troth_cli_rpc_run *r, troth_rpc_client *c, uint64_t now);
    troth_status (*answer)(troth_cli_rpc_run *r, const troth_rpc_message *m);
} troth_cli_rpc_verb;

/* One invocation. fault and error are those of the first call that failed. */
struct troth_cli_rpc_run {
    const troth_cli_usage *usage;
    const troth_cli_connect_options *o;
    troth_rpc_binding binding;
    char address[TROTH_CLI_RPC_ADDRESS];
    const char *spn;
    troth_cred *cred; /* NULL: no authentication */
    troth_cli_mech mech;
    troth_rpc_identity identity;
    troth_cli_verbose verbose;
    const troth_cli_rpc_verb *verb;
    unsigned transfer;
    troth_rpc_syntax syntax;
    uint16_t opnum;
    bool raw; /* stub and answer are octets, not hex */
    uint8_t *stub;
    size_t stub_len;
    uint16_t port;           /* what the endpoint mapper said */
    troth_rpc_handle resume; /* of the endpoint mapper's list, and how often it was asked */
    unsigned rounds;
    uint64_t asked; /* octets in the call that waits */
    bool failed, not_executed;
    uint32_t fault;
    troth_error error;
};

/* troth connect rpc: operands are the binding, the verb and its arguments. The exit code. */
int troth_cli_connect_rpc(const troth_cli_usage *u, const troth_cli_connect_options *o, char **operands, int n);

/* ---- rpc_verbs.c ---- */
/* NULL = unknown. */
const troth_cli_rpc_verb *troth_cli_rpc_verb_find(const char *name);
/* Asks an endpoint mapper for the port of r->syntax; no verb of the command line. */
extern const troth_cli_rpc_verb troth_cli_rpc_map;
/* Call in the run's identity and transfer syntax. */
TROTH_MUST_CHECK troth_status troth_cli_rpc_order(troth_cli_rpc_run *r, troth_rpc_client *c, const troth_rpc_message *m,
                                                  uint64_t now);
/* Parse hex, blanks between octets being legal. False = it is none, or longer than size. */
bool troth_cli_read_hex(const char *text, uint8_t *out, size_t size, size_t *ret_len);

/* ---- rpc_replies.c: responses, as text on stdout ---- */
TROTH_MUST_CHECK troth_status troth_cli_rpc_show_whoami(const troth_rpc_message *m);
TROTH_MUST_CHECK troth_status troth_cli_rpc_show_interfaces(const troth_rpc_message *m);
TROTH_MUST_CHECK troth_status troth_cli_rpc_show_listening(const troth_rpc_message *m);
/* Content of rpcecho's EchoData; n is what was sent. */
TROTH_MUST_CHECK troth_status troth_cli_rpc_show_echo(const troth_rpc_message *m, uint64_t n);
void troth_cli_rpc_show_entry(void *self, const troth_rpc_epm_entry *e);
TROTH_MUST_CHECK troth_status troth_cli_rpc_show_stub(const troth_rpc_message *m, bool raw);

#endif
