/*
 * A server that lies, inputs 38 to 41: our own server, and one who changes what it sends on its way. Whatever is changed, no
 * octet of it reaches a caller, the call that waits is answered once with an error, and the connection ends.
 */
#include <hostile/lies.h>
#include <rpc_co/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/rpc_rig.h>
#include <support/test.h>

enum { BIND_ACK = 12, ALTER_RESP = 15, RESPONSE = 2, FAULT = 3 };

typedef struct attack {
    const char *name;
    uint8_t ptype;
    unsigned which; /* the first one of its PTYPE is 0 */
    void (*change)(pdu *p);
    bool twice; /* it is sent, and once more */
} attack;

/* What one meeting is about. */
typedef struct meeting {
    rpc_rig r;
    const attack *a;
    unsigned seen;
    bool done;
} meeting;

static void to_client(meeting *m, pdu *p)
{
    if (p->b[2] == m->a->ptype && m->seen++ == m->a->which) {
        m->done = true;
        if (m->a->twice)
            rpc_peer_feed(&m->r.c, p->b, p->len);
        if (m->a->change)
            m->a->change(p);
    }
    if (!m->r.c.closed)
        rpc_peer_feed(&m->r.c, p->b, p->len);
}

static bool round_trip(meeting *m)
{
    rpc_peer *c = &m->r.c, *s = &m->r.s;
    static pdu p;
    rpc_peer_drain(c);
    size_t moved = c->sent_len - c->sent_mark;
    if (moved && !s->closed)
        rpc_peer_feed(s, c->sent + c->sent_mark, moved);
    c->sent_mark = c->sent_len;
    rpc_peer_drain(s);
    while (s->sent_mark < s->sent_len) {
        const uint8_t *at = s->sent + s->sent_mark;
        p.len = (size_t)(at[8] | at[9] << 8);
        memcpy(p.b, at, p.len);
        s->sent_mark += p.len;
        moved += p.len;
        to_client(m, &p);
    }
    return moved;
}

static void meet(meeting *m)
{
    while (round_trip(m))
        ;
}

/* Then nothing but the comparison speaks for header and sec_trailer of what a fake Kerberos signs. */
static bool no_header_signing;

static void begin(meeting *m, const attack *a, troth_rpc_auth_type type, troth_rpc_level level)
{
    memset(m, 0, sizeof *m);
    m->a = a;
    rpc_rig_init(&m->r, type != TROTH_RPC_AUTH_KERBEROS);
    m->r.client.no_header_signing = no_header_signing;
    rpc_rig_connect(&m->r);
    if (type) {
        troth_rpc_identity who = rpc_rig_identity(&m->r, type, level);
        assert_int_equal(rpc_open(&m->r.c, 1, &who), TROTH_OK);
    }
}

/* Build, call, and see the end of it. */
static void expect_end(const attack *a, troth_rpc_auth_type type, troth_rpc_level level, size_t reply)
{
    meeting m;
    bool called = false;
    begin(&m, a, type, level);
    if (type)
        meet(&m);
    if (!m.r.c.closed) {
        called = true;
        uint32_t n = (uint32_t)reply;
        assert_int_equal(rpc_call(&m.r.c, 1, type ? 1 : 0, reply ? RPC_BIG : RPC_ECHO, &n, 4), TROTH_OK);
        meet(&m);
    }
    if (!m.done)
        fail_msg("%s: it was not sent", a->name);
    if (!m.r.c.closed || !m.r.c.error.code)
        fail_msg("%s (type %d, level %d): the client believes it", a->name, type, level);
    if (called) {
        const rpc_reply *reply_to = rpc_reply_of(&m.r.c, 1);
        assert_non_null(reply_to);
        if (!a->twice && (!reply_to->error.code || reply_to->stub))
            fail_msg("%s: the caller was given something", a->name);
    }
    troth_status st = rpc_call(&m.r.c, 9, 0, RPC_ECHO, "", 0);
    assert_int_equal(st, TROTH_BAD_STATE);
    rpc_rig_end(&m.r);
}

/* ---- 38: answers to bind and alter_context ---- */

static const attack of_bind[] = {
    { .name = "other type", .ptype = BIND_ACK, .change = other_type },
    { .name = "other level", .ptype = BIND_ACK, .change = other_level },
    { .name = "other auth_context_id", .ptype = BIND_ACK, .change = other_context },
    { .name = "auth_pad_length beyond the body", .ptype = BIND_ACK, .change = pad_too_long },
    { .name = "no token where one is owed", .ptype = BIND_ACK, .change = no_verifier },
    { .name = "sec_trailer misaligned", .ptype = BIND_ACK, .change = misaligned },
    { .name = "a token cut short", .ptype = BIND_ACK, .change = cut_token },
};

static const attack of_answer[] = {
    { .name = "fewer results", .change = fewer_results },
    { .name = "more results", .change = more_results },
    { .name = "results that are not there", .change = cut_results },
    { .name = "no results", .change = no_results },
    { .name = "negotiate_ack not asked for", .change = ack_not_asked },
    { .name = "an unknown result", .change = unknown_result },
    { .name = "another syntax accepted", .change = other_syntax },
    { .name = "an address longer than the PDU", .change = long_address },
    { .name = "not its last fragment", .change = not_last },
    { .name = "not its first fragment", .change = not_first },
    { .name = "another call_id", .change = other_call },
    { .name = "as a response", .change = as_response },
    { .name = "as a request", .change = as_request },
    { .name = "as a bind", .change = as_bind },
    { .name = "as auth3", .change = as_auth3 },
    { .name = "as a datagram's working", .change = as_working },
    { .name = "an unknown PTYPE", .change = as_unknown },
    { .name = "version 4.0", .change = version_4 },
    { .name = "version 5.1", .change = version_5_1 },
    { .name = "frag_length 15", .change = short_fragment },
    { .name = "auth_length beyond frag_length", .change = long_token },
    { .name = "the same twice", .twice = true },
};

static const attack of_bind_only[] = {
    { .name = "alter_context_resp for a bind", .ptype = BIND_ACK, .change = as_alter_resp },
    { .name = "fragments of less than 1,432", .ptype = BIND_ACK, .change = small_fragments },
    { .name = "features as a syntax", .ptype = BIND_ACK, .change = features_accepted },
    { .name = "a syntax accepted without its name", .ptype = BIND_ACK, .change = both_accepted_odd },
    { .name = "a verifier not asked for", .ptype = BIND_ACK, .change = add_verifier },
};

static const attack of_alter_only[] = {
    { .name = "bind_ack for an alter_context", .ptype = ALTER_RESP, .change = as_bind_ack },
    { .name = "bind_nak for an alter_context", .ptype = ALTER_RESP, .change = as_nak },
    { .name = "a verifier not asked for", .ptype = ALTER_RESP, .change = add_verifier },
};

static const attack of_secure_alter[] = {
    { .name = "other type", .ptype = ALTER_RESP, .change = other_type },
    { .name = "other level", .ptype = ALTER_RESP, .change = other_level },
    { .name = "other auth_context_id", .ptype = ALTER_RESP, .change = other_context },
    { .name = "the last token altered", .ptype = ALTER_RESP, .change = flip_token },
    { .name = "no token where one is owed", .ptype = ALTER_RESP, .change = no_verifier },
};

#define EACH(list, a) for (const attack *a = (list); a < (list) + sizeof(list) / sizeof *(list); a++)

static void test_bind_ack(void **state)
{
    (void)state;
    EACH(of_bind, a)
    {
        expect_end(a, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_INTEGRITY, 0);
        expect_end(a, TROTH_RPC_AUTH_SPNEGO, TROTH_RPC_LEVEL_PRIVACY, 0);
    }
    EACH(of_answer, a)
    {
        attack b = *a;
        b.ptype = BIND_ACK;
        expect_end(&b, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY, 0);
        expect_end(&b, TROTH_RPC_AUTH_NONE, TROTH_RPC_LEVEL_NONE, 0);
    }
    EACH(of_bind_only, a)
    {
        expect_end(a, TROTH_RPC_AUTH_NONE, TROTH_RPC_LEVEL_NONE, 0);
    }
}

static void test_alter_resp(void **state)
{
    (void)state;
    EACH(of_answer, a)
    {
        attack b = *a;
        b.ptype = ALTER_RESP;
        expect_end(&b, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY, 0);   /* for a presentation context */
        expect_end(&b, TROTH_RPC_AUTH_SPNEGO, TROTH_RPC_LEVEL_PRIVACY, 0); /* of a leg */
    }
    EACH(of_alter_only, a)
    {
        expect_end(a, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY, 0);
    }
    EACH(of_secure_alter, a)
    {
        expect_end(a, TROTH_RPC_AUTH_SPNEGO, TROTH_RPC_LEVEL_PRIVACY, 0);
    }
}

/* ---- 38: responses ---- */

static const attack of_response[] = {
    { .name = "response: unknown call_id", .ptype = RESPONSE, .change = other_call },
    { .name = "response: alloc_hint 2^31", .ptype = RESPONSE, .change = hint_2_31 },
    { .name = "response: as bind_ack", .ptype = RESPONSE, .change = as_bind_ack },
    { .name = "response: as alter_context_resp", .ptype = RESPONSE, .change = as_alter_resp },
    { .name = "response: as a request", .ptype = RESPONSE, .change = as_request },
    { .name = "response: the last fragment only", .ptype = RESPONSE, .change = not_first },
    { .name = "response: version 4.0", .ptype = RESPONSE, .change = version_4 },
    { .name = "response: twice", .ptype = RESPONSE, .twice = true },
};

static const attack of_signed_response[] = {
    { .name = "response: unsigned", .ptype = RESPONSE, .change = no_verifier },
    { .name = "response: at level connect", .ptype = RESPONSE, .change = level_connect },
    { .name = "response: other level", .ptype = RESPONSE, .change = other_level },
    { .name = "response: other type", .ptype = RESPONSE, .change = other_type },
    { .name = "response: other context", .ptype = RESPONSE, .change = other_context },
    { .name = "response: a bit of the stub", .ptype = RESPONSE, .change = flip_stub },
    { .name = "response: a bit of the token", .ptype = RESPONSE, .change = flip_token },
    { .name = "response: a bit of p_cont_id", .ptype = RESPONSE, .change = flip_context },
    { .name = "response: a bit of auth_pad_length", .ptype = RESPONSE, .change = flip_pad_length },
    { .name = "response: a bit of auth_reserved", .ptype = RESPONSE, .change = flip_reserved },
    { .name = "response: auth_pad_length beyond it", .ptype = RESPONSE, .change = pad_too_long },
    { .name = "response: sec_trailer misaligned", .ptype = RESPONSE, .change = misaligned },
    { .name = "response: token cut", .ptype = RESPONSE, .change = cut_token },
};

static void test_response(void **state)
{
    (void)state;
    EACH(of_response, a)
    {
        expect_end(a, TROTH_RPC_AUTH_NONE, TROTH_RPC_LEVEL_NONE, 0);
        expect_end(a, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_INTEGRITY, 0);
    }
    static const troth_rpc_auth_type types[] = { TROTH_RPC_AUTH_NTLM, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_AUTH_SPNEGO };
    EACH(of_signed_response, a)
    {
        for (size_t t = 0; t < 3; t++)
            for (int level = TROTH_RPC_LEVEL_PKT; level <= TROTH_RPC_LEVEL_PRIVACY; level++)
                expect_end(a, types[t], (troth_rpc_level)level, 0);
    }
}

static void test_unsigned_headers(void **state)
{
    (void)state;
    static const attack list[] = {
        { .name = "response: at level connect", .ptype = RESPONSE, .change = level_connect },
        { .name = "response: other level", .ptype = RESPONSE, .change = other_level },
        { .name = "response: other type", .ptype = RESPONSE, .change = other_type },
        { .name = "response: other context", .ptype = RESPONSE, .change = other_context },
        { .name = "response: other call", .ptype = RESPONSE, .change = other_call },
    };
    no_header_signing = true;
    EACH(list, a)
    {
        expect_end(a, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_INTEGRITY, 0);
        expect_end(a, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_PRIVACY, 0);
    }
    no_header_signing = false;
}

/* Fragments: first again, one missing, out of order, another byte order. */
static void big_endian(pdu *p)
{
    p->b[4] = 0; /* every number of its header with it */
    for (size_t at = 8; at < 12; at += 2) {
        uint8_t x = p->b[at];
        p->b[at] = p->b[at + 1], p->b[at + 1] = x;
    }
    for (size_t at = 12; at < 20; at += 4)
        for (size_t i = 0; i < 2; i++) {
            uint8_t x = p->b[at + i];
            p->b[at + i] = p->b[at + 3 - i], p->b[at + 3 - i] = x;
        }
}

static void as_first(pdu *p)
{
    p->b[3] |= 1;
}

static void test_fragments(void **state)
{
    (void)state;
    static const attack list[] = {
        { .name = "first fragment twice", .ptype = RESPONSE, .twice = true },
        { .name = "a first fragment in the middle", .ptype = RESPONSE, .which = 1, .change = as_first },
        { .name = "the middle without its first", .ptype = RESPONSE, .which = 0, .change = not_first },
        { .name = "another byte order in the middle", .ptype = RESPONSE, .which = 1, .change = big_endian },
        { .name = "alloc_hint 2^31 in the middle", .ptype = RESPONSE, .which = 1, .change = hint_2_31 },
        { .name = "another call in the middle", .ptype = RESPONSE, .which = 1, .change = other_call },
    };
    EACH(list, a)
    {
        expect_end(a, TROTH_RPC_AUTH_NONE, TROTH_RPC_LEVEL_NONE, 30000);
    }
    static const attack signed_ones[] = {
        { .name = "second fragment unsigned", .ptype = RESPONSE, .which = 1, .change = no_verifier },
        { .name = "second fragment twice", .ptype = RESPONSE, .which = 1, .twice = true },
        { .name = "second fragment altered", .ptype = RESPONSE, .which = 1, .change = flip_stub },
    };
    EACH(signed_ones, a)
    {
        expect_end(a, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY, 30000);
        expect_end(a, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_INTEGRITY, 30000);
    }
}

static const attack nothing = { .name = "nothing", .ptype = 255 };

/* Memory by what has come, and no more of it than was allowed. */
static void test_too_large(void **state)
{
    (void)state;
    meeting m;
    begin(&m, &nothing, TROTH_RPC_AUTH_NONE, TROTH_RPC_LEVEL_NONE);
    rpc_peer_clear(&m.r.c);
    rpc_peer_clear(&m.r.s);
    m.r.client.max_reply = 10000;
    rpc_rig_connect(&m.r);
    uint32_t n = 10000;
    assert_int_equal(rpc_call(&m.r.c, 1, 0, RPC_BIG, &n, 4), TROTH_OK);
    meet(&m);
    assert_int_equal(rpc_reply_of(&m.r.c, 1)->len, 10000);
    n = 10001;
    assert_int_equal(rpc_call(&m.r.c, 2, 0, RPC_BIG, &n, 4), TROTH_OK);
    meet(&m);
    assert_int_equal(rpc_reply_of(&m.r.c, 2)->error.code, TROTH_LIMIT);
    assert_int_equal(m.r.c.error.code, TROTH_LIMIT);
    rpc_rig_end(&m.r);
}

/* ---- 38: faults ---- */

static uint32_t fault_status;
static void set_status(pdu *p)
{
    memcpy(p->b + 24, &fault_status, 4);
}

static void fault_case(troth_rpc_auth_type type, uint32_t status, bool believed)
{
    static const attack a = { .name = "fault", .ptype = FAULT, .change = set_status };
    static const uint32_t asked = 0x1c010014;
    meeting m;
    fault_status = status;
    begin(&m, &a, type, TROTH_RPC_LEVEL_PRIVACY);
    meet(&m);
    assert_int_equal(rpc_call(&m.r.c, 1, type ? 1 : 0, RPC_FAULT, &asked, 4), TROTH_OK);
    meet(&m);
    assert_true(m.done);
    const rpc_reply *reply = rpc_reply_of(&m.r.c, 1);
    assert_non_null(reply);
    if (believed != (reply->fault == status && !reply->error.code && !m.r.c.closed))
        fail_msg("fault status 0x%x", status);
    if (!believed)
        assert_int_equal(reply->error.code, TROTH_MALFORMED);
    rpc_rig_end(&m.r);
}

/* [MS-RPCE 3.3.3.5.1]; and a fault without a verifier is a fault, also on a protected context: servers send no other. */
static void test_faults(void **state)
{
    (void)state;
    static const uint32_t forbidden[] = { 0x00000000, 0x80000001, 0x80000002, 0x80000003, 0xc0000005,
                                          0xc0000006, 0xc000001d, 0xc0000096, 0xc00000aa, 0xc00000fd,
                                          0xc0000194, 0xc0000235, 0xc0000409, 0xc0000420 };
    for (size_t i = 0; i < 14; i++) {
        fault_case(TROTH_RPC_AUTH_NONE, forbidden[i], false);
        fault_case(TROTH_RPC_AUTH_NTLM, forbidden[i], false);
    }
    fault_case(TROTH_RPC_AUTH_NONE, 0x1c010002, true);
    fault_case(TROTH_RPC_AUTH_NTLM, 5, true);
    static const attack unknown = { .name = "fault for nobody", .ptype = FAULT, .change = other_call };
    meeting m;
    uint32_t asked = 1;
    begin(&m, &unknown, TROTH_RPC_AUTH_NONE, TROTH_RPC_LEVEL_NONE);
    assert_int_equal(rpc_call(&m.r.c, 1, 0, RPC_FAULT, &asked, 4), TROTH_OK);
    meet(&m);
    assert_true(m.done && m.r.c.closed);
    assert_int_equal(m.r.c.error.code, TROTH_UNEXPECTED);
    rpc_rig_end(&m.r);
}

/* ---- 39: header signing; 40: features; 41: bind_nak ---- */

static void clear_header_sign(pdu *p)
{
    p->b[3] = (uint8_t)(p->b[3] & ~4);
}

static void test_header_signing(void **state)
{
    (void)state;
    for (int strict = 0; strict < 2; strict++) {
        meeting m;
        begin(&m, &nothing, TROTH_RPC_AUTH_NONE, TROTH_RPC_LEVEL_NONE);
        rpc_peer_clear(&m.r.c);
        rpc_peer_clear(&m.r.s);
        m.r.serve.no_header_signing = true;
        m.r.client.strict = strict;
        rpc_rig_connect(&m.r);
        troth_rpc_identity who = rpc_rig_identity(&m.r, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_INTEGRITY);
        assert_int_equal(rpc_open(&m.r.c, 1, &who), TROTH_OK);
        meet(&m);
        assert_int_equal(m.r.c.closed, strict);
        assert_int_equal(m.r.c.error.code, strict ? TROTH_DOWNGRADE : TROTH_OK);
        if (!strict) { /* it goes on without */
            assert_int_equal(rpc_call(&m.r.c, 1, 1, RPC_ECHO, "abcd", 4), TROTH_OK);
            meet(&m);
            assert_int_equal(rpc_reply_of(&m.r.c, 1)->len, 4);
        }
        rpc_rig_end(&m.r);
    }
    /* taken away between the two: what they sign differs, and nothing is believed */
    static const attack a = { .name = "header signing", .ptype = BIND_ACK, .change = clear_header_sign };
    meeting m;
    begin(&m, &a, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_INTEGRITY);
    meet(&m);
    assert_int_equal(rpc_call(&m.r.c, 1, 1, RPC_ECHO, "abcd", 4), TROTH_OK);
    meet(&m);
    const rpc_reply *reply = rpc_reply_of(&m.r.c, 1);
    assert_true(!reply || reply->error.code || reply->fault);
    rpc_rig_end(&m.r);
}

static void withhold_features(pdu *p)
{
    set16(p, results(p) + 4 + 48 + 2, 0);
}

static void strange_features(pdu *p)
{
    set16(p, results(p) + 4 + 48 + 2, 0xfffe);
}

static void reject_features(pdu *p)
{
    set16(p, results(p) + 4 + 48, 2);
}

/* 40: no second context, and nothing is sent for it. */
static void test_features(void **state)
{
    (void)state;
    static const attack list[] = {
        { .name = "withheld", .ptype = BIND_ACK, .change = withhold_features },
        { .name = "unknown bits instead", .ptype = BIND_ACK, .change = strange_features },
        { .name = "rejected", .ptype = BIND_ACK, .change = reject_features },
    };
    EACH(list, a)
    {
        meeting m;
        begin(&m, a, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY);
        meet(&m);
        assert_true(m.done && !m.r.c.closed);
        assert_false(troth_rpc_co_facts_of(m.r.c.e).features & TROTH_RPC_FEATURE_MULTIPLEXING);
        troth_rpc_identity who = rpc_rig_identity(&m.r, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY);
        size_t before = m.r.c.sent_len;
        assert_int_equal(rpc_open(&m.r.c, 2, &who), TROTH_UNSUPPORTED);
        meet(&m);
        assert_int_equal(m.r.c.sent_len, before);
        rpc_rig_end(&m.r);
    }
    meeting m;
    begin(&m, &list[0], TROTH_RPC_AUTH_NONE, TROTH_RPC_LEVEL_NONE);
    ((troth_co_client *)m.r.c.e)->opts.require_features = TROTH_RPC_FEATURE_MULTIPLEXING;
    assert_int_equal(rpc_call(&m.r.c, 1, 0, RPC_ECHO, "", 0), TROTH_OK);
    meet(&m);
    assert_true(m.r.c.closed);
    assert_int_equal(m.r.c.error.code, TROTH_UNSUPPORTED);
    rpc_rig_end(&m.r);
}

static uint16_t nak_reason;
static void to_nak(pdu *p)
{
    troth_writer w = troth_writer_over(p->b, ROOM, TROTH_LE);
    troth_co_nak_write(&w, (uint32_t)get16(p, 12), nak_reason);
    p->len = w.len;
}

static void test_bind_nak(void **state)
{
    (void)state;
    static const attack a = { .name = "bind_nak", .ptype = BIND_ACK, .change = to_nak };
    for (nak_reason = 0; nak_reason < 12; nak_reason++)
        for (int secure = 0; secure < 2; secure++) {
            meeting m;
            begin(&m, &a, secure ? TROTH_RPC_AUTH_NTLM : TROTH_RPC_AUTH_NONE, TROTH_RPC_LEVEL_PRIVACY);
            if (!secure)
                assert_int_equal(rpc_call(&m.r.c, 1, 0, RPC_ECHO, "", 0), TROTH_OK);
            meet(&m);
            assert_true(m.r.c.closed);
            assert_int_equal(m.r.c.error.code, TROTH_PEER_REFUSED);
            assert_int_equal(m.r.c.error.wire, nak_reason == 1 ? 2 : nak_reason);
            if (!secure)
                assert_int_equal(rpc_reply_of(&m.r.c, 1)->error.code, TROTH_PEER_REFUSED);
            rpc_rig_end(&m.r);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bind_ack),  cmocka_unit_test(test_alter_resp),
        cmocka_unit_test(test_response),  cmocka_unit_test(test_unsigned_headers),
        cmocka_unit_test(test_fragments), cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_faults),    cmocka_unit_test(test_header_signing),
        cmocka_unit_test(test_features),  cmocka_unit_test(test_bind_nak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
