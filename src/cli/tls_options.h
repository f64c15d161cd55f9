/*
 * cli/tls_options.h: TLS below a wire, as options say it: --tls-cert, --tls-key, --client-ca, --tls-rule of servers, and
 * --tls, --tls-ca, --tls-name, --tls-cert, --tls-key of clients.
 */
#ifndef TROTH_CLI_TLS_OPTIONS_H
#define TROTH_CLI_TLS_OPTIONS_H

#include <cli/options.h>
#include <troth/host.h>

/* What was given. A server speaks TLS when it has a certificate, a client when --tls says so. */
typedef struct troth_cli_tls_options {
    bool tls;
    const char *cert, *key, *ca, *name; /* ca: --client-ca or --tls-ca */
    troth_cli_list rules;
} troth_cli_tls_options;

/* A command's TLS; all zero = none. */
typedef struct troth_cli_tls {
    troth_cred *cred; /* NULL: there is no TLS here */
    troth_role role;
    const char *target;
    bool client_certs;
    uint64_t handshake_ms;
    troth_tls_config config;
    troth_cert_rule rules[TROTH_CLI_LIST_MAX];
    char text[TROTH_CLI_LIST_MAX][512]; /* of the rules */
} troth_cli_tls;

/*
 * Read "FIELD[:MATCH][->ACCOUNT]": upn, email, dns, cn, subject, sha256. text: room for the parts, which are views of it.
 * False = not of this form.
 */
bool troth_cli_read_tls_rule(const char *rule, char text[512], troth_cert_rule *ret);
/*
 * Check the options and acquire what they name; complains on stderr. The exit code; without TLS options 0, and nothing is
 * acquired.
 *
 * host  client: the server's host, for which its certificate must be unless --tls-name says otherwise; borrowed
 */
int troth_cli_tls_open(troth_cli_tls *t, const troth_cli_usage *u, const troth_env *env, troth_role role,
                       const troth_cli_tls_options *o, const char *host);
void troth_cli_tls_close(troth_cli_tls *t);
/* Call a maker of endpoints: below TLS where there is TLS, at once where there is none. */
troth_status troth_cli_tls_make(const troth_cli_tls *t, troth_endpoint_maker make, void *self, const troth_env *env,
                                const troth_transport *transport, uint64_t now, troth_endpoint **ret);

#endif
