/* The target's end of a connection over a session that does as it is told: spec 15.4, 24.3 and the hostile inputs of GIOP. */
#include <csiv2/iiop_target.h>
#include <stdlib.h>
#include <support/env.h>
#include <support/iiop.h>
#include <unit/csiv2/fake_session.h>

static uint8_t buf[IIOP_OCTETS];

typedef struct rig {
    test_env env;
    iiop_end x;
} rig;

static void open_with(rig *r, troth_iiop_options o)
{
    static struct troth_sas_target target;
    troth_transport transport = { .peer = "test" };
    troth_endpoint *e;
    memset(&fake, 0, sizeof fake);
    test_env_init(&r->env);
    o.env = &r->env.env;
    assert_int_equal(troth_iiop_target_new(&target, &o, &transport, 1000, &e), TROTH_OK);
    iiop_begin(&r->x, e);
}

static void begin(rig *r)
{
    open_with(r, (troth_iiop_options){ 0 });
}

static void finish(rig *r)
{
    iiop_finish(&r->x);
    assert_int_equal(fake.freed, 1);
    test_env_check(&r->env);
}

static size_t feed(rig *r, const iiop_msg *m)
{
    size_t n = iiop_make(m, buf, sizeof buf);
    return iiop_feed(&r->x, buf, n, 0);
}

static troth_status order(rig *r, const iiop_msg *m)
{
    troth_status st;
    size_t n = iiop_make(m, buf, sizeof buf);
    iiop_order(&r->x, buf, n, 0, &st);
    return st;
}

#define SAS(literal) { (const uint8_t *)literal, sizeof literal - 1 }
static const troth_bytes alice = SAS("A\0\0\0alice"), again = SAS("A\0\5\0alice"), bob = SAS("A\0\0\0bob"),
                         waits = SAS("W\0\0\0alice"), refused = SAS("R\0\0\0alice"), refused_late = SAS("V\0\0\0alice"),
                         marshal = SAS("M\0\0\0x"), closing = SAS("X\0\0\0x");

static iiop_msg request(uint32_t id, troth_bytes sas)
{
    return (iiop_msg){
        .minor = 2, .type = TROTH_GIOP_REQUEST, .id = id, .n_sas = sas.len > 0, .sas = sas, .other = 3, .body = true
    };
}

static iiop_msg reply(uint32_t id)
{
    return (iiop_msg){ .minor = 2, .type = TROTH_GIOP_REPLY, .id = id, .other = 5, .body = true };
}

static iiop_msg bare(uint8_t type, uint32_t id)
{
    return (iiop_msg){ .minor = 2, .type = type, .id = id };
}

/* The only message that the ORB has, or the peer. */
static void only(const uint8_t *p, size_t n, iiop_seen *s)
{
    assert_int_equal(iiop_count(p, n), 1);
    assert_true(iiop_see(p, n, 0, s));
}

static void check_exception(rig *r, const char *name, uint32_t n_sas, uint8_t minor, troth_order byte_order)
{
    iiop_seen s;
    only(r->x.out, r->x.n_out, &s);
    assert_int_equal(s.type, TROTH_GIOP_REPLY);
    assert_string_equal(s.exception, name);
    assert_int_equal(s.completed, TROTH_GIOP_COMPLETED_NO);
    assert_int_equal(s.n_sas, n_sas);
    assert_int_equal(s.r.minor, minor);
    assert_int_equal(s.r.order, byte_order);
    iiop_unsee(&s);
}

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
    finish(&r);
}

/* ---- refusals ---- */

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

/* ---- verdicts that come later ---- */

/* What waits lets others pass, and reaches the ORB only when it is found good. */
static void test_waiting(void **state)
{
    (void)state;
    rig r;
    iiop_seen s;
    begin(&r);
    iiop_msg a = request(1, waits), b = request(2, bob), v = request(3, refused_late), l = bare(TROTH_GIOP_LOCATE_REQUEST, 4);
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

static const troth_iiop_options publishing = { .publish_host = "gateway",
                                               .publish_port = 2810,
                                               .publish_component = SAS("component") };

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
        p.status = TROTH_GIOP_OBJECT_FORWARD;
        p.ior = &ior;
        feed(&r, &q);
        order(&r, &p);
        only(r.x.out, r.x.n_out, &s);
        assert_int_equal(troth_giop_locate_reply_read((troth_bytes){ s.octets, s.len }, &l), TROTH_OK);
        assert_int_equal(l.status, TROTH_GIOP_OBJECT_FORWARD);
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
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_fragment_option),
        cmocka_unit_test(test_tell_caller),
        cmocka_unit_test(test_private_context_stripped),
        cmocka_unit_test(test_backends_own_element),
        cmocka_unit_test(test_established),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_oneways),
        cmocka_unit_test(test_too_many_failures),
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
