#include "co.h"

static void any_trailer(const uint8_t *p, size_t n, void *arg)
{
    troth_reader r = troth_reader_of(p, n, TROTH_LE);
    size_t body_at = *(const size_t *)arg;
    troth_co_hdr h;
    troth_co_trailer t;
    if (troth_co_hdr_read(&r, &h) || h.frag_length > n)
        return;
    if (troth_co_trailer_read(p, &h, body_at, &t))
        return;
    assert_true(t.at % 4 == 0 && t.at >= body_at && t.auth_pad_length <= t.at - body_at);
    assert_int_equal(t.at + 8 + t.token.len, h.frag_length);
    assert_int_equal(t.token.len, h.auth_length);
    within(p, n, t.token.data, t.token.len);
}

static void one_trailer(const vector *v, void *arg)
{
    (void)arg;
    uint8_t raw[512];
    size_t n = vector_hex(v, "hex", raw, sizeof raw), body_at = strtoul(vector_text(v, "body"), NULL, 10);
    troth_reader r = troth_reader_of(raw, n, TROTH_LE);
    troth_co_hdr h;
    troth_co_trailer t = { .at = 99 };
    if (troth_co_hdr_read(&r, &h) || h.frag_length != n)
        fail_msg("%s: its header", v->name);
    troth_status st = troth_co_trailer_read(raw, &h, body_at, &t);
    expect(v, st);
    text said = { 0 };
    if (!st)
        say(&said, "%u %u %u %u %zu %zu", t.auth_type, t.auth_level, t.auth_pad_length, t.auth_context_id, t.at,
            t.token.len);
    else
        assert_int_equal(t.at, 99); /* set only on success */
    expect_text(v, "fields", &said);
    vectors_mutate(raw, n, any_trailer, &body_at);
    if (st)
        return;

    uint8_t again[TROTH_CO_TRAILER];
    troth_writer w = troth_writer_over(again, sizeof again, h.order);
    troth_co_trailer_write(&w, &t);
    raw[t.at + 3] = 0; /* auth_reserved */
    assert_int_equal(w.st, TROTH_OK);
    assert_memory_equal(again, raw + t.at, sizeof again);
}

static void test_trailers(void **state)
{
    vectors_each("rpc_co/trailer.txt", one_trailer, state);
}

/* Without auth_length there is no trailer, whatever the octets look like. */
static void test_none(void **state)
{
    (void)state;
    static const uint8_t pdu[64] = { 0 };
    troth_co_trailer t;
    assert_int_equal(troth_co_trailer_read(pdu, &(troth_co_hdr){ .frag_length = 64 }, 24, &t), TROTH_MALFORMED);
    const troth_co_hdr h = { .frag_length = 20, .auth_length = 16 }; /* no header that was read has such lengths */
    assert_int_equal(troth_co_trailer_read(pdu, &h, 0, &t), TROTH_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_trailers), cmocka_unit_test(test_none) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
