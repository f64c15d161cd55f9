/* Requests of the peer: held until the session has decided about them. */
#include <csiv2/iiop_caller.h>
#include <csiv2/iiop_target.h>

enum { AT_DISCRIMINATOR = 2 };

/* ---- offering ---- */

static troth_status offer(troth_iiop_target *t, troth_iiop_request *x, const troth_giop_request *q)
{
    troth_sas_request ask = { .id = x->request_id, .response_expected = x->response_expected };
    ask.n_elements = troth_giop_contexts_find(&q->contexts, TROTH_GIOP_SAS, &ask.element);
    troth_status st = troth_sas_session_request(t->session, &ask, t->conn.now);
    t->conn.stalled = st == TROTH_AGAIN;
    t->conn.stalled_id = x->request_id;
    if (!st)
        st = troth_iiop_request_on(x, TROTH_IIOP_ON_TAKEN);
    return st == TROTH_AGAIN ? TROTH_OK : st;
}

/* An EstablishContext has 0 as its discriminator, in either byte order; what it really is, the session says. */
static bool establishes(const troth_giop_request *q)
{
    troth_bytes element;
    if (!troth_giop_contexts_find(&q->contexts, TROTH_GIOP_SAS, &element) || element.len < AT_DISCRIMINATOR + 2)
        return false;
    return !element.data[AT_DISCRIMINATOR] && !element.data[AT_DISCRIMINATOR + 1];
}

troth_status troth_iiop_target_request(troth_iiop_target *t, const troth_giop_whole *w)
{
    troth_giop_request q;
    troth_iiop_request *x;
    troth_status st = troth_iiop_read_request(w, &q);
    if (st)
        return st;
    st = troth_iiop_requests_add(&t->conn.asked, q.request_id, &x);
    if (st == TROTH_LIMIT)
        return troth_iiop_turn_away(&t->conn, TROTH_IIOP_PEER, &q);
    if (st)
        return st;
    x->minor = q.minor;
    x->order = q.order;
    x->response_expected = troth_giop_response_expected(&q);
    x->establishes = establishes(&q);
    st = troth_iiop_wait(&t->conn, x, w);
    if (st) {
        troth_iiop_requests_remove(&t->conn.asked, x);
        return st;
    }
    return offer(t, x, &q);
}

troth_status troth_iiop_target_unstall(troth_iiop_target *t)
{
    troth_giop_request q;
    troth_giop_cuts cuts;
    troth_iiop_request *x = troth_iiop_requests_find(&t->conn.asked, t->conn.stalled_id);
    troth_giop_whole w = troth_iiop_held_whole(&x->held, &cuts);
    troth_status st = troth_iiop_read_request(&w, &q);
    return st ? st : offer(t, x, &q);
}

/*
 * None is read while a request is stalled. A request that waits goes without having reached the ORB, so the ORB does not
 * hear of this either.
 */
troth_status troth_iiop_target_cancel(troth_iiop_target *t, const troth_giop_whole *w)
{
    uint32_t id;
    troth_status st = troth_giop_cancel_read(w->octets, &id);
    if (st)
        return st;
    troth_iiop_request *x = troth_iiop_requests_find(&t->conn.asked, id);
    if (!x && troth_iiop_stream_swallow(&t->conn.peer, id))
        return TROTH_OK;
    if (x && !x->locate && x->fsm.state != TROTH_IIOP_CANCELLED)
        troth_sas_session_end(t->session, id, t->conn.now);
    if (x && x->fsm.state == TROTH_IIOP_WAITING) {
        troth_iiop_forget(&t->conn, x);
        return TROTH_OK;
    }
    return troth_iiop_pass_cancel(&t->conn, TROTH_IIOP_ORB, &t->conn.asked, w);
}

/* ---- decided ---- */

/* Every context that is made for reuse is told, and every caller that is another than the last one. */
static void tell_caller(troth_iiop_target *t, const troth_iiop_request *x, const troth_sas_caller *who,
                        const troth_facts *facts)
{
    uint64_t digest = troth_iiop_caller_digest(t->conn.asked.key, facts);
    bool fresh = x->establishes && who->stateful && who->context_id != t->told_context;
    if (t->told_any && digest == t->told && !fresh)
        return;
    t->told_any = true;
    t->told = digest;
    t->told_context = who->stateful ? who->context_id : 0;
    t->conn.established = (troth_event){
        .kind = TROTH_EV_ESTABLISHED, .id = who->context_id, .facts = *facts, .level = TROTH_LEVEL_NONE
    };
}

static troth_status put_call(troth_iiop_target *t, const troth_iiop_request *x, const troth_sas_caller *who)
{
    troth_giop_request q;
    troth_giop_cuts cuts;
    troth_giop_whole w = troth_iiop_held_whole(&x->held, &cuts);
    troth_status st = troth_iiop_read_request(&w, &q);
    if (st)
        return st;
    troth_iiop_edit e = { &w, &q.span, q.body, &q.contexts, 0 };
    troth_iiop_strip(&e);
    troth_writer *data = &t->conn.pieces; /* free until the message is put out */
    troth_writer_reset(data);
    data->order = q.order;
    if (t->tell_caller) {
        troth_iiop_caller_write(data, who, troth_iiop_caller_flags(who));
        st = data->st ? data->st : troth_iiop_add(&e, TROTH_IIOP_CALLER, (troth_bytes){ data->base, data->len });
    }
    return st ? st : troth_iiop_put(&t->conn, TROTH_IIOP_ORB, &e);
}

/* There is no room for what has to be added: this request goes no further, and only this one. */
static troth_status turn_back(troth_iiop_target *t, troth_iiop_request *x)
{
    static const troth_error why = { .code = TROTH_LIMIT, .where = "CORBA 13.7, service contexts of a Request" };
    troth_iiop_conn *c = &t->conn;
    troth_bytes element = { NULL, 0 };
    troth_status st = TROTH_OK;
    if (x->response_expected) {
        st = troth_sas_session_reply(t->session, x->request_id, c->now, &element);
        if (!st)
            st = troth_iiop_refuse(c, TROTH_IIOP_PEER, x, "IMP_LIMIT", TROTH_GIOP_COMPLETED_NO, element);
    } else {
        troth_sas_session_end(t->session, x->request_id, c->now);
    }
    troth_iiop_warn(c, x->request_id, &why);
    troth_iiop_forget(c, x);
    return st;
}

static troth_status let_in(troth_iiop_target *t, troth_iiop_request *x, const troth_sas_caller *who)
{
    troth_iiop_conn *c = &t->conn;
    troth_facts facts;
    troth_status st = troth_iiop_caller_facts(&t->names, who, &facts);
    if (!st)
        st = put_call(t, x, who);
    if (st)
        return st == TROTH_LIMIT ? turn_back(t, x) : st;
    c->up_kind = TROTH_EV_CALL;
    c->up_id = x->request_id;
    c->up_facts = facts;
    tell_caller(t, x, who, &facts);
    troth_iiop_waited(c, x);
    troth_iiop_release(&x->held, c->env, &c->spare);
    st = troth_iiop_request_on(x, TROTH_IIOP_ON_PASS);
    if (st)
        return st;
    if (x->response_expected)
        return TROTH_OK;
    troth_sas_session_end(t->session, x->request_id, c->now);
    troth_iiop_requests_remove(&c->asked, x);
    return TROTH_OK;
}

troth_status troth_iiop_target_decided(troth_iiop_target *t, const troth_sas_verdict *v)
{
    troth_iiop_conn *c = &t->conn;
    troth_iiop_request *x = troth_iiop_requests_find(&c->asked, (uint32_t)v->id);
    troth_status st = TROTH_OK;
    if (!x || x->fsm.state != TROTH_IIOP_WAITING)
        return TROTH_OK;
    if (v->accepted)
        return let_in(t, x, &v->caller);
    if (x->response_expected)
        st = troth_iiop_refuse(c, TROTH_IIOP_PEER, x, v->marshal ? "MARSHAL" : "NO_PERMISSION", TROTH_GIOP_COMPLETED_NO,
                               v->element);
    troth_iiop_warn(c, v->id, &v->error);
    troth_iiop_forget(c, x);
    if (v->close && !st)
        troth_iiop_end(c, v->error.code ? v->error.code : TROTH_DENIED, "troth_sas_target_options.failures");
    return st;
}
