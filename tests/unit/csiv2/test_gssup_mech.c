/* CORBA 24.2.4.1: GSSUP between two contexts; and spec inputs 24 to 27 and 34 as far as a mechanism sees them. */
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include "gssup_lines.h"
#include <csiv2/gssup.h>
#include <csiv2/gssup_mech.h>
#include <csiv2/names.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/env.h>
#include <support/hex.h>
#include <support/pair.h>
#include <support/vectors.h>
#include <sys/stat.h>
#include <unistd.h>

static const troth_mech *const mechs[] = { &troth_mech_gssup };
static const troth_mech_table table = { mechs, 1 };

static troth_bytes bytes(const char *s)
{
    return (troth_bytes){ (const uint8_t *)s, strlen(s) };
}

static troth_status make_cred(test_env *t, troth_cred_use use, const troth_cred_source *src, troth_cred **ret)
{
    troth_job *job;
    assert_int_equal(troth_cred_new(&t->env, &table, use, src, 1, ret), TROTH_OK);
    assert_int_equal(troth_cred_job(*ret, 1, &job), TROTH_OK);
    troth_job_run(job);
    troth_job_free(job);
    return troth_cred_ready(*ret, NULL);
}

static void write_file(char path[32], const char *text, mode_t mode)
{
    strcpy(path, "/tmp/troth_gssup_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static troth_cred *acceptor(test_env *t)
{
    char path[32];
    troth_cred *cred;
    write_file(path, ALICE BOB, 0600);
    const troth_cred_source src = { .mech = "gssup", .kind = TROTH_CRED_HASH_FILE, .path = path };
    assert_int_equal(make_cred(t, TROTH_USE_ACCEPT, &src, &cred), TROTH_OK);
    unlink(path);
    return cred;
}

static troth_cred *initiator(test_env *t, const char *user, const char *password)
{
    troth_cred *cred;
    const troth_cred_source src = {
        .mech = "gssup", .kind = TROTH_CRED_PASSWORD, .principal = user, .secret = bytes(password)
    };
    assert_int_equal(make_cred(t, TROTH_USE_INITIATE, &src, &cred), TROTH_OK);
    return cred;
}

/* What an acceptor says to a token. */
typedef struct verdict {
    troth_status st;
    uint32_t code; /* of its ErrorToken; 0 = no token */
    char name[64], account[64], authority[64];
} verdict;

static verdict judge(test_env *t, troth_cred *cred, const troth_context_options *opts, const void *p, size_t n)
{
    troth_context *c;
    troth_block token = { 0 };
    troth_step step;
    verdict v = { 0 };
    assert_int_equal(troth_context_new(cred, opts, &c), TROTH_OK);
    token.data = t->env.alloc(t->env.self, n ? n : 1);
    assert_non_null(token.data);
    if (n)
        memcpy(token.data, p, n);
    token.len = n;
    assert_int_equal(pair_leg(&t->env, &c, false, &token, &step), TROTH_OK);
    v.st = step == TROTH_STEP_DONE ? TROTH_OK : troth_context_error(c)->code;
    assert_int_equal(step, v.st ? TROTH_STEP_ERROR : TROTH_STEP_DONE); /* one leg */
    if (token.len)
        assert_int_equal(troth_gssup_error_read((troth_bytes){ token.data, token.len }, &v.code), TROTH_OK);
    troth_facts f = troth_context_facts(c);
    snprintf(v.name, sizeof v.name, "%s", f.peer.name);
    snprintf(v.account, sizeof v.account, "%s", f.peer.account);
    snprintf(v.authority, sizeof v.authority, "%s", f.peer.authority);
    if (!v.st) {
        assert_int_equal(f.mech, TROTH_MECH_GSSUP);
        assert_int_equal(f.attributes & (TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY | TROTH_F_MUTUAL), 0);
        troth_bytes session;
        assert_int_equal(troth_context_session_key(c, &session), TROTH_UNSUPPORTED);
    } else {
        assert_string_equal(v.name, "");
        assert_string_equal(troth_context_error(c)->where, "CORBA 24.2.4.1");
    }
    if (token.data)
        t->env.release(t->env.self, token.data, token.len);
    troth_context_free(c);
    return v;
}

static size_t make_token(const char *user, const char *password, troth_bytes target, uint8_t *out, size_t cap)
{
    troth_writer w = troth_writer_over(out, cap, TROTH_LE);
    const troth_gssup g = { bytes(user), bytes(password), target };
    troth_gssup_write(&w, &g);
    assert_int_equal(w.st, TROTH_OK);
    return w.len;
}

static const char v2[] =
    "603f 06066781 02010101 01000000 05000000 616c6963 65000000 06000000 73336372 65740000 17000000 "
    "04010008 06066781 02010101 00000007 64656661 756c74";
/* the exported name of "default" */
static const uint8_t exported[23] = { 4, 1, 0, 8, 6,   6,   0x67, 0x81, 2,   1,   1,  1,
                                      0, 0, 0, 7, 'd', 'e', 'f',  'a',  'u', 'l', 't' };

/* The initiator's token is fixed vector V2, octet for octet, and the acceptor takes it. */
static void test_exchange(void **state)
{
    (void)state;
    test_env t;
    uint8_t want[128];
    size_t n_want = unhex(v2, want, sizeof want);
    test_env_init(&t);
    test_env_secret(&t, "s3cret", 6);
    troth_cred *ci = initiator(&t, "alice", "s3cret"), *ca = acceptor(&t);
    troth_context *i, *a;
    troth_context_options o = { .mech = "gssup", .target = "default", .require = TROTH_F_MUTUAL | TROTH_F_INTEGRITY };
    pair_make(ci, ca, &o, &i, &a);
    troth_block token = { 0 };
    troth_step step;
    assert_int_equal(pair_leg(&t.env, &i, true, &token, &step), TROTH_OK);
    assert_int_equal(step, TROTH_STEP_DONE);
    assert_int_equal(token.len, n_want);
    assert_memory_equal(token.data, want, n_want);
    assert_string_equal(troth_context_facts(i).self.name, "alice");
    assert_int_equal(troth_context_facts(i).attributes, 0);
    assert_int_equal(pair_leg(&t.env, &a, false, &token, &step), TROTH_OK);
    assert_int_equal(step, TROTH_STEP_DONE);
    assert_int_equal(token.len, 0); /* final_context_token is empty */
    troth_facts f = troth_context_facts(a);
    assert_string_equal(f.peer.name, "alice");
    assert_string_equal(f.peer.account, "alice");
    assert_string_equal(f.peer.authority, "");
    assert_int_equal(troth_context_token_size(a, TROTH_FORM_MIC, 5), 0);
    troth_context_free(i);
    troth_context_free(a);
    troth_cred_unref(ci);
    troth_cred_unref(ca);
    test_env_check(&t);
}

static void test_verdicts(void **state)
{
    (void)state;
    static const uint8_t other[23] = { 4, 1, 0, 8, 6,   6,   0x67, 0x81, 2,   1,   1,  1,
                                       0, 0, 0, 7, 'D', 'e', 'f',  'a',  'u', 'l', 't' };
    const troth_bytes ours = { exported, 23 }, none = { 0 }, raw = bytes("default"), wrong = { other, 23 },
                      cut = { exported, 22 };
    const uint32_t reveal = TROTH_POLICY_REVEAL, empty = TROTH_POLICY_EMPTY_TARGET;
    const struct {
        const char *user, *password;
        troth_bytes target;
        uint32_t policy;
        troth_status st;
        uint32_t code;
    } rows[] = {
        { "alice", "s3cret", ours, 0, TROTH_OK, 0 },
        { "alice@", "s3cret", ours, 0, TROTH_OK, 0 },
        { "bob@other", "passé", ours, reveal, TROTH_OK, 0 },
        { "alice", "secret", ours, 0, TROTH_DENIED, 1 },
        { "nobody", "secret", ours, 0, TROTH_DENIED, 1 }, /* 34: no user and a bad password look the same */
        { "nobody", "s3cret", ours, 0, TROTH_DENIED, 1 },
        { "nobody", "secret", ours, reveal, TROTH_DENIED, 2 },
        { "alice", "secret", ours, reveal, TROTH_DENIED, 3 },
        { "alice", "s3cret", wrong, 0, TROTH_TARGET_UNKNOWN, 1 }, /* 27 */
        { "alice", "s3cret", wrong, reveal, TROTH_TARGET_UNKNOWN, 4 },
        { "alice", "s3cret", wrong, empty, TROTH_TARGET_UNKNOWN, 1 },
        { "alice", "s3cret", raw, reveal, TROTH_TARGET_UNKNOWN, 4 },
        { "alice", "s3cret", cut, reveal, TROTH_TARGET_UNKNOWN, 4 },
        { "alice", "s3cret", none, 0, TROTH_TARGET_UNKNOWN, 1 },
        { "alice", "s3cret", none, reveal, TROTH_TARGET_UNKNOWN, 4 },
        { "alice", "s3cret", none, empty, TROTH_OK, 0 },
    };
    test_env t;
    test_env_init(&t);
    test_env_secret(&t, "s3cret", 6);
    troth_cred *ca = acceptor(&t);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t token[256];
        troth_context_options o = {
            .mech = "gssup", .role = TROTH_ACCEPTOR, .target = "default", .policy = rows[i].policy
        };
        size_t n = make_token(rows[i].user, rows[i].password, rows[i].target, token, sizeof token);
        verdict v = judge(&t, ca, &o, token, n);
        if (v.st != rows[i].st || v.code != rows[i].code)
            fail_msg("%zu: %s, code %u", i, troth_status_name(v.st), v.code);
        if (!strcmp(rows[i].user, "bob@other")) {
            assert_string_equal(v.name, "bob@other");
            assert_string_equal(v.account, "bob");
            assert_string_equal(v.authority, "other");
        } else if (!v.st) {
            assert_string_equal(v.name, "alice");
        }
    }
    /* an acceptor without a realm takes tokens that name none, and no other */
    troth_context_options o = { .mech = "gssup", .role = TROTH_ACCEPTOR };
    uint8_t token[256];
    size_t n = make_token("alice", "s3cret", none, token, sizeof token);
    assert_int_equal(judge(&t, ca, &o, token, n).st, TROTH_OK);
    n = make_token("alice", "s3cret", ours, token, sizeof token);
    assert_int_equal(judge(&t, ca, &o, token, n).st, TROTH_TARGET_UNKNOWN);
    troth_cred_unref(ca);
    test_env_check(&t);
}

/* 24 to 26: framing, encapsulation and strings, as whole tokens. */
static void test_hostile(void **state)
{
    (void)state;
#define INNER                                                                                                          \
    " 01000000 05000000 616c6963 65000000 06000000 73336372 65740000 17000000 04010008 06066781 02010101 00000007 "    \
    "64656661 756c74"
    static const struct {
        const char *hex;
        troth_status st;
    } rows[] = {
        { v2, TROTH_OK },
        { "60813f 06066781 02010101" INNER, TROTH_OK }, /* not minimal: accepted */
        { "6080 06066781 02010101" INNER, TROTH_MALFORMED },
        { "6084ffffffff 06066781 02010101" INNER, TROTH_TRUNCATED },
        { "603e 06066781 02010101" INNER, TROTH_MALFORMED },
        { "6040 06066781 02010101" INNER, TROTH_TRUNCATED },
        { "613f 06066781 02010101" INNER, TROTH_MALFORMED },
        { "603f 06066781 02010102" INNER, TROTH_NO_MECH },
        { "6042 06092a86 4886f712 010202" INNER, TROTH_NO_MECH },
        { "603f 06066781 02010101 02"
          "000000 05000000 616c6963 65000000 06000000 73336372 65740000 17000000 04010008 "
          "06066781 02010101 00000007 64656661 756c74",
          TROTH_MALFORMED }, /* byte order 2 */
        { "603f 06066781 02010101 00000000 00000005 616c6963 65000000 00000006 73336372 65740000 00000017 04010008 "
          "06066781 02010101 00000007 64656661 756c74",
          TROTH_OK }, /* 25: the other byte order */
        { "603d 06066781 02010101 0100 05000000 616c6963 65000000 06000000 73336372 65740000 17000000 04010008 "
          "06066781 "
          "02010101 00000007 64656661 756c74",
          TROTH_TRUNCATED }, /* 25: aligned to another stream */
        { "603f 06066781 02010101 01000000 05000000 616c0063 65000000 06000000 73336372 65740000 17000000 04010008 "
          "06066781 02010101 00000007 64656661 756c74",
          TROTH_MALFORMED }, /* 26: a NUL in the name */
        { "603f 06066781 02010101 01000000 05000000 616c6963 65000000 06000000 733363ff 65740000 17000000 04010008 "
          "06066781 02010101 00000007 64656661 756c74",
          TROTH_MALFORMED }, /* 26: a password that is no UTF-8 */
        { "6037 06066781 02010101 01000000 05000000 616c6963 65000000 00000000 17000000 04010008 06066781 02010101 "
          "00000007 64656661 756c74",
          TROTH_MALFORMED }, /* 26: an empty password */
        { "6037 06066781 02010101 01000000 00000000 06000000 73336372 65740000 17000000 04010008 06066781 02010101 "
          "00000007 64656661 756c74",
          TROTH_MALFORMED }, /* 26: nobody */
        { "603f 06066781 02010101 01000000 05000000 616c6963 65000000 ffffffff 73336372 65740000 17000000 04010008 "
          "06066781 02010101 00000007 64656661 756c74",
          TROTH_TRUNCATED },
        { "", TROTH_TRUNCATED },
        { "ff03 010203", TROTH_MALFORMED },
    };
    test_env t;
    test_env_init(&t);
    test_env_secret(&t, "s3cret", 6);
    troth_cred *ca = acceptor(&t);
    troth_context_options o = {
        .mech = "gssup", .role = TROTH_ACCEPTOR, .target = "default", .policy = TROTH_POLICY_REVEAL
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t token[128];
        size_t n = unhex(rows[i].hex, token, sizeof token);
        verdict v = judge(&t, ca, &o, token, n);
        if (v.st != rows[i].st || v.code != (v.st ? 1u : 0u))
            fail_msg("%zu: %s, code %u", i, troth_status_name(v.st), v.code);
    }
    static uint8_t big[1 << 20]; /* 26: a password of almost 1 MiB: the engine's limit on tokens comes first */
    static char password[TROTH_GSSUP_FIELD_MAX + 2];
    memset(password, 'p', sizeof password - 1);
    size_t n = make_token("alice", password, (troth_bytes){ exported, 23 }, big, sizeof big);
    assert_int_equal(judge(&t, ca, &o, big, n).st, TROTH_LIMIT);
    troth_cred_unref(ca);
    test_env_check(&t);
}

typedef struct mutated {
    test_env *t;
    troth_cred *cred;
    size_t accepted;
} mutated;

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    mutated *m = arg;
    troth_context_options o = { .mech = "gssup", .role = TROTH_ACCEPTOR, .target = "default" };
    verdict v = judge(m->t, m->cred, &o, p, n);
    m->accepted += !v.st;
    if (!v.st)
        assert_string_equal(v.name, "alice");
    else
        assert_int_equal(v.code, 1);
}

/* No prefix is accepted, and no flip of a bit but those in the gaps behind name and password. */
static void test_mutants(void **state)
{
    (void)state;
    uint8_t token[128];
    size_t n = unhex(v2, token, sizeof token);
    test_env t;
    test_env_init(&t);
    test_env_secret(&t, "s3cret", 6);
    mutated m = { &t, acceptor(&t), 0 };
    vectors_mutate(token, n, mutant, &m);
    assert_int_equal(m.accepted, 8 * (3 + 3 + 2));
    troth_cred_unref(m.cred);
    test_env_check(&t);
}

static void test_contexts_refused(void **state)
{
    (void)state;
    test_env t;
    troth_context *c;
    test_env_init(&t);
    troth_cred *ci = initiator(&t, "alice", "s3cret"), *ca = acceptor(&t);
    troth_context_options o = { .mech = "gssup", .role = TROTH_INITIATOR };
    assert_int_equal(troth_context_new(ca, &o, &c), TROTH_NO_CRED);
    o.role = TROTH_ACCEPTOR;
    assert_int_equal(troth_context_new(ci, &o, &c), TROTH_NO_CRED);
    troth_cred *both;
    const troth_cred_source password = {
        .mech = "gssup", .kind = TROTH_CRED_PASSWORD, .principal = "alice", .secret = bytes("s3cret")
    };
    assert_int_equal(make_cred(&t, TROTH_USE_INITIATE | TROTH_USE_ACCEPT, &password, &both), TROTH_OK);
    assert_int_equal(troth_context_new(both, &o, &c), TROTH_NO_CRED); /* a password checks nobody's */
    troth_cred_unref(both);
    o.require = TROTH_F_DATAGRAM;
    assert_int_equal(troth_context_new(ca, &o, &c), TROTH_UNSUPPORTED);
    o.require = TROTH_F_STREAM;
    assert_int_equal(troth_context_new(ca, &o, &c), TROTH_UNSUPPORTED);
    o.require = 0;
    o.policy = TROTH_POLICY_REQUIRE_BINDINGS;
    assert_int_equal(troth_context_new(ca, &o, &c), TROTH_UNSUPPORTED);
    /* an acceptor does not speak first, and an initiator speaks once */
    troth_block token = { 0 };
    troth_step step;
    o.policy = 0;
    assert_int_equal(troth_context_new(ca, &o, &c), TROTH_OK);
    assert_int_equal(pair_leg(&t.env, &c, true, &token, &step), TROTH_OK);
    assert_int_equal(step, TROTH_STEP_ERROR);
    assert_int_equal(troth_context_error(c)->code, TROTH_UNEXPECTED);
    troth_context_free(c);
    troth_cred_unref(ci);
    troth_cred_unref(ca);
    test_env_check(&t);
}

static void test_sources(void **state)
{
    (void)state;
    static char longer[TROTH_GSSUP_FIELD_MAX + 2];
    memset(longer, 'p', sizeof longer - 1);
    const struct {
        const char *user, *password;
        troth_status want;
    } rows[] = {
        { "alice", "p", TROTH_OK },           { "alice@realm", "p", TROTH_OK }, { NULL, "p", TROTH_INVALID },
        { "", "p", TROTH_INVALID },           { "alice", "", TROTH_INVALID },   { "alice", "\xff", TROTH_INVALID },
        { "DOM\\alice", "p", TROTH_INVALID }, { "alice", longer, TROTH_LIMIT }, { longer, "p", TROTH_LIMIT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_env t;
        troth_cred *cred;
        test_env_init(&t);
        const troth_cred_source src = {
            .mech = "gssup", .kind = TROTH_CRED_PASSWORD, .principal = rows[i].user, .secret = bytes(rows[i].password)
        };
        troth_status st = make_cred(&t, TROTH_USE_INITIATE, &src, &cred);
        if (st != rows[i].want)
            fail_msg("%zu: %s", i, troth_status_name(st));
        troth_cred_unref(cred);
        test_env_check(&t);
    }
}

static void test_files(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        mode_t mode;
        troth_status want;
        const char *complaint;
    } rows[] = {
        { ALICE, 0600, TROTH_OK, NULL },
        { ALICE, 0640, TROTH_OK, NULL },
        { ALICE, 0644, TROTH_BAD_CONFIG, "can be read or written by others" },
        { ALICE, 0660, TROTH_BAD_CONFIG, "can be read or written by others" },
        { "", 0600, TROTH_BAD_CONFIG, "names no user" },
        { "\n\nbob\n", 0600, TROTH_BAD_CONFIG, ":3: not of the form" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_env t;
        troth_cred *cred;
        char path[32];
        test_env_init(&t);
        test_env_secret(&t, ALICE_HASH, strlen(ALICE_HASH));
        write_file(path, rows[i].text, rows[i].mode);
        const troth_cred_source src = { .mech = "gssup", .kind = TROTH_CRED_HASH_FILE, .path = path };
        troth_status st = make_cred(&t, TROTH_USE_ACCEPT, &src, &cred);
        unlink(path);
        const char *said = troth_cred_complaint(cred);
        if (st != rows[i].want || !said != !rows[i].complaint ||
            (said && (strncmp(said, path, strlen(path)) != 0 || !strstr(said, rows[i].complaint))))
            fail_msg("%zu: %s, %s", i, troth_status_name(st), said ? said : "-");
        troth_cred_unref(cred);
        test_env_check(&t);
    }
    test_env t;
    troth_cred *cred;
    test_env_init(&t);
    const troth_cred_source src = { .mech = "gssup", .kind = TROTH_CRED_HASH_FILE, .path = "/nonexistent/users" };
    assert_int_equal(make_cred(&t, TROTH_USE_ACCEPT, &src, &cred), TROTH_IO);
    assert_non_null(strstr(troth_cred_complaint(cred), "cannot be read"));
    troth_cred_unref(cred);
    test_env_check(&t);
}

static troth_status checker(void *self, const char *user, troth_bytes password)
{
    ++*(int *)self;
    if (!strcmp(user, "slow"))
        return TROTH_NO_AUTHORITY;
    return !strcmp(user, "carol@") && password.len == 2 && !memcmp(password.data, "pw", 2) ? TROTH_OK : TROTH_DENIED;
}

static void test_check(void **state)
{
    (void)state;
    test_env t;
    troth_cred *cred;
    int asked = 0;
    uint8_t token[128];
    test_env_init(&t);
    troth_cred_source src = { .mech = "gssup", .kind = TROTH_CRED_CHECK, .lookup_self = &asked };
    assert_int_equal(make_cred(&t, TROTH_USE_ACCEPT, &src, &cred), TROTH_INVALID);
    troth_cred_unref(cred);
    src.check = checker;
    assert_int_equal(make_cred(&t, TROTH_USE_ACCEPT, &src, &cred), TROTH_OK);
    troth_context_options o = { .mech = "gssup", .role = TROTH_ACCEPTOR, .policy = TROTH_POLICY_REVEAL };
    size_t n = make_token("carol@", "pw", (troth_bytes){ 0 }, token, sizeof token);
    verdict v = judge(&t, cred, &o, token, n);
    assert_int_equal(v.st, TROTH_OK);
    assert_string_equal(v.name, "carol");
    n = make_token("carol@", "pv", (troth_bytes){ 0 }, token, sizeof token);
    v = judge(&t, cred, &o, token, n);
    assert_int_equal(v.st, TROTH_DENIED);
    assert_int_equal(v.code, 3);
    n = make_token("slow", "pv", (troth_bytes){ 0 }, token, sizeof token);
    v = judge(&t, cred, &o, token, n);
    assert_int_equal(v.st, TROTH_NO_AUTHORITY);
    assert_int_equal(v.code, 1);
    assert_int_equal(asked, 3);
    troth_cred_unref(cred);
    test_env_check(&t);
}

/* Each allocation of the exchange fails once; nothing is lost, and no secret stays. */
static void test_no_memory(void **state)
{
    (void)state;
    for (size_t fail = 1;; fail++) {
        test_env t;
        troth_context *i = NULL, *a = NULL;
        test_env_init(&t);
        test_env_secret(&t, "s3cret", 6);
        troth_cred *ci = initiator(&t, "alice", "s3cret"), *ca = acceptor(&t);
        t.fail_at = t.allocs + fail;
        troth_context_options o = { .mech = "gssup", .role = TROTH_INITIATOR, .target = "default" };
        troth_status st = troth_context_new(ci, &o, &i);
        o.role = TROTH_ACCEPTOR;
        if (!st)
            st = troth_context_new(ca, &o, &a);
        if (!st)
            st = pair_shake(&t.env, &i, &a, NULL);
        bool over = t.allocs < t.fail_at;
        assert_int_equal(st, over ? TROTH_OK : TROTH_NO_MEMORY);
        troth_context_free(i);
        troth_context_free(a);
        troth_cred_unref(ci);
        troth_cred_unref(ca);
        test_env_check(&t);
        if (over)
            break;
    }
}

/* A trace tells what sort of token it is, and nothing that is in it. */
static void test_trace(void **state)
{
    (void)state;
    troth_trace_token words = { 0 };
    uint8_t token[128];
    size_t n = unhex(v2, token, sizeof token);
    troth_mech_gssup.tell(NULL, NULL, (troth_bytes){ token, n }, &words);
    assert_string_equal(words.message, "InitialContextToken");
    words.message = NULL;
    n = unhex("01000000 01000000", token, sizeof token);
    troth_mech_gssup.tell(NULL, NULL, (troth_bytes){ token, n }, &words);
    assert_string_equal(words.message, "ErrorToken");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_mutants),
        cmocka_unit_test(test_contexts_refused),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
