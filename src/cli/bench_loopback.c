/* troth bench --loopback: thousands of endpoints in one process, without a socket. */
#include <cli/bench_pair.h>

/* Handshakes one after the other, for a while. */
static troth_status handshakes(troth_pair_bench *pb, troth_bench_figures *f, troth_error *ret_err)
{
    double from = troth_bench_clock(), to = from, length = (double)pb->b->duration_ms / 1e3;
    uint64_t n = 0;
    for (; to - from < length; to = troth_bench_clock(), n++) {
        troth_pair p;
        troth_status st = troth_pair_open(pb, &p, ret_err);
        if (st)
            return st;
        troth_bench_note(f, &p.client.facts, p.client.level);
        troth_pair_close(&p);
    }
    troth_bench_add(&f->handshakes, (double)n / (to - from));
    return TROTH_OK;
}

/* Data over n streams in turn, for a while; sealing and unsealing both happen in this thread. */
static troth_status data(troth_pair_bench *pb, troth_pair *pairs, size_t n, troth_bytes message, troth_bench_figure *f,
                         troth_error *ret_err)
{
    uint64_t before = 0, after = 0;
    for (size_t i = 0; i < n; i++)
        before += pairs[i].server.got;
    double from = troth_bench_clock(), to = from, length = (double)pb->b->duration_ms / 1e3;
    while (to - from < length) {
        for (size_t i = 0; i < n; i++) {
            troth_status st = troth_pair_send(pb, &pairs[i], message, ret_err);
            if (st)
                return st;
        }
        to = troth_bench_clock();
    }
    for (size_t i = 0; i < n; i++)
        after += pairs[i].server.got;
    troth_bench_add(f, (double)(after - before) / 1e6 / (to - from));
    return TROTH_OK;
}

static troth_status open_all(troth_pair_bench *pb, troth_pair *pairs, size_t n, troth_error *ret_err)
{
    for (size_t i = 0; i < n; i++) {
        troth_status st = troth_pair_open(pb, &pairs[i], ret_err);
        if (st)
            return st;
    }
    return TROTH_OK;
}

static void close_all(troth_pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        troth_pair_close(&pairs[i]);
}

/* Let the time pass after which an idle end gives its buffers back. */
static void rest(const troth_pair_end *end)
{
    uint64_t at = troth_endpoint_deadline(end->e);
    if (at != UINT64_MAX)
        troth_endpoint_expire(end->e, at);
}

static troth_status idle(troth_pair_bench *pb, troth_pair *pairs, troth_bytes message, troth_bench_figures *f,
                         troth_error *ret_err)
{
    size_t n = pb->b->idle;
    double resident = troth_bench_resident(0);
    uint64_t client = pb->client_meter.held, server = pb->server_meter.held;
    troth_status st = open_all(pb, pairs, n, ret_err);
    for (size_t i = 0; !st && i < n; i++) /* one message each, then nothing */
        st = troth_pair_send(pb, &pairs[i], message, ret_err);
    for (size_t i = 0; !st && i < n; i++)
        rest(&pairs[i].client), rest(&pairs[i].server);
    if (!st) {
        f->idle_streams = n;
        f->memory_client = (double)(pb->client_meter.held - client) / (double)n;
        f->memory_server = (double)(pb->server_meter.held - server) / (double)n;
        f->memory_process = (troth_bench_resident(0) - resident) / (double)n;
    }
    close_all(pairs, n);
    return st;
}

static troth_status all_rounds(troth_pair_bench *pb, troth_pair *pairs, troth_bytes message, troth_bench_figures *f,
                               troth_error *ret_err)
{
    const troth_bench *b = pb->b;
    troth_status st = TROTH_OK;
    if (b->what & TROTH_BENCH_MEMORY && b->idle) /* first: memory that was used before would not show as new */
        st = idle(pb, pairs, message, f, ret_err);
    for (unsigned i = 0; !st && i < b->rounds; i++) {
        if (b->what & TROTH_BENCH_HANDSHAKES)
            st = handshakes(pb, f, ret_err);
        if (st || !(b->what & TROTH_BENCH_DATA))
            continue;
        st = open_all(pb, pairs, TROTH_BENCH_STREAMS, ret_err);
        if (!st)
            st = data(pb, pairs, 1, message, &f->one, ret_err);
        if (!st)
            st = data(pb, pairs, TROTH_BENCH_STREAMS, message, &f->many, ret_err);
        close_all(pairs, TROTH_BENCH_STREAMS);
    }
    return st;
}

troth_status troth_bench_loopback(const troth_bench *b, troth_bench_figures *ret, troth_error *ret_err)
{
    const troth_env *env = troth_env_posix();
    size_t n = b->idle > TROTH_BENCH_STREAMS ? b->idle : TROTH_BENCH_STREAMS;
    size_t need = sizeof(troth_pair_bench) + n * sizeof(troth_pair) + b->size;
    uint8_t *room = env->alloc(env->self, need);
    *ret_err = (troth_error){ .code = TROTH_NO_MEMORY, .where = "bench" };
    if (!room)
        return TROTH_NO_MEMORY;
    troth_pair_bench *pb = (void *)room;
    troth_pair *pairs = (void *)(room + sizeof *pb);
    uint8_t *message = room + sizeof *pb + n * sizeof *pairs;
    for (size_t i = 0; i < n; i++)
        pairs[i] = (troth_pair){ 0 };
    for (size_t i = 0; i < b->size; i++)
        message[i] = (uint8_t)i;
    pb->b = b;
    troth_pair_meter_init(&pb->client_meter);
    troth_pair_meter_init(&pb->server_meter);
    troth_status st = all_rounds(pb, pairs, (troth_bytes){ message, b->size }, ret, ret_err);
    env->release(env->self, room, need);
    return st;
}
