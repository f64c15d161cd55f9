/* The target's end under hostile octets, ends of all sorts, limits, deadlines, memory that is not there. */
#include <unit/csiv2/iiop_target_rig.h>

/* ---- ends ---- */

static void test_close_connection(void **state)
{
    (void)state;
    const uint8_t types[] = { TROTH_GIOP_CLOSE_CONNECTION, TROTH_GIOP_MESSAGE_ERROR };
    for (unsigned v = 0; v < 4; v++) {
        rig r;
        begin(&r);
        iiop_msg q = request(1, waits), m = bare(types[v % 2], 0);
        feed(&r, &q);
        if (v < 2)
            feed(&r, &m);
        else
            order(&r, &m);
        assert_int_equal(iiop_count(v < 2 ? r.x.up : r.x.out, v < 2 ? r.x.n_up : r.x.n_out), 1);
        assert_int_equal(r.x.n_closed, 1);
        assert_int_equal(r.x.error.code, TROTH_OK);
        assert_int_equal(r.x.n_calls, 0);
        finish(&r);
    }
}

static void test_no_giop(void **state)
{
    (void)state;
    static const char *const texts[] = { "GET / HTTP/1.1\r\n\r\n", "GIOP\2\0\0\0\0\0\0\0", "GIOP\1\3\0\0\0\0\0\0",
                                         "GIOP\1\2\4\0\0\0\0\0", "GIOP\1\2\0\10\0\0\0\0" };
    for (unsigned i = 0; i < 5; i++) {
        rig r;
        iiop_seen s;
        begin(&r);
        iiop_feed(&r.x, (const uint8_t *)texts[i], 12, 0);
        only(r.x.out, r.x.n_out, &s);
        assert_int_equal(s.type, TROTH_GIOP_MESSAGE_ERROR);
        iiop_unsee(&s);
        assert_int_equal(r.x.n_closed, 1);
        assert_int_equal(r.x.n_up, 0);
        finish(&r);
    }
}

/* spec 5.16 and 5.26: lengths that lie, operations with a NUL inside. */
static void test_lies(void **state)
{
    (void)state;
    iiop_msg q = request(1, alice);
    q.minor = 0;
    size_t n = iiop_make(&q, buf, sizeof buf);
    uint8_t *octets = malloc(n);
    const uint8_t *found = memmem(buf, n, "A\0\0\0alice", 9), *op = memmem(buf, n, "op", 3);
    for (unsigned v = 0; v < 3; v++) {
        rig r;
        begin(&r);
        memcpy(octets, buf, n);
        if (v == 0)
            memset(octets + (found - buf) - 4, 0xff, 4);
        else if (v == 1)
            octets[op - buf] = 0;
        else
            octets[op - buf + 2] = 'x';
        iiop_feed(&r.x, octets, n, 0);
        assert_int_equal(r.x.n_up, 0);
        assert_int_equal(r.x.n_closed, 1);
        assert_int_equal(r.x.out[7], TROTH_GIOP_MESSAGE_ERROR);
        finish(&r);
    }
    free(octets);
}

static void test_limits(void **state)
{
    (void)state;
    rig r;
    open_with(&r, (troth_iiop_options){ .message_max = 1024 });
    iiop_msg q = request(1, alice);
    q.other = 200;
    assert_true(feed(&r, &q) > 0);
    static const uint8_t huge[12] = { 'G', 'I', 'O', 'P', 1, 2, 0, 0, 0x7f, 0xff, 0xff, 0xff };
    iiop_feed(&r.x, huge, 12, 0);
    assert_int_equal(r.x.n_closed, 1);
    assert_int_equal(r.x.error.code, TROTH_LIMIT);
    assert_int_equal(r.x.n_out, 0);
    finish(&r);
}

/* Pieces of one octet without an end: 1.1 and 1.2 (where they are of 8). */
static void test_endless_fragments(void **state)
{
    (void)state;
    for (uint8_t minor = 1; minor < 3; minor++) {
        rig r;
        begin(&r);
        iiop_msg q = request(3, alice);
        static uint8_t cut[2048];
        q.minor = minor;
        iiop_make_cut(&q, minor == 1 ? 28 : 64, cut, sizeof cut);
        iiop_feed(&r.x, cut, TROTH_GIOP_HDR + (size_t)cut[8], 0);
        uint8_t one[24] = { 'G', 'I', 'O', 'P', 1, minor, 3, 7, minor == 1 ? 1 : 12, 0, 0, 0, minor == 1 ? 0 : 3 };
        unsigned i = 0;
        for (; i < 10000 && !r.x.n_closed; i++)
            iiop_feed(&r.x, one, minor == 1 ? 13 : 24, 0);
        assert_in_range(i, 10, 5000);
        assert_int_equal(r.x.error.code, TROTH_LIMIT);
        assert_true(r.env.peak < 1 << 18);
        finish(&r);
    }
}

static void test_deadlines(void **state)
{
    (void)state;
    rig r;
    for (unsigned v = 0; v < 3; v++) {
        open_with(&r, (troth_iiop_options){ .fragment_ms = 500, .idle_ms = 9000 });
        iiop_msg q = request(3, alice);
        size_t n = iiop_make_cut(&q, v == 1 ? 64 : 0, buf, sizeof buf);
        size_t first = v == 1 ? 64 : v == 0 ? n - 1 : n;
        iiop_feed(&r.x, buf, first, 0);
        uint64_t at = troth_endpoint_deadline(r.x.e);
        assert_int_equal(at, v == 2 ? 2000 : 1500); /* v 2: unused memory is given back */
        r.x.now = at - 1;
        troth_endpoint_expire(r.x.e, at - 1);
        iiop_settle(&r.x);
        assert_int_equal(r.x.n_closed, 0);
        troth_endpoint_expire(r.x.e, at);
        iiop_settle(&r.x);
        if (v == 2) {
            assert_int_equal(r.x.n_closed, 0);
            assert_int_equal(troth_endpoint_deadline(r.x.e), 10000);
            fake.deadline = 7000;
            assert_int_equal(troth_endpoint_deadline(r.x.e), 7000);
            troth_endpoint_expire(r.x.e, 10000);
            iiop_settle(&r.x);
        }
        assert_int_equal(r.x.n_closed, 1);
        assert_int_equal(r.x.error.code, TROTH_TIMEOUT);
        finish(&r);
    }
}

/* Idle connections hold what they are, and no buffers. */
static void test_memory_given_back(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    size_t bare_size = r.env.held;
    iiop_msg q = request(3, alice), p = reply(3);
    for (unsigned i = 0; i < 20; i++) {
        feed(&r, &q);
        order(&r, &p);
    }
    size_t allocs = r.env.allocs;
    for (unsigned i = 0; i < 20; i++) { /* and none is asked for anew with each message */
        feed(&r, &q);
        order(&r, &p);
        iiop_forget(&r.x);
    }
    assert_int_equal(r.env.allocs, allocs);
    assert_true(r.env.held > bare_size);
    troth_endpoint_expire(r.x.e, troth_endpoint_deadline(r.x.e));
    assert_int_equal(r.env.held, bare_size);
    finish(&r);
}

static void test_peer_ends(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    iiop_msg q = request(3, waits), p = reply(3);
    feed(&r, &q);
    troth_endpoint_feed_end(r.x.e, 1000);
    iiop_settle(&r.x);
    assert_int_equal(r.x.n_ends, 0); /* what waits comes first */
    fake.release = true;
    iiop_settle(&r.x);
    assert_int_equal(r.x.n_calls, 1);
    assert_int_equal(r.x.n_ends, 1);
    assert_int_equal(order(&r, &p), TROTH_OK);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 1);
    size_t used;
    troth_order_msg end = { .kind = TROTH_ORDER_END };
    assert_int_equal(troth_endpoint_submit(r.x.e, &end, 1000, &used), TROTH_OK);
    iiop_settle(&r.x);
    assert_int_equal(r.x.n_closed, 1);
    assert_int_equal(r.x.error.code, TROTH_OK);
    finish(&r);
    begin(&r);
    size_t n = iiop_make(&q, buf, sizeof buf);
    iiop_feed(&r.x, buf, n - 1, 0);
    troth_endpoint_feed_end(r.x.e, 1000);
    iiop_settle(&r.x);
    assert_int_equal(r.x.error.code, TROTH_TRUNCATED);
    finish(&r);
    begin(&r); /* the ORB likewise */
    troth_status st;
    n = iiop_make(&q, buf, sizeof buf);
    iiop_order(&r.x, buf, n - 1, 0, &st);
    assert_int_equal(st, TROTH_OK);
    assert_int_equal(troth_endpoint_submit(r.x.e, &end, 1000, &used), TROTH_TRUNCATED);
    iiop_settle(&r.x);
    assert_int_equal(r.x.error.code, TROTH_TRUNCATED);
    finish(&r);
}

static void test_owner_closes(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    troth_endpoint_close(r.x.e, TROTH_CLOSED);
    iiop_settle(&r.x);
    assert_int_equal(r.x.out[7], TROTH_GIOP_CLOSE_CONNECTION);
    assert_int_equal(r.x.n_closed, 1);
    finish(&r);
    begin(&r); /* a request is running: nothing may say that it is not */
    iiop_msg q = request(3, alice);
    feed(&r, &q);
    troth_endpoint_close(r.x.e, TROTH_CLOSED);
    iiop_settle(&r.x);
    assert_int_equal(r.x.n_out, 0);
    assert_int_equal(r.x.n_closed, 1);
    finish(&r);
}

/* ---- memory that is not there; octets that are flipped ---- */

static void conversation(iiop_end *x)
{
    static uint8_t all[8192];
    iiop_msg q = request(1, alice), w = request(2, waits), f = request(3, bob), p = reply(1);
    q.minor = 1;
    p.minor = 1;
    size_t n = iiop_make_cut(&q, 84, all, sizeof all);
    n += iiop_make(&w, all + n, sizeof all - n);
    n += iiop_make_cut(&f, 64, all + n, sizeof all - n);
    iiop_feed(x, all, n, 50);
    n = iiop_make(&p, all, sizeof all);
    iiop_order(x, all, n, 7, NULL);
    fake.release = true;
    iiop_settle(x);
}

static void test_no_memory(void **state)
{
    (void)state;
    static struct troth_sas_target target;
    troth_transport transport = { 0 };
    for (size_t nth = 1; nth < 60; nth++) {
        rig r;
        troth_endpoint *e;
        troth_iiop_options o = publishing;
        memset(&fake, 0, sizeof fake);
        fake.answer = 20;
        test_env_init(&r.env);
        r.env.fail_at = nth;
        o.env = &r.env.env;
        o.tell_caller = true;
        troth_status st = troth_iiop_target_new(&target, &o, &transport, 1000, &e);
        if (st) {
            assert_int_equal(st, TROTH_NO_MEMORY);
            test_env_check(&r.env);
            continue;
        }
        iiop_begin(&r.x, e);
        conversation(&r.x);
        if (r.x.n_closed)
            assert_int_equal(r.x.error.code, TROTH_NO_MEMORY);
        else
            assert_int_equal(r.x.n_calls, 3);
        finish(&r);
    }
}

/* Every octet of a conversation of the peer's flipped: no crash, and nobody is taken for somebody whom he did not name. */
static void test_flips(void **state)
{
    (void)state;
    static uint8_t all[8192], flipped[8192];
    iiop_msg a = request(1, alice), b = request(2, bob), l = bare(TROTH_GIOP_LOCATE_REQUEST, 4), c = bare(2, 1);
    a.minor = 1;
    a.order = TROTH_BE;
    size_t n = iiop_make_cut(&a, 84, all, sizeof all);
    n += iiop_make_cut(&b, 64, all + n, sizeof all - n);
    n += iiop_make(&l, all + n, sizeof all - n);
    n += iiop_make(&c, all + n, sizeof all - n);
    for (size_t i = 0; i < n * 8; i++) {
        rig r;
        open_with(&r, (troth_iiop_options){ .tell_caller = true });
        memcpy(flipped, all, n);
        flipped[i / 8] ^= (uint8_t)(1u << i % 8);
        iiop_feed(&r.x, flipped, n, 0);
        for (unsigned k = 0; k < r.x.n_calls; k++) {
            const char *name = r.x.calls[k].peer;
            assert_true(!*name || memmem(flipped, n, name, strlen(name)));
        }
        iiop_seen s;
        for (unsigned k = 0; iiop_see(r.x.up, r.x.n_up, k, &s); k++) {
            if (s.type == TROTH_GIOP_REQUEST)
                assert_int_equal(s.n_sas, 0);
            if (s.type == TROTH_GIOP_REQUEST)
                assert_int_equal(s.n_caller, 1);
            iiop_unsee(&s);
        }
        finish(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_close_connection),
        cmocka_unit_test(test_no_giop),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_endless_fragments),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_memory_given_back),
        cmocka_unit_test(test_peer_ends),
        cmocka_unit_test(test_owner_closes),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_flips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
