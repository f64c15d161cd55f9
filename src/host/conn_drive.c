#include <host/conn.h>
#include <host/host.h>

/*
 * The owner's loop of troth/endpoint.h. One function, settle, does what is to be done until nothing is; everything else
 * only calls it, and while it runs, calls from the owner's call-backs just make it go round once more.
 */

enum {
    LINGER_MS = 2000, /* for the peer to read our farewell before the socket goes */
    FLUSH_AT = 65536  /* octets ordered while input is being fed that are not kept back to leave together */
};

static uint64_t now(const troth_conn *c)
{
    return uv_now(&c->loop->uv);
}

/* ---- jobs ---- */

typedef struct job_ticket {
    troth_ticket head;
    troth_conn *conn;
    troth_job *job;
} job_ticket;

static void work(troth_ticket *t)
{
    troth_job_run(((job_ticket *)t)->job);
}

static void done(troth_ticket *t)
{
    troth_loop_deliver(((job_ticket *)t)->conn->loop, t);
}

static troth_status send_job(troth_conn *c, troth_job *job)
{
    job_ticket *t = troth_mem_new(&c->meter.env, sizeof *t);
    if (!t)
        return TROTH_NO_MEMORY;
    *t = (job_ticket){ { NULL, work, done }, c, job };
    troth_status st = troth_loop_submit(c->loop, &t->head);
    if (st)
        troth_mem_free(&c->meter.env, t, sizeof *t);
    else
        c->holds++;
    return st;
}

void troth_conn_stepped(troth_ticket *head)
{
    job_ticket *t = (job_ticket *)head;
    troth_conn *c = t->conn;
    troth_job *job = t->job;
    troth_mem_free(&c->meter.env, t, sizeof *t);
    if (c->endpoint && !c->over) {
        c->moved = c->heard = true;
        troth_endpoint_stepped(c->endpoint, job, now(c));
        troth_conn_settle(c);
    } else {
        troth_job_free(job); /* the endpoint has gone meanwhile */
    }
    troth_conn_unhold(c);
}

/* ---- events ---- */

static void begin_job(troth_conn *c, troth_job *job)
{
    troth_status st = send_job(c, job);
    if (!st)
        return;
    troth_job_free(job);
    if (st == TROTH_LIMIT)
        atomic_fetch_add(&c->host->refused_jobs, 1);
    troth_endpoint_close(c->endpoint, st);
}

static void tell(troth_conn *c, const troth_event *ev)
{
    if (c->over)
        return;
    if (ev->kind == TROTH_EV_ESTABLISHED) {
        c->established = true;
        troth_conn_leave_half_open(c);
    } else if (ev->kind == TROTH_EV_DATA || ev->kind == TROTH_EV_CALL) {
        c->count.data_in += ev->data.len;
    } else if (ev->kind == TROTH_EV_CLOSED) {
        c->over = true;
    }
    c->handler->event(c->self, c, ev);
}

static bool take_events(troth_conn *c)
{
    troth_event ev;
    bool any = false;
    while (troth_endpoint_event(c->endpoint, &ev)) {
        any = true;
        c->events++;
        if (ev.kind == TROTH_EV_JOB)
            begin_job(c, ev.job);
        else
            tell(c, &ev);
    }
    return any;
}

/* ---- output ---- */

static void flush(troth_conn *c)
{
    troth_bytes out;
    troth_status st = TROTH_OK;
    c->unsent = 0;
    while (!c->broken && !c->stream->queued) {
        st = troth_endpoint_out(c->endpoint, &out, NULL);
        if (st)
            break;
        size_t n = 0;
        if (troth_stream_push(c->stream, out, &n) || !n)
            return; /* failed, and its closing comes; or full */
        troth_endpoint_sent(c->endpoint, n);
        c->count.wire_out += n;
        c->sent_some = c->moved = true;
    }
    if (st == TROTH_CLOSED && !c->out_closed) {
        c->out_closed = true;
        troth_stream_end(c->stream);
    }
}

/* ---- input ---- */

/* Octets for the endpoint: it decrypts where they lie, in the loop's buffer or in the stream's rest. */
static size_t feed(troth_conn *c, uint8_t *p, size_t n)
{
    size_t at = 0;
    while (at < n && !c->paused && !c->over) {
        size_t used = 0;
        troth_status st = troth_endpoint_feed(c->endpoint, p + at, n - at, NULL, now(c), &used);
        at += used;
        c->moved = used > 0;
        c->heard = c->heard || used;
        bool any = take_events(c);
        if (st)
            return n;
        if (!used || c->unsent >= FLUSH_AT) /* not for every frame: several leave in one write */
            flush(c);
        if (!any && !c->moved)
            break;
    }
    return c->over ? n : at;
}

/* Settling may make room in the endpoint for more: then it is offered at once. */
static size_t on_data(void *self, troth_stream *s, troth_bytes data)
{
    troth_conn *c = self;
    uint8_t *p = (uint8_t *)(uintptr_t)data.data;
    bool outer = !c->busy;
    size_t at = 0;
    (void)s;
    do {
        c->busy = true;
        at += c->over ? data.len - at : feed(c, p + at, data.len - at);
        if (!outer) {
            c->again = c->again || at || c->unsent; /* whoever drives sends what this has brought */
            break;
        }
        c->busy = c->moved = false;
        troth_conn_settle(c);
    } while (at < data.len && c->moved && !c->paused);
    c->stalled = at < data.len;
    c->count.wire_in += at;
    return at;
}

static void on_end(void *self, troth_stream *s)
{
    troth_conn *c = self;
    (void)s;
    c->eof = true;
    if (!c->over)
        troth_endpoint_feed_end(c->endpoint, now(c));
    troth_conn_settle(c);
}

static void on_ready(void *self, troth_stream *s)
{
    (void)s;
    troth_conn_settle(self);
}

static void on_closed(void *self, troth_stream *s, const troth_host_error *err)
{
    (void)s;
    (void)err;
    troth_conn_lost(self);
}

const troth_stream_handler troth_conn_stream_handler = { NULL, on_data, on_end, on_ready, on_closed };

/* ---- time ---- */

static void on_time(uv_timer_t *t)
{
    troth_conn *c = t->data;
    c->armed = UINT64_MAX;
    if (c->lingering) {
        troth_stream_close(c->stream);
        return;
    }
    if (!c->endpoint)
        return;
    troth_endpoint_expire(c->endpoint, now(c));
    troth_conn_settle(c);
}

/* A deadline that moved away is left to fire: expire is harmless early, and this is cheaper than moving the timer. */
static void arm(troth_conn *c)
{
    uint64_t at = c->lingering              ? c->linger
                  : c->endpoint && !c->over ? troth_endpoint_deadline(c->endpoint)
                                            : UINT64_MAX;
    if (at >= c->armed)
        return;
    c->armed = at;
    uv_timer_start(&c->timer, on_time, at > now(c) ? at - now(c) : 0, 0);
}

/* The endpoint is closed and its farewell sent: end our direction, and give the peer time to end its own. */
static void depart(troth_conn *c)
{
    if (c->lingering || c->broken || c->stream->queued)
        return;
    troth_bytes left;
    if (troth_endpoint_out(c->endpoint, &left, NULL) == TROTH_OK)
        return;
    c->lingering = true;
    c->linger = now(c) + LINGER_MS;
    uv_timer_stop(&c->timer);
    c->armed = UINT64_MAX;
    c->paused = false;
    troth_stream_end(c->stream);
    troth_stream_resume(c->stream);
}

/* ---- all of it ---- */

/* Nothing may come after TROTH_EV_CLOSED, and it always comes. */
static void close_by_force(troth_conn *c)
{
    if (c->over || !c->broken)
        return;
    troth_event ev = { .kind = TROTH_EV_CLOSED, .error = *troth_endpoint_error(c->endpoint) };
    if (!ev.error.code)
        ev.error = (troth_error){ .code = TROTH_CLOSED, .where = "host" };
    tell(c, &ev);
}

/* An end ordered before the context is complete waits for it. */
static void end_output(troth_conn *c)
{
    const troth_order_msg order = { .kind = TROTH_ORDER_END };
    size_t used = 0;
    if (!c->want_end || c->over)
        return;
    troth_status st = troth_endpoint_submit(c->endpoint, &order, now(c), &used);
    c->want_end = st == TROTH_AGAIN || (st == TROTH_BAD_STATE && !c->established);
}

static void round_once(troth_conn *c)
{
    take_events(c);
    end_output(c);
    take_events(c);
    flush(c);
    if (c->over)
        return;
    if (c->stalled && !c->paused && !c->broken) {
        c->stalled = false;
        troth_stream_resume(c->stream);
    }
    if (((c->want_ready && (c->sent_some || c->heard)) || (c->watched && c->sent_some)) && !c->over) {
        c->want_ready = false;
        if (c->handler->ready)
            c->handler->ready(c->self, c);
        c->again = true;
    }
    c->sent_some = c->heard = false;
}

void troth_conn_settle(troth_conn *c)
{
    if (c->busy) {
        c->again = true;
        return;
    }
    if (!c->endpoint)
        return;
    c->busy = true;
    do {
        c->again = false;
        round_once(c);
    } while (c->again);
    close_by_force(c);
    c->busy = false;
    if (c->paused && c->stream)
        troth_stream_pause(c->stream);
    if (c->over)
        depart(c);
    arm(c);
}

/* ---- the owner's side ---- */

/*
 * What was sent or told meanwhile makes room for more, so it is tried again here: the owner hears of ready only after this has
 * answered TROTH_AGAIN.
 */
troth_status troth_conn_submit(troth_conn *c, const troth_order_msg *order, size_t *ret_used)
{
    troth_order_msg rest = *order;
    uint64_t before, events;
    troth_status st;
    size_t taken = 0;
    c->want_ready = false;
    do {
        size_t used = 0;
        if (!c->endpoint || c->over) {
            st = TROTH_BAD_STATE;
            break;
        }
        st = troth_endpoint_submit(c->endpoint, &rest, now(c), &used);
        taken += used;
        if (used && rest.data.len >= used) /* orders of another kind count what their message holds */
            rest.data = (troth_bytes){ rest.data.data + used, rest.data.len - used };
        c->count.data_out += used;
        c->unsent += used;
        c->moved = c->moved || used || !st;
        before = c->count.wire_out;
        events = c->events;
        troth_conn_settle(c);
    } while (st == TROTH_AGAIN && (c->count.wire_out > before || c->events > events));
    c->want_ready = st == TROTH_AGAIN;
    if (ret_used)
        *ret_used = taken;
    return st;
}

troth_status troth_conn_send(troth_conn *c, troth_bytes data, size_t *ret_used)
{
    const troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = data };
    return troth_conn_submit(c, &order, ret_used);
}

void troth_conn_watch(troth_conn *c)
{
    c->watched = true;
}

/* By the timer: whoever calls may be deep inside the endpoint itself, or inside another connection's call-back. */
void troth_conn_wake(troth_conn *c)
{
    if (!c->endpoint || c->over || c->lingering)
        return;
    c->armed = now(c);
    uv_timer_start(&c->timer, on_time, 0, 0);
}

void troth_conn_end(troth_conn *c)
{
    if (c->over)
        return;
    c->want_end = true;
    troth_conn_settle(c);
}

void troth_conn_close(troth_conn *c, troth_status reason)
{
    if (!c->endpoint) {
        if (c->stream)
            troth_stream_close(c->stream);
        return;
    }
    if (!c->over)
        troth_endpoint_close(c->endpoint, reason);
    troth_conn_settle(c);
}

void troth_conn_reset(troth_conn *c, troth_status reason)
{
    if (!c->stream)
        return;
    if (c->endpoint && !c->over)
        troth_endpoint_close(c->endpoint, reason);
    c->broken = true;
    troth_stream_reset(c->stream);
    troth_conn_settle(c);
}

void troth_conn_pause(troth_conn *c)
{
    c->paused = true;
    troth_conn_settle(c);
}

void troth_conn_resume(troth_conn *c)
{
    if (!c->paused)
        return;
    c->paused = false;
    if (!c->stream || c->over)
        return;
    c->stalled = true; /* the stream may keep a rest, or have stopped reading */
    troth_conn_settle(c);
}
