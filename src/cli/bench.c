#include <cli/bench.h>
#include <cli/commands.h>
#include <cli/exit.h>
#include <cli/report.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_options {
    troth_cli_client_creds client;
    troth_cli_server_creds server;
    const char *spn;
    bool loopback, json;
    int level;
    troth_cli_list only;
    uint64_t size, conns, idle, rounds, duration_ms, hold_ms, pid;
} bench_options;

#define AT(field) offsetof(bench_options, field)
static const troth_cli_option bench_table[] = {
    { "loopback", 0, TROTH_CLI_FLAG, AT(loopback), NULL, NULL, "both ends in this process, without sockets" },
    { "mech", 0, TROTH_CLI_STRING, AT(client.mech), "MECH", NULL, "negotiate[:kerberos,ntlm], kerberos, ntlm" },
    { "level", 0, TROTH_CLI_CHOICE, AT(level), "LEVEL", troth_cli_levels, "of protection" },
    { "size", 0, TROTH_CLI_SIZE, AT(size), "SIZE", NULL, "octets of one message [16k]" },
    { "conns", 0, TROTH_CLI_NUMBER, AT(conns), "N", NULL, "handshakes in flight against a server [8]" },
    { "duration", 0, TROTH_CLI_DURATION, AT(duration_ms), "TIME", NULL, "of one figure in one round [2s]" },
    { "rounds", 0, TROTH_CLI_NUMBER, AT(rounds), "N", NULL, "1 to 64 [3]" },
    { "only", 0, TROTH_CLI_LIST, AT(only), "WHAT", NULL, "handshakes, data, memory; may be repeated [all]" },
    { "idle", 0, TROTH_CLI_NUMBER, AT(idle), "N", NULL, "idle streams for the memory figure [1000]" },
    { "hold", 0, TROTH_CLI_DURATION, AT(hold_ms), "TIME", NULL, "hold idle streams of a server so long [5s]" },
    { "pid", 0, TROTH_CLI_NUMBER, AT(pid), "PID", NULL, "process of the server, for its memory" },
    { "spn", 0, TROTH_CLI_STRING, AT(spn), "SPN", NULL, "the service's name [host/HOST]" },
    { "user", 0, TROTH_CLI_STRING, AT(client.user), "U@REALM|D\\U", NULL, "with --password-file" },
    { "password-file", 0, TROTH_CLI_STRING, AT(client.password_file), "FILE", NULL, "password on the first line" },
    { "keytab", 0, TROTH_CLI_STRING, AT(client.keytab), "FILE", NULL, "with --principal" },
    { "principal", 0, TROTH_CLI_STRING, AT(client.principal), "U@REALM", NULL, "whose keys the keytab holds" },
    { "ccache", 0, TROTH_CLI_STRING, AT(client.ccache), "NAME", NULL, "ticket cache [KRB5CCNAME]" },
    { "server-keytab", 0, TROTH_CLI_STRING, AT(server.keytab), "FILE", NULL, "loopback: the service [KRB5_KTNAME]" },
    { "ntlm-users", 0, TROTH_CLI_STRING, AT(server.ntlm_users), "FILE", NULL, "loopback: the server's NTLM users" },
    { "json", 0, TROTH_CLI_FLAG, AT(json), NULL, NULL, "all rounds, as JSON" },
    { 0 },
};
#undef AT

static const troth_cli_usage bench_usage = {
    "bench",
    "nns [HOST:PORT]",
    "Measure handshakes, protected octets and memory, in this process or against a server.",
    1,
    2,
    bench_table,
};

/* ---- output ---- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const troth_bench_figure *f)
{
    double sorted[TROTH_BENCH_ROUNDS_MAX];
    memcpy(sorted, f->rounds, f->n * sizeof *sorted);
    qsort(sorted, f->n, sizeof *sorted, by_value);
    return f->n % 2 ? sorted[f->n / 2] : (sorted[f->n / 2 - 1] + sorted[f->n / 2]) / 2;
}

static double best(const troth_bench_figure *f)
{
    double top = 0;
    for (size_t i = 0; i < f->n; i++)
        top = f->rounds[i] > top ? f->rounds[i] : top;
    return top;
}

static void json_figure(const char *name, const troth_bench_figure *f)
{
    if (!f->n)
        return;
    printf(",\n  \"%s\": { \"median\": %.3f, \"best\": %.3f, \"rounds\": [", name, median(f), best(f));
    for (size_t i = 0; i < f->n; i++)
        printf("%s%.3f", i ? ", " : "", f->rounds[i]);
    printf("] }");
}

static void print_json(const troth_bench *b, const troth_bench_figures *f)
{
    printf("{\n  \"wire\": \"%s\", \"mode\": \"%s\", \"context\": \"%s\", \"size\": %zu", b->wire->name,
           b->address ? "server" : "loopback", f->context, b->size);
    json_figure("handshakes_per_s", &f->handshakes);
    json_figure("stream_1_MB_per_s", &f->one);
    json_figure("streams_32_MB_per_s", &f->many);
    if (f->idle_streams)
        printf(",\n  \"idle_streams\": %" PRIu64 ", \"open_s\": %.3f, \"idle_s\": %.1f, \"again_s\": %.3f, "
               "\"octets_per_client\": %.0f, \"octets_per_server\": %.0f, \"octets_per_stream_of_process\": %.0f, "
               "\"octets_per_stream_of_server_process\": %.0f",
               f->idle_streams, f->open_s, f->idle_s, f->again_s, f->memory_client, f->memory_server, f->memory_process,
               f->memory_peer);
    printf("\n}\n");
}

static void text_figure(const char *name, const char *unit, const troth_bench_figure *f)
{
    if (f->n)
        printf("%-24s%12.1f %-6s best %.1f, %zu rounds\n", name, median(f), unit, best(f), f->n);
}

static void text_octets(const char *name, double octets)
{
    if (octets > 0)
        printf("  %-22s%12.0f octets each\n", name, octets);
}

static void print_text(const troth_bench *b, const troth_bench_figures *f)
{
    printf("%s %s, %s, messages of %zu octets\n", b->wire->name, b->address ? b->address : "loopback", f->context,
           b->size);
    text_figure("handshakes", "/s", &f->handshakes);
    text_figure("data, 1 stream", "MB/s", &f->one);
    text_figure("data, 32 streams", "MB/s", &f->many);
    if (!f->idle_streams)
        return;
    printf("idle streams            %12" PRIu64
           "        opened in %.1f s, held %.1f s, one more message on each in %.1f s\n",
           f->idle_streams, f->open_s, f->idle_s, f->again_s);
    text_octets("client endpoint", f->memory_client);
    text_octets("server endpoint", f->memory_server);
    text_octets("this process", f->memory_process);
    text_octets("server process", f->memory_peer);
}

/* ---- the command ---- */

static bool read_only(const bench_options *o, unsigned *ret)
{
    static const char *const names[] = { "handshakes", "data", "memory" };
    *ret = o->only.n ? 0 : TROTH_BENCH_HANDSHAKES | TROTH_BENCH_DATA | TROTH_BENCH_MEMORY;
    for (size_t i = 0; i < o->only.n; i++) {
        size_t k = 0;
        while (k < 3 && strcmp(names[k], o->only.items[i]) != 0)
            k++;
        if (k == 3)
            return false;
        *ret |= 1u << k;
    }
    return true;
}

/* Complain about options that cannot stand together; 0 or the exit code. */
static int check(const bench_options *o, const char *address, troth_bench *b)
{
    if (o->loopback == (address != NULL))
        return troth_cli_usage_error(&bench_usage, "--loopback", "give either this or HOST:PORT");
    if (!read_only(o, &b->what))
        return troth_cli_usage_error(&bench_usage, "--only", "give handshakes, data or memory");
    if (o->rounds < 1 || o->rounds > TROTH_BENCH_ROUNDS_MAX)
        return troth_cli_usage_error(&bench_usage, "--rounds", "give 1 to 64");
    if (o->size < 1 || o->size > 1 << 26)
        return troth_cli_usage_error(&bench_usage, "--size", "give 1 to 64m");
    if (o->conns < 1 || o->conns > 4096 || o->idle > 100000)
        return troth_cli_usage_error(&bench_usage, o->idle > 100000 ? "--idle" : "--conns", "out of range");
    if (!o->duration_ms || !o->hold_ms)
        return troth_cli_usage_error(&bench_usage, o->hold_ms ? "--duration" : "--hold", "give more than 0");
    return 0;
}

static int acquire_both(const bench_options *o, troth_bench *b)
{
    troth_cli_mech mech, server_mech;
    int code;
    b->client = troth_cli_client_cred(&bench_usage, troth_env_posix(), &o->client, &mech, &code);
    if (!b->client)
        return code;
    b->mech = mech.outer;
    code = troth_cli_acquire("bench", b->client);
    if (code || b->address)
        return code;
    troth_cli_server_creds s = o->server;
    s.mech = o->client.mech;
    b->server = troth_cli_server_cred(&bench_usage, troth_env_posix(), &s, &server_mech, &code);
    if (!b->server)
        return code;
    return troth_cli_acquire("bench", b->server);
}

static int measure(const bench_options *o, const troth_bench *b)
{
    troth_bench_figures f = { 0 };
    troth_error error;
    troth_status st = b->address ? troth_bench_network(b, &f, &error) : troth_bench_loopback(b, &f, &error);
    if (st) {
        char line[TROTH_CLI_ERROR_LINE];
        troth_cli_error_line(&error, line);
        fprintf(stderr, "FAILED  bench %s: %s\n", b->address ? b->address : "loopback", line);
        return (int)troth_exit_of(st);
    }
    (o->json ? print_json : print_text)(b, &f);
    return TROTH_EXIT_OK;
}

int troth_cli_bench(int argc, char **argv)
{
    bench_options o = { .client.mech = "negotiate",
                        .level = TROTH_LEVEL_ENCRYPT,
                        .size = 16384,
                        .conns = 8,
                        .idle = 1000,
                        .rounds = 3,
                        .duration_ms = 2000,
                        .hold_ms = 5000 };
    int first, code;
    troth_cli_parsed p = troth_cli_parse(&bench_usage, argc, argv, &o, &first);
    if (p != TROTH_CLI_GO)
        return troth_cli_parsed_exit(p);
    troth_bench b = { .wire = troth_cli_wire_find(argv[first]), .address = first + 1 < argc ? argv[first + 1] : NULL };
    if (!b.wire || b.wire->nettcp || b.wire->rpc)
        return troth_cli_usage_error(&bench_usage, argv[first], "give nns");
    if ((code = check(&o, b.address, &b)) != 0)
        return code;
    char host[TROTH_CLI_HOST_MAX] = "localhost", spn[TROTH_CLI_HOST_MAX + 8];
    if (b.address && !troth_cli_host_of(b.address, host) && !o.spn)
        return troth_cli_usage_error(&bench_usage, b.address, "give HOST:PORT, or --spn");
    snprintf(spn, sizeof spn, "host/%s", host);
    b.spn = o.spn ? o.spn : spn;
    b.level = (troth_level)o.level;
    b.size = o.size, b.conns = o.conns, b.idle = o.idle, b.rounds = (unsigned)o.rounds;
    b.duration_ms = o.duration_ms, b.hold_ms = o.hold_ms, b.peer_pid = o.pid;
    code = acquire_both(&o, &b);
    if (!code)
        code = measure(&o, &b);
    troth_cred_unref(b.client);
    troth_cred_unref(b.server);
    return code;
}
