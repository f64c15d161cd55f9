#include <support/test.h>
#include <troth/gateway.h>

/* DESIGN: fnmatch over user@REALM and DOM\user, without regard to case; nobody comes in but by "anonymous". */

static const troth_identity alice = { "alice@EXAMPLE.TEST", "alice", "EXAMPLE.TEST" };
static const troth_identity bob = { "DOM\\bob", "bob", "DOM" };
static const troth_identity nobody = { "", NULL, NULL };

static const struct {
    const char *name, *allow[3];
    const troth_identity *who;
    troth_flags flags;
    bool in;
} rows[] = {
    { "no list", { NULL }, &alice, 0, true },
    { "no list, anonymous", { NULL }, &nobody, TROTH_F_ANONYMOUS, false },
    { "no list, anonymous without the flag", { NULL }, &nobody, 0, false },
    { "no list, guest", { NULL }, &bob, TROTH_F_GUEST, false },
    { "exact", { "alice@EXAMPLE.TEST" }, &alice, 0, true },
    { "case", { "ALICE@example.test" }, &alice, 0, true },
    { "other user", { "bob@EXAMPLE.TEST" }, &alice, 0, false },
    { "other realm", { "alice@EXAMPLE.COM" }, &alice, 0, false },
    { "part of a name", { "alice" }, &alice, 0, false },
    { "part of a realm", { "alice@EXAMPLE" }, &alice, 0, false },
    { "realm pattern", { "*@EXAMPLE.TEST" }, &alice, 0, true },
    { "question mark", { "al?ce@*" }, &alice, 0, true },
    { "bracket", { "[a-b]lice@*" }, &alice, 0, true },
    { "backslash form", { "dom\\bob" }, &bob, 0, true },
    { "backslash form of another", { "DOM\\alice" }, &bob, 0, false },
    { "at form of an NTLM name", { "bob@DOM" }, &bob, 0, true },
    { "domain pattern", { "DOM\\*" }, &bob, 0, true },
    { "second pattern", { "x@Y", "DOM\\*" }, &bob, 0, true },
    { "anonymous allowed", { "anonymous" }, &nobody, TROTH_F_ANONYMOUS, true },
    { "star is not anonymous", { "*" }, &nobody, TROTH_F_ANONYMOUS, false },
    { "star is everybody else", { "*" }, &alice, 0, true },
    { "anonymous is nobody else", { "anonymous" }, &alice, 0, false },
    { "guest by anonymous", { "anonymous" }, &bob, TROTH_F_GUEST, true },
    { "guest by name", { "DOM\\bob" }, &bob, TROTH_F_GUEST, false },
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t n = 0;
        while (n < 3 && rows[i].allow[n])
            n++;
        troth_status st = troth_policy_allows(rows[i].allow, n, rows[i].who, rows[i].flags);
        if (st != (rows[i].in ? TROTH_OK : TROTH_NOT_ALLOWED))
            fail_msg("%s: %s", rows[i].name, troth_status_name(st));
    }
    const char *const anon[] = { "anonymous" };
    const troth_identity called_so = { "anonymous@X", "anonymous", "X" };
    assert_int_equal(troth_policy_allows(anon, 1, &called_so, 0), TROTH_NOT_ALLOWED);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_table) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
