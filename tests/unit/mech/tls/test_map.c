/* From certificates to accounts. */
#include <mech/tls/inner.h>
#include <stdio.h>
#include <string.h>
#include <support/pki.h>
#include <support/test.h>

static const pki_wish alice = { .cn = "Alice",
                                .san = "otherName:msUPN;UTF8:alice@TEST,email:alice@mail.test,DNS:alice.test" };

static void expect(const pki_wish *wish, const troth_cert_rule *rules, size_t n, const char *account,
                   const char *authority)
{
    pki_pair p = pki_make(wish, NULL);
    troth_tls_config c = { .rules = rules, .n_rules = n };
    troth_tls_holder h = { 0 };
    troth_status st = troth_tls_map(&c, p.cert, &h);
    pki_free(&p);
    assert_int_equal(st, account ? TROTH_OK : TROTH_DENIED);
    assert_string_equal(h.account, account ? account : "");
    assert_string_equal(h.authority, authority ? authority : "");
}

static void fields(void **state)
{
    static const struct {
        troth_cert_rule rule;
        const char *account, *authority; /* account NULL = refused */
    } rows[] = {
        { { TROTH_CERT_UPN, NULL, NULL }, "alice", "TEST" },
        { { TROTH_CERT_UPN, "Alice@Test", NULL }, "alice", "TEST" },
        { { TROTH_CERT_UPN, "alice@TEST", "DOM\\al" }, "al", "DOM" },
        { { TROTH_CERT_UPN, "alice@TEST", "al@REALM" }, "al", "REALM" },
        { { TROTH_CERT_UPN, "alice@TEST", "al" }, "al", "" },
        { { TROTH_CERT_UPN, "bob@TEST", "al" }, NULL, NULL },
        { { TROTH_CERT_UPN, "alice@mail.test", "al" }, NULL, NULL }, /* that is the mail address */
        { { TROTH_CERT_UPN, "alice@TES", "al" }, NULL, NULL },
        { { TROTH_CERT_UPN, "", "al" }, NULL, NULL },
        { { TROTH_CERT_EMAIL, NULL, NULL }, "alice", "mail.test" },
        { { TROTH_CERT_EMAIL, "ALICE@mail.test", "al" }, "al", "" },
        { { TROTH_CERT_DNS, NULL, NULL }, "alice.test", "" },
        { { TROTH_CERT_DNS, "ALICE.TEST", NULL }, "alice.test", "" },
        { { TROTH_CERT_CN, NULL, NULL }, "Alice", "" },
        { { TROTH_CERT_CN, "Alice", "DOM\\alice" }, "alice", "DOM" },
        { { TROTH_CERT_CN, "alice", "DOM\\alice" }, NULL, NULL }, /* exact */
        { { TROTH_CERT_SUBJECT, NULL, NULL }, "CN=Alice,O=troth tests", "" },
        { { TROTH_CERT_SUBJECT, "CN=Alice,O=troth tests", "al" }, "al", "" },
        { { TROTH_CERT_SUBJECT, "CN=Alice", "al" }, NULL, NULL },
        { { TROTH_CERT_SHA256, NULL, "al" }, NULL, NULL },
        { { TROTH_CERT_SHA256, "", "al" }, NULL, NULL },
        { { TROTH_CERT_SHA256, "00", "al" }, NULL, NULL },
        { { (troth_cert_field)99, NULL, "al" }, NULL, NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(&alice, &rows[i].rule, 1, rows[i].account, rows[i].authority);
    expect(&alice, NULL, 0, "CN=Alice,O=troth tests", "");
}

static void first_that_fits(void **state)
{
    static const troth_cert_rule rules[] = { { TROTH_CERT_UPN, "bob@TEST", "bob" },
                                             { TROTH_CERT_EMAIL, "alice@mail.test", "first" },
                                             { TROTH_CERT_UPN, NULL, "second" } };
    (void)state;
    expect(&alice, rules, 3, "first", "");
    expect(&alice, rules, 1, NULL, NULL);
    expect(&(pki_wish){ .cn = "Nobody" }, rules, 3, NULL, NULL); /* without any such field */
}

/* Two names are no name, unless the rule says which; and what is no name at all spoils its neighbours. */
static void ambiguous_and_spoilt(void **state)
{
    static const troth_cert_rule any = { TROTH_CERT_UPN, NULL, NULL }, one = { TROTH_CERT_UPN, "b@TEST", NULL },
                                 dns = { TROTH_CERT_DNS, NULL, NULL }, dns_one = { TROTH_CERT_DNS, "a", "al" };
    (void)state;
    const pki_wish two = { .cn = "x", .san = "otherName:msUPN;UTF8:a@TEST,otherName:msUPN;UTF8:b@TEST" };
    expect(&two, &any, 1, NULL, NULL);
    expect(&two, &one, 1, "b", "TEST");
    const pki_wish other_type = { .cn = "x", .san = "otherName:msUPN;INTEGER:7" };
    expect(&other_type, &any, 1, NULL, NULL);
    const pki_wish other_oid = { .cn = "x", .san = "otherName:1.3.6.1.4.1.311.20.2.4;UTF8:a@TEST" };
    expect(&other_oid, &any, 1, NULL, NULL);
    /* SEQUENCE { [2] 'a' NUL 'b' }, and the same after a good one */
    expect(&(pki_wish){ .cn = "x", .san = "DER:30:05:82:03:61:00:62" }, &dns, 1, NULL, NULL);
    expect(&(pki_wish){ .cn = "x", .san = "DER:30:03:82:01:61" }, &dns_one, 1, "al", "");
    expect(&(pki_wish){ .cn = "x", .san = "DER:30:08:82:01:61:82:03:61:00:62" }, &dns_one, 1, NULL, NULL);
    expect(&(pki_wish){ .cn = "x", .san = "DER:30:03:82:01:0a" }, &dns, 1, NULL, NULL);         /* a line end */
    expect(&(pki_wish){ .cn = "x", .san = "DER:04:00" }, &dns, 1, NULL, NULL);                  /* no names at all */
    expect(&(pki_wish){ .cn = "x", .san = "otherName:msUPN;UTF8:@TEST" }, &any, 1, NULL, NULL); /* nobody there */
}

static void digests(void **state)
{
    (void)state;
    uint8_t raw[32];
    unsigned n;
    char plain[65], colons[100];
    pki_pair p = pki_make(&alice, NULL);
    assert_int_equal(X509_digest(p.cert, EVP_sha256(), raw, &n), 1);
    for (size_t i = 0; i < 32; i++) {
        sprintf(plain + 2 * i, "%02x", raw[i]);
        sprintf(colons + 3 * i, "%02X:", raw[i]);
    }
    colons[95] = 0;
    troth_tls_holder h;
    troth_cert_rule rule = { TROTH_CERT_SHA256, plain, "DOM\\alice" };
    troth_tls_config c = { .rules = &rule, .n_rules = 1 };
    assert_int_equal(troth_tls_map(&c, p.cert, &h), TROTH_OK);
    assert_string_equal(h.authority, "DOM");
    rule.match = colons;
    assert_int_equal(troth_tls_map(&c, p.cert, &h), TROTH_OK);
    rule.account = NULL; /* a digest names nobody by itself */
    assert_int_equal(troth_tls_map(&c, p.cert, &h), TROTH_DENIED);
    rule = (troth_cert_rule){ TROTH_CERT_SHA256, plain, "al" };
    for (size_t i = 0; i < 64; i++) {
        char was = plain[i];
        plain[i] = was == '0' ? '1' : '0';
        assert_int_equal(troth_tls_map(&c, p.cert, &h), TROTH_DENIED);
        plain[i] = 0; /* a shorter one is no match, either */
        assert_int_equal(troth_tls_map(&c, p.cert, &h), TROTH_DENIED);
        plain[i] = was;
    }
    pki_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(first_that_fits),
        cmocka_unit_test(ambiguous_and_spoilt),
        cmocka_unit_test(digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
