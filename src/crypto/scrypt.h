/* crypto/scrypt.h: scrypt, the password hash that needs memory as well as time. [RFC 7914] */
#ifndef TROTH_CRYPTO_SCRYPT_H
#define TROTH_CRYPTO_SCRYPT_H

#include <troth/types.h>

/* Costs: N = 2^ln blocks of 128 * r octets are held, p times over. */
typedef struct troth_scrypt_cost {
    uint32_t ln, r, p;
} troth_scrypt_cost;

enum {
    TROTH_SCRYPT_LN_MAX = 20,
    TROTH_SCRYPT_R_MAX = 64,
    TROTH_SCRYPT_P_MAX = 16,
    TROTH_SCRYPT_MEMORY_MAX = 64 << 20 /* octets that one computation may hold: 128 * r * 2^ln */
};

/* Whether costs are within the bounds above, and none of them is 0. */
bool troth_scrypt_bounded(troth_scrypt_cost cost);
/*
 * Derive n octets, at least 1, from a password. The memory is libcrypto's own.
 *
 * TROTH_OK; TROTH_LIMIT: costs out of bounds; TROTH_NO_MEMORY: libcrypto could not. ret is wiped unless TROTH_OK.
 */
TROTH_MUST_CHECK troth_status troth_scrypt(troth_bytes password, troth_bytes salt, troth_scrypt_cost cost, uint8_t *ret,
                                           size_t n);

#endif
