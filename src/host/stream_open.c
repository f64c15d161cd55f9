#include <errno.h>
#include <host/host.h>
#include <host/stream.h>
#include <unistd.h>

/* The ways to a stream's socket. */

static void ready_socket(troth_stream *s)
{
    s->sock.handle.data = s;
    s->sock_open = true;
    s->holds++;
    s->rd = s->wr = &s->sock.stream;
}

static void nodelay(troth_stream *s)
{
    if (s->sock.handle.type == UV_TCP)
        uv_tcp_nodelay(&s->sock.tcp, 1); /* messages are whole when they come here: waiting for more helps nobody */
    s->open = true;
}

static void init_socket(troth_stream *s, bool tcp)
{
    if (tcp)
        uv_tcp_init(&s->loop->uv, &s->sock.tcp);
    else
        uv_pipe_init(&s->loop->uv, &s->sock.pipe, 0);
    ready_socket(s);
}

troth_status troth_stream_adopt(troth_stream *s, int fd)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof sa;
    bool tcp = !getsockname(fd, (struct sockaddr *)&sa, &len) && sa.ss_family != AF_UNIX;
    init_socket(s, tcp);
    int r = tcp ? uv_tcp_open(&s->sock.tcp, fd) : uv_pipe_open(&s->sock.pipe, fd);
    if (r) {
        close(fd);
        return TROTH_IO;
    }
    nodelay(s);
    return TROTH_OK;
}

troth_status troth_stream_take(troth_stream *s, uv_stream_t *listening)
{
    init_socket(s, listening->type == UV_TCP);
    if (uv_accept(listening, s->wr))
        return TROTH_IO;
    nodelay(s);
    return TROTH_OK;
}

static void on_dialled(void *self, int fd, const troth_host_error *err)
{
    troth_stream *s = self;
    const troth_host_error adopt = { TROTH_IO, EIO, "connect" };
    s->dial = NULL;
    if (fd >= 0 && troth_stream_adopt(s, fd))
        err = &adopt;
    const troth_stream_handler *h = s->handler;
    h->open(s->self, s, err);
    if (err) { /* that was the last call */
        s->handler = NULL;
        troth_stream_close(s);
        return;
    }
    troth_stream_start(s);
}

troth_status troth_stream_connect(troth_loop *l, const char *address, uint64_t timeout_ms,
                                  const troth_stream_handler *handler, void *self, troth_stream **ret)
{
    troth_stream *s;
    troth_status st = troth_stream_new(l, l->host->env, &s);
    if (st)
        return st;
    s->handler = handler;
    s->self = self;
    st = troth_dial_start(l, address, timeout_ms, on_dialled, s, &s->dial);
    if (st) {
        troth_loop_drop(l);
        troth_mem_free(s->env, s, sizeof *s);
        return st;
    }
    troth_stream_list(s);
    *ret = s;
    return TROTH_OK;
}
