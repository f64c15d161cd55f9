/* A call between its transport and its handler. */
#include <rpc/builtin.h>
#include <rpc/call.h>
#include <stddef.h>

typedef struct troth_rpc_call_block {
    struct troth_rpc_call_block *next;
    size_t size; /* of the whole block */
    max_align_t octets[];
} troth_rpc_call_block;

const troth_rpc_message *troth_rpc_call_request(const troth_rpc_call *c)
{
    return &c->request;
}

const troth_rpc_caller *troth_rpc_call_caller(const troth_rpc_call *c)
{
    return &c->caller;
}

troth_rpc_server *troth_rpc_call_server(const troth_rpc_call *c)
{
    return c->server;
}

void troth_rpc_call_reply(troth_rpc_call *c, troth_bytes stub)
{
    c->ops->answer(c, 0, false, stub);
}

static const troth_bytes nothing = { NULL, 0 };

void troth_rpc_call_fault(troth_rpc_call *c, uint32_t status)
{
    c->ops->answer(c, status ? status : TROTH_NCA_S_FAULT_UNSPEC, false, nothing); /* 0 would be a response */
}

bool troth_rpc_call_cancelled(const troth_rpc_call *c)
{
    return c->cancelled;
}

void troth_rpc_call_after(troth_rpc_call *c, uint64_t ms, troth_rpc_handler fn, void *self)
{
    c->ops->after(c, ms, fn, self);
}

void *troth_rpc_call_memory(troth_rpc_call *c, size_t n)
{
    if (n > SIZE_MAX - sizeof(troth_rpc_call_block))
        return NULL;
    size_t size = sizeof(troth_rpc_call_block) + n;
    troth_rpc_call_block *b = troth_mem_new(c->env, size);
    if (!b)
        return NULL;
    b->size = size;
    b->next = c->blocks;
    c->blocks = b;
    return b->octets;
}

void troth_rpc_call_clear(troth_rpc_call *c)
{
    while (c->blocks) {
        troth_rpc_call_block *b = c->blocks;
        c->blocks = b->next;
        troth_mem_free(c->env, b, b->size);
    }
}

/* What the caller must at least have. A listener's own minimum would hide how to find and ask it. */
static troth_rpc_level demanded(const troth_rpc_interface *i, troth_rpc_level listener)
{
    bool exempt = i == &troth_rpc_epm || i == &troth_rpc_mgmt;
    return exempt || i->min_level > listener ? i->min_level : listener;
}

static bool guarded(const troth_rpc_call *c)
{
    const troth_rpc_server *s = c->server;
    return !s->guard || s->guard(s->guard_self, &c->caller, &c->request);
}

bool troth_rpc_call_dispatch(troth_rpc_call *c, troth_rpc_level min_level)
{
    const troth_rpc_interface *i = c->interface;
    c->server->count.calls_in++;
    if (c->caller.level < demanded(i, min_level) || !guarded(c)) {
        c->ops->answer(c, TROTH_RPC_S_ACCESS_DENIED, true, nothing);
        return true;
    }
    if (!i->ops)
        return false;
    troth_rpc_handler handler = c->request.opnum < i->n_ops ? i->ops[c->request.opnum] : NULL;
    if (handler)
        handler(i->self, c); /* the call may be gone when this returns */
    else
        c->ops->answer(c, TROTH_NCA_S_OP_RNG_ERROR, true, nothing);
    return true;
}
