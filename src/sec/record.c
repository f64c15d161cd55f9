/* Records: a failed one ends its context, because the stream behind it cannot be trusted. */
#include <sec/context.h>
#include <sec/context_fsm.h>

size_t troth_context_record_need(const troth_context *c, troth_bytes bytes)
{
    if (!troth_context_complete(c) || !c->leaf->mech->record_need)
        return 0;
    return c->leaf->mech->record_need(c->leaf->impl, bytes);
}

static troth_status settle(troth_context *c, troth_status st)
{
    if (!st || st == TROTH_AGAIN)
        return st;
    troth_context_fail(c, st, 0, 0, "record");
    troth_status moved = troth_fsm_step(&c->fsm, TROTH_CTX_EV_ERROR, c, NULL);
    return moved ? moved : st;
}

troth_status troth_context_record_open(troth_context *c, troth_bytes bytes, troth_record *ret)
{
    if (!troth_context_complete(c))
        return TROTH_BAD_STATE;
    if (!c->leaf->mech->record_open)
        return TROTH_UNSUPPORTED;
    troth_mutex_lock(&c->leaf->lock);
    troth_status st = settle(c, c->leaf->mech->record_open(c->leaf->impl, bytes, ret));
    troth_mutex_unlock(&c->leaf->lock);
    return st;
}

troth_status troth_context_record_seal(troth_context *c, troth_bytes plain, troth_bytes *ret)
{
    if (!troth_context_complete(c))
        return TROTH_BAD_STATE;
    if (!c->leaf->mech->record_seal)
        return TROTH_UNSUPPORTED;
    troth_mutex_lock(&c->leaf->lock);
    troth_status st = settle(c, c->leaf->mech->record_seal(c->leaf->impl, plain, ret));
    troth_mutex_unlock(&c->leaf->lock);
    return st;
}
