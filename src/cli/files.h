/* cli/files.h: the small files that options name. */
#ifndef TROTH_CLI_FILES_H
#define TROTH_CLI_FILES_H

#include <troth/types.h>

enum { TROTH_CLI_SECRET_MAX = 1024, TROTH_CLI_BINDINGS_MAX = 1024 };

/*
 * Read the first line of a file as a secret, without its line end. Complains on stderr with the file's name, and never
 * with its content.
 */
bool troth_cli_read_secret(const char *command, const char *path, uint8_t ret[TROTH_CLI_SECRET_MAX], size_t *ret_len);
/* Read a whole file of 1 to TROTH_CLI_BINDINGS_MAX octets, as they are. Complains likewise. */
bool troth_cli_read_octets(const char *command, const char *path, uint8_t ret[TROTH_CLI_BINDINGS_MAX], size_t *ret_len);

#endif
