/* An export while another thread encrypts: what the old context has sent and what the new one sends are one sequence. */
#include "schan.h"
#include <pthread.h>
#include <stdatomic.h>
#include <support/carry.h>
#include <support/sspi.h>

enum { MOST = 4000 };

typedef struct sender {
    CtxtHandle *context;
    carried *sent;
    atomic_size_t n;
    SECURITY_STATUS end;
} sender;

static void *send_until_gone(void *arg)
{
    sender *s = arg;
    for (size_t i = 0; i < MOST; i++) {
        s->end = carry_seal(s->context, 0, &s->sent[i]);
        if (s->end)
            break;
        atomic_fetch_add(&s->n, 1);
    }
    return NULL;
}

static void one_sequence(void **state)
{
    (void)state;
    sspi_rig r;
    carry k;
    pthread_t thread;
    SecBuffer blob;
    CtxtHandle fresh;
    carried more;
    sspi_rig_init(&r, NULL);
    carry_init(&k);
    sspi_rig_acquire(&r, "NTLM");
    assert_true(sspi_shake(&r, ISC_REQ_CONFIDENTIALITY, 0));
    sender s = { .context = &(CtxtHandle){ r.c.dwLower, r.c.dwUpper }, .sent = calloc(MOST, sizeof(carried)) };
    assert_non_null(s.sent);
    assert_int_equal(pthread_create(&thread, NULL, send_until_gone, &s), 0);
    while (atomic_load(&s.n) < 50)
        usleep(100);
    assert_int_equal(carry_export(&r.c, SECPKG_CONTEXT_EXPORT_DELETE_OLD, &blob), SEC_E_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(s.end == SEC_E_INVALID_HANDLE || s.n == MOST);
    assert_int_equal(carry_import("NTLM", &blob, &fresh), SEC_E_OK);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    for (size_t i = 0; i < s.n; i++)
        assert_int_equal(carry_open(&r.s, &s.sent[i]), SEC_E_OK);
    assert_int_equal(carry_seal(&fresh, 0, &more), SEC_E_OK);
    assert_int_equal(carry_open(&r.s, &more), SEC_E_OK);
    r.c = fresh;
    free(s.sent);
    sspi_rig_clear(&r);
    carry_clear(&k);
}

typedef struct importer {
    SecBuffer blob;
    CtxtHandle context;
    SECURITY_STATUS status;
} importer;

static void *import_it(void *arg)
{
    importer *i = arg;
    i->status = carry_import("NTLM", &i->blob, &i->context);
    return NULL;
}

/* Several threads with the same blob: one gets it. */
static void one_import(void **state)
{
    (void)state;
    enum { THREADS = 6 };
    sspi_rig r;
    carry k;
    importer all[THREADS] = { 0 };
    pthread_t threads[THREADS];
    SecBuffer blob;
    int good = 0;
    sspi_rig_init(&r, NULL);
    carry_init(&k);
    sspi_rig_acquire(&r, "NTLM");
    assert_true(sspi_shake(&r, ISC_REQ_CONFIDENTIALITY, 0));
    assert_int_equal(carry_export(&r.c, 0, &blob), SEC_E_OK);
    for (int i = 0; i < THREADS; i++) {
        all[i].blob = blob;
        assert_int_equal(pthread_create(&threads[i], NULL, import_it, &all[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        good += all[i].status == SEC_E_OK;
        if (all[i].status)
            assert_int_equal(all[i].status, SEC_E_INVALID_TOKEN);
        else
            assert_int_equal(DeleteSecurityContext(&all[i].context), SEC_E_OK);
    }
    assert_int_equal(good, 1);
    assert_int_equal(FreeContextBuffer(blob.pvBuffer), SEC_E_OK);
    sspi_rig_clear(&r);
    carry_clear(&k);
}

/* ---- a stream, which cannot be exported: its calls and an export must not wait for each other for ever ---- */

enum { ROUNDS = 20000 };

static void *receive(void *arg)
{
    schan *s = arg;
    uint8_t front[] = { 23, 3, 3 };
    for (int i = 0; i < ROUNDS; i++) {
        SecBuffer b[4] = { { sizeof front, SECBUFFER_DATA, front } };
        SecBufferDesc list = { SECBUFFER_VERSION, 4, b };
        if (DecryptMessage(&s->h[SCHAN_CLIENT], &list, 0, NULL) != SEC_E_INCOMPLETE_MESSAGE)
            return s;
    }
    return NULL;
}

static void *flush(void *arg)
{
    schan *s = arg;
    uint8_t room[512];
    for (int i = 0; i < ROUNDS; i++) {
        CtxtHandle h = s->h[SCHAN_CLIENT];
        SecBuffer out = { sizeof room, SECBUFFER_TOKEN, room };
        SecBufferDesc list = { SECBUFFER_VERSION, 1, &out };
        ULONG attributes;
        if (InitializeSecurityContextA(NULL, &h, NULL, 0, 0, 0, NULL, 0, &h, &list, &attributes, NULL) !=
            SEC_E_OUT_OF_SEQUENCE)
            return s;
    }
    return NULL;
}

static void a_stream(void **state)
{
    (void)state;
    schan s;
    pthread_t threads[2];
    schan_open(&s, 0);
    alarm(120);
    assert_int_equal(pthread_create(&threads[0], NULL, receive, &s), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, flush, &s), 0);
    for (int i = 0; i < ROUNDS; i++) {
        SecBuffer blob = { 0, SECBUFFER_EMPTY, NULL };
        SECURITY_STATUS st = ExportSecurityContext(&s.h[SCHAN_CLIENT], i & 3, &blob, NULL);
        assert_int_equal(st, SEC_E_UNSUPPORTED_FUNCTION);
    }
    for (int i = 0; i < 2; i++) {
        void *wrong;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    alarm(0);
    schan_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(one_sequence), cmocka_unit_test(one_import),
                                        cmocka_unit_test(a_stream) };
    return cmocka_run_group_tests_name("sspi/export_threads", tests, NULL, NULL);
}
