#include <cli/exit.h>
#include <cli/reload.h>
#include <cli/serve.h>
#include <cli/wire.h>
#include <stdio.h>
#include <string.h>

/* troth serve rpc: the built-in interfaces, or security in front of a backend that has none. */

typedef struct server {
    const troth_cli_usage *usage;
    const troth_cli_serve_options *o;
    troth_cli_mech mech;
    troth_cli_reload reload;
    bool reloads;
    unsigned builtin;
    troth_rpc_syntax interfaces[TROTH_CLI_LIST_MAX];
    troth_gateway_rpc_entry entries[TROTH_CLI_LIST_MAX];
} server;

static const troth_cli_word builtins[] = { { "mgmt", TROTH_RPC_MGMT },
                                           { "epm", TROTH_RPC_EPM },
                                           { "whoami", TROTH_RPC_WHOAMI },
                                           { "echo", TROTH_RPC_ECHO },
                                           { "all",
                                             TROTH_RPC_MGMT | TROTH_RPC_EPM | TROTH_RPC_WHOAMI | TROTH_RPC_ECHO },
                                           { "none", 0 },
                                           { NULL, 0 } };

static int read_interfaces(server *s)
{
    const troth_cli_list *l = &s->o->interfaces;
    for (size_t i = 0; i < l->n; i++) {
        if (troth_rpc_syntax_parse(l->items[i], &s->interfaces[i]))
            return troth_cli_usage_error(s->usage, "--interface", "give UUID or UUID@MAJOR[.MINOR]");
    }
    if (s->o->backend && !l->n)
        return troth_cli_usage_error(s->usage, "--backend", "needs --interface: nothing else may be called there");
    if (!s->o->backend && l->n)
        return troth_cli_usage_error(s->usage, "--interface", "needs --backend");
    return 0;
}

static int read_builtins(server *s)
{
    const troth_cli_list *l = &s->o->builtin;
    if (!l->n && !s->o->backend)
        s->builtin = (unsigned)builtins[4].value;
    for (size_t i = 0; i < l->n; i++) {
        const troth_cli_word *w = builtins;
        while (w->word && strcmp(w->word, l->items[i]) != 0)
            w++;
        if (!w->word)
            return troth_cli_usage_error(s->usage, "--builtin", "give mgmt, epm, whoami, echo, all or none");
        s->builtin |= (unsigned)w->value;
    }
    if (s->o->epm || s->o->publish.n)
        s->builtin |= TROTH_RPC_EPM;
    return 0;
}

/* "UUID@VER=HOST:PORT" */
static int read_entries(server *s)
{
    const troth_cli_list *l = &s->o->publish;
    for (size_t i = 0; i < l->n; i++) {
        char syntax[64] = "";
        const char *cut = strchr(l->items[i], '=');
        if (cut && (size_t)(cut - l->items[i]) < sizeof syntax)
            memcpy(syntax, l->items[i], (size_t)(cut - l->items[i]));
        if (!cut || troth_rpc_syntax_parse(syntax, &s->entries[i].syntax))
            return troth_cli_usage_error(s->usage, "--publish", "give UUID@MAJOR[.MINOR]=HOST:PORT");
        s->entries[i].address = cut + 1;
    }
    return 0;
}

static troth_cred *cred(void *self)
{
    server *s = self;
    return troth_cli_reload_cred(&s->reload);
}

/* A troth_cli_cred_maker. */
static troth_cred *read_cred(void *self, int *ret_exit)
{
    server *s = self;
    return troth_cli_server_cred(s->usage, troth_env_posix(), &s->o->creds, &s->mech, ret_exit);
}

static void ready(void *self, troth_host *host, const char *address)
{
    server *s = self;
    if (s->reloads)
        troth_cli_reload_watch(&s->reload, host);
    printf("ready %s\n", address);
    fflush(stdout);
}

static int run(server *s)
{
    const troth_cli_serve_options *o = s->o;
    const troth_gateway_rpc_serve_options g = {
        .connection = { .target = o->creds.service,
                        .profile = (troth_rpc_profile)o->profile,
                        .policy = o->without_mic ? TROTH_POLICY_NTLM_WITHOUT_MIC : 0,
                        .min_level = (troth_rpc_level)troth_cli_rpc_level(o->level),
                        .max_contexts = (unsigned)o->max_contexts,
                        .half_open_ms = o->handshake_ms,
                        .idle_ms = o->idle_ms },
        .cred = s->reloads ? cred : NULL,
        .cred_self = s,
        .builtin = s->builtin,
        .listen = o->listen,
        .also = o->epm,
        .backend = o->backend,
        .backend_ms = o->backend_ms,
        .interfaces = s->interfaces,
        .n_interfaces = o->interfaces.n,
        .entries = s->entries,
        .n_entries = o->publish.n,
        .allow = o->allow.items,
        .n_allow = o->allow.n,
        .log_format = (troth_log_format)o->log_format,
        .host = { .threads = (unsigned)o->pool_threads },
        .limits = { .connections = o->max_connections, .half_open = o->max_half_open, .budget = o->memory_budget },
        .drain_ms = o->drain_ms,
        .ready = ready,
        .ready_self = s,
    };
    troth_host_error err = { 0 };
    troth_status st = troth_gateway_rpc_serve(&g, &err);
    if (st == TROTH_INVALID && !err.code)
        return troth_cli_usage_error(s->usage, o->publish.n ? "--publish, --interface" : "--interface",
                                     "an interface is named twice, or an address is not HOST:PORT with a numeric host");
    return troth_cli_serve_verdict(o, st, &err);
}

static int check(const server *s)
{
    const troth_cli_serve_options *o = s->o;
    if (o->threads > 1)
        return troth_cli_usage_error(s->usage, "--threads", "rpc has one: association groups span connections");
    if (o->max_contexts > 1u << 20)
        return troth_cli_usage_error(s->usage, "--max-contexts", "too many");
    if (!s->reloads && troth_cli_rpc_level(o->level) != TROTH_RPC_LEVEL_NONE)
        return troth_cli_usage_error(s->usage, "--mech", "none needs --min-level none: there is no authentication");
    if (!s->reloads && (o->creds.keytab || o->creds.ntlm_users || o->creds.service))
        return troth_cli_usage_error(s->usage, "--mech", "none leaves no use for --keytab, --ntlm-users and --service");
    return 0;
}

int troth_cli_serve_rpc(const troth_cli_usage *u, const troth_cli_serve_options *o)
{
    server s = { .usage = u, .o = o, .reloads = strcmp(o->creds.mech, "none") != 0 };
    int code = check(&s);
    if (!code)
        code = read_interfaces(&s);
    if (!code)
        code = read_builtins(&s);
    if (!code)
        code = read_entries(&s);
    if (!code && s.reloads)
        code = troth_cli_reload_init(&s.reload, "serve", read_cred, &s);
    if (code)
        return code;
    code = run(&s);
    if (s.reloads)
        troth_cli_reload_clear(&s.reload);
    return code;
}
