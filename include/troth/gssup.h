/*
 * troth/gssup.h: files of users and their passwords' hashes, which a TROTH_CRED_HASH_FILE reads: making and changing them.
 * The form is told in docs/wire/gssup-store.md.
 */
#ifndef TROTH_GSSUP_H
#define TROTH_GSSUP_H

#include <troth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TROTH_GSSUP_COST_MIN = 10, TROTH_GSSUP_COST_DEFAULT = 15, TROTH_GSSUP_COST_MAX = 16 };

/* What a change came to. line, what: where and why the text was refused, for TROTH_BAD_CONFIG; what is a constant. */
typedef struct troth_gssup_edit {
    bool existed;
    unsigned line;
    const char *what;
} troth_gssup_edit;

/*
 * Give a user a password, or take the user out of a file. Takes as long as a check of the password.
 *
 * env       for randomness and memory
 * text      all of the file, empty for a new one; every other line stays as it is
 * user      UTF-8, scope and all, as clients will name it
 * password  UTF-8 without a NUL, 1 to 1,024 octets; len 0 = take the user out
 * cost      memory and time: 2^cost blocks of 1 KiB, TROTH_GSSUP_COST_MIN to _MAX; 0 = the default
 * ret       the new text, a secret as the old one is; wipe and release its len octets through env; set only on TROTH_OK
 * ret_edit  always set; may not be NULL
 *
 * TROTH_OK; TROTH_INVALID (user, password or cost cannot be used); TROTH_BAD_CONFIG (a line of the text cannot be
 * read); TROTH_NO_MEMORY, TROTH_NO_ENTROPY, TROTH_LIMIT (the text is too long)
 */
TROTH_MUST_CHECK troth_status troth_gssup_store_edit(const troth_env *env, troth_bytes text, const char *user,
                                                     troth_bytes password, unsigned cost, troth_block *ret,
                                                     troth_gssup_edit *ret_edit);

#ifdef __cplusplus
}
#endif

#endif
