#include <cli/commands.h>
#include <cli/connect.h>
#include <cli/connect_rpc.h>
#include <cli/exchange.h>
#include <cli/exit.h>
#include <cli/files.h>
#include <cli/iiop.h>
#include <cli/report.h>
#include <stdio.h>
#include <string.h>

typedef troth_cli_connect_options options;
typedef troth_cli_connect_run run;

#define AT(field) offsetof(options, field)
static const troth_cli_option connect_table[] = {
    { "spn", 0, TROTH_CLI_STRING, AT(spn), "SPN", NULL, "the service's name [host/HOST]" },
    { "mech", 0, TROTH_CLI_STRING, AT(creds.mech), "MECH", NULL, "negotiate[:kerberos,ntlm], kerberos, ntlm" },
    { "level", 0, TROTH_CLI_CHOICE, AT(level), "LEVEL", troth_cli_rpc_levels, "required at least [encrypt]" },
    { "impersonation", 0, TROTH_CLI_CHOICE, AT(impersonation), "LEVEL", troth_cli_impersonations,
      "granted to the server" },
    { "user", 0, TROTH_CLI_STRING, AT(creds.user), "U@REALM|D\\U", NULL, "with --password-file" },
    { "password-file", 0, TROTH_CLI_STRING, AT(creds.password_file), "FILE", NULL, "password on the first line" },
    { "keytab", 0, TROTH_CLI_STRING, AT(creds.keytab), "FILE", NULL, "with --principal" },
    { "principal", 0, TROTH_CLI_STRING, AT(creds.principal), "U@REALM", NULL, "whose keys the keytab holds" },
    { "ccache", 0, TROTH_CLI_STRING, AT(creds.ccache), "NAME", NULL, "ticket cache [KRB5CCNAME]" },
    { "channel-binding", 0, TROTH_CLI_STRING, AT(bindings_file), "FILE", NULL, "send these channel bindings" },
    { "tls", 0, TROTH_CLI_FLAG, AT(tls.tls), NULL, NULL, "speak TLS below the wire" },
    { "tls-ca", 0, TROTH_CLI_STRING, AT(tls.ca), "FILE", NULL,
      "that the server's certificate leads to [the system's]" },
    { "tls-name", 0, TROTH_CLI_STRING, AT(tls.name), "NAME", NULL, "whose certificate it must be [HOST]" },
    { "tls-cert", 0, TROTH_CLI_STRING, AT(tls.cert), "FILE", NULL, "a certificate of ours, for servers that ask" },
    { "tls-key", 0, TROTH_CLI_STRING, AT(tls.key), "FILE", NULL, "its key [in the certificate's file]" },
    { "listen", 0, TROTH_CLI_STRING, AT(listen), "HOST:PORT|unix:PATH", NULL, "serve a local port, not stdin/stdout" },
    { "via", 0, TROTH_CLI_STRING, AT(via), "URI", NULL, "net.tcp: the service [net.tcp://HOST:PORT/]" },
    { "envelope", 0, TROTH_CLI_FLAG, AT(envelope), NULL, NULL, "net.tcp: stdin is one envelope, stdout the answer" },
    { "interface", 0, TROTH_CLI_LIST, AT(interfaces), "UUID[@VER]", NULL, "rpc: with --listen, what may be called" },
    { "epm-port", 0, TROTH_CLI_NUMBER, AT(epm_port), "PORT", NULL, "rpc: of the endpoint mapper [135]" },
    { "call-timeout", 0, TROTH_CLI_DURATION, AT(call_ms), "TIME", NULL, "rpc: for each reply [30s]" },
    { "connect-timeout", 0, TROTH_CLI_DURATION, AT(connect_ms), "TIME", NULL, "for reaching the server [10s]" },
    { "handshake-timeout", 0, TROTH_CLI_DURATION, AT(handshake_ms), "TIME", NULL, "for the handshake [10s]" },
    { "idle-timeout", 0, TROTH_CLI_DURATION, AT(idle_ms), "TIME", NULL, "ends a stream without data [never]" },
    { "verbose", 'v', TROTH_CLI_COUNT, AT(verbose), NULL, NULL, "show the legs; twice: states, too" },
    { "quiet", 'q', TROTH_CLI_FLAG, AT(quiet), NULL, NULL, "no verdict on success" },
    { 0 },
};
#undef AT

static const troth_cli_usage connect_usage = {
    "connect",
    "nns|net.tcp HOST:PORT | rpc BINDING [ping|whoami|interfaces|epm|echo|call UUID[@VER] OPNUM HEX]",
    "Open an authenticated stream for stdin and stdout or a local port, or call an RPC server.",
    2,
    6,
    connect_table,
};

/* With --listen every connection gets its verdict, and the exit code is the drain's. */
static void closed(void *self, const troth_connect_result *result)
{
    const run *r = self;
    if (r->o->listen)
        (void)troth_cli_connect_verdict(r, result);
}

static void ready(void *self, troth_host *host, const char *address)
{
    (void)self;
    (void)host;
    printf("ready %s\n", address);
    fflush(stdout);
}

static int pipe_streams(run *r)
{
    troth_gateway_connect_options g = { .env = &r->verbose.env,
                                        .wire = r->wire->name,
                                        .make = troth_cli_connect_make,
                                        .make_self = r,
                                        .to = r->address,
                                        .listen = r->o->listen,
                                        .connect_ms = r->o->connect_ms,
                                        .in = 0,
                                        .out = 1,
                                        .connected = troth_cli_connect_connected,
                                        .established = troth_cli_connect_established,
                                        .closed = closed,
                                        .ready = ready,
                                        .self = r };
    troth_connect_result result = { 0 };
    troth_status st = troth_gateway_connect(&g, &result);
    if (!r->o->listen)
        return troth_cli_connect_verdict(r, &result);
    if (result.stage == TROTH_STAGE_NETWORK && result.net.code) {
        const char *what, *words = troth_cli_net_words(&result.net, &what);
        fprintf(stderr, "troth connect: --listen %s: %s%s%s\n", r->o->listen, what, *what ? ": " : "", words);
    }
    return (int)troth_exit_of(st);
}

/* Complain about options that cannot stand together; 0 or the exit code. */
static int check(const options *o, const troth_cli_wire *wire, char **operands, int n)
{
    if (!wire->nettcp && (o->via || o->envelope))
        return troth_cli_usage_error(&connect_usage, o->via ? "--via" : "--envelope", "belongs to net.tcp");
    if (wire->rpc && o->tls.tls)
        return troth_cli_usage_error(&connect_usage, "--tls", "does not belong to rpc");
    if (wire->rpc)
        return o->bindings_file ? troth_cli_usage_error(&connect_usage, "--channel-binding", "does not belong to rpc")
                                : 0;
    if (o->interfaces.n || o->level >= TROTH_CLI_RPC_LEVEL)
        return troth_cli_usage_error(&connect_usage, o->interfaces.n ? "--interface" : "--level", "belongs to rpc");
    if (n > 2)
        return troth_cli_usage_error(&connect_usage, operands[2], "one operand too many");
    if (o->envelope && o->listen)
        return troth_cli_usage_error(&connect_usage, "--envelope", "cannot be combined with --listen");
    return 0;
}

static int with_credential(run *r)
{
    char default_spn[TROTH_CLI_HOST_MAX + 8], default_via[512], host[TROTH_CLI_HOST_MAX];
    if (!troth_cli_host_of(r->address, host)) {
        if (!r->o->spn)
            return troth_cli_usage_error(&connect_usage, r->address, "give HOST:PORT, or --spn");
        host[0] = 0;
    }
    snprintf(default_spn, sizeof default_spn, "host/%s", host);
    snprintf(default_via, sizeof default_via, "net.tcp://%s/", r->address);
    r->spn = r->o->spn ? r->o->spn : default_spn;
    r->via = !r->wire->nettcp || (r->o->listen && !r->o->via) ? NULL : r->o->via ? r->o->via : default_via;
    int code = troth_cli_tls_open(&r->tls, &connect_usage, &r->verbose.env, TROTH_INITIATOR, &r->o->tls, host);
    if (code)
        return code;
    r->tls.handshake_ms = r->o->handshake_ms;
    code = troth_cli_acquire("connect", r->cred);
    if (code) {
        const char *cache = r->o->creds.ccache;
        fprintf(stderr, "FAILED  %s %s: no credential%s%s, nothing was sent\n", r->wire->name, r->address,
                cache ? " in " : "", cache ? cache : "");
        return code;
    }
    return r->o->envelope ? troth_cli_envelope(r) : pipe_streams(r);
}

/* A stream of octets to HOST:PORT. */
static int connect_stream(options *o, const troth_cli_wire *wire, const char *address)
{
    int code;
    run r = { .o = o, .wire = wire, .address = address };
    if (o->level < 0)
        o->level = TROTH_LEVEL_ENCRYPT;
    if (!o->creds.mech)
        o->creds.mech = "negotiate";
    if (o->bindings_file && !troth_cli_read_octets("connect", o->bindings_file, r.bindings, &r.bindings_len))
        return TROTH_EXIT_CONFIG;
    troth_cli_verbose_init(&r.verbose, o->verbose);
    r.cred = troth_cli_client_cred(&connect_usage, &r.verbose.env, &o->creds, &r.mech, &code);
    if (!r.cred)
        return code;
    code = with_credential(&r);
    troth_cli_tls_close(&r.tls);
    troth_cred_unref(r.cred);
    return code;
}

int troth_cli_connect(int argc, char **argv)
{
    options o = { .level = -1, .impersonation = TROTH_IDENTIFY, .call_ms = 30000, .epm_port = 135 };
    int first, code;
    if (argc > 1 && strcmp(argv[1], "iiop") == 0)
        return troth_cli_connect_iiop(argc - 1, argv + 1);
    troth_cli_parsed p = troth_cli_parse(&connect_usage, argc, argv, &o, &first);
    if (p != TROTH_CLI_GO)
        return troth_cli_parsed_exit(p);
    const troth_cli_wire *wire = troth_cli_wire_find(argv[first]);
    if (!wire)
        return troth_cli_usage_error(&connect_usage, argv[first],
                                     "unknown wire: give nns, net.tcp, rpc, or first of all iiop");
    if ((code = check(&o, wire, argv + first, argc - first)) != 0)
        return code;
    return wire->rpc ? troth_cli_connect_rpc(&connect_usage, &o, argv + first + 1, argc - first - 1)
                     : connect_stream(&o, wire, argv[first + 1]);
}
