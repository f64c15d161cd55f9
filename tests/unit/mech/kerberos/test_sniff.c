/* First tokens: Kerberos' own, and everybody else's. */
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include <mech/kerberos/kerberos.h>
#include <support/hex.h>
#include <support/vectors.h>

static bool sniff(const char *hex)
{
    uint8_t raw[64];
    size_t n = unhex(hex, raw, sizeof raw);
    return troth_mech_kerberos.sniff((troth_bytes){ raw, n });
}

static void test_tokens(void **state)
{
    (void)state;
    assert_true(sniff("60 81ff 0609 2a864886f712010202 0100 6e"));   /* RFC 4121 */
    assert_true(sniff("60 8202bc 0609 2a864882f712010202 0100 6e")); /* Microsoft's slip [MS-SPNG 3.1.5.3] */
    assert_true(sniff("60 40 0609 2a864886f712010202 0100 6e"));
    assert_true(sniff("6e 8202aa 308202a6"));                     /* a bare AP-REQ, as DCE style sends it */
    assert_false(sniff("60 40 0606 2b0601050502 a0"));            /* SPNEGO */
    assert_false(sniff("60 40 0606 2b0601050205 00"));            /* IAKERB: not ours */
    assert_false(sniff("60 40 060a 2b06010401823702020a"));       /* NTLM in RFC 2743 framing */
    assert_false(sniff("4e544c4d53535000 01000000"));             /* NTLMSSP */
    assert_false(sniff("60 40 0609 2a864886f712010203 0100 6e")); /* user to user: not spoken */
    assert_false(sniff("60 40 0608 2a864886f7120102"));           /* cut OID */
    assert_false(sniff("60 40 0409 2a864886f712010202"));         /* no OID */
    assert_false(sniff("a1"));
    assert_false(sniff(""));
}

static void short_or_flipped(const uint8_t *p, size_t n, void *arg)
{
    size_t whole = *(size_t *)arg;
    bool ours = troth_mech_kerberos.sniff((troth_bytes){ p, n });
    if (n < whole)
        assert_false(ours);
}

static void test_mutations(void **state)
{
    (void)state;
    uint8_t raw[64];
    size_t n = unhex("60 8202bc 0609 2a864886f712010202", raw, sizeof raw);
    vectors_mutate(raw, n, short_or_flipped, &n);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_tokens), cmocka_unit_test(test_mutations) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
