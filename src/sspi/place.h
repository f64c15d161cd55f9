/*
 * sspi/place.h: where the processes of one user on one machine find each other: the key that seals exported contexts,
 * and the marks of those that were imported. Files in a directory that is the user's alone.
 */
#ifndef TROTH_SSPI_PLACE_H
#define TROTH_SSPI_PLACE_H

#include <base/mem.h>

enum { TROTH_SSPI_PLACE_KEY = 32, TROTH_SSPI_PLACE_HERE = 80, TROTH_SSPI_BLOB_ID = 16 };

/*
 * key   a secret
 * here  the machine and its present run: what a copy of the directory on another machine, or after a restart, is not
 */
typedef struct troth_sspi_place {
    int dir;
    uint8_t key[TROTH_SSPI_PLACE_KEY];
    uint8_t here[TROTH_SSPI_PLACE_HERE];
    size_t here_len;
} troth_sspi_place;

/*
 * Open the place, and make it where it is not there yet.
 *
 * directory   as the configuration has it; NULL = below the user's runtime directory
 * ret         to be closed
 * ret_reason  on failure, why; a constant
 *
 * TROTH_OK; TROTH_UNSUPPORTED: there is none, or it is open to others; TROTH_IO, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_sspi_place_open(const troth_env *env, const char *directory, troth_sspi_place *ret,
                                                    const char **ret_reason);
/* Close, and wipe the key. */
void troth_sspi_place_close(troth_sspi_place *p);
/*
 * Mark a blob as imported, which works once among all processes. Marks of blobs that ended before forget are removed.
 *
 * until  Unix time in 100 ns: when the blob ends
 *
 * TROTH_OK, TROTH_REPLAY (it is marked), TROTH_LIMIT (too many marks), TROTH_IO
 */
TROTH_MUST_CHECK troth_status troth_sspi_place_spend(const troth_sspi_place *p, const uint8_t id[TROTH_SSPI_BLOB_ID],
                                                     uint64_t until, uint64_t forget);

#endif
