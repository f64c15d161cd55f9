/* rpc_co/client_pool.h: several connections as one client: who is where, and which calls wait. */
#ifndef TROTH_RPC_CO_CLIENT_POOL_H
#define TROTH_RPC_CO_CLIENT_POOL_H

#include <base/idtable.h>
#include <troth/rpc_co.h>

enum { TROTH_RPC_CLIENT_WAITING = 1024 }; /* calls that wait for their context, all identities together */

/* A call that waits, with a copy of its stub. */
typedef struct troth_pool_call {
    uint64_t id;
    troth_rpc_message message;
    troth_block stub;
    struct troth_pool_call *next;
} troth_pool_call;

/*
 * A connection that was attached.
 *
 * used    something was ordered: a security context, or calls without one
 * bare    its calls have no authentication, so it takes no security context
 * single  the server does not agree to multiplexing, or takes no more contexts
 * dead    TROTH_EV_CLOSED was seen
 * ended   TROTH_ORDER_END was given
 */
typedef struct troth_pool_conn {
    troth_endpoint *e;
    bool used, bare, single, dead, ended;
    struct troth_pool_conn *next;
} troth_pool_conn;

/*
 * An identity; number 0 is no identity.
 *
 * conn    where its context is, or is being built; NULL = nowhere
 * stands  calls can be made
 * asks    a connection was asked for, for its sake
 * why     what its context failed with, until the connection has ended
 */
typedef struct troth_pool_identity {
    uint64_t id;
    troth_rpc_identity who;
    char *target;
    troth_pool_conn *conn;
    bool stands, asks;
    troth_error why;
    troth_pool_call *waiting, **last;
    struct troth_pool_identity *next;
} troth_pool_identity;

/*
 * connecting   connect was called and not answered
 * busy, again  placing calls back: what comes in between is done by another round
 */
struct troth_rpc_client {
    troth_rpc_client_options opts;
    const troth_env *env;
    troth_pool_conn *conns;
    troth_pool_identity *identities, **last_identity, nobody;
    troth_idtable by_id;
    uint32_t group;
    size_t n_waiting;
    uint64_t now;
    bool connecting, ending, busy, again;
};

/* ---- client_place.c ---- */
/*
 * Find or ask for a place for an identity that has none. TROTH_OK (it has one, or waits); anything else: it cannot have
 * one.
 */
TROTH_MUST_CHECK troth_status troth_pool_place(troth_rpc_client *p, troth_pool_identity *i);
/* Place who waits, submit what can be submitted, end what is to be ended. */
void troth_pool_pump(troth_rpc_client *p);
/* Answer every waiting call of an identity with an error. */
void troth_pool_lose(troth_rpc_client *p, troth_pool_identity *i, const troth_error *why);
/* One order to a connection's endpoint. */
TROTH_MUST_CHECK troth_status troth_pool_order(troth_rpc_client *p, troth_pool_conn *conn,
                                               const troth_order_msg *order);
void troth_pool_call_free(troth_rpc_client *p, troth_pool_call *call);

#endif
