#include <base/writer.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>

static void orders(void **state)
{
    (void)state;
    uint8_t buf[15];
    troth_writer w = troth_writer_over(buf, sizeof buf, TROTH_LE);
    troth_write_u8(&w, 1);
    troth_write_u16(&w, 0x0203);
    troth_write_u32(&w, 0x04050607);
    troth_write_u64(&w, 0x08090a0b0c0d0e0f);
    assert_int_equal(w.st, TROTH_OK);
    static const uint8_t le[] = { 1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8 };
    assert_memory_equal(buf, le, 15);
    w = troth_writer_over(buf, sizeof buf, TROTH_BE);
    troth_write_u8(&w, 1);
    troth_write_u16(&w, 0x0203);
    troth_write_u32(&w, 0x04050607);
    troth_write_u64(&w, 0x08090a0b0c0d0e0f);
    static const uint8_t be[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    assert_memory_equal(buf, be, 15);
}

static void callers_buffer(void **state)
{
    (void)state;
    uint8_t buf[5] = { 9, 9, 9, 9, 9 };
    troth_writer w = troth_writer_over(buf, 4, TROTH_BE);
    troth_write_u16(&w, 0x0102);
    troth_write_u32(&w, 0xffffffff); /* does not fit: not a part of it is written */
    assert_int_equal(w.st, TROTH_NO_SPACE);
    troth_write_u8(&w, 7); /* would fit, but the failure sticks */
    assert_int_equal(w.len, 2);
    static const uint8_t want[] = { 1, 2, 9, 9, 9 };
    assert_memory_equal(buf, want, 5);
    assert_null(troth_write_room(&w, 1));
    troth_writer_reset(&w);
    assert_int_equal(w.st, TROTH_OK);
    troth_write_bytes(&w, "abcd", 4);
    assert_int_equal(w.st, TROTH_OK);
    troth_writer_clear(&w);
    static const uint8_t wiped[] = { 0, 0, 0, 0, 9 };
    assert_memory_equal(buf, wiped, 5);
    troth_write_u8(&w, 1); /* a cleared one holds nothing any more */
    assert_int_equal(w.st, TROTH_NO_SPACE);
    w = troth_writer_over(NULL, 0, TROTH_LE);
    troth_write_bytes(&w, "", 0);
    assert_null(troth_write_room(&w, 0));
    assert_int_equal(w.st, TROTH_OK);
    troth_write_u8(&w, 1);
    assert_int_equal(w.st, TROTH_NO_SPACE);
}

static void growing(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_writer w = troth_writer_growing(&t.env, 1000, TROTH_LE);
    for (unsigned i = 0; i < 500; i++)
        troth_write_u16(&w, (uint16_t)i);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.len, 1000);
    assert_true(w.cap <= 1000); /* nor more memory than was allowed */
    for (unsigned i = 0; i < 500; i++)
        assert_int_equal(w.base[2 * i] | w.base[2 * i + 1] << 8, i);
    troth_write_zeros(&w, 0);
    assert_int_equal(w.st, TROTH_OK);
    troth_write_zeros(&w, 1);
    assert_int_equal(w.st, TROTH_LIMIT);
    troth_writer_clear(&w);
    assert_int_equal(w.st, TROTH_OK);
    troth_write_zeros(&w, 1001);
    assert_int_equal(w.st, TROTH_LIMIT);
    troth_writer_reset(&w);
    assert_null(troth_write_room(&w, SIZE_MAX));
    assert_int_equal(w.st, TROTH_LIMIT);
    troth_writer_reset(&w);
    troth_write_u8(&w, 1);
    assert_true(w.cap < 1000); /* memory follows what is written, not what is allowed */
    troth_writer_clear(&w);
    troth_writer_clear(&w);
    test_env_check(&t);
}

static void holes(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_writer w = troth_writer_growing(&t.env, 100, TROTH_BE);
    size_t a = troth_write_hole16(&w), b = troth_write_hole32(&w);
    troth_write_zeros(&w, 80); /* the memory moves meanwhile */
    troth_write_patch16(&w, a, 0x0102);
    troth_write_patch32(&w, b, 0x03040506);
    static const uint8_t want[] = { 1, 2, 3, 4, 5, 6, 0 };
    assert_memory_equal(w.base, want, 7);
    troth_write_zeros(&w, 90);
    a = troth_write_hole32(&w);
    troth_write_patch32(&w, a, 7); /* a hole that never was */
    assert_int_equal(w.st, TROTH_LIMIT);
    troth_writer_clear(&w);
    test_env_check(&t);
}

static void taken(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    for (size_t n = 0; n < 200; n++) {
        troth_writer w = troth_writer_growing(&t.env, 128, TROTH_BE);
        troth_block b = { (uint8_t *)&t, 77 };
        troth_write_zeros(&w, n);
        troth_status st = troth_writer_take(&w, &b);
        assert_int_equal(st, n > 128 ? TROTH_LIMIT : TROTH_OK);
        assert_int_equal(b.len, n > 128 ? 77 : n); /* set on success only */
        assert_int_equal(w.len, 0);
        if (!st)
            troth_mem_drop(&t.env, &b);
        assert_int_equal(atomic_load(&t.held), 0); /* the block's length is its allocation */
    }
    test_env_check(&t);
}

static void no_memory(void **state)
{
    (void)state;
    static const uint8_t secret[] = "pass phrase";
    for (size_t n = 1;; n++) {
        test_env t;
        test_env_init(&t);
        test_env_secret(&t, secret, sizeof secret);
        t.fail_at = n;
        troth_writer w = troth_writer_growing(&t.env, 4096, TROTH_LE);
        troth_block b = { 0 };
        for (unsigned i = 0; i < 50; i++)
            troth_write_bytes(&w, secret, sizeof secret);
        troth_status st = troth_writer_take(&w, &b);
        if (st)
            assert_int_equal(st, TROTH_NO_MEMORY);
        troth_mem_drop(&t.env, &b);
        test_env_check(&t);
        if (!st) {
            assert_true(n > 3); /* it did grow in steps, and each of them failed once */
            return;
        }
    }
}

static void failing(void **state)
{
    (void)state;
    uint8_t buf[4];
    troth_writer w = troth_writer_over(buf, 4, TROTH_LE);
    troth_write_fail(&w, TROTH_MALFORMED);
    troth_write_fail(&w, TROTH_LIMIT);
    troth_write_u32(&w, 1);
    assert_int_equal(w.st, TROTH_MALFORMED);
    assert_int_equal(w.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders), cmocka_unit_test(callers_buffer), cmocka_unit_test(growing), cmocka_unit_test(holes),
        cmocka_unit_test(taken),  cmocka_unit_test(no_memory),      cmocka_unit_test(failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
