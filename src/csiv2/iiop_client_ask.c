/* Requests of the ORB: held until it is known what evidence goes with them. */
#include <csiv2/iiop_client.h>

static troth_status offer(troth_iiop_client *k, troth_iiop_request *x)
{
    troth_sas_call call = { .id = x->request_id, .response_expected = x->response_expected };
    troth_status st = troth_sas_client_call(k->sas, &call, k->conn.now);
    k->conn.stalled = st == TROTH_AGAIN;
    k->conn.stalled_id = x->request_id;
    if (!st)
        st = troth_iiop_request_on(x, TROTH_IIOP_ON_TAKEN);
    return st == TROTH_AGAIN ? TROTH_OK : st;
}

troth_status troth_iiop_client_request(troth_iiop_client *k, const troth_giop_whole *w)
{
    troth_iiop_conn *c = &k->conn;
    troth_giop_request q;
    troth_iiop_request *x;
    troth_status st = troth_iiop_read_request(w, &q);
    if (st)
        return st;
    st = troth_iiop_requests_add(&c->asked, q.request_id, &x);
    if (st == TROTH_LIMIT)
        return troth_iiop_turn_away(c, TROTH_IIOP_ORB, &q);
    if (st)
        return st;
    x->minor = q.minor;
    x->order = q.order;
    x->response_expected = troth_giop_response_expected(&q);
    st = troth_iiop_wait(c, x, w);
    if (st) {
        troth_iiop_requests_remove(&c->asked, x);
        return st;
    }
    return offer(k, x);
}

troth_status troth_iiop_client_unstall(troth_iiop_client *k)
{
    return offer(k, troth_iiop_requests_find(&k->conn.asked, k->conn.stalled_id));
}

/*
 * None is read while a request is stalled. What was never sent needs no cancelling; what waits to be sent again was refused
 * the first time.
 */
troth_status troth_iiop_client_cancel(troth_iiop_client *k, const troth_giop_whole *w)
{
    troth_iiop_conn *c = &k->conn;
    uint32_t id;
    troth_status st = troth_giop_cancel_read(w->octets, &id);
    if (st)
        return st;
    troth_iiop_request *x = troth_iiop_requests_find(&c->asked, id);
    if (!x && troth_iiop_stream_swallow(&c->orb, id))
        return TROTH_OK;
    if (x && !x->locate && x->fsm.state != TROTH_IIOP_CANCELLED)
        troth_sas_client_end(k->sas, id, c->now);
    if (x && x->fsm.state == TROTH_IIOP_WAITING) {
        troth_iiop_forget(c, x);
        return TROTH_OK;
    }
    if (x)
        troth_iiop_resend_drop(k, x);
    return troth_iiop_pass_cancel(c, TROTH_IIOP_PEER, &c->asked, w);
}

/* ---- decided ---- */

static troth_status put_request(troth_iiop_client *k, const troth_iiop_request *x, troth_bytes element)
{
    troth_giop_request q;
    troth_giop_cuts cuts;
    troth_giop_whole w = troth_iiop_held_whole(&x->held, &cuts);
    troth_status st = troth_iiop_read_request(&w, &q);
    if (st)
        return st;
    troth_iiop_edit e = { &w, &q.span, q.body, &q.contexts, 0 };
    troth_iiop_strip(&e);
    if (element.len)
        st = troth_iiop_add(&e, TROTH_GIOP_SAS, element);
    return st ? st : troth_iiop_put(&k->conn, TROTH_IIOP_PEER, &e);
}

/* There is no room for what has to be added: this request goes no further, and only this one. */
static const troth_error crowded = { .code = TROTH_LIMIT, .where = "CORBA 13.7, service contexts of a Request" };

/* Nothing may be sent: the ORB is told what a target would have said. */
static troth_status refuse(troth_iiop_client *k, troth_iiop_request *x, const char *exception, const troth_error *why)
{
    troth_iiop_conn *c = &k->conn;
    troth_status st = TROTH_OK;
    if (x->response_expected)
        st = troth_iiop_refuse(c, TROTH_IIOP_ORB, x, exception, TROTH_GIOP_COMPLETED_NO, (troth_bytes){ NULL, 0 });
    troth_iiop_warn(c, x->request_id, why);
    troth_iiop_forget(c, x);
    return st;
}

troth_status troth_iiop_client_decided(troth_iiop_client *k, const troth_sas_sending *s)
{
    troth_iiop_conn *c = &k->conn;
    troth_iiop_request *x = troth_iiop_requests_find(&c->asked, (uint32_t)s->id);
    if (!x || x->fsm.state != TROTH_IIOP_WAITING)
        return TROTH_OK;
    if (!s->send)
        return refuse(k, x, "NO_PERMISSION", &s->error);
    troth_status st = put_request(k, x, s->element);
    if (st == TROTH_LIMIT) {
        troth_sas_client_end(k->sas, x->request_id, c->now);
        return refuse(k, x, "IMP_LIMIT", &crowded);
    }
    if (st)
        return st;
    x->secured = s->element.len > 0;
    troth_iiop_waited(c, x);
    troth_iiop_resend_keep(k, x);
    st = troth_iiop_request_on(x, TROTH_IIOP_ON_PASS);
    if (st)
        return st;
    if (x->response_expected)
        return TROTH_OK;
    troth_sas_client_end(k->sas, x->request_id, c->now);
    troth_iiop_requests_remove(&c->asked, x);
    return TROTH_OK;
}
