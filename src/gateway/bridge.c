#include <base/queue.h>
#include <gateway/far.h>
#include <host/stream.h>

/*
 * One protected connection and one plain stream, octets carried both ways. Whoever cannot take more pauses the other;
 * an end of one direction is passed on as that; a failure of one side is never shown to the other as an orderly end.
 */
typedef struct bridge {
    troth_far head; /* conn is NULL once it is over */
    const troth_env *env;
    troth_stream *stream; /* NULL once it is closed */
    troth_queue early;    /* what comes before the stream is open */
    bool open, ended, stalled;
    unsigned busy; /* inside a call-back of the stream: what it does may end the connection at once */
} bridge;

enum { EARLY_MAX = 1 << 20 };

static void release(bridge *b)
{
    if (b->head.conn || b->stream || b->busy)
        return;
    troth_queue_clear(&b->early);
    troth_mem_free(b->env, b, sizeof *b);
}

/* ---- from the stream ---- */

static void leave(bridge *b)
{
    b->busy--;
    release(b);
}

static void opened(bridge *b, troth_stream *s)
{
    b->open = true;
    size_t early = troth_queue_len(&b->early);
    troth_status st = early ? troth_stream_write(s, (troth_bytes){ troth_queue_at(&b->early), early }) : TROTH_OK;
    troth_queue_clear(&b->early);
    if (b->ended)
        troth_stream_end(s);
    if (!st && b->head.conn)
        troth_conn_resume(b->head.conn);
}

static void on_open(void *self, troth_stream *s, const troth_host_error *err)
{
    bridge *b = self;
    b->busy++;
    if (err) {
        b->stream = NULL;
        if (b->head.conn) /* a reset: the wire's own end would look like an answer of nothing */
            troth_conn_reset(b->head.conn, err->code);
    } else {
        opened(b, s);
    }
    leave(b);
}

static size_t from_stream(void *self, troth_stream *s, troth_bytes data)
{
    bridge *b = self;
    size_t used = 0;
    (void)s;
    if (!b->head.conn)
        return data.len;
    b->busy++;
    (void)!troth_conn_send(b->head.conn, data, &used); /* not established, or full: the stream keeps it until ready */
    b->stalled = used < data.len;
    leave(b);
    return used;
}

static void on_stream_end(void *self, troth_stream *s)
{
    bridge *b = self;
    (void)s;
    b->busy++;
    if (b->head.conn)
        troth_conn_end(b->head.conn);
    leave(b);
}

static void on_stream_ready(void *self, troth_stream *s)
{
    bridge *b = self;
    (void)s;
    b->busy++;
    if (b->head.conn)
        troth_conn_resume(b->head.conn);
    leave(b);
}

static void on_stream_closed(void *self, troth_stream *s, const troth_host_error *err)
{
    bridge *b = self;
    (void)s;
    b->busy++;
    b->stream = NULL;
    if (b->head.conn && err)
        troth_conn_reset(b->head.conn, TROTH_CLOSED);
    leave(b);
}

static const troth_stream_handler stream_handler = { on_open, from_stream, on_stream_end, on_stream_ready,
                                                     on_stream_closed };

/* ---- from the connection ---- */

static void on_data(troth_far *f, troth_bytes data)
{
    bridge *b = (bridge *)f;
    if (!b->stream) { /* it closed, and somebody still sends */
        troth_conn_close(b->head.conn, TROTH_CLOSED);
        return;
    }
    if (!b->open) {
        troth_status st = troth_queue_put(&b->early, data.data, data.len);
        if (st)
            troth_conn_close(b->head.conn, st);
        return;
    }
    if (troth_stream_write(b->stream, data) == TROTH_AGAIN)
        troth_conn_pause(b->head.conn);
}

static void on_end(troth_far *f)
{
    bridge *b = (bridge *)f;
    b->ended = true;
    if (b->stream && b->open)
        troth_stream_end(b->stream);
}

static void on_ready(troth_far *f)
{
    bridge *b = (bridge *)f;
    if (!b->stalled || !b->stream)
        return;
    b->stalled = false;
    troth_stream_resume(b->stream);
}

static void on_closed(troth_far *f, const troth_error *error)
{
    bridge *b = (bridge *)f;
    b->head.conn = NULL;
    b->busy++;
    if (b->stream && error->code)
        troth_stream_reset(b->stream);
    else if (b->stream)
        troth_stream_end(b->stream);
    if (b->stream && b->stalled)
        troth_stream_resume(b->stream);
    leave(b);
}

static const troth_far_ops ops = { on_data, on_end, on_ready, on_closed };

static bridge *make(const troth_env *env, troth_conn *c)
{
    bridge *b = troth_mem_new(env, sizeof *b);
    if (!b)
        return NULL;
    b->head = (troth_far){ &ops, c };
    b->env = env;
    troth_queue_init(&b->early, env, EARLY_MAX);
    return b;
}

troth_status troth_bridge_open(const troth_env *env, troth_conn *c, const char *address, uint64_t ms, troth_bytes first,
                               troth_far **ret)
{
    bridge *b = make(env, c);
    if (!b)
        return TROTH_NO_MEMORY;
    troth_status st = first.len ? troth_queue_put(&b->early, first.data, first.len) : TROTH_OK;
    if (!st)
        st = troth_stream_connect(troth_conn_loop(c), address, ms, &stream_handler, b, &b->stream);
    if (st) {
        troth_queue_clear(&b->early);
        troth_mem_free(env, b, sizeof *b);
        return st;
    }
    troth_conn_pause(c);
    *ret = &b->head;
    return TROTH_OK;
}

troth_status troth_bridge_join(const troth_env *env, troth_conn *c, troth_stream *s, troth_far **ret)
{
    bridge *b = make(env, c);
    if (!b) {
        troth_stream_close(s);
        return TROTH_NO_MEMORY;
    }
    b->stream = s;
    b->open = true;
    *ret = &b->head;
    troth_stream_handle(s, &stream_handler, b);
    troth_stream_resume(s);
    return TROTH_OK;
}
