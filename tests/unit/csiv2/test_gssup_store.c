/* docs/wire/gssup-store.md: what a file of users is, and what it answers. */
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include "gssup_lines.h"
#include <csiv2/gssup_store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/env.h>
#include <support/vectors.h>

static const uint8_t key[16] = "sixteen octets!";

static troth_bytes bytes(const char *s)
{
    return (troth_bytes){ (const uint8_t *)s, strlen(s) };
}

static troth_status ask(const troth_gssup_store *s, const char *user, const char *password, bool *ret_known)
{
    return troth_gssup_store_check(s, bytes(user), bytes(password), ret_known);
}

static void test_users(void **state)
{
    (void)state;
    static const char text[] = "# users\n\n" ALICE_AT ALICE "\r\n" BOB "#end";
    static const struct {
        const char *user, *password;
        troth_status want;
        bool known;
    } rows[] = {
        { "alice", "s3cret", TROTH_OK, true },
        { "alice@", "s3cret", TROTH_OK, true }, /* an empty scope is none */
        { "alice", "s3cre", TROTH_DENIED, true },
        { "alice", "s3cret ", TROTH_DENIED, true },
        { "alice", "passé", TROTH_DENIED, true },
        { "Alice", "s3cret", TROTH_DENIED, false },
        { "alic", "s3cret", TROTH_DENIED, false },
        { "alice@other", "s3cret", TROTH_DENIED, false },
        { "alice@default", "s3cret", TROTH_DENIED, false },
        { "@alice", "s3cret", TROTH_DENIED, false }, /* a scope alone is nobody */
        { "bob@other", "passé", TROTH_OK, true },
        { "bob", "passé", TROTH_DENIED, false },
        { "bob\\@other", "passé", TROTH_DENIED, false }, /* that is one name */
        { "al\\@ice", "x", TROTH_OK, true },
        { "al\\@ice@", "x", TROTH_OK, true },
        { "al@ice", "x", TROTH_DENIED, false },
        { "DOM\\alice", "s3cret", TROTH_DENIED, false }, /* no such escape */
        { "", "s3cret", TROTH_DENIED, false },
    };
    test_env t;
    troth_gssup_store s;
    troth_gssup_complaint wrong;
    test_env_init(&t);
    assert_int_equal(troth_gssup_store_read(&t.env, bytes(text), key, &s, &wrong), TROTH_OK);
    assert_int_equal(s.n, 3);
    test_env_secret(&t, s.users[0].hash.hash, 32);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool known = !rows[i].known;
        troth_status st = ask(&s, rows[i].user, rows[i].password, &known);
        if (st != rows[i].want || known != rows[i].known)
            fail_msg("%s: %s, known %d", rows[i].user, troth_status_name(st), known);
    }
    t.n_secrets = 0; /* what it pointed to goes now */
    troth_gssup_store_clear(&t.env, &s);
    test_env_check(&t);
}

/* The dummy's own password lets nobody in, whoever's hash it is that an unknown user is measured by. */
static void test_nobody(void **state)
{
    (void)state;
    test_env t;
    troth_gssup_store s;
    troth_gssup_complaint wrong;
    test_env_init(&t);
    assert_int_equal(troth_gssup_store_read(&t.env, bytes(ALICE), key, &s, &wrong), TROTH_OK);
    bool known = true;
    assert_int_equal(ask(&s, "mallory", "s3cret", &known), TROTH_DENIED);
    assert_false(known);
    troth_gssup_store_clear(&t.env, &s);
    test_env_check(&t);
}

static void test_refused(void **state)
{
    (void)state;
#define H43 "MomXuMw9YekkEH5CXhpWEZ7aT3P7uIj0zEYtEnXoIY4"
    static const struct {
        const char *text, *what;
        unsigned line;
    } rows[] = {
        { "", "no user", 0 },
        { "# nobody\n\n", "no user", 0 },
        { ALICE "bob\n", "of the form", 2 },
        { ALICE ":" ALICE_HASH "\n", "name", 2 },
        { "@scope:" ALICE_HASH, "name", 1 },
        { "a\\b:" ALICE_HASH, "name", 1 },
        { "\xff:" ALICE_HASH, "name", 1 },
        { ALICE "\n#\n" ALICE, "twice", 4 },
        { ALICE "alice@:" ALICE_HASH, "twice", 2 }, /* another spelling of it */
        { "alice:s3cret", "hash", 1 },
        { "alice:scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "hash", 1 },
        { "alice:x$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "hash", 1 },
        { "alice:$sha512$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "hash", 1 },
        { "alice:$scrypt$ln=4,r=8$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "hash", 1 },
        { "alice:$scrypt$r=8,ln=4,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "hash", 1 },
        { "alice:$scrypt$ln=04,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "hash", 1 },
        { "alice:$scrypt$ln=,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "hash", 1 },
        { "alice:$scrypt$ln=4,r=8,p=1,$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "hash", 1 },
        { "alice:$scrypt$ln=4,r=99999,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "hash", 1 },
        { "alice:$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg==$" H43, "hash", 1 },
        { "alice:$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" H43 "=", "hash", 1 },
        { "alice:$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" H43 "$", "hash", 1 },
        { "alice:$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MomXuMw9YekkEH5CXhpWEZ7aT3P7uIj0zEYtEnXoIY5", "hash", 1 },
        { "alice:$scrypt$ln=21,r=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "bounds", 1 },
        { "alice:$scrypt$ln=17,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "bounds", 1 },
        { "alice:$scrypt$ln=4,r=8,p=17$MDEyMzQ1Njc4OWFiY2RlZg$" H43, "bounds", 1 },
        { "alice:$scrypt$ln=4,r=8,p=1$MDEyMzQ1$" H43, "bounds", 1 }, /* 6 octets of salt */
        { "alice:$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4", "bounds", 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_env t;
        troth_gssup_store s;
        troth_gssup_complaint wrong = { 99, "" };
        test_env_init(&t);
        assert_int_equal(troth_gssup_store_read(&t.env, bytes(rows[i].text), key, &s, &wrong), TROTH_BAD_CONFIG);
        if (wrong.line != rows[i].line || !strstr(wrong.what, rows[i].what))
            fail_msg("%zu: line %u, %s", i, wrong.line, wrong.what);
        test_env_check(&t);
    }
    test_env t;
    troth_gssup_store s;
    troth_gssup_complaint wrong;
    static const char nul[] = "al\0ice:" ALICE_HASH;
    test_env_init(&t);
    assert_int_equal(
        troth_gssup_store_read(&t.env, (troth_bytes){ (const uint8_t *)nul, sizeof nul - 1 }, key, &s, &wrong),
        TROTH_BAD_CONFIG);
    assert_non_null(strstr(wrong.what, "NUL"));
    static char longer[TROTH_GSSUP_LINE_MAX + 2];
    memset(longer, 'a', sizeof longer - 1);
    assert_int_equal(troth_gssup_store_read(&t.env, bytes(longer), key, &s, &wrong), TROTH_BAD_CONFIG);
    assert_non_null(strstr(wrong.what, "too long"));
    test_env_check(&t);
}

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    test_env t;
    troth_gssup_store s;
    troth_gssup_complaint wrong;
    test_env_init(&t);
    if (!troth_gssup_store_read(&t.env, (troth_bytes){ p, n }, key, &s, &wrong))
        troth_gssup_store_clear(&t.env, &s);
    test_env_check(&t);
}

static void test_mutants(void **state)
{
    (void)state;
    static const char text[] = BOB ALICE;
    vectors_mutate((const uint8_t *)text, sizeof text - 1, mutant, NULL);
}

/* More users than there was room for at first, in no order; and each allocation fails once. */
static void test_many_and_no_memory(void **state)
{
    (void)state;
    static char text[100 * 120];
    size_t at = 0;
    test_env t;
    troth_gssup_store s;
    troth_gssup_complaint wrong;
    for (unsigned i = 0; i < 100; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "u%u:" ALICE_HASH "\n", i * 37 % 100);
    for (size_t fail = 0; fail < 120; fail++) {
        bool known;
        test_env_init(&t);
        t.fail_at = fail;
        troth_status st = troth_gssup_store_read(&t.env, bytes(text), key, &s, &wrong);
        assert_true(st == (fail && fail <= t.allocs ? TROTH_NO_MEMORY : TROTH_OK));
        if (st)
            continue;
        for (unsigned i = 0; i < (fail ? 1 : 100); i++) {
            char name[8];
            snprintf(name, sizeof name, "u%u", i);
            assert_int_equal(ask(&s, name, "s3cret", &known), TROTH_OK);
        }
        troth_gssup_store_clear(&t.env, &s);
        test_env_check(&t);
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    troth_gssup_hash h;
    uint8_t out[512];
    troth_writer w = troth_writer_over(out, sizeof out, TROTH_LE);
    assert_int_equal(troth_gssup_hash_read(bytes(ALICE_HASH), &h), TROTH_OK);
    troth_gssup_hash_write(&w, &h);
    assert_int_equal(w.len, strlen(ALICE_HASH));
    assert_memory_equal(out, ALICE_HASH, w.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_users),
                                        cmocka_unit_test(test_nobody),
                                        cmocka_unit_test(test_refused),
                                        cmocka_unit_test(test_mutants),
                                        cmocka_unit_test(test_many_and_no_memory),
                                        cmocka_unit_test(test_round_trip) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
