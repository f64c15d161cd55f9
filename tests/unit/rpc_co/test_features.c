#include "co.h"

static void any_syntax(const uint8_t *p, size_t n, void *arg)
{
    troth_reader r = troth_reader_of(p, n, *(const troth_order *)arg);
    troth_rpc_syntax s = troth_co_syntax_read(&r);
    uint8_t bits = 0x77;
    bool is = troth_co_features_of(&s, &bits);
    assert_true(is || bits == 0x77);
    assert_true(!is || !r.st); /* of what was cut nothing is left */
}

static void one_syntax(const vector *v, void *arg)
{
    (void)arg;
    uint8_t raw[32], again[20], bits = 0;
    troth_order order = strcmp(vector_text(v, "order"), "BE") ? TROTH_LE : TROTH_BE;
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_reader r = troth_reader_of(raw, n, order);
    troth_rpc_syntax s = troth_co_syntax_read(&r);
    assert_int_equal(troth_read_end(&r), TROTH_OK);
    text t = { 0 };
    if (troth_co_features_of(&s, &bits))
        say(&t, "%02x", bits);
    else
        say(&t, "-");
    expect_text(v, "features", &t);
    vectors_mutate(raw, n, any_syntax, &order);
    troth_writer w = troth_writer_over(again, sizeof again, order);
    troth_co_syntax_write(&w, &s);
    assert_memory_equal(again, raw, sizeof again);
}

static void test_syntaxes(void **state)
{
    vectors_each("rpc_co/features.txt", one_syntax, state);
}

static void test_proposal(void **state)
{
    (void)state;
    for (unsigned want = 0; want < 256; want++) {
        troth_rpc_syntax s = troth_co_features_syntax((uint8_t)want);
        char uuid[TROTH_UUID_TEXT], text_of[TROTH_UUID_TEXT];
        troth_uuid_format(&s.uuid, uuid);
        snprintf(text_of, sizeof text_of, "6cb71c2c-9812-4540-%02x00-000000000000", want);
        assert_string_equal(uuid, text_of);
        uint8_t bits;
        assert_true(troth_co_features_of(&s, &bits) && bits == want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_syntaxes), cmocka_unit_test(test_proposal) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
