/* GSS majors and Kerberos minors as statuses. A major says little: most failures are told by the minor alone. */
#include <errno.h>
#include <mech/kerberos/inner.h>

typedef struct minor_row {
    krb5_error_code code;
    troth_status st;
} minor_row;

static const minor_row minors[] = {
    { KRB5KRB_AP_ERR_SKEW, TROTH_TIME_SKEW },
    { KRB5KRB_AP_ERR_TKT_NYV, TROTH_TIME_SKEW },
    { KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, TROTH_TARGET_UNKNOWN },
    { KRB5KDC_ERR_SERVER_NOMATCH, TROTH_TARGET_UNKNOWN },
    { KRB5KRB_AP_ERR_NOT_US, TROTH_TARGET_UNKNOWN },
    { KRB5KRB_AP_WRONG_PRINC, TROTH_TARGET_UNKNOWN },
    { KRB5KRB_AP_ERR_BADMATCH, TROTH_WRONG_PRINCIPAL },
    { KRB5KRB_AP_ERR_BADKEYVER, TROTH_WRONG_PRINCIPAL },
    { KRB5KRB_AP_ERR_NOKEY, TROTH_WRONG_PRINCIPAL },
    { KRB5_KT_KVNONOTFOUND, TROTH_WRONG_PRINCIPAL },
    { KRB5KRB_AP_ERR_MODIFIED, TROTH_WRONG_PRINCIPAL },
    { KRB5KRB_AP_ERR_BAD_INTEGRITY, TROTH_WRONG_PRINCIPAL },
    { KRB5KRB_AP_ERR_MUT_FAIL, TROTH_WRONG_PRINCIPAL },
    { KRB5_MUTUAL_FAILED, TROTH_WRONG_PRINCIPAL },
    { KRB5KDC_ERR_PREAUTH_FAILED, TROTH_DENIED },
    { KRB5_PREAUTH_FAILED, TROTH_DENIED },
    { KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, TROTH_DENIED },
    { KRB5KDC_ERR_CLIENT_REVOKED, TROTH_DENIED },
    { KRB5KDC_ERR_CLIENT_NOTYET, TROTH_DENIED },
    { KRB5KDC_ERR_NAME_EXP, TROTH_DENIED },
    { KRB5KDC_ERR_POLICY, TROTH_DENIED },
    { KRB5KDC_ERR_KEY_EXP, TROTH_CRED_EXPIRED },
    { KRB5KRB_AP_ERR_TKT_EXPIRED, TROTH_CRED_EXPIRED },
    { KRB5_KDC_UNREACH, TROTH_NO_AUTHORITY },
    { KRB5_REALM_UNKNOWN, TROTH_NO_AUTHORITY },
    { KRB5_REALM_CANT_RESOLVE, TROTH_NO_AUTHORITY },
    { KRB5KDC_ERR_SVC_UNAVAILABLE, TROTH_NO_AUTHORITY },
    { KRB5KDC_ERR_ETYPE_NOSUPP, TROTH_UNSUPPORTED },
    { KRB5_BAD_ENCTYPE, TROTH_UNSUPPORTED },
    { KRB5KRB_AP_ERR_REPEAT, TROTH_REPLAY },
    { KRB5_CC_NOTFOUND, TROTH_NO_CRED },
    { KRB5_FCC_NOFILE, TROTH_NO_CRED },
    { KRB5_FCC_PERM, TROTH_NO_CRED },
    { KRB5_KT_NOTFOUND, TROTH_NO_CRED },
    { KRB5KRB_AP_ERR_MSG_TYPE, TROTH_MALFORMED },
    { KRB5KRB_AP_ERR_BADVERSION, TROTH_MALFORMED },
    { ENOMEM, TROTH_NO_MEMORY },
};

typedef struct major_row {
    OM_uint32 routine;
    troth_status st;
} major_row;

static const major_row majors[] = {
    { GSS_S_BAD_MECH, TROTH_NO_MECH },
    { GSS_S_BAD_NAME, TROTH_TARGET_UNKNOWN },
    { GSS_S_BAD_NAMETYPE, TROTH_TARGET_UNKNOWN },
    { GSS_S_BAD_BINDINGS, TROTH_BAD_BINDINGS },
    { GSS_S_BAD_SIG, TROTH_BAD_MIC },
    { GSS_S_NO_CRED, TROTH_NO_CRED },
    { GSS_S_DEFECTIVE_CREDENTIAL, TROTH_NO_CRED },
    { GSS_S_CREDENTIALS_EXPIRED, TROTH_CRED_EXPIRED },
    { GSS_S_NO_CONTEXT, TROTH_BAD_STATE },
    { GSS_S_CONTEXT_EXPIRED, TROTH_EXPIRED },
    { GSS_S_DEFECTIVE_TOKEN, TROTH_MALFORMED },
    { GSS_S_DUPLICATE_TOKEN, TROTH_REPLAY },
    { GSS_S_UNAUTHORIZED, TROTH_DENIED },
    { GSS_S_UNAVAILABLE, TROTH_UNSUPPORTED },
};

/* The ASN.1 decoder's codes are a table of com_err's, which gives each table 256 of them. */
static bool is_asn1(OM_uint32 minor)
{
    return (minor & ~0xffu) == ((OM_uint32)ASN1_BAD_TIMEFORMAT & ~0xffu);
}

static troth_status by_minor(troth_krb_phase phase, OM_uint32 minor)
{
    krb5_error_code code = (krb5_error_code)minor;
    /* an AS reply that does not decrypt means a wrong password or keytab, where a ticket would mean a wrong service */
    if (phase == TROTH_KRB_ACQUIRE && (code == KRB5KRB_AP_ERR_BAD_INTEGRITY || code == KRB5KRB_AP_ERR_MODIFIED))
        return TROTH_DENIED;
    for (const minor_row *r = minors; r < minors + sizeof minors / sizeof *minors; r++)
        if (r->code == code)
            return r->st;
    return is_asn1(minor) ? TROTH_MALFORMED : TROTH_OK;
}

static troth_status by_major(OM_uint32 major)
{
    for (const major_row *r = majors; r < majors + sizeof majors / sizeof *majors; r++)
        if (r->routine == GSS_ROUTINE_ERROR(major))
            return r->st;
    return TROTH_MECHANISM;
}

/* Several supplementary bits may come at once, beside data that was already given out. [RFC 2743 1.2.3] */
static troth_status by_supplement(OM_uint32 major)
{
    if (major & (GSS_S_DUPLICATE_TOKEN | GSS_S_OLD_TOKEN))
        return TROTH_REPLAY;
    if (major & (GSS_S_UNSEQ_TOKEN | GSS_S_GAP_TOKEN))
        return TROTH_OUT_OF_ORDER;
    return TROTH_OK;
}

troth_status troth_krb_status(troth_krb_phase phase, OM_uint32 major, OM_uint32 minor)
{
    if (!GSS_ERROR(major))
        return by_supplement(major);
    if (phase == TROTH_KRB_MESSAGE) {
        troth_status st = minor == ENOMEM ? TROTH_NO_MEMORY : by_major(major);
        return st == TROTH_MECHANISM ? TROTH_MALFORMED : st; /* GSS_S_FAILURE: sizes that do not fit together */
    }
    troth_status st = GSS_ROUTINE_ERROR(major) == GSS_S_BAD_BINDINGS ? TROTH_BAD_BINDINGS : by_minor(phase, minor);
    return st ? st : by_major(major);
}
