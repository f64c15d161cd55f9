/* What goes through without a look at who calls. */
#include <csiv2/iiop_conn.h>

static troth_iiop_side other_side(troth_iiop_side to)
{
    return to == TROTH_IIOP_PEER ? TROTH_IIOP_ORB : TROTH_IIOP_PEER;
}

troth_status troth_iiop_pass_request(troth_iiop_conn *c, troth_iiop_side to, const troth_giop_whole *w)
{
    troth_giop_request q;
    troth_iiop_request *x;
    troth_status st = troth_iiop_read_request(w, &q);
    if (st)
        return st;
    if (troth_iiop_requests_find(&c->back, q.request_id))
        return TROTH_UNEXPECTED;
    if (troth_giop_response_expected(&q)) {
        st = troth_iiop_requests_add(&c->back, q.request_id, &x);
        if (st == TROTH_LIMIT)
            return troth_iiop_turn_away(c, other_side(to), &q);
        if (st)
            return st;
        st = troth_iiop_request_on(x, TROTH_IIOP_ON_PASS);
        if (st)
            return st;
    }
    troth_iiop_edit e = { w, &q.span, q.body, &q.contexts, 0 };
    troth_iiop_strip(&e);
    return troth_iiop_put(c, to, &e);
}

troth_status troth_iiop_answered(troth_iiop_conn *c, troth_iiop_side to, troth_iiop_requests *t, uint32_t request_id,
                                 bool locate, troth_iiop_request **ret)
{
    static const troth_error unasked = { .code = TROTH_UNEXPECTED, .where = "CORBA 15.4.3, from the ORB" };
    troth_iiop_request *x = troth_iiop_requests_find(t, request_id);
    if (x && x->fsm.state == TROTH_IIOP_CANCELLED) {
        troth_iiop_requests_remove(t, x);
        return TROTH_AGAIN;
    }
    if (x && x->fsm.state == TROTH_IIOP_PASSED && x->locate == locate) {
        *ret = x;
        return TROTH_OK;
    }
    if (to == TROTH_IIOP_ORB)
        return TROTH_UNEXPECTED;
    troth_iiop_warn(c, request_id, &unasked);
    return TROTH_AGAIN;
}

troth_status troth_iiop_pass_reply(troth_iiop_conn *c, troth_iiop_side to, const troth_giop_whole *w)
{
    troth_giop_reply r;
    troth_iiop_request *x;
    troth_status st = troth_iiop_read_reply(w, &r);
    if (!st)
        st = troth_iiop_answered(c, to, &c->back, r.request_id, false, &x);
    if (st)
        return st == TROTH_AGAIN ? TROTH_OK : st;
    troth_iiop_requests_remove(&c->back, x);
    troth_iiop_edit e = { w, &r.span, r.body, &r.contexts, 0 };
    troth_iiop_strip(&e);
    return troth_iiop_put(c, to, &e);
}

troth_status troth_iiop_pass_locate(troth_iiop_conn *c, troth_iiop_side to, troth_iiop_requests *t,
                                    const troth_giop_whole *w)
{
    troth_giop_locate_request q;
    troth_iiop_request *x;
    troth_status st = troth_giop_locate_request_read(w->octets, &q);
    if (st)
        return st;
    st = troth_iiop_requests_add(t, q.request_id, &x);
    if (st == TROTH_LIMIT)
        return troth_iiop_turn_away_locate(c, other_side(to), &q);
    if (st)
        return st;
    st = troth_iiop_request_on(x, TROTH_IIOP_ON_PASS);
    if (st)
        return st;
    x->locate = x->response_expected = true;
    return troth_iiop_put_octets(c, to, w->octets, NULL);
}

troth_status troth_iiop_pass_located(troth_iiop_conn *c, troth_iiop_side to, troth_iiop_requests *t,
                                     const troth_giop_whole *w)
{
    troth_giop_locate_reply r;
    troth_iiop_request *x;
    troth_status st = troth_giop_locate_reply_read(w->octets, &r);
    if (!st)
        st = troth_iiop_answered(c, to, t, r.request_id, true, &x);
    if (st)
        return st == TROTH_AGAIN ? TROTH_OK : st;
    troth_iiop_requests_remove(t, x);
    return troth_iiop_put_octets(c, to, w->octets, NULL);
}

troth_status troth_iiop_pass_cancel(troth_iiop_conn *c, troth_iiop_side to, troth_iiop_requests *t,
                                    const troth_giop_whole *w)
{
    uint32_t id;
    troth_status st = troth_giop_cancel_read(w->octets, &id);
    if (st)
        return st;
    troth_iiop_request *x = troth_iiop_requests_find(t, id);
    if (x)
        st = troth_iiop_requests_cancel(t, x);
    if (st)
        return st;
    return troth_iiop_put_octets(c, to, w->octets, NULL);
}

troth_status troth_iiop_pass_end(troth_iiop_conn *c, troth_iiop_side to, const troth_giop_whole *w)
{
    c->ends = true;
    return troth_iiop_put_octets(c, to, w->octets, NULL);
}
