/*
 * support/rpc_rig.h: an RPC client and server in memory, over the fake mechanism or a real one. Each side has an
 * environment of its own. The server's interface answers as the test wants; what both owners were told is remembered.
 */
#ifndef TESTS_RPC_RIG_H
#define TESTS_RPC_RIG_H
#include <support/real.h>
#include <troth/rpc_co.h>

/* Operations of the interface. */
enum {
    RIG_ECHO,   /* the stub comes back                                            */
    RIG_FAULT,  /* a fault, RIG_FAULT_STATUS                                      */
    RIG_KEEP,   /* not answered: the test answers kept[] with rpc_rig_answer      */
    RIG_SLEEP,  /* echoed after as many milliseconds as its first octet says      */
    RIG_SOURCE, /* a stub of as many octets as its first four say                 */
    RIG_OPEN,   /* answers a new context handle; its rundown is counted           */
    RIG_USE,    /* the handle must be good; its value's octet comes back          */
    RIG_OPS
};
enum { RIG_FAULT_STATUS = 0x1234abcd, RIG_KEPT = 4096, RIG_REPLIES = 64, RIG_HANDLE = 20 };

typedef struct rpc_rig_reply {
    uint64_t id;
    troth_error error; /* code not TROTH_OK: there was no reply */
    uint32_t fault;
    uint8_t *stub; /* a copy */
    size_t n;
} rpc_rig_reply;

typedef struct rpc_rig {
    real r;         /* environments, credentials, peers; r.side[REAL_CLIENT], r.side[REAL_SERVER] */
    fake_mech mech; /* of rpc_rig_fake */
    troth_rpc_server *server;
    troth_rpc_interface interface, plain; /* plain: without handlers, its calls are events, and echoed */
    troth_rpc_co_client_options client;
    troth_rpc_co_server_options accept;
    troth_rpc_identity who; /* of rpc_rig_open */
    /* what the owners were told, and the handlers saw */
    unsigned established[2], warnings[2];
    troth_error warning[2]; /* the last one */
    rpc_rig_reply replies[RIG_REPLIES];
    unsigned n_replies, n_lost; /* lost: of these, without a reply */
    troth_status refused;       /* what an order was refused with, the last one */
    unsigned handled, rundowns, handles;
    troth_rpc_call *kept[RIG_KEPT];
    unsigned n_kept;
    /* looked at by every handler before anything else; NULL = none */
    void (*look)(struct rpc_rig *r, troth_rpc_call *c);
    void *self;
} rpc_rig;

/* A fake NTLM (three legs) or Kerberos, both credentials, options with privacy; no endpoint yet. */
void rpc_rig_fake(rpc_rig *r, troth_mech_id id);
/* A real mechanism; credentials are acquired by rpc_rig_connect. */
void rpc_rig_real(rpc_rig *r, real_mech mech, troth_rpc_level level);
/* Make the server and both endpoints; fails the test when it cannot. */
void rpc_rig_connect(rpc_rig *r);
/* Make what is missing of the server and the interfaces. */
troth_status rpc_rig_serve(rpc_rig *r);
rig_peer *rpc_rig_client(rpc_rig *r);
rig_peer *rpc_rig_server(rpc_rig *r);
/* Order a context, a call; answers what submit answered. */
troth_status rpc_rig_open(rpc_rig *r, uint64_t id);
troth_status rpc_rig_call(rpc_rig *r, uint64_t context, uint64_t id, uint16_t opnum, const void *stub, size_t n);
/* The same in the interface without handlers. */
troth_status rpc_rig_call_plain(rpc_rig *r, uint64_t context, uint64_t id, const void *stub, size_t n);
troth_status rpc_rig_order(rpc_rig *r, troth_order_kind kind, uint64_t id);
/* Octets both ways until nothing moves, cut as rig_wire does. */
void rpc_rig_run(rpc_rig *r, size_t cut);
/* The reply of a call; NULL = none yet. */
const rpc_rig_reply *rpc_rig_reply_of(const rpc_rig *r, uint64_t id);
/* Answer kept call i with an echo of nothing. */
void rpc_rig_answer(rpc_rig *r, unsigned i);
/* Free both endpoints, and forget what was told; server and credentials stay. */
void rpc_rig_disconnect(rpc_rig *r);
/* Free all and check both environments. */
void rpc_rig_end(rpc_rig *r);
#endif
