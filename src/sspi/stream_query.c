/* What a stream can be asked. */
#include <sspi/cert.h>
#include <sspi/stream.h>
#include <sspi/text.h>
#include <string.h>
#include <troth/win/schannel.h>

_Static_assert(sizeof(SecPkgContext_CipherInfo) <= TROTH_SSPI_ATTRIBUTE_MAX, "the largest");

SECURITY_STATUS troth_sspi_stream_ask(troth_sspi_query *q, troth_query what, troth_bytes *ret)
{
    troth_status st = troth_context_query(q->c->engine, what, ret);
    const troth_error *e = troth_context_error(q->c->engine);
    if (st == TROTH_BAD_STATE && e->code) /* a stream that failed */
        return troth_sspi_stream_status(TROTH_SSPI_MESSAGE, e);
    return troth_sspi_status(TROTH_SSPI_MESSAGE, st);
}

static SECURITY_STATUS stream_sizes(troth_sspi_query *q, void *ret)
{
    (void)q;
    SecPkgContext_StreamSizes *s = ret;
    *s = (SecPkgContext_StreamSizes){ .cbHeader = TROTH_SSPI_STREAM_HEADER,
                                      .cbTrailer = TROTH_SSPI_STREAM_TRAILER,
                                      .cbMaximumMessage = TROTH_SSPI_STREAM_MESSAGE,
                                      .cBuffers = 4,
                                      .cbBlockSize = 1 };
    return SEC_E_OK;
}

/* ---- the cipher ---- */

typedef struct suite {
    uint16_t id;
    const char *name, *cipher, *hash, *certificate;
    uint32_t bits, hash_bits, block;
    ALG_ID cipher_id, hash_id;
} suite;

typedef struct cipher {
    uint16_t version;
    const suite *suite;
} cipher;

/* [RFC 8446 B.4, RFC 5289, RFC 7905]; ChaCha20 has no number of Windows' */
static const suite suites[] = {
    { 0x1301, "TLS_AES_128_GCM_SHA256", "AES", "SHA256", "", 128, 256, 16, CALG_AES_128, CALG_SHA_256 },
    { 0x1302, "TLS_AES_256_GCM_SHA384", "AES", "SHA384", "", 256, 384, 16, CALG_AES_256, CALG_SHA_384 },
    { 0x1303, "TLS_CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305", "SHA256", "", 256, 256, 1, 0, CALG_SHA_256 },
    { 0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "AES", "SHA256", "ECDSA", 128, 256, 16, CALG_AES_128,
      CALG_SHA_256 },
    { 0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "AES", "SHA384", "ECDSA", 256, 384, 16, CALG_AES_256,
      CALG_SHA_384 },
    { 0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "AES", "SHA256", "RSA", 128, 256, 16, CALG_AES_128,
      CALG_SHA_256 },
    { 0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "AES", "SHA384", "RSA", 256, 384, 16, CALG_AES_256,
      CALG_SHA_384 },
    { 0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305", "SHA256", "RSA", 256, 256, 1, 0,
      CALG_SHA_256 },
    { 0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305", "SHA256", "ECDSA", 256, 256, 1, 0,
      CALG_SHA_256 },
};

static SECURITY_STATUS cipher_of(troth_sspi_query *q, cipher *ret)
{
    troth_bytes b;
    SECURITY_STATUS status = troth_sspi_stream_ask(q, TROTH_QUERY_CIPHER, &b);
    if (status)
        return status;
    if (b.len != 4)
        return SEC_E_INTERNAL_ERROR;
    uint16_t id = (uint16_t)(b.data[2] << 8 | b.data[3]);
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        if (suites[i].id == id) {
            *ret = (cipher){ (uint16_t)(b.data[0] << 8 | b.data[1]), &suites[i] };
            return SEC_E_OK;
        }
    return SEC_E_INTERNAL_ERROR; /* one that the engine does not offer */
}

static SECURITY_STATUS connection_info(troth_sspi_query *q, void *ret)
{
    cipher c;
    SECURITY_STATUS status = cipher_of(q, &c);
    if (status)
        return status;
    bool server = q->c->role == TROTH_ACCEPTOR, newer = c.version == TLS1_3_PROTOCOL_VERSION;
    SecPkgContext_ConnectionInfo *i = ret;
    *i = (SecPkgContext_ConnectionInfo){
        .dwProtocol = newer ? (server ? SP_PROT_TLS1_3_SERVER : SP_PROT_TLS1_3_CLIENT)
                            : (server ? SP_PROT_TLS1_2_SERVER : SP_PROT_TLS1_2_CLIENT),
        .aiCipher = c.suite->cipher_id,
        .dwCipherStrength = c.suite->bits,
        .aiHash = c.suite->hash_id,
        .dwHashStrength = c.suite->hash_bits,
        .aiExch = CALG_ECDH_EPHEM,
    };
    return SEC_E_OK;
}

static SECURITY_STATUS cipher_info(troth_sspi_query *q, void *ret)
{
    cipher c;
    SecPkgContext_CipherInfo *i = ret;
    SECURITY_STATUS status = cipher_of(q, &c);
    if (status)
        return status;
    *i = (SecPkgContext_CipherInfo){ .dwVersion = SECPKGCONTEXT_CIPHERINFO_V1,
                                     .dwProtocol = c.version,
                                     .dwCipherSuite = c.suite->id,
                                     .dwBaseCipherSuite = c.suite->id,
                                     .dwCipherLen = c.suite->bits,
                                     .dwCipherBlockLen = c.suite->block,
                                     .dwHashLen = c.suite->hash_bits };
    troth_sspi_text_write(c.suite->name, true, i->szCipherSuite);
    troth_sspi_text_write(c.suite->cipher, true, i->szCipher);
    troth_sspi_text_write(c.suite->hash, true, i->szHash);
    troth_sspi_text_write(*c.suite->certificate ? "ECDH" : "", true, i->szExchange); /* 1.3 chooses it apart */
    troth_sspi_text_write(c.suite->certificate, true, i->szCertificate);
    return SEC_E_OK;
}

static SECURITY_STATUS key_info(troth_sspi_query *q, void *ret)
{
    cipher c;
    SecPkgContext_KeyInfoA *k = ret;
    SECURITY_STATUS status = cipher_of(q, &c);
    if (status)
        return status;
    *k = (SecPkgContext_KeyInfoA){ .KeySize = c.suite->bits,
                                   .SignatureAlgorithm = c.suite->hash_id,
                                   .EncryptAlgorithm = c.suite->cipher_id };
    k->sSignatureAlgorithmName = troth_sspi_query_text(q, c.suite->hash, q->wide);
    k->sEncryptAlgorithmName = troth_sspi_query_text(q, c.suite->cipher, q->wide);
    return SEC_E_OK;
}

static SECURITY_STATUS proto_info(troth_sspi_query *q, void *ret)
{
    cipher c;
    SecPkgContext_ProtoInfoA *p = ret;
    SECURITY_STATUS status = cipher_of(q, &c);
    if (status)
        return status;
    p->sProtocolName = troth_sspi_query_text(q, "TLS", q->wide);
    p->majorVersion = 1;
    p->minorVersion = c.version - TLS1_PROTOCOL_VERSION;
    return SEC_E_OK;
}

/* ---- certificates ---- */

static SECURITY_STATUS cert_context(troth_sspi_query *q, troth_query what, void *ret)
{
    troth_bytes der;
    SECURITY_STATUS status = troth_sspi_stream_ask(q, what, &der);
    if (status)
        return status;
    PCCERT_CONTEXT cert = troth_sspi_cert_of_der(der);
    q->no_memory = !cert;
    memcpy(ret, &cert, sizeof cert);
    return SEC_E_OK;
}

static SECURITY_STATUS remote_cert(troth_sspi_query *q, void *ret)
{
    return cert_context(q, TROTH_QUERY_PEER_CERTIFICATE, ret);
}

static SECURITY_STATUS local_cert(troth_sspi_query *q, void *ret)
{
    return cert_context(q, TROTH_QUERY_OWN_CERTIFICATE, ret);
}

static SECURITY_STATUS verdict(troth_sspi_query *q, void *ret)
{
    troth_bytes b, der;
    SecPkgContext_TrothVerdict *v = ret;
    SECURITY_STATUS status = troth_sspi_stream_ask(q, TROTH_QUERY_VERDICT, &b);
    if (status)
        return status;
    if (b.len != 4)
        return SEC_E_INTERNAL_ERROR;
    v->Verdict = (ULONG)b.data[0] << 24 | (ULONG)b.data[1] << 16 | (ULONG)b.data[2] << 8 | b.data[3];
    v->Status = troth_sspi_stream_verdict(v->Verdict);
    if (troth_sspi_stream_ask(q, TROTH_QUERY_PEER_CERTIFICATE, &der))
        v->Status = SEC_E_NO_CREDENTIALS;
    return SEC_E_OK;
}

/* ---- what others build upon ---- */

static SECURITY_STATUS application_protocol(troth_sspi_query *q, void *ret)
{
    troth_bytes b;
    SecPkgContext_ApplicationProtocol *p = ret;
    SECURITY_STATUS status = troth_sspi_stream_ask(q, TROTH_QUERY_PROTOCOL, &b);
    if (status)
        return status;
    if (b.len > sizeof p->ProtocolId)
        return SEC_E_INTERNAL_ERROR;
    *p = (SecPkgContext_ApplicationProtocol){ .ProtoNegoStatus = SecApplicationProtocolNegotiationStatus_None };
    if (!b.len)
        return SEC_E_OK;
    p->ProtoNegoStatus = SecApplicationProtocolNegotiationStatus_Success;
    p->ProtoNegoExt = SecApplicationProtocolNegotiationExt_ALPN;
    p->ProtocolIdSize = (UCHAR)b.len;
    memcpy(p->ProtocolId, b.data, b.len);
    return SEC_E_OK;
}

/* In the form in which SECBUFFER_CHANNEL_BINDINGS takes them. */
static SECURITY_STATUS bindings(troth_sspi_query *q, troth_query what, void *ret)
{
    troth_bytes b;
    struct {
        SEC_CHANNEL_BINDINGS head;
        uint8_t data[128];
    } whole = { 0 };
    SecPkgContext_Bindings *to = ret;
    SECURITY_STATUS status = troth_sspi_stream_ask(q, what, &b);
    if (status)
        return status;
    if (b.len > sizeof whole.data)
        return SEC_E_INTERNAL_ERROR;
    whole.head.cbApplicationDataLength = (ULONG)b.len;
    whole.head.dwApplicationDataOffset = sizeof whole.head;
    memcpy(whole.data, b.data, b.len);
    to->BindingsLength = (ULONG)(sizeof whole.head + b.len);
    to->Bindings = troth_sspi_query_octets(q, &whole, to->BindingsLength);
    return SEC_E_OK;
}

static SECURITY_STATUS unique_bindings(troth_sspi_query *q, void *ret)
{
    return bindings(q, TROTH_QUERY_UNIQUE_BINDINGS, ret);
}

static SECURITY_STATUS endpoint_bindings(troth_sspi_query *q, void *ret)
{
    return bindings(q, TROTH_QUERY_ENDPOINT_BINDINGS, ret);
}

const troth_sspi_attribute troth_sspi_stream_attributes[] = {
    { SECPKG_ATTR_STREAM_SIZES, stream_sizes, sizeof(SecPkgContext_StreamSizes), true },
    { SECPKG_ATTR_KEY_INFO, key_info, sizeof(SecPkgContext_KeyInfoA), false },
    { SECPKG_ATTR_PROTO_INFO, proto_info, sizeof(SecPkgContext_ProtoInfoA), false },
    { SECPKG_ATTR_UNIQUE_BINDINGS, unique_bindings, sizeof(SecPkgContext_Bindings), false },
    { SECPKG_ATTR_ENDPOINT_BINDINGS, endpoint_bindings, sizeof(SecPkgContext_Bindings), false },
    { SECPKG_ATTR_APPLICATION_PROTOCOL, application_protocol, sizeof(SecPkgContext_ApplicationProtocol), false },
    { SECPKG_ATTR_REMOTE_CERT_CONTEXT, remote_cert, sizeof(PCCERT_CONTEXT), false },
    { SECPKG_ATTR_LOCAL_CERT_CONTEXT, local_cert, sizeof(PCCERT_CONTEXT), false },
    { SECPKG_ATTR_CONNECTION_INFO, connection_info, sizeof(SecPkgContext_ConnectionInfo), false },
    { SECPKG_ATTR_CIPHER_INFO, cipher_info, sizeof(SecPkgContext_CipherInfo), false },
    { SECPKG_ATTR_KEYING_MATERIAL, troth_sspi_stream_keying, sizeof(SecPkgContext_KeyingMaterial), false },
    { SECPKG_ATTR_ISSUER_LIST_EX, troth_sspi_stream_issuers, sizeof(SecPkgContext_IssuerListInfoEx), false },
    { SECPKG_ATTR_TROTH_VERDICT, verdict, sizeof(SecPkgContext_TrothVerdict), false },
};
const size_t troth_sspi_n_stream_attributes =
    sizeof troth_sspi_stream_attributes / sizeof *troth_sspi_stream_attributes;
