#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <crypto/hmac_md5.h>
#include <support/hex.h>
#include <support/vectors.h>

static void one(const vector *v, void *arg)
{
    (void)arg;
    uint8_t key[96], in[128], want[16], got[16];
    size_t k = vector_hex(v, "key", key, sizeof key), n = vector_hex(v, "hex", in, sizeof in);
    assert_int_equal(vector_hex(v, "digest", want, 16), 16);
    troth_hmac_md5_key ks;
    troth_hmac_md5_key_init(&ks, key, k);
    for (size_t cut = 0; cut <= n; cut++) { /* the key serves many messages */
        troth_hmac_md5 s;
        troth_hmac_md5_init(&s, &ks);
        troth_hmac_md5_update(&s, in, cut);
        troth_hmac_md5_update(&s, in + cut, n - cut);
        troth_hmac_md5_final(&s, got);
        assert_memory_equal(got, want, 16);
    }
    if (k != 16)
        return;
    troth_hmac_md5_of(key, in, n / 2, in + n / 2, n - n / 2, got);
    assert_memory_equal(got, want, 16);
    key[0] ^= 1;
    troth_hmac_md5_of(key, in, n, NULL, 0, got);
    assert_memory_not_equal(got, want, 16);
}

static void test_vectors(void **state)
{
    (void)state;
    vectors_each("crypto/hmac_md5.txt", one, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
