/* cli/ior_words.h: object references in words, for people. */
#ifndef TROTH_CLI_IOR_WORDS_H
#define TROTH_CLI_IOR_WORDS_H

#include <stdio.h>
#include <troth/csi.h>

/* Print a reference with its profiles, components and mechanism lists. False: part of it could not be read. */
bool troth_cli_print_ior(FILE *to, const troth_ior *ior);
/* Print text of a peer's, with what a terminal would act on written as \xNN. */
void troth_cli_put_text(FILE *to, troth_bytes text);
/* Print a mechanism list, each line behind `indent`. */
void troth_cli_print_mech_list(FILE *to, const char *indent, const troth_csi_mech_list *list);

#endif
