#include <host/meter.h>
#include <support/env.h>
#include <support/test.h>
#include <uv.h>

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

static void churn(void *arg)
{
    troth_meter *m = arg;
    for (int i = 0; i < 20000; i++) {
        void *p = troth_mem_new(&m->env, 64);
        if (p)
            troth_mem_free(&m->env, p, 64);
    }
}

static void test_leaving_while_others_count(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        troth_budget budget = { .max = 1 << 20 };
        troth_meter m;
        uv_thread_t a, b;
        troth_meter_init(&m, troth_env_posix(), &budget);
        assert_int_equal(uv_thread_create(&a, churn, &m), 0);
        assert_int_equal(uv_thread_create(&b, churn, &m), 0);
        void *p = troth_mem_new(&m.env, 100);
        troth_meter_release_budget(&m);
        troth_mem_free(&m.env, p, 100);
        uv_thread_join(&a);
        uv_thread_join(&b);
        assert_int_equal(atomic_load(&budget.held), 0);
        assert_int_equal(troth_meter_held(&m), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_counts_and_budget),
                                        cmocka_unit_test(test_leaving_while_others_count) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
