#include <base/mem.h>
#include <gateway/rpc.h>

/* The connections that a troth_rpc_client asks for, on a loop of their own. */

typedef struct caller caller;

typedef struct wire {
    struct wire *next;
    caller *caller;
    troth_conn *conn;
    troth_endpoint *endpoint; /* NULL until it is open, and once it is over */
    uint64_t begun;
    troth_connect_result result;
} wire;

struct caller {
    const troth_gateway_rpc_call_options *o;
    const troth_env *env;
    troth_host *host;
    troth_rpc_client *client;
    wire *wires;
    troth_connect_result result;
    bool failed;
    troth_status refused; /* why the last connection could not even be tried */
};

static uint64_t since(const wire *w)
{
    return troth_loop_now(troth_conn_loop(w->conn)) - w->begun;
}

/* What one connection did may have given another one something to send. */
static void wake_others(const caller *k, const troth_conn *but)
{
    for (const wire *w = k->wires; w; w = w->next) {
        if (w->conn != but && w->endpoint)
            troth_conn_wake(w->conn);
    }
}

/* The first failure stands; without one the connection that got furthest. */
static void note(caller *k, const wire *w)
{
    bool bad = w->result.stage == TROTH_STAGE_NETWORK || w->result.error.code;
    if (k->failed || (!bad && w->result.stage < k->result.stage))
        return;
    k->result = w->result;
    k->failed = bad;
}

static void drop(wire *w)
{
    caller *k = w->caller;
    wire **at = &k->wires;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    note(k, w);
    troth_mem_free(k->env, w, sizeof *w);
}

static troth_status on_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                            uint64_t now, troth_endpoint **ret)
{
    caller *k = self;
    wire *w = troth_conn_owner(c);
    w->conn = c;
    w->result.stage = TROTH_STAGE_HANDSHAKE;
    troth_conn_watch(c);
    if (k->o->connected)
        k->o->connected(k->o->self, troth_conn_peer(c), since(w));
    troth_status st = troth_rpc_client_attach(k->client, env, transport, now, ret);
    if (st) {
        w->result.error = (troth_error){ .code = st, .where = "open" };
        drop(w);
        troth_rpc_client_failed(k->client, st);
        return st;
    }
    w->endpoint = *ret;
    return TROTH_OK;
}

static void on_event(void *self, troth_conn *c, const troth_event *ev)
{
    caller *k = self;
    wire *w = troth_conn_owner(c);
    troth_endpoint *e = w->endpoint;
    if (ev->kind == TROTH_EV_ESTABLISHED)
        w->result.stage = TROTH_STAGE_ESTABLISHED;
    if (ev->kind == TROTH_EV_CLOSED) {
        w->result.error = ev->error;
        w->result.count = troth_conn_count(c);
        if (w->result.stage == TROTH_STAGE_HANDSHAKE && !ev->error.code)
            w->result.stage = TROTH_STAGE_ESTABLISHED; /* no context was wanted */
        w->endpoint = NULL;
    }
    troth_rpc_client_event(k->client, e, ev, troth_loop_now(troth_conn_loop(c)));
    if (ev->kind == TROTH_EV_CLOSED)
        troth_rpc_client_detach(k->client, e);
    wake_others(k, c);
}

static void on_ready(void *self, troth_conn *c)
{
    caller *k = self;
    const wire *w = troth_conn_owner(c);
    if (w->endpoint)
        troth_rpc_client_ready(k->client, w->endpoint, troth_loop_now(troth_conn_loop(c)));
    wake_others(k, c);
}

static void on_gone(void *self, troth_conn *c)
{
    (void)self;
    drop(troth_conn_owner(c));
}

static void on_failed(void *self, troth_conn *c, const troth_host_error *err)
{
    caller *k = self;
    wire *w = troth_conn_owner(c);
    w->result.net = *err;
    drop(w);
    troth_rpc_client_failed(k->client, err->code);
    wake_others(k, NULL);
}

static const troth_conn_handler handler = { on_open, on_event, on_ready, on_gone, on_failed };

/* ---- what the client asks for ---- */

static void want_connection(void *self)
{
    caller *k = self;
    troth_loop *loop = troth_host_loop(k->host, 0);
    wire *w = troth_mem_new(k->env, sizeof *w);
    troth_status st = w ? TROTH_OK : TROTH_NO_MEMORY;
    if (w) {
        w->caller = k;
        w->begun = troth_loop_now(loop);
        w->result.error.where = "";
        w->next = k->wires;
        k->wires = w;
        st = troth_conn_connect(loop, k->o->to, k->o->connect_ms, &handler, k, w, &w->conn);
    }
    if (!st)
        return;
    if (w) {
        w->result.net = (troth_host_error){ st, 0, "address" };
        drop(w);
    }
    k->refused = st;
    troth_rpc_client_failed(k->client, st);
}

static void on_reply(void *self, uint64_t id, const troth_event *ev)
{
    caller *k = self;
    k->o->reply(k->o->self, k->client, id, ev, troth_loop_now(troth_host_loop(k->host, 0)));
}

static void on_established(void *self, uint64_t id, const troth_event *ev)
{
    caller *k = self;
    const wire *w = k->wires; /* the newest: a context is built where its connection was opened for it */
    if (k->o->established)
        k->o->established(k->o->self, id, ev, w ? since(w) : 0);
}

static troth_status run(caller *k)
{
    const troth_rpc_client_options o = { .env = k->env,
                                         .connection = k->o->connection,
                                         .connect = want_connection,
                                         .reply = on_reply,
                                         .established = on_established,
                                         .self = k };
    troth_status st = troth_rpc_client_new(&o, &k->client);
    if (st)
        return st;
    st = k->o->begin(k->o->self, k->client, troth_loop_now(troth_host_loop(k->host, 0)));
    troth_status ran = troth_host_run(k->host);
    return st ? st : ran ? ran : k->refused;
}

troth_status troth_gateway_rpc_call(const troth_gateway_rpc_call_options *o, troth_connect_result *ret)
{
    caller k = { .o = o, .env = o->env ? o->env : troth_env_posix() };
    const troth_host_options ho = { .env = k.env };
    k.result.error.where = "";
    if (!o->to || !o->begin || !o->reply)
        return TROTH_INVALID;
    troth_status st = troth_host_new(&ho, &k.host);
    if (!st) {
        st = run(&k);
        troth_host_free(k.host);
        troth_rpc_client_free(k.client);
    }
    *ret = k.result;
    if (st)
        return st;
    return k.result.stage == TROTH_STAGE_NETWORK ? k.result.net.code : k.result.error.code;
}
