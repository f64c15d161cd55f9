/* The mapping of requirements, bit by bit and side by side, transcribed from spec/sspi 1.1 to 1.3. */
#include <sspi/flags.h>
#include <sspi/status.h>
#include <support/test.h>

enum { K = TROTH_SSPI_KERBEROS, N = TROTH_SSPI_NTLM, G = TROTH_SSPI_NEGOTIATE };

/* what each bit asks of the engine, and of GSS-API; every bit that is not here asks nothing */
static const struct bit {
    uint32_t isc, asc;
    troth_flags ours;
    uint32_t gss;
    uint8_t packages;
} bits[] = {
    { 0x1, 0x1, TROTH_F_DELEGATE, 0x1, K | G },
    { 0x2, 0x2, TROTH_F_MUTUAL, 0x2, K | G },
    { 0x4, 0x4, TROTH_F_REPLAY, 0x4, K | N | G },
    { 0x8, 0x8, TROTH_F_SEQUENCE, 0x8, K | N | G },
    { 0x10, 0x10, TROTH_F_CONFIDENTIALITY, 0x10, K | N | G },
    { 0x20, 0x20, TROTH_F_SESSION_KEY, 0, K | N | G },
    { 0x200, 0x200, TROTH_F_DCE_STYLE, 0x1000, K | N | G },
    { 0x400, 0x400, TROTH_F_DATAGRAM, 0x10000, N },
    { 0x800, 0x800, TROTH_F_CONNECTION, 0, K | N | G },
    { 0x4000, 0x8000, TROTH_F_EXTENDED_ERROR, 0x4000, K | G },
    { 0x8000, 0x10000, 0, 0, 0 }, /* STREAM: Schannel's */
    { 0x10000, 0x20000, TROTH_F_INTEGRITY, 0x20, K | N | G },
    { 0x20000, 0x80000, TROTH_F_IDENTIFY, 0x2000, K | N | G },
    { 0x40000, 0x100000, TROTH_F_ANONYMOUS, 0x40, N | G },
    { 0x800000, 0, TROTH_F_NO_INTEGRITY, 0, K | N | G },
};

static void check_side(troth_role role, uint8_t package)
{
    for (int i = 0; i < 32; i++) {
        uint32_t one = 1u << i, gss = 0;
        troth_flags want = 0;
        for (size_t b = 0; b < sizeof bits / sizeof *bits; b++)
            if ((role == TROTH_INITIATOR ? bits[b].isc : bits[b].asc) == one) {
                want = bits[b].packages & package ? bits[b].ours : 0;
                gss = bits[b].gss;
            }
        assert_int_equal(troth_sspi_flags_require(role, package, one), want);
        assert_int_equal(troth_sspi_flags_gss(role, one), gss);
        /* and an attribute of the engine comes back as the bit that asks for it */
        if (want && want != TROTH_F_NO_INTEGRITY)
            assert_int_equal(troth_sspi_flags_ret(role, package, want), one);
    }
}

static void each_bit(void **state)
{
    (void)state;
    const uint8_t packages[] = { K, N, G };
    for (size_t i = 0; i < 3; i++) {
        check_side(TROTH_INITIATOR, packages[i]);
        check_side(TROTH_ACCEPTOR, packages[i]);
    }
}

/* the wrong side's bits mean something else, and never what their sender meant: case 19 */
static void wrong_side(void **state)
{
    (void)state;
    assert_int_equal(troth_sspi_flags_require(TROTH_INITIATOR, K, 0x20000), TROTH_F_IDENTIFY);
    assert_int_equal(troth_sspi_flags_require(TROTH_ACCEPTOR, K, 0x20000), TROTH_F_INTEGRITY);
    assert_int_equal(troth_sspi_flags_require(TROTH_ACCEPTOR, K, 0x10000), 0);
    assert_int_equal(troth_sspi_flags_require(TROTH_ACCEPTOR, K, 0x4000), 0);
}

static void early(void **state)
{
    (void)state;
    assert_int_equal(troth_sspi_flags_early(TROTH_INITIATOR, N, 0xffffffff & ~(0x400u | 0x8000)), 0x900);
    assert_int_equal(troth_sspi_flags_early(TROTH_INITIATOR, N, 0x400 | 0x1f), 0x400);
    assert_int_equal(troth_sspi_flags_early(TROTH_INITIATOR, K, 0x400 | 0x1f), 0x800);
    assert_int_equal(troth_sspi_flags_early(TROTH_ACCEPTOR, K, 0x2), 0x800);
}

/* each row's bits are its own */
static void tables(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        const troth_sspi_flag_table *t = troth_sspi_flags_of(side ? TROTH_ACCEPTOR : TROTH_INITIATOR);
        uint32_t req = 0, ret = 0;
        assert_string_equal(t->prefix, side ? "ASC" : "ISC");
        for (size_t i = 0; i < t->n; i++) {
            const troth_sspi_flag *f = &t->rows[i];
            assert_int_equal(req & f->req, 0);
            assert_int_equal(ret & f->ret, 0);
            assert_int_equal(f->name != NULL, f->req != 0);
            assert_true((f->ret_name != NULL) == (f->ret != 0));
            req |= f->req;
            ret |= f->ret;
        }
    }
}

/* spec/sspi 1.4: majors, with the trap of supplementary bits that come several at once */
static void gss_majors(void **state)
{
    (void)state;
    static const struct {
        uint32_t major;
        SECURITY_STATUS want;
    } rows[] = {
        { 0, SEC_E_OK },
        { 1, SEC_I_CONTINUE_NEEDED },
        { 1u << 16, SEC_E_SECPKG_NOT_FOUND },
        { 2u << 16, SEC_E_TARGET_UNKNOWN },
        { 3u << 16, SEC_E_TARGET_UNKNOWN },
        { 4u << 16, SEC_E_BAD_BINDINGS },
        { 6u << 16, SEC_E_MESSAGE_ALTERED },
        { 7u << 16, SEC_E_NO_CREDENTIALS },
        { 8u << 16, SEC_E_INVALID_HANDLE },
        { 9u << 16, SEC_E_INVALID_TOKEN },
        { 10u << 16, SEC_E_NO_CREDENTIALS },
        { 11u << 16, SEC_E_NO_CREDENTIALS },
        { 12u << 16, SEC_E_CONTEXT_EXPIRED },
        { 13u << 16, SEC_E_INTERNAL_ERROR },
        { 14u << 16, SEC_E_QOP_NOT_SUPPORTED },
        { 15u << 16, SEC_E_LOGON_DENIED },
        { 16u << 16, SEC_E_UNSUPPORTED_FUNCTION },
        { 2, SEC_E_OUT_OF_SEQUENCE },
        { 4, SEC_E_OUT_OF_SEQUENCE },
        { 8, SEC_E_OUT_OF_SEQUENCE },
        { 16, SEC_E_OUT_OF_SEQUENCE },
        { 2 | 8, SEC_E_OUT_OF_SEQUENCE },
        { 6u << 16 | 2, SEC_E_MESSAGE_ALTERED },
        { 77u << 16, SEC_E_INTERNAL_ERROR },
        { 1u << 24, SEC_E_INTERNAL_ERROR },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(troth_sspi_status_of_gss(rows[i].major), rows[i].want);
}

static void causes(void **state)
{
    (void)state;
    const struct {
        troth_status st;
        SECURITY_STATUS want;
    } rows[] = {
        { TROTH_TIME_SKEW, SEC_E_TIME_SKEW },          { TROTH_TARGET_UNKNOWN, SEC_E_TARGET_UNKNOWN },
        { TROTH_DENIED, SEC_E_LOGON_DENIED },          { TROTH_NO_AUTHORITY, SEC_E_NO_AUTHENTICATING_AUTHORITY },
        { TROTH_BAD_BINDINGS, SEC_E_BAD_BINDINGS },    { TROTH_WRONG_PRINCIPAL, SEC_E_WRONG_PRINCIPAL },
        { TROTH_REPLAY, SEC_E_INVALID_TOKEN }, /* an AP-REQ: case 27 */
        { TROTH_MALFORMED, SEC_E_INVALID_TOKEN },      { TROTH_LIMIT, SEC_E_INVALID_TOKEN },
        { TROTH_DOWNGRADE, SEC_E_DOWNGRADE_DETECTED }, { TROTH_BAD_MIC, SEC_E_MESSAGE_ALTERED },
        { TROTH_NO_MECH, SEC_E_SECPKG_NOT_FOUND }
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(troth_sspi_status(TROTH_SSPI_ESTABLISH, rows[i].st), rows[i].want);
    for (int st = 1; st < TROTH_STATUS_COUNT; st++) /* whatever fails is a failure */
        for (int phase = 0; phase < 3; phase++)
            assert_int_not_equal(troth_sspi_status((troth_sspi_phase)phase, (troth_status)st), SEC_E_OK);
    assert_int_equal(troth_sspi_status(TROTH_SSPI_MESSAGE, TROTH_REPLAY), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(troth_sspi_status(TROTH_SSPI_MESSAGE, TROTH_TOO_LOW), SEC_E_QOP_NOT_SUPPORTED);
    const troth_error unknown = { .code = TROTH_MECHANISM, .gss_major = 13u << 16, .where = "" };
    assert_int_equal(troth_sspi_status_of(TROTH_SSPI_ESTABLISH, &unknown), SEC_E_INTERNAL_ERROR);
    const troth_error odd = { .code = TROTH_MECHANISM, .gss_major = 2, .where = "" };
    assert_int_equal(troth_sspi_status_of(TROTH_SSPI_ESTABLISH, &odd), SEC_E_OUT_OF_SEQUENCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_bit),   cmocka_unit_test(wrong_side),
                                        cmocka_unit_test(early),      cmocka_unit_test(tables),
                                        cmocka_unit_test(gss_majors), cmocka_unit_test(causes) };
    return cmocka_run_group_tests_name("sspi/flags", tests, NULL, NULL);
}
