/* host/rig.h: a host with an echo of scripted endpoints on it, and raw clients on threads of their own. */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <host/scripted.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <support/env.h>
#include <sys/socket.h>
#include <troth/host.h>
#include <unistd.h>
#include <uv.h>

/*
 * hold     the owner pauses each connection when it is established
 * The rest is what was seen; read it after the run, or atomically.
 */
typedef struct rig {
    test_env env;
    fake_mech fake;
    script script;
    troth_host *host;
    troth_listener *listener;
    bool hold;
    troth_conn *last;
    atomic_int established, ended, closed, gone;
    atomic_int status; /* of the last TROTH_EV_CLOSED */
    atomic_size_t held_max;
    atomic_ullong data_in;
    void (*client)(struct rig *r);
    uv_thread_t thread;
    const char *complaint; /* the first thing a client found wrong */
    uint64_t drain_ms;
} rig;

/* What a connection's owner keeps. */
typedef struct rig_owner {
    troth_queue kept;
    bool ending;
} rig_owner;

#define NEED(r, what)                                                                                                  \
    do {                                                                                                               \
        if (!(what) && !(r)->complaint)                                                                                \
            (r)->complaint = #what;                                                                                    \
    } while (0)

static inline troth_status rig_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *t,
                                    uint64_t now, troth_endpoint **ret)
{
    rig *r = self;
    troth_status st = scripted_make(&r->script, env, t, now, ret);
    rig_owner *o = st ? NULL : troth_mem_new(&r->env.env, sizeof *o);
    if (o)
        troth_queue_init(&o->kept, &r->env.env, 8 << 20);
    troth_conn_set_owner(c, o);
    r->last = c;
    return st;
}

static inline void rig_push(troth_conn *c, rig_owner *o)
{
    size_t used = 0;
    troth_status st = troth_conn_send(c, (troth_bytes){ troth_queue_at(&o->kept), troth_queue_len(&o->kept) }, &used);
    troth_queue_drop(&o->kept, used);
    if (st == TROTH_AGAIN)
        troth_conn_pause(c);
    if (troth_queue_len(&o->kept))
        return;
    if (o->ending)
        troth_conn_end(c);
    else
        troth_conn_resume(c);
}

static inline void rig_event(void *self, troth_conn *c, const troth_event *ev)
{
    rig *r = self;
    rig_owner *o = troth_conn_owner(c);
    troth_conn_counters n = troth_conn_count(c);
    if (ev->kind != TROTH_EV_ESTABLISHED && n.held_max > atomic_load(&r->held_max))
        atomic_store(&r->held_max, n.held_max);
    switch (ev->kind) {
    case TROTH_EV_ESTABLISHED:
        if (r->hold)
            troth_conn_pause(c);
        atomic_fetch_add(&r->established, 1);
        break;
    case TROTH_EV_DATA:
        atomic_fetch_add(&r->data_in, ev->data.len);
        assert_int_equal(troth_queue_put(&o->kept, ev->data.data, ev->data.len), TROTH_OK);
        if (!r->hold)
            rig_push(c, o);
        break;
    case TROTH_EV_END:
        atomic_fetch_add(&r->ended, 1);
        o->ending = true;
        rig_push(c, o);
        break;
    case TROTH_EV_CLOSED:
        atomic_store(&r->status, (int)ev->error.code);
        atomic_fetch_add(&r->closed, 1);
        break;
    default:
        break;
    }
}

static inline void rig_ready(void *self, troth_conn *c)
{
    (void)self;
    rig_push(c, troth_conn_owner(c));
}

static inline void rig_gone(void *self, troth_conn *c)
{
    rig *r = self;
    rig_owner *o = troth_conn_owner(c);
    troth_queue_clear(&o->kept);
    troth_mem_free(&r->env.env, o, sizeof *o);
    atomic_fetch_add(&r->gone, 1);
}

static const troth_conn_handler rig_handler = { rig_open, rig_event, rig_ready, rig_gone, NULL };

static inline void rig_init(rig *r)
{
    *r = (rig){ .drain_ms = 3000 };
    test_env_init(&r->env);
    fake_mech_init(&r->fake, TROTH_MECH_NTLM);
    r->script = (script){
        .fake = &r->fake, .role = TROTH_ACCEPTOR, .name = "DOM\\alice", .account = "alice", .authority = "DOM"
    };
}

static inline void rig_listen(rig *r, troth_host_options o, const troth_listen_limits *limits)
{
    troth_host_error err = { 0 };
    o.env = &r->env.env;
    assert_int_equal(troth_host_new(&o, &r->host), TROTH_OK);
    assert_int_equal(troth_host_listen(r->host, "127.0.0.1:0", limits, &rig_handler, r, &r->listener, &err), TROTH_OK);
}

static inline void rig_client_thread(void *arg)
{
    rig *r = arg;
    r->client(r);
    troth_host_drain(r->host, r->drain_ms);
}

/* Run the host with a client beside it, until drained; frees the host. */
static inline troth_status rig_run(rig *r, void (*client)(rig *r))
{
    r->client = client;
    assert_int_equal(uv_thread_create(&r->thread, rig_client_thread, r), 0);
    troth_status st = troth_host_run(r->host);
    uv_thread_join(&r->thread);
    if (r->complaint)
        fail_msg("client: not so: %s", r->complaint);
    troth_host_free(r->host);
    return st;
}

/* ---- raw clients: blocking sockets with a timeout ---- */

static inline int rig_connect(const rig *r)
{
    const struct timeval limit = { 10, 0 };
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    in.sin_port = htons((uint16_t)atoi(strrchr(troth_listener_address(r->listener), ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&in, sizeof in)) {
        close(fd);
        return -1;
    }
    return fd;
}

static inline bool rig_send(int fd, const void *p, size_t n)
{
    return send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
}

/* 'K' of a handshake begun by first. */
static inline bool rig_shake(int fd, char first)
{
    char k = 0;
    return rig_send(fd, &first, 1) && recv(fd, &k, 1, 0) == 1 && k == 'K';
}

/* True when the peer closes within the time limit, whatever it sends before. */
static inline bool rig_closed(int fd)
{
    char c[256];
    ssize_t n;
    while ((n = recv(fd, c, sizeof c, 0)) > 0) {
    }
    return n == 0 || errno == ECONNRESET;
}

static inline void rig_reset(int fd)
{
    const struct linger at_once = { 1, 0 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
}

static inline bool rig_wait(atomic_int *n, int want, unsigned ms)
{
    for (; ms && atomic_load(n) < want; ms -= 5)
        uv_sleep(5);
    return atomic_load(n) >= want;
}

/* Send n octets of a pattern, reading what comes meanwhile; then end, and read to the end. True = all came back. */
static inline bool rig_echo(int fd, size_t n)
{
    static const size_t period = 251;
    size_t out = 0, in = 0;
    uint8_t buf[8192];
    bool same = true;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (;;) {
        struct pollfd p = { fd, (short)(POLLIN | (out < n ? POLLOUT : 0)), 0 };
        if (poll(&p, 1, 10000) <= 0)
            return false;
        if (p.revents & POLLOUT) {
            size_t m = n - out < sizeof buf ? n - out : sizeof buf;
            for (size_t i = 0; i < m; i++)
                buf[i] = (uint8_t)((out + i) % period);
            ssize_t w = send(fd, buf, m, MSG_NOSIGNAL);
            if (w > 0 && (out += (size_t)w) == n)
                shutdown(fd, SHUT_WR);
        }
        if (p.revents & (POLLIN | POLLHUP)) {
            ssize_t m = recv(fd, buf, sizeof buf, 0);
            if (m == 0)
                return same && in == n;
            if (m < 0 && errno != EAGAIN)
                return false;
            for (ssize_t i = 0; i < m; i++, in++)
                same = same && buf[i] == (uint8_t)(in % period);
        }
    }
}
#endif
