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
 *   [export]
 *   directory = DIR       of the user's own, mode 0700: the key of exported contexts; without it $XDG_RUNTIME_DIR/troth,
 *                         else /run/user/UID/troth
 */
#ifndef TROTH_SSPI_CONFIG_H
#define TROTH_SSPI_CONFIG_H

#include <base/mem.h>

typedef struct troth_sspi_config {
    const troth_env *env;
    char *keytab, *ccache, *users, *domain, *host, *dns_host, *account, *password_file, *export_directory;
    bool without_mic, negotiate_ntlm;
} troth_sspi_config;

/* TROTH_OK, also when there is no file and none was named; TROTH_BAD_CONFIG, TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_sspi_config_load(const troth_env *env, troth_sspi_config *ret);
void troth_sspi_config_clear(troth_sspi_config *c);
/* The first line of a file, without its end, as a secret. TROTH_OK, TROTH_BAD_CONFIG, TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_sspi_config_secret(const troth_env *env, const char *path, troth_block *ret);

#endif
