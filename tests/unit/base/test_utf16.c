#include <base/utf16.h>
#include <stdlib.h>
#include <string.h>
#include <support/env.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

typedef void (*convert)(troth_writer *w, troth_bytes in);

/* Convert an exact heap copy, so that the sanitizer sees an over-read. */
static troth_status run(convert fn, const uint8_t *in, size_t n, uint8_t *out, size_t *ret_len)
{
    uint8_t *copy = malloc(n ? n : 1);
    memcpy(copy, in, n);
    troth_writer w = troth_writer_over(out, 512, TROTH_BE); /* its order must not matter */
    fn(&w, (troth_bytes){ copy, n });
    free(copy);
    *ret_len = w.len;
    return w.st;
}

static void is(convert fn, const uint8_t *in, size_t n, const uint8_t *want, size_t n_want)
{
    uint8_t out[512];
    size_t len;
    assert_int_equal(run(fn, in, n, out, &len), TROTH_OK);
    assert_int_equal(len, n_want);
    assert_memory_equal(out, want, n_want);
}

/* Whatever is accepted comes back the same: so nothing is replaced, and nothing has two forms. */
static void same_or_refused(convert there, convert back, const uint8_t *p, size_t n)
{
    uint8_t out[512];
    size_t len;
    if (!run(there, p, n, out, &len))
        is(back, out, len, p, n);
}

static void mutated8(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    same_or_refused(troth_utf16_write, troth_utf8_write, p, n);
}

static void mutated16(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    same_or_refused(troth_utf8_write, troth_utf16_write, p, n);
}

static void one(const vector *v, void *arg)
{
    (void)arg;
    uint8_t utf8[256], utf16[256], upper[256];
    size_t n8 = vector_hex(v, "utf8", utf8, sizeof utf8), n16 = vector_hex(v, "utf16", utf16, sizeof utf16);
    const char *key = vector_text(v, "upper") ? "upper" : "utf16";
    size_t nu = vector_hex(v, key, upper, sizeof upper);
    is(troth_utf16_write, utf8, n8, utf16, n16);
    is(troth_utf8_write, utf16, n16, utf8, n8);
    is(troth_utf16_write_upper, utf8, n8, upper, nu);
    vectors_mutate(utf8, n8, mutated8, NULL);
    vectors_mutate(utf16, n16, mutated16, NULL);
}

static void vectors(void **state)
{
    (void)state;
    vectors_each("base/utf.txt", one, NULL);
}

static void refused(convert fn, const char *hex)
{
    uint8_t in[64], out[512];
    size_t len, n = unhex(hex, in, sizeof in);
    if (run(fn, in, n, out, &len) != TROTH_MALFORMED)
        fail_msg("%s was not refused", hex);
}

static void malformed(void **state)
{
    (void)state;
    static const char *const utf8[] = {
        "80",         "bf",           "41bf",   "c0",       "c080",     "c1bf",     "c2",
        "c241",       "c2c2", /* alone, overlong, cut */
        "e08080",     "e09fbf",       "e0a0",   "e0a041",   "eda080",   "edbfbf",   "eda080edb080", /* surrogates */
        "f0808080",   "f08fbfbf",     "f48fbf", "f4908080", "f5808080", "f7bfbfbf",                 /* too high */
        "f888808080", "fc8480808080", "fe",     "ff",       "4142c3",
    };
    static const char *const utf16[] = { "41",       "410042", "00d8",         "00dc", "00d84100", "00d800d8",
                                         "00dc00d8", "00d800", "00d800dc00dc", "ffdb", "00d8ffff" };
    for (size_t i = 0; i < sizeof utf8 / sizeof *utf8; i++)
        refused(troth_utf16_write, utf8[i]);
    for (size_t i = 0; i < sizeof utf16 / sizeof *utf16; i++)
        refused(troth_utf8_write, utf16[i]);
}

/* Every code point there and back, and every one that is none. */
static void exhaustive(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x110000; c++) {
        uint8_t in[4], out[8], again[8];
        uint32_t v = c - 0x10000;
        bool pair = c >= 0x10000, lone = c >= 0xd800 && c < 0xe000;
        uint32_t units[2] = { pair ? 0xd800 + (v >> 10) : c, 0xdc00 + (v & 0x3ff) };
        for (size_t i = 0; i < 4; i++)
            in[i] = (uint8_t)(units[i / 2] >> 8 * (i % 2));
        troth_writer w = troth_writer_over(out, sizeof out, TROTH_LE);
        troth_utf8_write(&w, (troth_bytes){ in, pair ? 4 : 2 });
        assert_int_equal(w.st, lone || c == 0x110000 ? TROTH_MALFORMED : TROTH_OK);
        if (w.st)
            continue;
        troth_writer x = troth_writer_over(again, sizeof again, TROTH_LE);
        troth_utf16_write(&x, (troth_bytes){ out, w.len });
        assert_int_equal(x.st, TROTH_OK);
        assert_int_equal(x.len, pair ? 4 : 2);
        assert_memory_equal(again, in, x.len);
    }
}

static void copies(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_block b = { 0 };
    char *s = NULL;
    assert_int_equal(troth_utf16_of(&t.env, "ab", 4, &b), TROTH_OK);
    assert_int_equal(b.len, 4);
    assert_memory_equal(b.data, "a\0b\0", 4);
    assert_int_equal(troth_utf8_of(&t.env, (troth_bytes){ b.data, b.len }, 3, &s), TROTH_OK);
    assert_string_equal(s, "ab");
    troth_mem_free_str(&t.env, s);
    s = NULL;
    assert_int_equal(troth_utf8_of(&t.env, (troth_bytes){ b.data, b.len }, 2, &s),
                     TROTH_LIMIT); /* no room for the NUL */
    assert_null(s);
    troth_mem_drop(&t.env, &b);
    assert_int_equal(troth_utf16_of(&t.env, "ab", 3, &b), TROTH_LIMIT);
    assert_int_equal(troth_utf16_of(&t.env, "\xff", 30, &b), TROTH_MALFORMED);
    assert_null(b.data);
    assert_int_equal(troth_utf8_of(&t.env, (troth_bytes){ (const uint8_t *)"a\0\0\0b\0", 6 }, 30, &s), TROTH_MALFORMED);
    assert_int_equal(troth_utf8_of(&t.env, (troth_bytes){ NULL, 0 }, 30, &s), TROTH_OK);
    assert_string_equal(s, "");
    troth_mem_free_str(&t.env, s);
    assert_int_equal(troth_utf16_of(&t.env, "", 0, &b), TROTH_OK);
    assert_int_equal(b.len, 0);
    troth_mem_drop(&t.env, &b);
    t.fail_at = atomic_load(&t.allocs) + 1;
    assert_int_equal(troth_utf16_of(&t.env, "ab", 30, &b), TROTH_NO_MEMORY);
    t.fail_at = atomic_load(&t.allocs) + 1;
    assert_int_equal(troth_utf8_of(&t.env, (troth_bytes){ (const uint8_t *)"a\0", 2 }, 30, &s), TROTH_NO_MEMORY);
    test_env_check(&t);
}

static void upper(void **state)
{
    (void)state;
    static const uint32_t pairs[][2] = {
        { 'a', 'A' },         { 'z', 'Z' },     { '`', '`' },     { '{', '{' },       { 0xe0, 0xc0 },
        { 0xf7, 0xf7 },       { 0xfe, 0xde },   { 0xff, 0x178 },  { 0x100, 0x100 },   { 0x101, 0x100 },
        { 0x12f, 0x12e },     { 0x131, 0x131 }, { 0x133, 0x132 }, { 0x137, 0x136 },   { 0x138, 0x138 },
        { 0x13a, 0x139 },     { 0x148, 0x147 }, { 0x149, 0x149 }, { 0x14b, 0x14a },   { 0x177, 0x176 },
        { 0x178, 0x178 },     { 0x17a, 0x179 }, { 0x17e, 0x17d }, { 0x17f, 0x17f },   { 0x1b0, 0x1af },
        { 0x219, 0x218 },     { 0x21b, 0x21a }, { 0x390, 0x390 }, { 0x3ac, 0x386 },   { 0x3af, 0x38a },
        { 0x3b0, 0x3b0 },     { 0x3b1, 0x391 }, { 0x3c2, 0x3a3 }, { 0x3cb, 0x3ab },   { 0x3cc, 0x38c },
        { 0x3ce, 0x38f },     { 0x430, 0x410 }, { 0x44f, 0x42f }, { 0x450, 0x400 },   { 0x45f, 0x40f },
        { 0x461, 0x460 },     { 0x482, 0x482 }, { 0x491, 0x490 }, { 0x4c1, 0x4c1 },   { 0x4c2, 0x4c1 },
        { 0x4cf, 0x4c0 },     { 0x4d1, 0x4d0 }, { 0x4ff, 0x4fe }, { 0x1ea1, 0x1ea0 }, { 0x1ef9, 0x1ef8 },
        { 0x10428, 0x10428 },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_int_equal(troth_utf_upper(pairs[i][0]), pairs[i][1]);
    for (uint32_t c = 0; c < 0x3000; c++)
        assert_int_equal(troth_utf_upper(troth_utf_upper(c)), troth_utf_upper(c));
}

static void same(void **state)
{
    (void)state;
    assert_true(troth_utf8_same("", ""));
    assert_true(troth_utf8_same("Alice", "aLICE"));
    assert_true(troth_utf8_same("J\xc3\xbcrgen", "J\xc3\x9cRGEN"));
    assert_false(troth_utf8_same("Alice", "Alic"));
    assert_false(troth_utf8_same("Alic", "Alice"));
    assert_false(troth_utf8_same("Alice", "Alicf"));
    assert_false(troth_utf8_same("\xff", "\xff"));
    assert_false(troth_utf8_same("a\xff", "a"));
    assert_false(troth_utf8_same("a", "a\xc3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors), cmocka_unit_test(malformed), cmocka_unit_test(exhaustive),
        cmocka_unit_test(copies),  cmocka_unit_test(upper),     cmocka_unit_test(same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
