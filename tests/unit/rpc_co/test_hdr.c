#include "co.h"

static void any_header(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    troth_reader r = troth_reader_of(p, n, TROTH_LE);
    troth_co_hdr h = { .call_id = 77 };
    troth_status st = troth_co_hdr_read(&r, &h);
    assert_int_equal(st == TROTH_TRUNCATED, n < TROTH_CO_HDR);
    assert_ptr_equal(r.at, st ? p : p + TROTH_CO_HDR);
    if (st == TROTH_TRUNCATED)
        assert_int_equal(h.call_id, 77);
    if (st)
        return;
    assert_true(h.major == 5 && h.minor == 0);
    assert_true(h.frag_length >= 16 && (!h.auth_length || h.frag_length >= 24u + h.auth_length));
    assert_int_equal(r.order, h.order);
}

static void one_header(const vector *v, void *arg)
{
    uint8_t raw[64];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_reader r = troth_reader_of(raw, n, TROTH_LE);
    troth_co_hdr h = { 0 };
    troth_status st = troth_co_hdr_read(&r, &h);
    expect(v, st);
    text t = { 0 };
    if (st != TROTH_TRUNCATED)
        say(&t, "%u %02x %s %u %u %u", h.ptype, h.flags, h.order == TROTH_LE ? "LE" : "BE", h.frag_length,
            h.auth_length, h.call_id);
    expect_text(v, "fields", &t);
    vectors_mutate(raw, n, any_header, arg);
    if (st)
        return;
    assert_memory_equal(h.drep, raw + 4, 4);

    uint8_t again[TROTH_CO_HDR];
    troth_writer w = troth_writer_over(again, sizeof again, h.order);
    troth_co_hdr_write(&w, &h);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.len, sizeof again);
    raw[4] &= 0xf0; /* of the data representation, only the order is ours to say */
    raw[5] = raw[6] = raw[7] = 0;
    assert_memory_equal(again, raw, sizeof again);
}

static void test_headers(void **state)
{
    vectors_each("rpc_co/hdr.txt", one_header, state);
}

static void test_patch(void **state)
{
    (void)state;
    uint8_t pdu[TROTH_CO_HDR];
    troth_writer w = troth_writer_over(pdu, sizeof pdu, TROTH_LE);
    troth_co_hdr_write(&w, &(troth_co_hdr){ .ptype = TROTH_CO_AUTH3, .flags = 3, .call_id = 0x01020304 });
    troth_co_hdr_patch(pdu, 0x1234, 0x0abc);
    static const uint8_t want[] = { 5, 0, 16, 3, 0x10, 0, 0, 0, 0x34, 0x12, 0xbc, 0x0a, 4, 3, 2, 1 };
    assert_memory_equal(pdu, want, sizeof want);
}

/* The order on the cursor does not matter to a header: it says its own. */
static void test_order(void **state)
{
    (void)state;
    static const uint8_t raw[] = { 5, 0, 0, 3, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0, 0, 9 };
    for (int order = TROTH_LE; order <= TROTH_BE; order++) {
        troth_reader r = troth_reader_of(raw, sizeof raw, (troth_order)order);
        troth_co_hdr h;
        assert_int_equal(troth_co_hdr_read(&r, &h), TROTH_OK);
        assert_int_equal(r.order, TROTH_BE);
        assert_int_equal(h.call_id, 9);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(troth_co_ptype_name(0), "request");
    assert_string_equal(troth_co_ptype_name(16), "rpc_auth_3");
    assert_string_equal(troth_co_ptype_name(19), "orphaned");
    assert_string_equal(troth_co_ptype_name(1), "?"); /* connectionless */
    assert_string_equal(troth_co_ptype_name(255), "?");
}

static void test_no_room(void **state)
{
    (void)state;
    uint8_t small[TROTH_CO_HDR - 1];
    troth_writer w = troth_writer_over(small, sizeof small, TROTH_LE);
    troth_co_hdr_write(&w, &(troth_co_hdr){ .ptype = TROTH_CO_SHUTDOWN });
    assert_int_equal(w.st, TROTH_NO_SPACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers), cmocka_unit_test(test_patch),   cmocka_unit_test(test_order),
        cmocka_unit_test(test_names),   cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
