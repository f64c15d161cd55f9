/* What security contexts and their jobs hold, and what happens when there is no more. */
#include <rpc_co/budget.h>
#include <string.h>
#include <support/co.h>
#include <support/test.h>

static troth_co_context_options named(const co_link *l, int side, uint32_t id)
{
    troth_co_context_options o = l->context[side];
    o.id = id;
    o.auth_context_id = id;
    o.auth_type = TROTH_RPC_AUTH_NTLM;
    o.auth_level = TROTH_RPC_LEVEL_PRIVACY;
    return o;
}

static troth_co_context *made(co_link *l, int side, uint32_t id)
{
    troth_co_context_options o = named(l, side, id);
    troth_co_context *x = NULL;
    assert_int_equal(troth_co_context_new(&l->conn[side], &o, &x), TROTH_OK);
    return x;
}

static void test_contexts_and_jobs_live_in_one_budget(void **state)
{
    co_link l;
    troth_co_context *x;
    uint8_t big[4096] = "FAKE";
    unsigned n = 0;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_co_conn_clear(&l.conn[CO_SERVER]);
    l.options[CO_SERVER].context_budget = 65536;
    assert_int_equal(troth_co_conn_init(&l.conn[CO_SERVER], &l.options[CO_SERVER]), TROTH_OK);
    troth_co_conn *c = &l.conn[CO_SERVER];
    troth_status st = TROTH_OK;
    for (; n < 2048; n++) {
        troth_co_context_options o = named(&l, CO_SERVER, n);
        st = troth_co_context_new(c, &o, &x);
        if (st)
            break;
    }
    assert_int_equal(st, TROTH_NO_MEMORY);
    assert_true(n > 10 && n < 500);
    assert_int_equal(troth_co_contexts(c), n);
    assert_true(troth_meter_held(&c->budget->meter) <= 65536);
    x = troth_co_context_find(c, 0); /* what a leg needs does not fit any more */
    assert_int_equal(troth_co_context_leg(x, (troth_bytes){ big, sizeof big }), TROTH_NO_MEMORY);
    assert_int_equal(x->fsm.state, TROTH_CO_CTX_POISONED);
    for (uint32_t id = 1; id < 20; id++)
        troth_co_context_drop(troth_co_context_find(c, id));
    x = troth_co_context_find(c, 20); /* with room again the others go on */
    assert_int_equal(troth_co_context_leg(x, (troth_bytes){ big, sizeof big }), TROTH_OK);
    assert_true(troth_meter_held(&c->budget->meter) > 4096);
    troth_job_free(co_take_job(c));
    co_link_end(&l);
}

/* What a context costs beside the mechanism's own: less than half a KiB, with its place in the table. */
static void test_a_context_is_small(void **state)
{
    co_link l;
    (void)state;
    co_link_fake(&l, TROTH_MECH_NTLM);
    troth_meter *m = &l.conn[CO_SERVER].budget->meter;
    for (uint32_t id = 0; id < 1000; id++)
        made(&l, CO_SERVER, id);
    size_t all = troth_meter_held(m);
    troth_context_options o = { .env = &m->env, .role = TROTH_ACCEPTOR, .mech = "ntlm" };
    troth_context *bare;
    assert_int_equal(troth_context_new(l.context[CO_SERVER].cred, &o, &bare), TROTH_OK);
    size_t of_sec = troth_meter_held(m) - all, beside = all / 1000 - of_sec;
    troth_context_free(bare);
    print_message("a context: %zu octets of ours with its place in the table, %zu of sec and the mechanism\n", beside,
                  of_sec);
    assert_true(beside <= 384);
    co_link_end(&l);
}

/* Building, with every allocation of the server failing once. */
static void test_every_allocation(void **state)
{
    (void)state;
    bool built = false;
    for (size_t n = 1; !built; n++) {
        co_link l;
        troth_co_context *x[2];
        co_link_fake(&l, TROTH_MECH_NTLM);
        l.env[CO_SERVER].fail_at = atomic_load(&l.env[CO_SERVER].allocs) + n;
        troth_co_context_options o = named(&l, CO_SERVER, 1);
        troth_status st = troth_co_context_new(&l.conn[CO_SERVER], &o, &x[1]);
        assert_true(!st || st == TROTH_NO_MEMORY);
        if (!st) {
            uint8_t garbage[] = "not a token";
            st = troth_co_context_leg(x[1], (troth_bytes){ garbage, sizeof garbage });
            assert_true(!st || st == TROTH_NO_MEMORY);
            assert_int_equal(x[1]->fsm.state, st ? TROTH_CO_CTX_POISONED : TROTH_CO_CTX_STEPPING);
            built = atomic_load(&l.env[CO_SERVER].allocs) < l.env[CO_SERVER].fail_at;
        }
        co_link_end(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contexts_and_jobs_live_in_one_budget),
        cmocka_unit_test(test_a_context_is_small),
        cmocka_unit_test(test_every_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
