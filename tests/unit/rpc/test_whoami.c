#include <string.h>
#include <support/rpc_fake.h>
#include <support/test.h>

static void open_bench(rpc_bench *b)
{
    memset(b, 0, sizeof *b);
    test_env_init(&b->t);
    assert_int_equal(troth_rpc_server_new(&b->t.env, TROTH_RPC_WHOAMI, &b->server), TROTH_OK);
    b->interface = &troth_rpc_whoami;
    b->caller.type = TROTH_RPC_AUTH_NTLM;
    b->caller.level = TROTH_RPC_LEVEL_CONNECT;
    b->caller.facts.mech = TROTH_MECH_NTLM;
    b->caller.facts.peer = (troth_identity){ "TROTH\\alice", "alice", "TROTH" };
}

static void close_bench(rpc_bench *b)
{
    troth_rpc_server_free(b->server);
    test_env_check(&b->t);
}

static void test_vectors(void **state)
{
    (void)state;
    rpc_bench b;
    open_bench(&b);
    rpc_fake_vectors(&b, "rpc/whoami.txt");
    assert_true(b.seen > 20);
    close_bench(&b);
}

/* The two names of an answer in NDR, as octets where the layout has them. */
static void expect(rpc_bench *b, const char *account, const char *authority)
{
    /* no SystemName, no UserName, DomainName asked for */
    static const uint8_t ask[16] = { [8] = 1 };
    rpc_fake f = rpc_fake_call(b, TROTH_RPC_NDR, false, 45, ask, sizeof ask);
    assert_int_equal(f.fault, 0);
    size_t n = strlen(account), m = strlen(authority), at = 24 + 2 * n;
    assert_true(f.n_reply >= at);
    assert_int_equal(f.reply[4] | f.reply[5] << 8, 2 * n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(f.reply[24 + 2 * i], account[i]);
        assert_int_equal(f.reply[25 + 2 * i], 0);
    }
    at = (at + 3) & ~(size_t)3; /* pointer, pointer, lengths, pointer, three counts */
    assert_true(f.n_reply >= at + 28 + 2 * m + 4);
    assert_int_equal(f.reply[at + 8] | f.reply[at + 9] << 8, 2 * m);
    for (size_t i = 0; i < m; i++)
        assert_int_equal(f.reply[at + 28 + 2 * i], authority[i]);
    rpc_fake_clear(&f);
}

/* Who is not known is anonymous, never whoever the facts may still name. */
static void test_anonymous(void **state)
{
    (void)state;
    rpc_bench b;
    open_bench(&b);
    expect(&b, "alice", "TROTH");
    b.caller.facts.attributes = TROTH_F_ANONYMOUS;
    expect(&b, "ANONYMOUS LOGON", "NT AUTHORITY");
    b.caller.facts.attributes = 0;
    b.caller.type = TROTH_RPC_AUTH_NONE;
    expect(&b, "ANONYMOUS LOGON", "NT AUTHORITY");
    b.caller.type = TROTH_RPC_AUTH_NTLM;
    b.caller.facts.peer.account = "";
    expect(&b, "ANONYMOUS LOGON", "NT AUTHORITY");
    b.caller.facts.peer.account = NULL;
    expect(&b, "ANONYMOUS LOGON", "NT AUTHORITY");
    b.caller.facts.peer = (troth_identity){ "bob", "bob", NULL };
    expect(&b, "bob", "");
    close_bench(&b);
}

/* A name that cannot be told is a fault, not another name. */
static void test_untellable(void **state)
{
    (void)state;
    rpc_bench b;
    open_bench(&b);
    static const uint8_t ask[16] = { [8] = 1 };
    static char longest[40001];
    memset(longest, 'a', sizeof longest - 1);
    const char *names[] = { "\xff\xfe", longest };
    for (size_t i = 0; i < 2; i++) {
        b.caller.facts.peer.account = names[i];
        rpc_fake f = rpc_fake_call(&b, TROTH_RPC_NDR, false, 45, ask, sizeof ask);
        assert_true(f.fault != 0);
        rpc_fake_clear(&f);
    }
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_anonymous),
        cmocka_unit_test(test_untellable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
