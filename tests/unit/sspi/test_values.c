/* The numbers of spec/sspi 1.1 to 1.7, and the layouts of a 64-bit Windows. */
#include <string.h>
#include <support/test.h>
#include <troth/flags.h>
#include <troth/sspi.h>
#include <troth/win/schannel.h>
#include <troth/win/windows.h>

#define SIZE(type, n) _Static_assert(sizeof(type) == (n), #type)

SIZE(ULONG, 4);
SIZE(LONG, 4);
SIZE(WCHAR, 2);
SIZE(SECURITY_STATUS, 4);
SIZE(ULONG_PTR, 8);
SIZE(SecHandle, 16);
SIZE(SecBuffer, 16);
SIZE(SecBufferDesc, 16);
SIZE(SEC_CHANNEL_BINDINGS, 32);
SIZE(TimeStamp, 8);
SIZE(SecPkgInfoA, 32);
SIZE(SecPkgInfoW, 32);
SIZE(SEC_WINNT_AUTH_IDENTITY_A, 48);
SIZE(SEC_WINNT_AUTH_IDENTITY_W, 48);
SIZE(SEC_WINNT_AUTH_IDENTITY_EXW, 72);
SIZE(SEC_WINNT_AUTH_IDENTITY_EX2, 48);
SIZE(SecPkgContext_Sizes, 16);
SIZE(SecPkgContext_StreamSizes, 20);
SIZE(SecPkgContext_KeyInfoA, 32);
SIZE(SecPkgContext_NegotiationInfoA, 16);
SIZE(SecPkgContext_SessionKey, 16);
SIZE(SecPkgContext_NativeNamesW, 16);
SIZE(SecPkgContext_ApplicationProtocol, 264);
SIZE(CERT_CONTEXT, 40);
SIZE(SCHANNEL_CRED, 80);
SIZE(SCH_CREDENTIALS, 72);
SIZE(SecPkgContext_ConnectionInfo, 28);
_Static_assert(offsetof(SecBuffer, pvBuffer) == 8 && offsetof(SecBuffer, BufferType) == 4, "SecBuffer");
_Static_assert(offsetof(SecPkgInfoA, wRPCID) == 6 && offsetof(SecPkgInfoA, cbMaxToken) == 8, "SecPkgInfo");
_Static_assert(offsetof(SEC_WINNT_AUTH_IDENTITY_A, Flags) == 44, "SEC_WINNT_AUTH_IDENTITY");

SIZE(BOOLEAN, 1);
SIZE(LUID, 8);
SIZE(GUID, 16);
SIZE(FILETIME, 8);
SIZE(LARGE_INTEGER, 8);
SIZE(SEC_WINNT_AUTH_IDENTITY_EXA, 72);
SIZE(SEC_WINNT_AUTH_BYTE_VECTOR, 8);
SIZE(SEC_WINNT_AUTH_DATA, 24);
SIZE(SEC_WINNT_AUTH_PACKED_CREDENTIALS, 28);
SIZE(SecPkgContext_NamesW, 8);
SIZE(SecPkgContext_Lifespan, 16);
SIZE(SecPkgContext_DceInfo, 16);
SIZE(SecPkgContext_AuthorityA, 8);
SIZE(SecPkgContext_ProtoInfoW, 16);
SIZE(SecPkgContext_PasswordExpiry, 8);
SIZE(SecPkgContext_LogoffTime, 8);
SIZE(SecPkgContext_PackageInfoW, 8);
SIZE(SecPkgContext_UserFlags, 4);
SIZE(SecPkgContext_Flags, 4);
SIZE(SecPkgContext_CredentialNameW, 16);
SIZE(SecPkgContext_AccessToken, 8);
SIZE(SecPkgContext_TargetInformation, 16);
SIZE(SecPkgContext_Target, 16);
SIZE(SecPkgContext_ClientSpecifiedTarget, 8);
SIZE(SecPkgContext_Bindings, 16);
SIZE(SecPkgContext_LastClientTokenStatus, 4);
SIZE(SecPkgContext_NegoStatus, 4);
SIZE(SecPkgContext_NegoPackageInfo, 4);
SIZE(SEC_APPLICATION_PROTOCOL_LIST, 8);
SIZE(SEC_APPLICATION_PROTOCOLS, 12);
SIZE(SecPkgCredentials_NamesA, 8);
SIZE(SCHANNEL_ALERT_TOKEN, 12);
SIZE(SCHANNEL_SESSION_TOKEN, 8);
SIZE(UNICODE_STRING, 16);
SIZE(CRYPTO_SETTINGS, 48);
SIZE(TLS_PARAMETERS, 40);
SIZE(SecPkgContext_CipherInfo, 680);
SIZE(SecurityFunctionTableA, 232);
SIZE(SecurityFunctionTableW, 232);

/* What programs in other languages go by: where a field lies on a 64-bit Windows. */
#define AT(type, field, at) _Static_assert(offsetof(type, field) == (at), #type "." #field)
AT(SecBufferDesc, pBuffers, 8);
AT(SecPkgInfoW, Name, 16);
AT(SecPkgInfoW, Comment, 24);
AT(SEC_WINNT_AUTH_IDENTITY_W, UserLength, 8);
AT(SEC_WINNT_AUTH_IDENTITY_W, Domain, 16);
AT(SEC_WINNT_AUTH_IDENTITY_W, DomainLength, 24);
AT(SEC_WINNT_AUTH_IDENTITY_W, Password, 32);
AT(SEC_WINNT_AUTH_IDENTITY_W, PasswordLength, 40);
AT(SEC_WINNT_AUTH_IDENTITY_EXW, User, 8);
AT(SEC_WINNT_AUTH_IDENTITY_EXW, Password, 40);
AT(SEC_WINNT_AUTH_IDENTITY_EXW, Flags, 52);
AT(SEC_WINNT_AUTH_IDENTITY_EXW, PackageList, 56);
AT(SEC_WINNT_AUTH_IDENTITY_EXW, PackageListLength, 64);
AT(SEC_WINNT_AUTH_IDENTITY_EX2, cbHeaderLength, 4);
AT(SEC_WINNT_AUTH_IDENTITY_EX2, cbStructureLength, 8);
AT(SEC_WINNT_AUTH_IDENTITY_EX2, UserOffset, 12);
AT(SEC_WINNT_AUTH_IDENTITY_EX2, DomainOffset, 20);
AT(SEC_WINNT_AUTH_IDENTITY_EX2, PackedCredentialsOffset, 28);
AT(SEC_WINNT_AUTH_IDENTITY_EX2, Flags, 36);
AT(SEC_WINNT_AUTH_IDENTITY_EX2, PackageListOffset, 40);
AT(SEC_WINNT_AUTH_PACKED_CREDENTIALS, AuthData, 4);
AT(SEC_CHANNEL_BINDINGS, cbApplicationDataLength, 24);
AT(SEC_CHANNEL_BINDINGS, dwApplicationDataOffset, 28);
AT(SecPkgContext_Sizes, cbSecurityTrailer, 12);
AT(SecPkgContext_KeyInfoW, KeySize, 16);
AT(SecPkgContext_KeyInfoW, EncryptAlgorithm, 24);
AT(SecPkgContext_SessionKey, SessionKey, 8);
AT(SecPkgContext_NegotiationInfoW, NegotiationState, 8);
AT(SecPkgContext_CredentialNameW, sCredentialName, 8);
AT(SecPkgContext_ApplicationProtocol, ProtocolId, 9);
AT(SEC_APPLICATION_PROTOCOL_LIST, ProtocolList, 6);
AT(SCHANNEL_CRED, paCred, 8);
AT(SCHANNEL_CRED, hRootStore, 16);
AT(SCHANNEL_CRED, palgSupportedAlgs, 48);
AT(SCHANNEL_CRED, grbitEnabledProtocols, 56);
AT(SCHANNEL_CRED, dwFlags, 72);
AT(SCH_CREDENTIALS, paCred, 16);
AT(SCH_CREDENTIALS, dwFlags, 52);
AT(SCH_CREDENTIALS, pTlsParameters, 64);
AT(CERT_CONTEXT, pbCertEncoded, 8);
AT(CERT_CONTEXT, cbCertEncoded, 16);
AT(CERT_CONTEXT, hCertStore, 32);
AT(SecurityFunctionTableW, EnumerateSecurityPackagesW, 8);
AT(SecurityFunctionTableW, InitializeSecurityContextW, 48);
AT(SecurityFunctionTableW, Reserved3, 144);
AT(SecurityFunctionTableW, EncryptMessage, 200);
AT(SecurityFunctionTableW, SetCredentialsAttributesW, 224);

#define VALUE(name, number)                                                                                            \
    _Static_assert((number) > UINT32_MAX ? (uint64_t)(name) == (number) : (uint32_t)(name) == (number), #name);
#include "values.h"
#undef VALUE

static const struct value {
    const char *name;
    uint64_t number;
} values[] = {
#define VALUE(name, number) { #name, number },
#include "values.h"
#undef VALUE
};

enum { N_VALUES = sizeof values / sizeof *values };

static const struct value *value_of(const char *prefix, const char *name)
{
    size_t n = strlen(prefix);
    for (size_t i = 0; i < N_VALUES; i++)
        if (strncmp(values[i].name, prefix, n) == 0 && strcmp(values[i].name + n, name) == 0)
            return &values[i];
    return NULL;
}

/* Second names of numbers, and what no argument can carry. */
static bool is_alias(const char *name)
{
    static const char *const aliases[] = { "ASC_REQ_FRAGMENT_NO_TOKEN", "ASC_RET_NO_PROXY_BINDINGS",
                                           "SEC_E_NOT_SUPPORTED",       "ISC_REQ_MESSAGES",
                                           "ISC_RET_MESSAGES",          "ASC_REQ_MESSAGES",
                                           "ASC_RET_MESSAGES" };
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(name, aliases[i]) == 0)
            return true;
    return false;
}

/* What `troth flags` lists is what the headers have, name by name and in both directions. */
static void listed_flags(void **state)
{
    static const struct {
        troth_flag_set set;
        const char *prefix;
    } sets[] = { { TROTH_FLAG_SET_ISC_REQ, "ISC_REQ_" },
                 { TROTH_FLAG_SET_ISC_RET, "ISC_RET_" },
                 { TROTH_FLAG_SET_ASC_REQ, "ASC_REQ_" },
                 { TROTH_FLAG_SET_ASC_RET, "ASC_RET_" } };
    (void)state;
    for (size_t s = 0; s < 4; s++) {
        troth_flag_word w;
        size_t n = 0, known = 0;
        for (; troth_flag_word_get(sets[s].set, n, &w); n++) {
            const struct value *v = value_of(sets[s].prefix, w.name);
            if (!v || v->number != w.bit)
                fail_msg("%s%s is listed as %#x", sets[s].prefix, w.name, w.bit);
        }
        for (size_t i = 0; i < N_VALUES; i++)
            known += strncmp(values[i].name, sets[s].prefix, 8) == 0 && !is_alias(values[i].name);
        assert_int_equal(n, known);
    }
}

static void listed_statuses(void **state)
{
    troth_sspi_word w;
    size_t n = 0, known = 0;
    (void)state;
    for (; troth_sspi_word_get(n, &w); n++) {
        const struct value *v = value_of("", w.name);
        if (!v || v->number != w.value)
            fail_msg("%s is listed as %#x", w.name, w.value);
    }
    for (size_t i = 0; i < N_VALUES; i++)
        known += (strncmp(values[i].name, "SEC_E_", 6) == 0 || strncmp(values[i].name, "SEC_I_", 6) == 0) &&
                 !is_alias(values[i].name);
    assert_int_equal(n, known);
}

static void packages(void **state)
{
    (void)state;
    PSecPkgInfoA list, one, untouched = (PSecPkgInfoA)(uintptr_t)16;
    PSecPkgInfoW wide;
    ULONG n = 0;
    assert_int_equal(EnumerateSecurityPackagesA(&n, &list), SEC_E_OK);
    assert_int_equal(n, 4);
    for (ULONG i = 0; i < n; i++) {
        assert_int_equal(QuerySecurityPackageInfoA(list[i].Name, &one), SEC_E_OK);
        assert_string_equal(one->Name, list[i].Name);
        assert_int_equal(one->wVersion, 1);
        assert_int_equal(FreeContextBuffer(one), SEC_E_OK);
    }
    assert_int_equal(FreeContextBuffer(list), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(list), SEC_E_INVALID_HANDLE); /* case 26 */
    assert_int_equal(QuerySecurityPackageInfoA((SEC_CHAR *)(uintptr_t) "ntlm", &one), SEC_E_OK);
    assert_int_equal(one->wRPCID, 10);
    assert_true(one->fCapabilities & SECPKG_FLAG_DATAGRAM);
    assert_false(one->fCapabilities & (SECPKG_FLAG_MUTUAL_AUTH | SECPKG_FLAG_DELEGATION | SECPKG_FLAG_STREAM));
    assert_int_equal(FreeContextBuffer(one), SEC_E_OK);
    assert_int_equal(QuerySecurityPackageInfoA((SEC_CHAR *)(uintptr_t) "KERBEROS", &one), SEC_E_OK);
    assert_int_equal(one->wRPCID, 16);
    assert_true(one->cbMaxToken >= 12000);
    assert_int_equal(FreeContextBuffer(one), SEC_E_OK);
    static WCHAR negotiate[] = u"NegoTiate";
    assert_int_equal(QuerySecurityPackageInfoW(negotiate, &wide), SEC_E_OK);
    assert_int_equal(wide->wRPCID, 9);
    assert_memory_equal(wide->Name, u"Negotiate", 20);
    assert_int_equal(FreeContextBuffer(wide), SEC_E_OK);
    assert_int_equal(QuerySecurityPackageInfoA((SEC_CHAR *)(uintptr_t) "Digest", &untouched), SEC_E_SECPKG_NOT_FOUND);
    assert_ptr_equal(untouched, (void *)16);
    assert_int_equal(FreeContextBuffer(NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeContextBuffer(&n), SEC_E_INVALID_HANDLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(packages), cmocka_unit_test(listed_flags),
                                        cmocka_unit_test(listed_statuses) };
    return cmocka_run_group_tests_name("sspi/values", tests, NULL, NULL);
}
