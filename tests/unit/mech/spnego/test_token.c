/* The codecs against RFC 4178 4.2 and MS-SPNG 2.2.1. */
#include <mech/spnego/token.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

static void inside(troth_bytes b, const uint8_t *p, size_t n)
{
    if (b.data)
        assert_true(b.data >= p && b.data + b.len <= p + n);
}

static void mutant_init(const uint8_t *p, size_t n, void *arg)
{
    troth_neg_init t;
    troth_status st = troth_neg_read_init((troth_bytes){ p, n }, &t);
    assert_true(st == TROTH_OK || st == TROTH_MALFORMED || st == TROTH_LIMIT);
    if (n < *(size_t *)arg)
        assert_int_not_equal(st, TROTH_OK);
    if (st)
        return;
    assert_in_range(t.n_mechs, 1, TROTH_NEG_MECHS_MAX);
    inside(t.mechTypes, p, n), inside(t.mechToken, p, n), inside(t.mechListMIC, p, n);
}

static void mutant_resp(const uint8_t *p, size_t n, void *arg)
{
    troth_neg_resp t;
    troth_status st = troth_neg_read_resp((troth_bytes){ p, n }, &t);
    assert_true(st == TROTH_OK || st == TROTH_MALFORMED);
    if (n < *(size_t *)arg)
        assert_int_not_equal(st, TROTH_OK);
    if (!st)
        inside(t.responseToken, p, n), inside(t.mechListMIC, p, n);
}

static void same_size(const vector *v, const char *key, bool there, size_t n)
{
    const char *want = vector_text(v, key);
    if (!strcmp(want, "-"))
        assert_false(there);
    else
        assert_int_equal(n, strtoul(want, NULL, 10));
}

static troth_status expected(const vector *v)
{
    const char *s = vector_text(v, "expect");
    return !strcmp(s, "OK") ? TROTH_OK : !strcmp(s, "LIMIT") ? TROTH_LIMIT : TROTH_MALFORMED;
}

static void one_init(const vector *v, void *arg)
{
    (void)arg;
    uint8_t raw[512], again[512];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_neg_init t;
    troth_status st = troth_neg_read_init((troth_bytes){ raw, n }, &t);
    if (st != expected(v))
        fail_msg("%s: %s", v->name, troth_status_name(st));
    if (!st) {
        same_size(v, "mechs", true, t.n_mechs);
        same_size(v, "token", t.mechToken.data, t.mechToken.len);
        same_size(v, "mic", t.mechListMIC.data, t.mechListMIC.len);
        troth_writer w = troth_writer_over(again, sizeof again, TROTH_BE); /* the list is kept octet by octet */
        troth_neg_write_mech_types(&w, t.mechs, t.n_mechs);
        assert_int_equal(w.len, t.mechTypes.len);
        assert_memory_equal(again, t.mechTypes.data, w.len);
    }
    size_t none = 0; /* of what is refused, a prefix may be right */
    vectors_mutate(raw, n, mutant_init, st ? &none : &n);
}

static void one_resp(const vector *v, void *arg)
{
    (void)arg;
    uint8_t raw[512], again[512];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_neg_resp t;
    troth_status st = troth_neg_read_resp((troth_bytes){ raw, n }, &t);
    if (st != expected(v))
        fail_msg("%s: %s", v->name, troth_status_name(st));
    if (!st) {
        same_size(v, "state", t.negState != TROTH_NEG_ABSENT, t.negState);
        same_size(v, "oid", t.supportedMech.len, t.supportedMech.len);
        same_size(v, "token", t.responseToken.data, t.responseToken.len);
        same_size(v, "mic", t.mechListMIC.data, t.mechListMIC.len);
        troth_writer w = troth_writer_over(again, sizeof again, TROTH_BE);
        troth_neg_write_resp(&w, &t); /* DER: one value, one form */
        assert_int_equal(w.len, n);
        assert_memory_equal(again, raw, n);
    }
    size_t none = 0;
    vectors_mutate(raw, n, mutant_resp, st ? &none : &n);
}

static void test_init(void **state)
{
    (void)state;
    vectors_each("spnego/init.txt", one_init, NULL);
}

static void test_resp(void **state)
{
    (void)state;
    vectors_each("spnego/resp.txt", one_resp, NULL);
}

/* What we write is what the vector "Kerberos twice and NTLM" says, and large tokens get their length octets. */
static void test_write_init(void **state)
{
    (void)state;
    static uint8_t want[128], got[70000], big[65000], list[64];
    size_t n = unhex("603b06062b0601050502a031302fa0243022 06092a864882f712010202 06092a864886f712010202"
                     "060a2b06010401823702020a a207 0405 4e544c4d53",
                     want, sizeof want);
    troth_neg_init t, back;
    assert_int_equal(troth_neg_read_init((troth_bytes){ want, n }, &t), TROTH_OK);
    troth_writer w = troth_writer_over(got, sizeof got, TROTH_BE);
    troth_neg_write_init(&w, &t);
    assert_int_equal(w.len, n);
    assert_memory_equal(got, want, n);
    memcpy(list, t.mechTypes.data, t.mechTypes.len);
    t.mechTypes.data = list;
    t.mechToken = (troth_bytes){ big, sizeof big };
    t.mechListMIC = (troth_bytes){ big, 200 };
    troth_writer_reset(&w);
    troth_neg_write_init(&w, &t);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(troth_neg_read_init((troth_bytes){ got, w.len }, &back), TROTH_OK);
    assert_int_equal(back.mechToken.len, sizeof big);
    assert_int_equal(back.mechListMIC.len, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_init), cmocka_unit_test(test_resp),
                                        cmocka_unit_test(test_write_init) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
