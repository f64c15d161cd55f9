#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <crypto/md5.h>
#include <support/hex.h>
#include <support/vectors.h>

/* Whole, octet by octet, and cut at every place: all three ways give the digest. */
static void one(const vector *v, void *arg)
{
    (void)arg;
    uint8_t in[128], want[16], got[16];
    size_t n = vector_hex(v, "hex", in, sizeof in);
    assert_int_equal(vector_hex(v, "digest", want, 16), 16);
    for (size_t cut = 0; cut <= n; cut++) {
        troth_md5 s;
        troth_md5_init(&s);
        troth_md5_update(&s, in, cut);
        troth_md5_update(&s, in + cut, n - cut);
        troth_md5_final(&s, got);
        assert_memory_equal(got, want, 16);
        static const troth_md5 zero;
        assert_memory_equal(&s, &zero, sizeof s);
    }
    troth_md5 s;
    troth_md5_init(&s);
    for (size_t i = 0; i < n; i++)
        troth_md5_update(&s, in + i, 1);
    troth_md5_final(&s, got);
    assert_memory_equal(got, want, 16);
}

static void test_vectors(void **state)
{
    (void)state;
    vectors_each("crypto/md5.txt", one, NULL);
}

/* Messages around the padding's edges, in three pieces, against the same message at once. */
static void test_lengths(void **state)
{
    (void)state;
    uint8_t in[300];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7);
    for (size_t n = 0; n <= sizeof in; n++) {
        uint8_t a[16], b[16];
        troth_md5 s;
        troth_md5_init(&s);
        troth_md5_update(&s, in, n);
        troth_md5_final(&s, a);
        troth_md5_init(&s);
        troth_md5_update(&s, in, n / 3);
        troth_md5_update(&s, in + n / 3, n / 2 - n / 3);
        troth_md5_update(&s, in + n / 2, n - n / 2);
        troth_md5_final(&s, b);
        assert_memory_equal(a, b, 16);
    }
}

/* A million times "a", as the digest's own reference programs print it. */
static void test_million(void **state)
{
    (void)state;
    uint8_t want[16], got[16], as[1000];
    unhex("7707d6ae4e027c70eea2a935c2296f21", want, 16);
    for (size_t i = 0; i < sizeof as; i++)
        as[i] = 'a';
    troth_md5 s;
    troth_md5_init(&s);
    for (unsigned i = 0; i < 1000; i++)
        troth_md5_update(&s, as, sizeof as);
    troth_md5_final(&s, got);
    assert_memory_equal(got, want, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_million),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
