/* Replies: what a peer says, held against what was sent. [CORBA 24.3.4; 24.3.5] */
#include <csiv2/gssup.h>
#include <csiv2/sas_client.h>

/* What was heard: the request's event, and what the context has to know. */
typedef struct hearing {
    uint8_t event;
    troth_sas_client_heard heard;
} hearing;

static hearing contradicts(troth_status code, const char *where)
{
    return (hearing){ TROTH_SAS_RQ_ON_CONTRADICTION, { .error = { .code = code, .where = where } } };
}

static const char *where_of(int32_t major_status)
{
    static const char *const where[] = { "CORBA 24.3.5", "CORBA 24.3.5 invalid evidence",
                                         "CORBA 24.3.5 invalid mechanism", "CORBA 24.3.5 conflicting evidence",
                                         "CORBA 24.3.5 no context" };
    return where[major_status >= 1 && major_status <= 4 ? major_status : 0];
}

static hearing hear_error(const troth_sas_client *c, const troth_sas_error *e, troth_sas_reply_kind kind)
{
    if (kind == TROTH_SAS_REPLY_RESULT || kind == TROTH_SAS_REPLY_FORWARD)
        return contradicts(TROTH_UNEXPECTED, "CORBA 24.2.2.4: ContextError, and no exception");
    hearing h = { e->major_status == TROTH_SAS_CONFLICTING_EVIDENCE ? TROTH_SAS_RQ_ON_CONFLICT : TROTH_SAS_RQ_ON_ERROR,
                  { .error = { .code = TROTH_PEER_REFUSED, .where = where_of(e->major_status) } } };
    h.heard.no_permission = kind == TROTH_SAS_REPLY_REFUSED;
    h.heard.error.wire = ((uint32_t)e->major_status & 0xffff) << 16 | ((uint32_t)e->minor_status & 0xffff);
    uint32_t code;
    if (c->authn == TROTH_MECH_GSSUP && !troth_gssup_error_read(e->error_token, &code))
        h.heard.error.gss_minor = code;
    return h;
}

static hearing hear_message(const troth_sas_client *c, const troth_sas_message *m, uint64_t sent_id,
                            troth_sas_reply_kind kind)
{
    if (m->client_context_id != sent_id && m->client_context_id) /* some answer 0, whatever was asked [R26] */
        return contradicts(TROTH_UNEXPECTED, "CORBA 24.2.2: an id that was not sent");
    if (m->type == TROTH_SAS_CONTEXT_ERROR)
        return hear_error(c, &m->error, kind);
    if (m->type != TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT)
        return contradicts(TROTH_UNEXPECTED, "CORBA 24.2.2: a client's message");
    return (hearing){ m->complete.context_stateful ? TROTH_SAS_RQ_ON_STATEFUL : TROTH_SAS_RQ_ON_NEGOTIATED_DOWN,
                      { .error = { .code = TROTH_UNEXPECTED,
                                   .where = "CORBA 24.2.2.3: a context that was not asked for" } } };
}

static hearing hear(const troth_sas_client *c, const troth_sas_answer *a, uint64_t sent_id)
{
    troth_sas_message m;
    if (a->n_elements > 1)
        return contradicts(TROTH_MALFORMED, "CORBA 24.2.1: more than one element");
    if (!a->n_elements)
        return (hearing){ a->kind == TROTH_SAS_REPLY_FORWARD ? TROTH_SAS_RQ_ON_FORWARD : TROTH_SAS_RQ_ON_NOTHING,
                          { .no_permission = a->kind == TROTH_SAS_REPLY_REFUSED } };
    troth_status st = troth_sas_read(a->element, &c->quirks, &m);
    if (st)
        return contradicts(st, "CORBA 24.2.2: no such message");
    return hear_message(c, &m, sent_id, a->kind);
}

/* ---- what it means for the context ---- */

/* The event for the context of an EstablishContext; a conflict begins anew once. */
static uint8_t established(const hearing *h, troth_sas_fate fate)
{
    switch (h->event) {
    case TROTH_SAS_RQ_ON_STATEFUL:
        return TROTH_SAS_CX_ON_STATEFUL;
    case TROTH_SAS_RQ_ON_NEGOTIATED_DOWN:
        return TROTH_SAS_CX_ON_NEGOTIATED_DOWN;
    case TROTH_SAS_RQ_ON_NOTHING:
        return TROTH_SAS_CX_ON_NOTHING;
    case TROTH_SAS_RQ_ON_FORWARD:
        return TROTH_SAS_CX_ON_FORWARD;
    default:
        return fate == TROTH_SAS_RESEND ? TROTH_SAS_CX_ON_CONFLICT : TROTH_SAS_CX_ON_EVIDENCE;
    }
}

static bool is_error(const hearing *h)
{
    return h->event == TROTH_SAS_RQ_ON_ERROR || h->event == TROTH_SAS_RQ_ON_CONFLICT;
}

/* Tell the context, if it is still the one that the request was sent with. */
static troth_status tell_context(troth_sas_client_request *r, uint8_t sent, const hearing *h)
{
    troth_sas_client_context *x = r->context;
    bool current = x && r->sent_id && r->sent_id == x->id;
    if (sent == TROTH_SAS_RQ_ESTABLISH && current) {
        x->pending--;
        return troth_sas_client_context_on(x, established(h, r->fate), &h->heard);
    }
    if (sent == TROTH_SAS_RQ_IN_CONTEXT && current && is_error(h))
        return troth_sas_client_context_on(x, TROTH_SAS_CX_ON_LOST, &h->heard);
    if (sent == TROTH_SAS_RQ_ONCE && is_error(h) && x->fsm.state == TROTH_SAS_CX_STATELESS)
        return troth_sas_client_context_on(x, TROTH_SAS_CX_ON_EVIDENCE, &h->heard);
    return TROTH_OK;
}

static bool is_sent(uint8_t state)
{
    return state == TROTH_SAS_RQ_BARE || state == TROTH_SAS_RQ_ESTABLISH || state == TROTH_SAS_RQ_ONCE ||
           state == TROTH_SAS_RQ_IN_CONTEXT;
}

/* Move the request, then its context, or all of them. */
static troth_status judge(troth_sas_client_request *r, const hearing *h)
{
    uint8_t sent = r->fsm.state;
    troth_status st = troth_fsm_step(&r->fsm, h->event, r, &h->heard);
    if (st)
        r->fate = TROTH_SAS_BROKEN;
    if (r->fate == TROTH_SAS_BROKEN)
        troth_sas_client_distrust(r->client, &h->heard.error);
    else
        st = tell_context(r, sent, h);
    return st;
}

troth_status troth_sas_client_reply(troth_sas_client *c, const troth_sas_answer *a, uint64_t now, troth_sas_fate *ret,
                                    troth_error *ret_err)
{
    (void)now;
    troth_sas_client_request *r = (troth_sas_client_request *)troth_sas_table_find(&c->requests, a->id);
    if (!r || !is_sent(r->fsm.state))
        return TROTH_INVALID;
    troth_sas_client_clean(c);
    hearing h = hear(c, a, r->sent_id);
    if (judge(r, &h))
        r->fate = TROTH_SAS_BROKEN;
    troth_sas_fate fate = r->fate;
    if (fate == TROTH_SAS_RESEND) {
        r->sent_id = 0;
        troth_sas_client_place(r);
    } else {
        troth_sas_client_request_free(r);
    }
    if (ret_err && fate != TROTH_SAS_PASS)
        *ret_err = h.heard.error;
    *ret = fate;
    return TROTH_OK;
}

void troth_sas_client_end(troth_sas_client *c, uint64_t id, uint64_t now)
{
    (void)now;
    troth_sas_client_request *r = (troth_sas_client_request *)troth_sas_table_find(&c->requests, id);
    if (!r)
        return;
    troth_sas_client_context *x = r->context;
    if (r->fsm.state == TROTH_SAS_RQ_ESTABLISH && r->sent_id == x->id) {
        x->pending--;
        if (troth_sas_client_context_on(x, TROTH_SAS_CX_ON_ENDED, NULL))
            x->pending = 0; /* it begins anew */
    }
    troth_sas_client_request_on(r, TROTH_SAS_RQ_ON_END);
    troth_sas_client_request_free(r);
}
