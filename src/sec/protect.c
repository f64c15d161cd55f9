/* Message protection: what is checked before and after, whichever mechanism does the work. */
#include <sec/context.h>
#include <sec/context_fsm.h>

/* State, level and time: may this context protect in this form? Nothing is written: two directions may ask at once. */
static troth_status ready(const troth_context *c, troth_form form)
{
    troth_flags need = form == TROTH_FORM_SEAL ? TROTH_F_CONFIDENTIALITY : TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY;
    if (!troth_context_complete(c))
        return TROTH_BAD_STATE;
    if (!(c->leaf->attributes & need))
        return TROTH_TOO_LOW;
    if (c->leaf->expiry != UINT64_MAX && c->env->wall(c->env->self) >= c->leaf->expiry)
        return TROTH_EXPIRED;
    return c->leaf->mech->protect ? TROTH_OK : TROTH_UNSUPPORTED;
}

static troth_status well_formed(const troth_message *m, bool out)
{
    for (size_t i = 0; i < m->n_segs; i++) {
        const troth_segment *s = &m->segs[i];
        if (s->len && !s->data)
            return TROTH_INVALID;
        if (s->kind == TROTH_SEG_STREAM && (out || m->n_segs != 1 || m->token_len))
            return TROTH_INVALID;
        if (s->kind > TROTH_SEG_STREAM)
            return TROTH_INVALID;
    }
    return m->token_len && !m->token ? TROTH_INVALID : TROTH_OK;
}

static void wipe_data(const troth_message *m)
{
    for (size_t i = 0; i < m->n_segs; i++)
        if (m->segs[i].kind != TROTH_SEG_SIGN_ONLY)
            troth_wipe(m->segs[i].data, m->segs[i].len);
}

size_t troth_context_token_size(const troth_context *c, troth_form form, size_t data_len)
{
    if (!troth_context_complete(c) || !c->leaf->mech->token_size)
        return 0;
    return c->leaf->mech->token_size(c->leaf->impl, form, data_len);
}

static troth_status protect_one(troth_context *leaf, troth_form form, troth_message *m)
{
    troth_status st = well_formed(m, true);
    return st ? st : leaf->mech->protect(leaf->impl, form, m);
}

static troth_status unprotect_one(troth_context *leaf, troth_form form, troth_message *m)
{
    troth_status st = well_formed(m, false);
    if (st)
        return st;
    troth_segment before = m->n_segs ? m->segs[0] : (troth_segment){ 0 };
    st = leaf->mech->unprotect(leaf->impl, form, m);
    if (!st)
        return TROTH_OK;
    if (m->n_segs) /* a stream narrowed before the failure is wiped whole */
        m->segs[0] = before;
    wipe_data(m);
    return st;
}

static troth_status each(troth_context *c, troth_form form, troth_message *msgs, size_t n, size_t *ret_done,
                         troth_status (*one)(troth_context *, troth_form, troth_message *))
{
    size_t done = 0;
    troth_status st = ready(c, form);
    if (!st) {
        troth_context *leaf = c->leaf;
        bool locked = leaf->mech->duplex == TROTH_DUPLEX_LOCKED;
        if (locked)
            troth_mutex_lock(&leaf->lock);
        while (done < n && !st) {
            st = one(leaf, form, &msgs[done]);
            done += !st;
        }
        if (locked)
            troth_mutex_unlock(&leaf->lock);
    }
    if (ret_done)
        *ret_done = done;
    return st;
}

troth_status troth_context_protect(troth_context *c, troth_form form, troth_message *msgs, size_t n, size_t *ret_done)
{
    return each(c, form, msgs, n, ret_done, protect_one);
}

troth_status troth_context_unprotect(troth_context *c, troth_form form, troth_message *msgs, size_t n, size_t *ret_done)
{
    return each(c, form, msgs, n, ret_done, unprotect_one);
}

bool troth_context_sealed(const troth_context *c, const troth_message *msg)
{
    if (!troth_context_complete(c))
        return false;
    bool stream = msg->n_segs == 1 && msg->segs[0].kind == TROTH_SEG_STREAM;
    troth_bytes token = { msg->token, msg->token_len };
    if (stream)
        token = (troth_bytes){ msg->segs[0].data, msg->segs[0].len };
    return c->leaf->mech->sealed ? c->leaf->mech->sealed(c->leaf->impl, token)
                                 : (c->leaf->attributes & TROTH_F_CONFIDENTIALITY) != 0;
}
