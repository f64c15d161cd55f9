#include <base/mem.h>
#include <gateway/rpc.h>
#include <string.h>

/*
 * The front is a connection whose endpoint is a server's and whose calls come here; the back is a client's, opened with
 * the first of them. Whole messages go both ways; whoever cannot take more pauses the other. A back that is lost is told
 * to each call that waits, as a fault, and then ends the front.
 */

enum { KEPT_MAX = 64 << 20, DEFAULT_BACK_MS = 5000 };

/* The back's only security context. */
static const uint64_t own_context = 1;

/* A message that could not be passed on yet. */
typedef struct kept {
    struct kept *next;
    uint64_t id;
    troth_rpc_message message; /* its stub lies behind this */
    size_t size;
} kept;

typedef struct line {
    kept *first, **end;
} line;

/*
 * dialling  the back is being opened: it has no endpoint yet
 * usable    the back takes calls
 * lost      the back has ended, or could not be opened
 */
struct troth_rpc_bridge {
    troth_rpc_bridge *next;
    troth_rpc_bridges *all;
    troth_conn *front, *back; /* NULL once over */
    const troth_endpoint *front_endpoint;
    troth_endpoint *back_endpoint;
    bool dialling, usable, lost, front_paused, back_paused, sending;
    unsigned busy; /* inside a call-back: what it does may end everything at once */
    line calls, replies;
    size_t kept;
    uint32_t front_group;
    uint64_t begun;
    troth_rpc_bridge_counters count;
    troth_connect_result result;
};

/* ---- messages that wait ---- */

static bool keep(troth_rpc_bridge *b, line *l, uint64_t id, const troth_rpc_message *m)
{
    size_t size = sizeof(kept) + m->stub.len;
    if (size > KEPT_MAX - b->kept)
        return false;
    kept *k = troth_mem_new(b->all->env, size);
    if (!k)
        return false;
    *k = (kept){ .id = id, .message = *m, .size = size };
    if (m->stub.len)
        memcpy(k + 1, m->stub.data, m->stub.len);
    k->message.stub.data = (const uint8_t *)(k + 1);
    b->kept += size;
    if (!l->first)
        l->end = &l->first;
    *l->end = k;
    l->end = &k->next;
    return true;
}

static void drop_first(troth_rpc_bridge *b, line *l)
{
    kept *k = l->first;
    l->first = k->next;
    b->kept -= k->size;
    troth_mem_free(b->all->env, k, k->size);
}

static void drop_all(troth_rpc_bridge *b, line *l)
{
    while (l->first)
        drop_first(b, l);
}

/* ---- ends ---- */

static void release(troth_rpc_bridge *b)
{
    troth_rpc_bridge **at = &b->all->first;
    if (b->front || b->back || b->busy)
        return;
    while (*at != b)
        at = &(*at)->next;
    *at = b->next;
    drop_all(b, &b->calls);
    drop_all(b, &b->replies);
    troth_mem_free(b->all->env, b, sizeof *b);
}

static void leave(troth_rpc_bridge *b)
{
    b->busy--;
    release(b);
}

/* ---- replies, to the front ---- */

static void reply(troth_rpc_bridge *b, uint64_t id, const troth_rpc_message *m)
{
    const troth_order_msg order = { .kind = TROTH_ORDER_REPLY, .id = id, .message = m };
    troth_status st = TROTH_AGAIN;
    if (!b->front)
        return;
    if (!b->replies.first)
        st = troth_conn_submit(b->front, &order, NULL);
    if (st != TROTH_AGAIN || !b->front) /* anything else: the call is gone, or the connection */
        return;
    if (!keep(b, &b->replies, id, m)) {
        troth_conn_close(b->front, TROTH_NO_MEMORY);
    } else if (b->back && !b->back_paused) {
        b->back_paused = true;
        troth_conn_pause(b->back);
    }
}

static void reply_fault(troth_rpc_bridge *b, uint64_t id, uint32_t fault, bool not_executed)
{
    const troth_rpc_message m = { .fault = fault, .not_executed = not_executed };
    reply(b, id, &m);
}

static void send_replies(troth_rpc_bridge *b)
{
    while (b->replies.first && b->front) {
        const troth_order_msg order = { .kind = TROTH_ORDER_REPLY,
                                        .id = b->replies.first->id,
                                        .message = &b->replies.first->message };
        if (troth_conn_submit(b->front, &order, NULL) == TROTH_AGAIN)
            return;
        drop_first(b, &b->replies);
    }
    if (b->back_paused && b->back) {
        b->back_paused = false;
        troth_conn_resume(b->back);
    }
}

void troth_rpc_bridge_ready(troth_rpc_bridge *b)
{
    b->busy++;
    if (!b->sending) { /* submitting may come back here */
        b->sending = true;
        send_replies(b);
        b->sending = false;
    }
    leave(b);
}

/* ---- calls, to the back ---- */

/*
 * The endpoint is ordered directly, and its connection looks at it later: so nothing comes back meanwhile, the views of
 * the call being handled stay, and several calls leave in one write.
 */
static troth_status order_back(troth_rpc_bridge *b, const troth_order_msg *o, uint64_t now)
{
    size_t used;
    troth_status st = troth_endpoint_submit(b->back_endpoint, o, now, &used);
    if (!b->dialling) /* else its connection does not have it yet */
        troth_conn_wake(b->back);
    return st;
}

static troth_status call_back(troth_rpc_bridge *b, uint64_t id, const troth_rpc_message *m, uint64_t now)
{
    const troth_order_msg order = {
        .kind = TROTH_ORDER_CALL, .id = id, .context = b->all->identity ? own_context : 0, .message = m
    };
    return order_back(b, &order, now);
}

static void pause_front(troth_rpc_bridge *b)
{
    if (b->front_paused || !b->front)
        return;
    b->front_paused = true;
    troth_conn_pause(b->front);
}

static void send_calls(troth_rpc_bridge *b, uint64_t now)
{
    while (b->usable && !b->lost && b->calls.first) {
        uint64_t id = b->calls.first->id;
        troth_status st = call_back(b, id, &b->calls.first->message, now);
        if (st == TROTH_AGAIN)
            return;
        drop_first(b, &b->calls);
        if (st)
            reply_fault(b, id, TROTH_NCA_S_COMM_FAILURE, true);
    }
    if (b->front_paused && b->usable && b->front && !b->lost) {
        b->front_paused = false;
        troth_conn_resume(b->front);
    }
}

/* Everything that waits for the back is told, and the front ends. */
static void lose(troth_rpc_bridge *b)
{
    if (b->lost)
        return;
    b->lost = true;
    while (b->calls.first) {
        uint64_t id = b->calls.first->id;
        drop_first(b, &b->calls);
        reply_fault(b, id, TROTH_NCA_S_COMM_FAILURE, true);
    }
    if (b->front)
        troth_conn_close(b->front, TROTH_IO);
}

/* ---- the back's life ---- */

/* The association group at the back that stands for the front's: context handles are good in both or in none. */
static uint32_t back_group(const troth_rpc_bridge *b)
{
    for (const troth_rpc_bridge *x = b->all->first; x; x = x->next) {
        if (x != b && x->front_group == b->front_group && x->back && x->back_endpoint && !x->lost) {
            troth_rpc_co_facts f = troth_rpc_co_facts_of(x->back_endpoint);
            if (f.bound)
                return f.group;
        }
    }
    return 0;
}

static uint64_t since(const troth_rpc_bridge *b, const troth_conn *c)
{
    return troth_loop_now(troth_conn_loop(c)) - b->begun;
}

static void end_back(troth_rpc_bridge *b)
{
    if (b->all->closed)
        b->all->closed(b->all->self, &b->result);
    b->back = NULL;
    lose(b);
}

static troth_status on_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                            uint64_t now, troth_endpoint **ret)
{
    troth_rpc_bridge *b = self;
    const troth_order_msg open = { .kind = TROTH_ORDER_OPEN,
                                   .id = own_context,
                                   .identity = b->all->identity,
                                   .message = b->calls.first ? &b->calls.first->message : NULL };
    troth_rpc_co_client_options o = b->all->client;
    o.env = env;
    o.transport = transport;
    o.group = back_group(b);
    if (!o.max_reply)
        o.max_reply = KEPT_MAX / 2; /* one may have to wait for the front */
    b->result.stage = TROTH_STAGE_HANDSHAKE;
    if (b->all->connected)
        b->all->connected(b->all->self, troth_conn_peer(c), since(b, c));
    troth_status st = troth_rpc_co_client_new(&o, now, &b->back_endpoint);
    if (!st && b->all->identity && (st = order_back(b, &open, now)) != TROTH_OK) {
        troth_endpoint_free(b->back_endpoint);
        b->back_endpoint = NULL;
    }
    b->busy++;
    if (st) { /* no other call-back comes */
        b->result.error = (troth_error){ .code = st, .where = "open" };
        end_back(b);
    } else {
        *ret = b->back_endpoint;
        b->usable = !b->all->identity;
        send_calls(b, now);
        b->dialling = false;
        troth_conn_watch(c);
    }
    leave(b);
    return st;
}

/*
 * A reply that will not come: a fault says as much of the outcome as is known. Where the back's server refused the
 * interface, its own word goes on.
 */
static void on_reply(troth_rpc_bridge *b, const troth_event *ev)
{
    enum { NCA_STATUS = 0x1c000000 };
    if (ev->error.code || !ev->message) {
        bool refused = ev->error.code == TROTH_PEER_REFUSED && ev->error.wire >= NCA_STATUS;
        reply_fault(b, ev->id, refused ? ev->error.wire : TROTH_NCA_S_COMM_FAILURE, refused);
    } else {
        b->count.octets_out += ev->message->stub.len;
        reply(b, ev->id, ev->message);
    }
}

static void on_established(troth_rpc_bridge *b, const troth_conn *c, const troth_event *ev)
{
    b->usable = true;
    b->result.stage = TROTH_STAGE_ESTABLISHED;
    if (b->all->established)
        b->all->established(b->all->self, ev, since(b, c));
}

static void on_event(void *self, troth_conn *c, const troth_event *ev)
{
    troth_rpc_bridge *b = self;
    b->busy++;
    if (ev->kind == TROTH_EV_ESTABLISHED)
        on_established(b, c, ev);
    else if (ev->kind == TROTH_EV_REPLY)
        on_reply(b, ev);
    if (ev->kind == TROTH_EV_CLOSED) {
        b->result.error = ev->error;
        if (!b->front && ev->error.code == TROTH_CLOSED) /* by us, because its client has gone: as it should be */
            b->result.error.code = TROTH_OK;
        b->result.count = troth_conn_count(c);
        b->back_endpoint = NULL;
        lose(b);
    } else {
        send_calls(b, troth_loop_now(troth_conn_loop(c)));
    }
    leave(b);
}

static void on_ready(void *self, troth_conn *c)
{
    troth_rpc_bridge *b = self;
    b->busy++;
    send_calls(b, troth_loop_now(troth_conn_loop(c)));
    leave(b);
}

static void on_gone(void *self, troth_conn *c)
{
    troth_rpc_bridge *b = self;
    (void)c;
    b->busy++;
    end_back(b);
    leave(b);
}

static void on_failed(void *self, troth_conn *c, const troth_host_error *err)
{
    troth_rpc_bridge *b = self;
    (void)c;
    b->busy++;
    b->result.net = *err;
    end_back(b);
    leave(b);
}

static const troth_conn_handler back_handler = { on_open, on_event, on_ready, on_gone, on_failed };

static void open_back(troth_rpc_bridge *b)
{
    const troth_rpc_bridges *a = b->all;
    troth_loop *loop = troth_conn_loop(b->front);
    b->dialling = true;
    b->front_group = troth_rpc_co_facts_of(b->front_endpoint).group;
    b->begun = troth_loop_now(loop);
    if (troth_conn_connect(loop, a->address, a->connect_ms ? a->connect_ms : DEFAULT_BACK_MS, &back_handler, b, NULL,
                           &b->back))
        lose(b);
}

/* ---- from the front ---- */

static void on_call(troth_rpc_bridge *b, const troth_event *ev)
{
    uint64_t id = ev->id;
    b->count.octets_in += ev->message->stub.len;
    if (b->lost) {
        reply_fault(b, id, TROTH_NCA_S_COMM_FAILURE, true);
        return;
    }
    troth_status st = TROTH_AGAIN;
    if (b->usable && !b->dialling && !b->calls.first)
        st = call_back(b, id, ev->message, troth_loop_now(troth_conn_loop(b->front)));
    if (st == TROTH_OK)
        return;
    if (st != TROTH_AGAIN || !keep(b, &b->calls, id, ev->message)) {
        reply_fault(b, id, st == TROTH_AGAIN ? TROTH_NCA_S_SERVER_TOO_BUSY : TROTH_NCA_S_COMM_FAILURE, true);
        return;
    }
    pause_front(b);
    if (!b->back)
        open_back(b);
}

void troth_rpc_bridge_event(troth_rpc_bridge *b, const troth_event *ev)
{
    b->busy++;
    if (ev->kind == TROTH_EV_CALL) {
        on_call(b, ev);
    } else if (ev->kind == TROTH_EV_CLOSED) {
        b->front = NULL;
        b->front_endpoint = NULL;
        if (b->back)
            troth_conn_close(b->back, TROTH_CLOSED);
    }
    leave(b);
}

troth_rpc_bridge *troth_rpc_bridge_new(troth_rpc_bridges *all, troth_conn *front, const troth_endpoint *endpoint)
{
    troth_rpc_bridge *b = troth_mem_new(all->env, sizeof *b);
    if (!b)
        return NULL;
    b->all = all;
    b->front = front;
    b->front_endpoint = endpoint;
    b->result.error.where = "";
    b->next = all->first;
    all->first = b;
    return b;
}

troth_rpc_bridge_counters troth_rpc_bridge_count(const troth_rpc_bridge *b)
{
    return b->count;
}
