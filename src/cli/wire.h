/* cli/wire.h: the wires by name, and the words of options that several commands share. */
#ifndef TROTH_CLI_WIRE_H
#define TROTH_CLI_WIRE_H

#include <cli/options.h>
#include <troth/nettcp.h>

/* A wire that the tool knows. */
typedef struct troth_cli_wire {
    const char *name; /* "nns", "net.tcp" */
    bool nettcp;      /* its records are those of [MC-NMF] */
} troth_cli_wire;

/* Find a wire by its name; NULL = unknown. */
const troth_cli_wire *troth_cli_wire_find(const char *name);
/* Make an endpoint of a wire. via belongs to net.tcp clients and may be NULL. Statuses as in troth/nns.h. */
troth_status troth_cli_wire_new(const troth_cli_wire *w, troth_role role, const troth_nns_options *o, const char *via,
                                uint64_t now, troth_endpoint **ret);

extern const troth_cli_word troth_cli_levels[];         /* none, sign, encrypt               */
extern const troth_cli_word troth_cli_impersonations[]; /* identify, impersonate, delegate   */

enum { TROTH_CLI_HOST_MAX = 256 };

/* Take HOST out of "HOST:PORT" or "[IPv6]:PORT"; false when the text has neither form. */
bool troth_cli_host_of(const char *address, char ret[TROTH_CLI_HOST_MAX]);
/* Tell whether an address stays on this machine: "unix:PATH", localhost, 127.0.0.0/8, [::1]. */
bool troth_cli_is_local(const char *address);

#endif
