/* Records of a complete connection: whole or not at all, good or the end. */
#include <mech/tls/inner.h>
#include <stdlib.h>
#include <string.h>
#include <support/test.h>
#include <support/tls.h>
#include <support/vectors.h>

enum { HEAD = 5 };

static void begin(tls_talk *t, uint16_t version)
{
    tls_talk_init(t);
    t->config[1].max_version = version;
    tls_talk_begin(t, TLS_NO_FILE, TLS_SERVER);
    assert_int_equal(tls_shake(&t->e), TROTH_OK);
}

/* Contexts anew, of the same credentials. */
static void again(tls_talk *t)
{
    tls_close(&t->e);
    tls_open(&t->w, &t->e, t->cred[0], t->cred[1], &t->opts[0], &t->opts[1]);
    assert_int_equal(tls_shake(&t->e), TROTH_OK);
}

static void a_mebibyte(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    uint8_t *out = malloc(N), *back = malloc(N);
    for (size_t i = 0; i < N; i++)
        out[i] = (uint8_t)(i * 31 + (i >> 11));
    for (uint16_t v = 0x0303; v <= 0x0304; v++) {
        tls_talk t;
        size_t n;
        bool closed;
        begin(&t, v);
        for (int side = 0; side < 2; side++) {
            assert_int_equal(tls_send(&t.e, (troth_role)side, out, N), TROTH_OK);
            tls_stream *in = &t.e.in[!side];
            assert_int_equal((size_t)in->data[3] << 8 | in->data[4], 16384 + (v == 0x0304 ? 17 : 24));
            assert_int_equal(tls_receive(&t.e, !side, back, N, &n, &closed), TROTH_OK);
            assert_int_equal(n, N);
            assert_memory_equal(out, back, N);
            assert_int_equal(in->len, 0);
        }
        tls_say(&t.e, TROTH_INITIATOR, "and on");
        tls_talk_end(&t);
    }
    free(out);
    free(back);
}

static void need_is_pure_and_partial_moves_nothing(void **state)
{
    (void)state;
    tls_talk t;
    begin(&t, 0);
    assert_int_equal(tls_send(&t.e, TROTH_INITIATOR, "whole or not at all", 19), TROTH_OK);
    tls_stream *in = &t.e.in[1];
    troth_context *c = t.e.c[1];
    for (size_t have = 0; have < in->len; have++) {
        troth_record r, mark;
        memset(&r, 0x77, sizeof r);
        mark = r;
        troth_bytes part = { in->data, have };
        assert_int_equal(troth_context_record_need(c, part), have < HEAD ? HEAD - have : in->len - have);
        assert_int_equal(troth_context_record_open(c, part, &r), TROTH_AGAIN);
        assert_memory_equal(&r, &mark, sizeof r);
    }
    assert_int_equal(troth_context_record_need(c, (troth_bytes){ in->data, in->len }), 0);
    uint8_t room[32];
    size_t n;
    bool closed;
    assert_int_equal(tls_receive(&t.e, TROTH_ACCEPTOR, room, sizeof room, &n, &closed), TROTH_OK);
    assert_int_equal(n, 19);
    tls_talk_end(&t);
}

static void empty_is_nothing(void **state)
{
    (void)state;
    tls_talk t;
    troth_bytes out = { NULL, 9 };
    begin(&t, 0);
    assert_int_equal(troth_context_record_seal(t.e.c[0], (troth_bytes){ 0 }, &out), TROTH_OK);
    assert_int_equal(out.len, 0);
    tls_say(&t.e, TROTH_INITIATOR, "on");
    tls_talk_end(&t);
}

/* Nothing works any more, in either direction, and it says why. */
static void expect_failed(troth_context *c, troth_status why)
{
    uint8_t data[64] = { 23, 3, 3, 0, 10 };
    troth_record r;
    troth_bytes b;
    assert_int_equal(troth_context_error(c)->code, why);
    assert_int_equal(troth_context_record_open(c, (troth_bytes){ data, sizeof data }, &r), TROTH_BAD_STATE);
    assert_int_equal(troth_context_record_seal(c, (troth_bytes){ data, 8 }, &b), TROTH_BAD_STATE);
    assert_int_equal(troth_context_record_close(c, &b), TROTH_BAD_STATE);
    assert_int_equal(troth_context_query(c, TROTH_QUERY_CIPHER, &b), TROTH_BAD_STATE);
    assert_int_equal(troth_context_error(c)->code, why);
}

typedef struct flips {
    tls_talk *t;
    size_t n, bit, refused, waited;
} flips;

/* Bit number `bit` of a record of a new connection is flipped: the mutated vector itself is of no use, keys differ. */
static void flipped(flips *f)
{
    static const char text[] = "only so";
    troth_record r = { 0 };
    again(f->t);
    tls_ends *e = &f->t->e;
    assert_int_equal(tls_send(e, TROTH_INITIATOR, text, sizeof text - 1), TROTH_OK);
    tls_stream *in = &e->in[1];
    f->n = in->len;
    in->data[f->bit / 8] ^= (uint8_t)(1u << f->bit % 8);
    troth_status st = troth_context_record_open(e->c[1], (troth_bytes){ in->data, in->len }, &r);
    assert_int_not_equal(st, TROTH_OK);
    assert_int_equal(r.used + r.plain.len, 0);
    if (st == TROTH_AGAIN) { /* announced as longer than it is: whatever follows belongs to it */
        static const uint8_t more[20000] = { 0 };
        f->waited++;
        tls_stream_put(in, more, sizeof more);
        st = troth_context_record_open(e->c[1], (troth_bytes){ in->data, in->len }, &r);
    }
    f->refused++;
    assert_true(st == TROTH_BAD_MIC || st == TROTH_LIMIT || st == TROTH_UNEXPECTED || st == TROTH_MALFORMED);
    if (r.send.len) { /* an alert, which ends the other side, too */
        troth_record theirs;
        assert_int_equal(troth_context_record_open(e->c[0], r.send, &theirs), TROTH_PEER_REFUSED);
        assert_int_equal(troth_context_error(e->c[0])->wire, troth_context_error(e->c[1])->wire);
    }
    expect_failed(e->c[1], st);
}

static void every_flipped_bit(void **state)
{
    (void)state;
    for (uint16_t v = 0x0303; v <= 0x0304; v++) {
        tls_talk t;
        begin(&t, v);
        flips f = { .t = &t, .n = HEAD };
        for (f.bit = 0; f.bit < 8 * f.n; f.bit++)
            flipped(&f);
        assert_int_equal(f.refused, 8 * f.n);
        assert_in_range(f.waited, 1, 16);
        tls_talk_end(&t);
    }
}

static void again_or_out_of_order(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        tls_talk t;
        troth_record r;
        begin(&t, i & 1 ? 0x0304 : 0x0303);
        assert_int_equal(tls_send(&t.e, TROTH_INITIATOR, "one", 3), TROTH_OK);
        size_t first = t.e.in[1].len;
        assert_int_equal(tls_send(&t.e, TROTH_INITIATOR, "two", 3), TROTH_OK);
        troth_bytes one = { t.e.in[1].data, first }, two = { one.data + first, first };
        if (i & 2)
            assert_int_equal(troth_context_record_open(t.e.c[1], one, &r), TROTH_OK);
        assert_int_equal(troth_context_record_open(t.e.c[1], i & 2 ? one : two, &r), TROTH_BAD_MIC);
        expect_failed(t.e.c[1], TROTH_BAD_MIC);
        assert_int_equal(troth_context_error(t.e.c[1])->wire, 20); /* bad_record_mac */
        tls_talk_end(&t);
    }
}

/* An end counts only when the peer said so; what comes behind it does not count. */
static void closing(void **state)
{
    (void)state;
    for (uint16_t v = 0x0303; v <= 0x0304; v++) {
        tls_talk t;
        troth_bytes b;
        troth_record r;
        uint8_t room[64];
        size_t n;
        bool closed;
        begin(&t, v);
        assert_int_equal(tls_send(&t.e, TROTH_INITIATOR, "last words", 10), TROTH_OK);
        assert_int_equal(tls_receive(&t.e, TROTH_ACCEPTOR, room, sizeof room, &n, &closed), TROTH_OK);
        assert_false(closed);
        assert_int_equal(troth_context_record_close(t.e.c[0], &b), TROTH_OK);
        tls_stream_put(&t.e.in[1], b.data, b.len);
        for (size_t cut = 1; cut < b.len; cut++) { /* cut off anywhere before its end, it is no end */
            tls_stream *in = &t.e.in[1];
            in->len -= cut;
            assert_int_equal(tls_receive(&t.e, TROTH_ACCEPTOR, room, sizeof room, &n, &closed), TROTH_OK);
            assert_false(closed);
            in->len += cut;
        }
        assert_int_equal(tls_receive(&t.e, TROTH_ACCEPTOR, room, sizeof room, &n, &closed), TROTH_OK);
        assert_true(closed);
        assert_int_equal(troth_context_record_open(t.e.c[1], (troth_bytes){ b.data, b.len }, &r), TROTH_CLOSED);
        assert_int_equal(troth_context_record_seal(t.e.c[0], (troth_bytes){ room, 1 }, &b), TROTH_CLOSED);
        assert_int_equal(troth_context_record_close(t.e.c[0], &b), TROTH_CLOSED);
        tls_say(&t.e, TROTH_ACCEPTOR, "the other direction goes on"); /* [RFC 8446 6.1] */
        assert_int_equal(troth_context_record_close(t.e.c[1], &b), TROTH_OK);
        assert_int_equal(troth_context_record_open(t.e.c[0], b, &r), TROTH_OK);
        assert_true(r.closed);
        tls_talk_end(&t);
    }
}

/* A closing alert that nobody protected ends nothing. */
static void a_forged_end_is_none(void **state)
{
    static const uint8_t forged[] = { 21, 3, 3, 0, 2, 1, 0 };
    (void)state;
    for (uint16_t v = 0x0303; v <= 0x0304; v++) {
        tls_talk t;
        troth_record r = { 0 };
        begin(&t, v);
        troth_status st = troth_context_record_open(t.e.c[1], (troth_bytes){ forged, sizeof forged }, &r);
        assert_true(st == TROTH_BAD_MIC || st == TROTH_UNEXPECTED || st == TROTH_MALFORMED || st == TROTH_LIMIT);
        assert_false(r.closed);
        expect_failed(t.e.c[1], st);
        tls_talk_end(&t);
    }
}

/* Directions do not disturb what the other one showed: views stay until the next call in their own. */
static void views_last(void **state)
{
    (void)state;
    tls_talk t;
    troth_record r;
    troth_bytes b;
    begin(&t, 0);
    assert_int_equal(tls_send(&t.e, TROTH_INITIATOR, "a view", 6), TROTH_OK);
    assert_int_equal(troth_context_record_open(t.e.c[1], (troth_bytes){ t.e.in[1].data, t.e.in[1].len }, &r), TROTH_OK);
    assert_int_equal(troth_context_record_seal(t.e.c[1], (troth_bytes){ (const uint8_t *)"other", 5 }, &b), TROTH_OK);
    assert_memory_equal(r.plain.data, "a view", 6);
    size_t allocs = t.w.t.allocs;
    tls_stream_drop(&t.e.in[1], t.e.in[1].len);
    for (int i = 0; i < 20; i++) /* once the buffers are there, nothing of ours is allocated for a message */
        tls_say(&t.e, TROTH_INITIATOR, "a view");
    assert_in_range(t.w.t.allocs - allocs, 0, 0);
    tls_talk_end(&t);
}

static void too_much_at_once(void **state)
{
    (void)state;
    tls_talk t;
    troth_bytes b;
    begin(&t, 0);
    uint8_t *big = calloc(1, TLS_SEAL_MAX + 1);
    assert_int_equal(troth_context_record_seal(t.e.c[0], (troth_bytes){ big, TLS_SEAL_MAX }, &b), TROTH_OK);
    assert_true(b.len > TLS_SEAL_MAX);
    assert_int_equal(troth_context_record_seal(t.e.c[0], (troth_bytes){ big, TLS_SEAL_MAX + 1 }, &b), TROTH_LIMIT);
    expect_failed(t.e.c[0], TROTH_LIMIT);
    free(big);
    tls_talk_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mebibyte),
        cmocka_unit_test(need_is_pure_and_partial_moves_nothing),
        cmocka_unit_test(empty_is_nothing),
        cmocka_unit_test(every_flipped_bit),
        cmocka_unit_test(again_or_out_of_order),
        cmocka_unit_test(closing),
        cmocka_unit_test(a_forged_end_is_none),
        cmocka_unit_test(views_last),
        cmocka_unit_test(too_much_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
