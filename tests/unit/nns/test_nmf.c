#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>
#include <troth/nmf.h>

/* Read all, in pieces of step octets, and write down what an owner is shown. */
static troth_status read_all(const uint8_t *p, size_t n, size_t step, char *shown, size_t cap)
{
    troth_nmf_reader r;
    troth_nmf_reader_init(&r, NULL);
    size_t at = 0, len = 0, in_chunk = 0;
    shown[0] = 0;
    while (at < n) {
        size_t part = n - at < step ? n - at : step, used;
        troth_nmf_piece piece;
        troth_status st = troth_nmf_read(&r, p + at, part, &used, &piece);
        assert_true(used <= part);
        at += used;
        if (st == TROTH_AGAIN) {
            assert_int_equal(used, part);
            continue;
        }
        if (st) {
            size_t more = 99;
            assert_int_equal(troth_nmf_read(&r, p, n, &more, &piece), st); /* sticks */
            assert_int_equal(more, 0);
            return st;
        }
        assert_true(piece.data.len <= piece.size);
        if (piece.first)
            len += (size_t)snprintf(shown + len, cap - len, "%s%02x:", len ? " " : "", piece.type);
        else if (piece.chunk)
            len += (size_t)snprintf(shown + len, cap - len, "+");
        for (size_t i = 0; i < piece.data.len; i++)
            len += (size_t)snprintf(shown + len, cap - len, "%02x", piece.data.data[i]);
        in_chunk = piece.first || piece.chunk ? piece.data.len : in_chunk + piece.data.len;
        assert_true(in_chunk <= piece.size || piece.size == 0);
        assert_int_equal(troth_nmf_reader_between(&r), piece.last);
    }
    return troth_nmf_reader_between(&r) ? TROTH_OK : TROTH_AGAIN;
}

static void any_records(const uint8_t *p, size_t n, void *arg)
{
    char whole[4096], pieces[4096];
    (void)arg;
    troth_status a = read_all(p, n, n ? n : 1, whole, sizeof whole);
    troth_status b = read_all(p, n, 1, pieces, sizeof pieces);
    assert_int_equal(a, b); /* however they come */
    assert_string_equal(whole, pieces);
    assert_true(a == TROTH_OK || a == TROTH_AGAIN || a == TROTH_MALFORMED || a == TROTH_LIMIT);
}

static void one(const vector *v, void *arg)
{
    uint8_t raw[512];
    char shown[4096];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    for (size_t step = 1; step <= n; step++) {
        troth_status st = read_all(raw, n, step, shown, sizeof shown);
        if (strcmp(troth_status_name(st), vector_text(v, "expect")) != 0)
            fail_msg("%s: %s", v->name, troth_status_name(st));
        const char *want = vector_text(v, "pieces");
        if (want && strncmp(shown, want, strlen(want)) != 0)
            fail_msg("%s: %s", v->name, shown);
    }
    vectors_mutate(raw, n, any_records, arg);
}

static void test_records(void **state)
{
    vectors_each("nmf/records.txt", one, state);
}

/* It never reads past the end of a record. */
static void test_boundaries(void **state)
{
    (void)state;
    static const uint8_t raw[] = { 0x0a, 0x16, 0x01, 0x00 };
    troth_nmf_reader r;
    troth_nmf_piece piece;
    size_t used;
    troth_nmf_reader_init(&r, NULL);
    assert_int_equal(troth_nmf_read(&r, raw, sizeof raw, &used, &piece), TROTH_OK);
    assert_int_equal(used, 1);
    assert_true(piece.first && piece.last);
}

static void test_limits(void **state)
{
    (void)state;
    troth_nmf_limits limits = { .envelope = 3, .chunk = 2 };
    static const struct {
        uint8_t raw[3];
        troth_status want;
    } cases[] = { { { 6, 3, 0 }, TROTH_OK },
                  { { 6, 4, 0 }, TROTH_LIMIT },
                  { { 5, 2, 0 }, TROTH_OK },
                  { { 5, 3, 0 }, TROTH_LIMIT },
                  { { 8, 3, 0 }, TROTH_OK } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        troth_nmf_reader r;
        troth_nmf_piece piece;
        size_t used;
        troth_nmf_reader_init(&r, &limits);
        assert_int_equal(troth_nmf_read(&r, cases[i].raw, 3, &used, &piece), cases[i].want);
        assert_int_equal(troth_nmf_reader_type(&r), cases[i].raw[0]);
    }
}

/* What is written is read back, around every length of a size. */
static void test_heads(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 1,        0x7f,     0x80,      0x3fff,     0x4000,
                                      0x1fffff, 0x200000, 0xfffffff, 0x10000000, 0x7fffffff };
    static const size_t octets[] = { 1, 1, 2, 2, 3, 3, 4, 4, 5, 5 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t head[TROTH_NMF_HEAD_MAX + 1] = { 0 };
        size_t n = troth_nmf_head(TROTH_NMF_SIZED_ENVELOPE, sizes[i], head), used;
        assert_int_equal(n, 1 + octets[i]);
        troth_nmf_reader r;
        troth_nmf_piece piece;
        troth_nmf_reader_init(&r, NULL);
        assert_int_equal(troth_nmf_read(&r, head, n + 1, &used, &piece), TROTH_OK);
        assert_int_equal(piece.size, sizes[i]);
    }
    uint8_t head[TROTH_NMF_HEAD_MAX];
    assert_int_equal(troth_nmf_head(TROTH_NMF_PREAMBLE_ACK, 0, head), 1);
    assert_int_equal(head[0], 0x0b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_boundaries),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
