#include <sec/context.h>
#include <string.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <support/pair.h>
#include <support/test.h>

typedef struct world {
    test_env t;
    fake_mech f;
    troth_context *i, *a;
} world;

static void begin(world *w)
{
    *w = (world){ 0 };
    test_env_init(&w->t);
    fake_mech_init(&w->f, TROTH_MECH_NTLM);
    troth_cred *cred = fake_cred(&w->f, &w->t.env, TROTH_USE_BOTH, NULL);
    troth_context_options opts = { .mech = "ntlm" };
    pair_make(cred, cred, &opts, &w->i, &w->a);
    troth_cred_unref(cred);
}

static void end(world *w)
{
    troth_context_free(w->i);
    troth_context_free(w->a);
    assert_int_equal(atomic_load(&w->f.inits), atomic_load(&w->f.clears));
    assert_int_equal(atomic_load(&w->f.released), 1);
    test_env_check(&w->t);
}

static void freed_without_a_run(void **state)
{
    (void)state;
    world w;
    begin(&w);
    static const char secret[] = "the peer's token";
    test_env_secret(&w.t, secret, 16);
    troth_job *job = NULL;
    troth_block token = { 0 };
    assert_int_equal(troth_mem_keep(&w.t.env, secret, 16, &token), TROTH_OK);
    assert_int_equal(troth_context_job(w.a, &token, 7, &job), TROTH_OK);
    assert_null(token.data); /* moved */
    assert_int_equal(token.len, 0);
    assert_true(troth_job_id(job) == 7);
    assert_int_equal(troth_job_result(job), TROTH_STEP_ERROR);
    assert_int_equal(troth_job_token(job).len, 0);
    w.a = NULL;
    troth_job_free(job); /* the context and the token go with it */
    assert_int_equal(atomic_load(&w.f.clears), 1);
    assert_int_equal(atomic_load(&w.f.steps), 0);
    assert_int_equal(troth_context_job(w.i, NULL, 8, &job), TROTH_OK);
    w.i = NULL;
    troth_context *back = troth_job_take_context(job);
    assert_string_equal(troth_context_state(back), "fresh"); /* and can still be stepped */
    troth_job_free(job);
    assert_int_equal(troth_context_job(back, NULL, 9, &job), TROTH_OK);
    troth_job_run(job);
    assert_int_equal(troth_job_result(job), TROTH_STEP_MORE);
    troth_job_free(job); /* run, and the context left in it */
    troth_job_free(NULL);
    end(&w);
}

static void one_leg(void **state)
{
    (void)state;
    world w;
    begin(&w);
    troth_job *job = NULL;
    assert_int_equal(troth_context_job(w.i, NULL, 1, &job), TROTH_OK);
    troth_job_run(job);
    assert_int_equal(troth_job_result(job), TROTH_STEP_MORE);
    troth_bytes token = troth_job_token(job);
    assert_memory_equal(token.data, "FAKE\1\3", 6);
    assert_ptr_equal(troth_job_take_context(job), w.i);
    assert_null(troth_job_take_context(job));
    assert_ptr_equal(troth_job_token(job).data, token.data); /* valid until the job is freed */
    troth_job_free(job);
    end(&w);
}

static void error_token(void **state)
{
    (void)state;
    world w;
    begin(&w);
    w.f.fail_leg = 1;
    w.f.fail_role = TROTH_ACCEPTOR;
    w.f.fail_status = TROTH_DENIED;
    w.f.fail_token = true;
    troth_block token = { 0 };
    troth_step step;
    assert_int_equal(pair_leg(&w.t.env, &w.i, true, &token, &step), TROTH_OK);
    assert_int_equal(pair_leg(&w.t.env, &w.a, false, &token, &step), TROTH_OK);
    assert_int_equal(step, TROTH_STEP_ERROR);
    assert_memory_equal(token.data, "FERR", 4); /* told to the peer although it failed */
    assert_int_equal(pair_leg(&w.t.env, &w.i, false, &token, &step), TROTH_OK);
    assert_int_equal(step, TROTH_STEP_ERROR);
    assert_int_equal(troth_context_error(w.i)->code, TROTH_PEER_REFUSED);
    troth_mem_drop(&w.t.env, &token);
    end(&w);
}

static void no_memory_moves_nothing(void **state)
{
    (void)state;
    world w;
    begin(&w);
    troth_job *job = NULL;
    troth_block token = { 0 };
    assert_int_equal(troth_mem_keep(&w.t.env, "FAKE", 4, &token), TROTH_OK);
    w.t.fail_at = atomic_load(&w.t.allocs) + 1;
    assert_int_equal(troth_context_job(w.a, &token, 1, &job), TROTH_NO_MEMORY);
    assert_null(job);
    assert_int_equal(token.len, 4);
    assert_string_equal(troth_context_state(w.a), "fresh");
    troth_mem_drop(&w.t.env, &token);
    end(&w);
}

/* An empty token is a token: an acceptor must not take it for none, nor an initiator for its first leg. */
static void empty_token(void **state)
{
    (void)state;
    for (unsigned initiator = 0; initiator < 2; initiator++) {
        world w;
        begin(&w);
        troth_context **c = initiator ? &w.i : &w.a;
        troth_block token = { 0 };
        troth_step step;
        assert_int_equal(pair_leg(&w.t.env, c, false, &token, &step), TROTH_OK);
        assert_int_equal(step, TROTH_STEP_ERROR);
        assert_int_equal(troth_context_error(*c)->code, TROTH_TRUNCATED);
        assert_int_equal(token.len, 0);
        end(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(freed_without_a_run),     cmocka_unit_test(one_leg),     cmocka_unit_test(error_token),
        cmocka_unit_test(no_memory_moves_nothing), cmocka_unit_test(empty_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
