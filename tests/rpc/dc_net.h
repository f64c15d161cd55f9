/*
 * Connections of dc_client: blocking, one loop for all of them; whatever goes over the wire is written down for tshark.py.
 */
#ifndef DC_NET_H
#define DC_NET_H

#include <stdio.h>
#include <troth/rpc_co.h>

enum { DC_MAX_IDS = 4096, DC_REASON = 400, DC_SECONDS = 60 };

/* What became of a security context or of a call, by its id. */
typedef struct dc_result {
    bool there;
    troth_error error;
    troth_facts facts;         /* contexts; mech and attributes only */
    troth_rpc_message message; /* calls; the stub is a copy */
    uint8_t *copy;
} dc_result;

typedef struct dc_conn {
    struct dc_conn *next;
    troth_endpoint *e;
    int fd;
    unsigned port; /* ours */
    bool closed;
    troth_error end; /* once closed */
    troth_rpc_co_facts facts;
    uint8_t buf[65536];
    size_t at, fill;
    FILE *log;
    char *text;
    size_t text_len;
} dc_conn;

typedef struct dc_net {
    FILE *capture;
    const char *case_name;
    char note[80]; /* of the case: what its connections are, for the judge of the capture */
    unsigned n_captured, n_dialled;
    dc_conn *conns;
    troth_rpc_client *pool;
    uint16_t pool_port;
    bool pool_wants;
    unsigned n_pool_conns;
    uint64_t next_id;
    dc_result contexts[DC_MAX_IDS], calls[DC_MAX_IDS];
    char reason[DC_REASON];
} dc_net;

/* Say why the case fails; false. */
__attribute__((format(printf, 2, 3))) bool dc_fail(dc_net *n, const char *format, ...);
/* The same for an error that was not wanted. */
bool dc_fail_error(dc_net *n, const char *what, const troth_error *e);

/* A connection to a port of 127.0.0.1; NULL = none, and the case has failed. */
dc_conn *dc_connect(dc_net *n, uint16_t port, const troth_rpc_co_client_options *o);
/* Build a context; what came of it. */
const dc_result *dc_open(dc_net *n, dc_conn *c, uint64_t id, const troth_rpc_identity *who);
/* Begin a call in a context, 0 = none; its id. */
uint64_t dc_begin(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_message *m);
/* Wait for the reply of a call. */
const dc_result *dc_wait(dc_net *n, uint64_t id);
const dc_result *dc_call(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_message *m);
/* Wait until a connection has ended by itself. */
bool dc_ended(dc_net *n, dc_conn *c);

/* A pool over connections to a port; false = the case has failed. */
bool dc_pool_new(dc_net *n, uint16_t port, const troth_rpc_co_client_options *o);
/* Begin a call as an identity of the pool; its id, 0 = refused. */
uint64_t dc_pool_begin(dc_net *n, uint64_t identity, const troth_rpc_message *m);

/* End and write down every connection, and forget all results. True when all ended in good order. */
bool dc_end_all(dc_net *n);

#endif
