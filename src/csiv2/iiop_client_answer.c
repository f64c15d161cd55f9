/* Replies of the peer: matched by request id first, then judged by what was sent. [CORBA 24.3.4] */
#include <csiv2/gssup.h>
#include <csiv2/iiop_client.h>
#include <csiv2/sas.h>
#include <der/oid.h>

static bool is_no_permission(const troth_giop_system_exception *x)
{
    static const char id[] = "IDL:omg.org/CORBA/NO_PERMISSION:1.0";
    return x->exception_id.len == sizeof id - 1 && troth_ct_equal(x->exception_id.data, id, sizeof id - 1) &&
           x->completion_status == TROTH_GIOP_COMPLETED_NO;
}

static troth_sas_reply_kind kind_of(const troth_giop_whole *w, const troth_giop_reply *r)
{
    troth_giop_system_exception x;
    switch (r->status) {
    case TROTH_GIOP_NO_EXCEPTION:
    case TROTH_GIOP_USER_EXCEPTION:
        return TROTH_SAS_REPLY_RESULT;
    case TROTH_GIOP_SYSTEM_EXCEPTION:
        return !troth_giop_system_exception_read(w->octets, r, &x) && is_no_permission(&x) ? TROTH_SAS_REPLY_REFUSED
                                                                                           : TROTH_SAS_REPLY_EXCEPTION;
    default:
        return TROTH_SAS_REPLY_FORWARD;
    }
}

/* ---- what is told of the first context that was answered ---- */

static troth_mech_id mech_of(const troth_csi_mech *m)
{
    if (!m || !m->as.target_supports)
        return TROTH_MECH_NONE;
    troth_reader r =
        troth_reader_of(m->as.client_authentication_mech.data, m->as.client_authentication_mech.len, TROTH_BE);
    troth_oid oid = troth_oid_read(&r);
    if (r.st)
        return TROTH_MECH_NONE;
    return troth_oid_equal(oid, troth_gssup_oid())      ? TROTH_MECH_GSSUP
           : troth_oid_equal(oid, troth_csi_krb5_oid()) ? TROTH_MECH_KERBEROS
                                                        : TROTH_MECH_NONE;
}

static void tell_established(troth_iiop_client *k, const troth_giop_reply *r)
{
    troth_bytes element;
    troth_sas_message m;
    troth_mech_id mech = mech_of(troth_sas_client_mech(k->sas));
    uint64_t id = 0;
    if (troth_giop_contexts_find(&r->contexts, TROTH_GIOP_SAS, &element) && !troth_sas_read(element, NULL, &m))
        id = m.client_context_id;
    k->answered = true;
    k->conn.established = (troth_event){ .kind = TROTH_EV_ESTABLISHED,
                                         .id = id,
                                         .facts = { .outer = mech,
                                                    .mech = mech,
                                                    .peer = { "", "", "" },
                                                    .self = { "", "", "" },
                                                    .detail = "",
                                                    .expiry = UINT64_MAX } };
}

/* ---- fates ---- */

static troth_status pass(troth_iiop_client *k, troth_iiop_request *x, const troth_giop_whole *w, troth_giop_reply *r)
{
    troth_iiop_edit e = { w, &r->span, r->body, &r->contexts, 0 };
    troth_iiop_resend_drop(k, x);
    troth_iiop_requests_remove(&k->conn.asked, x);
    troth_iiop_strip(&e);
    return troth_iiop_put(&k->conn, TROTH_IIOP_ORB, &e);
}

/* The reply is not the ORB's to see: it gets an exception of ours. */
static troth_status replace(troth_iiop_client *k, troth_iiop_request *x, const char *exception,
                            troth_giop_completed completed)
{
    troth_status st = troth_iiop_refuse(&k->conn, TROTH_IIOP_ORB, x, exception, completed, (troth_bytes){ NULL, 0 });
    troth_iiop_resend_drop(k, x);
    troth_iiop_requests_remove(&k->conn.asked, x);
    return st;
}

/* It did not run, and what it said is gone: the ORB may try again itself. */
static troth_status resend(troth_iiop_client *k, troth_iiop_request *x)
{
    if (troth_iiop_resend_begin(k, x))
        return TROTH_OK;
    troth_sas_client_end(k->sas, x->request_id, k->conn.now);
    return replace(k, x, "TRANSIENT", TROTH_GIOP_COMPLETED_NO);
}

/*
 * A reply that contradicts what was sent says nothing that can be believed, not even that the request did not run: INTERNAL,
 * COMPLETED_MAYBE. NO_PERMISSION would invite another try.
 */
static troth_status judge(troth_iiop_client *k, troth_iiop_request *x, const troth_giop_whole *w, troth_giop_reply *r,
                          troth_sas_fate fate, const troth_error *why)
{
    if (fate == TROTH_SAS_REFUSED || fate == TROTH_SAS_BROKEN)
        troth_iiop_warn(&k->conn, x->request_id, why);
    if (fate == TROTH_SAS_RESEND)
        return resend(k, x);
    if (fate == TROTH_SAS_BROKEN)
        return replace(k, x, "INTERNAL", TROTH_GIOP_COMPLETED_MAYBE);
    if (fate == TROTH_SAS_PASS && x->secured && !k->answered)
        tell_established(k, r);
    return pass(k, x, w, r);
}

troth_status troth_iiop_client_reply(troth_iiop_client *k, const troth_giop_whole *w)
{
    troth_iiop_conn *c = &k->conn;
    troth_giop_reply r;
    troth_iiop_request *x;
    troth_sas_fate fate;
    troth_error why = { 0 };
    troth_status st = troth_iiop_read_reply(w, &r);
    if (!st)
        st = troth_iiop_answered(c, TROTH_IIOP_ORB, &c->asked, r.request_id, false, &x);
    if (st)
        return st == TROTH_AGAIN ? TROTH_OK : st;
    troth_sas_answer a = { .id = r.request_id, .kind = kind_of(w, &r) };
    a.n_elements = troth_giop_contexts_find(&r.contexts, TROTH_GIOP_SAS, &a.element);
    st = troth_sas_client_reply(k->sas, &a, c->now, &fate, &why);
    return st ? st : judge(k, x, w, &r, fate, &why);
}
