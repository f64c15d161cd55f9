/* RFC 2743 3.1: the framing of initial tokens. */
#include <der/frame.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

static const uint8_t krb[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2 };
static const uint8_t ms[] = { 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2 };

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    troth_oid mech;
    troth_bytes inner;
    if (!troth_frame_read((troth_bytes){ p, n }, &mech, &inner)) {
        assert_true(troth_oid_valid(mech));
        assert_true(mech.der > p && inner.data + inner.len == p + n);
    }
}

static void prefix_refused(const uint8_t *p, size_t n, void *arg)
{
    size_t whole = *(size_t *)arg;
    troth_oid mech;
    troth_bytes inner;
    if (n < whole)
        assert_int_not_equal(troth_frame_read((troth_bytes){ p, n }, &mech, &inner), TROTH_OK);
    mutant(p, n, NULL);
}

static void test_read(void **state)
{
    (void)state;
    uint8_t raw[64];
    size_t n = unhex("600d 0609 2a864886f712010202 0100", raw, sizeof raw);
    troth_oid mech;
    troth_bytes inner;
    assert_int_equal(troth_frame_read((troth_bytes){ raw, n }, &mech, &inner), TROTH_OK);
    assert_true(troth_oid_equal(mech, (troth_oid){ krb, sizeof krb }));
    assert_int_equal(inner.len, 2);
    assert_memory_equal(inner.data, "\x01\x00", 2);
    assert_true(troth_frame_is((troth_bytes){ raw, n }, (troth_oid){ krb, sizeof krb }));
    assert_false(troth_frame_is((troth_bytes){ raw, n }, (troth_oid){ ms, sizeof ms }));
    vectors_mutate(raw, n, prefix_refused, &n);
}

static void test_refuse(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",                                 /* nothing                              */
        "4e544c4d53535000",                 /* a raw token                          */
        "600d06092a864886f712010202010000", /* an octet behind the frame            */
        "60800609 2a864886f712010202 0000", /* indefinite                           */
        "60810d06092a864886f7120102020100", /* length not in its shortest form      */
        "600006092a864886f712010202",       /* empty frame, OID behind it           */
        "600d04092a864886f7120102020100",   /* no OID                               */
        "60020600",                         /* an empty OID                         */
        "6005060380010100",                 /* a padded OID                         */
        "600d067f2a864886f7120102020100",   /* the OID is longer than the frame     */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t raw[64];
        size_t n = unhex(bad[i], raw, sizeof raw);
        troth_oid mech;
        troth_bytes inner;
        if (!troth_frame_read((troth_bytes){ raw, n }, &mech, &inner))
            fail_msg("accepted: %s", bad[i]);
    }
}

/* As peers of CSIv2 write lengths: the same but for that, and no looser. */
static void test_loose(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        bool taken;
    } rows[] = {
        { "600d 0609 2a864886f712010202 0100", true },
        { "60810d 0609 2a864886f712010202 0100", true },
        { "6084 0000000d 0609 2a864886f712010202 0100", true },
        { "6080 0609 2a864886f712010202 0100 0000", false },
        { "6085 000000000d 0609 2a864886f712010202 0100", false },
        { "6084 ffffffff 0609 2a864886f712010202 0100", false },
        { "60810e 0609 2a864886f712010202 0100", false },
        { "60810c 0609 2a864886f712010202 0100", false },
        { "a00d 0609 2a864886f712010202 0100", false },
        { "6081", false },
        { "60820d", false },
        { "", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t raw[64];
        size_t n = unhex(rows[i].hex, raw, sizeof raw);
        troth_oid mech;
        troth_bytes inner;
        troth_status st = troth_frame_read_loose((troth_bytes){ raw, n }, &mech, &inner);
        assert_int_equal(!st, rows[i].taken);
        if (st)
            continue;
        assert_true(troth_oid_equal(mech, (troth_oid){ krb, sizeof krb }));
        assert_memory_equal(inner.data, "\x01\x00", 2);
    }
}

static void test_write(void **state)
{
    (void)state;
    static uint8_t raw[70000];
    static const size_t lens[] = { 0, 1, 100, 128, 250, 65000 };
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        troth_writer w = troth_writer_over(raw, sizeof raw, TROTH_BE);
        troth_frame_write_head(&w, (troth_oid){ krb, sizeof krb }, lens[i]);
        troth_write_zeros(&w, lens[i]);
        assert_int_equal(w.st, TROTH_OK);
        assert_int_equal(w.len, troth_frame_size((troth_oid){ krb, sizeof krb }, lens[i]));
        troth_oid mech;
        troth_bytes inner;
        assert_int_equal(troth_frame_read((troth_bytes){ raw, w.len }, &mech, &inner), TROTH_OK);
        assert_int_equal(inner.len, lens[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_read), cmocka_unit_test(test_refuse),
                                        cmocka_unit_test(test_loose), cmocka_unit_test(test_write) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
