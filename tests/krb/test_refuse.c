/* What must fail, and with which status. */
#include <krb/krb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIGN (TROTH_F_MUTUAL | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_INTEGRITY)

static void expect(troth_status want, const troth_context *c)
{
    const troth_error *e = troth_context_error(c);
    if (e->code != want)
        fail_msg("%s at %s (%x, %d), wanted %s", troth_status_name(e->code), e->where, e->gss_major, (int)e->gss_minor,
                 troth_status_name(want));
}

static void test_unknown_target(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_init(&p);
    troth_context_options init = krb_init_options(SIGN), accept = krb_accept_options();
    init.target = "absent/localhost";
    assert_false(krb_pair_run(&p, &init, &accept));
    expect(TROTH_TARGET_UNKNOWN, p.init);
    assert_int_equal((int32_t)troth_context_error(p.init)->gss_minor, -1765328377);
    krb_pair_reset(&p);
    init.target = NULL;
    assert_false(krb_pair_run(&p, &init, &accept));
    expect(TROTH_TARGET_UNKNOWN, p.init);
    krb_pair_clear(&p);
}

/* A keytab without the service, and one with the service under another key of the same number. */
static void test_wrong_keytab(void **state)
{
    (void)state;
    static const struct {
        const char *keytab, *target;
        troth_status want;
    } rows[] = { { "host.keytab", "svc/localhost", TROTH_TARGET_UNKNOWN },
                 { "wrong.keytab", "wrong/localhost", TROTH_WRONG_PRINCIPAL } };
    for (size_t i = 0; i < 2; i++) {
        krb_pair p;
        troth_cred_source server = { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = lab_file(rows[i].keytab) };
        troth_context_options init = krb_init_options(SIGN), accept = krb_accept_options();
        init.target = rows[i].target;
        krb_pair_init_with(&p, NULL, &server);
        assert_false(krb_pair_run(&p, &init, &accept));
        expect(rows[i].want, p.accept);
        assert_int_equal(troth_context_facts(p.accept).attributes, 0);
        /* and the initiator hears of it by the acceptor's error token, where there is one */
        if (p.tokens[1].len) {
            troth_block none;
            assert_int_equal(krb_leg(&p.t.env, &p.init, &p.tokens[1], &none), TROTH_STEP_ERROR);
            expect(rows[i].want, p.init);
            troth_mem_drop(&p.t.env, &none);
        }
        krb_pair_clear(&p);
    }
}

static void test_credentials(void **state)
{
    (void)state;
    const char *wrong = lab_secret("wrong.password");
    const troth_cred_source rows[] = {
        { .mech = "kerberos",
          .kind = TROTH_CRED_PASSWORD,
          .principal = "alice",
          .secret = { (const uint8_t *)wrong, strlen(wrong) } },
        { .mech = "kerberos",
          .kind = TROTH_CRED_PASSWORD,
          .principal = "nobody",
          .secret = { (const uint8_t *)wrong, strlen(wrong) } },
        { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = lab_file("absent.keytab") },
        { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = lab_file("bob.keytab"), .principal = "alice" },
        { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = lab_file("krb5.conf") },
        { .mech = "kerberos",
          .kind = TROTH_CRED_KEYTAB,
          .path = lab_file("wrong.keytab"),
          .principal = "wrong/localhost" },
        { .mech = "kerberos", .kind = TROTH_CRED_CCACHE, .path = lab_file("absent.ccache") },
    };
    static const troth_status wants[] = { TROTH_DENIED,     TROTH_DENIED, TROTH_BAD_CONFIG, TROTH_BAD_CONFIG,
                                          TROTH_BAD_CONFIG, TROTH_DENIED, TROTH_NO_CRED };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_env t;
        troth_cred *cred = NULL;
        test_env_init(&t);
        test_env_secret(&t, wrong, strlen(wrong));
        troth_status st = krb_acquire(&t.env, TROTH_USE_INITIATE, &rows[i], &cred);
        if (st != wants[i])
            fail_msg("row %zu: %s, minor %d at %s", i, troth_status_name(st), (int)troth_cred_error(cred)->gss_minor,
                     troth_cred_error(cred)->where);
        if (wants[i] == TROTH_BAD_CONFIG)
            assert_non_null(strstr(troth_cred_complaint(cred), rows[i].path));
        troth_context_options o = krb_init_options(SIGN);
        troth_context *c;
        assert_int_equal(troth_context_new(cred, &o, &c), TROTH_NO_CRED);
        troth_cred_unref(cred);
        test_env_check(&t);
    }
}

static void test_acceptor_credentials(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    static const char *const files[] = { "absent.keytab", "krb5.conf" };
    for (size_t i = 0; i < 2; i++) {
        troth_cred_source src = { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = lab_file(files[i]) };
        troth_cred *cred = NULL;
        troth_status st = krb_acquire(&t.env, TROTH_USE_ACCEPT, &src, &cred);
        if (st != TROTH_BAD_CONFIG)
            fail_msg("%s: %s, minor %d", files[i], troth_status_name(st), (int)troth_cred_error(cred)->gss_minor);
        assert_non_null(strstr(troth_cred_complaint(cred), src.path));
        troth_cred_unref(cred);
    }
    test_env_check(&t);
}

static void test_no_kdc(void **state)
{
    (void)state;
    char *old = strdup(getenv("KRB5_CONFIG"));
    FILE *f = fopen(lab_file("dead.conf"), "we");
    fputs("[libdefaults]\ndefault_realm = EXAMPLE.TEST\ndns_lookup_kdc = false\nudp_preference_limit = 1\n"
          "[realms]\nEXAMPLE.TEST = {\nkdc = 127.0.0.1:1\n}\n",
          f);
    fclose(f);
    setenv("KRB5_CONFIG", lab_file("dead.conf"), 1);
    test_env t;
    troth_cred *cred = NULL;
    troth_cred_source src = {
        .mech = "kerberos", .kind = TROTH_CRED_PASSWORD, .principal = "alice", .secret = { (const uint8_t *)"x", 1 }
    };
    test_env_init(&t);
    assert_int_equal(krb_acquire(&t.env, TROTH_USE_INITIATE, &src, &cred), TROTH_NO_AUTHORITY);
    troth_cred_unref(cred);
    test_env_check(&t);
    setenv("KRB5_CONFIG", old, 1);
    free(old);
}

/* Tickets of two seconds: a cache gone stale before and after it was acquired. */
static void test_expired_ticket(void **state)
{
    (void)state;
    char command[2048], ccache[600];
    snprintf(ccache, sizeof ccache, "FILE:%s", lab_file("short.ccache"));
    snprintf(command, sizeof command, "kinit -k -t %s -l 2s -c %s alice", lab_file("alice.keytab"), ccache);
    assert_int_equal(system(command), 0);
    krb_pair p;
    troth_cred_source client = { .mech = "kerberos", .kind = TROTH_CRED_CCACHE, .path = ccache };
    krb_pair_init_with(&p, &client, NULL);
    nanosleep(&(struct timespec){ .tv_sec = 3 }, NULL);
    troth_context_options init = krb_init_options(SIGN), accept = krb_accept_options();
    assert_false(krb_pair_run(&p, &init, &accept));
    expect(TROTH_CRED_EXPIRED, p.init);
    krb_pair_reset(&p);
    troth_cred *late = NULL;
    assert_int_equal(krb_acquire(&p.t.env, TROTH_USE_INITIATE, &client, &late), TROTH_CRED_EXPIRED);
    troth_cred_unref(late);
    krb_pair_clear(&p);
}

/* A second context on the same AP-REQ. */
static void test_replayed_request(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SIGN);
    for (int allow = 0; allow < 2; allow++) {
        troth_context_options accept = krb_accept_options();
        troth_context *c = NULL;
        troth_block out;
        accept.policy = allow ? TROTH_POLICY_ALLOW_REPEAT : 0;
        assert_int_equal(troth_context_new(p.server, &accept, &c), TROTH_OK);
        troth_step step = krb_leg(&p.t.env, &c, &p.tokens[0], &out);
        assert_int_equal(step, allow ? TROTH_STEP_DONE : TROTH_STEP_ERROR);
        expect(allow ? TROTH_OK : TROTH_REPLAY, c);
        troth_mem_drop(&p.t.env, &out);
        troth_context_free(c);
    }
    krb_pair_clear(&p);
}

static troth_step offer(krb_pair *p, const uint8_t *token, size_t n, troth_context **ret)
{
    troth_context_options accept = krb_accept_options();
    troth_block in = { (uint8_t *)(uintptr_t)token, n }, out;
    accept.policy = TROTH_POLICY_ALLOW_REPEAT;
    assert_int_equal(troth_context_new(p->server, &accept, ret), TROTH_OK);
    troth_step step = krb_leg(&p->t.env, ret, &in, &out);
    troth_mem_drop(&p->t.env, &out);
    return step;
}

/* Tokens of other mechanisms are refused by us, before libgssapi would look for somebody to take them. */
static void test_foreign_tokens(void **state)
{
    (void)state;
    static const char ntlm[] = "NTLMSSP\0\1\0\0\0\7\x82\b\xa2";
    static const uint8_t spnego[] = { 0x60, 0x08, 0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02 };
    static const uint8_t iakerb[] = { 0x60, 0x08, 0x06, 0x06, 0x2b, 0x06, 0x01, 0x05, 0x02, 0x05 };
    const troth_bytes tokens[] = { { (const uint8_t *)ntlm, sizeof ntlm },
                                   { spnego, sizeof spnego },
                                   { iakerb, sizeof iakerb },
                                   { (const uint8_t *)"", 0 },
                                   { (const uint8_t *)"\0\0\0", 3 },
                                   { (const uint8_t *)"\x60\x84", 2 } };
    krb_pair p;
    krb_pair_init(&p);
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        troth_context *c;
        assert_int_equal(offer(&p, tokens[i].data, tokens[i].len, &c), TROTH_STEP_ERROR);
        expect(TROTH_MALFORMED, c);
        troth_context_free(c);
    }
    krb_pair_clear(&p);
    char line[1024];
    FILE *f = fopen("/proc/self/maps", "re");
    while (fgets(line, sizeof line, f))
        assert_null(strstr(line, "gssntlmssp"));
    fclose(f);
}

/* AP-REQs cut short and altered: refused, or (in the few octets that nothing signs) still alice and nobody else. */
static void test_altered_request(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SIGN);
    troth_block good = p.tokens[0];
    for (size_t i = 0; i < good.len; i++) {
        troth_context *c;
        uint8_t *copy = malloc(good.len);
        memcpy(copy, good.data, good.len);
        assert_int_equal(offer(&p, copy, i, &c), TROTH_STEP_ERROR);
        assert_int_not_equal(troth_context_error(c)->code, TROTH_OK);
        troth_context_free(c);
        copy[i] ^= (uint8_t)(1 << i % 8);
        if (offer(&p, copy, good.len, &c) == TROTH_STEP_DONE)
            assert_string_equal(troth_context_facts(c).peer.name, "alice@EXAMPLE.TEST");
        troth_context_free(c);
        free(copy);
    }
    krb_pair_clear(&p);
}

/* The acceptor's answer, altered anywhere: an initiator that asked for mutual authentication never completes. */
static void test_altered_reply(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_init(&p);
    troth_context_options o = krb_init_options(SIGN);
    for (size_t i = 0; i < 120; i += 7) {
        troth_block out, reply, none;
        troth_context *a;
        assert_int_equal(troth_context_new(p.client, &o, &p.init), TROTH_OK);
        assert_int_equal(krb_leg(&p.t.env, &p.init, NULL, &out), TROTH_STEP_MORE);
        troth_context_options accept = krb_accept_options();
        assert_int_equal(troth_context_new(p.server, &accept, &a), TROTH_OK);
        assert_int_equal(krb_leg(&p.t.env, &a, &out, &reply), TROTH_STEP_DONE);
        reply.data[i] ^= 0x20;
        assert_int_equal(krb_leg(&p.t.env, &p.init, &reply, &none), TROTH_STEP_ERROR);
        troth_mem_drop(&p.t.env, &out);
        troth_mem_drop(&p.t.env, &reply);
        troth_mem_drop(&p.t.env, &none);
        troth_context_free(a);
        krb_pair_reset(&p);
    }
    krb_pair_clear(&p);
}

static void test_kinds(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_init(&p);
    static const troth_flags kinds[] = { TROTH_F_DATAGRAM, TROTH_F_STREAM };
    for (size_t i = 0; i < 2; i++) {
        troth_context_options init = krb_init_options(SIGN | kinds[i]);
        troth_context *c;
        assert_int_equal(troth_context_new(p.client, &init, &c), TROTH_UNSUPPORTED);
    }
    krb_pair_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_target),
        cmocka_unit_test(test_wrong_keytab),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_acceptor_credentials),
        cmocka_unit_test(test_no_kdc),
        cmocka_unit_test(test_expired_ticket),
        cmocka_unit_test(test_replayed_request),
        cmocka_unit_test(test_foreign_tokens),
        cmocka_unit_test(test_altered_request),
        cmocka_unit_test(test_altered_reply),
        cmocka_unit_test(test_kinds),
    };
    return krb_run("refuse", tests, sizeof tests / sizeof *tests);
}
