#include <string.h>
#include <support/test.h>
#include <time.h>
#include <troth/env.h>

static void memory(void **state)
{
    (void)state;
    const troth_env *e = troth_env_posix();
    assert_ptr_equal(e, troth_env_posix());
    assert_null(e->trace);
    uint8_t *p = e->alloc(e->self, 100000);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
    memset(p, 1, 100000);
    e->release(e->self, p, 100000);
}

static void randomness(void **state)
{
    (void)state;
    const troth_env *e = troth_env_posix();
    static uint8_t a[70000], b[70000]; /* more than one getrandom may give */
    assert_int_equal(e->random(e->self, a, 0), TROTH_OK);
    assert_int_equal(e->random(e->self, a, sizeof a), TROTH_OK);
    assert_int_equal(e->random(e->self, b, sizeof b), TROTH_OK);
    assert_memory_not_equal(a, b, 64);
    static const uint8_t zeros[64];
    for (size_t at = 0; at + 64 <= sizeof a; at += 64)
        assert_memory_not_equal(a + at, zeros, 64); /* filled to its end */
}

static void clock_is_unix_time(void **state)
{
    (void)state;
    const troth_env *e = troth_env_posix();
    uint64_t before = (uint64_t)time(NULL), now = e->wall(e->self), after = (uint64_t)time(NULL);
    assert_true(now / 10000000 + 1 >= before && now / 10000000 <= after + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory),
        cmocka_unit_test(randomness),
        cmocka_unit_test(clock_is_unix_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
