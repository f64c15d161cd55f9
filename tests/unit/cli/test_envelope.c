/* The reader of one answer: [MC-NMF 2.2.3.1 and 2.2.4.3], whole, octet by octet, and wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cli/envelope.h>
#include <cmocka.h>

/* Feed in pieces of step octets; content is collected. */
static troth_status feed(troth_cli_answer *a, const uint8_t *raw, size_t n, size_t step, uint8_t *content,
                         size_t *ret_len)
{
    *ret_len = 0;
    for (size_t at = 0; at < n && a->part != TROTH_ANSWER_DONE;) {
        troth_bytes got;
        size_t used = 0, len = n - at < step ? n - at : step;
        troth_status st = troth_cli_answer_take(a, (troth_bytes){ raw + at, len }, &got, &used);
        if (st)
            return st;
        assert_true(used > 0 && used <= len);
        if (got.len)
            memcpy(content + *ret_len, got.data, got.len);
        *ret_len += got.len;
        at += used;
    }
    return TROTH_OK;
}

static void test_envelope_in_pieces(void **state)
{
    (void)state;
    uint8_t raw[400] = { 0x06, 0xac, 0x02 }; /* 300 octets */
    for (size_t i = 0; i < 300; i++)
        raw[3 + i] = (uint8_t)i;
    raw[303] = 0x07;
    for (size_t step = 1; step <= 304; step++) {
        troth_cli_answer a = { 0 };
        uint8_t content[400];
        size_t len;
        assert_int_equal(feed(&a, raw, 304, step, content, &len), TROTH_OK);
        assert_int_equal(a.part, TROTH_ANSWER_DONE);
        assert_int_equal(len, 300);
        assert_memory_equal(content, raw + 3, 300);
    }
}

static void test_a_cut_answer_is_not_done(void **state)
{
    (void)state;
    static const uint8_t raw[] = { 0x06, 0x03, 'a', 'b' };
    for (size_t n = 0; n <= sizeof raw; n++) {
        troth_cli_answer a = { 0 };
        uint8_t content[8];
        size_t len;
        assert_int_equal(feed(&a, raw, n, 8, content, &len), TROTH_OK);
        assert_int_not_equal(a.part, TROTH_ANSWER_DONE);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t raw[8];
        size_t n;
        troth_status st;
    } wrong[] = {
        { { 0x05, 1 }, 2, TROTH_MALFORMED },                            /* unsized envelope    */
        { { 0x07 }, 1, TROTH_MALFORMED },                               /* End before an answer */
        { { 0x06, 0x00 }, 2, TROTH_MALFORMED },                         /* size 0 is invalid   */
        { { 0x06, 0xff, 0xff, 0xff, 0xff, 0x08 }, 6, TROTH_MALFORMED }, /* above 31 bits       */
        { { 0x06, 0xff, 0xff, 0xff, 0xff, 0x80 }, 6, TROTH_MALFORMED }, /* six octets of size  */
        { { 0x06, 0x81, 0x80, 0x80, 0x08 }, 5, TROTH_LIMIT },           /* 16 MiB and one      */
        { { 0x08, 0x81, 0x02 }, 3, TROTH_LIMIT },                       /* fault of 257        */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        troth_cli_answer a = { 0 };
        uint8_t content[8];
        size_t len;
        assert_int_equal(feed(&a, wrong[i].raw, wrong[i].n, 1, content, &len), wrong[i].st);
    }
}

static void test_fault(void **state)
{
    (void)state;
    static const uint8_t raw[] = { 0x08, 0x04, 'n', 'o', 0x1b, '!' };
    troth_cli_answer a = { 0 };
    uint8_t content[8];
    size_t len;
    assert_int_equal(feed(&a, raw, sizeof raw, 1, content, &len), TROTH_PEER_REFUSED);
    assert_string_equal(a.fault, "no?!");
}

static void test_head(void **state)
{
    (void)state;
    uint8_t head[1 + TROTH_CLI_SIZE_MAX];
    assert_int_equal(troth_cli_envelope_head(head, 6, 0x7f), 2);
    assert_memory_equal(head, "\x06\x7f", 2);
    assert_int_equal(troth_cli_envelope_head(head, 6, 300), 3);
    assert_memory_equal(head, "\x06\xac\x02", 3);
    assert_int_equal(troth_cli_envelope_head(head, 6, 16777216), 5);
    assert_memory_equal(head, "\x06\x80\x80\x80\x08", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_envelope_in_pieces),
        cmocka_unit_test(test_a_cut_answer_is_not_done),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_fault),
        cmocka_unit_test(test_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
