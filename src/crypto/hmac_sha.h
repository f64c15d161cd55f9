/*
 * crypto/hmac_sha.h: HMAC with SHA-1, SHA-256 and SHA-384, the key's two blocks hashed beforehand, so that a message
 * costs no set-up, no allocation and no look-up of an algorithm. [RFC 2104, FIPS 180-4]
 */
#ifndef TROTH_CRYPTO_HMAC_SHA_H
#define TROTH_CRYPTO_HMAC_SHA_H

#include <openssl/sha.h>
#include <troth/types.h>

typedef enum troth_sha { TROTH_SHA1, TROTH_SHA256, TROTH_SHA384 } troth_sha;

enum { TROTH_SHA_MAX = 48 };

/* Chaining values of any of the three. */
typedef union troth_sha_chain {
    uint32_t w32[8];
    uint64_t w64[8];
} troth_sha_chain;

/* A key: the chaining values behind K^ipad and K^opad. A secret; wipe it as one. */
typedef struct troth_hmac_sha_key {
    troth_sha sha;
    troth_sha_chain inner, outer;
} troth_hmac_sha_key;

/* A message being authenticated; key is borrowed. */
typedef struct troth_hmac_sha {
    const troth_hmac_sha_key *key;
    union {
        SHA_CTX sha1;
        SHA256_CTX sha256;
        SHA512_CTX sha512;
    } h;
} troth_hmac_sha;

/* n is at most 64, the smallest of the three blocks. */
void troth_hmac_sha_key_init(troth_hmac_sha_key *k, troth_sha sha, const uint8_t *key, size_t n);
void troth_hmac_sha_init(troth_hmac_sha *s, const troth_hmac_sha_key *key);
void troth_hmac_sha_update(troth_hmac_sha *s, const void *p, size_t n);
/* Write the whole code (20, 32 or 48 octets) and wipe the state; the key stays. */
void troth_hmac_sha_final(troth_hmac_sha *s, uint8_t ret[TROTH_SHA_MAX]);

#endif
