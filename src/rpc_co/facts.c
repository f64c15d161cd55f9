/* What both ends tell of a connection. */
#include <rpc_co/conn.h>

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
    return f;
}

typedef struct lookup {
    uint64_t id;
    const troth_co_context *found;
} lookup;

static bool by_id(void *self, troth_co_context *x)
{
    lookup *l = self;
    if (x->id == l->id)
        l->found = x;
    return !l->found;
}

troth_status troth_rpc_co_session_key(const troth_endpoint *e, uint64_t id, troth_bytes *ret)
{
    lookup l = { .id = id };
    troth_co_context_each((troth_co_conn *)e, by_id, &l); /* nothing is changed */
    if (!l.found || !l.found->sec)
        return TROTH_BAD_STATE;
    return troth_context_session_key(l.found->sec, ret);
}
