#include "co.h"

/* Each reads the header behind the common one, says what it has, and demands the same octets when it is written. */
static troth_status request(troth_reader *r, const troth_co_hdr *h, const uint8_t *pdu, text *said)
{
    troth_co_request q = { .stub_at = 99 };
    char uuid[TROTH_UUID_TEXT] = "-";
    uint8_t again[40];
    troth_status st = troth_co_request_read(r, h, &q);
    if (st) {
        assert_int_equal(q.stub_at, 99); /* set only on success */
        return st;
    }
    if (q.has_object)
        troth_uuid_format(&q.object, uuid);
    say(said, "%u %u %u %s %zu", q.alloc_hint, q.p_cont_id, q.opnum, uuid, q.stub_at);
    assert_int_equal(r->at - pdu, q.stub_at);
    troth_writer w = troth_writer_over(again, sizeof again, h->order);
    troth_co_request_write(&w, h->flags, h->call_id, &q);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.len, q.stub_at);
    assert_memory_equal(again, pdu, 4);
    assert_memory_equal(again + 12, pdu + 12, w.len - 12);
    return TROTH_OK;
}

static troth_status response(troth_reader *r, const troth_co_hdr *h, const uint8_t *pdu, text *said)
{
    troth_co_response q = { .stub_at = 99 };
    uint8_t again[24];
    troth_status st = troth_co_response_read(r, &q);
    if (st) {
        assert_int_equal(q.stub_at, 99);
        return st;
    }
    say(said, "%u %u %u %zu", q.alloc_hint, q.p_cont_id, q.cancel_count, q.stub_at);
    assert_int_equal(r->at - pdu, q.stub_at);
    troth_writer w = troth_writer_over(again, sizeof again, h->order);
    troth_co_response_write(&w, h->flags, h->call_id, &q);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.len, q.stub_at);
    assert_memory_equal(again, pdu, 4);
    assert_memory_equal(again + 12, pdu + 12, 8);
    if (q.p_cont_id < 256)
        assert_memory_equal(again + 20, pdu + 20, 3);
    return TROTH_OK;
}

static troth_status fault(troth_reader *r, const troth_co_hdr *h, const uint8_t *pdu, text *said)
{
    troth_co_fault f = { .status = 99 };
    uint8_t again[32];
    troth_status st = troth_co_fault_read(r, &f);
    if (st) {
        assert_int_equal(f.status, 99);
        return st;
    }
    say(said, "%u %u %u %08x", f.alloc_hint, f.p_cont_id, f.cancel_count, f.status);
    troth_writer w = troth_writer_over(again, sizeof again, h->order);
    troth_co_fault_write(&w, h->flags, h->call_id, &f);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.len, sizeof again);
    assert_memory_equal(again, pdu, 4);
    assert_memory_equal(again + 12, pdu + 12, 11);
    assert_memory_equal(again + 24, pdu + 24, 4);
    return TROTH_OK;
}

static troth_status look(const uint8_t *p, size_t n, text *said)
{
    troth_reader r = troth_reader_of(p, n, TROTH_LE);
    troth_co_hdr h;
    troth_status st = troth_co_hdr_read(&r, &h);
    if (st)
        return st;
    switch (h.ptype) {
    case TROTH_CO_REQUEST:
        return request(&r, &h, p, said);
    case TROTH_CO_RESPONSE:
        return response(&r, &h, p, said);
    case TROTH_CO_FAULT:
        return fault(&r, &h, p, said);
    default:
        return TROTH_OK;
    }
}

static void any_body(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    text said = { 0 };
    troth_status st = look(p, n, &said);
    assert_true(st == TROTH_OK || st == TROTH_TRUNCATED || st == TROTH_MALFORMED || st == TROTH_UNSUPPORTED);
}

static void one_body(const vector *v, void *arg)
{
    uint8_t raw[512];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    text said = { 0 };
    expect(v, look(raw, n, &said));
    expect_text(v, "fields", &said);
    vectors_mutate(raw, n, any_body, arg);
}

static void test_bodies(void **state)
{
    vectors_each("rpc_co/body.txt", one_body, state);
}

/* Windows sends, and its judges expect, the low octet only. */
static void test_response_context(void **state)
{
    (void)state;
    static const uint8_t want[] = { 5, 0, 2, 3, 0x10, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 4, 0, 0, 0, 0x34, 0, 1, 0 };
    uint8_t got[sizeof want];
    troth_writer w = troth_writer_over(got, sizeof got, TROTH_LE);
    troth_co_response_write(&w, 3, 9, &(troth_co_response){ .alloc_hint = 4, .p_cont_id = 0x1234, .cancel_count = 1 });
    assert_int_equal(w.st, TROTH_OK);
    assert_memory_equal(got, want, sizeof want);
}

static void test_fault(void **state)
{
    (void)state;
    static const uint8_t want[] = { 5,    0, 3, 0x23, 0x10, 0, 0, 0, 32,   0, 0, 0,    9, 0, 0, 0,
                                    0x20, 0, 0, 0,    0,    1, 2, 0, 0x0b, 0, 1, 0x1c, 0, 0, 0, 0 };
    uint8_t got[sizeof want];
    const troth_co_fault f = { .alloc_hint = 32, .p_cont_id = 256, .cancel_count = 2, .status = 0x1c01000b };
    troth_writer w = troth_writer_over(got, sizeof got, TROTH_LE);
    troth_co_fault_write(&w, 0x23, 9, &f);
    assert_int_equal(w.st, TROTH_OK);
    assert_memory_equal(got, want, sizeof want);
}

/* The flag follows the object. */
static void test_object_flag(void **state)
{
    (void)state;
    uint8_t got[64];
    troth_writer w = troth_writer_over(got, sizeof got, TROTH_LE);
    troth_co_request_write(&w, TROTH_PFC_OBJECT_UUID | 3, 1, &(troth_co_request){ .opnum = 1 });
    assert_int_equal(got[3], 3);
    assert_int_equal(w.len, 24);
    troth_writer_reset(&w);
    troth_co_request_write(&w, 3, 1, &(troth_co_request){ .opnum = 1, .has_object = true });
    assert_int_equal(got[3], 0x83);
    assert_int_equal(w.len, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_response_context),
        cmocka_unit_test(test_fault),
        cmocka_unit_test(test_object_flag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
