#include <errno.h>
#include <fcntl.h>
#include <host/host.h>
#include <host/stream.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { FILE_READ = 65536 };

/*
 * Two descriptors as one stream. Pipes, terminals and sockets are libuv handles of their own; files and devices are
 * read by a thread of libuv's, because they cannot be polled, and written at once.
 */
struct troth_file_end {
    troth_uv_stream in, out;
    bool in_open, out_open, reading;
    int in_fd, out_fd; /* of files, else -1 */
    uv_fs_t read;
    uint8_t buf[FILE_READ];
};

static void on_closed(uv_handle_t *h)
{
    troth_stream_unhold(h->data);
}

static bool is_stream(int fd)
{
    uv_handle_type t = uv_guess_handle(fd);
    return t == UV_NAMED_PIPE || t == UV_TCP || t == UV_TTY;
}

static troth_status open_one(troth_stream *s, troth_uv_stream *u, int fd, bool *ret_open)
{
    uv_handle_type type = uv_guess_handle(fd);
    int r;
    if (type == UV_TTY) {
        r = uv_tty_init(&s->loop->uv, &u->tty, fd, 0);
        if (r)
            return TROTH_IO;
    } else if (type == UV_TCP) {
        uv_tcp_init(&s->loop->uv, &u->tcp);
        r = uv_tcp_open(&u->tcp, fd);
    } else {
        uv_pipe_init(&s->loop->uv, &u->pipe, 0);
        r = uv_pipe_open(&u->pipe, fd);
    }
    u->handle.data = s;
    s->holds++;
    *ret_open = true;
    return r ? TROTH_IO : TROTH_OK;
}

static troth_status open_pair(troth_stream *s, int in, int out)
{
    troth_file_end *f = s->file;
    troth_status st = TROTH_OK;
    f->in_fd = f->out_fd = -1;
    if (is_stream(in)) {
        st = open_one(s, &f->in, in, &f->in_open);
        s->rd = &f->in.stream;
    } else {
        f->in_fd = in;
    }
    if (is_stream(out) && !st) {
        st = open_one(s, &f->out, out, &f->out_open);
        s->wr = &f->out.stream;
    } else {
        f->out_fd = out;
    }
    return st;
}

troth_status troth_stream_open(troth_loop *l, int in, int out, const troth_stream_handler *handler, void *self,
                               troth_stream **ret)
{
    troth_stream *s;
    troth_status st = troth_stream_new(l, l->host->env, &s);
    if (st)
        return st;
    troth_stream_list(s);
    if (in == out && is_stream(in)) {
        st = troth_stream_adopt(s, in);
    } else {
        s->file = troth_mem_new(s->env, sizeof *s->file);
        s->holds += s->file != NULL; /* files have no handle that would hold it; shut down gives it back */
        st = s->file ? open_pair(s, in, out) : TROTH_NO_MEMORY;
    }
    if (st) {
        troth_stream_close(s);
        return st;
    }
    s->open = true;
    *ret = s;
    troth_stream_handle(s, handler, self);
    return TROTH_OK;
}

static void on_file(uv_fs_t *req)
{
    troth_stream *s = req->data;
    troth_file_end *f = s->file;
    ssize_t n = req->result;
    uv_fs_req_cleanup(req);
    f->reading = false;
    if (!s->closing) {
        if (n > 0)
            troth_stream_came(s, f->buf, (size_t)n);
        else if (n == 0)
            troth_stream_came_end(s);
        else
            troth_stream_fail(s, TROTH_IO, (int)-n, "read");
        if (n > 0)
            troth_stream_start(s);
    }
    troth_stream_unhold(s);
}

void troth_file_read(troth_stream *s)
{
    troth_file_end *f = s->file;
    if (f->reading)
        return;
    uv_buf_t buf = uv_buf_init((char *)f->buf, FILE_READ);
    f->read.data = s;
    int r = uv_fs_read(&s->loop->uv, &f->read, f->in_fd, &buf, 1, -1, on_file);
    if (r) {
        troth_stream_fail(s, TROTH_IO, -r, "read");
        return;
    }
    f->reading = true;
    s->holds++;
}

troth_status troth_file_write(troth_stream *s, troth_bytes data)
{
    size_t done = 0;
    while (done < data.len) {
        ssize_t n = write(s->file->out_fd, data.data + done, data.len - done);
        if (n < 0 && errno == EAGAIN) { /* a terminal that somebody else made non-blocking */
            struct pollfd p = { s->file->out_fd, POLLOUT, 0 };
            (void)poll(&p, 1, -1);
            continue;
        }
        if (n < 0 && errno != EINTR) {
            troth_stream_fail(s, TROTH_IO, errno, "write");
            return TROTH_IO;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return TROTH_OK;
}

void troth_file_end_output(troth_stream *s)
{
    troth_file_end *f = s->file;
    if (s->out_ended || s->closing)
        return;
    s->out_ended = true;
    if (f->out_open)
        uv_close(&f->out.handle, on_closed);
    else
        close(f->out_fd);
    f->out_open = false;
    f->out_fd = -1;
    troth_stream_check_over(s);
}

void troth_file_close(troth_stream *s)
{
    troth_file_end *f = s->file;
    if (!f)
        return;
    if (f->in_open)
        uv_close(&f->in.handle, on_closed);
    if (f->out_open)
        uv_close(&f->out.handle, on_closed);
    if (f->reading)
        uv_cancel((uv_req_t *)&f->read);
    f->in_open = f->out_open = false;
}

void troth_file_free(troth_stream *s)
{
    troth_file_end *f = s->file;
    if (!f)
        return;
    if (f->in_fd >= 0)
        close(f->in_fd);
    if (f->out_fd >= 0 && f->out_fd != f->in_fd)
        close(f->out_fd);
    troth_mem_free(s->env, f, sizeof *f);
}
