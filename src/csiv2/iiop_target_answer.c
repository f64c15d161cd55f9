/* Replies of the ORB: with the answer to the evidence, and with references that lead back to us. */
#include <csiv2/iiop_target.h>

/* What the ORB says of an object in front of which we do not stand any more is not told: it would lead past us. */
static const troth_error unpublished = { .code = TROTH_UNSUPPORTED, .where = "CORBA 15.4.3.2, reference of the ORB" };

/* The answer to the evidence finds no place among the ORB's own contexts: the client does without. [R25] */
static const troth_error crowded = { .code = TROTH_LIMIT, .where = "CORBA 13.7, service contexts of a Reply" };

static troth_status forward(troth_iiop_target *t, const troth_iiop_request *x, troth_bytes message,
                            const troth_giop_reply *r, troth_bytes element)
{
    troth_iiop_conn *c = &t->conn;
    troth_writer *w = troth_iiop_scratch(c, r->order);
    troth_status st = troth_iiop_publish_reply(&t->publish, w, message, r);
    if (!st)
        return troth_iiop_put_octets(c, TROTH_IIOP_PEER, (troth_bytes){ w->base, w->len }, NULL);
    if (st == TROTH_NO_MEMORY)
        return st;
    troth_iiop_warn(c, x->request_id, &unpublished);
    return troth_iiop_refuse(c, TROTH_IIOP_PEER, x, "INV_OBJREF", TROTH_GIOP_COMPLETED_NO, element);
}

static troth_status answer(troth_iiop_target *t, const troth_iiop_request *x, const troth_giop_whole *w,
                           troth_giop_reply *r, troth_bytes element)
{
    troth_iiop_edit e = { w, &r->span, r->body, &r->contexts, 0 };
    bool forwards = r->status == TROTH_GIOP_LOCATION_FORWARD || r->status == TROTH_GIOP_LOCATION_FORWARD_PERM;
    troth_iiop_strip(&e);
    if (element.len && troth_iiop_add(&e, TROTH_GIOP_SAS, element))
        troth_iiop_warn(&t->conn, x->request_id, &crowded);
    return forwards && troth_iiop_publishes(&t->publish) ? forward(t, x, w->octets, r, element)
                                                         : troth_iiop_put(&t->conn, TROTH_IIOP_PEER, &e);
}

troth_status troth_iiop_target_reply(troth_iiop_target *t, const troth_giop_whole *w)
{
    troth_iiop_conn *c = &t->conn;
    troth_giop_reply r;
    troth_iiop_request *x;
    troth_bytes element = { NULL, 0 };
    troth_status st = troth_iiop_read_reply(w, &r);
    if (st)
        return st;
    st = troth_iiop_answered(c, TROTH_IIOP_PEER, &c->asked, r.request_id, false, &x);
    if (!st)
        st = troth_sas_session_reply(t->session, r.request_id, c->now, &element);
    if (st)
        return st == TROTH_AGAIN ? TROTH_OK : st;
    st = answer(t, x, w, &r, element);
    troth_iiop_requests_remove(&c->asked, x);
    return st;
}

/* OBJECT_FORWARD is 2, OBJECT_FORWARD_PERM of 1.2 is 3. [CORBA 15.4.6] */
static bool forwards(const troth_giop_locate_reply *r)
{
    return r->status == TROTH_GIOP_OBJECT_FORWARD || r->status == TROTH_GIOP_OBJECT_FORWARD + 1;
}

troth_status troth_iiop_target_located(troth_iiop_target *t, const troth_giop_whole *w)
{
    troth_iiop_conn *c = &t->conn;
    troth_giop_locate_reply r;
    troth_iiop_request *x;
    troth_status st = troth_giop_locate_reply_read(w->octets, &r);
    if (st || !forwards(&r) || !troth_iiop_publishes(&t->publish))
        return st ? st : troth_iiop_pass_located(c, TROTH_IIOP_PEER, &c->asked, w);
    st = troth_iiop_answered(c, TROTH_IIOP_PEER, &c->asked, r.request_id, true, &x);
    if (st)
        return st == TROTH_AGAIN ? TROTH_OK : st;
    troth_iiop_requests_remove(&c->asked, x);
    troth_writer *out = troth_iiop_scratch(c, r.order);
    st = troth_iiop_publish_located(&t->publish, out, w->octets, &r);
    if (st && st != TROTH_NO_MEMORY) {
        troth_iiop_warn(c, r.request_id, &unpublished);
        out = troth_iiop_scratch(c, r.order);
        troth_giop_locate_reply_write(out, r.minor, r.request_id, TROTH_GIOP_UNKNOWN_OBJECT);
        st = out->st;
    }
    return st ? st : troth_iiop_put_octets(c, TROTH_IIOP_PEER, (troth_bytes){ out->base, out->len }, NULL);
}
