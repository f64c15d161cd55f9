/* CSIv2 over GIOP, with the real services: octets changed on the wire, wrong users, memory that is not there. */
#include <stdlib.h>
#include <string.h>
#include <support/iiop_pair.h>
#include <support/test.h>

static iiop_msg request(uint32_t id)
{
    return (iiop_msg){ .minor = 2, .type = TROTH_GIOP_REQUEST, .id = id, .other = 7, .body = true };
}

/* What a client says in three calls of three versions, the first of which establishes. */
static size_t record(uint8_t *out, bool stateful)
{
    iiop_pair p;
    const iiop_pair_options o = { .stateful = stateful, .client.fragment = 64 };
    assert_int_equal(iiop_pair_begin(&p, &o, 0), TROTH_OK);
    for (uint32_t i = 0; i < 3; i++) {
        iiop_msg q = request(i);
        q.minor = (uint8_t)(2 - i);
        q.order = i == 1 ? TROTH_BE : TROTH_LE;
        iiop_pair_call(&p, &q, 0, 0);
    }
    assert_int_equal(p.t.n_calls, 3);
    size_t n = p.k.n_out;
    memcpy(out, p.k.out, n);
    iiop_pair_end(&p);
    return n;
}

/* Every octet of it in turn is another: whoever is let in is alice, and what the ORB has holds nothing of SAS. */
static void test_requests_flipped(void **state)
{
    (void)state;
    static uint8_t all[8192], flipped[8192];
    for (unsigned stateful = 0; stateful < 2; stateful++) {
        size_t n = record(all, stateful);
        for (size_t i = 0; i < n; i++) {
            iiop_pair p;
            iiop_seen s;
            const iiop_pair_options o = { .stateful = stateful };
            assert_int_equal(iiop_pair_begin(&p, &o, 0), TROTH_OK);
            memcpy(flipped, all, n);
            flipped[i] ^= (uint8_t)(1u << i % 8);
            iiop_feed(&p.t, flipped, n, 0);
            for (unsigned k = 0; k < p.t.n_calls; k++) {
                const char *name = p.t.calls[k].peer; /* the check takes any name with the password */
                assert_int_equal(strlen(name), 5);
                assert_non_null(memmem(flipped, n, name, 5));
                assert_true(p.checks > 0);
            }
            for (unsigned k = 0; iiop_see(p.t.up, p.t.n_up, k, &s); k++) {
                assert_int_equal(s.n_sas + s.n_caller, 0);
                assert_int_not_equal(s.type, TROTH_GIOP_FRAGMENT);
                iiop_unsee(&s);
            }
            iiop_pair_end(&p);
        }
    }
}

/* The same of what a target says. */
static void test_replies_flipped(void **state)
{
    (void)state;
    for (size_t i = 0; i < 400; i++) {
        iiop_pair p;
        iiop_seen s;
        const iiop_pair_options o = { .stateful = true, .server.fragment = 64 };
        assert_int_equal(iiop_pair_begin(&p, &o, 0), TROTH_OK);
        iiop_msg q = request(1);
        iiop_pair_ask(&p, &q, 0, 0);
        iiop_pair_carry(&p, 0);
        iiop_pair_serve(&p, 0);
        if (i < p.t.n_out) {
            p.t.out[i] ^= (uint8_t)(1u << i % 8);
            iiop_pair_carry(&p, 0);
            for (unsigned k = 0; iiop_see(p.k.up, p.k.n_up, k, &s); k++) {
                assert_int_equal(s.n_sas + s.n_caller, 0);
                iiop_unsee(&s);
            }
        }
        iiop_pair_end(&p);
    }
}

/* Nothing before the last octet of a request reaches anybody. */
static void test_prefixes(void **state)
{
    (void)state;
    static uint8_t all[8192];
    record(all, true);
    for (size_t n = 0; n < 250; n++) {
        iiop_pair p;
        const iiop_pair_options o = { .stateful = true };
        assert_int_equal(iiop_pair_begin(&p, &o, 0), TROTH_OK);
        iiop_feed(&p.t, all, n, 0);
        iiop_msg q = request(0);
        static uint8_t whole[1024];
        if (n < iiop_make(&q, whole, sizeof whole))
            assert_int_equal(p.t.n_calls + p.t.n_up, 0);
        iiop_pair_end(&p);
    }
}

/* Two users on one connection each are who they are; an id of the one is of no use to who does not know its evidence. */
static void test_two_users(void **state)
{
    (void)state;
    static uint8_t alice[8192];
    iiop_pair p;
    size_t n = record(alice, true);
    const iiop_pair_options o = { .user = "bobby", .stateful = true };
    assert_int_equal(iiop_pair_begin(&p, &o, 0), TROTH_OK);
    iiop_msg q = request(100);
    iiop_pair_call(&p, &q, 0, 0);
    size_t before = p.t.n_out;
    iiop_feed(&p.t, alice, n, 0); /* the same id, other evidence: conflict; then in context: bobby's, which stands */
    iiop_seen s;
    assert_true(iiop_see(p.t.out + before, p.t.n_out - before, 0, &s));
    assert_string_equal(s.exception, "NO_PERMISSION");
    assert_int_equal(s.n_sas, 1);
    iiop_unsee(&s);
    for (unsigned i = 0; i < p.t.n_calls; i++)
        assert_string_equal(p.t.calls[i].peer, "bobby");
    iiop_pair_end(&p);
}

static void test_no_memory(void **state)
{
    (void)state;
    unsigned whole = 0;
    for (size_t nth = 1; nth < 400 && whole < 3; nth++) {
        iiop_pair p;
        const iiop_pair_options o = { .stateful = true,
                                      .context_idle_ms = 100,
                                      .client.fragment = 64,
                                      .server = { .fragment = 64, .tell_caller = true } };
        if (iiop_pair_begin(&p, &o, nth))
            continue;
        iiop_msg q = request(1);
        iiop_pair_call(&p, &q, 64, 40);
        p.t.now += 5000;
        troth_endpoint_expire(p.t.e, p.t.now);
        iiop_settle(&p.t);
        q.id = 2;
        iiop_pair_call(&p, &q, 0, 0);
        iiop_pair_serve(&p, 0);
        iiop_pair_carry(&p, 0);
        for (unsigned i = 0; i < p.t.n_calls; i++)
            assert_string_equal(p.t.calls[i].peer, "alice");
        whole += p.env.allocs < nth;
        iiop_pair_end(&p);
    }
    assert_int_equal(whole, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_flipped), cmocka_unit_test(test_replies_flipped),
        cmocka_unit_test(test_prefixes),         cmocka_unit_test(test_two_users),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
