/* rpc/call.h: a call on the server, between a transport and a handler. */
#ifndef TROTH_RPC_CALL_H
#define TROTH_RPC_CALL_H

#include <rpc/server.h>

/*
 * What a transport does for its calls. Each is the head of the transport's own struct.
 *
 * answer  fault 0: send a response with stub; else a fault. The call is unlinked and freed, by the transport, through
 *         troth_rpc_call_clear; also when its connection has died.
 * after   as troth_rpc_call_after
 */
typedef struct troth_rpc_call_ops {
    void (*answer)(troth_rpc_call *c, uint32_t fault, bool not_executed, troth_bytes stub);
    void (*after)(troth_rpc_call *c, uint64_t ms, troth_rpc_handler fn, void *self);
} troth_rpc_call_ops;

struct troth_rpc_call {
    const troth_rpc_call_ops *ops;
    const troth_env *env;
    troth_rpc_server *server;
    const troth_rpc_interface *interface;
    troth_rpc_group *group; /* NULL once the connection has died; the transport holds the reference */
    troth_rpc_message request;
    troth_rpc_caller caller;
    bool cancelled;
    struct troth_rpc_call_block *blocks; /* of troth_rpc_call_memory */
};

/*
 * Judge a whole request and run its handler: minimum level (access denied, not executed), opnum (nca_s_op_rng_error, not
 * executed). Answers false when the interface has no handlers: the call is the transport's owner's to answer.
 *
 * min_level  of the listener, beside the interface's own; the built-in endpoint mapper and mgmt are exempt
 */
bool troth_rpc_call_dispatch(troth_rpc_call *c, troth_rpc_level min_level);
/* Statuses that no server may send, in no fault. [MS-RPCE 3.3.3.5.1] */
bool troth_rpc_status_forbidden(uint32_t status);
/* Release what belongs to the call, but not the struct. */
void troth_rpc_call_clear(troth_rpc_call *c);

#endif
