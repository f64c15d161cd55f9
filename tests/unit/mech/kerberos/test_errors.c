/* Statuses: Kerberos' numbers are written as krb5's minor = -1765328384 + the protocol's code. [RFC 4120 7.5.9] */
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include <errno.h>
#include <mech/kerberos/inner.h>

enum { BASE = -1765328384 };
static const OM_uint32 failure = 13u << 16;

static troth_status establish(int32_t code)
{
    return troth_krb_status(TROTH_KRB_ESTABLISH, failure, (OM_uint32)(BASE + code));
}

static void test_protocol_codes(void **state)
{
    (void)state;
    static const struct {
        int32_t code;
        troth_status want;
    } rows[] = {
        { 6, TROTH_DENIED },           /* KDC_ERR_C_PRINCIPAL_UNKNOWN */
        { 7, TROTH_TARGET_UNKNOWN },   /* KDC_ERR_S_PRINCIPAL_UNKNOWN */
        { 14, TROTH_UNSUPPORTED },     /* KDC_ERR_ETYPE_NOSUPP        */
        { 18, TROTH_DENIED },          /* KDC_ERR_CLIENT_REVOKED      */
        { 23, TROTH_CRED_EXPIRED },    /* KDC_ERR_KEY_EXPIRED         */
        { 24, TROTH_DENIED },          /* KDC_ERR_PREAUTH_FAILED      */
        { 31, TROTH_WRONG_PRINCIPAL }, /* KRB_AP_ERR_BAD_INTEGRITY    */
        { 32, TROTH_CRED_EXPIRED },    /* KRB_AP_ERR_TKT_EXPIRED      */
        { 33, TROTH_TIME_SKEW },       /* KRB_AP_ERR_TKT_NYV          */
        { 34, TROTH_REPLAY },          /* KRB_AP_ERR_REPEAT           */
        { 35, TROTH_TARGET_UNKNOWN },  /* KRB_AP_ERR_NOT_US           */
        { 37, TROTH_TIME_SKEW },       /* KRB_AP_ERR_SKEW             */
        { 41, TROTH_WRONG_PRINCIPAL }, /* KRB_AP_ERR_MODIFIED         */
        { 44, TROTH_WRONG_PRINCIPAL }, /* KRB_AP_ERR_BADKEYVER        */
        { 45, TROTH_WRONG_PRINCIPAL }, /* KRB_AP_ERR_NOKEY            */
        { 156, TROTH_NO_AUTHORITY },   /* KRB5_KDC_UNREACH            */
        { 127, TROTH_MECHANISM },      /* none                        */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (establish(rows[i].code) != rows[i].want)
            fail_msg("%d: %s", rows[i].code, troth_status_name(establish(rows[i].code)));
    /* in an AS exchange the key that does not fit is the user's */
    assert_int_equal(troth_krb_status(TROTH_KRB_ACQUIRE, failure, (OM_uint32)(BASE + 31)), TROTH_DENIED);
    assert_int_equal(troth_krb_status(TROTH_KRB_ESTABLISH, failure, ENOMEM), TROTH_NO_MEMORY);
    assert_int_equal(troth_krb_status(TROTH_KRB_ESTABLISH, failure, 1859794437u), TROTH_MALFORMED); /* ASN.1 */
}

static void test_majors(void **state)
{
    (void)state;
    static const troth_status wants[] = {
        TROTH_OK,        TROTH_NO_MECH,      TROTH_TARGET_UNKNOWN, TROTH_TARGET_UNKNOWN, TROTH_BAD_BINDINGS,
        TROTH_MECHANISM, TROTH_BAD_MIC,      TROTH_NO_CRED,        TROTH_BAD_STATE,      TROTH_MALFORMED,
        TROTH_NO_CRED,   TROTH_CRED_EXPIRED, TROTH_EXPIRED,        TROTH_MECHANISM,      TROTH_MECHANISM,
        TROTH_DENIED,    TROTH_UNSUPPORTED,
    };
    for (uint32_t i = 0; i < sizeof wants / sizeof *wants; i++)
        if (troth_krb_status(TROTH_KRB_ESTABLISH, i << 16, 0) != wants[i])
            fail_msg("major %u: %s", i, troth_status_name(troth_krb_status(TROTH_KRB_ESTABLISH, i << 16, 0)));
}

/* CONTINUE_NEEDED 1, DUPLICATE 2, OLD 4, UNSEQ 8, GAP 16; several may come at once. [RFC 2744 3.9.1] */
static void test_supplementary(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 32; bits++) {
        troth_status want = bits & 6 ? TROTH_REPLAY : bits & 24 ? TROTH_OUT_OF_ORDER : TROTH_OK;
        assert_int_equal(troth_krb_status(TROTH_KRB_MESSAGE, bits, 0), want);
    }
    /* an error is an error whatever stands beside it */
    assert_int_equal(troth_krb_status(TROTH_KRB_MESSAGE, 6u << 16 | 2, 0), TROTH_BAD_MIC);
    assert_int_equal(troth_krb_status(TROTH_KRB_MESSAGE, failure, EINVAL), TROTH_MALFORMED);
    assert_int_equal(troth_krb_status(TROTH_KRB_MESSAGE, 12u << 16, 0), TROTH_EXPIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_protocol_codes), cmocka_unit_test(test_majors),
                                        cmocka_unit_test(test_supplementary) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
