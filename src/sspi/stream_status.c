/* What a failed handshake or record is called. */
#include <sspi/status.h>
#include <sspi/stream.h>

enum {
    ALERT_DECRYPT_ERROR = 51,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_CERTIFICATE_REQUIRED = 116,
    ALERT_NO_PROTOCOL = 120
};
/* CRYPT_E_REVOKED, of another facility than all others */
static const SECURITY_STATUS revoked = (SECURITY_STATUS)0x80092010;

/* The peer's alerts: Microsoft's table "Schannel Error Codes for TLS and SSL Alerts", and what is younger. [RFC 8446 6] */
static SECURITY_STATUS of_alert(uint32_t alert)
{
    static const struct {
        uint8_t alert;
        SECURITY_STATUS status;
    } rows[] = {
        { 20, SEC_E_MESSAGE_ALTERED },
        { 21, SEC_E_DECRYPT_FAILURE },
        { 30, SEC_E_MESSAGE_ALTERED },
        { 42, SEC_E_CERT_UNKNOWN },
        { 43, SEC_E_CERT_UNKNOWN },
        { 45, SEC_E_CERT_EXPIRED },
        { 46, SEC_E_CERT_UNKNOWN },
        { 48, SEC_E_UNTRUSTED_ROOT },
        { 49, SEC_E_LOGON_DENIED },
        { ALERT_DECRYPT_ERROR, SEC_E_DECRYPT_FAILURE },
        { ALERT_PROTOCOL_VERSION, SEC_E_UNSUPPORTED_FUNCTION },
        { 71, SEC_E_ALGORITHM_MISMATCH },
        { 80, SEC_E_INTERNAL_ERROR },
        { 90, SEC_E_UNFINISHED_CONTEXT_DELETED },
        { 112, SEC_E_TARGET_UNKNOWN },
        { ALERT_CERTIFICATE_REQUIRED, SEC_E_NO_CREDENTIALS },
        { ALERT_NO_PROTOCOL, SEC_E_APPLICATION_PROTOCOL_MISMATCH },
    };
    if (alert == 44)
        return revoked;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].alert == alert)
            return rows[i].status;
    return SEC_E_ILLEGAL_MESSAGE;
}

/* OpenSSL's X509_V_ERR_ numbers, which are part of its interface. */
SECURITY_STATUS troth_sspi_stream_verdict(uint32_t verdict)
{
    switch (verdict) {
    case 0:
        return SEC_E_OK;
    case 9:  /* not yet valid */
    case 10: /* expired       */
        return SEC_E_CERT_EXPIRED;
    case 2:  /* no issuer              */
    case 18: /* self-signed            */
    case 19: /* a self-signed root     */
    case 20: /* no issuer here         */
    case 21: /* nothing but a leaf     */
    case 24: /* an issuer that is none */
    case 27: /* not trusted            */
        return SEC_E_UNTRUSTED_ROOT;
    case 23:
        return revoked;
    case 26: /* another purpose */
        return SEC_E_CERT_WRONG_USAGE;
    case 28: /* no rule fits */
        return SEC_E_LOGON_DENIED;
    case 62: /* host    */
    case 64: /* address */
        return SEC_E_WRONG_PRINCIPAL;
    default:
        return SEC_E_CERT_UNKNOWN;
    }
}

/* A certificate or a signature that was refused; numbers from 100 on are no verdicts. */
static SECURITY_STATUS of_denial(const troth_error *e)
{
    enum { VERDICTS = 100 };
    if (e->wire == ALERT_DECRYPT_ERROR)
        return SEC_E_DECRYPT_FAILURE;
    if (e->wire == ALERT_CERTIFICATE_REQUIRED)
        return SEC_E_NO_CREDENTIALS;
    return e->gss_minor && e->gss_minor < VERDICTS ? troth_sspi_stream_verdict(e->gss_minor) : SEC_E_LOGON_DENIED;
}

static SECURITY_STATUS of_choice(uint32_t alert)
{
    return alert == ALERT_NO_PROTOCOL        ? SEC_E_APPLICATION_PROTOCOL_MISMATCH
           : alert == ALERT_PROTOCOL_VERSION ? SEC_E_UNSUPPORTED_FUNCTION
                                             : SEC_E_ALGORITHM_MISMATCH;
}

SECURITY_STATUS troth_sspi_stream_status(troth_sspi_phase phase, const troth_error *e)
{
    switch (e->code) {
    case TROTH_PEER_REFUSED:
        return of_alert(e->wire);
    case TROTH_DENIED:
        return of_denial(e);
    case TROTH_CRED_EXPIRED:
        return SEC_E_CERT_EXPIRED;
    case TROTH_NO_MECH:
        return of_choice(e->wire);
    case TROTH_UNEXPECTED:
        return SEC_E_ILLEGAL_MESSAGE;
    default:
        return troth_sspi_status_of(phase, e);
    }
}
