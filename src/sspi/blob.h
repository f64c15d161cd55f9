/*
 * sspi/blob.h: an exported context as it travels. "troth-x1", id, AES-256-GCM ciphertext, tag. Each blob has a key of its
 * own, made of the place's key, the machine and the id; so what was changed, or comes from elsewhere, does not open.
 */
#ifndef TROTH_SSPI_BLOB_H
#define TROTH_SSPI_BLOB_H

#include <sspi/place.h>

enum {
    TROTH_SSPI_BLOB_MARK = 8,
    TROTH_SSPI_BLOB_HEAD = TROTH_SSPI_BLOB_MARK + TROTH_SSPI_BLOB_ID,
    TROTH_SSPI_BLOB_TAG = 16,
    TROTH_SSPI_BLOB_MORE = TROTH_SSPI_BLOB_HEAD + TROTH_SSPI_BLOB_TAG,
    TROTH_SSPI_BLOB_MAX = 131072
};

/* Seal what stands behind the head, in place: n octets altogether, of them TROTH_SSPI_BLOB_MORE for head and tag. */
TROTH_MUST_CHECK troth_status troth_sspi_blob_seal(const troth_env *env, const troth_sspi_place *place, uint8_t *blob,
                                                   size_t n);
/*
 * Open in place.
 *
 * ret  views what was sealed
 *
 * TROTH_OK; TROTH_BAD_MIC: not ours, or changed, and wiped; TROTH_NO_MEMORY, TROTH_MECHANISM
 */
TROTH_MUST_CHECK troth_status troth_sspi_blob_open(const troth_sspi_place *place, uint8_t *blob, size_t n,
                                                   troth_bytes *ret);
/* The id of a blob of at least TROTH_SSPI_BLOB_MORE octets. */
static inline const uint8_t *troth_sspi_blob_id(const uint8_t *blob)
{
    return blob + TROTH_SSPI_BLOB_MARK;
}

#endif
