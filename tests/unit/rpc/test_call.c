#include "fake_call.h"
#include <rpc/builtin.h>
#include <stdalign.h>
#include <stddef.h>
#include <support/env.h>
#include <support/test.h>

typedef struct bench {
    test_env t;
    troth_rpc_server *server;
    unsigned ran;
    void *self;
} bench;

static void handle(void *self, troth_rpc_call *c)
{
    bench *b = self;
    b->ran++;
    assert_ptr_equal(troth_rpc_call_server(c), b->server);
    assert_int_equal(troth_rpc_call_request(c)->transfer, TROTH_RPC_NDR);
    troth_rpc_call_reply(c, (troth_bytes){ (const uint8_t *)"ok", 2 });
}

static const troth_rpc_handler two[] = { handle, NULL };

static void open_bench(bench *b)
{
    *b = (bench){ .ran = 0 };
    test_env_init(&b->t);
    assert_int_equal(troth_rpc_server_new(&b->t.env, 0, &b->server), TROTH_OK);
}

static void close_bench(bench *b)
{
    troth_rpc_server_free(b->server);
    test_env_check(&b->t);
}

static fake_call call_of(bench *b, const troth_rpc_interface *i, uint16_t opnum, troth_rpc_level level)
{
    fake_call f = fake_call_of(b->server, NULL, level > TROTH_RPC_LEVEL_NONE ? "alice@REALM" : NULL);
    f.call.interface = i;
    f.call.request.opnum = opnum;
    f.call.caller.level = level;
    return f;
}

static void test_dispatch(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_interface i = { .name = "i", .transfer = TROTH_RPC_NDR, .ops = two, .n_ops = 2, .self = &b };
    fake_call f = call_of(&b, &i, 0, TROTH_RPC_LEVEL_NONE);
    assert_true(troth_rpc_call_dispatch(&f.call, TROTH_RPC_LEVEL_NONE));
    assert_int_equal(b.ran, 1);
    assert_int_equal(f.answers, 1);
    assert_int_equal(f.fault, 0);
    assert_int_equal(f.len, 2);
    const uint16_t beyond[] = { 1, 2, 3, 0xffff }; /* no handler; past the end */
    for (size_t k = 0; k < 4; k++) {
        f = call_of(&b, &i, beyond[k], TROTH_RPC_LEVEL_PRIVACY);
        assert_true(troth_rpc_call_dispatch(&f.call, TROTH_RPC_LEVEL_NONE));
        assert_int_equal(f.answers, 1);
        assert_int_equal(f.fault, TROTH_NCA_S_OP_RNG_ERROR);
        assert_true(f.not_executed);
    }
    assert_int_equal(b.ran, 1);
    assert_int_equal(troth_rpc_server_count(b.server).calls_in, 5);
    close_bench(&b);
}

/* Every level against every demand, of the interface and of the listener. */
static void test_levels(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    for (unsigned level = 1; level <= 6; level++) {
        for (unsigned own = 0; own <= 6; own++) {
            for (unsigned listener = 0; listener <= 6; listener++) {
                troth_rpc_interface i = { .transfer = TROTH_RPC_NDR, .ops = two, .n_ops = 2, .self = &b };
                i.min_level = (troth_rpc_level)own;
                fake_call f = call_of(&b, &i, 0, (troth_rpc_level)level);
                bool good = level >= own && level >= listener;
                b.ran = 0;
                assert_true(troth_rpc_call_dispatch(&f.call, (troth_rpc_level)listener));
                assert_int_equal(b.ran, good);
                assert_int_equal(f.answers, 1);
                assert_int_equal(f.fault, good ? 0 : TROTH_RPC_S_ACCESS_DENIED);
                assert_int_equal(f.not_executed, !good);
            }
        }
    }
    close_bench(&b);
}

/* The level is judged before the opnum: who may not call is not told what there is. */
static void test_level_before_opnum(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_interface i = { .transfer = TROTH_RPC_NDR, .ops = two, .n_ops = 2, .min_level = TROTH_RPC_LEVEL_PKT };
    fake_call f = call_of(&b, &i, 9, TROTH_RPC_LEVEL_CONNECT);
    assert_true(troth_rpc_call_dispatch(&f.call, TROTH_RPC_LEVEL_NONE));
    assert_int_equal(f.fault, TROTH_RPC_S_ACCESS_DENIED);
    close_bench(&b);
}

/* Without handlers the call is the owner's, whatever its opnum; but not below the level. */
static void test_owners(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_interface i = { .transfer = TROTH_RPC_NDR, .min_level = TROTH_RPC_LEVEL_CONNECT };
    fake_call f = call_of(&b, &i, 0xffff, TROTH_RPC_LEVEL_CONNECT);
    assert_false(troth_rpc_call_dispatch(&f.call, TROTH_RPC_LEVEL_NONE));
    assert_int_equal(f.answers, 0);
    f = call_of(&b, &i, 0, TROTH_RPC_LEVEL_NONE);
    assert_true(troth_rpc_call_dispatch(&f.call, TROTH_RPC_LEVEL_NONE));
    assert_int_equal(f.fault, TROTH_RPC_S_ACCESS_DENIED);
    close_bench(&b);
}

/* The endpoint mapper and mgmt can be asked below the listener's level; the others cannot. */
static void test_exempt(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    const troth_rpc_interface *open[] = { &troth_rpc_epm, &troth_rpc_mgmt },
                              *shut[] = { &troth_rpc_whoami, &troth_rpc_echo };
    for (size_t k = 0; k < 2; k++) {
        fake_call f = call_of(&b, open[k], 0xffff, TROTH_RPC_LEVEL_NONE);
        assert_true(troth_rpc_call_dispatch(&f.call, TROTH_RPC_LEVEL_PRIVACY));
        assert_int_equal(f.fault, TROTH_NCA_S_OP_RNG_ERROR);
        f = call_of(&b, shut[k], 0xffff, TROTH_RPC_LEVEL_INTEGRITY);
        assert_true(troth_rpc_call_dispatch(&f.call, TROTH_RPC_LEVEL_PRIVACY));
        assert_int_equal(f.fault, TROTH_RPC_S_ACCESS_DENIED);
    }
    close_bench(&b);
}

static void test_answers(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_interface i = { .transfer = TROTH_RPC_NDR };
    fake_call f = call_of(&b, &i, 0, TROTH_RPC_LEVEL_NONE);
    assert_false(troth_rpc_call_cancelled(&f.call));
    f.call.cancelled = true;
    assert_true(troth_rpc_call_cancelled(&f.call));
    assert_ptr_equal(troth_rpc_call_caller(&f.call), &f.call.caller);
    troth_rpc_call_after(&f.call, 50, handle, &b);
    assert_int_equal(f.ms, 50);
    assert_true(f.later == handle && f.later_self == &b);
    troth_rpc_call_fault(&f.call, 0x12345678);
    assert_int_equal(f.fault, 0x12345678);
    assert_false(f.not_executed);
    troth_rpc_call_fault(&f.call, 0); /* a fault is never a response */
    assert_int_equal(f.fault, TROTH_NCA_S_FAULT_UNSPEC);
    close_bench(&b);
}

static void test_memory(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_interface i = { .transfer = TROTH_RPC_NDR };
    fake_call f = call_of(&b, &i, 0, TROTH_RPC_LEVEL_NONE);
    uint8_t *p[4];
    for (size_t k = 0; k < 4; k++) {
        p[k] = troth_rpc_call_memory(&f.call, 100 * k);
        assert_non_null(p[k]);
        assert_int_equal((uintptr_t)p[k] % alignof(max_align_t), 0);
        for (size_t o = 0; o < 100 * k; o++)
            assert_int_equal(p[k][o], 0);
        memset(p[k], 0xa5, 100 * k);
    }
    assert_null(troth_rpc_call_memory(&f.call, SIZE_MAX));
    assert_null(troth_rpc_call_memory(&f.call, SIZE_MAX - 8));
    b.t.fail_at = atomic_load(&b.t.allocs) + 1;
    assert_null(troth_rpc_call_memory(&f.call, 1));
    test_env_secret(&b.t, "\xa5\xa5\xa5\xa5\xa5\xa5\xa5\xa5", 8); /* what a handler put there is wiped */
    troth_rpc_call_fault(&f.call, 5);
    assert_null(f.call.blocks);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dispatch), cmocka_unit_test(test_levels), cmocka_unit_test(test_level_before_opnum),
        cmocka_unit_test(test_owners),   cmocka_unit_test(test_exempt), cmocka_unit_test(test_answers),
        cmocka_unit_test(test_memory)
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
