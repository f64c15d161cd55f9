/* A client and a server of ours over one connection: every provider and level, octets cut everywhere, many contexts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/rpc_rig.h>
#include <support/test.h>

static void established(rpc_rig *r, uint64_t id, troth_rpc_auth_type type, troth_rpc_level level, size_t cut)
{
    troth_rpc_identity who = rpc_rig_identity(r, type, level);
    assert_int_equal(rpc_open(&r->c, id, &who), TROTH_OK);
    rpc_wire(&r->c, &r->s, cut);
    if (r->c.closed || !r->c.n_established || r->c.established[r->c.n_established - 1] != id)
        fail_msg("type %d level %d: %s at %s", type, level, troth_status_name(r->c.error.code), r->c.error.where);
}

static void expect_stub(const rpc_rig *r, uint64_t id, const void *want, size_t n)
{
    const rpc_reply *reply = rpc_reply_of(&r->c, id);
    if (!reply)
        fail_msg("no reply: %s at %s", troth_status_name(r->c.error.code), r->c.error.where);
    if (reply->error.code || reply->fault)
        fail_msg("call %d: %s at %s, fault 0x%x", (int)id, troth_status_name(reply->error.code), reply->error.where,
                 reply->fault);
    assert_int_equal(reply->len, n);
    assert_memory_equal(reply->stub, want, n);
}

static const struct kind {
    troth_rpc_auth_type type;
    bool ntlm;
} kinds[] = { { TROTH_RPC_AUTH_KERBEROS, false }, { TROTH_RPC_AUTH_NTLM, true }, { TROTH_RPC_AUTH_SPNEGO, true } };

static void talk(const struct kind *k, troth_rpc_level level, size_t cut, bool no_header_signing)
{
    rpc_rig r;
    rpc_rig_init(&r, k->ntlm);
    r.client.no_header_signing = no_header_signing;
    rpc_rig_connect(&r);
    established(&r, 7, k->type, level, cut);
    assert_int_equal(rpc_call(&r.c, 1, 7, RPC_ECHO, "hi there", 8), TROTH_OK);
    assert_int_equal(rpc_call(&r.c, 2, 7, RPC_WHO, "", 0), TROTH_OK);
    rpc_wire(&r.c, &r.s, cut);
    expect_stub(&r, 1, "hi there", 8);
    char want[64];
    int n = snprintf(want, sizeof want, "alice %s 1",
                     troth_rpc_level_name(level == TROTH_RPC_LEVEL_CALL ? TROTH_RPC_LEVEL_PKT : level));
    expect_stub(&r, 2, want, (size_t)n);
    troth_rpc_co_facts f = troth_rpc_co_facts_of(r.c.e), g = troth_rpc_co_facts_of(r.s.e);
    assert_int_equal(f.header_signing, level >= TROTH_RPC_LEVEL_CALL && !no_header_signing);
    assert_true(f.bound && g.bound && f.concurrent && f.features == 3 && f.group == g.group && f.group);
    assert_int_equal(g.header_signing, f.header_signing);
    troth_bytes a = { NULL, 0 }, b = { NULL, 0 };
    if (k->ntlm) {
        assert_int_equal(troth_rpc_co_session_key(r.c.e, 7, &a), TROTH_OK);
        assert_int_equal(troth_rpc_co_session_key(r.s.e, 1, &b), TROTH_OK);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.data, b.data, a.len);
    }
    rpc_rig_end(&r);
}

static void test_levels(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (int level = TROTH_RPC_LEVEL_CONNECT; level <= TROTH_RPC_LEVEL_PRIVACY; level++)
            for (size_t cut = 0; cut < 2; cut++) {
                talk(&kinds[k], (troth_rpc_level)level, cut, false);
                talk(&kinds[k], (troth_rpc_level)level, cut, true);
            }
}

static void test_every_split(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (size_t cut = 2; cut < 520; cut += k ? 1 : 3)
            talk(&kinds[k], TROTH_RPC_LEVEL_PRIVACY, cut, false);
}

static void test_unauthenticated(void **state)
{
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, true);
    rpc_rig_connect(&r);
    assert_int_equal(rpc_call(&r.c, 1, 0, RPC_WHO, "", 0), TROTH_OK);
    rpc_wire(&r.c, &r.s, 1);
    expect_stub(&r, 1, " none 0", 7);
    rpc_rig_end(&r);
}

static void test_faults(void **state)
{
    (void)state;
    static const uint32_t status = 0x1c010014;
    rpc_rig r;
    rpc_rig_init(&r, true);
    rpc_rig_connect(&r);
    established(&r, 1, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY, 0);
    assert_int_equal(rpc_call(&r.c, 1, 1, RPC_FAULT, &status, 4), TROTH_OK);
    assert_int_equal(rpc_call(&r.c, 2, 1, 77, "", 0), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(rpc_reply_of(&r.c, 1)->fault, status);
    assert_false(rpc_reply_of(&r.c, 1)->not_executed);
    assert_int_equal(rpc_reply_of(&r.c, 2)->fault, TROTH_NCA_S_OP_RNG_ERROR);
    assert_true(rpc_reply_of(&r.c, 2)->not_executed);
    assert_int_equal(rpc_call(&r.c, 3, 1, RPC_ECHO, "on", 2), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    expect_stub(&r, 3, "on", 2);
    rpc_rig_end(&r);
}

/* CO-1, CO-2: contexts beside each other, each call as its own. */
static void test_hundred_contexts(void **state)
{
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, true);
    rpc_rig_connect(&r);
    for (uint64_t id = 1; id <= 100; id++)
        established(&r, 1000 + id, id % 2 ? TROTH_RPC_AUTH_NTLM : TROTH_RPC_AUTH_SPNEGO,
                    (troth_rpc_level)(TROTH_RPC_LEVEL_CONNECT + id % 5), 0);
    assert_int_equal(troth_rpc_co_facts_of(r.c.e).contexts, 100);
    for (uint64_t id = 1; id <= 100; id++)
        assert_int_equal(rpc_call(&r.c, id, 1000 + id, RPC_WHO, "", 0), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    for (uint64_t id = 1; id <= 100; id++) {
        char want[64];
        int level = (int)(TROTH_RPC_LEVEL_CONNECT + id % 5);
        int n = snprintf(want, sizeof want, "alice %s %d",
                         troth_rpc_level_name((troth_rpc_level)(level == 3 ? 4 : level)), (int)id);
        expect_stub(&r, id, want, (size_t)n);
    }
    rpc_rig_end(&r);
}

static void test_big(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 5700, 65536, 3u << 20 };
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < 3; i++) {
            rpc_rig r;
            rpc_rig_init(&r, kinds[k].ntlm);
            rpc_rig_connect(&r);
            established(&r, 1, kinds[k].type, TROTH_RPC_LEVEL_PRIVACY, 0);
            uint8_t *p = malloc(sizes[i]);
            for (size_t n = 0; n < sizes[i]; n++)
                p[n] = (uint8_t)(n * 31 + n / 251);
            assert_int_equal(rpc_call(&r.c, 1, 1, RPC_ECHO, p, sizes[i]), TROTH_OK);
            rpc_wire(&r.c, &r.s, 0);
            expect_stub(&r, 1, p, sizes[i]);
            assert_int_equal(rpc_call(&r.c, 2, 1, RPC_BIG, &sizes[i], 4), TROTH_OK);
            rpc_wire(&r.c, &r.s, 0);
            expect_stub(&r, 2, p, sizes[i]);
            free(p);
            rpc_rig_end(&r);
        }
}

/* Replies come in any order, and go to the call they are for. */
static void test_out_of_order(void **state)
{
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, true);
    rpc_rig_connect(&r);
    established(&r, 1, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_INTEGRITY, 0);
    for (uint64_t id = 1; id <= 5; id++)
        assert_int_equal(rpc_call(&r.c, id, 1, RPC_WAIT, "1234", 4), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(r.n_waiting, 5);
    assert_int_equal(troth_rpc_co_facts_of(r.c.e).calls, 5);
    /* a context is built meanwhile (CO-2) */
    established(&r, 2, TROTH_RPC_AUTH_SPNEGO, TROTH_RPC_LEVEL_PRIVACY, 0);
    assert_int_equal(rpc_call(&r.c, 6, 2, RPC_ECHO, "x", 1), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    expect_stub(&r, 6, "x", 1);
    for (size_t i = 5; i--;) {
        rpc_rig_answer(&r, i);
        rpc_wire(&r.c, &r.s, 0);
        assert_int_equal(r.c.replies[r.c.n_replies - 1].id, i + 1);
    }
    rpc_rig_end(&r);
}

/* CO-1 and CO-7: what a client never does, and that it sends nothing when asked to. */
static void test_multiplexing_refused(void **state)
{
    (void)state;
    for (int what = 0; what < 2; what++) {
        rpc_rig r;
        rpc_rig_init(&r, true);
        r.serve.no_features = what == 0;
        r.client.max_contexts = 2;
        rpc_rig_connect(&r);
        troth_rpc_identity who = rpc_rig_identity(&r, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_CONNECT);
        assert_int_equal(rpc_open(&r.c, 1, &who), TROTH_OK);
        assert_int_equal(rpc_open(&r.c, 2, &who), TROTH_AGAIN); /* not known yet */
        rpc_wire(&r.c, &r.s, 0);
        if (what)
            established(&r, 2, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_CONNECT, 0);
        size_t before = r.c.sent_len;
        assert_int_equal(rpc_open(&r.c, 3, &who), what ? TROTH_LIMIT : TROTH_UNSUPPORTED);
        rpc_wire(&r.c, &r.s, 0);
        assert_int_equal(r.c.sent_len, before);
        assert_int_equal(rpc_call(&r.c, 1, 1, RPC_ECHO, "x", 1), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        expect_stub(&r, 1, "x", 1);
        rpc_rig_end(&r);
    }
}

/* CO-3, CO-6: at connect, a verifier is left off with a single context only. */
static void test_connect_verifiers(void **state)
{
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, true);
    rpc_rig_connect(&r);
    established(&r, 1, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_CONNECT, 0);
    for (uint64_t round = 1; round <= 2; round++) {
        size_t mark = r.c.sent_len;
        assert_int_equal(rpc_call(&r.c, round, 1, RPC_WHO, "", 0), TROTH_OK);
        rpc_wire(&r.c, &r.s, 0);
        expect_stub(&r, round, "alice connect 1", 15);
        const uint8_t *pdu = r.c.sent + mark;
        while (pdu[2]) /* behind the alter_context of the first call */
            pdu += pdu[8] | pdu[9] << 8;
        assert_int_equal(pdu[10] | pdu[11] << 8, round == 1 ? 0 : 16); /* auth_length */
        if (round == 1)
            established(&r, 2, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_INTEGRITY, 0);
    }
    rpc_rig_end(&r);
}

/* Whatever was under way when the connection is cut, each call is answered once, and before CLOSED. */
static void test_abort_anywhere(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < 3200; cut += 13) {
        rpc_rig r;
        rpc_rig_init(&r, true);
        rpc_rig_connect(&r);
        troth_rpc_identity who = rpc_rig_identity(&r, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PRIVACY);
        assert_int_equal(rpc_open(&r.c, 1, &who), TROTH_OK);
        unsigned calls = 0;
        size_t left = cut;
        while (left && !r.c.closed) {
            rpc_peer_drain(&r.c);
            size_t moved = rpc_peer_feed(&r.s, r.c.sent + r.c.sent_mark, r.c.sent_len - r.c.sent_mark);
            r.c.sent_mark += moved;
            rpc_peer_drain(&r.s);
            size_t n = r.s.sent_len - r.s.sent_mark, part = n < left ? n : left;
            r.s.sent_mark += rpc_peer_feed(&r.c, r.s.sent + r.s.sent_mark, part);
            left -= part;
            if (r.c.n_established && calls < 4) {
                calls++;
                assert_int_equal(rpc_call(&r.c, calls, 1, RPC_ECHO, "abcd", 4), TROTH_OK);
            }
            if (!part && !moved)
                break;
        }
        if (cut % 2)
            troth_endpoint_close(r.c.e, TROTH_CLOSED);
        else
            troth_endpoint_feed_end(r.c.e, 0);
        rpc_peer_events(&r.c);
        assert_true(r.c.closed);
        for (uint64_t id = 1; id <= calls; id++)
            assert_non_null(rpc_reply_of(&r.c, id));
        rpc_rig_end(&r);
    }
}

/* Every allocation fails in turn: whatever is told, nothing leaks, and each call is answered once. */
static void test_no_memory(void **state)
{
    (void)state;
    for (size_t n = 1; n < 400; n++) {
        rpc_rig r;
        rpc_rig_init(&r, false);
        rpc_rig_connect(&r);
        r.env.fail_at = r.env.allocs + n;
        troth_rpc_identity who = rpc_rig_identity(&r, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_PRIVACY);
        troth_status opened = rpc_open(&r.c, 1, &who);
        if (!opened)
            rpc_wire(&r.c, &r.s, 0);
        troth_status st = r.c.n_established ? rpc_call(&r.c, 1, 1, RPC_ECHO, "abcd", 4) : TROTH_BAD_STATE;
        rpc_wire(&r.c, &r.s, 0);
        if (!r.c.closed) {
            troth_endpoint_close(r.c.e, TROTH_CLOSED);
            rpc_peer_events(&r.c);
        }
        if (!st)
            assert_non_null(rpc_reply_of(&r.c, 1));
        bool all = r.env.allocs < r.env.fail_at;
        rpc_rig_end(&r);
        if (all)
            return;
    }
    fail_msg("400 allocations are not enough");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_unauthenticated),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_hundred_contexts),
        cmocka_unit_test(test_big),
        cmocka_unit_test(test_out_of_order),
        cmocka_unit_test(test_multiplexing_refused),
        cmocka_unit_test(test_connect_verifiers),
        cmocka_unit_test(test_abort_anywhere),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
