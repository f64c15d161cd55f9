#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include <crypto/scrypt.h>
#include <stdlib.h>
#include <string.h>
#include <support/vectors.h>

static troth_bytes text(const vector *v, const char *key)
{
    const char *s = vector_text(v, key);
    return (troth_bytes){ (const uint8_t *)s, strcmp(s, "-") ? strlen(s) : 0 };
}

static uint32_t number(const vector *v, const char *key)
{
    return (uint32_t)strtoul(vector_text(v, key), NULL, 10);
}

static void one(const vector *v, void *arg)
{
    uint8_t want[64], got[65];
    troth_scrypt_cost cost = { number(v, "ln"), number(v, "r"), number(v, "p") };
    assert_int_equal(vector_hex(v, "hex", want, sizeof want), 64);
    got[64] = 0x77;
    assert_int_equal(troth_scrypt(text(v, "password"), text(v, "salt"), cost, got, 64), TROTH_OK);
    assert_memory_equal(got, want, 64);
    assert_int_equal(got[64], 0x77);
    ++*(int *)arg;
}

static void test_vectors(void **state)
{
    (void)state;
    int seen = 0;
    vectors_each("crypto/scrypt.txt", one, &seen);
    assert_int_equal(seen, 3);
}

static void test_bounds(void **state)
{
    (void)state;
    static const struct {
        troth_scrypt_cost cost;
        bool within;
    } rows[] = {
        { { 16, 8, 1 }, true },  { { 17, 8, 1 }, false }, { { 16, 8, 16 }, true },  { { 16, 8, 17 }, false },
        { { 15, 16, 1 }, true }, { { 13, 64, 1 }, true }, { { 13, 65, 1 }, false }, { { 18, 2, 1 }, true },
        { { 21, 1, 1 }, false }, { { 15, 1, 1 }, true },  { { 16, 1, 1 }, false },  { { 0, 8, 1 }, false },
        { { 14, 0, 1 }, false }, { { 14, 8, 0 }, false }, { { 64, 8, 1 }, false },  { { UINT32_MAX, 8, 1 }, false },
    };
    const troth_bytes none = { 0 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[4] = { 1, 2, 3, 4 };
        assert_int_equal(troth_scrypt_bounded(rows[i].cost), rows[i].within);
        if (rows[i].within)
            continue;
        assert_int_equal(troth_scrypt(none, none, rows[i].cost, out, sizeof out), TROTH_LIMIT);
        assert_memory_equal(out, "\0\0\0\0", 4);
    }
    uint8_t out[16]; /* the largest that is allowed is also one that works */
    assert_int_equal(troth_scrypt(none, none, (troth_scrypt_cost){ 16, 8, 1 }, out, sizeof out), TROTH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_bounds) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
