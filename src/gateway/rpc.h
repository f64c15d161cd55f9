/* gateway/rpc.h: servers whose calls are somebody else's to answer, and the bridge that carries them. */
#ifndef TROTH_GATEWAY_RPC_INNER_H
#define TROTH_GATEWAY_RPC_INNER_H

#include <gateway/log.h>
#include <troth/gateway_rpc.h>

/* ---- the server object and its interfaces: rpc_server.c ---- */

/* An RPC server and the interfaces whose calls become TROTH_EV_CALL. */
typedef struct troth_rpc_offer {
    const troth_env *env;
    troth_rpc_server *server;
    troth_rpc_interface *forwarded;
    size_t n;
} troth_rpc_offer;

/* TROTH_OK, TROTH_INVALID (an interface twice), TROTH_NO_MEMORY, TROTH_NO_ENTROPY; cleared by troth_rpc_offer_clear. */
TROTH_MUST_CHECK troth_status troth_rpc_offer_init(troth_rpc_offer *f, const troth_env *env, unsigned builtin,
                                                   const troth_rpc_syntax *interfaces, size_t n);
/* Once all connections are gone. */
void troth_rpc_offer_clear(troth_rpc_offer *f);
/* Publish the built-in and forwarded interfaces at a port of ours ("HOST:PORT"). */
TROTH_MUST_CHECK troth_status troth_rpc_offer_publish(troth_rpc_offer *f, unsigned builtin, const char *address);

/* ---- from one connection to another: rpc_bridge.c ---- */

typedef struct troth_rpc_bridge troth_rpc_bridge;

/*
 * All bridges of a gateway. Constant but for the list.
 *
 * client       of each connection; env, group and transport are set for each
 * identity     who to be; NULL = nobody
 * connected ... closed  of the connection that the bridge opened; may be NULL
 */
typedef struct troth_rpc_bridges {
    const troth_env *env;
    const char *address;
    uint64_t connect_ms;
    troth_rpc_co_client_options client;
    const troth_rpc_identity *identity;
    void (*connected)(void *self, const char *peer, uint64_t ms);
    void (*established)(void *self, const troth_event *ev, uint64_t ms);
    void (*closed)(void *self, const troth_connect_result *result);
    void *self;
    troth_rpc_bridge *first;
} troth_rpc_bridges;

/* Make a bridge for a connection whose endpoint is a server's; nothing is opened before a call comes. NULL = no memory. */
troth_rpc_bridge *troth_rpc_bridge_new(troth_rpc_bridges *all, troth_conn *front, const troth_endpoint *endpoint);
/* An event of the front: TROTH_EV_CALL, TROTH_EV_CLOSED; after the latter the bridge is not touched again. */
void troth_rpc_bridge_event(troth_rpc_bridge *b, const troth_event *ev);
/* The front may take more. */
void troth_rpc_bridge_ready(troth_rpc_bridge *b);
/* Octets of the stubs that went over it. */
typedef struct troth_rpc_bridge_counters {
    uint64_t octets_in, octets_out;
} troth_rpc_bridge_counters;
troth_rpc_bridge_counters troth_rpc_bridge_count(const troth_rpc_bridge *b);

#endif
