#include <cli/connect_rpc.h>
#include <cli/exit.h>
#include <cli/report.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* troth connect rpc: from a binding string to calls, or to a local port for clients that have no security. */

typedef troth_cli_rpc_run run;

/* ---- what the binding and the options say together ---- */

static int set_level(run *r)
{
    int given = r->o->level;
    if (given >= 0 && r->binding.level != TROTH_RPC_LEVEL_DEFAULT)
        return troth_cli_usage_error(r->usage, "--level", "the binding names a level already");
    r->identity.level = r->binding.level != TROTH_RPC_LEVEL_DEFAULT ? r->binding.level
                        : given >= 0                                ? (troth_rpc_level)troth_cli_rpc_level(given)
                                                                    : TROTH_RPC_LEVEL_PRIVACY;
    return 0;
}

/* --mech as the binding's words have it, where they say something. */
static int set_mech(run *r, troth_cli_client_creds *creds)
{
    const char *mech = r->binding.mech;
    if (mech && creds->mech)
        return troth_cli_usage_error(r->usage, "--mech", "the binding names a mechanism already");
    if (!mech) {
        creds->mech = creds->mech ? creds->mech : "negotiate";
        return 0;
    }
    bool negotiated = r->binding.type == TROTH_RPC_AUTH_SPNEGO;
    if (strcmp(mech, "ntlm") == 0)
        creds->mech = negotiated ? "negotiate:ntlm" : "ntlm";
    else if (strcmp(mech, "kerberos") == 0)
        creds->mech = negotiated ? "negotiate:kerberos" : "kerberos";
    else
        creds->mech = "negotiate";
    return 0;
}

static int make_identity(run *r)
{
    static const struct {
        const char *outer;
        troth_rpc_auth_type type;
    } types[] = { { "spnego", TROTH_RPC_AUTH_SPNEGO },
                  { "kerberos", TROTH_RPC_AUTH_KERBEROS },
                  { "ntlm", TROTH_RPC_AUTH_NTLM } };
    troth_cli_client_creds creds = r->o->creds;
    int code = set_mech(r, &creds);
    if (code || r->identity.level == TROTH_RPC_LEVEL_NONE)
        return code;
    r->cred = troth_cli_client_cred(r->usage, &r->verbose.env, &creds, &r->mech, &code);
    if (!r->cred)
        return code;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].outer, r->mech.outer) == 0)
            r->identity.type = types[i].type;
    }
    r->identity.cred = r->cred;
    r->identity.target = r->spn;
    r->identity.require = r->o->impersonation == TROTH_IDENTIFY     ? TROTH_F_IDENTIFY
                          : r->o->impersonation == TROTH_DELEGATION ? TROTH_F_DELEGATE
                                                                    : 0;
    code = troth_cli_acquire("connect", r->cred);
    if (code)
        fprintf(stderr, "FAILED  rpc %s: no credential, nothing was sent\n", r->binding.host);
    return code;
}

static void set_address(run *r, uint64_t port)
{
    bool v6 = strchr(r->binding.host, ':') != NULL;
    snprintf(r->address, sizeof r->address, "%s%s%s:%" PRIu64, v6 ? "[" : "", r->binding.host, v6 ? "]" : "", port);
}

/* ---- calling ---- */

static troth_status begin(void *self, troth_rpc_client *c, uint64_t now)
{
    run *r = self;
    troth_status st = r->cred ? troth_rpc_client_identity(c, 1, &r->identity) : TROTH_OK;
    if (!st)
        st = r->verb->ask(r, c, now);
    return st;
}

static void fail(run *r, troth_rpc_client *c, const troth_error *error, uint64_t now)
{
    r->failed = true;
    if (!r->fault && !r->error.code)
        r->error = *error;
    troth_rpc_client_end(c, now);
}

static void reply(void *self, troth_rpc_client *c, uint64_t id, const troth_event *ev, uint64_t now)
{
    run *r = self;
    (void)id;
    if (r->failed)
        return;
    if (ev->error.code || !ev->message) {
        fail(r, c, &ev->error, now);
        return;
    }
    if (ev->message->fault) {
        r->fault = ev->message->fault;
        r->not_executed = ev->message->not_executed;
        fail(r, c, &ev->error, now);
        return;
    }
    troth_status st = r->verb->answer(r, ev->message);
    if (st == TROTH_AGAIN)
        st = r->verb->ask(r, c, now);
    else if (!st)
        troth_rpc_client_end(c, now);
    if (st) {
        const troth_error e = { .code = st, .where = "reply" };
        fail(r, c, &e, now);
    }
}

static void connected(void *self, const char *peer, uint64_t ms)
{
    const run *r = self;
    troth_cli_verbose_say(&r->verbose, "tcp", "%-40s %" PRIu64 " ms", peer, ms);
    if (r->cred)
        troth_cli_verbose_say(&r->verbose, "spn", "%s%s", r->spn, r->o->spn ? "" : "  (default; --spn to change)");
}

static void say_established(const run *r, const troth_event *ev, uint64_t ms)
{
    static const char *const what[] = { "go in clear", "are signed", "are sealed" };
    char line[TROTH_CLI_CONTEXT_LINE];
    troth_cli_context_line(&ev->facts, ev->level, line);
    troth_cli_verbose_say(&r->verbose, "context", "%s", line);
    if (!r->o->quiet)
        fprintf(stderr, "OK  context established in %" PRIu64 " ms (%u legs)      calls %s\n", ms, ev->facts.legs,
                (unsigned)ev->level < 3 ? what[ev->level] : "");
}

static void established(void *self, uint64_t id, const troth_event *ev, uint64_t ms)
{
    (void)id;
    say_established(self, ev, ms);
}

/* ---- verdicts ---- */

static int fault_verdict(const run *r)
{
    const char *name = troth_rpc_fault_name(r->fault), *hint = "";
    char level[160] = "";
    if (r->fault == TROTH_RPC_S_ACCESS_DENIED && r->identity.level < TROTH_RPC_LEVEL_PRIVACY)
        snprintf(level, sizeof level,
                 "; this was level %s: the server may want a higher one ([sign], [seal], --level privacy), or does not "
                 "let this identity in",
                 troth_rpc_level_name(r->identity.level));
    else if (r->fault == TROTH_RPC_S_ACCESS_DENIED)
        hint = r->identity.type == TROTH_RPC_AUTH_NTLM
                   ? "; the server does not let this identity in, or the password is wrong: NTLM is told so only now"
                   : "; the server does not let this identity in";
    else if (r->fault == TROTH_NCA_S_UNK_IF)
        hint = "; the server does not have this interface, or not in this version";
    else if (r->fault == TROTH_NCA_S_OP_RNG_ERROR)
        hint = "; the interface has no such operation";
    else if (r->fault == TROTH_NCA_S_COMM_FAILURE)
        hint = "; the server's own backend cannot be reached, or was lost";
    fprintf(stderr, "FAILED  rpc %s: the call was answered with a fault (%s%s0x%08" PRIx32 "%s)%s%s\n", r->address,
            name ? name : "", name ? " " : "", r->fault, r->not_executed ? ", not executed" : "", level, hint);
    return TROTH_EXIT_REJECTED;
}

static int error_verdict(const run *r, const char *when, const troth_error *e)
{
    char line[TROTH_CLI_ERROR_LINE];
    troth_cli_error_line(e, line);
    fprintf(stderr, "FAILED  rpc %s: %s%s\n", r->address, when, line);
    return (int)troth_exit_of(e->code);
}

static int verdict(const run *r, troth_status st, const troth_connect_result *result)
{
    if (r->fault)
        return fault_verdict(r);
    if (result->stage == TROTH_STAGE_NETWORK && result->net.code) {
        const char *what, *words = troth_cli_net_words(&result->net, &what);
        fprintf(stderr, "FAILED  rpc %s: %s%s%s (%s)\n", r->address, what, *what ? ": " : "", words,
                troth_status_name(result->net.code));
        return (int)troth_exit_of(result->net.code);
    }
    if (result->stage == TROTH_STAGE_HANDSHAKE && result->error.code)
        return error_verdict(r, "", &result->error);
    if (r->failed && r->error.code)
        return error_verdict(r, "", &r->error);
    if (result->error.code)
        return error_verdict(r, "after the context was established: ", &result->error);
    if (!st)
        return TROTH_EXIT_OK;
    fprintf(stderr, "FAILED  rpc %s: %s (%s)\n", r->address, troth_status_text(st), troth_status_name(st));
    return (int)troth_exit_of(st);
}

static troth_rpc_co_client_options connection_of(const run *r)
{
    return (troth_rpc_co_client_options){ .strict = r->identity.level >= TROTH_RPC_LEVEL_INTEGRITY &&
                                                    !r->binding.no_header_signing,
                                          .no_header_signing = r->binding.no_header_signing,
                                          .half_open_ms = r->o->handshake_ms,
                                          .idle_ms = r->o->idle_ms,
                                          .call_ms = r->o->call_ms };
}

static int call(run *r)
{
    const troth_gateway_rpc_call_options g = { .env = &r->verbose.env,
                                               .connection = connection_of(r),
                                               .to = r->address,
                                               .connect_ms = r->o->connect_ms,
                                               .begin = begin,
                                               .reply = reply,
                                               .connected = connected,
                                               .established = established,
                                               .self = r };
    troth_connect_result result = { 0 };
    troth_status st = troth_gateway_rpc_call(&g, &result);
    if (fflush(stdout)) {
        perror("troth connect: stdout");
        return TROTH_EXIT_FAILED;
    }
    return verdict(r, st, &result);
}

/* ---- the endpoint mapper ---- */

/* Ask as nobody, as everyone does: it tells ports only, and the server proves itself at the one it names. */
static int resolve(run *r)
{
    run ask = { .usage = r->usage,
                .o = r->o,
                .binding = r->binding,
                .verbose = r->verbose,
                .verb = &troth_cli_rpc_map,
                .transfer = TROTH_RPC_NDR,
                .syntax = r->syntax };
    ask.verbose.env.self = &ask.verbose;
    ask.binding.host = ask.binding.text;
    ask.binding.has_object = false;
    set_address(&ask, r->o->epm_port);
    int code = call(&ask);
    if (code) {
        fprintf(stderr,
                "troth connect: the endpoint mapper at %s named no port for this interface; give one: %s[PORT]\n",
                ask.address, r->binding.host);
        return code;
    }
    troth_cli_verbose_say(&r->verbose, "epm", "%s says port %u", ask.address, ask.port);
    set_address(r, ask.port);
    return TROTH_EXIT_OK;
}

static int find_address(run *r)
{
    if (r->binding.port)
        set_address(r, r->binding.port);
    else if (r->verb && r->verb->anywhere)
        set_address(r, r->o->epm_port);
    else
        return resolve(r);
    return TROTH_EXIT_OK;
}

/* ---- lending ---- */

static void lent(void *self, const troth_event *ev, uint64_t ms)
{
    say_established(self, ev, ms);
}

static void closed(void *self, const troth_connect_result *result)
{
    (void)verdict(self, TROTH_OK, result);
}

static void ready(void *self, troth_host *host, const char *address)
{
    (void)self;
    (void)host;
    printf("ready %s\n", address);
    fflush(stdout);
}

static int read_interfaces(const run *r, troth_rpc_syntax *out)
{
    const troth_cli_list *l = &r->o->interfaces;
    for (size_t i = 0; i < l->n; i++) {
        if (troth_rpc_syntax_parse(l->items[i], &out[i]))
            return troth_cli_usage_error(r->usage, "--interface", "give UUID or UUID@MAJOR[.MINOR]");
    }
    return l->n ? 0 : troth_cli_usage_error(r->usage, "--listen", "needs --interface: what local clients may call");
}

static int lend(run *r)
{
    troth_rpc_syntax interfaces[TROTH_CLI_LIST_MAX];
    int code = read_interfaces(r, interfaces);
    if (code)
        return code;
    r->syntax = interfaces[0];
    if ((code = find_address(r)) != 0 || (code = make_identity(r)) != 0)
        return code;
    const troth_gateway_rpc_lend_options g = { .env = &r->verbose.env,
                                               .connection = connection_of(r),
                                               .identity = r->cred ? &r->identity : NULL,
                                               .to = r->address,
                                               .listen = r->o->listen,
                                               .connect_ms = r->o->connect_ms,
                                               .interfaces = interfaces,
                                               .n_interfaces = r->o->interfaces.n,
                                               .connected = connected,
                                               .established = lent,
                                               .closed = closed,
                                               .ready = ready,
                                               .self = r };
    troth_host_error err = { 0 };
    troth_status st = troth_gateway_rpc_lend(&g, &err);
    if (err.code) {
        const char *what, *words = troth_cli_net_words(&err, &what);
        fprintf(stderr, "troth connect: --listen %s: %s%s%s\n", r->o->listen, what, *what ? ": " : "", words);
    } else if (st == TROTH_INVALID) {
        return troth_cli_usage_error(r->usage, "--interface", "the same interface twice");
    }
    return (int)troth_exit_of(st);
}

/* ---- start ---- */

static int ask(run *r, char **operands, int n)
{
    r->verb = n > 1 ? troth_cli_rpc_verb_find(operands[1]) : NULL;
    if (!r->verb)
        return troth_cli_usage_error(r->usage, n > 1 ? operands[1] : "BINDING",
                                     "give ping, whoami, interfaces, epm, echo or call behind it, or --listen");
    if (n - 2 != r->verb->arguments)
        return troth_cli_usage_error(r->usage, r->verb->name,
                                     r->verb->arguments ? "give UUID[@VER] OPNUM HEX" : "takes no argument");
    if (r->verb->interface && troth_rpc_syntax_parse(r->verb->interface, &r->syntax))
        return TROTH_EXIT_FAILED;
    r->stub = r->verbose.env.alloc(r->verbose.env.self, TROTH_CLI_RPC_STUB);
    if (!r->stub)
        return TROTH_EXIT_FAILED;
    int code = r->verb->read(r, operands + 2) ? TROTH_EXIT_OK : TROTH_EXIT_USAGE;
    if (!code)
        code = find_address(r);
    if (!code)
        code = make_identity(r);
    if (!code)
        code = call(r);
    r->verbose.env.release(r->verbose.env.self, r->stub, TROTH_CLI_RPC_STUB);
    return code;
}

int troth_cli_connect_rpc(const troth_cli_usage *u, const troth_cli_connect_options *o, char **operands, int n)
{
    run r = { .usage = u, .o = o };
    char spn[TROTH_CLI_RPC_ADDRESS];
    troth_status st = troth_rpc_binding_parse(operands[0], &r.binding);
    if (st || r.binding.datagram)
        return troth_cli_usage_error(
            u, operands[0],
            "give ncacn_ip_tcp:HOST[PORT,OPTION,...] with options spnego, ntlm, krb5, connect, "
            "packet, sign, seal, ndr64, nohdrsign");
    if (!r.binding.host[0] || !o->epm_port || o->epm_port > UINT16_MAX)
        return troth_cli_usage_error(u, r.binding.host[0] ? "--epm-port" : operands[0],
                                     r.binding.host[0] ? "give 1 to 65535" : "the host is missing");
    if (o->listen && n > 1)
        return troth_cli_usage_error(u, operands[1], "cannot be combined with --listen");
    if (!o->listen && o->interfaces.n)
        return troth_cli_usage_error(u, "--interface", "needs --listen");
    troth_cli_verbose_init(&r.verbose, o->verbose);
    snprintf(spn, sizeof spn, "host/%s", r.binding.host);
    r.spn = o->spn ? o->spn : spn;
    r.transfer = r.binding.ndr64 ? TROTH_RPC_NDR64 : TROTH_RPC_NDR;
    int code = set_level(&r);
    if (!code)
        code = o->listen ? lend(&r) : ask(&r, operands, n);
    troth_cred_unref(r.cred);
    return code;
}
