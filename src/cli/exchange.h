/* cli/exchange.h: troth connect --envelope. */
#ifndef TROTH_CLI_EXCHANGE_H
#define TROTH_CLI_EXCHANGE_H

#include <cli/connect.h>

/* Send standard input as one sized envelope, write the content of the answer to standard output. The exit code. */
int troth_cli_envelope(troth_cli_connect_run *r);

#endif
