/* crypto/aead.h: AES-256-GCM, a message at a time. [NIST SP 800-38D] */
#ifndef TROTH_CRYPTO_AEAD_H
#define TROTH_CRYPTO_AEAD_H

#include <troth/types.h>

enum { TROTH_AEAD_KEY = 32, TROTH_AEAD_NONCE = 12, TROTH_AEAD_TAG = 16 };

/*
 * Encrypt n octets in place, and sign them with aad in front. A key and a nonce together serve once.
 *
 * TROTH_OK, TROTH_LIMIT (n or aad above 1 GiB), TROTH_NO_MEMORY, TROTH_MECHANISM (libcrypto)
 */
TROTH_MUST_CHECK troth_status troth_aead_seal(const uint8_t key[TROTH_AEAD_KEY], const uint8_t nonce[TROTH_AEAD_NONCE],
                                              troth_bytes aad, uint8_t *data, size_t n,
                                              uint8_t ret_tag[TROTH_AEAD_TAG]);
/* The way back. TROTH_BAD_MIC, and on any other failure: the octets have been wiped. */
TROTH_MUST_CHECK troth_status troth_aead_open(const uint8_t key[TROTH_AEAD_KEY], const uint8_t nonce[TROTH_AEAD_NONCE],
                                              troth_bytes aad, uint8_t *data, size_t n,
                                              const uint8_t tag[TROTH_AEAD_TAG]);

#endif
