/* CORBA 24.2.4.1: user name and password, and the error that answers them. */
#include <csiv2/gssup.h>
#include <der/frame.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

static troth_bytes field(const vector *v, const char *key, uint8_t *to, size_t cap)
{
    const char *text = vector_text(v, key);
    assert_non_null(text);
    return (troth_bytes){ to, *text == '-' ? 0 : unhex(text, to, cap) };
}

static void same(troth_bytes a, troth_bytes b)
{
    assert_int_equal(a.len, b.len);
    if (a.len)
        assert_memory_equal(a.data, b.data, a.len);
}

static size_t again(const troth_gssup *t, troth_order order, uint8_t *out, size_t cap)
{
    troth_gssup back;
    troth_writer w = troth_writer_over(out, cap, order);
    troth_gssup_write(&w, t);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(troth_gssup_read((troth_bytes){ out, w.len }, &back), TROTH_OK);
    same(t->username, back.username);
    same(t->password, back.password);
    same(t->target_name, back.target_name);
    return w.len;
}

static void mutant(const uint8_t *p, size_t n, void *arg)
{
    troth_gssup t;
    uint8_t out[512];
    troth_status st = troth_gssup_read((troth_bytes){ p, n }, &t);
    if (arg && n < *(size_t *)arg)
        assert_int_not_equal(st, TROTH_OK);
    if (st)
        return;
    assert_true(t.username.len && t.password.len); /* empty never means "no authentication" */
    again(&t, TROTH_BE, out, sizeof out);
}

static void one(const vector *v, void *arg)
{
    size_t *seen = arg;
    uint8_t raw[512], inner[512], out[512], user[64], password[64], target[64];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_gssup t;
    troth_status st = troth_gssup_read((troth_bytes){ raw, n }, &t);
    if (strcmp(troth_status_name(st), vector_text(v, "expect")) != 0)
        fail_msg("%s: %s", v->name, troth_status_name(st));
    vectors_mutate(raw, n, mutant, st ? NULL : &n);
    ++*seen;
    if (st)
        return;
    troth_gssup want = { field(v, "user", user, sizeof user), field(v, "password", password, sizeof password),
                         field(v, "target", target, sizeof target) };
    same(t.username, want.username);
    same(t.password, want.password);
    same(t.target_name, want.target_name);
    again(&want, TROTH_BE, out, sizeof out);
    size_t len = again(&want, TROTH_LE, out, sizeof out);
    if (!vector_text(v, "inner"))
        return;
    assert_int_equal(len, n);
    assert_memory_equal(out, raw, n);
    troth_oid mech;
    troth_bytes found, held = { inner, vector_hex(v, "inner", inner, sizeof inner) };
    assert_int_equal(troth_csi_token_open((troth_bytes){ raw, n }, &mech, &found), TROTH_OK);
    assert_true(troth_oid_equal(mech, troth_gssup_oid()));
    same(found, held);
}

static void test_vectors(void **state)
{
    (void)state;
    size_t seen = 0;
    vectors_each("sas/gssup.txt", one, &seen);
    assert_int_equal(seen, 18);
}

static void one_error(const vector *v, void *arg)
{
    uint8_t raw[64], out[64];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    uint32_t code = 99;
    (void)arg;
    troth_status st = troth_gssup_error_read((troth_bytes){ raw, n }, &code);
    assert_string_equal(troth_status_name(st), vector_text(v, "expect"));
    if (st) {
        assert_int_equal(code, 99);
        return;
    }
    assert_int_equal(code, strtoul(vector_text(v, "code"), NULL, 10));
    troth_writer w = troth_writer_over(out, sizeof out, raw[0] ? TROTH_LE : TROTH_BE);
    troth_gssup_error_write(&w, code);
    assert_int_equal(w.len, n);
    assert_memory_equal(out, raw, n);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_not_equal(troth_gssup_error_read((troth_bytes){ raw, cut }, &code), TROTH_OK);
}

static void test_errors(void **state)
{
    (void)state;
    vectors_each("sas/errors.txt", one_error, NULL);
}

/* Frames of every length of length, and fields of every residue. */
static void test_sizes(void **state)
{
    (void)state;
    static uint8_t out[8192], text[1025];
    memset(text, 'x', sizeof text);
    for (size_t n = 1; n <= 1024; n += n < 300 ? 1 : 181)
        again(&(troth_gssup){ { text, n }, { text, 1 + n % 7 }, { text, n % 11 } }, n & 1 ? TROTH_LE : TROTH_BE, out,
              sizeof out);
    again(&(troth_gssup){ { text, 1024 }, { text, 1024 }, { text, 1024 } }, TROTH_LE, out, sizeof out);
    for (int which = 0; which < 3; which++) {
        troth_gssup t = { { text, 1 }, { text, 1 }, { text, 1 } }, back;
        *(which == 0 ? &t.username : which == 1 ? &t.password : &t.target_name) = (troth_bytes){ text, 1025 };
        troth_writer w = troth_writer_over(out, sizeof out, TROTH_LE);
        troth_gssup_write(&w, &t);
        assert_int_equal(troth_gssup_read((troth_bytes){ out, w.len }, &back), TROTH_LIMIT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors), cmocka_unit_test(test_errors),
                                        cmocka_unit_test(test_sizes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
