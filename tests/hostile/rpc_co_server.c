/* The hostile inputs 1-37 and 42 of a server connection, by number, each with its right answer. */
#include <string.h>
#include <support/co_server.h>
#include <support/test.h>

enum { PROTO = TROTH_NCA_S_PROTO_ERROR, DENIED = TROTH_RPC_S_ACCESS_DENIED, PACKAGE = TROTH_RPC_S_SEC_PKG_ERROR };
enum { CONNECT = TROTH_RPC_LEVEL_CONNECT, INTEGRITY = TROTH_RPC_LEVEL_INTEGRITY, NTLM = TROTH_RPC_AUTH_NTLM };
static const uint8_t junk[16] = { 1 };
static const uint8_t zeros[6000];

static uint8_t out[80000];

/* Each in both profiles; the answer differs only where the test asks. */
static void in_both(void (*test)(co_server *s))
{
    for (int profile = TROTH_RPC_STRICT; profile <= TROTH_RPC_WINDOWS; profile++) {
        static co_server s;
        co_server_init(&s, (troth_rpc_profile)profile);
        s.options.max_contexts = 3;
        co_server_open(&s);
        test(&s);
        co_server_end(&s);
    }
}

static co_pdu_options plain(uint32_t call_id)
{
    return (co_pdu_options){ .flags = CO_WHOLE, .call_id = call_id, .p_cont_id = 1 };
}

static co_pdu_options secured(uint32_t call_id, uint8_t type, uint8_t level, uint32_t id)
{
    co_pdu_options o = plain(call_id);
    o.auth_type = type;
    o.auth_level = level;
    o.auth_context_id = id;
    o.token = (troth_bytes){ junk, sizeof junk };
    return o;
}

static void alive(co_server *s, uint32_t call_id)
{
    co_send_request(s, call_id, 1, CO_OPNUM_ECHO);
    co_expect_response(s, call_id);
}

/* ---- 1-12: headers, lengths, lists ---- */

static void h01_version(co_server *s)
{
    for (int i = 0; i < 2; i++) {
        co_pdu_options o = plain(1);
        size_t n = co_write_bind(out, TROTH_CO_BIND, &o);
        out[i] = i ? 1 : 4; /* 5.1, 4.0 */
        co_feed(s, out, n);
        co_expect_nak(s, TROTH_CO_NAK_VERSION);
        co_server_again(s);
    }
}

static void h02_short(co_server *s)
{
    co_pdu_options o = plain(1);
    size_t n = co_write_bind(out, TROTH_CO_BIND, &o);
    out[8] = 15;
    co_feed(s, out, n);
    co_expect_nak(s, TROTH_CO_NAK_VERSION);
    for (uint8_t len = 15; len < 24; len += 5) {
        co_server_again(s);
        co_bind(s, 0);
        n = co_write_request(out, &o);
        out[8] = len;
        co_feed(s, out, n);
        co_expect_closed(s);
    }
}

static void h03_auth_length(co_server *s)
{
    co_pdu_options o = plain(7);
    size_t n = co_write_bind(out, TROTH_CO_BIND, &o);
    out[10] = (uint8_t)(n - 23);
    co_feed(s, out, n);
    co_expect_nak(s, TROTH_CO_NAK_VERSION);
    co_server_again(s);
    co_bind(s, 0);
    n = co_write_request(out, &o);
    out[10] = 1;
    co_feed(s, out, n);
    co_expect_fault(s, 7, 0, PROTO, false);
    co_expect_closed(s);
}

static void h04_no_bind(co_server *s)
{
    co_pdu_options o = plain(1), a = secured(1, NTLM, CONNECT, 1);
    for (int i = 0; i < 3; i++) {
        co_feed(s, out,
                i == 0   ? co_write_request(out, &o)
                : i == 1 ? co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o)
                         : co_write_auth3(out, &a));
        co_expect_nak(s, TROTH_CO_NAK_VERSION);
        co_server_again(s);
    }
}

static void h05_second_bind(co_server *s)
{
    co_pdu_options o = plain(2);
    co_bind(s, 0);
    co_feed(s, out, co_write_bind(out, TROTH_CO_BIND, &o));
    co_expect_nak(s, TROTH_CO_NAK_NOT_SPECIFIED);
}

static void h06_no_contexts(co_server *s)
{
    co_pdu_options o = plain(1);
    size_t n = co_write_bind(out, TROTH_CO_BIND, &o);
    out[24] = 0;
    co_feed(s, out, n);
    co_expect_nak(s, s->options.profile == TROTH_RPC_STRICT ? TROTH_CO_NAK_VERSION : TROTH_CO_NAK_NOT_SPECIFIED);
}

static void h07_no_syntaxes(co_server *s)
{
    co_pdu_options o = plain(3);
    size_t n = co_write_bind(out, TROTH_CO_BIND, &o);
    out[30] = 0; /* n_transfer_syn */
    co_feed(s, out, n);
    co_expect_nak(s, TROTH_CO_NAK_NOT_SPECIFIED);
    co_server_again(s);
    co_bind(s, 0);
    n = co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o);
    out[30] = 0;
    co_feed(s, out, n);
    co_expect_fault(s, 3, 0, PROTO, true);
    co_expect_closed(s);
}

static void h08_too_many(co_server *s)
{
    co_pdu_options o = plain(3);
    size_t n = co_write_bind(out, TROTH_CO_BIND, &o);
    out[24] = 255;
    co_feed(s, out, n);
    co_expect_nak(s, TROTH_CO_NAK_VERSION);
    co_server_again(s);
    co_bind(s, 0);
    n = co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o);
    out[24] = 255;
    co_feed(s, out, n);
    co_expect_fault(s, 3, 0, PROTO, true);
    co_expect_closed(s);
}

static size_t two_features(void)
{
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_LE);
    troth_rpc_syntax f = troth_co_features_syntax(3), zero = { 0 };
    troth_co_proposal p[2] = { { 1, zero, &f, 1 }, { 2, zero, &f, 1 } };
    troth_co_hdr h = { .ptype = TROTH_CO_BIND, .flags = CO_WHOLE };
    troth_co_hdr_write(&w, &h);
    troth_co_bind_write(&w, 5840, 5840, 0, p, 2);
    troth_co_hdr_patch(out, (uint16_t)w.len, 0);
    return w.len;
}

static void h09_features_twice(co_server *s)
{
    co_feed(s, out, two_features());
    co_expect_nak(s, TROTH_CO_NAK_NOT_SPECIFIED);
}

static void h10_level_and_type(co_server *s)
{
    static const struct row {
        uint8_t type, level;
        uint16_t nak;
    } rows[] = {
        { NTLM, 0, 0 },
        { NTLM, 1, 0 },
        { NTLM, 7, 0 },
        { NTLM, 255, 0 },
        { 99, INTEGRITY, 8 },
        { 0, CONNECT, 8 },
        { TROTH_RPC_AUTH_NETLOGON, INTEGRITY, 9 },
        { NTLM, TROTH_RPC_LEVEL_CALL, 9 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        co_pdu_options o = secured(5, rows[i].type, rows[i].level, 1);
        co_feed(s, out, co_write_bind(out, TROTH_CO_BIND, &o));
        co_expect_nak(s, rows[i].nak);
        co_server_again(s);
        co_bind(s, 0);
        co_feed(s, out, co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o));
        co_expect_fault(s, 5, 0, DENIED, true);
        co_expect_closed(s);
        co_server_again(s);
    }
}

static void h11_misaligned(co_server *s)
{
    co_pdu_options o = secured(5, NTLM, CONNECT, 1);
    size_t n = co_write_bind(out, TROTH_CO_BIND, &o);
    out[10] = 14; /* the trailer lies two octets further on */
    co_feed(s, out, n);
    co_expect_nak(s, TROTH_CO_NAK_NOT_SPECIFIED);
    co_server_again(s);
    co_bind(s, 0);
    n = co_write_request(out, &o);
    out[10] = 14;
    co_feed(s, out, n);
    co_expect_fault(s, 5, 0, PROTO, false);
    co_expect_closed(s);
}

static void h12_auth_pad(co_server *s)
{
    co_pdu_options o = secured(5, NTLM, CONNECT, 1);
    o.pad = 8;
    if (s->options.profile == TROTH_RPC_STRICT) {
        co_feed(s, out, co_write_bind(out, TROTH_CO_BIND, &o));
        co_expect_nak(s, TROTH_CO_NAK_VERSION);
        co_server_again(s);
    }
    o.pad = 255;
    co_feed(s, out, co_write_bind(out, TROTH_CO_BIND, &o));
    co_expect_nak(s, TROTH_CO_NAK_VERSION);
    co_server_again(s);
    co_bind(s, 0);
    o.pad = 1;
    co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 5, 0, PROTO, false);
    co_expect_closed(s);
}

/* ---- 13-18: which context, and how many ---- */

static void h13_half_built(co_server *s)
{
    co_pdu_options o = secured(5, NTLM, CONNECT, 1);
    assert_non_null(co_begin_context(s, true, 1, CONNECT));
    assert_true(co_next(s));
    co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 5, 0, PROTO, true);
    co_expect_closed(s);
    co_server_again(s); /* the same with a context that is begun later */
    co_bind(s, 0);
    assert_non_null(co_begin_context(s, false, 1, CONNECT));
    assert_true(co_next(s));
    co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 5, 0, PROTO, true);
    co_expect_closed(s);
    assert_int_equal(s->calls, 0);
}

static void h14_unknown_context(co_server *s)
{
    co_pdu_options o = secured(5, NTLM, INTEGRITY, 77);
    assert_non_null(co_build_context(s, true, 1, INTEGRITY));
    co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 5, 1, DENIED, false);
    co_expect_closed(s);
    assert_int_equal(s->calls, 0);
}

static void h15_other_level_or_type(co_server *s)
{
    for (int i = 0; i < 2; i++) {
        co_pdu_options o = secured(5, i ? TROTH_RPC_AUTH_SPNEGO : NTLM, i ? INTEGRITY : CONNECT, 1);
        assert_non_null(co_build_context(s, true, 1, INTEGRITY));
        co_feed(s, out, co_write_request(out, &o));
        co_expect_fault(s, 5, 1, DENIED, false);
        co_expect_closed(s);
        co_server_again(s);
    }
    assert_int_equal(s->calls, 0);
}

static void h16_again(co_server *s)
{
    co_pdu_options o = secured(5, NTLM, INTEGRITY, 1);
    assert_non_null(co_build_context(s, true, 1, INTEGRITY));
    co_feed(s, out, co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o));
    co_expect_fault(s, 5, 0, DENIED, true);
    co_expect_closed(s);
    co_server_again(s);
    assert_non_null(co_build_context(s, true, 1, INTEGRITY));
    co_feed(s, out, co_write_auth3(out, &o));
    co_expect_fault(s, 5, 0, PROTO, true);
    co_expect_closed(s);
}

static void h17_auth3(co_server *s)
{
    co_pdu_options o = secured(5, NTLM, CONNECT, 1), none = plain(5);
    co_bind(s, 0);
    co_feed(s, out, co_write_auth3(out, &o));
    co_expect_fault(s, 5, 0, PROTO, true);
    co_expect_closed(s);
    co_server_again(s);
    co_bind(s, 0);
    co_feed(s, out, co_write_auth3(out, &none));
    co_expect_fault(s, 5, 0, PROTO, true);
    co_expect_closed(s);
    co_server_again(s);
    assert_non_null(co_begin_context(s, true, 1, INTEGRITY));
    assert_true(co_next(s));
    co_feed(s, out, co_write_auth3(out, &o));
    co_expect_fault(s, 5, 0, TROTH_NCA_S_FAULT_REMOTE_NO_MEMORY, true);
    co_expect_closed(s);
}

static void h17_auth3_fails(co_server *s) /* nobody is told before the first request */
{
    co_pdu_options o = secured(5, NTLM, CONNECT, 1);
    assert_non_null(co_begin_context(s, true, 1, CONNECT));
    assert_true(co_next(s));
    co_feed(s, out, co_write_auth3(out, &o));
    co_expect_nothing(s);
    co_expect_open(s);
    co_send_request(s, 6, 1, CO_OPNUM_ECHO);
    co_expect_fault(s, 6, 1, DENIED, false);
    co_expect_closed(s);
    assert_int_equal(s->calls, 0);
}

static void h18_one_too_many(co_server *s)
{
    co_pdu_options o = secured(9, NTLM, INTEGRITY, 4);
    troth_co_context *x = co_build_context(s, true, 1, INTEGRITY);
    assert_non_null(co_build_context(s, false, 2, INTEGRITY));
    assert_non_null(co_build_context(s, false, 3, INTEGRITY));
    s->keep_jobs = true;
    co_feed(s, out, co_write_bind(out, TROTH_CO_ALTER_CONTEXT, &o));
    assert_null(s->job); /* no provider was asked */
    s->keep_jobs = false;
    co_expect_fault(s, 9, 0, PROTO, true);
    if (s->options.profile == TROTH_RPC_WINDOWS) {
        co_expect_closed(s);
        return;
    }
    co_expect_open(s);
    co_feed(s, out, co_sign_request(s, x, 10, CO_OPNUM_ECHO, 40, out));
    co_expect_response(s, 10);
}

/* ---- 19-25: signatures ---- */

/* Two fragments under x; answers where the second begins. */
static size_t two_fragments(co_server *s, troth_co_context *x, size_t *ret_len)
{
    *ret_len = co_sign_request(s, x, 5, CO_OPNUM_ECHO, 8000, out);
    return (size_t)out[8] | (size_t)out[9] << 8;
}

static void h19_another_context(co_server *s)
{
    size_t len, other_len;
    troth_co_context *x = co_build_context(s, true, 1, INTEGRITY), *y = co_build_context(s, false, 2, INTEGRITY);
    size_t at = two_fragments(s, x, &len);
    co_feed(s, out, at);
    co_expect_nothing(s);
    at = two_fragments(s, y, &other_len);
    co_feed(s, out + at, other_len - at);
    co_expect_fault(s, 5, 1, PACKAGE, false);
    co_expect_closed(s);
    assert_int_equal(s->calls, 0);
}

static void h20_unsigned_fragment(co_server *s)
{
    size_t len;
    co_pdu_options o = plain(5);
    size_t at = two_fragments(s, co_build_context(s, true, 1, INTEGRITY), &len);
    co_feed(s, out, at);
    o.flags = TROTH_PFC_LAST_FRAG;
    co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 5, 1, PROTO, false);
    co_expect_closed(s);
    assert_int_equal(s->calls, 0);
}

/* NTLM signs header and trailer, too, so garbage that its own client signs is written before it is signed. */
static void h21_garbage_ids(co_server *s)
{
    troth_co_context *x = co_build_context(s, true, 1, CONNECT);
    co_pdu_options o = secured(5, NTLM, CONNECT, 1);
    assert_non_null(x);
    o.flags = TROTH_PFC_FIRST_FRAG;
    co_feed(s, out, co_write_request(out, &o));
    o = secured(5, 111, 111, 111);
    o.flags = TROTH_PFC_LAST_FRAG;
    o.p_cont_id = o.opnum = 111;
    co_feed(s, out, co_write_request(out, &o));
    co_expect_response(s, 5);
    assert_string_equal(s->who, "DOM\\alice");
}

static void h22_flipped_header(co_server *s)
{
    static const uint8_t at[] = { 12, 20, 22 }; /* call_id, p_cont_id stays known, opnum */
    for (size_t i = 0; i < sizeof at; i++) {
        size_t n = co_sign_request(s, co_build_context(s, true, 1, INTEGRITY), 4, CO_OPNUM_LATER, 40, out);
        if (at[i] == 20)
            out[24] ^= 1; /* another p_cont_id is unknown before it is verified: the stub instead */
        else
            out[at[i]] ^= 1;
        co_feed(s, out, n);
        co_expect_fault(s, at[i] == 12 ? 5 : 4, 1, PACKAGE, false);
        co_expect_closed(s);
        co_server_again(s);
    }
    assert_int_equal(s->calls, 0);
}

static void h23_replay(co_server *s)
{
    size_t n = co_sign_request(s, co_build_context(s, true, 1, INTEGRITY), 4, CO_OPNUM_ECHO, 40, out);
    co_feed(s, out, n);
    co_expect_response(s, 4);
    co_feed(s, out, n);
    co_expect_fault(s, 4, 1, PACKAGE, false);
    co_expect_closed(s);
    assert_int_equal(s->calls, 1);
}

static void h24_swapped(co_server *s)
{
    troth_co_context *x = co_build_context(s, true, 1, INTEGRITY);
    co_sign_request(s, x, 4, CO_OPNUM_ECHO, 40, out);
    co_feed(s, out, co_sign_request(s, x, 5, CO_OPNUM_ECHO, 40, out));
    co_expect_fault(s, 5, 1, PACKAGE, false);
    co_expect_closed(s);
    assert_int_equal(s->calls, 0);
}

static void h25_reflected(co_server *s)
{
    co_feed(s, out, co_sign_request(s, co_build_context(s, true, 1, INTEGRITY), 4, CO_OPNUM_ECHO, 40, out));
    co_expect_response(s, 4);
    s->pdu[2] = TROTH_CO_REQUEST;
    co_feed(s, s->pdu, s->hdr.frag_length);
    co_expect_fault(s, 4, 1, PACKAGE, false);
    co_expect_closed(s);
}

/* ---- 26-31: fragments ---- */

static void h26_too_large(co_server *s)
{
    co_pdu_options o = plain(5);
    co_bind(s, 0);
    o.flags = TROTH_PFC_FIRST_FRAG;
    o.has_hint = true;
    o.alloc_hint = 4194305;
    co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 5, 1, DENIED, false);
    co_expect_closed(s);
    co_server_again(s);
    co_bind(s, 0);
    size_t before = s->r.side[REAL_SERVER].env.held;
    o.alloc_hint = 4194304; /* believed by nobody */
    co_feed(s, out, co_write_request(out, &o));
    assert_true(s->r.side[REAL_SERVER].env.held < before + 4096);
    o.flags = 0;
    o.stub = zeros;
    o.stub_len = 5816;
    for (size_t sent = 0; sent <= 4194304; sent += o.stub_len)
        co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 5, 1, DENIED, false);
    co_expect_closed(s);
}

static void h27_5841(co_server *s)
{
    co_pdu_options o = plain(5);
    co_bind(s, 0);
    o.stub = zeros;
    o.stub_len = 5840 - 24;
    co_feed(s, out, co_write_request(out, &o));
    co_expect_response(s, 5);
    o.stub_len++;
    co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 5, 0, PROTO, false);
    co_expect_closed(s);
}

static void h28_two_calls(co_server *s)
{
    for (uint8_t mpx = 0; mpx <= TROTH_PFC_CONC_MPX; mpx += TROTH_PFC_CONC_MPX) {
        co_pdu_options o = plain(5);
        co_bind(s, mpx);
        o.flags = TROTH_PFC_FIRST_FRAG;
        co_feed(s, out, co_write_request(out, &o));
        o.call_id = 6;
        co_feed(s, out, co_write_request(out, &o));
        if (mpx)
            co_expect_fault(s, 6, 0, PROTO, false);
        else
            co_expect_fault(s, 5, 1, PROTO, false);
        co_expect_closed(s);
        co_server_again(s);
    }
}

static void h29_middle_alone(co_server *s)
{
    co_pdu_options o = plain(5);
    co_bind(s, 0);
    o.flags = 0;
    co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 5, 0, PROTO, false);
    co_expect_closed(s);
    co_server_again(s);
    co_bind(s, TROTH_PFC_CONC_MPX);
    o.p_cont_id = 9;
    co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 5, 0, TROTH_NCA_S_UNK_IF, true);
    co_expect_open(s);
    alive(s, 500);
    o.p_cont_id = 1;
    o.call_id = 499; /* of an old call: 3.3.3.5.6 */
    co_feed(s, out, co_write_request(out, &o));
    co_expect_nothing(s);
    alive(s, 501);
    o.call_id = 351;
    co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 351, 1, PROTO, false);
    co_expect_closed(s);
}

static void h30_drep_changes(co_server *s)
{
    co_pdu_options o = plain(5);
    co_bind(s, 0);
    o.flags = TROTH_PFC_FIRST_FRAG;
    co_feed(s, out, co_write_request(out, &o));
    o.flags = TROTH_PFC_LAST_FRAG;
    o.big_endian = true;
    co_feed(s, out, co_write_request(out, &o));
    co_expect_fault(s, 5, 1, PROTO, false);
    co_expect_closed(s);
}

static void h31_big_endian(co_server *s)
{
    co_pdu_options o = plain(1);
    o.big_endian = true;
    co_feed(s, out, co_write_bind(out, TROTH_CO_BIND, &o));
    assert_true(co_next(s));
    assert_int_equal(s->hdr.ptype, TROTH_CO_BIND_ACK);
    assert_int_equal(s->hdr.order, TROTH_LE);
    o.stub = junk;
    o.stub_len = 3;
    o.call_id = 0x01020304;
    co_feed(s, out, co_write_request(out, &o));
    co_expect_response(s, 0x01020304);
}

#define BOTH(name)                                                                                                     \
    static void test_##name(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        in_both(name);                                                                                                 \
    }
/* clang-format off */
BOTH(h01_version) BOTH(h02_short) BOTH(h03_auth_length) BOTH(h04_no_bind) BOTH(h05_second_bind) BOTH(h06_no_contexts)
BOTH(h07_no_syntaxes) BOTH(h08_too_many) BOTH(h09_features_twice) BOTH(h10_level_and_type) BOTH(h11_misaligned)
BOTH(h12_auth_pad) BOTH(h13_half_built) BOTH(h14_unknown_context) BOTH(h15_other_level_or_type) BOTH(h16_again)
BOTH(h17_auth3) BOTH(h17_auth3_fails) BOTH(h18_one_too_many) BOTH(h19_another_context) BOTH(h20_unsigned_fragment)
BOTH(h21_garbage_ids) BOTH(h22_flipped_header) BOTH(h23_replay) BOTH(h24_swapped) BOTH(h25_reflected)
BOTH(h26_too_large) BOTH(h27_5841) BOTH(h28_two_calls) BOTH(h29_middle_alone) BOTH(h30_drep_changes)
BOTH(h31_big_endian)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_h01_version), cmocka_unit_test(test_h02_short), cmocka_unit_test(test_h03_auth_length),
        cmocka_unit_test(test_h04_no_bind), cmocka_unit_test(test_h05_second_bind),
        cmocka_unit_test(test_h06_no_contexts), cmocka_unit_test(test_h07_no_syntaxes),
        cmocka_unit_test(test_h08_too_many), cmocka_unit_test(test_h09_features_twice),
        cmocka_unit_test(test_h10_level_and_type), cmocka_unit_test(test_h11_misaligned),
        cmocka_unit_test(test_h12_auth_pad), cmocka_unit_test(test_h13_half_built),
        cmocka_unit_test(test_h14_unknown_context), cmocka_unit_test(test_h15_other_level_or_type),
        cmocka_unit_test(test_h16_again), cmocka_unit_test(test_h17_auth3), cmocka_unit_test(test_h17_auth3_fails),
        cmocka_unit_test(test_h18_one_too_many), cmocka_unit_test(test_h19_another_context),
        cmocka_unit_test(test_h20_unsigned_fragment), cmocka_unit_test(test_h21_garbage_ids),
        cmocka_unit_test(test_h22_flipped_header), cmocka_unit_test(test_h23_replay),
        cmocka_unit_test(test_h24_swapped), cmocka_unit_test(test_h25_reflected),
        cmocka_unit_test(test_h26_too_large), cmocka_unit_test(test_h27_5841), cmocka_unit_test(test_h28_two_calls),
        cmocka_unit_test(test_h29_middle_alone), cmocka_unit_test(test_h30_drep_changes),
        cmocka_unit_test(test_h31_big_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
/* clang-format on */
