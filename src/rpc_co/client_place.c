/* Which identity goes to which connection. [MS-RPCE 3.3.1.5.4, 3.3.2.4.1.2] */
#include <rpc_co/client_pool.h>

troth_status troth_pool_order(troth_rpc_client *p, troth_pool_conn *conn, const troth_order_msg *order)
{
    size_t used;
    return troth_endpoint_submit(conn->e, order, p->now, &used);
}

void troth_pool_call_free(troth_rpc_client *p, troth_pool_call *call)
{
    troth_mem_drop(p->env, &call->stub);
    troth_mem_free(p->env, call, sizeof *call);
}

static troth_pool_call *pop(troth_rpc_client *p, troth_pool_identity *i)
{
    troth_pool_call *call = i->waiting;
    i->waiting = call->next;
    if (!i->waiting)
        i->last = &i->waiting;
    p->n_waiting--;
    return call;
}

void troth_pool_lose(troth_rpc_client *p, troth_pool_identity *i, const troth_error *why)
{
    size_t n = 0;
    for (const troth_pool_call *call = i->waiting; call; call = call->next)
        n++;
    for (; n && i->waiting; n--) { /* not those that the call-backs add */
        troth_pool_call *call = pop(p, i);
        const troth_event ev = { .kind = TROTH_EV_REPLY, .id = call->id, .error = *why };
        troth_pool_call_free(p, call);
        p->opts.reply(p->opts.self, ev.id, &ev);
    }
}

/* ---- places ---- */

static void settle(troth_pool_identity *i, troth_pool_conn *conn, bool stands)
{
    conn->used = true;
    i->conn = conn;
    i->stands = stands;
    i->asks = false;
    i->why = (troth_error){ .where = "" };
}

/* Calls without authentication have a connection without security contexts. */
static bool place_bare(troth_pool_identity *i, troth_pool_conn *conn)
{
    if (conn->used && !conn->bare)
        return false;
    conn->bare = true;
    settle(i, conn, true);
    return true;
}

/*
 * TROTH_AGAIN: whether it takes one more is not known yet. TROTH_UNSUPPORTED, TROTH_LIMIT: it does not; TROTH_BAD_STATE:
 * it is about to end.
 */
static troth_status place_secure(troth_rpc_client *p, troth_pool_identity *i, troth_pool_conn *conn)
{
    const troth_order_msg open = {
        .kind = TROTH_ORDER_OPEN, .id = i->id, .identity = &i->who, .message = i->waiting ? &i->waiting->message : NULL
    };
    if (conn->bare || conn->single)
        return TROTH_UNSUPPORTED;
    troth_status st = troth_pool_order(p, conn, &open);
    if (!st)
        settle(i, conn, false);
    else if (st == TROTH_UNSUPPORTED || st == TROTH_LIMIT)
        conn->single = true;
    return st;
}

/* Another connection must join the group of the first one, so its number has to be known. */
static bool group_unknown(const troth_rpc_client *p)
{
    const troth_pool_conn *conn = p->conns;
    while (conn && conn->dead)
        conn = conn->next;
    return conn && !p->group;
}

static void ask(troth_rpc_client *p, troth_pool_identity *i)
{
    i->asks = true;
    if (p->connecting)
        return;
    p->connecting = true;
    p->opts.connect(p->opts.self);
}

troth_status troth_pool_place(troth_rpc_client *p, troth_pool_identity *i)
{
    bool unknown = group_unknown(p);
    for (troth_pool_conn *conn = p->conns; conn && !i->conn; conn = conn->next) {
        if (conn->dead || conn->ended)
            continue;
        if (!i->id) {
            place_bare(i, conn);
            continue;
        }
        troth_status st = place_secure(p, i, conn);
        unknown |= st == TROTH_AGAIN;
        if (st && st != TROTH_AGAIN && st != TROTH_UNSUPPORTED && st != TROTH_LIMIT && st != TROTH_BAD_STATE)
            return st;
    }
    if (!i->conn && !unknown)
        ask(p, i);
    return TROTH_OK;
}

/* ---- what can be done now ---- */

static void submit_waiting(troth_rpc_client *p, troth_pool_identity *i)
{
    while (i->waiting && i->stands) {
        troth_pool_call *call = i->waiting;
        const troth_order_msg order = {
            .kind = TROTH_ORDER_CALL, .id = call->id, .context = i->id, .message = &call->message
        };
        troth_status st = troth_pool_order(p, i->conn, &order);
        if (st == TROTH_AGAIN || st == TROTH_BAD_STATE) /* it is full; or about to end, which an event tells */
            return;
        call = pop(p, i);
        const troth_event ev = { .kind = TROTH_EV_REPLY,
                                 .id = call->id,
                                 .error = { .code = st, .where = "MS-RPCE 3.3.2.4.1" } };
        troth_pool_call_free(p, call);
        if (st)
            p->opts.reply(p->opts.self, ev.id, &ev);
    }
}

static void serve(troth_rpc_client *p, troth_pool_identity *i)
{
    if (!i->waiting)
        return;
    troth_status st = i->conn ? TROTH_OK : troth_pool_place(p, i);
    if (st) {
        const troth_error why = { .code = st, .where = "MS-RPCE 3.3.2.4.1.3" };
        troth_pool_lose(p, i, &why);
    }
    submit_waiting(p, i);
}

static void end_all(troth_rpc_client *p)
{
    const troth_order_msg end = { .kind = TROTH_ORDER_END };
    for (troth_pool_conn *conn = p->conns; conn; conn = conn->next) {
        if (!conn->dead && !conn->ended)
            conn->ended = troth_pool_order(p, conn, &end) != TROTH_AGAIN;
    }
}

void troth_pool_pump(troth_rpc_client *p)
{
    p->again = true;
    if (p->busy)
        return;
    p->busy = true;
    while (p->again) {
        p->again = false;
        serve(p, &p->nobody);
        for (troth_pool_identity *i = p->identities; i && p->n_waiting; i = i->next)
            serve(p, i);
    }
    if (p->ending && !p->n_waiting)
        end_all(p);
    p->busy = false;
}
