#include <base/mem.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>

static const char secret[] = "a secret of some length";

static void zeroed_and_wiped(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    test_env_secret(&t, secret, sizeof secret);
    uint8_t *p = troth_mem_new(&t.env, 100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(p[i], 0);
    memcpy(p + 50, secret, sizeof secret);
    troth_mem_free(&t.env, p, 100);
    p = troth_mem_new(&t.env, 0);
    assert_non_null(p);
    troth_mem_free(&t.env, p, 0);
    troth_mem_free(&t.env, NULL, 10);
    test_env_check(&t);
}

static void the_scan_works(void **state)
{
    (void)state; /* released past the allocator, a secret is found: the other tests can fail */
    test_env t;
    test_env_init(&t);
    test_env_secret(&t, secret, sizeof secret);
    char *p = troth_mem_new(&t.env, sizeof secret);
    memcpy(p, secret, sizeof secret);
    t.env.release(t.env.self, p, sizeof secret);
    assert_int_equal(atomic_load(&t.leaks), 1);
}

static void grown(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    test_env_secret(&t, secret, sizeof secret);
    uint8_t *p = troth_mem_grow(&t.env, NULL, 0, sizeof secret);
    memcpy(p, secret, sizeof secret);
    t.fail_at = atomic_load(&t.allocs) + 1;
    assert_null(troth_mem_grow(&t.env, p, sizeof secret, 1000));
    assert_memory_equal(p, secret, sizeof secret);
    assert_null(troth_mem_grow(&t.env, p, sizeof secret, 3)); /* never smaller */
    uint8_t *q = troth_mem_grow(&t.env, p, sizeof secret, 1000);
    assert_memory_equal(q, secret, sizeof secret);
    for (size_t i = sizeof secret; i < 1000; i++)
        assert_int_equal(q[i], 0);
    troth_mem_free(&t.env, q, 1000);
    test_env_check(&t);
}

static void kept(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    test_env_secret(&t, secret, sizeof secret - 1);
    troth_block b = { 0 }, none = { 0 };
    char *s = (char *)1;
    assert_int_equal(troth_mem_keep(&t.env, secret, sizeof secret, &b), TROTH_OK);
    assert_int_equal(b.len, sizeof secret);
    assert_int_equal(troth_mem_keep(&t.env, NULL, 0, &none), TROTH_OK);
    assert_int_equal(none.len, 0);
    assert_int_equal(troth_mem_keep_str(&t.env, NULL, &s), TROTH_OK);
    assert_null(s);
    assert_int_equal(troth_mem_keep_str(&t.env, secret, &s), TROTH_OK);
    assert_string_equal(s, secret);
    troth_mem_free_str(&t.env, s);
    troth_mem_free_str(&t.env, NULL);
    troth_mem_drop(&t.env, &b);
    assert_null(b.data);
    assert_int_equal(b.len, 0);
    troth_mem_drop(&t.env, &b);
    troth_mem_drop(&t.env, &none);
    t.fail_at = atomic_load(&t.allocs) + 1;
    b.len = 5;
    assert_int_equal(troth_mem_keep(&t.env, secret, 3, &b), TROTH_NO_MEMORY);
    assert_int_equal(b.len, 5);
    t.fail_at = atomic_load(&t.allocs) + 1;
    s = (char *)1;
    assert_int_equal(troth_mem_keep_str(&t.env, secret, &s), TROTH_NO_MEMORY);
    assert_ptr_equal(s, (char *)1);
    test_env_check(&t);
}

static void ct_equal(void **state)
{
    (void)state;
    uint8_t a[33], b[33];
    for (size_t i = 0; i < sizeof a; i++)
        a[i] = b[i] = (uint8_t)(i * 37);
    assert_true(troth_ct_equal(a, b, sizeof a));
    assert_true(troth_ct_equal(a, b, 0));
    assert_true(troth_ct_equal(NULL, NULL, 0));
    for (size_t bit = 0; bit < sizeof a * 8; bit++) { /* every single bit matters, the last as much as the first */
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(troth_ct_equal(a, b, sizeof a));
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    b[0] ^= 0x80, b[32] ^= 0x80; /* two differences do not cancel */
    assert_false(troth_ct_equal(a, b, sizeof a));
}

static void wipe(void **state)
{
    (void)state;
    uint8_t p[10] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
    static const uint8_t want[10] = { 1, 2, 0, 0, 0, 0, 7, 8, 9, 10 };
    troth_wipe(p + 2, 4);
    troth_wipe(NULL, 0);
    assert_memory_equal(p, want, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroed_and_wiped),
        cmocka_unit_test(the_scan_works),
        cmocka_unit_test(grown),
        cmocka_unit_test(kept),
        cmocka_unit_test(ct_equal),
        cmocka_unit_test(wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
