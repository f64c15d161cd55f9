/* Why a connection failed: an alert says it, the peer's or ours. */
#include <mech/tls/inner.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

/* What we told the peer, as our own status. [RFC 8446 6.2, RFC 7301 3.2] */
static troth_status status_of_alert(uint8_t alert)
{
    switch (alert) {
    case SSL_AD_BAD_RECORD_MAC:
        return TROTH_BAD_MIC;
    case SSL_AD_UNEXPECTED_MESSAGE:
        return TROTH_UNEXPECTED;
    case SSL_AD_RECORD_OVERFLOW:
        return TROTH_LIMIT;
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_PROTOCOL_VERSION:
    case SSL_AD_INSUFFICIENT_SECURITY:
    case SSL_AD_NO_APPLICATION_PROTOCOL:
        return TROTH_NO_MECH;
    case SSL_AD_UNRECOGNIZED_NAME:
        return TROTH_TARGET_UNKNOWN;
    case SSL_AD_INAPPROPRIATE_FALLBACK:
        return TROTH_DOWNGRADE;
    case SSL_AD_CERTIFICATE_REQUIRED:
    case SSL_AD_DECRYPT_ERROR:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNKNOWN_CA:
        return TROTH_DENIED;
    case SSL_AD_INTERNAL_ERROR:
        return TROTH_MECHANISM;
    default:
        return TROTH_MALFORMED;
    }
}

static troth_status status_of_verdict(int verdict)
{
    switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TROTH_CRED_EXPIRED;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return TROTH_WRONG_PRINCIPAL;
    case X509_V_ERR_OUT_OF_MEM:
        return TROTH_NO_MEMORY;
    default:
        return TROTH_DENIED;
    }
}

troth_status troth_tls_fail(troth_tls *t, troth_status st, const char *where)
{
    troth_context_fail(t->c, st, 0, 0, where);
    return st;
}

static troth_status fail_with(troth_tls *t, troth_status st, uint32_t minor, uint8_t alert, const char *where)
{
    bool first = !t->c->error.code;
    troth_context_fail(t->c, st, 0, minor, where);
    if (first)
        t->c->error.wire = alert;
    return st;
}

troth_status troth_tls_failed(troth_tls *t)
{
    unsigned long error = ERR_peek_error();
    uint32_t reason = (uint32_t)ERR_GET_REASON(error);
    if (t->out && t->out->st)
        return fail_with(t, t->out->st, 0, 0, "TLS output");
    if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE || reason == ERR_R_MALLOC_FAILURE)
        return fail_with(t, TROTH_NO_MEMORY, 0, 0, "TLS connection");
    if (t->alert_in)
        return fail_with(t, TROTH_PEER_REFUSED, reason, t->alert_in, "RFC 8446 6.2: the peer's alert");
    if (t->verdict && !(t->c->opts.policy & TROTH_POLICY_UNVERIFIED))
        return fail_with(t, status_of_verdict(t->verdict), (uint32_t)t->verdict, t->alert_out,
                         "RFC 5280 6: the peer's certificate");
    if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
        return fail_with(t, TROTH_DENIED, reason, t->alert_out, "RFC 8446 4.4.2.4: no client certificate");
    if (reason == SSL_R_WRONG_VERSION_NUMBER) /* of a record's header */
        return fail_with(t, TROTH_MALFORMED, reason, t->alert_out, "RFC 8446 5.1");
    if (t->alert_out)
        return fail_with(t, status_of_alert(t->alert_out), reason, t->alert_out, "RFC 8446 6.2: our alert");
    /* no alert: what is no record at all, or a failure of the library's own */
    bool record = reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST;
    return fail_with(t, record ? TROTH_MALFORMED : TROTH_MECHANISM, reason, 0, "RFC 8446 5.1");
}
