#include <string.h>
#include <support/rpc_fake.h>
#include <support/test.h>

static const troth_rpc_interface other = {
    .name = "other",
    .syntax = { { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } }, 1, 2 },
    .transfer = TROTH_RPC_NDR,
};
static const troth_rpc_interface hidden = {
    .name = "hidden",
    .syntax = { { { 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } }, 1, 0 },
    .transfer = TROTH_RPC_NDR,
    .hidden = true,
};

static void prepare(rpc_bench *b) /* a call counts itself as it comes in */
{
    b->server->count = (troth_rpc_counters){ .calls_in = 0, .calls_out = 2, .pdus_in = 3, .pdus_out = 4 };
}

static void open_bench(rpc_bench *b)
{
    memset(b, 0, sizeof *b);
    test_env_init(&b->t);
    assert_int_equal(troth_rpc_server_new(&b->t.env, TROTH_RPC_MGMT | TROTH_RPC_EPM, &b->server), TROTH_OK);
    assert_int_equal(troth_rpc_server_register(b->server, &hidden), TROTH_OK);
    assert_int_equal(troth_rpc_server_register(b->server, &other), TROTH_OK);
    b->interface = &troth_rpc_mgmt;
    b->prepare = prepare;
    b->caller.type = TROTH_RPC_AUTH_KERBEROS;
    b->caller.level = TROTH_RPC_LEVEL_CONNECT;
    b->caller.facts.mech = TROTH_MECH_KERBEROS;
    b->caller.facts.self.name = "host/srv.example.com@EXAMPLE.COM";
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
    rpc_fake_vectors(&b, "rpc/mgmt.txt");
    assert_true(b.seen > 30);
    close_bench(&b);
}

/* The status at the end of inq_princ_name's answer. */
static uint32_t princ_name_status(rpc_bench *b, uint8_t authn_proto)
{
    const uint8_t ask[8] = { authn_proto, 0, 0, 0, 100 };
    rpc_fake f = rpc_fake_call(b, TROTH_RPC_NDR, false, 4, ask, sizeof ask);
    assert_int_equal(f.fault, 0);
    assert_true(f.n_reply >= 20);
    const uint8_t *p = f.reply + f.n_reply - 4;
    uint32_t status = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    rpc_fake_clear(&f);
    return status;
}

/* Names are told to those who used them, not to anybody. */
static void test_princ_name(void **state)
{
    (void)state;
    rpc_bench b;
    open_bench(&b);
    b.caller.type = TROTH_RPC_AUTH_SPNEGO;
    assert_int_equal(princ_name_status(&b, 9), 0);
    assert_int_equal(princ_name_status(&b, 16), 0);
    assert_int_equal(princ_name_status(&b, 10), 0x6d3);
    b.caller.facts.self.name = "";
    assert_int_equal(princ_name_status(&b, 16), 0x6d3);
    b.caller.facts.self.name = NULL;
    assert_int_equal(princ_name_status(&b, 16), 0x6d3);
    b.caller = (troth_rpc_caller){ 0 };
    for (unsigned proto = 0; proto < 256; proto++)
        assert_int_equal(princ_name_status(&b, (uint8_t)proto), 0x6d3);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_princ_name) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
