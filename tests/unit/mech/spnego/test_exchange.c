/* Negotiations between our two sides, in memory: which messages, which mechanism, and does it protect afterwards. */
#include <unit/mech/spnego/pair.h>

static const uint8_t krb_der[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2 };
static const uint8_t ms_der[] = { 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2 };
static const troth_oid krb_oid = { krb_der, sizeof krb_der }, ms_oid = { ms_der, sizeof ms_der };

/* RFC 4178 5 b: even number of tokens, first choice, no MIC: two messages. */
static void test_first_choice(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    pair_go(&p);
    assert_int_equal(p.n, 2);
    troth_neg_init i = init_of(&p, 1);
    assert_int_equal(i.n_mechs, 3);
    assert_true(troth_oid_equal(i.mechs[0], krb_oid) && troth_oid_equal(i.mechs[1], ms_oid));
    assert_memory_equal(i.mechToken.data, "FAKE\1\2", 6);
    troth_neg_resp r = resp_of(&p, 2);
    assert_int_equal(r.negState, TROTH_NEG_ACCEPT_COMPLETED);
    assert_true(troth_oid_equal(r.supportedMech, krb_oid));
    assert_memory_equal(r.responseToken.data, "FAKE\2\2", 6);
    assert_null(r.mechListMIC.data);
    pair_works(&p, TROTH_MECH_KERBEROS);
    pair_close(&p);
}

/* RFC 4178 5 c I, MS-SPNG 3.1.5.1: odd number of tokens, keys put back after both MICs. */
static void test_odd(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.cl.sources[0] = "ntlm", p.cl.sources[1] = NULL;
    pair_go(&p);
    assert_int_equal(p.n, 4);
    assert_int_equal(resp_of(&p, 2).negState, TROTH_NEG_ACCEPT_INCOMPLETE);
    troth_neg_resp r = resp_of(&p, 3);
    assert_memory_equal(r.responseToken.data, "FAKE\3\3", 6);
    assert_non_null(r.mechListMIC.data);
    r = resp_of(&p, 4);
    assert_int_equal(r.negState, TROTH_NEG_ACCEPT_COMPLETED);
    assert_null(r.responseToken.data);
    assert_non_null(r.mechListMIC.data);
    assert_int_equal(r.supportedMech.len, 0);
    assert_int_equal(p.cl.ntlm.deferred, 1);
    assert_int_equal(p.sv.ntlm.deferred, 1);
    pair_works(&p, TROTH_MECH_NTLM);
    pair_close(&p);
}

/* RFC 4178 5 c: the second choice, odd: request-mic, and both MICs. */
static void test_second_choice_odd(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.sv.sources[0] = "ntlm", p.sv.sources[1] = NULL;
    pair_go(&p);
    assert_int_equal(p.n, 6);
    troth_neg_resp r = resp_of(&p, 2);
    assert_int_equal(r.negState, TROTH_NEG_REQUEST_MIC);
    assert_null(r.responseToken.data);
    assert_memory_equal(resp_of(&p, 3).responseToken.data, "FAKE\1\3", 6);
    assert_int_equal(resp_of(&p, 4).negState, TROTH_NEG_ACCEPT_INCOMPLETE);
    assert_non_null(resp_of(&p, 5).mechListMIC.data);
    assert_non_null(resp_of(&p, 6).mechListMIC.data);
    pair_works(&p, TROTH_MECH_NTLM);
    pair_close(&p);
}

/* RFC 4178 5 b I: the second choice, even: the acceptor's MIC comes with its last token, the initiator's ends it. */
static void test_second_choice_even(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.cl.sources[0] = "ntlm", p.cl.sources[1] = "kerberos";
    p.sv.sources[1] = NULL;
    pair_go(&p);
    assert_int_equal(p.n, 5);
    assert_int_equal(resp_of(&p, 2).negState, TROTH_NEG_REQUEST_MIC);
    troth_neg_resp r = resp_of(&p, 4);
    assert_int_equal(r.negState, TROTH_NEG_ACCEPT_INCOMPLETE);
    assert_non_null(r.responseToken.data);
    assert_non_null(r.mechListMIC.data);
    r = resp_of(&p, 5);
    assert_int_equal(r.negState, TROTH_NEG_ACCEPT_COMPLETED);
    assert_non_null(r.mechListMIC.data);
    pair_works(&p, TROTH_MECH_KERBEROS);
    pair_close(&p);
}

/* RFC 4178 5: a mechanism without integrity makes no MIC, whichever choice it is. */
static void test_no_integrity(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.cl.opts.require = p.sv.opts.require = 0;
    p.sv.sources[0] = "ntlm", p.sv.sources[1] = NULL;
    pair_go(&p);
    assert_int_equal(p.n, 6);
    assert_null(resp_of(&p, 5).mechListMIC.data);
    assert_int_equal(p.cl.last, TROTH_STEP_DONE);
    assert_int_equal(p.sv.last, TROTH_STEP_DONE);
    assert_int_equal(p.cl.ntlm.deferred, 0);
    pair_close(&p);
}

/* DCE style: three legs inside, four tokens outside, no MIC for the first choice. */
static void test_three_legs(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.cl.krb.legs = p.sv.krb.legs = 3;
    p.cl.opts.require |= TROTH_F_DCE_STYLE;
    pair_go(&p);
    assert_int_equal(p.n, 4);
    assert_null(resp_of(&p, 3).mechListMIC.data);
    assert_int_equal(resp_of(&p, 4).negState, TROTH_NEG_ACCEPT_COMPLETED);
    pair_works(&p, TROTH_MECH_KERBEROS);
    pair_close(&p);
}

/* RFC 4178 5 c III: the optimistic token is the only one. */
static void test_one_leg(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.cl.krb.legs = p.sv.krb.legs = 1;
    pair_go(&p);
    assert_int_equal(p.n, 2);
    troth_neg_resp r = resp_of(&p, 2);
    assert_int_equal(r.negState, TROTH_NEG_ACCEPT_COMPLETED);
    assert_null(r.responseToken.data);
    assert_true(r.supportedMech.len);
    pair_works(&p, TROTH_MECH_KERBEROS);
    pair_close(&p);
}

/* RFC 4178 5 c IV: the same with request-mic: the acceptor's MIC in its first reply, then the initiator's. */
static void test_one_leg_with_mics(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.cl.sources[0] = "ntlm", p.cl.sources[1] = NULL;
    p.cl.ntlm.legs = p.sv.ntlm.legs = 1;
    pair_go(&p);
    assert_int_equal(p.n, 3);
    troth_neg_resp r = resp_of(&p, 2);
    assert_int_equal(r.negState, TROTH_NEG_REQUEST_MIC);
    assert_non_null(r.mechListMIC.data);
    assert_true(r.supportedMech.len);
    assert_int_equal(resp_of(&p, 3).negState, TROTH_NEG_ACCEPT_COMPLETED);
    pair_works(&p, TROTH_MECH_NTLM);
    pair_close(&p);
}

static void swap_oids(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    if (number != 1)
        return;
    troth_neg_init i = init_of(p, 1);
    i.mechs[0] = ms_oid, i.mechs[1] = krb_oid;
    put_init(token, len, &i);
}

/* MS-SPNG 3.2.5: the acceptor answers with the OID that the initiator used; both mean one mechanism. */
static void test_either_oid(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.tamper = swap_oids;
    pair_go(&p);
    assert_true(troth_oid_equal(resp_of(&p, 2).supportedMech, ms_oid));
    pair_works(&p, TROTH_MECH_KERBEROS); /* the first choice either way, so that no MIC shows the change */
    pair_close(&p);
}

static void drop_first_token(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    if (number != 1)
        return;
    troth_neg_init i = init_of(p, 1);
    i.mechToken.data = NULL;
    put_init(token, len, &i);
}

/* RFC 4178 3.2: without an optimistic token the acceptor names its choice and waits. */
static void test_no_optimistic_token(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.tamper = drop_first_token;
    pair_go(&p);
    troth_neg_resp r = resp_of(&p, 2);
    assert_int_equal(r.negState, TROTH_NEG_ACCEPT_INCOMPLETE);
    assert_true(troth_oid_equal(r.supportedMech, krb_oid));
    assert_null(r.responseToken.data);
    assert_int_equal(p.sv.last, TROTH_STEP_MORE);
    client_refused(&p, TROTH_MALFORMED); /* it did send one */
    pair_close(&p);
}

/* Only the lack of a credential passes a mechanism over. */
static void test_no_fallback(void **state)
{
    (void)state;
    static const troth_status fatal[] = { TROTH_TARGET_UNKNOWN, TROTH_NO_AUTHORITY, TROTH_DENIED, TROTH_CRED_EXPIRED };
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        pair p;
        pair_init(&p);
        p.cl.krb.fail_leg = 1, p.cl.krb.fail_role = TROTH_INITIATOR, p.cl.krb.fail_status = fatal[i];
        pair_go(&p);
        assert_int_equal(p.n, 0);
        client_refused(&p, fatal[i]);
        assert_int_equal(p.cl.ntlm.steps, 0);
        pair_close(&p);
    }
    pair p;
    pair_init(&p);
    p.cl.krb.fail_leg = 1, p.cl.krb.fail_role = TROTH_INITIATOR, p.cl.krb.fail_status = TROTH_NO_CRED;
    pair_go(&p);
    assert_int_equal(init_of(&p, 1).n_mechs, 1); /* it is not offered either */
    pair_works(&p, TROTH_MECH_NTLM);
    pair_close(&p);
}

/* What was not acquired is not offered; nothing acquired is no credential. */
static void test_offer(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.cl.krb.cred_status = TROTH_NO_CRED;
    pair_go(&p);
    assert_int_equal(init_of(&p, 1).n_mechs, 1);
    pair_works(&p, TROTH_MECH_NTLM);
    pair_close(&p);
    pair_init(&p);
    p.cl.krb.fail_leg = p.cl.ntlm.fail_leg = 1;
    p.cl.krb.fail_status = p.cl.ntlm.fail_status = TROTH_NO_CRED;
    pair_go(&p);
    client_refused(&p, TROTH_NO_CRED);
    pair_close(&p);
}

static void test_nothing_common(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.cl.sources[1] = NULL;
    p.sv.sources[0] = "ntlm", p.sv.sources[1] = NULL;
    pair_go(&p);
    assert_int_equal(p.n, 2);
    server_refused(&p, TROTH_NO_MECH);
    client_refused(&p, TROTH_PEER_REFUSED);
    pair_close(&p);
}

/* A mechanism that fails: reject, with its own error token inside. */
static void test_mech_fails(void **state)
{
    (void)state;
    for (int with = 0; with < 2; with++) {
        pair p;
        pair_init(&p);
        p.sv.krb.fail_leg = 1, p.sv.krb.fail_role = TROTH_ACCEPTOR, p.sv.krb.fail_status = TROTH_WRONG_PRINCIPAL;
        p.sv.krb.fail_token = with;
        pair_go(&p);
        server_refused(&p, TROTH_WRONG_PRINCIPAL);
        troth_neg_resp r = resp_of(&p, 2);
        assert_int_equal(r.responseToken.len, with ? 4 : 0);
        client_refused(&p, TROTH_PEER_REFUSED);
        pair_close(&p);
    }
}

static void test_raw(void **state)
{
    (void)state;
    for (int allowed = 0; allowed < 2; allowed++) {
        pair p;
        pair_init(&p);
        p.cl.opts.mech = "ntlm";
        p.cl.sources[0] = p.sv.sources[0] = "ntlm", p.cl.sources[1] = p.sv.sources[1] = NULL;
        p.sv.opts.policy = allowed ? TROTH_POLICY_RAW_TOKENS : 0;
        pair_go(&p);
        if (!allowed) {
            server_refused(&p, TROTH_MALFORMED);
            assert_int_equal(p.sv.ntlm.inits, 0);
        } else {
            assert_int_equal(p.n, 3);
            assert_memory_equal(p.token[2], "FAKE\2\3", 6);
            assert_int_equal(p.sv.last, TROTH_STEP_DONE);
            assert_int_equal(troth_context_facts(p.sv.c).mech, TROTH_MECH_NTLM);
            assert_int_equal(p.sv.ntlm.deferred, 0);
            one_message(p.cl.c, p.sv.c, TROTH_FORM_SEAL);
        }
        pair_close(&p);
    }
}

/* MS-SPNG 3.3.5.2: an initiator that is given hints first makes its offer all the same. */
static void test_hints_first(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    assert_int_equal(side_open(&p, &p.cl), TROTH_OK);
    assert_int_equal(side_open(&p, &p.sv), TROTH_OK);
    static const uint8_t hints[] = { 0x60, 0x25, 6,    6,    0x2b, 6, 1,    5,    5,    2, 0xa0, 0x1b, 0x30,
                                     0x19, 0xa0, 0x0e, 0x30, 0x0c, 6, 0x0a, 0x2b, 6,    1, 4,    1,    0x82,
                                     0x37, 2,    2,    0x0a, 0xa3, 7, 0x30, 5,    0xa0, 3, 0x1b, 1,    'n' };
    assert_true(side_step(&p, &p.cl, (troth_bytes){ hints, sizeof hints }));
    assert_int_equal(init_of(&p, 1).n_mechs, 3);
    side_step(&p, &p.sv, (troth_bytes){ p.token[1], p.len[1] });
    side_step(&p, &p.cl, (troth_bytes){ p.token[2], p.len[2] });
    pair_works(&p, TROTH_MECH_KERBEROS);
    pair_close(&p);
}

static void test_legs(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.cl.krb.endless = p.sv.krb.endless = true;
    p.cl.opts.limits.legs = p.sv.opts.limits.legs = 4;
    pair_go(&p);
    assert_true(p.cl.last == TROTH_STEP_ERROR || p.sv.last == TROTH_STEP_ERROR);
    troth_context *failed = p.sv.last == TROTH_STEP_ERROR ? p.sv.c : p.cl.c;
    assert_int_equal(troth_context_error(failed)->code, TROTH_LIMIT);
    pair_close(&p);
}

static void test_kinds(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.cl.opts.require |= TROTH_F_DATAGRAM;
    assert_int_equal(side_open(&p, &p.cl), TROTH_UNSUPPORTED);
    pair_close(&p);
}

/* Every allocation of a whole negotiation fails in turn: a clean error, nothing lost, nothing leaked. */
static void test_memory(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        pair p;
        pair_init(&p);
        p.sv.sources[0] = "ntlm", p.sv.sources[1] = NULL; /* the longest way */
        p.t.fail_at = n;
        troth_status st = side_open(&p, &p.cl);
        if (!st)
            st = side_open(&p, &p.sv);
        if (!st) {
            side *s = &p.cl, *peer = &p.sv;
            bool made = side_step(&p, s, (troth_bytes){ NULL, 0 });
            while (made && troth_context_may_step(peer->c)) {
                side *was = s;
                s = peer, peer = was;
                made = side_step(&p, s, (troth_bytes){ p.token[p.n], p.len[p.n] });
            }
        }
        bool reached = p.t.allocs >= n, both = p.cl.last == TROTH_STEP_DONE && p.sv.last == TROTH_STEP_DONE;
        if (reached && both) /* a credential with one source fewer is a credential */
            assert_true(p.cl.cred->parts[0].st == TROTH_NO_MEMORY || p.cl.cred->parts[1].st == TROTH_NO_MEMORY);
        assert_true(reached || both);
        pair_close(&p);
        if (!reached) {
            print_message("%zu allocations, each failed once\n", n - 1);
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_choice),
        cmocka_unit_test(test_odd),
        cmocka_unit_test(test_second_choice_odd),
        cmocka_unit_test(test_second_choice_even),
        cmocka_unit_test(test_no_integrity),
        cmocka_unit_test(test_three_legs),
        cmocka_unit_test(test_one_leg),
        cmocka_unit_test(test_one_leg_with_mics),
        cmocka_unit_test(test_either_oid),
        cmocka_unit_test(test_no_optimistic_token),
        cmocka_unit_test(test_no_fallback),
        cmocka_unit_test(test_offer),
        cmocka_unit_test(test_nothing_common),
        cmocka_unit_test(test_mech_fails),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_hints_first),
        cmocka_unit_test(test_legs),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
