#include <base/mem.h>
#include <gateway/rpc.h>

/* Local clients without security, each with a connection of its own to a server that wants some. */

enum { DEFAULT_DRAIN_MS = 30000 };

typedef struct lender {
    const troth_gateway_rpc_lend_options *o;
    const troth_env *env;
    troth_rpc_offer offer;
    troth_rpc_bridges bridges;
} lender;

static troth_status on_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                            uint64_t now, troth_endpoint **ret)
{
    lender *l = self;
    troth_endpoint *e;
    const troth_rpc_co_server_options o = { .env = env, .server = l->offer.server, .transport = transport };
    troth_status st = troth_rpc_co_server_new(&o, now, &e);
    if (st)
        return st;
    troth_rpc_bridge *b = troth_rpc_bridge_new(&l->bridges, c, e);
    if (!b) {
        troth_endpoint_free(e);
        return TROTH_NO_MEMORY;
    }
    troth_conn_set_owner(c, b);
    *ret = e;
    return TROTH_OK;
}

static void on_event(void *self, troth_conn *c, const troth_event *ev)
{
    (void)self;
    troth_rpc_bridge *b = troth_conn_owner(c);
    troth_rpc_bridge_event(b, ev);
    if (ev->kind == TROTH_EV_CLOSED)
        troth_conn_set_owner(c, NULL);
}

static void on_ready(void *self, troth_conn *c)
{
    (void)self;
    troth_rpc_bridge *b = troth_conn_owner(c);
    if (b)
        troth_rpc_bridge_ready(b);
}

static void on_gone(void *self, troth_conn *c)
{
    (void)self;
    (void)c;
}

static const troth_conn_handler handler = { on_open, on_event, on_ready, on_gone, NULL };

static troth_status run(lender *l, troth_host *h, troth_host_error *ret_err)
{
    const troth_gateway_rpc_lend_options *o = l->o;
    troth_listener *at;
    troth_status st = troth_host_listen(h, o->listen, &o->limits, &handler, l, &at, ret_err);
    if (!st && !o->no_signals)
        st = troth_host_drain_on_signals(h, o->drain_ms ? o->drain_ms : DEFAULT_DRAIN_MS);
    if (st)
        return st;
    if (o->ready)
        o->ready(o->self, h, troth_listener_address(at));
    return troth_host_run(h);
}

static troth_status run_host(lender *l, troth_host_error *ret_err)
{
    troth_host_options ho = l->o->host;
    troth_host *h;
    ho.env = l->env;
    troth_status st = troth_host_new(&ho, &h);
    if (st)
        return st;
    st = run(l, h, ret_err);
    troth_host_free(h);
    return st;
}

troth_status troth_gateway_rpc_lend(const troth_gateway_rpc_lend_options *o, troth_host_error *ret_err)
{
    lender l = { .o = o, .env = o->env ? o->env : troth_env_posix() };
    troth_host_error ignored;
    if (!o->to || !o->listen || !o->n_interfaces || o->host.loops > 1)
        return TROTH_INVALID;
    l.bridges = (troth_rpc_bridges){ .env = l.env,
                                     .address = o->to,
                                     .connect_ms = o->connect_ms,
                                     .client = o->connection,
                                     .identity = o->identity,
                                     .connected = o->connected,
                                     .established = o->established,
                                     .closed = o->closed,
                                     .self = o->self };
    troth_status st = troth_rpc_offer_init(&l.offer, l.env, 0, o->interfaces, o->n_interfaces);
    if (!st)
        st = run_host(&l, ret_err ? ret_err : &ignored);
    troth_rpc_offer_clear(&l.offer);
    return st;
}
