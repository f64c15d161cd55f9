#include <stdlib.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>
#include <sys/random.h>
#include <time.h>

static void *alloc(void *self, size_t n)
{
    test_env *t = self;
    if (atomic_fetch_add(&t->allocs, 1) + 1 == t->fail_at || t->dry)
        return NULL;
    size_t held = atomic_fetch_add(&t->held, n) + n;
    size_t peak = atomic_load(&t->peak);
    while (held > peak && !atomic_compare_exchange_weak(&t->peak, &peak, held))
        ;
    atomic_fetch_add(&t->blocks, 1);
    return malloc(n);
}

static void release(void *self, void *p, size_t n)
{
    test_env *t = self;
    for (size_t i = 0; i < t->n_secrets; i++)
        if (memmem(p, n, t->secrets[i], t->secret_len[i]))
            atomic_fetch_add(&t->leaks, 1);
    atomic_fetch_sub(&t->held, n);
    atomic_fetch_sub(&t->blocks, 1);
    free(p);
}

static troth_status chance(void *self, uint8_t *out, size_t n)
{
    test_env *t = self;
    if (!t->seed)
        return getrandom(out, n, 0) == (ssize_t)n ? TROTH_OK : TROTH_NO_ENTROPY;
    for (size_t i = 0; i < n; i++) { /* xorshift64* */
        t->seed ^= t->seed >> 12;
        t->seed ^= t->seed << 25;
        t->seed ^= t->seed >> 27;
        out[i] = (uint8_t)(t->seed * 0x2545f4914f6cdd1dull >> 56);
    }
    return TROTH_OK;
}

static uint64_t wall(void *self)
{
    test_env *t = self;
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return t->wall ? t->wall : (uint64_t)ts.tv_sec * 10000000u + (uint64_t)ts.tv_nsec / 100u;
}

void test_env_init(test_env *t)
{
    memset(t, 0, sizeof *t);
    t->env = (troth_env){ alloc, release, chance, wall, NULL, t };
}

void test_env_secret(test_env *t, const void *p, size_t n)
{
    assert_true(t->n_secrets < 8);
    t->secrets[t->n_secrets] = p;
    t->secret_len[t->n_secrets++] = n;
}

void test_env_check(test_env *t)
{
    assert_int_equal(atomic_load(&t->leaks), 0);
    assert_int_equal(atomic_load(&t->blocks), 0);
    assert_int_equal(atomic_load(&t->held), 0);
}
