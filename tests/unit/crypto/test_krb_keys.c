#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include <base/mem.h>
#include <crypto/krb_keys.h>
#include <stdlib.h>
#include <string.h>
#include <support/vectors.h>

static void one_fold(const vector *v, void *arg)
{
    (void)arg;
    uint8_t in[64], want[64], got[65] = { 0 };
    size_t n = vector_hex(v, "hex", in, sizeof in), m = vector_hex(v, "folded", want, sizeof want);
    got[m] = 0x77;
    troth_krb_nfold(in, n, got, m);
    assert_memory_equal(got, want, m);
    assert_int_equal(got[m], 0x77);
}

static void test_nfold(void **state)
{
    (void)state;
    vectors_each("crypto/krb_nfold.txt", one_fold, NULL);
}

static const troth_krb_enctype *type_of(const vector *v)
{
    const troth_krb_enctype *type = troth_krb_enctype_of(atoi(vector_text(v, "enctype")));
    assert_non_null(type);
    return type;
}

static void one_dk(const vector *v, void *arg)
{
    (void)arg;
    const troth_krb_enctype *type = type_of(v);
    uint8_t key[32], want[32], got[32];
    assert_int_equal(vector_hex(v, "hex", key, 32), type->key);
    assert_int_equal(vector_hex(v, "derived", want, 32), type->key);
    troth_krb_base b;
    assert_int_equal(troth_krb_base_init(&b, type, key), TROTH_OK);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(troth_krb_dk(&b, (const uint8_t *)"kerberos", 8, got), TROTH_OK);
        assert_memory_equal(got, want, type->key);
    }
    troth_krb_base_clear(&b);
}

static void test_dk(void **state)
{
    (void)state;
    vectors_each("crypto/krb_dk.txt", one_dk, NULL);
}

static void one_kdf(const vector *v, void *arg)
{
    (void)arg;
    static const struct {
        const char *name;
        troth_krb_derived which;
    } keys[] = { { "kc", TROTH_KRB_KC }, { "ke", TROTH_KRB_KE }, { "ki", TROTH_KRB_KI } };
    const troth_krb_enctype *type = type_of(v);
    uint8_t key[32], want[32], got[32], mac[TROTH_SHA_MAX], text[21];
    assert_int_equal(vector_hex(v, "hex", key, 32), type->key);
    troth_krb_base b;
    assert_int_equal(troth_krb_base_init(&b, type, key), TROTH_OK);
    for (size_t i = 0; i < 3; i++) {
        size_t n = vector_hex(v, keys[i].name, want, 32);
        assert_int_equal(n, keys[i].which == TROTH_KRB_KE ? type->key : type->check);
        assert_int_equal(troth_krb_derive(&b, 2, keys[i].which, got), TROTH_OK);
        assert_memory_equal(got, want, n);
        if (keys[i].which != TROTH_KRB_KC)
            continue;
        troth_hmac_sha_key hk;
        troth_hmac_sha s;
        for (uint8_t k = 0; k < 21; k++)
            text[k] = k;
        troth_hmac_sha_key_init(&hk, type->sha, got, n);
        troth_hmac_sha_init(&s, &hk);
        troth_hmac_sha_update(&s, text, 5);
        troth_hmac_sha_update(&s, NULL, 0);
        troth_hmac_sha_update(&s, text + 5, 16);
        troth_hmac_sha_final(&s, mac);
        assert_int_equal(vector_hex(v, "checksum", want, 32), type->mac);
        assert_memory_equal(mac, want, type->mac);
    }
    troth_krb_base_clear(&b);
}

static void test_kdf(void **state)
{
    (void)state;
    vectors_each("crypto/krb_kdf.txt", one_kdf, NULL);
}

/* Usage and purpose both matter, for every type. */
static void test_apart(void **state)
{
    (void)state;
    static const troth_krb_derived which[] = { TROTH_KRB_KC, TROTH_KRB_KE, TROTH_KRB_KI };
    for (int32_t number = 17; number <= 20; number++) {
        uint8_t key[32] = { 1, 2, 3 }, made[12][32];
        troth_krb_base b;
        memset(made, 0, sizeof made);
        assert_int_equal(troth_krb_base_init(&b, troth_krb_enctype_of(number), key), TROTH_OK);
        for (size_t i = 0; i < 12; i++)
            assert_int_equal(troth_krb_derive(&b, 22 + (uint32_t)i / 3, which[i % 3], made[i]), TROTH_OK);
        for (size_t i = 0; i < 12; i++)
            for (size_t k = 0; k < i; k++)
                assert_memory_not_equal(made[i], made[k], 16);
        troth_krb_base_clear(&b);
    }
    assert_null(troth_krb_enctype_of(16));
    assert_null(troth_krb_enctype_of(21));
    assert_null(troth_krb_enctype_of(23));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_nfold), cmocka_unit_test(test_dk),
                                        cmocka_unit_test(test_kdf), cmocka_unit_test(test_apart) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
