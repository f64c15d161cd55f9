#include <base/mem.h>
#include <gateway/far.h>
#include <host/stream.h>
#include <unistd.h>

enum { DEFAULT_CONNECT_MS = 10000, DEFAULT_DRAIN_MS = 30000 };

typedef struct client {
    const troth_gateway_connect_options *o;
    const troth_env *env;
    troth_host *host;
    troth_connect_result result; /* of the last connection */
} client;

/* One connection and the plain stream that it is for. */
typedef struct pairing {
    client *client;
    troth_stream *local; /* until it is the bridge's; NULL: standard input and output, opened when connected */
    troth_far *far;
    uint64_t begun;
    troth_connect_result result;
} pairing;

static uint64_t since(const pairing *k, const troth_conn *c)
{
    return troth_loop_now(troth_conn_loop(c)) - k->begun;
}

static void tell_closed(pairing *k)
{
    client *cl = k->client;
    cl->result = k->result;
    if (cl->o->closed)
        cl->o->closed(cl->o->self, &k->result);
    troth_mem_free(cl->env, k, sizeof *k);
}

/* A local stream is not read before its connection stands; if that fails, it is reset. */
static size_t no_data(void *self, troth_stream *s, troth_bytes data)
{
    (void)self;
    (void)s;
    (void)data;
    return 0;
}

static void no_end(void *self, troth_stream *s)
{
    (void)self;
    (void)s;
}

static void local_gone(void *self, troth_stream *s, const troth_host_error *err)
{
    pairing *k = self;
    (void)s;
    (void)err;
    if (k)
        k->local = NULL;
}

static const troth_stream_handler waiting = { NULL, no_data, no_end, NULL, local_gone };

/* The peer of a local stream must not take the failure for an orderly end. */
static void drop_local(pairing *k)
{
    if (!k->local)
        return;
    troth_stream_handle(k->local, &waiting, NULL);
    troth_stream_reset(k->local);
    k->local = NULL;
}

static troth_status join(pairing *k, troth_conn *c)
{
    const client *cl = k->client;
    const troth_gateway_connect_options *o = cl->o;
    troth_stream *s = k->local;
    bool standard = !o->in && !o->out;
    k->local = NULL;
    if (!s && o->listen) /* it closed meanwhile */
        return TROTH_CLOSED;
    if (!s) {
        troth_status st = troth_stream_open(troth_conn_loop(c), standard ? STDIN_FILENO : o->in,
                                            standard ? STDOUT_FILENO : o->out, &waiting, NULL, &s);
        if (st)
            return st;
    }
    return troth_bridge_join(cl->env, c, s, &k->far);
}

static troth_status on_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                            uint64_t now, troth_endpoint **ret)
{
    const client *cl = self;
    pairing *k = troth_conn_owner(c);
    k->result.stage = TROTH_STAGE_HANDSHAKE;
    if (cl->o->connected)
        cl->o->connected(cl->o->self, troth_conn_peer(c), since(k, c));
    troth_status st = cl->o->make(cl->o->make_self, env, transport, now, ret);
    if (!st && (st = join(k, c)) != TROTH_OK)
        troth_endpoint_free(*ret);
    if (!st)
        return TROTH_OK;
    k->result.error = (troth_error){ .code = st, .where = "open" };
    drop_local(k);
    tell_closed(k); /* no other call-back comes */
    return st;
}

static void finish(pairing *k, troth_conn *c, const troth_error *error)
{
    k->result.error = *error;
    k->result.count = troth_conn_count(c);
    if (k->far)
        k->far->ops->closed(k->far, error);
    k->far = NULL;
}

static void on_event(void *self, troth_conn *c, const troth_event *ev)
{
    const client *cl = self;
    pairing *k = troth_conn_owner(c);
    switch (ev->kind) {
    case TROTH_EV_ESTABLISHED:
        k->result.stage = TROTH_STAGE_ESTABLISHED;
        if (cl->o->established)
            cl->o->established(cl->o->self, ev, since(k, c));
        if (k->far)
            k->far->ops->ready(k->far);
        break;
    case TROTH_EV_DATA:
        if (k->far)
            k->far->ops->data(k->far, ev->data);
        break;
    case TROTH_EV_END:
        if (k->far)
            k->far->ops->end(k->far);
        break;
    case TROTH_EV_CLOSED:
        finish(k, c, &ev->error);
        break;
    default:
        break;
    }
}

static void on_ready(void *self, troth_conn *c)
{
    const pairing *k = troth_conn_owner(c);
    (void)self;
    if (k->far)
        k->far->ops->ready(k->far);
}

static void on_gone(void *self, troth_conn *c)
{
    pairing *k = troth_conn_owner(c);
    troth_conn_counters n = troth_conn_count(c);
    (void)self;
    k->result.count.wire_in = n.wire_in;
    k->result.count.wire_out = n.wire_out;
    tell_closed(k);
}

static void on_failed(void *self, troth_conn *c, const troth_host_error *err)
{
    pairing *k = troth_conn_owner(c);
    (void)self;
    k->result.net = *err;
    drop_local(k);
    tell_closed(k);
}

static const troth_conn_handler handler = { on_open, on_event, on_ready, on_gone, on_failed };

static troth_status begin(client *cl, troth_stream *local)
{
    const troth_gateway_connect_options *o = cl->o;
    troth_loop *loop = local ? troth_stream_loop(local) : troth_host_loop(cl->host, 0);
    pairing *k = troth_mem_new(cl->env, sizeof *k);
    if (!k)
        return TROTH_NO_MEMORY;
    k->client = cl;
    k->local = local;
    if (local)
        troth_stream_handle(local, &waiting, k);
    k->begun = troth_loop_now(loop);
    k->result.error.where = "";
    troth_conn *c;
    troth_status st =
        troth_conn_connect(loop, o->to, o->connect_ms ? o->connect_ms : DEFAULT_CONNECT_MS, &handler, cl, k, &c);
    if (!st)
        return TROTH_OK;
    drop_local(k);
    troth_mem_free(cl->env, k, sizeof *k);
    return st;
}

static void on_accept(void *self, troth_stream *s)
{
    troth_stream_pause(s);
    troth_stream_handle(s, &waiting, NULL);
    if (begin(self, s))
        troth_stream_reset(s);
}

static troth_status start(client *cl)
{
    const troth_gateway_connect_options *o = cl->o;
    troth_listener *l;
    troth_status st = TROTH_OK;
    if (o->listen)
        st = troth_host_listen_plain(cl->host, o->listen, &o->limits, on_accept, cl, &l, &cl->result.net);
    else if ((st = begin(cl, NULL)) != TROTH_OK)
        cl->result.net = (troth_host_error){ st, 0, "address" };
    if (!st && o->listen && !o->no_signals)
        st = troth_host_drain_on_signals(cl->host, o->drain_ms ? o->drain_ms : DEFAULT_DRAIN_MS);
    if (!st && o->listen && o->ready)
        o->ready(o->self, cl->host, troth_listener_address(l));
    return st ? st : troth_host_run(cl->host);
}

static troth_status verdict(const troth_gateway_connect_options *o, troth_status st, const troth_connect_result *r)
{
    if (st || o->listen)
        return st;
    return r->stage == TROTH_STAGE_NETWORK ? r->net.code : r->error.code;
}

troth_status troth_gateway_connect(const troth_gateway_connect_options *o, troth_connect_result *ret)
{
    client cl = { .o = o, .env = o->env ? o->env : troth_env_posix() };
    troth_host_options ho = o->host;
    ho.env = cl.env;
    cl.result.error.where = "";
    if (!o->make || !o->to)
        return TROTH_INVALID;
    troth_status st = troth_host_new(&ho, &cl.host);
    if (!st) {
        st = start(&cl);
        troth_host_free(cl.host);
    }
    *ret = cl.result;
    return verdict(o, st, ret);
}
