#include <stdio.h>
#include <string.h>
#include <support/rpc_fake.h>
#include <support/test.h>
#include <troth/epm.h>

/* Not registered, only published: of another process. */
static const troth_rpc_interface other = {
    .name = "",
    .syntax = { { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } }, 1, 2 },
};
static const troth_rpc_interface other2 = {
    .name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", /* 70 */
    .syntax = { { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } }, 2, 3 },
};
static const troth_rpc_interface hidden = {
    .name = "hidden",
    .syntax = { { { 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } }, 1, 0 },
    .transfer = TROTH_RPC_NDR,
    .hidden = true,
};
static const troth_uuid object = { { 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25 } };
static const troth_transport transport = { .peer = "127.0.0.1:50000", .local = "127.0.0.1:135" };

static void open_bench(rpc_bench *b)
{
    memset(b, 0, sizeof *b);
    test_env_init(&b->t);
    assert_int_equal(troth_rpc_server_new(&b->t.env, TROTH_RPC_EPM | TROTH_RPC_ECHO, &b->server), TROTH_OK);
    b->interface = &troth_rpc_epm;
    b->caller.type = TROTH_RPC_AUTH_NONE;
    b->caller.level = TROTH_RPC_LEVEL_NONE;
    b->caller.transport = &transport;
    assert_int_equal(troth_rpc_server_register(b->server, &hidden), TROTH_OK);
    assert_int_equal(troth_rpc_server_publish(b->server, &troth_rpc_echo, NULL, "0.0.0.0:5555"), TROTH_OK);
    assert_int_equal(troth_rpc_server_publish(b->server, &hidden, NULL, "0.0.0.0:7"), TROTH_OK);
    assert_int_equal(troth_rpc_server_publish(b->server, &other, NULL, "192.0.2.7:4096"), TROTH_OK);
    assert_int_equal(troth_rpc_server_publish(b->server, &other2, &object, "192.0.2.8:4097"), TROTH_OK);
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
    rpc_fake_vectors(&b, "rpc/epm.txt");
    assert_true(b.seen > 100);
    close_bench(&b);
}

/* ept_lookup of everything, max at a time, from a handle of 20 octets; the handle for the next. Elements, or -1. */
static int lookup(rpc_bench *b, uint32_t max, uint8_t handle[20])
{
    uint8_t ask[40] = { 0 };
    ask[12] = 1;
    memcpy(ask + 16, handle, 20);
    ask[36] = (uint8_t)max;
    ask[37] = (uint8_t)(max >> 8);
    rpc_fake f = rpc_fake_call(b, TROTH_RPC_NDR, false, 2, ask, sizeof ask);
    int n = -1;
    if (!f.fault) {
        assert_true(f.n_reply >= 40);
        memcpy(handle, f.reply, 20);
        n = f.reply[20] | f.reply[21] << 8;
    }
    rpc_fake_clear(&f);
    return n;
}

static bool null_handle(const uint8_t handle[20])
{
    static const uint8_t zero[20];
    return !memcmp(handle, zero, 20);
}

/* Page by page it is the same map, without one octet kept between the calls. */
static void test_continuation(void **state)
{
    (void)state;
    rpc_bench b;
    open_bench(&b);
    size_t held = b.t.held;
    for (uint32_t max = 1; max < 5; max++) {
        uint8_t handle[20] = { 0 };
        int all = 0, calls = 0;
        do {
            int n = lookup(&b, max, handle);
            assert_true(n >= 0 && n <= (int)max);
            all += n;
            assert_int_equal(b.t.held, held);
            assert_true(++calls <= 4);
        } while (!null_handle(handle));
        assert_int_equal(all, 3);
        assert_int_equal(calls, (3 + (int)max - 1) / (int)max);
    }
    close_bench(&b);
}

/* A thousand searches that nobody ends hold nothing; and a handle that is freed is legal, as often as one likes. */
static void test_flood(void **state)
{
    (void)state;
    rpc_bench b;
    open_bench(&b);
    size_t held = b.t.held;
    for (int i = 0; i < 1000; i++) {
        uint8_t handle[20] = { 0 };
        assert_int_equal(lookup(&b, 1, handle), 1);
        assert_false(null_handle(handle));
        assert_int_equal(b.t.held, held);
        rpc_fake f = rpc_fake_call(&b, TROTH_RPC_NDR, false, 4, handle, sizeof handle);
        assert_int_equal(f.fault, 0);
        assert_int_equal(f.n_reply, 24);
        assert_true(null_handle(f.reply));
        rpc_fake_clear(&f);
    }
    close_bench(&b);
}

/* A handle is good in every connection of its association group, and in no other group. */
static void test_group(void **state)
{
    (void)state;
    rpc_bench b;
    open_bench(&b);
    uint8_t handle[20] = { 0 }, same[20];
    b.caller.group = 0x1234;
    assert_int_equal(lookup(&b, 1, handle), 1);
    memcpy(same, handle, sizeof same);
    b.caller.group = 0x1235;
    assert_int_equal(lookup(&b, 1, same), -1);
    rpc_fake f = rpc_fake_call(&b, TROTH_RPC_NDR, false, 4, handle, sizeof handle);
    assert_int_equal(f.fault, TROTH_NCA_S_FAULT_CONTEXT_MISMATCH);
    rpc_fake_clear(&f);
    b.caller.group = 0x1234;
    assert_int_equal(lookup(&b, 1, handle), 1);
    close_bench(&b);
}

/* Every flipped bit of a handle is refused, or a place of the same public map. */
static void test_forged(void **state)
{
    (void)state;
    rpc_bench b;
    open_bench(&b);
    uint8_t good[20] = { 0 };
    assert_int_equal(lookup(&b, 1, good), 1);
    for (size_t bit = 0; bit < 160; bit++) {
        uint8_t forged[20];
        memcpy(forged, good, 20);
        forged[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(lookup(&b, 500, forged) <= 3);
    }
    close_bench(&b);
}

/* The client is sent to the address that it reached us at; other words leave the address open. */
static void test_local_address(void **state)
{
    (void)state;
    static const struct {
        const char *local;
        uint8_t host[4];
    } cases[] = {
        { "192.0.2.1:135", { 192, 0, 2, 1 } },
        { "255.255.255.255:1", { 255, 255, 255, 255 } },
        { "[2001:db8::1]:135", { 0 } },
        { "unix:", { 0 } },
        { "", { 0 } },
        { "192.0.2", { 0 } },
        { "192.0.2.1", { 0 } },
        { "256.0.2.1:1", { 0 } },
        { "1.2.3.4.5:1", { 0 } },
        { "0001.2.3.4:1", { 0 } },
        { NULL, { 0 } },
    };
    rpc_bench b;
    open_bench(&b);
    for (size_t i = 0; i <= sizeof cases / sizeof *cases; i++) {
        bool none = i == sizeof cases / sizeof *cases;
        troth_transport t = { .local = none ? NULL : cases[i].local };
        uint8_t want[4] = { 0 };
        b.caller.transport = none ? NULL : &t;
        if (!none)
            memcpy(want, cases[i].host, 4);
        troth_ndr_out out = troth_ndr_out_new(&b.t.env, TROTH_RPC_NDR, 1024);
        troth_rpc_message m;
        assert_int_equal(troth_rpc_epm_map_request(&troth_rpc_echo.syntax, TROTH_RPC_NDR, &out, &m), TROTH_OK);
        rpc_fake f = rpc_fake_call(&b, TROTH_RPC_NDR, false, m.opnum, m.stub.data, m.stub.len);
        troth_ndr_out_clear(&out);
        /* handle, number, three counts, pointer, maximum count, tower_length; the address ends the tower */
        assert_int_equal(f.n_reply, 48 + 76 + 4);
        assert_memory_equal(f.reply + 48 + 71, want, 4);
        rpc_fake_clear(&f);
    }
    close_bench(&b);
}

/* More entries than one answer may have. */
static void test_many(void **state)
{
    (void)state;
    rpc_bench b;
    open_bench(&b);
    char address[32];
    for (unsigned i = 0; i < 600; i++) {
        snprintf(address, sizeof address, "192.0.2.9:%u", 10000 + i);
        assert_int_equal(troth_rpc_server_publish(b.server, &other, NULL, address), TROTH_OK);
    }
    uint8_t handle[20] = { 0 };
    assert_int_equal(lookup(&b, 501, handle), -1);
    assert_int_equal(lookup(&b, 500, handle), 500);
    assert_int_equal(lookup(&b, 500, handle), 103);
    assert_true(null_handle(handle));
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors), cmocka_unit_test(test_continuation), cmocka_unit_test(test_flood),
        cmocka_unit_test(test_group),   cmocka_unit_test(test_forged),       cmocka_unit_test(test_local_address),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
