/* CSIv2 with real Kerberos: one AP-REQ as client_authentication_token, AP-REP as final_context_token. [CORBA 24.2.4] */
#include <csiv2/sas.h>
#include <krb/krb.h>
#include <stdio.h>
#include <string.h>
#include <troth/sas.h>

enum { ELEMENT_MAX = 16384 };

typedef struct csi {
    krb_pair p; /* credentials of the mechanism alone, for tokens of our own making */
    troth_cred *accept, *initiate;
    troth_sas_target *target;
    troth_sas_session *session;
    uint64_t next;
} csi;

static troth_cred *acquire(csi *c, troth_cred_use use, const troth_cred_source *src)
{
    troth_job *job;
    troth_cred *cred = NULL;
    assert_int_equal(troth_cred_new(&c->p.t.env, troth_mechs_csi(), use, src, 1, &cred), TROTH_OK);
    assert_int_equal(troth_cred_job(cred, 1, &job), TROTH_OK);
    troth_job_run(job);
    troth_job_free(job);
    assert_int_equal(troth_cred_ready(cred, NULL), TROTH_OK);
    return cred;
}

static troth_sas_session *connection(csi *c)
{
    troth_sas_session *s = NULL;
    assert_int_equal(troth_sas_session_new(c->target, &c->p.t.env, NULL, &s), TROTH_OK);
    return s;
}

static void begin(csi *c)
{
    char ccache[600];
    *c = (csi){ .next = 1 };
    krb_pair_init(&c->p);
    snprintf(ccache, sizeof ccache, "FILE:%s", lab_file("alice.ccache"));
    troth_cred_source alice = { .mech = "kerberos", .kind = TROTH_CRED_CCACHE, .path = ccache };
    troth_cred_source service = {
        .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = lab_file("service.keytab"), .principal = "svc/localhost"
    };
    c->initiate = acquire(c, TROTH_USE_INITIATE, &alice);
    c->accept = acquire(c, TROTH_USE_ACCEPT, &service);
    troth_sas_target_options o = { .env = &c->p.t.env,
                                   .cred = c->accept,
                                   .service = "svc/localhost@EXAMPLE.TEST",
                                   .required = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT,
                                   .stateful = true };
    assert_int_equal(troth_sas_target_new(&o, &c->target), TROTH_OK);
    c->session = connection(c);
}

static void end(csi *c)
{
    troth_sas_session_free(c->session);
    troth_sas_target_free(c->target);
    troth_cred_unref(c->accept);
    troth_cred_unref(c->initiate);
    krb_pair_clear(&c->p);
}

/* ---- what a peer sends, and is told ---- */

typedef struct told {
    bool accepted, complete, stateful;
    char name[128];
    troth_mech_id mech;
    int32_t major;
    uint8_t token[4096];
    size_t n_token;
} told;

static uint64_t give(csi *c, troth_sas_session *s, troth_bytes element)
{
    troth_sas_request q = { .id = c->next++, .response_expected = true, .n_elements = 1, .element = element };
    assert_int_equal(troth_sas_session_request(s, &q, 1000), TROTH_OK);
    return q.id;
}

static void read_told(told *t, troth_bytes element)
{
    troth_sas_message m;
    if (!element.len)
        return;
    assert_int_equal(troth_sas_read(element, NULL, &m), TROTH_OK);
    if (m.type == TROTH_SAS_CONTEXT_ERROR) {
        t->major = m.error.major_status;
        return;
    }
    t->complete = true;
    t->stateful = m.complete.context_stateful;
    t->n_token = m.complete.final_context_token.len;
    assert_true(t->n_token <= sizeof t->token);
    if (t->n_token)
        memcpy(t->token, m.complete.final_context_token.data, t->n_token);
}

static unsigned run(troth_sas_session *s)
{
    troth_job *job;
    unsigned n = 0;
    for (; troth_sas_session_job(s, &job); n++) {
        troth_job_run(job);
        troth_sas_session_stepped(s, job, 1000);
    }
    return n;
}

static told take(troth_sas_session *s)
{
    troth_sas_verdict v;
    troth_bytes answer;
    told t = { 0 };
    assert_true(troth_sas_session_verdict(s, &v));
    t.accepted = v.accepted;
    snprintf(t.name, sizeof t.name, "%s", v.caller.caller.name);
    t.mech = v.caller.mech;
    if (!v.accepted) {
        read_told(&t, v.element);
        return t;
    }
    assert_int_equal(troth_sas_session_reply(s, v.id, 1000, &answer), TROTH_OK);
    read_told(&t, answer);
    return t;
}

static told ask(csi *c, troth_sas_session *s, troth_bytes element)
{
    give(c, s, element);
    run(s);
    return take(s);
}

static uint8_t octets[ELEMENT_MAX];

static troth_bytes establish(uint64_t id, troth_bytes token)
{
    troth_writer w = troth_writer_over(octets, sizeof octets, TROTH_LE);
    troth_sas_message m = { .type = TROTH_SAS_ESTABLISH_CONTEXT, .client_context_id = id };
    m.establish.client_authentication_token = token;
    troth_sas_write(&w, &m);
    assert_int_equal(w.st, TROTH_OK);
    return (troth_bytes){ w.base, w.len };
}

static troth_bytes in_context(uint64_t id)
{
    static uint8_t in[32];
    troth_writer w = troth_writer_over(in, sizeof in, TROTH_LE);
    troth_sas_message m = { .type = TROTH_SAS_MESSAGE_IN_CONTEXT, .client_context_id = id };
    troth_sas_write(&w, &m);
    return (troth_bytes){ w.base, w.len };
}

/* An AP-REQ that asks for these. */
static troth_bytes ap_req(csi *c, troth_flags flags)
{
    troth_context_options o = krb_init_options(flags);
    troth_step step;
    krb_pair_reset(&c->p);
    assert_int_equal(troth_context_new(c->p.client, &o, &c->p.init), TROTH_OK);
    step = krb_leg(&c->p.t.env, &c->p.init, NULL, &c->p.tokens[0]);
    assert_int_equal(step, flags & TROTH_F_MUTUAL ? TROTH_STEP_MORE : TROTH_STEP_DONE);
    return (troth_bytes){ c->p.tokens[0].data, c->p.tokens[0].len };
}

static void is_alice(const told *t)
{
    assert_true(t->accepted && t->complete);
    assert_string_equal(t->name, "alice@EXAMPLE.TEST");
    assert_int_equal(t->mech, TROTH_MECH_KERBEROS);
}

/* ---- */

/* Established, used, and repeated before Complete was seen: to the mechanism that would be a replay. [R12, SAS-15] */
static void test_reuse(void **state)
{
    (void)state;
    csi c;
    begin(&c);
    troth_bytes token = ap_req(&c, TROTH_F_INTEGRITY);
    give(&c, c.session, establish(7, token)); /* three at once: the mechanism sees one of them */
    give(&c, c.session, establish(7, token));
    give(&c, c.session, in_context(7));
    assert_int_equal(run(c.session), 1);
    for (int i = 0; i < 2; i++) {
        told t = take(c.session);
        is_alice(&t);
        assert_true(t.stateful && !t.n_token);
    }
    told t = take(c.session);
    assert_true(t.accepted && !t.complete);
    give(&c, c.session, establish(7, token)); /* and once more, late */
    assert_int_equal(run(c.session), 0);
    t = take(c.session);
    is_alice(&t);
    assert_true(t.stateful);
    assert_int_equal(troth_sas_session_contexts(c.session), 1);
    t = ask(&c, c.session, in_context(7));
    assert_string_equal(t.name, "alice@EXAMPLE.TEST");
    end(&c);
}

/* The same octets elsewhere are a replay: for another id, for id 0, on another connection. [SAS-17] */
static void test_replay(void **state)
{
    (void)state;
    csi c;
    begin(&c);
    troth_bytes token = ap_req(&c, TROTH_F_INTEGRITY);
    told t = ask(&c, c.session, establish(1, token));
    is_alice(&t);
    t = ask(&c, c.session, establish(2, token));
    assert_true(!t.accepted && t.major == 1);
    t = ask(&c, c.session, establish(0, token));
    assert_true(!t.accepted && t.major == 1);
    troth_sas_session *other = connection(&c);
    t = ask(&c, other, establish(1, token));
    assert_true(!t.accepted && t.major == 1);
    t = ask(&c, other, in_context(1));
    assert_true(!t.accepted && t.major == 4);
    assert_int_equal(troth_sas_session_contexts(other), 0);
    troth_sas_session_free(other);
    t = ask(&c, c.session, in_context(1)); /* untouched */
    assert_true(t.accepted);
    end(&c);
}

/* Mutual authentication: the AP-REP comes back with Complete, and the client's mechanism is content with it. */
static void test_mutual(void **state)
{
    (void)state;
    csi c;
    begin(&c);
    for (uint64_t id = 0; id < 2; id++) {
        troth_bytes token = ap_req(&c, TROTH_F_MUTUAL | TROTH_F_INTEGRITY);
        give(&c, c.session, establish(id, token));
        if (id)
            give(&c, c.session, establish(id, token));
        run(c.session);
        told t = take(c.session);
        is_alice(&t);
        assert_int_equal(t.stateful, id != 0);
        assert_true(t.n_token > 20);
        if (id) { /* whoever asked is given the same one */
            told again = take(c.session);
            assert_int_equal(again.n_token, t.n_token);
            assert_memory_equal(again.token, t.token, t.n_token);
        }
        uint8_t bad[sizeof t.token];
        memcpy(bad, t.token, t.n_token);
        troth_block ap_rep = { t.token, t.n_token }, none;
        assert_int_equal(krb_leg(&c.p.t.env, &c.p.init, &ap_rep, &none), TROTH_STEP_DONE);
        assert_string_equal(troth_context_facts(c.p.init).peer.name, "svc/localhost@EXAMPLE.TEST");
        ap_req(&c, TROTH_F_MUTUAL | TROTH_F_INTEGRITY); /* another one's AP-REP is no answer to it */
        ap_rep = (troth_block){ bad, t.n_token };
        assert_int_equal(krb_leg(&c.p.t.env, &c.p.init, &ap_rep, &none), TROTH_STEP_ERROR);
        troth_mem_drop(&c.p.t.env, &none);
    }
    end(&c);
}

/* Octets that are none of a ticket's, and a service that is not ours. */
static void test_refused(void **state)
{
    (void)state;
    csi c;
    uint8_t bent[KRB_TOKEN_MAX];
    begin(&c);
    for (size_t i = 0; i < 6; i++) {
        troth_bytes token = ap_req(&c, TROTH_F_INTEGRITY);
        memcpy(bent, token.data, token.len);
        bent[token.len - 1 - i * (token.len / 8)] ^= 0x10;
        told t = ask(&c, c.session, establish(3, (troth_bytes){ bent, token.len }));
        assert_true(!t.accepted);
        assert_true(t.major == 1 || t.major == 2);
        assert_int_equal(troth_sas_session_contexts(c.session), 0);
    }
    krb_pair_reset(&c.p);
    troth_context_options o = krb_init_options(TROTH_F_INTEGRITY);
    o.target = "HTTP/localhost";
    assert_int_equal(troth_context_new(c.p.client, &o, &c.p.init), TROTH_OK);
    assert_int_equal(krb_leg(&c.p.t.env, &c.p.init, NULL, &c.p.tokens[0]), TROTH_STEP_DONE);
    told t = ask(&c, c.session, establish(3, (troth_bytes){ c.p.tokens[0].data, c.p.tokens[0].len }));
    assert_true(!t.accepted && t.major == 1);
    end(&c);
}

/* ---- our own client ---- */

static troth_sas_client *client(csi *c, bool stateful)
{
    troth_sas_client *k = NULL;
    troth_block list = { 0 };
    assert_int_equal(troth_sas_target_component(c->target, NULL, &list), TROTH_OK);
    troth_sas_client_options o = { .env = &c->p.t.env,
                                   .cred = c->initiate,
                                   .mech_list = { list.data, list.len },
                                   .required = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT,
                                   .stateful = stateful };
    assert_int_equal(troth_sas_client_new(&o, &k), TROTH_OK);
    troth_ior_free(&c->p.t.env, &list);
    return k;
}

static troth_bytes call_by(troth_sas_client *k, uint64_t id)
{
    troth_sas_call call = { .id = id, .response_expected = true };
    troth_sas_sending s;
    troth_job *job;
    assert_int_equal(troth_sas_client_call(k, &call, 1000), TROTH_OK);
    while (troth_sas_client_job(k, &job)) {
        troth_job_run(job);
        troth_sas_client_stepped(k, job, 1000);
    }
    assert_true(troth_sas_client_sending(k, &s) && s.send);
    assert_true(s.element.len <= sizeof octets);
    memcpy(octets, s.element.data, s.element.len);
    return (troth_bytes){ octets, s.element.len };
}

/* Serve what was sent, and give the client the reply. */
static told serve(csi *c, troth_sas_client *k, uint64_t id, troth_bytes element)
{
    troth_sas_verdict v;
    troth_sas_fate fate;
    troth_bytes answer;
    told t = { 0 };
    uint64_t given = give(c, c->session, element);
    run(c->session);
    assert_true(troth_sas_session_verdict(c->session, &v) && v.accepted);
    snprintf(t.name, sizeof t.name, "%s", v.caller.caller.name);
    assert_int_equal(troth_sas_session_reply(c->session, given, 1000, &answer), TROTH_OK);
    read_told(&t, answer);
    troth_sas_answer a = { .id = id, .n_elements = answer.len > 0, .element = answer };
    assert_int_equal(troth_sas_client_reply(k, &a, 1000, &fate, NULL), TROTH_OK);
    assert_int_equal(fate, TROTH_SAS_PASS);
    assert_string_equal(t.name, "alice@EXAMPLE.TEST");
    return t;
}

/* Stateful: one token, then MessageInContext. Stateless: a token of its own for each. */
static void test_client(void **state)
{
    (void)state;
    csi c;
    for (int stateful = 0; stateful < 2; stateful++) {
        uint8_t first[ELEMENT_MAX];
        begin(&c);
        troth_sas_client *k = client(&c, stateful);
        assert_non_null(troth_sas_client_mech(k));
        troth_bytes e = call_by(k, 1);
        size_t n = e.len;
        memcpy(first, e.data, n);
        assert_int_equal(serve(&c, k, 1, e).stateful, stateful);
        e = call_by(k, 2);
        assert_int_equal(e.len < 20, stateful);
        assert_true(e.len != n || memcmp(e.data, first, n) != 0);
        serve(&c, k, 2, e);
        troth_sas_client_free(k);
        end(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_reuse), cmocka_unit_test(test_replay),
                                        cmocka_unit_test(test_mutual), cmocka_unit_test(test_refused),
                                        cmocka_unit_test(test_client) };
    return krb_run("csi", tests, sizeof tests / sizeof *tests);
}
