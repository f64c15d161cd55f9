/* CORBA 15.3: primitives where they belong, in both orders. */
#include <giop/cdr.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>

static troth_bytes hex(const char *text, uint8_t *out)
{
    return (troth_bytes){ out, unhex(text, out, 128) };
}

static void test_read(void **state)
{
    (void)state;
    static const char *const both[] = {
        "01 ee 0201 06050403 0e0d0c0b0a090807 01 eeeeee 03000000 616263 ee 02000000 7a00",
        "00 ee 0102 03040506 0708090a0b0c0d0e 01 eeeeee 00000003 616263 ee 00000002 7a00",
    };
    for (int i = 0; i < 2; i++) {
        uint8_t raw[128];
        troth_cdr c = troth_cdr_encapsulation(hex(both[i], raw));
        assert_int_equal(troth_cdr_u16(&c), 0x0102);
        assert_int_equal(troth_cdr_u32(&c), 0x03040506);
        assert_true(troth_cdr_u64(&c) == 0x0708090a0b0c0d0e);
        assert_true(troth_cdr_bool(&c));
        troth_bytes b = troth_cdr_octets(&c);
        assert_int_equal(b.len, 3);
        assert_memory_equal(b.data, "abc", 3);
        b = troth_cdr_string(&c);
        assert_int_equal(b.len, 1);
        assert_int_equal(b.data[0], 'z');
        assert_int_equal(troth_cdr_end(&c), TROTH_OK);
    }
}

static void test_origin(void **state)
{
    (void)state;
    uint8_t raw[128];
    troth_bytes b = hex("ffff 0000 00000001", raw);
    troth_cdr c = troth_cdr_of(b, 2, TROTH_BE); /* octet 2 of the stream: the ulong stands at 4 */
    assert_int_equal(troth_cdr_at(&c), 2);
    assert_int_equal(troth_cdr_u32(&c), 1);
    c = troth_cdr_of((troth_bytes){ NULL, 0 }, 0, TROTH_BE);
    assert_int_equal(troth_cdr_at(&c), 0);
    assert_int_equal(troth_cdr_end(&c), TROTH_OK);
    assert_int_equal(troth_cdr_u32(&c), 0);
    assert_int_equal(c.r.st, TROTH_TRUNCATED);
}

static void test_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        char what;
        troth_status want;
    } rows[] = {
        { "02000000", 'u', TROTH_MALFORMED },             /* byte order                  */
        { "", 'u', TROTH_TRUNCATED },                     /* none                        */
        { "00000000 0000", 'u', TROTH_TRUNCATED },        /* no whole ulong              */
        { "00 02", 'b', TROTH_MALFORMED },                /* no boolean                  */
        { "00000000 00000000", 's', TROTH_MALFORMED },    /* a string without a NUL      */
        { "00000000 00000001 61", 's', TROTH_MALFORMED }, /* the same                    */
        { "00000000 00000003 61 00 00", 's', TROTH_MALFORMED },
        { "00000000 00000003 61 00", 's', TROTH_TRUNCATED },
        { "00000000 ffffffff 61 00", 'o', TROTH_TRUNCATED },
        { "00000000 00000002 0000000000000000 00000000000000", 'c', TROTH_MALFORMED }, /* 15 octets hold no two of 8 */
        { "00000000 00000004 0000000000000000 0000000000000000 0000000000000000 0000000000000000", 'c', TROTH_LIMIT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t raw[128];
        troth_cdr c = troth_cdr_encapsulation(hex(rows[i].hex, raw));
        if (rows[i].what == 'u')
            assert_int_equal(troth_cdr_u32(&c), 0);
        if (rows[i].what == 'b')
            (void)troth_cdr_bool(&c);
        if (rows[i].what == 's')
            assert_null(troth_cdr_string(&c).data);
        if (rows[i].what == 'o')
            assert_int_equal(troth_cdr_octets(&c).len, 0);
        if (rows[i].what == 'c')
            assert_int_equal(troth_cdr_count(&c, 8, 3), 0);
        assert_int_equal(c.r.st, rows[i].want);
        assert_int_equal(troth_cdr_u64(&c), 0); /* the first failure sticks */
        assert_int_equal(c.r.st, rows[i].want);
    }
}

static void test_write(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        uint8_t raw[128], want[128];
        troth_writer w = troth_writer_over(raw, sizeof raw, order ? TROTH_LE : TROTH_BE);
        troth_write_zeros(&w, 3); /* what stands in front does not count */
        troth_cdr_out c = troth_cdr_out_encapsulation(&w);
        troth_cdr_put_u16(&c, 0x0102);
        troth_cdr_put_u8(&c, 9);
        troth_cdr_put_u64(&c, 0x0708090a0b0c0d0e);
        troth_cdr_put_octets(&c, (troth_bytes){ (const uint8_t *)"abc", 3 });
        size_t hole = troth_cdr_put_open(&c);
        troth_cdr_out in = troth_cdr_out_encapsulation(&w);
        troth_cdr_put_u32(&in, 5);
        troth_cdr_put_close(&c, hole);
        troth_cdr_put_string(&c, (troth_bytes){ (const uint8_t *)"z", 1 });
        size_t n = unhex(order ? "01 00 0201 09 000000 0e0d0c0b0a090807 03000000 616263 00 08000000 01000000 05000000"
                                 "02000000 7a00"
                               : "00 00 0102 09 000000 0708090a0b0c0d0e 00000003 616263 00 00000008 00000000 00000005"
                                 "00000002 7a00",
                         want, sizeof want);
        assert_int_equal(w.len, n + 3);
        assert_memory_equal(raw + 3, want, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_read), cmocka_unit_test(test_origin),
                                        cmocka_unit_test(test_refuse), cmocka_unit_test(test_write) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
