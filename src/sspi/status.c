#include <sspi/status.h>

/* clang-format off */
static const struct row {
    troth_status st;
    SECURITY_STATUS acquire, establish, message;
} rows[] = {
    /*                       acquiring a credential                 a leg                              a message */
    { TROTH_AGAIN,           SEC_E_INTERNAL_ERROR,             SEC_E_INCOMPLETE_MESSAGE,          SEC_E_INCOMPLETE_MESSAGE },
    { TROTH_INVALID,         SEC_E_INVALID_PARAMETER,          SEC_E_INVALID_PARAMETER,           SEC_E_INVALID_TOKEN },
    { TROTH_BAD_STATE,       SEC_E_INTERNAL_ERROR,             SEC_E_OUT_OF_SEQUENCE,             SEC_E_INVALID_HANDLE },
    { TROTH_NO_SPACE,        SEC_E_BUFFER_TOO_SMALL,           SEC_E_BUFFER_TOO_SMALL,            SEC_E_BUFFER_TOO_SMALL },
    { TROTH_BAD_CONFIG,      SEC_E_NO_CREDENTIALS,             SEC_E_NO_CREDENTIALS,              SEC_E_INTERNAL_ERROR },
    { TROTH_TRUNCATED,       SEC_E_INVALID_TOKEN,              SEC_E_INVALID_TOKEN,               SEC_E_INVALID_TOKEN },
    { TROTH_MALFORMED,       SEC_E_INVALID_PARAMETER,          SEC_E_INVALID_TOKEN,               SEC_E_INVALID_TOKEN },
    { TROTH_LIMIT,           SEC_E_INVALID_PARAMETER,          SEC_E_INVALID_TOKEN,               SEC_E_CONTEXT_EXPIRED },
    { TROTH_UNEXPECTED,      SEC_E_INVALID_TOKEN,              SEC_E_INVALID_TOKEN,               SEC_E_INVALID_TOKEN },
    { TROTH_UNSUPPORTED,     SEC_E_UNSUPPORTED_FUNCTION,       SEC_E_UNSUPPORTED_FUNCTION,        SEC_E_UNSUPPORTED_FUNCTION },
    { TROTH_NO_MECH,         SEC_E_SECPKG_NOT_FOUND,           SEC_E_SECPKG_NOT_FOUND,            SEC_E_INVALID_TOKEN },
    { TROTH_DENIED,          SEC_E_LOGON_DENIED,               SEC_E_LOGON_DENIED,                SEC_E_LOGON_DENIED },
    { TROTH_NO_CRED,         SEC_E_NO_CREDENTIALS,             SEC_E_NO_CREDENTIALS,              SEC_E_NO_CREDENTIALS },
    { TROTH_CRED_EXPIRED,    SEC_E_NO_CREDENTIALS,             SEC_E_CONTEXT_EXPIRED,             SEC_E_CONTEXT_EXPIRED },
    { TROTH_TARGET_UNKNOWN,  SEC_E_TARGET_UNKNOWN,             SEC_E_TARGET_UNKNOWN,              SEC_E_TARGET_UNKNOWN },
    { TROTH_WRONG_PRINCIPAL, SEC_E_WRONG_PRINCIPAL,            SEC_E_WRONG_PRINCIPAL,             SEC_E_WRONG_PRINCIPAL },
    { TROTH_TIME_SKEW,       SEC_E_TIME_SKEW,                  SEC_E_TIME_SKEW,                   SEC_E_TIME_SKEW },
    { TROTH_NO_AUTHORITY,    SEC_E_NO_AUTHENTICATING_AUTHORITY, SEC_E_NO_AUTHENTICATING_AUTHORITY, SEC_E_NO_AUTHENTICATING_AUTHORITY },
    { TROTH_BAD_BINDINGS,    SEC_E_BAD_BINDINGS,               SEC_E_BAD_BINDINGS,                SEC_E_BAD_BINDINGS },
    { TROTH_DOWNGRADE,       SEC_E_DOWNGRADE_DETECTED,         SEC_E_DOWNGRADE_DETECTED,          SEC_E_DOWNGRADE_DETECTED },
    { TROTH_TOO_LOW,         SEC_E_SECURITY_QOS_FAILED,        SEC_E_SECURITY_QOS_FAILED,         SEC_E_QOP_NOT_SUPPORTED },
    { TROTH_NOT_ALLOWED,     SEC_E_LOGON_DENIED,               SEC_E_LOGON_DENIED,                SEC_E_LOGON_DENIED },
    { TROTH_BAD_MIC,         SEC_E_MESSAGE_ALTERED,            SEC_E_MESSAGE_ALTERED,             SEC_E_MESSAGE_ALTERED },
    { TROTH_REPLAY,          SEC_E_INVALID_TOKEN,              SEC_E_INVALID_TOKEN,               SEC_E_OUT_OF_SEQUENCE },
    { TROTH_OUT_OF_ORDER,    SEC_E_OUT_OF_SEQUENCE,            SEC_E_OUT_OF_SEQUENCE,             SEC_E_OUT_OF_SEQUENCE },
    { TROTH_EXPIRED,         SEC_E_CONTEXT_EXPIRED,            SEC_E_CONTEXT_EXPIRED,             SEC_E_CONTEXT_EXPIRED },
    { TROTH_NOT_SEALED,      SEC_E_INVALID_TOKEN,              SEC_E_INVALID_TOKEN,               SEC_E_DECRYPT_FAILURE },
    { TROTH_NO_MEMORY,       SEC_E_INSUFFICIENT_MEMORY,        SEC_E_INSUFFICIENT_MEMORY,         SEC_E_INSUFFICIENT_MEMORY },
    { TROTH_CLOSED,          SEC_E_INTERNAL_ERROR,             SEC_I_CONTEXT_EXPIRED,             SEC_I_CONTEXT_EXPIRED },
    { TROTH_IO,              SEC_E_NO_CREDENTIALS,             SEC_E_INTERNAL_ERROR,              SEC_E_INTERNAL_ERROR },
};

/* RFC 2744 3.9.1. The supplementary bits come as words of their own, because several may be set at once. */
const troth_sspi_gss_row troth_sspi_gss_rows[] = {
    { 1u << 16,  "GSS_S_BAD_MECH",             SEC_E_SECPKG_NOT_FOUND },
    { 2u << 16,  "GSS_S_BAD_NAME",             SEC_E_TARGET_UNKNOWN },
    { 3u << 16,  "GSS_S_BAD_NAMETYPE",         SEC_E_TARGET_UNKNOWN },
    { 4u << 16,  "GSS_S_BAD_BINDINGS",         SEC_E_BAD_BINDINGS },
    { 5u << 16,  "GSS_S_BAD_STATUS",           SEC_E_INTERNAL_ERROR },
    { 6u << 16,  "GSS_S_BAD_MIC",              SEC_E_MESSAGE_ALTERED },
    { 7u << 16,  "GSS_S_NO_CRED",              SEC_E_NO_CREDENTIALS },
    { 8u << 16,  "GSS_S_NO_CONTEXT",           SEC_E_INVALID_HANDLE },
    { 9u << 16,  "GSS_S_DEFECTIVE_TOKEN",      SEC_E_INVALID_TOKEN },
    { 10u << 16, "GSS_S_DEFECTIVE_CREDENTIAL", SEC_E_NO_CREDENTIALS },
    { 11u << 16, "GSS_S_CREDENTIALS_EXPIRED",  SEC_E_NO_CREDENTIALS },
    { 12u << 16, "GSS_S_CONTEXT_EXPIRED",      SEC_E_CONTEXT_EXPIRED },
    { 13u << 16, "GSS_S_FAILURE",              SEC_E_INTERNAL_ERROR },
    { 14u << 16, "GSS_S_BAD_QOP",              SEC_E_QOP_NOT_SUPPORTED },
    { 15u << 16, "GSS_S_UNAUTHORIZED",         SEC_E_LOGON_DENIED },
    { 16u << 16, "GSS_S_UNAVAILABLE",          SEC_E_UNSUPPORTED_FUNCTION },
    { 17u << 16, "GSS_S_DUPLICATE_ELEMENT",    SEC_E_INTERNAL_ERROR },
    { 18u << 16, "GSS_S_NAME_NOT_MN",          SEC_E_TARGET_UNKNOWN },
    { 1u << 0,   "GSS_S_CONTINUE_NEEDED",      SEC_I_CONTINUE_NEEDED },
    { 1u << 1,   "GSS_S_DUPLICATE_TOKEN",      SEC_E_OUT_OF_SEQUENCE },
    { 1u << 2,   "GSS_S_OLD_TOKEN",            SEC_E_OUT_OF_SEQUENCE },
    { 1u << 3,   "GSS_S_UNSEQ_TOKEN",          SEC_E_OUT_OF_SEQUENCE },
    { 1u << 4,   "GSS_S_GAP_TOKEN",            SEC_E_OUT_OF_SEQUENCE },
};
/* clang-format on */
const size_t troth_sspi_n_gss_rows = sizeof troth_sspi_gss_rows / sizeof *troth_sspi_gss_rows;

SECURITY_STATUS troth_sspi_status(troth_sspi_phase phase, troth_status st)
{
    if (!st)
        return SEC_E_OK;
    for (const struct row *r = rows; r < rows + sizeof rows / sizeof *rows; r++)
        if (r->st == st)
            return phase == TROTH_SSPI_ACQUIRE ? r->acquire : phase == TROTH_SSPI_ESTABLISH ? r->establish : r->message;
    return SEC_E_INTERNAL_ERROR;
}

SECURITY_STATUS troth_sspi_status_of_gss(uint32_t major)
{
    enum { ROUTINE = 0xffu << 16, CALLING = 0xffu << 24 };
    for (size_t i = 0; i < troth_sspi_n_gss_rows; i++) {
        const troth_sspi_gss_row *r = &troth_sspi_gss_rows[i];
        bool whole = (r->major & ROUTINE) != 0;
        if (whole ? (major & ROUTINE) == r->major : !(major & ROUTINE) && r->major > 1 && major & r->major)
            return r->status;
    }
    if (major & ((uint32_t)ROUTINE | CALLING))
        return SEC_E_INTERNAL_ERROR;
    return major & 1 ? SEC_I_CONTINUE_NEEDED : SEC_E_OK;
}

SECURITY_STATUS troth_sspi_status_of(troth_sspi_phase phase, const troth_error *e)
{
    /* a mechanism that could tell no more than "failure" may have told GSS-API's major */
    if (e->code == TROTH_MECHANISM && e->gss_major) {
        SECURITY_STATUS st = troth_sspi_status_of_gss(e->gss_major);
        return st < 0 ? st : SEC_E_INTERNAL_ERROR;
    }
    /* the peer's own word, where it is one of SSPI's */
    if (e->code == TROTH_PEER_REFUSED && (e->wire & 0xffff0000u) == 0x80090000u)
        return (SECURITY_STATUS)e->wire;
    if (e->code == TROTH_PEER_REFUSED)
        return SEC_E_LOGON_DENIED;
    return troth_sspi_status(phase, e->code);
}
