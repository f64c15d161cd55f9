/* cli/commands.h: the subcommands. Each takes its own name as argv[0] and answers an exit code. */
#ifndef TROTH_CLI_COMMANDS_H
#define TROTH_CLI_COMMANDS_H

int troth_cli_serve(int argc, char **argv);
int troth_cli_connect(int argc, char **argv);
int troth_cli_lab(int argc, char **argv);
int troth_cli_bench(int argc, char **argv);
int troth_cli_decode(int argc, char **argv);
int troth_cli_passwd(int argc, char **argv);
int troth_cli_flags(int argc, char **argv);
int troth_cli_fsm(int argc, char **argv);

#endif
