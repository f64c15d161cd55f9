/* CORBA 24.3.2: contexts of a target by id, as rules R1 to R27 of the session semantics have them, and the hostile
 * inputs about ids by their numbers. */
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include "sas_asks.h"

/* R3, R4, R8, R16; SAS-10 */
static void test_establish_and_reuse(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    sas_told t = sas_ask(r, sas_establish(1, ALICE, NULL));
    is_accepted(&t, 1, true);
    assert_int_equal(t.caller.mech, TROTH_MECH_GSSUP);
    assert_int_equal(troth_sas_session_contexts(r->s), 1);
    for (int i = 0; i < 3; i++)
        in_context(r, 1);
    assert_int_equal(r->checks, 1);
    sas_rig_close(r);
}

/* R2, R6; SAS-14; input 5 */
static void test_id_0(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    sas_told t = sas_ask(r, sas_establish(0, ALICE, NULL));
    is_accepted(&t, 0, false);
    assert_int_equal(troth_sas_session_contexts(r->s), 0);
    no_context(r, 0); /* input 4 */
    t = sas_ask(r, sas_establish(0, ALICE, NULL));
    is_accepted(&t, 0, false);
    assert_int_equal(r->checks, 2);
    sas_rig_close(r);
}

/* R5, R18; SAS-2, SAS-3 */
static void test_stateless_target(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.stateful = false;
    sas_rig_open(&rig);
    sas_told t = sas_ask(&rig, sas_establish(7, ALICE, NULL));
    is_accepted(&t, 7, false);
    no_context(&rig, 7);
    t = sas_ask(&rig, sas_establish(7, sas_gssup("alice", "wrong", "default"), NULL));
    is_refused(&t, 7, 1);
    t = sas_ask(&rig, sas_establish(7, sas_gssup("bob", "hunter2", "default"), NULL)); /* nothing to conflict with */
    assert_true(t.accepted && !t.stateful);
    sas_rig_close(&rig);
}

/* SAS-18 */
static void test_shared_transport(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.transport.shared = true;
    sas_rig_open(&rig);
    sas_told t = sas_ask(&rig, sas_establish(7, ALICE, NULL));
    is_accepted(&t, 7, false);
    no_context(&rig, 7);
    t = sas_ask(&rig, sas_establish(8, (troth_bytes){ NULL, 0 },
                                    &(troth_sas_identity){ TROTH_CSI_ITT_ANONYMOUS, { NULL, 0 } }));
    assert_true(t.accepted && !t.stateful);
    sas_rig_close(&rig);
}

/* R12: the same again is the same context, and no mechanism is asked: a Kerberos token would be a replay. */
static void test_equivalent(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    sas_told t = sas_ask(r, sas_establish(1, sas_krb("AP-REQ alice@R 7"), NULL));
    assert_true(t.accepted && t.stateful);
    t = sas_ask(r, sas_establish(1, sas_krb("AP-REQ alice@R 7"), NULL));
    assert_true(t.accepted && t.stateful);
    assert_string_equal(t.name, "alice@R");
    assert_int_equal(troth_sas_session_contexts(r->s), 1);
    assert_int_equal(r->steps, 1);
    t = sas_ask(r, sas_establish(2, sas_krb("AP-REQ alice@R 7"), NULL)); /* under another id it is one */
    is_refused(&t, 2, 1);
    assert_int_equal(t.code, TROTH_REPLAY);
    sas_rig_close(r);
}

/* R11; SAS-9; input 2: byte order and gaps of the outer encapsulation do not count, octets inside tokens do */
static void test_equivalence(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    troth_sas_message m = { .type = TROTH_SAS_ESTABLISH_CONTEXT, .client_context_id = 5 };
    m.establish.client_authentication_token = ALICE;
    sas_told t = sas_ask(r, sas_message(&m, TROTH_LE));
    is_accepted(&t, 5, true);
    t = sas_ask(r, sas_message(&m, TROTH_BE));
    is_accepted(&t, 5, true);
    uint8_t padded[256];
    troth_bytes e = sas_message(&m, TROTH_LE);
    memcpy(padded, e.data, e.len);
    memset(padded + 4, 0xaa, 4);
    padded[1] = 0xaa;
    t = sas_ask(r, (troth_bytes){ padded, e.len });
    is_accepted(&t, 5, true);
    assert_int_equal(troth_sas_session_contexts(r->s), 1);
    assert_int_equal(r->checks, 1);
    /* the same user and password in the other byte order: other octets */
    uint8_t inside[128];
    troth_bytes token = ALICE;
    memcpy(inside, token.data, token.len);
    const uint8_t big[] = { 0, 0, 0, 0, 0, 0, 0, 5 }; /* order, gap, length of the user name */
    memcpy(inside + 10, big, sizeof big);
    assert_int_equal(inside[10 + 8], 'a');
    m.establish.client_authentication_token = (troth_bytes){ inside, token.len };
    t = sas_ask(r, sas_message(&m, TROTH_LE));
    is_refused(&t, 5, 3);
    /* in existence: an identity that is there, and none */
    m.establish.client_authentication_token = ALICE;
    m.establish.identity_token.type = TROTH_CSI_ITT_ANONYMOUS;
    t = sas_ask(r, sas_message(&m, TROTH_LE));
    is_refused(&t, 5, 3);
    m.establish.identity_token.type = TROTH_CSI_ITT_ABSENT;
    m.establish.n_authorization = 1;
    t = sas_ask(r, sas_message(&m, TROTH_LE));
    is_refused(&t, 5, 3);
    in_context(r, 5);
    sas_rig_close(r);
}

/* R11: authorization elements, in number and in octets */
static void test_equivalence_authorization(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    r->good_element = 77;
    troth_sas_message m = { .type = TROTH_SAS_ESTABLISH_CONTEXT, .client_context_id = 5 };
    troth_sas_authorization *a = m.establish.authorization_token;
    m.establish.client_authentication_token = ALICE;
    m.establish.n_authorization = 1;
    a[0] = a[1] = (troth_sas_authorization){ 77, { (const uint8_t *)"good", 4 } };
    sas_told t = sas_ask(r, sas_message(&m, TROTH_LE));
    is_accepted(&t, 5, true);
    t = sas_ask(r, sas_message(&m, TROTH_BE));
    is_accepted(&t, 5, true);
    a[0].the_element.data = (const uint8_t *)"goof";
    t = sas_ask(r, sas_message(&m, TROTH_LE));
    is_refused(&t, 5, 3);
    a[0] = (troth_sas_authorization){ 78, a[1].the_element };
    t = sas_ask(r, sas_message(&m, TROTH_LE));
    is_refused(&t, 5, 3);
    a[0].the_type = 77;
    m.establish.n_authorization = 2;
    t = sas_ask(r, sas_message(&m, TROTH_LE));
    is_refused(&t, 5, 3);
    m.establish.n_authorization = 1;
    t = sas_ask(r, sas_message(&m, TROTH_LE));
    is_accepted(&t, 5, true);
    sas_rig_close(r);
}

/* R13; SAS-8; input 1 */
static void test_conflict(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    sas_told t = sas_ask(r, sas_establish(1, ALICE, NULL));
    is_accepted(&t, 1, true);
    t = sas_ask(r, sas_establish(1, sas_gssup("bob", "hunter2", "default"), NULL));
    is_refused(&t, 1, 3);
    t = sas_ask(r, sas_establish(1, sas_gssup("alice", "wrong", "default"), NULL));
    is_refused(&t, 1, 3);
    assert_int_equal(r->checks, 1); /* looked up before anything is checked */
    in_context(r, 1);
    sas_rig_close(r);
}

/* R10, R17, R21; SAS-5, SAS-17; input 8 */
static void test_other_connection(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    troth_sas_session *other;
    assert_int_equal(troth_sas_session_new(r->t, &r->env.env, &r->transport, &other), TROTH_OK);
    sas_told t = sas_ask(r, sas_establish(1, ALICE, NULL));
    is_accepted(&t, 1, true);
    t = sas_ask_on(r, other, sas_in_context(1, false));
    is_refused(&t, 1, 4);
    t = sas_ask_on(r, other, sas_establish(1, sas_gssup("bob", "hunter2", "default"), NULL));
    assert_true(t.accepted && t.stateful); /* unrelated */
    in_context(r, 1);
    troth_sas_session_free(r->s);
    assert_int_equal(troth_sas_session_new(r->t, &r->env.env, &r->transport, &r->s), TROTH_OK);
    no_context(r, 1);
    troth_sas_session_free(other);
    assert_int_equal(r->t->entries, 0);
    sas_rig_close(r);
}

/* R14, R19; inputs 6, 7 */
static void test_discard(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    sas_told t = sas_ask(r, sas_in_context(1, true));
    is_refused(&t, 1, 4); /* input 7: unknown, not success */
    t = sas_ask(r, sas_establish(1, ALICE, NULL));
    uint64_t running = sas_give(r, r->s, sas_in_context(1, false));
    sas_told before = sas_take(r, r->s);
    assert_true(before.accepted && before.request == running);
    t = sas_ask(r, sas_in_context(1, true));
    assert_true(t.accepted); /* served ... */
    assert_int_equal(troth_sas_session_contexts(r->s), 0);
    no_context(r, 1); /* ... then gone */
    assert_string_equal(before.name, "alice");
    sas_answer(r, r->s, &before); /* the one that ran completes */
    t = sas_ask(r, sas_establish(1, sas_gssup("bob", "hunter2", "default"), NULL));
    assert_true(t.accepted && t.stateful); /* the id is free for any tokens */
    sas_rig_close(r);
}

/* R15: several requests at once in one context, answered in any order; one that is repeated is in it, too */
static void test_several_at_once(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    sas_told t = sas_ask(r, sas_establish(1, ALICE, NULL)), running[4];
    is_accepted(&t, 1, true);
    for (int i = 0; i < 4; i++) {
        sas_give(r, r->s, i == 2 ? sas_establish(1, ALICE, NULL) : sas_in_context(1, false));
        running[i] = sas_take(r, r->s);
        assert_true(running[i].accepted);
        assert_string_equal(running[i].name, "alice");
    }
    assert_int_equal(r->checks, 1);
    for (int i = 3; i >= 0; i--) {
        sas_answer(r, r->s, &running[i]);
        assert_int_equal(running[i].complete, i == 2);
    }
    in_context(r, 1);
    assert_int_equal(troth_sas_session_contexts(r->s), 1);
    sas_rig_close(r);
}

/* a discarding request that runs: its id is free at once, and its caller stays */
static void test_discard_in_flight(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    sas_told t = sas_ask(r, sas_establish(1, ALICE, NULL));
    sas_give(r, r->s, sas_in_context(1, true));
    sas_told leaving = sas_take(r, r->s);
    assert_true(leaving.accepted);
    no_context(r, 1);
    t = sas_ask(r, sas_establish(1, sas_gssup("bob", "hunter2", "default"), NULL));
    assert_true(t.accepted && t.stateful);
    sas_answer(r, r->s, &leaving);
    t = sas_ask(r, sas_in_context(1, false));
    assert_string_equal(t.name, "bob");
    assert_int_equal(r->t->entries, 1);
    sas_rig_close(r);
}

/* R23; SAS-11; input 10 */
static void test_rejected(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    sas_told t = sas_ask(r, sas_establish(1, sas_gssup("alice", "wrong", "default"), NULL));
    is_refused(&t, 1, 1);
    assert_int_equal(t.n_token, 8); /* an ErrorToken that says unspecified */
    assert_memory_equal(t.token, "\1\0\0\0\1\0\0\0", 8);
    no_context(r, 1);
    assert_int_equal(troth_sas_session_contexts(r->s), 0);
    t = sas_ask(r, sas_establish(1, ALICE, NULL));
    is_accepted(&t, 1, true);
    sas_rig_close(r);
}

/* input 12: ids are unsigned */
static void test_large_ids(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    const uint64_t ids[] = { UINT64_MAX, (uint64_t)1 << 63, UINT64_MAX - 1, 0x80000000u };
    for (size_t i = 0; i < 4; i++) {
        sas_told t = sas_ask(r, sas_establish(ids[i], ALICE, NULL));
        is_accepted(&t, ids[i], true);
        in_context(r, ids[i]);
    }
    assert_int_equal(troth_sas_session_contexts(r->s), 4);
    sas_rig_close(r);
}

/* ---- limits ---- */

/* SAS-15, SAS-16; input 11 */
static void test_negotiated_down(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.contexts = 2;
    sas_rig_open(&rig);
    sas_told t;
    for (uint64_t id = 1; id <= 3; id++) {
        t = sas_ask(&rig, sas_establish(id, ALICE, NULL));
        is_accepted(&t, id, id <= 2);
    }
    no_context(&rig, 3);
    t = sas_ask(&rig, sas_establish(1, ALICE, NULL)); /* established: never down */
    is_accepted(&t, 1, true);
    sas_ask(&rig, sas_in_context(2, true));
    t = sas_ask(&rig, sas_establish(3, ALICE, NULL)); /* down before, and stateful now */
    is_accepted(&t, 3, true);
    /* while one is pending, its place is taken */
    sas_ask(&rig, sas_in_context(3, true));
    sas_give(&rig, rig.s, sas_establish(4, ALICE, NULL));
    sas_give(&rig, rig.s, sas_establish(5, ALICE, NULL));
    sas_run(&rig, rig.s);
    for (uint64_t id = 4; id <= 5; id++) {
        t = sas_take(&rig, rig.s);
        sas_answer(&rig, rig.s, &t);
        is_accepted(&t, id, id == 4);
    }
    sas_rig_close(&rig);
}

static void test_cap_of_all(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.contexts_total = 3;
    sas_rig_open(&rig);
    troth_sas_session *other;
    assert_int_equal(troth_sas_session_new(rig.t, &rig.env.env, &rig.transport, &other), TROTH_OK);
    for (uint64_t id = 1; id <= 3; id++)
        assert_true(sas_ask_on(&rig, id == 2 ? other : rig.s, sas_establish(id, ALICE, NULL)).stateful);
    assert_false(sas_ask(&rig, sas_establish(4, ALICE, NULL)).stateful);
    assert_false(sas_ask_on(&rig, other, sas_establish(4, ALICE, NULL)).stateful);
    assert_true(sas_ask_on(&rig, other, sas_establish(2, ALICE, NULL)).stateful);
    troth_sas_session_free(other);
    assert_true(sas_ask(&rig, sas_establish(4, ALICE, NULL)).stateful);
    sas_rig_close(&rig);
}

/* R24; input 29: nobody is told about a oneway, and the connection lives */
static void test_oneway(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    troth_sas_verdict v;
    troth_sas_request q = { 1, false, 1, sas_establish(1, sas_gssup("alice", "wrong", "default"), NULL) };
    assert_int_equal(troth_sas_session_request(r->s, &q, r->now), TROTH_OK);
    sas_run(r, r->s);
    assert_true(troth_sas_session_verdict(r->s, &v));
    assert_true(!v.accepted && !v.element.len && !v.close);
    q.element = sas_establish(1, ALICE, NULL);
    assert_int_equal(troth_sas_session_request(r->s, &q, r->now), TROTH_OK);
    sas_run(r, r->s);
    assert_true(troth_sas_session_verdict(r->s, &v));
    assert_true(v.accepted);
    troth_sas_session_end(r->s, 1, r->now);
    in_context(r, 1);
    sas_rig_close(r);
}

/* replies to what is not there, or not accepted yet */
static void test_reply_misuse(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    troth_bytes e = { (const uint8_t *)"x", 1 };
    assert_int_equal(troth_sas_session_reply(r->s, 1, r->now, &e), TROTH_INVALID);
    uint64_t id = sas_give(r, r->s, sas_establish(1, ALICE, NULL));
    assert_int_equal(troth_sas_session_reply(r->s, id, r->now, &e), TROTH_INVALID);
    sas_run(r, r->s);
    assert_int_equal(troth_sas_session_reply(r->s, id, r->now, &e), TROTH_INVALID);
    assert_int_equal(e.len, 1);
    sas_told t = sas_take(r, r->s);
    assert_false(sas_take(r, r->s).any);
    sas_answer(r, r->s, &t);
    assert_int_equal(troth_sas_session_reply(r->s, id, r->now, &e), TROTH_INVALID);
    sas_rig_close(r);
}

/* what one reply showed is let go of by the next one */
static void test_replies_in_a_row(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    uint64_t ids[3];
    troth_bytes e;
    for (unsigned i = 0; i < 3; i++)
        ids[i] = sas_give(r, r->s, sas_establish(1, sas_krb("AP-REQ alice@R 7 mutual"), NULL));
    sas_run(r, r->s);
    for (unsigned i = 0; i < 3; i++)
        assert_true(sas_take(r, r->s).accepted);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(troth_sas_session_reply(r->s, ids[i], r->now, &e), TROTH_OK);
        assert_true(e.len > 0);
    }
    sas_rig_close(r);
}

/* the final token goes out with every reply until the client has shown that one came */
static void test_final_token(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    sas_told t = sas_ask(r, sas_establish(1, sas_krb("AP-REQ alice@R 7 mutual"), NULL));
    assert_string_equal(t.token, "AP-REP");
    t = sas_ask(r, sas_establish(1, sas_krb("AP-REQ alice@R 7 mutual"), NULL));
    assert_string_equal(t.token, "AP-REP");
    sas_ask(r, sas_in_context(1, false));
    t = sas_ask(r, sas_establish(1, sas_krb("AP-REQ alice@R 7 mutual"), NULL));
    assert_true(t.accepted && t.stateful && !t.n_token);
    sas_rig_close(r);
}

static void test_silent(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.quirks = TROTH_SAS_QUIRK_SILENT;
    sas_rig_open(&rig);
    sas_told t = sas_ask(&rig, sas_establish(1, ALICE, NULL));
    assert_true(t.accepted && !t.complete);
    t = sas_ask(&rig, sas_establish(2, sas_gssup("alice", "wrong", "default"), NULL));
    assert_true(t.any && !t.accepted && !t.marshal && !t.major); /* no ContextError, but we know what it would say */
    assert_int_equal(t.wire, 0x10001);
    sas_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_establish_and_reuse),
                                        cmocka_unit_test(test_id_0),
                                        cmocka_unit_test(test_stateless_target),
                                        cmocka_unit_test(test_shared_transport),
                                        cmocka_unit_test(test_equivalent),
                                        cmocka_unit_test(test_equivalence),
                                        cmocka_unit_test(test_equivalence_authorization),
                                        cmocka_unit_test(test_conflict),
                                        cmocka_unit_test(test_other_connection),
                                        cmocka_unit_test(test_discard),
                                        cmocka_unit_test(test_discard_in_flight),
                                        cmocka_unit_test(test_several_at_once),
                                        cmocka_unit_test(test_rejected),
                                        cmocka_unit_test(test_large_ids),
                                        cmocka_unit_test(test_negotiated_down),
                                        cmocka_unit_test(test_cap_of_all),
                                        cmocka_unit_test(test_oneway),
                                        cmocka_unit_test(test_reply_misuse),
                                        cmocka_unit_test(test_final_token),
                                        cmocka_unit_test(test_replies_in_a_row),
                                        cmocka_unit_test(test_silent) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
