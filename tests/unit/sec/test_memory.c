#include <sec/context.h>
#include <string.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <support/pair.h>
#include <support/test.h>

/* What an exchange and a message came to, with the n-th allocation failing. */
typedef struct outcome {
    troth_status st;
    uint8_t key[16];
    bool has_key;
} outcome;

static troth_status one_message(troth_context *from, troth_context *to)
{
    uint8_t data[6] = "hello", token[FAKE_TOKEN];
    troth_segment seg = { TROTH_SEG_DATA, data, 6 };
    troth_message m = { .segs = &seg, .n_segs = 1, .token = token, .token_len = sizeof token };
    troth_status st = troth_context_protect(from, TROTH_FORM_SEAL, &m, 1, NULL);
    if (!st)
        st = troth_context_unprotect(to, TROTH_FORM_SEAL, &m, 1, NULL);
    if (!st)
        assert_memory_equal(data, "hello", 6);
    return st;
}

static troth_status contexts(troth_cred *cred, const char *mech, troth_context **i, troth_context **a)
{
    troth_context_options o = { .mech = mech,
                                .require = TROTH_F_CONFIDENTIALITY | TROTH_F_MUTUAL | TROTH_F_DELEGATE,
                                .target = "host/server",
                                .bindings = { (const uint8_t *)"tls-server-end-point:x", 22 } };
    troth_status st = troth_context_new(cred, &o, i);
    o.role = TROTH_ACCEPTOR;
    return st ? st : troth_context_new(cred, &o, a);
}

static outcome exchange(test_env *t, troth_mech_id id)
{
    fake_mech f;
    fake_mech_init(&f, id);
    outcome o = { 0 };
    troth_cred_source src = { .mech = f.mech.name };
    troth_cred *cred = NULL, *delegated = NULL;
    troth_job *job = NULL;
    troth_context *i = NULL, *a = NULL;
    o.st = troth_cred_new(&t->env, &f.table, TROTH_USE_BOTH, &src, 1, &cred);
    if (!o.st)
        o.st = troth_cred_job(cred, 1, &job);
    if (!o.st) {
        troth_job_run(job);
        o.st = troth_cred_ready(cred, NULL);
    }
    troth_job_free(job);
    if (!o.st)
        o.st = contexts(cred, f.mech.name, &i, &a);
    if (!o.st)
        o.st = pair_shake(&t->env, &i, &a, NULL);
    if (!o.st)
        o.st = one_message(i, a);
    if (!o.st && id == TROTH_MECH_KERBEROS)
        o.st = troth_context_delegated(a, &delegated);
    troth_bytes key;
    if (!o.st && !troth_context_session_key(i, &key)) {
        memcpy(o.key, key.data, sizeof o.key);
        o.has_key = true;
    }
    troth_cred_unref(delegated);
    troth_context_free(i);
    troth_context_free(a);
    troth_cred_unref(cred);
    assert_int_equal(atomic_load(&f.inits), atomic_load(&f.clears));
    assert_int_equal(atomic_load(&f.acquired), atomic_load(&f.released));
    return o;
}

/* The key of a seed is known from the first, undisturbed run: afterwards it must never lie in memory that was released. */
static void every_allocation(troth_mech_id id, size_t at_least)
{
    test_env t;
    test_env_init(&t);
    t.seed = 4711;
    outcome good = exchange(&t, id);
    assert_int_equal(good.st, TROTH_OK);
    assert_true(good.has_key);
    test_env_check(&t);
    size_t total = atomic_load(&t.allocs);
    assert_true(total >= at_least);
    for (size_t n = 1; n <= total + 1; n++) {
        test_env_init(&t);
        t.seed = 4711;
        t.fail_at = n;
        test_env_secret(&t, good.key, 8);
        outcome o = exchange(&t, id);
        assert_int_equal(o.st, n <= total ? TROTH_NO_MEMORY : TROTH_OK);
        test_env_check(&t);
    }
}

static void kerberos_like(void **state)
{
    (void)state;
    every_allocation(TROTH_MECH_KERBEROS, 25);
}

static void ntlm_like(void **state)
{
    (void)state;
    every_allocation(TROTH_MECH_NTLM, 25);
}

/* An acceptor that has only just been made must hold little of ours. */
static void half_open_is_small(void **state)
{
    (void)state;
    test_env t;
    test_env_init(&t);
    fake_mech f;
    fake_mech_init(&f, TROTH_MECH_NTLM);
    troth_cred *cred = fake_cred(&f, &t.env, TROTH_USE_BOTH, NULL);
    size_t before = atomic_load(&t.held);
    troth_context_options o = { .role = TROTH_ACCEPTOR, .mech = "ntlm" };
    troth_context *c = NULL;
    assert_int_equal(troth_context_new(cred, &o, &c), TROTH_OK);
    assert_true(atomic_load(&t.held) - before < 4096);
    troth_context_free(c);
    troth_cred_unref(cred);
    test_env_check(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kerberos_like),
        cmocka_unit_test(ntlm_like),
        cmocka_unit_test(half_open_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
