/* Requests: what a message that came is, and what is known about it before its machine moves. */
#include <csiv2/sas_target.h>

enum { SPARES = 16 };

/* ---- lists and memory ---- */

void troth_sas_list_add(troth_sas_list *l, troth_sas_req *r)
{
    r->prev = l->last;
    r->after = NULL;
    if (l->last)
        l->last->after = r;
    else
        l->first = r;
    l->last = r;
}

void troth_sas_list_remove(troth_sas_list *l, troth_sas_req *r)
{
    if (r->prev)
        r->prev->after = r->after;
    else
        l->first = r->after;
    if (r->after)
        r->after->prev = r->prev;
    else
        l->last = r->prev;
    r->prev = r->after = NULL;
}

troth_status troth_sas_request_new(troth_sas_session *s, const troth_sas_request *q, troth_sas_req **ret)
{
    troth_sas_req *r = s->spare;
    if (r) {
        s->spare = r->after;
        s->n_spare--;
    } else {
        r = troth_mem_new(s->env, sizeof *r);
    }
    if (!r)
        return TROTH_NO_MEMORY;
    *r = (troth_sas_req){ .node.id = q->id, .s = s, .response_expected = q->response_expected, .expiry = UINT64_MAX };
    r->error.where = "";
    troth_fsm_init(&r->fsm, &troth_sas_request_fsm, s->env);
    troth_status st = troth_sas_table_add(&s->requests, &r->node);
    if (st) {
        troth_mem_free(s->env, r, sizeof *r);
        return st;
    }
    *ret = r;
    return TROTH_OK;
}

static void release(troth_sas_req *r)
{
    troth_sas_session *s = r->s;
    troth_sas_who_put(s, r->who);
    troth_sas_shared_put(s, r->answer);
    if (s->n_spare == SPARES) {
        troth_mem_free(s->env, r, sizeof *r);
        return;
    }
    troth_wipe(r, sizeof *r);
    r->after = s->spare;
    s->spare = r;
    s->n_spare++;
}

void troth_sas_request_free(troth_sas_req *r)
{
    troth_sas_table_remove(&r->s->requests, &r->node);
    release(r);
}

void troth_sas_request_drop(troth_sas_req *r)
{
    troth_sas_request_event(r, TROTH_SAS_R_ON_END, NULL);
    release(r);
}

void troth_sas_request_trim(troth_sas_session *s)
{
    while (s->spare) {
        troth_sas_req *r = s->spare;
        s->spare = r->after;
        troth_mem_free(s->env, r, sizeof *r);
    }
    s->n_spare = 0;
}

/* ---- EstablishContext ---- */

/* An equivalent context stands: all is judged anew but the proof, which was given on this connection with these very
 * octets. To ask the mechanism again would call a Kerberos token that came twice a replay. */
static void examine_again(troth_sas_session *s, troth_sas_entry *e, const troth_sas_establish *m,
                          troth_sas_arrival *ret)
{
    troth_sas_proof proof = { e->who->authenticated, e->who->mech, e->who->proof_flags, e->expiry };
    ret->finding = troth_sas_judge(s, &proof, m);
    if (ret->finding.error.code) {
        if (ret->finding.error.code != TROTH_NO_MEMORY)
            troth_sas_entry_event(s, e, TROTH_SAS_E_ON_EXPIRE, NULL);
        return;
    }
    ret->entry = e;
    ret->finding.answer = troth_sas_shared_ref(e->answer);
}

/* Evidence that nobody has seen before, without a token for a mechanism: judged at once. */
static void examine_assertion(troth_sas_session *s, const troth_sas_message *m, troth_sas_finding *f)
{
    troth_sas_proof proof = troth_sas_transport_proof(s);
    f->error = troth_sas_judge_transport(s, false);
    if (!f->error.code)
        *f = troth_sas_judge(s, &proof, &m->establish);
}

/* Evidence of an id that is free, or of one that is not to be kept. */
static troth_status examine_new(troth_sas_session *s, const troth_sas_message *m, const uint8_t *digest,
                                troth_sas_arrival *ret)
{
    troth_sas_finding *f = &ret->finding;
    if (m->establish.client_authentication_token.len) {
        troth_status st = troth_sas_check_begin(s, m, f, &ret->check);
        if (st)
            return st;
        ret->begins = ret->check;
    } else {
        examine_assertion(s, m, f);
    }
    if (f->error.code)
        troth_sas_count_failure(s, f);
    else if (digest && (ret->check || troth_sas_has_room(s)))
        ret->entry = troth_sas_entry_new(s, m->client_context_id, digest);
    if (ret->entry && ret->check) {
        ret->entry->check = ret->check;
        ret->check->entry = ret->entry;
        ret->entry = NULL;
    } else if (ret->entry) {
        troth_sas_entry_event(s, ret->entry, TROTH_SAS_E_ON_VALID, f);
    }
    return TROTH_OK;
}

/* An id is looked up, pending contexts too, before any mechanism sees the token. [24.3.2.2] */
static troth_status examine_establish(troth_sas_req *r, const troth_sas_message *m, troth_sas_arrival *ret)
{
    troth_sas_session *s = r->s;
    uint8_t digest[TROTH_SAS_DIGEST];
    r->establish = true;
    if (!r->context_id)
        return examine_new(s, m, NULL, ret);
    troth_sas_digest(s->t, &m->establish, digest);
    troth_sas_entry *e = troth_sas_entry_find(s, r->context_id);
    if (!e)
        return examine_new(s, m, digest, ret);
    bool same = troth_ct_equal(digest, e->digest, sizeof digest);
    if (!same && e->fsm.state == TROTH_SAS_E_PASSING) /* nothing of it will remain to conflict with */
        return examine_new(s, m, NULL, ret);
    if (!same)
        ret->finding.error = troth_sas_wrong(TROTH_DENIED, TROTH_SAS_CONFLICTING_EVIDENCE, "CORBA 24.3.2.2");
    else if (e->fsm.state == TROTH_SAS_E_ESTABLISHED)
        examine_again(s, e, &m->establish, ret);
    else
        ret->check = e->check;
    return TROTH_OK;
}

/* ---- the others ---- */

static void examine_transport(troth_sas_session *s, troth_sas_arrival *ret)
{
    troth_sas_proof proof = troth_sas_transport_proof(s);
    ret->finding.error = troth_sas_judge_transport(s, false);
    if (!ret->finding.error.code)
        ret->finding = troth_sas_judge(s, &proof, NULL);
    ret->finding.error.wire = 0; /* nobody asked for a security service: no ContextError */
}

void troth_sas_examine_context(troth_sas_req *r, troth_sas_arrival *ret)
{
    troth_sas_session *s = r->s;
    troth_sas_entry *e = troth_sas_entry_find(s, r->context_id);
    ret->finding =
        (troth_sas_finding){ .error = troth_sas_wrong(TROTH_BAD_STATE, TROTH_SAS_NO_CONTEXT, "CORBA 24.3.3") };
    if (e && e->fsm.state == TROTH_SAS_E_PENDING)
        ret->check = e->check;
    if (!e || e->fsm.state != TROTH_SAS_E_ESTABLISHED)
        return;
    if (troth_sas_judge_caller(s, &e->who->caller, e->who->flags).code) { /* no longer welcome: the context is over */
        troth_sas_entry_event(s, e, TROTH_SAS_E_ON_EXPIRE, NULL);
        return;
    }
    ret->entry = e;
    ret->finding = (troth_sas_finding){ .error.where = "", .who = troth_sas_who_ref(e->who), .expiry = e->expiry };
}

/* A MsgType that is nobody's: the octets may well be a message of some other draft, not broken ones. */
static bool is_unassigned(troth_bytes element)
{
    troth_cdr c = troth_cdr_encapsulation(element);
    uint16_t disc = troth_cdr_u16(&c);
    return !c.r.st && disc != TROTH_SAS_ESTABLISH_CONTEXT && disc != TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT &&
           disc != TROTH_SAS_CONTEXT_ERROR && disc != TROTH_SAS_MESSAGE_IN_CONTEXT;
}

static uint8_t examine_garbage(troth_sas_req *r, troth_bytes element, troth_status st, troth_sas_arrival *ret)
{
    ret->finding.error = troth_sas_wrong(st, 0, "CORBA 24.2.2");
    if (is_unassigned(element))
        return TROTH_SAS_R_ON_STRAY;
    r->marshal = st != TROTH_LIMIT;
    return TROTH_SAS_R_ON_GARBAGE;
}

static troth_status examine_element(troth_sas_req *r, troth_bytes element, uint8_t *ret_event, troth_sas_arrival *ret)
{
    uint32_t bits = r->s->t->opts.quirks;
    troth_sas_quirks quirks = { bits & TROTH_SAS_QUIRK_TRAILING, bits & TROTH_SAS_QUIRK_BOOLEANS };
    troth_sas_message m;
    troth_status st = troth_sas_read(element, &quirks, &m);
    if (st) {
        *ret_event = examine_garbage(r, element, st, ret);
        return TROTH_OK;
    }
    r->context_id = m.client_context_id;
    switch (m.type) {
    case TROTH_SAS_ESTABLISH_CONTEXT:
        *ret_event = TROTH_SAS_R_ON_ESTABLISH;
        return examine_establish(r, &m, ret);
    case TROTH_SAS_MESSAGE_IN_CONTEXT:
        r->in_context = true;
        r->discard = m.in_context.discard_context;
        troth_sas_examine_context(r, ret);
        *ret_event = TROTH_SAS_R_ON_IN_CONTEXT;
        return TROTH_OK;
    default:
        ret->finding.error = troth_sas_wrong(TROTH_UNEXPECTED, 0, "CORBA 24.3.3");
        *ret_event = TROTH_SAS_R_ON_STRAY;
        return TROTH_OK;
    }
}

troth_status troth_sas_examine(troth_sas_req *r, const troth_sas_request *q, uint8_t *ret_event, troth_sas_arrival *ret)
{
    *ret = (troth_sas_arrival){ .finding.error.where = "", .finding.expiry = UINT64_MAX };
    if (r->s->barred) {
        ret->finding.error = troth_sas_wrong(TROTH_DENIED, 0, "limit: failures of a connection");
        *ret_event = TROTH_SAS_R_ON_BARRED;
    } else if (q->n_elements > 1) {
        ret->finding.error = troth_sas_wrong(TROTH_MALFORMED, 0, "CORBA 24.2.1");
        *ret_event = TROTH_SAS_R_ON_SEVERAL;
    } else if (!q->n_elements) {
        examine_transport(r->s, ret);
        *ret_event = TROTH_SAS_R_ON_NO_SAS;
    } else {
        return examine_element(r, q->element, ret_event, ret);
    }
    return TROTH_OK;
}
