#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include <crypto/hmac_sha.h>
#include <stdlib.h>
#include <string.h>
#include <support/vectors.h>

static void one(const vector *v, void *arg)
{
    (void)arg;
    static const char *const fields[] = { "sha1", "sha256", "sha384" };
    static const size_t sizes[] = { 20, 32, 48 };
    uint8_t key[64], in[64], want[TROTH_SHA_MAX], got[TROTH_SHA_MAX + 1];
    size_t k = vector_hex(v, "key", key, sizeof key), n = vector_hex(v, "hex", in, sizeof in);
    for (troth_sha sha = TROTH_SHA1; sha <= TROTH_SHA384; sha++) {
        troth_hmac_sha_key ks;
        troth_hmac_sha_key_init(&ks, sha, key, k);
        assert_int_equal(vector_hex(v, fields[sha], want, sizeof want), sizes[sha]);
        for (size_t cut = 0; cut <= n; cut++) { /* the key serves many messages */
            troth_hmac_sha s;
            got[sizes[sha]] = 0x77;
            troth_hmac_sha_init(&s, &ks);
            troth_hmac_sha_update(&s, in, cut);
            troth_hmac_sha_update(&s, in + cut, n - cut);
            troth_hmac_sha_final(&s, got);
            assert_memory_equal(got, want, sizes[sha]);
            assert_int_equal(got[sizes[sha]], 0x77);
        }
    }
}

static void test_vectors(void **state)
{
    (void)state;
    vectors_each("crypto/hmac_sha.txt", one, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
