/* CORBA 24.3.2.2, R8, R27: requests that wait while a mechanism looks at evidence, and what becomes of them. */
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include "sas_asks.h"

/* SAS-6, R8, input 9: what comes while the first one is looked at waits for it, and shares its verdict in order */
static void test_pending(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    troth_job *job, *none;
    uint64_t ids[5];
    ids[0] = sas_give(r, r->s, sas_establish(1, sas_krb("AP-REQ alice@R 7 mutual"), NULL));
    ids[1] = sas_give(r, r->s, sas_establish(1, sas_krb("AP-REQ alice@R 7 mutual"), NULL));
    ids[2] = sas_give(r, r->s, sas_in_context(1, false));
    ids[3] = sas_give(r, r->s, sas_establish(1, sas_krb("AP-REQ alice@R 7 mutual"), NULL));
    assert_true(troth_sas_session_job(r->s, &job));
    assert_false(troth_sas_session_job(r->s, &none)); /* one for all */
    uint64_t conflicting = sas_give(r, r->s, sas_establish(1, sas_krb("AP-REQ bob@R 8"), NULL));
    sas_told t = sas_take(r, r->s);
    assert_int_equal(t.request, conflicting);
    is_refused(&t, 1, 3);
    ids[4] = sas_give(r, r->s, sas_in_context(1, true));
    uint64_t late = sas_give(r, r->s, sas_in_context(1, false));
    assert_false(sas_take(r, r->s).any);
    troth_job_run(job);
    troth_sas_session_stepped(r->s, job, r->now);
    for (size_t i = 0; i < 5; i++) {
        t = sas_take(r, r->s);
        assert_true(t.accepted && t.request == ids[i]);
        assert_string_equal(t.name, "alice@R");
        sas_answer(r, r->s, &t);
        bool establish = i == 0 || i == 1 || i == 3;
        assert_int_equal(t.complete, establish);
        assert_int_equal(t.n_token, establish ? 6 : 0);
        assert_int_equal(t.stateful, establish);
    }
    t = sas_take(r, r->s); /* behind the one that discarded */
    assert_int_equal(t.request, late);
    is_refused(&t, 1, 4);
    assert_int_equal(r->steps, 1);
    sas_rig_close(r);
}

/* an equivalent one behind a discard is answered for itself alone */
static void test_pending_behind_discard(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    sas_give(r, r->s, sas_establish(1, sas_krb("AP-REQ alice@R 7 mutual"), NULL));
    sas_give(r, r->s, sas_in_context(1, true));
    sas_give(r, r->s, sas_establish(1, sas_krb("AP-REQ alice@R 7 mutual"), NULL));
    sas_run(r, r->s);
    bool stateful[] = { true, false, false };
    for (size_t i = 0; i < 3; i++) {
        sas_told t = sas_take(r, r->s);
        assert_true(t.accepted);
        sas_answer(r, r->s, &t);
        assert_int_equal(t.stateful, stateful[i]);
    }
    no_context(r, 1);
    sas_rig_close(r);
}

/* the verdict is refused: for all of them; input 9, never anonymous */
static void test_pending_refused(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    sas_give(r, r->s, sas_establish(1, sas_krb("nonsense"), NULL));
    sas_give(r, r->s, sas_establish(1, sas_krb("nonsense"), NULL));
    sas_give(r, r->s, sas_in_context(1, false));
    sas_run(r, r->s);
    for (int i = 0; i < 2; i++) {
        sas_told t = sas_take(r, r->s);
        is_refused(&t, 1, 1);
        assert_string_equal(t.token, "KRB-ERROR");
    }
    sas_told t = sas_take(r, r->s);
    is_refused(&t, 1, 4);
    assert_int_equal(t.n_token, 0);
    assert_int_equal(r->s->failures, 1); /* one evidence */
    sas_rig_close(r);
}

/* negotiated down, and yet a token that comes twice meanwhile is no replay; MessageInContext has nothing to wait for */
static void test_pending_stateless(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.stateful = false;
    sas_rig_open(&rig);
    sas_give(&rig, rig.s, sas_establish(1, sas_krb("AP-REQ alice@R 7"), NULL));
    sas_give(&rig, rig.s, sas_establish(1, sas_krb("AP-REQ alice@R 7"), NULL));
    uint64_t other = sas_give(&rig, rig.s, sas_establish(1, sas_krb("AP-REQ bob@R 8"), NULL));
    uint64_t in = sas_give(&rig, rig.s, sas_in_context(1, false));
    sas_told t = sas_take(&rig, rig.s);
    assert_int_equal(t.request, in);
    is_refused(&t, 1, 4);
    sas_run(&rig, rig.s);
    for (int i = 0; i < 3; i++) {
        t = sas_take(&rig, rig.s);
        assert_true(t.accepted);
        assert_string_equal(t.name, t.request == other ? "bob@R" : "alice@R");
        sas_answer(&rig, rig.s, &t);
        assert_true(t.complete && !t.stateful);
    }
    assert_int_equal(rig.replays, 0);
    sas_rig_close(&rig);
}

/* evidence that ran for itself alone does not become part of a context that somebody else's made meanwhile */
static void test_alone(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.contexts = 1;
    sas_rig_open(&rig);
    troth_job *alice, *bob;
    assert_true(sas_ask(&rig, sas_establish(9, ALICE, NULL)).stateful);
    sas_give(&rig, rig.s, sas_establish(1, ALICE, NULL));
    assert_true(troth_sas_session_job(rig.s, &alice));
    uint64_t id = sas_give(&rig, rig.s, sas_establish(1, sas_gssup("bob", "hunter2", "default"), NULL));
    assert_true(troth_sas_session_job(rig.s, &bob));
    troth_job_run(alice);
    troth_sas_session_stepped(rig.s, alice, rig.now);
    sas_told t = sas_take(&rig, rig.s);
    sas_answer(&rig, rig.s, &t);
    is_accepted(&t, 1, false);
    assert_true(sas_ask(&rig, sas_in_context(9, true)).accepted);
    t = sas_ask(&rig, sas_establish(1, ALICE, NULL));
    is_accepted(&t, 1, true);
    troth_job_run(bob);
    troth_sas_session_stepped(rig.s, bob, rig.now);
    t = sas_take(&rig, rig.s);
    assert_true(t.accepted && t.request == id && !t.caller.stateful);
    assert_string_equal(t.name, "bob");
    sas_answer(&rig, rig.s, &t);
    assert_false(t.stateful);
    in_context(&rig, 1);
    sas_rig_close(&rig);
}

/* a cancelled request leaves others waiting; the last one takes the context with it [R27] */
static void test_cancelled(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    troth_job *job;
    uint64_t a = sas_give(r, r->s, sas_establish(1, ALICE, NULL));
    uint64_t b = sas_give(r, r->s, sas_establish(1, ALICE, NULL));
    troth_sas_session_end(r->s, a, r->now);
    sas_run(r, r->s);
    sas_told t = sas_take(r, r->s);
    assert_int_equal(t.request, b);
    sas_answer(r, r->s, &t);
    is_accepted(&t, 1, true);
    /* nobody has taken the job: it is dropped */
    a = sas_give(r, r->s, sas_establish(2, ALICE, NULL));
    troth_sas_session_end(r->s, a, r->now);
    assert_false(troth_sas_session_job(r->s, &job));
    no_context(r, 2);
    /* it is out: the evidence is good, and nobody is there to be told */
    a = sas_give(r, r->s, sas_establish(3, ALICE, NULL));
    assert_true(troth_sas_session_job(r->s, &job));
    troth_sas_session_end(r->s, a, r->now);
    troth_job_run(job);
    troth_sas_session_stepped(r->s, job, r->now);
    no_context(r, 3);
    /* a verdict that was not taken, a request that is served */
    a = sas_give(r, r->s, sas_in_context(1, false));
    troth_sas_session_end(r->s, a, r->now);
    assert_false(sas_take(r, r->s).any);
    a = sas_give(r, r->s, sas_in_context(9, false));
    troth_sas_session_end(r->s, a, r->now);
    assert_false(sas_take(r, r->s).any);
    a = sas_give(r, r->s, sas_in_context(1, false));
    t = sas_take(r, r->s);
    troth_sas_session_end(r->s, a, r->now);
    troth_sas_session_end(r->s, a, r->now); /* not there: nothing */
    assert_int_equal(r->s->waiting, 0);
    in_context(r, 1);
    sas_rig_close(r);
}

/* the session goes while a job is out: the job is its owner's */
static void test_freed_in_mid_job(void **state)
{
    (void)state;
    sas_rig *r = open_rig();
    troth_job *job;
    sas_give(r, r->s, sas_establish(1, ALICE, NULL));
    sas_give(r, r->s, sas_establish(2, sas_krb("AP-REQ alice@R 1"), NULL));
    sas_give(r, r->s, sas_in_context(2, false));
    assert_true(troth_sas_session_job(r->s, &job));
    troth_sas_session_free(r->s);
    assert_int_equal(r->t->entries, 0);
    assert_int_equal(troth_sas_session_new(r->t, &r->env.env, NULL, &r->s), TROTH_OK);
    troth_job_run(job);
    troth_sas_session_stepped(r->s, job, r->now); /* another's: freed */
    no_context(r, 1);
    sas_rig_close(r);
}

static void test_too_many_wait(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.pending = 2;
    sas_rig_open(&rig);
    troth_sas_request q = { 7, true, 1, sas_establish(3, ALICE, NULL) };
    sas_give(&rig, rig.s, sas_establish(1, ALICE, NULL));
    uint64_t b = sas_give(&rig, rig.s, sas_establish(2, ALICE, NULL));
    assert_int_equal(troth_sas_session_request(rig.s, &q, rig.now), TROTH_AGAIN);
    q.id = b;
    assert_int_equal(troth_sas_session_request(rig.s, &q, rig.now), TROTH_INVALID);
    sas_run(&rig, rig.s);
    sas_told t = sas_take(&rig, rig.s);
    assert_true(t.accepted);
    q.id = t.request; /* it has not ended */
    assert_int_equal(troth_sas_session_request(rig.s, &q, rig.now), TROTH_INVALID);
    sas_answer(&rig, rig.s, &t);
    q.id = 7;
    assert_int_equal(troth_sas_session_request(rig.s, &q, rig.now), TROTH_OK);
    /* cancelling does not buy more jobs than that */
    sas_take(&rig, rig.s);
    sas_run(&rig, rig.s);
    sas_take(&rig, rig.s);
    troth_job *jobs[2];
    for (uint64_t i = 0; i < 2; i++) {
        uint64_t id = sas_give(&rig, rig.s, sas_establish(10 + i, ALICE, NULL));
        assert_true(troth_sas_session_job(rig.s, &jobs[i]));
        troth_sas_session_end(rig.s, id, rig.now);
    }
    q.id = 8;
    assert_int_equal(troth_sas_session_request(rig.s, &q, rig.now), TROTH_AGAIN);
    for (size_t i = 0; i < 2; i++)
        troth_sas_session_stepped(rig.s, jobs[i], rig.now); /* never run */
    assert_int_equal(troth_sas_session_request(rig.s, &q, rig.now), TROTH_OK);
    sas_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_pending),
                                        cmocka_unit_test(test_pending_behind_discard),
                                        cmocka_unit_test(test_pending_refused),
                                        cmocka_unit_test(test_pending_stateless),
                                        cmocka_unit_test(test_alone),
                                        cmocka_unit_test(test_cancelled),
                                        cmocka_unit_test(test_freed_in_mid_job),
                                        cmocka_unit_test(test_too_many_wait) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
