/* Records: a failed one ends its context, because the stream behind it cannot be trusted. */
#include <sec/context.h>
#include <sec/context_fsm.h>

/* A record that fails in one direction ends the other one, too: the state is asked for under the lock. */
static troth_mutex *lock_of(const troth_context *c)
{
    troth_mutex *lock = c->leaf ? &c->leaf->lock : NULL;
    if (lock)
        troth_mutex_lock(lock);
    return lock;
}

size_t troth_context_record_need(const troth_context *c, troth_bytes bytes)
{
    troth_mutex *lock = lock_of(c);
    if (!lock)
        return 0;
    bool can = troth_context_complete(c) && c->leaf->mech->record_need;
    size_t need = can ? c->leaf->mech->record_need(c->leaf->impl, bytes) : 0;
    troth_mutex_unlock(lock);
    return need;
}

static troth_status settle(troth_context *c, troth_status st)
{
    if (!st || st == TROTH_AGAIN || st == TROTH_CLOSED)
        return st;
    troth_context_fail(c, st, 0, 0, "record");
    troth_status moved = troth_fsm_step(&c->fsm, TROTH_CTX_EV_ERROR, c, NULL);
    return moved ? moved : st;
}

troth_status troth_context_record_open(troth_context *c, troth_bytes bytes, troth_record *ret)
{
    troth_mutex *lock = lock_of(c);
    if (!lock)
        return TROTH_BAD_STATE;
    troth_status st = TROTH_BAD_STATE;
    if (troth_context_complete(c))
        st = c->leaf->mech->record_open ? settle(c, c->leaf->mech->record_open(c->leaf->impl, bytes, ret))
                                        : TROTH_UNSUPPORTED;
    troth_mutex_unlock(lock);
    return st;
}

troth_status troth_context_record_seal(troth_context *c, troth_bytes plain, troth_bytes *ret)
{
    troth_mutex *lock = lock_of(c);
    if (!lock)
        return TROTH_BAD_STATE;
    troth_status st = TROTH_BAD_STATE;
    if (troth_context_complete(c))
        st = c->leaf->mech->record_seal ? settle(c, c->leaf->mech->record_seal(c->leaf->impl, plain, ret))
                                        : TROTH_UNSUPPORTED;
    troth_mutex_unlock(lock);
    return st;
}

troth_status troth_context_record_close(troth_context *c, troth_bytes *ret)
{
    troth_mutex *lock = lock_of(c);
    if (!lock)
        return TROTH_BAD_STATE;
    troth_status st = TROTH_BAD_STATE;
    if (troth_context_complete(c))
        st = c->leaf->mech->record_close ? settle(c, c->leaf->mech->record_close(c->leaf->impl, ret))
                                         : TROTH_UNSUPPORTED;
    troth_mutex_unlock(lock);
    return st;
}

troth_status troth_context_query(troth_context *c, troth_query what, troth_bytes *ret)
{
    troth_mutex *lock = lock_of(c);
    if (!lock)
        return TROTH_BAD_STATE;
    troth_status st = TROTH_BAD_STATE;
    if (troth_context_complete(c))
        st = c->leaf->mech->query ? c->leaf->mech->query(c->leaf->impl, what, ret) : TROTH_UNSUPPORTED;
    troth_mutex_unlock(lock);
    return st;
}

troth_status troth_context_keying(troth_context *c, troth_bytes label, const troth_bytes *context, size_t n,
                                  uint8_t *ret)
{
    if (!label.len || !n || n > TROTH_KEYING_MAX)
        return TROTH_INVALID;
    troth_mutex *lock = lock_of(c);
    if (!lock)
        return TROTH_BAD_STATE;
    troth_status st = TROTH_BAD_STATE;
    if (troth_context_complete(c))
        st = c->leaf->mech->keying ? c->leaf->mech->keying(c->leaf->impl, label, context, n, ret) : TROTH_UNSUPPORTED;
    troth_mutex_unlock(lock);
    return st;
}

size_t troth_context_token_need(const troth_context *c, troth_bytes bytes)
{
    return c->mech->token_need ? c->mech->token_need(c->impl, bytes) : 0;
}
