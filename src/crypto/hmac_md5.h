/* crypto/hmac_md5.h: HMAC-MD5 with the key's two blocks hashed beforehand, so a message costs no set-up. [RFC 2104] */
#ifndef TROTH_CRYPTO_HMAC_MD5_H
#define TROTH_CRYPTO_HMAC_MD5_H

#include <crypto/md5.h>

/* A key: MD5's chaining values behind K^ipad and K^opad. A secret; wipe it as one. */
typedef struct troth_hmac_md5_key {
    uint32_t inner[4], outer[4];
} troth_hmac_md5_key;

/* A message being authenticated; key is borrowed. md may be fed by rc4_md5.h. */
typedef struct troth_hmac_md5 {
    troth_md5 md;
    const troth_hmac_md5_key *key;
} troth_hmac_md5;

void troth_hmac_md5_key_init(troth_hmac_md5_key *k, const void *key, size_t n);
void troth_hmac_md5_init(troth_hmac_md5 *s, const troth_hmac_md5_key *key);
void troth_hmac_md5_update(troth_hmac_md5 *s, const void *p, size_t n);
/* Write the code and wipe the state; the key stays. */
void troth_hmac_md5_final(troth_hmac_md5 *s, uint8_t ret[16]);
/* The code of two pieces under a key of 16 octets; either may be empty. */
void troth_hmac_md5_of(const uint8_t key[16], const void *a, size_t a_len, const void *b, size_t b_len,
                       uint8_t ret[16]);

#endif
