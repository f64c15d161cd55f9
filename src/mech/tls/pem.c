/* Certificates and keys in PEM form, from memory. */
#include <limits.h>
#include <mech/tls/inner.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

static BIO *over(troth_bytes pem)
{
    return pem.len && pem.len <= INT_MAX ? BIO_new_mem_buf(pem.data, (int)pem.len) : NULL;
}

/* The last read found nothing more, rather than something that it could not read. */
static bool was_the_end(void)
{
    unsigned long error = ERR_peek_last_error();
    bool end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    if (end)
        ERR_clear_error();
    return end;
}

int troth_tls_password(char *buf, int size, int writing, void *self)
{
    const troth_bytes *secret = self;
    (void)writing;
    if (!secret || !secret->len || size < 0 || secret->len > (size_t)size)
        return -1;
    memcpy(buf, secret->data, secret->len);
    return (int)secret->len;
}

static X509 *next_cert(BIO *b)
{
    return PEM_read_bio_X509(b, NULL, troth_tls_password, NULL);
}

static EVP_PKEY *read_key(troth_bytes pem, const troth_bytes *secret)
{
    BIO *b = over(pem);
    EVP_PKEY *key = b ? PEM_read_bio_PrivateKey(b, NULL, troth_tls_password, (void *)(uintptr_t)secret) : NULL;
    BIO_free(b);
    return key;
}

static bool use_chain(SSL_CTX *ctx, BIO *b)
{
    X509 *x = next_cert(b);
    bool good = x && SSL_CTX_use_certificate(ctx, x) == 1;
    X509_free(x);
    while (good && (x = next_cert(b))) {
        good = SSL_CTX_add0_chain_cert(ctx, x) == 1;
        if (!good)
            X509_free(x);
    }
    return good && was_the_end();
}

const char *troth_tls_pem_own(SSL_CTX *ctx, troth_bytes cert, troth_bytes key, const troth_bytes *secret)
{
    BIO *b = over(cert);
    bool good = b && use_chain(ctx, b);
    BIO_free(b);
    if (!good)
        return "no certificates in PEM form can be read";
    EVP_PKEY *k = read_key(key.len ? key : cert, secret);
    good = k && SSL_CTX_use_PrivateKey(ctx, k) == 1; /* which compares it with the certificate */
    EVP_PKEY_free(k);
    return good ? NULL : "no private key of the certificate's can be read";
}

bool troth_tls_pem_trust(SSL_CTX *ctx, troth_bytes pem, troth_role role)
{
    BIO *b = over(pem);
    size_t n = 0;
    bool good = b != NULL;
    for (X509 *x; good && (x = next_cert(b)); n++) {
        good = X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), x) == 1 &&
               (role == TROTH_INITIATOR || SSL_CTX_add_client_CA(ctx, x) == 1);
        X509_free(x);
    }
    BIO_free(b);
    return good && n && was_the_end();
}

static troth_status refusal(void)
{
    bool memory = ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
    ERR_clear_error();
    return memory ? TROTH_NO_MEMORY : TROTH_BAD_CONFIG;
}

/* Whether there is a key, which the library does not tell from one that it cannot read; and whether it is the certificate's. */
static troth_status look_at_key(X509 *x, troth_bytes pem, const troth_bytes *secret, bool *ret_key)
{
    static const char label[] = "PRIVATE KEY-----"; /* [RFC 7468 10, 11] and the older forms */
    if (!memmem(pem.data, pem.len, label, sizeof label - 1)) {
        *ret_key = false;
        return TROTH_OK;
    }
    EVP_PKEY *key = read_key(pem, secret);
    bool good = key && X509_check_private_key(x, key) == 1;
    EVP_PKEY_free(key);
    if (!good)
        return refusal();
    *ret_key = true;
    return TROTH_OK;
}

static troth_status keep_der(const troth_env *env, X509 *x, troth_block *ret)
{
    uint8_t *der = NULL;
    int n = i2d_X509(x, &der);
    if (n <= 0)
        return refusal();
    troth_status st = troth_mem_keep(env, der, (size_t)n, ret);
    OPENSSL_free(der);
    return st;
}

troth_status troth_tls_pem_look(const troth_env *env, troth_bytes pem, troth_bytes key, troth_bytes secret,
                                troth_block *ret_der, bool *ret_key)
{
    bool has_key = false;
    ERR_clear_error();
    BIO *b = over(pem);
    X509 *x = b ? next_cert(b) : NULL;
    BIO_free(b);
    if (!x)
        return refusal();
    troth_status st = look_at_key(x, key.len ? key : pem, &secret, &has_key);
    if (!st && key.len && !has_key)
        st = TROTH_BAD_CONFIG;
    if (!st)
        st = keep_der(env, x, ret_der);
    if (!st)
        *ret_key = has_key;
    X509_free(x);
    ERR_clear_error();
    return st;
}

troth_status troth_tls_pem_count(troth_bytes pem, size_t *ret)
{
    size_t n = 0;
    ERR_clear_error();
    BIO *b = over(pem);
    for (X509 *x; b && (x = next_cert(b)); n++)
        X509_free(x);
    BIO_free(b);
    if (!n || !was_the_end())
        return refusal();
    *ret = n;
    return TROTH_OK;
}
