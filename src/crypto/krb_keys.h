/*
 * crypto/krb_keys.h: the keys that Kerberos derives from a base key for a usage, for the four AES encryption types.
 * [RFC 3961 5.1, RFC 3961 5.3, RFC 8009 3 and 5]
 */
#ifndef TROTH_CRYPTO_KRB_KEYS_H
#define TROTH_CRYPTO_KRB_KEYS_H

#include <crypto/hmac_sha.h>
#include <openssl/evp.h>

enum { TROTH_KRB_KEY_OCTETS = 32 };

/* The last octet of a derivation's constant. [RFC 3961 5.3] */
typedef enum troth_krb_derived { TROTH_KRB_KC = 0x99, TROTH_KRB_KE = 0xaa, TROTH_KRB_KI = 0x55 } troth_krb_derived;

/*
 * An encryption type as a row of constants.
 *
 * number   assigned number; key = octets of base key and Ke; check = octets of Kc and Ki
 * sha      of its HMAC; mac = octets of the HMAC that are sent
 * etm      the HMAC is over the ciphertext (RFC 8009) instead of the plaintext (RFC 3961)
 */
typedef struct troth_krb_enctype {
    int32_t number;
    size_t key, check;
    troth_sha sha;
    size_t mac;
    bool etm;
} troth_krb_enctype;

/* The row of a number; NULL = none of ours. */
const troth_krb_enctype *troth_krb_enctype_of(int32_t number);

/* RFC 3961 5.1. in_len is not 0, both at most 64 octets. */
void troth_krb_nfold(const uint8_t *in, size_t in_len, uint8_t *ret, size_t ret_len);

/* A base key, prepared once for all that is derived from it. A secret. */
typedef struct troth_krb_base {
    const troth_krb_enctype *type;
    EVP_CIPHER_CTX *evp;     /* RFC 3961 */
    troth_hmac_sha_key hmac; /* RFC 8009 */
} troth_krb_base;

/* key is type->key octets. TROTH_OK or TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_krb_base_init(troth_krb_base *b, const troth_krb_enctype *type, const uint8_t *key);
/* Wipe and release. Legal on a base of all zeros. */
void troth_krb_base_clear(troth_krb_base *b);
/* DK of RFC 3961 5.1 with any constant of at most 64 octets; ret gets type->key octets. SHA-1 types only. Statuses as below. */
TROTH_MUST_CHECK troth_status troth_krb_dk(const troth_krb_base *b, const uint8_t *constant, size_t n,
                                           uint8_t ret[TROTH_KRB_KEY_OCTETS]);
/* Derive the key of a usage: ret gets type->key (Ke) or type->check octets. TROTH_OK or TROTH_MECHANISM (libcrypto). */
TROTH_MUST_CHECK troth_status troth_krb_derive(const troth_krb_base *b, uint32_t usage, troth_krb_derived which,
                                               uint8_t ret[TROTH_KRB_KEY_OCTETS]);

#endif
