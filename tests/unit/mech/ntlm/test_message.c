#include <mech/ntlm/message.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

static troth_status read_type(char type, troth_bytes token, troth_ntlm_authenticate *a)
{
    troth_ntlm_negotiate n;
    troth_ntlm_challenge c;
    if (type == '1')
        return troth_ntlm_negotiate_read(token, &n);
    return type == '2' ? troth_ntlm_challenge_read(token, &c) : troth_ntlm_authenticate_read(token, a);
}

/* A view must lie in the token: touch both its ends, for the sanitizer to see. */
static void touch(troth_bytes v)
{
    volatile uint8_t sink = v.len ? (uint8_t)(v.data[0] ^ v.data[v.len - 1]) : 0;
    (void)sink;
}

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    const vector *v = arg;
    uint8_t whole[512];
    size_t full = vector_hex(v, "hex", whole, sizeof whole);
    troth_ntlm_authenticate a = { 0 };
    troth_status st = read_type(vector_text(v, "type")[0], (troth_bytes){ p, n }, &a);
    if (n < full) { /* every prefix lacks something */
        assert_int_equal(st, TROTH_TRUNCATED);
        return;
    }
    assert_true(st == TROTH_OK || st == TROTH_TRUNCATED || st == TROTH_MALFORMED);
    const troth_bytes views[] = { a.lm, a.nt, a.domain, a.user, a.workstation, a.session_key, a.temp };
    for (size_t i = 0; !st && i < sizeof views / sizeof *views; i++)
        touch(views[i]);
}

static void good(const vector *v, void *arg)
{
    (void)arg;
    uint8_t raw[512];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_ntlm_authenticate a;
    assert_int_equal(read_type(vector_text(v, "type")[0], (troth_bytes){ raw, n }, &a), TROTH_OK);
    assert_int_equal(troth_ntlm_message_type((troth_bytes){ raw, n }), (uint32_t)(vector_text(v, "type")[0] - '0'));
    vectors_mutate(raw, n, mutant, (void *)(uintptr_t)v);
}

static void bad(const vector *v, void *arg)
{
    (void)arg;
    uint8_t raw[512];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    uint8_t *exact = test_malloc(n); /* its own size, so that an over-read shows */
    memcpy(exact, raw, n);
    troth_ntlm_authenticate a;
    troth_status st = read_type(vector_text(v, "type")[0], (troth_bytes){ exact, n }, &a);
    if (strcmp(troth_status_name(st), vector_text(v, "expect")))
        fail_msg("%s: %s", v->name, troth_status_name(st));
    test_free(exact);
}

static void test_good(void **state)
{
    (void)state;
    vectors_each("ntlm/messages.txt", good, NULL);
}

static void test_bad(void **state)
{
    (void)state;
    vectors_each("ntlm/bad_messages.txt", bad, NULL);
}

/* What is read of the specification's messages, and what is written from it, octet by octet. */
static void examples(const vector *v, void *arg)
{
    (void)arg;
    uint8_t raw[512], again[512];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_writer w = troth_writer_over(again, sizeof again, TROTH_LE);
    if (!strncmp(v->name, "CHALLENGE", 9)) {
        troth_ntlm_challenge c;
        assert_int_equal(troth_ntlm_challenge_read((troth_bytes){ raw, n }, &c), TROTH_OK);
        assert_int_equal(c.flags, 0xe28a8233);
        assert_memory_equal(c.server_challenge, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
        assert_int_equal(c.target_name.len, 12);
        assert_memory_equal(c.avs.value[MsvAvNbDomainName].data, "D\0o\0m\0a\0i\0n\0", 12);
        assert_memory_equal(c.avs.value[MsvAvNbComputerName].data, "S\0e\0r\0v\0e\0r\0", 12);
        assert_null(c.avs.value[MsvAvTimestamp].data);
        troth_ntlm_challenge_write(&w, &c);
    } else if (!strncmp(v->name, "AUTHENTICATE", 12)) {
        troth_ntlm_authenticate a;
        assert_int_equal(troth_ntlm_authenticate_read((troth_bytes){ raw, n }, &a), TROTH_OK);
        assert_true(a.v2);
        assert_null(a.mic);
        assert_int_equal(a.temp.len, 68);
        assert_memory_equal(a.user.data, "U\0s\0e\0r\0", 8);
        assert_memory_equal(a.workstation.data, "C\0O\0M\0P\0U\0T\0E\0R\0", 16);
        assert_int_equal(a.session_key.len, 16);
        troth_ntlm_authenticate_write(&w, &a);
    } else if (!strcmp(v->name, "NEGOTIATE with version, no names")) {
        troth_ntlm_negotiate g;
        assert_int_equal(troth_ntlm_negotiate_read((troth_bytes){ raw, n }, &g), TROTH_OK);
        troth_ntlm_negotiate_write(&w, &g);
    } else {
        return;
    }
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(w.len, n);
    assert_memory_equal(again, raw, n);
}

static void test_examples(void **state)
{
    (void)state;
    vectors_each("ntlm/messages.txt", examples, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
