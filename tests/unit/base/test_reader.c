#include <base/reader.h>
#include <stdlib.h>
#include <string.h>
#include <support/test.h>

static const uint8_t eight[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static void orders(void **state)
{
    (void)state;
    troth_reader le = troth_reader_of(eight, 8, TROTH_LE), be = troth_reader_of(eight, 8, TROTH_BE);
    assert_int_equal(troth_read_u8(&le), 1);
    assert_int_equal(troth_read_u16(&le), 0x0302);
    assert_int_equal(troth_read_u32(&le), 0x07060504);
    assert_int_equal(troth_read_left(&le), 1);
    assert_int_equal(troth_read_u8(&be), 1);
    assert_int_equal(troth_read_u16(&be), 0x0203);
    assert_int_equal(troth_read_u32(&be), 0x04050607);
    assert_int_equal(troth_read_end(&be), TROTH_MALFORMED); /* one octet is left */
    le = troth_reader_of(eight, 8, TROTH_LE);
    be = troth_reader_of(eight, 8, TROTH_BE);
    assert_true(troth_read_u64(&le) == 0x0807060504030201);
    assert_true(troth_read_u64(&be) == 0x0102030405060708);
    assert_int_equal(troth_read_end(&le), TROTH_OK);
}

/* Each width over an exact heap block that is one octet too short: nothing is read, nothing moves, the status sticks.
 */
static void over_reads(void **state)
{
    (void)state;
    for (size_t width = 1; width <= 8; width *= 2) {
        uint8_t *p = malloc(width);
        memset(p, 0xff, width);
        troth_reader r = troth_reader_of(p + 1, width - 1, TROTH_LE);
        uint64_t v = width == 1   ? troth_read_u8(&r)
                     : width == 2 ? troth_read_u16(&r)
                     : width == 4 ? troth_read_u32(&r)
                                  : troth_read_u64(&r);
        assert_true(v == 0);
        assert_int_equal(r.st, TROTH_TRUNCATED);
        assert_int_equal(troth_read_left(&r), 0);
        assert_int_equal(troth_read_u8(&r), 0); /* although an octet may be there */
        assert_null(troth_read_bytes(&r, 0));
        assert_int_equal(troth_read_end(&r), TROTH_TRUNCATED);
        free(p);
    }
}

static void sizes_that_wrap(void **state)
{
    (void)state;
    troth_reader r = troth_reader_of(eight, 8, TROTH_LE);
    troth_read_u8(&r);
    assert_null(troth_read_bytes(&r, SIZE_MAX));
    assert_int_equal(r.st, TROTH_TRUNCATED);
    r = troth_reader_of(eight, 8, TROTH_LE);
    troth_reader child = troth_read_sub(&r, SIZE_MAX - 2);
    assert_int_equal(child.st, TROTH_TRUNCATED);
    assert_int_equal(r.st, TROTH_TRUNCATED);
}

static void views(void **state)
{
    (void)state;
    troth_reader r = troth_reader_of(eight, 8, TROTH_LE);
    assert_ptr_equal(troth_read_bytes(&r, 3), eight);
    assert_non_null(troth_read_bytes(&r, 0));
    troth_bytes rest = troth_read_rest(&r);
    assert_ptr_equal(rest.data, eight + 3);
    assert_int_equal(rest.len, 5);
    assert_int_equal(troth_read_rest(&r).len, 0);
    assert_int_equal(troth_read_end(&r), TROTH_OK);
}

static void children(void **state)
{
    (void)state;
    troth_reader r = troth_reader_of(eight, 8, TROTH_BE), child = troth_read_sub(&r, 3);
    assert_int_equal(troth_read_u16(&child), 0x0102); /* inherits the order */
    assert_int_equal(troth_read_u16(&child), 0);      /* does not reach into the parent's octets */
    assert_int_equal(troth_read_end(&child), TROTH_TRUNCATED);
    assert_int_equal(r.st, TROTH_OK); /* the parent goes on behind it */
    assert_int_equal(troth_read_u8(&r), 4);
    child = troth_read_sub(&r, 0);
    assert_int_equal(troth_read_end(&child), TROTH_OK);
    child = troth_read_sub(&r, 5);
    assert_int_equal(child.st, TROTH_TRUNCATED);
    assert_int_equal(troth_read_u8(&child), 0);
    child = troth_read_sub(&r, 1); /* of a failed parent */
    assert_int_equal(child.st, TROTH_TRUNCATED);
}

static void first_failure_sticks(void **state)
{
    (void)state;
    troth_reader r = troth_reader_of(eight, 8, TROTH_BE);
    troth_read_fail(&r, TROTH_UNSUPPORTED);
    troth_read_fail(&r, TROTH_MALFORMED);
    assert_null(troth_read_bytes(&r, 9));
    assert_int_equal(r.st, TROTH_UNSUPPORTED);
    assert_int_equal(troth_read_end(&r), TROTH_UNSUPPORTED);
}

static void nothing(void **state)
{
    (void)state;
    troth_reader r = troth_reader_of(NULL, 0, TROTH_BE);
    assert_int_equal(troth_read_end(&r), TROTH_OK);
    assert_int_equal(troth_read_left(&r), 0);
    assert_int_equal(troth_read_rest(&r).len, 0);
    assert_int_equal(troth_read_u8(&r), 0);
    assert_int_equal(r.st, TROTH_TRUNCATED);
    r = troth_reader_of(NULL, 7, TROTH_BE); /* a caller's slip: still nothing */
    assert_int_equal(troth_read_left(&r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders),   cmocka_unit_test(over_reads),           cmocka_unit_test(sizes_that_wrap),
        cmocka_unit_test(views),    cmocka_unit_test(first_failure_sticks), cmocka_unit_test(nothing),
        cmocka_unit_test(children),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
