/* One thread encrypts while another decrypts, on the same two streams, and others ask; for the thread sanitizer above all. */
#include <pthread.h>
#include <unit/sspi/schan.h>

enum { MESSAGES = 300, TEXT = 64, ALL = 2048 };

/* Records of one direction, in order: a buffer between two threads. */
typedef struct pipe_of {
    pthread_mutex_t lock;
    pthread_cond_t more;
    uint8_t record[4][ALL];
    size_t n[4], first, count;
} pipe_of;

typedef struct way {
    schan *s;
    int from;
    pipe_of *pipe;
    SECURITY_STATUS status; /* the first that was no success */
    bool garbled;
} way;

static void put(pipe_of *p, const void *record, size_t n)
{
    pthread_mutex_lock(&p->lock);
    while (p->count == 4)
        pthread_cond_wait(&p->more, &p->lock);
    size_t at = (p->first + p->count++) % 4;
    memcpy(p->record[at], record, n);
    p->n[at] = n;
    pthread_cond_broadcast(&p->more);
    pthread_mutex_unlock(&p->lock);
}

static size_t get(pipe_of *p, uint8_t *record)
{
    pthread_mutex_lock(&p->lock);
    while (!p->count)
        pthread_cond_wait(&p->more, &p->lock);
    size_t n = p->n[p->first];
    memcpy(record, p->record[p->first], n);
    p->first = (p->first + 1) % 4;
    p->count--;
    pthread_cond_broadcast(&p->more);
    pthread_mutex_unlock(&p->lock);
    return n;
}

static void *sender(void *arg)
{
    way *w = arg;
    for (int i = 0; i < MESSAGES && !w->status; i++) {
        enum { HEADER = 5, TRAILER = ALL - HEADER - TEXT };
        uint8_t m[ALL];
        memset(m + HEADER, i, TEXT);
        SecBuffer b[3] = { { HEADER, SECBUFFER_STREAM_HEADER, m },
                           { TEXT, SECBUFFER_DATA, m + HEADER },
                           { TRAILER, SECBUFFER_STREAM_TRAILER, m + HEADER + TEXT } };
        SecBufferDesc list = { SECBUFFER_VERSION, 3, b };
        w->status = EncryptMessage(&w->s->h[w->from], 0, &list, 0);
        if (!w->status)
            put(w->pipe, m, b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer);
    }
    if (w->status)
        put(w->pipe, "", 0);
    return NULL;
}

static void *receiver(void *arg)
{
    way *w = arg;
    for (int i = 0; i < MESSAGES && !w->status; i++) {
        uint8_t m[ALL];
        size_t n = get(w->pipe, m);
        SecBuffer b[4] = { { (ULONG)n, SECBUFFER_DATA, m } };
        SecBufferDesc list = { SECBUFFER_VERSION, 4, b };
        w->status = n ? DecryptMessage(&w->s->h[!w->from], &list, 0, NULL) : SEC_E_INTERNAL_ERROR;
        w->garbled |= !w->status && (b[1].cbBuffer != TEXT || ((uint8_t *)b[1].pvBuffer)[TEXT - 1] != (uint8_t)i);
    }
    return NULL;
}

/* Questions, calls without input, and wishes meanwhile; none of them disturbs a message. */
static void *curious(void *arg)
{
    way *w = arg;
    CtxtHandle *h = &w->s->h[w->from];
    static char label[] = "EXPERIMENTAL tests";
    for (int i = 0; i < MESSAGES / 4 && !w->status; i++) {
        SecPkgContext_ConnectionInfo info;
        SecPkgContext_KeyingMaterialInfo wish = { sizeof label, label, 0, NULL, 32 };
        SecPkgContext_KeyingMaterial k;
        SecPkgContext_TrothError e;
        w->status = QueryContextAttributesA(h, SECPKG_ATTR_CONNECTION_INFO, &info);
        if (!w->status)
            w->status = SetContextAttributesA(h, SECPKG_ATTR_KEYING_MATERIAL_INFO, &wish, sizeof wish);
        if (!w->status)
            w->status = QueryContextAttributesA(h, SECPKG_ATTR_KEYING_MATERIAL, &k);
        if (!w->status)
            w->status = FreeContextBuffer(k.pbKeyingMaterial);
        if (!w->status)
            w->status = QueryContextAttributesA(h, SECPKG_ATTR_TROTH_ERROR, &e);
        uint8_t room[ALL];
        SecBuffer out = { sizeof room, SECBUFFER_TOKEN, room };
        SecBufferDesc list = { SECBUFFER_VERSION, 1, &out };
        ULONG ret;
        w->garbled |= (w->from ? AcceptSecurityContext(NULL, h, NULL, 0, 0, h, &list, &ret, NULL)
                               : InitializeSecurityContextA(NULL, h, NULL, 0, 0, 0, NULL, 0, h, &list, &ret, NULL)) !=
                      SEC_E_OUT_OF_SEQUENCE;
    }
    return NULL;
}

static void both_ways_at_once(void **state)
{
    (void)state;
    for (int v = 0; v < 2; v++) {
        schan s;
        pthread_t id[6];
        static void *(*const work[3])(void *) = { sender, receiver, curious };
        static pipe_of pipes[2];
        way ways[6];
        schan_open(&s, v ? SP_PROT_TLS1_3_CLIENT : SP_PROT_TLS1_2_CLIENT);
        memset(pipes, 0, sizeof pipes);
        for (int i = 0; i < 2; i++) {
            pthread_mutex_init(&pipes[i].lock, NULL);
            pthread_cond_init(&pipes[i].more, NULL);
        }
        for (int i = 0; i < 6; i++) {
            ways[i] = (way){ .s = &s, .from = i & 1, .pipe = &pipes[i & 1] };
            assert_int_equal(pthread_create(&id[i], NULL, work[i / 2], &ways[i]), 0);
        }
        for (int i = 0; i < 6; i++) {
            assert_int_equal(pthread_join(id[i], NULL), 0);
            assert_int_equal(ways[i].status, SEC_E_OK);
            assert_false(ways[i].garbled);
        }
        schan_say(&s, 0, "on");
        schan_say(&s, 1, "and on");
        for (int i = 0; i < 2; i++) {
            pthread_mutex_destroy(&pipes[i].lock);
            pthread_cond_destroy(&pipes[i].more);
        }
        schan_clear(&s);
    }
}

typedef struct racer {
    schan *s;
    uint8_t *octets;
    size_t n;
    SECURITY_STATUS status;
} racer;

static void *race(void *arg)
{
    racer *r = arg;
    uint8_t room[8192];
    ULONG ret;
    CtxtHandle h = r->s->h[1];
    SecBuffer in[2] = { { (ULONG)r->n, SECBUFFER_TOKEN, r->octets } }, out = { sizeof room, SECBUFFER_TOKEN, room };
    SecBufferDesc in_list = { SECBUFFER_VERSION, 2, in }, list = { SECBUFFER_VERSION, 1, &out };
    r->status = AcceptSecurityContext(NULL, &h, &in_list, 0, 0, &h, &list, &ret, NULL);
    return NULL;
}

/* Two threads with the last leg of one stream: one has it, for the other it was too late. */
static void one_leg_twice(void **state)
{
    (void)state;
    schan s;
    schan_usual(&s, SP_PROT_TLS1_3_CLIENT);
    schan_acquire(&s);
    for (int round = 0; round < 30; round++) {
        pthread_t id[2];
        racer a[2];
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
        schan_arrive(&s, 1);
        assert_int_equal(schan_call(&s, 1, SCHAN_ROOM), SEC_I_CONTINUE_NEEDED);
        schan_arrive(&s, 0);
        assert_int_equal(schan_call(&s, 0, SCHAN_ROOM), SEC_E_OK);
        for (int i = 0; i < 2; i++) {
            a[i] = (racer){ &s, schan_copy(s.in[1].data, s.in[1].len), s.in[1].len, 0 };
            assert_int_equal(pthread_create(&id[i], NULL, race, &a[i]), 0);
        }
        for (int i = 0; i < 2; i++) {
            pthread_join(id[i], NULL);
            free(a[i].octets);
        }
        assert_true((a[0].status == SEC_E_OK) != (a[1].status == SEC_E_OK));
        assert_true(a[0].status == SEC_E_OUT_OF_SEQUENCE || a[1].status == SEC_E_OUT_OF_SEQUENCE);
        s.in[1].len = s.here[1] = 0;
        schan_say(&s, 0, "on");
        schan_reset(&s);
    }
    schan_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(both_ways_at_once), cmocka_unit_test(one_leg_twice) };
    return cmocka_run_group_tests_name("sspi/schannel_threads", tests, NULL, NULL);
}
