/* A call whose transport does nothing but remember its answer, for tests of what lies above a transport. */
#ifndef TESTS_RPC_FAKE_CALL_H
#define TESTS_RPC_FAKE_CALL_H
#include <rpc/call.h>
#include <string.h>

typedef struct fake_call {
    troth_rpc_call call;
    unsigned answers;
    uint32_t fault;
    bool not_executed;
    uint8_t stub[64];
    size_t len;
    uint64_t ms; /* of the last troth_rpc_call_after */
    troth_rpc_handler later;
    void *later_self;
} fake_call;

static void fake_answer(troth_rpc_call *c, uint32_t fault, bool not_executed, troth_bytes stub)
{
    fake_call *f = (fake_call *)c;
    f->answers++;
    f->fault = fault;
    f->not_executed = not_executed;
    f->len = stub.len < sizeof f->stub ? stub.len : sizeof f->stub;
    if (stub.len)
        memcpy(f->stub, stub.data, f->len);
    troth_rpc_call_clear(c);
}

static void fake_after(troth_rpc_call *c, uint64_t ms, troth_rpc_handler fn, void *self)
{
    fake_call *f = (fake_call *)c;
    f->ms = ms;
    f->later = fn;
    f->later_self = self;
}

static const troth_rpc_call_ops fake_ops = { fake_answer, fake_after };

static inline fake_call fake_call_of(troth_rpc_server *s, troth_rpc_group *g, const char *name)
{
    fake_call f = { .call = { .ops = &fake_ops, .env = s->env, .server = s, .group = g } };
    f.call.request.transfer = TROTH_RPC_NDR;
    f.call.caller.level = name ? TROTH_RPC_LEVEL_INTEGRITY : TROTH_RPC_LEVEL_NONE;
    f.call.caller.facts.peer.name = name;
    f.call.caller.facts.mech = name ? TROTH_MECH_KERBEROS : TROTH_MECH_NONE;
    return f;
}
#endif
