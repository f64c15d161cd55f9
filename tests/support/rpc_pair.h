/*
 * support/rpc_pair.h: an RPC client and server in memory, over the fake mechanism or a real one. Each side has an
 * environment of its own. The server's interface answers as the test wants; what both owners were told is remembered.
 */
#ifndef TESTS_RPC_PAIR_H
#define TESTS_RPC_PAIR_H
#include <support/real.h>
#include <troth/rpc_co.h>

/* Operations of the interface. */
enum {
    PAIR_ECHO,   /* the stub comes back                                            */
    PAIR_FAULT,  /* a fault, PAIR_FAULT_STATUS                                      */
    PAIR_KEEP,   /* not answered: the test answers kept[] with rpc_pair_answer      */
    PAIR_SLEEP,  /* echoed after as many milliseconds as its first octet says      */
    PAIR_SOURCE, /* a stub of as many octets as its first four say                 */
    PAIR_OPEN,   /* answers a new context handle; its rundown is counted           */
    PAIR_USE,    /* the handle must be good; its value's octet comes back          */
    PAIR_OPS
};
enum {
    PAIR_FAULT_STATUS = 0x1234abcd,
    PAIR_KEPT = 4096,
    PAIR_REPLIES = 64,
    PAIR_HANDLE = 20,
    PAIR_SOURCE_MAX = 1 << 20
};

typedef struct rpc_pair_reply {
    uint64_t id;
    troth_error error; /* code not TROTH_OK: there was no reply */
    uint32_t fault;
    uint8_t *stub; /* a copy */
    size_t n;
} rpc_pair_reply;

typedef struct rpc_pair {
    real r;         /* environments, credentials, peers; r.side[REAL_CLIENT], r.side[REAL_SERVER] */
    fake_mech mech; /* of rpc_pair_fake */
    troth_rpc_server *server;
    troth_rpc_interface interface, plain; /* plain: without handlers, its calls are events, and echoed */
    troth_rpc_co_client_options client;
    troth_rpc_co_server_options accept;
    troth_rpc_identity who; /* of rpc_pair_open */
    /* what the owners were told, and the handlers saw */
    unsigned established[2], warnings[2];
    troth_error warning[2]; /* the last one */
    rpc_pair_reply replies[PAIR_REPLIES];
    unsigned n_replies, n_lost; /* lost: of these, without a reply */
    troth_status refused;       /* what an order was refused with, the last one */
    unsigned handled, rundowns, handles;
    troth_rpc_call *kept[PAIR_KEPT];
    unsigned n_kept;
    bool ignore_calls; /* those that are events are not answered */
    /* looked at by every handler before anything else; NULL = none */
    void (*look)(struct rpc_pair *r, troth_rpc_call *c);
    void *self;
} rpc_pair;

/* A fake NTLM (three legs) or Kerberos, both credentials, options with privacy; no endpoint yet. */
void rpc_pair_fake(rpc_pair *r, troth_mech_id id);
/* A real mechanism; credentials are acquired by rpc_pair_connect. */
void rpc_pair_real(rpc_pair *r, real_mech mech, troth_rpc_level level);
/* Make the server and both endpoints; fails the test when it cannot. */
void rpc_pair_connect(rpc_pair *r);
/* Make what is missing of the server and the interfaces. */
troth_status rpc_pair_serve(rpc_pair *r);
rig_peer *rpc_pair_client(rpc_pair *r);
rig_peer *rpc_pair_server(rpc_pair *r);
/* Order a context, a call; answers what submit answered. */
troth_status rpc_pair_open(rpc_pair *r, uint64_t id);
troth_status rpc_pair_call(rpc_pair *r, uint64_t context, uint64_t id, uint16_t opnum, const void *stub, size_t n);
/* The same in the interface without handlers. */
troth_status rpc_pair_call_plain(rpc_pair *r, uint64_t context, uint64_t id, const void *stub, size_t n);
troth_status rpc_pair_order(rpc_pair *r, troth_order_kind kind, uint64_t id);
/* Octets both ways until nothing moves, cut as rig_wire does. */
void rpc_pair_run(rpc_pair *r, size_t cut);
/* The reply of a call; NULL = none yet. */
const rpc_pair_reply *rpc_pair_reply_of(const rpc_pair *r, uint64_t id);
/* Answer kept call i with an echo of nothing. */
void rpc_pair_answer(rpc_pair *r, unsigned i);
/* Free both endpoints, and forget what was told; server and credentials stay. */
void rpc_pair_disconnect(rpc_pair *r);
/* Free all and check both environments. */
void rpc_pair_end(rpc_pair *r);
#endif
