/* The target's end of a connection over a session that does as it is told: requests, replies, refusals. [CORBA 15.4, 24.3] */
#include <unit/csiv2/iiop_target_rig.h>

/* ---- requests and replies ---- */

/* Context 15 goes, the rest and the body stay, and the reply gets the answer: for every version, order and length. */
static void one_exchange(const iiop_msg *q, size_t answer, size_t cut, size_t step)
{
    rig r;
    iiop_seen s;
    begin(&r);
    fake.answer = answer;
    size_t n = iiop_make_cut(q, cut, buf, sizeof buf);
    assert_int_equal(iiop_feed(&r.x, buf, n, step), n);
    assert_int_equal(r.x.n_closed, 0);
    assert_int_equal(r.x.n_calls, 1);
    assert_int_equal(r.x.calls[0].id, q->id);
    assert_string_equal(r.x.calls[0].peer, "alice");
    only(r.x.up, r.x.n_up, &s);
    assert_int_equal(s.n_sas, 0);
    assert_int_equal(s.n_other, q->other > 0);
    assert_int_equal(s.q.order, q->order);
    if (q->body)
        iiop_check_body(&s);
    else
        assert_int_equal(s.q.body, s.len);
    iiop_unsee(&s);
    iiop_msg p = { .minor = q->minor, .order = q->order, .type = TROTH_GIOP_REPLY, .id = q->id, .body = q->body };
    n = iiop_make_cut(&p, 0, buf, sizeof buf);
    assert_int_equal(iiop_order(&r.x, buf, n, step, NULL), n);
    only(r.x.out, r.x.n_out, &s);
    assert_int_equal(s.n_sas, answer > 0);
    assert_int_equal(s.sas.len, answer);
    if (q->body)
        iiop_check_body(&s);
    iiop_unsee(&s);
    assert_int_equal(fake.in_use, 0);
    finish(&r);
}

static void test_exchange(void **state)
{
    (void)state;
    uint8_t element[32] = "A\0\0\0alice";
    for (unsigned v = 0; v < 6; v++) {
        for (size_t len = 9; len < 26; len++) {
            iiop_msg q = { .minor = (uint8_t)(v / 2),
                           .order = v % 2 ? TROTH_BE : TROTH_LE,
                           .type = TROTH_GIOP_REQUEST,
                           .id = 77,
                           .n_sas = 1,
                           .sas = { element, len },
                           .other = len % 5,
                           .body = len % 7 != 0 };
            one_exchange(&q, len, 0, 0);
            if (len == 9)
                one_exchange(&q, 0, 0, 1);
        }
    }
}

/* Octets cut at every place: the same comes out. */
static void test_every_split(void **state)
{
    (void)state;
    rig r;
    iiop_msg q = request(1, alice), l = bare(TROTH_GIOP_LOCATE_REQUEST, 2);
    static uint8_t whole[2048], want[2048];
    size_t n = iiop_make(&q, whole, sizeof whole);
    n += iiop_make(&l, whole + n, sizeof whole - n);
    size_t n_want = 0;
    for (size_t at = 0; at <= n; at++) {
        begin(&r);
        assert_int_equal(iiop_feed(&r.x, whole, at, 0), at);
        assert_int_equal(iiop_feed(&r.x, whole + at, n - at, 0), n - at);
        assert_int_equal(r.x.n_calls, 1);
        if (!at) {
            n_want = r.x.n_up;
            memcpy(want, r.x.up, n_want);
        }
        assert_int_equal(r.x.n_up, n_want);
        assert_memory_equal(r.x.up, want, n_want);
        finish(&r);
    }
}

/* In pieces: 1.2 at every multiple of 8, 1.1 at every octet. In 1.1 a cut that moves what is behind it is refused. */
static void test_fragments(void **state)
{
    (void)state;
    for (unsigned o = 0; o < 2; o++) {
        iiop_msg q = request(5, alice);
        q.order = o ? TROTH_BE : TROTH_LE;
        q.operation = "a_rather_long_operation_that_is_worth_cutting_more_than_once_and_then_once_more";
        for (size_t piece = 64; piece < 300; piece += 8)
            one_exchange(&q, 20, piece, 0);
        q.minor = 1;
        size_t n = iiop_make(&q, buf, sizeof buf);
        troth_giop_request parsed;
        assert_int_equal(troth_giop_request_read((troth_bytes){ buf, n }, &parsed), TROTH_OK);
        size_t body = parsed.body;
        for (size_t cut = TROTH_GIOP_HDR; cut <= n; cut++) {
            if (cut >= body || cut % 8 == 4) {
                one_exchange(&q, 20, cut, cut % 2);
                continue;
            }
            rig r;
            begin(&r);
            size_t len = iiop_make_cut(&q, cut, buf, sizeof buf);
            iiop_feed(&r.x, buf, len, 0);
            assert_int_equal(r.x.n_calls, 0);
            assert_int_equal(r.x.n_up, 0);
            assert_int_equal(r.x.n_closed, 1);
            assert_int_equal(r.x.error.code, TROTH_UNSUPPORTED);
            assert_int_equal(r.x.out[7], TROTH_GIOP_MESSAGE_ERROR);
            assert_int_equal(fake.in_use, 0); /* what was not read as it was meant is not judged either */
            finish(&r);
        }
    }
}

/* What goes to the peer is cut as it was asked for; what goes to the ORB of 1.2 is whole. */
static void test_fragment_option(void **state)
{
    (void)state;
    rig r;
    iiop_seen s;
    open_with(&r, (troth_iiop_options){ .fragment = 64 });
    fake.answer = 100;
    iiop_msg q = request(1, alice), p = reply(1);
    feed(&r, &q);
    assert_int_equal(order(&r, &p), TROTH_OK);
    only(r.x.out, r.x.n_out, &s);
    iiop_check_body(&s);
    assert_int_equal(s.sas.len, 100);
    iiop_unsee(&s);
    assert_true(r.x.out[6] & 2);
    assert_int_equal(r.x.out[8] | r.x.out[11], 64 - TROTH_GIOP_HDR);
    finish(&r);
}

static void test_tell_caller(void **state)
{
    (void)state;
    rig r;
    iiop_seen s;
    open_with(&r, (troth_iiop_options){ .tell_caller = true });
    iiop_msg q = request(1, alice);
    q.caller = 40; /* its own copy of what only we may say */
    feed(&r, &q);
    only(r.x.up, r.x.n_up, &s);
    assert_int_equal(s.n_caller, 1);
    iiop_check_body(&s);
    troth_cdr c = troth_cdr_encapsulation(s.caller);
    assert_memory_equal(troth_cdr_string(&c).data, "alice", 6);
    assert_memory_equal(troth_cdr_string(&c).data, "alice", 6);
    assert_memory_equal(troth_cdr_string(&c).data, "gssup", 6);
    assert_int_equal(troth_cdr_u32(&c), TROTH_F_IDENTIFY);
    assert_int_equal(troth_cdr_end(&c), TROTH_OK);
    iiop_unsee(&s);
    finish(&r);
}

/* Its own copy of the private context never passes, not without ours either, not in any version, not backwards. */
static void test_private_context_stripped(void **state)
{
    (void)state;
    for (uint8_t minor = 0; minor < 3; minor++) {
        rig r;
        iiop_seen s;
        begin(&r);
        iiop_msg q = request(1, (troth_bytes){ NULL, 0 });
        q.minor = minor;
        q.caller = 21;
        feed(&r, &q);
        only(r.x.up, r.x.n_up, &s);
        assert_int_equal(s.n_caller, 0);
        iiop_check_body(&s);
        iiop_unsee(&s);
        iiop_msg p = reply(1);
        p.minor = minor;
        p.caller = 21;
        order(&r, &p);
        only(r.x.out, r.x.n_out, &s);
        assert_int_equal(s.n_caller, 0);
        iiop_unsee(&s);
        finish(&r);
    }
}

/* What the ORB says in context 15 is not what we say. */
static void test_backends_own_element(void **state)
{
    (void)state;
    rig r;
    iiop_seen s;
    begin(&r);
    fake.answer = 24;
    iiop_msg q = request(1, alice), p = reply(1);
    p.n_sas = 2;
    p.sas = alice;
    feed(&r, &q);
    order(&r, &p);
    only(r.x.out, r.x.n_out, &s);
    assert_int_equal(s.n_sas, 1);
    assert_int_equal(s.sas.len, 24);
    iiop_unsee(&s);
    finish(&r);
}

static void test_established(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    const troth_bytes sequence[] = { alice, again, again, bob, alice, again, { NULL, 0 }, { NULL, 0 } };
    const unsigned told[] = { 1, 1, 1, 2, 3, 3, 4, 4 };
    for (uint32_t i = 0; i < 8; i++) {
        iiop_msg q = request(i, sequence[i]);
        feed(&r, &q);
        assert_int_equal(r.x.n_established, told[i]);
        assert_int_equal(r.x.n_calls, i + 1);
    }
    assert_int_equal(r.x.established[0].id, 5);
    assert_string_equal(r.x.established[0].peer, "alice");
    assert_string_equal(r.x.established[1].peer, "bob");
    assert_int_equal(r.x.established[1].id, 3);
    assert_string_equal(r.x.established[3].peer, "");
    assert_true(r.x.established[3].facts.attributes & TROTH_F_ANONYMOUS);
    assert_int_equal(r.x.established[0].facts.mech, TROTH_MECH_GSSUP);
    const troth_bytes inside[] = { alice, SAS("A\7\5\0alice"), SAS("A\7\0\5alice") }; /* another context of hers */
    for (uint32_t i = 0; i < 3; i++) {
        iiop_msg q = request(10 + i, inside[i]);
        feed(&r, &q);
        assert_int_equal(r.x.n_established, 5);
    }
    finish(&r);
}

/* ---- refusals ---- */

/* A request that the session can neither take nor put off would wait for ever. */
static void test_not_taken(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    fake.no_memory = true;
    iiop_msg q = request(1, alice);
    feed(&r, &q);
    assert_int_equal(r.x.n_closed, 1);
    assert_int_equal(r.x.error.code, TROTH_NO_MEMORY);
    assert_int_equal(r.x.n_up, 0);
    finish(&r);
}

/* What is refused, or cancelled while it waits, takes no room from others, and an end need not wait for it. */
static void test_forgotten(void **state)
{
    (void)state;
    rig r;
    troth_iiop_conn *c;
    begin(&r);
    c = (troth_iiop_conn *)r.x.e;
    iiop_msg q = request(1, refused), k = bare(TROTH_GIOP_CANCEL_REQUEST, 2);
    feed(&r, &q);
    assert_int_equal(c->held + c->waiting, 0);
    q = request(2, waits);
    feed(&r, &q);
    assert_true(c->held > 0 && c->waiting == 1);
    feed(&r, &k);
    assert_int_equal(c->held + c->waiting, 0);
    fake.pending = 1;
    q.id = 3;
    feed(&r, &q);
    q.id = 4;
    feed(&r, &q);
    k.id = 3;
    assert_true(c->stalled && c->waiting == 2);
    assert_int_equal(feed(&r, &k), 0); /* nothing is read while one was not even taken */
    fake.release = true;
    iiop_settle(&r.x);
    assert_true(!c->stalled && !c->waiting);
    troth_endpoint_feed_end(r.x.e, 1000);
    iiop_settle(&r.x);
    assert_int_equal(r.x.n_ends, 1);
    finish(&r);
}

static void test_refused(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 6; v++) {
        rig r;
        begin(&r);
        iiop_msg q = request(9, refused);
        q.minor = (uint8_t)(v / 2);
        q.order = v % 2 ? TROTH_BE : TROTH_LE;
        feed(&r, &q);
        check_exception(&r, "NO_PERMISSION", 1, q.minor, q.order);
        assert_int_equal(r.x.n_up, 0);
        assert_int_equal(r.x.n_warnings, 1);
        assert_int_equal(r.x.warned_id, 9);
        assert_int_equal(r.x.warned.wire, 1u << 16 | 1);
        assert_int_equal(r.x.n_closed, 0);
        iiop_forget(&r.x);
        q = request(10, marshal);
        q.minor = (uint8_t)(v / 2);
        q.order = v % 2 ? TROTH_BE : TROTH_LE;
        feed(&r, &q);
        check_exception(&r, "MARSHAL", 0, q.minor, q.order);
        iiop_forget(&r.x);
        q = request(9, alice); /* the id is free again */
        q.n_sas = 2;           /* ambiguity is an attack */
        feed(&r, &q);
        check_exception(&r, "NO_PERMISSION", 1, 2, TROTH_LE);
        assert_int_equal(r.x.n_up, 0);
        finish(&r);
    }
}

static void test_oneways(void **state)
{
    (void)state;
    rig r;
    iiop_seen s;
    begin(&r);
    iiop_msg q = request(9, refused);
    q.oneway = true;
    feed(&r, &q);
    assert_int_equal(r.x.n_up + r.x.n_out, 0);
    assert_int_equal(r.x.n_warnings, 1);
    q.sas = alice;
    feed(&r, &q);
    only(r.x.up, r.x.n_up, &s);
    assert_false(troth_giop_response_expected(&s.q));
    iiop_unsee(&s);
    assert_string_equal(r.x.calls[0].peer, "alice");
    assert_int_equal(fake.in_use, 0);
    assert_int_equal(fake.ended, 1);
    feed(&r, &q); /* and its id is free */
    assert_int_equal(r.x.n_calls, 2);
    assert_int_equal(r.x.n_closed, 0);
    finish(&r);
}

static void test_too_many_failures(void **state)
{
    (void)state;
    rig r;
    begin(&r);
    iiop_msg q = request(1, closing);
    feed(&r, &q);
    check_exception(&r, "NO_PERMISSION", 1, 2, TROTH_LE);
    assert_int_equal(r.x.n_closed, 1);
    assert_int_equal(r.x.error.code, TROTH_DENIED);
    finish(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_fragment_option),
        cmocka_unit_test(test_tell_caller),
        cmocka_unit_test(test_private_context_stripped),
        cmocka_unit_test(test_backends_own_element),
        cmocka_unit_test(test_established),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_not_taken),
        cmocka_unit_test(test_forgotten),
        cmocka_unit_test(test_oneways),
        cmocka_unit_test(test_too_many_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
