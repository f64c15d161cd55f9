/* An attacker on the wire: whatever it does to the list or its MICs, nobody ends up with less than was offered. */
#include <support/hex.h>
#include <unit/mech/spnego/pair.h>

static unsigned victim; /* number of the message that is changed */

static void strip_mic(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    if (number != victim)
        return;
    troth_neg_resp r = resp_of(p, number);
    assert_non_null(r.mechListMIC.data);
    r.mechListMIC.data = NULL;
    put_resp(token, len, &r);
}

static void alter_mic(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    if (number != victim)
        return;
    troth_neg_resp r = resp_of(p, number);
    assert_non_null(r.mechListMIC.data);
    uint8_t mic[64];
    memcpy(mic, r.mechListMIC.data, r.mechListMIC.len);
    mic[0] ^= 1;
    r.mechListMIC.data = mic;
    put_resp(token, len, &r);
}

static void empty_mic(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    if (number != victim)
        return;
    troth_neg_resp r = resp_of(p, number);
    r.mechListMIC = (troth_bytes){ token, 0 };
    put_resp(token, len, &r);
}

static void huge_mic(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    static const uint8_t big[600];
    if (number != victim)
        return;
    troth_neg_resp r = resp_of(p, number);
    r.mechListMIC = (troth_bytes){ big, sizeof big };
    put_resp(token, len, &r);
}

static void drop_first_mech(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    if (number != 1)
        return;
    troth_neg_init i = init_of(p, 1); /* both of Kerberos' names, and its token */
    i.mechs[0] = i.mechs[2];
    i.n_mechs = 1;
    i.mechToken.data = NULL;
    put_init(token, len, &i);
}

static void add_mech(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    static const uint8_t other[] = { 0x2b, 6, 1, 5, 2, 7 };
    if (number != 1)
        return;
    troth_neg_init i = init_of(p, 1);
    i.mechs[i.n_mechs++] = (troth_oid){ other, sizeof other };
    put_init(token, len, &i);
}

static void swap_mechs(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    if (number != 1)
        return;
    troth_neg_init i = init_of(p, 1); /* the list stays as long as it was */
    troth_oid first = i.mechs[0];
    i.mechs[0] = i.mechs[1], i.mechs[1] = first;
    put_init(token, len, &i);
}

typedef void (*tamperer)(pair *, unsigned, uint8_t *, size_t *);

/* client's sources, server's sources, which message, how, who must notice */
static const struct attack {
    const char *name, *cl[2], *sv[2];
    unsigned victim;
    tamperer tamper;
    bool server_notices;
} attacks[] = {
    { "second choice, odd: initiator's MIC stripped", { "kerberos", "ntlm" }, { "ntlm" }, 5, strip_mic, true },
    { "second choice, odd: acceptor's MIC stripped", { "kerberos", "ntlm" }, { "ntlm" }, 6, strip_mic, false },
    { "second choice, even: acceptor's MIC stripped", { "ntlm", "kerberos" }, { "kerberos" }, 4, strip_mic, false },
    { "second choice, even: initiator's MIC stripped", { "ntlm", "kerberos" }, { "kerberos" }, 5, strip_mic, true },
    { "keyed first choice: initiator's MIC stripped", { "ntlm" }, { "ntlm" }, 3, strip_mic, true },
    { "second choice, odd: initiator's MIC altered", { "kerberos", "ntlm" }, { "ntlm" }, 5, alter_mic, true },
    { "second choice, odd: acceptor's MIC altered", { "kerberos", "ntlm" }, { "ntlm" }, 6, alter_mic, false },
    { "first choice: initiator's MIC altered", { "ntlm" }, { "ntlm" }, 3, alter_mic, true },
    { "first choice: acceptor's MIC altered", { "ntlm" }, { "ntlm" }, 4, alter_mic, false },
    { "first choice: empty MIC", { "ntlm" }, { "ntlm" }, 4, empty_mic, false },
    { "first choice: MIC of 600 octets", { "ntlm" }, { "ntlm" }, 4, huge_mic, false },
    { "Kerberos first choice: a MIC that is none", { "kerberos" }, { "kerberos" }, 2, huge_mic, false },
    { "the first mechanism dropped from the list",
      { "kerberos", "ntlm" },
      { "kerberos", "ntlm" },
      1,
      drop_first_mech,
      true },
    { "two mechanisms swapped, second choice", { "kerberos", "ntlm" }, { "ntlm" }, 1, swap_mechs, true },
    { "a mechanism added, second choice", { "kerberos", "ntlm" }, { "ntlm" }, 1, add_mech, true },
};

static void test_attacks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        const struct attack *a = &attacks[i];
        pair p;
        pair_init(&p);
        memcpy(p.cl.sources, a->cl, sizeof a->cl);
        memcpy(p.sv.sources, a->sv, sizeof a->sv);
        victim = a->victim;
        p.tamper = a->tamper;
        pair_go(&p);
        print_message("%s\n", a->name);
        if (a->server_notices) {
            server_refused(&p, TROTH_DOWNGRADE);
            assert_false(troth_context_complete(p.cl.c) && a->victim != 5);
        } else
            client_refused(&p, TROTH_DOWNGRADE);
        pair_close(&p);
    }
}

/* sspi.md case 6: the acceptor's MIC may be missing for the first choice, as old acceptors do it. */
static void test_tolerated(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    p.cl.sources[0] = "ntlm", p.cl.sources[1] = NULL;
    victim = 4;
    p.tamper = strip_mic;
    pair_go(&p);
    assert_int_equal(p.cl.last, TROTH_STEP_DONE);
    assert_int_equal(p.cl.ntlm.deferred, 1);
    pair_close(&p);
    pair_init(&p); /* and the initiator's, where policy takes authentication without a MIC anyway */
    p.cl.sources[0] = "ntlm", p.cl.sources[1] = NULL;
    p.sv.opts.policy = TROTH_POLICY_NTLM_WITHOUT_MIC;
    victim = 3;
    p.tamper = strip_mic;
    pair_go(&p);
    assert_int_equal(p.sv.last, TROTH_STEP_DONE);
    pair_close(&p);
}

static const char *reply_hex; /* what the client gets instead of the server's first reply */

static void replace_reply(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    (void)p;
    if (number == 2)
        *len = unhex(reply_hex, token, PAIR_ROOM);
}

static void test_bad_replies(void **state)
{
    (void)state;
    static const struct {
        const char *what, *hex;
        troth_status want;
    } cases[] = {
        { "a mechanism that was not offered", "a1123010a0030a0101a10906072b060105020700", TROTH_MALFORMED },
        { "PKU2U, well formed", "a1113010 a0030a0101 a109 0607 2b0601050207 01", TROTH_MALFORMED },
        { "NTLM chosen, complete at once", "a1153013a0030a0100a10c060a2b06010401823702020a", TROTH_MALFORMED },
        { "NTLM chosen, with a token already", "a11b3019a0030a0101a10c060a2b06010401823702020aa20404024e54",
          TROTH_MALFORMED },
        { "complete without a token", "a1073005a0030a0100", TROTH_MALFORMED },
        { "incomplete without a token", "a1073005a0030a0101", TROTH_MALFORMED },
        { "an empty token", "a10b3009a0030a0101a2020400", TROTH_MALFORMED },
        { "no negState in the first reply", "a1083006a20404024e54", TROTH_MALFORMED },
        { "reject", "a1073005a0030a0102", TROTH_PEER_REFUSED },
        { "a raw NTLM message", "4e544c4d5353500002000000", TROTH_MALFORMED },
        { "nonsense from the mechanism", "a10d300ba0030a0100a20404024e54", TROTH_MALFORMED },
        { "cut off", "a1073005a0030a01", TROTH_MALFORMED },
        { "indefinite", "a1803005a0030a01000000", TROTH_MALFORMED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pair p;
        pair_init(&p);
        reply_hex = cases[i].hex;
        p.tamper = replace_reply;
        pair_go(&p);
        print_message("%s\n", cases[i].what);
        if (i == 10)
            assert_int_equal(p.cl.last, TROTH_STEP_ERROR);
        else
            client_refused(&p, cases[i].want);
        pair_close(&p);
    }
}

static void test_bad_inits(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        troth_status want;
    } cases[] = {
        { "", TROTH_MALFORMED },
        { "60", TROTH_MALFORMED },
        { "a1073005a0030a0100", TROTH_MALFORMED },                                             /* a reply first       */
        { "601c06062b0601050502a0123010a00e300c060a2b06010401823702020a00", TROTH_MALFORMED }, /* octet behind    */
        { "601806062b0601050502a00e300ca00a3008 0606 2b0601050502", TROTH_NO_MECH },           /* SPNEGO in SPNEGO    */
        { "601006062b0601050502a0063004a0023000", TROTH_MALFORMED },                           /* an empty list       */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int raw = 0; raw < 2; raw++) {
            pair p;
            uint8_t in[256];
            pair_init(&p);
            p.sv.opts.policy = raw ? TROTH_POLICY_RAW_TOKENS : 0;
            assert_int_equal(side_open(&p, &p.sv), TROTH_OK);
            size_t n = unhex(cases[i].hex, in, sizeof in);
            side_step(&p, &p.sv, (troth_bytes){ in, n });
            server_refused(&p, cases[i].want);
            assert_false(side_step(&p, &p.sv, (troth_bytes){ in, n })); /* and again: the same, silently */
            assert_int_equal(p.sv.last, TROTH_STEP_ERROR);
            pair_close(&p);
        }
    }
}

static void test_no_server_first(void **state)
{
    (void)state;
    pair p;
    pair_init(&p);
    assert_int_equal(side_open(&p, &p.sv), TROTH_OK);
    side_step(&p, &p.sv, (troth_bytes){ NULL, 0 });
    server_refused(&p, TROTH_MALFORMED);
    pair_close(&p);
}

/* Every prefix and every flipped bit of every message: no crash, no leak, and never both complete where a MIC binds. */
static unsigned cut_number;
static size_t cut_at, flip_bit;
static bool was_cut;

static void mangle(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    (void)p;
    if (number != cut_number)
        return;
    was_cut = cut_at < *len;
    if (was_cut)
        *len = cut_at;
    else if (flip_bit < *len * 8)
        token[flip_bit / 8] ^= (uint8_t)(1u << flip_bit % 8);
}

static void test_mangled(void **state)
{
    (void)state;
    pair p;
    for (cut_number = 1; cut_number <= 6; cut_number++) {
        size_t n = 400;
        for (size_t i = 0; i < n + n * 8; i++) {
            pair_init(&p);
            p.sv.sources[0] = "ntlm", p.sv.sources[1] = NULL;
            p.cl.sources[0] = "kerberos";
            cut_at = i < n ? i : (size_t)-1;
            flip_bit = i < n ? (size_t)-1 : i - n;
            p.tamper = mangle;
            was_cut = false;
            pair_go(&p);
            if (i == 0)
                n = 140; /* the messages are shorter than that */
            if (was_cut)
                assert_false(p.cl.last == TROTH_STEP_DONE && p.sv.last == TROTH_STEP_DONE);
            pair_close(&p);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attacks),   cmocka_unit_test(test_tolerated),       cmocka_unit_test(test_bad_replies),
        cmocka_unit_test(test_bad_inits), cmocka_unit_test(test_no_server_first), cmocka_unit_test(test_mangled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
