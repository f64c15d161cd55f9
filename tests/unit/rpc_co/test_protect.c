/* How requests and responses are cut, laid out and verified, over a mechanism whose tokens can be read. */
#include <stdlib.h>
#include <string.h>
#include <support/co.h>
#include <support/test.h>

enum { BUF = 400000 };

typedef struct rig {
    co_link l;
    troth_co_context *x[2];
    uint8_t stub[100000], buf[BUF];
    size_t len, at; /* of what was put out */
} rig;

static rig *rig_new(troth_mech_id id, uint8_t auth_type, uint8_t level)
{
    rig *r = calloc(1, sizeof *r);
    co_link_fake(&r->l, id);
    if (auth_type)
        assert_true(co_build(&r->l, 0x01020304, auth_type, level, r->x));
    for (size_t i = 0; i < sizeof r->stub; i++)
        r->stub[i] = (uint8_t)(i * 7 + i / 251);
    return r;
}

static void rig_free(rig *r)
{
    co_link_end(&r->l);
    free(r);
}

static troth_co_outgoing request(rig *r, size_t n)
{
    return (troth_co_outgoing){ .ptype = TROTH_CO_REQUEST,
                                .call_id = 77,
                                .p_cont_id = 0x1234,
                                .opnum = 9,
                                .stub = { r->stub, n },
                                .ctx = r->x[0] };
}

static void put_out(rig *r, const troth_co_outgoing *m)
{
    troth_bytes out;
    troth_co_conn *c = &r->l.conn[CO_CLIENT];
    assert_int_equal(troth_co_send(c, m), TROTH_OK);
    assert_int_equal(troth_co_out(c, &out), TROTH_OK);
    assert_true(out.len <= BUF);
    memcpy(r->buf, out.data, out.len);
    r->len = out.len;
    r->at = 0;
    troth_co_sent(c, out.len);
}

static bool next(rig *r, troth_co_pdu *pdu)
{
    size_t used;
    if (r->at == r->len)
        return false;
    assert_int_equal(troth_co_gather(&r->l.conn[CO_SERVER], r->buf + r->at, r->len - r->at, &used, pdu), TROTH_OK);
    r->at += used;
    return true;
}

static void test_without_a_context(void **state)
{
    static const size_t sizes[] = { 0, 1, 7, 8, 2023, 2024, 2025, 4048, 4049, 20000 };
    rig *r = rig_new(TROTH_MECH_NTLM, 0, 0);
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        troth_co_outgoing m = request(r, sizes[i]);
        m.flags = TROTH_PFC_MAYBE;
        put_out(r, &m);
        troth_co_pdu pdu;
        size_t at = 0, n = 0;
        for (; next(r, &pdu); n++) {
            bool last = r->at == r->len;
            assert_true(pdu.len <= TROTH_CO_FRAG_MIN);
            assert_int_equal(pdu.hdr.flags, TROTH_PFC_MAYBE | (n ? 0 : 1) | (last ? 2 : 0));
            assert_int_equal(pdu.hdr.auth_length, 0);
            assert_int_equal(pdu.hdr.call_id, 77);
            troth_reader in = troth_reader_of(pdu.data + 16, pdu.len - 16, TROTH_LE);
            troth_co_request q;
            assert_int_equal(troth_co_request_read(&in, &pdu.hdr, &q), TROTH_OK);
            assert_int_equal(q.alloc_hint, sizes[i] - at); /* what is left */
            assert_int_equal(q.p_cont_id, 0x1234);
            assert_int_equal(q.opnum, 9);
            assert_memory_equal(pdu.data + 24, r->stub + at, pdu.len - 24);
            if (!last)
                assert_int_equal(pdu.len, TROTH_CO_FRAG_MIN);
            at += pdu.len - 24;
        }
        assert_int_equal(at, sizes[i]);
        assert_int_equal(n, sizes[i] ? (sizes[i] + 2023) / 2024 : 1);
        assert_int_equal(r->l.conn[0].pdus_out, r->l.conn[1].pdus_in);
    }
    rig_free(r);
}

static void test_responses_and_objects(void **state)
{
    rig *r = rig_new(TROTH_MECH_NTLM, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY);
    troth_uuid object = { 0 };
    troth_co_pdu pdu;
    troth_bytes stub;
    (void)state;
    memset(&object, 0xab, sizeof object);
    troth_co_outgoing m = request(r, 5000);
    m.object = &object;
    put_out(r, &m);
    for (size_t at = 0; next(r, &pdu); at += stub.len) { /* the object in every fragment */
        assert_true(pdu.hdr.flags & TROTH_PFC_OBJECT_UUID);
        assert_memory_equal(pdu.data + 24, "\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab\xab", 16);
        assert_int_equal(co_open_pdu(r->x[1], &pdu, &stub), TROTH_OK);
        assert_memory_equal(stub.data, r->stub + at, stub.len);
    }
    m = request(r, 5000);
    m.ptype = TROTH_CO_RESPONSE;
    m.object = &object; /* a response has none */
    m.cancel_count = 3;
    put_out(r, &m);
    assert_true(next(r, &pdu));
    assert_int_equal(pdu.hdr.ptype, TROTH_CO_RESPONSE);
    assert_int_equal(pdu.hdr.flags, TROTH_PFC_FIRST_FRAG);
    assert_int_equal(pdu.data[20], 0x34); /* cut to 8 bits */
    assert_int_equal(pdu.data[21], 0);
    assert_int_equal(pdu.data[22], 3);
    assert_int_equal(co_open_pdu(r->x[1], &pdu, &stub), TROTH_OK);
    assert_memory_equal(stub.data, r->stub, stub.len);
    rig_free(r);
}

/* Layout of each fragment: stub chunks and trailer at multiples of 16 from the stub's start. [MS-RPCE 2.2.2.11] */
static void check_layout(rig *r, size_t size, uint8_t level)
{
    troth_co_pdu pdu;
    troth_bytes stub;
    troth_co_outgoing m = request(r, size);
    put_out(r, &m);
    size_t at = 0;
    while (next(r, &pdu)) {
        troth_co_trailer t;
        bool last = r->at == r->len;
        assert_int_equal(troth_co_trailer_read(pdu.data, &pdu.hdr, 24, &t), TROTH_OK);
        assert_int_equal((t.at - 24) % 16, 0);
        assert_int_equal(t.auth_type, TROTH_RPC_AUTH_NTLM);
        assert_int_equal(t.auth_level, level);
        assert_int_equal(t.auth_context_id, 0x01020304);
        assert_true(t.auth_pad_length < 16);
        assert_int_equal(t.token.len, level == TROTH_RPC_LEVEL_CONNECT ? 16 : FAKE_TOKEN);
        if (level == TROTH_RPC_LEVEL_CONNECT)
            assert_memory_equal(t.token.data, "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
        if (!last) {
            assert_int_equal(t.auth_pad_length, 0);
            assert_true(pdu.len <= TROTH_CO_FRAG_MIN && pdu.len > TROTH_CO_FRAG_MIN - 16);
        }
        size_t n = t.at - 24 - t.auth_pad_length;
        bool clear = n == 0 || !memcmp(pdu.data + 24, r->stub + at, n);
        if (n > 8)
            assert_int_equal(clear, level != TROTH_RPC_LEVEL_PRIVACY);
        assert_int_equal(co_open_pdu(r->x[1], &pdu, &stub), TROTH_OK);
        assert_int_equal(stub.len, n);
        assert_memory_equal(stub.data, r->stub + at, n);
        at += n;
    }
    assert_int_equal(at, size);
}

static void test_layout(void **state)
{
    static const uint8_t levels[] = { TROTH_RPC_LEVEL_CONNECT, TROTH_RPC_LEVEL_PKT, TROTH_RPC_LEVEL_INTEGRITY,
                                      TROTH_RPC_LEVEL_PRIVACY };
    static const size_t sizes[] = { 0, 1, 15, 16, 17, 1999, 2000, 2001, 4000, 9999, 80000 };
    (void)state;
    for (size_t l = 0; l < sizeof levels; l++) {
        rig *r = rig_new(TROTH_MECH_NTLM, TROTH_RPC_AUTH_NTLM, levels[l]);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            check_layout(r, sizes[i], levels[l]);
        rig_free(r);
    }
}

/* Which segments are signed: all three for NTLM or with header signing, only the stub else. */
static void test_header_signing(void **state)
{
    (void)state;
    for (unsigned kerberos = 0; kerberos < 2; kerberos++)
        for (unsigned signing = 0; signing < 2; signing++)
            for (unsigned flip = 0; flip < 2; flip++) { /* in the header; in the trailer */
                rig *r = kerberos ? rig_new(TROTH_MECH_KERBEROS, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_PRIVACY)
                                  : rig_new(TROTH_MECH_NTLM, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY);
                r->l.conn[0].header_signing = r->l.conn[1].header_signing = signing;
                troth_co_outgoing m = request(r, 20);
                troth_co_pdu pdu;
                troth_bytes stub = { NULL, 0 };
                put_out(r, &m);
                assert_true(next(r, &pdu));
                pdu.data[flip ? 24 + 32 + 3 : 22] ^= 1; /* auth_reserved; opnum */
                bool covered = signing || !kerberos;
                assert_int_equal(co_open_pdu(r->x[1], &pdu, &stub), covered ? TROTH_BAD_MIC : TROTH_OK);
                assert_int_equal(stub.data == NULL, covered);
                rig_free(r);
            }
}

static void test_an_old_context_follows_the_connection(void **state)
{
    rig *r = rig_new(TROTH_MECH_KERBEROS, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_INTEGRITY);
    troth_co_pdu pdu;
    troth_bytes stub;
    troth_co_outgoing m = request(r, 20);
    (void)state;
    put_out(r, &m);
    assert_true(next(r, &pdu));
    assert_int_equal(co_open_pdu(r->x[1], &pdu, &stub), TROTH_OK);
    r->l.conn[0].header_signing = true; /* agreed on later, by one side only: they differ */
    put_out(r, &m);
    assert_true(next(r, &pdu));
    assert_int_equal(co_open_pdu(r->x[1], &pdu, &stub), TROTH_BAD_MIC);
    r->l.conn[1].header_signing = true;
    put_out(r, &m);
    assert_true(next(r, &pdu));
    assert_int_equal(co_open_pdu(r->x[1], &pdu, &stub), TROTH_OUT_OF_ORDER); /* the one before was lost */
    rig_free(r);
}

/* The verification trailer is in the last fragment, whole, and aligned to 4, wherever the stub ends. */
static void test_verification_trailer(void **state)
{
    (void)state;
    for (unsigned secure = 0; secure < 2; secure++) {
        rig *r = rig_new(TROTH_MECH_NTLM, secure ? TROTH_RPC_AUTH_NTLM : 0, TROTH_RPC_LEVEL_PRIVACY);
        const troth_co_vt vt = { .has_bitmask = true, .bitmask = 1, .has_pcontext = true, .has_header2 = true };
        for (size_t size = 1850; size < 4100; size += size < 2100 || size > 3900 ? 1 : 101) {
            troth_co_outgoing m = request(r, size);
            troth_co_pdu pdu;
            troth_co_vt got;
            uint8_t whole[8192];
            size_t at = 0, last_at = 0;
            m.vt = &vt;
            put_out(r, &m);
            while (next(r, &pdu)) {
                troth_bytes stub = { pdu.data + 24, pdu.len - 24 };
                if (secure)
                    assert_int_equal(co_open_pdu(r->x[1], &pdu, &stub), TROTH_OK);
                assert_true(stub.len > 0);
                last_at = at;
                memcpy(whole + at, stub.data, stub.len);
                at += stub.len;
            }
            assert_memory_equal(whole, r->stub, size);
            assert_int_equal(troth_co_vt_read((troth_bytes){ whole, at }, &got), TROTH_OK);
            assert_true(got.found && got.has_bitmask && got.has_pcontext && got.has_header2);
            size_t start = (size + 3) & ~(size_t)3;
            assert_int_equal(at, start + 8 + 8 + 44 + 20);
            assert_true(start >= last_at); /* whole in the last fragment */
        }
        rig_free(r);
    }
}

static void test_failures_put_nothing_out(void **state)
{
    rig *r = rig_new(TROTH_MECH_NTLM, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY);
    troth_co_conn *c = &r->l.conn[CO_CLIENT];
    troth_bytes out;
    (void)state;
    troth_co_outgoing m = request(r, 80000); /* three batches */
    r->l.env[0].dry = true;
    troth_queue_clear(&c->out);
    assert_int_equal(troth_co_send(c, &m), TROTH_NO_MEMORY);
    r->l.env[0].dry = false;
    m.stub.len = (size_t)UINT32_MAX + 1;
    assert_int_equal(troth_co_send(c, &m), TROTH_LIMIT);
    m = request(r, 80000);
    r->l.fake.max_messages = 35;
    assert_int_equal(troth_co_send(c, &m), TROTH_EXPIRED);
    assert_int_equal(troth_co_out(c, &out), TROTH_AGAIN);
    assert_int_equal(c->pdus_out, 0);
    assert_null(memmem(c->out.base, c->out.cap, r->stub, 64)); /* nor does plaintext stay behind */
    r->l.fake.max_messages = 0;
    m = request(r, 100);
    troth_co_context *fresh;
    troth_co_context_options o = r->l.context[0];
    o.auth_context_id = 2, o.auth_type = 10, o.auth_level = 6;
    assert_int_equal(troth_co_context_new(c, &o, &fresh), TROTH_OK);
    m.ctx = fresh;
    assert_int_equal(troth_co_send(c, &m), TROTH_BAD_STATE);
    assert_int_equal(troth_co_out(c, &out), TROTH_AGAIN);
    rig_free(r);
}

static void test_expiry(void **state)
{
    (void)state;
    for (unsigned side = 0; side < 2; side++) {
        rig *r = calloc(1, sizeof *r);
        troth_co_pdu pdu;
        troth_bytes stub, out;
        co_link_fake(&r->l, TROTH_MECH_NTLM);
        r->l.fake.expiry = 5000;
        r->l.env[0].wall = r->l.env[1].wall = 4000;
        assert_true(co_build(&r->l, 1, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_INTEGRITY, r->x));
        troth_co_outgoing m = request(r, 100);
        put_out(r, &m);
        r->l.env[side].wall = 5000;
        if (side) {
            assert_true(next(r, &pdu));
            assert_int_equal(co_open_pdu(r->x[1], &pdu, &stub), TROTH_EXPIRED);
        } else {
            assert_int_equal(troth_co_send(&r->l.conn[0], &m), TROTH_EXPIRED);
            assert_int_equal(troth_co_out(&r->l.conn[0], &out), TROTH_AGAIN);
        }
        assert_int_equal(r->x[side]->fsm.state, TROTH_CO_CTX_EXPIRED);
        assert_int_equal(r->l.conn[side].contexts_open, 0);
        assert_int_equal(troth_co_context_use(r->x[side], 10, 5), TROTH_EXPIRED);
        assert_int_equal(r->x[side]->fsm.state, TROTH_CO_CTX_EXPIRED);
        rig_free(r);
    }
}

/* Where trailer and padding can be: anything 4-aligned, any padding that fits, verified with the stub. */
/* A context that has used up its numbers protects nothing more: an end, and no message that was too large. */
static void test_numbers_used_up(void **state)
{
    (void)state;
    rig *r = calloc(1, sizeof *r);
    troth_bytes out;
    co_link_fake(&r->l, TROTH_MECH_NTLM);
    assert_true(co_build(&r->l, 1, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_INTEGRITY, r->x));
    troth_co_outgoing m = request(r, 100);
    put_out(r, &m);
    while (!troth_co_out(&r->l.conn[0], &out))
        troth_co_sent(&r->l.conn[0], out.len);
    r->l.fake.max_messages = 1;
    assert_int_equal(troth_co_send(&r->l.conn[0], &m), TROTH_EXPIRED);
    assert_int_equal(troth_co_out(&r->l.conn[0], &out), TROTH_AGAIN);
    assert_int_equal(r->x[0]->fsm.state, TROTH_CO_CTX_EXPIRED);
    rig_free(r);
}

static void test_other_alignments(void **state)
{
    rig *r = rig_new(TROTH_MECH_NTLM, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY);
    troth_co_conn *server = &r->l.conn[CO_SERVER];
    (void)state;
    for (size_t body = 0; body < 64; body += 4)
        for (size_t pad = 0; pad < 40; pad += 3) {
            uint8_t pdu[200] = { 5, 0, TROTH_CO_REQUEST, 3, 0x10 };
            size_t len = 24 + body + 8 + FAKE_TOKEN;
            memset(pdu + 24, 0xbb, body);
            troth_co_hdr_patch(pdu, (uint16_t)len, FAKE_TOKEN);
            const uint8_t trailer[] = { 10, 6, (uint8_t)pad, 0, 4, 3, 2, 1 };
            memcpy(pdu + 24 + body, trailer, 8);
            troth_segment s[] = { { TROTH_SEG_SIGN_ONLY, pdu, 24 },
                                  { TROTH_SEG_DATA, pdu + 24, body },
                                  { TROTH_SEG_SIGN_ONLY, pdu + 24 + body, 8 } };
            troth_message m = { s, 3, pdu + 32 + body, FAKE_TOKEN, 0 };
            if (pad <= body)
                assert_int_equal(troth_context_protect(r->x[0]->sec, TROTH_FORM_SEAL, &m, 1, NULL), TROTH_OK);
            troth_co_pdu p;
            size_t used;
            troth_bytes stub = { NULL, 0 };
            assert_int_equal(troth_co_gather(server, pdu, len, &used, &p), TROTH_OK);
            assert_int_equal(co_open_pdu(r->x[1], &p, &stub), pad <= body ? TROTH_OK : TROTH_MALFORMED);
            if (pad <= body)
                assert_int_equal(stub.len, body - pad);
        }
    rig_free(r);
}

/* What a careless caller could hand over: refused, and wiped. */
static void test_verify_checks_for_itself(void **state)
{
    rig *r = rig_new(TROTH_MECH_NTLM, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_INTEGRITY);
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        uint8_t data[24 + 16 + 8 + FAKE_TOKEN];
        memset(data, 0x55, sizeof data);
        troth_co_pdu pdu = { data, sizeof data, { 0 } };
        troth_co_trailer t = { .at = 40, .token = { data + 48, FAKE_TOKEN } };
        size_t stub_at = 24;
        troth_bytes stub = { NULL, 0 };
        troth_status want = TROTH_MALFORMED;
        switch (i) {
        case 0:
            t.auth_pad_length = 17;
            break;
        case 1:
            stub_at = 41;
            break;
        case 2:
            stub_at = sizeof data + 1;
            break;
        case 3:
            t.token.len--;
            break;
        default:
            want = TROTH_BAD_MIC;
            break;
        }
        assert_int_equal(troth_co_verify(r->x[1], &pdu, &t, stub_at, &stub), want);
        assert_null(stub.data);
        if (stub_at < sizeof data)
            for (size_t k = stub_at; k < 40; k++)
                assert_int_equal(data[k], 0);
    }
    rig_free(r);
}

static void test_connect_verifies_nothing(void **state)
{
    rig *r = rig_new(TROTH_MECH_NTLM, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_CONNECT);
    troth_co_pdu pdu;
    troth_bytes stub;
    (void)state;
    troth_co_outgoing m = request(r, 21);
    put_out(r, &m);
    assert_true(next(r, &pdu));
    pdu.data[pdu.len - 1] ^= 1;
    pdu.data[24] ^= 1;
    assert_int_equal(co_open_pdu(r->x[1], &pdu, &stub), TROTH_OK);
    assert_int_equal(stub.len, 21);
    assert_int_equal(stub.data[0], r->stub[0] ^ 1);
    rig_free(r);
}

/* Once the output has grown, neither direction allocates. */
static void test_no_allocation_for_each_message(void **state)
{
    rig *r = rig_new(TROTH_MECH_NTLM, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY);
    troth_co_pdu pdu;
    troth_bytes stub;
    size_t allocs[2] = { 0, 0 };
    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        if (i == 1)
            for (int side = 0; side < 2; side++)
                allocs[side] = atomic_load(&r->l.env[side].allocs);
        troth_co_outgoing m = request(r, 30000);
        put_out(r, &m);
        while (next(r, &pdu))
            assert_int_equal(co_open_pdu(r->x[1], &pdu, &stub), TROTH_OK);
    }
    for (int side = 0; side < 2; side++)
        assert_int_equal(atomic_load(&r->l.env[side].allocs), allocs[side]);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_context),
        cmocka_unit_test(test_responses_and_objects),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_header_signing),
        cmocka_unit_test(test_an_old_context_follows_the_connection),
        cmocka_unit_test(test_verification_trailer),
        cmocka_unit_test(test_failures_put_nothing_out),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_numbers_used_up),
        cmocka_unit_test(test_other_alignments),
        cmocka_unit_test(test_verify_checks_for_itself),
        cmocka_unit_test(test_connect_verifies_nothing),
        cmocka_unit_test(test_no_allocation_for_each_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
