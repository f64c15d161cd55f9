#include <base/queue.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>

static void bounded(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_queue q;
    troth_queue_init(&q, &t.env, 10);
    assert_int_equal(atomic_load(&t.allocs), 0);
    assert_int_equal(troth_queue_len(&q), 0);
    (void)troth_queue_at(&q); /* legal on an empty one */
    assert_int_equal(troth_queue_put(&q, "0123456", 7), TROTH_OK);
    assert_int_equal(troth_queue_put(&q, "abcd", 4), TROTH_LIMIT);
    assert_null(troth_queue_room(&q, 4));
    assert_null(troth_queue_room(&q, SIZE_MAX));
    assert_int_equal(troth_queue_space(&q), 3);
    assert_int_equal(troth_queue_put(&q, "abc", 3), TROTH_OK);
    assert_int_equal(troth_queue_put(&q, "", 0), TROTH_OK);
    assert_memory_equal(troth_queue_at(&q), "0123456abc", 10);
    troth_queue_drop(&q, 4);
    assert_int_equal(troth_queue_put(&q, "defg", 4), TROTH_OK); /* wraps by moving */
    assert_memory_equal(troth_queue_at(&q), "456abcdefg", 10);
    assert_true(atomic_load(&t.held) <= 10);
    troth_queue_clear(&q);
    assert_int_equal(troth_queue_put(&q, "again", 5), TROTH_OK);
    troth_queue_clear(&q);
    test_env_check(&t);
}

/* A model beside it: after any mix of puts and drops the octets are the model's, and memory stays near what is held. */
static void model(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    enum { MAX = 3000 };
    troth_queue q;
    troth_queue_init(&q, &t.env, MAX);
    static uint8_t input[400000];
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)(i * 7 + i / 251);
    size_t in = 0, out = 0;
    uint32_t dice = 12345;
    while (in + 700 < sizeof input) {
        dice = dice * 1664525 + 1013904223;
        size_t n = dice >> 8 & 511, cut = dice >> 20 & 511, held = in - out;
        troth_status st = troth_queue_put(&q, input + in, n);
        assert_int_equal(st, held + n > MAX ? TROTH_LIMIT : TROTH_OK);
        in += st ? 0 : n;
        cut = cut > in - out ? in - out : cut;
        assert_int_equal(troth_queue_len(&q), in - out);
        if (in != out)
            assert_memory_equal(troth_queue_at(&q), input + out, in - out);
        troth_queue_drop(&q, cut);
        out += cut;
    }
    assert_true(atomic_load(&t.peak) <= 2 * MAX);
    assert_true(atomic_load(&t.allocs) < 10); /* a queue at work does not allocate */
    troth_queue_clear(&q);
    test_env_check(&t);
}

static void room_and_wrote(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_queue q;
    troth_queue_init(&q, &t.env, 1000);
    uint8_t *p = troth_queue_room(&q, 600);
    assert_non_null(p);
    memset(p, 'x', 600);
    troth_queue_wrote(&q, 3);
    assert_int_equal(troth_queue_len(&q), 3);
    troth_queue_trim(&q); /* not empty: nothing happens */
    assert_memory_equal(troth_queue_at(&q), "xxx", 3);
    troth_queue_drop(&q, 3);
    assert_true(atomic_load(&t.held) > 0); /* kept for the next message */
    troth_queue_trim(&q);
    assert_int_equal(atomic_load(&t.held), 0);
    troth_queue_clear(&q);
    test_env_check(&t);
}

static void no_memory(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        test_env t;
        test_env_init(&t);
        test_env_secret(&t, "secretsecret", 12);
        t.fail_at = n;
        troth_queue q;
        troth_queue_init(&q, &t.env, 100000);
        troth_status st = TROTH_OK;
        size_t held = 0;
        for (unsigned i = 0; i < 200 && !st; i++) {
            st = troth_queue_put(&q, "secretsecret", 12);
            held += st ? 0 : 12;
        }
        assert_int_equal(troth_queue_len(&q), held); /* nothing changed by the failure */
        if (st) {
            assert_int_equal(st, TROTH_NO_MEMORY);
            assert_int_equal(troth_queue_put(&q, "secretsecret", 12), TROTH_OK); /* and it goes on */
        }
        troth_queue_clear(&q);
        test_env_check(&t);
        if (!st) {
            assert_true(n > 3);
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounded),
        cmocka_unit_test(model),
        cmocka_unit_test(room_and_wrote),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
