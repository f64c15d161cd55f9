/* Wires by name, hosts in addresses, and which addresses stay on this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cli/connect_rpc.h>
#include <cli/wire.h>
#include <cmocka.h>

static void test_names(void **state)
{
    (void)state;
    assert_false(troth_cli_wire_find("nns")->nettcp);
    assert_true(troth_cli_wire_find("net.tcp")->nettcp);
    assert_true(troth_cli_wire_find("rpc")->rpc);
    assert_false(troth_cli_wire_find("nns")->rpc);
    assert_null(troth_cli_wire_find("NNS"));
    assert_null(troth_cli_wire_find(""));
}

/* Every word of --level as RPC has it. [MS-RPCE 2.2.1.1.8] */
static void test_rpc_levels(void **state)
{
    static const struct {
        const char *word;
        int level;
    } want[] = { { "none", 1 },   { "sign", 5 },      { "encrypt", 6 }, { "connect", 2 },
                 { "packet", 4 }, { "integrity", 5 }, { "privacy", 6 } };
    size_t n = 0;
    (void)state;
    for (const troth_cli_word *w = troth_cli_rpc_levels; w->word; w++, n++) {
        assert_string_equal(w->word, want[n].word);
        assert_int_equal(troth_cli_rpc_level(w->value), want[n].level);
    }
    assert_int_equal(n, sizeof want / sizeof *want);
}

static void test_hex(void **state)
{
    static const uint8_t want[] = { 0x00, 0xff, 0x1a };
    uint8_t out[3];
    size_t n = 9;
    (void)state;
    assert_true(troth_cli_read_hex("00 fF1a", out, sizeof out, &n));
    assert_int_equal(n, 3);
    assert_memory_equal(out, want, 3);
    assert_true(troth_cli_read_hex("", out, sizeof out, &n));
    assert_int_equal(n, 0);
    assert_false(troth_cli_read_hex("0", out, sizeof out, &n));
    assert_false(troth_cli_read_hex("0g", out, sizeof out, &n));
    assert_false(troth_cli_read_hex("0 0", out, sizeof out, &n));
    assert_false(troth_cli_read_hex("00112233", out, sizeof out, &n)); /* longer than there is room */
}

static void test_host_of(void **state)
{
    (void)state;
    char host[TROTH_CLI_HOST_MAX];
    assert_true(troth_cli_host_of("app1.corp.example:808", host));
    assert_string_equal(host, "app1.corp.example");
    assert_true(troth_cli_host_of("[fe80::1]:9000", host));
    assert_string_equal(host, "fe80::1");
    assert_false(troth_cli_host_of("app1", host));
    assert_false(troth_cli_host_of(":80", host));
    assert_false(troth_cli_host_of("fe80::1:9000", host));
    assert_false(troth_cli_host_of("[fe80::1]", host));
    char long_one[400];
    for (size_t i = 0; i < sizeof long_one; i++)
        long_one[i] = 'a';
    long_one[300] = ':';
    long_one[399] = 0;
    assert_false(troth_cli_host_of(long_one, host));
}

static void test_local(void **state)
{
    (void)state;
    static const char *const local[] = { "unix:/run/x", "localhost:1", "127.0.0.1:80", "127.9.9.9:80", "[::1]:80" };
    static const char *const remote[] = { "10.0.0.1:80",    "example.org:80", "[fe80::1]:80",
                                          "128.0.0.1:80",   "0.0.0.0:80",     "localhost.example.org:80",
                                          "127.0.0.1.x:80", "[::]:80",        "1.27.0.0.1:80" };
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        assert_true(troth_cli_is_local(local[i]));
    for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
        assert_false(troth_cli_is_local(remote[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),   cmocka_unit_test(test_rpc_levels), cmocka_unit_test(test_hex),
        cmocka_unit_test(test_host_of), cmocka_unit_test(test_local),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
