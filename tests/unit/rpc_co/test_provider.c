/* The security providers and what a level asks of them, by the tables of the text. */
#include <rpc_co/provider.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <support/test.h>

static void test_table(void **state)
{
    static const struct {
        uint8_t auth_type;
        const char *mech;
        bool odd_legs;
    } want[] = { { 9, "spnego", false }, { 10, "ntlm", true }, { 16, "kerberos", false }, { 68, NULL, true } };
    unsigned known = 0;
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        const troth_co_provider *p = troth_co_provider_of((uint8_t)type);
        if (!p)
            continue;
        assert_int_equal(type, want[known].auth_type);
        assert_int_equal(p->odd_legs, want[known].odd_legs);
        if (want[known].mech)
            assert_string_equal(p->mech, want[known].mech);
        else
            assert_null(p->mech);
        assert_int_equal(p->ask, type == 9 || type == 16 ? TROTH_F_MUTUAL | TROTH_F_DCE_STYLE : 0);
        known++;
    }
    assert_int_equal(known, 4);
}

static void test_levels(void **state)
{
    (void)state;
    assert_int_equal(troth_co_level_raise(TROTH_RPC_LEVEL_CALL), TROTH_RPC_LEVEL_PKT);
    assert_int_equal(troth_co_level_raise(TROTH_RPC_LEVEL_DEFAULT), TROTH_RPC_LEVEL_CONNECT);
    for (uint8_t level = 1; level < 7; level++)
        if (level != TROTH_RPC_LEVEL_CALL)
            assert_int_equal(troth_co_level_raise(level), level);
    troth_flags pkt = TROTH_F_REPLAY | TROTH_F_INTEGRITY, integrity = pkt | TROTH_F_SEQUENCE;
    assert_int_equal(troth_co_level_needs(TROTH_RPC_LEVEL_NONE), 0);
    assert_int_equal(troth_co_level_needs(TROTH_RPC_LEVEL_CONNECT), 0);
    assert_int_equal(troth_co_level_needs(TROTH_RPC_LEVEL_PKT), pkt);
    assert_int_equal(troth_co_level_needs(TROTH_RPC_LEVEL_INTEGRITY), integrity);
    assert_int_equal(troth_co_level_needs(TROTH_RPC_LEVEL_PRIVACY), integrity | TROTH_F_CONFIDENTIALITY);
}

static void test_levels_told(void **state)
{
    (void)state;
    assert_int_equal(troth_co_level_told(TROTH_RPC_LEVEL_CONNECT), TROTH_LEVEL_NONE);
    assert_int_equal(troth_co_level_told(TROTH_RPC_LEVEL_PKT), TROTH_LEVEL_SIGN);
    assert_int_equal(troth_co_level_told(TROTH_RPC_LEVEL_INTEGRITY), TROTH_LEVEL_SIGN);
    assert_int_equal(troth_co_level_told(TROTH_RPC_LEVEL_PRIVACY), TROTH_LEVEL_ENCRYPT);
}

static void test_sources(void **state)
{
    test_env t;
    fake_mech f;
    (void)state;
    test_env_init(&t);
    fake_mech_init(&f, TROTH_MECH_NTLM);
    troth_cred *cred = fake_cred(&f, &t.env, TROTH_USE_ACCEPT, NULL);
    assert_true(troth_co_provider_has(troth_co_provider_of(10), cred));
    assert_false(troth_co_provider_has(troth_co_provider_of(9), cred)); /* a table without a negotiation */
    assert_false(troth_co_provider_has(troth_co_provider_of(16), cred));
    assert_false(troth_co_provider_has(troth_co_provider_of(68), cred));
    assert_false(troth_co_provider_has(troth_co_provider_of(10), NULL));
    troth_cred_unref(cred);
    test_env_check(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_table), cmocka_unit_test(test_levels),
                                        cmocka_unit_test(test_levels_told), cmocka_unit_test(test_sources) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
