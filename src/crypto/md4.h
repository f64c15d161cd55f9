/* crypto/md4.h: MD4, for NTLM password hashes only. Our own: libcrypto keeps it in an inactive provider. */
#ifndef TROTH_CRYPTO_MD4_H
#define TROTH_CRYPTO_MD4_H

#include <base/mem.h>

typedef struct troth_md4 {
    uint32_t h[4];
    uint64_t n; /* octets taken so far */
    uint8_t buf[64];
} troth_md4;

void troth_md4_init(troth_md4 *s);
void troth_md4_update(troth_md4 *s, const void *p, size_t n);
/* Write the digest and wipe the state. [RFC 1320 3] */
void troth_md4_final(troth_md4 *s, uint8_t ret[16]);

#endif
