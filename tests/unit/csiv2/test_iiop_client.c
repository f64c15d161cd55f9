/* The client's end of a connection over a side of SAS that does as it is told. [CORBA 15.4, 24.3.4] */
#include <unit/csiv2/iiop_client_rig.h>

/* ---- */

static void test_exchange(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 6; v++) {
        for (size_t n = 0; n < 18; n++) {
            rig r;
            iiop_seen s;
            begin(&r);
            fake.element = n;
            iiop_msg q = request(4), p = reply(4);
            q.minor = p.minor = (uint8_t)(v / 2);
            q.order = p.order = v % 2 ? TROTH_BE : TROTH_LE;
            q.body = p.body = n % 5 != 3;
            q.caller = n % 2 ? 12 : 0; /* of an ORB that plays the target */
            assert_int_equal(order(&r, &q), TROTH_OK);
            only(r.x.out, r.x.n_out, &s);
            assert_int_equal(s.n_sas, n > 0);
            assert_int_equal(s.sas.len, n);
            assert_int_equal(s.n_other, 1);
            assert_int_equal(s.n_caller, 0);
            if (q.body)
                iiop_check_body(&s);
            iiop_unsee(&s);
            feed(&r, &p);
            only(r.x.up, r.x.n_up, &s);
            assert_int_equal(s.n_sas, 0);
            if (p.body)
                iiop_check_body(&s);
            iiop_unsee(&s);
            assert_int_equal(fake.heard.n_elements, 1);
            assert_int_equal(fake.heard.element.len, 7);
            assert_int_equal(fake.heard.kind, TROTH_SAS_REPLY_RESULT);
            assert_int_equal(r.x.n_established, n > 0);
            assert_int_equal(fake.in_use, 0);
            finish(&r);
        }
    }
}

static void test_kinds_of_reply(void **state)
{
    (void)state;
    static const struct {
        uint32_t status;
        const char *exception;
        uint32_t completed;
        troth_sas_reply_kind want;
    } kinds[] = {
        { 0, NULL, 0, TROTH_SAS_REPLY_RESULT },
        { 1, NULL, 0, TROTH_SAS_REPLY_RESULT },
        { 2, "NO_PERMISSION", 1, TROTH_SAS_REPLY_REFUSED },
        { 2, "NO_PERMISSION", 0, TROTH_SAS_REPLY_EXCEPTION },
        { 2, "NO_PERMISSION", 2, TROTH_SAS_REPLY_EXCEPTION },
        { 2, "NO_PERMISSIO", 1, TROTH_SAS_REPLY_EXCEPTION },
        { 2, "NO_PERMISSION_", 1, TROTH_SAS_REPLY_EXCEPTION },
        { 2, "UNKNOWN", 1, TROTH_SAS_REPLY_EXCEPTION },
        { 3, NULL, 0, TROTH_SAS_REPLY_FORWARD },
        { 4, NULL, 0, TROTH_SAS_REPLY_FORWARD },
        { 5, NULL, 0, TROTH_SAS_REPLY_FORWARD },
    };
    rig r;
    begin(&r);
    for (uint32_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        iiop_msg q = request(i), p = reply(i);
        p.status = kinds[i].status;
        p.exception = kinds[i].exception;
        p.completed = kinds[i].completed;
        order(&r, &q);
        feed(&r, &p);
        assert_int_equal(fake.replies, i + 1);
        assert_int_equal(fake.heard.kind, kinds[i].want);
    }
    assert_int_equal(r.x.n_closed, 0);
    finish(&r);
}

static void test_resend(void **state)
{
    (void)state;
    rig r;
    iiop_seen first, second, s;
    begin(&r);
    iiop_msg q = request(4), p = reply(4);
    q.minor = 1;
    size_t n = iiop_make_cut(&q, 84, buf, sizeof buf);
    iiop_order(&r.x, buf, n, 0, NULL);
    fake.fate = TROTH_SAS_RESEND;
    fake.element = 30;
    feed(&r, &p);
    assert_int_equal(r.x.n_up, 0);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 2);
    assert_true(iiop_see(r.x.out, r.x.n_out, 0, &first));
    assert_true(iiop_see(r.x.out, r.x.n_out, 1, &second));
    assert_int_equal(first.sas.len, 21);
    assert_int_equal(second.sas.len, 30);
    iiop_check_body(&first);
    iiop_check_body(&second);
    iiop_unsee(&first);
    iiop_unsee(&second);
    feed(&r, &p);
    only(r.x.up, r.x.n_up, &s);
    iiop_unsee(&s);
    assert_int_equal(((troth_iiop_client *)r.x.e)->kept, 0);
    assert_int_equal(((troth_iiop_client *)r.x.e)->conn.held, 0);
    finish(&r);
}

/* What is kept is bounded; what was not kept, the ORB may try again itself. */
static void test_resend_max(void **state)
{
    (void)state;
    rig r;
    iiop_msg q = request(1), p = reply(2);
    size_t n = iiop_make(&q, buf, sizeof buf);
    open_with(&r, (troth_iiop_options){ .resend_max = n + 5 });
    order(&r, &q);
    q.id = 2;
    order(&r, &q);
    fake.fate = TROTH_SAS_RESEND;
    feed(&r, &p);
    check_exception(&r, "TRANSIENT", TROTH_GIOP_COMPLETED_NO, &q);
    assert_int_equal(fake.in_use, 1);
    iiop_forget(&r.x);
    p.id = 1;
    fake.fate = TROTH_SAS_RESEND;
    feed(&r, &p);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 1);
    feed(&r, &p);
    assert_int_equal(((troth_iiop_client *)r.x.e)->kept, 0);
    q.id = 3;
    order(&r, &q);
    assert_int_equal(((troth_iiop_client *)r.x.e)->kept, n);
    finish(&r);
}

static void test_refused(void **state)
{
    (void)state;
    rig r;
    iiop_seen s;
    begin(&r);
    iiop_msg q = request(4), p = reply(4);
    p.status = 2;
    p.exception = "NO_PERMISSION";
    p.completed = 1;
    order(&r, &q);
    fake.fate = TROTH_SAS_REFUSED;
    feed(&r, &p);
    only(r.x.up, r.x.n_up, &s);
    assert_string_equal(s.exception, "NO_PERMISSION");
    assert_int_equal(s.n_sas, 0);
    iiop_unsee(&s);
    assert_int_equal(r.x.n_warnings, 1);
    assert_int_equal(r.x.warned.code, TROTH_PEER_REFUSED);
    assert_int_equal(r.x.n_established, 0);
    finish(&r);
}

/* A reply that contradicts what was sent is not the ORB's to see. */
static void test_broken(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 6; v++) {
        rig r;
        begin(&r);
        iiop_msg q = request(4), p = reply(4);
        q.minor = (uint8_t)(v / 2);
        q.order = v % 2 ? TROTH_BE : TROTH_LE;
        order(&r, &q);
        fake.fate = TROTH_SAS_BROKEN;
        feed(&r, &p);
        check_exception(&r, "INTERNAL", TROTH_GIOP_COMPLETED_MAYBE, &q);
        assert_int_equal(r.x.n_warnings, 1);
        finish(&r);
    }
}

static void test_denied_here(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    fake.deny = true;
    iiop_msg q = request(4);
    q.order = TROTH_BE;
    order(&r, &q);
    assert_int_equal(r.x.n_out, 0);
    check_exception(&r, "NO_PERMISSION", TROTH_GIOP_COMPLETED_NO, &q);
    assert_int_equal(r.x.n_warnings, 1);
    iiop_forget(&r.x);
    q.oneway = true;
    order(&r, &q);
    assert_int_equal(r.x.n_out + r.x.n_up, 0);
    assert_int_equal(r.x.n_warnings, 1);
    finish(&r);
}

static void test_oneway(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    iiop_msg q = request(4), p = reply(4);
    q.oneway = true;
    order(&r, &q);
    order(&r, &q);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 2);
    assert_int_equal(fake.ended, 2);
    assert_int_equal(fake.in_use, 0);
    feed(&r, &p); /* nobody waits for it */
    assert_int_equal(r.x.n_up, 0);
    assert_int_equal(r.x.error.code, TROTH_UNEXPECTED);
    finish(&r);
}

/* A target that answers what was not asked, in every way. */
static void test_unasked(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 4; v++) {
        rig r;
        begin(&r);
        iiop_msg q = request(4), p = reply(v == 0 ? 5 : 4);
        if (v == 2)
            q = (iiop_msg){ .minor = 2, .type = TROTH_GIOP_LOCATE_REQUEST, .id = 4 };
        if (v == 3)
            p = (iiop_msg){ .minor = 2, .type = TROTH_GIOP_LOCATE_REPLY, .id = 4, .status = 1 };
        fake.hold = v == 1; /* it was not even sent */
        order(&r, &q);
        feed(&r, &p);
        assert_int_equal(r.x.n_up, 0);
        assert_int_equal(r.x.n_closed, 1);
        assert_int_equal(r.x.error.code, TROTH_UNEXPECTED);
        assert_int_equal(fake.replies, 0);
        finish(&r);
    }
}

static void test_waiting(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    fake.hold = true;
    iiop_msg q = request(1), l = { .minor = 2, .type = TROTH_GIOP_LOCATE_REQUEST, .id = 9 },
             c = { .minor = 2, .type = TROTH_GIOP_CANCEL_REQUEST, .id = 1 };
    order(&r, &q);
    q.id = 2;
    order(&r, &q);
    assert_int_equal(r.x.n_out, 0);
    order(&r, &l); /* needs no evidence */
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 1);
    order(&r, &c); /* never sent, so nothing to cancel */
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 1);
    fake.hold = false;
    iiop_settle(&r.x);
    iiop_seen s;
    assert_true(iiop_see(r.x.out, r.x.n_out, 1, &s));
    assert_int_equal(s.q.request_id, 2);
    iiop_unsee(&s);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 2);
    finish(&r);
}

static void test_stalled(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    fake.hold = true;
    fake.pending = 1;
    iiop_msg q = request(1);
    assert_int_equal(order(&r, &q), TROTH_OK);
    q.id = 2;
    assert_int_equal(order(&r, &q), TROTH_OK);
    q.id = 3;
    assert_int_equal(order(&r, &q), TROTH_AGAIN);
    fake.hold = false;
    iiop_settle(&r.x);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 2);
    assert_int_equal(order(&r, &q), TROTH_OK);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 3);
    finish(&r);
}

static void test_cancel(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    iiop_msg q = request(1), c = { .minor = 2, .type = TROTH_GIOP_CANCEL_REQUEST, .id = 1 }, p = reply(1);
    order(&r, &q);
    order(&r, &c);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 2);
    assert_int_equal(fake.ended, 1);
    assert_int_equal(((troth_iiop_client *)r.x.e)->kept, 0);
    order(&r, &c); /* the ORB says it twice */
    assert_int_equal(fake.ended, 1);
    feed(&r, &p);
    assert_int_equal(r.x.n_up + r.x.n_closed + fake.replies, 0);
    feed(&r, &p); /* and once more: nobody has asked */
    assert_int_equal(r.x.n_closed, 1);
    finish(&r);
}

/* Requests of the target on the same connection: without security attributes, whatever they claim. */
static void test_callback(void **state)
{
    (void)state;
    rig r;
    iiop_seen s;
    begin(&r);
    iiop_msg q = request(1), p = reply(1);
    q.n_sas = 1;
    q.sas = (troth_bytes){ buf, 9 };
    q.caller = 30;
    feed(&r, &q);
    only(r.x.up, r.x.n_up, &s);
    assert_int_equal(s.n_sas + s.n_caller, 0);
    iiop_check_body(&s);
    iiop_unsee(&s);
    assert_int_equal(order(&r, &p), TROTH_OK);
    only(r.x.out, r.x.n_out, &s);
    assert_int_equal(s.n_sas, 0);
    iiop_unsee(&s);
    assert_int_equal(order(&r, &p), TROTH_OK);
    assert_int_equal(r.x.n_warnings, 1);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 1);
    assert_int_equal(fake.replies, 0);
    q = (iiop_msg){ .minor = 2, .type = TROTH_GIOP_LOCATE_REQUEST, .id = 2 };
    p = (iiop_msg){ .minor = 2, .type = TROTH_GIOP_LOCATE_REPLY, .id = 2, .status = TROTH_GIOP_OBJECT_HERE };
    feed(&r, &q);
    assert_int_equal(iiop_count(r.x.up, r.x.n_up), 2);
    assert_int_equal(order(&r, &p), TROTH_OK);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 2);
    finish(&r);
}

/* The ORB goes while something still waits to be sent. */
static void test_orb_leaves(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 2; v++) {
        rig r;
        troth_bytes out;
        size_t used;
        begin(&r);
        fake.hold = true;
        iiop_msg q = request(1), c = { .minor = 2, .type = TROTH_GIOP_CLOSE_CONNECTION };
        troth_order_msg end = { .kind = TROTH_ORDER_END };
        q.oneway = true;
        order(&r, &q);
        if (v)
            order(&r, &c);
        else
            assert_int_equal(troth_endpoint_submit(r.x.e, &end, 1000, &used), TROTH_OK);
        assert_int_equal(troth_endpoint_out(r.x.e, &out, NULL), TROTH_AGAIN);
        fake.hold = false;
        iiop_settle(&r.x);
        assert_int_equal(iiop_count(r.x.out, r.x.n_out), 1);
        assert_int_equal(troth_endpoint_out(r.x.e, &out, NULL), TROTH_CLOSED);
        assert_int_equal(r.x.n_closed, 0);
        troth_endpoint_feed_end(r.x.e, 1000);
        iiop_settle(&r.x);
        assert_int_equal(r.x.n_closed, 1);
        assert_int_equal(r.x.error.code, TROTH_OK);
        finish(&r);
    }
}

/*
 * The peer is gone. An ORB whose requests all have replies, or never left, may send them again on another connection, and
 * is told so; one that has a request out is not. [CORBA 15.4.7]
 */
static void test_peer_gone(void **state)
{
    (void)state;
    for (int v = 0; v < 4; v++) {
        static const char *const sent[] = { "nothing", "answered", "waiting", "out" };
        rig r;
        iiop_seen s;
        iiop_msg q = request(1), p = reply(1);
        print_message("%s\n", sent[v]);
        begin(&r);
        fake.hold = v == 2;
        if (v)
            assert_int_equal(order(&r, &q), TROTH_OK);
        if (v == 1)
            feed(&r, &p);
        iiop_forget(&r.x);
        troth_endpoint_feed_end(r.x.e, 1000);
        iiop_settle(&r.x);
        assert_int_equal(iiop_count(r.x.out, r.x.n_out), 0); /* what waited never leaves */
        if (v == 3) {
            assert_int_equal(r.x.n_up, 0);
            assert_int_equal(r.x.n_ends, 1);
        } else {
            only(r.x.up, r.x.n_up, &s);
            assert_int_equal(s.type, TROTH_GIOP_CLOSE_CONNECTION);
            iiop_unsee(&s);
            assert_int_equal(r.x.n_closed, 1);
            assert_int_equal(r.x.error.code, TROTH_OK);
        }
        fake.hold = false;
        finish(&r);
    }
}

static void test_bad_orb(void **state)
{
    (void)state;
    rig r;
    troth_status st;
    begin(&r);
    iiop_order(&r.x, (const uint8_t *)"POST / HTTP/1.1", 15, 0, &st);
    assert_int_equal(st, TROTH_MALFORMED);
    assert_int_equal(r.x.n_closed, 1);
    assert_int_equal(r.x.n_out, 0);
    finish(&r);
    begin(&r);
    iiop_msg q = request(1);
    order(&r, &q);
    assert_int_equal(order(&r, &q), TROTH_UNEXPECTED); /* an id that is in use */
    finish(&r);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t nth = 1; nth < 40; nth++) {
        rig r;
        troth_endpoint *e;
        troth_sas_client_options sas = { 0 };
        troth_iiop_options o = { .fragment = 64 };
        memset(&fake, 0, sizeof fake);
        fake.element = 40;
        test_env_init(&r.env);
        r.env.fail_at = nth;
        o.env = &r.env.env;
        troth_status st = troth_iiop_client_new(&sas, &o, 1000, &e);
        if (st) {
            assert_int_equal(st, TROTH_NO_MEMORY);
            test_env_check(&r.env);
            continue;
        }
        iiop_begin(&r.x, e);
        iiop_msg q = request(1), p = reply(1);
        size_t n = iiop_make_cut(&q, 64, buf, sizeof buf);
        iiop_order(&r.x, buf, n, 30, NULL);
        fake.fate = TROTH_SAS_RESEND;
        n = iiop_make_cut(&p, 64, buf, sizeof buf);
        iiop_feed(&r.x, buf, n, 30);
        iiop_feed(&r.x, buf, n, 0);
        if (r.x.n_closed)
            assert_int_equal(r.x.error.code, TROTH_NO_MEMORY);
        else
            assert_int_equal(iiop_count(r.x.up, r.x.n_up), 1);
        finish(&r);
    }
}

/* Every bit of the target's answers flipped: no crash, and nothing of SAS reaches the ORB. */
static void test_flips(void **state)
{
    (void)state;
    static uint8_t all[4096], flipped[4096];
    iiop_msg a = reply(1), b = request(7), x = reply(2);
    a.minor = 1;
    b.n_sas = 1;
    b.sas = (troth_bytes){ (const uint8_t *)"forged", 6 };
    x.status = 2;
    x.exception = "NO_PERMISSION";
    x.completed = 1;
    size_t n = iiop_make_cut(&a, 52, all, sizeof all);
    n += iiop_make(&b, all + n, sizeof all - n);
    n += iiop_make_cut(&x, 64, all + n, sizeof all - n);
    for (size_t i = 0; i < n * 8; i++) {
        rig r;
        iiop_seen s;
        begin(&r);
        iiop_msg q = request(1);
        order(&r, &q);
        q.id = 2;
        order(&r, &q);
        memcpy(flipped, all, n);
        flipped[i / 8] ^= (uint8_t)(1u << i % 8);
        iiop_feed(&r.x, flipped, n, 0);
        for (unsigned k = 0; iiop_see(r.x.up, r.x.n_up, k, &s); k++) {
            assert_int_equal(s.n_sas + s.n_caller, 0);
            iiop_unsee(&s);
        }
        finish(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),    cmocka_unit_test(test_kinds_of_reply), cmocka_unit_test(test_resend),
        cmocka_unit_test(test_resend_max),  cmocka_unit_test(test_refused),        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_denied_here), cmocka_unit_test(test_oneway),         cmocka_unit_test(test_unasked),
        cmocka_unit_test(test_waiting),     cmocka_unit_test(test_stalled),        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_callback),    cmocka_unit_test(test_orb_leaves),     cmocka_unit_test(test_peer_gone),
        cmocka_unit_test(test_bad_orb),     cmocka_unit_test(test_no_memory),      cmocka_unit_test(test_flips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
