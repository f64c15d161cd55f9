#include <mech/spnego/negotiation.h>

troth_status troth_neg_fail(troth_neg *s, troth_status st, const char *where)
{
    (void)troth_context_fail(s->c, st, 0, 0, where);
    return st;
}

const troth_mech *troth_neg_mech_of(const troth_neg *s, troth_oid oid)
{
    const troth_mech *m = troth_mech_by_oid(s->c->cred->mechs, oid);
    return m && troth_cred_part_of(s->c->cred, m) ? m : NULL;
}

troth_status troth_neg_child(troth_neg *s, const troth_mech *mech)
{
    troth_context_free(s->child);
    s->child = NULL;
    return troth_context_child(s->c, mech, s->c->opts.require, &s->child);
}

troth_status troth_neg_child_step(troth_neg *s, troth_bytes in)
{
    troth_step step = troth_context_step(s->child, in, &s->leg.token);
    if (step == TROTH_STEP_ERROR)
        return s->child->error.code ? s->child->error.code : TROTH_MECHANISM;
    if (step == TROTH_STEP_MORE)
        s->leg.next = TROTH_NEG_EV_MECH_MORE;
    else
        s->leg.next = s->leg.token.len ? TROTH_NEG_EV_MECH_LAST : TROTH_NEG_EV_MECH_DONE;
    return TROTH_OK;
}

troth_status troth_neg_child_failed(troth_neg *s)
{
    (void)troth_context_fail_as(s->c, s->child);
    return s->c->error.code;
}

troth_bytes troth_neg_child_token(const troth_neg *s)
{
    return s->leg.token.len ? (troth_bytes){ s->leg.token.base, s->leg.token.len } : (troth_bytes){ NULL, 0 };
}
