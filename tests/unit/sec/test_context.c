#include <sec/context.h>
#include <string.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <support/pair.h>
#include <support/test.h>

typedef struct world {
    test_env t;
    fake_mech f;
    troth_cred *cred;
    troth_context_options opts;
    troth_context *i, *a;
} world;

static void begin(world *w, troth_mech_id id)
{
    *w = (world){ 0 };
    test_env_init(&w->t);
    fake_mech_init(&w->f, id);
    w->cred = fake_cred(&w->f, &w->t.env, TROTH_USE_BOTH, NULL);
    w->opts = (troth_context_options){ .mech = w->f.mech.name, .require = TROTH_F_CONFIDENTIALITY };
}

static void end(world *w)
{
    troth_context_free(w->i);
    troth_context_free(w->a);
    troth_cred_unref(w->cred);
    assert_int_equal(atomic_load(&w->f.inits), atomic_load(&w->f.clears));
    assert_int_equal(atomic_load(&w->f.acquired), atomic_load(&w->f.released));
    test_env_check(&w->t);
}

static void make(world *w)
{
    pair_make(w->cred, w->cred, &w->opts, &w->i, &w->a);
}

static void nothing_is_known(const world *w, const troth_context *c)
{
    troth_facts f = troth_context_facts(c);
    assert_int_equal(f.outer, w->f.mech.id);
    assert_int_equal(f.mech, TROTH_MECH_NONE);
    assert_int_equal(f.attributes, 0);
    assert_string_equal(f.peer.name, "");
    assert_string_equal(f.self.account, "");
    assert_string_equal(f.detail, "");
    assert_true(f.expiry == UINT64_MAX);
}

static void kerberos_like(void **state)
{
    (void)state;
    world w;
    begin(&w, TROTH_MECH_KERBEROS);
    w.opts.require |= TROTH_F_MUTUAL | TROTH_F_DELEGATE;
    w.f.expiry = 99;
    make(&w);
    nothing_is_known(&w, w.i);
    unsigned tokens = 0;
    assert_int_equal(pair_shake(&w.t.env, &w.i, &w.a, &tokens), TROTH_OK);
    assert_int_equal(tokens, 2);
    troth_facts f = troth_context_facts(w.i), g = troth_context_facts(w.a);
    assert_int_equal(f.mech, TROTH_MECH_KERBEROS);
    assert_int_equal(f.attributes, g.attributes);
    assert_true(f.attributes & TROTH_F_INTEGRITY); /* implied */
    assert_true(f.attributes & TROTH_F_DELEGATE);
    assert_string_equal(f.peer.name, "alice@FAKE");
    assert_string_equal(g.peer.name, "alice@FAKE");
    assert_string_equal(g.peer.account, "alice");
    assert_string_equal(g.peer.authority, "FAKE");
    assert_int_equal(f.legs, 2);
    assert_int_equal(g.legs, 2);
    assert_true(f.expiry == 99);
    assert_string_equal(troth_context_state(w.i), "open");
    troth_bytes k, l;
    assert_int_equal(troth_context_session_key(w.i, &k), TROTH_OK);
    assert_int_equal(troth_context_session_key(w.a, &l), TROTH_OK);
    assert_int_equal(k.len, 16);
    assert_memory_equal(k.data, l.data, 16);
    troth_cred *delegated = NULL;
    assert_int_equal(troth_context_delegated(w.i, &delegated), TROTH_NO_CRED);
    assert_int_equal(troth_context_delegated(w.a, &delegated), TROTH_OK);
    assert_int_equal(troth_cred_ready(delegated, NULL), TROTH_OK);
    troth_cred_unref(delegated);
    end(&w);
}

static void ntlm_like(void **state)
{
    (void)state;
    world w;
    begin(&w, TROTH_MECH_NTLM);
    w.opts.require |= TROTH_F_MUTUAL; /* which it cannot have: absent, and no failure */
    make(&w);
    unsigned tokens = 0;
    assert_int_equal(pair_shake(&w.t.env, &w.i, &w.a, &tokens), TROTH_OK);
    assert_int_equal(tokens, 3);
    assert_false(troth_context_facts(w.i).attributes & TROTH_F_MUTUAL);
    assert_string_equal(troth_context_facts(w.i).peer.name, "");
    assert_string_equal(troth_context_facts(w.a).peer.name, "FAKE\\alice");
    assert_string_equal(troth_context_facts(w.i).self.name, "FAKE\\alice");
    end(&w);
}

static void refused_options(void **state)
{
    (void)state;
    world w;
    begin(&w, TROTH_MECH_NTLM);
    w.opts.require = TROTH_F_DATAGRAM | TROTH_F_CONNECTION;
    assert_int_equal(troth_context_new(w.cred, &w.opts, &w.i), TROTH_UNSUPPORTED);
    w.opts.require = 0;
    w.opts.mech = "kerberos";
    assert_int_equal(troth_context_new(w.cred, &w.opts, &w.i), TROTH_INVALID); /* not in the table */
    w.opts.mech = NULL;
    assert_int_equal(troth_context_new(w.cred, &w.opts, &w.i), TROTH_INVALID);
    w.opts.mech = "ntlm";
    w.opts.bindings.len = 5;
    assert_int_equal(troth_context_new(w.cred, &w.opts, &w.i), TROTH_INVALID);
    assert_null(w.i);
    end(&w);
}

static void no_credential(void **state)
{
    (void)state;
    world w;
    begin(&w, TROTH_MECH_NTLM);
    troth_cred_source src = { .mech = "ntlm" };
    troth_cred *raw = NULL, *initiate = fake_cred(&w.f, &w.t.env, TROTH_USE_INITIATE, NULL);
    assert_int_equal(troth_cred_new(&w.t.env, &w.f.table, TROTH_USE_BOTH, &src, 1, &raw), TROTH_OK);
    assert_int_equal(troth_context_new(raw, &w.opts, &w.i), TROTH_NO_CRED); /* not acquired */
    w.opts.role = TROTH_ACCEPTOR;
    assert_int_equal(troth_context_new(initiate, &w.opts, &w.i), TROTH_NO_CRED); /* not for this side */
    assert_null(w.i);
    troth_cred_unref(raw);
    troth_cred_unref(initiate);
    end(&w);
}

static void options_are_copied(void **state)
{
    (void)state;
    world w;
    begin(&w, TROTH_MECH_NTLM);
    char target[] = "host/server", bindings[] = "tls-server-end-point:xyz";
    w.opts.target = target;
    w.opts.bindings = (troth_bytes){ (uint8_t *)bindings, strlen(bindings) };
    make(&w);
    memset(target, 'x', 3);
    memset(bindings, 'x', 3);
    assert_string_equal(w.i->opts.target, "host/server");
    assert_memory_equal(w.i->opts.bindings.data, "tls-server-end-point:xyz", 24);
    assert_int_equal(pair_shake(&w.t.env, &w.i, &w.a, NULL), TROTH_OK);
    assert_true(troth_context_facts(w.i).attributes & TROTH_F_BOUND);
    assert_true(troth_context_facts(w.a).attributes & TROTH_F_BOUND);
    end(&w);
}

static void before_it_is_complete(void **state)
{
    (void)state;
    world w;
    begin(&w, TROTH_MECH_NTLM);
    make(&w);
    uint8_t data[4] = "abc", token[FAKE_TOKEN];
    troth_segment seg = { TROTH_SEG_DATA, data, 4 };
    troth_message m = { .segs = &seg, .n_segs = 1, .token = token, .token_len = sizeof token };
    troth_block t = { 0 };
    troth_step step;
    for (unsigned legs = 0; legs < 2; legs++) {
        size_t done = 9;
        assert_int_equal(troth_context_protect(w.i, TROTH_FORM_SEAL, &m, 1, &done), TROTH_BAD_STATE);
        assert_int_equal(done, 0);
        assert_int_equal(troth_context_unprotect(w.i, TROTH_FORM_SEAL, &m, 1, &done), TROTH_BAD_STATE);
        assert_string_equal((char *)data, "abc");
        assert_int_equal(troth_context_token_size(w.i, TROTH_FORM_SEAL, 4), 0);
        troth_bytes k;
        troth_cred *c;
        troth_record r;
        assert_int_equal(troth_context_session_key(w.i, &k), TROTH_BAD_STATE);
        assert_int_equal(troth_context_delegated(w.i, &c), TROTH_BAD_STATE);
        assert_int_equal(troth_context_record_open(w.i, (troth_bytes){ data, 4 }, &r), TROTH_BAD_STATE);
        assert_int_equal(troth_context_record_seal(w.i, (troth_bytes){ data, 4 }, &k), TROTH_BAD_STATE);
        nothing_is_known(&w, w.i);
        if (!legs)
            assert_int_equal(pair_leg(&w.t.env, &w.i, true, &t, &step), TROTH_OK);
    }
    assert_string_equal(troth_context_state(w.i), "half open");
    troth_mem_drop(&w.t.env, &t);
    end(&w);
}

static void after_it_is_complete(void **state)
{
    (void)state;
    world w;
    begin(&w, TROTH_MECH_NTLM);
    make(&w);
    assert_int_equal(pair_shake(&w.t.env, &w.i, &w.a, NULL), TROTH_OK);
    troth_job *job = NULL;
    troth_block token = { 0 };
    assert_int_equal(troth_mem_keep(&w.t.env, "FAKE", 4, &token), TROTH_OK);
    assert_int_equal(troth_context_job(w.i, &token, 1, &job), TROTH_BAD_STATE);
    assert_null(job);
    assert_int_equal(token.len, 4); /* nothing has moved */
    troth_mem_drop(&w.t.env, &token);
    assert_string_equal(troth_context_state(w.i), "open"); /* and the context is as it was */
    troth_record r;
    assert_int_equal(troth_context_record_open(w.i, (troth_bytes){ 0 }, &r), TROTH_UNSUPPORTED);
    assert_int_equal(troth_context_record_need(w.i, (troth_bytes){ 0 }), 0);
    end(&w);
}

static void failing_leg(troth_role role, unsigned leg)
{
    world w;
    begin(&w, TROTH_MECH_NTLM);
    w.f.fail_role = role;
    w.f.fail_leg = leg;
    w.f.fail_status = TROTH_DENIED;
    w.f.fail_major = 0x70000;
    w.f.fail_minor = 7;
    make(&w);
    assert_int_equal(pair_shake(&w.t.env, &w.i, &w.a, NULL), TROTH_DENIED);
    troth_context *c = role == TROTH_INITIATOR ? w.i : w.a;
    const troth_error *e = troth_context_error(c);
    assert_int_equal(e->code, TROTH_DENIED);
    assert_int_equal(e->gss_major, 0x70000);
    assert_int_equal(e->gss_minor, 7);
    assert_string_equal(e->where, "fake step");
    assert_string_equal(troth_context_state(c), "failed");
    nothing_is_known(&w, c);
    troth_context_fail(c, TROTH_LIMIT, 0, 0, "later");
    assert_int_equal(e->code, TROTH_DENIED); /* the first one sticks */
    troth_job *job = NULL;
    assert_int_equal(troth_context_job(c, NULL, 1, &job), TROTH_BAD_STATE);
    end(&w);
}

static void failing(void **state)
{
    (void)state;
    failing_leg(TROTH_INITIATOR, 1);
    failing_leg(TROTH_ACCEPTOR, 1);
    failing_leg(TROTH_ACCEPTOR, 2);
    failing_leg(TROTH_INITIATOR, 2);
    failing_leg(TROTH_INITIATOR, 3);
    failing_leg(TROTH_ACCEPTOR, 3);
}

static void no_token_to_go_on_with(void **state)
{
    (void)state;
    world w;
    begin(&w, TROTH_MECH_NTLM);
    w.f.empty_token = true;
    make(&w);
    assert_int_equal(pair_shake(&w.t.env, &w.i, &w.a, NULL), TROTH_MECHANISM);
    assert_string_equal(troth_context_state(w.i), "failed");
    end(&w);
}

static void usable_datagrams(void **state)
{
    (void)state;
    world w;
    begin(&w, TROTH_MECH_NTLM);
    w.f.empty_token = true;
    w.opts.require |= TROTH_F_DATAGRAM;
    make(&w);
    troth_block t = { 0 };
    troth_step step;
    assert_int_equal(pair_leg(&w.t.env, &w.i, true, &t, &step), TROTH_OK);
    assert_int_equal(step, TROTH_STEP_MORE);
    assert_int_equal(t.len, 0);
    assert_string_equal(troth_context_state(w.i), "usable");
    assert_true(troth_context_complete(w.i));
    nothing_is_known(&w, w.i);
    uint8_t data[4] = "abc", token[FAKE_TOKEN];
    troth_segment seg = { TROTH_SEG_DATA, data, 4 };
    troth_message m = { .segs = &seg, .n_segs = 1, .token = token, .token_len = sizeof token, .seq = 5 };
    assert_int_equal(troth_context_protect(w.i, TROTH_FORM_WRAP, &m, 1, NULL), TROTH_OK);
    end(&w);
}

static void holds_its_credential(void **state)
{
    (void)state;
    world w;
    begin(&w, TROTH_MECH_NTLM);
    make(&w);
    troth_cred_unref(w.cred);
    w.cred = NULL;
    assert_int_equal(atomic_load(&w.f.released), 0);
    assert_int_equal(pair_shake(&w.t.env, &w.i, &w.a, NULL), TROTH_OK);
    end(&w);
    troth_context_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kerberos_like),        cmocka_unit_test(ntlm_like),
        cmocka_unit_test(refused_options),      cmocka_unit_test(no_credential),
        cmocka_unit_test(options_are_copied),   cmocka_unit_test(before_it_is_complete),
        cmocka_unit_test(after_it_is_complete), cmocka_unit_test(failing),
        cmocka_unit_test(usable_datagrams),     cmocka_unit_test(no_token_to_go_on_with),
        cmocka_unit_test(holds_its_credential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
