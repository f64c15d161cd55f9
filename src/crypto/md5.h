/* crypto/md5.h: MD5, for NTLM and channel bindings. Our own: a state in the caller's storage, and no deprecated calls.
 */
#ifndef TROTH_CRYPTO_MD5_H
#define TROTH_CRYPTO_MD5_H

#include <base/mem.h>

typedef struct troth_md5 {
    uint32_t h[4];
    uint64_t n; /* octets taken so far */
    uint8_t buf[64];
} troth_md5;

void troth_md5_init(troth_md5 *s);
void troth_md5_update(troth_md5 *s, const void *p, size_t n);
/* Write the digest and wipe the state. [RFC 1321 3] */
void troth_md5_final(troth_md5 *s, uint8_t ret[16]);
/* Digest of two pieces in one call; either may be empty. */
void troth_md5_of(const void *a, size_t a_len, const void *b, size_t b_len, uint8_t ret[16]);
/* Take whole blocks straight into a chaining value. */
void troth_md5_blocks(uint32_t h[4], const uint8_t *p, size_t blocks);

#endif
