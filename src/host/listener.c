#include <errno.h>
#include <host/conn.h>
#include <host/host.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_CONNECTIONS = 10000, DEFAULT_HALF_OPEN = 8192, DEFAULT_BACKLOG = 1024 };
static const size_t default_budget = 64u << 20;

static troth_status fail(troth_host_error *err, troth_status code, int sys, const char *what)
{
    *err = (troth_host_error){ code, sys, what };
    return code;
}

/* A socket file that nobody listens on is in the way of a server that was killed. */
static void remove_stale(const troth_addr *a)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)&a->sa;
    struct stat st;
    if (lstat(un->sun_path, &st) || !S_ISSOCK(st.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)&a->sa, a->len) && errno == ECONNREFUSED)
        (void)unlink(un->sun_path);
    close(fd);
}

/* Any address when the host is empty; the first one of a name. */
static troth_status resolve(const troth_address *a, troth_addr *ret, troth_host_error *err)
{
    if (!troth_address_numeric(a, ret))
        return TROTH_OK;
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
    struct addrinfo *list = NULL;
    if (getaddrinfo(a->host[0] ? a->host : NULL, a->port, &hints, &list))
        return fail(err, TROTH_IO, ENOENT, "resolve");
    memcpy(&ret->sa, list->ai_addr, list->ai_addrlen);
    ret->len = list->ai_addrlen;
    freeaddrinfo(list);
    return TROTH_OK;
}

static troth_status bind_one(const troth_addr *a, bool shared, int *ret, troth_host_error *err)
{
    const int on = 1;
    int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail(err, TROTH_IO, errno, "bind");
    if (a->sa.ss_family != AF_UNIX) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (shared)
            (void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
    if (bind(fd, (const struct sockaddr *)&a->sa, a->len)) {
        int sys = errno;
        close(fd);
        return fail(err, TROTH_IO, sys, "bind");
    }
    *ret = fd;
    return TROTH_OK;
}

static void on_connection(uv_stream_t *h, int status)
{
    const troth_listen_socket *s = h->data;
    if (status < 0) { /* libuv has made room with its spare descriptor and turned the peer away */
        atomic_fetch_add(&s->listener->host->accept_errors, 1);
        return;
    }
    troth_conn_accept(s->listener, s->loop, h);
}

static troth_status listen_on(troth_listen_socket *s, int fd, int backlog, troth_host_error *err)
{
    bool tcp = s->listener->unlink_path == NULL;
    if (tcp)
        uv_tcp_init(&s->loop->uv, &s->sock.tcp);
    else
        uv_pipe_init(&s->loop->uv, &s->sock.pipe, 0);
    s->sock.handle.data = s;
    s->open = true;
    int r = tcp ? uv_tcp_open(&s->sock.tcp, fd) : uv_pipe_open(&s->sock.pipe, fd);
    if (r)
        close(fd);
    else
        r = uv_listen(&s->sock.stream, backlog, on_connection);
    return r ? fail(err, TROTH_IO, -r, "listen") : TROTH_OK;
}

/* The first socket finds the port, the others share it: TCP by SO_REUSEPORT, unix by the same socket. */
static troth_status open_all(troth_listener *l, troth_addr *a, troth_host_error *err)
{
    int first = -1;
    for (unsigned i = 0; i < l->n_sockets; i++) {
        troth_listen_socket *s = &l->sockets[i];
        int fd = -1;
        if (first >= 0 && l->unlink_path)
            fd = dup(first);
        else if (bind_one(a, l->n_sockets > 1, &fd, err))
            return err->code;
        if (fd < 0)
            return fail(err, TROTH_IO, errno, "bind");
        if (!i) {
            first = fd;
            a->len = sizeof a->sa;
            (void)getsockname(fd, (struct sockaddr *)&a->sa, &a->len);
        }
        s->listener = l;
        s->loop = troth_host_loop(l->host, i);
        troth_status st = listen_on(s, fd, l->limits.backlog, err);
        if (st)
            return st;
    }
    return TROTH_OK;
}

static void set_limits(troth_listener *l, const troth_listen_limits *given)
{
    if (given)
        l->limits = *given;
    if (!l->limits.connections)
        l->limits.connections = DEFAULT_CONNECTIONS;
    if (!l->limits.half_open)
        l->limits.half_open = DEFAULT_HALF_OPEN;
    if (!l->limits.budget)
        l->limits.budget = default_budget;
    if (!l->limits.backlog)
        l->limits.backlog = DEFAULT_BACKLOG;
    l->budget.max = (long long)l->limits.budget;
}

static troth_status start(troth_listener *l, const char *text, troth_host_error *err)
{
    troth_address a;
    troth_addr sa = { 0 };
    if (troth_address_read(text, &a))
        return fail(err, TROTH_INVALID, 0, "address");
    troth_status st = resolve(&a, &sa, err);
    if (!st && a.path[0]) {
        remove_stale(&sa);
        if (troth_mem_keep_str(l->host->env, a.path, &l->unlink_path))
            return fail(err, TROTH_NO_MEMORY, 0, "listen");
    }
    if (!st)
        st = open_all(l, &sa, err);
    if (!st)
        troth_address_print(&sa, l->address);
    return st;
}

static void stop_socket(troth_listen_socket *s)
{
    if (!s->open)
        return;
    s->open = false;
    uv_close(&s->sock.handle, NULL);
}

static troth_status add(troth_host *h, const char *address, const troth_listen_limits *limits, troth_listener proto,
                        unsigned n, troth_listener **ret, troth_host_error *ret_err)
{
    troth_host_error err = { 0 };
    troth_listener *l = troth_mem_new(h->env, sizeof *l + n * sizeof l->sockets[0]);
    if (!l) {
        fail(&err, TROTH_NO_MEMORY, 0, "listen");
    } else {
        l->host = h;
        l->handler = proto.handler;
        l->accept = proto.accept;
        l->self = proto.self;
        l->n_sockets = n;
        set_limits(l, limits);
        l->next = h->listeners; /* from here on the host releases it, also one that failed */
        h->listeners = l;
        start(l, address, &err);
        for (unsigned i = 0; i < n && err.code; i++)
            stop_socket(&l->sockets[i]);
    }
    if (!err.code && ret)
        *ret = l;
    if (err.code && ret_err)
        *ret_err = err;
    return err.code;
}

troth_status troth_host_listen(troth_host *h, const char *address, const troth_listen_limits *limits,
                               const troth_conn_handler *handler, void *self, troth_listener **ret,
                               troth_host_error *ret_err)
{
    return add(h, address, limits, (troth_listener){ .handler = handler, .self = self }, h->n_loops, ret, ret_err);
}

troth_status troth_host_listen_plain(troth_host *h, const char *address, const troth_listen_limits *limits,
                                     troth_stream_accept accept, void *self, troth_listener **ret,
                                     troth_host_error *ret_err)
{
    return add(h, address, limits, (troth_listener){ .accept = accept, .self = self }, 1, ret, ret_err);
}

const char *troth_listener_address(const troth_listener *l)
{
    return l->address;
}

void troth_listener_stop(troth_loop *loop)
{
    for (troth_listener *l = loop->host->listeners; l; l = l->next) {
        if (loop->index < l->n_sockets)
            stop_socket(&l->sockets[loop->index]);
    }
}

void troth_listener_free_all(troth_host *h)
{
    while (h->listeners) {
        troth_listener *l = h->listeners;
        h->listeners = l->next;
        if (l->unlink_path && l->address[0]) /* only a path that we did bind */
            (void)unlink(l->unlink_path);
        troth_mem_free_str(h->env, l->unlink_path);
        troth_mem_free(h->env, l, sizeof *l + l->n_sockets * sizeof l->sockets[0]);
    }
}

size_t troth_listener_unauthenticated(const troth_host *h)
{
    long long sum = 0;
    for (const troth_listener *l = h->listeners; l; l = l->next)
        sum += atomic_load(&l->budget.held);
    return sum > 0 ? (size_t)sum : 0;
}
