/* The abuse cases of spec/sspi 2 that concern handles, credentials, legs and buffers; each test names its case. */
#include <pthread.h>
#include <sspi/process.h>
#include <stdlib.h>
#include <string.h>
#include <support/carry.h>
#include <support/sspi.h>

enum { R = ISC_REQ_INTEGRITY };

static void start(sspi_rig *r)
{
    sspi_rig_init(r, NULL);
    sspi_rig_acquire(r, "NTLM");
}

/* 1, 2: every prefix of each token of an exchange, and with each octet of its header changed */
static void truncated(void **state)
{
    (void)state;
    sspi_rig r;
    start(&r);
    for (ULONG cut = 0;; cut++) {
        assert_int_equal(sspi_client_leg(&r, R), SEC_I_CONTINUE_NEEDED);
        if (cut >= r.n_to_server)
            break;
        r.n_to_server = cut;
        assert_int_equal(sspi_server_leg(&r, 0), SEC_E_INVALID_TOKEN);
        assert_int_equal(r.s.dwLower, 0);
        sspi_rig_reset(&r);
    }
    sspi_rig_reset(&r);
    for (ULONG cut = 0;; cut++) {
        assert_int_equal(sspi_client_leg(&r, R), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(sspi_server_leg(&r, 0), SEC_I_CONTINUE_NEEDED);
        if (cut >= r.n_to_client)
            break;
        r.n_to_client = cut;
        assert_int_equal(sspi_client_leg(&r, R), SEC_E_INVALID_TOKEN);
        assert_int_equal(sspi_client_leg(&r, R), SEC_E_INVALID_TOKEN); /* 10: the same again */
        sspi_rig_reset(&r);                                            /* and it can be deleted */
    }
    sspi_rig_reset(&r);
    sspi_rig_clear(&r);
}

static void truncated_last(void **state)
{
    (void)state;
    sspi_rig r;
    start(&r);
    for (ULONG cut = 0;; cut += cut < 100 ? 1 : 7) {
        assert_int_equal(sspi_client_leg(&r, R), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(sspi_server_leg(&r, 0), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(sspi_client_leg(&r, R), SEC_E_OK);
        if (cut >= r.n_to_server)
            break;
        r.n_to_server = cut;
        assert_int_equal(sspi_server_leg(&r, 0), SEC_E_INVALID_TOKEN);
        sspi_rig_reset(&r);
    }
    sspi_rig_clear(&r);
}

/* 3: above cbMaxToken, before anything is allocated for it */
static void oversize(void **state)
{
    (void)state;
    sspi_rig r;
    start(&r);
    memset(r.to_server, 0, SSPI_TOKEN);
    memcpy(r.to_server, "NTLMSSP", 8);
    r.n_to_server = SSPI_TOKEN;
    size_t peak = r.t.held;
    r.t.peak = peak;
    assert_int_equal(sspi_server_leg(&r, 0), SEC_E_INVALID_TOKEN);
    assert_true(r.t.peak < peak + 8192);
    sspi_rig_clear(&r);
}

/* 9: a call after the end, on either side; the keys stay what they were */
static void after_the_end(void **state)
{
    (void)state;
    sspi_rig r;
    start(&r);
    carried m[2];
    assert_true(sspi_shake(&r, R | ISC_REQ_CONFIDENTIALITY, 0));
    SecPkgContext_SessionKey a, b;
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_SESSION_KEY, &a), SEC_E_OK);
    assert_int_equal(sspi_client_leg(&r, R), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(sspi_server_leg(&r, 0), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(QueryContextAttributesA(&r.c, SECPKG_ATTR_SESSION_KEY, &b), SEC_E_OK);
    assert_memory_equal(a.SessionKey, b.SessionKey, 16);
    carry_talk(&r.c, &r.s, m);
    assert_int_equal(FreeContextBuffer(a.SessionKey), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(b.SessionKey), SEC_E_OK);
    sspi_rig_clear(&r);
}

/* 10: a wrong password, and why */
static void sticky(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_TrothError why;
    SecPkgContext_Sizes sizes;
    sspi_rig_init(&r, NULL);
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    id.PasswordLength = 7;
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_OUTBOUND, &id, &r.client), SEC_E_OK);
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_INBOUND, NULL, &r.server), SEC_E_OK);
    assert_false(sspi_shake(&r, R, 0));
    assert_int_equal(r.s_status, SEC_E_LOGON_DENIED);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sspi_server_leg(&r, 0), SEC_E_LOGON_DENIED);
    assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_SIZES, &sizes), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryContextAttributesA(&r.s, SECPKG_ATTR_TROTH_ERROR, &why), SEC_E_OK);
    assert_int_equal(why.Status, SEC_E_LOGON_DENIED);
    assert_string_equal(why.Name, "DENIED");
    assert_string_not_equal(why.Where, "");
    sspi_rig_clear(&r);
}

/* 11, 12: handles */
static void handles(void **state)
{
    (void)state;
    sspi_rig r;
    SecPkgContext_Sizes sizes;
    start(&r);
    assert_true(sspi_shake(&r, R, 0));
    CtxtHandle old = r.c, never = { 1, 2 }, none = { 0, 0 };
    assert_int_equal(DeleteSecurityContext(&r.c), SEC_E_OK);
    assert_int_equal(DeleteSecurityContext(&old), SEC_E_OK); /* deleted already */
    assert_int_equal(DeleteSecurityContext(&never), SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&none), SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&r.client), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeCredentialsHandle(&r.s), SEC_E_INVALID_HANDLE);
    assert_int_equal(FreeCredentialsHandle(NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryContextAttributesA(&old, SECPKG_ATTR_SIZES, &sizes), SEC_E_INVALID_HANDLE);
    assert_int_equal(QueryContextAttributesA(&r.client, SECPKG_ATTR_SIZES, &sizes), SEC_E_INVALID_HANDLE);
    assert_int_equal(CompleteAuthToken(&old, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(ApplyControlToken(&old, NULL), SEC_E_INVALID_HANDLE);
    assert_int_equal(ImpersonateSecurityContext(&old), SEC_E_INVALID_HANDLE);
    assert_int_equal(ExportSecurityContext(&old, 0, NULL, NULL), SEC_E_INVALID_HANDLE);
    r.c = old;
    r.n_to_client = 16;
    assert_int_equal(sspi_client_leg(&r, R), SEC_E_INVALID_HANDLE);
    r.c = none;
    CredHandle mine = r.client;
    r.client = r.s; /* a context for a credential */
    assert_int_equal(sspi_client_leg(&r, R), SEC_E_INVALID_HANDLE);
    r.client = r.server; /* one that is not for this side */
    assert_int_equal(sspi_client_leg(&r, R), SEC_E_NO_CREDENTIALS);
    r.client = mine;
    sspi_rig_clear(&r);
}

/* 12: a context's own side and package */
static void wrong_side(void **state)
{
    (void)state;
    sspi_rig r;
    CredHandle other;
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    sspi_rig_init(&r, "[negotiate]\nntlm = yes\n");
    sspi_rig_acquire(&r, "NTLM");
    id.Domain = NULL;
    id.DomainLength = 0;
    assert_int_equal(sspi_acquire("Negotiate", SECPKG_CRED_OUTBOUND, &id, &other), SEC_E_OK);
    assert_int_equal(sspi_client_leg(&r, R), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(sspi_server_leg(&r, 0), SEC_I_CONTINUE_NEEDED);
    SecBuffer in = { r.n_to_client, SECBUFFER_TOKEN, r.to_client }, out = { SSPI_TOKEN, SECBUFFER_TOKEN, r.to_server };
    SecBufferDesc in_list = { 0, 1, &in }, list = { 0, 1, &out };
    assert_int_equal(InitializeSecurityContextA(&other, &r.c, NULL, R, 0, 0, &in_list, 0, &r.c, &list, NULL, NULL),
                     SEC_E_WRONG_CREDENTIAL_HANDLE);
    CredHandle never = { 1, 2 };
    assert_int_equal(InitializeSecurityContextA(&never, &r.c, NULL, R, 0, 0, &in_list, 0, &r.c, &list, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(InitializeSecurityContextA(NULL, &r.s, NULL, R, 0, 0, &in_list, 0, &r.s, &list, NULL, NULL),
                     SEC_E_INVALID_HANDLE);
    assert_int_equal(AcceptSecurityContext(NULL, &r.c, &in_list, 0, 0, &r.c, &list, NULL, NULL), SEC_E_INVALID_HANDLE);
    /* and none of that has hurt the exchange */
    assert_int_equal(sspi_client_leg(&r, R), SEC_E_OK);
    assert_int_equal(sspi_server_leg(&r, 0), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&other), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&other), SEC_E_INVALID_HANDLE);
    sspi_rig_clear(&r);
}

/* Contexts outlive the handle of their credential. */
static void credentials_go(void **state)
{
    (void)state;
    sspi_rig r;
    start(&r);
    assert_int_equal(sspi_client_leg(&r, R), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(sspi_server_leg(&r, 0), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(FreeCredentialsHandle(&r.client), SEC_E_OK);
    assert_int_equal(FreeCredentialsHandle(&r.server), SEC_E_OK);
    r.client = r.server = (CredHandle){ 0, 0 };
    assert_int_equal(sspi_client_leg(&r, R), SEC_E_OK);
    assert_int_equal(sspi_server_leg(&r, 0), SEC_E_OK);
    sspi_rig_clear(&r);
}

/* 23: bindings that lie about themselves; then the truth, its absence, and something else */
typedef struct bound {
    SEC_CHANNEL_BINDINGS head;
    char data[24];
} bound;

static SECURITY_STATUS first_bound(sspi_rig *r, bool client, const void *p, ULONG n, ULONG req)
{
    edge e;
    edge_init(&e);
    SecBuffer in[] = { { n, SECBUFFER_CHANNEL_BINDINGS, edge_copy(&e, p, n) },
                       { r->n_to_server, SECBUFFER_TOKEN, r->to_server } };
    SecBuffer out = { SSPI_TOKEN, SECBUFFER_TOKEN, client ? r->to_server : r->to_client };
    SecBufferDesc in_list = { 0, client ? 1 : 2, in }, list = { 0, 1, &out };
    edge_writable(&e, false);
    SECURITY_STATUS st =
        client ? InitializeSecurityContextA(&r->client, NULL, NULL, req, 0, 0, &in_list, 0, &r->c, &list, NULL, NULL)
               : AcceptSecurityContext(&r->server, NULL, &in_list, req, 0, &r->s, &list, NULL, NULL);
    *(client ? &r->n_to_server : &r->n_to_client) = out.cbBuffer;
    edge_clear(&e);
    return st;
}

static void bindings(void **state)
{
    (void)state;
    sspi_rig r;
    start(&r);
    bound b = { { .cbApplicationDataLength = 24, .dwApplicationDataOffset = 32 }, "tls-server-end-point:xyz" }, c = b;
    static const ULONG lies[][2] = {
        { 25, 32 }, { 0x20, 0xfffffff0 }, { 0xfffffff0, 0x20 }, { 24, 33 }, { 1, 0 }, { 0, 32 }, { 1, 31 }, { 1, 56 }
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        bound lie = b;
        lie.head.cbApplicationDataLength = lies[i][0];
        lie.head.dwApplicationDataOffset = lies[i][1];
        assert_int_equal(first_bound(&r, true, &lie, sizeof lie, R), SEC_E_BAD_BINDINGS);
    }
    assert_int_equal(first_bound(&r, true, &b, 31, R), SEC_E_BAD_BINDINGS);
    c.data[23] ^= 1;
    const struct {
        const bound *client, *server;
        ULONG asc;
        SECURITY_STATUS want;
        ULONG ret;
    } rows[] = { { &b, &b, 0, SEC_E_OK, 0 },
                 { &b, &c, 0, SEC_E_BAD_BINDINGS, 0 },
                 { &b, &c, ASC_REQ_ALLOW_MISSING_BINDINGS, SEC_E_BAD_BINDINGS, 0 },
                 { NULL, &b, 0, SEC_E_BAD_BINDINGS, 0 },
                 { NULL, &b, ASC_REQ_ALLOW_MISSING_BINDINGS, SEC_E_OK, ASC_RET_MISSING_BINDINGS },
                 { &b, NULL, 0, SEC_E_OK, 0 } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SECURITY_STATUS st =
            rows[i].client ? first_bound(&r, true, rows[i].client, sizeof b, R) : sspi_client_leg(&r, R);
        assert_int_equal(st, SEC_I_CONTINUE_NEEDED);
        st = rows[i].server ? first_bound(&r, false, rows[i].server, sizeof b, rows[i].asc)
                            : sspi_server_leg(&r, rows[i].asc);
        assert_int_equal(st, SEC_I_CONTINUE_NEEDED);
        assert_int_equal(sspi_client_leg(&r, R), SEC_E_OK);
        assert_int_equal(sspi_server_leg(&r, rows[i].asc), rows[i].want);
        if (!rows[i].want)
            assert_int_equal(r.s_ret & ASC_RET_MISSING_BINDINGS, rows[i].ret);
        sspi_rig_reset(&r);
    }
    assert_int_equal(sspi_client_leg(&r, R), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(first_bound(&r, false, &b, sizeof b, ASC_REQ_PROXY_BINDINGS | ASC_REQ_ALLOW_MISSING_BINDINGS),
                     SEC_E_INVALID_PARAMETER);
    sspi_rig_clear(&r);
}

/* 25 and the rules for output buffers of 1.8 */
static SECURITY_STATUS with_out(sspi_rig *r, SecBufferDesc *out)
{
    CtxtHandle c = { 0, 0 };
    ULONG ret = 0x5a5a;
    TimeStamp t = { .QuadPart = 7 };
    SECURITY_STATUS st = InitializeSecurityContextA(&r->client, NULL, NULL, R, 0, 0, NULL, 0, &c, out, &ret, &t);
    assert_true(st < 0);
    assert_int_equal(ret, 0x5a5a); /* failures leave outputs alone */
    assert_int_equal(t.QuadPart, 7);
    assert_int_equal(c.dwLower, 0);
    return st;
}

/* Text that is none cannot be anybody's name. */
static void no_name(void **state)
{
    (void)state;
    sspi_rig r;
    start(&r);
    SEC_WCHAR half[] = { 'a', 0xd800, 'b', 0 };
    SecBuffer out = { SSPI_TOKEN, SECBUFFER_TOKEN, r.to_server };
    SecBufferDesc list = { 0, 1, &out };
    assert_int_equal(InitializeSecurityContextW(&r.client, NULL, half, R, 0, 0, NULL, 0, &r.c, &list, NULL, NULL),
                     SEC_E_TARGET_UNKNOWN);
    r.c = (CtxtHandle){ 0, 0 };
    sspi_rig_clear(&r);
}

/* Bindings belong to the whole exchange; and a last leg that has nothing to say needs no room. */
static void later_legs(void **state)
{
    (void)state;
    sspi_rig r;
    bound b = { { .cbApplicationDataLength = 24, .dwApplicationDataOffset = 32 }, "tls-server-end-point:xyz" };
    start(&r);
    assert_int_equal(first_bound(&r, true, &b, sizeof b, R), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(sspi_server_leg(&r, 0), SEC_I_CONTINUE_NEEDED);
    SecBuffer in[] = { { sizeof b, SECBUFFER_CHANNEL_BINDINGS, &b }, { r.n_to_client, SECBUFFER_TOKEN, r.to_client } };
    SecBuffer out = { SSPI_TOKEN, SECBUFFER_TOKEN, r.to_server };
    SecBufferDesc in_list = { 0, 2, in }, list = { 0, 1, &out };
    b.data[23] ^= 1;
    assert_int_equal(InitializeSecurityContextA(NULL, &r.c, NULL, R, 0, 0, &in_list, 0, &r.c, &list, NULL, NULL),
                     SEC_E_BAD_BINDINGS);
    b.data[23] ^= 1;
    assert_int_equal(InitializeSecurityContextA(NULL, &r.c, NULL, R, 0, 0, &in_list, 0, &r.c, &list, NULL, NULL),
                     SEC_E_OK);
    SecBuffer last = { out.cbBuffer, SECBUFFER_TOKEN, r.to_server };
    SecBufferDesc last_list = { 0, 1, &last };
    assert_int_equal(AcceptSecurityContext(NULL, &r.s, &last_list, 0, 0, &r.s, NULL, NULL, NULL), SEC_E_OK);
    sspi_rig_clear(&r);
}

static void buffers(void **state)
{
    (void)state;
    sspi_rig r;
    start(&r);
    edge e;
    edge_init(&e);
    uint8_t *room = memset(edge_last(&e, 64), 0x11, 64);
    SecBuffer b[2] = { { 64, SECBUFFER_TOKEN, room }, { 64, SECBUFFER_TOKEN, room } };
    SecBufferDesc none = { 0, 0, b }, null = { 0, 1, NULL }, version = { 1, 1, b }, two = { 0, 2, b },
                  one = { 0, 1, b };
    SecBufferDesc many = { 0, 0xffffffff, b };
    assert_int_equal(with_out(&r, NULL), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(with_out(&r, &none), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(with_out(&r, &null), SEC_E_INVALID_TOKEN);
    assert_int_equal(with_out(&r, &version), SEC_E_INVALID_TOKEN);
    assert_int_equal(with_out(&r, &two), SEC_E_INVALID_TOKEN);
    assert_int_equal(with_out(&r, &many), SEC_E_INVALID_TOKEN);
    b[0].BufferType = SECBUFFER_TOKEN | SECBUFFER_READONLY;
    assert_int_equal(with_out(&r, &one), SEC_E_INVALID_TOKEN);
    b[0] = (SecBuffer){ 64, SECBUFFER_DATA, room };
    assert_int_equal(with_out(&r, &one), SEC_E_BUFFER_TOO_SMALL);
    b[0] = (SecBuffer){ 0, SECBUFFER_TOKEN, room };
    assert_int_equal(with_out(&r, &one), SEC_E_BUFFER_TOO_SMALL);
    assert_int_equal(b[0].cbBuffer, 0);
    b[0] = (SecBuffer){ 64, SECBUFFER_TOKEN, NULL };
    assert_int_equal(with_out(&r, &one), SEC_E_INTERNAL_ERROR);
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(room[i], 0x11);
    /* and for input */
    SecBuffer in[2] = { { 10, SECBUFFER_TOKEN, NULL }, { 5, SECBUFFER_TOKEN, room + 59 } };
    SecBuffer out = { SSPI_TOKEN, SECBUFFER_TOKEN, r.to_client };
    SecBufferDesc in_list = { 0, 1, in }, out_list = { 0, 1, &out };
    assert_int_equal(AcceptSecurityContext(&r.server, NULL, &in_list, 0, 0, &r.s, &out_list, NULL, NULL),
                     SEC_E_INVALID_TOKEN);
    in[0].pvBuffer = room + 54;
    in_list.cBuffers = 2;
    assert_int_equal(AcceptSecurityContext(&r.server, NULL, &in_list, 0, 0, &r.s, &out_list, NULL, NULL),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(AcceptSecurityContext(&r.server, NULL, NULL, 0, 0, &r.s, &out_list, NULL, NULL),
                     SEC_E_INVALID_TOKEN);
    assert_int_equal(out.cbBuffer, SSPI_TOKEN);
    edge_clear(&e);
    sspi_rig_clear(&r);
}

/* 24: nothing is to be had of a context that is not complete */
static void incomplete(void **state)
{
    (void)state;
    sspi_rig r;
    uint8_t out[64];
    start(&r);
    assert_int_equal(sspi_client_leg(&r, R), SEC_I_CONTINUE_NEEDED);
    for (ULONG a = 0; a < 130; a++)
        assert_int_equal(QueryContextAttributesA(&r.c, a, out), SEC_E_INVALID_HANDLE);
    assert_int_equal(ImpersonateSecurityContext(&r.c), SEC_E_INVALID_HANDLE);
    SecBuffer b[] = { { 16, SECBUFFER_TOKEN, out }, { 16, SECBUFFER_DATA, out + 16 } };
    SecBufferDesc list = { 0, 2, b };
    assert_int_equal(MakeSignature(&r.c, 0, &list, 0), SEC_E_INVALID_HANDLE);
    assert_int_equal(EncryptMessage(&r.c, 0, &list, 0), SEC_E_INVALID_HANDLE);
    sspi_rig_clear(&r);
}

/* 28: too many half-open contexts, and late tokens */
static void floods(void **state)
{
    (void)state;
    sspi_rig r;
    CtxtHandle half[4];
    start(&r);
    r.t.wall = UINT64_C(133000000000000000);
    troth_sspi_process_get()->max_half_open = 3;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sspi_client_leg(&r, R), SEC_I_CONTINUE_NEEDED);
        half[i] = r.c;
        r.c = (CtxtHandle){ 0, 0 };
    }
    assert_int_equal(sspi_client_leg(&r, R), SEC_E_INSUFFICIENT_MEMORY);
    r.t.wall += UINT64_C(10000000) * 121; /* now they have taken too long, and make room */
    assert_int_equal(sspi_client_leg(&r, R), SEC_I_CONTINUE_NEEDED);
    assert_int_equal(sspi_server_leg(&r, 0), SEC_I_CONTINUE_NEEDED);
    CtxtHandle late = r.c;
    r.c = half[0];
    assert_int_equal(sspi_client_leg(&r, R), SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&half[0]), SEC_E_OK);
    r.c = late; /* a token that comes too late, while nobody needed the room */
    r.t.wall += UINT64_C(10000000) * 121;
    assert_int_equal(sspi_client_leg(&r, R), SEC_E_INVALID_HANDLE);
    sspi_rig_clear(&r);
}

/* 29: two threads that establish one context at once: one of them gets the leg */
typedef struct racer {
    sspi_rig *r;
    SECURITY_STATUS st;
    uint8_t out[4096];
} racer;

static void *race(void *self)
{
    racer *a = self;
    SecBuffer in = { a->r->n_to_client, SECBUFFER_TOKEN, a->r->to_client }, out = { 4096, SECBUFFER_TOKEN, a->out };
    SecBufferDesc in_list = { 0, 1, &in }, list = { 0, 1, &out };
    a->st = InitializeSecurityContextA(NULL, &a->r->c, NULL, R, 0, 0, &in_list, 0, NULL, &list, NULL, NULL);
    return NULL;
}

static void races(void **state)
{
    (void)state;
    sspi_rig r;
    start(&r);
    for (int round = 0; round < 50; round++) {
        racer a[2] = { { .r = &r }, { .r = &r } };
        pthread_t id[2];
        assert_int_equal(sspi_client_leg(&r, R), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(sspi_server_leg(&r, 0), SEC_I_CONTINUE_NEEDED);
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&id[i], NULL, race, &a[i]), 0);
        for (int i = 0; i < 2; i++)
            pthread_join(id[i], NULL);
        assert_true((a[0].st == SEC_E_OK) != (a[1].st == SEC_E_OK));
        assert_true(a[0].st == SEC_E_OUT_OF_SEQUENCE || a[1].st == SEC_E_OUT_OF_SEQUENCE);
        sspi_rig_reset(&r);
    }
    sspi_rig_clear(&r);
}

/* No memory at any point of an exchange: a status, nothing lost, nothing left behind. */
static void no_memory(void **state)
{
    (void)state;
    bool whole = false;
    for (size_t n = 1; !whole; n++) {
        sspi_rig r;
        sspi_rig_init(&r, NULL);
        SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
        r.t.fail_at = n;
        SECURITY_STATUS st = sspi_acquire("NTLM", SECPKG_CRED_OUTBOUND, &id, &r.client);
        if (!st)
            st = sspi_acquire("NTLM", SECPKG_CRED_INBOUND, NULL, &r.server);
        whole = !st && sspi_shake(&r, R, 0);
        if (!whole)
            assert_true(st == SEC_E_INSUFFICIENT_MEMORY || r.c_status == SEC_E_INSUFFICIENT_MEMORY ||
                        r.s_status == SEC_E_INSUFFICIENT_MEMORY);
        r.t.fail_at = 0;
        sspi_rig_clear(&r);
        assert_true(n < 1000);
    }
}

/* What the machine's policy says wrong is no policy. */
static void bad_config(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "nonsense\n", "[ntlm]\ncolour = red\n", "[ntlm]\ndomain = TWICE\n", "[negotiate]\nntlm = perhaps\n",
        "[ntlm\n",    "[kerberos]\nkeytab =\n"
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sspi_rig r;
        CredHandle cred = { 9, 9 };
        sspi_rig_init(&r, wrong[i]);
        assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_INBOUND, NULL, &cred), SEC_E_NO_CREDENTIALS);
        assert_int_equal(cred.dwLower, 9);
        sspi_rig_clear(&r);
    }
    sspi_rig r;
    CredHandle cred;
    sspi_rig_init(&r, NULL); /* Negotiate has NTLM only where the file says so */
    assert_int_equal(sspi_acquire("Digest", SECPKG_CRED_INBOUND, NULL, &cred), SEC_E_SECPKG_NOT_FOUND);
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_OUTBOUND, NULL, &cred), SEC_E_NO_CREDENTIALS);
    assert_int_equal(sspi_acquire("NTLM", 0, NULL, &cred), SEC_E_INVALID_PARAMETER);
    sspi_rig_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncated),     cmocka_unit_test(truncated_last), cmocka_unit_test(oversize),
        cmocka_unit_test(after_the_end), cmocka_unit_test(sticky),         cmocka_unit_test(handles),
        cmocka_unit_test(wrong_side),    cmocka_unit_test(credentials_go), cmocka_unit_test(bindings),
        cmocka_unit_test(no_name),       cmocka_unit_test(later_legs),     cmocka_unit_test(buffers),
        cmocka_unit_test(incomplete),    cmocka_unit_test(floods),         cmocka_unit_test(races),
        cmocka_unit_test(no_memory),     cmocka_unit_test(bad_config),
    };
    return cmocka_run_group_tests_name("sspi/abuse", tests, NULL, NULL);
}
