/* Message protection alone, of the same octets that a call's PDUs have: ours through the public API, and MIT's gss_wrap_iov. */
#ifndef BENCH_RPC_BARE_H
#define BENCH_RPC_BARE_H

#include <gssapi/gssapi.h>
#include <rpc_bench.h>

typedef struct bare {
    troth_context *client, *server;
    gss_ctx_id_t gss_client, gss_server; /* kerberos only */
} bare;

/* One call: the request's fragments that way, the reply's back. Units as the user counts. */
typedef struct bare_call {
    void (*one)(const struct bare_call *c);
    const bare *b;
    troth_form form;
    size_t request, reply; /* octets of stub */
    size_t chunk;          /* octets of stub in a full fragment */
    size_t gss_token;
    double per_call;
} bare_call;

void bare_init(bare *b, const bench_realm *r);
void bare_clear(bare *b);
bare_call bare_of(const bare *b, troth_rpc_level level, bool gss, size_t request, size_t reply);
/* Octets that a mechanism's context holds by itself: client, server. */
void bare_memory(const bench_realm *r, size_t ret[2]);

#endif
