/* CSIv2 over GIOP, a client's end and a target's against each other: what passes, and that it arrives unchanged. */
#include <csiv2/sas.h>
#include <string.h>
#include <support/iiop_pair.h>
#include <support/test.h>

static void begin(iiop_pair *p, const iiop_pair_options *o)
{
    assert_int_equal(iiop_pair_begin(p, o, 0), TROTH_OK);
}

/* The n-th message that the client's ORB has, or the peer's. */
static void seen(const iiop_end *x, unsigned nth, iiop_seen *s)
{
    assert_true(iiop_see(x->up, x->n_up, nth, s));
}

/* What the element of the n-th message of the wire is; -1 = it has none. */
static int element(const iiop_end *x, unsigned nth)
{
    iiop_seen s;
    troth_sas_message m;
    assert_true(iiop_see(x->out, x->n_out, nth, &s));
    int type = -1;
    if (s.n_sas) {
        assert_int_equal(s.n_sas, 1);
        assert_int_equal(troth_sas_read(s.sas, NULL, &m), TROTH_OK);
        type = (int)m.type;
    }
    iiop_unsee(&s);
    return type;
}

static void check_up(const iiop_end *x, unsigned nth, const iiop_msg *q)
{
    iiop_seen s;
    seen(x, nth, &s);
    assert_int_equal(s.n_sas, 0);
    if (q->body)
        iiop_check_body(&s);
    iiop_unsee(&s);
}

static iiop_msg request(uint32_t id)
{
    return (iiop_msg){ .minor = 2, .type = TROTH_GIOP_REQUEST, .id = id, .other = 7, .body = true };
}

/* Versions, byte orders, stateful or not, and names of nine lengths: the token's length goes through all residues of 8. */
static void test_calls(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 12; v++) {
        for (size_t n = 1; n < 10; n++) {
            iiop_pair p;
            char user[16] = "alicealic";
            user[n] = 0;
            const iiop_pair_options o = { .user = user, .stateful = v >= 6 };
            begin(&p, &o);
            iiop_msg q = request(1);
            q.minor = (uint8_t)(v % 3);
            q.order = v / 3 % 2 ? TROTH_BE : TROTH_LE;
            q.body = n % 4 != 0;
            for (; q.id < 4; q.id++)
                iiop_pair_call(&p, &q, 0, 0);
            assert_int_equal(p.t.n_calls, 3);
            for (unsigned i = 0; i < 3; i++) {
                assert_string_equal(p.t.calls[i].peer, user);
                assert_int_equal(p.t.calls[i].facts.mech, TROTH_MECH_GSSUP);
                check_up(&p.t, i, &q);
                check_up(&p.k, i, &q);
                bool reuses = o.stateful && i > 0;
                assert_int_equal(element(&p.k, i), reuses ? TROTH_SAS_MESSAGE_IN_CONTEXT : TROTH_SAS_ESTABLISH_CONTEXT);
            }
            assert_int_equal(p.checks, o.stateful ? 1 : 3);
            assert_int_equal(p.k.n_established, 1);
            assert_int_equal(p.t.n_established, 1);
            assert_int_equal(p.k.established[0].facts.mech, TROTH_MECH_GSSUP);
            assert_int_equal(p.k.established[0].id, o.stateful ? p.t.established[0].id : 0);
            assert_int_equal(p.k.n_warnings + p.t.n_warnings, 0);
            iiop_pair_end(&p);
        }
    }
}

/* In pieces on both outer sides and on the wire, of every length, octet by octet or not. */
static void test_fragments(void **state)
{
    (void)state;
    for (uint8_t minor = 1; minor < 3; minor++) {
        for (size_t cut = minor == 1 ? 12 : 64; cut < 180; cut += minor == 1 ? 1 : 8) {
            iiop_pair p;
            const iiop_pair_options o = { .stateful = true,
                                          .client.fragment = minor == 1 ? 0 : 64,
                                          .server.fragment = minor == 1 ? 0 : 72 };
            begin(&p, &o);
            iiop_msg q = request(1);
            q.minor = minor;
            q.order = cut / 8 % 2 ? TROTH_BE : TROTH_LE;
            q.operation = "a_rather_long_operation_so_that_it_is_worth_cutting";
            uint8_t whole[512];
            size_t n = iiop_make(&q, whole, sizeof whole);
            troth_giop_request parsed;
            assert_int_equal(troth_giop_request_read((troth_bytes){ whole, n }, &parsed), TROTH_OK);
            bool shifted = minor == 1 && cut < parsed.body && cut % 8 != 4;
            if (minor == 1 && cut > n)
                cut = n;
            iiop_pair_call(&p, &q, cut, cut % 3);
            assert_int_equal(p.k.n_closed, shifted); /* its own ORB's message cannot be read as it was meant */
            assert_int_equal(p.t.n_calls, !shifted);
            if (!shifted) {
                check_up(&p.t, 0, &q);
                check_up(&p.k, 0, &q);
                q.id++;
                iiop_pair_call(&p, &q, cut, 0);
                check_up(&p.t, 1, &q);
            }
            bool last = minor == 1 && cut == n;
            iiop_pair_end(&p);
            if (last)
                break;
        }
    }
}

/* Octets cut at every place, on all four ways. */
static void test_every_split(void **state)
{
    (void)state;
    for (size_t step = 1; step < 330; step++) {
        iiop_pair p;
        const iiop_pair_options o = { .stateful = true };
        begin(&p, &o);
        iiop_msg q = request(1);
        iiop_pair_call(&p, &q, 0, step);
        check_up(&p.t, 0, &q);
        check_up(&p.k, 0, &q);
        iiop_pair_end(&p);
    }
}

static void test_kinds(void **state)
{
    (void)state;
    static const char *const operations[] = { "op", "user", "system", "_is_a" };
    for (unsigned v = 0; v < 6; v++) {
        iiop_pair p;
        const iiop_pair_options o = { .stateful = v >= 3 };
        begin(&p, &o);
        iiop_msg q = request(1), l = { .type = TROTH_GIOP_LOCATE_REQUEST, .id = 100 };
        q.minor = l.minor = (uint8_t)(v % 3);
        for (unsigned i = 0; i < 4; i++, q.id++) {
            q.operation = operations[i];
            iiop_pair_call(&p, &q, 0, 0);
        }
        iiop_pair_call(&p, &l, 0, 0);
        q.oneway = true;
        iiop_pair_call(&p, &q, 0, 0);
        assert_int_equal(p.t.n_calls, 5);
        assert_int_equal(iiop_count(p.t.up, p.t.n_up), 6);
        assert_int_equal(iiop_count(p.k.up, p.k.n_up), 5);
        iiop_seen s;
        seen(&p.k, 2, &s); /* the servant's own NO_PERMISSION: the context stands [R, 1.10] */
        assert_string_equal(s.exception, "NO_PERMISSION");
        iiop_unsee(&s);
        assert_int_equal(p.k.n_warnings + p.t.n_warnings, 0);
        assert_int_equal(p.checks, o.stateful ? 1 : 5);
        iiop_pair_end(&p);
    }
}

static void test_wrong_password(void **state)
{
    (void)state;
    iiop_pair p;
    iiop_seen s;
    const iiop_pair_options o = { .password = "wrong!" };
    begin(&p, &o);
    iiop_msg q = request(1);
    iiop_pair_call(&p, &q, 0, 0);
    assert_int_equal(p.t.n_calls + p.t.n_up, 0);
    assert_int_equal(element(&p.t, 0), TROTH_SAS_CONTEXT_ERROR);
    seen(&p.k, 0, &s);
    assert_string_equal(s.exception, "NO_PERMISSION");
    assert_int_equal(s.completed, TROTH_GIOP_COMPLETED_NO);
    assert_int_equal(s.n_sas, 0);
    iiop_unsee(&s);
    assert_int_equal(p.k.n_warnings, 1);
    assert_int_equal(p.t.n_warnings, 1);
    q.id = 2;
    q.oneway = true;
    iiop_pair_call(&p, &q, 0, 0);
    assert_int_equal(p.t.n_up, 0);
    assert_int_equal(p.k.n_closed + p.t.n_closed, 0);
    iiop_pair_end(&p);
}

/* Nobody: the target wants somebody, and says so without a ContextError. */
static void test_nobody(void **state)
{
    (void)state;
    iiop_pair p;
    iiop_seen s;
    const iiop_pair_options o = { .nobody = true };
    begin(&p, &o);
    iiop_msg q = request(1);
    iiop_pair_call(&p, &q, 0, 0);
    assert_int_equal(p.t.n_calls + p.t.n_up, 0);
    assert_int_equal(element(&p.k, 0), -1);
    seen(&p.k, 0, &s);
    assert_string_equal(s.exception, "NO_PERMISSION");
    iiop_unsee(&s);
    iiop_pair_end(&p);
}

/* The target has dropped the context: the call is sent again, once, and succeeds; nobody behind sees any of it. [SAS-13] */
static void lose(iiop_pair *p, const iiop_pair_options *o)
{
    begin(p, o);
    iiop_msg q = request(1);
    iiop_pair_call(p, &q, 0, 0);
    p->t.now += 5000;
    troth_endpoint_expire(p->t.e, p->t.now);
    iiop_settle(&p->t);
    q.id = 2;
    iiop_pair_call(p, &q, 0, 0);
    iiop_pair_serve(p, 0);
    iiop_pair_carry(p, 0);
}

static void test_context_lost(void **state)
{
    (void)state;
    iiop_pair p;
    iiop_pair_options o = { .stateful = true, .context_idle_ms = 100 };
    lose(&p, &o);
    iiop_msg q = request(2);
    assert_int_equal(p.t.n_calls, 2);
    check_up(&p.k, 1, &q);
    assert_int_equal(iiop_count(p.k.out, p.k.n_out), 3);
    assert_int_equal(element(&p.k, 1), TROTH_SAS_MESSAGE_IN_CONTEXT);
    assert_int_equal(element(&p.t, 1), TROTH_SAS_CONTEXT_ERROR);
    assert_int_equal(element(&p.k, 2), TROTH_SAS_ESTABLISH_CONTEXT);
    assert_int_equal(p.checks, 2);
    iiop_pair_end(&p);
    o.client.resend_max = 10; /* nothing fits: the ORB is told that it may try again itself */
    lose(&p, &o);
    iiop_seen s;
    seen(&p.k, 1, &s);
    assert_string_equal(s.exception, "TRANSIENT");
    assert_int_equal(s.completed, TROTH_GIOP_COMPLETED_NO);
    iiop_unsee(&s);
    assert_int_equal(p.t.n_calls, 1);
    q.id = 3;
    iiop_pair_call(&p, &q, 0, 0);
    assert_int_equal(p.t.n_calls, 2);
    iiop_pair_end(&p);
}

/* Several at once, and answered in the other order. */
static void test_pipelined(void **state)
{
    (void)state;
    iiop_pair p;
    const iiop_pair_options o = { .stateful = true };
    begin(&p, &o);
    uint8_t octets[512];
    for (uint32_t i = 1; i < 9; i++) {
        iiop_msg q = request(i);
        q.minor = (uint8_t)(i % 3);
        iiop_pair_ask(&p, &q, 0, 0);
    }
    iiop_pair_carry(&p, 0);
    assert_int_equal(p.t.n_calls, 8);
    for (uint32_t i = 8; i > 0; i--) {
        iiop_msg m = { .minor = (uint8_t)(i % 3), .type = TROTH_GIOP_REPLY, .id = i, .body = true };
        size_t n = iiop_make(&m, octets, sizeof octets);
        iiop_order(&p.t, octets, n, 0, NULL);
    }
    iiop_pair_carry(&p, 0);
    for (unsigned i = 0; i < 8; i++) {
        iiop_seen s;
        seen(&p.k, i, &s);
        assert_int_equal(s.r.request_id, 8 - i);
        iiop_check_body(&s);
        iiop_unsee(&s);
    }
    assert_int_equal(p.checks, 1); /* equivalent evidence waits for the first one's verdict */
    iiop_pair_end(&p);
}

/* Callbacks on the same connection: nobody is authenticated, what looks like it is taken out, both ways. */
static void test_callbacks(void **state)
{
    (void)state;
    static const uint8_t forged[] = { 1, 0, 0, 0 };
    uint8_t octets[512];
    iiop_pair p;
    iiop_seen s;
    const iiop_pair_options o = { .stateful = true };
    begin(&p, &o);
    iiop_msg q = request(2);
    iiop_pair_call(&p, &q, 0, 0);
    iiop_msg b = {
        .minor = 2, .type = TROTH_GIOP_REQUEST, .id = 3, .n_sas = 1, .sas = { forged, 4 }, .caller = 5, .body = true
    };
    size_t n = iiop_make(&b, octets, sizeof octets);
    iiop_order(&p.t, octets, n, 0, NULL);
    iiop_pair_carry(&p, 0);
    seen(&p.k, 1, &s);
    assert_int_equal(s.type, TROTH_GIOP_REQUEST);
    assert_int_equal(s.n_sas + s.n_caller, 0);
    iiop_check_body(&s);
    iiop_unsee(&s);
    b.type = TROTH_GIOP_REPLY;
    n = iiop_make(&b, octets, sizeof octets);
    iiop_order(&p.k, octets, n, 0, NULL);
    iiop_pair_carry(&p, 0);
    assert_true(iiop_see(p.k.out, p.k.n_out, 1, &s));
    assert_int_equal(s.n_sas + s.n_caller, 0);
    iiop_unsee(&s);
    seen(&p.t, 1, &s);
    assert_int_equal(s.type, TROTH_GIOP_REPLY);
    assert_int_equal(s.n_sas + s.n_caller, 0);
    iiop_check_body(&s);
    iiop_unsee(&s);
    iiop_pair_end(&p);
}

/* Input 35: a forward is the ORB's to follow. Our evidence stays on this connection, and it goes on as it was. */
static void test_forward(void **state)
{
    (void)state;
    static const uint8_t elsewhere[] = "\1\1\2\0\5\0\0\0evil\0\0\371\12\3\0\0\0key\0\0\0\0";
    const troth_ior ior = { .type_id = { (const uint8_t *)"IDL:x:1.0", 9 },
                            .n_profiles = 1,
                            .profiles = { { TROTH_TAG_INTERNET_IOP, { elsewhere, sizeof elsewhere - 1 } } } };
    for (unsigned v = 0; v < 6; v++) {
        iiop_pair p;
        iiop_seen s;
        troth_ior got;
        const iiop_pair_options o = { .stateful = v >= 3 };
        begin(&p, &o);
        p.forward = &ior;
        iiop_msg q = request(1);
        q.minor = (uint8_t)(v % 3);
        q.operation = "forward";
        iiop_pair_call(&p, &q, 0, 0);
        seen(&p.k, 0, &s);
        assert_int_equal(s.r.status, TROTH_GIOP_LOCATION_FORWARD);
        assert_int_equal(s.n_sas + s.n_caller, 0);
        assert_int_equal(troth_giop_forward_read((troth_bytes){ s.octets, s.len }, &s.r, &got), TROTH_OK);
        assert_int_equal(got.profiles[0].data.len, sizeof elsewhere - 1);
        assert_memory_equal(got.profiles[0].data.data, elsewhere, sizeof elsewhere - 1);
        iiop_unsee(&s);
        assert_null(memmem(p.k.up, p.k.n_up, "s3cret", 6)); /* the ORB has nothing that it could take there */
        assert_int_equal(iiop_count(p.k.out, p.k.n_out), 1);
        q.id = 2;
        q.operation = NULL;
        iiop_pair_call(&p, &q, 0, 0);
        assert_int_equal(element(&p.k, 1), o.stateful ? TROTH_SAS_MESSAGE_IN_CONTEXT : TROTH_SAS_ESTABLISH_CONTEXT);
        check_up(&p.k, 1, &q);
        assert_int_equal(p.k.n_warnings + p.t.n_warnings, 0);
        iiop_pair_end(&p);
    }
}

static void test_cancel(void **state)
{
    (void)state;
    iiop_pair p;
    const iiop_pair_options o = { .stateful = true };
    begin(&p, &o);
    iiop_msg q = request(1), c = { .minor = 2, .type = TROTH_GIOP_CANCEL_REQUEST, .id = 1 };
    iiop_pair_ask(&p, &q, 0, 0);
    iiop_pair_carry(&p, 0);
    assert_int_equal(p.t.n_calls, 1);
    iiop_pair_ask(&p, &c, 0, 0);
    iiop_pair_carry(&p, 0);
    assert_int_equal(iiop_count(p.t.up, p.t.n_up), 2);
    iiop_pair_serve(&p, 0); /* late */
    iiop_pair_carry(&p, 0);
    assert_int_equal(p.k.n_up, 0);
    q.id = 2; /* what was cancelled counts as not established [R27] */
    iiop_pair_call(&p, &q, 0, 0);
    assert_int_equal(element(&p.k, 2), TROTH_SAS_ESTABLISH_CONTEXT);
    check_up(&p.k, 0, &q);
    iiop_pair_end(&p);
}

static void test_ends(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 2; v++) {
        iiop_pair p;
        const iiop_pair_options o = { .stateful = true };
        begin(&p, &o);
        iiop_msg q = request(1), c = { .minor = 2, .type = TROTH_GIOP_CLOSE_CONNECTION };
        iiop_pair_call(&p, &q, 0, 0);
        uint8_t octets[16];
        size_t n = iiop_make(&c, octets, sizeof octets);
        iiop_order(v ? &p.t : &p.k, octets, n, 0, NULL);
        iiop_pair_carry(&p, 0);
        assert_int_equal(p.k.n_closed, 1);
        assert_int_equal(p.t.n_closed, 1);
        assert_int_equal(p.k.error.code + p.t.error.code, TROTH_OK);
        iiop_end *far = v ? &p.k : &p.t;
        assert_memory_equal(far->up + far->n_up - n, octets, n);
        iiop_pair_end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),        cmocka_unit_test(test_fragments),      cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_kinds),        cmocka_unit_test(test_wrong_password), cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_context_lost), cmocka_unit_test(test_pipelined),      cmocka_unit_test(test_callbacks),
        cmocka_unit_test(test_forward),      cmocka_unit_test(test_cancel),         cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
