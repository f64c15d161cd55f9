/* The last value that is still taken and the first that is not; and contexts that can never be. */
#include <sec/context.h>
#include <sec/window.h>
#include <string.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <support/pair.h>
#include <support/test.h>

static troth_status open_with(troth_status acquired, bool acquire, test_env *t, fake_mech *f, troth_context **ret)
{
    troth_cred *cred;
    troth_job *job;
    test_env_init(t);
    fake_mech_init(f, TROTH_MECH_NTLM);
    f->cred_status = acquired;
    const troth_cred_source s = { .mech = "ntlm", .kind = TROTH_CRED_DEFAULT };
    assert_int_equal(troth_cred_new(&t->env, &f->table, TROTH_USE_INITIATE, &s, 1, &cred), TROTH_OK);
    assert_int_equal(troth_cred_ready(cred, NULL), TROTH_NO_CRED);
    assert_int_equal(troth_cred_error(cred)->code, TROTH_NO_CRED);
    if (acquire) {
        assert_int_equal(troth_cred_job(cred, 0, &job), TROTH_OK);
        troth_job_run(job);
        troth_job_free(job);
    }
    const troth_context_options o = { .mech = "ntlm" };
    troth_status st = troth_context_new(cred, &o, ret);
    troth_cred_unref(cred);
    return st;
}

static void no_context_without_a_credential(void **state)
{
    (void)state;
    test_env t;
    fake_mech f;
    troth_context *c = NULL;
    assert_int_equal(open_with(TROTH_OK, false, &t, &f, &c), TROTH_NO_CRED);
    assert_int_equal(atomic_load(&f.inits), 0);
    test_env_check(&t);
    assert_int_equal(open_with(TROTH_DENIED, true, &t, &f, &c), TROTH_NO_CRED);
    assert_int_equal(atomic_load(&f.inits), 0);
    test_env_check(&t);
    assert_int_equal(open_with(TROTH_OK, true, &t, &f, &c), TROTH_OK);
    troth_context_free(c);
    test_env_check(&t);
}

/* One usable part does not make a context of another mechanism possible. */
static void no_context_of_the_part_that_failed(void **state)
{
    (void)state;
    test_env t;
    fake_mech n, k;
    troth_cred *cred;
    troth_job *job;
    troth_context *c = NULL;
    test_env_init(&t);
    fake_mech_init(&n, TROTH_MECH_NTLM);
    fake_mech_init(&k, TROTH_MECH_KERBEROS);
    n.cred_status = TROTH_DENIED;
    const troth_mech *list[] = { &n.mech, &k.mech };
    const troth_mech_table table = { list, 2 };
    const troth_cred_source s[] = { { .mech = "ntlm", .kind = TROTH_CRED_DEFAULT },
                                    { .mech = "kerberos", .kind = TROTH_CRED_DEFAULT } };
    assert_int_equal(troth_cred_new(&t.env, &table, TROTH_USE_INITIATE, s, 2, &cred), TROTH_OK);
    assert_int_equal(troth_cred_job(cred, 0, &job), TROTH_OK);
    troth_job_run(job);
    troth_job_free(job);
    assert_int_equal(troth_cred_ready(cred, NULL), TROTH_OK);
    const troth_context_options o = { .mech = "ntlm" };
    assert_int_equal(troth_context_new(cred, &o, &c), TROTH_NO_CRED);
    assert_int_equal(atomic_load(&n.inits), 0);
    troth_cred_unref(cred);
    test_env_check(&t);
}

static void sixteen_sources(void **state)
{
    (void)state;
    test_env t;
    fake_mech f;
    troth_cred *cred;
    troth_cred_source s[17];
    test_env_init(&t);
    fake_mech_init(&f, TROTH_MECH_NTLM);
    for (size_t i = 0; i < 17; i++)
        s[i] = (troth_cred_source){ .mech = "ntlm", .kind = TROTH_CRED_DEFAULT };
    assert_int_equal(troth_cred_new(&t.env, &f.table, TROTH_USE_INITIATE, s, 17, &cred), TROTH_INVALID);
    assert_int_equal(troth_cred_new(&t.env, &f.table, TROTH_USE_INITIATE, s, 16, &cred), TROTH_OK);
    troth_cred_unref(cred);
    test_env_check(&t);
}

/* Limits are of what may still be: that many octets in all, that many legs. */
static void exact_limits(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        test_env t;
        fake_mech f;
        unsigned tokens = 0;
        troth_context *a, *b;
        test_env_init(&t);
        fake_mech_init(&f, TROTH_MECH_NTLM);
        f.legs = 4; /* two of each side */
        troth_cred *cred = fake_cred(&f, &t.env, TROTH_USE_BOTH, NULL);
        troth_context_options o = { .mech = "ntlm" }, p = { .mech = "ntlm", .role = TROTH_ACCEPTOR };
        assert_int_equal(troth_context_new(cred, &o, &a), TROTH_OK);
        assert_int_equal(troth_context_new(cred, &p, &b), TROTH_OK);
        assert_int_equal(pair_shake(&t.env, &a, &b, &tokens), TROTH_OK);
        size_t all = a->bytes;
        troth_context_free(a);
        troth_context_free(b);
        p.limits = i < 2 ? (troth_limits){ .bytes = all - (size_t)i } : (troth_limits){ .legs = i == 2 ? 2 : 1 };
        assert_int_equal(troth_context_new(cred, &o, &a), TROTH_OK);
        assert_int_equal(troth_context_new(cred, &p, &b), TROTH_OK);
        assert_int_equal(pair_shake(&t.env, &a, &b, &tokens), i % 2 ? TROTH_LIMIT : TROTH_OK);
        troth_context_free(a);
        troth_context_free(b);
        troth_cred_unref(cred);
        test_env_check(&t);
    }
}

/* A number that is older than the window knows leaves no mark in it. */
static void a_number_too_old_marks_nothing(void **state)
{
    (void)state;
    troth_window w = { 0 };
    troth_window_take(&w, 1000);
    troth_window before = w;
    troth_window_take(&w, 1000 - TROTH_WINDOW_BITS);
    troth_window_take(&w, 3);
    assert_memory_equal(&w, &before, sizeof w);
}

static unsigned traced;
static void count(void *self, const troth_trace *what)
{
    (void)self;
    if (what->kind == TROTH_TRACE_LEG) {
        assert_true(what->b > 0);
        traced += what->on[0] == 'i' ? 1 : 100;
    }
}

/* The hook hears of each token once in each direction. */
static void each_leg_is_traced(void **state)
{
    (void)state;
    test_env t;
    fake_mech f;
    unsigned tokens = 0;
    troth_context *a, *b;
    test_env_init(&t);
    fake_mech_init(&f, TROTH_MECH_NTLM);
    t.env.trace = count;
    traced = 0;
    troth_cred *cred = fake_cred(&f, &t.env, TROTH_USE_BOTH, NULL);
    troth_context_options o = { .mech = "ntlm" }, p = { .mech = "ntlm", .role = TROTH_ACCEPTOR };
    assert_int_equal(troth_context_new(cred, &o, &a), TROTH_OK);
    assert_int_equal(troth_context_new(cred, &p, &b), TROTH_OK);
    assert_int_equal(pair_shake(&t.env, &a, &b, &tokens), TROTH_OK);
    assert_int_equal(traced, 303); /* three made, three taken */
    troth_context_free(a);
    troth_context_free(b);
    troth_cred_unref(cred);
    test_env_check(&t);
}

static troth_status answer;
static troth_status open_record(void *impl, troth_bytes bytes, troth_record *ret)
{
    (void)impl, (void)bytes, (void)ret;
    return answer;
}
static troth_status seal_record(void *impl, troth_bytes plain, troth_bytes *ret)
{
    (void)impl, (void)plain, (void)ret;
    return answer;
}

/* RFC 8446 6.2: a record that fails ends its context; one that is not whole yet does not. */
static void a_bad_record_ends_the_context(void **state)
{
    (void)state;
    static const troth_status answers[] = { TROTH_OK, TROTH_AGAIN, TROTH_BAD_MIC };
    for (int seal = 0; seal < 2; seal++)
        for (size_t i = 0; i < 3; i++) {
            test_env t;
            fake_mech f;
            unsigned tokens = 0;
            troth_context *a, *b;
            troth_record rec;
            troth_bytes in = { (const uint8_t *)"x", 1 }, out;
            test_env_init(&t);
            fake_mech_init(&f, TROTH_MECH_NTLM);
            troth_cred *cred = fake_cred(&f, &t.env, TROTH_USE_BOTH, NULL);
            troth_context_options o = { .mech = "ntlm" }, p = { .mech = "ntlm", .role = TROTH_ACCEPTOR };
            assert_int_equal(troth_context_new(cred, &o, &a), TROTH_OK);
            assert_int_equal(troth_context_new(cred, &p, &b), TROTH_OK);
            assert_int_equal(troth_context_record_seal(a, in, &out), TROTH_BAD_STATE);
            assert_int_equal(pair_shake(&t.env, &a, &b, &tokens), TROTH_OK);
            assert_int_equal(troth_context_record_seal(a, in, &out), TROTH_UNSUPPORTED);
            assert_int_equal(troth_context_record_open(a, in, &rec), TROTH_UNSUPPORTED);
            f.mech.record_open = open_record, f.mech.record_seal = seal_record;
            answer = answers[i];
            troth_status st = seal ? troth_context_record_seal(a, in, &out) : troth_context_record_open(a, in, &rec);
            assert_int_equal(st, answer);
            assert_int_equal(troth_context_error(a)->code, i == 2 ? TROTH_BAD_MIC : TROTH_OK);
            assert_string_equal(troth_context_state(a), i == 2 ? "failed" : "open");
            assert_int_equal(troth_context_complete(a), i != 2);
            if (i == 2)
                assert_int_equal(troth_context_record_open(a, in, &rec), TROTH_BAD_STATE);
            f.mech.record_open = NULL, f.mech.record_seal = NULL;
            troth_context_free(a);
            troth_context_free(b);
            troth_cred_unref(cred);
            test_env_check(&t);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_context_without_a_credential),
        cmocka_unit_test(no_context_of_the_part_that_failed),
        cmocka_unit_test(sixteen_sources),
        cmocka_unit_test(exact_limits),
        cmocka_unit_test(a_number_too_old_marks_nothing),
        cmocka_unit_test(each_leg_is_traced),
        cmocka_unit_test(a_bad_record_ends_the_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
