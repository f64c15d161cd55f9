/* CORBA 24.2.3, 24.2.5, 24.3.1.1: whom a message names, who may do that, and authorization elements; hostile inputs 22, 23
 * and 32. */
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include "sas_judged.h"
#include <der/der.h>

static void identity(const char *what, uint32_t type, troth_bytes octets, const char *user, const char *name)
{
    troth_sas_identity i = { type, octets };
    const char *password = !strcmp(user, "gw") ? "gateway" : "s3cret";
    troth_bytes token = *user ? sas_gssup(user, password, "default") : nothing;
    sas_told t = accepted(what, sas_establish(0, token, &i), name);
    assert_string_equal(t.authenticated, user);
    assert_true(t.caller.asserted);
}

static void no_identity(const char *what, uint32_t type, troth_bytes octets, const char *user, int32_t major)
{
    troth_sas_identity i = { type, octets };
    const char *password = !strcmp(user, "gw") ? "gateway" : "s3cret";
    refused(what, sas_establish(0, *user ? sas_gssup(user, password, "default") : nothing, &i), major);
}

/* CN=Carol,O=Example\, Inc.,C=DE */
static const uint8_t carol_dn[] = { 0x30, 0x3a, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x06, 0x13,
                                    0x02, 'D',  'E',  0x31, 0x1b, 0x30, 0x19, 0x06, 0x03, 0x55, 0x04, 0x0a,
                                    0x0c, 0x12, 'E',  'x',  'a',  'm',  'p',  'l',  'e',  ',',  ' ',  'I',
                                    'n',  'c',  '.',  ' ',  '+',  'C',  'o',  '.',  0x31, 0x0e, 0x30, 0x0c,
                                    0x06, 0x03, 0x55, 0x04, 0x03, 0x1e, 0x05, 'C',  'a',  'r',  'o',  'l' };

static void put_name(troth_writer *w, const char *cn)
{
    uint8_t head[] = { 0x30, 0, 0x31, 0, 0x30, 0, 0x06, 3, 0x55, 4, 3, 0x0c, 0 };
    uint8_t n = (uint8_t)strlen(cn);
    head[1] = (uint8_t)(n + 11), head[3] = (uint8_t)(n + 9), head[5] = (uint8_t)(n + 7), head[12] = n;
    troth_write_bytes(w, head, sizeof head);
    troth_write_bytes(w, cn, n);
}

/* The outline of a certificate: that is all that is looked at. */
static void put_certificate(troth_writer *w, const char *subject, const char *issuer)
{
    uint8_t tbs[256], cert[300];
    troth_writer t = troth_writer_over(tbs, sizeof tbs, TROTH_BE), c = troth_writer_over(cert, sizeof cert, TROTH_BE);
    troth_write_bytes(&t, "\2\1\1\x30\0", 5); /* serialNumber, signature */
    put_name(&t, issuer);
    troth_write_bytes(&t, "\x30\0", 2); /* validity */
    put_name(&t, subject);
    troth_write_bytes(&t, "\x30\0", 2); /* subjectPublicKeyInfo */
    troth_der_write_bytes(&c, TROTH_DER_SEQUENCE, (troth_bytes){ tbs, t.len });
    troth_write_bytes(&c, "\x30\0\3\2\0\1", 6); /* signatureAlgorithm, signature */
    troth_der_write_bytes(w, TROTH_DER_SEQUENCE, (troth_bytes){ cert, c.len });
}

static troth_bytes chain(const char *const names[], size_t n, size_t behind)
{
    static uint8_t body[16384], out[16400];
    troth_writer b = troth_writer_over(body, sizeof body, TROTH_BE), w = troth_writer_over(out, sizeof out, TROTH_BE);
    for (size_t i = 0; i < n; i++)
        put_certificate(&b, names[i % 3], names[(i + 1) % 3]);
    troth_der_write_bytes(&w, TROTH_DER_SEQUENCE, (troth_bytes){ body, b.len });
    troth_write_zeros(&w, behind);
    assert_int_equal(w.st, TROTH_OK);
    return (troth_bytes){ out, w.len };
}

static void test_identities(void **state)
{
    (void)state;
    uint8_t dn[sizeof carol_dn], odd[64];
    sas_rig_init(&rig);
    rig.trusted = "gw";
    rig.o.failures = 1000;
    sas_rig_open(&rig);
    identity("a principal", TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name("carol@there"), "gw", "carol@there");
    identity("escapes in their one form", TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name("ca\\@rol@"), "gw", "ca\\@rol");
    memcpy(dn, carol_dn, sizeof dn);
    dn[sizeof dn - 7] = 0x13; /* PrintableString */
    identity("a distinguished name", TROTH_CSI_ITT_DISTINGUISHED_NAME, (troth_bytes){ dn, sizeof dn }, "gw",
             "CN=Carol,O=Example\\, Inc. \\+Co.,C=DE");
    identity("32: anonymous, by anyone", TROTH_CSI_ITT_ANONYMOUS, nothing, "alice", "");
    identity("32: anonymous, by nobody", TROTH_CSI_ITT_ANONYMOUS, nothing, "", "");
    no_identity("32: not trusted", TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name("carol"), "alice", 1);
    no_identity("32: nobody", TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name("carol"), "", 1);
    no_identity("22: kind 3", 3, sas_name("carol"), "gw", 2);
    no_identity("22: kind 16", 16, sas_name("carol"), "gw", 2);
    no_identity("22: empty name", TROTH_CSI_ITT_PRINCIPAL_NAME, nothing, "gw", 1);
    no_identity("22: names nobody", TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name("@scope"), "gw", 1);
    no_identity("22: a NUL", TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name("ca\xff"), "gw", 1);
    const char *names[] = { "0401 0000 00000005 6361726f6c",
                            "0401 ffff 06066781020101 01 00000001 61",
                            "0401 0008 0606678102010101 ffffffff 61",
                            "0401 0008 0606678102010101 00000002 61",
                            "0401 0008 0606678102010101 00000001 6162",
                            "0401 0007 0606678102010101 00000001 61",
                            "00000000 0f000000 0401000806066781020101010000 00016100" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        no_identity(names[i], TROTH_CSI_ITT_PRINCIPAL_NAME, (troth_bytes){ odd, unhex(names[i], odd, sizeof odd) },
                    "gw", 1);
    size_t n = unhex("0401 0008 0606678102010102 00000001 61", odd, sizeof odd);
    no_identity("22: a name of nobody's mechanism", TROTH_CSI_ITT_PRINCIPAL_NAME, (troth_bytes){ odd, n }, "gw", 2);
    no_identity("23: no chain", TROTH_CSI_ITT_X509_CERT_CHAIN, (troth_bytes){ dn, sizeof dn }, "gw", 1);
    no_identity("BMPString of odd length", TROTH_CSI_ITT_DISTINGUISHED_NAME, (troth_bytes){ carol_dn, sizeof carol_dn },
                "gw", 1);
    no_identity("no name at all", TROTH_CSI_ITT_DISTINGUISHED_NAME, (troth_bytes){ (const uint8_t *)"\x30", 2 }, "gw",
                1);
    sas_rig_close(&rig);
}

/* The two parts of a name are its own, whatever names came before it. */
static void test_parts(void **state)
{
    (void)state;
    static const char *const names[][3] = { { "carol@a.long.authority", "carol", "a.long.authority" },
                                            { "bob@short", "bob", "short" },
                                            { "bob", "bob", "" },
                                            { "c\\@d@e", "c@d", "e" } };
    sas_rig_init(&rig);
    rig.trusted = "gw";
    sas_rig_open(&rig);
    for (size_t i = 0; i < 4; i++) {
        troth_sas_identity name = { TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name(names[i][0]) };
        sas_told t = sas_ask(&rig, sas_establish(0, sas_gssup("gw", "gateway", "default"), &name));
        assert_true(t.accepted);
        assert_string_equal(t.name, names[i][0]);
        assert_string_equal(t.authority, names[i][2]);
        if (i < 3)
            assert_string_equal(t.account, names[i][1]);
    }
    sas_rig_close(&rig);
}

/* 23: whom a chain is about, by its first certificate; nothing behind it, and no more than a few */
static void test_chain(void **state)
{
    (void)state;
    static uint8_t message[20000];
    const char *const names[] = { "carol", "middle", "root" };
    sas_rig_init(&rig);
    rig.trusted = "gw";
    sas_rig_open(&rig);
    identity("a chain", TROTH_CSI_ITT_X509_CERT_CHAIN, chain(names, 2, 0), "gw", "CN=carol");
    no_identity("23: an octet behind", TROTH_CSI_ITT_X509_CERT_CHAIN, chain(names, 2, 1), "gw", 1);
    no_identity("23: nothing in it", TROTH_CSI_ITT_X509_CERT_CHAIN, chain(names, 0, 0), "gw", 1);
    troth_sas_message m = { .type = TROTH_SAS_ESTABLISH_CONTEXT };
    m.establish.identity_token = (troth_sas_identity){ TROTH_CSI_ITT_X509_CERT_CHAIN, chain(names, 200, 0) };
    m.establish.client_authentication_token = sas_gssup("gw", "gateway", "default");
    troth_writer w = troth_writer_over(message, sizeof message, TROTH_LE);
    troth_sas_write(&w, &m);
    assert_int_equal(w.st, TROTH_OK);
    refused("23: 200 certificates", (troth_bytes){ message, w.len }, 1);
    sas_rig_close(&rig);
}

static void test_identities_not_offered(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.trusted = "gw";
    rig.o.identity_types = TROTH_CSI_ITT_PRINCIPAL_NAME;
    sas_rig_open(&rig);
    no_identity("anonymous", TROTH_CSI_ITT_ANONYMOUS, nothing, "gw", 2);
    no_identity("a distinguished name", TROTH_CSI_ITT_DISTINGUISHED_NAME, (troth_bytes){ carol_dn, sizeof carol_dn },
                "gw", 2);
    identity("a principal", TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name("carol"), "gw", "carol");
    sas_rig_close(&rig);
    sas_rig_init(&rig);
    rig.o.rules.trusts = NULL;
    sas_rig_open(&rig);
    no_identity("no rules of trust", TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name("carol"), "gw", 1);
    sas_rig_close(&rig);
    sas_rig_init(&rig); /* presumed trust, where it is configured */
    rig.trusted = "";
    sas_rig_open(&rig);
    identity("presumed trust", TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name("carol"), "", "carol");
    no_identity("but not for everyone", TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name("carol"), "gw", 1);
    sas_rig_close(&rig);
}

/* No mechanism sees a token that is none, and GSSUP answers only what is its own. */
static void test_no_tokens(void **state)
{
    (void)state;
    static const uint8_t no_frame[] = { 0x60, 0x7f, 0x06 };
    troth_job *job;
    sas_rig_init(&rig);
    sas_rig_open(&rig);
    sas_told t = sas_ask(&rig, sas_establish(1, (troth_bytes){ no_frame, sizeof no_frame }, NULL));
    assert_false(t.accepted);
    assert_int_equal(t.n_token, 0);
    troth_bytes token = sas_gssup("", "s3cret", "default");
    (void)sas_give(&rig, rig.s, sas_establish(2, token, NULL));
    assert_false(troth_sas_session_job(rig.s, &job));
    t = sas_take(&rig, rig.s);
    assert_int_equal(t.major, 1);
    assert_true(t.n_token > 0);
    sas_rig_close(&rig);
}

static void test_authorization(void **state)
{
    (void)state;
    troth_sas_message m = { .type = TROTH_SAS_ESTABLISH_CONTEXT, .client_context_id = 1 };
    m.establish.n_authorization = 2;
    m.establish.authorization_token[0] = (troth_sas_authorization){ 77, { (const uint8_t *)"good", 4 } };
    m.establish.authorization_token[1] = (troth_sas_authorization){ 78, { (const uint8_t *)"good", 4 } };
    sas_rig_init(&rig);
    rig.good_element = 77;
    sas_rig_open(&rig);
    m.establish.client_authentication_token = sas_gssup("alice", "s3cret", "default");
    refused("a type that nobody knows", sas_message(&m, TROTH_LE), 2);
    m.establish.authorization_token[1].the_type = 77;
    accepted("good ones", sas_message(&m, TROTH_LE), "alice");
    m.client_context_id = 2;
    m.establish.authorization_token[1].the_element.len = 3;
    refused("one that cannot be verified", sas_message(&m, TROTH_BE), 1);
    sas_rig_close(&rig);
    sas_rig_init(&rig);
    rig.o.rules.authorizes = NULL;
    sas_rig_open(&rig);
    refused("no rules", sas_message(&m, TROTH_LE), 2);
    sas_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_identities),
                                        cmocka_unit_test(test_chain),
                                        cmocka_unit_test(test_parts),
                                        cmocka_unit_test(test_no_tokens),
                                        cmocka_unit_test(test_identities_not_offered),
                                        cmocka_unit_test(test_authorization) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
