/* The target's end: verdicts that come later, cancelling, the other direction, references. */
#include <unit/csiv2/iiop_target_rig.h>

/* ---- verdicts that come later ---- */

/* What waits lets others pass, and reaches the ORB only when it is found good. */
static void test_waiting(void **state)
{
    (void)state;
    rig r;
    iiop_seen s;
    begin(&r);
    iiop_msg a = request(1, waits), b = request(2, bob), v = request(3, refused_late),
             l = bare(TROTH_GIOP_LOCATE_REQUEST, 4);
    feed(&r, &a);
    feed(&r, &v);
    assert_int_equal(r.x.n_up, 0);
    feed(&r, &b);
    feed(&r, &l);
    assert_int_equal(r.x.n_calls, 1);
    assert_string_equal(r.x.calls[0].peer, "bob");
    assert_int_equal(iiop_count(r.x.up, r.x.n_up), 2);
    iiop_forget(&r.x);
    fake.release = true;
    iiop_settle(&r.x);
    only(r.x.up, r.x.n_up, &s);
    assert_int_equal(s.q.request_id, 1);
    iiop_check_body(&s);
    iiop_unsee(&s);
    check_exception(&r, "NO_PERMISSION", 1, 2, TROTH_LE);
    finish(&r);
}

/* One that was not even taken holds back what follows it, and goes on by itself. */
static void test_stalled(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    fake.pending = 2;
    for (uint32_t i = 0; i < 3; i++) {
        iiop_msg q = request(i, waits);
        assert_true(feed(&r, &q) > 0);
    }
    iiop_msg q = request(3, bob);
    assert_int_equal(feed(&r, &q), 0);
    assert_true(r.x.stuck);
    assert_int_equal(r.x.n_calls, 0);
    fake.release = true;
    iiop_settle(&r.x);
    assert_int_equal(r.x.n_calls, 3);
    assert_true(feed(&r, &q) > 0);
    assert_int_equal(r.x.n_calls, 4);
    finish(&r);
}

static void test_in_flight(void **state)
{
    (void)state;
    rig r;
    open_with(&r, (troth_iiop_options){ .in_flight = 2 });
    for (uint32_t i = 0; i < 2; i++) {
        iiop_msg q = request(i, alice);
        assert_true(feed(&r, &q) > 0);
    }
    iiop_msg q = request(2, alice), p = reply(0);
    assert_int_equal(feed(&r, &q), 0);
    assert_int_equal(order(&r, &p), TROTH_OK);
    assert_true(feed(&r, &q) > 0);
    assert_int_equal(r.x.n_calls, 3);
    assert_int_equal(feed(&r, &q), 0);
    q = bare(TROTH_GIOP_CANCEL_REQUEST, 1); /* not looked at: it is behind what has no room */
    assert_int_equal(feed(&r, &q), 0);
    finish(&r);
}

/* What waits is bounded in octets, too. */
static void test_held(void **state)
{
    (void)state;
    rig r;
    open_with(&r, (troth_iiop_options){ .message_max = 4096, .unfinished_max = 1024 });
    uint32_t taken = 0;
    for (uint32_t i = 0; i < 40; i++) {
        iiop_msg q = request(i, waits);
        taken += feed(&r, &q) > 0;
    }
    assert_in_range(taken, 2, 12);
    fake.release = true;
    iiop_settle(&r.x);
    assert_int_equal(r.x.n_calls, taken);
    finish(&r);
}

/* The peer does not read: no verdict is asked for, no reply taken. */
static void test_output_full(void **state)
{
    (void)state;
    rig r;
    troth_event ev;
    troth_bytes out;
    size_t used;
    open_with(&r, (troth_iiop_options){ .out_max = 64 });
    iiop_msg q = request(1, alice), p = reply(1);
    feed(&r, &q);
    size_t n = iiop_make(&p, buf, sizeof buf);
    troth_order_msg o = { .kind = TROTH_ORDER_DATA, .data = { buf, n } };
    assert_int_equal(troth_endpoint_submit(r.x.e, &o, 1000, &used), TROTH_OK);
    assert_int_equal(troth_endpoint_submit(r.x.e, &o, 1000, &used), TROTH_AGAIN);
    assert_int_equal(used, 0);
    q = request(2, refused);
    n = iiop_make(&q, buf, sizeof buf);
    assert_int_equal(troth_endpoint_feed(r.x.e, buf, n, NULL, 1000, &used), TROTH_OK);
    assert_false(troth_endpoint_event(r.x.e, &ev));
    assert_int_equal(troth_endpoint_out(r.x.e, &out, NULL), TROTH_OK);
    troth_endpoint_sent(r.x.e, out.len);
    assert_true(troth_endpoint_event(r.x.e, &ev));
    assert_int_equal(ev.kind, TROTH_EV_WARNING);
    finish(&r);
}

/* ---- cancelling ---- */

static void test_cancel(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    iiop_msg q = request(1, waits), c = bare(TROTH_GIOP_CANCEL_REQUEST, 1), p = reply(1);
    feed(&r, &q);
    feed(&r, &c); /* while it waits: the ORB hears of neither */
    fake.release = true;
    iiop_settle(&r.x);
    assert_int_equal(r.x.n_up, 0);
    assert_int_equal(fake.in_use, 0);
    feed(&r, &q); /* passed on: the ORB is told, and what it still answers is for nobody */
    assert_int_equal(r.x.n_calls, 1);
    feed(&r, &c);
    assert_int_equal(iiop_count(r.x.up, r.x.n_up), 2);
    assert_int_equal(fake.ended, 2);
    assert_int_equal(order(&r, &p), TROTH_OK);
    assert_int_equal(r.x.n_out, 0);
    assert_int_equal(r.x.n_warnings, 0);
    feed(&r, &q); /* the late reply has freed the id */
    feed(&r, &c);
    assert_int_equal(r.x.n_closed, 0);
    feed(&r, &q); /* none came: the id is in use [CORBA 15.4.2] */
    assert_int_equal(r.x.n_closed, 1);
    assert_int_equal(r.x.error.code, TROTH_UNEXPECTED);
    finish(&r);
}

/* In pieces: swallowed, and never seen; in 1.1 only the request that the pieces are of. */
static void test_cancel_fragments(void **state)
{
    (void)state;
    for (uint8_t minor = 1; minor < 3; minor++) {
        rig r;
        begin(&r);
        iiop_msg q = request(8, alice), c = bare(TROTH_GIOP_CANCEL_REQUEST, 8), other = c;
        static uint8_t cut[4096];
        q.minor = c.minor = other.minor = minor;
        other.id = 5;
        size_t n = iiop_make_cut(&q, minor == 1 ? 92 : 64, cut, sizeof cut);
        size_t first = TROTH_GIOP_HDR + (size_t)cut[8]; /* little-endian, short */
        iiop_feed(&r.x, cut, first, 0);
        feed(&r, &other);
        assert_int_equal(iiop_count(r.x.up, r.x.n_up), 1); /* of nobody we know: the ORB may */
        feed(&r, &c);
        iiop_feed(&r.x, cut + first, n - first, 0);
        assert_int_equal(iiop_count(r.x.up, r.x.n_up), 1);
        assert_int_equal(r.x.n_calls, 0);
        assert_int_equal(r.x.n_closed, 0);
        finish(&r);
    }
}

static void test_reused_id(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    iiop_msg q = request(1, alice), b = request(1, bob);
    feed(&r, &q);
    feed(&r, &b);
    assert_int_equal(r.x.n_calls, 1);
    assert_int_equal(r.x.n_closed, 1);
    assert_int_equal(r.x.error.code, TROTH_UNEXPECTED);
    finish(&r);
}

/* ---- the other direction ---- */

static void test_callbacks(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 3; minor++) {
        rig r;
        iiop_seen s;
        begin(&r);
        iiop_msg q = request(1, alice), p = reply(1);
        q.minor = p.minor = minor;
        q.caller = 9;
        order(&r, &q);
        only(r.x.out, r.x.n_out, &s);
        assert_int_equal(s.n_sas + s.n_caller, 0);
        assert_int_equal(s.n_other, 1);
        iiop_check_body(&s);
        iiop_unsee(&s);
        p.n_sas = 1;
        p.sas = bob;
        p.caller = 9;
        feed(&r, &p);
        only(r.x.up, r.x.n_up, &s);
        assert_int_equal(s.n_sas + s.n_caller, 0);
        iiop_check_body(&s);
        iiop_unsee(&s);
        assert_int_equal(fake.in_use + r.x.n_calls, 0);
        iiop_msg where = bare(TROTH_GIOP_LOCATE_REQUEST, 2), here = bare(TROTH_GIOP_LOCATE_REPLY, 2);
        here.status = TROTH_GIOP_OBJECT_HERE;
        order(&r, &where);
        assert_int_equal(iiop_count(r.x.out, r.x.n_out), 2);
        feed(&r, &here);
        assert_int_equal(iiop_count(r.x.up, r.x.n_up), 2);
        feed(&r, &p); /* once more: nobody has asked */
        assert_int_equal(r.x.n_closed, 1);
        assert_int_equal(r.x.error.code, TROTH_UNEXPECTED);
        finish(&r);
    }
}

/* The same numbers are used in both directions by peers of 1.1 that know no better: they are apart. */
static void test_ids_by_direction(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    fake.answer = 16;
    iiop_msg q = request(1, alice), p = reply(1);
    feed(&r, &q);
    order(&r, &q);
    feed(&r, &p);
    order(&r, &p);
    assert_int_equal(iiop_count(r.x.up, r.x.n_up), 2);
    assert_int_equal(iiop_count(r.x.out, r.x.n_out), 2);
    iiop_seen s;
    assert_true(iiop_see(r.x.out, r.x.n_out, 1, &s));
    assert_int_equal(s.n_sas, 1);
    iiop_unsee(&s);
    assert_int_equal(fake.replied, 1);
    finish(&r);
}

static void test_unasked_reply(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    iiop_msg p = reply(3), w = request(3, waits);
    assert_int_equal(order(&r, &p), TROTH_OK);
    assert_int_equal(r.x.n_out, 0);
    assert_int_equal(r.x.n_warnings, 1);
    feed(&r, &w);
    assert_int_equal(order(&r, &p), TROTH_OK); /* to one that the ORB has not seen */
    assert_int_equal(r.x.n_out, 0);
    assert_int_equal(r.x.n_warnings, 2);
    assert_int_equal(r.x.n_closed, 0);
    finish(&r);
}

/* ---- LocateRequest, and references ---- */

static size_t make_ior(troth_ior *ior, uint8_t *profile, size_t cap, uint8_t minor)
{
    troth_writer w = troth_writer_over(profile, cap, TROTH_LE);
    troth_cdr_out c = troth_cdr_out_encapsulation(&w);
    troth_cdr_put_u8(&c, 1);
    troth_cdr_put_u8(&c, minor);
    troth_cdr_put_string(&c, (troth_bytes){ (const uint8_t *)"backend", 7 });
    troth_cdr_put_u16(&c, 2809);
    troth_cdr_put_octets(&c, (troth_bytes){ (const uint8_t *)"key", 3 });
    if (minor) {
        troth_cdr_put_u32(&c, 2);
        troth_cdr_put_u32(&c, TROTH_TAG_ORB_TYPE);
        troth_cdr_put_octets(&c, (troth_bytes){ (const uint8_t *)"\1\0\0\0ATT", 8 });
        troth_cdr_put_u32(&c, TROTH_TAG_TLS_SEC_TRANS);
        troth_cdr_put_octets(&c, (troth_bytes){ (const uint8_t *)"\1\0\0\0", 4 });
    }
    *ior = (troth_ior){ .type_id = { (const uint8_t *)"IDL:x:1.0", 9 },
                        .n_profiles = 1,
                        .profiles = { { TROTH_TAG_INTERNET_IOP, { profile, w.len } } } };
    return w.len;
}

static void check_published(const troth_ior *ior)
{
    troth_iiop_profile p;
    assert_int_equal(ior->n_profiles, 1);
    assert_int_equal(troth_iiop_profile_read(ior->profiles[0].data, &p), TROTH_OK);
    assert_int_equal(p.host.len, 7);
    assert_memory_equal(p.host.data, "gateway", 7);
    assert_int_equal(p.port, 2810);
    assert_memory_equal(p.object_key.data, "key", 3);
    const troth_ior_tagged *c = troth_ior_find(p.components, p.n_components, TROTH_TAG_CSI_SEC_MECH_LIST);
    assert_non_null(c);
    assert_memory_equal(c->data.data, "component", 9);
    assert_non_null(troth_ior_find(p.components, p.n_components, TROTH_TAG_ORB_TYPE));
    assert_null(troth_ior_find(p.components, p.n_components, TROTH_TAG_TLS_SEC_TRANS));
}

static void test_forward_published(void **state)
{
    (void)state;
    uint8_t profile[256];
    troth_ior ior, got;
    for (unsigned v = 0; v < 12; v++) {
        rig r;
        iiop_seen s;
        uint8_t minor = (uint8_t)(v % 3);
        open_with(&r, publishing);
        fake.answer = 16 + v;
        make_ior(&ior, profile, sizeof profile, 2);
        iiop_msg q = request(1, alice);
        iiop_msg p = { .minor = minor, .type = TROTH_GIOP_REPLY, .id = 1, .status = 3, .ior = &ior, .other = v };
        p.order = v < 6 ? TROTH_LE : TROTH_BE;
        if (v >= 9 && minor == 2)
            p.status = TROTH_GIOP_LOCATION_FORWARD_PERM;
        q.minor = minor;
        q.order = p.order;
        feed(&r, &q);
        order(&r, &p);
        only(r.x.out, r.x.n_out, &s);
        assert_int_equal(s.r.status, p.status);
        assert_int_equal(s.sas.len, 16 + v);
        assert_int_equal(troth_giop_forward_read((troth_bytes){ s.octets, s.len }, &s.r, &got), TROTH_OK);
        check_published(&got);
        iiop_unsee(&s);
        finish(&r);
    }
}

static void test_locate(void **state)
{
    (void)state;
    uint8_t profile[256];
    troth_ior ior, got;
    for (unsigned v = 0; v < 6; v++) {
        rig r;
        iiop_seen s;
        troth_giop_locate_reply l;
        open_with(&r, publishing);
        make_ior(&ior, profile, sizeof profile, 1);
        iiop_msg q = bare(TROTH_GIOP_LOCATE_REQUEST, 6), p = bare(TROTH_GIOP_LOCATE_REPLY, 6);
        q.minor = p.minor = (uint8_t)(v % 3);
        q.order = p.order = v < 3 ? TROTH_LE : TROTH_BE;
        p.status = TROTH_GIOP_OBJECT_HERE;
        feed(&r, &q);
        assert_int_equal(iiop_count(r.x.up, r.x.n_up), 1);
        assert_int_equal(r.x.n_calls, 0);
        order(&r, &p);
        assert_int_equal(iiop_count(r.x.out, r.x.n_out), 1);
        iiop_forget(&r.x);
        p.status = TROTH_GIOP_OBJECT_FORWARD + (p.minor == 2); /* OBJECT_FORWARD_PERM, where it is known */
        p.ior = &ior;
        feed(&r, &q);
        order(&r, &p);
        only(r.x.out, r.x.n_out, &s);
        assert_int_equal(troth_giop_locate_reply_read((troth_bytes){ s.octets, s.len }, &l), TROTH_OK);
        assert_int_equal(l.status, p.status);
        troth_cdr c = troth_cdr_of((troth_bytes){ s.octets, s.len }, l.body, l.order);
        troth_ior_get(&c, &got);
        assert_int_equal(troth_cdr_end(&c), TROTH_OK);
        check_published(&got);
        iiop_unsee(&s);
        iiop_forget(&r.x);
        make_ior(&ior, profile, sizeof profile, 0); /* no place for a component: it would lead past us */
        feed(&r, &q);
        order(&r, &p);
        only(r.x.out, r.x.n_out, &s);
        assert_int_equal(troth_giop_locate_reply_read((troth_bytes){ s.octets, s.len }, &l), TROTH_OK);
        assert_int_equal(l.status, TROTH_GIOP_UNKNOWN_OBJECT);
        assert_int_equal(r.x.n_warnings, 1);
        iiop_unsee(&s);
        finish(&r);
    }
}

/* Without an address or a component of our own, no reference is read, let alone changed. */
static void test_locate_unpublished(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    iiop_msg q = bare(TROTH_GIOP_LOCATE_REQUEST, 6), p = bare(TROTH_GIOP_LOCATE_REPLY, 6);
    p.status = TROTH_GIOP_OBJECT_FORWARD; /* to nowhere */
    feed(&r, &q);
    assert_int_equal(order(&r, &p), TROTH_OK);
    size_t n = iiop_make(&p, buf, sizeof buf);
    assert_int_equal(r.x.n_out, n);
    assert_memory_equal(r.x.out, buf, n);
    assert_int_equal(r.x.n_warnings, 0);
    finish(&r);
}

static void test_forward_unpublishable(void **state)
{
    (void)state;
    uint8_t profile[256];
    troth_ior ior;
    rig r;
    open_with(&r, publishing);
    make_ior(&ior, profile, sizeof profile, 0);
    iiop_msg q = request(1, alice), p = { .minor = 2, .type = TROTH_GIOP_REPLY, .id = 1, .status = 3, .ior = &ior };
    feed(&r, &q);
    order(&r, &p);
    check_exception(&r, "INV_OBJREF", 0, 2, TROTH_LE);
    assert_int_equal(r.x.n_warnings, 1);
    finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_stalled),
        cmocka_unit_test(test_in_flight),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_output_full),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_cancel_fragments),
        cmocka_unit_test(test_reused_id),
        cmocka_unit_test(test_callbacks),
        cmocka_unit_test(test_ids_by_direction),
        cmocka_unit_test(test_unasked_reply),
        cmocka_unit_test(test_forward_published),
        cmocka_unit_test(test_locate),
        cmocka_unit_test(test_forward_unpublishable),
        cmocka_unit_test(test_locate_unpublished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
