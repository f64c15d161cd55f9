/*
 * Every exported function with each of its pointers NULL in turn, all others being right: what it answers, and that it
 * touches nothing. What a call that succeeded has given out goes with the process object.
 */
#include <string.h>
#include <support/carry.h>
#include <support/sspi.h>
#include <troth/win/schannel.h>

enum {
    MOST = 9,
    OK = 0,
    MORE = SEC_I_CONTINUE_NEEDED,
    PARAM = SEC_E_INVALID_PARAMETER,
    FOREIGN = SEC_E_INVALID_HANDLE
};
enum { TOKEN = SEC_E_INVALID_TOKEN, UNSUPPORTED = SEC_E_UNSUPPORTED_FUNCTION, NOT_FOUND = SEC_E_SECPKG_NOT_FOUND };
enum { NO_CRED = SEC_E_NO_CREDENTIALS, SMALL = SEC_E_BUFFER_TOO_SMALL };

typedef struct world {
    sspi_rig r;
    uint8_t token[16], data[16], room[4096];
    SecBuffer message[2], in, out, packed;
    SecBufferDesc message_list, in_list, out_list;
    CredHandle cred;
    CtxtHandle fresh;
    SEC_WINNT_AUTH_IDENTITY_A id;
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE opaque;
    uint8_t ret[1024];
    TimeStamp expiry;
    ULONG n, attributes;
    void *pointer[4];
} world;

typedef struct call {
    const char *name;
    SECURITY_STATUS (*run)(world *w, void **p);
    SECURITY_STATUS want[MOST + 1]; /* with nothing NULL, then with each pointer NULL */
    unsigned pointers;
    unsigned out; /* bit i: pointer i is an output, which a failure leaves alone */
} call;

static SECURITY_STATUS enumerate_a(world *w, void **p)
{
    (void)w;
    return EnumerateSecurityPackagesA(p[0], p[1]);
}

static SECURITY_STATUS enumerate_w(world *w, void **p)
{
    (void)w;
    return EnumerateSecurityPackagesW(p[0], p[1]);
}

static SECURITY_STATUS package_a(world *w, void **p)
{
    (void)w;
    return QuerySecurityPackageInfoA(p[0] ? (SEC_CHAR *)(uintptr_t) "NTLM" : NULL, p[1]);
}

static SECURITY_STATUS package_w(world *w, void **p)
{
    static WCHAR ntlm[] = u"NTLM";
    (void)w;
    return QuerySecurityPackageInfoW(p[0] ? ntlm : NULL, p[1]);
}

static SECURITY_STATUS acquire_a(world *w, void **p)
{
    return AcquireCredentialsHandleA(p[0] ? (SEC_CHAR *)(uintptr_t) "User" : NULL,
                                     p[1] ? (SEC_CHAR *)(uintptr_t) "NTLM" : NULL, SECPKG_CRED_OUTBOUND, p[2],
                                     p[3] ? &w->id : NULL, NULL, p[4], p[5], p[6]);
}

static SECURITY_STATUS acquire_w(world *w, void **p)
{
    static WCHAR ntlm[] = u"NTLM", user[] = u"User";
    return AcquireCredentialsHandleW(p[0] ? user : NULL, p[1] ? ntlm : NULL, SECPKG_CRED_OUTBOUND, p[2],
                                     p[3] ? &w->id : NULL, NULL, p[4], p[5], p[6]);
}

static SECURITY_STATUS add_a(world *w, void **p)
{
    return AddCredentialsA(p[0] ? &w->r.server : NULL, p[1] ? (SEC_CHAR *)(uintptr_t) "User" : NULL,
                           p[2] ? (SEC_CHAR *)(uintptr_t) "NTLM" : NULL, SECPKG_CRED_OUTBOUND, p[3] ? &w->id : NULL,
                           NULL, p[4], p[5]);
}

static SECURITY_STATUS add_w(world *w, void **p)
{
    static WCHAR ntlm[] = u"NTLM", user[] = u"User";
    return AddCredentialsW(p[0] ? &w->r.server : NULL, p[1] ? user : NULL, p[2] ? ntlm : NULL, SECPKG_CRED_OUTBOUND,
                           p[3] ? &w->id : NULL, NULL, p[4], p[5]);
}

static SECURITY_STATUS free_cred(world *w, void **p)
{
    return FreeCredentialsHandle(p[0] ? &w->r.client : NULL);
}

static SECURITY_STATUS ask_cred_a(world *w, void **p)
{
    return QueryCredentialsAttributesA(p[0] ? &w->r.client : NULL, SECPKG_CRED_ATTR_NAMES, p[1]);
}

static SECURITY_STATUS ask_cred_w(world *w, void **p)
{
    return QueryCredentialsAttributesW(p[0] ? &w->r.client : NULL, SECPKG_CRED_ATTR_NAMES, p[1]);
}

static SECURITY_STATUS why_cred(world *w, void **p)
{
    return QueryCredentialsAttributesA(p[0] ? &w->r.client : NULL, SECPKG_ATTR_TROTH_ERROR, p[1]);
}

static SECURITY_STATUS set_cred_a(world *w, void **p)
{
    return SetCredentialsAttributesA(p[0] ? &w->r.client : NULL, SECPKG_CRED_ATTR_TROTH_SAVE_SUPPLIED, p[1], 4);
}

static SECURITY_STATUS set_cred_w(world *w, void **p)
{
    return SetCredentialsAttributesW(p[0] ? &w->r.client : NULL, SECPKG_CRED_ATTR_TROTH_SAVE_SUPPLIED, p[1], 4);
}

static SECURITY_STATUS init_a(world *w, void **p)
{
    return InitializeSecurityContextA(p[0] ? &w->r.client : NULL, NULL, p[1] ? (SEC_CHAR *)(uintptr_t) "svc/h" : NULL,
                                      0, 0, 0, p[2] ? &w->in_list : NULL, 0, p[3], p[4] ? &w->out_list : NULL, p[5],
                                      p[6]);
}

static SECURITY_STATUS init_w(world *w, void **p)
{
    static WCHAR target[] = u"svc/h";
    return InitializeSecurityContextW(p[0] ? &w->r.client : NULL, NULL, p[1] ? target : NULL, 0, 0, 0,
                                      p[2] ? &w->in_list : NULL, 0, p[3], p[4] ? &w->out_list : NULL, p[5], p[6]);
}

/* The second leg of a client: the context is there, the credential may be left out. */
static SECURITY_STATUS init_next(world *w, void **p)
{
    CtxtHandle *h = &w->fresh;
    SecBuffer out = { sizeof w->room, SECBUFFER_TOKEN, w->room };
    SecBufferDesc list = { 0, 1, &out };
    if (InitializeSecurityContextA(&w->r.client, NULL, NULL, 0, 0, 0, NULL, 0, h, &list, NULL, NULL) != MORE)
        return SEC_E_INTERNAL_ERROR;
    w->in = (SecBuffer){ out.cbBuffer, SECBUFFER_TOKEN, w->room };
    return InitializeSecurityContextA(p[0] ? &w->r.client : NULL, h, NULL, 0, 0, 0, p[1] ? &w->in_list : NULL, 0,
                                      p[2] ? h : NULL, p[3] ? &w->out_list : NULL, p[4], p[5]);
}

static SECURITY_STATUS accept_first(world *w, void **p)
{
    SecBuffer out = { sizeof w->room, SECBUFFER_TOKEN, w->room };
    SecBufferDesc list = { 0, 1, &out };
    CtxtHandle client;
    if (InitializeSecurityContextA(&w->r.client, NULL, NULL, 0, 0, 0, NULL, 0, &client, &list, NULL, NULL) != MORE)
        return SEC_E_INTERNAL_ERROR;
    return AcceptSecurityContext(p[0] ? &w->r.server : NULL, NULL, p[1] ? &list : NULL, 0, 0, p[2],
                                 p[3] ? &w->out_list : NULL, p[4], p[5]);
}

static SECURITY_STATUS complete(world *w, void **p)
{
    return CompleteAuthToken(p[0] ? &w->r.c : NULL, p[1] ? &w->message_list : NULL);
}

static SECURITY_STATUS delete (world *w, void **p)
{
    return DeleteSecurityContext(p[0] ? &w->r.c : NULL);
}

static SECURITY_STATUS control(world *w, void **p)
{
    return ApplyControlToken(p[0] ? &w->r.c : NULL, p[1] ? &w->message_list : NULL);
}

static SECURITY_STATUS ask_a(world *w, void **p)
{
    return QueryContextAttributesA(p[0] ? &w->r.c : NULL, SECPKG_ATTR_NATIVE_NAMES, p[1]);
}

static SECURITY_STATUS ask_w(world *w, void **p)
{
    return QueryContextAttributesW(p[0] ? &w->r.c : NULL, SECPKG_ATTR_NATIVE_NAMES, p[1]);
}

static SECURITY_STATUS why(world *w, void **p)
{
    return QueryContextAttributesA(p[0] ? &w->r.c : NULL, SECPKG_ATTR_TROTH_ERROR, p[1]);
}

static SECURITY_STATUS set_a(world *w, void **p)
{
    return SetContextAttributesA(p[0] ? &w->r.c : NULL, SECPKG_ATTR_TARGET, p[1], 8);
}

static SECURITY_STATUS set_w(world *w, void **p)
{
    return SetContextAttributesW(p[0] ? &w->r.c : NULL, SECPKG_ATTR_TARGET, p[1], 8);
}

static SECURITY_STATUS impersonate(world *w, void **p)
{
    return ImpersonateSecurityContext(p[0] ? &w->r.s : NULL);
}

static SECURITY_STATUS revert(world *w, void **p)
{
    return RevertSecurityContext(p[0] ? &w->r.s : NULL);
}

static SECURITY_STATUS token_of(world *w, void **p)
{
    return QuerySecurityContextToken(p[0] ? &w->r.s : NULL, p[1]);
}

static SECURITY_STATUS sign(world *w, void **p)
{
    return MakeSignature(p[0] ? &w->r.c : NULL, 0, p[1] ? &w->message_list : NULL, 0);
}

static SECURITY_STATUS seal(world *w, void **p)
{
    return EncryptMessage(p[0] ? &w->r.c : NULL, 0, p[1] ? &w->message_list : NULL, 0);
}

static SECURITY_STATUS verify(world *w, void **p)
{
    if (MakeSignature(&w->r.c, 0, &w->message_list, 0))
        return SEC_E_INTERNAL_ERROR;
    return VerifySignature(p[0] ? &w->r.s : NULL, p[1] ? &w->message_list : NULL, 0, p[2]);
}

static SECURITY_STATUS unseal(world *w, void **p)
{
    if (EncryptMessage(&w->r.c, 0, &w->message_list, 0))
        return SEC_E_INTERNAL_ERROR;
    return DecryptMessage(p[0] ? &w->r.s : NULL, p[1] ? &w->message_list : NULL, 0, p[2]);
}

static SECURITY_STATUS pack(world *w, void **p)
{
    return ExportSecurityContext(p[0] ? &w->r.c : NULL, 0, p[1] ? &w->packed : NULL, p[2]);
}

static SECURITY_STATUS unpack_a(world *w, void **p)
{
    if (ExportSecurityContext(&w->r.c, 0, &w->packed, NULL))
        return SEC_E_INTERNAL_ERROR;
    return ImportSecurityContextA(p[0] ? (SEC_CHAR *)(uintptr_t) "NTLM" : NULL, p[1] ? &w->packed : NULL, p[2], p[3]);
}

static SECURITY_STATUS unpack_w(world *w, void **p)
{
    static WCHAR ntlm[] = u"NTLM";
    if (ExportSecurityContext(&w->r.c, 0, &w->packed, NULL))
        return SEC_E_INTERNAL_ERROR;
    return ImportSecurityContextW(p[0] ? ntlm : NULL, p[1] ? &w->packed : NULL, p[2], p[3]);
}

static SECURITY_STATUS free_buffer(world *w, void **p)
{
    ULONG n;
    PSecPkgInfoA list;
    (void)w;
    if (EnumerateSecurityPackagesA(&n, &list))
        return SEC_E_INTERNAL_ERROR;
    return FreeContextBuffer(p[0] ? list : NULL);
}

static SECURITY_STATUS encode(world *w, void **p)
{
    (void)w;
    return SspiEncodeStringsAsAuthIdentity(p[0] ? u"u" : NULL, p[1] ? u"d" : NULL, p[2] ? u"p" : NULL, p[3]);
}

static SECURITY_STATUS as_strings(world *w, void **p)
{
    return SspiEncodeAuthIdentityAsStrings(p[0] ? w->opaque : NULL, p[1], p[2], p[3]);
}

static SECURITY_STATUS copy(world *w, void **p)
{
    return SspiCopyAuthIdentity(p[0] ? w->opaque : NULL, p[1]);
}

static SECURITY_STATUS for_read(world *w, void **p)
{
    return SspiPrepareForCredRead(p[0] ? w->opaque : NULL, p[1] ? u"t" : NULL, p[2], p[3]);
}

static SECURITY_STATUS for_write(world *w, void **p)
{
    return SspiPrepareForCredWrite(p[0] ? w->opaque : NULL, p[1] ? u"t" : NULL, p[2], p[3], p[4], p[5], p[6]);
}

/* Those that answer nothing, or something else than a status. */
static SECURITY_STATUS the_others(world *w, void **p)
{
    SspiFreeAuthIdentity(NULL);
    SspiLocalFree(NULL);
    SspiZeroAuthIdentity(NULL);
    assert_false(SspiIsAuthIdentityEncrypted(NULL));
    assert_null(CertDuplicateCertificateContext(NULL));
    assert_true(CertFreeCertificateContext(NULL));
    assert_null(CertDuplicateStore(NULL));
    assert_true(CertCloseStore(NULL, 0));
    SspiZeroAuthIdentity(p[0] ? w->opaque : NULL);
    return OK;
}

static SECURITY_STATUS cert_files(world *w, void **p)
{
    (void)w;
    return troth_sspi_cert_from_files(p[0] ? "/nonexistent" : NULL, p[1] ? "/nonexistent" : NULL, p[2] ? "x" : NULL,
                                      p[3]);
}

static SECURITY_STATUS cert_pem(world *w, void **p)
{
    (void)w;
    return troth_sspi_cert_from_pem(p[0] ? "no PEM" : NULL, 6, p[1] ? "x" : NULL, p[2]);
}

static SECURITY_STATUS store_file(world *w, void **p)
{
    (void)w;
    return troth_sspi_store_from_file(p[0] ? "/nonexistent" : NULL, p[1]);
}

static SECURITY_STATUS store_pem(world *w, void **p)
{
    (void)w;
    return troth_sspi_store_from_pem(p[0] ? "no PEM" : NULL, 6, p[1]);
}

/* clang-format off */
static const call calls[] = {
    { "EnumerateSecurityPackagesA", enumerate_a, { OK, PARAM, PARAM }, 2, 3 },
    { "EnumerateSecurityPackagesW", enumerate_w, { OK, PARAM, PARAM }, 2, 3 },
    { "QuerySecurityPackageInfoA", package_a, { OK, NOT_FOUND, PARAM }, 2, 2 },
    { "QuerySecurityPackageInfoW", package_w, { OK, NOT_FOUND, PARAM }, 2, 2 },
    /* principal, package, logon id, identity, argument, handle, expiry */
    { "AcquireCredentialsHandleA", acquire_a, { OK, OK, PARAM, OK, NO_CRED, OK, PARAM, OK }, 7, 0x60 },
    { "AcquireCredentialsHandleW", acquire_w, { OK, OK, PARAM, OK, NO_CRED, OK, PARAM, OK }, 7, 0x60 },
    { "AddCredentialsA", add_a, { OK, FOREIGN, OK, PARAM, NO_CRED, OK, OK }, 6, 0x20 },
    { "AddCredentialsW", add_w, { OK, FOREIGN, OK, PARAM, NO_CRED, OK, OK }, 6, 0x20 },
    { "FreeCredentialsHandle", free_cred, { OK, FOREIGN }, 1, 0 },
    { "QueryCredentialsAttributesA", ask_cred_a, { OK, FOREIGN, PARAM }, 2, 2 },
    { "QueryCredentialsAttributesW", ask_cred_w, { OK, FOREIGN, PARAM }, 2, 2 },
    { "QueryCredentialsAttributesA(error)", why_cred, { OK, FOREIGN, PARAM }, 2, 2 },
    { "SetCredentialsAttributesA", set_cred_a, { OK, FOREIGN, PARAM }, 2, 0 },
    { "SetCredentialsAttributesW", set_cred_w, { OK, FOREIGN, PARAM }, 2, 0 },
    /* credential, target, input, context, output, attributes, expiry */
    { "InitializeSecurityContextA", init_a, { MORE, FOREIGN, MORE, MORE, FOREIGN, SMALL, MORE, MORE }, 7, 0x68 },
    { "InitializeSecurityContextW", init_w, { MORE, FOREIGN, MORE, MORE, FOREIGN, SMALL, MORE, MORE }, 7, 0x68 },
    /* credential, input, context, output, attributes, expiry: a token of the wrong kind, so that all of them are looked at */
    { "InitializeSecurityContextA(next)", init_next, { TOKEN, TOKEN, TOKEN, TOKEN, TOKEN, TOKEN, TOKEN }, 6, 0x30 },
    { "AcceptSecurityContext", accept_first, { MORE, FOREIGN, TOKEN, FOREIGN, SMALL, MORE, MORE }, 6, 0x34 },
    { "CompleteAuthToken", complete, { OK, FOREIGN, OK }, 2, 0 },
    { "DeleteSecurityContext", delete, { OK, FOREIGN }, 1, 0 },
    { "ApplyControlToken", control, { UNSUPPORTED, FOREIGN, UNSUPPORTED }, 2, 0 },
    { "QueryContextAttributesA", ask_a, { OK, FOREIGN, PARAM }, 2, 2 },
    { "QueryContextAttributesW", ask_w, { OK, FOREIGN, PARAM }, 2, 2 },
    { "QueryContextAttributesA(error)", why, { OK, FOREIGN, PARAM }, 2, 2 },
    { "SetContextAttributesA", set_a, { UNSUPPORTED, FOREIGN, UNSUPPORTED }, 2, 0 },
    { "SetContextAttributesW", set_w, { UNSUPPORTED, FOREIGN, UNSUPPORTED }, 2, 0 },
    { "ImpersonateSecurityContext", impersonate, { UNSUPPORTED, FOREIGN }, 1, 0 },
    { "RevertSecurityContext", revert, { OK, FOREIGN }, 1, 0 },
    { "QuerySecurityContextToken", token_of, { OK, FOREIGN, PARAM }, 2, 2 },
    { "MakeSignature", sign, { OK, FOREIGN, TOKEN }, 2, 0 },
    { "EncryptMessage", seal, { OK, FOREIGN, TOKEN }, 2, 0 },
    { "VerifySignature", verify, { OK, FOREIGN, TOKEN, OK }, 3, 4 },
    { "DecryptMessage", unseal, { OK, FOREIGN, TOKEN, OK }, 3, 4 },
    { "ExportSecurityContext", pack, { OK, FOREIGN, PARAM, OK }, 3, 4 },
    { "ImportSecurityContextA", unpack_a, { OK, NOT_FOUND, PARAM, OK, PARAM }, 4, 8 },
    { "ImportSecurityContextW", unpack_w, { OK, NOT_FOUND, PARAM, OK, PARAM }, 4, 8 },
    { "FreeContextBuffer", free_buffer, { OK, FOREIGN }, 1, 0 },
    { "SspiEncodeStringsAsAuthIdentity", encode, { OK, OK, OK, OK, PARAM }, 4, 8 },
    { "SspiEncodeAuthIdentityAsStrings", as_strings, { OK, TOKEN, OK, OK, OK }, 4, 0xe },
    { "SspiCopyAuthIdentity", copy, { OK, TOKEN, PARAM }, 2, 2 },
    { "SspiPrepareForCredRead", for_read, { OK, PARAM, PARAM, PARAM, PARAM }, 4, 0xc },
    { "SspiPrepareForCredWrite", for_write, { OK, PARAM, OK, PARAM, PARAM, PARAM, PARAM, PARAM }, 7, 0x7c },
    { "the others", the_others, { OK, OK }, 1, 0 },
    { "troth_sspi_cert_from_files", cert_files, { NO_CRED, PARAM, NO_CRED, NO_CRED, PARAM }, 4, 8 },
    { "troth_sspi_cert_from_pem", cert_pem, { SEC_E_UNKNOWN_CREDENTIALS, PARAM, SEC_E_UNKNOWN_CREDENTIALS, PARAM }, 3, 4 },
    { "troth_sspi_store_from_file", store_file, { NO_CRED, PARAM, PARAM }, 2, 2 },
    { "troth_sspi_store_from_pem", store_pem, { SEC_E_UNKNOWN_CREDENTIALS, PARAM, PARAM }, 2, 2 },
};
/* clang-format on */

static void world_init(world *w)
{
    memset(w, 0, sizeof *w);
    sspi_rig_init(&w->r, NULL);
    sspi_rig_acquire(&w->r, "NTLM");
    assert_true(sspi_shake(&w->r, ISC_REQ_CONFIDENTIALITY, 0));
    w->id = sspi_identity();
    w->message[0] = (SecBuffer){ sizeof w->token, SECBUFFER_TOKEN, w->token };
    w->message[1] = (SecBuffer){ sizeof w->data, SECBUFFER_DATA, w->data };
    w->message_list = (SecBufferDesc){ SECBUFFER_VERSION, 2, w->message };
    w->in = (SecBuffer){ 0, SECBUFFER_EMPTY, NULL };
    w->out = (SecBuffer){ sizeof w->ret, SECBUFFER_TOKEN, w->ret };
    w->in_list = (SecBufferDesc){ SECBUFFER_VERSION, 1, &w->in };
    w->out_list = (SecBufferDesc){ SECBUFFER_VERSION, 1, &w->out };
    assert_int_equal(SspiEncodeStringsAsAuthIdentity(u"u", u"d", u"p", &w->opaque), SEC_E_OK);
}

/* which: the pointer to be NULL; pointers: none; more: all. Outputs stand in memory of their own. */
static SECURITY_STATUS run(const call *c, unsigned which)
{
    static const uint8_t old[64] = "an output that nobody has written to as yet, up to its very end";
    world w;
    uint8_t outputs[MOST][64];
    void *p[MOST];
    world_init(&w);
    for (unsigned i = 0; i < MOST; i++) {
        memcpy(outputs[i], old, sizeof old);
        p[i] = which > c->pointers || which == i ? NULL : outputs[i];
    }
    SECURITY_STATUS st = c->run(&w, p);
    for (unsigned i = 0; i < c->pointers && st < 0; i++)
        if (c->out >> i & 1 && memcmp(outputs[i], old, sizeof old) != 0)
            fail_msg("%s, %u NULL: %08x, and yet output %u was written to", c->name, which, (unsigned)st, i);
    w.r.c = w.r.s = (CtxtHandle){ 0, 0 }; /* whatever is left goes with the process object */
    w.r.client = w.r.server = (CredHandle){ 0, 0 };
    sspi_rig_clear(&w.r);
    return st;
}

static void each_pointer(void **state)
{
    (void)state;
    carry k;
    int bad = 0;
    carry_init(&k);
    for (const call *c = calls; c < calls + sizeof calls / sizeof *calls; c++) {
        for (unsigned i = 0; i <= c->pointers; i++) {
            unsigned which = i ? i - 1 : c->pointers;
            SECURITY_STATUS st = run(c, which);
            if (st != c->want[i]) {
                print_error("%s, %s %u: %08x, not %08x\n", c->name, i ? "NULL" : "none of", which, (unsigned)st,
                            (unsigned)c->want[i]);
                bad++;
            }
        }
        (void)run(c, c->pointers + 1);
    }
    (void)carry_clear(&k);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_pointer) };
    return cmocka_run_group_tests_name("sspi/null", tests, NULL, NULL);
}
