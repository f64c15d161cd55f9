/* host/tls.h: TLS below an endpoint: a record context of the engine, driven in front of the endpoint of another wire. */
#ifndef TROTH_HOST_TLS_H
#define TROTH_HOST_TLS_H

#include <base/queue.h>
#include <troth/host.h>

enum {
    TROTH_TLS_IN_MAX = 49152,    /* octets of the peer's that a leg of the handshake is given at most */
    TROTH_TLS_CHUNK = 65536,     /* octets of the inner endpoint that are sealed at once              */
    TROTH_TLS_OUT_MAX = 1 << 18, /* sealed octets held at most                                      */
    TROTH_TLS_TRIM_MS = 1000     /* without traffic until unused buffers are given back               */
};

/*
 * The inner endpoint is made by the last leg of the handshake, and everything is its matter from then on; what can fail
 * above it (a record, an end that nobody protected, its making) ends both.
 *
 * owed      The last octet that was offered has been taken, but is not admitted yet: what came with it is still to be
 *           worked off, and the owner's next offer, which begins with that octet, is what goes on with it.
 * held      an event of the inner endpoint, taken to see whether there is one; nothing else may be asked of it meanwhile
 * finished  we have sent close_notify, or never will
 * peer_ended  the peer has: by close_notify
 */
typedef struct troth_tls_endpoint {
    troth_endpoint ep;
    const troth_env *env;
    troth_endpoint_maker make;
    void *make_self;
    char *peer, *local; /* of the transport below */
    bool shared;
    troth_context *ctx; /* NULL while a job has it */
    troth_job *job;     /* made, and not yet taken by the owner */
    uint64_t since, last, handshake_ms;
    troth_endpoint *inner; /* NULL during the handshake */
    troth_queue in, plain, out;
    troth_event held;
    troth_error error;
    bool job_out, owed, finished, peer_ended, told;
} troth_tls_endpoint;

/* The first failure ends it. The peer is told only by what stands in out already. */
void troth_tls_endpoint_fail(troth_tls_endpoint *t, troth_status code, const char *where);
/* The same with the context's error. */
void troth_tls_endpoint_fail_as(troth_tls_endpoint *t, const troth_error *error);
/* Make the job of the next leg, of what stands in `in`; fails the endpoint when there can be none. */
void troth_tls_endpoint_leg(troth_tls_endpoint *t, bool first);

/* We have no more to say, and say so. */
void troth_tls_endpoint_finish(troth_tls_endpoint *t);

/* ---- octets: tls_move.c; operations of an endpoint ---- */
troth_status troth_tls_endpoint_feed(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from, uint64_t now,
                                     size_t *ret_used);
void troth_tls_endpoint_feed_end(troth_endpoint *e, uint64_t now);
troth_status troth_tls_endpoint_out(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to);
void troth_tls_endpoint_sent(troth_endpoint *e, size_t n);

#endif
