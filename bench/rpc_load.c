/*
 * One client of DCE/RPC on one blocking connection, alike for every server: calls in flight together, large requests, or
 * one security context after the other.
 *
 *     rpc_load PORT LEVEL MECH DOMAIN USER PASSWORD-FILE SPN calls|map|data|contexts MILLISECONDS
 *
 * calls     mgmt's is_server_listening, 16 in flight        map    ept_map of lsarpc, likewise
 * data      is_server_listening with 256 KiB behind it that nobody reads, 4 in flight
 * contexts  security contexts on a connection, at most 2,000
 *
 * The server is at 127.0.0.1. MECH: ntlm or kerberos (the default cache). Prints JSON: how many, and in how many seconds.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <troth/epm.h>
#include <troth/rpc_co.h>
#include <unistd.h>

enum { CALLS = 16, LARGE = 4, LARGE_STUB = 256 << 10, MOST_CONTEXTS = 2000 };

static const troth_rpc_syntax mgmt = {
    { { 0xaf, 0xa8, 0xbd, 0x80, 0x7d, 0x8a, 0x11, 0xc9, 0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10, 0x29, 0x89 } }, 1, 0
};
static const troth_rpc_syntax lsarpc = {
    { { 0x12, 0x34, 0x57, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab } }, 0, 0
};

typedef struct load {
    troth_endpoint *e;
    int fd;
    troth_rpc_identity who;
    troth_rpc_message m;
    bool map;
    uint64_t contexts, replies, flying;
    char cipher[64];
} load;

static _Noreturn void die(const char *what, unsigned long a, unsigned long b)
{
    fprintf(stderr, "rpc_load: %s (%lu, %lx)\n", what, a, b);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t now_ms(void)
{
    return (uint64_t)(now() * 1e3);
}

/* ---- the connection ---- */

static int dial(uint16_t port)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof sa))
        die("no connection", port, 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

/* A call that fails, or an answer that is none, ends the bench: only what was done is counted. */
static void take_reply(load *l, const troth_event *ev)
{
    uint16_t port = 0;
    if (ev->error.code || ev->message->fault)
        die("a call failed", ev->error.code, ev->message ? ev->message->fault : 0);
    if (l->map && (troth_rpc_epm_map_reply(ev->message, &port) || !port))
        die("ept_map finds nothing", 0, 0);
    l->replies++;
    l->flying--;
}

static void take(load *l, const troth_event *ev)
{
    switch (ev->kind) {
    case TROTH_EV_JOB:
        troth_job_run(ev->job);
        troth_endpoint_stepped(l->e, ev->job, now_ms());
        break;
    case TROTH_EV_ESTABLISHED:
        l->contexts++;
        snprintf(l->cipher, sizeof l->cipher, "%s", ev->facts.detail);
        break;
    case TROTH_EV_REPLY:
        take_reply(l, ev);
        break;
    case TROTH_EV_WARNING:
    case TROTH_EV_CLOSED:
        die(ev->error.where, ev->error.code, ev->error.wire);
    default:
        break;
    }
}

static void flush(load *l)
{
    troth_bytes out;
    while (troth_endpoint_out(l->e, &out, NULL) == TROTH_OK) {
        ssize_t n = send(l->fd, out.data, out.len, MSG_NOSIGNAL);
        if (n <= 0)
            die("send", 0, 0);
        troth_endpoint_sent(l->e, (size_t)n);
    }
}

/* What there is to tell and to send, then what the next read brings. */
static void turn(load *l)
{
    static uint8_t buffer[65536];
    troth_event ev;
    size_t used;
    flush(l);
    while (troth_endpoint_event(l->e, &ev)) {
        take(l, &ev);
        flush(l);
        if (ev.kind == TROTH_EV_ESTABLISHED) /* nothing is to come: who waits for it has it */
            return;
    }
    ssize_t n = read(l->fd, buffer, sizeof buffer);
    if (n <= 0)
        die("the server hung up", l->replies, l->contexts);
    for (size_t at = 0; at < (size_t)n; at += used) {
        if (troth_endpoint_feed(l->e, buffer + at, (size_t)n - at, NULL, now_ms(), &used))
            used = (size_t)n - at;
        while (troth_endpoint_event(l->e, &ev))
            take(l, &ev);
    }
}

static void open_context(load *l)
{
    const troth_order_msg o = {
        .kind = TROTH_ORDER_OPEN, .id = l->contexts + 1, .identity = &l->who, .message = &l->m
    };
    uint64_t wanted = l->contexts + 1;
    size_t used;
    troth_status st = troth_endpoint_submit(l->e, &o, now_ms(), &used);
    if (st)
        die("a context", st, l->contexts);
    while (l->contexts < wanted)
        turn(l);
    flush(l); /* an auth3 */
}

/* ---- what is measured ---- */

static void calls(load *l, unsigned depth, double seconds)
{
    double end = now() + seconds;
    bool more = true;
    size_t used;
    while (more || l->flying) {
        more = more && now() < end;
        for (; more && l->flying < depth; l->flying++) {
            const troth_order_msg o = { .kind = TROTH_ORDER_CALL, .id = 1, .context = 1, .message = &l->m };
            troth_status st = troth_endpoint_submit(l->e, &o, now_ms(), &used);
            if (st == TROTH_AGAIN)
                break;
            if (st)
                die("a call", st, 0);
        }
        if (l->flying)
            turn(l);
    }
}

static void contexts(load *l, double seconds)
{
    double end = now() + seconds;
    while (l->contexts < MOST_CONTEXTS && now() < end)
        open_context(l);
}

static troth_cred *acquire(char **argv)
{
    char secret[256] = "";
    bool ntlm = strcmp(argv[3], "ntlm") == 0;
    troth_cred_source s = { .mech = argv[3], .kind = TROTH_CRED_DEFAULT };
    FILE *f = ntlm ? fopen(argv[6], "r") : NULL;
    if (f && fgets(secret, sizeof secret, f))
        s = (troth_cred_source){ .mech = "ntlm",
                                 .kind = TROTH_CRED_PASSWORD,
                                 .domain = argv[4],
                                 .principal = argv[5],
                                 .secret = { (const uint8_t *)secret, strcspn(secret, "\n") } };
    if (f)
        fclose(f);
    troth_cred *cred;
    troth_job *job;
    troth_status st = troth_cred_new(troth_env_posix(), troth_mechs_default(), TROTH_USE_INITIATE, &s, 1, &cred);
    if (st || troth_cred_job(cred, 0, &job))
        die("credential", st, 0);
    troth_job_run(job);
    troth_job_free(job);
    if ((st = troth_cred_ready(cred, NULL)) != TROTH_OK)
        die("credential", st, 0);
    return cred;
}

/* The message that every call carries; the stub lives as long as the program. */
static troth_rpc_message message(const char *what)
{
    static const uint8_t large[LARGE_STUB];
    static troth_ndr_out stub;
    troth_rpc_message m = { .abstract = mgmt, .transfer = TROTH_RPC_NDR, .opnum = 2, .drep = { 0x10 } };
    if (strcmp(what, "data") == 0)
        m.stub = (troth_bytes){ large, sizeof large };
    stub = troth_ndr_out_new(troth_env_posix(), TROTH_RPC_NDR, 256);
    if (strcmp(what, "map") == 0 && troth_rpc_epm_map_request(&lsarpc, TROTH_RPC_NDR, &stub, &m))
        die("ept_map", 0, 0);
    return m;
}

int main(int argc, char **argv)
{
    if (argc != 10)
        return fprintf(stderr, "usage: rpc_load PORT LEVEL MECH DOMAIN USER PASSWORD-FILE SPN WHAT MILLISECONDS\n"), 2;
    const char *what = argv[8];
    double seconds = atof(argv[9]) / 1e3;
    load l = { .m = message(what), .map = strcmp(what, "map") == 0 };
    const troth_rpc_co_client_options o = { .env = troth_env_posix(),
                                            .max_contexts = MOST_CONTEXTS,
                                            .context_budget = (size_t)256 << 20 };
    l.who = (troth_rpc_identity){ .cred = acquire(argv),
                                  .type = strcmp(argv[3], "ntlm") == 0 ? TROTH_RPC_AUTH_NTLM : TROTH_RPC_AUTH_KERBEROS,
                                  .target = argv[7] };
    if (!troth_rpc_level_parse(argv[2], &l.who.level))
        die("no such level", 0, 0);
    l.fd = dial((uint16_t)atoi(argv[1]));
    if (troth_rpc_co_client_new(&o, now_ms(), &l.e))
        die("endpoint", 0, 0);
    open_context(&l);
    double begun = now();
    if (strcmp(what, "contexts") == 0)
        contexts(&l, seconds);
    else
        calls(&l, strcmp(what, "data") == 0 ? LARGE : CALLS, seconds);
    double spent = now() - begun;
    double done = strcmp(what, "contexts") == 0 ? (double)l.contexts - 1 : (double)l.replies;
    if (strcmp(what, "data") == 0)
        done *= LARGE_STUB / 1e6;
    printf("{ \"done\": %.3f, \"seconds\": %.4f, \"per_s\": %.2f, \"cipher\": \"%s\", \"header_signing\": %s }\n", done,
           spent, done / spent, l.cipher, troth_rpc_co_facts_of(l.e).header_signing ? "true" : "false");
    troth_endpoint_free(l.e);
    troth_cred_unref(l.who.cred);
    close(l.fd);
    return 0;
}
