/* Who the caller is: transport, client authentication, authorization, trust, identity. [CORBA 24.3.1.1] */
#include <csiv2/sas_target.h>

troth_error troth_sas_wrong(troth_status code, int32_t major, const char *where)
{
    return (troth_error){ code, 0, 0, major ? (uint32_t)major << 16 | TROTH_SAS_MINOR : 0, where };
}

static troth_error right(void)
{
    return (troth_error){ .where = "" };
}

static troth_error invalid_evidence(troth_status code, const char *where)
{
    return troth_sas_wrong(code, TROTH_SAS_INVALID_EVIDENCE, where);
}

static troth_error invalid_mechanism(troth_status code, const char *where)
{
    return troth_sas_wrong(code, TROTH_SAS_INVALID_MECHANISM, where);
}

troth_sas_proof troth_sas_transport_proof(const troth_sas_session *s)
{
    if (!*s->tls_identity.name)
        return (troth_sas_proof){ s->tls_identity, TROTH_MECH_NONE, TROTH_F_ANONYMOUS, UINT64_MAX };
    return (troth_sas_proof){ s->tls_identity, TROTH_MECH_TLS, 0, UINT64_MAX };
}

troth_error troth_sas_judge_transport(const troth_sas_session *s, bool has_token)
{
    uint16_t required = s->t->opts.required;
    if ((required & (TROTH_CSI_INTEGRITY | TROTH_CSI_CONFIDENTIALITY)) && !s->tls)
        return invalid_mechanism(TROTH_TOO_LOW, "CORBA 24.5.1.3 transport_mech");
    if ((required & TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT) && !has_token && !*s->tls_identity.name)
        return invalid_evidence(TROTH_NO_CRED, "CORBA 24.5.1.3 EstablishTrustInClient");
    return right();
}

troth_error troth_sas_judge_caller(const troth_sas_session *s, const troth_identity *caller, troth_flags flags)
{
    const troth_sas_rules *rules = &s->t->opts.rules;
    bool anonymous = !*caller->name || flags & TROTH_F_ANONYMOUS;
    troth_status st = rules->allows ? rules->allows(rules->self, caller, flags)
                      : anonymous   ? TROTH_NOT_ALLOWED
                                    : TROTH_OK;
    return st ? invalid_evidence(TROTH_NOT_ALLOWED, "policy: callers allowed") : right();
}

/* Elements are of types that only policy can judge, and about the caller. */
static troth_error judge_authorization(const troth_sas_session *s, const troth_identity *caller,
                                       const troth_sas_establish *evidence)
{
    const troth_sas_rules *rules = &s->t->opts.rules;
    for (uint32_t i = 0; i < evidence->n_authorization; i++) {
        const troth_sas_authorization *a = &evidence->authorization_token[i];
        troth_status st =
            rules->authorizes ? rules->authorizes(rules->self, caller, a->the_type, a->the_element) : TROTH_UNSUPPORTED;
        if (st == TROTH_UNSUPPORTED)
            return invalid_mechanism(st, "CORBA 24.2.3 AuthorizationElementType");
        if (st)
            return invalid_evidence(st, "CORBA 24.2.3 AuthorizationToken");
    }
    return right();
}

/* Whom the identity token names; asserting anonymity gains nothing, so nobody is asked whether he may. */
static troth_error read_caller(troth_sas_session *s, const troth_sas_identity *token, troth_sas_who *who)
{
    if (token->type == TROTH_CSI_ITT_ABSENT)
        return right();
    bool one_kind = token->type <= TROTH_CSI_ITT_DISTINGUISHED_NAME && !(token->type & (token->type - 1));
    if (!one_kind || !(s->t->opts.identity_types & token->type))
        return invalid_mechanism(TROTH_UNSUPPORTED, "CORBA 24.5.1.4 supported_identity_types");
    who->asserted = true;
    who->flags = 0;
    if (token->type != TROTH_CSI_ITT_ANONYMOUS)
        return troth_sas_identity_read(s, token, &who->caller);
    who->caller = (troth_identity){ "", "", "" };
    who->flags = TROTH_F_ANONYMOUS;
    return right();
}

/* May who proved himself speak for the caller? [24.2.5, backward trust] */
static troth_error judge_trust(const troth_sas_session *s, const troth_sas_who *who)
{
    const troth_sas_rules *rules = &s->t->opts.rules;
    bool needed = who->asserted && *who->caller.name;
    if (!needed || (rules->trusts && rules->trusts(rules->self, &who->authenticated, &who->caller)))
        return right();
    return invalid_evidence(TROTH_DENIED, "CORBA 24.3.1.1 trust in the asserting entity");
}

static troth_error judge_evidence(troth_sas_session *s, const troth_sas_establish *evidence, troth_sas_who *who)
{
    troth_error named = read_caller(s, &evidence->identity_token, who);
    troth_error e = right();
    if (!named.code || !s->t->opts.rules.authorizes)
        e = judge_authorization(s, &who->caller, evidence);
    if (!e.code)
        e = named;
    return e.code ? e : judge_trust(s, who);
}

troth_sas_finding troth_sas_judge(troth_sas_session *s, const troth_sas_proof *proof,
                                  const troth_sas_establish *evidence)
{
    troth_sas_finding f = { .error = right(), .expiry = proof->expiry };
    troth_sas_who who = { .mech = proof->mech,
                          .flags = proof->flags,
                          .proof_flags = proof->flags,
                          .authenticated = proof->identity,
                          .caller = proof->identity };
    if (evidence)
        f.error = judge_evidence(s, evidence, &who);
    if (!f.error.code)
        f.error = troth_sas_judge_caller(s, &who.caller, who.flags);
    if (!f.error.code && troth_sas_who_get(s, &who, &f.who))
        f.error = invalid_evidence(TROTH_NO_MEMORY, "memory for a caller");
    troth_writer_reset(&s->names);
    return f;
}

void troth_sas_finding_clear(troth_sas_session *s, troth_sas_finding *f)
{
    troth_sas_who_put(s, f->who);
    troth_sas_shared_put(s, f->answer);
    f->who = NULL;
    f->answer = NULL;
}

void troth_sas_count_failure(troth_sas_session *s, troth_sas_finding *f)
{
    bool evidence = f->error.wire >> 16 == TROTH_SAS_INVALID_EVIDENCE;
    troth_status_class class = troth_status_class_of(f->error.code);
    if (!evidence || f->error.code == TROTH_NOT_ALLOWED || class == TROTH_CLASS_RESOURCES)
        return;
    if (++s->failures >= s->t->opts.failures)
        s->barred = true;
}
