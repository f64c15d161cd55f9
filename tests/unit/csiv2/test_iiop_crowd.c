/* The target's end where there is too much: of requests in flight, of service contexts in a message. */
#include <unit/csiv2/iiop_target_rig.h>

/* ---- requests in flight ---- */

static void fill_up(rig *r, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        iiop_msg q = request(2 * i, alice);
        assert_true(feed(r, &q) > 0);
    }
    assert_int_equal(r->x.n_calls, n);
    iiop_forget(&r->x);
}

/* All that the ORB works on waits for a callback whose reply stands behind more requests: these are turned away. */
static void test_reply_behind_requests(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 3; minor++) {
        rig r;
        open_with(&r, (troth_iiop_options){ .in_flight = 3 });
        fill_up(&r, 3);
        iiop_msg back = request(1, (troth_bytes){ NULL, 0 }), q = request(100, alice), p = reply(1);
        q.minor = minor;
        q.order = TROTH_BE;
        assert_int_equal(feed(&r, &q), 0); /* nobody owes anything: it waits unread */
        assert_int_equal(order(&r, &back), TROTH_OK);
        iiop_forget(&r.x);
        assert_true(feed(&r, &q) > 0);
        check_exception(&r, "TRANSIENT", 0, minor, TROTH_BE);
        assert_int_equal(r.x.n_warnings, 1);
        assert_int_equal(r.x.warned_id, 100);
        assert_int_equal(r.x.warned.code, TROTH_LIMIT);
        assert_int_equal(r.x.n_calls, 0);
        assert_int_equal(fake.in_use, 3);
        iiop_forget(&r.x);
        q.oneway = true;
        assert_true(feed(&r, &q) > 0); /* nobody to tell */
        assert_int_equal(r.x.n_out + r.x.n_up, 0);
        assert_true(feed(&r, &p) > 0);
        assert_int_equal(iiop_count(r.x.up, r.x.n_up), 1);
        q.oneway = false;
        assert_int_equal(feed(&r, &q), 0); /* nothing is owed any more */
        iiop_msg done = reply(2);
        assert_int_equal(order(&r, &done), TROTH_OK);
        assert_true(feed(&r, &q) > 0);
        assert_int_equal(r.x.n_calls, 1);
        finish(&r);
    }
}

static void test_locate_above_limit(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 3; minor++) {
        rig r;
        iiop_seen s;
        troth_giop_locate_reply l;
        open_with(&r, (troth_iiop_options){ .in_flight = 2 });
        fill_up(&r, 2);
        iiop_msg back = request(1, (troth_bytes){ NULL, 0 }), q = bare(TROTH_GIOP_LOCATE_REQUEST, 8);
        q.minor = minor;
        assert_int_equal(order(&r, &back), TROTH_OK);
        iiop_forget(&r.x);
        assert_true(feed(&r, &q) > 0);
        only(r.x.out, r.x.n_out, &s);
        assert_int_equal(troth_giop_locate_reply_read((troth_bytes){ s.octets, s.len }, &l), TROTH_OK);
        assert_int_equal(l.request_id, 8);
        assert_int_equal(l.status, TROTH_GIOP_OBJECT_HERE); /* the Request will be told */
        assert_int_equal(l.minor, minor);
        assert_int_equal(r.x.n_up, 0);
        iiop_unsee(&s);
        finish(&r);
    }
}

/* A peer that does not read what it is told makes nothing grow. */
static void test_turned_away_unread(void **state)
{
    (void)state;
    rig r;
    size_t used = 1, n;
    unsigned taken = 0;
    troth_event ev;
    open_with(&r, (troth_iiop_options){ .in_flight = 1, .out_max = 256 });
    fill_up(&r, 1);
    iiop_msg back = request(1, (troth_bytes){ NULL, 0 });
    assert_int_equal(order(&r, &back), TROTH_OK);
    for (; taken < 1000 && used; taken += used > 0) {
        iiop_msg q = request(100 + taken, alice);
        n = iiop_make(&q, buf, sizeof buf);
        assert_int_equal(troth_endpoint_feed(r.x.e, buf, n, NULL, 1000, &used), TROTH_OK);
        while (troth_endpoint_event(r.x.e, &ev))
            assert_int_equal(ev.kind, TROTH_EV_WARNING);
    }
    assert_in_range(taken, 2, 10);
    finish(&r);
}

/* The same against the ORB, whose replies may stand behind its callbacks. */
static void test_orb_above_limit(void **state)
{
    (void)state;
    rig r;
    iiop_seen s;
    open_with(&r, (troth_iiop_options){ .in_flight = 2 });
    for (uint32_t i = 0; i < 2; i++) {
        iiop_msg back = request(2 * i + 1, (troth_bytes){ NULL, 0 });
        assert_int_equal(order(&r, &back), TROTH_OK);
    }
    iiop_msg back = request(9, (troth_bytes){ NULL, 0 });
    assert_int_equal(order(&r, &back), TROTH_AGAIN);
    iiop_msg q = request(0, alice), done = reply(0);
    feed(&r, &q);
    iiop_forget(&r.x);
    assert_int_equal(order(&r, &back), TROTH_OK);
    only(r.x.up, r.x.n_up, &s);
    assert_string_equal(s.exception, "TRANSIENT");
    assert_int_equal(s.completed, TROTH_GIOP_COMPLETED_NO);
    assert_int_equal(s.r.request_id, 9);
    iiop_unsee(&s);
    assert_int_equal(r.x.n_out, 0);
    assert_int_equal(order(&r, &done), TROTH_OK);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 1);
    finish(&r);
}

/* ---- service contexts ---- */

/* As many as we read, and one to be added: that request alone is refused. */
static void test_no_room_for_caller(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 3; minor++) {
        rig r;
        open_with(&r, (troth_iiop_options){ .tell_caller = true });
        fake.answer = 24;
        iiop_msg q = request(1, (troth_bytes){ NULL, 0 });
        q.minor = minor;
        q.more = TROTH_GIOP_CONTEXTS_MAX - 1; /* and CodeSets */
        feed(&r, &q);
        check_exception(&r, "IMP_LIMIT", 1, minor, TROTH_LE); /* its evidence was good: it is told so */
        assert_int_equal(r.x.n_up, 0);
        assert_int_equal(r.x.n_warnings, 1);
        assert_int_equal(fake.in_use, 0);
        iiop_forget(&r.x);
        q.oneway = true;
        feed(&r, &q);
        assert_int_equal(r.x.n_out + r.x.n_up, 0);
        assert_int_equal(fake.in_use, 0);
        q.oneway = false;
        q.more--; /* room for one: ours */
        feed(&r, &q);
        assert_int_equal(r.x.n_calls, 1);
        assert_int_equal(r.x.n_closed, 0);
        finish(&r);
    }
}

static void test_no_room_for_answer(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 3; minor++) {
        rig r;
        iiop_seen s;
        begin(&r);
        fake.answer = 24;
        iiop_msg q = request(1, alice), p = reply(1);
        q.minor = p.minor = minor;
        p.more = TROTH_GIOP_CONTEXTS_MAX - 1;
        feed(&r, &q);
        iiop_forget(&r.x);
        assert_int_equal(order(&r, &p), TROTH_OK);
        only(r.x.out, r.x.n_out, &s);
        assert_int_equal(s.n_sas, 0);
        assert_int_equal(s.n_other, 1);
        iiop_check_body(&s);
        iiop_unsee(&s);
        assert_int_equal(r.x.n_warnings, 1);
        assert_int_equal(r.x.n_closed, 0);
        finish(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reply_behind_requests), cmocka_unit_test(test_locate_above_limit),
        cmocka_unit_test(test_turned_away_unread),    cmocka_unit_test(test_orb_above_limit),
        cmocka_unit_test(test_no_room_for_caller),    cmocka_unit_test(test_no_room_for_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
