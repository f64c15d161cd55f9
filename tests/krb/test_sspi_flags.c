/*
 * Requirements that are more than a bit (CR-10, 11, 12, 15, 19, 20), over Kerberos, alone and inside Negotiate: credentials
 * from a call-back and from the input, memory, error tokens, what is told before the end.
 */
#include <krb/krb_sspi.h>
#include <stdio.h>
#include <string.h>

enum { C = 0x800, M = 2, R = 4, Q = 8, P = 0x10, I = ISC_RET_INTEGRITY };

static const char *const packages[] = { "Kerberos", "Negotiate" };
enum { N = sizeof packages / sizeof *packages };

static const char service[] = "svc/localhost";

/* No ticket of alice's, so that it must be what the caller gave that counts. */
static void start_without(krb_talk *t, const char *package, SEC_GET_KEY_FN ask, void *self)
{
    char text[1024];
    snprintf(text, sizeof text, "[kerberos]\nkeytab = %s\nccache = FILE:%s\n", lab_file("service.keytab"),
             lab_file("absent.ccache"));
    memset(t, 0, sizeof *t);
    sspi_rig_init(&t->r, text);
    t->r.target = service;
    for (size_t i = 0; i < 2; i++)
        edge_init(&t->e[i]);
    const char *secret = lab_secret("bob.password");
    SEC_WINNT_AUTH_IDENTITY_A bob = { .User = (UCHAR *)(uintptr_t) "bob",
                                      .UserLength = 3,
                                      .Password = (UCHAR *)(uintptr_t)secret,
                                      .PasswordLength = (ULONG)strlen(secret),
                                      .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
    assert_int_equal(AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t)package, SECPKG_CRED_OUTBOUND, NULL, &bob,
                                               ask, self, &t->r.client, NULL),
                     SEC_E_OK);
    assert_int_equal(sspi_acquire(package, SECPKG_CRED_INBOUND, NULL, &t->r.server), SEC_E_OK);
}

/* Who the acceptor says it was. */
static void client_is(krb_talk *t, const char *who)
{
    SecPkgContext_NamesA names;
    assert_int_equal(QueryContextAttributesA(&t->r.s, SECPKG_ATTR_NAMES, &names), SEC_E_OK);
    assert_memory_equal(names.sUserName, who, strlen(who));
    assert_int_equal(FreeContextBuffer(names.sUserName), SEC_E_OK);
}

/* [CR-10] */
static void ask(void *self, void *principal, ULONG version, void **key, SECURITY_STATUS *status)
{
    WCHAR password[128] = { 0 };
    const char *secret = lab_secret("alice.password");
    for (size_t i = 0; secret[i] && i < 127; i++)
        password[i] = (WCHAR)(unsigned char)secret[i];
    assert_string_equal(principal, service);
    assert_int_equal(version, 0);
    ++*(int *)self;
    *status = SspiEncodeStringsAsAuthIdentity(u"alice", NULL, password, key);
}

static void prompted(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        krb_talk t;
        int asked = 0;
        start_without(&t, packages[i], ask, &asked);
        krb_talk_open(&t, M, 0);
        client_is(&t, "bob@");
        assert_false(t.r.c_ret & ISC_RET_USED_COLLECTED_CREDS);
        sspi_rig_reset(&t.r);
        krb_talk_open(&t, M | ISC_REQ_PROMPT_FOR_CREDS, 0);
        client_is(&t, "alice@");
        assert_int_equal(asked, 1);
        assert_int_equal(t.r.c_ret, C | M | ISC_RET_USED_COLLECTED_CREDS);
        krb_talk_clear(&t);
    }
}

/* [CR-11, CR-19] */
static SECURITY_STATUS first_with(krb_talk *t, SEC_WINNT_AUTH_IDENTITY_A *id)
{
    sspi_rig *r = &t->r;
    SecBuffer in = { sizeof *id, SECBUFFER_PKG_PARAMS, edge_copy(&t->e[0], id, sizeof *id) },
              out = { SSPI_TOKEN, SECBUFFER_TOKEN, r->to_server };
    SecBufferDesc in_list = { SECBUFFER_VERSION, 1, &in }, list = { SECBUFFER_VERSION, 1, &out };
    r->c_status =
        InitializeSecurityContextA(&r->client, NULL, (SEC_CHAR *)(uintptr_t)service, ISC_REQ_USE_SUPPLIED_CREDS | M, 0,
                                   0, &in_list, 0, &r->c, &list, &r->c_ret, NULL);
    r->n_to_server = r->c_status >= 0 ? out.cbBuffer : 0;
    return r->c_status;
}

static void supplied(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        krb_talk t;
        const char *secret = lab_secret("alice.password");
        SEC_WINNT_AUTH_IDENTITY_A id = { .User = (UCHAR *)(uintptr_t) "alice",
                                         .UserLength = 5,
                                         .Password = (UCHAR *)(uintptr_t)secret,
                                         .PasswordLength = (ULONG)strlen(secret),
                                         .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
        start_without(&t, packages[i], NULL, NULL);
        assert_int_equal(first_with(&t, &id), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(sspi_server_leg(&t.r, 0), SEC_E_OK);
        assert_int_equal(sspi_client_leg(&t.r, M), SEC_E_OK);
        client_is(&t, "alice@");
        assert_int_equal(t.r.c_ret, C | M | ISC_RET_USED_SUPPLIED_CREDS);
        sspi_rig_reset(&t.r);
        krb_talk_open(&t, M, 0); /* they were for that context only */
        client_is(&t, "bob@");
        sspi_rig_reset(&t.r);
        BOOL yes = TRUE;
        assert_int_equal(SetCredentialsAttributesA(&t.r.client, SECPKG_CRED_ATTR_TROTH_SAVE_SUPPLIED, &yes, sizeof yes),
                         SEC_E_OK);
        assert_int_equal(first_with(&t, &id), SEC_I_CONTINUE_NEEDED);
        sspi_rig_reset(&t.r);
        krb_talk_open(&t, M, 0); /* and now they stay, in this handle */
        client_is(&t, "alice@");
        krb_talk_clear(&t);
    }
}

/* [CR-12] A token of the package's own memory; and one that does not fit, asked for again. */
static void memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        krb_talk t;
        sspi_rig *r = &t.r;
        SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
        SecBufferDesc list = { SECBUFFER_VERSION, 1, &out };
        ULONG ret = 0;
        krb_talk_start(&t, packages[i]);
        assert_int_equal(InitializeSecurityContextA(&r->client, NULL, (SEC_CHAR *)(uintptr_t)service,
                                                    M | ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0, &r->c, &list, &ret,
                                                    NULL),
                         SEC_I_CONTINUE_NEEDED);
        assert_int_equal(ret & ISC_RET_ALLOCATED_MEMORY, ISC_RET_ALLOCATED_MEMORY);
        assert_true(out.cbBuffer > 100 && out.pvBuffer);
        assert_int_equal(FreeContextBuffer(out.pvBuffer), SEC_E_OK);
        assert_int_equal(FreeContextBuffer(out.pvBuffer), SEC_E_INVALID_HANDLE);
        sspi_rig_reset(r);
        out = (SecBuffer){ 99, SECBUFFER_TOKEN, edge_last(&t.e[0], 99) };
        ret = 0x5a5a;
        assert_int_equal(InitializeSecurityContextA(&r->client, NULL, (SEC_CHAR *)(uintptr_t)service, M, 0, 0, NULL, 0,
                                                    &r->c, &list, &ret, NULL),
                         SEC_E_BUFFER_TOO_SMALL);
        assert_int_equal(ret, 0x5a5a);
        assert_true(out.cbBuffer > 99);
        out.pvBuffer = edge_last(&t.e[0], out.cbBuffer); /* just what was said to be needed */
        assert_int_equal(InitializeSecurityContextA(NULL, &r->c, NULL, M, 0, 0, NULL, 0, &r->c, &list, &ret, NULL),
                         SEC_I_CONTINUE_NEEDED);
        memcpy(r->to_server, out.pvBuffer, r->n_to_server = out.cbBuffer);
        assert_int_equal(sspi_server_leg(r, 0), SEC_E_OK);
        assert_int_equal(sspi_client_leg(r, M), SEC_E_OK);
        krb_talk_clear(&t);
    }
}

/* [CR-15] Asked for, a failing acceptor has a token for its peer, who hears why. */
static void error_tokens(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++)
        for (ULONG asked = 0; asked < 2; asked++) {
            krb_talk t;
            sspi_rig *r = &t.r;
            krb_talk_start(&t, packages[i]);
            assert_int_equal(sspi_client_leg(r, M), SEC_I_CONTINUE_NEEDED);
            r->to_server[r->n_to_server - 1] ^= 1;
            SecBuffer in = { r->n_to_server, SECBUFFER_TOKEN, edge_copy(&t.e[0], r->to_server, r->n_to_server) },
                      out = { 4096, SECBUFFER_TOKEN, edge_last(&t.e[1], 4096) };
            SecBufferDesc in_list = { 0, 1, &in }, list = { 0, 1, &out };
            assert_true(AcceptSecurityContext(&r->server, NULL, &in_list, asked ? ASC_REQ_EXTENDED_ERROR : 0, 0, &r->s,
                                              &list, NULL, NULL) < 0);
            assert_int_equal(r->s.dwLower, 0);
            assert_int_equal(out.cbBuffer > 4 && out.cbBuffer < 4096, asked);
            if (asked) {
                memcpy(r->to_client, out.pvBuffer, r->n_to_client = out.cbBuffer);
                assert_true(sspi_client_leg(r, M) < 0);
            }
            krb_talk_clear(&t);
        }
}

/* [CR-20] */
static void early(void **state)
{
    (void)state;
    for (size_t i = 0; i < N; i++) {
        krb_talk t;
        krb_talk_start(&t, packages[i]);
        ULONG dce = ISC_REQ_USE_DCE_STYLE;
        assert_int_equal(sspi_client_leg(&t.r, M | R | Q | P | I | ISC_REQ_IDENTIFY | dce), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(t.r.c_ret & (M | R | Q | P | I | ISC_RET_IDENTIFY), 0);
        assert_int_equal(sspi_server_leg(&t.r, dce), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(t.r.s_ret & (M | R | Q | P | ASC_RET_INTEGRITY | ASC_RET_IDENTIFY), 0);
        krb_talk_clear(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(prompted), cmocka_unit_test(supplied),
                                        cmocka_unit_test(memory), cmocka_unit_test(error_tokens),
                                        cmocka_unit_test(early) };
    int missing = lab_missing("krb/sspi_flags");
    return missing ? missing : cmocka_run_group_tests_name("krb/sspi_flags", tests, NULL, NULL);
}
