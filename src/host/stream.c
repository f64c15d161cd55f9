#include <host/host.h>
#include <host/stream.h>
#include <string.h>

/* Life and death of streams, and their input; the output is in stream_write.c, other descriptors in stream_file.c. */

troth_status troth_stream_new(troth_loop *l, const troth_env *env, troth_stream **ret)
{
    troth_stream *s = troth_mem_new(env, sizeof *s);
    if (!s)
        return TROTH_NO_MEMORY;
    s->loop = l;
    s->env = env;
    troth_loop_hold(l);
    *ret = s;
    return TROTH_OK;
}

void troth_stream_list(troth_stream *s)
{
    troth_loop *l = s->loop;
    s->next = l->streams;
    if (s->next)
        s->next->prev = s;
    l->streams = s;
    s->listed = true;
}

static void unlist(troth_stream *s)
{
    if (!s->listed)
        return;
    if (s->prev)
        s->prev->next = s->next;
    else
        s->loop->streams = s->next;
    if (s->next)
        s->next->prev = s->prev;
    s->listed = false;
}

void troth_stream_unhold(troth_stream *s)
{
    if (--s->holds)
        return;
    unlist(s);
    if (s->handler)
        s->handler->closed(s->self, s, s->err.code ? &s->err : NULL);
    troth_file_free(s);
    troth_mem_free(s->env, s->rest, s->rest_cap);
    troth_loop_drop(s->loop);
    troth_mem_free(s->env, s, sizeof *s);
}

static void on_closed(uv_handle_t *h)
{
    troth_stream_unhold(h->data);
}

static bool is_tcp(const troth_stream *s)
{
    return s->sock_open && s->sock.handle.type == UV_TCP;
}

static void shut_down(troth_stream *s)
{
    const struct linger at_once = { 1, 0 };
    s->closing = true;
    if (s->dial)
        troth_dial_cancel(s->dial);
    s->dial = NULL;
    if (s->by_reset && is_tcp(s)) /* not uv_tcp_close_reset: it refuses while a shutdown is under way */
        (void)setsockopt(troth_stream_fd(s), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    troth_file_close(s);
    if (s->sock_open) {
        uv_close(&s->sock.handle, on_closed); /* its hold goes with the handle */
        return;
    }
    /* nothing of libuv's to wait for: a handle just for the call-back to come from the loop */
    uv_pipe_init(&s->loop->uv, &s->sock.pipe, 0);
    s->sock.handle.data = s;
    if (!s->file) /* a stream of two descriptors has had this hold since it was opened */
        s->holds++;
    uv_close(&s->sock.handle, on_closed);
}

void troth_stream_close(troth_stream *s)
{
    if (!s->closing)
        shut_down(s);
}

void troth_stream_reset(troth_stream *s)
{
    s->by_reset = true;
    troth_stream_close(s);
}

void troth_stream_fail(troth_stream *s, troth_status code, int sys, const char *what)
{
    if (s->closing)
        return;
    s->err = (troth_host_error){ code, sys, what };
    shut_down(s);
}

void troth_stream_check_over(troth_stream *s)
{
    if (s->eof_told && s->out_ended)
        troth_stream_close(s);
}

int troth_stream_fd(const troth_stream *s)
{
    uv_os_fd_t fd = -1;
    if (!s->sock_open || uv_fileno(&s->sock.handle, &fd))
        return -1;
    return fd;
}

/* ---- input ---- */

static bool keep_rest(troth_stream *s, const uint8_t *p, size_t n)
{
    uint8_t *q = troth_mem_new(s->env, n);
    if (!q)
        return false;
    memcpy(q, p, n);
    s->rest = q;
    s->rest_at = 0;
    s->rest_len = s->rest_cap = n;
    return true;
}

static void drop_rest(troth_stream *s)
{
    troth_mem_free(s->env, s->rest, s->rest_cap);
    s->rest = NULL;
    s->rest_at = s->rest_len = s->rest_cap = 0;
}

static void stop_reading(troth_stream *s)
{
    if (s->rd && !s->closing)
        uv_read_stop(s->rd);
}

void troth_stream_came(troth_stream *s, const uint8_t *p, size_t n)
{
    size_t used = 0;
    s->offering = true;
    if (!s->paused)
        used = s->handler->data(s->self, s, (troth_bytes){ p, n });
    s->offering = false;
    if (s->closing)
        return;
    if (used < n) {
        s->paused = true;
        if (!keep_rest(s, p + used, n - used)) {
            troth_stream_fail(s, TROTH_NO_MEMORY, 0, "read");
            return;
        }
    }
    if (s->paused)
        stop_reading(s);
}

static void tell_end(troth_stream *s)
{
    if (!s->eof || s->eof_told || s->rest_len || s->closing)
        return;
    s->eof_told = true;
    s->handler->end(s->self, s);
    troth_stream_check_over(s);
}

void troth_stream_came_end(troth_stream *s)
{
    s->eof = true;
    stop_reading(s);
    tell_end(s);
}

static void on_room(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    troth_stream *s = h->data;
    (void)suggested;
    *buf = s->had_turn ? uv_buf_init(NULL, 0) : uv_buf_init((char *)s->loop->buffer, TROTH_LOOP_BUFFER);
    s->had_turn = false;
}

static void on_read(uv_stream_t *h, ssize_t n, const uv_buf_t *buf)
{
    troth_stream *s = h->data;
    if (s->closing || n == 0 || n == UV_ENOBUFS)
        return;
    /* a full buffer is one turn: libuv would go on reading, and one stream with much to say would hold up the others */
    s->had_turn = n == TROTH_LOOP_BUFFER;
    if (n == UV_EOF)
        troth_stream_came_end(s);
    else if (n < 0)
        troth_stream_fail(s, TROTH_IO, (int)-n, "read");
    else
        troth_stream_came(s, (const uint8_t *)buf->base, (size_t)n);
}

void troth_stream_start(troth_stream *s)
{
    if (!s->open || !s->handler || s->paused || s->closing || s->eof || s->rest_len)
        return;
    if (!s->rd) {
        troth_file_read(s);
        return;
    }
    int r = uv_read_start(s->rd, on_room, on_read);
    if (r && r != UV_EALREADY)
        troth_stream_fail(s, TROTH_IO, -r, "read");
}

/* Offer the rest until it is gone or not taken. */
static void offer_rest(troth_stream *s)
{
    s->offering = true;
    while (s->rest_len && !s->paused && !s->closing) {
        size_t used = s->handler->data(s->self, s, (troth_bytes){ s->rest + s->rest_at, s->rest_len });
        s->paused = s->paused || used < s->rest_len;
        s->rest_at += used;
        s->rest_len -= used;
    }
    s->offering = false;
    if (!s->rest_len)
        drop_rest(s);
}

void troth_stream_pause(troth_stream *s)
{
    s->paused = true;
    if (!s->offering)
        stop_reading(s);
}

void troth_stream_resume(troth_stream *s)
{
    s->paused = false;
    if (s->offering || s->closing) /* whoever offers looks at paused when the owner returns */
        return;
    if (s->rest_len)
        offer_rest(s);
    tell_end(s);
    troth_stream_start(s);
}

void troth_stream_handle(troth_stream *s, const troth_stream_handler *handler, void *self)
{
    s->handler = handler;
    s->self = self;
    troth_stream_start(s);
}

troth_loop *troth_stream_loop(const troth_stream *s)
{
    return s->loop;
}
