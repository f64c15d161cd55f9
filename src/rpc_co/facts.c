/* What both ends tell of a connection. */
#include <rpc_co/client.h>

troth_rpc_co_facts troth_rpc_co_facts_of(const troth_endpoint *e)
{
    const troth_co_conn *c = (const troth_co_conn *)e;
    troth_rpc_co_facts f = { .pdus_in = c->pdus_in, .pdus_out = c->pdus_out };
    if (!c->bound)
        return f;
    f.group = c->group;
    f.max_frag = c->max_frag;
    f.features = c->features;
    f.bound = c->bound;
    f.header_signing = c->header_signing;
    f.concurrent = c->concurrent;
    f.contexts = c->contexts_open;
    f.calls = c->calls;
    f.calls_begun = c->calls_begun;
    return f;
}

/* A server's owner knows contexts by auth_context_id, a client's by ids of his own. */
static const troth_co_context *context_of(const troth_endpoint *e, uint64_t id)
{
    const troth_co_conn *c = (const troth_co_conn *)e;
    if (c->role == TROTH_INITIATOR)
        return troth_idtable_find_number(&((const troth_co_client *)e)->by_id, id);
    return id <= UINT32_MAX ? troth_co_context_find(c, (uint32_t)id) : NULL;
}

troth_status troth_rpc_co_session_key(const troth_endpoint *e, uint64_t id, troth_bytes *ret)
{
    const troth_co_context *x = context_of(e, id);
    return x && x->sec ? troth_context_session_key(x->sec, ret) : TROTH_BAD_STATE;
}
