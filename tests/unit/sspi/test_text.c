/*
 * Strings of callers: the ANSI and the wide form of every function answer alike, whatever stands in the string; what is
 * not text is refused before it is used; lengths are believed, not NULs.
 */
#include <stdlib.h>
#include <string.h>
#include <support/sspi.h>

enum { LONGEST = 10000, MOST = 4096 /* characters with the NUL, in either form */ };

/* A text in both forms; for ill-formed ones what corresponds to each other. */
typedef struct text {
    const char *what;
    SEC_CHAR *a;
    SEC_WCHAR *w;
    bool good, fits;
} text;

static SEC_CHAR long_a[3][LONGEST + 1];
static SEC_WCHAR long_w[3][LONGEST + 1];

static const text *texts(size_t *ret_n)
{
    static SEC_CHAR none_a[] = "", ascii_a[] = "svc/host", more_a[] = "Zo\xc3\xab\xe2\x82\xac\xf0\x9f\x98\x80";
    static SEC_WCHAR none_w[] = u"", ascii_w[] = u"svc/host", more_w[] = u"Zo\u00eb\u20ac\U0001f600";
    static SEC_CHAR alone_a[] = "a\xed\xa0\x80z", cut_a[] = "a\xe2\x82", over_a[] = "a\xc0\xafz", octet_a[] = "\xff";
    static SEC_WCHAR high_w[] = { 'a', 0xd800, 'z', 0 }, end_w[] = { 'a', 0xd83d, 0 },
                     low_w[] = { 'a', 0xdc00, 'z', 0 }, turned_w[] = { 0xde00, 0xd83d, 0 };
    static const text all[] = {
        { "empty", none_a, none_w, true, true },
        { "ASCII", ascii_a, ascii_w, true, true },
        { "beyond ASCII", more_a, more_w, true, true },
        { "a surrogate alone", alone_a, high_w, false, true },
        { "cut short", cut_a, end_w, false, true },
        { "the wrong half", over_a, low_w, false, true },
        { "no character at all", octet_a, turned_w, false, true },
        { "as long as may be", long_a[0], long_w[0], true, true },
        { "one too long", long_a[1], long_w[1], true, false },
        { "10000", long_a[2], long_w[2], true, false },
    };
    const size_t lengths[] = { MOST - 1, MOST, LONGEST };
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k <= lengths[i]; k++)
            long_w[i][k] = (SEC_WCHAR)(long_a[i][k] = k < lengths[i] ? "h/"[k == 1] : 0);
    *ret_n = sizeof all / sizeof *all;
    return all;
}

static void same(const text *t, const char *of, SECURITY_STATUS a, SECURITY_STATUS w, SECURITY_STATUS want)
{
    if (a != w || a != want)
        fail_msg("%s, %s: %08x in ANSI, %08x wide, not %08x", of, t->what, (unsigned)a, (unsigned)w, (unsigned)want);
}

/* No package is called so. */
static void package_names(void **state)
{
    (void)state;
    sspi_rig r;
    size_t n;
    const text *t = texts(&n);
    PSecPkgInfoA a = (PSecPkgInfoA)(uintptr_t)16;
    PSecPkgInfoW w = (PSecPkgInfoW)(uintptr_t)16;
    SecBuffer blob = { 0, SECBUFFER_EMPTY, NULL };
    CredHandle h = { 7, 7 };
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    for (; n--; t++) {
        same(t, "QuerySecurityPackageInfo", QuerySecurityPackageInfoA(t->a, &a), QuerySecurityPackageInfoW(t->w, &w),
             SEC_E_SECPKG_NOT_FOUND);
        same(t, "AcquireCredentialsHandle",
             AcquireCredentialsHandleA(NULL, t->a, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL, &h, NULL),
             AcquireCredentialsHandleW(NULL, t->w, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL, &h, NULL),
             SEC_E_SECPKG_NOT_FOUND);
        same(t, "AddCredentials", AddCredentialsA(&r.client, NULL, t->a, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL),
             AddCredentialsW(&r.client, NULL, t->w, SECPKG_CRED_OUTBOUND, NULL, NULL, NULL, NULL),
             SEC_E_SECPKG_NOT_FOUND);
        same(t, "ImportSecurityContext", ImportSecurityContextA(t->a, &blob, NULL, &h),
             ImportSecurityContextW(t->w, &blob, NULL, &h), SEC_E_SECPKG_NOT_FOUND);
    }
    assert_ptr_equal(a, (void *)16);
    assert_ptr_equal(w, (void *)16);
    assert_int_equal(h.dwLower, 7);
    sspi_rig_clear(&r);
}

/* A credential called so tells the same name in both forms. */
static void told(CredHandle *h, const text *t)
{
    SecPkgCredentials_NamesA a;
    SecPkgCredentials_NamesW w;
    size_t n = 0;
    while (t->w[n])
        n++;
    assert_int_equal(QueryCredentialsAttributesA(h, SECPKG_CRED_ATTR_NAMES, &a), SEC_E_OK);
    assert_int_equal(QueryCredentialsAttributesW(h, SECPKG_CRED_ATTR_NAMES, &w), SEC_E_OK);
    assert_string_equal(a.sUserName, t->a);
    assert_memory_equal(w.sUserName, t->w, (n + 1) * sizeof *t->w);
    assert_int_equal(FreeContextBuffer(a.sUserName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(w.sUserName), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(h), SEC_E_OK);
}

static void principals(void **state)
{
    (void)state;
    static SEC_CHAR ntlm_a[] = "NTLM";
    static SEC_WCHAR ntlm_w[] = u"NTLM";
    sspi_rig r;
    size_t n;
    const text *t = texts(&n);
    sspi_rig_init(&r, NULL);
    for (; n--; t++) {
        CredHandle a = { 7, 7 }, w = { 7, 7 };
        same(t, "principal",
             AcquireCredentialsHandleA(t->a, ntlm_a, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &a, NULL),
             AcquireCredentialsHandleW(t->w, ntlm_w, SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &w, NULL),
             t->good && t->fits ? SEC_E_OK : SEC_E_INVALID_PARAMETER);
        if (t->good && t->fits && *t->a) {
            told(&a, t);
            told(&w, t);
        } else {
            assert_true(!*t->a || (a.dwLower == 7 && w.dwLower == 7));
        }
    }
    sspi_rig_clear(&r);
}

static SECURITY_STATUS begin(sspi_rig *r, const text *t, bool wide, CtxtHandle *ret)
{
    uint8_t room[4096];
    SecBuffer out = { sizeof room, SECBUFFER_TOKEN, room };
    SecBufferDesc list = { SECBUFFER_VERSION, 1, &out };
    return wide ? InitializeSecurityContextW(&r->client, NULL, t->w, 0, 0, 0, NULL, 0, ret, &list, NULL, NULL)
                : InitializeSecurityContextA(&r->client, NULL, t->a, 0, 0, 0, NULL, 0, ret, &list, NULL, NULL);
}

static void targets(void **state)
{
    (void)state;
    sspi_rig r;
    size_t n;
    const text *t = texts(&n);
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    for (; n--; t++) {
        CtxtHandle a = { 7, 7 }, w = { 7, 7 };
        bool right = t->good && t->fits;
        same(t, "target", begin(&r, t, false, &a), begin(&r, t, true, &w),
             right ? SEC_I_CONTINUE_NEEDED : SEC_E_TARGET_UNKNOWN);
        assert_int_equal(a.dwLower == 7, !right);
        assert_int_equal(w.dwLower == 7, !right);
        if (right) {
            assert_int_equal(DeleteSecurityContext(&a), SEC_E_OK);
            assert_int_equal(DeleteSecurityContext(&w), SEC_E_OK);
        }
    }
    sspi_rig_clear(&r);
}

/* ---- identities: n characters that end where memory ends ---- */

static void *last(edge *e, const void *p, size_t n)
{
    return edge_copy(e, p, n);
}

static SECURITY_STATUS as(const text *t, bool wide, bool claim, CredHandle *ret)
{
    edge e;
    SECURITY_STATUS st;
    size_t n = strlen(t->a), n_wide = 0;
    while (t->w[n_wide])
        n_wide++;
    edge_init(&e);
    void *user = wide ? last(&e, t->w, n_wide * 2) : last(&e, t->a, n);
    SEC_WINNT_AUTH_IDENTITY_W w = { .User = user, .UserLength = (ULONG)n_wide };
    SEC_WINNT_AUTH_IDENTITY_A a = { .User = user, .UserLength = (ULONG)n };
    w.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    a.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI;
    if (claim) /* more than anybody may have: refused by the number alone */
        w.UserLength = a.UserLength = 0xffffffff;
    st = sspi_acquire("NTLM", SECPKG_CRED_OUTBOUND, wide ? (void *)&w : (void *)&a, ret);
    edge_clear(&e);
    return st;
}

static void identities(void **state)
{
    (void)state;
    sspi_rig r;
    size_t n;
    const text *t = texts(&n);
    sspi_rig_init(&r, NULL);
    for (; n--; t++) {
        CredHandle a = { 7, 7 }, w = { 7, 7 };
        if (t->good && strlen(t->a) > 100) /* of what fits, too long for an NTLM name */
            continue;
        SECURITY_STATUS want = t->good ? SEC_E_OK : SEC_E_UNKNOWN_CREDENTIALS;
        same(t, "identity", as(t, false, false, &a), as(t, true, false, &w), want);
        if (!want && *t->a) {
            told(&a, t);
            told(&w, t);
        }
        same(t, "length", as(t, false, true, &a), as(t, true, true, &w), SEC_E_UNKNOWN_CREDENTIALS);
    }
    for (n = 0, t = texts(&n); n--; t++)
        if (!t->fits) {
            CredHandle h;
            same(t, "identity", as(t, false, false, &h), as(t, true, false, &h), SEC_E_UNKNOWN_CREDENTIALS);
        }
    sspi_rig_clear(&r);
}

/* ---- buffers that claim to be larger than memory ---- */

static void huge(void **state)
{
    (void)state;
    sspi_rig r;
    edge e;
    edge_init(&e);
    sspi_rig_init(&r, "[negotiate]\nntlm = yes\n");
    static const char *const packages[] = { "NTLM", "Negotiate" };
    for (size_t i = 0; i < 2; i++) {
        uint8_t room[4096];
        sspi_rig_acquire(&r, packages[i]);
        for (ULONG n = 0x7fffffff;; n += 0x80000000u) { /* the largest of either sign */
            SecBuffer in = { n, SECBUFFER_TOKEN, edge_copy(&e, "NTLMSSP", 8) }, out = { 4096, SECBUFFER_TOKEN, room };
            SecBufferDesc in_list = { 0, 1, &in }, list = { 0, 1, &out };
            CtxtHandle h = { 7, 7 };
            assert_int_equal(AcceptSecurityContext(&r.server, NULL, &in_list, 0, 0, &h, &list, NULL, NULL),
                             SEC_E_INVALID_TOKEN);
            assert_int_equal(h.dwLower, 7);
            assert_true(sspi_shake(&r, ISC_REQ_CONFIDENTIALITY, 0));
            uint8_t text[16] = "some text";
            SecBuffer b[2] = { { n, SECBUFFER_TOKEN, edge_last(&e, 8) }, { sizeof text, SECBUFFER_DATA, text } };
            SecBufferDesc message = { 0, 2, b };
            assert_int_equal(VerifySignature(&r.s, &message, 0, NULL), SEC_E_INVALID_TOKEN);
            assert_string_equal((char *)text, "some text");
            assert_int_equal(DecryptMessage(&r.s, &message, 0, NULL), SEC_E_INVALID_TOKEN);
            sspi_rig_reset(&r);
            if (n == 0xffffffff)
                break;
        }
        assert_int_equal(FreeCredentialsHandle(&r.client), SEC_E_OK);
        assert_int_equal(FreeCredentialsHandle(&r.server), SEC_E_OK);
        r.client = r.server = (CredHandle){ 0, 0 };
    }
    sspi_rig_clear(&r);
    edge_clear(&e);
}

/* Token and data in the same memory: the caller's mistake, which harms nobody else. */
static void overlapping(void **state)
{
    (void)state;
    sspi_rig r;
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    assert_true(sspi_shake(&r, ISC_REQ_CONFIDENTIALITY, 0));
    for (size_t at = 0; at <= 16; at += 4) {
        uint8_t memory[48] = "what is here is lost";
        SecBuffer b[3] = { { 16, SECBUFFER_TOKEN, memory },
                           { 24, SECBUFFER_DATA, memory + at },
                           { 8, SECBUFFER_DATA, memory + at + 4 } };
        SecBufferDesc list = { 0, 3, b };
        assert_int_equal(EncryptMessage(&r.c, 0, &list, 0), SEC_E_OK);
        SECURITY_STATUS st = DecryptMessage(&r.s, &list, 0, NULL);
        assert_true(st == SEC_E_OK || st == SEC_E_MESSAGE_ALTERED || st == SEC_E_INVALID_TOKEN ||
                    st == SEC_E_OUT_OF_SEQUENCE);
        sspi_rig_reset(&r);
        assert_true(sspi_shake(&r, ISC_REQ_CONFIDENTIALITY, 0));
    }
    sspi_rig_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(package_names), cmocka_unit_test(principals),
                                        cmocka_unit_test(targets),       cmocka_unit_test(identities),
                                        cmocka_unit_test(huge),          cmocka_unit_test(overlapping) };
    return cmocka_run_group_tests_name("sspi/text", tests, NULL, NULL);
}
