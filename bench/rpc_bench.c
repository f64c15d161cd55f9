#include <rpc_bench.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { STUB_MAX = 1 << 20, CHUNK = 65536, TURNS = 8 };

_Noreturn void bench_die(const char *what, unsigned long a, unsigned long b)
{
    fprintf(stderr, "bench_rpc: %s (%lu, %lx)\n", what, a, b);
    exit(1);
}

double bench_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- operations ---- */

static void echo(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_rpc_call_reply(c, troth_rpc_call_request(c)->stub);
}

static void sink(void *self, troth_rpc_call *c)
{
    (void)self;
    troth_rpc_call_reply(c, (troth_bytes){ NULL, 0 });
}

static const troth_rpc_handler ops[] = { [BENCH_ECHO] = echo, [BENCH_SINK] = sink };
static const troth_rpc_interface interface = {
    .name = "bench",
    .syntax = { { { 0x5d, 0x0c, 0x6e, 0x9a, 0x31, 0x7b, 0x4f, 0x02, 0x9d, 0x55, 0x1e, 0xa8, 0x77, 0x40, 0xc2, 0x13 } },
                1,
                0 },
    .transfer = TROTH_RPC_NDR,
    .min_level = TROTH_RPC_LEVEL_CONNECT,
    .ops = ops,
    .n_ops = sizeof ops / sizeof *ops
};

troth_rpc_message bench_request(uint16_t opnum, size_t n)
{
    static const uint8_t stub[STUB_MAX] = { 1 };
    return (troth_rpc_message){
        .abstract = interface.syntax, .transfer = TROTH_RPC_NDR, .opnum = opnum, .drep = { 0x10 }, .stub = { stub, n }
    };
}

/* ---- who is who ---- */

/* MS-NLMP 4.2.1, 4.2.2.1.2 */
static const char password[] = "Password";
static const uint8_t nt_hash[16] = { 0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca,
                                     0xb6, 0x82, 0x4e, 0xe7, 0xc3, 0x0f, 0xd8, 0x52 };

static troth_status lookup(void *self, const char *user, const char *domain, uint8_t ret_nt_hash[16])
{
    (void)self, (void)domain;
    if (strcasecmp(user, "alice") != 0)
        return TROTH_DENIED;
    memcpy(ret_nt_hash, nt_hash, sizeof nt_hash);
    return TROTH_OK;
}

static troth_cred *acquire(const bench_realm *r, troth_cred_use use)
{
    troth_cred_source s = { .mech = "kerberos", .kind = TROTH_CRED_DEFAULT };
    troth_cred *cred;
    troth_job *job;
    if (!r->kerberos && use == TROTH_USE_ACCEPT)
        s = (troth_cred_source){
            .mech = "ntlm", .kind = TROTH_CRED_LOOKUP, .domain = "DOM", .host = "HOST", .lookup = lookup
        };
    else if (!r->kerberos)
        s = (troth_cred_source){ .mech = "ntlm",
                                 .kind = TROTH_CRED_PASSWORD,
                                 .domain = "DOM",
                                 .principal = "alice",
                                 .secret = { (const uint8_t *)password, sizeof password - 1 } };
    troth_status st = troth_cred_new(troth_env_posix(), troth_mechs_default(), use, &s, 1, &cred);
    if (!st)
        st = troth_cred_job(cred, 0, &job);
    if (st)
        bench_die("credential", st, 0);
    troth_job_run(job);
    troth_job_free(job);
    if ((st = troth_cred_ready(cred, NULL)) != TROTH_OK)
        bench_die("credential: is this a realm?", st, troth_cred_error(cred)->gss_minor);
    return cred;
}

void bench_realm_init(bench_realm *r, bool kerberos)
{
    *r = (bench_realm){ .kerberos = kerberos, .target = "host/localhost" };
    r->client = acquire(r, TROTH_USE_INITIATE);
    r->server = acquire(r, TROTH_USE_ACCEPT);
    if (troth_rpc_server_new(troth_env_posix(), 0, &r->rpc) || troth_rpc_server_register(r->rpc, &interface))
        bench_die("server", 0, 0);
}

void bench_realm_clear(bench_realm *r)
{
    troth_rpc_server_free(r->rpc);
    troth_cred_unref(r->client);
    troth_cred_unref(r->server);
}

troth_rpc_identity bench_identity(const bench_realm *r, troth_rpc_level level)
{
    return (troth_rpc_identity){ .cred = r->client,
                                 .type = r->kerberos ? TROTH_RPC_AUTH_KERBEROS : TROTH_RPC_AUTH_NTLM,
                                 .level = level,
                                 .target = r->target };
}

/* ---- memory ---- */

static void *counted_alloc(void *self, size_t n)
{
    bench_meter *m = self;
    const troth_env *below = troth_env_posix();
    void *p = below->alloc(below->self, n);
    m->held += p ? n : 0;
    m->allocations++;
    return p;
}

static void counted_release(void *self, void *p, size_t n)
{
    bench_meter *m = self;
    const troth_env *below = troth_env_posix();
    below->release(below->self, p, n);
    m->held -= p ? n : 0;
}

static troth_status plain_random(void *self, uint8_t *out, size_t n)
{
    (void)self;
    return troth_env_posix()->random(troth_env_posix()->self, out, n);
}

static uint64_t plain_wall(void *self)
{
    (void)self;
    return troth_env_posix()->wall(troth_env_posix()->self);
}

void bench_meter_init(bench_meter *m)
{
    *m = (bench_meter){ .env = { counted_alloc, counted_release, plain_random, plain_wall, NULL, m } };
}

/* ---- connections ---- */

void bench_pair_open(bench_pair *p, bench_realm *r, troth_rpc_level level, bench_meter meters[2])
{
    const size_t budget = (size_t)256 << 20;
    *p = (bench_pair){ .realm = r, .level = level };
    const troth_rpc_co_client_options c = { .env = meters ? &meters[0].env : troth_env_posix(),
                                            .max_contexts = BENCH_CONTEXTS,
                                            .context_budget = budget };
    const troth_rpc_co_server_options s = { .env = meters ? &meters[1].env : troth_env_posix(),
                                            .server = r->rpc,
                                            .cred = r->server,
                                            .context_budget = budget };
    if (troth_rpc_co_client_new(&c, 1, &p->client) || troth_rpc_co_server_new(&s, 1, &p->server))
        bench_die("connection", 0, 0);
}

void bench_pair_close(bench_pair *p)
{
    troth_endpoint_free(p->client);
    troth_endpoint_free(p->server);
}

static void take(bench_pair *p, troth_endpoint *e, const troth_event *ev)
{
    switch (ev->kind) {
    case TROTH_EV_JOB:
        troth_job_run(ev->job);
        troth_endpoint_stepped(e, ev->job, 1);
        break;
    case TROTH_EV_ESTABLISHED:
        if (e != p->client)
            break;
        p->established = true;
        if (!p->realm->cipher[0]) /* the realm is the bench's own */
            snprintf(((bench_realm *)(uintptr_t)p->realm)->cipher, sizeof p->realm->cipher, "%s", ev->facts.detail);
        break;
    case TROTH_EV_REPLY:
        if (ev->error.code || ev->message->fault)
            bench_die("a call failed", ev->error.code, ev->message ? ev->message->fault : 0);
        p->replies++;
        break;
    case TROTH_EV_WARNING:
    case TROTH_EV_CLOSED:
        bench_die(ev->error.where, ev->error.code, ev->error.wire);
    default:
        break;
    }
}

static bool take_all(bench_pair *p, troth_endpoint *e)
{
    bool any = false;
    troth_event ev;
    for (; troth_endpoint_event(e, &ev); any = true)
        take(p, e, &ev);
    return any;
}

/* As from a socket: what is there, up to what a reader's buffer holds. */
static bool move(bench_pair *p, troth_endpoint *from, troth_endpoint *to)
{
    static uint8_t buffer[CHUNK];
    troth_bytes b;
    if (troth_endpoint_out(from, &b, NULL) != TROTH_OK)
        return false;
    size_t n = b.len < sizeof buffer ? b.len : sizeof buffer, used;
    memcpy(buffer, b.data, n);
    troth_endpoint_sent(from, n);
    for (size_t at = 0; at < n; at += used) {
        if (troth_endpoint_feed(to, buffer + at, n - at, NULL, 1, &used) || (!take_all(p, to) && !used))
            bench_die("octets left over", n - at, 0);
    }
    return true;
}

static void settle(bench_pair *p)
{
    bool more = true;
    while (more) {
        more = take_all(p, p->client);
        more |= move(p, p->client, p->server);
        more |= take_all(p, p->server);
        more |= move(p, p->server, p->client);
    }
}

void bench_pair_context(bench_pair *p)
{
    const troth_rpc_identity who = bench_identity(p->realm, p->level);
    const troth_rpc_message m = bench_request(0, 0); /* what the bind is to propose */
    const troth_order_msg o = { .kind = TROTH_ORDER_OPEN, .id = p->contexts + 1, .identity = &who, .message = &m };
    size_t used;
    p->established = false;
    troth_status st = troth_endpoint_submit(p->client, &o, 1, &used);
    if (st)
        bench_die("a context", st, p->contexts);
    settle(p);
    if (!p->established)
        bench_die("a context is not complete", p->contexts, 0);
    p->contexts++;
}

void bench_pair_call(bench_pair *p, uint64_t context, const troth_rpc_message *m, unsigned n)
{
    uint64_t before = p->replies;
    size_t used;
    for (unsigned i = 0; i < n; i++) {
        const troth_order_msg o = { .kind = TROTH_ORDER_CALL, .id = i + 1, .context = context, .message = m };
        troth_status st = troth_endpoint_submit(p->client, &o, 1, &used);
        if (st)
            bench_die("a call", st, context);
    }
    settle(p);
    if (p->replies != before + n)
        bench_die("a call has no reply", p->replies, before);
}

/* ---- figures ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *of, int n)
{
    double sorted[BENCH_ROUNDS_MAX];
    memcpy(sorted, of, (size_t)n * sizeof *of);
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    return sorted[n / 2];
}

static void print_list(const char *name, const double *of, int n)
{
    printf("\"%s\": [", name);
    for (int i = 0; i < n; i++)
        printf("%s%.4g", i ? ", " : "", of[i]);
    printf("]");
}

void bench_print(const char *name, const char *a_name, const double *a, const char *b_name, const double *b, int rounds)
{
    double ratio[BENCH_ROUNDS_MAX];
    for (int i = 0; i < rounds; i++)
        ratio[i] = a[i] / b[i];
    printf("    \"%s\": { ", name);
    print_list(a_name, a, rounds);
    printf(", ");
    print_list(b_name, b, rounds);
    double middle = median(ratio, rounds);
    qsort(ratio, (size_t)rounds, sizeof *ratio, by_value);
    printf(", \"ratio_median\": %.4f, \"ratio_low\": %.4f, \"ratio_high\": %.4f }", middle, ratio[0],
           ratio[rounds - 1]);
    fflush(stdout);
}

/* Each round has several short turns of both, so that both meet the same weather. */
void bench_compare(const char *name, const bench_side *a, const bench_side *b, int rounds, double seconds)
{
    double of_a[BENCH_ROUNDS_MAX] = { 0 }, of_b[BENCH_ROUNDS_MAX] = { 0 };
    (void)a->run(a->self, seconds / TURNS);
    (void)b->run(b->self, seconds / TURNS);
    for (int r = 0; r < rounds; r++) {
        double units[2] = { 0 }, spent[2] = { 0 };
        for (int turn = 0; turn < 2 * TURNS; turn++) {
            int which = (turn + turn / 2 + r) % 2;
            const bench_side *s = which ? b : a;
            double begun = bench_now();
            units[which] += s->run(s->self, seconds / TURNS);
            spent[which] += bench_now() - begun;
        }
        of_a[r] = units[0] / spent[0];
        of_b[r] = units[1] / spent[1];
    }
    bench_print(name, a->name, of_a, b->name, of_b, rounds);
}
