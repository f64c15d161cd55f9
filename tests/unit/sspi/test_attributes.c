/*
 * Every attribute of spec/sspi 1.7, asked of either side of NTLM and of Negotiate: what is answered, what it points to,
 * who releases it. What is not in the table is SEC_E_UNSUPPORTED_FUNCTION.
 */
#include <stddef.h>
#include <string.h>
#include <support/sspi.h>

#define YES  SEC_E_OK
#define NO   SEC_E_UNSUPPORTED_FUNCTION
#define NONE 99

typedef struct expectation {
    ULONG attribute;
    SECURITY_STATUS client, server, negotiate;
    size_t size;
    size_t pointers[2]; /* offsets; NONE = none */
} expectation;

#define AT(type, member) offsetof(SecPkgContext_##type, member)

/* clang-format off */
static const expectation expected[] = {
    /*                                      client, server, Negotiate client */
    { SECPKG_ATTR_SIZES,                    YES, YES, YES, sizeof(SecPkgContext_Sizes),            { NONE, NONE } },
    { SECPKG_ATTR_NAMES,                    YES, YES, YES, sizeof(SecPkgContext_NamesA),           { 0, NONE } },
    { SECPKG_ATTR_LIFESPAN,                 YES, YES, YES, sizeof(SecPkgContext_Lifespan),         { NONE, NONE } },
    { SECPKG_ATTR_DCE_INFO,                 YES, YES, YES, sizeof(SecPkgContext_DceInfo),          { AT(DceInfo, pPac), NONE } },
    { SECPKG_ATTR_KEY_INFO,                 YES, YES, YES, sizeof(SecPkgContext_KeyInfoA),         { 0, sizeof(void *) } },
    { SECPKG_ATTR_AUTHORITY,                YES, YES, YES, sizeof(SecPkgContext_AuthorityA),       { 0, NONE } },
    { SECPKG_ATTR_PROTO_INFO,               YES, YES, YES, sizeof(SecPkgContext_ProtoInfoA),       { 0, NONE } },
    { SECPKG_ATTR_PASSWORD_EXPIRY,          YES, YES, YES, sizeof(TimeStamp),                      { NONE, NONE } },
    { SECPKG_ATTR_SESSION_KEY,              YES, YES, YES, sizeof(SecPkgContext_SessionKey),       { AT(SessionKey, SessionKey), NONE } },
    { SECPKG_ATTR_PACKAGE_INFO,             YES, YES, YES, sizeof(SecPkgContext_PackageInfoA),     { 0, NONE } },
    { SECPKG_ATTR_USER_FLAGS,               YES, YES, YES, sizeof(SecPkgContext_UserFlags),        { NONE, NONE } },
    { SECPKG_ATTR_NEGOTIATION_INFO,         YES, YES, YES, sizeof(SecPkgContext_NegotiationInfoA), { 0, NONE } },
    { SECPKG_ATTR_NATIVE_NAMES,             YES, YES, YES, sizeof(SecPkgContext_NativeNamesA),     { 0, sizeof(void *) } },
    { SECPKG_ATTR_FLAGS,                    YES, YES, YES, sizeof(SecPkgContext_Flags),            { NONE, NONE } },
    /* NTLM's server has no name that it would prove */
    { SECPKG_ATTR_CREDENTIAL_NAME,          YES, SEC_E_NO_CREDENTIALS, YES, sizeof(SecPkgContext_CredentialNameA), { AT(CredentialNameA, sCredentialName), NONE } },
    { SECPKG_ATTR_TARGET_INFORMATION,       YES, YES, YES, sizeof(SecPkgContext_TargetInformation), { AT(TargetInformation, MarshalledTargetInfo), NONE } },
    { SECPKG_ATTR_ACCESS_TOKEN,             NO,  YES, NO,  sizeof(SecPkgContext_AccessToken),      { 0, NONE } },
    { SECPKG_ATTR_LOGOFF_TIME,              YES, YES, YES, sizeof(TimeStamp),                      { NONE, NONE } },
    { SECPKG_ATTR_CLIENT_SPECIFIED_TARGET,  YES, YES, YES, sizeof(SecPkgContext_ClientSpecifiedTarget), { 0, NONE } },
    { SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, NO,  YES, NO,  sizeof(SecPkgContext_LastClientTokenStatus), { NONE, NONE } },
    { SECPKG_ATTR_NEGO_STATUS,              NO,  NO,  YES, sizeof(SecPkgContext_NegoStatus),       { NONE, NONE } },
};
/* clang-format on */

static const expectation *expectation_of(ULONG attribute)
{
    static const expectation none = { 0, NO, NO, NO, 0, { NONE, NONE } };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        if (expected[i].attribute == attribute)
            return &expected[i];
    return &none;
}

/* One query: its status, the extent of what it wrote, and that each pointer is a block of its own. */
static void ask(CtxtHandle *h, ULONG attribute, bool wide, SECURITY_STATUS want, const expectation *e)
{
    _Alignas(16) uint8_t out[512], untouched[512];
    memset(out, 0xa5, sizeof out);
    memset(untouched, 0xa5, sizeof untouched);
    SECURITY_STATUS got =
        wide ? QueryContextAttributesW(h, attribute, out) : QueryContextAttributesA(h, attribute, out);
    if (got != want)
        print_error("attribute %u: %08x, not %08x\n", (unsigned)attribute, (unsigned)got, (unsigned)want);
    assert_int_equal(got, want);
    size_t written = got ? 0 : e->size;
    assert_memory_equal(out + written, untouched, sizeof out - written);
    if (got)
        return;
    assert_int_equal(QueryContextAttributesA(h, attribute, NULL), SEC_E_INVALID_PARAMETER);
    for (int i = 0; i < 2 && e->pointers[i] != NONE; i++) {
        void *p;
        memcpy(&p, out + e->pointers[i], sizeof p);
        assert_int_equal(FreeContextBuffer(p), SEC_E_OK);
        assert_int_equal(FreeContextBuffer(p), SEC_E_INVALID_HANDLE);
    }
}

static void every_attribute(void **state)
{
    (void)state;
    static const char *const packages[] = { "NTLM", "Negotiate" };
    for (int k = 0; k < 2; k++) {
        sspi_rig r;
        sspi_rig_init(&r, "[negotiate]\nntlm = yes\n");
        sspi_rig_acquire(&r, packages[k]);
        assert_true(sspi_shake(&r, ISC_REQ_CONFIDENTIALITY, 0));
        size_t blocks = r.t.blocks;
        for (ULONG attribute = 0; attribute < 160; attribute++)
            for (int wide = 0; wide < 2; wide++) {
                const expectation *e = expectation_of(attribute);
                ask(&r.c, attribute, wide, k ? e->negotiate : e->client, e);
                SECURITY_STATUS server = k && e->attribute == SECPKG_ATTR_NEGO_STATUS ? YES : e->server;
                ask(&r.s, attribute, wide, server, e);
            }
        assert_int_equal(r.t.blocks, blocks);
        sspi_rig_clear(&r);
    }
}

/* Nothing can be set in these packages, and nothing is. */
static void nothing_to_set(void **state)
{
    (void)state;
    sspi_rig r;
    uint8_t in[64] = { 0 };
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    assert_true(sspi_shake(&r, 0, 0));
    for (ULONG attribute = 0; attribute < 160; attribute++) {
        assert_int_equal(SetContextAttributesA(&r.c, attribute, in, sizeof in), SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(SetContextAttributesW(&r.s, attribute, in, sizeof in), SEC_E_UNSUPPORTED_FUNCTION);
    }
    assert_int_equal(SetContextAttributesA(&r.client, SECPKG_ATTR_FLAGS, in, 4), SEC_E_INVALID_HANDLE);
    sspi_rig_clear(&r);
}

static void every_credential_attribute(void **state)
{
    (void)state;
    sspi_rig r;
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    for (ULONG attribute = 0; attribute < 64; attribute++) {
        void *out[8], *untouched[8];
        memset(out, 0xa5, sizeof out);
        memset(untouched, 0xa5, sizeof out);
        bool named = attribute == SECPKG_CRED_ATTR_NAMES;
        assert_int_equal(QueryCredentialsAttributesW(&r.client, attribute, out), named ? YES : NO);
        assert_memory_equal(out + named, untouched + named, sizeof out - (named ? sizeof *out : 0));
        if (named) {
            assert_memory_equal(out[0], u"DOM\\User", 18);
            assert_int_equal(FreeContextBuffer(out[0]), SEC_E_OK);
            assert_int_equal(QueryCredentialsAttributesA(&r.client, attribute, NULL), SEC_E_INVALID_PARAMETER);
        }
    }
    sspi_rig_clear(&r);
}

/* What the client named, as either side tells it. [MS-NLMP 2.2.2.1 MsvAvTargetName] */
static void targets(void **state)
{
    (void)state;
    static const char *const packages[] = { "NTLM", "Negotiate" };
    for (int i = 0; i < 4; i++) {
        sspi_rig r;
        SecPkgContext_ClientSpecifiedTarget named;
        SecPkgContext_TargetInformation info;
        sspi_rig_init(&r, "[negotiate]\nntlm = yes\n");
        sspi_rig_acquire(&r, packages[i / 2]);
        r.target = i & 1 ? NULL : "cifs/Server";
        assert_true(sspi_shake(&r, ISC_REQ_INTEGRITY, 0));
        for (int side = 0; side < 2; side++) {
            CtxtHandle *h = side ? &r.s : &r.c;
            SECURITY_STATUS want = r.target ? SEC_E_OK : SEC_E_TARGET_UNKNOWN;
            assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &named), want);
            assert_int_equal(QueryContextAttributesA(h, SECPKG_ATTR_TARGET_INFORMATION, &info), want);
            if (want)
                continue;
            assert_memory_equal(named.sTargetName, u"cifs/Server", 24);
            assert_int_equal(info.MarshalledTargetInfoLength, 22);
            assert_memory_equal(info.MarshalledTargetInfo, u"cifs/Server", 22);
            assert_int_equal(FreeContextBuffer(named.sTargetName), SEC_E_OK);
            assert_int_equal(FreeContextBuffer(info.MarshalledTargetInfo), SEC_E_OK);
        }
        sspi_rig_clear(&r);
    }
}

static void who_we_are(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_CredentialNameA ansi;
    SecPkgContext_CredentialNameW wide;
    SecPkgContext_UserFlags flags;
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    assert_true(sspi_shake(&r, ISC_REQ_INTEGRITY, 0));
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_CREDENTIAL_NAME, &ansi), SEC_E_OK);
    assert_int_equal(QueryContextAttributesW(&r.c, SECPKG_ATTR_CREDENTIAL_NAME, &wide), SEC_E_OK);
    assert_int_equal(ansi.CredentialType, 2);
    assert_string_equal(ansi.sCredentialName, "DOM\\User");
    assert_memory_equal(wide.sCredentialName, u"DOM\\User", 18);
    assert_int_equal(FreeContextBuffer(ansi.sCredentialName), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(wide.sCredentialName), SEC_E_OK);
    assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_USER_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.UserFlags, 0);
    sspi_rig_reset(&r);
    assert_true(sspi_shake(&r, ISC_REQ_NULL_SESSION, ASC_REQ_ALLOW_NULL_SESSION));
    assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_USER_FLAGS, &flags), SEC_E_OK);
    assert_int_equal(flags.UserFlags, LOGON_NOENCRYPTION); /* anonymous */
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_CREDENTIAL_NAME, &ansi), SEC_E_NO_CREDENTIALS);
    sspi_rig_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_attribute), cmocka_unit_test(nothing_to_set),
                                        cmocka_unit_test(every_credential_attribute), cmocka_unit_test(targets),
                                        cmocka_unit_test(who_we_are) };
    return cmocka_run_group_tests_name("sspi/attributes", tests, NULL, NULL);
}
