/* A server connection as an endpoint. */
#include <rpc_co/server.h>
#include <string.h>

static troth_co_server *of(troth_endpoint *e)
{
    return (troth_co_server *)e;
}

/* ---- around every call on the endpoint ---- */

static void enter(troth_co_server *s, uint64_t now)
{
    if (now > s->conn.now)
        s->conn.now = now;
    if (s->busy++) /* else the events that viewed this are over: */
        return;
    troth_co_call_release_shown(s);
    if (s->past.data)
        troth_mem_drop(s->conn.env, &s->past);
}

static void count(troth_co_server *s)
{
    troth_rpc_counters *c = &s->server->count;
    c->pdus_in += s->conn.pdus_in - s->counted_in;
    c->pdus_out += s->conn.pdus_out - s->counted_out;
    c->contexts_now = c->contexts_now + s->conn.contexts_open - s->counted_open;
    s->counted_in = s->conn.pdus_in;
    s->counted_out = s->conn.pdus_out;
    s->counted_open = s->conn.contexts_open;
}

static void step(troth_co_server *s, uint8_t event, const void *arg)
{
    if (s->conn.closed)
        return;
    troth_status st = troth_fsm_step(&s->assoc, event, s, arg);
    (void)st; /* the connection's error tells */
}

/* The connection has ended: its calls and its place in the group go with it, once. [3.3.3.7.1] */
static void leave_group(troth_co_server *s)
{
    if (s->left)
        return;
    s->left = true;
    troth_co_calls_lost(s);
    troth_co_pending_clear(s);
    troth_mem_drop(s->conn.env, &s->held);
    s->holds = false;
    troth_rpc_group_leave(s->group);
    s->group = NULL;
}

/* A leg that runs is waited for when the client has gone: an rpc_auth_3 is the last that some clients send. */
static void close_when_still(troth_co_server *s)
{
    bool running = s->holds;
    for (const troth_co_pending *p = s->pending; p && !running; p = p->next)
        running = p->ctx->fsm.state == TROTH_CO_CTX_STEPPING;
    if (!running)
        step(s, TROTH_CO_SA_ON_PEER_CLOSED, NULL);
}

static void leave(troth_co_server *s)
{
    if (s->conn.in_ended && s->busy == 1)
        close_when_still(s);
    count(s);
    if (!--s->busy && s->conn.closed)
        leave_group(s);
}

static troth_status verdict(const troth_co_server *s)
{
    if (!s->conn.closed)
        return TROTH_OK;
    return s->conn.error.code ? s->conn.error.code : TROTH_CLOSED;
}

void troth_co_server_answered(troth_co_server *s)
{
    enter(s, s->conn.now);
    troth_co_server_resume(s);
    leave(s);
    if (s->wake)
        s->wake(s->wake_self, &s->conn.ep);
}

/* ---- octets ---- */

static troth_status feed(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from, uint64_t now,
                         size_t *ret_used)
{
    troth_co_server *s = of(e);
    (void)from;
    *ret_used = n;
    if (s->conn.closed || s->conn.in_ended)
        return s->conn.closed ? verdict(s) : TROTH_BAD_STATE;
    enter(s, now);
    troth_co_server_resume(s);
    *ret_used = troth_co_server_take(s, bytes, n);
    if (*ret_used)
        s->last = s->conn.now;
    leave(s);
    return verdict(s);
}

static void feed_end(troth_endpoint *e, uint64_t now)
{
    troth_co_server *s = of(e);
    enter(s, now);
    s->conn.in_ended = true;
    leave(s);
}

static troth_status out(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to)
{
    if (ret_to)
        *ret_to = NULL;
    return troth_co_out(&of(e)->conn, ret);
}

static void sent(troth_endpoint *e, size_t n)
{
    troth_co_server *s = of(e);
    enter(s, s->conn.now);
    troth_co_sent(&s->conn, n);
    troth_co_server_resume(s);
    leave(s);
}

/* ---- orders and events ---- */

static troth_status reply(troth_co_server *s, const troth_order_msg *order)
{
    troth_co_call *c = order->id ? troth_co_call_find(s, order->id) : NULL;
    const troth_rpc_message *m = order->message;
    if (!c || !m)
        return TROTH_INVALID;
    if (m->stub.len)
        memcpy(c->drep, m->drep, sizeof c->drep);
    c->call.ops->answer(&c->call, m->fault, m->not_executed, m->stub);
    return TROTH_OK;
}

static troth_status submit(troth_endpoint *e, const troth_order_msg *order, uint64_t now, size_t *ret_used)
{
    troth_co_server *s = of(e);
    *ret_used = 0;
    if (s->conn.closed)
        return TROTH_BAD_STATE;
    if (order->kind != TROTH_ORDER_REPLY)
        return TROTH_INVALID;
    if (troth_co_full(&s->conn)) /* who answers for somebody else can wait, and hold him back */
        return TROTH_AGAIN;
    enter(s, now);
    troth_status st = reply(s, order);
    if (!st) {
        *ret_used = order->message->stub.len;
        troth_co_server_resume(s);
    }
    leave(s);
    return st ? st : verdict(s);
}

static bool event(troth_endpoint *e, troth_event *ret)
{
    return troth_co_next_event(&of(e)->conn, ret);
}

/* ---- legs ---- */

static uint8_t leg_event(const troth_co_leg *l)
{
    if (l->result == TROTH_STEP_DONE)
        return TROTH_CO_SA_ON_LEG_DONE;
    if (l->result == TROTH_STEP_MORE)
        return TROTH_CO_SA_ON_LEG_MORE;
    return l->ctx->answer_with.ptype == TROTH_CO_AUTH3 ? TROTH_CO_SA_ON_LEG_SPOILT : TROTH_CO_SA_ON_LEG_FAILED;
}

static void stepped(troth_endpoint *e, troth_job *job, uint64_t now)
{
    troth_co_server *s = of(e);
    troth_co_leg l;
    enter(s, now);
    if (troth_co_context_stepped(&s->conn, job, &l)) {
        step(s, leg_event(&l), &l);
        troth_co_server_resume(s);
    }
    leave(s);
    troth_job_free(job);
}

/* ---- time ---- */

static uint64_t later(uint64_t t, uint64_t ms)
{
    return t > UINT64_MAX - ms ? UINT64_MAX : t + ms;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When what has begun must be complete: a PDU, the bind, a security context, a request. */
static uint64_t half_open_until(const troth_co_server *s)
{
    uint64_t at = UINT64_MAX;
    if (troth_co_gathering(&s->conn))
        at = later(s->conn.last_in, s->half_open_ms);
    if (!s->conn.bound)
        at = sooner(at, later(s->since, s->half_open_ms));
    if (s->pending) /* the oldest */
        at = sooner(at, later(s->pending->since, s->half_open_ms));
    if (s->incoming)
        at = sooner(at, later(s->incoming->since, s->half_open_ms));
    return at;
}

static uint64_t idle_until(const troth_co_server *s)
{
    return s->idle_ms && !s->conn.calls ? later(s->last, s->idle_ms) : UINT64_MAX;
}

static uint64_t deadline(const troth_endpoint *e)
{
    const troth_co_server *s = (const troth_co_server *)e;
    if (s->conn.closed)
        return UINT64_MAX;
    uint64_t at = sooner(troth_co_call_next_due(s), troth_co_rest_at(&s->conn, s->last));
    return sooner(at, sooner(half_open_until(s), idle_until(s)));
}

static void expire(troth_endpoint *e, uint64_t now)
{
    troth_co_server *s = of(e);
    troth_status late = TROTH_TIMEOUT;
    enter(s, now);
    if (now >= half_open_until(s) || now >= idle_until(s))
        step(s, TROTH_CO_SA_ON_CLOSE, &late);
    else
        troth_co_call_due(s, now);
    troth_co_server_resume(s);
    if (now >= troth_co_rest_at(&s->conn, s->last))
        troth_co_rest(&s->conn);
    leave(s);
}

static void close_it(troth_endpoint *e, troth_status reason)
{
    troth_co_server *s = of(e);
    enter(s, s->conn.now);
    step(s, TROTH_CO_SA_ON_CLOSE, &reason);
    leave(s);
}

static const troth_error *error(const troth_endpoint *e)
{
    return &((const troth_co_server *)e)->conn.error;
}

static void destroy(troth_endpoint *e)
{
    troth_co_server *s = of(e);
    const troth_env *env = s->conn.env;
    leave_group(s);
    s->conn.contexts_open = 0;
    count(s);
    s->server->count.connections--;
    troth_co_presentation_clear(&s->presentation);
    troth_mem_drop(env, &s->past);
    troth_co_conn_clear(&s->conn);
    troth_cred_unref(s->cred);
    troth_mem_free_str(env, s->target);
    troth_mem_free_str(env, s->peer);
    troth_mem_free_str(env, s->local);
    troth_mem_free_str(env, s->tls_identity);
    troth_mem_drop(env, &s->bindings);
    troth_mem_free(env, s, sizeof *s);
}

static const troth_endpoint_ops ops = {
    .wire = "rpc",
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

static bool valid(const troth_rpc_co_server_options *o)
{
    bool fragment = !o->max_frag || (o->max_frag >= TROTH_CO_FRAG_MIN && o->max_frag <= TROTH_CO_FRAG_MAX);
    return o->env && o->server && o->profile <= TROTH_RPC_WINDOWS && o->min_level <= TROTH_RPC_LEVEL_PRIVACY &&
           fragment;
}

static troth_status copy(troth_co_server *s, const troth_rpc_co_server_options *o)
{
    const troth_env *env = o->env;
    const troth_transport none = { 0 }, *t = o->transport ? o->transport : &none;
    troth_status st = troth_mem_keep_str(env, o->target, &s->target);
    if (!st)
        st = troth_mem_keep_str(env, t->peer, &s->peer);
    if (!st)
        st = troth_mem_keep_str(env, t->local, &s->local);
    if (!st)
        st = troth_mem_keep_str(env, t->tls_identity, &s->tls_identity);
    if (!st && t->bindings.len)
        st = troth_mem_keep(env, t->bindings.data, t->bindings.len, &s->bindings);
    s->transport = *t;
    s->transport.peer = s->peer;
    s->transport.local = s->local;
    s->transport.tls_identity = s->tls_identity;
    s->transport.bindings = (troth_bytes){ s->bindings.data, s->bindings.len };
    return st;
}

static void configure(troth_co_server *s, const troth_rpc_co_server_options *o, uint64_t now)
{
    s->server = o->server;
    s->cred = o->cred ? troth_cred_ref(o->cred) : NULL;
    s->profile = o->profile;
    s->policy = o->policy;
    s->limits = o->limits;
    s->anonymous = o->anonymous;
    s->no_header_signing = o->no_header_signing;
    s->no_features = o->no_features;
    s->min_level = o->min_level ? o->min_level : TROTH_RPC_LEVEL_NONE;
    s->max_calls = o->max_calls ? o->max_calls : 256;
    s->max_request = o->max_request ? o->max_request : 4194304;
    s->half_open_ms = o->half_open_ms ? o->half_open_ms : 10000;
    s->idle_ms = o->idle_ms;
    s->conn.now = s->since = s->last = now;
    s->wake = o->wake;
    s->wake_self = o->wake_self;
    s->conn.late_integrity = o->profile == TROTH_RPC_WINDOWS;
    s->presentation.env = o->env;
    s->server->count.connections++;
}

troth_status troth_rpc_co_server_new(const troth_rpc_co_server_options *o, uint64_t now, troth_endpoint **ret)
{
    if (!valid(o))
        return TROTH_INVALID;
    if (o->cred && troth_cred_ready(o->cred, NULL))
        return TROTH_NO_CRED;
    troth_co_server *s = troth_mem_new(o->env, sizeof *s);
    if (!s)
        return TROTH_NO_MEMORY;
    troth_co_conn_options c = { .ops = &ops,
                                .env = o->env,
                                .role = TROTH_ACCEPTOR,
                                .out_max = o->out_max ? o->out_max : 262144,
                                .context_budget = o->context_budget ? o->context_budget : 16777216,
                                .frag_cap = o->max_frag ? o->max_frag : TROTH_CO_FRAG_MAX,
                                .max_contexts = o->max_contexts ? o->max_contexts : 2048 };
    troth_status st = troth_co_conn_init(&s->conn, &c);
    configure(s, o, now);
    troth_fsm_init(&s->assoc, &troth_co_server_assoc_fsm, o->env);
    troth_fsm_init(&s->identity, &troth_co_default_fsm, o->env);
    if (!st)
        st = copy(s, o);
    if (st) {
        destroy(&s->conn.ep);
        return st;
    }
    *ret = &s->conn.ep;
    return TROTH_OK;
}
