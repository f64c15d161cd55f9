#include <cli/creds.h>
#include <cli/exit.h>
#include <cli/tls_options.h>
#include <stdio.h>
#include <string.h>

static const troth_cli_word fields[] = { { "upn", TROTH_CERT_UPN },
                                         { "email", TROTH_CERT_EMAIL },
                                         { "dns", TROTH_CERT_DNS },
                                         { "cn", TROTH_CERT_CN },
                                         { "subject", TROTH_CERT_SUBJECT },
                                         { "sha256", TROTH_CERT_SHA256 },
                                         { NULL, 0 } };

/* Cut text in two at the first mark; NULL = it has none. */
static char *behind(char *text, const char *mark)
{
    char *at = strstr(text, mark);
    if (!at)
        return NULL;
    *at = 0;
    return at + strlen(mark);
}

bool troth_cli_read_tls_rule(const char *rule, char text[512], troth_cert_rule *ret)
{
    size_t len = strlen(rule);
    if (len >= 512)
        return false;
    memcpy(text, rule, len + 1);
    const char *account = behind(text, "->"), *match = behind(text, ":");
    const troth_cli_word *w = fields;
    while (w->word && strcmp(w->word, text) != 0)
        w++;
    if (!w->word || (account && !*account) || (match && !*match) || (w->value == TROTH_CERT_SHA256 && !match))
        return false;
    *ret = (troth_cert_rule){ (troth_cert_field)w->value, match, account };
    return true;
}

static int check_server(const troth_cli_usage *u, const troth_cli_tls_options *o)
{
    const char *needs_cert = o->key ? "--tls-key" : o->ca ? "--client-ca" : o->rules.n ? "--tls-rule" : NULL;
    if (!o->cert && needs_cert)
        return troth_cli_usage_error(u, needs_cert, "needs --tls-cert");
    if (o->rules.n && !o->ca)
        return troth_cli_usage_error(u, "--tls-rule", "needs --client-ca");
    return 0;
}

static int check_client(const troth_cli_usage *u, const troth_cli_tls_options *o, const char *host)
{
    const char *needs_tls = o->cert   ? "--tls-cert"
                            : o->key  ? "--tls-key"
                            : o->ca   ? "--tls-ca"
                            : o->name ? "--tls-name"
                                      : NULL;
    if (!o->tls && needs_tls)
        return troth_cli_usage_error(u, needs_tls, "needs --tls");
    if (o->key && !o->cert)
        return troth_cli_usage_error(u, "--tls-key", "needs --tls-cert");
    if (o->tls && !o->name && !*host)
        return troth_cli_usage_error(u, "--tls", "whose certificate? Give --tls-name");
    return 0;
}

static int read_rules(troth_cli_tls *t, const troth_cli_usage *u, const troth_cli_tls_options *o)
{
    for (size_t i = 0; i < o->rules.n; i++)
        if (!troth_cli_read_tls_rule(o->rules.items[i], t->text[i], &t->rules[i]))
            return troth_cli_usage_error(u, "--tls-rule",
                                         "give FIELD[:MATCH][->ACCOUNT]; fields are upn, email, dns, cn, subject, "
                                         "and sha256 with a MATCH");
    return 0;
}

static int acquire(troth_cli_tls *t, const troth_cli_usage *u, const troth_env *env, const troth_cli_tls_options *o)
{
    t->config = (troth_tls_config){ .key_path = o->key, .trust_path = o->ca, .rules = t->rules, .n_rules = o->rules.n };
    const troth_cred_source src = {
        .mech = "tls", .kind = o->cert ? TROTH_CRED_PEM : TROTH_CRED_DEFAULT, .path = o->cert, .tls = &t->config
    };
    troth_cred_use use = t->role == TROTH_INITIATOR ? TROTH_USE_INITIATE : TROTH_USE_ACCEPT;
    troth_status st = troth_cred_new(env, troth_mechs_default(), use, &src, 1, &t->cred);
    if (st) {
        fprintf(stderr, "troth %s: TLS: %s (%s)\n", u->name, troth_status_text(st), troth_status_name(st));
        return (int)troth_exit_of(st);
    }
    int code = troth_cli_acquire(u->name, t->cred);
    if (code)
        troth_cli_tls_close(t);
    return code;
}

int troth_cli_tls_open(troth_cli_tls *t, const troth_cli_usage *u, const troth_env *env, troth_role role,
                       const troth_cli_tls_options *o, const char *host)
{
    int code = role == TROTH_INITIATOR ? check_client(u, o, host) : check_server(u, o);
    t->cred = NULL;
    t->role = role;
    t->target = role == TROTH_ACCEPTOR ? NULL : o->name ? o->name : host;
    t->client_certs = role == TROTH_ACCEPTOR && o->ca;
    if (!code)
        code = read_rules(t, u, o);
    if (code || !(role == TROTH_INITIATOR ? o->tls : o->cert != NULL))
        return code;
    return acquire(t, u, env, o);
}

void troth_cli_tls_close(troth_cli_tls *t)
{
    troth_cred_unref(t->cred);
    t->cred = NULL;
}

troth_status troth_cli_tls_make(const troth_cli_tls *t, troth_endpoint_maker make, void *self, const troth_env *env,
                                const troth_transport *transport, uint64_t now, troth_endpoint **ret)
{
    if (!t->cred)
        return make(self, env, transport, now, ret);
    const troth_tls_options o = { .env = env,
                                  .cred = t->cred,
                                  .role = t->role,
                                  .target = t->target,
                                  .require = t->client_certs ? TROTH_F_MUTUAL : 0,
                                  .policy = t->client_certs ? TROTH_POLICY_REQUIRE_CERT : 0,
                                  .handshake_ms = t->handshake_ms,
                                  .make = make,
                                  .make_self = self };
    return troth_tls_endpoint_new(&o, transport, now, ret);
}
