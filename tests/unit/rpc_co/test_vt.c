#include "co.h"

static void show(const troth_co_vt *v, text *t)
{
    say(t, v->found ? "at %zu" : "none at %zu", v->at);
    if (v->has_bitmask)
        say(t, "; bitmask %08x", v->bitmask);
    if (v->has_pcontext) {
        say(t, "; pcontext ");
        say_syntax(t, &v->abstract);
        say(t, " ");
        say_syntax(t, &v->transfer);
    }
    if (v->has_header2)
        say(t, "; header2 %u %02x%02x%02x%02x %u %u %u", v->ptype, v->drep[0], v->drep[1], v->drep[2], v->drep[3],
            v->call_id, v->p_cont_id, v->opnum);
}

static void any_stub(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    troth_co_vt v = { .at = 7777 };
    troth_status st = troth_co_vt_read((troth_bytes){ p, n }, &v);
    assert_true(st == TROTH_OK || (st == TROTH_MALFORMED && v.at == 7777));
    if (!st)
        assert_true(v.found ? v.at % 4 == 0 && v.at + 8 < n : v.at == n && !v.has_bitmask);
}

/* A stub of stub_len octets with this trailer, written and read again. */
static void again(const troth_co_vt *v, size_t stub_len, troth_order order)
{
    uint8_t room[256] = { 0 };
    troth_writer w = troth_writer_over(room, sizeof room, order);
    troth_write_zeros(&w, stub_len);
    troth_co_vt_write(&w, stub_len, v);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.order, order);
    troth_co_vt other;
    assert_int_equal(troth_co_vt_read((troth_bytes){ room, w.len }, &other), TROTH_OK);
    assert_int_equal(other.at, other.found ? (stub_len + 3) / 4 * 4 : stub_len);
    text a = { 0 }, b = { 0 };
    other.at = v->at;
    show(v, &a);
    show(&other, &b);
    assert_string_equal(a.s, b.s);
}

static void one_stub(const vector *v, void *arg)
{
    uint8_t raw[512];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_co_vt vt;
    text t = { 0 };
    troth_status st = troth_co_vt_read((troth_bytes){ raw, n }, &vt);
    expect(v, st);
    if (!st)
        show(&vt, &t);
    expect_text(v, "shown", &t);
    vectors_mutate(raw, n, any_stub, arg);
    if (st || !vt.found)
        return;
    for (size_t stub_len = 0; stub_len < 9; stub_len++) {
        again(&vt, stub_len, TROTH_LE);
        again(&vt, stub_len, TROTH_BE);
    }
}

static void test_stubs(void **state)
{
    vectors_each("rpc_co/vt.txt", one_stub, state);
}

/* Whichever commands there are, the last is marked, and what is written is what peers send. */
static void test_every_set(void **state)
{
    (void)state;
    for (unsigned set = 0; set < 8; set++) {
        troth_co_vt v = { .found = set != 0, .has_bitmask = set & 1, .has_pcontext = set & 2, .has_header2 = set & 4 };
        v.bitmask = v.has_bitmask;
        v.opnum = v.has_header2 ? 515 : 0;
        v.abstract.minor = v.has_pcontext ? 3 : 0;
        again(&v, 5, TROTH_LE);
    }
    static const uint8_t want[] = {
        1, 0, 0, 0, 0x8a, 0xe3, 0x13, 0x71, 2, 0xf4, 0x36, 0x71, 1, 0x40, 4, 0, 1, 0, 0, 0
    };
    uint8_t got[sizeof want];
    troth_writer w = troth_writer_over(got, sizeof got, TROTH_BE);
    troth_write_u8(&w, 1);
    troth_co_vt_write(&w, 1, &(troth_co_vt){ .has_bitmask = true, .bitmask = TROTH_CO_VT_HEADER_SIGN });
    assert_int_equal(w.len, sizeof want);
    assert_memory_equal(got, want, sizeof want);
}

/* It is found when it begins in the last 1,024 octets, and not before. */
static void test_window(void **state)
{
    (void)state;
    static uint8_t stub[2048];
    const troth_co_vt v = { .has_bitmask = true, .bitmask = 1 };
    for (size_t from_end = 1020; from_end <= 1032; from_end += 4) {
        memset(stub, 0, sizeof stub);
        troth_writer w = troth_writer_over(stub, sizeof stub, TROTH_LE);
        troth_write_zeros(&w, sizeof stub - from_end);
        troth_co_vt_write(&w, sizeof stub - from_end, &v);
        /* a last command that nobody knows fills the rest */
        stub[w.len - 8] = 1, stub[w.len - 7] = 0;
        troth_write_u16(&w, 0x4010);
        troth_write_u16(&w, (uint16_t)(sizeof stub - w.len - 2));
        troth_co_vt got;
        assert_int_equal(troth_co_vt_read((troth_bytes){ stub, sizeof stub }, &got), TROTH_OK);
        assert_int_equal(got.found, from_end <= 1024);
        assert_int_equal(got.at, got.found ? sizeof stub - from_end : sizeof stub);
    }
}

static void test_empty(void **state)
{
    (void)state;
    troth_co_vt got;
    assert_int_equal(troth_co_vt_read((troth_bytes){ NULL, 0 }, &got), TROTH_OK);
    assert_true(!got.found && got.at == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stubs),
        cmocka_unit_test(test_every_set),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
