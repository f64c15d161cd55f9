#include <base/mem.h>
#include <gateway/far.h>
#include <gateway/log.h>
#include <unistd.h>

enum { DEFAULT_BACKEND_MS = 5000, DEFAULT_DRAIN_MS = 30000, HEADER_MAX = 2048 };

typedef struct server {
    const troth_gateway_serve_options *o;
    const troth_env *env;
    troth_log log;
} server;

/*
 * What a connection has once its context is complete, or, of a wire that authenticates messages, once the first one
 * passed; before that there is nothing to keep.
 */
typedef struct session {
    troth_far *far; /* NULL when denied */
    troth_event established;
    char *principal;
    bool denied;
} session;

static troth_status on_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                            uint64_t now, troth_endpoint **ret)
{
    const server *s = self;
    (void)c;
    return s->o->make(s->o->make_self, env, transport, now, ret);
}

/* ---- the far side ---- */

static troth_status open_backend(const server *s, troth_conn *c, const troth_event *ev, troth_far **ret)
{
    uint8_t header[HEADER_MAX];
    size_t n = 0;
    troth_addr peer = troth_conn_peer_addr(c), local = troth_conn_local_addr(c);
    const troth_proxy_header h = { &peer, &local, s->o->wire, troth_conn_count(c).id, ev, s->o->proxy_tlv };
    troth_status st = s->o->proxy_protocol ? troth_proxy2_write(&h, header, sizeof header, &n) : TROTH_OK;
    if (st)
        return st;
    return troth_bridge_open(s->env, c, s->o->backend, s->o->backend_ms ? s->o->backend_ms : DEFAULT_BACKEND_MS,
                             (troth_bytes){ header, n }, ret);
}

static troth_status open_far(const server *s, troth_conn *c, const troth_event *ev, troth_far **ret)
{
    if (s->o->backend)
        return open_backend(s, c, ev, ret);
    return s->o->echo == TROTH_ECHO_NMF ? troth_echo_nmf_new(s->env, c, ret) : troth_echo_new(s->env, c, ret);
}

/* ---- a context's life ---- */

/* The policy is asked here, before there is any far side that an octet could reach. */
static void begin(const server *s, troth_conn *c, const troth_event *ev)
{
    session *x = troth_mem_new(s->env, sizeof *x);
    if (!x) {
        troth_conn_close(c, TROTH_NO_MEMORY);
        return;
    }
    x->established = *ev;
    troth_conn_set_owner(c, x);
    troth_status st = troth_mem_keep_str(s->env, ev->facts.peer.name, &x->principal);
    if (!st) {
        st = troth_policy_allows(s->o->allow, s->o->n_allow, &ev->facts.peer, ev->facts.attributes);
        x->denied = st == TROTH_NOT_ALLOWED;
    }
    if (!st)
        st = open_far(s, c, ev, &x->far);
    if (st)
        troth_conn_close(c, st);
}

/* ---- a wire that authenticates messages ---- */

/* One line for a context that was established, or for what was refused. */
static void note(server *s, troth_conn *c, const troth_event *ev)
{
    static const troth_error none = { .where = "" };
    troth_conn_counters n = troth_conn_count(c);
    bool established = ev->kind == TROTH_EV_ESTABLISHED;
    const troth_log_record r = {
        .event = established ? "context" : "refused",
        .conn_id = n.id,
        .wire = s->o->wire,
        .peer = troth_conn_peer(c),
        .established = established ? ev : NULL,
        .principal = ev->facts.peer.name,
        .bytes_in = n.data_in,
        .bytes_out = n.data_out,
        .ms = troth_loop_now(troth_conn_loop(c)) - n.opened,
        .error = established ? &none : &ev->error,
    };
    troth_log_context(&s->log, &r);
}

/* A message that may pass; the first one opens the far side. */
static void pass(const server *s, troth_conn *c, troth_bytes message)
{
    session *x = troth_conn_owner(c);
    troth_status st = TROTH_OK;
    if (!x) {
        x = troth_mem_new(s->env, sizeof *x);
        troth_conn_set_owner(c, x);
        st = x ? open_far(s, c, NULL, &x->far) : TROTH_NO_MEMORY;
    }
    if (st)
        troth_conn_close(c, st);
    else if (x->far)
        x->far->ops->data(x->far, message);
}

/* ---- a connection's end ---- */

static void finish(server *s, troth_conn *c, const troth_error *error)
{
    session *x = troth_conn_owner(c);
    troth_conn_counters n = troth_conn_count(c);
    const troth_log_record r = {
        .event = !x && !s->o->messages ? "refused"
                 : x && x->denied      ? "denied"
                                       : "end",
        .conn_id = n.id,
        .wire = s->o->wire,
        .peer = troth_conn_peer(c),
        .established = x && !s->o->messages ? &x->established : NULL,
        .principal = x ? x->principal : NULL,
        .bytes_in = n.data_in,
        .bytes_out = n.data_out,
        .ms = troth_loop_now(troth_conn_loop(c)) - n.opened,
        .error = error,
    };
    if (x || n.wire_in || error->code != TROTH_CLOSED) /* who came and went without a word had no context */
        troth_log_context(&s->log, &r);
    if (x && x->far)
        x->far->ops->closed(x->far, error);
    if (x)
        x->far = NULL;
}

static void on_event(void *self, troth_conn *c, const troth_event *ev)
{
    server *s = self;
    session *x = troth_conn_owner(c);
    troth_far *far = x ? x->far : NULL;
    switch (ev->kind) {
    case TROTH_EV_ESTABLISHED:
        if (s->o->messages)
            note(s, c, ev);
        else if (!x)
            begin(s, c, ev);
        break;
    case TROTH_EV_WARNING:
        if (s->o->messages)
            note(s, c, ev);
        break;
    case TROTH_EV_CALL:
    case TROTH_EV_DATA:
        if (s->o->messages)
            pass(s, c, ev->data);
        else if (far)
            far->ops->data(far, ev->data);
        break;
    case TROTH_EV_END:
        if (far)
            far->ops->end(far);
        else if (s->o->messages) /* nothing passed that a backend was opened for: nobody else would end it */
            troth_conn_end(c);
        break;
    case TROTH_EV_CLOSED:
        finish(s, c, &ev->error);
        break;
    default:
        break;
    }
}

static void on_ready(void *self, troth_conn *c)
{
    session *x = troth_conn_owner(c);
    (void)self;
    if (x && x->far)
        x->far->ops->ready(x->far);
}

static void on_gone(void *self, troth_conn *c)
{
    const server *s = self;
    session *x = troth_conn_owner(c);
    if (!x)
        return;
    troth_mem_free_str(s->env, x->principal);
    troth_mem_free(s->env, x, sizeof *x);
}

static const troth_conn_handler handler = { on_open, on_event, on_ready, on_gone, NULL };

static troth_status run(server *s, troth_host *h, troth_host_error *ret_err)
{
    const troth_gateway_serve_options *o = s->o;
    troth_listener *l;
    troth_status st = troth_host_listen(h, o->listen, &o->limits, &handler, s, &l, ret_err);
    if (!st && !o->no_signals)
        st = troth_host_drain_on_signals(h, o->drain_ms ? o->drain_ms : DEFAULT_DRAIN_MS);
    if (st)
        return st;
    if (o->ready)
        o->ready(o->ready_self, h, troth_listener_address(l));
    return troth_host_run(h);
}

troth_status troth_gateway_serve(const troth_gateway_serve_options *o, troth_host_error *ret_err)
{
    server s = { .o = o, .env = o->env ? o->env : troth_env_posix() };
    troth_host_options ho = o->host;
    troth_host *h;
    ho.env = s.env;
    if (!o->make || !o->listen || (o->messages && (!o->backend || o->proxy_protocol)))
        return TROTH_INVALID;
    troth_status st = troth_log_init(&s.log, s.env, o->log_fd ? o->log_fd : STDERR_FILENO, o->log_format);
    if (st)
        return st;
    st = troth_host_new(&ho, &h);
    if (!st) {
        st = run(&s, h, ret_err);
        troth_host_free(h);
    }
    troth_log_clear(&s.log);
    return st;
}
