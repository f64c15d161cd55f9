/* The numbers of spec/sspi 1.1 to 1.7, typed from there, and the layouts of a 64-bit Windows. */
#include <support/test.h>
#include <troth/sspi.h>
#include <troth/win/schannel.h>
#include <troth/win/windows.h>

#define SAME(name, value) _Static_assert((uint32_t)(name) == (uint32_t)(value), #name)
#define SIZE(type, n)     _Static_assert(sizeof(type) == (n), #type)

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

/* where the sides part */
SAME(ISC_REQ_EXTENDED_ERROR, 0x4000);
SAME(ASC_RET_THIRD_LEG_FAILED, 0x4000);
SAME(ASC_REQ_EXTENDED_ERROR, 0x8000);
SAME(ISC_REQ_STREAM, 0x8000);
SAME(ASC_REQ_STREAM, 0x10000);
SAME(ISC_REQ_INTEGRITY, 0x10000);
SAME(ASC_REQ_INTEGRITY, 0x20000);
SAME(ISC_REQ_IDENTIFY, 0x20000);
SAME(ASC_REQ_IDENTIFY, 0x80000);
SAME(ISC_REQ_NULL_SESSION, 0x40000);
SAME(ASC_REQ_ALLOW_NULL_SESSION, 0x100000);
SAME(ISC_REQ_MANUAL_CRED_VALIDATION, 0x80000);
SAME(ISC_REQ_FRAGMENT_TO_FIT, 0x200000);
SAME(ASC_REQ_FRAGMENT_TO_FIT, 0x800000);
SAME(ISC_REQ_FORWARD_CREDENTIALS, 0x400000);
SAME(ASC_REQ_ALLOW_CONTEXT_REPLAY, 0x400000);
SAME(ISC_REQ_NO_INTEGRITY, 0x800000);
SAME(ISC_REQ_USE_HTTP_STYLE, 0x1000000);
SAME(ASC_REQ_NO_TOKEN, 0x1000000);
SAME(ASC_REQ_PROXY_BINDINGS, 0x4000000);
SAME(ISC_RET_REAUTHENTICATION, 0x8000000);
SAME(ASC_REQ_ALLOW_MISSING_BINDINGS, 0x10000000);
SAME(ISC_REQ_UNVERIFIED_TARGET_NAME, 0x20000000);
SAME(ISC_RET_INTERMEDIATE_RETURN, 0x1000);
SAME(ISC_REQ_CALL_LEVEL, 0x1000);
SAME(ISC_RET_CALL_LEVEL, 0x2000);
SAME(ISC_REQ_PROMPT_FOR_CREDS, 0x40);
SAME(ASC_REQ_SESSION_TICKET, 0x40);
SAME(ISC_REQ_USE_SUPPLIED_CREDS, 0x80);
/* statuses */
SAME(SEC_I_CONTINUE_NEEDED, 0x00090312);
SAME(SEC_E_INSUFFICIENT_MEMORY, 0x80090300);
SAME(SEC_E_INVALID_HANDLE, 0x80090301);
SAME(SEC_E_NOT_SUPPORTED, 0x80090302);
SAME(SEC_E_SECPKG_NOT_FOUND, 0x80090305);
SAME(SEC_E_INVALID_TOKEN, 0x80090308);
SAME(SEC_E_QOP_NOT_SUPPORTED, 0x8009030A);
SAME(SEC_E_LOGON_DENIED, 0x8009030C);
SAME(SEC_E_NO_CREDENTIALS, 0x8009030E);
SAME(SEC_E_MESSAGE_ALTERED, 0x8009030F);
SAME(SEC_E_OUT_OF_SEQUENCE, 0x80090310);
SAME(SEC_E_CONTEXT_EXPIRED, 0x80090317);
SAME(SEC_E_BUFFER_TOO_SMALL, 0x80090321);
SAME(SEC_E_SECURITY_QOS_FAILED, 0x80090332);
SAME(SEC_E_WRONG_CREDENTIAL_HANDLE, 0x80090336);
SAME(SEC_E_BAD_BINDINGS, 0x80090346);
SAME(SEC_E_DOWNGRADE_DETECTED, 0x80090350);
SAME(SEC_E_INVALID_PARAMETER, 0x8009035D);
SAME(SEC_E_POLICY_NLTM_ONLY, 0x8009035F);
SAME(SEC_E_INSUFFICIENT_BUFFERS, 0x8009036B);
/* buffers and attributes */
SAME(SECBUFFER_TOKEN, 2);
SAME(SECBUFFER_EXTRA, 5);
SAME(SECBUFFER_STREAM, 10);
SAME(SECBUFFER_CHANNEL_BINDINGS, 14);
SAME(SECBUFFER_TRAFFIC_SECRETS, 28);
SAME(SECBUFFER_READONLY, 0x80000000);
SAME(SECBUFFER_READONLY_WITH_CHECKSUM, 0x10000000);
SAME(SECPKG_ATTR_NEGOTIATION_INFO, 12);
SAME(SECPKG_ATTR_NATIVE_NAMES, 13);
SAME(SECPKG_ATTR_ENDPOINT_BINDINGS, 26);
SAME(SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, 27);
SAME(SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES, 128);
SAME(KERB_WRAP_NO_ENCRYPT, 0x80000001);
SAME(SECPKG_FLAG_APPLY_LOOPBACK, 0x2000000);
_Static_assert(ISC_REQ_MESSAGES == 0x100000000, "above what a ULONG holds");

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
    const struct CMUnitTest tests[] = { cmocka_unit_test(packages) };
    return cmocka_run_group_tests_name("sspi/values", tests, NULL, NULL);
}
