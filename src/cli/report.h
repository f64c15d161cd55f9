/* cli/report.h: statuses, contexts and legs in words. */
#ifndef TROTH_CLI_REPORT_H
#define TROTH_CLI_REPORT_H

#include <troth/host.h>

enum { TROTH_CLI_ERROR_LINE = 512, TROTH_CLI_CONTEXT_LINE = 1024, TROTH_CLI_LEG_LINE = 160 };

/*
 * Describe an error: "logon denied (DENIED, SEC_E_LOGON_DENIED 0x8009030C, at MS-NNS 3.1.5.2)", and a hint behind it
 * where there is one.
 */
void troth_cli_error_line(const troth_error *e, char ret[TROTH_CLI_ERROR_LINE]);
/* Describe a complete context: "kerberos aes256-..., mutual, seq, replay, ENCRYPT, peer host/app1@REALM". */
void troth_cli_context_line(const troth_facts *f, troth_level level, char ret[TROTH_CLI_CONTEXT_LINE]);
/* Say what went wrong with an address or socket: "connect: Connection refused", "no host of this name". A constant or
 * strerror's; what is the operation, NULL where the words name it. */
const char *troth_cli_net_words(const troth_host_error *e, const char **ret_what);
/* Describe what a leg carried: "SPNEGO NegTokenInit [kerberos*, ntlm] AP-REQ"; the star marks whose token it is. */
void troth_cli_leg_line(const troth_trace *t, char ret[TROTH_CLI_LEG_LINE]);
/* "none", "sign", "encrypt"; "identify", "impersonate", "delegate". Constants. */
const char *troth_cli_level_name(troth_level level);
const char *troth_cli_impersonation_name(troth_impersonation impersonation);

#endif
