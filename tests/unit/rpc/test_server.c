#include <rpc/builtin.h>
#include <string.h>
#include <support/env.h>
#include <support/test.h>

#define SOME  "12345778-1234-abcd-ef00-0123456789ac"
#define OTHER "22345778-1234-abcd-ef00-0123456789ac"

static troth_rpc_syntax syntax_of(const char *text)
{
    troth_rpc_syntax s;
    assert_int_equal(troth_rpc_syntax_parse(text, &s), TROTH_OK);
    return s;
}

static troth_rpc_interface interface_of(const char *name, const char *syntax)
{
    return (troth_rpc_interface){ .name = name, .syntax = syntax_of(syntax), .transfer = TROTH_RPC_NDR };
}

static troth_rpc_server *server_of(test_env *t, unsigned builtin)
{
    troth_rpc_server *s = NULL;
    test_env_init(t);
    assert_int_equal(troth_rpc_server_new(&t->env, builtin, &s), TROTH_OK);
    return s;
}

static const troth_rpc_interface *found(const troth_rpc_server *s, const char *syntax)
{
    troth_rpc_syntax x = syntax_of(syntax);
    return troth_rpc_server_find(s, &x);
}

/* [C706 2.1.1.2]: same uuid and major version, minor version at least the client's. */
static void test_versions(void **state)
{
    (void)state;
    test_env t;
    troth_rpc_server *s = server_of(&t, 0);
    troth_rpc_interface one = interface_of("one", SOME "@1.3"), two = interface_of("two", SOME "@2"),
                        other = interface_of("other", OTHER "@1.3");
    assert_int_equal(troth_rpc_server_interfaces(s), 0);
    assert_null(found(s, SOME "@1.3"));
    assert_int_equal(troth_rpc_server_register(s, &one), TROTH_OK);
    assert_int_equal(troth_rpc_server_register(s, &two), TROTH_OK);
    assert_int_equal(troth_rpc_server_register(s, &other), TROTH_OK);
    assert_int_equal(troth_rpc_server_interfaces(s), 3);
    assert_ptr_equal(found(s, SOME "@1.3"), &one);
    assert_ptr_equal(found(s, SOME "@1.0"), &one);
    assert_null(found(s, SOME "@1.4"));
    assert_ptr_equal(found(s, SOME "@2"), &two);
    assert_null(found(s, SOME "@3"));
    assert_null(found(s, SOME "@0"));
    assert_ptr_equal(found(s, OTHER "@1.1"), &other);
    assert_null(found(s, "32345778-1234-abcd-ef00-0123456789ac@1"));
    assert_ptr_equal(s->interfaces->interface, &one); /* in the order of registration */
    assert_ptr_equal(s->interfaces->next->next->interface, &other);
    troth_rpc_server_free(s);
    troth_rpc_server_free(NULL);
    test_env_check(&t);
}

static void test_refused(void **state)
{
    (void)state;
    test_env t;
    troth_rpc_server *s = server_of(&t, TROTH_RPC_MGMT | TROTH_RPC_EPM | TROTH_RPC_ECHO);
    troth_rpc_interface one = interface_of("one", SOME "@1.3"), again = interface_of("again", SOME "@1.4");
    assert_int_equal(troth_rpc_server_register(s, &one), TROTH_OK);
    assert_int_equal(troth_rpc_server_register(s, &one), TROTH_INVALID);
    assert_int_equal(troth_rpc_server_register(s, &again), TROTH_INVALID);
    again.syntax.major = 2;
    again.transfer = 0;
    assert_int_equal(troth_rpc_server_register(s, &again), TROTH_INVALID);
    again.transfer = TROTH_RPC_NDR | 4;
    assert_int_equal(troth_rpc_server_register(s, &again), TROTH_INVALID);
    const troth_rpc_interface *ours[] = { &troth_rpc_mgmt, &troth_rpc_epm, &troth_rpc_echo };
    for (size_t i = 0; i < 3; i++) { /* ours are not to be replaced */
        again = *ours[i];
        assert_int_equal(troth_rpc_server_register(s, &again), TROTH_INVALID);
        assert_ptr_equal(troth_rpc_server_find(s, &again.syntax), ours[i]);
    }
    assert_int_equal(troth_rpc_server_interfaces(s), 4);
    troth_rpc_server_free(s);
    test_env_check(&t);
}

static void test_builtin(void **state)
{
    (void)state;
    static const char *const all[] = { "afa8bd80-7d8a-11c9-bef4-08002b102989@1",
                                       "e1af8308-5d1f-11c9-91a4-08002b14a0fa@3",
                                       "12345778-1234-abcd-ef00-0123456789ab@0",
                                       "60a15ec5-4de8-11d7-a637-005056a20182@1" };
    for (unsigned set = 0; set < 16; set++) {
        test_env t;
        troth_rpc_server *s = server_of(&t, set);
        for (unsigned i = 0; i < 4; i++) {
            const troth_rpc_interface *x = found(s, all[i]);
            assert_int_equal(x != NULL, set >> i & 1);
            if (x)
                assert_int_equal(x->transfer, TROTH_RPC_NDR | TROTH_RPC_NDR64);
        }
        troth_rpc_server_free(s);
        test_env_check(&t);
    }
}

/* One of your own replaces who-am-I, once; without the built-in one it is an interface as any other. */
static void test_whoami(void **state)
{
    (void)state;
    for (unsigned set = 0; set <= TROTH_RPC_WHOAMI; set += TROTH_RPC_WHOAMI) {
        test_env t;
        troth_rpc_server *s = server_of(&t, set);
        troth_rpc_interface lsa = interface_of("lsarpc", "12345778-1234-abcd-ef00-0123456789ab@0"), again = lsa;
        assert_int_equal(troth_rpc_server_register(s, &lsa), TROTH_OK);
        assert_ptr_equal(troth_rpc_server_find(s, &lsa.syntax), &lsa);
        assert_int_equal(troth_rpc_server_interfaces(s), 1);
        assert_false(s->interfaces->builtin);
        assert_int_equal(troth_rpc_server_register(s, &again), TROTH_INVALID);
        troth_rpc_server_free(s);
        test_env_check(&t);
    }
}

static void test_publish(void **state)
{
    (void)state;
    test_env t;
    troth_rpc_server *s = server_of(&t, 0);
    char name[] = "some";
    troth_rpc_interface one = interface_of(name, SOME "@1.3"), nameless = interface_of(NULL, OTHER "@1");
    troth_uuid object = syntax_of(OTHER).uuid;
    assert_int_equal(troth_rpc_server_publish(s, &one, &object, "192.0.2.255:65535"), TROTH_OK);
    name[0] = 'x'; /* copied */
    assert_int_equal(troth_rpc_server_publish(s, &nameless, NULL, "0.0.0.0:1"), TROTH_OK);
    const troth_rpc_published *p = s->endpoints;
    assert_string_equal(p->annotation, "some");
    assert_true(troth_rpc_syntax_equal(&p->syntax, &one.syntax));
    assert_true(troth_uuid_equal(&p->object, &object));
    assert_memory_equal(p->host, "\xc0\0\2\xff", 4);
    assert_int_equal(p->port, 65535);
    p = p->next;
    assert_string_equal(p->annotation, "");
    assert_memory_equal(p->object.octets, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_memory_equal(p->host, "\0\0\0", 4);
    assert_int_equal(p->port, 1);
    assert_null(p->next);
    assert_int_equal(troth_rpc_server_publish(s, &nameless, NULL, "0.0.0.0:1"), TROTH_OK); /* adds nothing */
    assert_null(p->next);
    assert_int_equal(troth_rpc_server_publish(s, &nameless, NULL, "0.0.0.0:2"), TROTH_OK);
    assert_non_null(p->next);
    troth_rpc_server_free(s);
    test_env_check(&t);
}

static void test_bad_addresses(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "192.0.2.1",
                                       "192.0.2.1:",
                                       "192.0.2.1:0",
                                       "192.0.2.1:65536",
                                       "192.0.2.1:4294967297",
                                       "192.0.2.1:135 ",
                                       "192.0.2.1:135x",
                                       "192.0.2.1:0135",
                                       "192.0.2.256:135",
                                       "192.0.2:135",
                                       "192.0.2.1.1:135",
                                       "192.0..1:135",
                                       "192.0.02.1:135",
                                       "-1.0.2.1:135",
                                       "localhost:135",
                                       "::1:135",
                                       ":135" };
    test_env t;
    troth_rpc_server *s = server_of(&t, 0);
    troth_rpc_interface one = interface_of("one", SOME "@1.3");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (troth_rpc_server_publish(s, &one, NULL, bad[i]) != TROTH_INVALID)
            fail_msg("%s", bad[i]);
    }
    assert_null(s->endpoints);
    troth_rpc_server_free(s);
    test_env_check(&t);
}

static troth_status all_of_it(troth_rpc_server *s, const troth_rpc_interface *i)
{
    troth_status st = troth_rpc_server_register(s, i);
    return st ? st : troth_rpc_server_publish(s, i, NULL, "192.0.2.1:135");
}

static void test_no_memory(void **state)
{
    (void)state;
    troth_rpc_interface one = interface_of("one", SOME "@1.3");
    for (size_t fail_at = 1;; fail_at++) {
        test_env t;
        test_env_init(&t);
        t.fail_at = fail_at;
        troth_rpc_server *s = NULL;
        troth_status st = troth_rpc_server_new(&t.env, TROTH_RPC_MGMT | TROTH_RPC_ECHO, &s);
        assert_int_equal(s == NULL, st != TROTH_OK);
        if (s)
            st = all_of_it(s, &one);
        troth_rpc_server_free(s);
        test_env_check(&t);
        if (!st)
            break;
        assert_int_equal(st, TROTH_NO_MEMORY);
        assert_true(fail_at < 20);
    }
}

static troth_status no_random(void *self, uint8_t *out, size_t n)
{
    (void)self, (void)out, (void)n;
    return TROTH_IO;
}

static void test_no_entropy(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    t.env.random = no_random;
    troth_rpc_server *s = NULL;
    assert_int_equal(troth_rpc_server_new(&t.env, 0, &s), TROTH_NO_ENTROPY);
    assert_null(s);
    test_env_check(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),  cmocka_unit_test(test_refused),    cmocka_unit_test(test_builtin),
        cmocka_unit_test(test_whoami),    cmocka_unit_test(test_publish),    cmocka_unit_test(test_bad_addresses),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_no_entropy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
