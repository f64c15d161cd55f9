#include <errno.h>
#include <host/stream.h>
#include <string.h>

enum { PUSH_MAX = 65536 }; /* octets that a connection copies at a time when its socket is full */

/* Octets that wait for the socket, behind their request. */
typedef struct write_block {
    uv_write_t req;
    size_t n;
    uint8_t data[];
} write_block;

void troth_stream_left(troth_stream *s, size_t n, int status)
{
    s->queued -= n;
    if (status < 0 && !s->closing) {
        troth_stream_fail(s, TROTH_IO, -status, "write");
        return;
    }
    if (s->queued || s->closing || !s->want_ready)
        return;
    s->want_ready = false;
    if (s->handler->ready)
        s->handler->ready(s->self, s);
}

static void on_written(uv_write_t *req, int status)
{
    troth_stream *s = req->data;
    write_block *b = (write_block *)req;
    size_t n = b->n;
    troth_mem_free(s->env, b, sizeof *b + n);
    troth_stream_left(s, n, status);
    if (s->ending && !s->queued && s->wr != &s->sock.stream)
        troth_file_end_output(s);
    troth_stream_unhold(s);
}

static troth_status copy_out(troth_stream *s, const uint8_t *p, size_t n)
{
    write_block *b = troth_mem_new(s->env, sizeof *b + n);
    if (!b)
        return TROTH_NO_MEMORY;
    memcpy(b->data, p, n);
    b->n = n;
    b->req.data = s;
    uv_buf_t buf = uv_buf_init((char *)b->data, (unsigned)n);
    if (uv_write(&b->req, s->wr, &buf, 1, on_written)) {
        troth_mem_free(s->env, b, sizeof *b + n);
        return TROTH_IO;
    }
    s->holds++;
    s->queued += n;
    s->want_ready = true;
    return TROTH_OK;
}

/* What the socket takes at once; 0 while older octets wait. */
static troth_status write_now(troth_stream *s, troth_bytes data, size_t *ret)
{
    size_t done = 0;
    while (done < data.len && !s->queued) {
        size_t n = data.len - done > INT32_MAX ? INT32_MAX : data.len - done;
        uv_buf_t buf = uv_buf_init((char *)(uintptr_t)(data.data + done), (unsigned)n);
        int r = uv_try_write(s->wr, &buf, 1);
        if (r == UV_EAGAIN)
            break;
        if (r < 0) {
            troth_stream_fail(s, TROTH_IO, -r, "write");
            return TROTH_CLOSED;
        }
        done += (size_t)r;
        if ((size_t)r < n)
            break;
    }
    *ret = done;
    return TROTH_OK;
}

static troth_status put(troth_stream *s, troth_bytes data, size_t max_copy, size_t *ret_used)
{
    size_t done = 0;
    if (!s->open || s->ending || s->closing)
        return TROTH_CLOSED;
    if (!s->wr) {
        troth_status st = troth_file_write(s, data);
        *ret_used = data.len;
        return st ? TROTH_CLOSED : TROTH_OK;
    }
    troth_status st = write_now(s, data, &done);
    size_t left = data.len - done, room = max_copy - s->queued;
    if (!st && left && s->queued < max_copy) {
        left = left < room ? left : room;
        st = copy_out(s, data.data + done, left);
        done += left;
        if (st)
            troth_stream_fail(s, st, st == TROTH_IO ? EIO : 0, "write");
    }
    if (!st)
        *ret_used = done;
    return st;
}

troth_status troth_stream_push(troth_stream *s, troth_bytes data, size_t *ret_used)
{
    return put(s, data, PUSH_MAX, ret_used);
}

troth_status troth_stream_write(troth_stream *s, troth_bytes data)
{
    size_t used = 0;
    troth_status st = put(s, data, SIZE_MAX, &used);
    if (st)
        return st == TROTH_IO ? TROTH_CLOSED : st;
    return s->queued ? TROTH_AGAIN : TROTH_OK;
}

static void on_shut(uv_shutdown_t *req, int status)
{
    troth_stream *s = req->data;
    (void)status; /* the peer may have gone first */
    s->out_ended = true;
    if (!s->closing)
        troth_stream_check_over(s);
    troth_stream_unhold(s);
}

void troth_stream_end(troth_stream *s)
{
    if (s->ending || s->closing || !s->open)
        return;
    s->ending = true;
    if (s->wr == &s->sock.stream && s->rd == s->wr) {
        s->shut.data = s;
        s->holds++;
        if (!uv_shutdown(&s->shut, s->wr, on_shut)) /* after what is queued */
            return;
        s->holds--;
        s->out_ended = true;
        troth_stream_check_over(s);
    } else if (!s->queued) {
        troth_file_end_output(s);
    }
}
