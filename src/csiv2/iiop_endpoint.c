/* The calls of an endpoint that are the same for target and client. */
#include <csiv2/iiop_conn.h>

/* One message for each call: what it brings is told before the next one is looked at. */
static bool may_feed(troth_iiop_conn *c)
{
    return !c->closed && !c->ends && !c->polls && !troth_iiop_untold(c) &&
           (c->server ? troth_iiop_may_ask(c) : troth_iiop_may_call_back(c));
}

troth_status troth_iiop_feed(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from, uint64_t now,
                             size_t *ret_used)
{
    troth_iiop_conn *c = (troth_iiop_conn *)e;
    troth_giop_whole w;
    (void)from;
    *ret_used = n;
    if (c->closed || c->in_ended)
        return c->closed ? troth_iiop_verdict(c) : TROTH_BAD_STATE;
    troth_iiop_at(c, now, false);
    *ret_used = 0;
    if (!may_feed(c))
        return TROTH_OK;
    troth_status st = troth_iiop_stream_take(&c->peer, bytes, n, c->now, ret_used, &w);
    if (st == TROTH_AGAIN)
        return TROTH_OK;
    troth_iiop_at(c, now, true);
    c->polls = true;
    if (!st)
        st = c->role->from_peer(c, &w);
    if (st)
        troth_iiop_end_of(c, TROTH_IIOP_PEER, st);
    return troth_iiop_verdict(c);
}

static bool may_submit(troth_iiop_conn *c)
{
    return !troth_iiop_full(c) && (c->server ? troth_iiop_may_call_back(c) : troth_iiop_may_ask(c));
}

static troth_status submit_data(troth_iiop_conn *c, troth_bytes data, size_t *ret_used)
{
    while (*ret_used < data.len && !c->ends && !c->out_ended) {
        troth_giop_whole w;
        size_t used;
        if (!may_submit(c))
            return TROTH_AGAIN;
        troth_status st =
            troth_iiop_stream_take(&c->orb, data.data + *ret_used, data.len - *ret_used, c->now, &used, &w);
        *ret_used += used;
        if (st == TROTH_AGAIN)
            break;
        troth_iiop_at(c, c->now, true);
        if (!st)
            st = c->role->from_orb(c, &w);
        if (st)
            troth_iiop_end_of(c, TROTH_IIOP_ORB, st);
        if (c->closed)
            return troth_iiop_verdict(c);
    }
    *ret_used = data.len; /* what follows the end is nothing */
    return TROTH_OK;
}

troth_status troth_iiop_submit(troth_endpoint *e, const troth_order_msg *order, uint64_t now, size_t *ret_used)
{
    troth_iiop_conn *c = (troth_iiop_conn *)e;
    *ret_used = 0;
    if (c->closed || c->out_ended)
        return TROTH_BAD_STATE;
    troth_iiop_at(c, now, false);
    switch (order->kind) {
    case TROTH_ORDER_DATA:
        return submit_data(c, order->data, ret_used);
    case TROTH_ORDER_END:
        return troth_iiop_order_end(c);
    default:
        return TROTH_INVALID;
    }
}

/* One thing more to tell, or to put out; false = nothing is decided now. */
static bool go_on(troth_iiop_conn *c, troth_event *ret)
{
    if (c->closed || c->ends)
        return false;
    if (c->role->job(c, &ret->job)) {
        ret->kind = TROTH_EV_JOB;
        return true;
    }
    troth_status st = troth_iiop_full(c) ? TROTH_AGAIN : c->role->decide(c);
    if (st == TROTH_AGAIN && c->stalled) {
        st = c->role->unstall(c);
        if (!st && c->stalled)
            st = TROTH_AGAIN;
    }
    if (st == TROTH_AGAIN)
        return false;
    if (st)
        troth_iiop_end(c, st, "troth/iiop.h: a request");
    return true;
}

bool troth_iiop_event(troth_endpoint *e, troth_event *ret)
{
    troth_iiop_conn *c = (troth_iiop_conn *)e;
    troth_event ev = { 0 };
    while (!troth_iiop_tell(c, &ev)) {
        if (go_on(c, &ev)) {
            if (ev.kind)
                break;
            continue;
        }
        c->polls = false;
        if (!troth_iiop_tell_end(c, &ev))
            return false;
        break;
    }
    *ret = ev;
    return true;
}

void troth_iiop_stepped(troth_endpoint *e, troth_job *job, uint64_t now)
{
    troth_iiop_conn *c = (troth_iiop_conn *)e;
    troth_iiop_at(c, now, false);
    if (c->closed)
        troth_job_free(job);
    else
        c->role->stepped(c, job);
}
