/*
 * sspi/config.h: the policy of the machine, which an API without a configuration of its own needs. The file named by
 * TROTH_SSPI_CONFIG, else /etc/troth/sspi.conf, where it exists:
 *
 *   [kerberos]
 *   keytab = FILE         acceptors; without it the system's keytab
 *   ccache = NAME         initiators; without it the user's own cache
 *   [ntlm]
 *   users = FILE          acceptors: accounts in smbpasswd form; without it there are no NTLM acceptors
 *   domain, host, dns-host = NAME   as an acceptor announces itself
 *   account = DOM\user    initiators without an identity of their own
 *   password-file = FILE  its password: the first line
 *   without-mic = yes     accept clients that send no MIC (no)
 *   [negotiate]
 *   ntlm = yes            offer and accept NTLM beside Kerberos (no)
 *   [schannel]
 *   certificate, key, key-password-file = FILE   acceptors without one of the caller's; without key it stands in certificate
 *   client-certificate, client-key, client-password-file = FILE   initiators likewise
 *   trust = PATH          roots for servers (file or folder); without it the system's
 *   client-trust = PATH   roots for clients; without it no client's certificate is accepted
 *   map = FIELD [VALUE] [=> ACCOUNT]   who a client's certificate is, in the order of the lines: upn, email, dns, cn, subject
 *                         or sha256, what it must be, and the account ("alice@REALM", "DOM\alice", "alice") it stands for;
 *                         without VALUE any, without ACCOUNT the field itself. No line: the subject
 *   [export]
 *   directory = DIR       of the user's own, mode 0700: the key of exported contexts; without it $XDG_RUNTIME_DIR/troth,
 *                         else /run/user/UID/troth
 */
#ifndef TROTH_SSPI_CONFIG_H
#define TROTH_SSPI_CONFIG_H

#include <base/mem.h>
#include <troth/sec.h>

enum { TROTH_SSPI_RULES_MAX = 64 };

typedef struct troth_sspi_config {
    const troth_env *env;
    char *certificate, *key, *key_password, *client_certificate, *client_key, *client_password, *trust, *client_trust;
    troth_cert_rule rules[TROTH_SSPI_RULES_MAX];
    size_t n_rules;
    char *keytab, *ccache, *users, *domain, *host, *dns_host, *account, *password_file, *export_directory;
    bool without_mic, negotiate_ntlm;
} troth_sspi_config;

/* TROTH_OK, also when there is no file and none was named; TROTH_BAD_CONFIG, TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_sspi_config_load(const troth_env *env, troth_sspi_config *ret);
void troth_sspi_config_clear(troth_sspi_config *c);
/* One "map" line's value, which is cut up. TROTH_OK with strings of ours; TROTH_BAD_CONFIG, TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_sspi_config_rule(const troth_env *env, char *value, troth_cert_rule *ret);
/* The first line of a file that others can neither read nor write, without its end, as a secret. TROTH_OK,
 * TROTH_BAD_CONFIG, TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_sspi_config_secret(const troth_env *env, const char *path, troth_block *ret);

#endif
