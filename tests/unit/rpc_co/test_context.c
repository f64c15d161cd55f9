/* The table of security contexts, their jobs and their memory. */
#include <pthread.h>
#include <rpc_co/budget.h>
#include <stdlib.h>
#include <string.h>
#include <support/co.h>
#include <support/test.h>

static troth_co_context_options named(const co_link *l, int side, uint32_t id)
{
    troth_co_context_options o = l->context[side];
    o.id = id;
    o.auth_context_id = id;
    o.auth_type = TROTH_RPC_AUTH_NTLM;
    o.auth_level = TROTH_RPC_LEVEL_PRIVACY;
    return o;
}

static troth_co_context *made(co_link *l, int side, uint32_t id)
{
    troth_co_context_options o = named(l, side, id);
    troth_co_context *x = NULL;
    assert_int_equal(troth_co_context_new(&l->conn[side], &o, &x), TROTH_OK);
    return x;
}

static void test_the_cap_comes_before_the_provider(void **state)
{
    co_link l;
    troth_co_context *x;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_co_conn *c = &l.conn[CO_SERVER];
    c->max_contexts = 3;
    for (uint32_t id = 1; id <= 3; id++)
        made(&l, CO_SERVER, id);
    unsigned inits = atomic_load(&l.fake.inits);
    size_t allocs = atomic_load(&l.env[CO_SERVER].allocs);
    troth_co_context_options o = named(&l, CO_SERVER, 4);
    for (unsigned type = 0; type < 256; type++) { /* not even a look at who the provider is */
        o.auth_type = (uint8_t)type;
        assert_int_equal(troth_co_context_new(c, &o, &x), TROTH_LIMIT);
    }
    assert_int_equal(atomic_load(&l.fake.inits), inits);
    assert_int_equal(atomic_load(&l.env[CO_SERVER].allocs), allocs);
    troth_co_context_drop(troth_co_context_find(c, 2));
    assert_null(troth_co_context_find(c, 2));
    assert_int_equal(troth_co_contexts(c), 2);
    made(&l, CO_SERVER, 4);
    co_link_end(&l);
}

static void test_refusals(void **state)
{
    co_link l;
    troth_co_context *x;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    made(&l, CO_SERVER, 7);
    troth_co_context_options o = named(&l, CO_SERVER, 7);
    assert_int_equal(troth_co_context_new(&l.conn[CO_SERVER], &o, &x), TROTH_INVALID); /* the id is taken */
    o.auth_context_id = 8;
    o.auth_type = 68;
    assert_int_equal(troth_co_context_new(&l.conn[CO_SERVER], &o, &x), TROTH_DENIED);
    static const uint8_t without[] = { 0, 1, 9, 14, 16, 255 };
    for (size_t i = 0; i < sizeof without; i++) {
        o.auth_type = without[i];
        assert_int_equal(troth_co_context_new(&l.conn[CO_SERVER], &o, &x), TROTH_UNSUPPORTED);
    }
    o.auth_type = 10;
    o.cred = NULL;
    assert_int_equal(troth_co_context_new(&l.conn[CO_SERVER], &o, &x), TROTH_UNSUPPORTED);
    assert_int_equal(troth_co_contexts(&l.conn[CO_SERVER]), 1);
    co_link_end(&l);
}

static bool note(void *self, troth_co_context *x)
{
    uint32_t **at = self, id = x->auth_context_id;
    *(*at)++ = id;
    if (id == 30)
        troth_co_context_drop(x);
    return id != 20;
}

static void test_each_oldest_first(void **state)
{
    co_link l;
    uint32_t seen[8], *at = seen;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_co_conn *c = &l.conn[CO_CLIENT];
    assert_null(troth_co_context_only(c));
    troth_co_context *first = made(&l, CO_CLIENT, 50);
    assert_ptr_equal(troth_co_context_only(c), first);
    made(&l, CO_CLIENT, 30);
    assert_null(troth_co_context_only(c));
    made(&l, CO_CLIENT, 0);
    made(&l, CO_CLIENT, 20);
    made(&l, CO_CLIENT, 0xffffffff);
    troth_co_context_each(c, note, &at);
    assert_int_equal(at - seen, 4);
    static const uint32_t want[] = { 50, 30, 0, 20 };
    assert_memory_equal(seen, want, sizeof want);
    assert_int_equal(troth_co_contexts(c), 4);
    assert_non_null(troth_co_context_find(c, 0));
    assert_non_null(troth_co_context_find(c, 0xffffffff));
    co_link_end(&l);
}

static void test_built_on_both_sides(void **state)
{
    (void)state;
    for (uint8_t level = TROTH_RPC_LEVEL_DEFAULT; level <= TROTH_RPC_LEVEL_PRIVACY; level++) {
        co_link l;
        troth_co_context *x[2];
        if (level == TROTH_RPC_LEVEL_NONE)
            continue;
        co_link_fake(&l, TROTH_MECH_NTLM);
        assert_true(co_build(&l, 1, TROTH_RPC_AUTH_NTLM, level, x));
        for (int side = 0; side < 2; side++) {
            assert_int_equal(x[side]->fsm.state, TROTH_CO_CTX_OPEN);
            assert_int_equal(l.conn[side].contexts_open, 1);
            assert_int_equal(x[side]->whole_pdu, level > TROTH_RPC_LEVEL_CONNECT);
            assert_int_equal(troth_co_context_use(x[side], TROTH_RPC_AUTH_NTLM, level), TROTH_OK);
            assert_int_equal(troth_co_context_facts(x[side]).mech, TROTH_MECH_NTLM);
        }
        assert_string_equal(troth_co_context_facts(x[1]).peer.account, "alice");
        if (level == TROTH_RPC_LEVEL_CALL) /* raised: both names are the same level */
            assert_int_equal(troth_co_context_use(x[1], TROTH_RPC_AUTH_NTLM, TROTH_RPC_LEVEL_PKT), TROTH_OK);
        troth_flags asked = troth_co_context_facts(x[0]).attributes;
        assert_int_equal(!!(asked & TROTH_F_CONFIDENTIALITY), level == TROTH_RPC_LEVEL_PRIVACY);
        assert_int_equal(!!(asked & TROTH_F_SEQUENCE), level >= TROTH_RPC_LEVEL_CALL); /* one more than it needs */
        assert_int_equal(!!(asked & TROTH_F_REPLAY), level >= TROTH_RPC_LEVEL_CALL);
        assert_int_equal(!!(asked & TROTH_F_INTEGRITY), level >= TROTH_RPC_LEVEL_CALL); /* nothing at CONNECT */
        troth_co_context_drop(x[1]);
        assert_int_equal(l.conn[1].contexts_open, 0);
        co_link_end(&l);
    }
}

static void test_kerberos_is_asked_for_dce_style(void **state)
{
    co_link l;
    troth_co_context *x[2];
    (void)state;
    co_link_fake(&l, TROTH_MECH_KERBEROS);
    l.fake.legs = 3;
    assert_true(co_build(&l, 1, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_CONNECT, x));
    troth_flags f = troth_co_context_facts(x[0]).attributes;
    assert_true(f & TROTH_F_MUTUAL && f & TROTH_F_DCE_STYLE);
    assert_false(f & (TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE));
    assert_false(x[0]->whole_pdu);
    co_link_end(&l);
}

/* CO-12, on either side, for each capability of each level. */
static void test_a_capability_less_is_an_error(void **state)
{
    static const struct {
        uint8_t level;
        troth_flags missing;
        bool want;
    } cases[] = {
        { TROTH_RPC_LEVEL_CONNECT, TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_REPLAY | TROTH_F_SEQUENCE,
          true },
        { TROTH_RPC_LEVEL_PKT, TROTH_F_REPLAY, false },
        { TROTH_RPC_LEVEL_PKT, TROTH_F_INTEGRITY, false },
        { TROTH_RPC_LEVEL_PKT, TROTH_F_SEQUENCE, true },
        { TROTH_RPC_LEVEL_INTEGRITY, TROTH_F_INTEGRITY, false },
        { TROTH_RPC_LEVEL_INTEGRITY, TROTH_F_SEQUENCE, false },
        { TROTH_RPC_LEVEL_INTEGRITY, TROTH_F_REPLAY, false },
        { TROTH_RPC_LEVEL_INTEGRITY, TROTH_F_CONFIDENTIALITY, true },
        { TROTH_RPC_LEVEL_PRIVACY, TROTH_F_CONFIDENTIALITY, false },
        { TROTH_RPC_LEVEL_PRIVACY, TROTH_F_INTEGRITY, false },
        { TROTH_RPC_LEVEL_PRIVACY, TROTH_F_SEQUENCE, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        co_link l;
        troth_co_context *x[2];
        co_link_fake(&l, TROTH_MECH_NTLM);
        l.fake.grant &= ~cases[i].missing;
        assert_int_equal(co_build(&l, 1, TROTH_RPC_AUTH_NTLM, cases[i].level, x), cases[i].want);
        if (!cases[i].want) { /* the initiator is done first, and sends nothing more */
            assert_int_equal(x[0]->fsm.state, TROTH_CO_CTX_POISONED);
            assert_int_equal(x[0]->error.code, TROTH_TOO_LOW);
            assert_int_equal(x[1]->fsm.state, TROTH_CO_CTX_WAITING);
            assert_null(x[0]->sec);
            assert_int_equal(l.conn[0].contexts_open, 0);
            assert_int_equal(troth_co_context_use(x[0], TROTH_RPC_AUTH_NTLM, cases[i].level), TROTH_TOO_LOW);
            assert_string_equal(troth_co_context_facts(x[0]).peer.name, "");
        }
        co_link_end(&l);
    }
}

static void test_too_low_gives_no_token(void **state)
{
    co_link l;
    troth_block token, none;
    (void)state;
    co_link_fake(&l, TROTH_MECH_KERBEROS); /* two legs: the acceptor is done with a token in hand */
    l.fake.grant &= ~(troth_flags)TROTH_F_CONFIDENTIALITY;
    troth_co_context *x[2];
    for (int side = 0; side < 2; side++) {
        troth_co_context_options o = named(&l, side, 1);
        o.auth_type = TROTH_RPC_AUTH_KERBEROS;
        assert_int_equal(troth_co_context_new(&l.conn[side], &o, &x[side]), TROTH_OK);
    }
    assert_int_equal(co_leg(x[0], NULL, &token).result, TROTH_STEP_MORE);
    assert_int_equal(co_leg(x[1], &token, &none).result, TROTH_STEP_ERROR);
    assert_null(none.data);
    assert_int_equal(x[1]->error.code, TROTH_TOO_LOW);
    co_drop(&l.conn[0], &token);
    co_link_end(&l);
}

static void test_an_auth3_that_fails_is_told_by_the_first_request(void **state)
{
    static const uint8_t ptypes[] = { TROTH_CO_AUTH3, TROTH_CO_ALTER_CONTEXT };
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        co_link l;
        troth_block token[3];
        co_link_fake(&l, TROTH_MECH_NTLM);
        l.fake.fail_leg = 3;
        l.fake.fail_role = TROTH_ACCEPTOR;
        l.fake.fail_status = TROTH_DENIED;
        troth_co_context *client = made(&l, 0, 1), *server = made(&l, 1, 1);
        assert_int_equal(co_leg(client, NULL, &token[0]).result, TROTH_STEP_MORE);
        assert_int_equal(co_leg(server, &token[0], &token[1]).result, TROTH_STEP_MORE);
        assert_int_equal(co_leg(client, &token[1], &token[2]).result, TROTH_STEP_DONE);
        co_drop(&l.conn[0], &token[0]);
        server->answer_with.ptype = ptypes[i];
        assert_int_equal(co_leg(server, &token[2], &token[0]).result, TROTH_STEP_ERROR);
        assert_int_equal(server->fsm.state, i ? TROTH_CO_CTX_POISONED : TROTH_CO_CTX_BROKEN);
        assert_int_equal(troth_co_context_use(server, 10, 6), TROTH_DENIED);
        assert_int_equal(server->fsm.state, TROTH_CO_CTX_POISONED);
        assert_int_equal(troth_co_context_use(server, 10, 6), TROTH_DENIED);
        co_drop(&l.conn[1], &token[0]);
        co_drop(&l.conn[1], &token[1]);
        co_drop(&l.conn[0], &token[2]);
        co_link_end(&l);
    }
}

static void test_a_job_that_is_late_comes_back_to_nothing(void **state)
{
    co_link l;
    troth_co_leg leg;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_co_conn *c = &l.conn[CO_CLIENT];
    troth_co_context *x = made(&l, CO_CLIENT, 5);
    assert_int_equal(troth_co_context_leg(x, (troth_bytes){ 0 }), TROTH_OK);
    assert_null(x->sec);
    troth_job *job = co_take_job(c);
    troth_co_context_drop(x); /* its context is gone ... */
    x = made(&l, CO_CLIENT, 5);
    assert_int_equal(troth_co_context_leg(x, (troth_bytes){ 0 }), TROTH_OK);
    troth_job *next = co_take_job(c);
    assert_int_not_equal(troth_job_id(job), troth_job_id(next));
    troth_job_run(job);
    assert_false(troth_co_context_stepped(c, job, &leg)); /* ... and another one under its number is not it */
    troth_job_free(job);
    troth_job_run(next);
    assert_true(troth_co_context_stepped(c, next, &leg));
    assert_false(troth_co_context_stepped(c, next, &leg)); /* twice */
    troth_job_free(next);

    assert_int_equal(troth_cred_job(l.context[0].cred, 0, &job), TROTH_OK); /* a job of somebody else's */
    assert_false(troth_co_context_stepped(c, job, &leg));
    troth_job_free(job);
    co_link_end(&l);
}

static void test_a_job_outlives_its_connection(void **state)
{
    (void)state;
    for (unsigned ran_first = 0; ran_first < 2; ran_first++) {
        co_link l;
        co_link_fake(&l, TROTH_MECH_NTLM);
        troth_co_context *x = made(&l, CO_CLIENT, 5);
        assert_int_equal(troth_co_context_leg(x, (troth_bytes){ 0 }), TROTH_OK);
        troth_job *job = co_take_job(&l.conn[CO_CLIENT]);
        if (ran_first)
            troth_job_run(job);
        troth_co_conn_clear(&l.conn[CO_CLIENT]);
        memset(&l.conn[CO_CLIENT], 0xee, sizeof l.conn[CO_CLIENT]); /* nothing of it is touched again */
        if (!ran_first)
            troth_job_run(job); /* allocates its token */
        assert_int_equal(troth_job_result(job), TROTH_STEP_MORE);
        troth_job_free(job);
        troth_cred_unref(l.context[0].cred);
        l.context[0].cred = NULL;
        test_env_check(&l.env[CO_CLIENT]); /* the budget went with the last octet */
        assert_int_equal(troth_co_conn_init(&l.conn[CO_CLIENT], &l.options[CO_CLIENT]), TROTH_OK);
        co_link_end(&l);
    }
}

static void *run_and_free(void *arg)
{
    troth_job_run(arg);
    troth_job_free(arg);
    return NULL;
}

/* Its last octets go on one thread or the other, whoever comes last. */
static void test_a_connection_ends_while_jobs_run(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 50; round++) {
        co_link l;
        pthread_t threads[4];
        co_link_fake(&l, TROTH_MECH_NTLM);
        l.env[CO_CLIENT].seed = 0; /* the repeatable randomness is one thread's */
        for (uint32_t i = 0; i < 4; i++)
            assert_int_equal(troth_co_context_leg(made(&l, CO_CLIENT, i), (troth_bytes){ 0 }), TROTH_OK);
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, run_and_free, co_take_job(&l.conn[CO_CLIENT])), 0);
        if (round % 2)
            troth_co_context_drop(troth_co_context_find(&l.conn[CO_CLIENT], 2));
        troth_co_conn_clear(&l.conn[CO_CLIENT]);
        for (unsigned i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        co_link_end(&l);
    }
}

static void test_jobs_nobody_took(void **state)
{
    co_link l;
    troth_event ev;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_co_conn *c = &l.conn[CO_CLIENT];
    troth_co_context *a = made(&l, CO_CLIENT, 1), *b = made(&l, CO_CLIENT, 2);
    assert_int_equal(troth_co_context_leg(a, (troth_bytes){ 0 }), TROTH_OK);
    assert_int_equal(troth_co_context_leg(b, (troth_bytes){ 0 }), TROTH_OK);
    troth_event told = { .kind = TROTH_EV_ESTABLISHED, .id = 1 };
    assert_int_equal(troth_co_tell(c, &told), TROTH_OK);
    troth_co_context_drop(a); /* takes its job and what views its strings along, not the other's */
    assert_true(troth_co_next_event(c, &ev));
    assert_int_equal(ev.kind, TROTH_EV_JOB);
    assert_int_equal(ev.id, 2);
    assert_false(troth_co_next_event(c, &ev));
    troth_job_free(ev.job);
    a = made(&l, CO_CLIENT, 3);
    assert_int_equal(troth_co_context_leg(a, (troth_bytes){ 0 }), TROTH_OK);
    unsigned steps = atomic_load(&l.fake.steps);
    troth_co_end(c, TROTH_DENIED, 0, "here"); /* the end takes jobs back */
    assert_true(troth_co_next_event(c, &ev));
    assert_int_equal(ev.kind, TROTH_EV_CLOSED);
    assert_int_equal(atomic_load(&l.fake.steps), steps);
    co_link_end(&l);
}

static void test_after_the_end_jobs_are_not_taken(void **state)
{
    co_link l;
    troth_co_leg leg;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_co_context *x = made(&l, CO_CLIENT, 1);
    assert_int_equal(troth_co_context_leg(x, (troth_bytes){ 0 }), TROTH_OK);
    troth_job *job = co_take_job(&l.conn[0]);
    troth_job_run(job);
    troth_co_end(&l.conn[0], TROTH_DENIED, 0, "here");
    assert_false(troth_co_context_stepped(&l.conn[0], job, &leg));
    troth_job_free(job);
    co_link_end(&l);
}

/* A job that was never run is a failed leg. */
static void test_a_job_that_never_ran(void **state)
{
    co_link l;
    troth_co_leg leg;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_co_context *x = made(&l, CO_CLIENT, 1);
    assert_int_equal(troth_co_context_leg(x, (troth_bytes){ 0 }), TROTH_OK);
    troth_job *job = co_take_job(&l.conn[0]);
    assert_true(troth_co_context_stepped(&l.conn[0], job, &leg));
    assert_int_equal(leg.result, TROTH_STEP_ERROR);
    assert_int_equal(x->error.code, TROTH_MECHANISM);
    troth_job_free(job);
    co_link_end(&l);
}

static void test_use(void **state)
{
    co_link l;
    troth_co_context *x[2];
    troth_co_leg leg;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_co_conn *c = &l.conn[CO_CLIENT];
    x[0] = made(&l, CO_CLIENT, 1);
    assert_int_equal(troth_co_context_use(x[0], 10, 6), TROTH_UNEXPECTED); /* not begun */
    assert_int_equal(x[0]->fsm.state, TROTH_CO_CTX_POISONED);
    assert_int_equal(troth_co_context_leg(x[0], (troth_bytes){ 0 }), TROTH_UNEXPECTED);

    x[0] = made(&l, CO_CLIENT, 2);
    assert_int_equal(troth_co_context_leg(x[0], (troth_bytes){ 0 }), TROTH_OK);
    assert_int_equal(troth_co_context_use(x[0], 10, 6), TROTH_AGAIN); /* behind its leg */
    assert_int_equal(x[0]->fsm.state, TROTH_CO_CTX_STEPPING);
    assert_int_equal(troth_co_context_use(x[0], 10, 5), TROTH_DENIED);
    assert_int_equal(x[0]->fsm.state, TROTH_CO_CTX_POISONED);
    troth_job *job = co_take_job(c); /* poisoned meanwhile: its leg comes to nothing, however good */
    troth_job_run(job);
    assert_true(troth_co_context_stepped(c, job, &leg));
    assert_int_equal(leg.result, TROTH_STEP_ERROR);
    assert_null(leg.token.data);
    assert_int_equal(x[0]->error.code, TROTH_DENIED);
    troth_job_free(job);

    static const uint8_t others[][2] = { { 10, 5 }, { 10, 2 }, { 9, 6 }, { 16, 6 }, { 0, 0 } };
    for (uint32_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_true(co_build(&l, 10 + i, 10, 6, x));
        assert_int_equal(troth_co_context_use(x[1], 10, 6), TROTH_OK);
        assert_int_equal(l.conn[1].contexts_open, 1);
        assert_int_equal(troth_co_context_use(x[1], others[i][0], others[i][1]), TROTH_DENIED);
        assert_int_equal(l.conn[1].contexts_open, 0);
        assert_int_equal(troth_co_context_use(x[1], 10, 6), TROTH_DENIED); /* poisoned for good */
        assert_int_equal(x[1]->fsm.state, TROTH_CO_CTX_POISONED);
    }
    assert_true(co_build(&l, 3, 10, 6, x)); /* an open context has no further leg */
    assert_int_equal(troth_co_context_leg(x[1], (troth_bytes){ (const uint8_t *)"FAKE", 4 }), TROTH_UNEXPECTED);
    assert_int_equal(x[1]->fsm.state, TROTH_CO_CTX_POISONED);
    assert_int_equal(l.conn[1].contexts_open, 0);
    co_link_end(&l);
}

/* The last leg comes back, and is good: its context was poisoned while it ran, and stays so. */
static void test_poisoned_while_the_last_leg_ran(void **state)
{
    co_link l;
    troth_block token[2];
    troth_co_leg leg;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_co_context *client = made(&l, 0, 1), *server = made(&l, 1, 1);
    assert_int_equal(co_leg(client, NULL, &token[0]).result, TROTH_STEP_MORE);
    assert_int_equal(co_leg(server, &token[0], &token[1]).result, TROTH_STEP_MORE);
    assert_int_equal(troth_co_context_leg(client, (troth_bytes){ token[1].data, token[1].len }), TROTH_OK);
    troth_job *job = co_take_job(&l.conn[0]);
    troth_job_run(job);
    assert_int_equal(troth_job_result(job), TROTH_STEP_DONE);
    assert_int_equal(troth_co_context_use(client, 10, 2), TROTH_DENIED);
    assert_true(troth_co_context_stepped(&l.conn[0], job, &leg));
    assert_int_equal(leg.result, TROTH_STEP_ERROR);
    assert_null(leg.token.data);
    assert_null(client->sec);
    assert_int_equal(l.conn[0].contexts_open, 0);
    troth_job_free(job);
    co_drop(&l.conn[0], &token[0]);
    co_drop(&l.conn[1], &token[1]);
    co_link_end(&l);
}

static void test_a_second_leg_while_one_runs(void **state)
{
    co_link l;
    troth_co_leg leg;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_co_context *x = made(&l, CO_CLIENT, 2);
    assert_int_equal(troth_co_context_leg(x, (troth_bytes){ 0 }), TROTH_OK);
    assert_int_equal(troth_co_context_leg(x, (troth_bytes){ (const uint8_t *)"x", 1 }), TROTH_UNEXPECTED);
    troth_job *job = co_take_job(&l.conn[0]);
    troth_job_run(job);
    assert_true(troth_co_context_stepped(&l.conn[0], job, &leg));
    assert_int_equal(leg.result, TROTH_STEP_ERROR);
    troth_job_free(job);
    co_link_end(&l);
}

static void test_an_auth3_is_the_last_leg(void **state)
{
    co_link l;
    troth_block token, none;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_co_context *client = made(&l, 0, 1), *server = made(&l, 1, 1);
    assert_int_equal(co_leg(client, NULL, &token).result, TROTH_STEP_MORE);
    server->answer_with.ptype = TROTH_CO_AUTH3;
    assert_int_equal(co_leg(server, &token, &none).result, TROTH_STEP_ERROR);
    assert_int_equal(server->fsm.state, TROTH_CO_CTX_BROKEN);
    assert_int_equal(server->error.code, TROTH_UNEXPECTED);
    assert_null(none.data);
    co_drop(&l.conn[0], &token);
    co_link_end(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_cap_comes_before_the_provider),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_each_oldest_first),
        cmocka_unit_test(test_built_on_both_sides),
        cmocka_unit_test(test_kerberos_is_asked_for_dce_style),
        cmocka_unit_test(test_a_capability_less_is_an_error),
        cmocka_unit_test(test_too_low_gives_no_token),
        cmocka_unit_test(test_an_auth3_that_fails_is_told_by_the_first_request),
        cmocka_unit_test(test_a_job_that_is_late_comes_back_to_nothing),
        cmocka_unit_test(test_a_job_outlives_its_connection),
        cmocka_unit_test(test_a_connection_ends_while_jobs_run),
        cmocka_unit_test(test_jobs_nobody_took),
        cmocka_unit_test(test_after_the_end_jobs_are_not_taken),
        cmocka_unit_test(test_a_job_that_never_ran),
        cmocka_unit_test(test_use),
        cmocka_unit_test(test_poisoned_while_the_last_leg_ran),
        cmocka_unit_test(test_a_second_leg_while_one_runs),
        cmocka_unit_test(test_an_auth3_is_the_last_leg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
