#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <crypto/rc4.h>
#include <string.h>
#include <support/hex.h>
#include <support/vectors.h>

static void one(const vector *v, void *arg)
{
    (void)arg;
    static const uint8_t zeros[1536];
    uint8_t key[32], want[32], late[16], got[1536];
    size_t k = vector_hex(v, "key", key, sizeof key);
    assert_int_equal(vector_hex(v, "stream", want, 32), 32);
    assert_int_equal(vector_hex(v, "at1520", late, 16), 16);
    troth_rc4 r;
    troth_rc4_init(&r, key, k);
    troth_rc4_xor(&r, zeros, got, sizeof got);
    assert_memory_equal(got, want, 32);
    assert_memory_equal(got + 1520, late, 16);
}

static void test_vectors(void **state)
{
    (void)state;
    vectors_each("crypto/rc4.txt", one, NULL);
}

/* Pieces continue the stream; a copied state goes back to where it was. */
static void test_pieces_and_snapshot(void **state)
{
    (void)state;
    static const uint8_t key[16] = "0123456789abcdef";
    uint8_t whole[777] = { 0 }, part[777] = { 0 };
    troth_rc4 r, snap;
    troth_rc4_init(&r, key, 16);
    troth_rc4_xor(&r, whole, whole, sizeof whole);
    troth_rc4_init(&r, key, 16);
    for (size_t at = 0, n = 1; at < sizeof part; at += n, n = n % 29 + 1) {
        if (n > sizeof part - at)
            n = sizeof part - at;
        troth_rc4_xor(&r, part + at, part + at, n);
    }
    assert_memory_equal(whole, part, sizeof whole);
    snap = r;
    uint8_t a[40] = { 0 }, b[40] = { 0 };
    troth_rc4_xor(&r, a, a, sizeof a);
    r = snap;
    troth_rc4_xor(&r, b, b, sizeof b);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(sizeof(troth_rc4), 258);
}

static void test_once(void **state)
{
    (void)state;
    static const uint8_t key[16] = "0123456789abcdef";
    uint8_t a[16] = "plain text here", b[16] = "plain text here";
    troth_rc4_once(key, a, 16);
    assert_memory_not_equal(a, b, 16);
    troth_rc4_once(key, a, 16);
    assert_memory_equal(a, b, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_pieces_and_snapshot),
        cmocka_unit_test(test_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
