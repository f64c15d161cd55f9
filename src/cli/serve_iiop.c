#include <cli/exit.h>
#include <cli/iiop.h>
#include <cli/iiop_refs.h>
#include <cli/reload.h>
#include <cli/serve.h>
#include <cli/tls_options.h>
#include <cli/wire.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* troth serve iiop: a CSIv2 target in front of an ORB that has none. */

typedef struct options {
    troth_cli_serve_options common; /* those that all servers have */
    const char *gssup_users, *realm, *publish;
    bool kerberos, stateful, stateless, clear_password, tell_caller, empty_target;
    troth_cli_list trust, quirks, refs;
    uint64_t context_idle_ms, context_life_ms, max_message, fragment_ms;
} options;

typedef struct server {
    const options *o;
    troth_cli_reload reload;
    troth_sas_target *target;
    troth_cli_tls tls;
    troth_iiop_options endpoint;
    char publish_host[TROTH_CLI_HOST_MAX];
    uint16_t publish_port;
    troth_block component;
    uint32_t quirks;
    bool authenticates; /* inside messages */
} server;

static const troth_cli_word log_formats[] = { { "text", TROTH_LOG_TEXT }, { "json", TROTH_LOG_JSON }, { NULL, 0 } };

#define AT(field)     offsetof(options, field)
#define COMMON(field) offsetof(options, common.field)
static const troth_cli_option table[] = {
    { "listen", 0, TROTH_CLI_STRING, COMMON(listen), "HOST:PORT", NULL, "where to listen; port 0 = any, see `ready`" },
    { "backend", 0, TROTH_CLI_STRING, COMMON(backend), "HOST:PORT|unix:PATH", NULL, "the ORB" },
    { "unsafe-backend", 0, TROTH_CLI_FLAG, COMMON(unsafe_backend), NULL, NULL, "allow a backend on another machine" },
    { "gssup-users", 0, TROTH_CLI_STRING, AT(gssup_users), "FILE", NULL, "users and hashes, made by troth passwd" },
    { "realm", 0, TROTH_CLI_STRING, AT(realm), "NAME", NULL, "GSSUP's target name [default]" },
    { "kerberos", 0, TROTH_CLI_FLAG, AT(kerberos), NULL, NULL, "take Kerberos tokens" },
    { "keytab", 0, TROTH_CLI_STRING, COMMON(creds.keytab), "FILE", NULL, "keys of the service [KRB5_KTNAME]" },
    { "service", 0, TROTH_CLI_STRING, COMMON(creds.service), "SPN", NULL, "the principal that is announced" },
    { "stateful", 0, TROTH_CLI_FLAG, AT(stateful), NULL, NULL, "let contexts be reused (the default)" },
    { "stateless", 0, TROTH_CLI_FLAG, AT(stateless), NULL, NULL, "evidence with every request" },
    { "max-contexts", 0, TROTH_CLI_NUMBER, COMMON(max_contexts), "N", NULL, "for reuse, of a connection [1024]" },
    { "context-idle", 0, TROTH_CLI_DURATION, AT(context_idle_ms), "TIME", NULL,
      "ends a context without requests [15m]" },
    { "context-life", 0, TROTH_CLI_DURATION, AT(context_life_ms), "TIME", NULL, "ends every context [8h]" },
    { "trust", 0, TROTH_CLI_LIST, AT(trust), "PATTERN", NULL, "who may speak for others" },
    { "tls-cert", 0, TROTH_CLI_STRING, COMMON(tls.cert), "FILE", NULL, "speak TLS, with this certificate" },
    { "tls-key", 0, TROTH_CLI_STRING, COMMON(tls.key), "FILE", NULL, "its key [in the certificate's file]" },
    { "client-ca", 0, TROTH_CLI_STRING, COMMON(tls.ca), "FILE", NULL, "demand certificates of clients that lead here" },
    { "tls-rule", 0, TROTH_CLI_LIST, COMMON(tls.rules), "RULE", NULL, "whose they are: FIELD[:MATCH][->ACCOUNT]" },
    { "handshake-timeout", 0, TROTH_CLI_DURATION, COMMON(handshake_ms), "TIME", NULL, "of TLS [10s]" },
    { "allow", 0, TROTH_CLI_LIST, COMMON(allow), "PATTERN", NULL, "who may call: NAME, NAME@SCOPE, anonymous" },
    { "clear-password", 0, TROTH_CLI_FLAG, AT(clear_password), NULL, NULL,
      "take passwords without TLS from elsewhere" },
    { "empty-target", 0, TROTH_CLI_FLAG, AT(empty_target), NULL, NULL, "take passwords meant for no target" },
    { "tell-caller", 0, TROTH_CLI_FLAG, AT(tell_caller), NULL, NULL, "tell the backend who calls (service context)" },
    { "publish", 0, TROTH_CLI_STRING, AT(publish), "HOST:PORT", NULL, "our address in references that pass" },
    { "publish-ior", 0, TROTH_CLI_LIST, AT(refs), "IN=OUT", NULL, "write a reference's file with it" },
    { "quirk", 0, TROTH_CLI_LIST, AT(quirks), "NAME", NULL, "trailing, booleans, wrapped-name, silent, lengths" },
    { "max-message", 0, TROTH_CLI_SIZE, AT(max_message), "SIZE", NULL, "of a GIOP message [1m]" },
    { "fragment-timeout", 0, TROTH_CLI_DURATION, AT(fragment_ms), "TIME", NULL, "for a message's last fragment [30s]" },
    { "log-format", 0, TROTH_CLI_CHOICE, COMMON(log_format), "FORMAT", log_formats, "of the log on stderr" },
    { "max-connections", 0, TROTH_CLI_NUMBER, COMMON(max_connections), "N", NULL, "open at once [10000]" },
    { "max-half-open", 0, TROTH_CLI_NUMBER, COMMON(max_half_open), "N", NULL, "of those, unauthenticated [8192]" },
    { "memory-budget", 0, TROTH_CLI_SIZE, COMMON(memory_budget), "SIZE", NULL, "of all unauthenticated peers [64m]" },
    { "idle-timeout", 0, TROTH_CLI_DURATION, COMMON(idle_ms), "TIME", NULL, "ends a quiet connection [never]" },
    { "backend-timeout", 0, TROTH_CLI_DURATION, COMMON(backend_ms), "TIME", NULL, "for reaching the backend [5s]" },
    { "drain-timeout", 0, TROTH_CLI_DURATION, COMMON(drain_ms), "TIME", NULL,
      "for connections to end on SIGTERM [30s]" },
    { "pool-threads", 0, TROTH_CLI_NUMBER, COMMON(pool_threads), "N", NULL, "threads for evidence [4]" },
    { 0 },
};
#undef AT
#undef COMMON

static const troth_cli_usage usage = {
    "serve iiop", "", "Put a CSIv2 target in front of an ORB that has none.", 0, 0, table,
};

/* ---- policy ---- */

static bool trusts(void *self, const troth_identity *authenticated, const troth_identity *asserted)
{
    const server *s = self;
    const troth_cli_list *l = &s->o->trust;
    (void)asserted;
    return l->n && troth_policy_allows(l->items, l->n, authenticated, 0) == TROTH_OK;
}

static troth_status allows(void *self, const troth_identity *caller, troth_flags flags)
{
    const server *s = self;
    return troth_policy_allows(s->o->common.allow.items, s->o->common.allow.n, caller, flags);
}

static bool lets_anonymous(const troth_cli_list *allow)
{
    for (size_t i = 0; i < allow->n; i++) {
        if (strcasecmp(allow->items[i], "anonymous") == 0)
            return true;
    }
    return false;
}

/* ---- credentials ---- */

/* A troth_cli_cred_maker. */
static troth_cred *read_cred(void *self, int *ret_exit)
{
    const server *s = self;
    const troth_cli_server_creds *c = &s->o->common.creds;
    troth_cred_source sources[2];
    size_t n = 0;
    if (s->o->gssup_users)
        sources[n++] = (troth_cred_source){ .mech = "gssup", .kind = TROTH_CRED_HASH_FILE, .path = s->o->gssup_users };
    if (s->o->kerberos)
        sources[n++] = (troth_cred_source){ .mech = "kerberos",
                                            .kind = c->keytab ? TROTH_CRED_KEYTAB : TROTH_CRED_DEFAULT,
                                            .path = c->keytab,
                                            .principal = c->service };
    troth_cred *cred = NULL;
    troth_status st = troth_cred_new(troth_env_posix(), troth_mechs_csi(), TROTH_USE_ACCEPT, sources, n, &cred);
    if (!st)
        return cred;
    fprintf(stderr, "troth serve: credential: %s (%s)\n", troth_status_text(st), troth_status_name(st));
    *ret_exit = (int)troth_exit_of(st);
    return NULL;
}

static void changed(void *self, troth_cred *cred)
{
    server *s = self;
    troth_sas_target_set_cred(s->target, cred);
}

/* ---- the target ---- */

static troth_status make_target(server *s)
{
    const options *o = s->o;
    troth_sas_target_options t = {
        .env = troth_env_posix(),
        .realm = o->realm,
        .service = o->kerberos ? o->common.creds.service : NULL,
        .identity_types = o->trust.n ? TROTH_CSI_ITT_ANONYMOUS | TROTH_CSI_ITT_PRINCIPAL_NAME |
                                           TROTH_CSI_ITT_X509_CERT_CHAIN | TROTH_CSI_ITT_DISTINGUISHED_NAME
                                     : 0,
        .stateful = !o->stateless,
        .clear_password = o->clear_password || troth_cli_is_local(o->common.listen),
        .empty_target = o->empty_target,
        .contexts = (uint32_t)o->common.max_contexts,
        .idle_ms = o->context_idle_ms,
        .life_ms = o->context_life_ms,
        .quirks = s->quirks,
        .rules = { s, trusts, allows, NULL },
    };
    if (!lets_anonymous(&o->common.allow))
        t.required |= TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT;
    if (o->common.tls.cert) /* nobody comes without it, so references may say so */
        t.required |= TROTH_CSI_INTEGRITY | TROTH_CSI_CONFIDENTIALITY;
    if (s->authenticates)
        t.cred = troth_cli_reload_cred(&s->reload);
    troth_status st = troth_sas_target_new(&t, &s->target);
    troth_cred_unref(t.cred);
    return st;
}

/* What references shall say: our address, and component 33. Behind TLS the address stands there only. [CORBA 24.5.1.3] */
static int prepare_refs(server *s)
{
    const options *o = s->o;
    bool tls = o->common.tls.cert;
    if (o->refs.n && !o->publish)
        return troth_cli_usage_error(&usage, "--publish-ior", "needs --publish");
    if (!o->publish)
        return 0;
    if (!troth_cli_read_host_port(o->publish, s->publish_host, sizeof s->publish_host, &s->publish_port))
        return troth_cli_usage_error(&usage, "--publish", "give HOST:PORT");
    const troth_csi_address at = { { (const uint8_t *)s->publish_host, strlen(s->publish_host) }, s->publish_port };
    troth_status st = troth_sas_target_component(s->target, tls ? &at : NULL, &s->component);
    if (st)
        return (int)troth_exit_of(st);
    if (tls)
        s->publish_port = 0;
    const troth_ior_tagged c = { TROTH_TAG_CSI_SEC_MECH_LIST, { s->component.data, s->component.len } };
    const troth_ior_changes changes = { .host = s->publish_host, .port = s->publish_port, .set = &c, .n_set = 1 };
    return troth_cli_refs_write("serve", &o->refs, &changes) ? 0 : TROTH_EXIT_CONFIG;
}

/* ---- running ---- */

static troth_status make_target_end(void *self, const troth_env *env, const troth_transport *transport, uint64_t now,
                                    troth_endpoint **ret)
{
    const server *s = self;
    troth_iiop_options o = s->endpoint;
    o.env = env;
    return troth_iiop_target_new(s->target, &o, transport, now, ret);
}

/* A troth_endpoint_maker. */
static troth_status make(void *self, const troth_env *env, const troth_transport *transport, uint64_t now,
                         troth_endpoint **ret)
{
    return troth_cli_tls_make(&((server *)self)->tls, make_target_end, self, env, transport, now, ret);
}

static void ready(void *self, troth_host *host, const char *address)
{
    server *s = self;
    if (s->authenticates)
        troth_cli_reload_watch(&s->reload, host);
    printf("ready %s\n", address);
    fflush(stdout);
}

static int run(server *s)
{
    const troth_cli_serve_options *o = &s->o->common;
    s->endpoint = (troth_iiop_options){
        .message_max = (uint32_t)s->o->max_message,
        .fragment_ms = s->o->fragment_ms,
        .idle_ms = o->idle_ms,
        .tell_caller = s->o->tell_caller,
        .publish_host = s->o->publish ? s->publish_host : NULL,
        .publish_port = s->publish_port,
        .publish_component = { s->component.data, s->component.len },
    };
    troth_gateway_serve_options g = {
        .wire = "iiop",
        .make = make,
        .make_self = s,
        .listen = o->listen,
        .backend = o->backend,
        .backend_ms = o->backend_ms,
        .messages = true,
        .log_format = (troth_log_format)o->log_format,
        .host = { .threads = (unsigned)o->pool_threads },
        .limits = { .connections = o->max_connections, .half_open = o->max_half_open, .budget = o->memory_budget },
        .drain_ms = o->drain_ms,
        .ready = ready,
        .ready_self = s,
    };
    troth_host_error err = { 0 };
    return troth_cli_serve_verdict(o, troth_gateway_serve(&g, &err), &err);
}

/* Complain about options that are missing or cannot stand together; 0 or the exit code. */
static int check(const options *o)
{
    const troth_cli_serve_options *c = &o->common;
    char host[TROTH_CLI_HOST_MAX];
    if (!c->listen || !c->backend)
        return troth_cli_usage_error(&usage, c->listen ? "--backend" : "--listen", "missing");
    if (strncmp(c->backend, "unix:", 5) != 0 && !troth_cli_host_of(c->backend, host))
        return troth_cli_usage_error(&usage, "--backend", "give HOST:PORT or unix:PATH");
    if (!c->unsafe_backend && !troth_cli_is_local(c->backend))
        return troth_cli_usage_error(&usage, "--backend",
                                     "what was judged here could be forged there; --unsafe-backend allows it");
    if (!o->gssup_users && !o->kerberos && !c->tls.ca && !lets_anonymous(&c->allow))
        return troth_cli_usage_error(&usage, "--gssup-users", "nobody could call: give it, --kerberos or --client-ca");
    if (!o->kerberos && (c->creds.keytab || c->creds.service))
        return troth_cli_usage_error(&usage, c->creds.keytab ? "--keytab" : "--service", "needs --kerberos");
    if (c->max_contexts > 1u << 20 || c->pool_threads > 1024)
        return troth_cli_usage_error(&usage, c->pool_threads > 1024 ? "--pool-threads" : "--max-contexts", "too many");
    if (o->max_message && (o->max_message < 1024 || o->max_message > 1u << 30))
        return troth_cli_usage_error(&usage, "--max-message", "give 1k to 1g");
    return troth_cli_check_stateful(&usage, o->stateful, o->stateless);
}

static int serve(server *s)
{
    troth_status st = make_target(s);
    if (st) {
        fprintf(stderr, "troth serve: %s (%s)\n", troth_status_text(st), troth_status_name(st));
        return (int)troth_exit_of(st);
    }
    s->reload.changed = changed;
    int code = prepare_refs(s);
    if (!code)
        code = run(s);
    troth_ior_free(troth_env_posix(), &s->component);
    troth_sas_target_free(s->target);
    return code;
}

int troth_cli_serve_iiop(int argc, char **argv)
{
    options o = { 0 };
    int first, code;
    troth_cli_parsed p = troth_cli_parse(&usage, argc, argv, &o, &first);
    if (p != TROTH_CLI_GO)
        return troth_cli_parsed_exit(p);
    if ((code = check(&o)) != 0)
        return code;
    server s = { .o = &o, .authenticates = o.gssup_users || o.kerberos, .tls.handshake_ms = o.common.handshake_ms };
    if ((code = troth_cli_read_quirks(&usage, &o.quirks, &s.quirks)) != 0 ||
        (code = troth_cli_tls_open(&s.tls, &usage, troth_env_posix(), TROTH_ACCEPTOR, &o.common.tls, NULL)) != 0)
        return code;
    if (s.authenticates)
        code = troth_cli_reload_init(&s.reload, "serve", read_cred, &s);
    if (!code)
        code = serve(&s);
    if (s.authenticates)
        troth_cli_reload_clear(&s.reload);
    troth_cli_tls_close(&s.tls);
    return code;
}
