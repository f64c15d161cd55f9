#include <base/lock.h>
#include <support/test.h>

typedef struct shared {
    troth_mutex lock;
    unsigned long counted;
} shared;

static void *count(void *arg)
{
    shared *s = arg;
    for (unsigned i = 0; i < 20000; i++) {
        troth_mutex_lock(&s->lock);
        s->counted++;
        troth_mutex_unlock(&s->lock);
    }
    return NULL;
}

static void excludes(void **state)
{
    (void)state;
    shared s = { 0 };
    pthread_t t[4];
    assert_int_equal(troth_mutex_init(&s.lock), TROTH_OK);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i], NULL, count, &s), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    assert_int_equal(s.counted, 80000);
    troth_mutex_clear(&s.lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(excludes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
