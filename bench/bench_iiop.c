/*
 * CSIv2 over GIOP, both gateways' endpoints in one process without sockets: calls with evidence in each, calls in a
 * context, calls without security; many contexts on a connection; memory; what the hash of a password costs.
 *
 *     bench_iiop [ROUNDS [MILLISECONDS [gateways|many|hashes]]]          all of them, or one and the memory
 *
 * Prints JSON: of each figure both ways in turn, round by round, and the ratio.
 */
#include <fcntl.h>
#include <rpc_bench.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <troth/gssup.h>
#include <troth/iiop.h>
#include <unistd.h>

enum { DEPTH = 16, MESSAGE = 512, MOST_CONTEXTS = 100000, IDLE = 1000, NONE = -1, CALLBACK = 0 };

static const char user[] = "alice", password[] = "s3cret";

/* ---- messages of GIOP 1.2, little-endian ---- */

typedef struct message {
    uint8_t at[MESSAGE];
    size_t n;
} message;

static void put_u32(message *m, uint32_t v)
{
    m->n += (4 - m->n % 4) % 4;
    for (int i = 0; i < 4; i++)
        m->at[m->n++] = (uint8_t)(v >> 8 * i);
}

static void put_octets(message *m, const void *p, size_t n)
{
    put_u32(m, (uint32_t)n);
    memcpy(m->at + m->n, p, n);
    m->n += n;
}

static void begin(message *m, uint8_t type)
{
    static const uint8_t head[] = { 'G', 'I', 'O', 'P', 1, 2, 1 };
    *m = (message){ .n = 12 };
    memcpy(m->at, head, sizeof head);
    m->at[7] = type;
}

/* With a body of 8 octets. */
static void finish(message *m)
{
    m->n += (8 - m->n % 8) % 8 + 8;
    for (int i = 0; i < 4; i++)
        m->at[8 + i] = (uint8_t)((m->n - 12) >> 8 * i);
}

static void request(message *m, uint32_t id, troth_bytes element)
{
    begin(m, 0);
    put_u32(m, id);
    put_u32(m, 3); /* response_flags: the target's answer */
    put_u32(m, 0); /* an object's key */
    put_octets(m, "key", 3);
    put_octets(m, "operation", 10);
    put_u32(m, element.len > 0);
    if (element.len) {
        put_u32(m, 15);
        put_octets(m, element.data, element.len);
    }
    finish(m);
}

static void reply(message *m, uint32_t id)
{
    begin(m, 1);
    put_u32(m, id);
    put_u32(m, 0);
    put_u32(m, 0);
    finish(m);
}

/* EstablishContext of alice for the realm "default"; MessageInContext. The id is at 8. */
static uint8_t establish[] = { 1,   0,   0,    0,    0, 0,   0,   0,   1,   0,   0,   0,   0,    0,    0,   0,    0,
                               0,   0,   0,    0,    0, 0,   0,   1,   0,   0,   0,   65,  0,    0,    0,   0x60, 0x3f,
                               6,   6,   0x67, 0x81, 2, 1,   1,   1,   1,   0,   0,   0,   5,    0,    0,   0,    'a',
                               'l', 'i', 'c',  'e',  0, 0,   0,   6,   0,   0,   0,   's', '3',  'c',  'r', 'e',  't',
                               0,   0,   23,   0,    0, 0,   4,   1,   0,   8,   6,   6,   0x67, 0x81, 2,   1,    1,
                               1,   0,   0,    0,    7, 'd', 'e', 'f', 'a', 'u', 'l', 't' };
static uint8_t in_context[17] = { 1, 0, 5 };

static troth_bytes element(uint8_t *of, size_t n, uint64_t id)
{
    for (int i = 0; i < 8; i++)
        of[8 + i] = (uint8_t)(id >> 8 * i);
    return (troth_bytes){ of, n };
}

/* ---- who is who ---- */

static troth_status check(void *self, const char *name, troth_bytes secret)
{
    (void)self;
    return !strcmp(name, user) && secret.len == 6 && !memcmp(secret.data, password, 6) ? TROTH_OK : TROTH_DENIED;
}

static troth_cred *acquire(troth_cred_use use, const troth_cred_source *s)
{
    troth_cred *cred;
    troth_job *job;
    if (troth_cred_new(troth_env_posix(), troth_mechs_csi(), use, s, 1, &cred) || troth_cred_job(cred, 0, &job))
        bench_die("credential", 0, 0);
    troth_job_run(job);
    troth_job_free(job);
    troth_status st = troth_cred_ready(cred, NULL);
    if (st)
        bench_die("credential", st, 0);
    return cred;
}

/* A file of one user, hashed at a cost. */
static troth_cred *stored(unsigned cost)
{
    char path[] = "/tmp/bench-iiop.XXXXXX";
    troth_block text;
    troth_gssup_edit edit;
    const troth_bytes secret = { (const uint8_t *)password, sizeof password - 1 }, empty = { NULL, 0 };
    int fd = mkstemp(path);
    troth_status st = troth_gssup_store_edit(troth_env_posix(), empty, user, secret, cost, &text, &edit);
    if (fd < 0 || st || write(fd, text.data, text.len) != (ssize_t)text.len || close(fd))
        bench_die("store", st, cost);
    troth_env_posix()->release(troth_env_posix()->self, text.data, text.len);
    troth_cred *cred =
        acquire(TROTH_USE_ACCEPT, &(troth_cred_source){ .mech = "gssup", .kind = TROTH_CRED_HASH_FILE, .path = path });
    (void)unlink(path);
    return cred;
}

/* ---- connections ---- */

/* client NULL: the bench itself is the client. */
typedef struct line {
    troth_cred *accept, *initiate;
    troth_sas_target *target;
    troth_endpoint *client, *server;
    uint32_t id;
    uint64_t replies, contexts;
} line;

static troth_status nobody_too(void *self, const troth_identity *caller, troth_flags flags)
{
    (void)self, (void)caller, (void)flags;
    return TROTH_OK;
}

/* cost: NONE = without security, CALLBACK = the password is asked of a callback, else as stored. */
static void open_target(line *l, int cost, uint32_t contexts, const troth_env *env)
{
    *l = (line){ 0 };
    if (cost != NONE)
        l->accept = cost ? stored((unsigned)cost)
                         : acquire(TROTH_USE_ACCEPT,
                                   &(troth_cred_source){ .mech = "gssup", .kind = TROTH_CRED_CHECK, .check = check });
    const troth_sas_target_options o = { .env = env,
                                         .cred = l->accept,
                                         .required = cost == NONE ? 0 : TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT,
                                         .stateful = true,
                                         .clear_password = true,
                                         .contexts = contexts,
                                         .contexts_total = contexts,
                                         .rules = { .allows = cost == NONE ? nobody_too : NULL } };
    const troth_iiop_options io = { .env = env };
    const troth_transport transport = { .peer = "bench" };
    if (troth_sas_target_new(&o, &l->target) || troth_iiop_target_new(l->target, &io, &transport, 1, &l->server))
        bench_die("target", 0, 0);
}

static void open_both(line *l, int cost, bool stateful, const troth_env *env)
{
    open_target(l, cost, 16, env);
    const troth_transport transport = { .peer = "bench" };
    if (cost != NONE)
        l->initiate = acquire(TROTH_USE_INITIATE, &(troth_cred_source){ .mech = "gssup",
                                                                        .kind = TROTH_CRED_PASSWORD,
                                                                        .principal = user,
                                                                        .secret = { (const uint8_t *)password, 6 } });
    const troth_sas_client_options c = { .env = env,
                                         .cred = l->initiate,
                                         .unlisted = cost != NONE,
                                         .clear_password = true,
                                         .stateful = stateful,
                                         .realm = "default",
                                         .transport = &transport };
    const troth_iiop_options io = { .env = env };
    if (troth_iiop_client_new(&c, &io, 1, &l->client))
        bench_die("client", 0, 0);
}

static void end(line *l)
{
    if (l->client)
        troth_endpoint_free(l->client);
    troth_endpoint_free(l->server);
    troth_sas_target_free(l->target);
    troth_cred_unref(l->accept);
    troth_cred_unref(l->initiate);
}

/* A reply's status is at 16, and so are those of both ORBs' ends. */
static void count(line *l, troth_bytes octets)
{
    for (size_t at = 0; at < octets.len; l->replies++) {
        const uint8_t *p = octets.data + at;
        if (p[7] != 1 || p[16])
            bench_die("a call failed", p[7], p[16]);
        at += 12 + (size_t)p[8] + (size_t)p[9] * 256;
    }
}

static void order(troth_endpoint *e, const message *m)
{
    const troth_order_msg o = { .kind = TROTH_ORDER_DATA, .data = { m->at, m->n } };
    size_t used;
    troth_status st = troth_endpoint_submit(e, &o, 1, &used);
    if (st || used != m->n)
        bench_die("an order", st, used);
}

static bool take_all(line *l, troth_endpoint *e)
{
    troth_event ev;
    message m;
    bool any = false;
    for (; troth_endpoint_event(e, &ev); any = true) {
        if (ev.kind == TROTH_EV_JOB) {
            troth_job_run(ev.job);
            troth_endpoint_stepped(e, ev.job, 1);
        } else if (ev.kind == TROTH_EV_CALL) {
            reply(&m, (uint32_t)ev.id);
            order(e, &m);
        } else if (ev.kind == TROTH_EV_DATA) {
            count(l, ev.data);
        } else if (ev.kind != TROTH_EV_ESTABLISHED) {
            bench_die(ev.error.where ? ev.error.where : "an event", ev.kind, ev.error.code);
        }
    }
    return any;
}

static void feed(line *l, troth_endpoint *to, uint8_t *p, size_t n)
{
    for (size_t at = 0, used; at < n; at += used) {
        troth_status st = troth_endpoint_feed(to, p + at, n - at, NULL, 1, &used);
        if (st || (!take_all(l, to) && !used))
            bench_die("octets left over", st, n - at);
    }
}

/* As from a socket: what is there, up to what a reader's buffer holds. */
static bool move(line *l, troth_endpoint *from, troth_endpoint *to)
{
    static uint8_t buffer[65536];
    troth_bytes b;
    if (troth_endpoint_out(from, &b, NULL))
        return false;
    size_t n = b.len < sizeof buffer ? b.len : sizeof buffer;
    if (!to)
        count(l, b);
    else
        memcpy(buffer, b.data, n);
    troth_endpoint_sent(from, to ? n : b.len);
    if (to)
        feed(l, to, buffer, n);
    return true;
}

static void settle(line *l)
{
    bool more = true;
    while (more) {
        more = l->client && take_all(l, l->client);
        more |= l->client && move(l, l->client, l->server);
        more |= take_all(l, l->server);
        more |= move(l, l->server, l->client);
    }
}

/* n calls in flight together. Through both gateways, or with an element of ours to the target alone. */
static void call(line *l, unsigned n, troth_bytes with)
{
    uint64_t before = l->replies;
    message m;
    for (unsigned i = 0; i < n; i++) {
        request(&m, ++l->id, with);
        if (l->client)
            order(l->client, &m);
        else
            feed(l, l->server, m.at, m.n);
    }
    settle(l);
    if (l->replies != before + n)
        bench_die("a call has no reply", l->replies, before);
}

static void more_contexts(line *l, uint64_t n)
{
    while (l->contexts < n)
        call(l, 1, element(establish, sizeof establish, ++l->contexts));
}

/* ---- figures ---- */

/* contexts 0: through both gateways; else the target's, of which `used` are used in an order of chance. */
typedef struct tour {
    line *l;
    unsigned depth;
    uint64_t contexts, used, at;
    bool establishes, hashes; /* in each call */
} tour;

static double run(void *self, double seconds)
{
    tour *t = self;
    double until = bench_now() + seconds, calls = 0;
    while (bench_now() < until) {
        for (int i = 0; i < (t->hashes ? 1 : 8); i++, calls += t->depth) {
            troth_bytes with = { NULL, 0 };
            t->at = t->at * 6364136223846793005u + 1442695040888963407u;
            if (t->establishes)
                with = element(establish, sizeof establish, 0);
            else if (t->contexts)
                with = element(in_context, sizeof in_context, 1 + (t->at >> 33) % t->used);
            call(t->l, t->depth, with);
        }
    }
    return calls;
}

static void compare(const char *what, const char *a_name, tour *a, const char *b_name, tour *b, int rounds,
                    double seconds)
{
    const bench_side sides[2] = { { a_name, run, a }, { b_name, run, b } };
    bench_compare(what, &sides[0], &sides[1], rounds, seconds);
    printf(",\n");
}

static void gateways(int rounds, double seconds)
{
    static const struct {
        const char *name;
        int cost;
        bool stateful;
    } of[] = { { "in a context", CALLBACK, true },
               { "evidence in each, no hash", CALLBACK, false },
               { "evidence in each, hashed at 10", 10, false } };
    line none, one, context;
    open_both(&none, NONE, false, troth_env_posix());
    open_both(&context, 10, true, troth_env_posix());
    for (unsigned depth = 1; depth <= DEPTH; depth *= DEPTH) {
        char name[96];
        tour bare = { .l = &none, .depth = depth }, reused = { .l = &context, .depth = depth };
        for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
            open_both(&one, of[i].cost, of[i].stateful, troth_env_posix());
            tour t = { .l = &one, .depth = depth, .hashes = of[i].cost && !of[i].stateful };
            snprintf(name, sizeof name, "both gateways, %u in flight, %s", depth, of[i].name);
            compare(name, "this", &t, "without security", &bare, rounds, seconds);
            snprintf(name, sizeof name, "both gateways, %u in flight, in a context beside: %s", depth, of[i].name);
            if (!of[i].stateful)
                compare(name, "in a context", &reused, "evidence in each", &t, rounds, seconds);
            end(&one);
        }
    }
    end(&none);
    end(&context);
}

static void many(int rounds, double seconds)
{
    static const uint64_t sizes[] = { 1000, MOST_CONTEXTS };
    line few, lots, bare;
    open_target(&few, CALLBACK, 10, troth_env_posix());
    open_target(&bare, NONE, 10, troth_env_posix());
    more_contexts(&few, 10);
    tour ten = { .l = &few, .depth = 1, .contexts = 10, .used = 10 }, none = { .l = &bare, .depth = 1 };
    for (size_t i = 0; i < 2; i++) {
        char name[96];
        open_target(&lots, CALLBACK, (uint32_t)sizes[i], troth_env_posix());
        more_contexts(&lots, sizes[i]);
        tour all = { .l = &lots, .depth = 1, .contexts = sizes[i], .used = sizes[i] }, ten_of = all;
        ten_of.used = 10;
        snprintf(name, sizeof name, "target, 10 used of %lu contexts", (unsigned long)sizes[i]);
        compare(name, "this", &ten_of, "10 contexts", &ten, rounds, seconds);
        snprintf(name, sizeof name, "target, all used of %lu contexts", (unsigned long)sizes[i]);
        compare(name, "this", &all, "10 contexts", &ten, rounds, seconds);
        end(&lots);
    }
    compare("target, in one of 10 contexts", "this", &ten, "without security", &none, rounds, seconds);
    end(&few);
    end(&bare);
}

static void hashes(int rounds, double seconds)
{
    for (int cost = 10; cost <= 16; cost += cost == 10 ? 4 : 1) {
        char name[96];
        line l;
        open_target(&l, cost, 10, troth_env_posix());
        more_contexts(&l, 1);
        tour e = { .l = &l, .depth = 1, .establishes = true, .hashes = true },
             c = { .l = &l, .depth = 1, .contexts = 1, .used = 1 };
        snprintf(name, sizeof name, "target, hash at %d", cost);
        compare(name, "in a context", &c, "EstablishContext", &e, cost < 14 || rounds < 3 ? rounds : 3, seconds / 8);
        end(&l);
    }
}

/* What both gateways' endpoints ask for, for a call in the context that they have. */
static double asked_by_both(void)
{
    static bench_meter m;
    bench_meter_init(&m);
    line l;
    open_both(&l, CALLBACK, true, &m.env);
    for (int i = 0; i < 64; i++) /* the context is made, buffers have grown */
        call(&l, 1, (troth_bytes){ NULL, 0 });
    size_t before = m.allocations;
    for (int i = 0; i < 64; i++)
        call(&l, 1, (troth_bytes){ NULL, 0 });
    double each = (double)(m.allocations - before) / 64;
    end(&l);
    return each;
}

static void memory(void)
{
    static bench_meter m;
    bench_meter_init(&m);
    line l, idle[IDLE];
    open_target(&l, CALLBACK, MOST_CONTEXTS, &m.env);
    more_contexts(&l, 1);
    size_t before = m.held, asked;
    more_contexts(&l, MOST_CONTEXTS);
    double each = (double)(m.held - before) / (MOST_CONTEXTS - 1);
    call(&l, 1, element(in_context, sizeof in_context, 5));
    asked = m.allocations;
    for (int i = 0; i < 64; i++)
        call(&l, 1, element(in_context, sizeof in_context, 5));
    double in = (double)(m.allocations - asked) / 64;
    asked = m.allocations;
    for (int i = 0; i < 64; i++)
        call(&l, 1, element(establish, sizeof establish, 0));
    double new = (double)(m.allocations - asked) / 64;
    end(&l);
    before = m.held;
    for (int i = 0; i < IDLE; i++) {
        open_target(&idle[i], CALLBACK, 10, &m.env);
        more_contexts(&idle[i], 1);
        troth_endpoint_expire(idle[i].server, 60001);
    }
    double rest = (double)(m.held - before) / IDLE;
    for (int i = 0; i < IDLE; i++)
        end(&idle[i]);
    printf("    \"memory\": { \"context\": %.0f, \"idle connection with one\": %.0f },\n", each, rest);
    printf("    \"allocations per call\": { \"in a context\": %.2f, \"EstablishContext\": %.2f, \"both gateways\": "
           "%.2f }\n",
           in, new, asked_by_both());
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 9;
    double seconds = (argc > 2 ? atof(argv[2]) : 200) / 1e3;
    if (rounds < 1 || rounds > BENCH_ROUNDS_MAX || seconds <= 0) {
        fprintf(stderr, "usage: bench_iiop [ROUNDS 1..%d [MILLISECONDS]]\n", BENCH_ROUNDS_MAX);
        return 2;
    }
    printf("{\n  \"rounds\": %d,\n  \"figures\": {\n", rounds);
    const char *only = argc > 3 ? argv[3] : NULL;
    if (!only || !strcmp(only, "gateways"))
        gateways(rounds, seconds);
    if (!only || !strcmp(only, "many"))
        many(rounds, seconds);
    if (!only || !strcmp(only, "hashes"))
        hashes(rounds, seconds);
    memory();
    printf("  }\n}\n");
    return 0;
}
