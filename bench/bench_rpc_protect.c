/*
 * Sealed fragments of DCE/RPC: found by auth_context_id, protected, gathered, verified, with 1 security context on the
 * connection and with 2,000 used in turn. NTLM, so that no realm is needed. bench_rpc_protect [MILLISECONDS [OCTETS]]
 *
 * Prints JSON: fragments per second, both directions' work together, and the ratio of the medians.
 */
#include <rpc_co/budget.h>
#include <rpc_co/conn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MANY = 2000, ROUNDS = 7 };

typedef struct ends {
    troth_co_conn conn[2];
    troth_cred *cred[2];
    uint8_t stub[5000], buf[6000];
    size_t octets;
} ends;

static _Noreturn void die(const char *what, unsigned long n)
{
    fprintf(stderr, "bench_rpc_protect: %s (%lu)\n", what, n);
    exit(1);
}

static void must(troth_status st, const char *what)
{
    if (st)
        die(what, st);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The NT hash of "Password". [MS-NLMP 4.2.2.1.2] */
static troth_status lookup(void *self, const char *user, const char *domain, uint8_t ret_nt_hash[16])
{
    static const uint8_t hash[] = { 0xa4, 0xf4, 0x9c, 0x40, 0x65, 0x10, 0xbd, 0xca,
                                    0xb6, 0x82, 0x4e, 0xe7, 0xc3, 0x0f, 0xd8, 0x52 };
    (void)self, (void)user, (void)domain;
    memcpy(ret_nt_hash, hash, sizeof hash);
    return TROTH_OK;
}

static troth_cred *acquire(int side)
{
    troth_cred_source src = { .mech = "ntlm", .domain = "DOM", .host = "HOST" };
    troth_cred *cred;
    troth_job *job;
    src.kind = side ? TROTH_CRED_LOOKUP : TROTH_CRED_PASSWORD;
    src.lookup = side ? lookup : NULL;
    src.principal = side ? NULL : "alice";
    if (!side)
        src.secret = (troth_bytes){ (const uint8_t *)"Password", 8 };
    must(troth_cred_new(troth_env_posix(), troth_mechs_default(), side ? TROTH_USE_ACCEPT : TROTH_USE_INITIATE, &src, 1,
                        &cred),
         "credential");
    must(troth_cred_job(cred, 0, &job), "credential");
    troth_job_run(job);
    troth_job_free(job);
    must(troth_cred_ready(cred, NULL), "credential");
    return cred;
}

/* One leg; the job stays the caller's, because its token is the next one's. */
static troth_job *leg(troth_co_context *x, troth_bytes token)
{
    troth_event ev;
    troth_co_leg leg;
    must(troth_co_context_leg(x, token), "leg");
    if (!troth_co_next_event(x->conn, &ev))
        die("no job", 0);
    troth_job_run(ev.job);
    if (!troth_co_context_stepped(x->conn, ev.job, &leg) || leg.result == TROTH_STEP_ERROR)
        die("leg", x->error.code);
    return ev.job;
}

static void build(ends *e, uint32_t id)
{
    troth_co_context *x[2];
    for (int side = 0; side < 2; side++) {
        troth_co_context_options o = { .cred = e->cred[side],
                                       .id = id,
                                       .auth_context_id = id,
                                       .auth_type = TROTH_RPC_AUTH_NTLM,
                                       .auth_level = TROTH_RPC_LEVEL_PRIVACY,
                                       .target = side ? NULL : "svc/host" };
        must(troth_co_context_new(&e->conn[side], &o, &x[side]), "context");
    }
    troth_job *a = leg(x[0], (troth_bytes){ NULL, 0 }), *b = leg(x[1], troth_job_token(a));
    troth_job *c = leg(x[0], troth_job_token(b)), *d = leg(x[1], troth_job_token(c));
    troth_job *const jobs[] = { a, b, c, d };
    for (size_t i = 0; i < 4; i++)
        troth_job_free(jobs[i]);
}

static void open_ends(ends *e, uint32_t contexts)
{
    for (int side = 0; side < 2; side++) {
        troth_co_conn_options o = { .env = troth_env_posix(),
                                    .role = side ? TROTH_ACCEPTOR : TROTH_INITIATOR,
                                    .out_max = 262144,
                                    .context_budget = (size_t)1 << 30,
                                    .frag_cap = TROTH_CO_FRAG_MAX,
                                    .max_contexts = MANY };
        must(troth_co_conn_init(&e->conn[side], &o), "connection");
        e->conn[side].max_frag = TROTH_CO_FRAG_MAX;
        e->conn[side].header_signing = true;
    }
    for (uint32_t id = 0; id < contexts; id++)
        build(e, id);
}

static void one(ends *e, uint32_t id)
{
    troth_co_outgoing m = { .ptype = TROTH_CO_REQUEST, .call_id = 1, .stub = { e->stub, e->octets } };
    troth_bytes out, stub;
    troth_co_pdu pdu;
    troth_co_trailer t;
    size_t used;
    m.ctx = troth_co_context_find(&e->conn[0], id);
    must(troth_co_send(&e->conn[0], &m), "send");
    must(troth_co_out(&e->conn[0], &out), "out");
    memcpy(e->buf, out.data, out.len); /* what a socket would do */
    must(troth_co_gather(&e->conn[1], e->buf, out.len, &used, &pdu), "gather");
    troth_co_sent(&e->conn[0], used);
    must(troth_co_trailer_read(pdu.data, &pdu.hdr, TROTH_CO_REQUEST_HDR, &t), "trailer");
    troth_co_context *x = troth_co_context_find(&e->conn[1], t.auth_context_id);
    must(troth_co_context_use(x, t.auth_type, t.auth_level), "use");
    must(troth_co_verify(x, &pdu, &t, TROTH_CO_REQUEST_HDR, &stub), "verify");
    if (stub.len != e->octets)
        die("stub", stub.len);
}

static double rate(ends *e, uint32_t contexts, double seconds)
{
    double begin = now(), end = begin;
    unsigned long n = 0;
    for (uint32_t id = 0; end - begin < seconds; end = now())
        for (unsigned k = 0; k < 100; k++, n++) {
            one(e, id);
            id = id + 1 == contexts ? 0 : id + 1;
        }
    return (double)n / (end - begin);
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
    double ms = argc > 1 ? atof(argv[1]) : 300, rates[2][ROUNDS];
    static ends few, many;
    few.octets = many.octets = argc > 2 ? strtoul(argv[2], NULL, 10) : 1024;
    if (few.octets > sizeof few.stub)
        die("octets", few.octets);
    for (int side = 0; side < 2; side++)
        few.cred[side] = many.cred[side] = acquire(side);
    open_ends(&few, 1);
    open_ends(&many, MANY);
    size_t held = troth_meter_held(&many.conn[1].budget->meter) / MANY;
    for (int round = 0; round < ROUNDS; round++) { /* in turn, so that a busy machine is fair to both */
        rates[0][round] = rate(&few, 1, ms / 1000);
        rates[1][round] = rate(&many, MANY, ms / 1000);
    }
    for (int side = 0; side < 2; side++) {
        troth_co_conn_clear(&few.conn[side]);
        troth_co_conn_clear(&many.conn[side]);
        troth_cred_unref(few.cred[side]);
        qsort(rates[side], ROUNDS, sizeof rates[side][0], by_size);
    }
    printf("{\"octets\": %zu, \"contexts_1\": %.0f, \"contexts_%d\": %.0f, \"ratio\": %.3f, \"octets_per_context\": "
           "%zu}\n",
           few.octets, rates[0][ROUNDS / 2], MANY, rates[1][ROUNDS / 2], rates[1][ROUNDS / 2] / rates[0][ROUNDS / 2],
           held);
    return 0;
}
