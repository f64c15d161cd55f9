#include <base/mem.h>
#include <crypto/aead.h>
#include <openssl/evp.h>

enum { MOST = 1 << 30 };

/* One pass in either direction; libcrypto takes no memory where there is nothing to read. */
static bool pass(EVP_CIPHER_CTX *evp, const uint8_t *key, const uint8_t *nonce, troth_bytes aad, uint8_t *data,
                 size_t n, int sealing)
{
    int got;
    if (EVP_CipherInit_ex(evp, EVP_aes_256_gcm(), NULL, key, nonce, sealing) != 1)
        return false;
    if (aad.len && EVP_CipherUpdate(evp, NULL, &got, aad.data, (int)aad.len) != 1)
        return false;
    return !n || EVP_CipherUpdate(evp, data, &got, data, (int)n) == 1;
}

static troth_status begin(troth_bytes aad, size_t n, EVP_CIPHER_CTX **ret)
{
    if (aad.len > MOST || n > MOST)
        return TROTH_LIMIT;
    *ret = EVP_CIPHER_CTX_new();
    return *ret ? TROTH_OK : TROTH_NO_MEMORY;
}

troth_status troth_aead_seal(const uint8_t key[TROTH_AEAD_KEY], const uint8_t nonce[TROTH_AEAD_NONCE], troth_bytes aad,
                             uint8_t *data, size_t n, uint8_t ret_tag[TROTH_AEAD_TAG])
{
    EVP_CIPHER_CTX *evp;
    uint8_t none[TROTH_AEAD_TAG];
    int got;
    troth_status st = begin(aad, n, &evp);
    if (st)
        return st;
    bool good = pass(evp, key, nonce, aad, data, n, 1) && EVP_CipherFinal_ex(evp, none, &got) == 1 &&
                EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_GET_TAG, TROTH_AEAD_TAG, ret_tag) == 1;
    EVP_CIPHER_CTX_free(evp);
    return good ? TROTH_OK : TROTH_MECHANISM;
}

troth_status troth_aead_open(const uint8_t key[TROTH_AEAD_KEY], const uint8_t nonce[TROTH_AEAD_NONCE], troth_bytes aad,
                             uint8_t *data, size_t n, const uint8_t tag[TROTH_AEAD_TAG])
{
    EVP_CIPHER_CTX *evp;
    uint8_t none[TROTH_AEAD_TAG];
    int got;
    troth_status st = begin(aad, n, &evp);
    if (!st) {
        bool set = pass(evp, key, nonce, aad, data, n, 0) &&
                   EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_SET_TAG, TROTH_AEAD_TAG, (void *)(uintptr_t)tag) == 1;
        st = !set ? TROTH_MECHANISM : EVP_CipherFinal_ex(evp, none, &got) == 1 ? TROTH_OK : TROTH_BAD_MIC;
        EVP_CIPHER_CTX_free(evp);
    }
    if (st)
        troth_wipe(data, n);
    return st;
}
