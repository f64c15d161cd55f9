#include <cli/creds.h>
#include <cli/exit.h>
#include <cli/files.h>
#include <cli/iiop.h>
#include <cli/iiop_refs.h>
#include <cli/report.h>
#include <cli/tls_options.h>
#include <cli/verbose.h>
#include <cli/wire.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <troth/gateway.h>

/* troth connect iiop: lends CSIv2 to an ORB that has none. */

typedef struct options {
    troth_cli_client_creds creds;
    const char *listen, *realm, *service, *assert_name, *ior;
    bool kerberos, stateful, stateless, clear_password, quiet;
    troth_cli_list quirks, refs;
    troth_cli_tls_options tls;
    unsigned verbose;
    uint64_t connect_ms, handshake_ms, idle_ms, drain_ms, max_message, fragment_ms;
} options;

/* One invocation: all that its endpoints are made of. */
typedef struct client {
    const options *o;
    const char *address;
    char spn[TROTH_CLI_HOST_MAX + 8];
    troth_cred *cred; /* NULL: it does not authenticate inside messages */
    troth_cli_tls tls;
    troth_cli_ref ref;
    troth_bytes mech_list;
    uint32_t quirks;
    troth_cli_verbose verbose;
} client;

#define AT(field) offsetof(options, field)
static const troth_cli_option table[] = {
    { "listen", 0, TROTH_CLI_STRING, AT(listen), "HOST:PORT|unix:PATH", NULL, "where the ORB finds us" },
    { "user", 0, TROTH_CLI_STRING, AT(creds.user), "NAME", NULL, "with --password-file" },
    { "password-file", 0, TROTH_CLI_STRING, AT(creds.password_file), "FILE", NULL, "password on the first line" },
    { "realm", 0, TROTH_CLI_STRING, AT(realm), "NAME", NULL,
      "GSSUP's target name, where no reference tells [default]" },
    { "kerberos", 0, TROTH_CLI_FLAG, AT(kerberos), NULL, NULL, "authenticate by Kerberos" },
    { "ccache", 0, TROTH_CLI_STRING, AT(creds.ccache), "NAME", NULL, "ticket cache [KRB5CCNAME]" },
    { "keytab", 0, TROTH_CLI_STRING, AT(creds.keytab), "FILE", NULL, "with --principal" },
    { "principal", 0, TROTH_CLI_STRING, AT(creds.principal), "U@REALM", NULL, "whose keys the keytab holds" },
    { "service", 0, TROTH_CLI_STRING, AT(service), "SPN", NULL, "the target's principal [host/HOST]" },
    { "stateful", 0, TROTH_CLI_FLAG, AT(stateful), NULL, NULL, "reuse contexts, where the target offers it" },
    { "stateless", 0, TROTH_CLI_FLAG, AT(stateless), NULL, NULL, "evidence with every request (the default)" },
    { "assert", 0, TROTH_CLI_STRING, AT(assert_name), "NAME", NULL, "speak for NAME; anonymous is nobody" },
    { "ior", 0, TROTH_CLI_STRING, AT(ior), "FILE|IOR:...", NULL, "the target's reference, for what it demands" },
    { "local-ior", 0, TROTH_CLI_LIST, AT(refs), "IN=OUT", NULL, "write a reference's file with --listen's address" },
    { "tls", 0, TROTH_CLI_FLAG, AT(tls.tls), NULL, NULL, "speak TLS to the target" },
    { "tls-ca", 0, TROTH_CLI_STRING, AT(tls.ca), "FILE", NULL,
      "that the target's certificate leads to [the system's]" },
    { "tls-name", 0, TROTH_CLI_STRING, AT(tls.name), "NAME", NULL, "whose certificate it must be [HOST]" },
    { "tls-cert", 0, TROTH_CLI_STRING, AT(tls.cert), "FILE", NULL, "a certificate of ours, for targets that ask" },
    { "tls-key", 0, TROTH_CLI_STRING, AT(tls.key), "FILE", NULL, "its key [in the certificate's file]" },
    { "clear-password", 0, TROTH_CLI_FLAG, AT(clear_password), NULL, NULL,
      "send passwords without TLS, elsewhere, too" },
    { "quirk", 0, TROTH_CLI_LIST, AT(quirks), "NAME", NULL, "trailing, booleans, wrapped-name, silent, lengths" },
    { "max-message", 0, TROTH_CLI_SIZE, AT(max_message), "SIZE", NULL, "of a GIOP message [1m]" },
    { "fragment-timeout", 0, TROTH_CLI_DURATION, AT(fragment_ms), "TIME", NULL, "for a message's last fragment [30s]" },
    { "connect-timeout", 0, TROTH_CLI_DURATION, AT(connect_ms), "TIME", NULL, "for reaching the target [10s]" },
    { "handshake-timeout", 0, TROTH_CLI_DURATION, AT(handshake_ms), "TIME", NULL, "of TLS [10s]" },
    { "idle-timeout", 0, TROTH_CLI_DURATION, AT(idle_ms), "TIME", NULL, "ends a quiet connection [never]" },
    { "drain-timeout", 0, TROTH_CLI_DURATION, AT(drain_ms), "TIME", NULL, "for connections to end on SIGTERM [30s]" },
    { "verbose", 'v', TROTH_CLI_COUNT, AT(verbose), NULL, NULL, "show the legs; twice: states, too" },
    { "quiet", 'q', TROTH_CLI_FLAG, AT(quiet), NULL, NULL, "no line for a context" },
    { 0 },
};
#undef AT

static const troth_cli_usage usage = {
    "connect iiop", "HOST:PORT", "Lend CSIv2 to an ORB that has none.", 1, 1, table,
};

/* ---- credentials ---- */

static troth_cred_source kerberos_source(const options *o)
{
    troth_cred_source s = { .mech = "kerberos", .kind = TROTH_CRED_DEFAULT };
    if (o->creds.keytab) {
        s.kind = TROTH_CRED_KEYTAB;
        s.path = o->creds.keytab;
        s.principal = o->creds.principal;
    } else if (o->creds.ccache) {
        s.kind = TROTH_CRED_CCACHE;
        s.path = o->creds.ccache;
    }
    return s;
}

static int make_cred(client *c)
{
    const options *o = c->o;
    uint8_t secret[TROTH_CLI_SECRET_MAX];
    size_t len = 0, n = 0;
    troth_cred_source sources[2];
    if (!o->creds.user && !o->kerberos)
        return 0;
    if (o->creds.user && !troth_cli_read_secret("connect iiop", o->creds.password_file, secret, &len))
        return TROTH_EXIT_CONFIG;
    if (o->kerberos)
        sources[n++] = kerberos_source(o);
    if (o->creds.user)
        sources[n++] = (troth_cred_source){
            .mech = "gssup", .kind = TROTH_CRED_PASSWORD, .principal = o->creds.user, .secret = { secret, len }
        };
    troth_status st = troth_cred_new(&c->verbose.env, troth_mechs_csi(), TROTH_USE_INITIATE, sources, n, &c->cred);
    explicit_bzero(secret, sizeof secret);
    if (st) {
        fprintf(stderr, "troth connect iiop: credential: %s (%s)\n", troth_status_text(st), troth_status_name(st));
        return (int)troth_exit_of(st);
    }
    return troth_cli_acquire("connect iiop", c->cred);
}

/* ---- connections ---- */

static troth_sas_assertion assertion_of(const options *o)
{
    if (!o->assert_name)
        return (troth_sas_assertion){ 0 };
    if (strcmp(o->assert_name, "anonymous") == 0)
        return (troth_sas_assertion){ .type = TROTH_CSI_ITT_ANONYMOUS };
    return (troth_sas_assertion){ .type = TROTH_CSI_ITT_PRINCIPAL_NAME, .user = o->assert_name };
}

static troth_status make_client_end(void *self, const troth_env *env, const troth_transport *transport, uint64_t now,
                                    troth_endpoint **ret)
{
    const client *c = self;
    const options *o = c->o;
    const troth_sas_client_options sas = {
        .env = env,
        .cred = c->cred,
        .mech_list = c->mech_list,
        .unlisted = !c->mech_list.len,
        .clear_password = o->clear_password || troth_cli_is_local(c->address),
        .stateful = o->stateful,
        .realm = o->realm ? o->realm : "default",
        .service = o->kerberos ? c->spn : NULL,
        .required = c->cred ? TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT : 0,
        .assertion = assertion_of(o),
        .transport = transport,
        .quirks = c->quirks,
    };
    const troth_iiop_options iiop = {
        .env = env, .message_max = (uint32_t)o->max_message, .fragment_ms = o->fragment_ms, .idle_ms = o->idle_ms
    };
    return troth_iiop_client_new(&sas, &iiop, now, ret);
}

/* A troth_endpoint_maker. */
static troth_status make(void *self, const troth_env *env, const troth_transport *transport, uint64_t now,
                         troth_endpoint **ret)
{
    return troth_cli_tls_make(&((client *)self)->tls, make_client_end, self, env, transport, now, ret);
}

static void established(void *self, const troth_event *ev, uint64_t ms)
{
    const client *c = self;
    if (!c->o->quiet)
        fprintf(stderr, "OK  context %" PRIu64 " by %s after %" PRIu64 " ms, %s\n", ev->id,
                troth_mech_id_name(ev->facts.mech), ms, ev->id ? "to be reused" : "for each request");
}

static void closed(void *self, const troth_connect_result *r)
{
    const client *c = self;
    char line[TROTH_CLI_ERROR_LINE];
    if (r->stage == TROTH_STAGE_NETWORK) {
        const char *what, *words = troth_cli_net_words(&r->net, &what);
        fprintf(stderr, "FAILED  iiop %s: %s%s%s\n", c->address, what, *what ? ": " : "", words);
    } else if (r->error.code) {
        troth_cli_error_line(&r->error, line);
        fprintf(stderr, "FAILED  iiop %s: %s\n", c->address, line);
    }
}

/* The address is known only now, where the port was 0. */
static void ready(void *self, troth_host *host, const char *address)
{
    const client *c = self;
    static const uint32_t secured[] = { TROTH_TAG_CSI_SEC_MECH_LIST, TROTH_TAG_SSL_SEC_TRANS, TROTH_TAG_TLS_SEC_TRANS,
                                        TROTH_TAG_SECIOP_SEC_TRANS };
    char at[TROTH_CLI_HOST_MAX];
    troth_ior_changes changes = { .host = at, .drop = secured, .n_drop = sizeof secured / sizeof *secured };
    if (c->o->refs.n && (!troth_cli_read_host_port(address, at, sizeof at, &changes.port) ||
                         !troth_cli_refs_write("connect iiop", &c->o->refs, &changes))) {
        troth_host_drain(host, 0);
        return;
    }
    printf("ready %s\n", address);
    fflush(stdout);
}

static int lend(client *c)
{
    const options *o = c->o;
    const troth_gateway_connect_options g = { .env = &c->verbose.env,
                                              .wire = "iiop",
                                              .make = make,
                                              .make_self = c,
                                              .to = c->address,
                                              .listen = o->listen,
                                              .connect_ms = o->connect_ms,
                                              .drain_ms = o->drain_ms,
                                              .established = established,
                                              .closed = closed,
                                              .ready = ready,
                                              .self = c };
    troth_connect_result result = { 0 };
    troth_status st = troth_gateway_connect(&g, &result);
    if (result.stage == TROTH_STAGE_NETWORK && result.net.code && st) {
        const char *what, *words = troth_cli_net_words(&result.net, &what);
        fprintf(stderr, "troth connect iiop: --listen %s: %s%s%s\n", o->listen, what, *what ? ": " : "", words);
    }
    return (int)troth_exit_of(st);
}

/* ---- the command line ---- */

static int check(const options *o)
{
    if (!o->listen)
        return troth_cli_usage_error(&usage, "--listen", "missing");
    if (!o->creds.user != !o->creds.password_file)
        return troth_cli_usage_error(&usage, o->creds.user ? "--user" : "--password-file",
                                     "give both of --user and --password-file");
    if (!o->creds.keytab != !o->creds.principal)
        return troth_cli_usage_error(&usage, o->creds.keytab ? "--keytab" : "--principal",
                                     "give both of --keytab and --principal");
    if (!o->kerberos && (o->creds.keytab || o->creds.ccache || o->service))
        return troth_cli_usage_error(&usage,
                                     o->creds.keytab   ? "--keytab"
                                     : o->creds.ccache ? "--ccache"
                                                       : "--service",
                                     "needs --kerberos");
    if (!o->creds.user && !o->kerberos && !o->assert_name && !o->tls.tls)
        return troth_cli_usage_error(&usage, "--user",
                                     "there is nothing to lend: give it, --kerberos, --assert or --tls");
    if (o->max_message && (o->max_message < 1024 || o->max_message > 1u << 30))
        return troth_cli_usage_error(&usage, "--max-message", "give 1k to 1g");
    return troth_cli_check_stateful(&usage, o->stateful, o->stateless);
}

static int read_ior(client *c)
{
    if (!c->o->ior)
        return 0;
    if (!troth_cli_ref_read("connect iiop", c->o->ior, &c->ref))
        return TROTH_EXIT_CONFIG;
    if (!troth_cli_ref_mech_list(&c->ref, &c->mech_list) || !c->mech_list.len)
        return troth_cli_usage_error(&usage, "--ior", "the reference has no component 33, TAG_CSI_SEC_MECH_LIST");
    return 0;
}

int troth_cli_connect_iiop(int argc, char **argv)
{
    options o = { 0 };
    client c = { .o = &o };
    char host[TROTH_CLI_HOST_MAX];
    int first, code;
    troth_cli_parsed p = troth_cli_parse(&usage, argc, argv, &o, &first);
    if (p != TROTH_CLI_GO)
        return troth_cli_parsed_exit(p);
    c.address = argv[first];
    if (!troth_cli_host_of(c.address, host))
        return troth_cli_usage_error(&usage, c.address, "give HOST:PORT");
    snprintf(c.spn, sizeof c.spn, "%s%s", o.service ? "" : "host/", o.service ? o.service : host);
    troth_cli_verbose_init(&c.verbose, o.verbose);
    if ((code = check(&o)) != 0 || (code = troth_cli_read_quirks(&usage, &o.quirks, &c.quirks)) != 0 ||
        (code = read_ior(&c)) != 0 ||
        (code = troth_cli_tls_open(&c.tls, &usage, &c.verbose.env, TROTH_INITIATOR, &o.tls, host)) != 0)
        return code;
    c.tls.handshake_ms = o.handshake_ms;
    code = make_cred(&c);
    if (!code)
        code = lend(&c);
    troth_cred_unref(c.cred);
    troth_cli_tls_close(&c.tls);
    return code;
}
