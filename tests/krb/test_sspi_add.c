/* AddCredentials between Kerberos and NTLM in Negotiate, and what Kerberos contexts tell that NTLM's do not. */
#include <stdio.h>
#include <string.h>
#include <support/lab.h>
#include <support/sspi.h>

static const uint8_t ntlm_oid[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a };

/* Kerberos alone: NTLM is not offered, because the policy does not say so. */
static void start(sspi_rig *r, const char *package, ULONG use)
{
    static char text[512];
    snprintf(text, sizeof text, "[kerberos]\nkeytab = %s\nccache = FILE:%s\n", lab_file("service.keytab"),
             lab_file("alice.ccache"));
    sspi_rig_init(r, text);
    r->target = "svc/localhost";
    assert_int_equal(sspi_acquire(package, use, NULL, use == SECPKG_CRED_INBOUND ? &r->server : &r->client), SEC_E_OK);
}

static SECURITY_STATUS add(CredHandle *h, const char *package, ULONG use, void *identity)
{
    return AddCredentialsA(h, NULL, (SEC_CHAR *)(uintptr_t)package, use, identity, NULL, NULL, NULL);
}

static bool offers_ntlm(const sspi_rig *r)
{
    return memmem(r->to_server, r->n_to_server, ntlm_oid, sizeof ntlm_oid) != NULL;
}

/* Naming NTLM is consent: from then on it is offered, behind Kerberos. */
static void offered(void **state)
{
    (void)state;
    sspi_rig r;
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    SecPkgContext_PackageInfoA info;
    start(&r, "Negotiate", SECPKG_CRED_OUTBOUND);
    assert_int_equal(sspi_acquire("Negotiate", SECPKG_CRED_INBOUND, NULL, &r.server), SEC_E_OK);
    assert_int_equal(sspi_client_leg(&r, 0), SEC_I_CONTINUE_NEEDED);
    assert_false(offers_ntlm(&r));
    sspi_rig_reset(&r);
    assert_int_equal(add(&r.client, "Kerberos", SECPKG_CRED_OUTBOUND, &id), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(add(&r.client, "NTLM", SECPKG_CRED_OUTBOUND, &id), SEC_E_OK);
    assert_int_equal(add(&r.client, "NTLM", SECPKG_CRED_OUTBOUND, &id), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(sspi_client_leg(&r, ISC_REQ_MUTUAL_AUTH), SEC_I_CONTINUE_NEEDED);
    assert_true(offers_ntlm(&r));
    sspi_rig_reset(&r);
    assert_true(sspi_shake(&r, ISC_REQ_MUTUAL_AUTH, 0)); /* Kerberos comes first, as before */
    assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_PACKAGE_INFO, &info), SEC_E_OK);
    assert_string_equal(info.PackageInfo->Name, "Kerberos");
    assert_int_equal(FreeContextBuffer(info.PackageInfo), SEC_E_OK);
    sspi_rig_clear(&r);
}

static void accepted(void **state)
{
    (void)state;
    sspi_rig r;
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    CredHandle kerberos;
    start(&r, "Negotiate", SECPKG_CRED_INBOUND);
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_OUTBOUND, &id, &r.client), SEC_E_OK);
    assert_false(sspi_shake(&r, ISC_REQ_INTEGRITY, 0)); /* NTLM's own tokens: no credential for them */
    sspi_rig_reset(&r);
    assert_int_equal(add(&r.server, "NTLM", SECPKG_CRED_INBOUND, NULL), SEC_E_OK);
    assert_true(sspi_shake(&r, ISC_REQ_INTEGRITY, 0));
    sspi_rig_reset(&r);
    assert_int_equal(sspi_acquire("Negotiate", SECPKG_CRED_OUTBOUND, NULL, &kerberos), SEC_E_OK);
    CredHandle ntlm = r.client;
    r.client = kerberos;
    assert_true(sspi_shake(&r, ISC_REQ_MUTUAL_AUTH, 0)); /* what was there still is */
    sspi_rig_reset(&r);
    assert_int_equal(FreeCredentialsHandle(&ntlm), SEC_E_OK);
    sspi_rig_clear(&r);
}

/* The missing direction of Kerberos, with an identity of its own. */
static void a_direction(void **state)
{
    (void)state;
    sspi_rig r;
    SEC_WINNT_AUTH_IDENTITY_A nobody = sspi_identity();
    start(&r, "Kerberos", SECPKG_CRED_INBOUND);
    r.client = r.server;
    assert_int_equal(add(&r.client, "Negotiate", SECPKG_CRED_OUTBOUND, NULL), SEC_E_WRONG_CREDENTIAL_HANDLE);
    assert_true(add(&r.client, "Kerberos", SECPKG_CRED_OUTBOUND, &nobody) < 0); /* no such principal */
    assert_int_equal(sspi_client_leg(&r, 0), SEC_E_NO_CREDENTIALS);
    assert_int_equal(add(&r.client, "Kerberos", SECPKG_CRED_OUTBOUND, NULL), SEC_E_OK);
    assert_true(sspi_shake(&r, ISC_REQ_MUTUAL_AUTH, 0));
    sspi_rig_reset(&r);
    r.client = (CredHandle){ 0, 0 };
    sspi_rig_clear(&r);
}

static void told(CtxtHandle *h, const char *credential, const char *target)
{
    SecPkgContext_CredentialNameA name;
    SecPkgContext_ClientSpecifiedTarget named;
    SecPkgContext_TargetInformation info;
    SecPkgContext_Bindings bindings;
    uint8_t wide[128];
    size_t n = strlen(target);
    for (size_t i = 0; i <= n; i++)
        wide[2 * i] = (uint8_t)target[i], wide[2 * i + 1] = 0;
    assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_CREDENTIAL_NAME, &name), SEC_E_OK);
    assert_ptr_equal(strstr(name.sCredentialName, credential), name.sCredentialName);
    assert_int_equal(FreeContextBuffer(name.sCredentialName), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &named), SEC_E_OK);
    assert_memory_equal(named.sTargetName, wide, 2 * n);
    assert_int_equal(FreeContextBuffer(named.sTargetName), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_TARGET_INFORMATION, &info), SEC_E_OK);
    assert_memory_equal(info.MarshalledTargetInfo, wide, 2 * n);
    assert_int_equal(FreeContextBuffer(info.MarshalledTargetInfo), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_ENDPOINT_BINDINGS, &bindings), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_UNIQUE_BINDINGS, &bindings), SEC_E_UNSUPPORTED_FUNCTION);
}

static void facts(void **state)
{
    (void)state;
    static const char *const packages[] = { "Kerberos", "Negotiate" };
    for (size_t i = 0; i < 2; i++) {
        sspi_rig r;
        start(&r, packages[i], SECPKG_CRED_OUTBOUND);
        assert_int_equal(sspi_acquire(packages[i], SECPKG_CRED_INBOUND, NULL, &r.server), SEC_E_OK);
        assert_true(sspi_shake(&r, ISC_REQ_MUTUAL_AUTH, 0));
        told(&r.c, "alice@", "svc/localhost"); /* as it was named, not as it was proved */
        told(&r.s, "svc/localhost@", "svc/localhost@");
        sspi_rig_clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(offered), cmocka_unit_test(accepted),
                                        cmocka_unit_test(a_direction), cmocka_unit_test(facts) };
    return cmocka_run_group_tests_name("krb/sspi_add", tests, NULL, NULL);
}
