/*
 * DCE/RPC with many security contexts on a connection, client and server in one process without sockets: what a context
 * more costs the calls of others, context set-ups, memory, and how much of bare message protection is left.
 *
 *     bench_rpc [ntlm|kerberos] [ROUNDS [MILLISECONDS]]          kerberos in a realm: troth lab run -- bench_rpc kerberos
 *
 * Prints JSON: of each figure both ways in turn, round by round, and the ratio.
 */
#include <malloc.h>
#include <rpc_bare.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MANY = BENCH_CONTEXTS,
    DEPTH = 16,       /* calls in flight                                      */
    SMALL = 64,       /* octets of a stub, both ways                          */
    BULK = 256 << 10, /* octets of a stub, in fragments of 5,840              */
    WINDOW = 100,     /* context set-ups that are compared                    */
    IDLE = 1000       /* connections                                          */
};

/* Calls in turn over connections and their contexts. */
typedef struct tour {
    bench_pair *pairs;
    size_t n_pairs, next;
    uint64_t from, to; /* contexts, of each connection */
    unsigned depth;
    troth_rpc_message m;
    double per_call; /* units */
} tour;

static double run_tour(void *self, double seconds)
{
    tour *t = self;
    const size_t n_contexts = (size_t)(t->to - t->from + 1);
    double end = bench_now() + seconds, calls = 0;
    while (bench_now() < end) {
        for (int i = 0; i < 8; i++, t->next++) {
            bench_pair *p = &t->pairs[t->next / n_contexts % t->n_pairs];
            bench_pair_call(p, t->from + t->next % n_contexts, &t->m, t->depth);
        }
        calls += 8 * t->depth;
    }
    return calls * t->per_call;
}

static tour of_one(bench_pair *p, uint64_t context, unsigned depth)
{
    return (tour){ p, 1, 0, context, context, depth, bench_request(BENCH_ECHO, SMALL), 1 };
}

static void compare(const char *level, const char *what, const char *a_name, tour *a, const char *b_name, tour *b,
                    int rounds, double seconds)
{
    char name[96];
    const bench_side sides[2] = { { a_name, run_tour, a }, { b_name, run_tour, b } };
    snprintf(name, sizeof name, "%s %s", level, what);
    bench_compare(name, &sides[0], &sides[1], rounds, seconds);
    printf(",\n");
}

static bench_pair *connections(bench_realm *r, troth_rpc_level level, size_t n, uint64_t contexts)
{
    bench_pair *p = calloc(n, sizeof *p);
    if (!p)
        bench_die("memory", 0, 0);
    for (size_t i = 0; i < n; i++) {
        bench_pair_open(&p[i], r, level, NULL);
        for (uint64_t k = 0; k < contexts; k++)
            bench_pair_context(&p[i]);
    }
    return p;
}

static void end(bench_pair *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bench_pair_close(&p[i]);
    free(p);
}

/* ---- calls ---- */

static void calls(bench_realm *r, troth_rpc_level level, int rounds, double seconds)
{
    const char *name = troth_rpc_level_name(level);
    bench_pair *one = connections(r, level, 1, 1), *many = connections(r, level, 1, MANY),
               *apart = connections(r, level, MANY, 1);
    for (unsigned depth = 1; depth <= DEPTH; depth += DEPTH - 1) {
        tour a = of_one(many, MANY / 2, depth), b = of_one(one, 1, depth);
        compare(name, depth == 1 ? "calls/s, one context used" : "calls/s, one context used, 16 in flight",
                "beside_1999_others", &a, "alone", &b, rounds, seconds);
    }
    tour a = of_one(many, 1, 1), b = of_one(apart, 1, 1);
    a.to = MANY;
    b.n_pairs = MANY;
    compare(name, "calls/s, 2000 contexts in turn", "on_one_connection", &a, "on_a_connection_each", &b, rounds,
            seconds);
    end(one, 1);
    end(many, 1);
    end(apart, MANY);
}

/* ---- set-ups ---- */

/* The first hundred of a connection and the last hundred of another, in turn. */
static void set_ups(bench_realm *r, troth_rpc_level level, int rounds)
{
    double first[BENCH_ROUNDS_MAX], last[BENCH_ROUNDS_MAX];
    for (int i = 0; i < rounds; i++) {
        double spent[2] = { 0 };
        bench_pair *young = connections(r, level, 1, 1), *old = connections(r, level, 1, MANY - WINDOW);
        for (int k = 0; k < WINDOW; k++) {
            double t0 = bench_now();
            bench_pair_context(young);
            double t1 = bench_now();
            bench_pair_context(old);
            spent[0] += t1 - t0;
            spent[1] += bench_now() - t1;
        }
        first[i] = WINDOW / spent[0];
        last[i] = WINDOW / spent[1];
        end(young, 1);
        end(old, 1);
    }
    bench_print("context set-ups/s", "up_to_the_2000th", last, "from_the_2nd", first, rounds);
    printf(",\n");
}

/* ---- beside bare protection ---- */

static double run_bare(void *self, double seconds)
{
    bare_call *c = self;
    double stop = bench_now() + seconds, units = 0;
    while (bench_now() < stop) {
        for (int i = 0; i < 8; i++)
            c->one(c);
        units += 8;
    }
    return units * c->per_call;
}

static void beside(bench_realm *r, troth_rpc_level level, const bare *b, bool gss, int rounds, double seconds)
{
    const char *reference = gss ? "gss_wrap_iov" : "protection_alone";
    bench_pair *p = connections(r, level, 1, 1);
    tour small = of_one(p, 1, 1), flight = of_one(p, 1, DEPTH), bulk = of_one(p, 1, 1);
    bulk.m = bench_request(BENCH_SINK, BULK);
    bulk.per_call = BULK / 1e6;
    tour *tours[] = { &small, &flight, &bulk };
    const char *const names[] = { "calls/s", "calls/s, 16 in flight", "MB/s" };
    for (int i = 0; i < 3; i++) {
        char name[96];
        bare_call c = bare_of(b, level, gss, tours[i] == &bulk ? BULK : SMALL, tours[i] == &bulk ? 0 : SMALL);
        c.per_call = tours[i]->per_call;
        const bench_side sides[2] = { { "rpc", run_tour, tours[i] }, { reference, run_bare, &c } };
        snprintf(name, sizeof name, "%s %s beside %s", troth_rpc_level_name(level), names[i],
                 gss ? "gss_wrap_iov" : "our protection alone");
        bench_compare(name, &sides[0], &sides[1], rounds, seconds);
        printf(",\n");
    }
    end(p, 1);
}

/* ---- memory ---- */

static size_t heap(void)
{
    return mallinfo2().uordblks;
}

static double each(size_t after, size_t before, size_t n)
{
    return ((double)after - (double)before) / (double)n;
}

/* Octets of one context more, of a mechanism's context by itself, and of a connection; heap: as malloc counts, both ends. */
static void memory(bench_realm *r)
{
    static bench_meter m[2];
    bench_meter_init(&m[0]);
    bench_meter_init(&m[1]);
    bench_pair p;
    size_t before[2], heap_before, alone[2];
    bare_memory(r, alone);
    bench_pair_open(&p, r, TROTH_RPC_LEVEL_PRIVACY, m);
    bench_pair_context(&p);
    before[0] = m[0].held, before[1] = m[1].held, heap_before = heap();
    for (int i = 1; i < MANY; i++)
        bench_pair_context(&p);
    double client = each(m[0].held, before[0], MANY - 1), server = each(m[1].held, before[1], MANY - 1);
    printf(
        "    \"context\": { \"server\": %.0f, \"server_mechanism\": %zu, \"client\": %.0f, \"client_mechanism\": %zu, "
        "\"heap_both\": %.0f },\n",
        server, alone[1], client, alone[0], each(heap(), heap_before, MANY - 1));
    bench_pair_close(&p);
    bench_pair *idle = calloc(IDLE, sizeof *idle);
    size_t start[2] = { m[0].held, m[1].held };
    heap_before = heap();
    for (int i = 0; idle && i < IDLE; i++) {
        const troth_rpc_message call = bench_request(BENCH_ECHO, 1024);
        bench_pair_open(&idle[i], r, TROTH_RPC_LEVEL_PRIVACY, m);
        bench_pair_context(&idle[i]);
        bench_pair_call(&idle[i], 1, &call, 1);
    }
    printf("    \"idle connection\": { \"server\": %.0f, \"client\": %.0f, \"heap_both\": %.0f }\n",
           each(m[1].held, start[1], IDLE), each(m[0].held, start[0], IDLE), each(heap(), heap_before, IDLE));
    end(idle, IDLE);
}

/* What the environment is asked for per call, once everything has its size. */
static void allocations(bench_realm *r)
{
    static const struct {
        const char *name;
        uint16_t opnum;
        unsigned depth;
        size_t stub;
    } of[] = { { "small", BENCH_ECHO, 1, SMALL },
               { "small, 16 in flight", BENCH_ECHO, DEPTH, SMALL },
               { "request in fragments", BENCH_SINK, 1, BULK },
               { "both in fragments", BENCH_ECHO, 1, BULK } };
    enum { CALLS = 64 };
    static bench_meter m[2];
    bench_meter_init(&m[0]);
    bench_meter_init(&m[1]);
    bench_pair p;
    bench_pair_open(&p, r, TROTH_RPC_LEVEL_PRIVACY, m);
    bench_pair_context(&p);
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        const troth_rpc_message call = bench_request(of[i].opnum, of[i].stub);
        bench_pair_call(&p, 1, &call, of[i].depth);
        bench_pair_call(&p, 1, &call, of[i].depth);
        size_t before[2] = { m[0].allocations, m[1].allocations };
        for (int k = 0; k < CALLS; k++)
            bench_pair_call(&p, 1, &call, of[i].depth);
        printf("%s\"%s\": { \"server\": %.2f, \"client\": %.2f }", i ? ", " : "", of[i].name,
               each(m[1].allocations, before[1], CALLS * of[i].depth),
               each(m[0].allocations, before[0], CALLS * of[i].depth));
    }
    bench_pair_close(&p);
}

int main(int argc, char **argv)
{
    bool kerberos = argc > 1 && strcmp(argv[1], "kerberos") == 0;
    int rounds = argc > 2 ? atoi(argv[2]) : 9;
    double seconds = (argc > 3 ? atof(argv[3]) : 200) / 1e3;
    if ((argc > 1 && !kerberos && strcmp(argv[1], "ntlm") != 0) || rounds < 1 || rounds > BENCH_ROUNDS_MAX ||
        seconds <= 0) {
        fprintf(stderr, "usage: bench_rpc [ntlm|kerberos [ROUNDS 1..%d [MILLISECONDS]]]\n", BENCH_ROUNDS_MAX);
        return 2;
    }
    static const troth_rpc_level levels[] = { TROTH_RPC_LEVEL_INTEGRITY, TROTH_RPC_LEVEL_PRIVACY };
    bench_realm r;
    bare b;
    bench_realm_init(&r, kerberos);
    bare_init(&b, &r);
    printf("{\n  \"mech\": \"%s\", \"rounds\": %d, \"contexts\": %d, \"stub\": %d, \"bulk\": %d,\n  \"figures\": {\n",
           kerberos ? "kerberos" : "ntlm", rounds, MANY, SMALL, BULK);
    for (int i = 0; i < 2; i++) {
        calls(&r, levels[i], rounds, seconds);
        beside(&r, levels[i], &b, false, rounds, seconds);
        if (kerberos)
            beside(&r, levels[i], &b, true, rounds, seconds);
    }
    set_ups(&r, TROTH_RPC_LEVEL_PRIVACY, rounds);
    printf("    \"memory\": {\n");
    memory(&r);
    printf("    },\n    \"allocations per call\": { ");
    allocations(&r);
    printf(" }\n  },\n  \"cipher\": \"%s\"\n}\n", r.cipher);
    bare_clear(&b);
    bench_realm_clear(&r);
    return 0;
}
