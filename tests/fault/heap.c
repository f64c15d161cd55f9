/* What stays in the heap when a conversation is over: no password, no hash of it, no session key of either side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/heap.h>
#include <support/lab.h>
#include <support/rpc_pair.h>
#include <support/test.h>

/* Hide what the first environment knows; how many. */
static size_t hide(const real *r, heap_secret *secrets)
{
    size_t n = 0;
    for (const test_env *t = &r->side[0].env; n < t->n_secrets; n++)
        secrets[n] = heap_hide(n == 0                  ? "the password"
                               : n + 2 >= t->n_secrets ? "a session key"
                                                       : "a form of the password",
                               t->secrets[n], t->secret_len[n]);
    assert_true(heap_count(&secrets[n - 1]) >= 2); /* the search finds what is there */
    return n;
}

static void look_for(const heap_secret *secrets, size_t n, real_mech mech, real_wire wire)
{
    for (size_t i = 0; i < n; i++)
        if (heap_count(&secrets[i]))
            fail_msg("%s over %s: %s is in the heap, %zu times", real_mech_name(mech), real_wire_name(wire),
                     secrets[i].name, heap_count(&secrets[i]));
}

/* Two contexts, calls with fragments both ways, sealed. */
static void rpc_conversation(real_mech mech)
{
    rpc_pair *r = calloc(1, sizeof *r);
    heap_secret secrets[8];
    uint32_t octets = 20000;
    assert_non_null(r);
    rpc_pair_real(r, mech, TROTH_RPC_LEVEL_PRIVACY);
    r->r.by_password = true;
    rpc_pair_connect(r);
    for (uint64_t id = 1; id <= 2; id++) {
        assert_int_equal(rpc_pair_open(r, id), TROTH_OK);
        rpc_pair_run(r, 0);
    }
    real_learn_key(&r->r, REAL_CLIENT);
    real_learn_key(&r->r, REAL_SERVER);
    assert_int_equal(rpc_pair_call(r, 1, 1, PAIR_SOURCE, &octets, sizeof octets), TROTH_OK);
    rpc_pair_run(r, 0);
    assert_int_equal(rpc_pair_call(r, 2, 2, PAIR_ECHO, rpc_pair_reply_of(r, 1)->stub, octets), TROTH_OK);
    rpc_pair_run(r, 0);
    assert_int_equal(rpc_pair_reply_of(r, 2)->n, octets);
    size_t n = hide(&r->r, secrets);
    rpc_pair_end(r);
    troth_wipe(r, sizeof *r); /* the keys that were learned lie in it */
    free(r);
    look_for(secrets, n, mech, REAL_RPC);
}

static void conversation(real_mech mech, real_wire wire)
{
    real r;
    heap_secret secrets[8];
    real_init(&r, mech, wire, TROTH_LEVEL_ENCRYPT);
    r.by_password = true;
    real_connect(&r);
    real_establish(&r, 0);
    rig_say(&r.side[REAL_CLIENT].peer, "from the client", 15);
    rig_say(&r.side[REAL_SERVER].peer, "the server's answer", 19);
    rig_wire(&r.side[REAL_CLIENT].peer, &r.side[REAL_SERVER].peer, 0);
    assert_int_equal(r.side[REAL_CLIENT].peer.got_len, 19);
    size_t n = hide(&r, secrets);
    real_end(&r);
    look_for(secrets, n, mech, wire);
}

static void each_wire(real_mech mech)
{
    conversation(mech, REAL_NNS);
    conversation(mech, REAL_NETTCP);
    rpc_conversation(mech);
}

static void test_ntlm(void **state)
{
    (void)state;
    each_wire(REAL_NTLM);
}

static void test_spnego_ntlm(void **state)
{
    (void)state;
    each_wire(REAL_SPNEGO_NTLM);
}

static void test_kerberos(void **state)
{
    (void)state;
    each_wire(REAL_KERBEROS);
}

static void test_spnego_kerberos(void **state)
{
    (void)state;
    each_wire(REAL_SPNEGO_KERBEROS);
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
