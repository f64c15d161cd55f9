/* What a complete context is written down as, and what becomes of it. The octets are trusted, but read bounded. */
#include "pair.h"
#include <support/vectors.h>

static void open_pair(pair *p, troth_flags require)
{
    memset(p, 0, sizeof *p);
    test_env_init(&p->t);
    pair_open(p, &(pair_options){ .crequire = require, .target = "cifs/server" });
    pair_run(p);
    assert_int_equal(p->sstep, TROTH_STEP_DONE);
}

static void close_pair(pair *p)
{
    pair_close(p);
    test_env_check(&p->t);
}

static troth_status import(pair *p, const uint8_t *at, size_t n, troth_context **ret)
{
    return troth_context_import(&p->t.env, &pair_table, (troth_bytes){ at, n }, ret);
}

/* Write one side down and put what is made of it in its place. */
static void move(pair *p, troth_context **c)
{
    troth_block state;
    troth_context *made;
    troth_block again;
    assert_int_equal(troth_context_export(*c, &state), TROTH_OK);
    assert_int_equal(import(p, state.data, state.len, &made), TROTH_OK);
    assert_int_equal(troth_context_export(made, &again), TROTH_OK); /* nothing was lost */
    assert_int_equal(again.len, state.len);
    assert_memory_equal(again.data, state.data, state.len);
    troth_mem_drop(&p->t.env, &again);
    troth_mem_drop(&p->t.env, &state);
    troth_context_free(*c);
    *c = made;
}

static void talk(pair *p, troth_form form)
{
    assert_int_equal(pair_send(p->client, p->server, form, 3), TROTH_OK);
    assert_int_equal(pair_send(p->server, p->client, form, 3), TROTH_OK);
}

static void goes_on(void **state)
{
    (void)state;
    static const troth_flags levels[] = { TROTH_F_INTEGRITY, TROTH_F_CONFIDENTIALITY,
                                          TROTH_F_CONFIDENTIALITY | TROTH_F_DATAGRAM };
    for (size_t i = 0; i < 3; i++) {
        pair p;
        troth_form form = i ? TROTH_FORM_SEAL : TROTH_FORM_MIC;
        open_pair(&p, levels[i]);
        talk(&p, form);
        move(&p, &p.client);
        talk(&p, form);
        move(&p, &p.server);
        talk(&p, TROTH_FORM_MIC);
        talk(&p, form);
        close_pair(&p);
    }
}

static void facts_stay(void **state)
{
    (void)state;
    pair p;
    troth_bytes a, b;
    open_pair(&p, TROTH_F_CONFIDENTIALITY);
    troth_facts before = troth_context_facts(p.server);
    troth_flags attributes = before.attributes;
    move(&p, &p.server);
    troth_facts after = troth_context_facts(p.server);
    assert_int_equal(after.attributes, attributes);
    assert_int_equal(after.outer, TROTH_MECH_NTLM);
    assert_int_equal(after.mech, TROTH_MECH_NTLM);
    assert_int_equal(after.legs, 3);
    assert_string_equal(after.peer.name, "Domain\\User");
    assert_string_equal(after.peer.account, "User");
    assert_string_equal(after.detail, "rc4-hmac-md5-128");
    assert_int_equal(troth_context_query(p.server, TROTH_QUERY_CLIENT_TARGET, &a), TROTH_OK);
    assert_string_equal((const char *)a.data, "cifs/server");
    assert_int_equal(a.len, 11);
    assert_int_equal(troth_context_query(p.client, TROTH_QUERY_CLIENT_TARGET, &a), TROTH_UNSUPPORTED);
    assert_int_equal(troth_context_session_key(p.server, &a), TROTH_OK);
    assert_int_equal(troth_context_session_key(p.client, &b), TROTH_OK);
    assert_memory_equal(a.data, b.data, 16);
    assert_false(troth_context_may_step(p.server));
    close_pair(&p);
}

/* A prefix is never a context; a flipped bit may be one, and then can be used and destroyed like any other. */
static void mutated(const uint8_t *at, size_t n, void *arg)
{
    pair *p = arg;
    troth_context *made = NULL;
    troth_status st = import(p, at, n, &made);
    if (st)
        assert_null(made);
    else
        (void)pair_send(made, made, TROTH_FORM_SEAL, 1);
    troth_context_free(made);
}

static void edited(void **state)
{
    (void)state;
    pair p;
    troth_block text;
    troth_context *made;
    open_pair(&p, TROTH_F_CONFIDENTIALITY);
    for (int side = 0; side < 2; side++) {
        assert_int_equal(troth_context_export(side ? p.server : p.client, &text), TROTH_OK);
        for (size_t n = 0; n < text.len; n++)
            assert_int_not_equal(import(&p, text.data, n, &made), TROTH_OK);
        vectors_mutate(text.data, text.len, mutated, &p);
        uint8_t *longer = troth_mem_new(&p.t.env, text.len + 1);
        memcpy(longer, text.data, text.len);
        assert_int_equal(import(&p, longer, text.len + 1, &made), TROTH_MALFORMED);
        troth_mem_free(&p.t.env, longer, text.len + 1);
        troth_mem_drop(&p.t.env, &text);
    }
    talk(&p, TROTH_FORM_SEAL);
    close_pair(&p);
}

static void only_complete_ones(void **state)
{
    (void)state;
    pair p = { 0 };
    troth_block text = { 0 };
    test_env_init(&p.t);
    pair_open(&p, &(pair_options){ .crequire = TROTH_F_CONFIDENTIALITY });
    assert_int_equal(troth_context_export(p.client, &text), TROTH_BAD_STATE);
    p.cstep = troth_context_step(p.client, (troth_bytes){ 0 }, &p.tokens[0]);
    assert_int_equal(troth_context_export(p.client, &text), TROTH_BAD_STATE);
    pair_close(&p);
    memset(p.tokens, 0, sizeof p.tokens);
    p.client = p.server = NULL;
    pair_open(&p, &(pair_options){ .crequire = TROTH_F_CONFIDENTIALITY | TROTH_F_DATAGRAM });
    p.cstep = troth_context_step(p.client, (troth_bytes){ 0 }, &p.tokens[0]);
    assert_string_equal(troth_context_state(p.client), "usable");
    assert_int_equal(troth_context_export(p.client, &text), TROTH_BAD_STATE);
    assert_null(text.data);
    close_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(goes_on), cmocka_unit_test(facts_stay),
                                        cmocka_unit_test(edited), cmocka_unit_test(only_complete_ones) };
    return cmocka_run_group_tests_name("ntlm/export", tests, NULL, NULL);
}
