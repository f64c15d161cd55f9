/* Hostile inputs 15, 17, 21 and 22 of a server connection, where a right signature or a half built context is needed. */
#include <sec/context.h>
#include <string.h>
#include <support/co_server.h>
#include <support/test.h>

enum { DENIED = TROTH_RPC_S_ACCESS_DENIED, PACKAGE = TROTH_RPC_S_SEC_PKG_ERROR };
enum { CONNECT = TROTH_RPC_LEVEL_CONNECT, INTEGRITY = TROTH_RPC_LEVEL_INTEGRITY, NTLM = TROTH_RPC_AUTH_NTLM };
static const uint8_t junk[16] = { 1 };

static uint8_t out[80000];
static co_server s;

static void begin(int profile)
{
    co_server_init(&s, (troth_rpc_profile)profile);
    co_server_open(&s);
}

#define EACH_PROFILE for (int profile = TROTH_RPC_STRICT; profile <= TROTH_RPC_WINDOWS; profile++)

static co_pdu_options in_context(uint32_t call_id, uint8_t type, uint8_t level, uint32_t id)
{
    return (co_pdu_options){ .flags = CO_WHOLE,
                             .call_id = call_id,
                             .p_cont_id = 1,
                             .auth_type = type,
                             .auth_level = level,
                             .auth_context_id = id,
                             .token = { junk, sizeof junk } };
}

/* Sign a written PDU as its NTLM client does, whatever it says: 16 octets of token at its end, 8 of trailer before. */
static void sign(troth_co_context *x, uint8_t *pdu, size_t n)
{
    size_t trailer = n - 24;
    troth_segment segs[] = { { TROTH_SEG_SIGN_ONLY, pdu, 24 },
                             { TROTH_SEG_DATA, pdu + 24, trailer - 24 },
                             { TROTH_SEG_SIGN_ONLY, pdu + trailer, 8 } };
    troth_message m = { .segs = segs, .n_segs = 3, .token = pdu + n - 16, .token_len = 16 };
    assert_int_equal(troth_context_protect(x->sec, TROTH_FORM_MIC, &m, 1, NULL), TROTH_OK);
    assert_int_equal(m.token_len, 16);
}

/* 21: the first fragment has decided; of a later one, signed as it is, nothing else counts. */
static void test_21_garbage_signed(void **state)
{
    (void)state;
    EACH_PROFILE
    {
        static const uint8_t stub[16] = { 1, 2, 3 };
        begin(profile);
        troth_co_context *x = co_build_context(&s, true, 1, INTEGRITY);
        for (int garbage = 0; garbage < 2; garbage++) {
            uint32_t call_id = 5 + (uint32_t)garbage;
            co_pdu_options o = in_context(call_id, NTLM, INTEGRITY, 1);
            o.stub = stub;
            o.stub_len = sizeof stub;
            o.flags = TROTH_PFC_FIRST_FRAG;
            size_t n = co_write_request(out, &o);
            sign(x, out, n);
            co_feed(&s, out, n);
            co_expect_nothing(&s);
            if (garbage) {
                o.auth_type = o.auth_level = 111;
                o.auth_context_id = 111;
                o.p_cont_id = o.opnum = 111;
            }
            o.flags = TROTH_PFC_LAST_FRAG;
            n = co_write_request(out, &o);
            sign(x, out, n);
            co_feed(&s, out, n);
            co_expect_response(&s, call_id);
            assert_int_equal(s.as, 1);
            assert_int_equal(s.level, INTEGRITY);
            assert_int_equal(s.pdu[16], 32); /* alloc_hint: both halves of the stub */
        }
        co_server_end(&s);
    }
}

/* 22: a bit of the header, to another presentation context that is as good. */
static void test_22_another_presentation(void **state)
{
    (void)state;
    EACH_PROFILE
    {
        co_pdu_options o = { .flags = CO_WHOLE, .call_id = 2 };
        begin(profile);
        troth_co_context *x = co_build_context(&s, true, 1, INTEGRITY);
        size_t n = co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o);
        out[28] = 0; /* p_cont_id */
        co_feed(&s, out, n);
        assert_true(co_next(&s));
        assert_int_equal(s.hdr.ptype, TROTH_CO_ALTER_CONTEXT_RESP);
        n = co_sign_request(&s, x, 4, CO_OPNUM_ECHO, 40, out);
        out[20] ^= 1;
        co_feed(&s, out, n);
        co_expect_fault(&s, 4, 0, PACKAGE, false);
        co_expect_closed(&s);
        assert_int_equal(s.calls, 0);
        assert_int_equal(s.error.wire, PACKAGE);
        co_server_end(&s);
    }
}

/* 17: rpc_auth_3 of another type or level than was begun; with too long a token; twice. */
static void test_17_auth3_differs(void **state)
{
    static const uint8_t longest[4097];
    (void)state;
    EACH_PROFILE
    {
        for (int what = 0; what < 3; what++) {
            co_pdu_options o =
                in_context(5, what == 0 ? TROTH_RPC_AUTH_SPNEGO : NTLM, what == 1 ? TROTH_RPC_LEVEL_PKT : INTEGRITY, 1);
            begin(profile);
            if (what == 2)
                o.token = (troth_bytes){ longest, sizeof longest };
            assert_non_null(co_begin_context(&s, true, 1, INTEGRITY));
            assert_true(co_next(&s));
            co_feed(&s, out, co_write_auth3(out, &o));
            co_expect_fault(&s, 5, 0, what == 2 ? TROTH_NCA_S_PROTO_ERROR : TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY, true);
            co_expect_closed(&s);
            assert_int_equal(s.established, 0);
            co_server_end(&s);
        }
    }
}

/* 15 of a leg: alter_context goes on with another level, or another type, than the context was begun with. */
static void test_15_leg_differs(void **state)
{
    (void)state;
    EACH_PROFILE
    {
        for (int type = 0; type < 2; type++) {
            co_pdu_options o = in_context(5, type ? TROTH_RPC_AUTH_SPNEGO : NTLM, type ? INTEGRITY : CONNECT, 1);
            begin(profile);
            assert_non_null(co_begin_context(&s, true, 1, INTEGRITY));
            assert_true(co_next(&s));
            s.keep_jobs = true;
            co_feed(&s, out, co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o));
            assert_null(s.job);
            co_expect_fault(&s, 5, 0, type ? PACKAGE : DENIED, true);
            co_expect_closed(&s);
            co_server_end(&s);
        }
    }
}

/* A level that no client may ask for, in a context that stands: 15, for each value. */
static void test_15_every_level(void **state)
{
    (void)state;
    EACH_PROFILE
    {
        for (unsigned level = 0; level < 256; level++) {
            if (level == INTEGRITY)
                continue;
            co_pdu_options o = in_context(5, NTLM, (uint8_t)level, 1);
            begin(profile);
            assert_non_null(co_build_context(&s, true, 1, INTEGRITY));
            co_feed(&s, out, co_write_request(out, &o));
            co_expect_fault(&s, 5, 1, DENIED, false);
            co_expect_closed(&s);
            assert_int_equal(s.calls, 0);
            co_server_end(&s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_15_leg_differs),          cmocka_unit_test(test_15_every_level),
        cmocka_unit_test(test_17_auth3_differs),        cmocka_unit_test(test_21_garbage_signed),
        cmocka_unit_test(test_22_another_presentation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
