/* The exit codes of the manual, one expectation per status, transcribed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cli/exit.h>
#include <cmocka.h>

static const struct {
    troth_status st;
    int code;
} expected[] = {
    { TROTH_OK, 0 },
    { TROTH_AGAIN, 1 },
    { TROTH_INVALID, 2 },
    { TROTH_BAD_STATE, 1 },
    { TROTH_NO_SPACE, 1 },
    { TROTH_BAD_CONFIG, 7 },
    { TROTH_TRUNCATED, 5 },
    { TROTH_MALFORMED, 5 },
    { TROTH_LIMIT, 5 },
    { TROTH_TIMEOUT, 3 },
    { TROTH_UNEXPECTED, 5 },
    { TROTH_UNSUPPORTED, 5 },
    { TROTH_NO_MECH, 5 },
    { TROTH_DENIED, 4 },
    { TROTH_NO_CRED, 6 },
    { TROTH_CRED_EXPIRED, 6 },
    { TROTH_TARGET_UNKNOWN, 6 },
    { TROTH_WRONG_PRINCIPAL, 4 },
    { TROTH_TIME_SKEW, 4 },
    { TROTH_NO_AUTHORITY, 3 },
    { TROTH_BAD_BINDINGS, 5 },
    { TROTH_DOWNGRADE, 5 },
    { TROTH_TOO_LOW, 5 },
    { TROTH_NOT_ALLOWED, 5 },
    { TROTH_BAD_MIC, 8 },
    { TROTH_REPLAY, 8 },
    { TROTH_OUT_OF_ORDER, 8 },
    { TROTH_EXPIRED, 6 },
    { TROTH_NOT_SEALED, 8 },
    { TROTH_NO_MEMORY, 1 },
    { TROTH_NO_ENTROPY, 1 },
    { TROTH_IO, 3 },
    { TROTH_CLOSED, 3 },
    { TROTH_MECHANISM, 5 },
    { TROTH_PEER_REFUSED, 4 },
    { TROTH_PEER_TOO_LOW, 4 },
};

static void test_every_status_has_its_code(void **state)
{
    (void)state;
    assert_int_equal(sizeof expected / sizeof *expected, TROTH_STATUS_COUNT);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(expected[i].st, i);
        assert_int_equal(troth_exit_of(expected[i].st), expected[i].code);
    }
}

static void test_nothing_unknown_is_success(void **state)
{
    (void)state;
    assert_int_equal(troth_exit_of((troth_status)9999), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status_has_its_code),
        cmocka_unit_test(test_nothing_unknown_is_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
