/* The hostile inputs 32-37 and 42 of a server connection, and calls that are answered late or never. */
#include <string.h>
#include <support/co_server.h>
#include <support/test.h>

enum { PROTO = TROTH_NCA_S_PROTO_ERROR, DENIED = TROTH_RPC_S_ACCESS_DENIED, PACKAGE = TROTH_RPC_S_SEC_PKG_ERROR };
enum { CONNECT = TROTH_RPC_LEVEL_CONNECT, INTEGRITY = TROTH_RPC_LEVEL_INTEGRITY, NTLM = TROTH_RPC_AUTH_NTLM };

static uint8_t out[80000];
static co_server s;

static void begin(troth_rpc_profile profile)
{
    co_server_init(&s, profile);
    co_server_open(&s);
}

static void alive(uint32_t call_id)
{
    co_send_request(&s, call_id, 1, CO_OPNUM_ECHO);
    co_expect_response(&s, call_id);
}

static void send_bare(uint8_t ptype, uint32_t call_id)
{
    uint8_t pdu[16] = { 5, 0, ptype, CO_WHOLE, 0x10, 0, 0, 0, 16, 0, 0, 0, (uint8_t)call_id, (uint8_t)(call_id >> 8) };
    co_feed(&s, pdu, sizeof pdu);
}

static void test_32_cancels_of_nothing(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    co_bind(&s, 0);
    size_t before = s.r.side[REAL_SERVER].env.held;
    for (uint32_t i = 0; i < 1000; i++)
        send_bare(i % 2 ? TROTH_CO_CO_CANCEL : TROTH_CO_ORPHANED, 3 + i);
    co_expect_nothing(&s);
    assert_int_equal(s.r.side[REAL_SERVER].env.held, before);
    alive(2);
    co_server_end(&s);
}

static void test_33_header_signing_stays(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    co_pdu_options o = { .flags = CO_WHOLE, .call_id = 2 };
    co_bind(&s, TROTH_PFC_SUPPORT_HEADER_SIGN);
    assert_true(s.hdr.flags & TROTH_PFC_SUPPORT_HEADER_SIGN);
    co_feed(&s, out, co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o));
    assert_true(co_next(&s));
    assert_false(s.hdr.flags & TROTH_PFC_SUPPORT_HEADER_SIGN);
    assert_true(troth_rpc_co_facts_of(s.e).header_signing);
    co_server_end(&s);
}

static void test_34_group_of_another(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    static const troth_transport elsewhere = { .peer = "192.0.2.9:50000", .local = "192.0.2.2:135" };
    troth_endpoint *first, *mine;
    co_pdu_options o = { .flags = CO_WHOLE, .call_id = 1 };
    co_bind(&s, 0);
    uint32_t group = troth_rpc_co_facts_of(s.e).group;
    assert_int_not_equal(group, 0);
    first = s.e;
    size_t n = co_write_bind(out, TROTH_CO_BIND, &o);
    memcpy(out + 20, &group, 4);
    s.options.transport = &elsewhere;
    assert_int_equal(troth_rpc_co_server_new(&s.options, s.now, &s.e), TROTH_OK);
    co_feed(&s, out, n);
    co_expect_nak(&s, TROTH_CO_NAK_NOT_SPECIFIED);
    mine = s.e;
    s.e = first;
    s.closed = false;
    troth_endpoint_free(mine);
    alive(2);
    co_server_end(&s);
}

static void test_35_no_end_of_legs(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    co_pdu_options o = {
        .flags = CO_WHOLE, .call_id = 5, .auth_type = NTLM, .auth_level = CONNECT, .auth_context_id = 1
    };
    co_bind(&s, 0);
    troth_co_context *x = co_begin_context(&s, false, 1, CONNECT);
    assert_non_null(x);
    assert_true(co_next(&s));
    o.token = (troth_bytes){ (const uint8_t *)"NTLMSSP", 8 };
    unsigned legs = 0;
    while (!s.closed && legs < 20) {
        co_feed(&s, out, co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o));
        legs++;
    }
    assert_true(legs <= 10);
    co_expect_fault(&s, 5, 0, DENIED, true);
    co_expect_closed(&s);
    co_server_end(&s);
}

/* Nothing is due but to give unused buffers back, after a second. */
static void rest(void)
{
    assert_int_equal(troth_endpoint_deadline(s.e), s.now + 1000);
    s.now += 1000;
    troth_endpoint_expire(s.e, s.now);
    assert_int_equal(troth_endpoint_deadline(s.e), UINT64_MAX);
}

static void late(uint64_t half_open)
{
    while (troth_endpoint_deadline(s.e) < half_open) { /* unused buffers go first */
        s.now = troth_endpoint_deadline(s.e);
        troth_endpoint_expire(s.e, s.now);
    }
    assert_int_equal(troth_endpoint_deadline(s.e), half_open);
    s.now = half_open - 1;
    troth_endpoint_expire(s.e, s.now);
    co_expect_open(&s);
    s.now = half_open;
    troth_endpoint_expire(s.e, s.now);
    co_expect_closed(&s);
    assert_int_equal(s.error.code, TROTH_TIMEOUT);
    co_server_again(&s);
}

static void test_36_slow(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    co_pdu_options o = { .flags = TROTH_PFC_FIRST_FRAG, .call_id = 2, .p_cont_id = 1 };
    late(s.now + 10000); /* no bind */
    co_bind(&s, 0);
    rest();
    s.now += 70;
    co_feed(&s, (const uint8_t *)"\x05", 1);
    late(s.now + 10000); /* a PDU that does not end */
    co_bind(&s, 0);
    s.now += 70;
    co_feed(&s, out, co_write_request(out, &o));
    late(s.now + 10000); /* a request that does not */
    co_bind(&s, 0);
    s.now += 70;
    assert_non_null(co_begin_context(&s, false, 1, CONNECT));
    assert_true(co_next(&s));
    late(s.now + 10000); /* a context that is not built */
    s.options.idle_ms = 500;
    co_server_again(&s);
    co_bind(&s, 0);
    late(s.now + 500);
    co_server_end(&s);
}

/* The connection goes while a leg runs in another thread; its job comes home to nobody. */
static void test_37_gone_while_a_leg_runs(void **state)
{
    (void)state;
    for (int reset = 0; reset < 3; reset++) {
        begin(TROTH_RPC_STRICT);
        s.keep_jobs = true;
        assert_non_null(co_begin_context(&s, true, 1, INTEGRITY));
        assert_non_null(s.job);
        troth_job *job = s.job;
        s.job = NULL;
        if (reset == 0)
            troth_endpoint_close(s.e, TROTH_CLOSED);
        if (reset == 2) { /* the peer has gone: the leg is waited for */
            troth_endpoint_feed_end(s.e, s.now);
            co_expect_open(&s);
        }
        troth_job_run(job);
        if (reset == 1) {
            troth_job_free(job);
        } else {
            troth_endpoint_stepped(s.e, job, s.now);
            co_events(&s);
            assert_true(s.closed);
        }
        co_server_end(&s);
    }
}

/* A leg runs: what names its context waits, and nothing behind it is taken; then all goes on. */
static void test_what_waits(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    co_pdu_options o = { .flags = CO_WHOLE, .call_id = 2, .p_cont_id = 1 };
    troth_co_context *x = co_build_context(&s, true, 1, INTEGRITY);
    s.keep_jobs = true;
    assert_non_null(co_begin_context(&s, false, 2, INTEGRITY));
    assert_non_null(s.job);
    size_t n = co_sign_request(&s, x, 2, CO_OPNUM_ECHO, 16, out);
    assert_int_equal(co_feed(&s, out, n), n); /* another context's call goes on */
    co_expect_response(&s, 2);
    o.auth_type = NTLM, o.auth_level = INTEGRITY, o.auth_context_id = 2;
    o.token = (troth_bytes){ (const uint8_t *)"0123456789abcdef", 16 };
    n = co_write_request(out, &o);
    assert_int_equal(co_feed(&s, out, n), n); /* held */
    co_expect_nothing(&s);
    assert_int_equal(co_feed(&s, out, n), 0);
    s.keep_jobs = false;
    co_run_job(&s);
    assert_true(co_next(&s));
    assert_int_equal(s.hdr.ptype, TROTH_CO_ALTER_CONTEXT_RESP);
    co_expect_fault(&s, 2, 0, PROTO, true); /* too early: its context is not built */
    co_server_end(&s);
}

/* Who cancels may say so without a verifier; with one it must be right. */
static void test_cancel_forged(void **state)
{
    uint8_t pdu[40] = { 5, 0, TROTH_CO_CO_CANCEL, CO_WHOLE, 0x10, 0, 0, 0, 40, 0, 16, 0, 4, 0, 0, 0, NTLM, INTEGRITY };
    (void)state;
    begin(TROTH_RPC_STRICT);
    pdu[20] = 1; /* auth_context_id */
    troth_co_context *x = co_build_context(&s, true, 1, INTEGRITY);
    co_feed(&s, out, co_sign_request(&s, x, 4, CO_OPNUM_LATER, 16, out));
    co_feed(&s, pdu, sizeof pdu);
    assert_false(troth_rpc_call_cancelled(s.later));
    send_bare(TROTH_CO_CO_CANCEL, 4);
    assert_true(troth_rpc_call_cancelled(s.later));
    troth_rpc_call_reply(s.later, (troth_bytes){ out, 8 });
    co_expect_response(&s, 4);
    co_server_end(&s);
}

/* ---- 42: requests without a verifier ---- */

static void test_42_strict(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    assert_non_null(co_build_context(&s, true, 1, CONNECT));
    alive(2); /* CO-4 */
    assert_string_equal(s.who, "DOM\\alice");
    assert_int_equal(s.level, CONNECT);
    assert_non_null(co_build_context(&s, false, 2, INTEGRITY));
    s.calls = 0;
    co_send_request(&s, 3, 1, CO_OPNUM_ECHO);
    co_expect_fault(&s, 3, 1, DENIED, true);
    co_expect_open(&s);
    assert_int_equal(s.calls, 0);
    co_server_again(&s);
    assert_non_null(co_build_context(&s, true, 1, INTEGRITY)); /* the only one, and above connect */
    co_send_request(&s, 3, 1, CO_OPNUM_ECHO);
    co_expect_fault(&s, 3, 1, DENIED, true);
    assert_int_equal(s.calls, 0);
    co_server_end(&s);
}

static void test_42_windows(void **state)
{
    (void)state;
    begin(TROTH_RPC_WINDOWS);
    co_pdu_options o = { .flags = CO_WHOLE, .call_id = 4, .p_cont_id = 1, .auth_type = NTLM, .auth_level = CONNECT };
    o.token = (troth_bytes){ (const uint8_t *)"0123456789abcdef", 16 };
    o.auth_context_id = 1;
    assert_non_null(co_build_context(&s, true, 1, CONNECT));
    assert_non_null(co_build_context(&s, false, 2, INTEGRITY));
    alive(2);
    assert_string_equal(s.who, "DOM\\alice"); /* E */
    assert_int_equal(s.level, CONNECT);
    co_feed(&s, out, co_write_request(out, &o));
    co_expect_response(&s, 4);
    alive(5); /* D: nobody, never the context above connect */
    assert_string_equal(s.who, "");
    assert_int_equal(s.level, TROTH_RPC_LEVEL_NONE);
    assert_non_null(co_build_context(&s, false, 3, CONNECT));
    alive(6); /* a connect context was named before: D for good */
    assert_string_equal(s.who, "");
    co_server_end(&s);
}

/* ---- late answers ---- */

static unsigned wakes;

static void on_wake(void *self, troth_endpoint *e)
{
    (void)self, (void)e;
    wakes++;
}

static void test_late_answer(void **state)
{
    (void)state;
    co_server_init(&s, TROTH_RPC_STRICT);
    s.options.wake = on_wake;
    co_server_open(&s);
    co_bind(&s, TROTH_PFC_CONC_MPX);
    wakes = 0;
    co_send_request(&s, 2, 1, CO_OPNUM_LATER);
    troth_rpc_call *first = s.later;
    co_send_request(&s, 3, 1, CO_OPNUM_LATER);
    send_bare(TROTH_CO_CO_CANCEL, 2);
    assert_true(troth_rpc_call_cancelled(first));
    troth_rpc_call_reply(s.later, (troth_bytes){ out, 8 }); /* out of order */
    co_expect_response(&s, 3);
    troth_rpc_call_fault(first, 7);
    co_expect_fault(&s, 2, 1, 7, false);
    assert_int_equal(wakes, 2);
    co_send_request(&s, 4, 1, CO_OPNUM_LATER);
    send_bare(TROTH_CO_ORPHANED, 4);
    troth_rpc_call_reply(s.later, (troth_bytes){ out, 8 }); /* nobody waits */
    co_expect_nothing(&s);
    alive(5);
    co_send_request(&s, 6, 1, CO_OPNUM_LATER); /* outlives its connection */
    co_server_again(&s);
    assert_true(troth_rpc_call_cancelled(s.later));
    troth_rpc_call_reply(s.later, (troth_bytes){ out, 8 });
    co_server_end(&s);
}

/* One call at a time without CONC_MPX, and no more than max_calls with it: the next waits, and comes to its turn. */
static void test_calls_wait(void **state)
{
    (void)state;
    for (uint8_t mpx = 0; mpx <= TROTH_PFC_CONC_MPX; mpx += TROTH_PFC_CONC_MPX) {
        co_server_init(&s, TROTH_RPC_STRICT);
        s.options.max_calls = 1;
        co_server_open(&s);
        co_bind(&s, mpx);
        co_send_request(&s, 2, 1, CO_OPNUM_LATER);
        co_send_request(&s, 3, 1, CO_OPNUM_ECHO);
        assert_int_equal(s.calls, 1);
        troth_rpc_call_reply(s.later, (troth_bytes){ out, 8 });
        co_expect_response(&s, 2);
        co_expect_response(&s, 3);
        assert_int_equal(s.calls, 2);
        co_server_end(&s);
    }
}

/* The n-th allocation fails, for every n of a bind, two contexts and calls in several fragments: no more than that. */
static void test_no_memory(void **state)
{
    size_t n = 1;
    (void)state;
    for (bool all = false; !all; n++) {
        begin(TROTH_RPC_STRICT);
        test_env *env = &s.r.side[REAL_SERVER].env;
        env->fail_at = env->allocs + n;
        troth_co_context *x = co_build_context(&s, true, 1, CONNECT);
        if (x)
            x = co_build_context(&s, false, 2, INTEGRITY);
        if (x) {
            co_feed(&s, out, co_sign_request(&s, x, 5, CO_OPNUM_ECHO, 9000, out));
            co_send_request(&s, 6, 1, CO_OPNUM_LATER);
            while (co_next(&s))
                ;
        }
        all = env->allocs < env->fail_at;
        env->fail_at = 0;
        co_server_end(&s);
    }
    print_message("%zu allocations\n", n - 2);
    assert_true(n > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_32_cancels_of_nothing),
        cmocka_unit_test(test_33_header_signing_stays),
        cmocka_unit_test(test_34_group_of_another),
        cmocka_unit_test(test_35_no_end_of_legs),
        cmocka_unit_test(test_36_slow),
        cmocka_unit_test(test_37_gone_while_a_leg_runs),
        cmocka_unit_test(test_what_waits),
        cmocka_unit_test(test_42_strict),
        cmocka_unit_test(test_42_windows),
        cmocka_unit_test(test_late_answer),
        cmocka_unit_test(test_calls_wait),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_cancel_forged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
