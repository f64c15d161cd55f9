/*
 * crypto/aes_cts.h: AES in CBC mode with ciphertext stealing and an initial vector of zeros, as Kerberos has it, over a
 * message that lies in pieces. [RFC 3962 5, RFC 8009 3; CBC-CS3 of NIST SP 800-38A Addendum]
 */
#ifndef TROTH_CRYPTO_AES_CTS_H
#define TROTH_CRYPTO_AES_CTS_H

#include <openssl/evp.h>
#include <troth/types.h>

enum { TROTH_AES_BLOCK = 16 };

/* One key in one direction. */
typedef struct troth_aes_cts_key {
    EVP_CIPHER_CTX *evp;
    bool encrypt;
} troth_aes_cts_key;

/* A message being encrypted or decrypted in place. The two last blocks wait, octet by octet, until the end. */
typedef struct troth_aes_cts {
    const troth_aes_cts_key *key;
    size_t body;  /* whole blocks still to come before the last two */
    size_t total; /* octets still to come                           */
    size_t n;
    uint8_t held[2 * TROTH_AES_BLOCK], *at[2 * TROTH_AES_BLOCK]; /* octets waiting, and where they lie */
    uint8_t chain[TROTH_AES_BLOCK];                              /* decrypting: the last block of ciphertext */
    troth_status st;
} troth_aes_cts;

/* key_len is 16 or 32. TROTH_OK or TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_aes_cts_key_init(troth_aes_cts_key *k, const uint8_t *key, size_t key_len,
                                                     bool encrypt);
/* Wipe and release. Legal on a key of all zeros. */
void troth_aes_cts_key_clear(troth_aes_cts_key *k);

/* Begin a message of total octets, more than one block. The key serves one message at a time. */
void troth_aes_cts_init(troth_aes_cts *s, const troth_aes_cts_key *key, size_t total);
/* The next octets, in order; they are changed by this call or a later one, so they must stay until the end. */
void troth_aes_cts_update(troth_aes_cts *s, uint8_t *p, size_t n);
/* Finish, once total octets were given. TROTH_OK, or TROTH_MECHANISM: libcrypto failed, or the octets were not total. */
TROTH_MUST_CHECK troth_status troth_aes_cts_final(troth_aes_cts *s);

#endif
