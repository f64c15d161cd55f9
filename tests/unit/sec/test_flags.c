#include <sec/flags.h>
#include <support/test.h>

static troth_flags of(troth_flags require)
{
    troth_flags f = 0;
    assert_int_equal(troth_flags_complete(require, &f), TROTH_OK);
    return f;
}

static void implied(void **state)
{
    (void)state;
    assert_int_equal(of(0), TROTH_F_CONNECTION);
    assert_true(of(TROTH_F_REPLAY) & TROTH_F_INTEGRITY);
    assert_true(of(TROTH_F_SEQUENCE) & TROTH_F_INTEGRITY);
    assert_true(of(TROTH_F_CONFIDENTIALITY) & TROTH_F_INTEGRITY);
    assert_false(of(TROTH_F_DELEGATE) & TROTH_F_DELEGATE); /* needs mutual */
    assert_true(of(TROTH_F_DELEGATE | TROTH_F_MUTUAL) & TROTH_F_DELEGATE);
    troth_flags none = of(TROTH_F_NO_INTEGRITY | TROTH_F_INTEGRITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE);
    assert_false(none & (TROTH_F_INTEGRITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE));
    for (unsigned bit = 0; bit < 17; bit++) { /* completing what is complete changes nothing */
        troth_flags f = (troth_flags)1 << bit;
        assert_int_equal(of(of(f)), of(f));
    }
}

static void kinds(void **state)
{
    (void)state;
    static const troth_flags all[] = { TROTH_F_DATAGRAM, TROTH_F_CONNECTION, TROTH_F_STREAM };
    troth_flags f = 99;
    for (unsigned set = 0; set < 8; set++) {
        troth_flags ask = 0;
        for (unsigned i = 0; i < 3; i++)
            ask |= set >> i & 1 ? all[i] : 0;
        bool one = set == 1 || set == 2 || set == 4;
        if (one)
            assert_int_equal(of(ask), ask);
        else if (set)
            assert_int_equal(troth_flags_complete(ask, &f), TROTH_UNSUPPORTED);
    }
    assert_int_equal(f, 99);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(implied), cmocka_unit_test(kinds) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
