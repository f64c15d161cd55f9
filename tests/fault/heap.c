/* What stays in the heap when a conversation is over: no password, no hash of it, no session key of either side. */
#include <stdio.h>
#include <support/heap.h>
#include <support/lab.h>
#include <support/real.h>
#include <support/test.h>

static void conversation(real_mech mech, real_wire wire)
{
    real r;
    heap_secret secrets[8];
    size_t n = 0;
    real_init(&r, mech, wire, TROTH_LEVEL_ENCRYPT);
    r.by_password = true;
    real_connect(&r);
    real_establish(&r, 0);
    rig_say(&r.side[REAL_CLIENT].peer, "from the client", 15);
    rig_say(&r.side[REAL_SERVER].peer, "the server's answer", 19);
    rig_wire(&r.side[REAL_CLIENT].peer, &r.side[REAL_SERVER].peer, 0);
    assert_int_equal(r.side[REAL_CLIENT].peer.got_len, 19);
    for (const test_env *t = &r.side[0].env; n < t->n_secrets; n++)
        secrets[n] = heap_hide(n == 0                  ? "the password"
                               : n + 2 >= t->n_secrets ? "a session key"
                                                       : "a form of the password",
                               t->secrets[n], t->secret_len[n]);
    assert_true(heap_count(&secrets[n - 1]) >= 2); /* the search finds what is there */
    real_end(&r);
    for (size_t i = 0; i < n; i++)
        if (heap_count(&secrets[i]))
            fail_msg("%s over %s: %s is in the heap, %zu times", real_mech_name(mech), real_wire_name(wire),
                     secrets[i].name, heap_count(&secrets[i]));
}

static void both_wires(real_mech mech)
{
    conversation(mech, REAL_NNS);
    conversation(mech, REAL_NETTCP);
}

static void test_ntlm(void **state)
{
    (void)state;
    both_wires(REAL_NTLM);
}

static void test_spnego_ntlm(void **state)
{
    (void)state;
    both_wires(REAL_SPNEGO_NTLM);
}

static void test_kerberos(void **state)
{
    (void)state;
    both_wires(REAL_KERBEROS);
}

static void test_spnego_kerberos(void **state)
{
    (void)state;
    both_wires(REAL_SPNEGO_KERBEROS);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_ntlm), cmocka_unit_test(test_spnego_ntlm),
                                        cmocka_unit_test(test_kerberos), cmocka_unit_test(test_spnego_kerberos) };
    if (heap_is_sanitized()) {
        fprintf(stderr, "SKIP heap: a sanitizer's heap is not the one to look through\n");
        return 77;
    }
    int missing = lab_missing("fault/heap");
    return missing ? missing : cmocka_run_group_tests(tests, NULL, NULL);
}
