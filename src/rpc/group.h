/* rpc/group.h: inside an association group: the context handles it owns. */
#ifndef TROTH_RPC_GROUP_H
#define TROTH_RPC_GROUP_H

#include <rpc/server.h>

/* One context handle: in the group's table by its UUID, and in its list, oldest first. */
typedef struct troth_rpc_held {
    struct troth_rpc_held *next, **link; /* link: what points here */
    troth_rpc_handle handle;
    unsigned type;
    void *value;
    void (*rundown)(void *value);
    char *owner; /* whose it is; NULL = nobody's, of callers without an identity */
    troth_flags owner_is;
    troth_mech_id mech;
} troth_rpc_held;

/*
 * refs       connections
 * peer       of its first connection
 * transport  constant
 * ending     the last connection has gone; no handle is added any more
 */
struct troth_rpc_group {
    troth_rpc_server *server;
    uint32_t number;
    size_t refs;
    troth_block peer;
    const char *transport;
    bool ending;
    troth_idtable handles;
    troth_rpc_held *first, **last;
};

/* Take the handle out and release it, without its rundown; answers its value. */
void *troth_rpc_held_drop(troth_rpc_group *g, troth_rpc_held *h);

#endif
