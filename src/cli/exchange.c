/* One envelope there and back over a net.tcp connection. */
#include <cli/envelope.h>
#include <cli/exchange.h>
#include <cli/exit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* All of standard input behind room for the record's head, so that both leave as one. */
typedef struct exchange {
    troth_cli_connect_run *r;
    uint8_t *room;
    size_t room_len, at, end; /* the record lies in room[at..end) */
    troth_cli_answer answer;
    troth_connect_result result;
    bool established;
} exchange;

enum { END_RECORD = 0x07, SIZED_ENVELOPE = 0x06, HEAD = 1 + TROTH_CLI_SIZE_MAX };

static bool read_input(exchange *x)
{
    size_t n = 0, room = TROTH_CLI_ENVELOPE_MAX + 1;
    ssize_t got = 0;
    while (n < room && ((got = read(0, x->room + HEAD + n, room - n)) > 0 || (got < 0 && errno == EINTR)))
        n += got > 0 ? (size_t)got : 0;
    if (got < 0) {
        fprintf(stderr, "troth connect: standard input: %s\n", strerror(errno));
        return false;
    }
    if (n == 0 || n > TROTH_CLI_ENVELOPE_MAX) {
        fprintf(stderr, "troth connect: --envelope: standard input %s\n", n ? "is longer than 16 MiB" : "is empty");
        return false;
    }
    uint8_t head[HEAD];
    size_t len = troth_cli_envelope_head(head, SIZED_ENVELOPE, (uint32_t)n);
    x->at = HEAD - len;
    x->end = HEAD + n;
    memcpy(x->room + x->at, head, len);
    return true;
}

static void send_more(exchange *x, troth_conn *c)
{
    while (x->at < x->end) {
        size_t used = 0;
        troth_status st = troth_conn_send(c, (troth_bytes){ x->room + x->at, x->end - x->at }, &used);
        x->at += used;
        if (st) /* TROTH_AGAIN: ready comes; anything else: the end comes */
            return;
    }
}

static bool write_out(troth_bytes b)
{
    while (b.len) {
        ssize_t n = write(1, b.data, b.len);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            b.data += n, b.len -= (size_t)n;
    }
    return true;
}

/* We have what we came for: say so in the records' own way, then end. */
static void finish(troth_conn *c)
{
    static const uint8_t end = END_RECORD;
    size_t used;
    if (troth_conn_send(c, (troth_bytes){ &end, 1 }, &used) == TROTH_OK)
        troth_conn_end(c);
    else
        troth_conn_close(c, TROTH_CLOSED);
}

static void take_data(exchange *x, troth_conn *c, troth_bytes data)
{
    while (data.len && x->answer.part != TROTH_ANSWER_DONE) {
        troth_bytes content;
        size_t used;
        troth_status st = troth_cli_answer_take(&x->answer, data, &content, &used);
        if (!st && !write_out(content))
            st = TROTH_IO;
        if (st) {
            if (st == TROTH_PEER_REFUSED)
                fprintf(stderr, "troth connect: the peer answered with a fault: %s\n", x->answer.fault);
            x->result.error = (troth_error){ .code = st, .where = "MC-NMF 2.2.3" };
            troth_conn_close(c, TROTH_CLOSED);
            return;
        }
        data.data += used, data.len -= used;
        if (x->answer.part == TROTH_ANSWER_DONE)
            finish(c);
    }
}

static troth_status on_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                            uint64_t now, troth_endpoint **ret)
{
    exchange *x = self;
    x->result.stage = TROTH_STAGE_HANDSHAKE;
    troth_cli_connect_connected(x->r, troth_conn_peer(c), now - troth_conn_count(c).opened);
    return troth_cli_connect_make(x->r, env, transport, now, ret);
}

static void on_event(void *self, troth_conn *c, const troth_event *ev)
{
    exchange *x = self;
    switch (ev->kind) {
    case TROTH_EV_ESTABLISHED:
        x->result.stage = TROTH_STAGE_ESTABLISHED;
        troth_cli_connect_established(x->r, ev, troth_loop_now(troth_conn_loop(c)) - troth_conn_count(c).opened);
        send_more(x, c);
        break;
    case TROTH_EV_DATA:
        take_data(x, c, ev->data);
        break;
    case TROTH_EV_END:
        if (x->answer.part != TROTH_ANSWER_DONE && !x->result.error.code)
            x->result.error = (troth_error){ .code = TROTH_CLOSED, .where = "before the answer was complete" };
        troth_conn_end(c);
        break;
    case TROTH_EV_CLOSED:
        if (!x->result.error.code && x->answer.part != TROTH_ANSWER_DONE)
            x->result.error = ev->error;
        if (!x->result.error.code && x->answer.part != TROTH_ANSWER_DONE)
            x->result.error = (troth_error){ .code = TROTH_CLOSED, .where = "before the answer was complete" };
        break;
    default:
        break;
    }
}

static void on_ready(void *self, troth_conn *c)
{
    exchange *x = self;
    if (x->result.stage == TROTH_STAGE_ESTABLISHED && x->answer.part != TROTH_ANSWER_DONE)
        send_more(x, c);
}

static void on_gone(void *self, troth_conn *c)
{
    (void)self;
    (void)c;
}

static void on_failed(void *self, troth_conn *c, const troth_host_error *err)
{
    (void)c;
    exchange *x = self;
    x->result.stage = TROTH_STAGE_NETWORK;
    x->result.net = *err;
}

static int exchange_over(exchange *x)
{
    static const troth_conn_handler handler = { on_open, on_event, on_ready, on_gone, on_failed };
    troth_host_options ho = { .env = &x->r->verbose.env, .threads = 1 };
    troth_host *h = NULL;
    troth_conn *c = NULL;
    troth_status st = troth_host_new(&ho, &h);
    if (!st)
        st = troth_conn_connect(troth_host_loop(h, 0), x->r->address, x->r->o->connect_ms, &handler, x, NULL, &c);
    if (!st)
        st = troth_host_run(h);
    else
        x->result = (troth_connect_result){ .net = { .code = st, .what = "address" } };
    troth_host_free(h);
    return troth_cli_connect_verdict(x->r, &x->result);
}

int troth_cli_envelope(troth_cli_connect_run *r)
{
    const troth_env *env = &r->verbose.env;
    exchange x = { .r = r, .room_len = HEAD + TROTH_CLI_ENVELOPE_MAX + 1 };
    x.room = env->alloc(env->self, x.room_len);
    if (!x.room)
        return TROTH_EXIT_FAILED;
    int code = read_input(&x) ? exchange_over(&x) : TROTH_EXIT_FAILED;
    explicit_bzero(x.room, x.end > HEAD ? x.end : HEAD);
    env->release(env->self, x.room, x.room_len);
    return code;
}
