/* The MIC over the initiator's list of mechanisms, by which neither side can be brought to take a worse one. */
#include <mech/spnego/negotiation.h>
#include <string.h>

bool troth_neg_signs(const troth_neg *s)
{
    return s->child->attributes & TROTH_F_INTEGRITY;
}

bool troth_neg_keyed(const troth_neg *s)
{
    return troth_neg_signs(s) && s->child->mech->after_mech_list_mic;
}

/* The list as one segment that is signed and never changed. */
static troth_segment list(const troth_neg *s)
{
    return (troth_segment){ TROTH_SEG_SIGN_ONLY, s->mech_types.data, s->mech_types.len };
}

troth_status troth_neg_make_mic(troth_neg *s, uint8_t mic[TROTH_NEG_MIC_MAX], troth_bytes *ret)
{
    troth_segment seg = list(s);
    troth_message msg = { .segs = &seg, .n_segs = 1, .token = mic };
    msg.token_len = troth_context_token_size(s->child, TROTH_FORM_MIC, 0);
    if (!msg.token_len || msg.token_len > TROTH_NEG_MIC_MAX)
        return troth_neg_fail(s, TROTH_MECHANISM, "RFC 4178 5 a: the mechanism makes no MIC");
    troth_status st = troth_context_protect(s->child, TROTH_FORM_MIC, &msg, 1, NULL);
    if (st)
        return troth_neg_fail(s, st, "RFC 4178 5 a");
    s->mics = true;
    *ret = (troth_bytes){ mic, msg.token_len };
    return TROTH_OK;
}

troth_status troth_neg_verify_mic(troth_neg *s)
{
    uint8_t mic[TROTH_NEG_MIC_MAX];
    troth_bytes theirs = s->leg.resp.mechListMIC;
    troth_segment seg = list(s);
    troth_message msg = { .segs = &seg, .n_segs = 1, .token = mic, .token_len = theirs.len };
    if (!theirs.data || !theirs.len || theirs.len > sizeof mic)
        return troth_neg_fail(s, TROTH_DOWNGRADE, "RFC 4178 5: no mechListMIC that could be one");
    memcpy(mic, theirs.data, theirs.len); /* a mechanism may write to it */
    troth_status st = troth_context_unprotect(s->child, TROTH_FORM_MIC, &msg, 1, NULL);
    if (st) /* whatever is wrong with it: the list we know and the list they know are not shown to be one */
        return troth_neg_fail(s, st == TROTH_NO_MEMORY ? st : TROTH_DOWNGRADE, "RFC 4178 5: mechListMIC");
    s->mics = true;
    return TROTH_OK;
}

troth_status troth_neg_after_mics(troth_neg *s)
{
    if (!s->mics || !s->child->mech->after_mech_list_mic)
        return TROTH_OK;
    troth_status st = s->child->mech->after_mech_list_mic(s->child->impl);
    return st ? troth_neg_fail(s, st, "MS-SPNG 3.3.5.1") : TROTH_OK;
}
