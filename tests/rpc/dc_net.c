/* Sockets, one loop, and the notes for tshark.py. */
#include <arpa/inet.h>
#include <dc_net.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_POLL = 256, TICK_MS = 100, FIRST_PORT = 10000 /* below those that systems choose */ };

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool dc_fail(dc_net *n, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!n->reason[0]) /* the first reason is the reason */
        vsnprintf(n->reason, sizeof n->reason, format, args);
    va_end(args);
    return false;
}

bool dc_fail_error(dc_net *n, const char *what, const troth_error *e)
{
    return dc_fail(n, "%s: %s wire 0x%x gss 0x%x/%u at %s", what, troth_status_name(e->code), e->wire, e->gss_major,
                   e->gss_minor, e->where ? e->where : "?");
}

/* ---- connections ---- */

static void note(dc_conn *c, char mark, const uint8_t *octets, size_t len)
{
    fprintf(c->log, "%c ", mark);
    for (size_t i = 0; i < len; i++) {
        fputc("0123456789abcdef"[octets[i] >> 4], c -> log);
        fputc("0123456789abcdef"[octets[i] & 15], c -> log);
    }
    fputc('\n', c->log);
}

/* From a port that no other connection of ours has had: by it a server's log tells who came. */
static dc_conn *dial(dc_net *n, uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) }, us = { .sin_family = AF_INET };
    to.sin_addr.s_addr = us.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    dc_conn *c = calloc(1, sizeof *c);
    if (!c)
        abort();
    c->port = FIRST_PORT + n->n_dialled++;
    us.sin_port = htons((uint16_t)c->port);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || bind(c->fd, (struct sockaddr *)&us, sizeof us) ||
        connect(c->fd, (struct sockaddr *)&to, sizeof to)) {
        dc_fail(n, "no connection from port %u to %u", c->port, port);
        if (c->fd >= 0)
            close(c->fd);
        free(c);
        return NULL;
    }
    c->log = open_memstream(&c->text, &c->text_len);
    if (!c->log)
        abort();
    return c;
}

static void add(dc_net *n, dc_conn *c)
{
    dc_conn **at = &n->conns;
    while (*at)
        at = &(*at)->next;
    *at = c;
}

dc_conn *dc_connect(dc_net *n, uint16_t port, const troth_rpc_co_client_options *o)
{
    dc_conn *c = dial(n, port);
    if (!c)
        return NULL;
    troth_status st = troth_rpc_co_client_new(o, now(), &c->e);
    if (st) {
        dc_fail(n, "no endpoint: %s", troth_status_name(st));
        abort();
    }
    add(n, c);
    return c;
}

/* ---- what comes ---- */

static dc_result *result(dc_result *table, uint64_t id)
{
    if (id >= DC_MAX_IDS)
        abort();
    return &table[id];
}

static void keep_reply(dc_net *n, uint64_t id, const troth_event *ev)
{
    dc_result *r = result(n->calls, id);
    r->there = true;
    r->error = ev->error;
    if (!ev->message)
        return;
    r->message = *ev->message;
    r->copy = malloc(ev->message->stub.len + 1);
    if (!r->copy)
        abort();
    if (ev->message->stub.len)
        memcpy(r->copy, ev->message->stub.data, ev->message->stub.len);
    r->message.stub.data = r->copy;
}

static void keep_context(dc_net *n, const troth_event *ev)
{
    dc_result *r = result(n->contexts, ev->id);
    if (r->there)
        return;
    r->there = true;
    r->error = ev->error;
    if (ev->kind == TROTH_EV_ESTABLISHED)
        r->facts = (troth_facts){
            .outer = ev->facts.outer, .mech = ev->facts.mech, .legs = ev->facts.legs, .attributes = ev->facts.attributes
        };
}

static void take(dc_net *n, dc_conn *c, const troth_event *ev)
{
    c->facts = troth_rpc_co_facts_of(c->e);
    if (ev->kind == TROTH_EV_JOB) {
        troth_job_run(ev->job);
        troth_endpoint_stepped(c->e, ev->job, now());
        return;
    }
    if (ev->kind == TROTH_EV_CLOSED)
        c->closed = true, c->end = ev->error;
    if (n->pool) {
        troth_rpc_client_event(n->pool, c->e, ev, now());
        return;
    }
    if (ev->kind == TROTH_EV_REPLY)
        keep_reply(n, ev->id, ev);
    else if (ev->kind == TROTH_EV_ESTABLISHED || (ev->kind == TROTH_EV_WARNING && ev->id))
        keep_context(n, ev);
}

/* ---- the loop ---- */

static void give_out(dc_conn *c)
{
    troth_bytes out;
    while (troth_endpoint_out(c->e, &out, NULL) == TROTH_OK) {
        ssize_t n = send(c->fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
            return; /* full, or gone: reading will tell */
        note(c, '>', out.data, (size_t)n);
        troth_endpoint_sent(c->e, (size_t)n);
    }
}

static bool has_output(const dc_conn *c)
{
    troth_bytes out;
    return troth_endpoint_out(c->e, &out, NULL) == TROTH_OK;
}

static void offer(dc_conn *c)
{
    size_t used = 0;
    if (troth_endpoint_feed(c->e, c->buf + c->at, c->fill - c->at, NULL, now(), &used))
        used = c->fill - c->at; /* it has failed, and TROTH_EV_CLOSED tells */
    c->at += used;
}

static void receive(dc_conn *c)
{
    ssize_t n = read(c->fd, c->buf, sizeof c->buf);
    if (n <= 0) {
        troth_endpoint_feed_end(c->e, now());
        return;
    }
    note(c, '<', c->buf, (size_t)n);
    c->at = 0, c->fill = (size_t)n;
    offer(c);
}

static void work(dc_net *n, dc_conn *c)
{
    troth_event ev;
    for (bool more = true; more;) {
        size_t before = c->at;
        more = false;
        while (!c->closed && troth_endpoint_event(c->e, &ev)) {
            take(n, c, &ev);
            more = true;
        }
        give_out(c);
        if (!c->closed && c->at < c->fill) {
            offer(c);
            more |= c->at != before;
        }
    }
}

static bool dial_for_pool(dc_net *n)
{
    n->pool_wants = false;
    dc_conn *c = dial(n, n->pool_port);
    if (!c || troth_rpc_client_attach(n->pool, troth_env_posix(), NULL, now(), &c->e))
        return dc_fail(n, "the pool has no connection");
    n->n_pool_conns++;
    add(n, c);
    return true;
}

/* Orders of one connection may give another one output, so all have a turn before anybody sleeps. */
static bool turn(dc_net *n)
{
    struct pollfd fds[MAX_POLL];
    dc_conn *at[MAX_POLL];
    nfds_t k = 0;
    if (n->pool_wants && !dial_for_pool(n))
        return false;
    for (dc_conn *c = n->conns; c; c = c->next) {
        work(n, c);
        if (n->pool && !c->closed)
            troth_rpc_client_ready(n->pool, c->e, now());
    }
    for (dc_conn *c = n->conns; c && k < MAX_POLL; c = c->next) {
        if (c->closed)
            continue;
        fds[k] = (struct pollfd){ .fd = c->fd, .events = (short)(has_output(c) ? POLLOUT : 0) };
        if (c->at == c->fill)
            fds[k].events |= POLLIN;
        at[k++] = c;
    }
    if (n->pool_wants || poll(fds, k, TICK_MS) <= 0)
        k = 0;
    for (nfds_t i = 0; i < k; i++)
        if (fds[i].revents & (POLLIN | POLLHUP | POLLERR) && at[i]->at == at[i]->fill)
            receive(at[i]);
    for (dc_conn *c = n->conns; c; c = c->next) {
        if (!c->closed && troth_endpoint_deadline(c->e) <= now())
            troth_endpoint_expire(c->e, now());
        work(n, c);
    }
    return true;
}

static bool until(dc_net *n, const bool *flag, const bool *or_flag, const char *what)
{
    uint64_t end = now() + DC_SECONDS * 1000;
    while (!*flag && !(or_flag && *or_flag)) {
        if (now() > end)
            return dc_fail(n, "nothing came of %s", what);
        if (!turn(n))
            return false;
    }
    return true;
}

/* ---- what cases ask for ---- */

const dc_result *dc_open(dc_net *n, dc_conn *c, uint64_t id, const troth_rpc_identity *who)
{
    const troth_order_msg o = { .kind = TROTH_ORDER_OPEN, .id = id, .identity = who };
    dc_result *r = result(n->contexts, id);
    size_t used;
    *r = (dc_result){ 0 }; /* another connection of the case may have had this id */
    troth_status st = troth_endpoint_submit(c->e, &o, now(), &used);
    if (st) {
        r->there = true;
        r->error = (troth_error){ .code = st, .where = "submit" };
    } else if (until(n, &r->there, &c->closed, "a context") && !r->there) {
        r->there = true;
        r->error = c->end;
    }
    return r;
}

uint64_t dc_begin(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_message *m)
{
    const troth_order_msg o = { .kind = TROTH_ORDER_CALL, .id = ++n->next_id, .context = context, .message = m };
    dc_result *r = result(n->calls, o.id);
    size_t used;
    troth_status st;
    while ((st = troth_endpoint_submit(c->e, &o, now(), &used)) == TROTH_AGAIN && !c->closed)
        if (!turn(n))
            break;
    if (st) {
        r->there = true;
        r->error = c->closed ? c->end : (troth_error){ .code = st, .where = "submit" };
    }
    return o.id;
}

const dc_result *dc_wait(dc_net *n, uint64_t id)
{
    dc_result *r = result(n->calls, id);
    if (!until(n, &r->there, NULL, "a call"))
        r->error = (troth_error){ .code = TROTH_TIMEOUT, .where = "dc_wait" };
    return r;
}

const dc_result *dc_call(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_message *m)
{
    return dc_wait(n, dc_begin(n, c, context, m));
}

bool dc_ended(dc_net *n, dc_conn *c)
{
    return until(n, &c->closed, NULL, "the end of a connection");
}

/* ---- the pool ---- */

static void on_connect(void *self)
{
    ((dc_net *)self)->pool_wants = true;
}

static void on_reply(void *self, uint64_t id, const troth_event *ev)
{
    keep_reply(self, id, ev);
}

static void on_established(void *self, uint64_t id, const troth_event *ev)
{
    (void)id;
    keep_context(self, ev);
}

bool dc_pool_new(dc_net *n, uint16_t port, const troth_rpc_co_client_options *o)
{
    const troth_rpc_client_options p = { .env = troth_env_posix(),
                                         .connection = *o,
                                         .connect = on_connect,
                                         .reply = on_reply,
                                         .established = on_established,
                                         .self = n };
    n->pool_port = port;
    n->n_pool_conns = 0;
    troth_status st = troth_rpc_client_new(&p, &n->pool);
    return st ? dc_fail(n, "no pool: %s", troth_status_name(st)) : true;
}

uint64_t dc_pool_begin(dc_net *n, uint64_t identity, const troth_rpc_message *m)
{
    troth_status st = troth_rpc_client_call(n->pool, identity, ++n->next_id, m, now());
    if (st)
        dc_fail(n, "the pool refuses a call: %s", troth_status_name(st));
    return st ? 0 : n->next_id;
}

/* ---- the end of a case ---- */

/* One line for the judge, and the octets behind "=" in the capture: in the same order. */
static void write_down(dc_net *n, dc_conn *c)
{
    fclose(c->log);
    fprintf(n->capture, "= %s %u\n%s", n->case_name, n->n_captured, c->text);
    printf("conn %u %s port=%u group=%u frag=%u features=%u header_signing=%d contexts=%u pdus=%llu %s\n",
           n->n_captured++, n->case_name, c->port, c->facts.group, c->facts.max_frag, c->facts.features,
           c->facts.header_signing, c->facts.contexts, (unsigned long long)(c->facts.pdus_in + c->facts.pdus_out),
           n->note);
    free(c->text);
}

static void order_end(dc_net *n)
{
    const troth_order_msg o = { .kind = TROTH_ORDER_END };
    size_t used;
    for (dc_conn *c = n->conns; c; c = c->next) {
        c->facts = c->closed ? c->facts : troth_rpc_co_facts_of(c->e);
        if (!n->pool && !c->closed && troth_endpoint_submit(c->e, &o, now(), &used))
            troth_endpoint_close(c->e, TROTH_CLOSED);
    }
    if (n->pool)
        troth_rpc_client_end(n->pool, now());
}

static void clear(dc_result *table)
{
    for (size_t i = 0; i < DC_MAX_IDS; i++) {
        free(table[i].copy);
        table[i] = (dc_result){ 0 };
    }
}

bool dc_end_all(dc_net *n)
{
    bool good = true;
    order_end(n);
    while (n->conns) {
        dc_conn *c = n->conns;
        troth_rpc_co_facts facts = c->facts;
        bool was_closed = c->closed;
        if (!until(n, &c->closed, NULL, "the end of a connection"))
            good = false;
        else if (!was_closed && c->end.code)
            good = dc_fail_error(n, "a connection's end", &c->end);
        c->facts = facts; /* an ended one has no contexts any more */
        write_down(n, c);
        if (n->pool)
            troth_rpc_client_detach(n->pool, c->e);
        troth_endpoint_free(c->e);
        close(c->fd);
        n->conns = c->next;
        free(c);
    }
    troth_rpc_client_free(n->pool);
    n->pool = NULL;
    n->pool_wants = false;
    n->next_id = 0;
    clear(n->contexts);
    clear(n->calls);
    return good;
}
