/*
 * support/rpc_rig.h: RPC endpoints in memory. A peer runs its jobs on the spot (or keeps them), remembers what its owner
 * was told and what it sent. A server of one interface of tests, and credentials: a fake Kerberos, and real NTLM.
 */
#ifndef TESTS_RPC_RIG_H
#define TESTS_RPC_RIG_H
#include <support/env.h>
#include <support/fake_mech.h>
#include <troth/rpc_co.h>

enum { RPC_IDS = 4096 };

typedef struct rpc_reply {
    uint64_t id;
    troth_error error;
    uint32_t fault;
    bool not_executed;
    uint8_t *stub;
    size_t len;
} rpc_reply;

typedef struct rpc_peer {
    troth_endpoint *e;
    uint64_t now;
    bool hold_jobs;
    troth_job *held;
    uint64_t established[RPC_IDS];
    size_t n_established, n_warnings;
    troth_error warning;
    rpc_reply *replies;
    size_t n_replies;
    bool closed;
    troth_error error; /* of CLOSED */
    uint8_t *sent;
    size_t sent_len, sent_mark;
    /* in place of all of it, when set: events other than jobs */
    void (*event)(struct rpc_peer *p, const troth_event *ev);
    void *self;
    size_t events;
} rpc_peer;

void rpc_peer_init(rpc_peer *p, troth_endpoint *e);
void rpc_peer_clear(rpc_peer *p);
void rpc_peer_events(rpc_peer *p);
/* Feed octets from a heap block of their own, until all are used or no progress is made; answers octets used. */
size_t rpc_peer_feed(rpc_peer *p, const void *bytes, size_t n);
/* Give the held job, run, back. */
void rpc_peer_step(rpc_peer *p);
/* Move what out() shows to the end of sent; answers octets moved. */
size_t rpc_peer_drain(rpc_peer *p);
/* Carry octets both ways until nothing moves; cut as rig_wire. */
void rpc_wire(rpc_peer *a, rpc_peer *b, size_t cut);
/* The reply of a call, which must be the only one; NULL = none. */
const rpc_reply *rpc_reply_of(const rpc_peer *p, uint64_t id);
/* Orders. */
troth_status rpc_open(rpc_peer *p, uint64_t id, const troth_rpc_identity *who);
troth_status rpc_call(rpc_peer *p, uint64_t id, uint64_t context, uint16_t opnum, const void *stub, size_t n);
troth_status rpc_order(rpc_peer *p, troth_order_kind kind, uint64_t id);

/* The interface of tests. opnum 0 echoes the stub; 1 answers with account, level and auth_context_id as text; 2 waits
 * until rpc_rig_answer; 3 faults with the first 4 octets; 4 answers as many octets as the first 4 say. */
extern const troth_rpc_syntax rpc_rig_syntax;
enum { RPC_ECHO, RPC_WHO, RPC_WAIT, RPC_FAULT, RPC_BIG };

typedef struct rpc_rig {
    test_env env;
    fake_mech kerberos;
    troth_cred *client_cred[2], *server_cred[2]; /* fake Kerberos, real NTLM */
    troth_rpc_interface interface;
    troth_rpc_handler ops[5];
    troth_rpc_call *waiting[64];
    size_t n_waiting;
    troth_rpc_server *server;
    troth_rpc_co_client_options client;
    troth_rpc_co_server_options serve;
    rpc_peer c, s;
} rpc_rig;

/* The server speaks ntlm (and SPNEGO with it) when ntlm is set, else the fake Kerberos. */
void rpc_rig_init(rpc_rig *r, bool ntlm);
/* Make both endpoints from the options. */
void rpc_rig_connect(rpc_rig *r);
/* An identity with the credential that fits. */
troth_rpc_identity rpc_rig_identity(const rpc_rig *r, troth_rpc_auth_type type, troth_rpc_level level);
/* Answer the waiting call number i with its own stub. */
void rpc_rig_answer(rpc_rig *r, size_t i);
void rpc_rig_end(rpc_rig *r);
#endif
