#include <rpc/group.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>

static troth_bytes peer(const char *s)
{
    return (troth_bytes){ (const uint8_t *)s, strlen(s) };
}

static troth_rpc_server *server_of(test_env *t)
{
    troth_rpc_server *s = NULL;
    test_env_init(t);
    assert_int_equal(troth_rpc_server_new(&t->env, 0, &s), TROTH_OK);
    return s;
}

static troth_rpc_group *begin(troth_rpc_server *s)
{
    troth_rpc_group *g = NULL;
    assert_int_equal(troth_rpc_group_join(s, 0, peer("192.0.2.1"), "ncacn_ip_tcp", &g), TROTH_OK);
    assert_int_not_equal(troth_rpc_group_number(g), 0);
    return g;
}

static void refused(troth_rpc_server *s, uint32_t number, const char *from, const char *transport)
{
    troth_rpc_group *g = NULL;
    assert_int_equal(troth_rpc_group_join(s, number, peer(from), transport, &g), TROTH_NOT_ALLOWED);
    assert_null(g);
}

/* [C706 12.6.3.1; MS-RPCE 3.3.3.5.3]: a group ends with its last connection. */
static void test_join(void **state)
{
    (void)state;
    test_env t;
    troth_rpc_server *s = server_of(&t);
    char transport[] = "ncacn_ip_tcp"; /* the word counts, not where it lies */
    troth_rpc_group *a = begin(s), *b = begin(s), *again = NULL;
    uint32_t number = troth_rpc_group_number(a);
    assert_int_not_equal(number, troth_rpc_group_number(b));
    assert_int_equal(troth_rpc_server_count(s).groups, 2);
    assert_int_equal(troth_rpc_group_join(s, number, peer("192.0.2.1"), transport, &again), TROTH_OK);
    assert_ptr_equal(again, a);
    troth_rpc_group_leave(a);
    assert_int_equal(troth_rpc_group_join(s, number, peer("192.0.2.1"), transport, &again), TROTH_OK);
    troth_rpc_group_leave(again);
    troth_rpc_group_leave(again);
    refused(s, number, "192.0.2.1", transport);
    assert_int_equal(troth_rpc_server_count(s).groups, 1);
    troth_rpc_group_leave(b);
    troth_rpc_group_leave(NULL);
    assert_int_equal(troth_rpc_server_count(s).groups, 0);
    troth_rpc_server_free(s);
    test_env_check(&t);
}

/* Hostile input 34: a number that was guessed opens nothing from elsewhere. */
static void test_strangers(void **state)
{
    (void)state;
    test_env t;
    troth_rpc_server *s = server_of(&t);
    troth_rpc_group *g = begin(s);
    uint32_t number = troth_rpc_group_number(g);
    refused(s, number, "192.0.2.2", "ncacn_ip_tcp");
    refused(s, number, "192.0.2.11", "ncacn_ip_tcp");
    refused(s, number, "192.0.2.", "ncacn_ip_tcp");
    refused(s, number, "", "ncacn_ip_tcp");
    refused(s, number, "192.0.2.1", "ncacn_np");
    refused(s, number + 1 ? number + 1 : 1, "192.0.2.1", "ncacn_ip_tcp");
    troth_rpc_group_leave(g);
    troth_rpc_server_free(s);
    test_env_check(&t);
}

/* Connections of unknown address share nothing but that. */
static void test_no_address(void **state)
{
    (void)state;
    test_env t;
    troth_rpc_server *s = server_of(&t);
    troth_rpc_group *g = NULL, *again = NULL;
    troth_bytes none = { NULL, 0 };
    assert_int_equal(troth_rpc_group_join(s, 0, none, "ncacn_ip_tcp", &g), TROTH_OK);
    refused(s, troth_rpc_group_number(g), "192.0.2.1", "ncacn_ip_tcp");
    assert_int_equal(troth_rpc_group_join(s, troth_rpc_group_number(g), none, "ncacn_ip_tcp", &again), TROTH_OK);
    troth_rpc_group_leave(g);
    troth_rpc_group_leave(again);
    troth_rpc_server_free(s);
    test_env_check(&t);
}

/* Randomness that is all zero first, then the same number again and again. */
static troth_status poor(void *self, uint8_t *out, size_t n)
{
    unsigned *calls = self;
    memset(out, n == 4 && (*calls)++ > 2 ? 0x11 : 0, n);
    return TROTH_OK;
}

static void *plain_alloc(void *self, size_t n)
{
    (void)self;
    return troth_env_posix()->alloc(NULL, n);
}

static void plain_release(void *self, void *p, size_t n)
{
    (void)self;
    troth_env_posix()->release(NULL, p, n);
}

static void test_poor_randomness(void **state)
{
    (void)state;
    unsigned calls = 0;
    const troth_env env = { .alloc = plain_alloc, .release = plain_release, .random = poor, .self = &calls };
    troth_rpc_server *s = NULL;
    troth_rpc_group *g = NULL, *none = NULL;
    assert_int_equal(troth_rpc_server_new(&env, 0, &s), TROTH_OK);
    assert_int_equal(troth_rpc_group_join(s, 0, peer("a"), "tcp", &g), TROTH_OK);
    assert_int_equal(troth_rpc_group_number(g), 0x11111111); /* zero was passed over */
    assert_int_equal(troth_rpc_group_join(s, 0, peer("a"), "tcp", &none), TROTH_NO_ENTROPY);
    assert_null(none);
    troth_rpc_group_leave(g);
    troth_rpc_server_free(s);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t k = 1;; k++) {
        test_env t;
        troth_rpc_server *s = server_of(&t);
        troth_rpc_group *g = NULL;
        t.fail_at = atomic_load(&t.allocs) + k;
        troth_status st = troth_rpc_group_join(s, 0, peer("192.0.2.1"), "ncacn_ip_tcp", &g);
        assert_int_equal(st, g ? TROTH_OK : TROTH_NO_MEMORY);
        assert_int_equal(troth_rpc_server_count(s).groups, g != NULL);
        troth_rpc_group_leave(g);
        troth_rpc_server_free(s);
        test_env_check(&t);
        if (!st)
            break;
        assert_true(k < 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_join), cmocka_unit_test(test_strangers),
                                        cmocka_unit_test(test_no_address), cmocka_unit_test(test_poor_randomness),
                                        cmocka_unit_test(test_no_memory) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
