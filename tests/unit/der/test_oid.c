/* Object identifiers against X.690 8.19. */
#include <der/oid.h>
#include <string.h>
#include <support/test.h>
#include <support/vectors.h>

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    char text[256];
    troth_status st = troth_oid_format((troth_oid){ p, n }, text, sizeof text);
    assert_int_equal(st == TROTH_MALFORMED, !troth_oid_valid((troth_oid){ p, n }));
}

static void one(const vector *v, void *arg)
{
    (void)arg;
    uint8_t raw[64];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    char text[64] = "";
    troth_status st = troth_oid_format((troth_oid){ raw, n }, text, sizeof text);
    const char *want = vector_text(v, "text"), *expect = vector_text(v, "expect");
    if (want) {
        assert_int_equal(st, TROTH_OK);
        assert_string_equal(text, want);
        for (size_t cap = 0; cap <= strlen(want); cap++)
            assert_int_equal(troth_oid_format((troth_oid){ raw, n }, text, cap), TROTH_NO_SPACE);
    } else
        assert_int_equal(st, strcmp(expect, "LIMIT") ? TROTH_MALFORMED : TROTH_LIMIT);
    vectors_mutate(raw, n, mutant, NULL);
}

static void test_format(void **state)
{
    (void)state;
    vectors_each("der/oid.txt", one, NULL);
}

static void test_equal(void **state)
{
    (void)state;
    static const uint8_t a[] = { 0x2b, 6, 1 }, b[] = { 0x2b, 6, 2 };
    assert_true(troth_oid_equal((troth_oid){ a, 3 }, (troth_oid){ a, 3 }));
    assert_false(troth_oid_equal((troth_oid){ a, 3 }, (troth_oid){ b, 3 }));
    assert_false(troth_oid_equal((troth_oid){ a, 3 }, (troth_oid){ a, 2 }));
    assert_false(troth_oid_equal((troth_oid){ NULL, 0 }, (troth_oid){ NULL, 0 }));
}

static void test_length(void **state)
{
    (void)state;
    uint8_t raw[TROTH_OID_MAX + 1];
    memset(raw, 1, sizeof raw);
    assert_true(troth_oid_valid((troth_oid){ raw, TROTH_OID_MAX }));
    assert_false(troth_oid_valid((troth_oid){ raw, TROTH_OID_MAX + 1 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_format), cmocka_unit_test(test_equal),
                                        cmocka_unit_test(test_length) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
