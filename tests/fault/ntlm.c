/* Whatever fails under NTLM, raw and inside SPNEGO, on each wire. */
#include <fault/fault.h>
#include <support/test.h>

static void test_raw_nns(void **state)
{
    (void)state;
    fault_row(REAL_NTLM, REAL_NNS);
}

static void test_raw_nettcp(void **state)
{
    (void)state;
    fault_row(REAL_NTLM, REAL_NETTCP);
}

static void test_spnego_nns(void **state)
{
    (void)state;
    fault_row(REAL_SPNEGO_NTLM, REAL_NNS);
}

static void test_spnego_nettcp(void **state)
{
    (void)state;
    fault_row(REAL_SPNEGO_NTLM, REAL_NETTCP);
}

static void test_raw_rpc(void **state)
{
    (void)state;
    fault_row(REAL_NTLM, REAL_RPC);
}

static void test_spnego_rpc(void **state)
{
    (void)state;
    fault_row(REAL_SPNEGO_NTLM, REAL_RPC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raw_nns),       cmocka_unit_test(test_raw_nettcp), cmocka_unit_test(test_spnego_nns),
        cmocka_unit_test(test_spnego_nettcp), cmocka_unit_test(test_raw_rpc),    cmocka_unit_test(test_spnego_rpc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
