/* troth bench HOST:PORT --only memory: many streams held idle, all of which must still work afterwards. */
#include <cli/bench.h>
#include <troth/host.h>

enum { MESSAGE_MAX = 65536 };

typedef enum stage { OPENING, HOLDING, AGAIN } stage;

/*
 * started, open, back  streams begun; with a first message echoed; with the message of this stage echoed
 * clock                one stream more, whose idle deadline tells when the others were held long enough
 */
typedef struct streams {
    const troth_bench *b;
    troth_bench_figures *f;
    troth_host *host;
    troth_bytes message;
    stage stage;
    size_t started, back;
    troth_conn **conns, *clock;
    double from;
    double resident, peer_resident; /* before the first stream */
    troth_error error;
} streams;

static void fail(streams *s, troth_status code, const char *where)
{
    if (!s->error.code)
        s->error = (troth_error){ .code = code, .where = where };
    troth_host_drain(s->host, 0);
}

static void start(streams *s, troth_conn **ret);

static troth_status on_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                            uint64_t now, troth_endpoint **ret)
{
    const streams *s = self;
    troth_nns_options o = { .env = env,
                            .cred = s->b->client,
                            .mech = s->b->mech,
                            .target = s->b->spn,
                            .level = s->b->level,
                            .impersonation = TROTH_IDENTIFY,
                            .idle_ms = c == s->clock ? s->b->hold_ms : 0,
                            .transport = transport };
    return troth_cli_wire_new(s->b->wire, TROTH_INITIATOR, &o, NULL, now, ret);
}

static void say(streams *s, troth_conn *c)
{
    size_t used = 0;
    troth_status st = troth_conn_send(c, s->message, &used);
    if (st || used < s->message.len)
        fail(s, st ? st : TROTH_LIMIT, "bench: a message was not taken");
}

static double lap(streams *s)
{
    double now = troth_bench_clock(), took = now - s->from;
    s->from = now;
    return took;
}

/* What idle streams cost, when buffers have been given back. */
static void weigh(streams *s)
{
    double n = (double)s->b->idle, held = 0;
    for (size_t i = 0; i < s->b->idle; i++)
        held += (double)troth_conn_count(s->conns[i]).held;
    s->f->memory_client = held / n;
    s->f->memory_process = (troth_bench_resident(0) - s->resident) / n;
    if (s->b->peer_pid)
        s->f->memory_peer = (troth_bench_resident(s->b->peer_pid) - s->peer_resident) / n;
}

/* A message is back on one stream; on the last one, the next stage begins. */
static void came_back(streams *s)
{
    if (s->stage == OPENING && s->started < s->b->idle)
        start(s, &s->conns[s->started]);
    if (++s->back < s->b->idle)
        return;
    s->back = 0;
    if (s->stage == OPENING) {
        s->f->open_s = lap(s);
        s->stage = HOLDING;
        start(s, &s->clock);
    } else {
        s->f->again_s = lap(s);
        s->f->idle_streams = s->b->idle;
        troth_host_drain(s->host, 0);
    }
}

static void held_long_enough(streams *s)
{
    s->f->idle_s = lap(s);
    weigh(s);
    s->stage = AGAIN;
    for (size_t i = 0; i < s->b->idle && !s->error.code; i++)
        say(s, s->conns[i]);
}

static void on_event(void *self, troth_conn *c, const troth_event *ev)
{
    streams *s = self;
    if (troth_host_draining(s->host))
        return;
    if (ev->kind == TROTH_EV_ESTABLISHED && c != s->clock) {
        troth_bench_note(s->f, &ev->facts, ev->level);
        say(s, c);
    } else if (ev->kind == TROTH_EV_DATA) {
        if (troth_conn_count(c).data_in % s->message.len == 0)
            came_back(s);
    } else if (ev->kind == TROTH_EV_CLOSED && c == s->clock && ev->error.code == TROTH_TIMEOUT) {
        held_long_enough(s);
    } else if (ev->kind == TROTH_EV_CLOSED && s->stage == OPENING && ev->error.code) {
        s->error = ev->error;
        troth_host_drain(s->host, 0);
    } else if (ev->kind == TROTH_EV_CLOSED) {
        fail(s, TROTH_CLOSED, "bench: a stream ended before its time");
    }
}

static void on_gone(void *self, troth_conn *c)
{
    (void)self, (void)c;
}

static void on_failed(void *self, troth_conn *c, const troth_host_error *err)
{
    (void)c;
    fail(self, err->code, err->what);
}

static void start(streams *s, troth_conn **ret)
{
    static const troth_conn_handler handler = { on_open, on_event, NULL, on_gone, on_failed };
    troth_status st = troth_conn_connect(troth_host_loop(s->host, 0), s->b->address, 0, &handler, s, NULL, ret);
    if (st)
        fail(s, st, "address");
    s->started++;
}

static troth_status run(streams *s)
{
    const troth_host_options o = { .env = troth_env_posix(), .threads = 2 };
    troth_status st = troth_host_new(&o, &s->host);
    if (st)
        return st;
    s->from = troth_bench_clock();
    s->resident = troth_bench_resident(0);
    s->peer_resident = s->b->peer_pid ? troth_bench_resident(s->b->peer_pid) : 0;
    while (s->started < s->b->idle && s->started < s->b->conns && !s->error.code)
        start(s, &s->conns[s->started]);
    st = troth_host_run(s->host);
    troth_host_free(s->host);
    return s->error.code ? s->error.code : st == TROTH_TIMEOUT ? TROTH_OK : st; /* we cut the streams ourselves */
}

troth_status troth_bench_streams(const troth_bench *b, troth_bytes message, troth_bench_figures *f,
                                 troth_error *ret_err)
{
    const troth_env *env = troth_env_posix();
    streams s = { .b = b, .f = f, .message = message };
    if (s.message.len > MESSAGE_MAX)
        s.message.len = MESSAGE_MAX;
    s.conns = env->alloc(env->self, b->idle * sizeof(troth_conn *));
    troth_status st = s.conns ? run(&s) : TROTH_NO_MEMORY;
    if (st)
        *ret_err = s.error.code ? s.error : (troth_error){ .code = st, .where = "host" };
    if (s.conns)
        env->release(env->self, s.conns, b->idle * sizeof(troth_conn *));
    return st;
}
