/*
 * crypto/rc4_md5.h: RC4 and MD5 over the same octets at once. Each of the two waits for its own last result most of the
 * time; together they fill each other's gaps, and cost little more than the slower one.
 */
#ifndef TROTH_CRYPTO_RC4_MD5_H
#define TROTH_CRYPTO_RC4_MD5_H

#include <crypto/md5.h>
#include <crypto/rc4.h>

/* Hash n octets of plaintext and encrypt them in place. */
void troth_rc4_md5_encrypt(troth_rc4 *rc4, troth_md5 *md, uint8_t *p, size_t n);
/* Decrypt n octets in place and hash the plaintext. */
void troth_rc4_md5_decrypt(troth_rc4 *rc4, troth_md5 *md, uint8_t *p, size_t n);

#endif
