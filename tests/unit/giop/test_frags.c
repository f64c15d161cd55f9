/* CORBA 15.4.9: messages in pieces. */
#include <giop/frags.h>
#include <giop/rewrite.h>
#include <string.h>
#include <support/env.h>
#include <support/giop.h>
#include <support/test.h>

enum { ROOM = 8192 };

/* Feed a run of messages; answers the status of the last, and every whole one to `out`. */
static troth_status feed(troth_giop_frags *f, const uint8_t *p, size_t n, troth_giop_whole *ret, size_t *ret_pieces)
{
    troth_status st = TROTH_AGAIN;
    for (size_t at = 0; at < n; ++*ret_pieces) {
        troth_giop_hdr h;
        troth_reader r = troth_reader_of(p + at, n - at, TROTH_BE);
        assert_int_equal(troth_giop_hdr_read(&r, ROOM, &h), TROTH_OK);
        st = troth_giop_frags_take(f, (troth_bytes){ p + at, h.size + 12 }, 5, ret);
        if (st && st != TROTH_AGAIN)
            return st;
        if (h.more)
            assert_int_equal(st, TROTH_AGAIN);
        if (h.more && h.minor == 2)
            assert_int_equal((h.size + 12) % 8, 0);
        at += h.size + 12;
    }
    return st;
}

static void test_round(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    for (size_t sas = 0; sas < 600; sas += 37) {
        for (size_t piece = 64; piece < 700; piece += 41) {
            giop_case k = {
                .minor = 2, .order = sas & 1 ? TROTH_LE : TROTH_BE, .n_sas = sas, .operation = 3, .body = 1
            };
            uint8_t raw[ROOM], cut[ROOM];
            troth_giop_frags f;
            troth_giop_whole whole;
            size_t n = giop_make(&k, raw, sizeof raw), pieces = 0;
            troth_writer w = troth_writer_over(cut, sizeof cut, TROTH_BE);
            troth_giop_split(&w, (troth_bytes){ raw, n }, piece, NULL);
            assert_int_equal(w.st, TROTH_OK);
            troth_giop_frags_init(&f, &t.env, NULL);
            assert_int_equal(feed(&f, cut, w.len, &whole, &pieces), TROTH_OK);
            assert_true(n > piece ? pieces > 1 : pieces == 1);
            assert_int_equal(whole.octets.len, n);
            assert_memory_equal(whole.octets.data, raw, n);
            assert_null(whole.cuts);
            giop_check(&k, whole.octets, sas != 0, sas);
            troth_giop_frags_clear(&f);
        }
    }
    test_env_check(&t);
}

/* A message of 1.1 is cut again where it was cut, moved by what its list grew. */
static void test_1_1(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    for (size_t grow = 0; grow < 16; grow++) {
        giop_case k = { .minor = 1, .order = TROTH_LE, .n_sas = 4, .operation = 3, .body = true };
        uint8_t raw[ROOM], cut[ROOM], again[ROOM], out[ROOM];
        static const uint8_t token[64];
        troth_giop_frags f;
        troth_giop_whole whole;
        troth_giop_request q, q2;
        size_t n = giop_make(&k, raw, sizeof raw), pieces = 0;
        assert_int_equal(troth_giop_request_read((troth_bytes){ raw, n }, &q), TROTH_OK);
        troth_giop_cuts cuts = { 3, { 28, q.body + 8, n } },
                        moved; /* in the header, where 1.1 allows it; in the body; at its end */
        assert_int_equal(cuts.at[0] % 8, 4);
        troth_writer w = troth_writer_over(cut, sizeof cut, TROTH_BE);
        troth_giop_split(&w, (troth_bytes){ raw, n }, 0, &cuts);
        assert_int_equal(w.len, n + 3 * 12);
        troth_giop_frags_init(&f, &t.env, NULL);
        assert_int_equal(feed(&f, cut, w.len, &whole, &pieces), TROTH_OK);
        assert_int_equal(pieces, 4);
        assert_non_null(whole.cuts);
        assert_int_equal(whole.cuts->n, 3);
        assert_memory_equal(whole.octets.data, raw, n);
        troth_giop_contexts list = q.contexts;
        troth_giop_contexts_remove(&list, 15);
        assert_int_equal(troth_giop_contexts_add(&list, 15, (troth_bytes){ token, 4 + grow }), TROTH_OK);
        w = troth_writer_over(out, sizeof out, TROTH_BE);
        troth_giop_rewrite(&w, whole.octets, &q.span, &list);
        assert_int_equal(troth_giop_request_read((troth_bytes){ out, w.len }, &q2), TROTH_OK);
        assert_int_equal(troth_giop_cuts_move(whole.cuts, q.body, q.span.rest, q2.span.rest, &moved), TROTH_OK);
        assert_int_equal(moved.n, 2);
        assert_int_equal(moved.at[0], q2.body + 8);
        assert_int_equal(moved.at[0] % 8, cuts.at[1] % 8);
        troth_bytes rewritten = { out, w.len };
        w = troth_writer_over(again, sizeof again, TROTH_BE);
        troth_giop_split(&w, rewritten, 0, &moved);
        pieces = 0;
        assert_int_equal(feed(&f, again, w.len, &whole, &pieces), TROTH_OK);
        assert_int_equal(pieces, 3);
        giop_check(&k, whole.octets, 1, 4 + grow);
        cuts.at[0] = 32; /* alignment starts again there: the header was read wrongly */
        assert_int_equal(troth_giop_cuts_move(&cuts, q.body, q.span.rest, q2.span.rest, &moved), TROTH_UNSUPPORTED);
        troth_giop_frags_clear(&f);
    }
    test_env_check(&t);
}

static size_t piece_of(uint8_t *out, uint8_t minor, uint8_t type, bool more, uint32_t id, size_t n)
{
    troth_writer w = troth_writer_over(out, 1024, TROTH_BE);
    troth_giop_hdr_write(&w, minor, type, more);
    troth_write_u32(&w, id);
    troth_write_zeros(&w, n);
    troth_giop_finish(&w, 0);
    return w.len;
}

/* Take one piece whose octets behind the header are an id and n zeros. */
static troth_status take(troth_giop_frags *f, uint8_t minor, uint8_t type, bool more, uint32_t id, size_t n)
{
    static uint8_t raw[1024];
    troth_giop_whole whole;
    size_t len = piece_of(raw, minor, type, more, id, n);
    return troth_giop_frags_take(f, (troth_bytes){ raw, len }, id, &whole);
}

static void test_refuse(void **state)
{
    (void)state;
    enum { REQ = TROTH_GIOP_REQUEST, FRAG = TROTH_GIOP_FRAGMENT };
    test_env t;
    test_env_init(&t);
    troth_giop_frags f;
    troth_giop_frags_init(&f, &t.env, NULL);
    assert_int_equal(take(&f, 2, FRAG, false, 1, 8), TROTH_UNEXPECTED); /* of nothing */
    assert_int_equal(take(&f, 1, FRAG, false, 1, 8), TROTH_UNEXPECTED);
    assert_int_equal(take(&f, 2, REQ, true, 1, 7), TROTH_MALFORMED); /* not a multiple of 8 */
    assert_int_equal(take(&f, 2, REQ, true, 1, 8), TROTH_AGAIN);
    assert_int_equal(take(&f, 2, REQ, false, 1, 8), TROTH_UNEXPECTED); /* the id of an unfinished one */
    assert_int_equal(take(&f, 2, REQ, true, 2, 8), TROTH_AGAIN);       /* another one goes on beside it */
    assert_int_equal(take(&f, 2, FRAG, true, 2, 4), TROTH_MALFORMED);
    assert_int_equal(take(&f, 2, FRAG, false, 2, 3), TROTH_OK);
    assert_int_equal(take(&f, 2, FRAG, false, 2, 8), TROTH_UNEXPECTED); /* it is done */
    uint64_t since = 0;
    assert_true(troth_giop_frags_oldest(&f, &since));
    assert_int_equal(since, 1);
    assert_int_equal(take(&f, 2, FRAG, false, 1, 0), TROTH_OK);
    assert_false(troth_giop_frags_oldest(&f, &since));
    assert_int_equal(take(&f, 1, REQ, true, 1, 9), TROTH_AGAIN);
    assert_int_equal(take(&f, 1, REQ, false, 2, 9), TROTH_UNEXPECTED); /* one at a time */
    assert_int_equal(take(&f, 1, TROTH_GIOP_CANCEL_REQUEST, false, 1, 0), TROTH_OK);
    assert_int_equal(take(&f, 1, FRAG, false, 1, 9), TROTH_OK);
    troth_giop_frags_clear(&f);
    test_env_check(&t);
}

/* Hostile inputs 30 and 31: what was refused or cancelled is swallowed, and caps hold. */
static void test_swallow(void **state)
{
    (void)state;
    enum { REQ = TROTH_GIOP_REQUEST, FRAG = TROTH_GIOP_FRAGMENT };
    test_env t;
    test_env_init(&t);
    troth_giop_frags f;
    troth_giop_frags_init(&f, &t.env, NULL);
    uint64_t since;
    for (uint8_t minor = 1; minor < 3; minor++) {
        assert_int_equal(take(&f, minor, REQ, true, 1, 8), TROTH_AGAIN);
        assert_true(troth_giop_frags_swallow(&f, 1));
        assert_false(troth_giop_frags_oldest(&f, &since));
        for (int i = 0; i < 100; i++)
            assert_int_equal(take(&f, minor, FRAG, true, 1, 896), TROTH_AGAIN);
        assert_int_equal(take(&f, minor, FRAG, false, 1, 8), TROTH_AGAIN);
        assert_int_equal(take(&f, minor, FRAG, false, 1, 8), TROTH_UNEXPECTED);
        assert_int_equal(take(&f, minor, REQ, true, 1, 8), TROTH_AGAIN);
        assert_true(troth_giop_frags_swallow(&f, 1));
        assert_int_equal(take(&f, minor, REQ, false, 1, 8), TROTH_OK); /* nothing more came of it */
    }
    assert_false(troth_giop_frags_swallow(&f, 1));
    troth_giop_frags_clear(&f);
    test_env_check(&t);
}

static void test_limits(void **state)
{
    (void)state;
    enum { REQ = TROTH_GIOP_REQUEST, FRAG = TROTH_GIOP_FRAGMENT };
    const troth_giop_frag_limits limits = { .octets = 1000, .total = 1500, .pieces = 10 };
    test_env t;
    test_env_init(&t);
    troth_giop_frags f;
    troth_giop_frags_init(&f, &t.env, &limits);
    assert_int_equal(take(&f, 2, REQ, true, 1, 800), TROTH_AGAIN);
    assert_int_equal(take(&f, 2, FRAG, true, 1, 200), TROTH_LIMIT); /* a whole message */
    troth_giop_frags_clear(&f);
    troth_giop_frags_init(&f, &t.env, &limits);
    assert_int_equal(take(&f, 2, REQ, true, 1, 800), TROTH_AGAIN);
    assert_int_equal(take(&f, 2, REQ, true, 2, 800), TROTH_LIMIT); /* all of them */
    troth_giop_frags_clear(&f);
    troth_giop_frags_init(&f, &t.env, &limits);
    assert_int_equal(take(&f, 2, REQ, true, 1, 8), TROTH_AGAIN);
    for (int i = 0; i < 9; i++)
        assert_int_equal(take(&f, 2, FRAG, true, 1, 0), TROTH_AGAIN);
    assert_int_equal(take(&f, 2, FRAG, true, 1, 0), TROTH_LIMIT); /* pieces */
    troth_giop_frags_clear(&f);
    troth_giop_frags_init(&f, &t.env, NULL);
    for (uint32_t i = 0; i < TROTH_GIOP_UNFINISHED_MAX; i++)
        assert_int_equal(take(&f, 2, REQ, true, i, 8), TROTH_AGAIN);
    assert_int_equal(take(&f, 2, REQ, true, 99, 8), TROTH_LIMIT);
    assert_true(troth_giop_frags_swallow(&f, 3)); /* whose place is given to another */
    assert_int_equal(take(&f, 2, REQ, true, 99, 8), TROTH_AGAIN);
    troth_giop_frags_clear(&f);
    t.fail_at = t.allocs + 1;
    troth_giop_frags_init(&f, &t.env, NULL);
    assert_int_equal(take(&f, 2, REQ, true, 1, 8), TROTH_NO_MEMORY);
    troth_giop_frags_clear(&f);
    test_env_check(&t);
}

static void test_split_refused(void **state)
{
    (void)state;
    giop_case k = { .minor = 1, .operation = 3, .body = true };
    uint8_t raw[ROOM], out[ROOM];
    size_t n = giop_make(&k, raw, sizeof raw);
    const troth_giop_cuts bad[] = { { 1, { 8 } }, { 2, { 40, 32 } }, { 1, { n + 1 } } };
    for (size_t i = 0; i < 3; i++) {
        troth_writer w = troth_writer_over(out, sizeof out, TROTH_BE);
        troth_giop_split(&w, (troth_bytes){ raw, n }, 0, &bad[i]);
        assert_int_equal(w.st, TROTH_INVALID);
    }
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_BE);
    troth_giop_split(&w, (troth_bytes){ raw, n }, 63, NULL);
    assert_int_equal(w.st, TROTH_INVALID);
    w = troth_writer_over(out, sizeof out, TROTH_BE);
    troth_giop_split(&w, (troth_bytes){ raw, n }, 64, NULL); /* whole: nobody knows where 1.1 may be cut */
    assert_int_equal(w.len, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_round),  cmocka_unit_test(test_1_1),
                                        cmocka_unit_test(test_refuse), cmocka_unit_test(test_swallow),
                                        cmocka_unit_test(test_limits), cmocka_unit_test(test_split_refused) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
