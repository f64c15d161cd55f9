#include <host/conn.h>
#include <host/host.h>
#include <string.h>

/* Life and death of connections; conn_drive.c moves their octets. */

static void on_timer_closed(uv_handle_t *h)
{
    troth_conn_unhold(h->data);
}

void troth_conn_unhold(troth_conn *c)
{
    if (--c->holds)
        return;
    const troth_env *env = c->host->env;
    troth_meter_give(&c->meter, sizeof *c);
    troth_meter_release_budget(&c->meter);
    troth_mem_free(env, c, sizeof *c);
}

void troth_conn_leave_half_open(troth_conn *c)
{
    troth_meter_release_budget(&c->meter);
    if (!c->counted_half)
        return;
    c->counted_half = false;
    atomic_fetch_sub(&c->host->half_open, 1);
    if (c->listener)
        atomic_fetch_sub(&c->listener->half_open, 1);
}

static void count_in(troth_conn *c)
{
    atomic_fetch_add(&c->host->connections, 1);
    atomic_fetch_add(&c->host->half_open, 1);
    c->counted_half = true;
    if (c->listener) {
        atomic_fetch_add(&c->listener->connections, 1);
        atomic_fetch_add(&c->listener->half_open, 1);
    }
    c->next = c->loop->conns;
    if (c->next)
        c->next->prev = c;
    c->loop->conns = c;
}

/* The stream is closed; what is left waits for the timer handle and for jobs. */
static void count_out(troth_conn *c)
{
    atomic_fetch_sub(&c->host->connections, 1);
    if (c->counted_half) {
        c->counted_half = false;
        atomic_fetch_sub(&c->host->half_open, 1);
        if (c->listener)
            atomic_fetch_sub(&c->listener->half_open, 1);
    }
    if (c->listener)
        atomic_fetch_sub(&c->listener->connections, 1);
    if (c->prev)
        c->prev->next = c->next;
    else
        c->loop->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}

static troth_status make(troth_loop *loop, troth_listener *l, const troth_conn_handler *handler, void *self,
                         troth_conn **ret)
{
    troth_host *h = loop->host;
    troth_conn *c = troth_mem_new(h->env, sizeof *c);
    if (!c)
        return TROTH_NO_MEMORY;
    troth_meter_init(&c->meter, h->env, l ? &l->budget : NULL);
    troth_status st = troth_meter_take(&c->meter, sizeof *c) ? TROTH_OK : TROTH_NO_MEMORY;
    if (!st)
        st = troth_stream_new(loop, &c->meter.env, &c->stream);
    if (st) {
        troth_meter_release_budget(&c->meter);
        troth_mem_free(h->env, c, sizeof *c);
        return st;
    }
    c->host = h;
    c->loop = loop;
    c->listener = l;
    c->handler = handler;
    c->self = self;
    c->armed = UINT64_MAX;
    c->count.id = atomic_fetch_add(&h->next_id, 1) + 1;
    c->count.opened = uv_now(&loop->uv);
    uv_timer_init(&loop->uv, &c->timer);
    c->timer.data = c;
    c->holds = 1; /* the timer's */
    c->stream->handler = &troth_conn_stream_handler;
    c->stream->self = c;
    count_in(c);
    *ret = c;
    return TROTH_OK;
}

/* Ask the owner for the endpoint and begin. */
static void begin(troth_conn *c)
{
    troth_addr peer = { 0 }, local = { 0 };
    int fd = troth_stream_fd(c->stream);
    if (fd >= 0)
        troth_address_of(fd, &peer, &local);
    troth_address_print(&peer, c->peer);
    troth_address_print(&local, c->local);
    const troth_transport transport = { .peer = c->peer, .local = c->local };
    troth_status st = c->handler->open(c->self, c, &c->meter.env, &transport, uv_now(&c->loop->uv), &c->endpoint);
    if (st) {
        c->endpoint = NULL;
        c->over = true;
        troth_stream_close(c->stream);
        return;
    }
    troth_conn_settle(c);
    troth_stream_start(c->stream);
}

/* ---- accepting ---- */

/* Accept what cannot be let in, and close it. */
static void turn_away(troth_loop *loop, uv_stream_t *listening, atomic_ullong *counter)
{
    troth_stream *s;
    atomic_fetch_add(counter, 1);
    if (troth_stream_new(loop, loop->host->env, &s))
        return;
    (void)!troth_stream_take(s, listening);
    troth_stream_close(s);
}

static void accept_plain(troth_listener *l, troth_loop *loop, uv_stream_t *listening)
{
    troth_stream *s;
    if (troth_stream_new(loop, loop->host->env, &s))
        return;
    troth_stream_list(s);
    if (troth_stream_take(s, listening))
        troth_stream_close(s);
    else
        l->accept(l->self, s);
}

void troth_conn_accept(troth_listener *l, troth_loop *loop, uv_stream_t *listening)
{
    enum { HEADROOM = 4096 }; /* what a peer that has sent nothing may need */
    troth_host *h = l->host;
    troth_conn *c;
    atomic_fetch_add(&h->accepted, 1);
    if (!l->handler) {
        accept_plain(l, loop, listening);
    } else if (atomic_load(&l->connections) >= l->limits.connections) {
        turn_away(loop, listening, &h->refused_limit);
    } else if (atomic_load(&l->half_open) >= l->limits.half_open) {
        turn_away(loop, listening, &h->refused_half);
    } else if (atomic_load(&l->budget.held) + HEADROOM > l->budget.max || make(loop, l, l->handler, l->self, &c)) {
        turn_away(loop, listening, &h->refused_budget);
    } else if (troth_stream_take(c->stream, listening)) {
        c->over = true;
        troth_stream_close(c->stream);
    } else {
        begin(c);
    }
}

/* ---- opening ---- */

static void on_dialled(void *self, int fd, const troth_host_error *err)
{
    troth_conn *c = self;
    const troth_host_error adopt = { TROTH_IO, 0, "connect" };
    c->stream->dial = NULL;
    c->dialing = false;
    if (fd >= 0 && troth_stream_adopt(c->stream, fd))
        err = &adopt;
    if (!err) {
        begin(c);
        return;
    }
    if (c->handler->failed)
        c->handler->failed(c->self, c, err);
    c->over = true;
    troth_stream_close(c->stream);
}

troth_status troth_conn_connect(troth_loop *l, const char *address, uint64_t timeout_ms,
                                const troth_conn_handler *handler, void *self, void *owner, troth_conn **ret)
{
    troth_conn *c;
    troth_status st = make(l, NULL, handler, self, &c);
    if (st)
        return st;
    c->owner = owner;
    st = troth_dial_start(l, address, timeout_ms, on_dialled, c, &c->stream->dial);
    if (st) {
        c->over = true;
        troth_stream_close(c->stream);
        return st;
    }
    c->dialing = true;
    if (ret)
        *ret = c;
    return TROTH_OK;
}

/* ---- ending ---- */

void troth_conn_lost(troth_conn *c)
{
    bool opened = c->endpoint != NULL;
    c->broken = true;
    if (opened && !c->over)
        troth_endpoint_close(c->endpoint, TROTH_CLOSED);
    troth_conn_settle(c);
    troth_endpoint_free(c->endpoint);
    c->endpoint = NULL;
    c->stream = NULL;
    const troth_host_error ours = { TROTH_CLOSED, 0, "connect" };
    if (opened)
        c->handler->gone(c->self, c);
    else if (c->dialing && c->handler->failed)
        c->handler->failed(c->self, c, &ours);
    count_out(c);
}

/* ---- what is known ---- */

void troth_conn_set_owner(troth_conn *c, void *owner)
{
    c->owner = owner;
}

void *troth_conn_owner(const troth_conn *c)
{
    return c->owner;
}

troth_loop *troth_conn_loop(const troth_conn *c)
{
    return c->loop;
}

const char *troth_conn_peer(const troth_conn *c)
{
    return c->peer;
}

const char *troth_conn_local(const troth_conn *c)
{
    return c->local;
}

troth_addr troth_conn_peer_addr(const troth_conn *c)
{
    troth_addr peer = { 0 }, local = { 0 };
    int fd = c->stream ? troth_stream_fd(c->stream) : -1;
    if (fd >= 0)
        troth_address_of(fd, &peer, &local);
    return peer;
}

troth_addr troth_conn_local_addr(const troth_conn *c)
{
    troth_addr peer = { 0 }, local = { 0 };
    int fd = c->stream ? troth_stream_fd(c->stream) : -1;
    if (fd >= 0)
        troth_address_of(fd, &peer, &local);
    return local;
}

troth_conn_counters troth_conn_count(const troth_conn *c)
{
    troth_conn_counters n = c->count;
    n.held = troth_meter_held(&c->meter);
    n.held_max = atomic_load(&c->meter.most);
    return n;
}
