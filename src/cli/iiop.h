/* cli/iiop.h: what serving and connecting IIOP share. */
#ifndef TROTH_CLI_IIOP_H
#define TROTH_CLI_IIOP_H

#include <cli/options.h>
#include <troth/iiop.h>

/* troth serve iiop, troth connect iiop: argv[0] is the wire's name. The exit code. */
int troth_cli_serve_iiop(int argc, char **argv);
int troth_cli_connect_iiop(int argc, char **argv);

/* --quirk: names of TROTH_SAS_QUIRK_ bits. 0 or the exit code after a complaint. */
int troth_cli_read_quirks(const troth_cli_usage *u, const troth_cli_list *names, uint32_t *ret);
/* Complain about both of --stateful and --stateless. 0 or the exit code. */
int troth_cli_check_stateful(const troth_cli_usage *u, bool stateful, bool stateless);

#endif
