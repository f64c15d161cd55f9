/* No memory, at each place in turn; and what a connection holds. */
#include <mech/tls/inner.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/test.h>
#include <support/tls.h>

/* What OpenSSL holds, counted by its own hooks: they must be set before its first allocation. */
typedef struct header {
    size_t n;
    size_t pad;
} header;
static size_t held_by_openssl;

static void *count_malloc(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    header *h = malloc(sizeof *h + n);
    if (!h)
        return NULL;
    h->n = n;
    held_by_openssl += n;
    return h + 1;
}

static void count_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    if (!p)
        return;
    header *h = (header *)p - 1;
    held_by_openssl -= h->n;
    free(h);
}

static void *count_realloc(void *p, size_t n, const char *file, int line)
{
    if (!p)
        return count_malloc(n, file, line);
    header *h = (header *)p - 1;
    size_t old = h->n;
    h = realloc(h, sizeof *h + n);
    if (!h)
        return NULL;
    h->n = n;
    held_by_openssl += n - old;
    return h + 1;
}

/* Credential, handshake, a message each way, a binding; the status of what failed first. */
static troth_status whole(tls_talk *t, test_env *env)
{
    uint8_t room[64];
    size_t n;
    bool closed;
    troth_bytes b;
    troth_status st = TROTH_OK;
    troth_context *c[2] = { NULL, NULL };
    t->e = (tls_ends){ .env = &env->env };
    for (int i = 0; i < 2 && !st; i++) {
        troth_context_options o = t->opts[i];
        o.role = (troth_role)i;
        o.mech = "tls";
        st = troth_context_new(t->cred[i], &o, &c[i]);
        t->e.c[i] = c[i];
    }
    if (!st)
        st = tls_shake(&t->e);
    for (int i = 0; i < 2 && !st; i++) {
        st = tls_send(&t->e, (troth_role)i, "a message", 9);
        if (!st)
            st = tls_receive(&t->e, !i, room, sizeof room, &n, &closed);
        if (!st)
            assert_int_equal(n, 9);
        if (!st)
            st = troth_context_query(t->e.c[i], TROTH_QUERY_ENDPOINT_BINDINGS, &b);
    }
    tls_close(&t->e);
    return st;
}

static void each_allocation(void **state)
{
    (void)state;
    tls_talk t;
    tls_talk_init(&t);
    t.opts[1].require |= TROTH_F_MUTUAL;
    tls_talk_begin(&t, TLS_CLIENT, TLS_SERVER);
    tls_close(&t.e);
    test_env *env = &t.w.t;
    size_t held = env->held, n = 0;
    for (troth_status st = TROTH_NO_MEMORY; st; n++) {
        env->fail_at = env->allocs + n + 1;
        st = whole(&t, env);
        assert_true(st == TROTH_OK || st == TROTH_NO_MEMORY);
        assert_int_equal(env->held, held);
    }
    env->fail_at = 0;
    printf("tls: %zu allocations of ours in a handshake and a message each way\n", n - 1);
    assert_in_range(n, 20, 200);
    tls_talk_end(&t);
}

static void each_allocation_of_a_credential(void **state)
{
    (void)state;
    tls_world w;
    tls_world_open(&w);
    troth_tls_config config = { .trust_path = w.path[TLS_CA] };
    troth_cred_source src = { .mech = "tls", .kind = TROTH_CRED_PEM, .path = w.path[TLS_SERVER], .tls = &config };
    for (size_t n = 1;; n++) {
        troth_cred *cred = NULL;
        troth_job *job = NULL;
        w.t.fail_at = w.t.allocs + n;
        troth_status st = troth_cred_new(&w.t.env, &w.mechs, TROTH_USE_BOTH, &src, 1, &cred);
        if (!st)
            st = troth_cred_job(cred, 1, &job);
        if (!st) {
            troth_job_run(job);
            st = troth_cred_ready(cred, NULL);
        }
        troth_job_free(job);
        troth_cred_unref(cred);
        if (!st)
            break;
        assert_int_equal(st, TROTH_NO_MEMORY);
    }
    w.t.fail_at = 0;
    tls_world_close(&w);
}

/* A figure, not a test: what an idle connection costs us, and OpenSSL. But a fresh one is small: a peer that says nothing
 * may hold no more than 4 KiB of ours. */
static void what_a_connection_holds(void **state)
{
    (void)state;
    for (uint16_t v = 0x0303; v <= 0x0304; v++) {
        tls_talk t;
        tls_talk_init(&t);
        t.config[1].max_version = v;
        tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
        tls_close(&t.e);
        enum { PAIRS = 20 };
        tls_ends e[PAIRS] = { 0 };
        size_t ours = t.w.t.held, theirs = held_by_openssl;
        for (int i = 0; i < PAIRS; i++)
            tls_open(&t.w, &e[i], t.cred[0], t.cred[1], &t.opts[0], &t.opts[1]);
        size_t fresh = (t.w.t.held - ours) / PAIRS / 2;
        assert_in_range(fresh, 100, 4096);
        assert_int_equal(held_by_openssl, theirs);
        for (int i = 0; i < PAIRS; i++)
            assert_int_equal(tls_shake(&e[i]), TROTH_OK);
        for (int i = 0; i < PAIRS; i++)
            tls_say(&e[i], TROTH_INITIATOR, "a message");
        printf("tls: %s: a fresh context holds %zu octets of ours; one idle after a handshake and a message %zu, and "
               "%zu of "
               "OpenSSL's\n",
               v == 0x0303 ? "1.2" : "1.3", fresh, (t.w.t.held - ours) / PAIRS / 2,
               (held_by_openssl - theirs) / PAIRS / 2);
        for (int i = 0; i < PAIRS; i++)
            tls_close(&e[i]);
        assert_int_equal(t.w.t.held, ours);
        tls_talk_end(&t);
    }
}

/* Plaintext lies in no block that was given back. */
static void plaintext_is_wiped(void **state)
{
    (void)state;
    tls_talk t;
    tls_talk_init(&t);
    test_env_secret(&t.w.t, "my mother's maiden name", 23);
    tls_talk_begin(&t, TLS_NO_FILE, TLS_SERVER);
    assert_int_equal(tls_shake(&t.e), TROTH_OK);
    tls_say(&t.e, TROTH_INITIATOR, "my mother's maiden name");
    tls_say(&t.e, TROTH_ACCEPTOR, "my mother's maiden name");
    tls_talk_end(&t);
}

int main(void)
{
    if (!CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation),
        cmocka_unit_test(each_allocation_of_a_credential),
        cmocka_unit_test(what_a_connection_holds),
        cmocka_unit_test(plaintext_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
