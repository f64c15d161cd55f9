/* Exchanges with somebody in the middle, and peers that ask for less than there must be. */
#include "pair.h"

static void begin(pair *p, const pair_options *o)
{
    memset(p, 0, sizeof *p);
    test_env_init(&p->t);
    pair_open(p, o);
}

static void end(pair *p)
{
    pair_close(p);
    test_env_check(&p->t);
}

static const pair_options sealed = { .crequire = TROTH_F_CONFIDENTIALITY, .target = "svc/host" };

enum { LM = 12, NT = 20, DOMAIN = 28, USER = 36, WORKSTATION = 44, KEY = 52, FLAGS = 60, VERSION = 64, MIC = 72 };

static void set16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static size_t offset_of(const uint8_t *auth, size_t field)
{
    return auth[field + 4] + 256u * auth[field + 5];
}

/* Where a client's AvFlags value lies. */
static uint8_t *av_flags(uint8_t *auth, size_t n)
{
    static const uint8_t pair_head[] = { MsvAvFlags, 0, 4, 0, NTLM_AV_MIC };
    uint8_t *at = memmem(auth, n, pair_head, sizeof pair_head);
    assert_non_null(at);
    return at + 4;
}

static void mic_zeroed(uint8_t *a, size_t n)
{
    (void)n;
    memset(a + MIC, 0, 16);
}
static void mic_flag_stripped(uint8_t *a, size_t n)
{
    *av_flags(a, n) = 0;
}
static void seal_stripped(uint8_t *a, size_t n)
{
    (void)n;
    a[FLAGS] &= (uint8_t)~NTLM_SEAL;
}
static void key_exch_stripped(uint8_t *a, size_t n)
{
    (void)n;
    a[FLAGS + 3] &= (uint8_t) ~(NTLM_KEY_EXCH >> 24);
}
static void strong_stripped(uint8_t *a, size_t n)
{
    (void)n;
    a[FLAGS + 3] &= (uint8_t) ~(NTLM_128 >> 24);
}
static void ess_stripped(uint8_t *a, size_t n)
{
    (void)n;
    a[FLAGS + 2] &= (uint8_t) ~(NTLM_EXTENDED_SESSIONSECURITY >> 16);
}
static void identify_added(uint8_t *a, size_t n)
{
    (void)n;
    a[FLAGS + 2] |= NTLM_IDENTIFY >> 16;
}
static void version_changed(uint8_t *a, size_t n)
{
    (void)n;
    a[VERSION]++;
}
static void user_changed(uint8_t *a, size_t n)
{
    (void)n;
    a[offset_of(a, USER)] = 'X';
}
static void user_case_changed(uint8_t *a, size_t n)
{
    (void)n;
    a[offset_of(a, USER)] = 'u';
}
static void user_not_utf16(uint8_t *a, size_t n)
{
    (void)n;
    a[offset_of(a, USER) + 1] = 0xdc;
}
static void user_odd(uint8_t *a, size_t n)
{
    (void)n;
    set16(a + USER, 7);
}
static void domain_changed(uint8_t *a, size_t n)
{
    (void)n;
    a[offset_of(a, DOMAIN)] ^= 1;
}
static void workstation_changed(uint8_t *a, size_t n)
{
    (void)n;
    a[offset_of(a, WORKSTATION)] ^= 1;
}
static void key_of_0(uint8_t *a, size_t n)
{
    (void)n;
    set16(a + KEY, 0);
}
static void key_of_4(uint8_t *a, size_t n)
{
    (void)n;
    set16(a + KEY, 4);
}
static void key_of_17(uint8_t *a, size_t n)
{
    (void)n;
    set16(a + KEY, 17);
}
static void key_moved_and_17(uint8_t *a, size_t n)
{
    (void)n;
    set16(a + NT, (unsigned)(a[NT] + 256 * a[NT + 1] - 4)); /* makes room, at the cost of the padding */
    set16(a + KEY, 17);
    set16(a + KEY + 4, (unsigned)offset_of(a, KEY) - 1);
}
static void key_changed(uint8_t *a, size_t n)
{
    (void)n;
    a[offset_of(a, KEY)] ^= 1;
}
static void user_outside(uint8_t *a, size_t n)
{
    set16(a + USER + 4, (unsigned)n);
}
static void user_far_outside(uint8_t *a, size_t n)
{
    (void)n;
    memset(a + USER + 4, 0xff, 4);
}
static void user_over_domain(uint8_t *a, size_t n)
{
    (void)n;
    set16(a + USER + 4, (unsigned)offset_of(a, DOMAIN));
}
static void user_in_header(uint8_t *a, size_t n)
{
    (void)n;
    set16(a + USER + 4, 4);
}
static void user_in_mic(uint8_t *a, size_t n)
{
    (void)n;
    set16(a + USER + 4, MIC + 4);
}
static void v1_response(uint8_t *a, size_t n)
{
    (void)n;
    set16(a + NT, 24);
}
static void lm_only(uint8_t *a, size_t n)
{
    (void)n;
    set16(a + NT, 0);
}
static void made_anonymous(uint8_t *a, size_t n)
{
    (void)n;
    set16(a + NT, 0);
    set16(a + LM, 0);
    set16(a + USER, 0);
}
static void proof_changed(uint8_t *a, size_t n)
{
    (void)n;
    a[offset_of(a, NT)] ^= 1;
}
static void target_changed(uint8_t *a, size_t n)
{
    uint8_t *at = memmem(a, n, "s\0v\0c\0/", 7);
    assert_non_null(at);
    *at = 'S';
}

/* clang-format off */
static const struct tampering {
    const char *name;
    void (*change)(uint8_t *auth, size_t n);
    troth_status want;
} tamperings[] = {
    { "MIC zeroed",                     mic_zeroed,          TROTH_BAD_MIC },
    { "MIC flag stripped",              mic_flag_stripped,   TROTH_DENIED },
    { "SEAL stripped",                  seal_stripped,       TROTH_DOWNGRADE },
    { "KEY_EXCH stripped",              key_exch_stripped,   TROTH_DOWNGRADE },
    { "128 stripped",                   strong_stripped,     TROTH_DOWNGRADE },
    { "ESS stripped",                   ess_stripped,        TROTH_DOWNGRADE },
    { "IDENTIFY added",                 identify_added,      TROTH_BAD_MIC },
    { "version changed",                version_changed,     TROTH_BAD_MIC },
    { "user changed",                   user_changed,        TROTH_DENIED },
    { "case of the user changed",       user_case_changed,   TROTH_BAD_MIC },
    { "user is no UTF-16",              user_not_utf16,      TROTH_MALFORMED },
    { "user of odd length",             user_odd,            TROTH_MALFORMED },
    { "domain changed",                 domain_changed,      TROTH_DENIED },
    { "workstation changed",            workstation_changed, TROTH_BAD_MIC },
    { "session key of 0 octets",        key_of_0,            TROTH_MALFORMED },
    { "session key of 4 octets",        key_of_4,            TROTH_MALFORMED },
    { "session key past the end",       key_of_17,           TROTH_TRUNCATED },
    { "session key of 17 octets",       key_moved_and_17,    TROTH_MALFORMED },
    { "session key changed",            key_changed,         TROTH_BAD_MIC },
    { "user outside",                   user_outside,        TROTH_TRUNCATED },
    { "user far outside",               user_far_outside,    TROTH_TRUNCATED },
    { "user over domain",               user_over_domain,    TROTH_MALFORMED },
    { "user in the header",             user_in_header,      TROTH_MALFORMED },
    { "user in the MIC",                user_in_mic,         TROTH_MALFORMED },
    { "NTLMv1 response",                v1_response,         TROTH_DENIED },
    { "LM response only",               lm_only,             TROTH_DENIED },
    { "made anonymous",                 made_anonymous,      TROTH_DENIED },
    { "proof changed",                  proof_changed,       TROTH_DENIED },
    { "target name changed",            target_changed,      TROTH_DENIED },
};
/* clang-format on */

static void test_tampered_authenticate(void **state)
{
    (void)state;
    for (const struct tampering *t = tamperings; t < tamperings + sizeof tamperings / sizeof *tamperings; t++) {
        pair p;
        begin(&p, &sealed);
        pair_half(&p);
        t->change(p.tokens[2].base, p.tokens[2].len);
        pair_finish(&p, pair_token(&p, 2));
        const troth_error *e = troth_context_error(p.server);
        if (p.sstep != TROTH_STEP_ERROR || e->code != t->want)
            fail_msg("%s: %s, %s", t->name, troth_status_name(e->code), e->where);
        assert_non_null(strstr(e->where, "MS-NLMP "));
        end(&p);
    }
}

/* Nobody can change a single bit of an AUTHENTICATE that is sealed to its exchange. */
static void test_every_bit_and_prefix(void **state)
{
    (void)state;
    pair p;
    begin(&p, &sealed);
    pair_half(&p);
    size_t bits = p.tokens[2].len * 8;
    end(&p);
    for (size_t i = 0; i < bits + bits / 8; i += i < bits ? 3 : 1) { /* a third of the bits, all prefixes */
        begin(&p, &sealed);
        p.t.seed = 5;
        pair_half(&p);
        troth_bytes token = pair_token(&p, 2);
        if (i < bits)
            p.tokens[2].base[i / 8] ^= (uint8_t)(1u << i % 8);
        else
            token.len = i - bits;
        pair_finish(&p, token);
        assert_int_equal(p.sstep, TROTH_STEP_ERROR);
        end(&p);
    }
}

/* What a client refuses in a CHALLENGE: bits are of NegotiateFlags at 20. */
static void test_weakened_challenge(void **state)
{
    (void)state;
    static const struct {
        uint32_t bit;
        troth_status want;
    } rows[] = {
        { NTLM_SIGN, TROTH_DOWNGRADE },     { NTLM_SEAL, TROTH_DOWNGRADE },
        { NTLM_128, TROTH_DOWNGRADE },      { NTLM_EXTENDED_SESSIONSECURITY, TROTH_DOWNGRADE },
        { NTLM_KEY_EXCH, TROTH_DOWNGRADE }, { NTLM_UNICODE, TROTH_UNSUPPORTED },
        { NTLM_DATAGRAM, TROTH_DOWNGRADE }, { NTLM_TARGET_INFO, TROTH_UNSUPPORTED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pair p;
        begin(&p, &sealed);
        p.cstep = troth_context_step(p.client, (troth_bytes){ 0 }, &p.tokens[0]);
        p.sstep = troth_context_step(p.server, pair_token(&p, 0), &p.tokens[1]);
        for (unsigned k = 0; k < 4; k++)
            p.tokens[1].base[20 + k] ^= (uint8_t)(rows[i].bit >> 8 * k);
        p.cstep = troth_context_step(p.client, pair_token(&p, 1), &p.tokens[2]);
        assert_int_equal(p.cstep, TROTH_STEP_ERROR);
        assert_int_equal(p.tokens[2].len, 0);
        assert_int_equal(troth_context_error(p.client)->code, rows[i].want);
        end(&p);
    }
}

/* A server without NetBIOS names gets no response when messages are to be protected. [MS-NLMP 3.1.5.1.2] */
static void test_challenge_without_names(void **state)
{
    (void)state;
    for (int protect = 0; protect < 2; protect++) {
        pair p;
        begin(&p, protect ? &sealed : &(pair_options){ 0 });
        p.cstep = troth_context_step(p.client, (troth_bytes){ 0 }, &p.tokens[0]);
        p.sstep = troth_context_step(p.server, pair_token(&p, 0), &p.tokens[1]);
        uint8_t *at = memmem(p.tokens[1].base + 56, p.tokens[1].len - 56, "\1\0\14\0S\0", 6);
        assert_non_null(at);
        at[0] = 0x7f; /* NbComputerName becomes a pair nobody knows */
        p.cstep = troth_context_step(p.client, pair_token(&p, 1), &p.tokens[2]);
        assert_int_equal(p.cstep, protect ? TROTH_STEP_ERROR : TROTH_STEP_DONE);
        assert_int_equal(troth_context_error(p.client)->code, protect ? TROTH_DENIED : TROTH_OK);
        end(&p);
    }
}

/* What a server refuses in a NEGOTIATE that wants protection. */
static void test_weak_negotiate(void **state)
{
    (void)state;
    static const struct {
        uint32_t drop;
        troth_status want;
    } rows[] = {
        { NTLM_128, TROTH_DOWNGRADE },
        { NTLM_EXTENDED_SESSIONSECURITY, TROTH_DOWNGRADE },
        { NTLM_KEY_EXCH, TROTH_DOWNGRADE },
        { NTLM_UNICODE, TROTH_UNSUPPORTED },
        { NTLM_SIGN, TROTH_OK },
        { NTLM_VERSION, TROTH_OK },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pair p;
        begin(&p, &sealed);
        p.cstep = troth_context_step(p.client, (troth_bytes){ 0 }, &p.tokens[0]);
        for (unsigned k = 0; k < 4; k++)
            p.tokens[0].base[12 + k] &= (uint8_t) ~(rows[i].drop >> 8 * k);
        p.sstep = troth_context_step(p.server, pair_token(&p, 0), &p.tokens[1]);
        assert_int_equal(troth_context_error(p.server)->code, rows[i].want);
        assert_int_equal(p.sstep, rows[i].want ? TROTH_STEP_ERROR : TROTH_STEP_MORE);
        end(&p);
    }
}

/* A NEGOTIATE changed where only the MIC can tell. */
static void test_changed_negotiate(void **state)
{
    (void)state;
    pair p;
    begin(&p, &sealed);
    p.cstep = troth_context_step(p.client, (troth_bytes){ 0 }, &p.tokens[0]);
    p.tokens[0].base[33] ^= 1; /* ProductMinorVersion */
    p.sstep = troth_context_step(p.server, pair_token(&p, 0), &p.tokens[1]);
    p.cstep = troth_context_step(p.client, pair_token(&p, 1), &p.tokens[2]);
    pair_finish(&p, pair_token(&p, 2));
    assert_int_equal(troth_context_error(p.server)->code, TROTH_BAD_MIC);
    end(&p);
}

static void test_long_negotiate(void **state)
{
    (void)state;
    pair p;
    uint8_t token[600] = { 0 };
    begin(&p, &sealed);
    p.cstep = troth_context_step(p.client, (troth_bytes){ 0 }, &p.tokens[0]);
    memcpy(token, p.tokens[0].base, p.tokens[0].len);
    p.sstep = troth_context_step(p.server, (troth_bytes){ token, sizeof token }, &p.tokens[1]);
    assert_int_equal(troth_context_error(p.server)->code, TROTH_LIMIT);
    end(&p);
}

/* An AUTHENTICATE of a client that sends no MIC, by hand; domain is what its key is computed with. */
static void without_mic(pair *p, const char *domain, size_t domain_len, troth_writer *w)
{
    troth_ntlm_challenge ch;
    uint8_t key[16], base[16], exported[16] = { 3 }, nt[300] = { 0 };
    assert_int_equal(troth_ntlm_challenge_read(pair_token(p, 1), &ch), TROTH_OK);
    nt[16] = nt[17] = 1;
    memcpy(nt + 44, ch.target_info.data, ch.target_info.len); /* the pairs as the server gave them: no AvFlags */
    size_t len = 44 + ch.target_info.len + 4;
    assert_int_equal(troth_ntlm_ntowfv2((const uint8_t *)PASSWORD_HASH, "User",
                                        (troth_bytes){ (const uint8_t *)domain, domain_len }, key),
                     TROTH_OK);
    troth_ntlm_proof(key, ch.server_challenge, (troth_bytes){ nt + 16, len - 16 }, nt);
    troth_ntlm_session_base_key(key, nt, base);
    troth_rc4_once(base, exported, 16);
    troth_ntlm_authenticate_write(w, &(troth_ntlm_authenticate){ .flags = ch.flags,
                                                                 .nt = { nt, len },
                                                                 .user = { (const uint8_t *)"U\0s\0e\0r", 8 },
                                                                 .domain = { (const uint8_t *)"D\0o\0m", 6 },
                                                                 .session_key = { exported, 16 },
                                                                 .version = troth_ntlm_version });
    assert_int_equal(w->st, TROTH_OK);
}

static void test_no_mic(void **state)
{
    (void)state;
    static const struct {
        uint32_t policy;
        const char *domain;
        size_t len;
        troth_status want;
    } rows[] = {
        { 0, "D\0o\0m", 6, TROTH_DOWNGRADE },
        { TROTH_POLICY_NTLM_WITHOUT_MIC, "D\0o\0m", 6, TROTH_OK },
        { TROTH_POLICY_NTLM_WITHOUT_MIC, "", 0, TROTH_OK }, /* clients that leave the domain out: 3.2.5.1.2 */
        { TROTH_POLICY_NTLM_WITHOUT_MIC, "d\0o\0m", 6, TROTH_DENIED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pair p;
        uint8_t buf[600];
        troth_writer w = troth_writer_over(buf, sizeof buf, TROTH_LE);
        pair_options o = sealed;
        o.policy = rows[i].policy;
        begin(&p, &o);
        pair_half(&p);
        without_mic(&p, rows[i].domain, rows[i].len, &w);
        pair_finish(&p, (troth_bytes){ buf, w.len });
        assert_int_equal(troth_context_error(p.server)->code, rows[i].want);
        assert_int_equal(p.sstep, rows[i].want ? TROTH_STEP_ERROR : TROTH_STEP_DONE);
        end(&p);
    }
}

/* The policy is about absence only: a MIC that is there is verified. */
static void test_policy_does_not_excuse_a_bad_mic(void **state)
{
    (void)state;
    pair p;
    pair_options o = sealed;
    o.policy = TROTH_POLICY_NTLM_WITHOUT_MIC;
    begin(&p, &o);
    pair_half(&p);
    mic_zeroed(p.tokens[2].base, p.tokens[2].len);
    pair_finish(&p, pair_token(&p, 2));
    assert_int_equal(troth_context_error(p.server)->code, TROTH_BAD_MIC);
    end(&p);
}

static void test_garbage(void **state)
{
    (void)state;
    static const char *const tokens[] = { "N", "NTLMSSP", "NTLMSSP\0\1\0\0\0", "garbage of some length, really",
                                          "\x60\x28" };
    static const size_t len[] = { 1, 7, 12, 30, 2 };
    for (size_t i = 0; i < 5; i++) {
        pair p;
        begin(&p, &sealed);
        p.sstep = troth_context_step(p.server, (troth_bytes){ (const uint8_t *)tokens[i], len[i] }, &p.tokens[1]);
        assert_int_equal(p.sstep, TROTH_STEP_ERROR);
        assert_int_equal(troth_status_class_of(troth_context_error(p.server)->code), TROTH_CLASS_MALFORMED);
        end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tampered_authenticate),
        cmocka_unit_test(test_every_bit_and_prefix),
        cmocka_unit_test(test_weakened_challenge),
        cmocka_unit_test(test_challenge_without_names),
        cmocka_unit_test(test_weak_negotiate),
        cmocka_unit_test(test_changed_negotiate),
        cmocka_unit_test(test_long_negotiate),
        cmocka_unit_test(test_no_mic),
        cmocka_unit_test(test_policy_does_not_excuse_a_bad_mic),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
