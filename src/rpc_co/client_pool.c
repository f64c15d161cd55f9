/* Several connections as one client: what its owner calls. */
#include <rpc_co/client_pool.h>

troth_status troth_rpc_client_new(const troth_rpc_client_options *opts, troth_rpc_client **ret)
{
    if (!opts->env || !opts->connect || !opts->reply)
        return TROTH_INVALID;
    troth_rpc_client *p = troth_mem_new(opts->env, sizeof *p);
    if (!p)
        return TROTH_NO_MEMORY;
    p->opts = *opts;
    p->env = opts->env;
    p->nobody.last = &p->nobody.waiting;
    p->last_identity = &p->identities;
    troth_status st = troth_idtable_init(&p->by_id, p->env, SIZE_MAX);
    if (st)
        troth_mem_free(p->env, p, sizeof *p);
    else
        *ret = p;
    return st;
}

static void clear_identity(troth_rpc_client *p, troth_pool_identity *i)
{
    while (i->waiting) {
        troth_pool_call *call = i->waiting;
        i->waiting = call->next;
        troth_pool_call_free(p, call);
    }
    troth_cred_unref(i->who.cred);
    troth_mem_free_str(p->env, i->target);
}

void troth_rpc_client_free(troth_rpc_client *p)
{
    if (!p)
        return;
    clear_identity(p, &p->nobody);
    while (p->identities) {
        troth_pool_identity *i = p->identities;
        p->identities = i->next;
        clear_identity(p, i);
        troth_mem_free(p->env, i, sizeof *i);
    }
    troth_idtable_clear(&p->by_id);
    while (p->conns) { /* never detached, as they should have been */
        troth_pool_conn *conn = p->conns;
        p->conns = conn->next;
        troth_mem_free(p->env, conn, sizeof *conn);
    }
    troth_mem_free(p->env, p, sizeof *p);
}

/* ---- connections ---- */

troth_status troth_rpc_client_attach(troth_rpc_client *p, const troth_env *env, const troth_transport *transport,
                                     uint64_t now, troth_endpoint **ret)
{
    troth_rpc_co_client_options o = p->opts.connection;
    o.env = env;
    o.group = p->group;
    o.transport = transport;
    p->now = now;
    troth_pool_conn *conn = troth_mem_new(p->env, sizeof *conn);
    if (!conn)
        return TROTH_NO_MEMORY;
    troth_status st = troth_rpc_co_client_new(&o, now, &conn->e);
    if (st) {
        troth_mem_free(p->env, conn, sizeof *conn);
        return st;
    }
    troth_pool_conn **at = &p->conns;
    while (*at)
        at = &(*at)->next;
    *at = conn;
    p->connecting = false;
    *ret = conn->e;
    troth_pool_pump(p);
    return TROTH_OK;
}

void troth_rpc_client_failed(troth_rpc_client *p, troth_status st)
{
    const troth_error why = { .code = st ? st : TROTH_IO, .where = "MS-RPCE 3.3.2.4.1.2" };
    p->connecting = false;
    if (p->nobody.asks)
        troth_pool_lose(p, &p->nobody, &why);
    p->nobody.asks = false;
    for (troth_pool_identity *i = p->identities; i; i = i->next) {
        bool asked = i->asks;
        i->asks = false;
        if (asked)
            troth_pool_lose(p, i, &why);
    }
}

static troth_pool_conn *conn_of(const troth_rpc_client *p, const troth_endpoint *e)
{
    troth_pool_conn *conn = p->conns;
    while (conn && conn->e != e)
        conn = conn->next;
    return conn;
}

static troth_pool_identity *identity_of(troth_rpc_client *p, uint64_t id)
{
    return id ? troth_idtable_find_number(&p->by_id, id) : &p->nobody;
}

/*
 * An identity loses its connection. Calls that waited for a context which could not be built are told why; those of a
 * context that stood go elsewhere: nothing of them was sent.
 */
static void leave(troth_rpc_client *p, troth_pool_identity *i, const troth_error *end)
{
    bool stood = i->stands;
    troth_error why = i->why.code ? i->why : *end;
    if (!why.code)
        why.code = TROTH_CLOSED;
    i->conn = NULL;
    i->stands = false;
    if (!stood)
        troth_pool_lose(p, i, &why);
}

static void conn_closed(troth_rpc_client *p, troth_pool_conn *conn, const troth_error *end)
{
    bool any = false;
    conn->dead = true;
    for (const troth_pool_conn *other = p->conns; other; other = other->next)
        any |= !other->dead;
    if (!any)
        p->group = 0; /* it has ended with its last connection */
    if (p->nobody.conn == conn)
        leave(p, &p->nobody, end);
    for (troth_pool_identity *i = p->identities; i; i = i->next) {
        if (i->conn == conn)
            leave(p, i, end);
    }
}

static void context_stands(troth_rpc_client *p, const troth_pool_conn *conn, const troth_event *ev)
{
    troth_pool_identity *i = identity_of(p, ev->id);
    if (!i || i->conn != conn)
        return;
    i->stands = true;
    if (p->opts.established)
        p->opts.established(p->opts.self, ev->id, ev);
}

void troth_rpc_client_event(troth_rpc_client *p, troth_endpoint *e, const troth_event *ev, uint64_t now)
{
    troth_pool_conn *conn = conn_of(p, e);
    p->now = now;
    if (!conn)
        return;
    if (!p->group)
        p->group = troth_rpc_co_facts_of(e).group;
    troth_pool_identity *i;
    switch (ev->kind) {
    case TROTH_EV_ESTABLISHED:
        context_stands(p, conn, ev);
        break;
    case TROTH_EV_REPLY:
        p->opts.reply(p->opts.self, ev->id, ev);
        break;
    case TROTH_EV_WARNING:
        i = identity_of(p, ev->id);
        if (ev->id && i && i->conn == conn)
            i->why = ev->error;
        break;
    case TROTH_EV_CLOSED:
        conn_closed(p, conn, &ev->error);
        break;
    default:
        break;
    }
    troth_pool_pump(p);
}

void troth_rpc_client_ready(troth_rpc_client *p, troth_endpoint *e, uint64_t now)
{
    (void)e;
    p->now = now;
    troth_pool_pump(p);
}

/* What was in flight on a connection that has not ended yet is answered now. */
static void drain(troth_rpc_client *p, troth_endpoint *e)
{
    troth_event ev;
    troth_endpoint_close(e, TROTH_CLOSED);
    while (troth_endpoint_event(e, &ev)) {
        if (ev.kind == TROTH_EV_JOB)
            troth_job_free(ev.job);
        else
            troth_rpc_client_event(p, e, &ev, p->now);
    }
}

void troth_rpc_client_detach(troth_rpc_client *p, troth_endpoint *e)
{
    troth_pool_conn *conn = conn_of(p, e), **at = &p->conns;
    if (conn && !conn->dead)
        drain(p, e);
    while (*at && (*at)->e != e)
        at = &(*at)->next;
    if (!*at)
        return;
    conn = *at;
    *at = conn->next;
    troth_mem_free(p->env, conn, sizeof *conn);
}

/* ---- identities and calls ---- */

troth_status troth_rpc_client_identity(troth_rpc_client *p, uint64_t id, const troth_rpc_identity *who)
{
    if (!id || !who->cred || identity_of(p, id))
        return TROTH_INVALID;
    troth_pool_identity *i = troth_mem_new(p->env, sizeof *i);
    if (!i)
        return TROTH_NO_MEMORY;
    troth_status st = troth_mem_keep_str(p->env, who->target, &i->target);
    if (!st)
        st = troth_idtable_add_number(&p->by_id, id, i);
    if (st) {
        troth_mem_free_str(p->env, i->target);
        troth_mem_free(p->env, i, sizeof *i);
        return st;
    }
    i->id = id;
    i->who = *who;
    i->who.cred = troth_cred_ref(who->cred);
    i->who.target = i->target;
    i->last = &i->waiting;
    *p->last_identity = i;
    p->last_identity = &i->next;
    return TROTH_OK;
}

static troth_status wait(troth_rpc_client *p, troth_pool_identity *i, uint64_t id, const troth_rpc_message *m)
{
    if (p->n_waiting >= TROTH_RPC_CLIENT_WAITING)
        return TROTH_LIMIT;
    troth_pool_call *call = troth_mem_new(p->env, sizeof *call);
    if (!call)
        return TROTH_NO_MEMORY;
    troth_status st = m->stub.len ? troth_mem_keep(p->env, m->stub.data, m->stub.len, &call->stub) : TROTH_OK;
    if (st) {
        troth_mem_free(p->env, call, sizeof *call);
        return st;
    }
    call->id = id;
    call->message = *m;
    call->message.stub = (troth_bytes){ call->stub.data, call->stub.len };
    *i->last = call;
    i->last = &call->next;
    p->n_waiting++;
    return TROTH_OK;
}

/* The call that was added last goes again: it is the caller's to be told of. */
static void take_back(troth_rpc_client *p, troth_pool_identity *i)
{
    troth_pool_call **at = &i->waiting;
    while ((*at)->next)
        at = &(*at)->next;
    troth_pool_call_free(p, *at);
    *at = NULL;
    i->last = at;
    p->n_waiting--;
}

/* Calls back to the owner are for later; a connection that connect attaches at once is taken into account. */
static troth_status place(troth_rpc_client *p, troth_pool_identity *i)
{
    bool was = p->busy;
    p->busy = true;
    p->again = false;
    troth_status st = troth_pool_place(p, i);
    if (!st && !i->conn && p->again)
        st = troth_pool_place(p, i);
    p->busy = was;
    return st;
}

static troth_status order_call(troth_rpc_client *p, troth_pool_identity *i, uint64_t id, const troth_rpc_message *m)
{
    const troth_order_msg order = { .kind = TROTH_ORDER_CALL, .id = id, .context = i->id, .message = m };
    if (!i->stands)
        return TROTH_AGAIN;
    troth_status st = troth_pool_order(p, i->conn, &order);
    return st == TROTH_BAD_STATE ? TROTH_AGAIN : st; /* the connection is about to end, which an event tells */
}

troth_status troth_rpc_client_call(troth_rpc_client *p, uint64_t identity, uint64_t id,
                                   const troth_rpc_message *message, uint64_t now)
{
    troth_pool_identity *i = identity_of(p, identity);
    p->now = now;
    if (!i || p->ending)
        return i ? TROTH_BAD_STATE : TROTH_INVALID;
    troth_status st = i->waiting ? TROTH_AGAIN : order_call(p, i, id, message); /* nothing is copied */
    if (st != TROTH_AGAIN)
        return st;
    bool first = !i->waiting;
    st = wait(p, i, id, message);
    if (st || i->conn)
        return st;
    st = place(p, i);
    if (!st)
        st = first ? order_call(p, i, id, message) : TROTH_AGAIN;
    if (st == TROTH_AGAIN) /* it waits */
        return TROTH_OK;
    take_back(p, i); /* it was sent, or never will be */
    return st;
}

void troth_rpc_client_end(troth_rpc_client *p, uint64_t now)
{
    p->now = now;
    p->ending = true;
    troth_pool_pump(p);
}
