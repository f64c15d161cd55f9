/* sspi/text.h: strings of callers, in ANSI (which is UTF-8 here) or UTF-16, and ours for them. */
#ifndef TROTH_SSPI_TEXT_H
#define TROTH_SSPI_TEXT_H

#include <sspi/blocks.h>
#include <troth/sspi.h>

enum { TROTH_SSPI_TEXT_MAX = 4096 }; /* octets of UTF-8 */

/*
 * Copy a NUL-terminated string as UTF-8; NULL stays NULL. Free with troth_mem_free_str.
 * TROTH_OK, TROTH_MALFORMED (not UTF-8, lone surrogates), TROTH_LIMIT, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_sspi_text_in(const troth_env *env, const void *s, bool wide, char **ret);
/* The same for n characters, NUL or not; NULL or n 0 gives "". */
TROTH_MUST_CHECK troth_status troth_sspi_text_in_n(const troth_env *env, const void *s, size_t n, bool wide,
                                                   char **ret);
/* Octets that a string takes with its NUL, in either form. */
size_t troth_sspi_text_size(const char *utf8, bool wide);
/* Write a string with its NUL into room for troth_sspi_text_size octets. Text of ours is well-formed. */
void troth_sspi_text_write(const char *utf8, bool wide, void *ret);
/* A string for the caller, in a block of its own; NULL = no memory. */
void *troth_sspi_text_out(troth_sspi_blocks *b, troth_sspi_block_kind kind, const char *utf8, bool wide);

#endif
