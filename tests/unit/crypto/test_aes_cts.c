#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include <crypto/aes_cts.h>
#include <stdlib.h>
#include <string.h>
#include <support/vectors.h>

/* In pieces of a size, each in a block of its own, so that nothing outside of them may be touched. */
static troth_status run(const troth_aes_cts_key *key, uint8_t *text, size_t n, size_t piece)
{
    uint8_t *pieces[512];
    size_t k = 0;
    troth_aes_cts s;
    troth_aes_cts_init(&s, key, n);
    for (size_t at = 0; at < n; at += piece) {
        size_t len = n - at < piece ? n - at : piece;
        pieces[k] = malloc(len);
        memcpy(pieces[k], text + at, len);
        troth_aes_cts_update(&s, pieces[k++], len);
        troth_aes_cts_update(&s, NULL, 0);
    }
    troth_status st = troth_aes_cts_final(&s);
    for (size_t i = 0; i < k; i++) {
        memcpy(text + i * piece, pieces[i], n - i * piece < piece ? n - i * piece : piece);
        free(pieces[i]);
    }
    return st;
}

static void one(const vector *v, void *arg)
{
    (void)arg;
    uint8_t key[32], text[64], sealed[64], got[64];
    size_t k = vector_hex(v, "key", key, 32), n = vector_hex(v, "hex", text, 64);
    assert_int_equal(vector_hex(v, "sealed", sealed, 64), n);
    troth_aes_cts_key enc, dec;
    assert_int_equal(troth_aes_cts_key_init(&enc, key, k, true), TROTH_OK);
    assert_int_equal(troth_aes_cts_key_init(&dec, key, k, false), TROTH_OK);
    for (size_t piece = 1; piece <= n; piece++) { /* the keys serve many messages */
        memcpy(got, text, n);
        assert_int_equal(run(&enc, got, n, piece), TROTH_OK);
        assert_memory_equal(got, sealed, n);
        assert_int_equal(run(&dec, got, n, piece), TROTH_OK);
        assert_memory_equal(got, text, n);
    }
    troth_aes_cts_key_clear(&enc);
    troth_aes_cts_key_clear(&dec);
}

static void test_vectors(void **state)
{
    (void)state;
    vectors_each("crypto/aes_cts.txt", one, NULL);
}

/* Every length in pieces of every size is what it is in one piece, and comes back. */
static void test_pieces(void **state)
{
    (void)state;
    uint8_t key[32] = "thirty-two octets of key, enough", text[300], whole[300], got[300];
    troth_aes_cts_key enc, dec;
    assert_int_equal(troth_aes_cts_key_init(&enc, key, 32, true), TROTH_OK);
    assert_int_equal(troth_aes_cts_key_init(&dec, key, 32, false), TROTH_OK);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 5);
    for (size_t n = 17; n < sizeof text; n++)
        for (size_t piece = n; piece; piece = piece > 50 ? piece / 2 : piece - 1) {
            memcpy(piece == n ? whole : got, text, n);
            assert_int_equal(run(&enc, piece == n ? whole : got, n, piece), TROTH_OK);
            if (piece == n)
                memcpy(got, whole, n);
            assert_memory_equal(got, whole, n);
            assert_int_equal(run(&dec, got, n, piece), TROTH_OK);
            assert_memory_equal(got, text, n);
        }
    troth_aes_cts_key_clear(&enc);
    troth_aes_cts_key_clear(&dec);
}

/* Fewer or more octets than announced, and messages too short to steal from. */
static void test_wrong_total(void **state)
{
    (void)state;
    uint8_t key[16] = { 9 }, text[64] = { 0 };
    troth_aes_cts_key enc;
    troth_aes_cts s;
    assert_int_equal(troth_aes_cts_key_init(&enc, key, 16, true), TROTH_OK);
    static const size_t rows[][2] = { { 40, 39 }, { 40, 41 }, { 17, 16 }, { 16, 16 }, { 0, 0 }, { 64, 32 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        troth_aes_cts_init(&s, &enc, rows[i][0]);
        troth_aes_cts_update(&s, text, rows[i][1]);
        assert_int_equal(troth_aes_cts_final(&s), TROTH_MECHANISM);
    }
    troth_aes_cts_key_clear(&enc);
    troth_aes_cts_key_clear(&enc);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_pieces),
                                        cmocka_unit_test(test_wrong_total) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
