/* The client's end where there is too much, of requests in flight and of service contexts; and forwarding replies. */
#include <unit/csiv2/iiop_client_rig.h>

/* The ORB's reply to a callback stands behind more requests of its own. */
static void test_reply_behind_requests(void **state)
{
    (void)state;
    rig r;
    open_with(&r, (troth_iiop_options){ .in_flight = 2 });
    for (uint32_t i = 0; i < 2; i++) {
        iiop_msg q = request(2 * i);
        assert_int_equal(order(&r, &q), TROTH_OK);
    }
    iiop_msg back = request(1), q = request(100), p = reply(1);
    assert_int_equal(order(&r, &q), TROTH_AGAIN);
    feed(&r, &back);
    iiop_forget(&r.x);
    assert_int_equal(order(&r, &q), TROTH_OK);
    check_exception(&r, "TRANSIENT", TROTH_GIOP_COMPLETED_NO, &q);
    assert_int_equal(r.x.warned.code, TROTH_LIMIT);
    assert_int_equal(fake.in_use, 2);
    iiop_forget(&r.x);
    assert_int_equal(order(&r, &p), TROTH_OK);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 1);
    assert_int_equal(order(&r, &q), TROTH_AGAIN);
    finish(&r);
}

/* One at a time: the ORB has to be told before the next is looked at. */
static void test_several_turned_away(void **state)
{
    (void)state;
    rig r;
    size_t used, n = 0;
    troth_event ev;
    open_with(&r, (troth_iiop_options){ .in_flight = 1 });
    iiop_msg q = request(0), back = request(1), p = reply(1);
    assert_int_equal(order(&r, &q), TROTH_OK);
    feed(&r, &back);
    for (uint32_t i = 1; i < 4; i++) {
        q = request(2 * i);
        n += iiop_make(&q, buf + n, sizeof buf - n);
    }
    n += iiop_make(&p, buf + n, sizeof buf - n);
    unsigned told = 0;
    for (size_t at = 0; at < n && told < 10; told++) {
        troth_order_msg o = { .kind = TROTH_ORDER_DATA, .data = { buf + at, n - at } };
        troth_status st = troth_endpoint_submit(r.x.e, &o, 1000, &used);
        assert_int_equal(st, at + used < n ? TROTH_AGAIN : TROTH_OK);
        at += used;
        while (troth_endpoint_event(r.x.e, &ev))
            assert_true(ev.kind == TROTH_EV_DATA || ev.kind == TROTH_EV_WARNING);
    }
    assert_in_range(told, 3, 5);
    assert_int_equal(r.x.n_closed, 0);
    finish(&r);
}

/* The peer's callbacks, whose replies would fill the output. */
static void test_peer_above_limit(void **state)
{
    (void)state;
    rig r;
    iiop_seen s;
    open_with(&r, (troth_iiop_options){ .in_flight = 1 });
    iiop_msg back = request(1), q = request(0);
    feed(&r, &back);
    back = request(3);
    assert_int_equal(feed(&r, &back), 0);
    assert_int_equal(order(&r, &q), TROTH_OK);
    iiop_forget(&r.x);
    assert_true(feed(&r, &back) > 0);
    only(r.x.out, r.x.n_out, &s);
    assert_string_equal(s.exception, "TRANSIENT");
    assert_int_equal(s.r.request_id, 3);
    iiop_unsee(&s);
    finish(&r);
}

static void test_no_room_for_evidence(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 3; minor++) {
        rig r;
        begin(&r);
        iiop_msg q = request(1);
        q.minor = minor;
        q.more = TROTH_GIOP_CONTEXTS_MAX - 1;
        assert_int_equal(order(&r, &q), TROTH_OK);
        check_exception(&r, "IMP_LIMIT", TROTH_GIOP_COMPLETED_NO, &q);
        assert_int_equal(r.x.n_out, 0);
        assert_int_equal(fake.in_use, 0);
        iiop_forget(&r.x);
        q.oneway = true;
        assert_int_equal(order(&r, &q), TROTH_OK);
        assert_int_equal(r.x.n_out + r.x.n_up, 0);
        q.oneway = false;
        q.more--;
        assert_int_equal(order(&r, &q), TROTH_OK);
        assert_int_equal(iiop_count(r.x.out, r.x.n_out), 1);
        assert_int_equal(r.x.n_closed, 0);
        finish(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reply_behind_requests),
        cmocka_unit_test(test_several_turned_away),
        cmocka_unit_test(test_peer_above_limit),
        cmocka_unit_test(test_no_room_for_evidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
