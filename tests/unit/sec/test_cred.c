#include <sec/cred.h>
#include <string.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <support/test.h>

typedef struct world {
    test_env t;
    fake_mech ntlm, kerberos;
    const troth_mech *list[2];
    troth_mech_table table;
} world;

static void begin(world *w)
{
    test_env_init(&w->t);
    fake_mech_init(&w->ntlm, TROTH_MECH_NTLM);
    fake_mech_init(&w->kerberos, TROTH_MECH_KERBEROS);
    w->list[0] = &w->kerberos.mech;
    w->list[1] = &w->ntlm.mech;
    w->table = (troth_mech_table){ w->list, 2 };
}

static troth_cred *make(world *w, const troth_cred_source *src, size_t n)
{
    troth_cred *c = NULL;
    assert_int_equal(troth_cred_new(&w->t.env, &w->table, TROTH_USE_BOTH, src, n, &c), TROTH_OK);
    return c;
}

static troth_step run(troth_cred *c)
{
    troth_job *job = NULL;
    assert_int_equal(troth_cred_job(c, 42, &job), TROTH_OK);
    assert_true(troth_job_id(job) == 42);
    assert_int_equal(troth_job_result(job), TROTH_STEP_ERROR); /* not run yet */
    troth_job_run(job);
    troth_step step = troth_job_result(job);
    assert_null(troth_job_take_context(job));
    assert_int_equal(troth_job_token(job).len, 0);
    troth_job_free(job);
    return step;
}

static void acquired(void **state)
{
    (void)state;
    world w;
    begin(&w);
    w.ntlm.cred_expiry = 5000;
    w.kerberos.cred_expiry = 7000;
    troth_cred_source src[] = { { .mech = "kerberos" }, { .mech = "ntlm", .kind = TROTH_CRED_PASSWORD } };
    troth_cred *c = make(&w, src, 2);
    uint64_t expiry = 1;
    assert_int_equal(troth_cred_ready(c, &expiry), TROTH_NO_CRED);
    assert_true(expiry == 1);
    assert_int_equal(atomic_load(&w.ntlm.acquired), 0); /* nothing is asked before the job */
    assert_int_equal(run(c), TROTH_STEP_DONE);
    assert_int_equal(troth_cred_ready(c, &expiry), TROTH_OK);
    assert_int_equal(troth_cred_ready(c, NULL), TROTH_OK);
    assert_true(expiry == 5000); /* the earliest */
    assert_int_equal(troth_cred_error(c)->code, TROTH_OK);
    assert_null(troth_cred_complaint(c));
    assert_non_null(troth_cred_part_of(c, &w.ntlm.mech));
    troth_cred_unref(c);
    assert_int_equal(atomic_load(&w.ntlm.released), 1);
    assert_int_equal(atomic_load(&w.kerberos.released), 1);
    test_env_check(&w.t);
}

static void refused_sources(void **state)
{
    (void)state;
    world w;
    begin(&w);
    w.ntlm.mech.kinds = 1u << TROTH_CRED_PASSWORD;
    troth_cred_source good = { .mech = "ntlm", .kind = TROTH_CRED_PASSWORD }, unknown = { .mech = "telepathy" },
                      kind = { .mech = "ntlm", .kind = TROTH_CRED_KEYTAB }, nameless = { 0 };
    troth_cred *c = NULL;
    const troth_env *e = &w.t.env;
    assert_int_equal(troth_cred_new(e, &w.table, TROTH_USE_BOTH, &good, 0, &c), TROTH_INVALID);
    assert_int_equal(troth_cred_new(e, &w.table, TROTH_USE_BOTH, &unknown, 1, &c), TROTH_INVALID);
    assert_int_equal(troth_cred_new(e, &w.table, TROTH_USE_BOTH, &kind, 1, &c), TROTH_INVALID);
    assert_int_equal(troth_cred_new(e, &w.table, TROTH_USE_BOTH, &nameless, 1, &c), TROTH_INVALID);
    assert_int_equal(troth_cred_new(e, &w.table, (troth_cred_use)0, &good, 1, &c), TROTH_INVALID);
    assert_int_equal(troth_cred_new(e, &w.table, (troth_cred_use)4, &good, 1, &c), TROTH_INVALID);
    assert_null(c);
    assert_int_equal(troth_cred_new(e, &w.table, TROTH_USE_ACCEPT, &good, 1, &c), TROTH_OK);
    troth_cred_unref(c);
    test_env_check(&w.t);
}

static void failing(void **state)
{
    (void)state;
    world w;
    begin(&w);
    w.ntlm.cred_status = TROTH_DENIED;
    w.ntlm.fail_major = 77;
    troth_cred_source src[] = { { .mech = "ntlm" }, { .mech = "kerberos" } };
    troth_cred *c = make(&w, src, 1);
    assert_int_equal(run(c), TROTH_STEP_ERROR);
    assert_int_equal(troth_cred_ready(c, NULL), TROTH_DENIED);
    assert_int_equal(troth_cred_error(c)->code, TROTH_DENIED);
    assert_int_equal(troth_cred_error(c)->gss_major, 77);
    assert_string_equal(troth_cred_error(c)->where, "fake credential");
    assert_null(troth_cred_part_of(c, &w.ntlm.mech));
    troth_cred_unref(c);
    c = make(&w, src, 2); /* one of two is enough */
    assert_int_equal(run(c), TROTH_STEP_DONE);
    assert_int_equal(troth_cred_ready(c, NULL), TROTH_OK);
    assert_null(troth_cred_part_of(c, &w.ntlm.mech));
    assert_non_null(troth_cred_part_of(c, &w.kerberos.mech));
    troth_cred_unref(c);
    test_env_check(&w.t);
}

static void complaint(void **state)
{
    (void)state;
    world w;
    begin(&w);
    w.ntlm.cred_status = TROTH_BAD_CONFIG;
    w.ntlm.cred_complaint = "no such thing";
    troth_cred_source src[] = { { .mech = "kerberos" }, { .mech = "ntlm", .path = "users" } };
    troth_cred *c = make(&w, src, 2);
    assert_int_equal(run(c), TROTH_STEP_ERROR); /* a wrong file is never passed over */
    assert_int_equal(troth_cred_ready(c, NULL), TROTH_BAD_CONFIG);
    assert_string_equal(troth_cred_complaint(c), "users:7: no such thing");
    troth_cred_unref(c);
    char path[400];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = 0;
    src[1].path = path;
    c = make(&w, src, 2);
    assert_int_equal(run(c), TROTH_STEP_ERROR);
    assert_true(strlen(troth_cred_complaint(c)) < 256);
    troth_cred_unref(c);
    test_env_check(&w.t);
}

static void references(void **state)
{
    (void)state;
    world w;
    begin(&w);
    troth_cred *c = fake_cred(&w.ntlm, &w.t.env, TROTH_USE_BOTH, NULL);
    assert_ptr_equal(troth_cred_ref(c), c);
    troth_job *job = NULL;
    assert_int_equal(troth_cred_job(c, 1, &job), TROTH_OK);
    troth_cred_unref(c);
    troth_cred_unref(c);
    assert_int_equal(atomic_load(&w.ntlm.released), 0); /* the job holds the last one */
    troth_job_free(job);                                /* never run */
    assert_int_equal(atomic_load(&w.ntlm.released), 1);
    troth_cred_unref(NULL);
    test_env_check(&w.t);
}

static void secrets_are_copied_and_wiped(void **state)
{
    (void)state;
    world w;
    begin(&w);
    char secret[] = "correct horse", principal[] = "bob";
    static const char same[] = "correct horse";
    test_env_secret(&w.t, same, 13);
    troth_cred_source src = {
        .mech = "ntlm", .kind = TROTH_CRED_PASSWORD, .principal = principal, .secret = { (uint8_t *)secret, 13 }
    };
    troth_cred *c = make(&w, &src, 1);
    memset(secret, 'x', 13);
    principal[0] = 'x';
    assert_memory_equal(c->parts[0].src.secret.data, same, 13);
    assert_string_equal(c->parts[0].src.principal, "bob");
    troth_cred_unref(c);
    test_env_check(&w.t);
}

static void no_memory(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        world w;
        begin(&w);
        static const char secret[] = "correct horse";
        test_env_secret(&w.t, secret, 13);
        w.t.fail_at = n;
        troth_cred_source src = { .mech = "ntlm",
                                  .path = "p",
                                  .principal = "a",
                                  .domain = "b",
                                  .host = "c",
                                  .dns_host = "d",
                                  .secret = { (const uint8_t *)secret, 13 } };
        troth_cred *c = NULL;
        troth_job *job = NULL;
        troth_status st = troth_cred_new(&w.t.env, &w.table, TROTH_USE_BOTH, &src, 1, &c);
        assert_true(!st == !!c);
        if (!st)
            st = troth_cred_job(c, 1, &job);
        if (!st) {
            troth_job_run(job);
            st = troth_cred_ready(c, NULL);
            assert_true((troth_job_result(job) == TROTH_STEP_DONE) == !st);
        }
        assert_true(!st || st == TROTH_NO_MEMORY);
        troth_job_free(job);
        troth_cred_unref(c);
        test_env_check(&w.t);
        if (!st) {
            assert_true(n ==
                        10); /* the credential, five strings, the secret, the job and the element: each failed once */
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acquired),  cmocka_unit_test(refused_sources), cmocka_unit_test(failing),
        cmocka_unit_test(complaint), cmocka_unit_test(references),      cmocka_unit_test(secrets_are_copied_and_wiped),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
