/* base/utf16.h: UTF-8 inside, UTF-16LE on the wire. Strict: what is not well-formed is refused, never replaced. */
#ifndef TROTH_BASE_UTF16_H
#define TROTH_BASE_UTF16_H

#include <base/writer.h>

/*
 * Append UTF-8 as UTF-16LE, without a byte order mark or a NUL. An overlong form, a surrogate, a code point above
 * U+10FFFF or a cut sequence fails the writer with TROTH_MALFORMED. The order of the writer does not matter.
 */
void troth_utf16_write(troth_writer *w, troth_bytes utf8);
/* The same with every character in upper case, for NTLM user names [MS-NLMP 3.3.2]. */
void troth_utf16_write_upper(troth_writer *w, troth_bytes utf8);
/* Append UTF-16LE as UTF-8. An odd octet or a lone surrogate fails the writer with TROTH_MALFORMED. */
void troth_utf8_write(troth_writer *w, troth_bytes utf16);

/* Copy a string as UTF-16LE of at most max octets. TROTH_OK, TROTH_MALFORMED, TROTH_LIMIT, TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_utf16_of(const troth_env *env, const char *utf8, size_t max, troth_block *ret);
/*
 * Copy UTF-16LE as a string with its NUL, at most max octets with it; free with troth_mem_free_str. A U+0000 inside is
 * TROTH_MALFORMED: a name must not end where its peer did not end it. Statuses as above.
 */
TROTH_MUST_CHECK troth_status troth_utf8_of(const troth_env *env, troth_bytes utf16, size_t max, char **ret);

/*
 * The upper case of one character, one to one and without regard to language. Covered: ASCII, Latin-1, Latin
 * Extended-A, the Romanian and Vietnamese letters of Latin Extended-B and Additional, Greek, Cyrillic up to U+04FF.
 * Everything else stays as it is, and so do the three that have no way back: U+00B5, U+0131, U+017F.
 */
uint32_t troth_utf_upper(uint32_t c);
/* Compare two UTF-8 strings without regard to case, as above; strings that are not UTF-8 are never equal. */
bool troth_utf8_same(const char *a, const char *b);

#endif
