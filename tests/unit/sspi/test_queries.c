/* What a context and a credential can be asked: spec/sspi 1.7. */
#include <stdio.h>
#include <string.h>
#include <support/sspi.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void open_pair(sspi_rig *r, ULONG isc)
{
    sspi_rig_init(r, NULL);
    sspi_rig_acquire(r, "NTLM");
    assert_true(sspi_shake(r, isc, 0));
}

static void ntlm_sizes_and_keys(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_Sizes sizes;
    SecPkgContext_KeyInfoA key;
    SecPkgContext_SessionKey a, b;
    SecPkgContext_StreamSizes stream;
    open_pair(&r, ISC_REQ_CONFIDENTIALITY);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbMaxSignature, 16);
    assert_int_equal(sizes.cbSecurityTrailer, 16);
    assert_int_equal(sizes.cbBlockSize, 0);
    assert_int_equal(sizes.cbMaxToken, 2888);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_STREAM_SIZES, &stream), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesA(&r.c, 9999, &stream), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_KEY_INFO, &key), SEC_E_OK);
    assert_string_equal(key.sSignatureAlgorithmName, "HMAC-MD5");
    assert_string_equal(key.sEncryptAlgorithmName, "RSADSI RC4");
    assert_int_equal(key.KeySize, 128);
    assert_int_equal(key.EncryptAlgorithm, 0x6801);
    assert_int_equal(FreeContextBuffer(key.sSignatureAlgorithmName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(key.sEncryptAlgorithmName), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_SESSION_KEY, &a), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_SESSION_KEY, &b), SEC_E_OK);
    assert_int_equal(a.SessionKeyLength, 16);
    assert_memory_equal(a.SessionKey, b.SessionKey, 16);
    assert_int_equal(FreeContextBuffer(a.SessionKey), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(b.SessionKey), SEC_E_OK);
    sspi_rig_clear(&r);
}

static void ntlm_names(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_NamesA ansi;
    SecPkgContext_NamesW wide;
    SecPkgContext_NativeNamesA native;
    SecPkgContext_ClientSpecifiedTarget target;
    open_pair(&r, ISC_REQ_INTEGRITY);
    assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_NAMES, &ansi), SEC_E_OK);
    assert_string_equal(ansi.sUserName, "DOM\\User");
    assert_int_equal(FreeContextBuffer(ansi.sUserName), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&r.c, SECPKG_ATTR_NAMES, &wide), SEC_E_OK);
    assert_memory_equal(wide.sUserName, u"DOM\\User", 18);
    assert_int_equal(FreeContextBuffer(wide.sUserName), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_NATIVE_NAMES, &native), SEC_E_OK);
    assert_string_equal(native.sClientName, "DOM\\User");
    assert_string_equal(native.sServerName, "cifs/Server");
    assert_int_equal(FreeContextBuffer(native.sClientName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(native.sServerName), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &target), SEC_E_OK);
    assert_memory_equal(target.sTargetName, u"cifs/Server", 24);
    assert_int_equal(FreeContextBuffer(target.sTargetName), SEC_E_OK);
    sspi_rig_clear(&r);
}

static void packages(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_NegotiationInfoA nego;
    SecPkgContext_PackageInfoW info;
    sspi_rig_init(&r, "[negotiate]\nntlm = yes\n");
    sspi_rig_acquire(&r, "Negotiate");
    assert_true(sspi_shake(&r, ISC_REQ_INTEGRITY, 0));
    assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_NEGOTIATION_INFO, &nego), SEC_E_OK);
    assert_string_equal(nego.PackageInfo->Name, "NTLM");
    assert_int_equal(nego.NegotiationState, SECPKG_NEGOTIATION_COMPLETE);
    assert_int_equal(FreeContextBuffer(nego.PackageInfo), SEC_E_OK); /* one block */
    assert_int_equal(QueryContextAttributesW(&r.c, SECPKG_ATTR_PACKAGE_INFO, &info), SEC_E_OK);
    assert_memory_equal(info.PackageInfo->Name, u"NTLM", 10);
    assert_int_equal(FreeContextBuffer(info.PackageInfo), SEC_E_OK);
    sspi_rig_clear(&r);
}

static void times_and_flags(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_Lifespan life;
    SecPkgContext_Flags flags;
    open_pair(&r, ISC_REQ_INTEGRITY);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_LIFESPAN, &life), SEC_E_OK);
    assert_true(life.tsStart.QuadPart > 0x1d00000000000000 >> 4); /* after 1601 by centuries */
    assert_true(life.tsExpiry.QuadPart > life.tsStart.QuadPart);
    assert_int_equal(life.tsExpiry.QuadPart, r.c_expiry.QuadPart);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.Flags, r.c_ret);
    sspi_rig_clear(&r);
}

/* Who the client is, and never a thread that runs as it. [CR-18] */
static void tokens(void **state)
{
    (void)state;
    for (int identify = 0; identify < 2; identify++) {
        sspi_rig r;
        PTROTH_SSPI_TOKEN t;
        open_pair(&r, identify ? ISC_REQ_IDENTIFY | ISC_REQ_INTEGRITY : ISC_REQ_INTEGRITY);
        assert_int_equal(QuerySecurityContextToken(&r.s, (void **)&t), SEC_E_OK);
        assert_int_equal(t->Level, identify ? 1 : 2);
        assert_string_equal(t->Name, "DOM\\User");
        assert_string_equal(t->Account, "User");
        assert_string_equal(t->Authority, "DOM");
        assert_int_equal(FreeContextBuffer(t), SEC_E_OK);
        assert_int_equal(ImpersonateSecurityContext(&r.s),
                         identify ? SEC_E_NO_IMPERSONATION : SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(RevertSecurityContext(&r.s), SEC_E_OK);
        assert_int_equal(ImpersonateSecurityContext(&r.c), SEC_E_NO_IMPERSONATION);
        assert_int_equal(QuerySecurityContextToken(&r.c, (void **)&t), SEC_E_NO_IMPERSONATION);
        sspi_rig_clear(&r);
    }
}

/* Every attribute with no memory at each point: nothing is lost, nothing half filled. */
static void no_memory(void **state)
{
    (void)state;
    sspi_rig r;
    open_pair(&r, ISC_REQ_CONFIDENTIALITY);
    for (ULONG attribute = 0; attribute < 40; attribute++)
        for (size_t n = 1; n < 12; n++) {
            uint8_t out[64], before[64];
            memset(out, 0xa5, sizeof out);
            memcpy(before, out, sizeof out);
            size_t blocks = r.t.blocks;
            r.t.fail_at = r.t.allocs + n;
            SECURITY_STATUS st = QueryContextAttributesW(&r.s, attribute, out);
            r.t.fail_at = 0;
            if (st != SEC_E_OK) {
                assert_memory_equal(out, before, sizeof out);
                assert_int_equal(r.t.blocks, blocks);
                continue;
            }
            break; /* what it gave is released by the restart below */
        }
    sspi_rig_clear(&r);
}

static void credentials(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgCredentials_NamesA name;
    open_pair(&r, 0);
    assert_int_equal(QueryCredentialsAttributesA(&r.client, SECPKG_CRED_ATTR_NAMES, &name), SEC_E_OK);
    assert_string_equal(name.sUserName, "DOM\\User");
    assert_int_equal(FreeContextBuffer(name.sUserName), SEC_E_OK);
    assert_int_equal(QueryCredentialsAttributesA(&r.client, 77, &name), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryCredentialsAttributesA(&r.c, SECPKG_CRED_ATTR_NAMES, &name), SEC_E_INVALID_HANDLE);
    assert_int_equal(SetContextAttributesA(&r.c, SECPKG_ATTR_FLAGS, &name, 8), SEC_E_UNSUPPORTED_FUNCTION);
    sspi_rig_clear(&r);
}

/* Whose default credentials are, and that nobody's have no name. */
static void default_credentials(void **state)
{
    (void)state;
    sspi_rig r;
    char text[256];
    SecPkgCredentials_NamesW wide;
    SecPkgCredentials_NamesA name = { (SEC_CHAR *)(uintptr_t)16 };
    snprintf(text, sizeof text, "account = DOM\\User\npassword-file = /proc/self/fd/%d\n", 100);
    int fd = memfd_create("password", 0);
    assert_true(fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, "Password\n", 9) == 9 && dup2(fd, 100) == 100);
    close(fd);
    sspi_rig_init(&r, text);
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_OUTBOUND, NULL, &r.client), SEC_E_OK);
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_INBOUND, NULL, &r.server), SEC_E_OK);
    assert_int_equal(QueryCredentialsAttributesW(&r.client, SECPKG_CRED_ATTR_NAMES, &wide), SEC_E_OK);
    assert_memory_equal(wide.sUserName, u"DOM\\User", 18);
    assert_int_equal(FreeContextBuffer(wide.sUserName), SEC_E_OK);
    assert_int_equal(QueryCredentialsAttributesA(&r.server, SECPKG_CRED_ATTR_NAMES, &name), SEC_E_NO_CREDENTIALS);
    assert_ptr_equal(name.sUserName, (void *)16);
    assert_true(sspi_shake(&r, ISC_REQ_INTEGRITY, 0)); /* and it is they */
    sspi_rig_clear(&r);
    /* a password that others can read is none */
    assert_int_equal(fchmod(100, 0644), 0);
    sspi_rig_init(&r, text);
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_OUTBOUND, NULL, &r.client), SEC_E_NO_CREDENTIALS);
    sspi_rig_clear(&r);
    close(100);
}

/* A first leg that fails gives no handle; its credential tells why, and of the latest only. */
static void first_leg(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_TrothError why;
    open_pair(&r, ISC_REQ_INTEGRITY);
    sspi_rig_reset(&r);
    assert_int_equal(QueryCredentialsAttributesA(&r.server, SECPKG_ATTR_TROTH_ERROR, &why), SEC_E_OK);
    assert_int_equal(why.Status, SEC_E_OK);
    assert_string_equal(why.Where, "");
    assert_int_equal(FreeContextBuffer((void *)(uintptr_t)why.GssText), SEC_E_OK);
    memset(r.to_server, 0x41, 40);
    r.n_to_server = 40;
    assert_int_equal(sspi_server_leg(&r, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(r.s.dwLower, 0);
    assert_int_equal(QueryCredentialsAttributesW(&r.server, SECPKG_ATTR_TROTH_ERROR, &why), SEC_E_OK);
    assert_int_equal(why.Status, SEC_E_INVALID_TOKEN);
    assert_string_equal(why.Name, "MALFORMED");
    assert_non_null(strstr(why.Where, "MS-NLMP"));
    assert_int_equal(FreeContextBuffer((void *)(uintptr_t)why.GssText), SEC_E_OK);
    assert_int_equal(QueryCredentialsAttributesA(&r.client, SECPKG_ATTR_TROTH_ERROR, &why), SEC_E_OK);
    assert_int_equal(why.Status, SEC_E_OK); /* another credential's affair */
    assert_int_equal(FreeContextBuffer((void *)(uintptr_t)why.GssText), SEC_E_OK);
    assert_int_equal(QueryCredentialsAttributesA(&r.server, SECPKG_ATTR_TROTH_ERROR, NULL), SEC_E_INVALID_PARAMETER);
    sspi_rig_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(ntlm_sizes_and_keys),
                                        cmocka_unit_test(ntlm_names),
                                        cmocka_unit_test(packages),
                                        cmocka_unit_test(times_and_flags),
                                        cmocka_unit_test(tokens),
                                        cmocka_unit_test(no_memory),
                                        cmocka_unit_test(credentials),
                                        cmocka_unit_test(default_credentials),
                                        cmocka_unit_test(first_leg) };
    return cmocka_run_group_tests_name("sspi/queries", tests, NULL, NULL);
}
