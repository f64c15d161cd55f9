/* Calls given up, deadlines, and how a client's connection comes to its end. */
#include <rpc_co/client.h>
#include <stdlib.h>
#include <string.h>
#include <support/rpc_rig.h>
#include <support/test.h>

static void begin(rpc_rig *r, troth_rpc_level level)
{
    rpc_rig_init(r, true);
    r->client.half_open_ms = 100;
    r->client.call_ms = 1000;
    r->client.idle_ms = 5000;
    rpc_rig_connect(r);
    troth_rpc_identity who = rpc_rig_identity(r, TROTH_RPC_AUTH_NTLM, level);
    assert_int_equal(rpc_open(&r->c, 1, &who), TROTH_OK);
    rpc_wire(&r->c, &r->s, 0);
    assert_int_equal(r->c.n_established, 1);
}

static void expire(rpc_peer *p, uint64_t now)
{
    p->now = now;
    troth_endpoint_expire(p->e, now);
    rpc_peer_events(p);
}

/* What was sent since the mark, by PTYPE. */
static size_t count_sent(const rpc_peer *p, size_t from, uint8_t ptype)
{
    size_t n = 0;
    for (size_t at = from; at < p->sent_len; at += (size_t)(p->sent[at + 8] | p->sent[at + 9] << 8))
        n += p->sent[at + 2] == ptype;
    return n;
}

static void test_cancel(void **state)
{
    (void)state;
    rpc_rig r;
    begin(&r, TROTH_RPC_LEVEL_INTEGRITY);
    assert_int_equal(rpc_call(&r.c, 1, 1, RPC_WAIT, "1234", 4), TROTH_OK);
    assert_int_equal(rpc_order(&r.c, TROTH_ORDER_CANCEL, 1), TROTH_OK); /* it waits for its presentation context */
    assert_int_equal(rpc_reply_of(&r.c, 1)->fault, TROTH_NCA_S_FAULT_CANCEL);
    assert_true(rpc_reply_of(&r.c, 1)->not_executed);
    assert_int_equal(rpc_call(&r.c, 2, 1, RPC_WAIT, "1234", 4), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    size_t mark = r.c.sent_len;
    assert_int_equal(rpc_order(&r.c, TROTH_ORDER_CANCEL, 2), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(count_sent(&r.c, mark, TROTH_CO_CO_CANCEL), 1);
    assert_true(troth_rpc_call_cancelled(r.waiting[0]));
    assert_null(rpc_reply_of(&r.c, 2)); /* its reply still comes */
    rpc_rig_answer(&r, 0);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(rpc_reply_of(&r.c, 2)->len, 4);
    assert_int_equal(rpc_order(&r.c, TROTH_ORDER_CANCEL, 2), TROTH_OK);
    assert_int_equal(rpc_order(&r.c, TROTH_ORDER_CANCEL, 77), TROTH_OK);
    rpc_rig_end(&r);
}

/* call_ms runs from the last octet of the request; what comes too late is dropped, and the connection goes on. */
static void test_call_timeout(void **state)
{
    (void)state;
    rpc_rig r;
    begin(&r, TROTH_RPC_LEVEL_INTEGRITY);
    assert_int_equal(rpc_call(&r.c, 1, 1, RPC_ECHO, "1234", 4), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    r.c.now = 10;
    assert_int_equal(rpc_call(&r.c, 2, 1, RPC_WAIT, "1234", 4), TROTH_OK);
    assert_int_equal(troth_endpoint_deadline(r.c.e), UINT64_MAX); /* not sent yet */
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(troth_endpoint_deadline(r.c.e), 1010);
    expire(&r.c, 1009);
    assert_null(rpc_reply_of(&r.c, 2));
    size_t mark = r.c.sent_len;
    expire(&r.c, 1010);
    assert_int_equal(rpc_reply_of(&r.c, 2)->error.code, TROTH_TIMEOUT);
    assert_false(r.c.closed);
    rpc_peer_drain(&r.c);
    assert_int_equal(count_sent(&r.c, mark, TROTH_CO_ORPHANED), 1);
    r.c.sent_mark = r.c.sent_len; /* on its way; the reply is, too */
    rpc_rig_answer(&r, 0);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(rpc_call(&r.c, 3, 1, RPC_ECHO, "5678", 4), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(rpc_reply_of(&r.c, 3)->len, 4);
    assert_int_equal(r.c.n_replies, 3);
    rpc_rig_end(&r);
}

/* Without KeepConnectionOnOrphan the connection ends with it. [MS-RPCE 3.3.1.5.10] */
static void test_call_timeout_ends(void **state)
{
    (void)state;
    rpc_rig r;
    begin(&r, TROTH_RPC_LEVEL_INTEGRITY);
    ((troth_co_client *)r.c.e)->c.features = 0;
    assert_int_equal(rpc_call(&r.c, 1, 1, RPC_WAIT, "1234", 4), TROTH_OK);
    assert_int_equal(rpc_call(&r.c, 2, 1, RPC_WAIT, "1234", 4), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    expire(&r.c, 1000);
    assert_true(r.c.closed);
    assert_int_equal(r.c.error.code, TROTH_TIMEOUT);
    assert_int_equal(rpc_reply_of(&r.c, 1)->error.code, TROTH_TIMEOUT);
    assert_int_equal(rpc_reply_of(&r.c, 2)->error.code, TROTH_TIMEOUT);
    assert_int_equal(count_sent(&r.c, 0, TROTH_CO_ORPHANED), 0);
    rpc_rig_end(&r);
}

static void test_half_open(void **state)
{
    (void)state;
    rpc_rig r; /* a bind that is not answered */
    rpc_rig_init(&r, true);
    r.client.half_open_ms = 100;
    rpc_rig_connect(&r);
    assert_int_equal(rpc_call(&r.c, 1, 0, RPC_ECHO, "1234", 4), TROTH_OK);
    assert_int_equal(troth_endpoint_deadline(r.c.e), 100);
    expire(&r.c, 100);
    assert_true(r.c.closed);
    assert_int_equal(rpc_reply_of(&r.c, 1)->error.code, TROTH_TIMEOUT);
    rpc_rig_end(&r);

    begin(&r, TROTH_RPC_LEVEL_CONNECT); /* a reply that has begun */
    uint32_t n = 20000;
    assert_int_equal(rpc_call(&r.c, 1, 1, RPC_BIG, &n, 4), TROTH_OK);
    rpc_peer_drain(&r.c);
    rpc_peer_feed(&r.s, r.c.sent + r.c.sent_mark, r.c.sent_len - r.c.sent_mark);
    r.c.sent_mark = r.c.sent_len;
    size_t before = r.s.sent_len;
    rpc_peer_drain(&r.s);
    rpc_peer_feed(&r.c, r.s.sent + before, r.s.sent_len - before); /* the alter_context_resp */
    rpc_peer_drain(&r.c);
    rpc_peer_feed(&r.s, r.c.sent + r.c.sent_mark, r.c.sent_len - r.c.sent_mark);
    before = r.s.sent_len;
    rpc_peer_drain(&r.s);
    assert_true(r.s.sent_len - before > 20000);
    r.c.now = 50;
    rpc_peer_feed(&r.c, r.s.sent + before, 7000);
    assert_int_equal(troth_endpoint_deadline(r.c.e), 150);
    expire(&r.c, 150);
    assert_int_equal(rpc_reply_of(&r.c, 1)->error.code, TROTH_TIMEOUT);
    rpc_rig_end(&r);
}

static void test_idle(void **state)
{
    (void)state;
    rpc_rig r;
    begin(&r, TROTH_RPC_LEVEL_CONNECT);
    expire(&r.c, troth_endpoint_deadline(r.c.e)); /* its buffers rest */
    assert_int_equal(troth_endpoint_deadline(r.c.e), 5000);
    expire(&r.c, 4999);
    assert_false(r.c.closed);
    expire(&r.c, 5000);
    assert_true(r.c.closed);
    assert_int_equal(r.c.error.code, TROTH_OK);
    rpc_rig_end(&r);
}

/* CO-11: a provider fails on one context; replies of the others still come, nothing more is sent, then it closes. */
static void test_discard(void **state)
{
    (void)state;
    for (int awaited = 0; awaited < 2; awaited++) {
        rpc_rig r;
        begin(&r, TROTH_RPC_LEVEL_INTEGRITY);
        if (awaited) {
            assert_int_equal(rpc_call(&r.c, 1, 1, RPC_WAIT, "1234", 4), TROTH_OK);
            rpc_wire(&r.c, &r.s, 0);
            assert_int_equal(r.n_waiting, 1);
        }
        r.kerberos.fail_leg = 1;
        r.kerberos.fail_role = TROTH_INITIATOR;
        r.kerberos.fail_status = TROTH_NO_AUTHORITY;
        troth_rpc_identity who = rpc_rig_identity(&r, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_PRIVACY);
        rpc_peer_drain(&r.c);
        size_t mark = r.c.sent_len;
        assert_int_equal(rpc_open(&r.c, 2, &who), TROTH_OK);
        assert_int_equal(r.c.n_warnings, 1);
        assert_int_equal(r.c.warning.code, TROTH_NO_AUTHORITY);
        assert_int_equal(r.c.closed, !awaited);
        if (awaited) {
            assert_int_equal(rpc_call(&r.c, 2, 1, RPC_ECHO, "", 0), TROTH_BAD_STATE);
            assert_int_equal(rpc_order(&r.c, TROTH_ORDER_CANCEL, 1), TROTH_OK);
            rpc_wire(&r.c, &r.s, 0);
            rpc_rig_answer(&r, 0);
            rpc_wire(&r.c, &r.s, 0);
            assert_int_equal(rpc_reply_of(&r.c, 1)->len, 4);
        }
        assert_true(r.c.closed);
        assert_int_equal(r.c.error.code, TROTH_NO_AUTHORITY);
        assert_int_equal(r.c.sent_len, mark);
        rpc_rig_end(&r);
    }
}

/* CO-12: a capability that the level needs was not granted. */
static void test_capability(void **state)
{
    (void)state;
    rpc_rig r;
    rpc_rig_init(&r, false);
    r.kerberos.grant &= ~(troth_flags)TROTH_F_CONFIDENTIALITY;
    rpc_rig_connect(&r);
    troth_rpc_identity who = rpc_rig_identity(&r, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_PRIVACY);
    assert_int_equal(rpc_open(&r.c, 1, &who), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_true(r.c.closed);
    assert_int_equal(r.c.n_established, 0);
    assert_int_equal(r.c.error.code, TROTH_TOO_LOW);
    rpc_rig_end(&r);
}

static void test_orders(void **state)
{
    (void)state;
    rpc_rig r;
    begin(&r, TROTH_RPC_LEVEL_PRIVACY);
    troth_rpc_identity who = rpc_rig_identity(&r, TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_NONE);
    assert_int_equal(rpc_open(&r.c, 2, &who), TROTH_INVALID);
    who.level = TROTH_RPC_LEVEL_PRIVACY;
    assert_int_equal(rpc_open(&r.c, 1, &who), TROTH_INVALID); /* taken */
    who.type = TROTH_RPC_AUTH_NETLOGON;
    assert_int_equal(rpc_open(&r.c, 2, &who), TROTH_INVALID);
    who.type = TROTH_RPC_AUTH_KERBEROS; /* a credential of NTLM only */
    assert_int_equal(rpc_open(&r.c, 2, &who), TROTH_NO_CRED);
    assert_int_equal(rpc_call(&r.c, 1, 0, RPC_ECHO, "", 0), TROTH_BAD_STATE); /* beside a context */
    assert_int_equal(rpc_call(&r.c, 1, 9, RPC_ECHO, "", 0), TROTH_BAD_STATE);
    assert_int_equal(rpc_order(&r.c, TROTH_ORDER_DATA, 0), TROTH_INVALID);
    assert_int_equal(rpc_call(&r.c, 1, 1, RPC_ECHO, "1234", 4), TROTH_OK);
    assert_int_equal(rpc_order(&r.c, TROTH_ORDER_END, 0), TROTH_OK);
    assert_int_equal(rpc_call(&r.c, 2, 1, RPC_ECHO, "1234", 4), TROTH_BAD_STATE);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(rpc_reply_of(&r.c, 1)->len, 4);
    assert_true(r.c.closed);
    assert_int_equal(r.c.error.code, TROTH_OK);
    rpc_rig_end(&r);
}

/* What a large call needed is given back when the connection falls silent, on either side. */
static void test_rest(void **state)
{
    enum { LARGE = 1 << 20, QUIET = 4096 };
    (void)state;
    rpc_rig r;
    begin(&r, TROTH_RPC_LEVEL_PRIVACY);
    expire(&r.c, 1000);
    expire(&r.s, 1000);
    size_t before = r.env.held;
    uint8_t *stub = calloc(1, LARGE);
    assert_int_equal(rpc_call(&r.c, 1, 1, RPC_ECHO, stub, LARGE), TROTH_OK);
    rpc_wire(&r.c, &r.s, 0);
    assert_int_equal(rpc_reply_of(&r.c, 1)->len, LARGE);
    assert_true(r.env.held > before + LARGE); /* at hand for the next */
    assert_int_equal(troth_endpoint_deadline(r.c.e), 2000);
    assert_int_equal(troth_endpoint_deadline(r.s.e), 2000);
    expire(&r.c, 2000);
    expire(&r.s, 2000);
    assert_true(r.env.held < before + QUIET);
    free(stub);
    rpc_rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_call_timeout),
        cmocka_unit_test(test_call_timeout_ends),
        cmocka_unit_test(test_half_open),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_discard),
        cmocka_unit_test(test_capability),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
