/* cli/creds.h: --mech and the credential options, turned into a credential. */
#ifndef TROTH_CLI_CREDS_H
#define TROTH_CLI_CREDS_H

#include <cli/options.h>
#include <troth/sec.h>

/* --mech: the outer mechanism, and the ones inside in order of preference. */
typedef struct troth_cli_mech {
    const char *outer;    /* "spnego", "kerberos", "ntlm"                                  */
    const char *inner[2]; /* equal to outer when that is no negotiation                    */
    size_t n;
    bool listed; /* the inner ones were named, or the outer one is no negotiation          */
} troth_cli_mech;

/* Read "negotiate", "negotiate:kerberos,ntlm", "kerberos" or "ntlm"; false = none of these. */
bool troth_cli_read_mech(const char *text, troth_cli_mech *ret);
/* Tell whether a mechanism is among the inner ones. */
bool troth_cli_mech_has(const troth_cli_mech *m, const char *name);

/* An account as --user names it: "D\U" (domain set) or "U@REALM" (realm set). */
typedef struct troth_cli_account {
    char whole[256], user[256], domain[256];
    bool is_principal; /* the form with "@" */
} troth_cli_account;

/* Split --user; false = neither form, or too long. */
bool troth_cli_read_account(const char *text, troth_cli_account *ret);

/* A client's options. Strings are NULL when not given. */
typedef struct troth_cli_client_creds {
    const char *mech, *user, *password_file, *keytab, *principal, *ccache;
} troth_cli_client_creds;

/* A server's options. */
typedef struct troth_cli_server_creds {
    const char *mech, *keytab, *service, *ntlm_users, *ntlm_domain;
} troth_cli_server_creds;

/*
 * Make the credential that the options describe; it is not acquired yet.
 *
 * u         the command, for complaints
 * ret_mech  what --mech came to, with ntlm struck out where it was not enabled
 * ret_exit  the exit code when the result is NULL; the complaint was printed to stderr
 */
troth_cred *troth_cli_client_cred(const troth_cli_usage *u, const troth_env *env, const troth_cli_client_creds *o,
                                  troth_cli_mech *ret_mech, int *ret_exit);
troth_cred *troth_cli_server_cred(const troth_cli_usage *u, const troth_env *env, const troth_cli_server_creds *o,
                                  troth_cli_mech *ret_mech, int *ret_exit);
/* Acquire a credential in this thread; complain on stderr when that fails, and answer the exit code. */
int troth_cli_acquire(const char *command, troth_cred *cred);
/* Complain on stderr about a credential that could not be acquired: "path:line: what" where a file is to blame. */
void troth_cli_complain_cred(const char *command, const troth_cred *cred, troth_status st);

#endif
