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
    unsigned tokens;
} world;

/* Shake hands under limits of each side, and answer who failed how. */
static troth_status shake(world *w, size_t pad, bool endless, troth_limits li, troth_limits la)
{
    *w = (world){ 0 };
    test_env_init(&w->t);
    fake_mech_init(&w->f, TROTH_MECH_NTLM);
    w->f.pad = pad;
    w->f.endless = endless;
    troth_cred *cred = fake_cred(&w->f, &w->t.env, TROTH_USE_BOTH, NULL);
    troth_context_options o = { .mech = "ntlm", .limits = li };
    assert_int_equal(troth_context_new(cred, &o, &w->i), TROTH_OK);
    o.role = TROTH_ACCEPTOR;
    o.limits = la;
    assert_int_equal(troth_context_new(cred, &o, &w->a), TROTH_OK);
    troth_cred_unref(cred);
    return pair_shake(&w->t.env, &w->i, &w->a, &w->tokens);
}

static void failed_at(world *w, const troth_context *c, const char *where, unsigned tokens)
{
    assert_int_equal(troth_context_error(c)->code, TROTH_LIMIT);
    assert_string_equal(troth_context_error(c)->where, where);
    assert_string_equal(troth_context_state(c), "failed");
    assert_int_equal(w->tokens, tokens);
}

static void end(world *w)
{
    troth_context_free(w->i);
    troth_context_free(w->a);
    test_env_check(&w->t);
}

static const troth_limits usual, wide = { 1000, 1 << 20, 1 << 28 };

static void legs(void **state)
{
    (void)state;
    world w;
    assert_int_equal(shake(&w, 0, true, usual, usual), TROTH_LIMIT);
    failed_at(&w, w.i, "limit: legs", 20); /* ten in each direction, the 21st is not sent */
    end(&w);
    assert_int_equal(shake(&w, 0, true, (troth_limits){ .legs = 3 }, wide), TROTH_LIMIT);
    failed_at(&w, w.i, "limit: legs", 6);
    end(&w);
    assert_int_equal(shake(&w, 0, true, wide, usual), TROTH_LIMIT);
    failed_at(&w, w.a, "limit: legs", 21);              /* the 11th token of the peer is not even looked at */
    assert_int_equal(atomic_load(&w.f.steps), 11 + 10); /* initiator and acceptor */
    end(&w);
}

static void the_token_that_is_too_much_is_not_sent(void **state)
{
    (void)state;
    world w;
    test_env_init(&w.t);
    fake_mech_init(&w.f, TROTH_MECH_NTLM);
    troth_cred *cred = fake_cred(&w.f, &w.t.env, TROTH_USE_BOTH, NULL);
    troth_context_options o = { .mech = "ntlm", .limits = { .bytes = 10 } };
    assert_int_equal(troth_context_new(cred, &o, &w.i), TROTH_OK);
    troth_cred_unref(cred);
    troth_job *job = NULL;
    assert_int_equal(troth_context_job(w.i, NULL, 1, &job), TROTH_OK);
    troth_job_run(job);
    assert_int_equal(troth_job_result(job), TROTH_STEP_ERROR);
    assert_int_equal(troth_job_token(job).len, 0);
    assert_int_equal(troth_context_error(troth_job_take_context(job))->code, TROTH_LIMIT);
    troth_job_free(job);
    w.a = NULL;
    end(&w);
}

static void one_token(void **state)
{
    (void)state;
    world w;
    assert_int_equal(shake(&w, 0, false, usual, usual), TROTH_OK);
    size_t plain = (w.i->bytes + 2) / 3;
    assert_int_equal(w.i->bytes, 3 * plain);
    end(&w);
    assert_int_equal(shake(&w, 65535 - plain, false, usual, usual), TROTH_OK);
    end(&w);
    assert_int_equal(shake(&w, 65536 - plain, false, usual, usual), TROTH_LIMIT);
    failed_at(&w, w.i, "token output", 0);
    end(&w);
    assert_int_equal(shake(&w, 65536 - plain, false, wide, usual), TROTH_LIMIT);
    failed_at(&w, w.a, "limit: octets of a token", 1);
    assert_int_equal(atomic_load(&w.f.steps), 1); /* the acceptor's mechanism never saw it */
    end(&w);
    assert_int_equal(shake(&w, 0, false, wide, (troth_limits){ .token = plain }), TROTH_OK);
    end(&w);
    assert_int_equal(shake(&w, 1, false, wide, (troth_limits){ .token = plain }), TROTH_LIMIT);
    end(&w);
}

static void all_tokens(void **state)
{
    (void)state;
    world w;
    assert_int_equal(shake(&w, 60000, true, usual, usual), TROTH_LIMIT);
    failed_at(&w, w.i, "limit: octets", 4); /* four of them are below 262,144, the fifth is not */
    end(&w);
    assert_int_equal(shake(&w, 60000, true, wide, usual), TROTH_LIMIT);
    failed_at(&w, w.a, "limit: octets", 5);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legs),
        cmocka_unit_test(the_token_that_is_too_much_is_not_sent),
        cmocka_unit_test(one_token),
        cmocka_unit_test(all_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
