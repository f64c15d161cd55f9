/* The table of handles: cases 11, 12 and 29 of spec/sspi 2. */
#include <pthread.h>
#include <sspi/handle.h>
#include <stdlib.h>
#include <support/env.h>
#include <support/test.h>

typedef struct thing {
    troth_sspi_object head;
    atomic_int *gone;
} thing;

static void destroy(troth_sspi_object *o)
{
    atomic_fetch_add(((thing *)o)->gone, 1);
    free(o);
}

static SecHandle put(troth_sspi_handles *h, troth_sspi_kind kind, atomic_int *gone)
{
    SecHandle handle;
    thing *t = malloc(sizeof *t);
    assert_non_null(t);
    t->gone = gone;
    troth_sspi_object_init(&t->head, destroy);
    assert_int_equal(troth_sspi_handle_new(h, kind, &t->head, &handle), TROTH_OK);
    return handle;
}

static void lives_and_dies(void **state)
{
    (void)state;
    test_env t;
    troth_sspi_handles h;
    troth_sspi_object *o;
    atomic_int gone = 0;
    test_env_init(&t);
    assert_int_equal(troth_sspi_handles_init(&h, &t.env, 1000), TROTH_OK);
    SecHandle a = put(&h, TROTH_SSPI_CONTEXT, &gone), copy = a;
    assert_int_equal(troth_sspi_handle_find(&h, TROTH_SSPI_CONTEXT, &a, &o), TROTH_SSPI_LIVE);
    assert_int_equal(troth_sspi_handle_find(&h, TROTH_SSPI_CRED, &a, &o), TROTH_SSPI_FOREIGN);
    assert_int_equal(troth_sspi_handle_delete(&h, TROTH_SSPI_CRED, &a), TROTH_SSPI_FOREIGN);
    assert_int_equal(troth_sspi_handle_delete(&h, TROTH_SSPI_CONTEXT, &a), TROTH_SSPI_LIVE);
    assert_int_equal(gone, 0); /* we still hold it */
    assert_int_equal(troth_sspi_handle_find(&h, TROTH_SSPI_CONTEXT, &copy, &o), TROTH_SSPI_STALE);
    troth_sspi_object_release(o);
    assert_int_equal(gone, 1);
    assert_int_equal(troth_sspi_handle_delete(&h, TROTH_SSPI_CONTEXT, &a), TROTH_SSPI_STALE);
    /* the slot is used again: the old handle does not lead to its new owner */
    SecHandle b = put(&h, TROTH_SSPI_CONTEXT, &gone);
    assert_int_equal(troth_sspi_handle_find(&h, TROTH_SSPI_CONTEXT, &copy, &o), TROTH_SSPI_STALE);
    assert_int_equal(troth_sspi_handle_delete(&h, TROTH_SSPI_CONTEXT, &copy), TROTH_SSPI_STALE);
    assert_int_equal(troth_sspi_handle_find(&h, TROTH_SSPI_CONTEXT, &b, &o), TROTH_SSPI_LIVE);
    troth_sspi_object_release(o);
    troth_sspi_handles_clear(&h);
    assert_int_equal(gone, 2);
    test_env_check(&t);
}

static void forged(void **state)
{
    (void)state;
    troth_sspi_handles h, other;
    troth_sspi_object *o;
    atomic_int gone = 0;
    assert_int_equal(troth_sspi_handles_init(&h, troth_env_posix(), 1000), TROTH_OK);
    assert_int_equal(troth_sspi_handles_init(&other, troth_env_posix(), 1000), TROTH_OK);
    SecHandle a = put(&h, TROTH_SSPI_CONTEXT, &gone), b = put(&other, TROTH_SSPI_CONTEXT, &gone);
    const SecHandle nonsense[] = { { 0, 0 }, { (ULONG_PTR)-1, (ULONG_PTR)-1 }, { 1, 2 }, { a.dwUpper, a.dwLower }, b };
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        assert_int_equal(troth_sspi_handle_find(&h, TROTH_SSPI_CONTEXT, &nonsense[i], &o), TROTH_SSPI_FOREIGN);
    assert_int_equal(troth_sspi_handle_find(&h, TROTH_SSPI_CONTEXT, NULL, &o), TROTH_SSPI_FOREIGN);
    for (int bit = 0; bit < 128; bit++) {
        SecHandle f = a;
        *(bit < 64 ? &f.dwLower : &f.dwUpper) ^= (ULONG_PTR)1 << (bit % 64);
        assert_int_equal(troth_sspi_handle_find(&h, TROTH_SSPI_CONTEXT, &f, &o), TROTH_SSPI_FOREIGN);
        assert_int_equal(troth_sspi_handle_delete(&h, TROTH_SSPI_CONTEXT, &f), TROTH_SSPI_FOREIGN);
    }
    troth_sspi_handles_clear(&h);
    troth_sspi_handles_clear(&other);
}

static void limits(void **state)
{
    (void)state;
    test_env t;
    troth_sspi_handles h;
    atomic_int gone = 0;
    SecHandle handle = { 7, 7 };
    thing lost;
    test_env_init(&t);
    assert_int_equal(troth_sspi_handles_init(&h, &t.env, 100), TROTH_OK);
    troth_sspi_object_init(&lost.head, destroy);
    t.dry = true;
    assert_int_equal(troth_sspi_handle_new(&h, TROTH_SSPI_CRED, &lost.head, &handle), TROTH_NO_MEMORY);
    t.dry = false;
    for (int i = 0; i < 100; i++)
        (void)put(&h, TROTH_SSPI_CRED, &gone);
    assert_int_equal(troth_sspi_handle_new(&h, TROTH_SSPI_CRED, &lost.head, &handle), TROTH_LIMIT);
    assert_int_equal(handle.dwLower, 7);
    troth_sspi_handles_clear(&h);
    assert_int_equal(gone, 100);
    test_env_check(&t);
}

/* Threads that make, use and delete; and all of them after one handle at once. */
enum { THREADS = 4, ROUNDS = 3000 };
typedef struct crowd {
    troth_sspi_handles h;
    atomic_int gone, won;
    SecHandle shared[ROUNDS];
} crowd;

static void *crowd_member(void *self)
{
    crowd *c = self;
    for (int i = 0; i < ROUNDS; i++) {
        troth_sspi_object *o, *own;
        SecHandle mine = put(&c->h, TROTH_SSPI_CONTEXT, &c->gone);
        assert_int_equal(troth_sspi_handle_find(&c->h, TROTH_SSPI_CONTEXT, &mine, &own), TROTH_SSPI_LIVE);
        if (troth_sspi_handle_find(&c->h, TROTH_SSPI_CRED, &c->shared[i], &o) == TROTH_SSPI_LIVE)
            troth_sspi_object_release(o);
        if (troth_sspi_handle_delete(&c->h, TROTH_SSPI_CRED, &c->shared[i]) == TROTH_SSPI_LIVE)
            atomic_fetch_add(&c->won, 1);
        assert_int_equal(troth_sspi_handle_delete(&c->h, TROTH_SSPI_CONTEXT, &mine), TROTH_SSPI_LIVE);
        troth_sspi_object_release(own);
    }
    return NULL;
}

static void threads(void **state)
{
    (void)state;
    static crowd c;
    pthread_t id[THREADS];
    assert_int_equal(troth_sspi_handles_init(&c.h, troth_env_posix(), 1 << 20), TROTH_OK);
    for (int i = 0; i < ROUNDS; i++)
        c.shared[i] = put(&c.h, TROTH_SSPI_CRED, &c.gone);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&id[i], NULL, crowd_member, &c), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(id[i], NULL);
    assert_int_equal(c.won, ROUNDS); /* each shared handle was deleted by one of them */
    troth_sspi_handles_clear(&c.h);
    assert_int_equal(c.gone, ROUNDS + THREADS * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(lives_and_dies), cmocka_unit_test(forged),
                                        cmocka_unit_test(limits), cmocka_unit_test(threads) };
    return cmocka_run_group_tests_name("sspi/handles", tests, NULL, NULL);
}
