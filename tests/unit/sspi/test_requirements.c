/*
 * CR-1 to CR-20 as they show through the calls: flag x package x side, with the RET bits of both sides asserted. NTLM,
 * and Negotiate over NTLM; Kerberos is in tests/krb/test_sspi.c, which needs a realm.
 */
#include <stdio.h>
#include <string.h>
#include <support/sspi.h>
#include <troth/types.h>

typedef struct row {
    const char *rule;
    ULONG isc, asc, isc_ret, asc_ret;
} row;

enum { C = ISC_RET_CONNECTION, I = ISC_RET_INTEGRITY, AI = ASC_RET_INTEGRITY, R = 4, Q = 8, P = 0x10 };

/* clang-format off */
static const row ntlm[] = {
    /* rule                         ISC_REQ                                   ASC_REQ   ISC_RET                ASC_RET */
    { "nothing",                    0,                                        0,        C,                     C },
    { "CR-1 integrity",             ISC_REQ_INTEGRITY,                        0,        C | I | R | Q,         C | AI | R | Q },
    { "CR-6 replay",                ISC_REQ_REPLAY_DETECT,                    0,        C | I | R | Q,         C | AI | R | Q },
    { "CR-7 sequence",              ISC_REQ_SEQUENCE_DETECT,                  0,        C | I | R | Q,         C | AI | R | Q },
    { "CR-8 confidentiality",       ISC_REQ_CONFIDENTIALITY,                  0,        C | I | R | Q | P,     C | AI | R | Q | P },
    { "CR-3 mutual is not to be had", ISC_REQ_MUTUAL_AUTH,                    ASC_REQ_MUTUAL_AUTH, C,          C },
    { "CR-4 delegate neither",      ISC_REQ_DELEGATE | ISC_REQ_MUTUAL_AUTH,   ASC_REQ_DELEGATE, C,             C },
    { "CR-9 session key",           ISC_REQ_USE_SESSION_KEY,                  ASC_REQ_USE_SESSION_KEY, C | 0x20, C | 0x20 },
    { "CR-13 three legs",           ISC_REQ_USE_DCE_STYLE,                    ASC_REQ_USE_DCE_STYLE, C | 0x200, C | 0x200 },
    { "CR-14 connection",           ISC_REQ_CONNECTION,                       ASC_REQ_CONNECTION, C,           C },
    { "CR-14 stream is Schannel's", ISC_REQ_STREAM,                           ASC_REQ_STREAM, C,               C },
    { "CR-15 not NTLM's",           ISC_REQ_EXTENDED_ERROR,                   ASC_REQ_EXTENDED_ERROR, C,       C },
    { "CR-17 no integrity",         ISC_REQ_INTEGRITY | ISC_REQ_NO_INTEGRITY, 0,        C,                     C },
    { "CR-17 over replay",          R | Q | ISC_REQ_NO_INTEGRITY,             0,        C,                     C },
    { "CR-18 identify",             ISC_REQ_IDENTIFY,                         0,        C | ISC_RET_IDENTIFY,  C | ASC_RET_IDENTIFY },
    { "CR-2 unknown bits",          ISC_REQ_RESERVED1 | ISC_REQ_CALL_LEVEL | ISC_REQ_FRAGMENT_TO_FIT | ISC_REQ_FORWARD_CREDENTIALS |
                                    ISC_REQ_USE_HTTP_STYLE | ISC_REQ_UNVERIFIED_TARGET_NAME | ISC_REQ_CONFIDENTIALITY_ONLY | 0x96000000u,
                                                                              0x4B245040,  C,                  C },
    { "CR-2 the other side's bits", ASC_REQ_ALLOW_NULL_SESSION,               ISC_REQ_INTEGRITY, C,            C },
    { "CR-11 without any",          ISC_REQ_USE_SUPPLIED_CREDS,               0,        C,                     C },
};
/* clang-format on */

static void run_table(const char *package, const char *more, const row *rows, size_t n)
{
    sspi_rig r;
    int bad = 0;
    sspi_rig_init(&r, more);
    sspi_rig_acquire(&r, package);
    for (size_t i = 0; i < n; i++) {
        const row *w = &rows[i];
        bool ok = sspi_shake(&r, w->isc, w->asc);
        if (!ok || r.c_ret != w->isc_ret || r.s_ret != w->asc_ret)
            print_error("%s, %s: %08x %08x, RET %#x %#x\n", package, w->rule, (unsigned)r.c_status,
                        (unsigned)r.s_status, r.c_ret, r.s_ret);
        bad += !ok || r.c_ret != w->isc_ret || r.s_ret != w->asc_ret;
        sspi_rig_reset(&r);
    }
    assert_int_equal(bad, 0);
    sspi_rig_clear(&r);
}

static void table_ntlm(void **state)
{
    (void)state;
    run_table("NTLM", NULL, ntlm, sizeof ntlm / sizeof *ntlm);
}

/*
 * Negotiate's mechListMICs want integrity, but what was not asked for is not told as granted. What is Kerberos' alone is
 * not to be had over NTLM, whoever was asked.
 */
static void table_negotiate(void **state)
{
    (void)state;
    run_table("Negotiate", "[negotiate]\nntlm = yes\n", ntlm, sizeof ntlm / sizeof *ntlm);
}

/* In what the two differ. */
static void table_differs(void **state)
{
    (void)state;
    static const row alone[] = {
        { "case 27 replay is Kerberos' to allow", R, ASC_REQ_ALLOW_CONTEXT_REPLAY, C | I | R | Q, C | AI | R | Q },
    };
    run_table("NTLM", NULL, alone, 1);
    static const row rows[] = {
        { "CR-3 mutual", ISC_REQ_MUTUAL_AUTH | ISC_REQ_INTEGRITY, 0, C | I | R | Q, C | AI | R | Q },
        { "CR-18 identify", ISC_REQ_IDENTIFY | ISC_REQ_INTEGRITY, 0, C | I | R | Q | ISC_RET_IDENTIFY,
          C | AI | R | Q | ASC_RET_IDENTIFY },
        { "case 27 replay may be allowed", R, ASC_REQ_ALLOW_CONTEXT_REPLAY, C | I | R | Q,
          C | AI | R | Q | ASC_RET_ALLOW_CONTEXT_REPLAY },
        { "CR-14 datagram is not Negotiate's", ISC_REQ_DATAGRAM | ISC_REQ_INTEGRITY, 0, C | I | R | Q, C | AI | R | Q },
    };
    run_table("Negotiate", "[negotiate]\nntlm = yes\n", rows, sizeof rows / sizeof *rows);
}

/* Two kinds at once, on either side: refused before anything happens. [CR-14] */
static void kinds(void **state)
{
    (void)state;
    sspi_rig r;
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    const ULONG isc[] = { 0xc00, 0x8400, 0x8800, 0x8c00 }, asc[] = { 0xc00, 0x10400, 0x10800, 0x10c00 };
    for (int i = 0; i < 4; i++) {
        assert_int_equal(sspi_client_leg(&r, isc[i]), SEC_E_UNSUPPORTED_FUNCTION);
        assert_int_equal(sspi_server_leg(&r, asc[i]), SEC_E_UNSUPPORTED_FUNCTION);
    }
    assert_int_equal(r.c.dwLower, 0);
    sspi_rig_clear(&r);
}

/* The first call gives no token, and a context that is usable already. [CR-14, spec/sspi 1.5] */
static void datagram(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_Sizes sizes;
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    ULONG isc = ISC_REQ_DATAGRAM | ISC_REQ_INTEGRITY, asc = ASC_REQ_DATAGRAM | ASC_REQ_INTEGRITY;
    assert_int_equal(sspi_client_leg(&r, isc), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(r.n_to_server, 0);
    assert_int_equal(r.c_ret, ISC_RET_DATAGRAM);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_SIZES, &sizes), SEC_E_OK);
    assert_int_equal(sizes.cbMaxSignature, 16);
    SecPkgContext_NamesA names;
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_NAMES, &names), SEC_E_INVALID_HANDLE);
    assert_int_equal(sspi_server_leg(&r, asc), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(sspi_client_leg(&r, isc), SEC_E_OK);
    assert_int_equal(sspi_server_leg(&r, asc), SEC_E_OK);
    assert_int_equal(r.c_ret, ISC_RET_DATAGRAM | ISC_RET_INTEGRITY);
    assert_int_equal(r.s_ret, ASC_RET_DATAGRAM | ASC_RET_INTEGRITY);
    sspi_rig_clear(&r);
}

/* Nobody: the client without an identity, the server allowing it, no protection either way. [CR-8] */
static void anonymous(void **state)
{
    (void)state;
    sspi_rig r;
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    assert_true(sspi_shake(&r, ISC_REQ_NULL_SESSION | ISC_REQ_CONFIDENTIALITY, ASC_REQ_ALLOW_NULL_SESSION));
    assert_int_equal(r.c_ret, C | ISC_RET_NULL_SESSION);
    assert_int_equal(r.s_ret, C | ASC_RET_NULL_SESSION);
    PTROTH_SSPI_TOKEN token;
    uint8_t octets[32] = "what is not to be told to others";
    for (int side = 0; side < 2; side++) { /* case 21: not encrypted, and not said to be */
        SecBuffer b[] = { { 16, SECBUFFER_TOKEN, octets }, { 16, SECBUFFER_DATA, octets + 16 } };
        SecBufferDesc list = { SECBUFFER_VERSION, 2, b };
        assert_int_equal(EncryptMessage(side ? &r.s : &r.c, 0, &list, 0), SEC_E_QOP_NOT_SUPPORTED);
        assert_memory_equal(octets, "what is not to be told to others", 32);
    }
    assert_int_equal(QuerySecurityContextToken(&r.s, (void **)&token), SEC_E_OK);
    assert_int_equal(token->Level, 0);
    assert_int_equal(FreeContextBuffer(token), SEC_E_OK);
    sspi_rig_reset(&r);
    /* the server insists on what nobody can have: case 21 */
    assert_false(sspi_shake(&r, ISC_REQ_NULL_SESSION, ASC_REQ_ALLOW_NULL_SESSION | ASC_REQ_CONFIDENTIALITY));
    assert_int_equal(r.s_status, SEC_E_SECURITY_QOS_FAILED);
    sspi_rig_reset(&r);
    assert_false(sspi_shake(&r, ISC_REQ_NULL_SESSION, 0));
    assert_int_equal(r.s_status, SEC_E_LOGON_DENIED);
    sspi_rig_clear(&r);
}

/* Only what is no matter of security is told before the end. [CR-20] */
static void early(void **state)
{
    (void)state;
    sspi_rig r;
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    const ULONG all = ISC_REQ_MUTUAL_AUTH | R | Q | P | ISC_REQ_INTEGRITY | ISC_REQ_IDENTIFY;
    assert_int_equal(sspi_client_leg(&r, all), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(r.c_ret, C);
    assert_int_equal(sspi_server_leg(&r, ASC_REQ_CONFIDENTIALITY), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(r.s_ret, C);
    sspi_rig_clear(&r);
}

/* [CR-12] */
static void allocated(void **state)
{
    (void)state;
    sspi_rig r;
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
    SecBufferDesc list = { SECBUFFER_VERSION, 1, &out };
    ULONG ret;
    assert_int_equal(InitializeSecurityContextA(&r.client, NULL, NULL, ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0, &r.c,
                                                &list, &ret, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(ret, C | ISC_RET_ALLOCATED_MEMORY);
    assert_true(out.cbBuffer >= 40 && out.pvBuffer);
    assert_memory_equal(out.pvBuffer, "NTLMSSP", 8);
    assert_int_equal(out.BufferType, SECBUFFER_TOKEN);
    assert_int_equal(FreeContextBuffer(out.pvBuffer), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(out.pvBuffer), SEC_E_INVALID_HANDLE);
    sspi_rig_clear(&r);
}

/* Without it, a buffer that is too small is told what it should be, and the call is made again. [CR-12] */
static void too_small(void **state)
{
    (void)state;
    sspi_rig r;
    sspi_rig_init(&r, NULL);
    sspi_rig_acquire(&r, "NTLM");
    uint8_t room[4096];
    SecBuffer in = { 0, SECBUFFER_TOKEN, NULL }, out = { 10, SECBUFFER_TOKEN, room };
    SecBufferDesc in_list = { SECBUFFER_VERSION, 1, &in }, list = { SECBUFFER_VERSION, 1, &out };
    ULONG ret = 0x5a5a;
    assert_int_equal(InitializeSecurityContextA(&r.client, NULL, NULL, R, 0, 0, NULL, 0, &r.c, &list, &ret, NULL),
                     SEC_E_BUFFER_TOO_SMALL);
    ULONG needed = out.cbBuffer;
    assert_true(needed > 10 && needed <= sizeof room);
    assert_int_equal(ret, 0x5a5a);
    assert_int_not_equal(r.c.dwLower, 0); /* the context is there, its token waits */
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_SIZES, room), SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextA(NULL, &r.c, NULL, R, 0, 0, NULL, 0, &r.c, &list, &ret, NULL),
                     SEC_I_CONTINUE_NEEDED);
    assert_int_equal(out.cbBuffer, needed);
    memcpy(r.to_server, room, needed);
    r.n_to_server = needed;
    /* the acceptor's, and the initiator's last */
    in = (SecBuffer){ needed, SECBUFFER_TOKEN, r.to_server };
    out.cbBuffer = needed = 1;
    assert_int_equal(AcceptSecurityContext(&r.server, NULL, &in_list, 0, 0, &r.s, &list, &ret, NULL),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(AcceptSecurityContext(NULL, &r.s, &in_list, 0, 0, &r.s, &list, &ret, NULL), SEC_I_CONTINUE_NEEDED);
    memcpy(r.to_client, room, out.cbBuffer);
    in = (SecBuffer){ out.cbBuffer, SECBUFFER_TOKEN, r.to_client };
    out.cbBuffer = 20;
    assert_int_equal(InitializeSecurityContextA(NULL, &r.c, NULL, R, 0, 0, &in_list, 0, &r.c, &list, &ret, NULL),
                     SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_SIZES, room), SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextA(NULL, &r.c, NULL, R, 0, 0, &in_list, 0, &r.c, &list, &ret, NULL),
                     SEC_E_OK);
    assert_int_equal(ret, C | I | R | Q);
    memcpy(r.to_server, room, out.cbBuffer);
    r.n_to_server = out.cbBuffer;
    assert_int_equal(sspi_server_leg(&r, 0), SEC_E_OK);
    sspi_rig_clear(&r);
}

/* [CR-10] no terminal here, and then a call-back */
static void ask(void *self, void *principal, ULONG version, void **key, SECURITY_STATUS *status)
{
    static const WCHAR user[] = u"User", domain[] = u"DOM", password[] = u"Password";
    assert_string_equal(principal, "cifs/Server");
    assert_int_equal(version, 0);
    ++*(int *)self;
    *status = SspiEncodeStringsAsAuthIdentity(user, domain, password, key);
}

static void prompts(void **state)
{
    (void)state;
    sspi_rig r;
    int asked = 0;
    sspi_rig_init(&r, NULL);
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    id.PasswordLength = 3; /* a wrong one */
    assert_int_equal(AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t) "NTLM", SECPKG_CRED_OUTBOUND, NULL, &id,
                                               ask, &asked, &r.client, NULL),
                     SEC_E_OK);
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_INBOUND, NULL, &r.server), SEC_E_OK);
    assert_false(sspi_shake(&r, R, 0));
    assert_int_equal(r.s_status, SEC_E_LOGON_DENIED);
    sspi_rig_reset(&r);
    assert_true(sspi_shake(&r, ISC_REQ_PROMPT_FOR_CREDS, 0));
    assert_int_equal(asked, 1);
    assert_int_equal(r.c_ret, C | ISC_RET_USED_COLLECTED_CREDS);
    sspi_rig_clear(&r);
}

/* [CR-11, CR-19] */
static SECURITY_STATUS first_with(sspi_rig *r, void *params, ULONG n)
{
    SecBuffer in = { n, SECBUFFER_PKG_PARAMS, params }, out = { SSPI_TOKEN, SECBUFFER_TOKEN, r->to_server };
    SecBufferDesc in_list = { SECBUFFER_VERSION, 1, &in }, list = { SECBUFFER_VERSION, 1, &out };
    SECURITY_STATUS st = InitializeSecurityContextA(&r->client, NULL, NULL, ISC_REQ_USE_SUPPLIED_CREDS | R, 0, 0,
                                                    &in_list, 0, &r->c, &list, &r->c_ret, NULL);
    r->n_to_server = out.cbBuffer;
    return st;
}

static bool finish(sspi_rig *r)
{
    return sspi_server_leg(r, 0) >= 0 && sspi_client_leg(r, R) == SEC_E_OK && sspi_server_leg(r, 0) == SEC_E_OK;
}

static void supplied(void **state)
{
    (void)state;
    sspi_rig r;
    sspi_rig_init(&r, NULL);
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity(), wrong = id;
    wrong.PasswordLength = 3;
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_OUTBOUND, &wrong, &r.client), SEC_E_OK);
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_INBOUND, NULL, &r.server), SEC_E_OK);
    assert_int_equal(first_with(&r, &id, 10), SEC_E_UNKNOWN_CREDENTIALS); /* too short to be any */
    assert_int_equal(first_with(&r, &id, sizeof id), SEC_I_CONTINUE_NEEDED);
    assert_true(finish(&r));
    assert_int_equal(r.c_ret, C | I | R | Q | ISC_RET_USED_SUPPLIED_CREDS);
    sspi_rig_reset(&r);
    assert_false(sspi_shake(&r, R, 0)); /* they were for that context only */
    sspi_rig_reset(&r);
    BOOL yes = TRUE;
    assert_int_equal(SetCredentialsAttributesA(&r.client, SECPKG_CRED_ATTR_TROTH_SAVE_SUPPLIED, &yes, sizeof yes),
                     SEC_E_OK);
    assert_int_equal(first_with(&r, &id, sizeof id), SEC_I_CONTINUE_NEEDED);
    sspi_rig_reset(&r);
    assert_true(sspi_shake(&r, R, 0)); /* and now they stay */
    sspi_rig_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(table_ntlm),    cmocka_unit_test(table_negotiate),
                                        cmocka_unit_test(table_differs), cmocka_unit_test(kinds),
                                        cmocka_unit_test(datagram),      cmocka_unit_test(anonymous),
                                        cmocka_unit_test(early),         cmocka_unit_test(allocated),
                                        cmocka_unit_test(too_small),     cmocka_unit_test(prompts),
                                        cmocka_unit_test(supplied) };
    return cmocka_run_group_tests_name("sspi/requirements", tests, NULL, NULL);
}
