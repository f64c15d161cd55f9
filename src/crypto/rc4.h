/* crypto/rc4.h: RC4, for NTLM only. Our own: libcrypto keeps it in an inactive provider. */
#ifndef TROTH_CRYPTO_RC4_H
#define TROTH_CRYPTO_RC4_H

#include <base/mem.h>

/* The whole state, in the caller's storage: copying it takes a snapshot to go back to. A secret; wipe it as one. */
typedef struct troth_rc4 {
    uint8_t s[256];
    uint8_t i, j;
} troth_rc4;

/* Schedule a key of n octets, 1 to 256. */
void troth_rc4_init(troth_rc4 *r, const uint8_t *key, size_t n);
/* Xor n octets of key stream over in into out; out may be in. */
void troth_rc4_xor(troth_rc4 *r, const uint8_t *in, uint8_t *out, size_t n);
/* Encrypt n octets in place under a key used for nothing else (RC4K of MS-NLMP 3.1.5.1). */
void troth_rc4_once(const uint8_t key[16], uint8_t *p, size_t n);

#endif
