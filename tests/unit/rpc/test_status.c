#include <base/uuid.h>
#include <string.h>
#include <support/test.h>
#include <troth/rpc.h>

/* The numbers are those of C706 appendix E and MS-ERREF, written out here once more. */
static void test_faults(void **state)
{
    (void)state;
    static const struct {
        uint32_t status;
        const char *name;
    } want[] = { { 0x00000005, "RPC_S_ACCESS_DENIED" }, { 0x000006bd, "RPC_S_NO_CALL_ACTIVE" },
                 { 0x000006f7, "RPC_X_BAD_STUB_DATA" }, { 0x00000721, "RPC_S_SEC_PKG_ERROR" },
                 { 0x1c010002, "nca_s_op_rng_error" },  { 0x1c010003, "nca_s_unk_if" },
                 { 0x1c01000b, "nca_s_proto_error" },   { 0x1c00001a, "nca_s_fault_context_mismatch" },
                 { 0x1c000012, "nca_s_fault_unspec" } };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_string_equal(troth_rpc_fault_name(want[i].status), want[i].name);
    assert_null(troth_rpc_fault_name(0));
    assert_null(troth_rpc_fault_name(0x1c0100ff));
}

static void test_levels(void **state)
{
    (void)state;
    static const char *const names[] = { "none", "connect", "call", "packet", "integrity", "privacy" };
    troth_rpc_level level = TROTH_RPC_LEVEL_DEFAULT;
    for (unsigned i = 0; i < 6; i++) {
        assert_string_equal(troth_rpc_level_name((troth_rpc_level)(i + 1)), names[i]);
        assert_true(troth_rpc_level_parse(names[i], &level));
        assert_int_equal(level, i + 1);
    }
    assert_string_equal(troth_rpc_level_name(TROTH_RPC_LEVEL_DEFAULT), "default");
    assert_string_equal(troth_rpc_level_name((troth_rpc_level)7), "unknown");
    assert_true(troth_rpc_level_parse("sign", &level) && level == TROTH_RPC_LEVEL_INTEGRITY);
    assert_true(troth_rpc_level_parse("encrypt", &level) && level == TROTH_RPC_LEVEL_PRIVACY);
    assert_true(troth_rpc_level_parse("PKT", &level) && level == TROTH_RPC_LEVEL_PKT);
    level = TROTH_RPC_LEVEL_PKT;
    assert_false(troth_rpc_level_parse("", &level));
    assert_false(troth_rpc_level_parse("encrypted", &level));
    assert_int_equal(level, TROTH_RPC_LEVEL_PKT);
}

static void test_auth_types(void **state)
{
    (void)state;
    assert_string_equal(troth_rpc_auth_type_name((troth_rpc_auth_type)9), "spnego");
    assert_string_equal(troth_rpc_auth_type_name((troth_rpc_auth_type)10), "ntlm");
    assert_string_equal(troth_rpc_auth_type_name((troth_rpc_auth_type)16), "kerberos");
    assert_string_equal(troth_rpc_auth_type_name((troth_rpc_auth_type)68), "netlogon");
    assert_string_equal(troth_rpc_auth_type_name((troth_rpc_auth_type)17), "unknown");
}

/* [C706 appendix I; MS-RPCE 2.2.5.1] */
static void test_transfer(void **state)
{
    (void)state;
    troth_rpc_syntax s;
    assert_int_equal(troth_rpc_syntax_parse("8a885d04-1ceb-11c9-9fe8-08002b104860@2", &s), TROTH_OK);
    assert_int_equal(troth_rpc_transfer_of(&s), TROTH_RPC_NDR);
    assert_true(troth_rpc_syntax_equal(&s, troth_rpc_transfer_syntax(TROTH_RPC_NDR)));
    s.major = 1;
    assert_int_equal(troth_rpc_transfer_of(&s), 0);
    assert_int_equal(troth_rpc_syntax_parse("71710533-BEBA-4937-8319-b5dbef9ccc36@1.0", &s), TROTH_OK);
    assert_int_equal(troth_rpc_transfer_of(&s), TROTH_RPC_NDR64);
    assert_true(troth_rpc_syntax_equal(&s, troth_rpc_transfer_syntax(TROTH_RPC_NDR64)));
    s.minor = 1;
    assert_int_equal(troth_rpc_transfer_of(&s), 0);
}

static void test_syntax(void **state)
{
    (void)state;
#define UUID "12345778-1234-abcd-ef00-0123456789ab"
    static const char *const bad[] = {
        "",         "12345778", UUID "@", UUID "@.1", UUID "@1.",     UUID "@1.2.3", UUID "@65536", UUID "@1.65536",
        UUID "@-1", UUID "@ 1", UUID "1", UUID "@1x", UUID "@000001", UUID " @1",    "@1"
    };
    troth_rpc_syntax s = { .major = 7 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(troth_rpc_syntax_parse(bad[i], &s), TROTH_MALFORMED);
        assert_int_equal(s.major, 7);
    }
    assert_int_equal(troth_rpc_syntax_parse(UUID, &s), TROTH_OK);
    assert_int_equal(s.uuid.octets[0], 0x12);
    assert_int_equal(s.major, 0);
    assert_int_equal(s.minor, 0);
    assert_int_equal(troth_rpc_syntax_parse(UUID "@65535.65535", &s), TROTH_OK);
    assert_int_equal(s.major, 65535);
    assert_int_equal(s.minor, 65535);
    assert_int_equal(troth_rpc_syntax_parse(UUID "@3", &s), TROTH_OK);
    assert_int_equal(s.major, 3);
    assert_int_equal(s.minor, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_faults), cmocka_unit_test(test_levels),
                                        cmocka_unit_test(test_auth_types), cmocka_unit_test(test_transfer),
                                        cmocka_unit_test(test_syntax) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
