#include <crypto/rc4_md5.h>
#include <string.h>
#include <support/test.h>

enum { MOST = 1300 };
static const uint8_t key[16] = "0123456789abcdef";

static void test_nothing(void **state)
{
    (void)state;
    troth_rc4 r;
    troth_md5 m;
    troth_rc4_init(&r, key, 16);
    troth_md5_init(&m);
    troth_rc4_md5_encrypt(&r, &m, NULL, 0);
    troth_rc4_md5_decrypt(&r, &m, NULL, 0);
    assert_int_equal(m.n, 0);
}

/*
 * The two in one pass against the two one after the other: before octets are hashed already, and spent octets of key
 * stream gone.
 */
static void one(size_t before, size_t spent, size_t n)
{
    uint8_t plain[MOST], apart[MOST], joint[MOST], head[64] = { 9 }, want[16], got[16], gone[256] = { 0 };
    troth_rc4 a, b;
    troth_md5 ma, mb;
    for (size_t i = 0; i < n; i++)
        plain[i] = apart[i] = joint[i] = (uint8_t)(i * 5 + n);
    troth_rc4_init(&a, key, 16);
    troth_rc4_xor(&a, gone, gone, spent);
    troth_md5_init(&ma);
    troth_md5_update(&ma, head, before);
    b = a;
    mb = ma;
    troth_md5_update(&ma, apart, n);
    troth_rc4_xor(&a, apart, apart, n);
    troth_md5_final(&ma, want);
    troth_rc4_md5_encrypt(&b, &mb, joint, n);
    troth_md5_final(&mb, got);
    assert_memory_equal(joint, apart, n);
    assert_memory_equal(got, want, 16);
    assert_memory_equal(&a, &b, sizeof a);

    troth_rc4_init(&b, key, 16);
    troth_rc4_xor(&b, gone, gone, spent);
    troth_md5_init(&mb);
    troth_md5_update(&mb, head, before);
    troth_rc4_md5_decrypt(&b, &mb, joint, n);
    troth_md5_final(&mb, got);
    assert_memory_equal(joint, plain, n);
    assert_memory_equal(got, want, 16);
    assert_memory_equal(&a, &b, sizeof a);
}

static void test_lengths(void **state)
{
    (void)state;
    static const size_t fills[] = { 0, 1, 4, 31, 60, 63 };
    for (size_t f = 0; f < sizeof fills / sizeof *fills; f++)
        for (size_t n = 0; n <= MOST; n++)
            one(fills[f], 3 * n % 256, n);
}

/* The cipher's index anywhere, the hash's block at any fill: where one has a lead of less than a block on the other. */
static void test_leads(void **state)
{
    (void)state;
    for (size_t spent = 0; spent < 256; spent++)
        for (size_t before = spent % 3; before < 64; before += 3)
            one(before, spent, 900 + (spent + before) % 130);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_lengths), cmocka_unit_test(test_leads),
                                        cmocka_unit_test(test_nothing) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
