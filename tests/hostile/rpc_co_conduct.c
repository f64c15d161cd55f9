/* What a server does with odd but possible clients: strange ids, several contexts in the making, calls given time, the end. */
#include <rpc/call.h>
#include <string.h>
#include <support/co_server.h>
#include <support/test.h>

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

/* ---- presentation contexts ---- */

/* Not executed, and the connection goes on; the rest of a request in fragments passes by, signed or not. */
static void test_unknown_p_cont_id(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    co_bind(&s, 0);
    co_send_request(&s, 2, 9, CO_OPNUM_ECHO);
    co_expect_fault(&s, 2, 0, TROTH_NCA_S_UNK_IF, true);
    alive(3);
    co_pdu_options o = { .flags = TROTH_PFC_FIRST_FRAG, .call_id = 4, .p_cont_id = 9 };
    co_feed(&s, out, co_write_request(out, &o));
    co_expect_fault(&s, 4, 0, TROTH_NCA_S_UNK_IF, true);
    for (int i = 0; i < 3; i++) {
        o.flags = i == 2 ? TROTH_PFC_LAST_FRAG : 0;
        co_feed(&s, out, co_write_request(out, &o));
    }
    co_expect_nothing(&s);
    alive(5);
    assert_int_equal(s.calls, 2);
    co_server_end(&s);
}

/* Signed messages are numbered: those of a request that is refused count. */
static void test_unknown_p_cont_id_signed(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    troth_co_context *x = co_build_context(&s, true, 1, INTEGRITY);
    static const uint8_t zeros[8000];
    troth_bytes b;
    troth_co_outgoing m = {
        .ptype = TROTH_CO_REQUEST, .call_id = 2, .p_cont_id = 9, .stub = { zeros, sizeof zeros }, .ctx = x
    };
    assert_int_equal(troth_co_send(&s.client, &m), TROTH_OK);
    assert_int_equal(troth_co_out(&s.client, &b), TROTH_OK);
    co_feed(&s, b.data, b.len);
    troth_co_sent(&s.client, b.len);
    co_expect_fault(&s, 2, 0, TROTH_NCA_S_UNK_IF, true);
    co_expect_nothing(&s);
    co_feed(&s, out, co_sign_request(&s, x, 3, CO_OPNUM_ECHO, 16, out));
    co_expect_response(&s, 3);
    co_server_end(&s);
}

/* 4,000 for each interface; then bind_nak 2, also to an alter_context. [3.3.3.5.5] */
static void test_too_many_presentation_contexts(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    co_pdu_options o = { .flags = CO_WHOLE, .call_id = 2 };
    co_bind(&s, 0);
    for (unsigned id = 2; id <= 4001; id++) {
        size_t n = co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o);
        out[28] = (uint8_t)id;
        out[29] = (uint8_t)(id >> 8);
        co_feed(&s, out, n);
        if (id == 4001)
            break;
        assert_true(co_next(&s));
        assert_int_equal(s.hdr.ptype, TROTH_CO_ALTER_CONTEXT_RESP);
    }
    co_expect_nak(&s, TROTH_CO_NAK_LOCAL_LIMIT);
    assert_int_equal(s.error.code, TROTH_LIMIT);
    co_server_end(&s);
}

/* An alter_context that proposes nothing. */
static void test_alter_of_nothing(void **state)
{
    (void)state;
    for (int profile = TROTH_RPC_STRICT; profile <= TROTH_RPC_WINDOWS; profile++) {
        co_pdu_options o = { .flags = CO_WHOLE, .call_id = 3 };
        begin((troth_rpc_profile)profile);
        co_bind(&s, 0);
        size_t n = co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o);
        out[24] = 0;
        co_feed(&s, out, n);
        co_expect_fault(&s, 3, 0, TROTH_NCA_S_PROTO_ERROR, true);
        co_expect_closed(&s);
        co_server_end(&s);
    }
}

/* ---- security contexts ---- */

static size_t last_leg(troth_co_context *x, const uint8_t *pdu, size_t len)
{
    troth_reader r = troth_reader_of(pdu, len, TROTH_LE);
    troth_co_trailer t;
    troth_co_hdr h;
    troth_event ev;
    troth_co_leg l;
    assert_int_equal(troth_co_hdr_read(&r, &h), TROTH_OK);
    assert_int_equal(troth_co_trailer_read(pdu, &h, TROTH_CO_HDR, &t), TROTH_OK);
    assert_int_equal(troth_co_context_leg(x, t.token), TROTH_OK);
    assert_true(troth_co_next_event(x->conn, &ev));
    troth_job_run(ev.job);
    assert_true(troth_co_context_stepped(x->conn, ev.job, &l));
    co_pdu_options o = { .flags = CO_WHOLE,
                         .call_id = 1,
                         .auth_type = NTLM,
                         .auth_level = INTEGRITY,
                         .auth_context_id = x->auth_context_id,
                         .token = l.token };
    size_t n = co_write_auth3(out, &o);
    troth_job_free(ev.job);
    return n;
}

/* Several are built at once, and end in another order than they began in; the oldest is what the clock is for. */
static void test_several_in_the_making(void **state)
{
    static const unsigned order[] = { 1, 0, 2 };
    static uint8_t challenge[3][2048];
    troth_co_context *x[3];
    size_t len[3];
    (void)state;
    begin(TROTH_RPC_STRICT);
    co_bind(&s, 0);
    for (unsigned i = 0; i < 3; i++) {
        s.now += 100;
        x[i] = co_begin_context(&s, false, i + 1, INTEGRITY);
        assert_true(co_next(&s));
        len[i] = s.hdr.frag_length;
        memcpy(challenge[i], s.pdu, len[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        uint64_t oldest = i < 2 ? 1100 : 1300;
        assert_true(troth_endpoint_deadline(s.e) <= oldest + 10000);
        s.now = oldest + 9999;
        troth_endpoint_expire(s.e, s.now);
        co_expect_open(&s);
        s.now = 1300;
        co_feed(&s, out, last_leg(x[order[i]], challenge[order[i]], len[order[i]]));
        assert_int_equal(s.established, i + 1);
        co_feed(&s, out, co_sign_request(&s, x[order[i]], 2 + i, CO_OPNUM_ECHO, 16, out));
        co_expect_response(&s, 2 + i);
        assert_int_equal(s.as, order[i] + 1);
    }
    assert_int_equal(troth_rpc_server_count(s.server).contexts, 3);
    assert_int_equal(troth_rpc_server_count(s.server).contexts_now, 3);
    co_server_end(&s);
}

/* Padding in a bind: older Windows took it, and so does its profile. */
static void test_12_padded_bind(void **state)
{
    static const uint8_t token[16] = "not a token";
    (void)state;
    for (int profile = TROTH_RPC_STRICT; profile <= TROTH_RPC_WINDOWS; profile++) {
        co_pdu_options o = { .flags = CO_WHOLE, .call_id = 5, .pad = 8 };
        o.auth_type = NTLM, o.auth_level = CONNECT, o.auth_context_id = 1;
        o.token = (troth_bytes){ token, sizeof token };
        begin((troth_rpc_profile)profile);
        s.keep_jobs = true;
        co_feed(&s, out, co_write_bind(out, TROTH_CO_BIND, &o));
        assert_int_equal(s.job != NULL, profile == TROTH_RPC_WINDOWS);
        if (profile == TROTH_RPC_WINDOWS)
            co_run_job(&s);
        co_expect_nak(&s, profile == TROTH_RPC_WINDOWS ? TROTH_CO_NAK_CHECKSUM : TROTH_CO_NAK_VERSION);
        co_server_end(&s);
    }
}

/* ---- calls ---- */

static void reply_now(void *self, troth_rpc_call *call)
{
    (void)self;
    troth_rpc_call_reply(call, (troth_bytes){ out, 8 });
}

/* Handlers that take their time: each at its own, the earliest first, and again when they ask again. */
static void test_after(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    co_bind(&s, TROTH_PFC_CONC_MPX);
    static const uint64_t ms[] = { 300, 100, 200 };
    for (uint32_t i = 0; i < 3; i++) {
        co_send_request(&s, 2 + i, 1, CO_OPNUM_LATER);
        troth_rpc_call_after(s.later, ms[i], reply_now, NULL);
    }
    static const uint32_t order[] = { 3, 4, 2 };
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t due = 1000 + 100 * (i + 1);
        assert_int_equal(troth_endpoint_deadline(s.e), due);
        s.now = due - 1;
        troth_endpoint_expire(s.e, s.now);
        co_expect_nothing(&s);
        s.now = due;
        troth_endpoint_expire(s.e, s.now);
        co_expect_response(&s, order[i]);
        co_expect_nothing(&s);
    }
    co_send_request(&s, 9, 1, CO_OPNUM_LATER);
    troth_rpc_call_after(s.later, UINT64_MAX, reply_now, NULL); /* never */
    s.now += 1000000;
    troth_endpoint_expire(s.e, s.now);
    co_expect_nothing(&s);
    co_server_end(&s);
}

/* A call that outlives its connection views nothing of it any more. */
static void test_outlived(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    troth_co_context *x = co_build_context(&s, true, 1, INTEGRITY);
    co_feed(&s, out, co_sign_request(&s, x, 4, CO_OPNUM_LATER, 16, out));
    const troth_rpc_caller *caller = troth_rpc_call_caller(s.later);
    assert_non_null(caller->transport);
    assert_int_not_equal(caller->session_key.len, 0);
    co_server_again(&s);
    assert_null(caller->transport);
    assert_int_equal(caller->session_key.len, 0);
    assert_string_equal(caller->facts.peer.name, "");
    assert_true(troth_rpc_call_cancelled(s.later));
    troth_rpc_call_after(s.later, 10, reply_now, NULL); /* there is no clock for it */
    troth_rpc_call_reply(s.later, (troth_bytes){ out, 8 });
    co_server_end(&s);
}

/* ---- the end, and what is counted ---- */

static void test_peer_gone(void **state)
{
    static const troth_status want[] = { TROTH_OK, TROTH_TRUNCATED, TROTH_CLOSED, TROTH_CLOSED };
    (void)state;
    for (int what = 0; what < 4; what++) {
        co_pdu_options o = { .flags = TROTH_PFC_FIRST_FRAG, .call_id = 2, .p_cont_id = 1 };
        size_t used;
        begin(TROTH_RPC_STRICT);
        co_bind(&s, 0);
        if (what == 1)
            co_feed(&s, (const uint8_t *)"\x05", 1);
        if (what == 2)
            co_feed(&s, out, co_write_request(out, &o));
        if (what == 3)
            co_send_request(&s, 2, 1, CO_OPNUM_LATER);
        troth_endpoint_feed_end(s.e, s.now);
        co_expect_closed(&s);
        assert_int_equal(s.error.code, want[what]);
        troth_status after = troth_endpoint_feed(s.e, out, 1, NULL, s.now, &used);
        assert_int_equal(after, want[what] ? want[what] : TROTH_CLOSED);
        assert_int_equal(used, 1);
        if (what == 3)
            troth_rpc_call_reply(s.later, (troth_bytes){ out, 8 });
        co_server_end(&s);
    }
}

static void test_counted(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    co_bind(&s, 0);
    alive(2);
    co_send_request(&s, 3, 9, CO_OPNUM_ECHO);
    co_expect_fault(&s, 3, 0, TROTH_NCA_S_UNK_IF, true);
    troth_rpc_counters c = troth_rpc_server_count(s.server);
    assert_int_equal(c.pdus_in, 3);
    assert_int_equal(c.pdus_out, 3);
    assert_int_equal(c.calls_in, 1);
    assert_int_equal(c.calls_out, 1);
    assert_int_equal(c.faults, 1);
    assert_int_equal(c.connections, 1);
    assert_int_equal(c.groups, 1);
    co_server_end(&s);
}

static void test_options(void **state)
{
    (void)state;
    begin(TROTH_RPC_STRICT);
    static const struct row {
        uint16_t max_frag;
        int profile, min_level;
        troth_status want;
    } rows[] = {
        { TROTH_CO_FRAG_MIN - 1, 0, 0, TROTH_INVALID },
        { TROTH_CO_FRAG_MIN, 0, 0, TROTH_OK },
        { TROTH_CO_FRAG_MAX, 0, 0, TROTH_OK },
        { TROTH_CO_FRAG_MAX + 1, 0, 0, TROTH_INVALID },
        { 0, TROTH_RPC_WINDOWS + 1, 0, TROTH_INVALID },
        { 0, 0, TROTH_RPC_LEVEL_PRIVACY, TROTH_OK },
        { 0, 0, TROTH_RPC_LEVEL_PRIVACY + 1, TROTH_INVALID },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        troth_rpc_co_server_options o = s.options;
        troth_endpoint *e = NULL;
        o.max_frag = rows[i].max_frag;
        o.profile = (troth_rpc_profile)rows[i].profile;
        o.min_level = (troth_rpc_level)rows[i].min_level;
        assert_int_equal(troth_rpc_co_server_new(&o, 0, &e), rows[i].want);
        assert_int_equal(e == NULL, rows[i].want != TROTH_OK);
        troth_endpoint_free(e);
    }
    co_server_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alter_of_nothing),
        cmocka_unit_test(test_unknown_p_cont_id),
        cmocka_unit_test(test_unknown_p_cont_id_signed),
        cmocka_unit_test(test_too_many_presentation_contexts),
        cmocka_unit_test(test_several_in_the_making),
        cmocka_unit_test(test_12_padded_bind),
        cmocka_unit_test(test_after),
        cmocka_unit_test(test_outlived),
        cmocka_unit_test(test_peer_gone),
        cmocka_unit_test(test_counted),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
