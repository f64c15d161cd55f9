#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <support/pki.h>
#include <support/test.h>
#include <sys/random.h>

static void extend(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
    if (!value)
        return;
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(cert, e, -1), 1);
    X509_EXTENSION_free(e);
}

/* One for the whole program: they are dear to make, and no test wants two that differ. */
static EVP_PKEY *rsa_key(void)
{
    static EVP_PKEY *kept;
    if (!kept)
        kept = EVP_RSA_gen(2048);
    assert_true(kept && EVP_PKEY_up_ref(kept) == 1);
    return kept;
}

pki_pair pki_make(const pki_wish *w, const pki_pair *issuer)
{
    uint32_t serial = 0;
    pki_pair p = { X509_new(), w->rsa ? rsa_key() : EVP_EC_gen("P-256") };
    assert_true(p.cert && p.key && getrandom(&serial, sizeof serial, 0) == sizeof serial);
    X509_set_version(p.cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(p.cert), (long)(serial >> 1) + 1);
    X509_gmtime_adj(X509_getm_notBefore(p.cert), w->since ? w->since : -60);
    X509_gmtime_adj(X509_getm_notAfter(p.cert), w->until ? w->until : 3600);
    X509_NAME *name = X509_get_subject_name(p.cert);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"troth tests", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)w->cn, -1, -1, 0);
    X509 *by = issuer ? issuer->cert : p.cert;
    X509_set_issuer_name(p.cert, X509_get_subject_name(by));
    X509_set_pubkey(p.cert, p.key);
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, by, p.cert, NULL, NULL, 0);
    extend(p.cert, &ctx, NID_basic_constraints, w->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(p.cert, &ctx, NID_key_usage, w->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    extend(p.cert, &ctx, NID_subject_alt_name, w->san);
    extend(p.cert, &ctx, NID_ext_key_usage, w->usage);
    assert_true(X509_sign(p.cert, issuer ? issuer->key : p.key, w->sha384 ? EVP_sha384() : EVP_sha256()) > 0);
    return p;
}

void pki_free(pki_pair *p)
{
    X509_free(p->cert);
    EVP_PKEY_free(p->key);
    *p = (pki_pair){ 0 };
}

void pki_write(const char *path, const pki_pair *const *pairs, size_t n, bool key, const char *password)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(PEM_write_X509(f, pairs[i]->cert), 1);
    if (key)
        assert_int_equal(PEM_write_PKCS8PrivateKey(f, pairs[0]->key, password ? EVP_aes_256_cbc() : NULL, password,
                                                   password ? (int)strlen(password) : 0, NULL, NULL),
                         1);
    fclose(f);
}
