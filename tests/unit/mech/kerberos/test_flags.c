/* Flags against RFC 2743 1.2.9 and the SSPI extensions of MIT: numbers written out, not taken from the table. */
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include <mech/kerberos/inner.h>

static void test_request(void **state)
{
    (void)state;
    static const struct {
        troth_flags ours;
        uint32_t policy, gss;
    } rows[] = {
        { TROTH_F_MUTUAL, 0, 0x2 },
        { TROTH_F_REPLAY, 0, 0x4 },
        { TROTH_F_SEQUENCE, 0, 0x8 },
        { TROTH_F_CONFIDENTIALITY, 0, 0x10 },
        { TROTH_F_INTEGRITY, 0, 0x20 },
        { TROTH_F_DCE_STYLE, 0, 0x1000 },
        { TROTH_F_IDENTIFY, 0, 0x2000 },
        { TROTH_F_EXTENDED_ERROR, 0, 0x4000 },
        { TROTH_F_DELEGATE, 0, 0x8000 },
        { TROTH_F_DELEGATE, TROTH_POLICY_DELEGATE_ANY, 0x1 },
        /* these have no GSS number, and must not turn into what theirs would mean there */
        { TROTH_F_ANONYMOUS, 0, 0 },
        { TROTH_F_CONNECTION | TROTH_F_SESSION_KEY | TROTH_F_NO_INTEGRITY | TROTH_F_GUEST | TROTH_F_BOUND, 0, 0 },
        { 0, TROTH_POLICY_DELEGATE_ANY, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(troth_krb_flags_request(rows[i].ours, rows[i].policy), rows[i].gss);
}

static void test_attributes(void **state)
{
    (void)state;
    static const struct {
        uint32_t gss;
        troth_flags ours;
    } rows[] = {
        { 0x1, TROTH_F_DELEGATE },
        { 0x2, TROTH_F_MUTUAL },
        { 0x4, TROTH_F_REPLAY },
        { 0x8, TROTH_F_SEQUENCE },
        { 0x10, TROTH_F_CONFIDENTIALITY },
        { 0x20, TROTH_F_INTEGRITY },
        { 0x40, TROTH_F_ANONYMOUS },
        { 0x80, 0 },  /* PROT_READY */
        { 0x100, 0 }, /* TRANS */
        { 0x800, TROTH_F_BOUND },
        { 0x1000, TROTH_F_DCE_STYLE },
        { 0x2000, TROTH_F_IDENTIFY },
        { 0x4000, TROTH_F_EXTENDED_ERROR },
        { 0x8000, 0 }, /* DELEG_POLICY: that the policy was asked is no delegation */
        { 0x10000, 0 },
        { 0x122, TROTH_F_MUTUAL | TROTH_F_INTEGRITY },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(troth_krb_flags_attributes(rows[i].gss), rows[i].ours | TROTH_F_CONNECTION);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_request), cmocka_unit_test(test_attributes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
