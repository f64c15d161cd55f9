/* Evidence that a mechanism looks at: a client authentication token, one leg. [CORBA 24.2.4] */
#include <csiv2/gssup.h>
#include <csiv2/sas_target.h>
#include <sec/cred.h>
#include <string.h>

static troth_error refused(troth_status code, int32_t major, const char *where)
{
    return troth_sas_wrong(code, major, where);
}

/* A refusal with a token that says more, or as much as GSSUP's says. Without memory it goes without. */
static void add_error_token(troth_sas_session *s, uint64_t id, troth_bytes token, troth_sas_finding *f)
{
    troth_sas_message m = { .type = TROTH_SAS_CONTEXT_ERROR,
                            .client_context_id = id,
                            .error = { (int32_t)(f->error.wire >> 16), TROTH_SAS_MINOR, token } };
    troth_sas_shared *answer = NULL;
    if (token.len && !troth_sas_shared_make(s, &m, &answer))
        f->answer = answer;
}

/* As a mechanism says it that does not tell why. */
static void add_unspecified(troth_sas_session *s, uint64_t id, troth_sas_finding *f)
{
    uint8_t token[16];
    troth_writer w = troth_writer_over(token, sizeof token, TROTH_LE);
    troth_gssup_error_write(&w, TROTH_GSSUP_UNSPECIFIED);
    add_error_token(s, id, (troth_bytes){ token, w.len }, f);
}

/* The mechanism of a token, if the target has a credential for it. */
static troth_error find_mechanism(const troth_sas_session *s, troth_bytes token, const troth_mech **ret)
{
    troth_oid oid;
    troth_bytes inner;
    const troth_cred *cred = s->t->cred;
    if (!cred)
        return refused(TROTH_UNSUPPORTED, TROTH_SAS_INVALID_MECHANISM, "CORBA 24.5.1.3 as_context_mech");
    troth_status st = troth_csi_token_open(token, &oid, &inner);
    if (st)
        return refused(st, TROTH_SAS_INVALID_EVIDENCE, "RFC 2743 3.1");
    const char *name = troth_oid_equal(oid, troth_gssup_oid())      ? "gssup"
                       : troth_oid_equal(oid, troth_csi_krb5_oid()) ? "kerberos"
                                                                    : NULL;
    const troth_mech *mech = troth_mech_by_name(cred->mechs, name);
    if (!mech || !troth_cred_part_of(cred, mech))
        return refused(TROTH_NO_MECH, TROTH_SAS_INVALID_MECHANISM, "CORBA 24.5.1.3 client_authentication_mech");
    *ret = mech;
    return refused(TROTH_OK, 0, "");
}

/* What can be said of a password's token before anybody checks the password. */
static troth_error look_at_gssup(troth_sas_session *s, troth_bytes token, uint64_t *ret_user)
{
    troth_gssup g;
    if (!s->tls && !s->t->opts.clear_password)
        return refused(TROTH_TOO_LOW, TROTH_SAS_INVALID_MECHANISM, "CORBA 24.2.4.1 GSSUP on a clear link");
    troth_status st = troth_gssup_read(token, &g);
    if (st)
        return refused(st, TROTH_SAS_INVALID_EVIDENCE, "CORBA 24.2.4.1 InitialContextToken");
    *ret_user = troth_sas_guard_user(&s->t->guard, g.username);
    if (troth_sas_guard_bars(&s->t->guard, *ret_user, s->now))
        return refused(TROTH_DENIED, TROTH_SAS_INVALID_EVIDENCE, "limit: failures of a user");
    return refused(TROTH_OK, 0, "");
}

/* The mechanism's job; token is copied into it. */
static troth_status make_job(troth_sas_session *s, const troth_mech *mech, troth_bytes token, troth_job **ret)
{
    const troth_sas_target_options *o = &s->t->opts;
    bool gssup = mech->id == TROTH_MECH_GSSUP;
    troth_context_options opts = { .env = s->env,
                                   .role = TROTH_ACCEPTOR,
                                   .mech = mech->name,
                                   .require = TROTH_F_EXTENDED_ERROR,
                                   .target = gssup ? s->t->realm : NULL,
                                   .bindings = { s->bindings.data, gssup ? 0 : s->bindings.len },
                                   .policy = (o->empty_target ? TROTH_POLICY_EMPTY_TARGET : 0u) |
                                             (o->reveal ? TROTH_POLICY_REVEAL : 0u) };
    troth_context *c;
    troth_block copy = { 0 };
    troth_status st = troth_context_new(s->t->cred, &opts, &c);
    if (st)
        return st;
    st = troth_mem_keep(s->env, token.data, token.len, &copy);
    if (!st)
        st = troth_context_job(c, &copy, s->next_job, ret);
    if (st) {
        troth_mem_drop(s->env, &copy);
        troth_context_free(c);
        return st;
    }
    s->next_job++;
    return TROTH_OK;
}

static troth_bytes keep(uint8_t **at, troth_bytes from)
{
    uint8_t *to = *at;
    if (from.len)
        memcpy(to, from.data, from.len);
    *at += from.len;
    return (troth_bytes){ to, from.len };
}

/* A check with copies of what is judged after the mechanism; the token itself is the job's. */
static troth_sas_check *new_check(troth_sas_session *s, const troth_sas_message *m)
{
    const troth_sas_establish *e = &m->establish;
    size_t size = sizeof(troth_sas_check) + e->identity_token.octets.len;
    for (uint32_t i = 0; i < e->n_authorization; i++)
        size += e->authorization_token[i].the_element.len;
    troth_sas_check *c = troth_mem_new(s->env, size);
    if (!c)
        return NULL;
    uint8_t *at = c->octets;
    c->size = size;
    c->context_id = m->client_context_id;
    c->evidence.n_authorization = e->n_authorization;
    for (uint32_t i = 0; i < e->n_authorization; i++) {
        const troth_sas_authorization *a = &e->authorization_token[i];
        c->evidence.authorization_token[i] = (troth_sas_authorization){ a->the_type, keep(&at, a->the_element) };
    }
    c->evidence.identity_token.type = e->identity_token.type;
    c->evidence.identity_token.octets = keep(&at, e->identity_token.octets);
    return c;
}

static void link_check(troth_sas_session *s, troth_sas_check *c)
{
    c->prev = s->last_check;
    if (s->last_check)
        s->last_check->next = c;
    else
        s->checks = c;
    s->last_check = c;
    s->n_checks++;
}

void troth_sas_check_free(troth_sas_session *s, troth_sas_check *c)
{
    if (c->prev)
        c->prev->next = c->next;
    else
        s->checks = c->next;
    if (c->next)
        c->next->prev = c->prev;
    else
        s->last_check = c->prev;
    s->n_checks--;
    troth_job_free(c->job);
    troth_mem_free(s->env, c, c->size);
}

static troth_status begin(troth_sas_session *s, const troth_sas_message *m, troth_bytes token, troth_sas_finding *f,
                          troth_sas_check **ret)
{
    const troth_mech *mech = NULL;
    uint64_t user = 0;
    f->error = troth_sas_judge_transport(s, true);
    if (!f->error.code)
        f->error = find_mechanism(s, token, &mech);
    bool gssup = !f->error.code && mech->id == TROTH_MECH_GSSUP;
    if (gssup)
        f->error = look_at_gssup(s, token, &user);
    if (f->error.code) {
        if (gssup && f->error.wire >> 16 == TROTH_SAS_INVALID_EVIDENCE)
            add_unspecified(s, m->client_context_id, f);
        return TROTH_OK;
    }
    troth_sas_check *c = new_check(s, m);
    if (!c)
        return TROTH_NO_MEMORY;
    troth_status st = make_job(s, mech, token, &c->job);
    if (st) {
        troth_mem_free(s->env, c, c->size);
        if (st != TROTH_NO_MEMORY) /* a mechanism that cannot be used is none that is offered */
            f->error = refused(st, TROTH_SAS_INVALID_MECHANISM, "CORBA 24.5.1.3 client_authentication_mech");
        return st == TROTH_NO_MEMORY ? st : TROTH_OK;
    }
    c->job_id = s->next_job - 1;
    c->has_user = gssup;
    c->user = user;
    link_check(s, c);
    *ret = c;
    return TROTH_OK;
}

troth_status troth_sas_check_begin(troth_sas_session *s, const troth_sas_message *m, troth_sas_finding *f,
                                   troth_sas_check **ret)
{
    troth_bytes token = m->establish.client_authentication_token;
    if (!(s->t->opts.quirks & TROTH_SAS_QUIRK_LENGTHS))
        return begin(s, m, token, f, ret);
    troth_writer w = troth_writer_growing(s->env, TROTH_SAS_OCTETS_MAX, TROTH_BE);
    if (troth_csi_token_reframe(token, &w))
        token = (troth_bytes){ w.base, w.len };
    troth_status st = w.st ? TROTH_NO_MEMORY : begin(s, m, token, f, ret);
    troth_writer_clear(&w);
    return st;
}

/* ---- the job has run ---- */

/* The mechanism refused; what it has for the peer goes along. */
static void take_failure(troth_sas_session *s, const troth_sas_check *c, const troth_context *x, troth_job *job,
                         troth_sas_finding *f)
{
    const troth_error *e = troth_context_error(x);
    troth_status code = e->code ? e->code : TROTH_MECHANISM;
    f->error = refused(code, TROTH_SAS_INVALID_EVIDENCE, *e->where ? e->where : "CORBA 24.3.1.1 client authentication");
    f->error.gss_major = e->gss_major;
    f->error.gss_minor = e->gss_minor;
    if (c->has_user && troth_status_class_of(code) == TROTH_CLASS_SECURITY)
        troth_sas_guard_failed(&s->t->guard, c->user, s->now);
    add_error_token(s, c->context_id, troth_job_token(job), f);
}

/* The mechanism's last token, which every reply to this evidence will carry. */
static troth_status add_final_token(troth_sas_session *s, const troth_sas_check *c, troth_bytes token,
                                    troth_sas_finding *f)
{
    bool stateful = c->entry && c->entry->fsm.state == TROTH_SAS_E_PENDING;
    troth_sas_message m = { .type = TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT,
                            .client_context_id = c->context_id,
                            .complete = { stateful, token } };
    return token.len ? troth_sas_shared_make(s, &m, &f->answer) : TROTH_OK;
}

static void take_proof(troth_sas_session *s, const troth_sas_check *c, const troth_context *x, troth_job *job,
                       troth_sas_finding *f)
{
    troth_facts facts = troth_context_facts(x);
    troth_sas_proof proof = { facts.peer, facts.mech, facts.attributes, facts.expiry };
    bool trust = s->t->opts.required & TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT;
    if (trust && (!*facts.peer.name || facts.attributes & TROTH_F_ANONYMOUS)) {
        f->error = refused(TROTH_NO_CRED, TROTH_SAS_INVALID_EVIDENCE, "CORBA 24.5.1.3 EstablishTrustInClient");
        return;
    }
    *f = troth_sas_judge(s, &proof, &c->evidence);
    if (!f->error.code && add_final_token(s, c, troth_job_token(job), f)) {
        troth_sas_finding_clear(s, f);
        f->error = refused(TROTH_NO_MEMORY, TROTH_SAS_INVALID_EVIDENCE, "memory for final_context_token");
    }
}

troth_sas_finding troth_sas_check_done(troth_sas_session *s, troth_sas_check *c, troth_job *job)
{
    troth_sas_finding f = { .error.where = "", .expiry = UINT64_MAX };
    troth_context *x = troth_job_take_context(job);
    troth_step result = troth_job_result(job);
    if (s->barred)
        f.error = refused(TROTH_DENIED, TROTH_SAS_INVALID_EVIDENCE, "limit: failures of a connection");
    else if (result == TROTH_STEP_DONE)
        take_proof(s, c, x, job, &f);
    else if (result == TROTH_STEP_MORE)
        f.error = refused(TROTH_UNSUPPORTED, TROTH_SAS_INVALID_MECHANISM, "CORBA 24.2.4: one token, one answer");
    else
        take_failure(s, c, x, job, &f);
    troth_context_free(x);
    if (f.error.code)
        troth_sas_count_failure(s, &f);
    return f;
}
