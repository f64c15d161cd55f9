/* The cursor against X.690. */
#include <der/der.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

static troth_status open_whole(const uint8_t *p, size_t n, uint8_t tag, troth_bytes *ret)
{
    troth_reader r = troth_reader_of(p, n, TROTH_BE);
    *ret = troth_der_read_bytes(&r, tag);
    return troth_read_end(&r);
}

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    troth_bytes b;
    if (!open_whole(p, n, *(uint8_t *)arg, &b)) /* whatever is accepted lies inside and ends with the input */
        assert_true(b.data >= p && b.data + b.len == p + n);
    troth_reader r = troth_reader_of(p, n, TROTH_BE);
    for (int i = 0; i < 64 && troth_read_left(&r); i++)
        troth_der_skip(&r);
}

static void one_element(const vector *v, void *arg)
{
    (void)arg;
    uint8_t raw[512], want[512], tag;
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    vector_hex(v, "tag", &tag, 1);
    troth_bytes b = { NULL, 0 };
    troth_status st = open_whole(raw, n, tag, &b);
    const char *expect = vector_text(v, "expect");
    if (strcmp(expect, st == TROTH_OK ? "OK" : st == TROTH_TRUNCATED ? "TRUNCATED" : "MALFORMED"))
        fail_msg("%s: status %d", v->name, (int)st);
    if (!st && vector_text(v, "contents")) {
        assert_int_equal(b.len, vector_hex(v, "contents", want, sizeof want));
        assert_memory_equal(b.data, want, b.len);
    } else if (!st)
        assert_int_equal(b.len, strtoul(vector_text(v, "length"), NULL, 10));
    vectors_mutate(raw, n, mutant, &tag);
}

static void test_elements(void **state)
{
    (void)state;
    vectors_each("der/element.txt", one_element, NULL);
}

/* Explicit tags hold one element and nothing else; the parent fails with them. */
static void test_explicit(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        troth_status want;
    } cases[] = {
        { "a0030a0100", TROTH_OK },
        { "a0040a010000", TROTH_MALFORMED },
        { "a0020a01", TROTH_TRUNCATED },
        { "a003040100", TROTH_MALFORMED },
        { "a1030a0100", TROTH_MALFORMED },
        { "a000", TROTH_TRUNCATED },
        { "a0060a01000a0101", TROTH_MALFORMED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t raw[16];
        size_t n = unhex(cases[i].hex, raw, sizeof raw);
        troth_reader r = troth_reader_of(raw, n, TROTH_BE);
        troth_bytes b = troth_der_read_explicit(&r, TROTH_DER_CONTEXT_0, TROTH_DER_ENUMERATED);
        assert_int_equal(r.st, cases[i].want);
        assert_int_equal(b.len, r.st ? 0 : 1);
    }
}

/* Nested a thousand deep: the code that reads decides how deep it goes. */
static void test_deep(void **state)
{
    (void)state;
    static uint8_t raw[4096];
    troth_writer w = troth_writer_over(raw, sizeof raw, TROTH_BE);
    size_t sizes[1000] = { 0 };
    for (size_t i = 1; i < 1000; i++)
        sizes[i] = troth_der_size(sizes[i - 1]);
    for (size_t i = 1000; i-- > 0;)
        troth_der_write_head(&w, TROTH_DER_SEQUENCE, sizes[i]);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.len, troth_der_size(sizes[999]));
    troth_reader r = troth_reader_of(raw, w.len, TROTH_BE);
    troth_der_skip(&r);
    assert_int_equal(troth_read_end(&r), TROTH_OK);
}

/* What is written reads back at every edge of the length forms. */
static void test_round(void **state)
{
    (void)state;
    static const size_t lens[] = { 0, 1, 127, 128, 255, 256, 65535, 65536, 70000 };
    static const size_t heads[] = { 2, 2, 2, 3, 3, 4, 4, 5, 5 };
    static uint8_t body[70000], raw[70010];
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        troth_writer w = troth_writer_over(raw, sizeof raw, TROTH_BE);
        troth_der_write_bytes(&w, TROTH_DER_OCTET_STRING, (troth_bytes){ body, lens[i] });
        assert_int_equal(w.st, TROTH_OK);
        assert_int_equal(w.len, heads[i] + lens[i]);
        assert_int_equal(w.len, troth_der_size(lens[i]));
        troth_bytes b;
        assert_int_equal(open_whole(raw, w.len, TROTH_DER_OCTET_STRING, &b), TROTH_OK);
        assert_int_equal(b.len, lens[i]);
    }
    troth_writer w = troth_writer_over(raw, sizeof raw, TROTH_BE);
    troth_der_write_head(&w, TROTH_DER_OCTET_STRING, (size_t)UINT32_MAX + 1);
    assert_int_equal(w.st, TROTH_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_explicit),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
