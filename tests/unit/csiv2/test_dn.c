/* X.501 names in words: OpenSSL, which names the holders of certificates, is the judge. [RFC 2253] */
#include <csiv2/names.h>
#include <openssl/bio.h>
#include <openssl/x509.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

static void ours(troth_bytes dn, const char *want)
{
    char text[1024];
    troth_writer w = troth_writer_over(text, sizeof text - 1, TROTH_LE);
    assert_int_equal(troth_csi_dn_check(dn), TROTH_OK);
    troth_status st = troth_csi_dn_write(&w, dn);
    if (!want) {
        assert_int_equal(st, TROTH_MALFORMED);
        return;
    }
    assert_int_equal(st, TROTH_OK);
    text[w.len] = 0;
    assert_string_equal(text, want);
}

static void add(X509_NAME *n, const char *field, int type, const char *value, int len, int set)
{
    assert_true(X509_NAME_add_entry_by_txt(n, field, type, (const unsigned char *)value, len, -1, set));
}

static void compare(X509_NAME *n)
{
    unsigned char *der = NULL;
    char *theirs;
    int len = i2d_X509_NAME(n, &der);
    assert_true(len > 0);
    BIO *b = BIO_new(BIO_s_mem());
    assert_true(X509_NAME_print_ex(b, n, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0);
    BIO_write(b, "", 1);
    BIO_get_mem_data(b, &theirs);
    ours((troth_bytes){ der, (size_t)len }, theirs);
    BIO_free(b);
    OPENSSL_free(der);
    X509_NAME_free(n);
}

static void test_openssl(void **state)
{
    (void)state;
    static const char *const fields[] = { "CN",
                                          "SN",
                                          "serialNumber",
                                          "C",
                                          "L",
                                          "ST",
                                          "street",
                                          "O",
                                          "OU",
                                          "title",
                                          "GN",
                                          "initials",
                                          "generationQualifier",
                                          "dnQualifier",
                                          "pseudonym",
                                          "UID",
                                          "DC",
                                          "emailAddress" };
    X509_NAME *n = X509_NAME_new();
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        add(n, fields[i], V_ASN1_UTF8STRING, "xy", 2, 0);
    compare(n);
    n = X509_NAME_new();
    add(n, "O", V_ASN1_PRINTABLESTRING, " a, +b ", -1, 0);
    add(n, "OU", V_ASN1_UTF8STRING, "#1 <\"\\;>", -1, 0);
    add(n, "CN", V_ASN1_UTF8STRING, "M\xc3\xbcller\n", -1, 1);
    add(n, "L", V_ASN1_T61STRING, "K\xf6ln", -1, 0);
    add(n, "ST", V_ASN1_BMPSTRING, "\0N\0\xfc", 4, 0);
    add(n, "title", V_ASN1_UNIVERSALSTRING, "\0\1\xf6\0", 4, 0);
    add(n, "1.2.3.4", V_ASN1_UTF8STRING, "who knows", -1, 0);
    add(n, "CN", V_ASN1_UTF8STRING, "", 0, 0);
    add(n, "CN", V_ASN1_UTF8STRING, " ", 1, 0);
    compare(n);
    n = X509_NAME_new(); /* of two values */
    add(n, "O", V_ASN1_PRINTABLESTRING, "org", -1, 0);
    add(n, "CN", V_ASN1_PRINTABLESTRING, "joined", -1, -1);
    add(n, "OU", V_ASN1_PRINTABLESTRING, "unit", -1, 0);
    compare(n);
}

static void never(const uint8_t *p, size_t n, void *arg)
{
    char text[256];
    troth_writer w = troth_writer_over(text, sizeof text, TROTH_LE);
    (void)arg;
    if (!troth_csi_dn_check((troth_bytes){ p, n }) && !troth_csi_dn_write(&w, (troth_bytes){ p, n }))
        assert_null(memchr(text, 0, w.len));
}

static void test_hostile(void **state)
{
    (void)state;
    uint8_t dn[128];
    size_t n = unhex("301b 310b 3009 0603550406 1302 4445 310c 300a 0603550403 0c03 426f62", dn, sizeof dn);
    ours((troth_bytes){ dn, n }, "CN=Bob,C=DE");
    vectors_mutate(dn, n, never, NULL);
    dn[n - 1] = 0xc3;
    ours((troth_bytes){ dn, n }, NULL); /* no UTF-8 */
    dn[n - 1] = 'b';
    dn[13] = 0xff;
    ours((troth_bytes){ dn, n }, NULL); /* no PrintableString */
    dn[13] = 0;
    ours((troth_bytes){ dn, n }, NULL); /* a NUL, at which other readers would end */
    n = unhex("3000", dn, sizeof dn);
    ours((troth_bytes){ dn, n }, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_openssl), cmocka_unit_test(test_hostile) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
