#include <csiv2/gssup.h>
#include <csiv2/gssup_mech.h>
#include <csiv2/names.h>
#include <der/frame.h>
#include <sec/context.h>
#include <stdio.h>
#include <string.h>
#include <support/sas.h>
#include <support/test.h>

/* ---- Kerberos' place ---- */

static troth_status krb_acquire(troth_cred *cred, const troth_cred_source *src, void **ret_element, troth_error *err)
{
    (void)cred, (void)err;
    *ret_element = src->lookup_self;
    return TROTH_OK;
}

static void krb_release(const troth_env *env, void *element)
{
    (void)env, (void)element;
}

static troth_status krb_init(troth_context *c, void **ret_impl)
{
    *ret_impl = c->part->element;
    return TROTH_OK;
}

static void krb_clear(troth_context *c, void *impl)
{
    (void)c, (void)impl;
}

static troth_step krb_step(troth_context *c, void *impl, troth_bytes in, troth_writer *out)
{
    sas_rig *r = impl;
    troth_oid oid;
    troth_bytes inner;
    char text[128], account[32] = "", realm[32] = "", word[32] = "";
    unsigned serial = 0;
    r->steps++;
    if (troth_csi_token_open(in, &oid, &inner) || inner.len >= sizeof text)
        return troth_context_fail(c, TROTH_MALFORMED, 0, 0, "fake Kerberos");
    memcpy(text, inner.data, inner.len);
    text[inner.len] = 0;
    if (sscanf(text, "AP-REQ %31[^@]@%31s %u %31s", account, realm, &serial, word) < 3 || serial >= 64) {
        troth_write_bytes(out, "KRB-ERROR", 9);
        return troth_context_fail(c, TROTH_DENIED, 0xd0000, 31, "fake Kerberos");
    }
    if (r->serials[serial]++) {
        r->replays++;
        return troth_context_fail(c, TROTH_REPLAY, 0, 34, "fake Kerberos");
    }
    if (!strcmp(word, "more")) {
        troth_write_bytes(out, "AP-REP", 6);
        return TROTH_STEP_MORE;
    }
    if (!strcmp(word, "mutual"))
        troth_write_bytes(out, "AP-REP", 6);
    if (troth_context_set_peer(c, TROTH_NAME_AT, account, realm))
        return troth_context_fail(c, TROTH_NO_MEMORY, 0, 0, "fake Kerberos");
    c->expiry = r->krb_expiry;
    return TROTH_STEP_DONE;
}

static const troth_mech krb = { .id = TROTH_MECH_KERBEROS,
                                .name = "kerberos",
                                .kinds = 1u << TROTH_CRED_KEYTAB,
                                .can = TROTH_F_EXTENDED_ERROR,
                                .cred_acquire = krb_acquire,
                                .cred_release = krb_release,
                                .init = krb_init,
                                .clear = krb_clear,
                                .step = krb_step };

/* ---- the rig ---- */

static troth_status check(void *self, const char *user, troth_bytes password)
{
    static const char *const users[][2] = { { "alice", "s3cret" }, { "bob", "hunter2" }, { "gw", "gateway" } };
    sas_rig *r = self;
    r->checks++;
    for (size_t i = 0; i < 3; i++)
        if (!strcmp(user, users[i][0]) && password.len == strlen(users[i][1]) &&
            !memcmp(password.data, users[i][1], password.len))
            return TROTH_OK;
    return TROTH_DENIED;
}

static bool trusts(void *self, const troth_identity *authenticated, const troth_identity *asserted)
{
    const sas_rig *r = self;
    return r->trusted && !strcmp(authenticated->name, r->trusted) && *asserted->name;
}

static troth_status allows(void *self, const troth_identity *caller, troth_flags flags)
{
    const sas_rig *r = self;
    (void)flags;
    return r->banned && !strcmp(caller->name, r->banned) ? TROTH_NOT_ALLOWED : TROTH_OK;
}

static troth_status authorizes(void *self, const troth_identity *caller, uint32_t the_type, troth_bytes the_element)
{
    const sas_rig *r = self;
    (void)caller;
    if (the_type != r->good_element)
        return TROTH_UNSUPPORTED;
    return the_element.len == 4 && !memcmp(the_element.data, "good", 4) ? TROTH_OK : TROTH_DENIED;
}

void sas_rig_init(sas_rig *r)
{
    static const troth_mech *const mechs[] = { &troth_mech_gssup, &krb };
    static const troth_mech_table table = { mechs, 2 };
    memset(r, 0, sizeof *r);
    test_env_init(&r->env);
    r->env.seed = 1;
    r->now = 1000;
    r->next_id = 100;
    r->krb_expiry = UINT64_MAX;
    const troth_cred_source src[] = {
        { .mech = "gssup", .kind = TROTH_CRED_CHECK, .check = check, .lookup_self = r },
        { .mech = "kerberos", .kind = TROTH_CRED_KEYTAB, .path = "none", .lookup_self = r },
    };
    troth_job *job;
    assert_int_equal(troth_cred_new(&r->env.env, &table, TROTH_USE_ACCEPT, src, 2, &r->cred), TROTH_OK);
    assert_int_equal(troth_cred_job(r->cred, 1, &job), TROTH_OK);
    troth_job_run(job);
    troth_job_free(job);
    r->o = (troth_sas_target_options){
        .env = &r->env.env,
        .cred = r->cred,
        .stateful = true,
        .clear_password = true,
        .identity_types = 15,
        .rules = { r, trusts, allows, authorizes },
    };
    test_env_secret(&r->env, "s3cret", 6);
}

void sas_rig_open(sas_rig *r)
{
    assert_int_equal(troth_sas_target_new(&r->o, &r->t), TROTH_OK);
    assert_int_equal(troth_sas_session_new(r->t, &r->env.env, &r->transport, &r->s), TROTH_OK);
}

void sas_rig_close(sas_rig *r)
{
    troth_sas_session_free(r->s);
    troth_sas_target_free(r->t);
    troth_cred_unref(r->cred);
    test_env_check(&r->env);
}

/* ---- messages ---- */

static troth_writer pool(void)
{
    static uint8_t octets[16][4096];
    static unsigned next;
    uint8_t *to = octets[next++ % 16];
    memset(to, 0, sizeof octets[0]);
    return troth_writer_over(to, sizeof octets[0], TROTH_LE);
}

static troth_bytes made(const troth_writer *w)
{
    assert_int_equal(w->st, TROTH_OK);
    return (troth_bytes){ w->base, w->len };
}

static troth_bytes text(const char *s)
{
    return (troth_bytes){ (const uint8_t *)s, strlen(s) };
}

troth_bytes sas_gssup(const char *user, const char *password, const char *realm)
{
    troth_writer w = pool(), name = pool();
    if (realm)
        troth_csi_exported_name_write(&name, troth_gssup_oid(), text(realm));
    troth_gssup_write(&w, &(troth_gssup){ text(user), text(password), { name.base, name.len } });
    return made(&w);
}

troth_bytes sas_krb(const char *s)
{
    troth_writer w = pool();
    troth_frame_write_head(&w, troth_csi_krb5_oid(), strlen(s));
    troth_write_bytes(&w, s, strlen(s));
    return made(&w);
}

troth_bytes sas_name(const char *user)
{
    troth_writer w = pool();
    troth_csi_exported_name_write(&w, troth_gssup_oid(), text(user));
    return made(&w);
}

troth_bytes sas_message(const troth_sas_message *m, troth_order order)
{
    troth_writer w = pool();
    w.order = order;
    troth_sas_write(&w, m);
    return made(&w);
}

troth_bytes sas_establish(uint64_t id, troth_bytes token, const troth_sas_identity *identity)
{
    troth_sas_message m = { .type = TROTH_SAS_ESTABLISH_CONTEXT, .client_context_id = id };
    m.establish.client_authentication_token = token;
    if (identity)
        m.establish.identity_token = *identity;
    return sas_message(&m, TROTH_LE);
}

troth_bytes sas_in_context(uint64_t id, bool discard)
{
    troth_sas_message m = { .type = TROTH_SAS_MESSAGE_IN_CONTEXT, .client_context_id = id };
    m.in_context.discard_context = discard;
    return sas_message(&m, TROTH_LE);
}

/* ---- requests ---- */

uint64_t sas_give(sas_rig *r, troth_sas_session *s, troth_bytes element)
{
    troth_sas_request q = { r->next_id++, true, element.data ? 1 : 0, element };
    assert_int_equal(troth_sas_session_request(s, &q, r->now), TROTH_OK);
    return q.id;
}

void sas_run(sas_rig *r, troth_sas_session *s)
{
    troth_job *job;
    while (troth_sas_session_job(s, &job)) {
        troth_job_run(job);
        troth_sas_session_stepped(s, job, r->now);
    }
}

static void read_reply(troth_bytes element, sas_told *t)
{
    troth_sas_message m;
    troth_bytes token = { NULL, 0 };
    if (!element.len)
        return;
    assert_int_equal(troth_sas_read(element, NULL, &m), TROTH_OK);
    t->id = m.client_context_id;
    if (m.type == TROTH_SAS_CONTEXT_ERROR) {
        t->major = m.error.major_status;
        assert_int_equal(m.error.minor_status, 1);
        token = m.error.error_token;
    } else {
        assert_int_equal(m.type, TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT);
        t->complete = true;
        t->stateful = m.complete.context_stateful;
        token = m.complete.final_context_token;
    }
    assert_true(token.len < sizeof t->token);
    t->n_token = token.len;
    if (token.len)
        memcpy(t->token, token.data, token.len);
}

sas_told sas_take(sas_rig *r, troth_sas_session *s)
{
    troth_sas_verdict v;
    sas_told t = { 0 };
    (void)r;
    if (!troth_sas_session_verdict(s, &v))
        return t;
    t.any = true;
    t.request = v.id;
    t.accepted = v.accepted;
    t.marshal = v.marshal;
    t.close = v.close;
    t.code = v.error.code;
    t.wire = v.error.wire;
    t.caller = v.caller;
    snprintf(t.name, sizeof t.name, "%s", v.caller.caller.name);
    snprintf(t.account, sizeof t.account, "%s", v.caller.caller.account);
    snprintf(t.authority, sizeof t.authority, "%s", v.caller.caller.authority);
    snprintf(t.authenticated, sizeof t.authenticated, "%s", v.caller.authenticated.name);
    assert_true(v.accepted == !v.error.code && *v.error.where == (v.accepted ? 0 : *v.error.where));
    if (!v.accepted)
        read_reply(v.element, &t);
    return t;
}

void sas_answer(sas_rig *r, troth_sas_session *s, sas_told *t)
{
    troth_bytes element;
    assert_int_equal(troth_sas_session_reply(s, t->request, r->now, &element), TROTH_OK);
    read_reply(element, t);
}

sas_told sas_ask_on(sas_rig *r, troth_sas_session *s, troth_bytes element)
{
    uint64_t id = sas_give(r, s, element);
    sas_run(r, s);
    sas_told t = sas_take(r, s);
    assert_true(t.any && t.request == id);
    if (t.accepted)
        sas_answer(r, s, &t);
    return t;
}

sas_told sas_ask(sas_rig *r, troth_bytes element)
{
    return sas_ask_on(r, r->s, element);
}
