#include <nns/data.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

static void any_size(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    size_t size = 0;
    if (n < TROTH_NNS_DATA_HEAD)
        return;
    troth_status st = troth_nns_data_size(p, &size);
    assert_true(st ? size == 0 : size >= 5 && size <= 65536);
}

static void one_size(const vector *v, void *arg)
{
    uint8_t raw[8];
    size_t n = vector_hex(v, "hex", raw, sizeof raw), size = 0;
    troth_status st = troth_nns_data_size(raw, &size);
    if (strcmp(troth_status_name(st), vector_text(v, "expect")) != 0)
        fail_msg("%s: %s", v->name, troth_status_name(st));
    if (!st)
        assert_int_equal(size, strtoul(vector_text(v, "size"), NULL, 16));
    vectors_mutate(raw, n, any_size, arg);
}

static void test_sizes(void **state)
{
    vectors_each("nns/data.txt", one_size, state);
}

/* NNS-13: what counts is what was negotiated. */
static void test_level(void **state)
{
    (void)state;
    assert_int_equal(troth_nns_level_of(0), TROTH_LEVEL_NONE);
    assert_int_equal(troth_nns_level_of(TROTH_F_MUTUAL | TROTH_F_REPLAY), TROTH_LEVEL_NONE);
    assert_int_equal(troth_nns_level_of(TROTH_F_INTEGRITY), TROTH_LEVEL_SIGN);
    assert_int_equal(troth_nns_level_of(TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY), TROTH_LEVEL_ENCRYPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_sizes), cmocka_unit_test(test_level) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
