/* Several security contexts on one connection: the client's side of rules CO-1 to CO-12. */
#include <rpc_co/client.h>
#include <string.h>
#include <support/rpc_rig.h>
#include <support/test.h>

static void begin(rpc_rig *r, bool ntlm)
{
    rpc_rig_init(r, ntlm);
    rpc_rig_connect(r);
}

static troth_rpc_identity identity(const rpc_rig *r, troth_rpc_level level)
{
    bool ntlm = r->serve.cred == r->server_cred[1];
    return rpc_rig_identity(r, ntlm ? TROTH_RPC_AUTH_NTLM : TROTH_RPC_AUTH_KERBEROS, level);
}

static void established(rpc_rig *r, uint64_t id, troth_rpc_level level)
{
    troth_rpc_identity who = identity(r, level);
    size_t before = r->c.n_established;
    assert_int_equal(rpc_open(&r->c, id, &who), TROTH_OK);
    rpc_wire(&r->c, &r->s, 0);
    assert_int_equal(r->c.n_established, before + 1);
}

/* A call that the server does not answer yet. */
static void call_waits(rpc_rig *r, uint64_t id, uint64_t context)
{
    size_t before = r->n_waiting;
    assert_int_equal(rpc_call(&r->c, id, context, RPC_WAIT, "1234", 4), TROTH_OK);
    rpc_wire(&r->c, &r->s, 0);
    assert_int_equal(r->n_waiting, before + 1);
}

/* Requests and responses that were sent since from, and whether they have verifiers. */
static void expect_verifiers(const rpc_peer *p, size_t from, bool verifier, size_t requests)
{
    size_t n = 0;
    for (size_t at = from; at < p->sent_len; at += (size_t)(p->sent[at + 8] | p->sent[at + 9] << 8)) {
        if (p->sent[at + 2] != TROTH_CO_REQUEST && p->sent[at + 2] != TROTH_CO_RESPONSE)
            continue;
        n++;
        assert_int_equal(p->sent[at + 10] != 0, verifier);
    }
    assert_int_equal(n, requests);
}

/* CO-2: a context is built while requests of another are in fragments on their way; each whole before the next PDU. */
static void test_co_2_between_requests(void **state)
{
    (void)state;
    static uint8_t stub[30000];
    rpc_rig r;
    begin(&r, true);
    established(&r, 1, TROTH_RPC_LEVEL_INTEGRITY);
    assert_int_equal(rpc_call(&r.c, 1, 1, RPC_ECHO, "1234", 4), TROTH_OK); /* the presentation context */
    rpc_wire(&r.c, &r.s, 0);
    size_t mark = r.c.sent_len;
    troth_rpc_identity who = identity(&r, TROTH_RPC_LEVEL_PRIVACY);
    assert_int_equal(rpc_call(&r.c, 2, 1, RPC_ECHO, stub, sizeof stub), TROTH_OK);
    assert_int_equal(rpc_open(&r.c, 2, &who), TROTH_OK);
    assert_int_equal(rpc_call(&r.c, 3, 1, RPC_ECHO, stub, sizeof stub), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(r.c.n_established, 2);
    bool inside = false, alter = false;
    for (size_t at = mark; at < r.c.sent_len; at += (size_t)(r.c.sent[at + 8] | r.c.sent[at + 9] << 8)) {
        uint8_t ptype = r.c.sent[at + 2], flags = r.c.sent[at + 3];
        if (ptype == TROTH_CO_REQUEST)
            inside = !(flags & TROTH_PFC_LAST_FRAG);
        else
            assert_false(inside);
        alter |= ptype == TROTH_CO_ALTER_CONTEXT;
    }
    assert_true(alter);
    assert_int_equal(rpc_reply_of(&r.c, 2)->len, sizeof stub);
    assert_int_equal(rpc_reply_of(&r.c, 3)->len, sizeof stub);
    rpc_rig_end(&r);
}

/* CO-2: while a leg runs on either side, or its answer is awaited, calls of other contexts come and go. */
static void test_co_2_calls_go_on(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        rpc_rig r;
        begin(&r, true);
        established(&r, 1, TROTH_RPC_LEVEL_INTEGRITY);
        assert_int_equal(rpc_call(&r.c, 1, 1, RPC_ECHO, "1234", 4), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        rpc_peer *p = side ? &r.s : &r.c;
        troth_rpc_identity who = identity(&r, TROTH_RPC_LEVEL_PRIVACY);
        p->hold_jobs = true;
        assert_int_equal(rpc_open(&r.c, 2, &who), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        assert_non_null(p->held);
        for (uint64_t id = 2; id <= 4; id++) {
            assert_int_equal(rpc_call(&r.c, id, 1, RPC_WHO, "", 0), TROTH_OK);
            rpc_wire(&r.c, &r.s, 0);
            assert_memory_equal(rpc_reply_of(&r.c, id)->stub, "alice integrity 1", 17);
        }
        assert_int_equal(rpc_call(&r.c, 5, 2, RPC_WHO, "", 0), TROTH_BAD_STATE);
        p->hold_jobs = false;
        rpc_peer_step(p);
        rpc_wire(&r.c, &r.s, 0);
        assert_int_equal(r.c.n_established, 2);
        rpc_rig_end(&r);
    }
}

/* CO-3, CO-6: both sides leave verifiers off with a single context at level connect; with another one, requests have them. */
static void test_co_3_co_6(void **state)
{
    (void)state;
    for (int level = TROTH_RPC_LEVEL_CONNECT; level <= TROTH_RPC_LEVEL_PRIVACY; level++) {
        rpc_rig r;
        begin(&r, true);
        established(&r, 1, TROTH_RPC_LEVEL_CONNECT);
        size_t c = r.c.sent_len, s = r.s.sent_len;
        for (uint64_t id = 1; id <= 3; id++)
            assert_int_equal(rpc_call(&r.c, id, 1, RPC_WHO, "", 0), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        expect_verifiers(&r.c, c, false, 3);
        expect_verifiers(&r.s, s, false, 3);
        established(&r, 2, (troth_rpc_level)level);
        c = r.c.sent_len;
        for (uint64_t id = 4; id <= 9; id++)
            assert_int_equal(rpc_call(&r.c, id, 1 + id % 2, RPC_WHO, "", 0), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        expect_verifiers(&r.c, c, true, 6);
        for (uint64_t id = 1; id <= 9; id++) {
            const rpc_reply *reply = rpc_reply_of(&r.c, id);
            assert_non_null(reply);
            assert_int_equal(reply->stub[reply->len - 1] - '0', id < 4 ? 1 : 1 + id % 2);
        }
        rpc_rig_end(&r);
    }
}

/* The first context alone is at level connect, but a second one is being built: it is there to be named. */
static void test_co_6_while_building(void **state)
{
    (void)state;
    rpc_rig r;
    begin(&r, true);
    established(&r, 1, TROTH_RPC_LEVEL_CONNECT);
    assert_int_equal(rpc_call(&r.c, 1, 1, RPC_WHO, "", 0), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    troth_rpc_identity who = identity(&r, TROTH_RPC_LEVEL_PRIVACY);
    size_t mark = r.c.sent_len;
    assert_int_equal(rpc_open(&r.c, 2, &who), TROTH_OK);
    assert_int_equal(rpc_call(&r.c, 2, 1, RPC_WHO, "", 0), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    expect_verifiers(&r.c, mark, true, 1);
    assert_int_equal(rpc_reply_of(&r.c, 2)->fault, 0);
    assert_int_equal(rpc_reply_of(&r.c, 2)->len, 15);
    rpc_rig_end(&r);
}

/* CO-7: 2,000 and no more, whoever asks; and the one that is too many sends nothing. */
static void test_co_7_two_thousand(void **state)
{
    (void)state;
    rpc_rig r;
    troth_endpoint *none = NULL;
    rpc_rig_init(&r, false);
    r.client.max_contexts = 2001;
    assert_int_equal(troth_rpc_co_client_new(&r.client, 0, &none), TROTH_INVALID);
    assert_null(none);
    r.client.max_contexts = 2000;
    rpc_rig_connect(&r);
    for (uint64_t id = 1; id <= 2000; id++)
        established(&r, id, TROTH_RPC_LEVEL_CONNECT);
    assert_int_equal(troth_rpc_co_facts_of(r.c.e).contexts, 2000);
    size_t mark = r.c.sent_len;
    unsigned inits = atomic_load(&r.kerberos.inits);
    troth_rpc_identity who = identity(&r, TROTH_RPC_LEVEL_CONNECT);
    assert_int_equal(rpc_open(&r.c, 2001, &who), TROTH_LIMIT);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(r.c.sent_len, mark);
    assert_int_equal(atomic_load(&r.kerberos.inits), inits);
    assert_int_equal(rpc_call(&r.c, 1, 2000, RPC_WHO, "", 0), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_memory_equal(rpc_reply_of(&r.c, 1)->stub, "alice connect 2000", 18);
    rpc_rig_end(&r);
}

/* CO-9: the last one there is room for is built leg by leg, in as many alter_contexts as it takes. */
static void test_co_9_later_legs(void **state)
{
    (void)state;
    for (int profile = TROTH_RPC_STRICT; profile <= TROTH_RPC_WINDOWS; profile++) {
        rpc_rig r;
        rpc_rig_init(&r, true);
        r.serve.max_contexts = 2;
        r.serve.profile = (troth_rpc_profile)profile;
        rpc_rig_connect(&r);
        for (uint64_t id = 1; id <= 2; id++) {
            troth_rpc_identity who = rpc_rig_identity(&r, TROTH_RPC_AUTH_SPNEGO, TROTH_RPC_LEVEL_INTEGRITY);
            assert_int_equal(rpc_open(&r.c, id, &who), TROTH_OK);
            rpc_wire(&r.c, &r.s, 0);
            assert_int_equal(r.c.n_established, id);
        }
        rpc_rig_end(&r);
    }
}

/* What is not set is 1,000, as Windows clients have it. */
static void test_co_7_default(void **state)
{
    (void)state;
    rpc_rig r;
    begin(&r, false);
    for (uint64_t id = 1; id <= 1000; id++)
        established(&r, id, TROTH_RPC_LEVEL_CONNECT);
    troth_rpc_identity who = identity(&r, TROTH_RPC_LEVEL_CONNECT);
    assert_int_equal(rpc_open(&r.c, 1001, &who), TROTH_LIMIT);
    rpc_rig_end(&r);
}

/* ---- CO-11: a provider's failure on any context ends all sending ---- */

/* Of two awaited replies both still come, whatever is ordered nothing is sent, and then it closes as it must. */
static void expect_discard(rpc_rig *r, size_t mark, troth_status code)
{
    troth_rpc_identity who = identity(r, TROTH_RPC_LEVEL_CONNECT);
    assert_false(r->c.closed);
    assert_int_equal(rpc_call(&r->c, 90, 1, RPC_ECHO, "", 0), TROTH_BAD_STATE);
    assert_int_equal(rpc_open(&r->c, 91, &who), TROTH_BAD_STATE);
    assert_int_equal(rpc_order(&r->c, TROTH_ORDER_CANCEL, 1), TROTH_OK);
    rpc_rig_answer(r, 1);
    rpc_wire(&r->c, &r->s, 0);
    assert_int_equal(rpc_reply_of(&r->c, 2)->len, 4);
    assert_false(r->c.closed);
    rpc_rig_answer(r, 0);
    rpc_wire(&r->c, &r->s, 0);
    assert_int_equal(rpc_reply_of(&r->c, 1)->len, 4);
    assert_true(r->c.closed);
    assert_int_equal(r->c.error.code, code);
    assert_int_equal(r->c.sent_len, mark);
}

/* The client's own provider fails, in its first leg or in the next one. */
static void test_co_11_leg(void **state)
{
    (void)state;
    for (unsigned leg = 1; leg <= 3; leg += 2) {
        rpc_rig r;
        begin(&r, false);
        established(&r, 1, TROTH_RPC_LEVEL_INTEGRITY);
        call_waits(&r, 1, 1);
        call_waits(&r, 2, 1);
        r.kerberos.fail_leg = leg == 3 ? 2 : 1; /* the initiator's last step takes token 2 */
        r.kerberos.fail_role = TROTH_INITIATOR;
        r.kerberos.fail_status = TROTH_NO_AUTHORITY;
        troth_rpc_identity who = identity(&r, TROTH_RPC_LEVEL_PRIVACY);
        assert_int_equal(rpc_open(&r.c, 2, &who), TROTH_OK);
        if (leg == 3) {
            size_t before = r.c.sent_len;
            rpc_wire(&r.c, &r.s, 0);
            assert_true(r.c.sent_len > before);
        }
        assert_int_equal(r.c.n_warnings, 1);
        assert_int_equal(r.c.warning.code, TROTH_NO_AUTHORITY);
        expect_discard(&r, r.c.sent_len, TROTH_NO_AUTHORITY);
        rpc_rig_end(&r);
    }
}

/* The server refuses a context and goes on: its fault is the provider's error for us. */
static void test_co_11_refused(void **state)
{
    (void)state;
    for (int awaited = 0; awaited < 2; awaited++) {
        rpc_rig r;
        rpc_rig_init(&r, true);
        r.serve.max_contexts = 1;
        rpc_rig_connect(&r);
        established(&r, 1, TROTH_RPC_LEVEL_INTEGRITY);
        if (awaited) {
            call_waits(&r, 1, 1);
            call_waits(&r, 2, 1);
        }
        troth_rpc_identity who = identity(&r, TROTH_RPC_LEVEL_PRIVACY);
        assert_int_equal(rpc_open(&r.c, 2, &who), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        assert_int_equal(r.c.warning.code, TROTH_PEER_REFUSED);
        assert_int_equal(r.c.warning.wire, TROTH_NCA_S_PROTO_ERROR);
        assert_false(r.s.closed); /* strict: its side goes on */
        if (awaited)
            expect_discard(&r, r.c.sent_len, TROTH_PEER_REFUSED);
        assert_true(r.c.closed);
        assert_int_equal(r.c.error.code, TROTH_PEER_REFUSED);
        assert_int_equal(r.c.error.wire, TROTH_NCA_S_PROTO_ERROR);
        rpc_rig_end(&r);
    }
}

/* A context that stood cannot protect any more: the call is told, the connection sends nothing further. */
static void test_co_11_in_use(void **state)
{
    (void)state;
    for (int awaited = 0; awaited < 2; awaited++) {
        rpc_rig r;
        begin(&r, false);
        established(&r, 1, TROTH_RPC_LEVEL_INTEGRITY);
        established(&r, 2, TROTH_RPC_LEVEL_INTEGRITY);
        assert_int_equal(rpc_call(&r.c, 3, 2, RPC_ECHO, "x", 1), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        if (awaited) {
            call_waits(&r, 1, 1);
            call_waits(&r, 2, 1);
        }
        r.kerberos.max_messages = 1;
        size_t mark = r.c.sent_len;
        (void)rpc_call(&r.c, 4, 2, RPC_ECHO, "x", 1);
        rpc_peer_events(&r.c);
        r.kerberos.max_messages = 0;
        assert_int_equal(rpc_reply_of(&r.c, 4)->error.code, TROTH_EXPIRED);
        if (awaited)
            expect_discard(&r, mark, TROTH_EXPIRED);
        rpc_wire(&r.c, &r.s, 0);
        assert_true(r.c.closed);
        assert_int_equal(r.c.error.code, TROTH_EXPIRED);
        assert_int_equal(r.c.sent_len, mark);
        rpc_rig_end(&r);
    }
}

/* ---- CO-12: each capability that a level needs ---- */

static void test_co_12_each(void **state)
{
    static const struct row {
        troth_rpc_level level;
        troth_flags missing;
        bool ends;
    } rows[] = {
        { TROTH_RPC_LEVEL_CONNECT, TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_CONFIDENTIALITY, false },
        { TROTH_RPC_LEVEL_PKT, TROTH_F_REPLAY, true },
        { TROTH_RPC_LEVEL_INTEGRITY, TROTH_F_INTEGRITY, true },
        { TROTH_RPC_LEVEL_INTEGRITY, TROTH_F_SEQUENCE, true },
        { TROTH_RPC_LEVEL_INTEGRITY, TROTH_F_CONFIDENTIALITY, false },
        { TROTH_RPC_LEVEL_PRIVACY, TROTH_F_CONFIDENTIALITY, true },
        { TROTH_RPC_LEVEL_PRIVACY, TROTH_F_SEQUENCE, true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rpc_rig r;
        rpc_rig_init(&r, false);
        r.kerberos.grant &= ~rows[i].missing;
        rpc_rig_connect(&r);
        troth_rpc_identity who = identity(&r, rows[i].level);
        assert_int_equal(rpc_open(&r.c, 1, &who), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        if (r.c.closed != rows[i].ends || r.c.n_established != !rows[i].ends)
            fail_msg("row %zu: %s", i, troth_status_name(r.c.error.code));
        assert_int_equal(r.s.n_established, !rows[i].ends);
        rpc_rig_end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_co_2_between_requests),
        cmocka_unit_test(test_co_2_calls_go_on),
        cmocka_unit_test(test_co_3_co_6),
        cmocka_unit_test(test_co_6_while_building),
        cmocka_unit_test(test_co_7_two_thousand),
        cmocka_unit_test(test_co_7_default),
        cmocka_unit_test(test_co_9_later_legs),
        cmocka_unit_test(test_co_11_leg),
        cmocka_unit_test(test_co_11_refused),
        cmocka_unit_test(test_co_11_in_use),
        cmocka_unit_test(test_co_12_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
