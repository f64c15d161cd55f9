/* Records: what a context of a stream mechanism does with them, whatever they look like. */
#include <sec/context.h>
#include <string.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <support/pair.h>
#include <support/test.h>
#include <support/vectors.h>

typedef struct world {
    test_env t;
    fake_mech f;
    troth_context *i, *a;
} world;

static void make(world *w, bool records)
{
    *w = (world){ 0 };
    test_env_init(&w->t);
    w->t.seed = 5;
    fake_mech_init(&w->f, TROTH_MECH_KERBEROS);
    if (records)
        fake_mech_records(&w->f);
    troth_cred *cred = fake_cred(&w->f, &w->t.env, TROTH_USE_BOTH, NULL);
    troth_context_options opts = { .mech = w->f.mech.name, .require = TROTH_F_STREAM | TROTH_F_CONFIDENTIALITY };
    pair_make(cred, cred, &opts, &w->i, &w->a);
    troth_cred_unref(cred);
}

static void begin(world *w)
{
    make(w, true);
    assert_int_equal(pair_shake(&w->t.env, &w->i, &w->a, NULL), TROTH_OK);
}

static void end(world *w)
{
    troth_context_free(w->i);
    troth_context_free(w->a);
    test_env_check(&w->t);
}

/* Seal a text at c into room; the octets. */
static size_t seal(troth_context *c, const char *text, uint8_t *room)
{
    troth_bytes out = { 0 };
    assert_int_equal(troth_context_record_seal(c, (troth_bytes){ (const uint8_t *)text, strlen(text) }, &out),
                     TROTH_OK);
    memcpy(room, out.data, out.len);
    return out.len;
}

static void expect(troth_context *c, const uint8_t *at, size_t n, const char *text)
{
    troth_record r = { 0 };
    assert_int_equal(troth_context_record_open(c, (troth_bytes){ at, n }, &r), TROTH_OK);
    assert_int_equal(r.used, FAKE_RECORD_HEAD + strlen(text));
    assert_int_equal(r.plain.len, strlen(text));
    if (*text)
        assert_memory_equal(r.plain.data, text, r.plain.len);
    assert_int_equal(r.send.len, 0);
    assert_false(r.closed);
}

static void open_and_seal(void **state)
{
    (void)state;
    world w;
    uint8_t room[64];
    begin(&w);
    for (int i = 0; i < 3; i++) {
        size_t n = seal(w.i, "to the acceptor", room);
        assert_memory_not_equal(room + FAKE_RECORD_HEAD, "to the acceptor", 15);
        expect(w.a, room, n, "to the acceptor");
        n = seal(w.a, "and back", room);
        expect(w.i, room, n, "and back");
        n = seal(w.i, "", room); /* an empty one is legal */
        expect(w.a, room, n, "");
    }
    end(&w);
}

/* Two records in a row, and a piece of a third: one call opens one. */
static void one_at_a_time(void **state)
{
    (void)state;
    world w;
    uint8_t room[128];
    begin(&w);
    size_t n = seal(w.i, "first", room), two = n + seal(w.i, "second", room + n);
    size_t third = seal(w.i, "third", room + two);
    expect(w.a, room, two + third - 1, "first");
    expect(w.a, room + n, two + third - 1 - n, "second");
    troth_record r;
    assert_int_equal(troth_context_record_open(w.a, (troth_bytes){ room + two, third - 1 }, &r), TROTH_AGAIN);
    expect(w.a, room + two, third, "third");
    end(&w);
}

static void long_data_is_cut(void **state)
{
    (void)state;
    world w;
    static uint8_t big[3 * FAKE_RECORD + 5], room[4 * (FAKE_RECORD + FAKE_RECORD_HEAD)];
    troth_bytes out;
    begin(&w);
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7);
    assert_int_equal(troth_context_record_seal(w.i, (troth_bytes){ big, sizeof big }, &out), TROTH_OK);
    assert_int_equal(out.len, sizeof big + 4 * FAKE_RECORD_HEAD);
    memcpy(room, out.data, out.len);
    size_t at = 0, got = 0, n = out.len;
    while (at < n) {
        troth_record r = { 0 };
        assert_int_equal(troth_context_record_need(w.a, (troth_bytes){ room + at, n - at }), 0);
        assert_int_equal(troth_context_record_open(w.a, (troth_bytes){ room + at, n - at }, &r), TROTH_OK);
        assert_memory_equal(r.plain.data, big + got, r.plain.len);
        at += r.used;
        got += r.plain.len;
    }
    assert_int_equal(got, sizeof big);
    end(&w);
}

/* need says how much is missing and moves nothing; nor does the attempt to open what is not whole. */
static void need_is_pure_and_partial_moves_nothing(void **state)
{
    (void)state;
    world w;
    uint8_t room[64], before[64];
    begin(&w);
    size_t n = seal(w.i, "whole or not at all", room);
    memcpy(before, room, n);
    size_t allocs = w.t.allocs;
    for (size_t have = 0; have < n; have++) {
        troth_record r, mark;
        memset(&r, 0x77, sizeof r);
        mark = r;
        size_t missing = have < 2 ? FAKE_RECORD_HEAD - have : n - have;
        for (int again = 0; again < 3; again++)
            assert_int_equal(troth_context_record_need(w.a, (troth_bytes){ room, have }), missing);
        assert_int_equal(troth_context_record_open(w.a, (troth_bytes){ room, have }, &r), TROTH_AGAIN);
        assert_memory_equal(&r, &mark, sizeof r);
    }
    assert_int_equal(troth_context_record_need(w.a, (troth_bytes){ room, n }), 0);
    assert_int_equal(troth_context_record_need(w.a, (troth_bytes){ room, n + 9 }), 0);
    assert_int_equal(w.t.allocs, allocs);
    assert_memory_equal(room, before, n);
    assert_int_equal(troth_context_error(w.a)->code, TROTH_OK);
    expect(w.a, room, n, "whole or not at all");
    end(&w);
}

static void control_records(void **state)
{
    (void)state;
    world w;
    uint8_t room[64];
    troth_record r = { 0 };
    begin(&w);
    troth_bytes ping = fake_record_control(w.i, FAKE_PING);
    memcpy(room, ping.data, ping.len);
    assert_int_equal(troth_context_record_open(w.a, (troth_bytes){ room, ping.len }, &r), TROTH_OK);
    assert_int_equal(r.plain.len, 0);
    assert_int_equal(r.send.len, FAKE_RECORD_HEAD); /* must go to the peer, */
    memcpy(room, r.send.data, r.send.len);
    assert_int_equal(troth_context_record_open(w.i, (troth_bytes){ room, FAKE_RECORD_HEAD }, &r), TROTH_OK);
    assert_int_equal(r.plain.len + r.send.len, 0); /* which has nothing to say to it */
    assert_false(r.closed);
    size_t n = seal(w.a, "last words", room);
    expect(w.i, room, n, "last words");
    troth_bytes close = fake_record_control(w.a, FAKE_CLOSE);
    memcpy(room, close.data, close.len);
    assert_int_equal(troth_context_record_open(w.i, (troth_bytes){ room, close.len }, &r), TROTH_OK);
    assert_true(r.closed); /* the peer's direction; ours goes on */
    n = seal(w.i, "still here", room);
    expect(w.a, room, n, "still here");
    end(&w);
}

/* Nothing works any more: it has failed for good, and says so. */
static void expect_failed(troth_context *c, troth_status why)
{
    uint8_t data[8] = { 0 }, token[FAKE_TOKEN];
    troth_record r;
    troth_bytes out;
    troth_segment seg = { TROTH_SEG_DATA, data, sizeof data };
    troth_message m = { &seg, 1, token, sizeof token, 0 };
    assert_string_equal(troth_context_state(c), "failed");
    assert_int_equal(troth_context_error(c)->code, why);
    assert_string_equal(troth_context_error(c)->where, "record");
    assert_int_equal(troth_context_record_need(c, (troth_bytes){ data, 1 }), 0);
    assert_int_equal(troth_context_record_open(c, (troth_bytes){ data, 8 }, &r), TROTH_BAD_STATE);
    assert_int_equal(troth_context_record_seal(c, (troth_bytes){ data, 8 }, &out), TROTH_BAD_STATE);
    assert_int_equal(troth_context_protect(c, TROTH_FORM_SEAL, &m, 1, NULL), TROTH_BAD_STATE);
    assert_int_equal(troth_context_session_key(c, &out), TROTH_BAD_STATE);
    assert_int_equal(troth_context_error(c)->code, why);
}

typedef struct flipped {
    uint8_t good[64];
    size_t n;
    unsigned refused, waited;
} flipped;

/* A record with a flipped bit, in a world of its own, which makes the same records as any other. */
static void try_flipped(const uint8_t *p, size_t n, void *arg)
{
    flipped *f = arg;
    world w;
    uint8_t room[64];
    troth_record r = { 0 };
    if (n < f->n)
        return;
    begin(&w);
    assert_int_equal(seal(w.i, "only so", room), n);
    troth_status st = troth_context_record_open(w.a, (troth_bytes){ p, n }, &r);
    assert_true(st == TROTH_AGAIN || st == TROTH_BAD_MIC || st == TROTH_LIMIT);
    assert_int_equal(r.used + r.plain.len + r.send.len, 0);
    if (st == TROTH_AGAIN) { /* announced as longer than it is */
        f->waited++;
        expect(w.a, room, n, "only so");
    } else {
        f->refused++;
        expect_failed(w.a, st);
        n = seal(w.i, "good", room); /* the other side is as well as before */
        assert_int_equal(troth_context_record_open(w.a, (troth_bytes){ room, n }, &r), TROTH_BAD_STATE);
    }
    end(&w);
}

static void a_failed_record_fails_the_context(void **state)
{
    (void)state;
    world w;
    flipped f = { 0 };
    begin(&w);
    f.n = seal(w.i, "only so", f.good);
    end(&w);
    vectors_mutate(f.good, f.n, try_flipped, &f);
    assert_int_equal(f.refused + f.waited, f.n * 8);
    assert_true(f.refused > f.n * 8 - 16);
}

static void a_record_again_or_out_of_order_fails(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        world w;
        uint8_t room[128];
        troth_record r;
        begin(&w);
        size_t n = seal(w.i, "once", room);
        size_t m = seal(w.i, "twice", room + n);
        if (!late)
            expect(w.a, room, n, "once");
        troth_bytes bad = late ? (troth_bytes){ room + n, m } : (troth_bytes){ room, n };
        assert_int_equal(troth_context_record_open(w.a, bad, &r), TROTH_BAD_MIC);
        expect_failed(w.a, TROTH_BAD_MIC);
        end(&w);
    }
}

static void sealing_fails_the_context(void **state)
{
    (void)state;
    world w;
    static const uint8_t big[4 * FAKE_RECORD + 1];
    troth_bytes out;
    begin(&w);
    assert_int_equal(troth_context_record_seal(w.i, (troth_bytes){ big, sizeof big }, &out), TROTH_LIMIT);
    expect_failed(w.i, TROTH_LIMIT);
    end(&w);
    begin(&w);
    w.t.dry = true; /* the first record needs memory */
    assert_int_equal(troth_context_record_seal(w.i, (troth_bytes){ big, 1 }, &out), TROTH_NO_MEMORY);
    w.t.dry = false;
    expect_failed(w.i, TROTH_NO_MEMORY);
    end(&w);
}

static void not_before_it_is_complete(void **state)
{
    (void)state;
    world w;
    uint8_t data[16] = { 0 };
    troth_record r;
    troth_bytes out;
    troth_block token = { 0 };
    troth_step step;
    make(&w, true);
    for (int leg = 0; leg < 2; leg++) {
        assert_int_equal(troth_context_record_need(w.i, (troth_bytes){ data, 1 }), 0);
        assert_int_equal(troth_context_record_open(w.i, (troth_bytes){ data, 16 }, &r), TROTH_BAD_STATE);
        assert_int_equal(troth_context_record_seal(w.i, (troth_bytes){ data, 16 }, &out), TROTH_BAD_STATE);
        assert_int_equal(troth_context_error(w.i)->code, TROTH_OK); /* asking is no failure */
        if (!leg)
            assert_int_equal(pair_leg(&w.t.env, &w.i, true, &token, &step), TROTH_OK);
    }
    assert_int_equal(step, TROTH_STEP_MORE);
    troth_mem_drop(&w.t.env, &token);
    end(&w);
}

static void unsupported(void **state)
{
    (void)state;
    world w;
    uint8_t data[16] = { 0 };
    troth_record r;
    troth_bytes out;
    make(&w, false);
    assert_int_equal(pair_shake(&w.t.env, &w.i, &w.a, NULL), TROTH_OK);
    assert_int_equal(troth_context_record_need(w.i, (troth_bytes){ data, 1 }), 0);
    assert_int_equal(troth_context_record_open(w.i, (troth_bytes){ data, 16 }, &r), TROTH_UNSUPPORTED);
    assert_int_equal(troth_context_record_seal(w.i, (troth_bytes){ data, 16 }, &out), TROTH_UNSUPPORTED);
    assert_string_equal(troth_context_state(w.i), "open"); /* and it protects messages as before */
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_and_seal),
        cmocka_unit_test(one_at_a_time),
        cmocka_unit_test(long_data_is_cut),
        cmocka_unit_test(need_is_pure_and_partial_moves_nothing),
        cmocka_unit_test(control_records),
        cmocka_unit_test(a_failed_record_fails_the_context),
        cmocka_unit_test(a_record_again_or_out_of_order_fails),
        cmocka_unit_test(sealing_fails_the_context),
        cmocka_unit_test(not_before_it_is_complete),
        cmocka_unit_test(unsupported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
