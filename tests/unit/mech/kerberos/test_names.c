/* Which text is a principal and which is host-based, and how a display name becomes an identity. */
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include <mech/kerberos/inner.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/env.h>
#include <unistd.h>

static void test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool host_based;
    } rows[] = {
        { "svc/host", false },
        { "svc/host@REALM", false },
        { "svc/host.example@REALM", false },
        { "svc@host", true },
        { "HTTP@web.example", true },
        { "svc@HOST.example", true },
        { "alice@EXAMPLE.TEST", false },
        { "alice", false },
        { "", false },
        { "al\\@ice", false },
        { "al\\@ice@host", true },
        { "svc/a@b@REALM", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (troth_krb_name_host_based(rows[i].text) != rows[i].host_based)
            fail_msg("%s", rows[i].text);
}

static char got_account[64], got_authority[64];

static troth_status keep(troth_context *c, troth_name_style style, const char *account, const char *authority)
{
    (void)c;
    assert_int_equal(style, TROTH_NAME_AT);
    snprintf(got_account, sizeof got_account, "%s", account);
    snprintf(got_authority, sizeof got_authority, "%s", authority ? authority : "(none)");
    return TROTH_OK;
}

static void test_identity(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        { "alice@EXAMPLE.TEST", "alice", "EXAMPLE.TEST" },
        { "svc/localhost@EXAMPLE.TEST", "svc/localhost", "EXAMPLE.TEST" },
        { "al\\@ice@EXAMPLE.TEST", "al\\@ice", "EXAMPLE.TEST" },
        { "alice", "alice", "DEFAULT.TEST" },
    };
    test_env t;
    test_env_init(&t);
    troth_context c = { .env = &t.env };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        OM_uint32 minor;
        gss_name_t typed, name;
        assert_int_equal(troth_krb_name_import(&minor, rows[i][0], &typed), GSS_S_COMPLETE);
        /* a mechanism name, as contexts have them: the default realm is in it */
        assert_int_equal(gss_canonicalize_name(&minor, typed, (gss_OID)(uintptr_t)gss_mech_krb5, &name),
                         GSS_S_COMPLETE);
        gss_release_name(&minor, &typed);
        assert_int_equal(troth_krb_name_set(&c, name, keep), TROTH_OK);
        assert_string_equal(got_account, rows[i][1]);
        assert_string_equal(got_authority, rows[i][2]);
        gss_release_name(&minor, &name);
    }
    test_env_check(&t);
}

int main(void)
{
    char conf[] = "/tmp/troth-names-XXXXXX";
    int fd = mkstemp(conf);
    if (fd < 0 || dprintf(fd, "[libdefaults]\ndefault_realm = DEFAULT.TEST\n") < 0)
        return 1;
    close(fd);
    setenv("KRB5_CONFIG", conf, 1); /* the machine's own configuration has no say here */
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_forms), cmocka_unit_test(test_identity) };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(conf);
    return failed;
}
