#include "co.h"

enum { MOST = 8 };

typedef struct seen {
    text fields, results;
    troth_co_result result[MOST];
    uint8_t n;
} seen;

static void look(troth_co_ack a, seen *s)
{
    troth_co_result x;
    say(&s->fields, "%u %u %u", a.max_xmit_frag, a.max_recv_frag, a.assoc_group_id);
    if (a.sec_addr.len) {
        assert_int_equal(a.sec_addr.data[a.sec_addr.len - 1], 0);
        say(&s->fields, " %s", (const char *)a.sec_addr.data);
    }
    while (troth_co_ack_next(&a, &x)) {
        assert_true(s->n < MOST);
        say(&s->results, "%s%u %u ", s->n ? "; " : "", x.result, x.reason);
        say_syntax(&s->results, &x.transfer);
        s->result[s->n++] = x;
    }
    assert_int_equal(s->n, a.n_results);
    assert_false(troth_co_ack_next(&a, &x));
    if (!s->n)
        say(&s->results, "-");
}

static void any_ack(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    troth_co_hdr h;
    troth_reader body;
    troth_co_ack a = { .n_results = 77 };
    troth_co_result x;
    if (!body_of(p, n, &h, &body))
        return;
    troth_status st = troth_co_ack_read(&body, &a);
    if (st) {
        assert_int_equal(st, TROTH_TRUNCATED);
        assert_int_equal(a.n_results, 77);
        return;
    }
    within(p, n, a.sec_addr.data, a.sec_addr.len);
    unsigned results = 0;
    while (troth_co_ack_next(&a, &x))
        results++;
    assert_int_equal(results, a.n_results);
}

static void cut_bodies(troth_reader body)
{
    size_t n = troth_read_left(&body);
    bool whole = false;
    for (size_t cut = 0; cut <= n; cut++) {
        troth_reader r = troth_reader_of(body.at, cut, body.order);
        troth_co_ack a;
        troth_status st = troth_co_ack_read(&r, &a);
        assert_true(st == TROTH_OK || (st == TROTH_TRUNCATED && !whole));
        whole = !st;
    }
}

static void one_ack(const vector *v, void *arg)
{
    uint8_t raw[512], again[512 + 3];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_co_hdr h;
    troth_reader body;
    troth_co_ack a;
    if (!body_of(raw, n, &h, &body))
        fail_msg("%s: its header", v->name);
    const uint8_t *first = body.at;
    cut_bodies(body);
    troth_status st = troth_co_ack_read(&body, &a);
    expect(v, st);
    vectors_mutate(raw, n, any_ack, arg);
    if (st)
        return;
    seen s = { 0 };
    look(a, &s);
    expect_text(v, "fields", &s.fields);
    expect_text(v, "results", &s.results);

    troth_writer w = troth_writer_over(again, sizeof again, h.order);
    troth_write_zeros(&w, 3); /* alignment is the PDU's, not the buffer's */
    troth_co_ack_write(&w, &a, s.result, s.n);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.len - 3, body.at - first);
    size_t address_end = 10 + a.sec_addr.len;
    memset(raw + 16 + address_end, 0, -address_end & 3); /* Samba fills the padding, and some of it with 0xee */
    assert_memory_equal(again + 3, first, w.len - 3);
}

static void test_acks(void **state)
{
    vectors_each("rpc_co/ack.txt", one_ack, state);
}

/* Two octets behind the length of an address that is not there. */
static void test_alter_resp(void **state)
{
    (void)state;
    static const uint8_t want[] = { 0xd0, 0x16, 0xd0, 0x16, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
    uint8_t got[sizeof want];
    troth_writer w = troth_writer_over(got, sizeof got, TROTH_LE);
    troth_co_ack_write(&w, &(troth_co_ack){ .max_xmit_frag = 5840, .max_recv_frag = 5840, .assoc_group_id = 7 }, NULL,
                       0);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.len, sizeof want);
    assert_memory_equal(got, want, sizeof want);
}

static void test_long_address(void **state)
{
    (void)state;
    static uint8_t room[66000], address[65536];
    troth_writer w = troth_writer_over(room, sizeof room, TROTH_LE);
    troth_co_ack_write(&w, &(troth_co_ack){ .sec_addr = { address, 65536 } }, NULL, 0);
    assert_int_equal(w.st, TROTH_LIMIT);
}

static void any_nak(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    troth_co_hdr h;
    troth_reader body;
    uint16_t reason = 7777;
    if (!body_of(p, n, &h, &body))
        return;
    troth_status st = troth_co_nak_read(&body, &reason);
    assert_true(st == TROTH_OK || (st == TROTH_TRUNCATED && reason == 7777));
}

static void one_nak(const vector *v, void *arg)
{
    uint8_t raw[64];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_co_hdr h;
    troth_reader body;
    uint16_t reason = 7777;
    if (!body_of(raw, n, &h, &body))
        fail_msg("%s: its header", v->name);
    troth_status st = troth_co_nak_read(&body, &reason);
    expect(v, st);
    if (!st)
        assert_int_equal(reason, strtoul(vector_text(v, "reason"), NULL, 10));
    vectors_mutate(raw, n, any_nak, arg);
    if (st || h.frag_length != 24 || raw[18] != 1)
        return;
    uint8_t again[24];
    troth_writer w = troth_writer_over(again, sizeof again, h.order);
    troth_co_nak_write(&w, h.call_id, reason);
    assert_int_equal(w.st, TROTH_OK);
    assert_memory_equal(again, raw, sizeof again);
}

static void test_naks(void **state)
{
    vectors_each("rpc_co/nak.txt", one_nak, state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_acks),
        cmocka_unit_test(test_alter_resp),
        cmocka_unit_test(test_long_address),
        cmocka_unit_test(test_naks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
