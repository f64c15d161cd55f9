#include <base/mem.h>
#include <crypto/scrypt.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

bool troth_scrypt_bounded(troth_scrypt_cost c)
{
    if (!c.ln || !c.r || !c.p || c.ln > TROTH_SCRYPT_LN_MAX || c.r > TROTH_SCRYPT_R_MAX || c.p > TROTH_SCRYPT_P_MAX)
        return false;
    if (c.r == 1 && c.ln >= 16) /* N < 2^(128 * r / 8) [RFC 7914 6] */
        return false;
    return (UINT64_C(128) * c.r << c.ln) <= TROTH_SCRYPT_MEMORY_MAX;
}

static OSSL_PARAM octets(const char *name, troth_bytes b)
{
    /* libcrypto takes no NULL, and reads through the pointer only */
    return OSSL_PARAM_construct_octet_string(name, b.len ? (void *)(uintptr_t)b.data : (void *)(uintptr_t) "", b.len);
}

static bool derive(troth_bytes password, troth_bytes salt, troth_scrypt_cost cost, uint8_t *ret, size_t n)
{
    /* beside the blocks: 128 * r * p octets of input, and two blocks to work on */
    uint64_t rounds = UINT64_C(1) << cost.ln, memory = TROTH_SCRYPT_MEMORY_MAX + (UINT64_C(1) << 20);
    OSSL_PARAM params[] = { octets(OSSL_KDF_PARAM_PASSWORD, password),
                            octets(OSSL_KDF_PARAM_SALT, salt),
                            OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &rounds),
                            OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &cost.r),
                            OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &cost.p),
                            OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
                            OSSL_PARAM_construct_end() };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "SCRYPT", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool ok = ctx && EVP_KDF_derive(ctx, ret, n, params) == 1;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return ok;
}

troth_status troth_scrypt(troth_bytes password, troth_bytes salt, troth_scrypt_cost cost, uint8_t *ret, size_t n)
{
    if (!troth_scrypt_bounded(cost)) {
        troth_wipe(ret, n);
        return TROTH_LIMIT;
    }
    if (derive(password, salt, cost, ret, n))
        return TROTH_OK;
    ERR_clear_error();
    troth_wipe(ret, n);
    return TROTH_NO_MEMORY;
}
