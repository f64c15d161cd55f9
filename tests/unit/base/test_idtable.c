#include <base/idtable.h>
#include <base/siphash.h>
#include <stdlib.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>

static troth_bytes octets(const char *s)
{
    return (troth_bytes){ (const uint8_t *)s, strlen(s) };
}

static void add_find_remove(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_idtable table;
    int a, b, c;
    assert_int_equal(troth_idtable_init(&table, &t.env, 10), TROTH_OK);
    assert_int_equal(atomic_load(&t.allocs), 0);
    assert_null(troth_idtable_find(&table, octets("a")));
    assert_null(troth_idtable_remove(&table, octets("a")));
    char id[] = "a";
    assert_int_equal(troth_idtable_add(&table, octets(id), &a), TROTH_OK);
    id[0] = 'x'; /* the table has its own copy */
    assert_int_equal(troth_idtable_add(&table, octets("ab"), &b), TROTH_OK);
    assert_int_equal(troth_idtable_add(&table, (troth_bytes){ NULL, 0 }, &c), TROTH_OK);
    assert_ptr_equal(troth_idtable_find(&table, octets("a")), &a);
    assert_ptr_equal(troth_idtable_find(&table, octets("ab")), &b);
    assert_ptr_equal(troth_idtable_find(&table, octets("")), &c);
    assert_null(troth_idtable_find(&table, octets("b")));
    assert_int_equal(troth_idtable_add(&table, octets("a"), &c), TROTH_INVALID);
    assert_int_equal(troth_idtable_add(&table, octets("n"), NULL), TROTH_INVALID);
    assert_ptr_equal(troth_idtable_find(&table, octets("a")), &a);
    assert_int_equal(troth_idtable_len(&table), 3);
    assert_ptr_equal(troth_idtable_remove(&table, octets("a")), &a);
    assert_null(troth_idtable_remove(&table, octets("a")));
    assert_int_equal(troth_idtable_len(&table), 2);
    static uint8_t longest[65536];
    assert_int_equal(troth_idtable_add(&table, (troth_bytes){ longest, 65536 }, &a), TROTH_INVALID);
    assert_int_equal(troth_idtable_add(&table, (troth_bytes){ longest, 65535 }, &a), TROTH_OK);
    assert_ptr_equal(troth_idtable_find(&table, (troth_bytes){ longest, 65535 }), &a);
    assert_null(troth_idtable_find(&table, (troth_bytes){ longest, 65536 }));
    troth_idtable_clear(&table);
    assert_int_equal(troth_idtable_len(&table), 0);
    assert_int_equal(troth_idtable_add_number(&table, 7, &a), TROTH_OK); /* usable again */
    troth_idtable_clear(&table);
    test_env_check(&t);
    table = (troth_idtable){ 0 };
    troth_idtable_clear(&table);
}

static void capped(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_idtable table;
    int v;
    assert_int_equal(troth_idtable_init(&table, &t.env, 1000), TROTH_OK);
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(troth_idtable_add_number(&table, i << 32, &v), TROTH_OK);
    size_t allocs = atomic_load(&t.allocs);
    assert_int_equal(troth_idtable_add_number(&table, 1, &v), TROTH_LIMIT);
    assert_int_equal(atomic_load(&t.allocs), allocs); /* a flood costs nothing */
    assert_int_equal(troth_idtable_add_number(&table, 0, &v), TROTH_INVALID);
    assert_ptr_equal(troth_idtable_remove_number(&table, 0), &v);
    assert_int_equal(troth_idtable_add_number(&table, 1, &v), TROTH_OK);
    assert_ptr_equal(troth_idtable_find_number(&table, 1), &v);
    assert_null(troth_idtable_find_number(&table, 0));
    assert_ptr_equal(troth_idtable_find_number(&table, 999ull << 32), &v);
    troth_idtable_clear(&table);
    test_env_check(&t);
}

typedef struct walk {
    troth_idtable *table;
    unsigned n, stop_at;
    uint64_t last;
} walk;

static bool odd_ones_go(void *self, troth_bytes id, void *value)
{
    walk *w = self;
    uint64_t number;
    assert_int_equal(id.len, sizeof number);
    memcpy(&number, id.data, sizeof number);
    assert_true(!w->n || number > w->last); /* in the order in which they came */
    w->last = number;
    assert_non_null(value);
    if (number & 1)
        assert_non_null(troth_idtable_remove_number(w->table, number));
    return ++w->n != w->stop_at;
}

static void walked(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_idtable table;
    int v;
    assert_int_equal(troth_idtable_init(&table, &t.env, 100), TROTH_OK);
    walk w = { .table = &table };
    troth_idtable_each(&table, odd_ones_go, &w);
    assert_int_equal(w.n, 0);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(troth_idtable_add_number(&table, i, &v), TROTH_OK);
    w.stop_at = 10;
    troth_idtable_each(&table, odd_ones_go, &w);
    assert_int_equal(w.n, 10);
    assert_int_equal(troth_idtable_len(&table), 95);
    w = (walk){ .table = &table };
    troth_idtable_each(&table, odd_ones_go, &w);
    assert_int_equal(w.n, 95);
    assert_int_equal(troth_idtable_len(&table), 50);
    for (uint64_t i = 0; i < 100; i++)
        assert_true((troth_idtable_find_number(&table, i) != NULL) == !(i & 1));
    troth_idtable_clear(&table);
    test_env_check(&t);
}

static troth_status zeros(void *self, uint8_t *out, size_t n)
{
    (void)self;
    memset(out, 0, n);
    return TROTH_OK;
}

typedef struct hashed {
    uint32_t h;
    uint64_t id;
} hashed;

static int by_hash(const void *a, const void *b)
{
    const hashed *x = a, *y = b;
    return x->h < y->h ? -1 : x->h > y->h;
}

/* Two ids with the same 32 bits of hash, which a known key lets us look for, are still two ids. */
static void collisions(void **state)
{
    (void)state;
    enum { N = 300000 };
    static const uint8_t key[16];
    static hashed all[N];
    for (uint64_t i = 0; i < N; i++) {
        uint64_t h = troth_siphash(key, &i, sizeof i);
        all[i] = (hashed){ (uint32_t)(h ^ h >> 32), i };
    }
    qsort(all, N, sizeof *all, by_hash);
    test_env t;
    test_env_init(&t);
    t.env.random = zeros;
    unsigned found = 0;
    for (size_t i = 1; i < N; i++) {
        if (all[i].h != all[i - 1].h)
            continue;
        troth_idtable table;
        int a, b;
        assert_int_equal(troth_idtable_init(&table, &t.env, 2), TROTH_OK);
        assert_int_equal(troth_idtable_add_number(&table, all[i].id, &a), TROTH_OK);
        assert_null(troth_idtable_find_number(&table, all[i - 1].id));
        assert_int_equal(troth_idtable_add_number(&table, all[i - 1].id, &b), TROTH_OK);
        assert_ptr_equal(troth_idtable_find_number(&table, all[i].id), &a);
        assert_ptr_equal(troth_idtable_find_number(&table, all[i - 1].id), &b);
        assert_ptr_equal(troth_idtable_remove_number(&table, all[i].id), &a);
        assert_ptr_equal(troth_idtable_find_number(&table, all[i - 1].id), &b);
        troth_idtable_clear(&table);
        found++;
    }
    assert_true(found > 0);
    test_env_check(&t);
}

static void keyed(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    troth_idtable a, b;
    assert_int_equal(troth_idtable_init(&a, &t.env, 1), TROTH_OK);
    assert_int_equal(troth_idtable_init(&b, &t.env, 1), TROTH_OK);
    assert_memory_not_equal(a.key, b.key, sizeof a.key);
}

static troth_status no_random(void *self, uint8_t *out, size_t n)
{
    (void)self, (void)out, (void)n;
    return TROTH_NO_ENTROPY;
}

static void no_entropy(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    t.env.random = no_random;
    troth_idtable table;
    assert_int_equal(troth_idtable_init(&table, &t.env, 1), TROTH_NO_ENTROPY);
}

/* Each allocation fails once: the entry, the first buckets, and the buckets' doubling. */
static void no_memory(void **state)
{
    (void)state;
    enum { N = 600 };
    static int values[N];
    for (size_t n = 1;; n++) {
        test_env t;
        test_env_init(&t);
        t.fail_at = n;
        troth_idtable table;
        assert_int_equal(troth_idtable_init(&table, &t.env, N), TROTH_OK);
        unsigned failed = 0;
        for (uint64_t i = 0; i < N; i++) {
            troth_status st = troth_idtable_add_number(&table, i, &values[i]);
            if (!st)
                continue;
            assert_int_equal(st, TROTH_NO_MEMORY);
            assert_int_equal(troth_idtable_len(&table), i);
            assert_null(troth_idtable_find_number(&table, i));
            for (uint64_t k = 0; k < i; k++)
                assert_ptr_equal(troth_idtable_find_number(&table, k), &values[k]);
            failed++;
            assert_int_equal(troth_idtable_add_number(&table, i, &values[i]), TROTH_OK); /* once there is some again */
        }
        assert_int_equal(troth_idtable_len(&table), N);
        for (uint64_t k = 0; k < N; k++)
            assert_ptr_equal(troth_idtable_find_number(&table, k), &values[k]);
        troth_idtable_clear(&table);
        test_env_check(&t);
        if (!failed) {
            assert_true(n > N + 3); /* more allocations than entries: buckets failed, too */
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add_find_remove), cmocka_unit_test(capped), cmocka_unit_test(walked),
        cmocka_unit_test(collisions),      cmocka_unit_test(keyed),  cmocka_unit_test(no_entropy),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
