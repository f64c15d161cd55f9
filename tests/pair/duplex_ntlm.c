/* NTLM is free of locks: one thread seals while another one opens, on one context. */
#include <support/duplex.h>
#include <support/pair.h>
#include <support/real.h>
#include <support/test.h>

static void exchange(real_mech mech, troth_flags require, troth_form form)
{
    real r;
    troth_context *i = NULL, *a = NULL;
    real_init(&r, mech, REAL_NNS, TROTH_LEVEL_ENCRYPT);
    assert_int_equal(real_acquire(&r, REAL_CLIENT, NULL), TROTH_OK);
    assert_int_equal(real_acquire(&r, REAL_SERVER, NULL), TROTH_OK);
    troth_context_options o = { .env = &r.side[0].env.env, .mech = r.options[0].mech, .require = require };
    o.role = TROTH_INITIATOR;
    o.target = "svc/host";
    assert_int_equal(troth_context_new(r.side[REAL_CLIENT].cred, &o, &i), TROTH_OK);
    o.role = TROTH_ACCEPTOR;
    o.target = NULL;
    assert_int_equal(troth_context_new(r.side[REAL_SERVER].cred, &o, &a), TROTH_OK);
    assert_int_equal(pair_shake(o.env, &i, &a, NULL), TROTH_OK);
    duplex_messages(i, a, form);
    troth_context_free(i);
    troth_context_free(a);
    real_end(&r);
}

static void test_sealed(void **state)
{
    (void)state;
    exchange(REAL_NTLM, TROTH_F_CONFIDENTIALITY | TROTH_F_SEQUENCE, TROTH_FORM_SEAL);
}

static void test_signed(void **state)
{
    (void)state;
    exchange(REAL_NTLM, TROTH_F_INTEGRITY | TROTH_F_SEQUENCE, TROTH_FORM_WRAP);
}

static void test_inside_spnego(void **state)
{
    (void)state;
    exchange(REAL_SPNEGO_NTLM, TROTH_F_CONFIDENTIALITY | TROTH_F_SEQUENCE, TROTH_FORM_SEAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_sealed), cmocka_unit_test(test_signed),
                                        cmocka_unit_test(test_inside_spnego) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
