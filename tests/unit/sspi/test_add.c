/* AddCredentials: what a handle lacks can be added to it, what it has stays. */
#include <string.h>
#include <support/sspi.h>

static SECURITY_STATUS add(CredHandle *h, const char *package, ULONG use, void *identity)
{
    return AddCredentialsA(h, NULL, (SEC_CHAR *)(uintptr_t)package, use, identity, NULL, NULL, NULL);
}

/* One handle for both sides, made in two steps. */
static void the_other_direction(void **state)
{
    (void)state;
    for (int inbound_first = 0; inbound_first < 2; inbound_first++) {
        sspi_rig r;
        SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
        TimeStamp expiry = { 0 };
        sspi_rig_init(&r, NULL);
        ULONG first = inbound_first ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND;
        ULONG then = inbound_first ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND;
        assert_int_equal(sspi_acquire("NTLM", first, &id, &r.client), SEC_E_OK);
        r.server = r.client;
        assert_false(sspi_shake(&r, 0, 0));
        assert_int_equal(inbound_first ? r.c_status : r.s_status, SEC_E_NO_CREDENTIALS);
        sspi_rig_reset(&r);
        assert_int_equal(
            AddCredentialsA(&r.client, NULL, (SEC_CHAR *)(uintptr_t) "ntlm", then, &id, NULL, NULL, &expiry), SEC_E_OK);
        assert_true(expiry.QuadPart > 0);
        assert_true(sspi_shake(&r, ISC_REQ_CONFIDENTIALITY, 0));
        SecPkgCredentials_NamesA name; /* a handle without a name has got one */
        assert_int_equal(QueryCredentialsAttributesA(&r.client, SECPKG_CRED_ATTR_NAMES, &name), SEC_E_OK);
        assert_string_equal(name.sUserName, "DOM\\User");
        assert_int_equal(FreeContextBuffer(name.sUserName), SEC_E_OK);
        r.server = (CredHandle){ 0, 0 };
        sspi_rig_clear(&r);
    }
}

/* Contexts keep the credential that they were made of. */
static void wide_and_while_in_use(void **state)
{
    (void)state;
    sspi_rig r;
    CredHandle both;
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    both = r.server;
    assert_int_equal(sspi_client_leg(&r, 0), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(sspi_server_leg(&r, 0), SEC_I_CONTINUE_NEEDED);
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    assert_int_equal(
        AddCredentialsW(&both, NULL, (SEC_WCHAR *)(uintptr_t)u"NTLM", SECPKG_CRED_OUTBOUND, &id, NULL, NULL, NULL),
        SEC_E_OK);
    assert_int_equal(sspi_client_leg(&r, 0), SEC_E_OK);
    assert_int_equal(sspi_server_leg(&r, 0), SEC_E_OK);
    sspi_rig_clear(&r);
}

static void refusals(void **state)
{
    (void)state;
    sspi_rig r;
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity(), bad = { .User = id.User, .UserLength = 4, .Flags = 0x10 };
    CredHandle never = { 1, 2 };
    sspi_rig_init(&r, "[negotiate]\nntlm = yes\n");
    sspi_rig_acquire(&r, "NTLM");
    assert_int_equal(add(&never, "NTLM", SECPKG_CRED_OUTBOUND, &id), SEC_E_INVALID_HANDLE);
    assert_int_equal(add(&r.client, NULL, SECPKG_CRED_INBOUND, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(add(&r.client, "NTLM", 0, NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(add(&r.client, "NoSuch", SECPKG_CRED_INBOUND, NULL), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(add(&r.client, "Kerberos", SECPKG_CRED_OUTBOUND, &id), SEC_E_WRONG_CREDENTIAL_HANDLE);
    assert_int_equal(add(&r.client, "Negotiate", SECPKG_CRED_INBOUND, NULL), SEC_E_WRONG_CREDENTIAL_HANDLE);
    /* a second identity: which of the two would be used? */
    assert_int_equal(add(&r.client, "NTLM", SECPKG_CRED_OUTBOUND, &id), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(add(&r.server, "NTLM", SECPKG_CRED_INBOUND, NULL), SEC_E_UNSUPPORTED_FUNCTION);
    /* one half of both cannot be had: neither half is */
    assert_int_equal(add(&r.client, "NTLM", SECPKG_CRED_BOTH, &id), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(add(&r.server, "NTLM", SECPKG_CRED_OUTBOUND, &bad), SEC_E_UNKNOWN_CREDENTIALS);
    assert_true(sspi_shake(&r, ISC_REQ_INTEGRITY, 0)); /* and all is as it was */
    sspi_rig_reset(&r);
    assert_int_equal(FreeCredentialsHandle(&r.client), SEC_E_OK);
    assert_int_equal(add(&r.client, "NTLM", SECPKG_CRED_INBOUND, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(sspi_acquire("Negotiate", SECPKG_CRED_OUTBOUND, &id, &r.client), SEC_E_OK);
    assert_int_equal(add(&r.client, "NTLM", SECPKG_CRED_OUTBOUND, &id), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(add(&r.client, "Negotiate", SECPKG_CRED_OUTBOUND, &id), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(add(&r.client, "NTLM", SECPKG_CRED_INBOUND, NULL),
                     SEC_E_OK); /* the direction is missing as a whole */
    sspi_rig_clear(&r);
}

/* Whichever allocation fails, the handle is as it was. */
static void no_memory(void **state)
{
    (void)state;
    sspi_rig r;
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    SECURITY_STATUS status = SEC_E_INSUFFICIENT_MEMORY;
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    for (size_t n = 1; status; n++) {
        size_t blocks = r.t.blocks;
        r.t.fail_at = r.t.allocs + n;
        status = add(&r.server, "NTLM", SECPKG_CRED_OUTBOUND, &id);
        r.t.fail_at = 0;
        if (status) {
            assert_int_equal(status, SEC_E_INSUFFICIENT_MEMORY);
            assert_int_equal(r.t.blocks, blocks);
        }
        assert_true(n < 100);
    }
    assert_true(sspi_shake(&r, 0, 0));
    sspi_rig_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_other_direction), cmocka_unit_test(wide_and_while_in_use),
                                        cmocka_unit_test(refusals), cmocka_unit_test(no_memory) };
    return cmocka_run_group_tests_name("sspi/add", tests, NULL, NULL);
}
