#include <string.h>
#include <support/rpc_fake.h>
#include <support/test.h>

static void open_bench(rpc_bench *b)
{
    memset(b, 0, sizeof *b);
    test_env_init(&b->t);
    assert_int_equal(troth_rpc_server_new(&b->t.env, TROTH_RPC_ECHO, &b->server), TROTH_OK);
    b->interface = &troth_rpc_echo;
    b->caller.type = TROTH_RPC_AUTH_NONE;
    b->caller.level = TROTH_RPC_LEVEL_NONE;
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
    rpc_fake_vectors(&b, "rpc/echo.txt");
    assert_true(b.seen > 60);
    close_bench(&b);
}

/* Big ones, which no vector holds: as smbtorture asks for. */
static void test_big(void **state)
{
    (void)state;
    rpc_bench b;
    open_bench(&b);
    for (int wide = 0; wide < 2; wide++) {
        unsigned transfer = wide ? TROTH_RPC_NDR64 : TROTH_RPC_NDR;
        size_t head = wide ? 8 : 4;
        uint32_t len = 200001;
        const uint8_t ask[4] = { len & 255, len >> 8 & 255, len >> 16 & 255, 0 };
        rpc_fake f = rpc_fake_call(&b, transfer, false, 3, ask, sizeof ask);
        assert_int_equal(f.fault, 0);
        assert_int_equal(f.n_reply, head + len);
        for (size_t i = 0; i < len; i++)
            assert_int_equal(f.reply[head + i], i & 255);
        rpc_fake_clear(&f);
    }
    close_bench(&b);
}

/* A sleeping call comes back through the transport, after the seconds it asked for, with its own number of them. */
static void test_sleep(void **state)
{
    (void)state;
    rpc_bench b;
    open_bench(&b);
    static const uint8_t three[4] = { 3 };
    rpc_fake f = rpc_fake_call(&b, TROTH_RPC_NDR, false, 6, three, sizeof three);
    assert_int_equal(f.slept, 3000);
    assert_int_equal(f.n_reply, 4);
    assert_memory_equal(f.reply, three, 4);
    rpc_fake_clear(&f);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_big),
        cmocka_unit_test(test_sleep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
