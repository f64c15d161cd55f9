#include <sec/window.h>
#include <support/test.h>

static const troth_flags replay = TROTH_F_REPLAY, sequence = TROTH_F_SEQUENCE;

static void in_order(void **state)
{
    (void)state;
    troth_window w = { 0 };
    for (uint64_t n = 0; n < 1000; n++) {
        assert_int_equal(troth_window_check(&w, sequence, n), TROTH_OK);
        assert_int_equal(troth_window_check(&w, sequence, n), TROTH_OK); /* a check moves nothing */
        troth_window_take(&w, n);
        assert_int_equal(troth_window_check(&w, sequence, n), TROTH_REPLAY);
        assert_int_equal(troth_window_check(&w, sequence, n + 2), TROTH_OUT_OF_ORDER);
    }
}

static void gaps(void **state)
{
    (void)state;
    troth_window w = { 0 };
    troth_window_take(&w, 10);
    assert_int_equal(troth_window_check(&w, replay, 9), TROTH_OK); /* late, but new */
    assert_int_equal(troth_window_check(&w, replay, 12), TROTH_OK);
    assert_int_equal(troth_window_check(&w, sequence, 9), TROTH_OUT_OF_ORDER);
    assert_int_equal(troth_window_check(&w, replay, 10), TROTH_REPLAY);
    assert_int_equal(troth_window_check(&w, 0, 10), TROTH_OK); /* nothing was asked for */
    troth_window_take(&w, 9);
    assert_int_equal(troth_window_check(&w, replay, 9), TROTH_REPLAY);
    assert_int_equal(troth_window_check(&w, replay, 8), TROTH_OK);
}

static void ends(void **state)
{
    (void)state;
    troth_window w = { 0 };
    assert_int_equal(troth_window_check(&w, 0, UINT64_MAX), TROTH_LIMIT);
    troth_window_take(&w, UINT64_MAX - 1);
    assert_int_equal(troth_window_check(&w, replay, UINT64_MAX - 1), TROTH_REPLAY);
    assert_int_equal(troth_window_check(&w, replay, UINT64_MAX - 2), TROTH_OK);
    assert_int_equal(troth_window_check(&w, replay, 0), TROTH_REPLAY);
    assert_int_equal(troth_window_check(&w, replay, UINT64_MAX), TROTH_LIMIT);
}

enum { N = 4096 };
static bool model[N];

/* A model that forgets nothing beside it: a number taken is never taken again, and a young one is never lost. */
static void against_a_model(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed < 200; seed++) {
        troth_window w = { 0 };
        uint32_t dice = seed;
        uint64_t top = 0;
        for (size_t i = 0; i < N; i++)
            model[i] = false;
        for (unsigned step = 0; step < 400; step++) {
            dice = dice * 1664525 + 1013904223;
            uint64_t jump = dice >> 28 == 0 ? dice >> 8 & 511 : dice >> 28 < 6 ? 1 : 0; /* forward, or back */
            uint64_t back = dice >> 10 & 255, n = jump ? top + jump : top > back ? top - back : 0;
            if (n >= N)
                break;
            troth_status st = troth_window_check(&w, replay, n);
            if (model[n])
                assert_int_equal(st, TROTH_REPLAY);
            else if (top < n + TROTH_WINDOW_BITS - 64)
                assert_int_equal(st, TROTH_OK);
            if (st)
                continue;
            troth_window_take(&w, n);
            model[n] = true;
            top = n > top ? n : top;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),
        cmocka_unit_test(gaps),
        cmocka_unit_test(ends),
        cmocka_unit_test(against_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
