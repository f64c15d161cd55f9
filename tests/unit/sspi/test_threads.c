/*
 * Threads that have nothing in common but the process: cases 11, 12, 28 and 29 of docs/wire/sspi-abuse.md at the level of
 * handles, for the thread sanitizer above all.
 */
#include <pthread.h>
#include <sspi/process.h>
#include <string.h>
#include <support/sspi.h>

enum { THREADS = 4, ROUNDS = 50, P = ISC_REQ_CONFIDENTIALITY };

typedef struct crowd {
    sspi_rig r;
    CtxtHandle shared; /* an open context, which each may use and one deletes */
    pthread_barrier_t all;
} crowd;

typedef struct member {
    crowd *c;
    unsigned number;
    const char *wrong; /* what went wrong; cmocka's assertions are for the first thread only */
} member;

/* The test environment counts atomically, which would put threads in an order that they do not have. */
static void start(sspi_rig *r)
{
    sspi_rig_init(r, NULL);
    assert_int_equal(troth_sspi_process_restart(troth_env_posix()), TROTH_OK);
    sspi_rig_acquire(r, "NTLM");
}

/* One exchange from end to end, with credentials of its own; true when both sides stand. */
static bool exchange(CredHandle *cc, CredHandle *sc, CtxtHandle *c, CtxtHandle *s)
{
    uint8_t up[4096], down[4096];
    SecBuffer to = { sizeof up, SECBUFFER_TOKEN, up }, back = { sizeof down, SECBUFFER_TOKEN, down };
    SecBufferDesc to_list = { 0, 1, &to }, back_list = { 0, 1, &back };
    ULONG ret;
    if (InitializeSecurityContextA(cc, NULL, NULL, P, 0, 0, NULL, 0, c, &to_list, &ret, NULL) != SEC_I_CONTINUE_NEEDED)
        return false;
    if (AcceptSecurityContext(sc, NULL, &to_list, 0, 0, s, &back_list, &ret, NULL) != SEC_I_CONTINUE_NEEDED)
        return false;
    to.cbBuffer = sizeof up;
    if (InitializeSecurityContextA(NULL, c, NULL, P, 0, 0, &back_list, 0, c, &to_list, &ret, NULL) != SEC_E_OK)
        return false;
    back.cbBuffer = sizeof down;
    return AcceptSecurityContext(NULL, s, &to_list, 0, 0, s, &back_list, &ret, NULL) == SEC_E_OK;
}

/* What another thread may have deleted meanwhile: it works or is gone, and is nothing in between. */
static bool shared_works(CtxtHandle *h)
{
    uint8_t token[16], data[8] = "a text";
    SecBuffer b[2] = { { 16, SECBUFFER_TOKEN, token }, { 8, SECBUFFER_DATA, data } };
    SecBufferDesc list = { 0, 2, b };
    SecPkgContext_NamesA names;
    SECURITY_STATUS st = EncryptMessage(h, 0, &list, 0);
    if (st != SEC_E_OK && st != SEC_E_INVALID_HANDLE)
        return false;
    st = QueryContextAttributesA(h, SECPKG_ATTR_NAMES, &names);
    if (st == SEC_E_OK)
        return FreeContextBuffer(names.sUserName) == SEC_E_OK;
    return st == SEC_E_INVALID_HANDLE;
}

static void *mingle(void *self)
{
    member *m = self;
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    for (int i = 0; i < ROUNDS && !m->wrong; i++) {
        CredHandle cc, sc;
        CtxtHandle c, s;
        if (sspi_acquire("NTLM", SECPKG_CRED_OUTBOUND, &id, &cc) ||
            sspi_acquire("NTLM", SECPKG_CRED_INBOUND, NULL, &sc))
            m->wrong = "acquire";
        else if (!exchange(&cc, &sc, &c, &s))
            m->wrong = "exchange";
        else if (FreeCredentialsHandle(&cc) || FreeCredentialsHandle(&sc) != SEC_E_OK)
            m->wrong = "free";
        else if (!shared_works(&m->c->shared))
            m->wrong = "shared";
        else if (DeleteSecurityContext(&c) || DeleteSecurityContext(&s) || DeleteSecurityContext(&c))
            m->wrong = "delete";
        if (i == ROUNDS / 2 && m->number == 0 && DeleteSecurityContext(&m->c->shared))
            m->wrong = "delete the shared one";
    }
    return NULL;
}

static void handles(void **state)
{
    (void)state;
    static crowd c;
    pthread_t id[THREADS];
    member m[THREADS];
    start(&c.r);
    assert_true(sspi_shake(&c.r, P, 0));
    c.shared = c.r.c;
    for (unsigned i = 0; i < THREADS; i++) {
        m[i] = (member){ .c = &c, .number = i };
        assert_int_equal(pthread_create(&id[i], NULL, mingle, &m[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(id[i], NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        if (m[i].wrong)
            fail_msg("thread %u: %s", i, m[i].wrong);
    sspi_rig_clear(&c.r);
}

/* 29: two threads with the same token for the same context, while two others ask it and send through it. */
typedef struct racer {
    crowd *c;
    int what;
    SECURITY_STATUS st;
    uint8_t out[4096];
} racer;

static void *race(void *self)
{
    racer *a = self;
    sspi_rig *r = &a->c->r;
    SecBuffer in = { r->n_to_client, SECBUFFER_TOKEN, r->to_client }, out = { sizeof a->out, SECBUFFER_TOKEN, a->out };
    SecBuffer b[2] = { { 16, SECBUFFER_TOKEN, a->out }, { 16, SECBUFFER_DATA, a->out + 16 } };
    SecBufferDesc in_list = { 0, 1, &in }, out_list = { 0, 1, &out }, list = { 0, 2, b };
    SecPkgContext_Sizes sizes;
    pthread_barrier_wait(&a->c->all);
    if (a->what < 2)
        a->st = InitializeSecurityContextA(NULL, &r->c, NULL, P, 0, 0, &in_list, 0, NULL, &out_list, NULL, NULL);
    else if (a->what == 2)
        a->st = QueryContextAttributesA(&r->c, SECPKG_ATTR_SIZES, &sizes);
    else
        a->st = MakeSignature(&r->c, 0, &list, 0);
    return NULL;
}

static void legs(void **state)
{
    (void)state;
    static crowd c;
    static racer a[4];
    start(&c.r);
    assert_int_equal(pthread_barrier_init(&c.all, NULL, 4), 0);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t id[4];
        assert_int_equal(sspi_client_leg(&c.r, P), SEC_I_CONTINUE_NEEDED);
        assert_int_equal(sspi_server_leg(&c.r, 0), SEC_I_CONTINUE_NEEDED);
        for (int i = 0; i < 4; i++) {
            a[i] = (racer){ .c = &c, .what = i };
            assert_int_equal(pthread_create(&id[i], NULL, race, &a[i]), 0);
        }
        for (int i = 0; i < 4; i++)
            pthread_join(id[i], NULL);
        /* one of them has the leg, the other comes behind the end */
        assert_true((a[0].st == SEC_E_OK && a[1].st == SEC_E_OUT_OF_SEQUENCE) ||
                    (a[1].st == SEC_E_OK && a[0].st == SEC_E_OUT_OF_SEQUENCE));
        for (int i = 2; i < 4; i++)
            assert_true(a[i].st == SEC_E_OK || a[i].st == SEC_E_INVALID_HANDLE);
        sspi_rig_reset(&c.r);
    }
    pthread_barrier_destroy(&c.all);
    sspi_rig_clear(&c.r);
}

/* ---- one credential in many hands: legs with it, its name, its last failure, new parts, and its end ---- */

static bool fine(SECURITY_STATUS st, SECURITY_STATUS want)
{
    return st == want || st == SEC_E_INVALID_HANDLE; /* freed */
}

static void *use_credential(void *self)
{
    member *m = self;
    SEC_WINNT_AUTH_IDENTITY_A id = sspi_identity();
    for (int i = 0; i < ROUNDS && !m->wrong; i++) {
        uint8_t up[4096], junk[40] = "NTLMSSP";
        SecBuffer to = { sizeof up, SECBUFFER_TOKEN, up }, in = { sizeof junk, SECBUFFER_TOKEN, junk };
        SecBufferDesc to_list = { 0, 1, &to }, in_list = { 0, 1, &in };
        CtxtHandle c;
        SecPkgContext_TrothError error;
        SecPkgCredentials_NamesA name;
        CredHandle *h = &m->c->r.client;
        SECURITY_STATUS st = InitializeSecurityContextA(h, NULL, NULL, P, 0, 0, NULL, 0, &c, &to_list, NULL, NULL);
        if (!fine(st, SEC_I_CONTINUE_NEEDED) || (st >= 0 && DeleteSecurityContext(&c)))
            m->wrong = "a first leg";
        to.cbBuffer = sizeof up;
        if (!fine(AcceptSecurityContext(h, NULL, &in_list, 0, 0, &c, &to_list, NULL, NULL), SEC_E_INVALID_TOKEN))
            m->wrong = "a bad first leg";
        st = QueryCredentialsAttributesA(h, SECPKG_ATTR_TROTH_ERROR, &error);
        if (!fine(st, SEC_E_OK) || (!st && FreeContextBuffer((void *)(uintptr_t)error.GssText)))
            m->wrong = "why";
        st = QueryCredentialsAttributesA(h, SECPKG_CRED_ATTR_NAMES, &name);
        if (!fine(st, SEC_E_OK) || (!st && FreeContextBuffer(name.sUserName)))
            m->wrong = "whose";
        if (m->number == 1 &&
            !fine(AddCredentialsA(h, NULL, (SEC_CHAR *)(uintptr_t) "NTLM", SECPKG_CRED_OUTBOUND, &id, NULL, NULL, NULL),
                  SEC_E_UNSUPPORTED_FUNCTION))
            m->wrong = "add";
        if (i == ROUNDS / 2 && m->number == 0 && FreeCredentialsHandle(h))
            m->wrong = "free";
    }
    return NULL;
}

static void credential(void **state)
{
    (void)state;
    static crowd c;
    pthread_t id[THREADS];
    member m[THREADS];
    SEC_WINNT_AUTH_IDENTITY_A user = sspi_identity();
    start(&c.r);
    assert_int_equal(FreeCredentialsHandle(&c.r.client), SEC_E_OK);
    assert_int_equal(sspi_acquire("NTLM", SECPKG_CRED_BOTH, &user, &c.r.client), SEC_E_OK);
    for (unsigned i = 0; i < THREADS; i++) {
        m[i] = (member){ .c = &c, .number = i };
        assert_int_equal(pthread_create(&id[i], NULL, use_credential, &m[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(id[i], NULL), 0);
    c.r.client = (CredHandle){ 0, 0 };
    for (unsigned i = 0; i < THREADS; i++)
        if (m[i].wrong)
            fail_msg("thread %u: %s", i, m[i].wrong);
    sspi_rig_clear(&c.r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(handles), cmocka_unit_test(legs),
                                        cmocka_unit_test(credential) };
    return cmocka_run_group_tests_name("sspi/threads", tests, NULL, NULL);
}
