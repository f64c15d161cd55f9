#include <base/meter.h>
#include <errno.h>
#include <load/live.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <support/test.h>
#include <time.h>
#include <unistd.h>

/* ---- the server ---- */

static troth_status make(void *self, const troth_env *env, const troth_transport *transport, uint64_t now,
                         troth_endpoint **ret)
{
    live *v = self;
    troth_nns_options o = v->world.server;
    size_t i = atomic_load(&v->made);
    o.env = env;
    o.transport = transport;
    if (i < LIVE_METERS)
        v->meters[i] = env;
    atomic_store(&v->made, i + 1);
    return troth_nns_server_new(&o, now, ret);
}

static void ready(void *self, troth_host *host, const char *address)
{
    live *v = self;
    v->host = host;
    snprintf(v->address, sizeof v->address, "%s", address);
    sscanf(address, "127.0.0.1:%d", &v->port);
    sem_post(&v->up);
}

static void *run(void *self)
{
    live *v = self;
    troth_host_error err = { 0 };
    v->ended = troth_gateway_serve(&v->serve, &err);
    if (!v->host)
        sem_post(&v->up);
    return NULL;
}

void live_init(live *v)
{
    memset(v, 0, sizeof *v);
    rig_world(&v->world, TROTH_MECH_KERBEROS, TROTH_LEVEL_ENCRYPT);
    v->world.env.seed = 0; /* the repeatable sequence is for one thread */
    v->serve = (troth_gateway_serve_options){
        .env = &v->world.env.env,
        .wire = "nns",
        .make = make,
        .make_self = v,
        .listen = "127.0.0.1:0",
        .log_fd = -1,
        .drain_ms = 10000,
        .no_signals = true,
        .ready = ready,
        .ready_self = v,
    };
    assert_int_equal(sem_init(&v->up, 0, 0), 0);
}

void live_start(live *v)
{
    assert_int_equal(pthread_create(&v->thread, NULL, run, v), 0);
    while (sem_wait(&v->up))
        ;
    assert_non_null(v->host);
}

troth_status live_end(live *v)
{
    troth_host_drain(v->host, v->serve.drain_ms);
    assert_int_equal(pthread_join(v->thread, NULL), 0);
    sem_destroy(&v->up);
    rig_end(&v->world);
    return v->ended;
}

size_t live_held(const live *v, size_t i)
{
    return troth_meter_held((const troth_meter *)v->meters[i]->self);
}

uint64_t live_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool live_wait(bool (*holds)(live *v, size_t arg), live *v, size_t arg, unsigned ms)
{
    const struct timespec nap = { 0, 2000000 };
    for (uint64_t until = live_ms() + ms; !holds(v, arg);) {
        if (live_ms() > until)
            return false;
        nanosleep(&nap, NULL);
    }
    return true;
}

/* ---- clients ---- */

static uint8_t octet(size_t at)
{
    return (uint8_t)(at * 2654435761u >> 11);
}

int live_dial(const live *v)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)v->port),
                             .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&a, sizeof a) && errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    int err = 0;
    socklen_t len = sizeof err;
    if (poll(&p, 1, 5000) == 1 && !getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) && !err)
        return fd;
    close(fd);
    return -1;
}

static void take_events(live_client *c)
{
    troth_event ev;
    while (troth_endpoint_event(c->e, &ev)) {
        if (ev.kind == TROTH_EV_JOB) {
            troth_job_run(ev.job);
            troth_endpoint_stepped(c->e, ev.job, 0);
        } else if (ev.kind == TROTH_EV_ESTABLISHED) {
            c->established = true;
        } else if (ev.kind == TROTH_EV_DATA) {
            for (size_t i = 0; i < ev.data.len; i++)
                c->wrong = c->wrong || ev.data.data[i] != octet(c->got + i);
            c->got += ev.data.len;
        } else if (ev.kind == TROTH_EV_END) {
            c->end = true;
        } else if (ev.kind == TROTH_EV_CLOSED) {
            c->closed = true;
            c->error = ev.error;
        }
    }
}

bool live_open(const live *v, live_client *c)
{
    troth_nns_options o = v->world.client;
    *c = (live_client){ .v = v, .fd = live_dial(v) };
    if (c->fd >= 0 && troth_nns_client_new(&o, 0, &c->e) == TROTH_OK) {
        take_events(c);
        return true;
    }
    live_close(c);
    return false;
}

static bool send_out(live_client *c, bool *ret_more)
{
    troth_bytes out;
    *ret_more = false;
    while (troth_endpoint_out(c->e, &out, NULL) == TROTH_OK) {
        ssize_t n = send(c->fd, out.data, out.len, MSG_NOSIGNAL);
        if (n < 0) {
            *ret_more = errno == EAGAIN;
            return errno == EAGAIN;
        }
        troth_endpoint_sent(c->e, (size_t)n);
        take_events(c);
    }
    return true;
}

bool live_turn(live_client *c, int ms)
{
    uint8_t in[65536];
    bool more;
    if (!send_out(c, &more))
        return false;
    struct pollfd p = { .fd = c->fd, .events = (short)(POLLIN | (more ? POLLOUT : 0)) };
    if (poll(&p, 1, ms) <= 0 || !(p.revents & ~POLLOUT))
        return !c->closed;
    ssize_t n = recv(c->fd, in, sizeof in, 0);
    if (n < 0)
        return errno == EAGAIN;
    if (!n) {
        troth_endpoint_feed_end(c->e, 0);
        take_events(c);
        return false;
    }
    for (size_t at = 0; at < (size_t)n && !c->closed;) {
        size_t used = 0;
        if (troth_endpoint_feed(c->e, in + at, (size_t)n - at, NULL, 0, &used))
            used = (size_t)n - at;
        take_events(c);
        at += used;
    }
    return !c->closed;
}

bool live_shake(live_client *c, unsigned ms)
{
    bool more;
    for (uint64_t until = live_ms() + ms; !c->established && live_ms() < until;)
        if (!live_turn(c, 20))
            return false;
    return c->established && send_out(c, &more);
}

size_t live_say(live_client *c, size_t n)
{
    uint8_t part[32768];
    size_t done = 0;
    while (done < n) {
        size_t used = 0, len = n - done < sizeof part ? n - done : sizeof part;
        for (size_t i = 0; i < len; i++)
            part[i] = octet(c->said + i);
        troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { part, len } };
        troth_status st = troth_endpoint_submit(c->e, &order, 0, &used);
        c->said += used;
        done += used;
        if (st)
            break;
    }
    return done;
}

bool live_echo(live_client *c, size_t n, unsigned ms)
{
    size_t left = n - live_say(c, n);
    for (uint64_t until = live_ms() + ms; (left || c->got < c->said) && live_ms() < until;) {
        if (!live_turn(c, 20))
            return false;
        left -= live_say(c, left);
    }
    return !left && c->got == c->said && !c->wrong;
}

void live_close(live_client *c)
{
    if (c->e)
        troth_endpoint_free(c->e);
    if (c->fd >= 0)
        close(c->fd);
    c->e = NULL;
    c->fd = -1;
}

void live_reset(live_client *c)
{
    const struct linger now = { 1, 0 };
    if (c->fd >= 0)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    live_close(c);
}

bool live_raw(int fd, const void *p, size_t n)
{
    const uint8_t *at = p;
    while (n) {
        struct pollfd w = { .fd = fd, .events = POLLOUT };
        if (poll(&w, 1, 5000) != 1)
            return false;
        ssize_t done = send(fd, at, n, MSG_NOSIGNAL);
        if (done < 0 && errno != EAGAIN)
            return false;
        at += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

bool live_gone(int fd, unsigned ms)
{
    uint8_t sink[4096];
    uint64_t until = live_ms() + ms;
    for (;;) {
        uint64_t t = live_ms();
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (t >= until || poll(&p, 1, (int)(until - t)) != 1)
            return false;
        ssize_t n = recv(fd, sink, sizeof sink, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return true;
    }
}
