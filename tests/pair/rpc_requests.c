/* What a client puts into its PDUs, and what it makes of answers that a server may give but seldom does. */
#include <rpc_co/client.h>
#include <string.h>
#include <support/rpc_rig.h>
#include <support/test.h>

static const troth_rpc_syntax unknown = { .uuid = { { 0x99, 1, 2 } }, .major = 1 };

static void established(rpc_rig *r, uint64_t id, troth_rpc_auth_type type, troth_rpc_level level)
{
    troth_rpc_identity who = rpc_rig_identity(r, type, level);
    assert_int_equal(rpc_open(&r->c, id, &who), TROTH_OK);
    rpc_wire(&r->c, &r->s, 0);
    assert_int_equal(r->c.n_established, id);
}

static troth_status call_with(rpc_rig *r, uint64_t id, const troth_rpc_message *m)
{
    const troth_order_msg order = { .kind = TROTH_ORDER_CALL, .id = id, .message = m };
    size_t used;
    troth_status st = troth_endpoint_submit(r->c.e, &order, r->c.now, &used);
    rpc_peer_events(&r->c);
    return st;
}

static size_t next_pdu(const rpc_peer *p, size_t at)
{
    return at + (size_t)(p->sent[at + 8] | p->sent[at + 9] << 8);
}

/* The PTYPEs that were sent, but for requests. */
static void expect_sent(const rpc_peer *p, const uint8_t *ptypes, size_t n)
{
    size_t found = 0;
    for (size_t at = 0; at < p->sent_len; at = next_pdu(p, at)) {
        if (p->sent[at + 2] == TROTH_CO_REQUEST)
            continue;
        assert_true(found < n);
        assert_int_equal(p->sent[at + 2], ptypes[found++]);
    }
    assert_int_equal(found, n);
}

/* NTLM's number of legs is odd, and known to be: its last is rpc_auth_3. Others' are taken to be even. */
static void test_last_leg(void **state)
{
    static const uint8_t ntlm[] = { TROTH_CO_BIND, TROTH_CO_AUTH3 };
    static const uint8_t others[] = { TROTH_CO_BIND, TROTH_CO_ALTER_CONTEXT };
    static const uint8_t spnego[] = { TROTH_CO_BIND, TROTH_CO_ALTER_CONTEXT };
    (void)state;
    for (int level = TROTH_RPC_LEVEL_CONNECT; level <= TROTH_RPC_LEVEL_PRIVACY; level++) {
        rpc_rig r;
        rpc_rig_init(&r, true);
        rpc_rig_connect(&r);
        established(&r, 1, TROTH_RPC_AUTH_NTLM, (troth_rpc_level)level);
        expect_sent(&r.c, ntlm, sizeof ntlm);
        rpc_rig_end(&r);
        rpc_rig_init(&r, false);
        rpc_rig_connect(&r);
        established(&r, 1, TROTH_RPC_AUTH_KERBEROS, (troth_rpc_level)level);
        expect_sent(&r.c, others, sizeof others);
        rpc_rig_end(&r);
        rpc_rig_init(&r, true);
        rpc_rig_connect(&r);
        established(&r, 1, TROTH_RPC_AUTH_SPNEGO, (troth_rpc_level)level);
        expect_sent(&r.c, spnego, sizeof spnego);
        rpc_rig_end(&r);
    }
}

static troth_rpc_message seen;

static void look(void *self, troth_rpc_call *call)
{
    (void)self;
    seen = *troth_rpc_call_request(call);
    troth_rpc_call_reply(call, (troth_bytes){ NULL, 0 });
}

static void test_object(void **state)
{
    static const troth_uuid object = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };
    (void)state;
    for (int with = 0; with < 2; with++) {
        rpc_rig r;
        rpc_rig_init(&r, true);
        r.ops[RPC_ECHO] = look;
        rpc_rig_connect(&r);
        troth_rpc_message m = { .abstract = rpc_rig_syntax, .transfer = TROTH_RPC_NDR, .drep = { 0x10 } };
        m.has_object = with;
        m.object = object;
        assert_int_equal(call_with(&r, 1, &m), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        assert_non_null(rpc_reply_of(&r.c, 1));
        assert_int_equal(seen.has_object, with);
        if (with)
            assert_memory_equal(&seen.object, &object, sizeof object);
        rpc_rig_end(&r);
    }
}

/* The verification trailers of the requests that were sent, in order; found false = none. */
static size_t trailers(const rpc_peer *p, troth_co_vt *vt, size_t most)
{
    size_t n = 0;
    for (size_t at = 0; at < p->sent_len; at = next_pdu(p, at)) {
        if (p->sent[at + 2] != TROTH_CO_REQUEST)
            continue;
        const uint8_t *pdu = p->sent + at;
        size_t len = next_pdu(p, at) - at, token = (size_t)(pdu[10] | pdu[11] << 8), end = len - token - 8;
        assert_true(n < most && token);
        assert_int_equal(troth_co_vt_read((troth_bytes){ pdu + 24, end - pdu[end + 2] - 24 }, &vt[n++]), TROTH_OK);
    }
    return n;
}

/* Once that we can sign headers, once what a context stands for; and where headers are not signed, what they say. */
static void test_verification_trailers(void **state)
{
    (void)state;
    for (int unsigned_headers = 0; unsigned_headers < 2; unsigned_headers++) {
        rpc_rig r;
        troth_co_vt vt[4];
        rpc_rig_init(&r, false);
        r.client.no_header_signing = unsigned_headers;
        rpc_rig_connect(&r);
        established(&r, 1, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_INTEGRITY);
        for (uint64_t id = 1; id <= 3; id++) {
            assert_int_equal(rpc_call(&r.c, id, 1, RPC_ECHO, "abcdefgh", 8), TROTH_OK);
            rpc_wire(&r.c, &r.s, 0);
            assert_int_equal(rpc_reply_of(&r.c, id)->fault, 0);
        }
        assert_int_equal(trailers(&r.c, vt, 4), 3);
        assert_true(vt[0].found && vt[0].has_bitmask && vt[0].has_pcontext);
        assert_int_equal(vt[0].bitmask, unsigned_headers ? 0 : TROTH_CO_VT_HEADER_SIGN);
        assert_true(troth_rpc_syntax_equal(&vt[0].abstract, &rpc_rig_syntax));
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(vt[i].found, !i || unsigned_headers);
            if (!vt[i].found)
                continue;
            assert_int_equal(vt[i].has_header2, unsigned_headers);
            assert_int_equal(vt[i].has_bitmask || vt[i].has_pcontext, !i);
        }
        rpc_rig_end(&r);
    }
}

/* ---- an interface or syntax that the server does not have ---- */

static void expect_refused(rpc_rig *r, uint64_t id, uint32_t wire)
{
    const rpc_reply *reply = rpc_reply_of(&r->c, id);
    assert_non_null(reply);
    assert_int_equal(reply->error.code, TROTH_PEER_REFUSED);
    assert_int_equal(reply->error.wire, wire);
    assert_false(r->c.closed);
}

static void test_not_presented(void **state)
{
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, true);
    r.interface.transfer = TROTH_RPC_NDR;
    rpc_rig_connect(&r);
    troth_rpc_message m = { .abstract = unknown, .transfer = TROTH_RPC_NDR, .drep = { 0x10 } };
    assert_int_equal(call_with(&r, 1, &m), TROTH_OK); /* by bind */
    rpc_wire(&r.c, &r.s, 0);
    expect_refused(&r, 1, TROTH_NCA_S_UNK_IF);
    assert_int_equal(call_with(&r, 2, &m), TROTH_OK); /* by alter_context, and asked anew */
    rpc_wire(&r.c, &r.s, 0);
    expect_refused(&r, 2, TROTH_NCA_S_UNK_IF);
    m.abstract = rpc_rig_syntax;
    m.transfer = TROTH_RPC_NDR64;
    assert_int_equal(call_with(&r, 3, &m), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    expect_refused(&r, 3, TROTH_NCA_S_UNSUPPORTED_TYPE);
    assert_int_equal(rpc_call(&r.c, 4, 0, RPC_ECHO, "x", 1), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(rpc_reply_of(&r.c, 4)->len, 1);
    rpc_rig_end(&r);
}

static void feed_fault(rpc_peer *c, uint32_t call_id, uint32_t status)
{
    uint8_t pdu[64];
    troth_writer w = troth_writer_over(pdu, sizeof pdu, TROTH_LE);
    troth_co_fault f = { .alloc_hint = 24, .status = status };
    troth_co_fault_write(&w, 3, call_id, &f);
    rpc_peer_feed(c, pdu, w.len);
}

/* A fault in place of an alter_context_resp tells the call that waits for it, and nobody else. [C706 11.1.3] */
static void test_alter_faulted(void **state)
{
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, true);
    rpc_rig_connect(&r);
    assert_int_equal(rpc_call(&r.c, 1, 0, RPC_ECHO, "x", 1), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    size_t at = r.c.sent_len;
    troth_rpc_message m = { .abstract = unknown, .transfer = TROTH_RPC_NDR, .drep = { 0x10 } };
    assert_int_equal(call_with(&r, 2, &m), TROTH_OK);
    rpc_peer_drain(&r.c);
    assert_int_equal(r.c.sent[at + 2], TROTH_CO_ALTER_CONTEXT);
    r.c.sent_mark = r.c.sent_len;
    feed_fault(&r.c, (uint32_t)(r.c.sent[at + 12] | r.c.sent[at + 13] << 8), TROTH_NCA_S_UNK_IF);
    expect_refused(&r, 2, TROTH_NCA_S_UNK_IF);
    assert_int_equal(rpc_call(&r.c, 3, 0, RPC_ECHO, "x", 1), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(rpc_reply_of(&r.c, 3)->len, 1);
    rpc_rig_end(&r);
}

/* ---- bind_ack and bind_nak, as a server writes them ---- */

static void feed_ack(rpc_peer *c, uint32_t call_id, uint32_t group)
{
    uint8_t pdu[256];
    troth_writer w = troth_writer_over(pdu, sizeof pdu, TROTH_LE);
    const troth_co_hdr h = { .ptype = TROTH_CO_BIND_ACK, .flags = 3 | TROTH_PFC_CONC_MPX, .call_id = call_id };
    const troth_co_ack ack = { .max_xmit_frag = 5840, .max_recv_frag = 5840, .assoc_group_id = group };
    const troth_co_result results[] = { { .result = TROTH_CO_ACCEPTANCE,
                                          .transfer = *troth_rpc_transfer_syntax(TROTH_RPC_NDR) },
                                        { .result = TROTH_CO_PROVIDER_REJECTION, .reason = 2 },
                                        { .result = TROTH_CO_NEGOTIATE_ACK, .reason = 3 } };
    troth_co_hdr_write(&w, &h);
    troth_co_ack_write(&w, &ack, results, 3);
    troth_co_hdr_patch(pdu, (uint16_t)w.len, 0);
    rpc_peer_feed(c, pdu, w.len);
}

/* Handles of the group that was asked for would not be good in another. */
static void test_group(void **state)
{
    (void)state;
    for (uint32_t group = 4; group <= 6; group++) {
        rpc_rig r;
        rpc_rig_init(&r, true);
        r.client.group = 5;
        rpc_rig_connect(&r);
        assert_int_equal(rpc_call(&r.c, 1, 0, RPC_ECHO, "x", 1), TROTH_OK);
        rpc_peer_drain(&r.c);
        assert_int_equal(r.c.sent[20], 5);
        feed_ack(&r.c, r.c.sent[12], group);
        assert_int_equal(r.c.closed, group != 5);
        assert_int_equal(troth_rpc_co_facts_of(r.c.e).bound, group == 5);
        if (group != 5)
            assert_int_equal(r.c.error.code, TROTH_UNEXPECTED);
        rpc_rig_end(&r);
    }
}

static void test_nak_of_another(void **state)
{
    (void)state;
    for (uint32_t call_id = 1; call_id <= 2; call_id++) {
        rpc_rig r;
        uint8_t pdu[64], more = 0;
        size_t used;
        rpc_rig_init(&r, true);
        rpc_rig_connect(&r);
        assert_int_equal(rpc_call(&r.c, 1, 0, RPC_ECHO, "x", 1), TROTH_OK);
        rpc_peer_drain(&r.c);
        assert_int_equal(r.c.sent[12], 1);
        troth_writer w = troth_writer_over(pdu, sizeof pdu, TROTH_LE);
        troth_co_nak_write(&w, call_id, 8);
        rpc_peer_feed(&r.c, pdu, w.len);
        assert_true(r.c.closed);
        troth_status want = call_id == 1 ? TROTH_PEER_REFUSED : TROTH_UNEXPECTED;
        assert_int_equal(r.c.error.code, want);
        assert_int_equal(rpc_reply_of(&r.c, 1)->error.code, want);
        assert_int_equal(troth_endpoint_feed(r.c.e, &more, 1, NULL, 0, &used), want);
        rpc_rig_end(&r);
    }
}

/* ---- shutdown: no further PDUs, but what is awaited still comes [C706 11.1.3] ---- */

static void test_shutdown(void **state)
{
    static const uint8_t shutdown[16] = { 5, 0, TROTH_CO_SHUTDOWN, 3, 0x10, 0, 0, 0, 16 };
    (void)state;
    for (int awaited = 0; awaited < 2; awaited++) {
        rpc_rig r;
        rpc_rig_init(&r, true);
        rpc_rig_connect(&r);
        established(&r, 1, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY);
        if (awaited)
            assert_int_equal(rpc_call(&r.c, 1, 1, RPC_WAIT, "1234", 4), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        size_t mark = r.c.sent_len;
        rpc_peer_feed(&r.c, shutdown, sizeof shutdown);
        rpc_peer_events(&r.c);
        assert_int_equal(r.c.closed, !awaited);
        assert_int_equal(rpc_call(&r.c, 2, 1, RPC_ECHO, "x", 1), TROTH_BAD_STATE);
        if (awaited) {
            rpc_rig_answer(&r, 0);
            rpc_wire(&r.c, &r.s, 0);
            assert_int_equal(rpc_reply_of(&r.c, 1)->len, 4);
        }
        assert_true(r.c.closed);
        assert_int_equal(r.c.error.code, TROTH_CLOSED);
        assert_int_equal(r.c.sent_len, mark);
        rpc_rig_end(&r);
    }
}

/* ---- statuses that no server may send [MS-RPCE 3.3.3.5.1] ---- */

static void test_forbidden_statuses(void **state)
{
    static const uint32_t forbidden[] = { 0x00000000, 0x80000001, 0x80000002, 0x80000003, 0xc0000005,
                                          0xc0000006, 0xc000001d, 0xc0000096, 0xc00000aa, 0xc00000fd,
                                          0xc0000194, 0xc0000235, 0xc0000409, 0xc0000420 };
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, true);
    rpc_rig_connect(&r);
    for (uint64_t i = 0; i < 14; i++) {
        assert_int_equal(rpc_call(&r.c, 1 + i, 0, RPC_FAULT, &forbidden[i], 4), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        assert_int_equal(rpc_reply_of(&r.c, 1 + i)->fault, TROTH_NCA_S_FAULT_UNSPEC);
        assert_int_equal(rpc_reply_of(&r.c, 1 + i)->error.code, TROTH_OK);
    }
    static const uint32_t others[] = { 1, 0x80000004, 0xc0000004, 0xc0000421 };
    for (uint64_t i = 0; i < 4; i++) {
        assert_int_equal(rpc_call(&r.c, 20 + i, 0, RPC_FAULT, &others[i], 4), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        assert_int_equal(rpc_reply_of(&r.c, 20 + i)->fault, others[i]);
    }
    rpc_rig_end(&r);
}

/* A fault needs no verifier; but one that it has must be right. */
static void test_fault_forged(void **state)
{
    (void)state;
    for (int forged = 0; forged < 2; forged++) {
        rpc_rig r;
        uint8_t pdu[64];
        rpc_rig_init(&r, true);
        rpc_rig_connect(&r);
        established(&r, 1, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_INTEGRITY);
        assert_int_equal(rpc_call(&r.c, 1, 1, RPC_ECHO, "x", 1), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        size_t at = r.c.sent_len;
        assert_int_equal(rpc_call(&r.c, 2, 1, RPC_ECHO, "x", 1), TROTH_OK);
        rpc_peer_drain(&r.c);
        r.c.sent_mark = r.c.sent_len;
        troth_writer w = troth_writer_over(pdu, sizeof pdu, TROTH_LE);
        troth_co_fault f = { .alloc_hint = 24, .status = 5 };
        troth_co_fault_write(&w, 3, r.c.sent[at + 12], &f);
        if (forged) {
            const troth_co_trailer t = { .auth_type = 10, .auth_level = 5, .auth_context_id = 1 };
            troth_co_trailer_write(&w, &t);
            troth_write_zeros(&w, 16);
            troth_co_hdr_patch(pdu, (uint16_t)w.len, 16);
        }
        rpc_peer_feed(&r.c, pdu, w.len);
        assert_int_equal(r.c.closed, forged);
        assert_int_equal(rpc_reply_of(&r.c, 2)->fault, forged ? 0 : 5);
        assert_int_equal(rpc_reply_of(&r.c, 2)->error.code != TROTH_OK, forged);
        rpc_rig_end(&r);
    }
}

/* ---- a context that ends in the middle of a call ---- */

/* The response cannot be protected any more: the client is told so, and the server's connection ends. */
static void test_response_expired(void **state)
{
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, false);
    r.kerberos.expiry = 5000;
    r.env.wall = 4000;
    rpc_rig_connect(&r);
    established(&r, 1, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_INTEGRITY);
    assert_int_equal(rpc_call(&r.c, 1, 1, RPC_WAIT, "1234", 4), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    r.env.wall = 5000;
    rpc_rig_answer(&r, 0);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(rpc_reply_of(&r.c, 1)->fault, TROTH_RPC_S_SEC_PKG_ERROR);
    rpc_peer_events(&r.s);
    assert_true(r.s.closed);
    assert_int_equal(r.s.error.code, TROTH_EXPIRED);
    rpc_rig_end(&r);
}

/* ---- how large, how long ---- */

/* Carry what is there one way, at most n octets. */
static void carry(rpc_peer *from, rpc_peer *to, size_t n)
{
    rpc_peer_drain(from);
    size_t have = from->sent_len - from->sent_mark;
    from->sent_mark += rpc_peer_feed(to, from->sent + from->sent_mark, n < have ? n : have);
}

/* alloc_hint says at the first fragment that it will be too large. */
static void test_hint_too_large(void **state)
{
    static const uint32_t n = 30000;
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, true);
    r.client.max_reply = 10000;
    rpc_rig_connect(&r);
    assert_int_equal(rpc_call(&r.c, 1, 0, RPC_ECHO, "x", 1), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(rpc_call(&r.c, 2, 0, RPC_BIG, &n, 4), TROTH_OK);
    carry(&r.c, &r.s, SIZE_MAX);
    carry(&r.s, &r.c, 5840);
    assert_true(r.c.closed);
    assert_int_equal(rpc_reply_of(&r.c, 2)->error.code, TROTH_LIMIT);
    rpc_rig_end(&r);
}

/* Nothing is due but to give unused buffers back, after a second. */
static void rest(rpc_peer *p)
{
    p->now += 1000;
    assert_true(troth_endpoint_deadline(p->e) <= p->now);
    troth_endpoint_expire(p->e, p->now);
    rpc_peer_events(p);
    assert_int_equal(troth_endpoint_deadline(p->e), UINT64_MAX);
    assert_false(p->closed);
}

/* Without call_ms a call waits for ever, also beside one whose reply has begun. */
static void test_deadline_of_one(void **state)
{
    static const uint32_t n = 20000;
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, true);
    r.client.half_open_ms = 100;
    rpc_rig_connect(&r);
    assert_int_equal(rpc_call(&r.c, 1, 0, RPC_ECHO, "x", 1), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(rpc_call(&r.c, 2, 0, RPC_WAIT, "1234", 4), TROTH_OK);
    assert_int_equal(rpc_call(&r.c, 3, 0, RPC_BIG, &n, 4), TROTH_OK);
    carry(&r.c, &r.s, SIZE_MAX);
    rest(&r.c);
    r.c.now = 1050;
    carry(&r.s, &r.c, 7000);
    assert_int_equal(troth_endpoint_deadline(r.c.e), 1150);
    rpc_wire(&r.c, &r.s, 0);
    rest(&r.c);
    assert_int_equal(rpc_reply_of(&r.c, 3)->len, 20000);
    assert_null(rpc_reply_of(&r.c, 2));
    rpc_rig_end(&r);
}

/* Calls given up are few: with one more than that the connection goes. */
static void test_orphans(void **state)
{
    (void)state;
    for (unsigned n = TROTH_CO_CLIENT_ORPHANS; n <= TROTH_CO_CLIENT_ORPHANS + 1; n++) {
        rpc_rig r;
        rpc_rig_init(&r, true);
        r.client.call_ms = 1000;
        rpc_rig_connect(&r);
        for (uint64_t id = 1; id <= n; id++)
            assert_int_equal(rpc_call(&r.c, id, 0, RPC_WAIT, "1234", 4), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        troth_endpoint_expire(r.c.e, 1000);
        rpc_peer_events(&r.c);
        for (uint64_t id = 1; id <= n; id++)
            assert_int_equal(rpc_reply_of(&r.c, id)->error.code, TROTH_TIMEOUT);
        assert_int_equal(r.c.closed, n > TROTH_CO_CLIENT_ORPHANS);
        rpc_rig_end(&r);
    }
}

static void test_options(void **state)
{
    static const struct row {
        uint16_t max_frag;
        troth_status want;
    } rows[] = { { TROTH_CO_FRAG_MIN - 1, TROTH_INVALID },
                 { TROTH_CO_FRAG_MIN, TROTH_OK },
                 { TROTH_CO_FRAG_MAX, TROTH_OK },
                 { TROTH_CO_FRAG_MAX + 1, TROTH_INVALID } };
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, true);
    rpc_rig_connect(&r);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        troth_rpc_co_client_options o = r.client;
        troth_endpoint *e = NULL;
        o.max_frag = rows[i].max_frag;
        assert_int_equal(troth_rpc_co_client_new(&o, 0, &e), rows[i].want);
        troth_endpoint_free(e);
    }
    rpc_rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fault_forged),
        cmocka_unit_test(test_last_leg),
        cmocka_unit_test(test_object),
        cmocka_unit_test(test_verification_trailers),
        cmocka_unit_test(test_not_presented),
        cmocka_unit_test(test_alter_faulted),
        cmocka_unit_test(test_group),
        cmocka_unit_test(test_nak_of_another),
        cmocka_unit_test(test_shutdown),
        cmocka_unit_test(test_forbidden_statuses),
        cmocka_unit_test(test_response_expired),
        cmocka_unit_test(test_hint_too_large),
        cmocka_unit_test(test_deadline_of_one),
        cmocka_unit_test(test_orphans),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
