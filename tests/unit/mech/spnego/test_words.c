/*
 * Each word a peer can say in each state that waits for one: what it must not contain there, and what nobody may
 * complete upon. The exchanges are those of test_exchange.c; one message is changed on its way.
 */
#include <unit/mech/spnego/pair.h>

enum { KEEP = -1 };

typedef struct word {
    const char *name, *cl[2], *sv[2];
    unsigned krb_legs, ntlm_legs, victim;
    int state;                     /* negState put in, or KEEP         */
    bool mic, no_mic, token, bare; /* forged MIC, none; a token; no token */
    bool server;                   /* who is to refuse                 */
    troth_status why;
} word;

static const word *now;

static void change(pair *p, unsigned number, uint8_t *token, size_t *len)
{
    static const uint8_t forged[FAKE_TOKEN] = { 1, 2, 3, 4 }, text[] = "FAKE";
    if (number != now->victim)
        return;
    if (number == 1) {
        troth_neg_init i = init_of(p, 1);
        if (now->mic)
            i.mechListMIC = (troth_bytes){ forged, sizeof forged };
        put_init(token, len, &i);
        return;
    }
    troth_neg_resp r = resp_of(p, number);
    if (now->state != KEEP)
        r.negState = (troth_neg_state)now->state;
    if (now->mic)
        r.mechListMIC = (troth_bytes){ forged, sizeof forged };
    if (now->no_mic)
        r.mechListMIC.data = NULL;
    if (now->token)
        r.responseToken = (troth_bytes){ text, 4 };
    if (now->bare)
        r.responseToken.data = NULL;
    put_resp(token, len, &r);
}

#define KRB                                                                                                            \
    {                                                                                                                  \
        "kerberos"                                                                                                     \
    }
#define NTLM                                                                                                           \
    {                                                                                                                  \
        "ntlm"                                                                                                         \
    }
#define ASK   TROTH_NEG_REQUEST_MIC
#define MORE  TROTH_NEG_ACCEPT_INCOMPLETE
#define READY TROTH_NEG_ACCEPT_COMPLETED
#define NO    TROTH_NEG_REJECT
#define NONE  TROTH_NEG_ABSENT
/* clang-format off */
static const word words[] = {
    /* the optimistic token was the only one [RFC 4178 5 c] */
    { "spent: completed, forged MIC",       KRB, KRB, 1, 0, 2, KEEP,  .mic = true, .why = TROTH_DOWNGRADE },
    { "spent: incomplete, forged MIC",      KRB, KRB, 1, 0, 2, MORE,  .mic = true, .why = TROTH_DOWNGRADE },
    { "spent: request-mic, forged MIC",     KRB, KRB, 1, 0, 2, ASK,   .mic = true, .why = TROTH_DOWNGRADE },
    { "spent: request-mic without MIC",     KRB, KRB, 1, 0, 2, ASK,   .why = TROTH_DOWNGRADE },
    { "spent: incomplete without MIC",      KRB, KRB, 1, 0, 2, MORE,  .why = TROTH_UNEXPECTED },
    { "spent: completed with a token",      KRB, KRB, 1, 0, 2, KEEP,  .token = true, .why = TROTH_MALFORMED },
    { "spent: incomplete with a token",     KRB, KRB, 1, 0, 2, MORE,  .token = true, .why = TROTH_MALFORMED },
    { "spent: request-mic with a token",    KRB, KRB, 1, 0, 2, ASK,   .token = true, .why = TROTH_MALFORMED },
    { "spent: reject",                      KRB, KRB, 1, 0, 2, NO,    .why = TROTH_PEER_REFUSED },
    { "spent: no negState",                 KRB, KRB, 1, 0, 2, NONE,  .why = TROTH_MALFORMED },
    { "offered: no negState",               KRB, KRB, 2, 0, 2, NONE,  .why = TROTH_MALFORMED },
    /* the first token with a MIC that cannot be right */
    { "init with a forged MIC, 1 leg",      KRB, KRB, 1, 0, 1, KEEP,  .mic = true, .server = true, .why = TROTH_DOWNGRADE },
    { "init with a forged MIC, 2 legs",     KRB, KRB, 2, 0, 1, KEEP,  .mic = true, .server = true, .why = TROTH_DOWNGRADE },
    { "init with a forged MIC, 3 legs",     KRB, KRB, 3, 0, 1, KEEP,  .mic = true, .server = true, .why = TROTH_MALFORMED },
    { "init with a forged MIC, NTLM 1",     NTLM, NTLM, 0, 1, 1, KEEP, .mic = true, .server = true, .why = TROTH_DOWNGRADE },
    /* first choice, on the way */
    { "first choice: MIC too early",        NTLM, NTLM, 0, 3, 2, KEEP, .mic = true, .why = TROTH_MALFORMED },
    { "first choice: request-mic, no MIC",  KRB, KRB, 2, 0, 2, ASK,   .why = TROTH_DOWNGRADE },
    { "first choice: request-mic, forged",  KRB, KRB, 2, 0, 2, ASK,   .mic = true, .why = TROTH_DOWNGRADE },
    { "first choice: incomplete, forged",   KRB, KRB, 2, 0, 2, MORE,  .mic = true, .why = TROTH_DOWNGRADE },
    { "first choice: incomplete at the end", KRB, KRB, 2, 0, 2, MORE, .why = TROTH_UNEXPECTED },
    { "first choice: completed, forged",    KRB, KRB, 2, 0, 2, KEEP,  .mic = true, .why = TROTH_DOWNGRADE },
    { "4 legs: reject on the way",          KRB, KRB, 4, 0, 4, NO,    .why = TROTH_PEER_REFUSED },
    { "4 legs: forged MIC at the end",      KRB, KRB, 4, 0, 4, KEEP,  .mic = true, .why = TROTH_DOWNGRADE },
    { "4 legs: completed, no token",        KRB, KRB, 4, 0, 4, KEEP,  .bare = true, .why = TROTH_MALFORMED },
    { "server: reject on the way",          KRB, KRB, 3, 0, 3, NO,    .server = true, .why = TROTH_PEER_REFUSED },
    { "server: no token on the way",        KRB, KRB, 3, 0, 3, KEEP,  .bare = true, .server = true, .why = TROTH_MALFORMED },
    { "server: forged MIC on the last leg", KRB, KRB, 3, 0, 3, KEEP,  .mic = true, .server = true, .why = TROTH_DOWNGRADE },
    { "server: forged MIC, 4 legs",         KRB, KRB, 4, 0, 3, KEEP,  .mic = true, .server = true, .why = TROTH_DOWNGRADE },
    { "server: forged MIC, 5 legs",         KRB, KRB, 5, 0, 3, KEEP,  .mic = true, .server = true, .why = TROTH_MALFORMED },
    /* the initiator is complete, and waits for the last word */
    { "last word: forged MIC",              KRB, KRB, 3, 0, 4, KEEP,  .mic = true, .why = TROTH_DOWNGRADE },
    { "last word: incomplete, forged MIC",  KRB, KRB, 3, 0, 4, MORE,  .mic = true, .why = TROTH_DOWNGRADE },
    { "last word: no state, forged MIC",    KRB, KRB, 3, 0, 4, NONE,  .mic = true, .why = TROTH_DOWNGRADE },
    { "last word: completed with a token",  KRB, KRB, 3, 0, 4, KEEP,  .token = true, .why = TROTH_MALFORMED },
    { "last word: incomplete with a token", KRB, KRB, 3, 0, 4, MORE,  .token = true, .why = TROTH_MALFORMED },
    { "last word: reject",                  KRB, KRB, 3, 0, 4, NO,    .why = TROTH_PEER_REFUSED },
    { "MIC sent: a token",                  NTLM, NTLM, 0, 3, 4, KEEP, .token = true, .why = TROTH_MALFORMED },
    { "MIC sent: reject",                   NTLM, NTLM, 0, 3, 4, NO,   .why = TROTH_PEER_REFUSED },
    /* another choice: MICs required */
    { "second choice: reject",              { "kerberos", "ntlm" }, NTLM, 2, 3, 4, NO, .why = TROTH_PEER_REFUSED },
    { "second choice: completed too early", { "kerberos", "ntlm" }, NTLM, 2, 3, 4, READY, .why = TROTH_UNEXPECTED },
    { "second choice: MIC too early",       { "kerberos", "ntlm" }, NTLM, 2, 3, 4, KEEP, .mic = true, .why = TROTH_MALFORMED },
    { "second choice: MIC with the choice", { "kerberos", "ntlm" }, NTLM, 2, 3, 2, KEEP, .mic = true, .why = TROTH_MALFORMED },
    { "second choice: reject at the end",   { "kerberos", "ntlm" }, NTLM, 2, 3, 6, NO, .why = TROTH_PEER_REFUSED },
    { "second choice: a token at the end",  { "kerberos", "ntlm" }, NTLM, 2, 3, 6, KEEP, .token = true, .why = TROTH_MALFORMED },
    { "second choice: completed, forged",   { "ntlm", "kerberos" }, KRB, 2, 3, 4, READY, .mic = true, .why = TROTH_DOWNGRADE },
    { "second choice: completed, no MIC",   { "ntlm", "kerberos" }, KRB, 2, 3, 4, READY, .no_mic = true, .why = TROTH_DOWNGRADE },
    { "server, second choice: reject",      { "kerberos", "ntlm" }, NTLM, 2, 3, 3, NO, .server = true, .why = TROTH_PEER_REFUSED },
    { "server, second choice: no token",    { "kerberos", "ntlm" }, NTLM, 2, 3, 3, KEEP, .bare = true, .server = true, .why = TROTH_MALFORMED },
    { "server, second choice: early MIC",   { "kerberos", "ntlm" }, NTLM, 2, 3, 3, KEEP, .mic = true, .server = true, .why = TROTH_MALFORMED },
    { "server, second choice: forged",      { "kerberos", "ntlm" }, NTLM, 2, 3, 5, KEEP, .mic = true, .server = true, .why = TROTH_DOWNGRADE },
    { "server, MIC sent: reject",           { "ntlm", "kerberos" }, KRB, 2, 3, 5, NO, .server = true, .why = TROTH_PEER_REFUSED },
    { "server, MIC sent: a token",          { "ntlm", "kerberos" }, KRB, 2, 3, 5, KEEP, .token = true, .server = true, .why = TROTH_MALFORMED },
};
/* clang-format on */

static void test_words(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (now = words; now < words + sizeof words / sizeof *words; now++) {
        pair p;
        pair_init(&p);
        memcpy(p.cl.sources, now->cl, sizeof now->cl);
        memcpy(p.sv.sources, now->sv, sizeof now->sv);
        p.cl.krb.legs = p.sv.krb.legs = now->krb_legs ? now->krb_legs : 2;
        p.cl.ntlm.legs = p.sv.ntlm.legs = now->ntlm_legs ? now->ntlm_legs : 3;
        p.tamper = change;
        pair_go(&p);
        side *s = now->server ? &p.sv : &p.cl;
        size_t told = p.n - now->victim; /* messages behind the changed one */
        troth_status why = troth_context_error(s->c)->code;
        bool silent = now->server && now->state == NO ? told == 0 : now->server ? told == 1 : told == 0;
        if (s->last != TROTH_STEP_ERROR || why != now->why || troth_context_complete(s->c) || !silent) {
            print_error("%s: %s, %zu messages\n", now->name, troth_status_name(why), told);
            wrong++;
        }
        pair_close(&p);
    }
    assert_int_equal(wrong, 0);
}

/* A raw token's mechanism that fails answers in its own words, or not at all: no reject around it. */
static void test_raw_failure(void **state)
{
    (void)state;
    for (unsigned leg = 1; leg <= 3; leg += 2)
        for (int with = 0; with < 2; with++) {
            pair p;
            pair_init(&p);
            p.cl.opts.mech = "ntlm";
            p.cl.sources[0] = p.sv.sources[0] = "ntlm", p.cl.sources[1] = p.sv.sources[1] = NULL;
            p.sv.opts.policy = TROTH_POLICY_RAW_TOKENS;
            p.sv.ntlm.fail_leg = leg, p.sv.ntlm.fail_role = TROTH_ACCEPTOR, p.sv.ntlm.fail_status = TROTH_DENIED;
            p.sv.ntlm.fail_token = with;
            pair_go(&p);
            assert_int_equal(p.sv.last, TROTH_STEP_ERROR);
            assert_int_equal(troth_context_error(p.sv.c)->code, TROTH_DENIED);
            assert_int_equal(p.n, leg + (with ? 1 : 0));
            if (with) {
                assert_int_equal(p.len[p.n], 4);
                assert_memory_equal(p.token[p.n], "FERR", 4);
            }
            pair_close(&p);
        }
}

/* A raw token says of itself what it is; and one of a mechanism without a credential is nobody's. */
static void test_raw_facts(void **state)
{
    (void)state;
    for (int has = 0; has < 2; has++) {
        pair p;
        pair_init(&p);
        p.cl.opts.mech = "ntlm";
        p.cl.sources[0] = "ntlm", p.cl.sources[1] = NULL;
        p.sv.opts.policy = TROTH_POLICY_RAW_TOKENS;
        p.sv.krb.mech.sniff = NULL; /* it would know its own */
        p.sv.ntlm.cred_status = has ? TROTH_OK : TROTH_NO_CRED;
        pair_go(&p);
        if (has) {
            assert_int_equal(p.sv.last, TROTH_STEP_DONE);
            assert_int_equal(troth_context_facts(p.sv.c).outer, TROTH_MECH_NTLM);
        } else
            server_refused(&p, TROTH_MALFORMED);
        pair_close(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_words), cmocka_unit_test(test_raw_failure),
                                        cmocka_unit_test(test_raw_facts) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
