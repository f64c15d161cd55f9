#include <base/mem.h>
#include <gateway/rpc.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_DRAIN_MS = 30000 };

typedef struct server {
    const troth_gateway_rpc_serve_options *o;
    const troth_env *env;
    troth_log log;
    troth_rpc_offer offer;
    troth_rpc_bridges bridges;
    bool anonymous; /* a pattern lets nobody in */
    troth_rpc_syntax mgmt, epm;
} server;

/* A connection; established and principal are those of its first security context. */
typedef struct session {
    server *server;
    troth_conn *conn;
    troth_endpoint *endpoint;
    troth_rpc_bridge *bridge;
    troth_event established;
    char *principal;
    unsigned contexts;
} session;

/* ---- policy ---- */

/*
 * Asked for every call. One without a security context has passed the levels: nobody keeps it out but patterns, and these
 * do not hide how to find a server.
 */
static bool guard(void *self, const troth_rpc_caller *caller, const troth_rpc_message *request)
{
    const server *s = self;
    if (caller->type == TROTH_RPC_AUTH_NONE)
        return !s->o->n_allow || s->anonymous || troth_uuid_equal(&request->abstract.uuid, &s->epm.uuid) ||
               troth_uuid_equal(&request->abstract.uuid, &s->mgmt.uuid);
    return troth_policy_allows(s->o->allow, s->o->n_allow, &caller->facts.peer, caller->facts.attributes) == TROTH_OK;
}

static bool has_anonymous(const troth_gateway_rpc_serve_options *o)
{
    for (size_t i = 0; i < o->n_allow; i++) {
        if (!strcasecmp(o->allow[i], "anonymous"))
            return true;
    }
    return false;
}

/* ---- connections ---- */

static void look_again(void *self, troth_endpoint *e)
{
    (void)e;
    troth_conn_wake(self);
}

static troth_status make_endpoint(const server *s, troth_conn *c, const troth_env *env,
                                  const troth_transport *transport, uint64_t now, troth_endpoint **ret)
{
    troth_rpc_co_server_options o = s->o->connection;
    troth_cred *cred = s->o->cred ? s->o->cred(s->o->cred_self) : NULL;
    o.env = env;
    o.server = s->offer.server;
    o.cred = cred;
    o.anonymous = s->anonymous;
    o.transport = transport;
    o.wake = look_again;
    o.wake_self = c;
    troth_status st = troth_rpc_co_server_new(&o, now, ret);
    troth_cred_unref(cred);
    return st;
}

static troth_status on_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                            uint64_t now, troth_endpoint **ret)
{
    server *s = self;
    session *x = troth_mem_new(s->env, sizeof *x);
    if (!x)
        return TROTH_NO_MEMORY;
    x->server = s;
    x->conn = c;
    troth_status st = make_endpoint(s, c, env, transport, now, &x->endpoint);
    if (!st && s->o->backend && !(x->bridge = troth_rpc_bridge_new(&s->bridges, c, x->endpoint))) {
        troth_endpoint_free(x->endpoint);
        st = TROTH_NO_MEMORY;
    }
    if (st) {
        troth_mem_free(s->env, x, sizeof *x);
        return st;
    }
    troth_conn_set_owner(c, x);
    *ret = x->endpoint;
    return TROTH_OK;
}

static void on_gone(void *self, troth_conn *c)
{
    const server *s = self;
    session *x = troth_conn_owner(c);
    troth_mem_free_str(s->env, x->principal);
    troth_mem_free(s->env, x, sizeof *x);
}

/* ---- log ---- */

static void log_line(session *x, troth_log_record *r)
{
    troth_conn_counters n = troth_conn_count(x->conn);
    r->conn_id = n.id;
    r->wire = "rpc";
    r->peer = troth_conn_peer(x->conn);
    r->ms = troth_loop_now(troth_conn_loop(x->conn)) - n.opened;
    troth_log_context(&x->server->log, r);
}

static const char *level_word(troth_level level)
{
    static const char *const words[] = { "connect", "integrity", "privacy" };
    return (unsigned)level < 3 ? words[level] : "?";
}

static void on_established(session *x, const troth_event *ev)
{
    const server *s = x->server;
    const troth_gateway_rpc_serve_options *o = s->o;
    const troth_error refusal = { .where = "" }, denial = { .code = TROTH_NOT_ALLOWED, .where = "--allow" };
    bool allowed = !troth_policy_allows(o->allow, o->n_allow, &ev->facts.peer, ev->facts.attributes);
    const troth_log_rpc rpc = { .context = true, .context_id = ev->id, .level = level_word(ev->level) };
    troth_log_record r = { .event = allowed ? "context" : "denied",
                           .established = ev,
                           .principal = ev->facts.peer.name,
                           .error = allowed ? &refusal : &denial,
                           .rpc = &rpc };
    if (!x->contexts++) {
        x->established = *ev;
        if (troth_mem_keep_str(s->env, ev->facts.peer.name, &x->principal)) {
            troth_conn_close(x->conn, TROTH_NO_MEMORY);
            return;
        }
    }
    log_line(x, &r);
}

static void on_warning(session *x, const troth_event *ev)
{
    const troth_log_rpc rpc = { .context = true, .context_id = ev->id };
    troth_log_record r = { .event = "refused", .error = &ev->error, .rpc = &rpc };
    log_line(x, &r);
}

/* The octets are the application's where they went to a backend, else those of the wire. */
static void on_closed(session *x, const troth_event *ev)
{
    troth_conn_counters n = troth_conn_count(x->conn);
    troth_rpc_bridge_counters b = { 0 };
    troth_rpc_co_facts f = troth_rpc_co_facts_of(x->endpoint);
    if (x->bridge)
        b = troth_rpc_bridge_count(x->bridge);
    const troth_log_rpc rpc = {
        .contexts = x->contexts, .group = f.group, .calls = f.calls_begun, .pdus_in = f.pdus_in, .pdus_out = f.pdus_out
    };
    bool refused = !x->contexts && ev->error.code && ev->error.code != TROTH_CLOSED;
    troth_log_record r = { .event = refused ? "refused" : "end",
                           .established = x->contexts ? &x->established : NULL,
                           .principal = x->principal,
                           .bytes_in = x->bridge ? b.octets_in : n.wire_in,
                           .bytes_out = x->bridge ? b.octets_out : n.wire_out,
                           .error = &ev->error,
                           .rpc = &rpc };
    if (n.wire_in || refused) /* who came and went without a word had no association */
        log_line(x, &r);
}

/* ---- events ---- */

static void on_event(void *self, troth_conn *c, const troth_event *ev)
{
    session *x = troth_conn_owner(c);
    (void)self;
    switch (ev->kind) {
    case TROTH_EV_ESTABLISHED:
        on_established(x, ev);
        break;
    case TROTH_EV_WARNING:
        on_warning(x, ev);
        break;
    case TROTH_EV_CLOSED:
        on_closed(x, ev);
        break;
    default:
        break;
    }
    if (x->bridge)
        troth_rpc_bridge_event(x->bridge, ev);
    if (ev->kind == TROTH_EV_CLOSED)
        x->bridge = NULL;
}

static void on_ready(void *self, troth_conn *c)
{
    const session *x = troth_conn_owner(c);
    (void)self;
    if (x->bridge)
        troth_rpc_bridge_ready(x->bridge);
}

static const troth_conn_handler handler = { on_open, on_event, on_ready, on_gone, NULL };

/* ---- start ---- */

static troth_status prepare(server *s)
{
    const troth_gateway_rpc_serve_options *o = s->o;
    troth_status st = troth_rpc_syntax_parse("e1af8308-5d1f-11c9-91a4-08002b14a0fa@3.0", &s->epm);
    if (!st)
        st = troth_rpc_syntax_parse("afa8bd80-7d8a-11c9-bef4-08002b102989@1.0", &s->mgmt);
    if (!st)
        st = troth_rpc_offer_init(&s->offer, s->env, o->builtin, o->interfaces, o->backend ? o->n_interfaces : 0);
    for (size_t i = 0; !st && i < o->n_entries; i++) {
        const troth_rpc_interface other = { .name = "", .syntax = o->entries[i].syntax, .transfer = TROTH_RPC_NDR };
        st = troth_rpc_server_publish(s->offer.server, &other, NULL, o->entries[i].address);
    }
    if (st)
        return st;
    troth_rpc_server_guard(s->offer.server, guard, s);
    s->anonymous = has_anonymous(o);
    s->bridges = (troth_rpc_bridges){ .env = s->env, .address = o->backend, .connect_ms = o->backend_ms };
    return TROTH_OK;
}

static troth_status run(server *s, troth_host *h, troth_host_error *ret_err)
{
    const troth_gateway_rpc_serve_options *o = s->o;
    troth_listener *l;
    troth_status st = troth_host_listen(h, o->listen, &o->limits, &handler, s, &l, ret_err);
    if (!st && o->also)
        st = troth_host_listen(h, o->also, &o->limits, &handler, s, NULL, ret_err);
    if (!st)
        st = troth_rpc_offer_publish(&s->offer, o->builtin, troth_listener_address(l));
    if (!st && !o->no_signals)
        st = troth_host_drain_on_signals(h, o->drain_ms ? o->drain_ms : DEFAULT_DRAIN_MS);
    if (st)
        return st;
    if (o->ready)
        o->ready(o->ready_self, h, troth_listener_address(l));
    return troth_host_run(h);
}

static troth_status run_host(server *s, troth_host_error *ret_err)
{
    troth_host_options ho = s->o->host;
    troth_host *h;
    ho.env = s->env;
    troth_status st = troth_host_new(&ho, &h);
    if (st)
        return st;
    st = run(s, h, ret_err);
    troth_host_free(h);
    return st;
}

troth_status troth_gateway_rpc_serve(const troth_gateway_rpc_serve_options *o, troth_host_error *ret_err)
{
    server s = { .o = o, .env = o->env ? o->env : troth_env_posix() };
    troth_host_error ignored;
    if (!o->listen || o->host.loops > 1 || (o->backend && !o->n_interfaces))
        return TROTH_INVALID;
    troth_status st = troth_log_init(&s.log, s.env, o->log_fd ? o->log_fd : STDERR_FILENO, o->log_format);
    if (st)
        return st;
    st = prepare(&s);
    if (!st)
        st = run_host(&s, ret_err ? ret_err : &ignored);
    troth_rpc_offer_clear(&s.offer);
    troth_log_clear(&s.log);
    return st;
}
