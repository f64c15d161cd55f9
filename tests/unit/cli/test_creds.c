/* --mech and --user. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cli/creds.h>
#include <cmocka.h>

static void test_mech_forms(void **state)
{
    (void)state;
    troth_cli_mech m;
    assert_true(troth_cli_read_mech("negotiate", &m));
    assert_string_equal(m.outer, "spnego");
    assert_int_equal(m.n, 2);
    assert_false(m.listed);
    assert_true(troth_cli_read_mech("negotiate:ntlm,kerberos", &m));
    assert_string_equal(m.inner[0], "ntlm"); /* the order is the preference */
    assert_string_equal(m.inner[1], "kerberos");
    assert_true(m.listed);
    assert_true(troth_cli_read_mech("negotiate:kerberos", &m));
    assert_false(troth_cli_mech_has(&m, "ntlm"));
    assert_true(troth_cli_read_mech("ntlm", &m));
    assert_string_equal(m.outer, "ntlm");
    assert_true(m.listed && m.n == 1);
    assert_true(troth_cli_read_mech("kerberos", &m));
    assert_string_equal(m.outer, "kerberos");
}

static void test_mech_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = { "",      "spnego",          "negotiate:",          "negotiatex",
                                         "NTLM",  "negotiate:ntlm,", "negotiate:ntlm,ntlm", "negotiate:,ntlm",
                                         "ntlm,", "kerberos,ntlm",   "negotiate:kerb",      "negotiate kerberos" };
    troth_cli_mech m;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (troth_cli_read_mech(wrong[i], &m))
            fail_msg("accepted: \"%s\"", wrong[i]);
    }
}

static void test_accounts(void **state)
{
    (void)state;
    troth_cli_account a;
    assert_true(troth_cli_read_account("CORP\\alice", &a));
    assert_string_equal(a.user, "alice");
    assert_string_equal(a.domain, "CORP");
    assert_false(a.is_principal);
    assert_true(troth_cli_read_account("\\alice", &a));
    assert_string_equal(a.domain, "");
    assert_true(troth_cli_read_account("host/x@EXAMPLE.TEST", &a));
    assert_true(a.is_principal);
    assert_string_equal(a.user, "host/x");
    assert_string_equal(a.domain, "EXAMPLE.TEST");
    assert_string_equal(a.whole, "host/x@EXAMPLE.TEST");
    assert_false(troth_cli_read_account("alice", &a));
    assert_false(troth_cli_read_account("", &a));
    assert_false(troth_cli_read_account("CORP\\", &a));
    assert_false(troth_cli_read_account("@R", &a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mech_forms),
        cmocka_unit_test(test_mech_refused),
        cmocka_unit_test(test_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
