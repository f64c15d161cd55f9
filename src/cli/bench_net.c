/* troth bench HOST:PORT: a client against any server of the wire; the server must echo for the figures of data. */
#include <cli/bench.h>
#include <troth/host.h>

enum { WINDOW = 1 << 20 };

typedef enum phase_kind { HANDSHAKES, DATA } phase_kind;

/* One measurement over a host of its own. */
typedef struct phase {
    const troth_bench *b;
    troth_bench_figures *f;
    troth_host *host;
    troth_bytes message;
    phase_kind kind;
    size_t streams; /* in flight, or open together */
    size_t open;
    double from, to, length;
    uint64_t count; /* handshakes, or octets that came back */
    troth_error error;
} phase;

static void start(phase *ph);

static void fail(phase *ph, const troth_error *e)
{
    if (!ph->error.code)
        ph->error = *e;
    troth_host_drain(ph->host, 0);
}

static bool over(phase *ph)
{
    ph->to = troth_bench_clock();
    return ph->to - ph->from >= ph->length;
}

static troth_status on_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *transport,
                            uint64_t now, troth_endpoint **ret)
{
    (void)c;
    const phase *ph = self;
    troth_nns_options o = { .env = env,
                            .cred = ph->b->client,
                            .mech = ph->b->mech,
                            .target = ph->b->spn,
                            .level = ph->b->level,
                            .impersonation = TROTH_IDENTIFY,
                            .transport = transport };
    return troth_cli_wire_new(ph->b->wire, TROTH_INITIATOR, &o, NULL, now, ret);
}

/* Keep octets on the way, but not more than the window, counted by what has come back. */
static void fill(phase *ph, troth_conn *c)
{
    troth_conn_counters n = troth_conn_count(c);
    uint64_t away = n.data_out - n.data_in;
    while (away < WINDOW) {
        size_t used = 0;
        troth_status st = troth_conn_send(c, ph->message, &used);
        away += used;
        if (st || used < ph->message.len)
            return;
    }
}

static void established(phase *ph, troth_conn *c, const troth_event *ev)
{
    troth_bench_note(ph->f, &ev->facts, ev->level);
    if (ph->kind == HANDSHAKES) {
        ph->count++;
        troth_conn_close(c, TROTH_CLOSED);
        return;
    }
    if (++ph->open == ph->streams)
        ph->from = troth_bench_clock(); /* what came before all were open is not counted */
    fill(ph, c);
}

static void came_back(phase *ph, troth_conn *c, size_t n)
{
    if (ph->open == ph->streams) {
        ph->count += n;
        if (over(ph)) {
            troth_host_drain(ph->host, 0);
            return;
        }
    }
    fill(ph, c);
}

static void closed(phase *ph, const troth_error *e)
{
    static const troth_error early = { .code = TROTH_CLOSED, .where = "bench: the peer ended the stream" };
    if (e->code && e->code != TROTH_CLOSED)
        fail(ph, e);
    else if (ph->kind != HANDSHAKES)
        fail(ph, &early);
}

static void on_event(void *self, troth_conn *c, const troth_event *ev)
{
    phase *ph = self;
    if (ev->kind == TROTH_EV_ESTABLISHED)
        established(ph, c, ev);
    else if (ev->kind == TROTH_EV_DATA)
        came_back(ph, c, ev->data.len);
    else if (ev->kind == TROTH_EV_CLOSED && !troth_host_draining(ph->host))
        closed(ph, &ev->error);
}

static void on_ready(void *self, troth_conn *c)
{
    const phase *ph = self;
    if (ph->kind == DATA)
        fill(self, c);
}

static void on_gone(void *self, troth_conn *c)
{
    (void)c;
    phase *ph = self;
    if (ph->kind == HANDSHAKES && !ph->error.code && !over(ph))
        start(ph);
}

static void on_failed(void *self, troth_conn *c, const troth_host_error *err)
{
    (void)c;
    phase *ph = self;
    fail(ph, &(troth_error){ .code = err->code, .where = err->what });
}

static void start(phase *ph)
{
    static const troth_conn_handler handler = { on_open, on_event, on_ready, on_gone, on_failed };
    troth_conn *c;
    troth_status st = troth_conn_connect(troth_host_loop(ph->host, 0), ph->b->address, 0, &handler, ph, NULL, &c);
    if (st)
        fail(ph, &(troth_error){ .code = st, .where = "address" });
}

static troth_status run(phase *ph)
{
    troth_host_options o = { .env = troth_env_posix(), .threads = 2 };
    troth_status st = troth_host_new(&o, &ph->host);
    if (st)
        return st;
    ph->from = ph->to = troth_bench_clock();
    ph->length = (double)ph->b->duration_ms / 1e3;
    for (size_t i = 0; i < ph->streams && !ph->error.code; i++)
        start(ph);
    st = troth_host_run(ph->host);
    troth_host_free(ph->host);
    return ph->error.code ? ph->error.code : st == TROTH_TIMEOUT ? TROTH_OK : st; /* we cut the streams ourselves */
}

static troth_status measure(const troth_bench *b, troth_bench_figures *f, phase_kind kind, size_t streams,
                            troth_bytes message, troth_bench_figure *figure, troth_error *ret_err)
{
    phase ph = { .b = b, .f = f, .message = message, .kind = kind, .streams = streams };
    troth_status st = run(&ph);
    if (st)
        *ret_err = ph.error.code ? ph.error : (troth_error){ .code = st, .where = "host" };
    else
        troth_bench_add(figure, (double)ph.count / (kind == DATA ? 1e6 : 1) / (ph.to - ph.from));
    return st;
}

static troth_status all_rounds(const troth_bench *b, troth_bytes message, troth_bench_figures *f, troth_error *ret_err)
{
    troth_status st = TROTH_OK;
    if (b->what & TROTH_BENCH_MEMORY && b->idle)
        st = troth_bench_streams(b, message, f, ret_err);
    for (unsigned i = 0; !st && i < b->rounds; i++) {
        if (b->what & TROTH_BENCH_HANDSHAKES)
            st = measure(b, f, HANDSHAKES, b->conns, message, &f->handshakes, ret_err);
        if (st || !(b->what & TROTH_BENCH_DATA))
            continue;
        st = measure(b, f, DATA, 1, message, &f->one, ret_err);
        if (!st)
            st = measure(b, f, DATA, TROTH_BENCH_STREAMS, message, &f->many, ret_err);
    }
    return st;
}

troth_status troth_bench_network(const troth_bench *b, troth_bench_figures *ret, troth_error *ret_err)
{
    const troth_env *env = troth_env_posix();
    uint8_t *message = env->alloc(env->self, b->size);
    *ret_err = (troth_error){ .code = TROTH_NO_MEMORY, .where = "bench" };
    if (!message)
        return TROTH_NO_MEMORY;
    for (size_t i = 0; i < b->size; i++)
        message[i] = (uint8_t)i;
    troth_status st = all_rounds(b, (troth_bytes){ message, b->size }, ret, ret_err);
    env->release(env->self, message, b->size);
    return st;
}
