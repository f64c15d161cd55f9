/* What other layers ask of a complete connection. */
#include <mech/tls/inner.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

static troth_status keep(troth_tls *t, const char *prefix, const void *data, size_t n, troth_block *ret)
{
    size_t head = strlen(prefix);
    uint8_t *p = troth_mem_new(t->c->env, head + n);
    if (!p)
        return TROTH_NO_MEMORY;
    memcpy(p, prefix, head);
    memcpy(p + head, data, n);
    *ret = (troth_block){ p, head + n };
    return TROTH_OK;
}

/* [RFC 5929 4.1] the hash that the certificate's signature uses, but MD5 and SHA-1 become SHA-256; no hash, no binding */
static troth_status endpoint(troth_tls *t, troth_block *ret)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    int hash = NID_undef;
    X509 *cert = t->c->opts.role == TROTH_INITIATOR ? SSL_get0_peer_certificate(t->ssl) : SSL_get_certificate(t->ssl);
    if (!cert)
        return TROTH_NO_CRED;
    if (X509_get_signature_info(cert, &hash, NULL, NULL, NULL) != 1 || hash == NID_undef)
        return TROTH_UNSUPPORTED;
    const EVP_MD *md = hash == NID_md5 || hash == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(hash);
    if (!md)
        return TROTH_UNSUPPORTED;
    if (X509_digest(cert, md, digest, &n) != 1)
        return TROTH_MECHANISM;
    return keep(t, "tls-server-end-point:", digest, n, ret);
}

/* Without the extended master secret a man in the middle can make these two equal on two connections. [RFC 7627] */
static bool is_unique(const troth_tls *t)
{
    return SSL_version(t->ssl) >= TLS1_3_VERSION || SSL_get_extms_support(t->ssl) == 1;
}

/* [RFC 5929 3.1] the first Finished of the handshake, which is the client's where nothing is resumed */
static troth_status unique(troth_tls *t, troth_block *ret)
{
    uint8_t finished[EVP_MAX_MD_SIZE];
    if (SSL_version(t->ssl) >= TLS1_3_VERSION || !is_unique(t))
        return TROTH_UNSUPPORTED;
    bool ours = t->c->opts.role == TROTH_INITIATOR;
    size_t n = ours ? SSL_get_finished(t->ssl, finished, sizeof finished)
                    : SSL_get_peer_finished(t->ssl, finished, sizeof finished);
    return n && n <= sizeof finished ? keep(t, "tls-unique:", finished, n, ret) : TROTH_MECHANISM;
}

static troth_status exporter(troth_tls *t, troth_block *ret)
{
    static const char label[] = "EXPORTER-Channel-Binding";
    uint8_t key[32];
    if (!is_unique(t))
        return TROTH_UNSUPPORTED;
    /* an empty context, which TLS 1.2 tells from none [RFC 9266 2, RFC 5705 4] */
    if (SSL_export_keying_material(t->ssl, key, sizeof key, label, sizeof label - 1, key, 0, 1) != 1)
        return TROTH_MECHANISM;
    return keep(t, "tls-exporter:", key, sizeof key, ret);
}

static troth_status certificate(troth_tls *t, const X509 *cert, troth_block *ret)
{
    uint8_t *der = NULL;
    int n = cert ? i2d_X509(cert, &der) : 0;
    if (!cert)
        return TROTH_NO_CRED;
    if (n <= 0)
        return TROTH_NO_MEMORY;
    troth_status st = keep(t, "", der, (size_t)n, ret);
    OPENSSL_free(der);
    return st;
}

static troth_status numbers(troth_tls *t, uint32_t high, uint32_t low, troth_block *ret)
{
    const uint8_t four[4] = { (uint8_t)(high >> 8), (uint8_t)high, (uint8_t)(low >> 8), (uint8_t)low };
    return keep(t, "", four, sizeof four, ret);
}

static troth_status protocol(troth_tls *t, troth_block *ret)
{
    const unsigned char *name;
    unsigned n;
    SSL_get0_alpn_selected(t->ssl, &name, &n);
    return keep(t, "", n ? (const void *)name : "", n, ret);
}

/* Names in the form of certificate_authorities. [RFC 8446 4.2.4] */
static troth_status authorities(troth_tls *t, troth_block *ret)
{
    const STACK_OF(X509_NAME) *names = t->c->opts.role == TROTH_INITIATOR ? SSL_get0_peer_CA_list(t->ssl) : NULL;
    troth_writer w = troth_writer_growing(t->c->env, TLS_RECORD_MAX, TROTH_BE);
    for (int i = 0; names && i < sk_X509_NAME_num(names); i++) {
        uint8_t *der = NULL;
        int n = i2d_X509_NAME(sk_X509_NAME_value(names, i), &der);
        if (n > 0 && n <= UINT16_MAX) {
            troth_write_u16(&w, (uint16_t)n);
            troth_write_bytes(&w, der, (size_t)n);
        }
        OPENSSL_free(der);
    }
    troth_status st = w.st ? w.st : keep(t, "", w.len ? (const void *)w.base : "", w.len, ret);
    troth_writer_clear(&w);
    return st;
}

static troth_status answer(troth_tls *t, troth_query what, troth_block *ret)
{
    switch (what) {
    case TROTH_QUERY_ENDPOINT_BINDINGS:
        return endpoint(t, ret);
    case TROTH_QUERY_UNIQUE_BINDINGS:
        return unique(t, ret);
    case TROTH_QUERY_EXPORTER_BINDINGS:
        return exporter(t, ret);
    case TROTH_QUERY_PROTOCOL:
        return protocol(t, ret);
    case TROTH_QUERY_CIPHER:
        return numbers(t, (uint32_t)SSL_version(t->ssl), SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(t->ssl)),
                       ret);
    case TROTH_QUERY_PEER_CERTIFICATE:
        return certificate(t, SSL_get0_peer_certificate(t->ssl), ret);
    case TROTH_QUERY_OWN_CERTIFICATE:
        return certificate(t, SSL_get_certificate(t->ssl), ret);
    case TROTH_QUERY_VERDICT:
        return numbers(t, (uint32_t)t->verdict >> 16, (uint32_t)t->verdict, ret);
    case TROTH_QUERY_AUTHORITIES:
        return authorities(t, ret);
    default:
        return TROTH_UNSUPPORTED;
    }
}

troth_status troth_tls_query(void *impl, troth_query what, troth_bytes *ret)
{
    troth_tls *t = impl;
    if ((unsigned)what >= TLS_QUERIES)
        return TROTH_UNSUPPORTED;
    troth_block *kept = &t->answers[what];
    troth_status st = kept->data ? TROTH_OK : answer(t, what, kept);
    if (!st)
        *ret = (troth_bytes){ kept->data, kept->len };
    return st;
}

/* What OpenSSL refuses is a label of TLS's own. */
troth_status troth_tls_keying(void *impl, troth_bytes label, const troth_bytes *context, size_t n, uint8_t *ret)
{
    troth_tls *t = impl;
    const uint8_t none = 0;
    if (!is_unique(t))
        return TROTH_UNSUPPORTED;
    int done = SSL_export_keying_material(t->ssl, ret, n, (const char *)label.data, label.len,
                                          context && context->len ? context->data : &none, context ? context->len : 0,
                                          context != NULL);
    ERR_clear_error();
    return done == 1 ? TROTH_OK : TROTH_INVALID;
}
