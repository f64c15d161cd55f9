#include <cli/commands.h>
#include <cli/creds.h>
#include <cli/exit.h>
#include <cli/files.h>
#include <cli/iiop.h>
#include <cli/reload.h>
#include <cli/report.h>
#include <cli/serve.h>
#include <cli/wire.h>
#include <stdio.h>
#include <string.h>
#include <troth/gateway.h>

typedef troth_cli_serve_options serve_options;

/* A running server: what the maker of endpoints needs. Constant but for the credential, which reload guards. */
typedef struct server {
    const serve_options *o;
    const troth_cli_wire *wire;
    troth_cli_mech mech;
    troth_cli_reload reload;
    troth_cli_tls tls;
    uint32_t policy;
    uint8_t bindings[TROTH_CLI_BINDINGS_MAX];
    size_t bindings_len;
} server;

static const troth_cli_word profiles[] = { { "strict", TROTH_RPC_STRICT },
                                           { "windows", TROTH_RPC_WINDOWS },
                                           { NULL, 0 } };
static const troth_cli_word log_formats[] = { { "text", TROTH_LOG_TEXT }, { "json", TROTH_LOG_JSON }, { NULL, 0 } };

#define AT(field) offsetof(serve_options, field)
static const troth_cli_option serve_table[] = {
    { "listen", 0, TROTH_CLI_STRING, AT(listen), "HOST:PORT", NULL, "where to listen; port 0 = any, see `ready`" },
    { "echo", 0, TROTH_CLI_FLAG, AT(echo), NULL, NULL, "send back what comes" },
    { "backend", 0, TROTH_CLI_STRING, AT(backend), "HOST:PORT|unix:PATH", NULL,
      "carry streams or calls to a plain one" },
    { "unsafe-backend", 0, TROTH_CLI_FLAG, AT(unsafe_backend), NULL, NULL, "allow a backend on another machine" },
    { "mech", 0, TROTH_CLI_STRING, AT(creds.mech), "MECH", NULL,
      "negotiate[:kerberos,ntlm], kerberos, ntlm; rpc: none" },
    { "keytab", 0, TROTH_CLI_STRING, AT(creds.keytab), "FILE", NULL, "keys of the service [KRB5_KTNAME]" },
    { "service", 0, TROTH_CLI_STRING, AT(creds.service), "SPN", NULL, "answer only to this name [any key]" },
    { "ntlm-users", 0, TROTH_CLI_STRING, AT(creds.ntlm_users), "FILE", NULL, "enable NTLM, for users with NT hashes" },
    { "ntlm-domain", 0, TROTH_CLI_STRING, AT(creds.ntlm_domain), "NAME", NULL, "announced by NTLM [own host name]" },
    { "ntlm-without-mic", 0, TROTH_CLI_FLAG, AT(without_mic), NULL, NULL, "accept NTLM clients that send no MIC" },
    { "level", 0, TROTH_CLI_CHOICE, AT(level), "LEVEL", troth_cli_rpc_levels, "required at least [encrypt]" },
    { "min-level", 0, TROTH_CLI_CHOICE, AT(level), "LEVEL", troth_cli_rpc_levels, "rpc: the same" },
    { "impersonation", 0, TROTH_CLI_CHOICE, AT(impersonation), "LEVEL", troth_cli_impersonations, "required at least" },
    { "allow", 0, TROTH_CLI_LIST, AT(allow), "PATTERN", NULL, "who may come in: user@REALM, DOM\\user, anonymous" },
    { "proxy-protocol", 0, TROTH_CLI_FLAG, AT(proxy_protocol), NULL, NULL, "tell the backend who it is (PROXY v2)" },
    { "interface", 0, TROTH_CLI_LIST, AT(interfaces), "UUID[@VER]", NULL, "rpc: with --backend, what may be called" },
    { "builtin", 0, TROTH_CLI_LIST, AT(builtin), "NAME", NULL, "rpc: mgmt, epm, whoami, echo, all, none" },
    { "publish", 0, TROTH_CLI_LIST, AT(publish), "UUID[@VER]=HOST:PORT", NULL, "rpc: for the endpoint map" },
    { "epm", 0, TROTH_CLI_STRING, AT(epm), "HOST:PORT", NULL, "rpc: listen there, too, as endpoint mapper" },
    { "profile", 0, TROTH_CLI_CHOICE, AT(profile), "PROFILE", profiles, "rpc: where the specification is silent" },
    { "max-contexts", 0, TROTH_CLI_NUMBER, AT(max_contexts), "N", NULL, "rpc: security contexts a connection [2048]" },
    { "require-channel-binding", 0, TROTH_CLI_STRING, AT(bindings_file), "FILE", NULL,
      "refuse clients without these channel bindings" },
    { "tls-cert", 0, TROTH_CLI_STRING, AT(tls.cert), "FILE", NULL, "speak TLS below the wire, with this certificate" },
    { "tls-key", 0, TROTH_CLI_STRING, AT(tls.key), "FILE", NULL, "its key [in the certificate's file]" },
    { "client-ca", 0, TROTH_CLI_STRING, AT(tls.ca), "FILE", NULL, "demand certificates of clients that lead here" },
    { "tls-rule", 0, TROTH_CLI_LIST, AT(tls.rules), "RULE", NULL, "whose they are: FIELD[:MATCH][->ACCOUNT]" },
    { "log-format", 0, TROTH_CLI_CHOICE, AT(log_format), "FORMAT", log_formats, "of the log on stderr" },
    { "max-connections", 0, TROTH_CLI_NUMBER, AT(max_connections), "N", NULL, "open at once [10000]" },
    { "max-half-open", 0, TROTH_CLI_NUMBER, AT(max_half_open), "N", NULL, "of those, unauthenticated [8192]" },
    { "memory-budget", 0, TROTH_CLI_SIZE, AT(memory_budget), "SIZE", NULL, "of all unauthenticated peers [64m]" },
    { "handshake-timeout", 0, TROTH_CLI_DURATION, AT(handshake_ms), "TIME", NULL, "for a handshake [10s]" },
    { "idle-timeout", 0, TROTH_CLI_DURATION, AT(idle_ms), "TIME", NULL, "ends a stream without data [never]" },
    { "backend-timeout", 0, TROTH_CLI_DURATION, AT(backend_ms), "TIME", NULL, "for reaching the backend [5s]" },
    { "drain-timeout", 0, TROTH_CLI_DURATION, AT(drain_ms), "TIME", NULL, "for streams to end on SIGTERM [30s]" },
    { "threads", 0, TROTH_CLI_NUMBER, AT(threads), "N", NULL, "event loops [1]" },
    { "pool-threads", 0, TROTH_CLI_NUMBER, AT(pool_threads), "N", NULL, "threads for handshakes [4]" },
    { 0 },
};
#undef AT

static const troth_cli_usage serve_usage = {
    "serve",
    "nns|net.tcp|rpc|iiop",
    "Accept authenticated streams or calls, and answer them or carry them to a backend.",
    1,
    1,
    serve_table,
};

static troth_status make_wire(void *self, const troth_env *env, const troth_transport *transport, uint64_t now,
                              troth_endpoint **ret)
{
    server *s = self;
    troth_transport t = *transport;
    if (s->bindings_len)
        t.bindings = (troth_bytes){ s->bindings, s->bindings_len };
    troth_cred *cred = troth_cli_reload_cred(&s->reload);
    troth_nns_options n = { .env = env,
                            .cred = cred,
                            .mech = s->mech.outer,
                            .target = s->o->creds.service,
                            .level = (troth_level)s->o->level,
                            .impersonation = (troth_impersonation)s->o->impersonation,
                            .policy = s->policy,
                            .handshake_ms = s->o->handshake_ms,
                            .idle_ms = s->o->idle_ms,
                            .transport = &t };
    troth_status st = troth_cli_wire_new(s->wire, TROTH_ACCEPTOR, &n, NULL, now, ret);
    troth_cred_unref(cred);
    return st;
}

static troth_status make(void *self, const troth_env *env, const troth_transport *transport, uint64_t now,
                         troth_endpoint **ret)
{
    return troth_cli_tls_make(&((server *)self)->tls, make_wire, self, env, transport, now, ret);
}

/* A troth_cli_cred_maker. */
static troth_cred *read_cred(void *self, int *ret_exit)
{
    server *s = self;
    return troth_cli_server_cred(&serve_usage, troth_env_posix(), &s->o->creds, &s->mech, ret_exit);
}

static void ready(void *self, troth_host *host, const char *address)
{
    server *s = self;
    troth_cli_reload_watch(&s->reload, host);
    printf("ready %s\n", address);
    fflush(stdout);
}

/* What belongs to calls, or to streams, and was given for the other. NULL = nothing. */
static const char *misplaced(const serve_options *o, const troth_cli_wire *w)
{
    if (w->rpc)
        return o->echo                              ? "--echo"
               : o->proxy_protocol                  ? "--proxy-protocol"
               : o->bindings_file                   ? "--require-channel-binding"
               : o->impersonation != TROTH_IDENTIFY ? "--impersonation"
               : o->tls.cert                        ? "--tls-cert"
                                                    : NULL;
    return o->interfaces.n                      ? "--interface"
           : o->builtin.n                       ? "--builtin"
           : o->publish.n                       ? "--publish"
           : o->epm                             ? "--epm"
           : o->profile                         ? "--profile"
           : o->max_contexts                    ? "--max-contexts"
           : o->level >= TROTH_CLI_RPC_LEVEL    ? "--level"
           : strcmp(o->creds.mech, "none") == 0 ? "--mech"
                                                : NULL;
}

static int check_backend(const serve_options *o)
{
    char host[TROTH_CLI_HOST_MAX];
    if (!o->backend)
        return 0;
    if (strncmp(o->backend, "unix:", 5) != 0 && !troth_cli_host_of(o->backend, host))
        return troth_cli_usage_error(&serve_usage, "--backend", "give HOST:PORT or unix:PATH");
    if (!o->unsafe_backend && !troth_cli_is_local(o->backend))
        return troth_cli_usage_error(
            &serve_usage, "--backend",
            "what was protected would leave this machine in clear; --unsafe-backend allows it");
    return 0;
}

/* Complain about options that cannot stand together; 0 or the exit code. */
static int check(const serve_options *o, const troth_cli_wire *w)
{
    const char *wrong = misplaced(o, w);
    if (wrong)
        return troth_cli_usage_error(&serve_usage, wrong, w->rpc ? "does not belong to rpc" : "belongs to rpc");
    if (!o->listen)
        return troth_cli_usage_error(&serve_usage, "--listen", "missing");
    if (!w->rpc && o->echo == (o->backend != NULL))
        return troth_cli_usage_error(&serve_usage, o->echo ? "--echo" : "--backend",
                                     "give one of --echo and --backend");
    if (o->proxy_protocol && !o->backend)
        return troth_cli_usage_error(&serve_usage, "--proxy-protocol", "needs --backend");
    if (o->without_mic && !o->creds.ntlm_users)
        return troth_cli_usage_error(&serve_usage, "--ntlm-without-mic", "needs --ntlm-users");
    if (o->threads > 64 || o->pool_threads > 1024)
        return troth_cli_usage_error(&serve_usage, o->threads > 64 ? "--threads" : "--pool-threads", "too many");
    return check_backend(o);
}

static uint32_t policy_of(const serve_options *o, const troth_cli_mech *m)
{
    uint32_t policy = 0;
    if (strcmp(m->outer, "spnego") == 0)
        policy |= TROTH_POLICY_RAW_TOKENS; /* .NET and Windows send raw NTLM in a negotiating stream */
    if (o->without_mic)
        policy |= TROTH_POLICY_NTLM_WITHOUT_MIC;
    if (o->bindings_file)
        policy |= TROTH_POLICY_REQUIRE_BINDINGS;
    return policy;
}

static int run(const serve_options *o, server *s)
{
    troth_gateway_serve_options g = {
        .wire = s->wire->name,
        .make = make,
        .make_self = s,
        .listen = o->listen,
        .backend = o->backend,
        .echo = s->wire->nettcp ? TROTH_ECHO_NMF : TROTH_ECHO_OCTETS,
        .backend_ms = o->backend_ms,
        .allow = o->allow.items,
        .n_allow = o->allow.n,
        .proxy_protocol = o->proxy_protocol,
        .log_format = (troth_log_format)o->log_format,
        .host = { .loops = (unsigned)o->threads, .threads = (unsigned)o->pool_threads },
        .limits = { .connections = o->max_connections, .half_open = o->max_half_open, .budget = o->memory_budget },
        .drain_ms = o->drain_ms,
        .ready = ready,
        .ready_self = s,
    };
    troth_host_error err = { 0 };
    return troth_cli_serve_verdict(o, troth_gateway_serve(&g, &err), &err);
}

int troth_cli_serve_verdict(const serve_options *o, troth_status st, const troth_host_error *err)
{
    if (err->code) {
        const char *what, *words = troth_cli_net_words(err, &what);
        fprintf(stderr, "troth serve: --listen %s%s%s: %s%s%s\n", o->listen, o->epm ? ", --epm " : "",
                o->epm ? o->epm : "", what, *what ? ": " : "", words);
        return (int)troth_exit_of(err->code);
    }
    if (st == TROTH_TIMEOUT) { /* drained by force: streams were cut */
        fprintf(stderr, "troth serve: streams were still open when the drain ended\n");
        return TROTH_EXIT_FAILED;
    }
    if (st)
        fprintf(stderr, "troth serve: %s (%s)\n", troth_status_text(st), troth_status_name(st));
    return (int)troth_exit_of(st);
}

int troth_cli_serve(int argc, char **argv)
{
    serve_options o = { .creds.mech = "negotiate", .level = TROTH_LEVEL_ENCRYPT, .impersonation = TROTH_IDENTIFY };
    int first, code;
    if (argc > 1 && strcmp(argv[1], "iiop") == 0)
        return troth_cli_serve_iiop(argc - 1, argv + 1);
    troth_cli_parsed p = troth_cli_parse(&serve_usage, argc, argv, &o, &first);
    if (p != TROTH_CLI_GO)
        return troth_cli_parsed_exit(p);
    server s = { .o = &o, .wire = troth_cli_wire_find(argv[first]) };
    if (!s.wire)
        return troth_cli_usage_error(&serve_usage, argv[first],
                                     "unknown wire: give nns, net.tcp, rpc, or first of all iiop");
    if ((code = check(&o, s.wire)) != 0)
        return code;
    if (s.wire->rpc)
        return troth_cli_serve_rpc(&serve_usage, &o);
    if (o.bindings_file && !troth_cli_read_octets("serve", o.bindings_file, s.bindings, &s.bindings_len))
        return TROTH_EXIT_CONFIG;
    if ((code = troth_cli_reload_init(&s.reload, "serve", read_cred, &s)) != 0)
        return code;
    s.policy = policy_of(&o, &s.mech);
    s.tls.handshake_ms = o.handshake_ms;
    code = troth_cli_tls_open(&s.tls, &serve_usage, troth_env_posix(), TROTH_ACCEPTOR, &o.tls, NULL);
    if (!code)
        code = run(&o, &s);
    troth_cli_tls_close(&s.tls);
    troth_cli_reload_clear(&s.reload);
    return code;
}
