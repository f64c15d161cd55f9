#include <base/uuid.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>

/* The NDR transfer syntax, as [C706 14.4] prints it and as it is seen on the wire of a little-endian sender. */
static const char text[] = "8a885d04-1ceb-11c9-9fe8-08002b104860";
static const char little[] = "045d888a eb1c c911 9fe8 08002b104860";
static const char big[] = "8a885d04 1ceb 11c9 9fe8 08002b104860";

static void one_order(const char *hex, troth_order order)
{
    uint8_t wire[16], back[16];
    char shown[TROTH_UUID_TEXT];
    assert_int_equal(unhex(hex, wire, 16), 16);
    troth_reader r = troth_reader_of(wire, 16, order);
    troth_uuid u = troth_uuid_read(&r), parsed;
    assert_int_equal(troth_read_end(&r), TROTH_OK);
    troth_uuid_format(&u, shown);
    assert_string_equal(shown, text);
    assert_int_equal(troth_uuid_parse(text, &parsed), TROTH_OK);
    assert_true(troth_uuid_equal(&u, &parsed));
    troth_writer w = troth_writer_over(back, 16, order);
    troth_uuid_write(&w, &u);
    assert_int_equal(w.st, TROTH_OK);
    assert_memory_equal(back, wire, 16);
}

static void orders(void **state)
{
    (void)state;
    one_order(little, TROTH_LE);
    one_order(big, TROTH_BE);
}

static void too_short(void **state)
{
    (void)state;
    uint8_t wire[15];
    memset(wire, 0xff, sizeof wire);
    static const troth_uuid nil;
    troth_reader r = troth_reader_of(wire, sizeof wire, TROTH_LE);
    troth_uuid u = troth_uuid_read(&r);
    assert_int_equal(r.st, TROTH_TRUNCATED);
    assert_true(troth_uuid_equal(&u, &nil));
    troth_writer w = troth_writer_over(wire, sizeof wire, TROTH_LE);
    troth_uuid_write(&w, &nil);
    assert_int_equal(w.st, TROTH_NO_SPACE);
    assert_int_equal(wire[0], 0xff);
}

static void parsed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "8a885d04",
        "8a885d04-1ceb-11c9-9fe8-08002b10486",
        "8a885d04-1ceb-11c9-9fe8-08002b1048600",
        "8a885d04-1ceb-11c9-9fe8-08002b104860 ",
        " 8a885d04-1ceb-11c9-9fe8-08002b104860",
        "{8a885d04-1ceb-11c9-9fe8-08002b104860}",
        "8a885d041ceb11c99fe808002b104860",
        "8a885d04-1ceb-11c9-9fe808-002b104860",
        "8a885d0g-1ceb-11c9-9fe8-08002b104860",
        "8a885d04_1ceb-11c9-9fe8-08002b104860",
        "-a885d04-1ceb-11c9-9fe8-08002b104860",
        "+a885d04-1ceb-11c9-9fe8-08002b104860",
    };
    troth_uuid u = { { 1, 2, 3 } }, before = u, v;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(troth_uuid_parse(bad[i], &u), TROTH_MALFORMED);
        assert_true(troth_uuid_equal(&u, &before));
    }
    assert_int_equal(troth_uuid_parse("8A885D04-1CEB-11C9-9FE8-08002B104860", &u), TROTH_OK);
    assert_int_equal(troth_uuid_parse(text, &v), TROTH_OK);
    assert_true(troth_uuid_equal(&u, &v));
    for (size_t i = 0; i < 16; i++) {
        v.octets[i] ^= 1;
        assert_false(troth_uuid_equal(&u, &v));
        v.octets[i] ^= 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(orders), cmocka_unit_test(too_short),
                                        cmocka_unit_test(parsed) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
