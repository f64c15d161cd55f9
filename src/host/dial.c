#include <errno.h>
#include <host/address.h>
#include <host/dial.h>
#include <host/host.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_MS = 10000 };

struct troth_dial {
    troth_loop *loop;
    troth_dialled done;
    void *self;
    troth_address address;
    troth_addr single; /* a unix or numeric address, tried without asking */
    uv_getaddrinfo_t lookup;
    bool looking;
    struct addrinfo *list, *next;
    uv_poll_t poll;
    bool poll_open;
    uv_timer_t timer;
    uint64_t timeout_ms;
    int fd;
    troth_host_error err; /* of the last address tried */
    unsigned handles;     /* open: the memory stays until they are closed */
    bool over;
};

static void try_next(troth_dial *d);

static void release(troth_dial *d)
{
    if (d->handles || d->looking || !d->over)
        return;
    if (d->list)
        uv_freeaddrinfo(d->list);
    troth_loop_drop(d->loop);
    troth_mem_free(d->loop->host->env, d, sizeof *d);
}

static void on_closed(uv_handle_t *h)
{
    troth_dial *d = h->data;
    d->handles--;
    release(d);
}

static void end(troth_dial *d)
{
    d->over = true;
    if (d->looking)
        uv_cancel((uv_req_t *)&d->lookup);
    if (d->poll_open)
        uv_close((uv_handle_t *)&d->poll, on_closed);
    d->poll_open = false;
    uv_close((uv_handle_t *)&d->timer, on_closed);
}

static void drop_fd(troth_dial *d)
{
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
}

static void finish(troth_dial *d, int fd)
{
    end(d); /* the poll handle must let go of the descriptor before anybody closes or adopts it */
    if (fd < 0)
        drop_fd(d);
    d->done(d->self, fd, fd < 0 ? &d->err : NULL);
}

static void fail(troth_dial *d, troth_status code, int sys, const char *what)
{
    d->err = (troth_host_error){ code, sys, what };
}

static void on_poll_closed(uv_handle_t *h)
{
    troth_dial *d = h->data;
    d->handles--;
    if (d->over)
        release(d);
    else
        try_next(d); /* one poll handle serves one address after the other */
}

static void on_writable(uv_poll_t *p, int status, int events)
{
    troth_dial *d = p->data;
    int sys = 0;
    socklen_t len = sizeof sys;
    (void)events;
    if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &sys, &len))
        sys = errno;
    if (!sys && status < 0) /* libuv says EBADF for whatever failed: the socket knows better */
        sys = -status;
    uv_poll_stop(p);
    if (!sys) {
        int fd = d->fd;
        d->fd = -1;
        finish(d, fd);
        return;
    }
    fail(d, TROTH_IO, sys, "connect");
    drop_fd(d);
    d->poll_open = false;
    uv_close((uv_handle_t *)p, on_poll_closed);
}

/* True: under way, or done. */
static bool try_one(troth_dial *d, const struct sockaddr *sa, socklen_t len)
{
    d->fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (d->fd < 0) {
        fail(d, TROTH_IO, errno, "connect");
        return false;
    }
    int r = connect(d->fd, sa, len) && errno != EINPROGRESS ? -errno : 0;
    if (!r)
        r = uv_poll_init(&d->loop->uv, &d->poll, d->fd);
    if (r) {
        fail(d, TROTH_IO, -r, "connect");
        drop_fd(d);
        return false;
    }
    d->poll.data = d;
    d->poll_open = true;
    d->handles++;
    uv_poll_start(&d->poll, UV_WRITABLE, on_writable);
    return true;
}

static void try_next(troth_dial *d)
{
    if (d->single.len) {
        troth_addr a = d->single;
        d->single.len = 0;
        if (try_one(d, (const struct sockaddr *)&a.sa, a.len))
            return;
    }
    while (d->next) {
        const struct addrinfo *a = d->next;
        d->next = a->ai_next;
        if (try_one(d, a->ai_addr, a->ai_addrlen))
            return;
    }
    finish(d, -1);
}

static void on_name(uv_getaddrinfo_t *r, int status, struct addrinfo *list)
{
    troth_dial *d = r->data;
    d->looking = false;
    d->list = d->next = list;
    if (d->over) {
        release(d);
        return;
    }
    if (status) /* libuv's own numbers for names; ENOENT says what they come to */
        fail(d, TROTH_IO, status == UV_EAI_AGAIN ? EAGAIN : ENOENT, "resolve");
    try_next(d);
}

static void on_time(uv_timer_t *t)
{
    troth_dial *d = t->data;
    fail(d, TROTH_TIMEOUT, 0, d->looking ? "resolve" : "connect");
    finish(d, -1);
}

/* From the loop, so that done never comes before the caller has what it asked for. */
static void on_begin(uv_timer_t *t)
{
    troth_dial *d = t->data;
    uv_timer_start(t, on_time, d->timeout_ms, 0);
    d->lookup.data = d;
    if (troth_address_numeric(&d->address, &d->single) == TROTH_OK) {
        try_next(d);
        return;
    }
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV };
    int r = uv_getaddrinfo(&d->loop->uv, &d->lookup, on_name, d->address.host, d->address.port, &hints);
    d->looking = !r;
    if (r) {
        fail(d, TROTH_NO_MEMORY, -r, "resolve");
        finish(d, -1);
    }
}

troth_status troth_dial_start(troth_loop *l, const char *address, uint64_t timeout_ms, troth_dialled done, void *self,
                              troth_dial **ret)
{
    troth_address a;
    troth_status st = troth_address_read(address, &a);
    if (st)
        return st;
    if (!a.path[0] && !a.host[0])
        return TROTH_INVALID;
    troth_dial *d = troth_mem_new(l->host->env, sizeof *d);
    if (!d)
        return TROTH_NO_MEMORY;
    d->loop = l;
    d->done = done;
    d->self = self;
    d->address = a;
    d->fd = -1;
    d->timeout_ms = timeout_ms ? timeout_ms : DEFAULT_MS;
    uv_timer_init(&l->uv, &d->timer);
    d->timer.data = d;
    d->handles = 1;
    troth_loop_hold(l);
    uv_timer_start(&d->timer, on_begin, 0, 0);
    *ret = d;
    return TROTH_OK;
}

void troth_dial_cancel(troth_dial *d)
{
    if (d->over)
        return;
    end(d);
    drop_fd(d);
}
