#include <base/meter.h>
#include <pthread.h>
#include <support/env.h>
#include <support/test.h>

static void test_counts_and_budget(void **state)
{
    test_env t;
    troth_budget budget = { .max = 1000 };
    troth_meter a, b;
    (void)state;
    test_env_init(&t);
    troth_meter_init(&a, &t.env, &budget);
    troth_meter_init(&b, &t.env, &budget);
    void *p = troth_mem_new(&a.env, 600);
    void *q = troth_mem_new(&b.env, 400);
    assert_non_null(p);
    assert_non_null(q);
    assert_int_equal(atomic_load(&budget.held), 1000);
    assert_null(troth_mem_new(&b.env, 1)); /* over the budget, and nothing was counted */
    assert_int_equal(troth_meter_held(&b), 400);
    assert_int_equal(atomic_load(&budget.held), 1000);
    troth_meter_release_budget(&a); /* authenticated */
    assert_int_equal(atomic_load(&budget.held), 400);
    void *r = troth_mem_new(&a.env, 5000); /* its own affair now */
    assert_non_null(r);
    assert_int_equal(atomic_load(&budget.held), 400);
    troth_mem_free(&a.env, p, 600);
    troth_mem_free(&a.env, r, 5000);
    assert_int_equal(atomic_load(&budget.held), 400);
    assert_int_equal(troth_meter_held(&a), 0);
    assert_int_equal(atomic_load(&a.most), 5600);
    troth_mem_free(&b.env, q, 400);
    assert_int_equal(atomic_load(&budget.held), 0);
    test_env_check(&t);
}

static void *churn(void *arg)
{
    troth_meter *m = arg;
    for (int i = 0; i < 20000; i++) {
        void *p = troth_mem_new(&m->env, 64);
        if (p)
            troth_mem_free(&m->env, p, 64);
    }
    return NULL;
}

static void test_leaving_while_others_count(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        troth_budget budget = { .max = 1 << 20 };
        troth_meter m;
        pthread_t a, b;
        troth_meter_init(&m, troth_env_posix(), &budget);
        assert_int_equal(pthread_create(&a, NULL, churn, &m), 0);
        assert_int_equal(pthread_create(&b, NULL, churn, &m), 0);
        void *p = troth_mem_new(&m.env, 100);
        troth_meter_release_budget(&m);
        troth_mem_free(&m.env, p, 100);
        pthread_join(a, NULL);
        pthread_join(b, NULL);
        assert_int_equal(atomic_load(&budget.held), 0);
        assert_int_equal(troth_meter_held(&m), 0);
    }
}

static unsigned times_emptied;

static void count_emptied(troth_meter *m)
{
    (void)m;
    times_emptied++;
}

static void test_bound_and_last_octet(void **state)
{
    test_env t;
    troth_meter m;
    (void)state;
    test_env_init(&t);
    times_emptied = 0;
    troth_meter_init_bounded(&m, &t.env, 1000, count_emptied);
    void *p = troth_mem_new(&m.env, 600), *q = troth_mem_new(&m.env, 400);
    assert_non_null(p);
    assert_non_null(q);
    assert_null(troth_mem_new(&m.env, 1));
    assert_null(troth_mem_new(&m.env, SIZE_MAX / 2)); /* twice of it would be nothing */
    assert_null(troth_mem_new(&m.env, SIZE_MAX / 2 + 1));
    assert_int_equal(troth_meter_held(&m), 1000);
    troth_mem_free(&m.env, q, 400);
    troth_meter_leave(&m);
    assert_null(troth_mem_new(&m.env, 401)); /* the bound stays when the owner has left */
    q = troth_mem_new(&m.env, 400);
    assert_non_null(q);
    troth_mem_free(&m.env, p, 600);
    assert_int_equal(times_emptied, 0);
    troth_mem_free(&m.env, q, 400);
    assert_int_equal(times_emptied, 1);

    troth_meter_init_bounded(&m, &t.env, 1000, count_emptied);
    p = troth_mem_new(&m.env, 10);
    troth_mem_free(&m.env, p, 10);
    assert_int_equal(times_emptied, 1); /* the owner is there */
    troth_meter_leave(&m);
    assert_int_equal(times_emptied, 2);
    test_env_check(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_counts_and_budget),
                                        cmocka_unit_test(test_leaving_while_others_count),
                                        cmocka_unit_test(test_bound_and_last_octet) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
