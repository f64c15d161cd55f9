/* SSPI over Kerberos, in a realm: the table flag x side of CR-1 to CR-20 for Kerberos and Negotiate, and its facts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/lab.h>
#include <support/sspi.h>

typedef struct row {
    const char *rule;
    ULONG isc, asc, isc_ret, asc_ret;
    unsigned tokens; /* of Kerberos; Negotiate adds its own */
} row;

enum { C = 0x800, I = ISC_RET_INTEGRITY, AI = ASC_RET_INTEGRITY, M = 2, R = 4, Q = 8, P = 0x10 };

/* clang-format off */
static const row kerberos[] = {
    /* rule                       ISC_REQ                                  ASC_REQ                 ISC_RET                  ASC_RET                   tokens */
    { "nothing",                  0,                                       0,                      C,                       C,                        1 },
    { "CR-1 integrity",           ISC_REQ_INTEGRITY,                       0,                      C | I,                   C | AI,                   1 },
    { "CR-5 mutual",              M,                                       0,                      C | M,                   C | M,                    2 },
    { "CR-6 replay",              R,                                       0,                      C | I | R,               C | AI | R,               1 },
    { "CR-7 sequence",            Q,                                       0,                      C | I | Q,               C | AI | Q,               1 },
    { "CR-8 confidentiality",     P,                                       0,                      C | I | P,               C | AI | P,               1 },
    { "CR-4 without mutual",      1,                                       ASC_REQ_DELEGATE,       C,                       C,                        1 },
    { "CR-4 not ok-as-delegate",  1 | M,                                   ASC_REQ_DELEGATE,       C | M,                   C | M,                    2 },
    { "CR-9 session key",         ISC_REQ_USE_SESSION_KEY,                 ASC_REQ_USE_SESSION_KEY, C | 0x20,               C | 0x20,                 1 },
    { "CR-13 three legs",         ISC_REQ_USE_DCE_STYLE,                   ASC_REQ_USE_DCE_STYLE,  C | M | 0x200,           C | M | 0x200,            3 },
    { "CR-14 connection",         ISC_REQ_CONNECTION,                      ASC_REQ_CONNECTION,     C,                       C,                        1 },
    { "CR-14 datagram is NTLM's", ISC_REQ_DATAGRAM,                        ASC_REQ_DATAGRAM,       C,                       C,                        1 },
    { "CR-15 extended error",     ISC_REQ_EXTENDED_ERROR,                  ASC_REQ_EXTENDED_ERROR, C | 0x4000,              C | 0x8000,               1 },
    { "CR-17 no integrity",       ISC_REQ_INTEGRITY | ISC_REQ_NO_INTEGRITY | R | Q, 0,             C,                       C,                        1 },
    { "CR-18 identify",           ISC_REQ_IDENTIFY,                        0,                      C | ISC_RET_IDENTIFY,    C | ASC_RET_IDENTIFY,     1 },
    { "CR-2 null session",        ISC_REQ_NULL_SESSION,                    ASC_REQ_ALLOW_NULL_SESSION, C,                   C,                        1 },
    { "CR-4 ok-as-delegate",      1 | M,                                   ASC_REQ_DELEGATE,       C | M | 1,               C | M | 1,                2 },
    { "the usual",                M | R | Q | P | I,                       M | R | Q | P | AI,     C | M | R | Q | P | I,   C | M | R | Q | P | AI,   2 },
};
/* clang-format on */

static char *config(void)
{
    static char text[512];
    snprintf(text, sizeof text, "[kerberos]\nkeytab = %s\nccache = FILE:%s\n", lab_file("service.keytab"),
             lab_file("alice.ccache"));
    return text;
}

static void start(sspi_rig *r, const char *package)
{
    sspi_rig_init(r, config());
    r->target = "svc/localhost";
    assert_int_equal(sspi_acquire(package, SECPKG_CRED_OUTBOUND, NULL, &r->client), SEC_E_OK);
    assert_int_equal(sspi_acquire(package, SECPKG_CRED_INBOUND, NULL, &r->server), SEC_E_OK);
}

/* Negotiate gives what Kerberos gives; that it offers NTLM's bits as well changes nothing over Kerberos. */
static void run_table(const char *package)
{
    sspi_rig r;
    int bad = 0;
    start(&r, package);
    for (size_t i = 0; i < sizeof kerberos / sizeof *kerberos; i++) {
        const row *w = &kerberos[i];
        bool counts = strcmp(package, "Kerberos") == 0;
        if (!counts && w->isc & ISC_REQ_NULL_SESSION) /* Negotiate knows it, see below */
            continue;
        r.target = w->isc_ret & ISC_RET_DELEGATE ? "HTTP/localhost" : "svc/localhost"; /* the one is ok-as-delegate */
        bool ok = sspi_shake(&r, w->isc, w->asc);
        if (!ok || r.c_ret != w->isc_ret || r.s_ret != w->asc_ret || (counts && r.tokens != w->tokens)) {
            print_error("%s, %s: %08x %08x, RET %#x %#x, %u tokens\n", package, w->rule, (unsigned)r.c_status,
                        (unsigned)r.s_status, r.c_ret, r.s_ret, r.tokens);
            bad++;
        }
        sspi_rig_reset(&r);
    }
    assert_int_equal(bad, 0);
    sspi_rig_clear(&r);
}

static void table(void **state)
{
    (void)state;
    run_table("Kerberos");
}

static void table_negotiate(void **state)
{
    (void)state;
    run_table("Negotiate");
}

static void negotiate(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_NegotiationInfoA nego;
    start(&r, "Negotiate");
    assert_true(sspi_shake(&r, M | R | Q | P, 0));
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_NEGOTIATION_INFO, &nego), SEC_E_OK);
    assert_string_equal(nego.PackageInfo->Name, "Kerberos");
    assert_int_equal(FreeContextBuffer(nego.PackageInfo), SEC_E_OK);
    sspi_rig_reset(&r);
    /* nobody is NTLM's to be: where it is not offered, the client's own name is not sent in his stead */
    assert_int_equal(sspi_client_leg(&r, ISC_REQ_NULL_SESSION), SEC_E_NO_CREDENTIALS);
    assert_int_equal(r.c.dwLower, 0);
    sspi_rig_clear(&r);
}

static void facts(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_Sizes sizes;
    SecPkgContext_KeyInfoA key;
    SecPkgContext_NativeNamesA names;
    SecPkgContext_Lifespan life;
    start(&r, "Kerberos");
    assert_true(sspi_shake(&r, M | R | Q | P, 0));
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbMaxSignature, 28);
    assert_int_equal(sizes.cbSecurityTrailer, 60);
    assert_int_equal(sizes.cbBlockSize, 1);
    assert_true(sizes.cbMaxToken >= 12000);
    assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_KEY_INFO, &key), SEC_E_OK);
    assert_string_equal(key.sSignatureAlgorithmName, "HMAC-SHA1-96");
    assert_int_equal(key.KeySize, 256);
    assert_int_equal(key.EncryptAlgorithm, 18);
    assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_NATIVE_NAMES, &names), SEC_E_OK);
    assert_memory_equal(names.sClientName, "alice@", 6);
    assert_memory_equal(names.sServerName, "svc/localhost@", 14);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_LIFESPAN, &life), SEC_E_OK);
    assert_true(life.tsExpiry.QuadPart > life.tsStart.QuadPart && life.tsExpiry.QuadPart != INT64_MAX);
    sspi_rig_reset(&r);
    assert_true(sspi_shake(&r, P | ISC_REQ_USE_DCE_STYLE, ASC_REQ_USE_DCE_STYLE));
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbSecurityTrailer, 76); /* spec/sspi 1.7 */
    assert_int_equal(sizes.cbMaxSignature, 28);
    sspi_rig_clear(&r);
}

static void named(CredHandle *h, const char *name)
{
    SecPkgCredentials_NamesA names;
    assert_int_equal(QueryCredentialsAttributesA(h, SECPKG_CRED_ATTR_NAMES, &names), SEC_E_OK);
    if (strncmp(names.sUserName, name, strlen(name)) != 0)
        fail_msg("%s", names.sUserName);
    assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
}

/* Whose default credentials are: the cache's owner, and of a keytab one of its principals. */
static void owners(void **state)
{
    (void)state;
    static const char *const packages[] = { "Kerberos", "Negotiate" };
    for (size_t i = 0; i < 2; i++) {
        sspi_rig r;
        start(&r, packages[i]);
        named(&r.client, "alice@");
        named(&r.server, "HTTP/localhost@"); /* as MIT walks the keytab */
        sspi_rig_clear(&r);
    }
}

/* A first leg that failed, in the words of GSS-API. */
static void unknown(CredHandle *h, const char *words)
{
    SecPkgContext_TrothError why;
    assert_int_equal(QueryCredentialsAttributesA(h, SECPKG_ATTR_TROTH_ERROR, &why), SEC_E_OK);
    assert_int_equal(why.Status, SEC_E_TARGET_UNKNOWN);
    assert_int_not_equal(why.GssMajor, 0);
    assert_int_not_equal(why.GssMinor, 0);
    if (!strstr(why.GssText, words))
        fail_msg("%s", why.GssText);
    assert_int_equal(FreeContextBuffer((void *)(uintptr_t)why.GssText), SEC_E_OK);
}

/* 4, 15, 27: what goes wrong, and why it says so */
static void refused(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_TrothError why;
    start(&r, "Kerberos");
    memcpy(r.to_server, "NTLMSSP\0\1\0\0\0\0\0\0\0\0\0\0\0", 20); /* another package's token: case 4 */
    r.n_to_server = 20;
    assert_int_equal(sspi_server_leg(&r, 0), SEC_E_INVALID_TOKEN);
    r.target = "nobody/nowhere";
    assert_int_equal(sspi_client_leg(&r, M), SEC_E_TARGET_UNKNOWN);
    unknown(&r.client, "nobody/nowhere");
    r.target = NULL;
    assert_int_equal(sspi_client_leg(&r, M), SEC_E_TARGET_UNKNOWN);
    r.target = "svc/localhost";
    /* replayed to another acceptor of the same credential: case 27 */
    assert_int_equal(sspi_client_leg(&r, R), SEC_E_OK);
    ULONG n = r.n_to_server;
    assert_int_equal(sspi_server_leg(&r, 0), SEC_E_OK);
    CtxtHandle served = r.s;
    r.s = (CtxtHandle){ 0, 0 };
    r.n_to_server = n;
    assert_int_equal(sspi_server_leg(&r, 0), SEC_E_INVALID_TOKEN);
    r.n_to_server = n;
    assert_int_equal(sspi_server_leg(&r, ASC_REQ_ALLOW_CONTEXT_REPLAY), SEC_E_OK);
    assert_true(r.s_ret & ASC_RET_ALLOW_CONTEXT_REPLAY);
    assert_int_equal(DeleteSecurityContext(&served), SEC_E_OK);
    sspi_rig_reset(&r);
    /* an AP-REP that was altered; the context says what GSS-API said */
    assert_int_equal(sspi_client_leg(&r, M), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(sspi_server_leg(&r, 0), SEC_E_OK);
    r.to_client[r.n_to_client - 1] ^= 1;
    assert_true(sspi_client_leg(&r, M) < 0);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_TROTH_ERROR, &why), SEC_E_OK);
    assert_int_equal(why.Status, r.c_status);
    assert_int_not_equal(why.GssMajor | why.GssMinor, 0);
    sspi_rig_clear(&r);
}

/* [CR-15] an error token for the peer, where it was asked for */
static void error_token(void **state)
{
    (void)state;
    sspi_rig r;
    start(&r, "Kerberos");
    for (int asked = 0; asked < 2; asked++) {
        uint8_t room[4096];
        assert_int_equal(sspi_client_leg(&r, M), SEC_I_CONTINUE_NEEDED);
        r.to_server[r.n_to_server - 1] ^= 1;
        SecBuffer in = { r.n_to_server, SECBUFFER_TOKEN, r.to_server }, out = { 4096, SECBUFFER_TOKEN, room };
        SecBufferDesc in_list = { 0, 1, &in }, list = { 0, 1, &out };
        SECURITY_STATUS st = AcceptSecurityContext(&r.server, NULL, &in_list, asked ? ASC_REQ_EXTENDED_ERROR : 0, 0,
                                                   &r.s, &list, NULL, NULL);
        assert_true(st < 0);
        assert_int_equal(out.cbBuffer < 4096 && out.cbBuffer > 10, asked);
        sspi_rig_reset(&r);
    }
    sspi_rig_clear(&r);
}

/* A password of the caller's instead of a ticket. */
static void password(void **state)
{
    (void)state;
    sspi_rig r;
    CredHandle wrong = { 9, 9 };
    const char *secret = lab_secret("alice.password");
    sspi_rig_init(&r, config());
    r.target = "svc/localhost";
    SEC_WINNT_AUTH_IDENTITY_A id = { .User = (UCHAR *)(uintptr_t) "alice",
                                     .UserLength = 5,
                                     .Password = (UCHAR *)(uintptr_t)secret,
                                     .PasswordLength = (ULONG)strlen(secret),
                                     .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
    assert_int_equal(sspi_acquire("Kerberos", SECPKG_CRED_OUTBOUND, &id, &r.client), SEC_E_OK);
    assert_int_equal(sspi_acquire("Kerberos", SECPKG_CRED_INBOUND, NULL, &r.server), SEC_E_OK);
    assert_true(sspi_shake(&r, M, 0));
    id.PasswordLength--;
    assert_int_equal(sspi_acquire("Kerberos", SECPKG_CRED_OUTBOUND, &id, &wrong), SEC_E_LOGON_DENIED);
    assert_int_equal(wrong.dwLower, 9);
    sspi_rig_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(table),       cmocka_unit_test(table_negotiate),
                                        cmocka_unit_test(negotiate),   cmocka_unit_test(facts),
                                        cmocka_unit_test(owners),      cmocka_unit_test(refused),
                                        cmocka_unit_test(error_token), cmocka_unit_test(password) };
    int missing = lab_missing("krb/sspi");
    return missing ? missing : cmocka_run_group_tests_name("krb/sspi", tests, NULL, NULL);
}
