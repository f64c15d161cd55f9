/* Tokens in words, for traces. */
#include <mech/spnego/negotiation.h>

/* Each name once: a mechanism may have several OIDs. */
static void add(const troth_neg *s, troth_oid oid, troth_trace_token *ret)
{
    const troth_mech *m = troth_mech_by_oid(s->c->cred->mechs, oid);
    const char *name = m ? m->name : "unknown";
    for (size_t i = 0; i < TROTH_TRACE_MECHS; i++) {
        if (ret->mechs[i] == name)
            return;
        if (!ret->mechs[i]) {
            ret->mechs[i] = name;
            return;
        }
    }
}

static void tell_inner(const troth_neg *s, const troth_mech *m, troth_bytes token, troth_trace_token *ret)
{
    troth_trace_token inner = { 0 };
    ret->carries = token.len != 0;
    if (!ret->carries || !m || !m->tell)
        return;
    m->tell(s->c, s, token, &inner);
    ret->inner = inner.message;
}

static void tell_init(const troth_neg *s, const troth_neg_init *t, troth_trace_token *ret)
{
    ret->message = t->hints ? "NegTokenInit2" : "NegTokenInit";
    ret->mic = t->mechListMIC.len != 0;
    for (size_t i = 0; i < t->n_mechs; i++)
        add(s, t->mechs[i], ret);
    if (t->n_mechs)
        tell_inner(s, troth_mech_by_oid(s->c->cred->mechs, t->mechs[0]), t->mechToken, ret);
}

static void tell_resp(const troth_neg *s, const troth_neg_resp *t, troth_trace_token *ret)
{
    static const char *const answers[] = { [TROTH_NEG_ACCEPT_COMPLETED] = "accept-completed",
                                           [TROTH_NEG_ACCEPT_INCOMPLETE] = "accept-incomplete",
                                           [TROTH_NEG_REJECT] = "reject",
                                           [TROTH_NEG_REQUEST_MIC] = "request-mic",
                                           [TROTH_NEG_ABSENT] = NULL };
    const troth_mech *m = s->child ? s->child->mech : NULL;
    ret->message = "NegTokenResp";
    ret->answer = answers[t->negState];
    ret->mic = t->mechListMIC.len != 0;
    if (t->supportedMech.len) {
        m = troth_mech_by_oid(s->c->cred->mechs, t->supportedMech);
        add(s, t->supportedMech, ret);
    }
    tell_inner(s, m, t->responseToken, ret);
}

void troth_neg_tell(const troth_context *c, const void *impl, troth_bytes token, troth_trace_token *ret)
{
    const troth_neg *s = impl;
    troth_neg_init init;
    troth_neg_resp resp;
    (void)c;
    if (troth_neg_is_framed(token) && !troth_neg_read_init(token, &init))
        tell_init(s, &init, ret);
    else if (!troth_neg_read_resp(token, &resp))
        tell_resp(s, &resp, ret);
}
