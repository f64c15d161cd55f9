/* Whole exchanges between our client and our server, in memory. */
#include "pair.h"
#include <support/hex.h>

static void begin(pair *p)
{
    memset(p, 0, sizeof *p);
    test_env_init(&p->t);
}

static void end(pair *p)
{
    pair_close(p);
    test_env_check(&p->t);
}

static void same_session_key(const pair *p)
{
    troth_bytes a, b;
    assert_int_equal(troth_context_session_key(p->client, &a), TROTH_OK);
    assert_int_equal(troth_context_session_key(p->server, &b), TROTH_OK);
    assert_int_equal(a.len, 16);
    assert_memory_equal(a.data, b.data, 16);
}

/* level x bindings of either side x datagram: what is established, and that messages flow. */
static void one_of_matrix(troth_flags level, const char *cb, const char *sb, bool datagram)
{
    pair p;
    begin(&p);
    const troth_flags kind = datagram ? TROTH_F_DATAGRAM : 0;
    pair_open(&p, &(pair_options){ .crequire = level | kind, .target = "svc/host", .cbind = cb, .sbind = sb });
    pair_run(&p);
    bool clash = cb && sb && strcmp(cb, sb) != 0;
    assert_int_equal(p.cstep, TROTH_STEP_DONE);
    assert_int_equal(p.sstep, clash ? TROTH_STEP_ERROR : TROTH_STEP_DONE);
    if (clash) {
        assert_int_equal(troth_context_error(p.server)->code, TROTH_BAD_BINDINGS);
        end(&p);
        return;
    }
    troth_facts c = troth_context_facts(p.client), s = troth_context_facts(p.server);
    troth_flags shown = TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_MUTUAL | TROTH_F_ANONYMOUS;
    troth_flags want = level | (datagram || level ? TROTH_F_INTEGRITY : 0);
    assert_int_equal(c.attributes & shown, want);
    assert_int_equal(s.attributes & shown, want);
    assert_int_equal((s.attributes & TROTH_F_BOUND) != 0, cb && sb);
    assert_string_equal(s.peer.name, "Domain\\User");
    assert_string_equal(s.peer.account, "User");
    assert_string_equal(c.self.name, "Domain\\User");
    assert_string_equal(c.peer.name, "");
    assert_string_equal(s.detail, "rc4-hmac-md5-128");
    same_session_key(&p);
    troth_status sign = want & TROTH_F_INTEGRITY ? TROTH_OK : TROTH_TOO_LOW;
    troth_status seal = want & TROTH_F_CONFIDENTIALITY ? TROTH_OK : TROTH_TOO_LOW;
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(pair_send(p.client, p.server, TROTH_FORM_MIC, 3 * i), sign);
        assert_int_equal(pair_send(p.server, p.client, TROTH_FORM_WRAP, 3 * i), sign);
        assert_int_equal(pair_send(p.client, p.server, TROTH_FORM_SEAL, 3 * i + 1), seal);
        assert_int_equal(pair_send(p.server, p.client, TROTH_FORM_SEAL, 3 * i + 1), seal);
    }
    end(&p);
}

static void test_matrix(void **state)
{
    (void)state;
    static const troth_flags levels[] = { 0, TROTH_F_INTEGRITY, TROTH_F_CONFIDENTIALITY };
    static const char *const bindings[] = { NULL, "tls-server-end-point:abc", "tls-server-end-point:xyz" };
    for (size_t l = 0; l < 3; l++)
        for (size_t c = 0; c < 3; c++)
            for (size_t s = 0; s < 2; s++)
                for (int datagram = 0; datagram < 2; datagram++)
                    one_of_matrix(levels[l], bindings[c], bindings[s], datagram);
}

static void test_bindings_required(void **state)
{
    (void)state;
    static const struct {
        const char *c, *s;
        troth_status want;
    } rows[] = {
        { "tls:a", "tls:a", TROTH_OK },
        { "tls:b", "tls:a", TROTH_BAD_BINDINGS },
        { NULL, "tls:a", TROTH_BAD_BINDINGS },
        { "tls:a", NULL, TROTH_BAD_BINDINGS }, /* nothing to hold them against */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pair p;
        begin(&p);
        pair_open(&p,
                  &(pair_options){ .cbind = rows[i].c, .sbind = rows[i].s, .policy = TROTH_POLICY_REQUIRE_BINDINGS });
        pair_run(&p);
        assert_int_equal(troth_context_error(p.server)->code, rows[i].want);
        end(&p);
    }
}

static void test_targets(void **state)
{
    (void)state;
    static const struct {
        const char *client, *server;
        troth_status want;
    } rows[] = {
        { "http/web", NULL, TROTH_OK },
        { NULL, NULL, TROTH_OK },
        { "http/web", "HTTP/Web", TROTH_OK },
        { "http@web", "http/web", TROTH_OK },
        { "http/web", "http@web", TROTH_OK },
        { "http/other", "http/web", TROTH_TARGET_UNKNOWN },
        { NULL, "http/web", TROTH_TARGET_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pair p;
        begin(&p);
        pair_open(&p, &(pair_options){ .target = rows[i].client, .own_target = rows[i].server });
        pair_run(&p);
        assert_int_equal(troth_context_error(p.server)->code, rows[i].want);
        end(&p);
    }
}

static void test_logon(void **state)
{
    (void)state;
    static const struct {
        const char *user, *password, *domain;
        troth_status want;
        const char *name;
    } rows[] = {
        { "User", "Password", "Domain", TROTH_OK, "Domain\\User" },
        { "uSER", "Password", "other", TROTH_OK, "other\\uSER" }, /* the callback took it */
        { "Üser", "Password", "Domain", TROTH_OK, "Domain\\Üser" },
        { "User", "password", "Domain", TROTH_DENIED, "" },
        { "User", "", "Domain", TROTH_DENIED, "" },
        { "Nobody", "Password", "Domain", TROTH_DENIED, "" },
        { "Gone", "Password", "Domain", TROTH_NO_AUTHORITY, "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pair p;
        begin(&p);
        pair_open(&p, &(pair_options){ .user = rows[i].user,
                                       .password = rows[i].password,
                                       .domain = rows[i].domain,
                                       .crequire = TROTH_F_INTEGRITY });
        pair_run(&p);
        assert_int_equal(troth_context_error(p.server)->code, rows[i].want);
        assert_string_equal(troth_context_facts(p.server).peer.name, rows[i].name);
        end(&p);
    }
    assert_int_equal(troth_status_hresult(TROTH_DENIED), 0x8009030c);
}

/* An unknown account whose peer answers for the dummy hash of zeros stays unknown. */
static void test_dummy_hash_is_no_door(void **state)
{
    (void)state;
    pair p;
    begin(&p);
    static const uint8_t zeros[16];
    const troth_cred_source src = {
        .mech = "ntlm", .kind = TROTH_CRED_NT_HASH, .principal = "Nobody", .domain = "Domain", .secret = { zeros, 16 }
    };
    pair_open(&p, &(pair_options){ .csource = &src });
    pair_run(&p);
    assert_int_equal(troth_context_error(p.server)->code, TROTH_DENIED);
    end(&p);
}

static void test_nt_hash_and_split_name(void **state)
{
    (void)state;
    pair p;
    begin(&p);
    const troth_cred_source src = { .mech = "ntlm",
                                    .kind = TROTH_CRED_NT_HASH,
                                    .principal = "CORP\\user",
                                    .secret = { (const uint8_t *)PASSWORD_HASH, 16 } };
    pair_open(&p, &(pair_options){ .csource = &src, .crequire = TROTH_F_CONFIDENTIALITY | TROTH_F_IDENTIFY });
    pair_run(&p);
    assert_int_equal(p.sstep, TROTH_STEP_DONE);
    assert_string_equal(troth_context_facts(p.server).peer.name, "CORP\\user");
    assert_true(troth_context_facts(p.server).attributes & TROTH_F_IDENTIFY);
    end(&p);
}

static void test_anonymous(void **state)
{
    (void)state;
    for (int allowed = 0; allowed < 2; allowed++) {
        pair p;
        troth_bytes key;
        begin(&p);
        pair_open(&p, &(pair_options){ .anonymous = true,
                                       .crequire = TROTH_F_CONFIDENTIALITY,
                                       .srequire = allowed ? TROTH_F_ANONYMOUS : 0 });
        pair_run(&p);
        assert_int_equal(p.sstep, allowed ? TROTH_STEP_DONE : TROTH_STEP_ERROR);
        assert_int_equal(troth_context_error(p.server)->code, allowed ? TROTH_OK : TROTH_DENIED);
        if (allowed) {
            assert_int_equal(troth_context_facts(p.server).attributes, TROTH_F_ANONYMOUS | TROTH_F_CONNECTION);
            assert_int_equal(troth_context_facts(p.client).attributes, TROTH_F_ANONYMOUS | TROTH_F_CONNECTION);
            assert_string_equal(troth_context_facts(p.server).peer.name, "");
            assert_int_equal(pair_send(p.client, p.server, TROTH_FORM_MIC, 0), TROTH_TOO_LOW);
            assert_int_equal(troth_context_session_key(p.server, &key), TROTH_UNSUPPORTED);
        }
        end(&p);
    }
}

/* The first leg of a datagram client gives no token, and yet a context that can protect. [MS-NLMP 3.1.5.2] */
static void test_datagram_before_the_exchange(void **state)
{
    (void)state;
    pair p;
    begin(&p);
    pair_open(&p, &(pair_options){ .crequire = TROTH_F_DATAGRAM | TROTH_F_CONFIDENTIALITY });
    p.cstep = troth_context_step(p.client, (troth_bytes){ 0 }, &p.tokens[0]);
    assert_int_equal(p.cstep, TROTH_STEP_MORE);
    assert_int_equal(p.tokens[0].len, 0);
    uint8_t data[] = "early", token[16];
    troth_segment seg = { TROTH_SEG_DATA, data, sizeof data };
    troth_message m = { &seg, 1, token, sizeof token, 40 };
    assert_int_equal(troth_context_protect(p.client, TROTH_FORM_SEAL, &m, 1, NULL), TROTH_OK);
    p.sstep = troth_context_step(p.server, (troth_bytes){ 0 }, &p.tokens[1]);
    assert_int_equal(p.sstep, TROTH_STEP_MORE);
    p.cstep = troth_context_step(p.client, pair_token(&p, 1), &p.tokens[2]);
    pair_finish(&p, pair_token(&p, 2));
    assert_int_equal(p.sstep, TROTH_STEP_DONE);
    assert_int_equal(troth_context_unprotect(p.server, TROTH_FORM_SEAL, &m, 1, NULL), TROTH_OK);
    assert_memory_equal(data, "early", 6);
    assert_true(troth_context_facts(p.server).attributes & TROTH_F_DATAGRAM);
    end(&p);
}

/* What an unauthenticated peer makes us hold. */
static void test_half_open_is_small(void **state)
{
    (void)state;
    pair p;
    begin(&p);
    pair_open(&p, &(pair_options){ .crequire = TROTH_F_CONFIDENTIALITY });
    size_t before = atomic_load(&p.t.held);
    pair_half(&p);
    troth_ntlm *n = p.server->impl;
    size_t half = sizeof *n + n->negotiate.len + n->challenge.len;
    assert_true(half < 1536);
    assert_true(atomic_load(&p.t.held) > before);
    end(&p);
}

static void test_wrong_order(void **state)
{
    (void)state;
    pair p, q;
    begin(&p);
    pair_open(&p, &(pair_options){ 0 });
    pair_half(&p);
    troth_writer none = troth_writer_growing(&p.t.env, 65535, TROTH_LE);
    begin(&q);
    pair_open(&q, &(pair_options){ 0 });
    assert_int_equal(troth_context_step(q.server, pair_token(&p, 2), &none), TROTH_STEP_ERROR); /* AUTHENTICATE first */
    assert_int_equal(troth_context_error(q.server)->code, TROTH_UNEXPECTED);
    assert_int_equal(troth_context_step(q.client, pair_token(&p, 1), &none), TROTH_STEP_ERROR); /* unasked CHALLENGE */
    assert_int_equal(troth_context_error(q.client)->code, TROTH_UNEXPECTED);
    assert_int_equal(troth_context_step(p.server, pair_token(&p, 0), &none), TROTH_STEP_ERROR); /* NEGOTIATE again */
    assert_int_equal(troth_context_error(p.server)->code, TROTH_UNEXPECTED);
    assert_int_equal(none.len, 0);
    troth_writer_clear(&none);
    end(&p);
    end(&q);
}

/* Every allocation of a handshake and a message failing in turn: an error, no leak, no secret left behind. */
static void test_allocations_and_secrets(void **state)
{
    (void)state;
    static const char utf16[] = "P\0a\0s\0s\0w\0o\0r\0d";
    size_t total = 1;
    for (size_t fail = 0; fail <= total; fail++) {
        pair p;
        uint8_t exported[16];
        begin(&p);
        p.t.fail_at = fail; /* the first round fails none, and counts */
        p.t.seed = 99;
        test_env_secret(&p.t, PASSWORD_HASH, 16);
        test_env_secret(&p.t, "Password", 8);
        test_env_secret(&p.t, utf16, 16);
        pair_open(&p, &(pair_options){ .crequire = TROTH_F_CONFIDENTIALITY, .target = "a/b", .own_target = "a/b" });
        pair_run(&p);
        bool done = p.sstep == TROTH_STEP_DONE && p.cstep == TROTH_STEP_DONE;
        assert_int_equal(done, fail == 0);
        if (done) {
            memcpy(exported, ((troth_ntlm *)p.server->impl)->exported, 16);
            test_env_secret(&p.t, exported, 16);
            size_t before = atomic_load(&p.t.allocs);
            assert_int_equal(pair_send(p.client, p.server, TROTH_FORM_SEAL, 0), TROTH_OK);
            assert_int_equal(atomic_load(&p.t.allocs), before); /* none for a message */
            total = before;
        }
        end(&p);
    }
    assert_true(total > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_bindings_required),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_logon),
        cmocka_unit_test(test_dummy_hash_is_no_door),
        cmocka_unit_test(test_nt_hash_and_split_name),
        cmocka_unit_test(test_anonymous),
        cmocka_unit_test(test_datagram_before_the_exchange),
        cmocka_unit_test(test_half_open_is_small),
        cmocka_unit_test(test_wrong_order),
        cmocka_unit_test(test_allocations_and_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
