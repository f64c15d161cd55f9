/* The client's end of a connection as an endpoint. */
#include <rpc_co/client.h>

static troth_co_client *of(troth_endpoint *e)
{
    return (troth_co_client *)e;
}

static troth_status verdict(const troth_co_client *c)
{
    if (!c->c.closed)
        return TROTH_OK;
    return c->c.error.code ? c->c.error.code : TROTH_CLOSED;
}

static bool untold(const troth_co_client *c)
{
    return c->c.n_events || c->done.head;
}

/* The owner has looked at the last reply; its octets go. */
static void release_told(troth_co_client *c)
{
    if (c->told)
        troth_co_client_call_release(c, c->told);
    c->told = NULL;
}

static void take_octets(troth_co_client *c, uint8_t *bytes, size_t n, size_t *ret_used)
{
    while (*ret_used < n && !untold(c) && !c->c.closed) { /* views of a reply point into what was fed */
        troth_co_pdu pdu;
        size_t used = 0;
        troth_status st = troth_co_gather(&c->c, bytes + *ret_used, n - *ret_used, &used, &pdu);
        *ret_used += used;
        if (st == TROTH_AGAIN)
            return;
        const troth_error why = { .code = st, .where = "C706 12.6.3.1" };
        if (st)
            troth_co_client_step(c, TROTH_CO_CA_ON_BAD_PDU, &why);
        else
            troth_co_client_take(c, &pdu);
        troth_co_client_pump(c);
    }
}

static troth_status feed(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from, uint64_t now,
                         size_t *ret_used)
{
    troth_co_client *c = of(e);
    (void)from;
    c->c.now = now;
    *ret_used = n;
    if (c->c.closed || c->c.in_ended)
        return c->c.closed ? verdict(c) : TROTH_BAD_STATE;
    *ret_used = 0;
    if (untold(c))
        return TROTH_OK;
    release_told(c);
    if (n)
        c->active = now;
    take_octets(c, bytes, n, ret_used);
    return verdict(c);
}

static void feed_end(troth_endpoint *e, uint64_t now)
{
    troth_co_client *c = of(e);
    c->c.now = now;
    if (c->c.closed || c->c.in_ended)
        return;
    c->c.in_ended = true;
    troth_co_client_step(c, TROTH_CO_CA_ON_PEER_CLOSED, NULL);
    troth_co_client_pump(c);
}

static troth_status out(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to)
{
    troth_status st = troth_co_out(&of(e)->c, ret);
    if (!st && ret_to)
        *ret_to = NULL;
    return st;
}

/* When a request's last octet has left, its reply may take so long. */
static void start_clocks(troth_co_client *c, uint64_t before)
{
    for (troth_co_client_call *call = c->flying.tail; call && call->ends_at > before; call = call->prev) {
        if (c->sent >= call->ends_at && call->fsm.state == TROTH_CO_CC_DISPATCHED)
            call->since = c->c.now;
    }
}

static void sent(troth_endpoint *e, size_t n)
{
    troth_co_client *c = of(e);
    uint64_t before = c->sent;
    troth_co_sent(&c->c, n);
    c->sent += n;
    if (c->opts.call_ms)
        start_clocks(c, before);
    troth_co_client_pump(c);
}

static troth_status submit(troth_endpoint *e, const troth_order_msg *order, uint64_t now, size_t *ret_used)
{
    troth_co_client *c = of(e);
    *ret_used = 0;
    c->c.now = c->active = now;
    troth_status st = troth_co_client_submit(c, order);
    troth_co_client_pump(c);
    return st;
}

static bool tell_reply(troth_co_client *c, troth_event *ret)
{
    troth_co_client_call *call = c->done.head;
    if (!call)
        return false;
    troth_co_client_call_unlink(&c->done, call);
    c->told = call;
    *ret = (troth_event){ .kind = TROTH_EV_REPLY, .id = call->id, .error = call->error };
    if (!call->error.code)
        ret->message = &call->answer;
    return true;
}

static bool event(troth_endpoint *e, troth_event *ret)
{
    troth_co_client *c = of(e);
    release_told(c);
    if (!c->c.closed && troth_co_next_event(&c->c, ret))
        return true;
    if (tell_reply(c, ret)) /* every one of them before TROTH_EV_CLOSED */
        return true;
    if (!c->c.closed) /* what waited for the owner to look */
        troth_co_client_pump(c);
    return tell_reply(c, ret) || troth_co_next_event(&c->c, ret);
}

static void stepped(troth_endpoint *e, troth_job *job, uint64_t now)
{
    troth_co_client *c = of(e);
    troth_co_leg leg;
    c->c.now = now;
    if (troth_co_context_stepped(&c->c, job, &leg) && !c->c.closed) {
        troth_co_client_step(c,
                             leg.result == TROTH_STEP_DONE   ? TROTH_CO_CA_ON_DONE
                             : leg.result == TROTH_STEP_MORE ? TROTH_CO_CA_ON_MORE
                                                             : TROTH_CO_CA_ON_FAILED,
                             &leg);
        troth_co_client_pump(c);
    }
    troth_job_free(job);
}

static uint64_t deadline(const troth_endpoint *e)
{
    return troth_co_client_deadline((const troth_co_client *)e);
}

static void expire(troth_endpoint *e, uint64_t now)
{
    troth_co_client *c = of(e);
    c->c.now = now;
    troth_co_client_expire(c);
    troth_co_client_pump(c);
}

static void close_it(troth_endpoint *e, troth_status reason)
{
    troth_co_client *c = of(e);
    const troth_error why = { .code = reason, .where = "C706 11.1.3 CLOSE_REQ" };
    if (!c->c.closed)
        troth_co_client_step(c, TROTH_CO_CA_ON_CLOSE, &why);
    troth_co_client_pump(c);
}

static const troth_error *error(const troth_endpoint *e)
{
    return &((const troth_co_client *)e)->c.error;
}

static void destroy(troth_endpoint *e)
{
    troth_co_client *c = of(e);
    const troth_env *env = c->c.env;
    troth_co_conn_clear(&c->c);
    troth_co_client_calls_clear(c);
    troth_co_client_presentations_clear(c);
    troth_idtable_clear(&c->by_id);
    troth_mem_drop(env, &c->bindings);
    troth_mem_free(env, c, sizeof *c);
}

static const troth_endpoint_ops ops = {
    .wire = "rpc_co",
    .feed = feed,
    .feed_end = feed_end,
    .out = out,
    .sent = sent,
    .submit = submit,
    .event = event,
    .stepped = stepped,
    .deadline = deadline,
    .expire = expire,
    .close = close_it,
    .error = error,
    .free = destroy,
};

/* ---- construction ---- */

static bool valid(const troth_rpc_co_client_options *o)
{
    return o->env && o->max_contexts <= TROTH_CO_CLIENT_CONTEXTS &&
           (!o->max_frag || (o->max_frag >= TROTH_CO_FRAG_MIN && o->max_frag <= TROTH_CO_FRAG_MAX)) &&
           !(o->require_features & ~(TROTH_RPC_FEATURE_MULTIPLEXING | TROTH_RPC_FEATURE_KEEP_ON_ORPHAN)) &&
           !(o->require_features && o->no_features);
}

static troth_rpc_co_client_options with_defaults(const troth_rpc_co_client_options *o)
{
    troth_rpc_co_client_options d = *o;
    d.transport = NULL;
    d.max_contexts = o->max_contexts ? o->max_contexts : TROTH_CO_CLIENT_CONTEXTS_DEFAULT;
    d.max_calls = o->max_calls ? o->max_calls : 256;
    d.context_budget = o->context_budget ? o->context_budget : 16777216;
    d.max_reply = o->max_reply ? o->max_reply : 268435456;
    d.out_max = o->out_max ? o->out_max : 262144;
    d.max_frag = (uint16_t)((o->max_frag ? o->max_frag : TROTH_CO_FRAG_MAX) & ~7u); /* a multiple of 8 */
    d.half_open_ms = o->half_open_ms ? o->half_open_ms : 10000;
    return d;
}

troth_status troth_rpc_co_client_new(const troth_rpc_co_client_options *opts, uint64_t now, troth_endpoint **ret)
{
    if (!valid(opts))
        return TROTH_INVALID;
    troth_co_client *c = troth_mem_new(opts->env, sizeof *c);
    if (!c)
        return TROTH_NO_MEMORY;
    c->opts = with_defaults(opts);
    const troth_co_conn_options o = { .ops = &ops,
                                      .env = opts->env,
                                      .role = TROTH_INITIATOR,
                                      .out_max = c->opts.out_max,
                                      .context_budget = c->opts.context_budget,
                                      .frag_cap = TROTH_CO_FRAG_MAX,
                                      .max_contexts = c->opts.max_contexts };
    troth_status st = troth_co_conn_init(&c->c, &o);
    if (!st)
        st = troth_idtable_init(&c->by_id, opts->env, c->opts.max_contexts);
    troth_fsm_init(&c->assoc, &troth_co_client_assoc_fsm, opts->env);
    c->c.now = c->active = now;
    c->next_call_id = c->next_auth_context_id = 1;
    if (!st && opts->transport && opts->transport->bindings.len)
        st = troth_mem_keep(opts->env, opts->transport->bindings.data, opts->transport->bindings.len, &c->bindings);
    if (st) {
        destroy(&c->c.ep);
        return st;
    }
    *ret = &c->c.ep;
    return TROTH_OK;
}
