/* Answers of our own to a request: system exceptions. [CORBA 15.4.3.2] */
#include <csiv2/iiop_conn.h>
#include <string.h>

enum { ID_MAX = 64 };

/* "IDL:omg.org/CORBA/NO_PERMISSION:1.0", octet by octet: the library builds no text for people. */
static troth_bytes repository_id(troth_writer *w, const char *exception)
{
    static const char front[] = "IDL:omg.org/CORBA/", back[] = ":1.0";
    troth_write_bytes(w, front, sizeof front - 1);
    troth_write_bytes(w, exception, strlen(exception));
    troth_write_bytes(w, back, sizeof back - 1);
    return (troth_bytes){ w->base, w->len };
}

troth_status troth_iiop_refuse(troth_iiop_conn *c, troth_iiop_side to, const troth_iiop_request *x,
                               const char *exception, troth_giop_completed completed, troth_bytes element)
{
    uint8_t id[ID_MAX];
    troth_writer name = troth_writer_over(id, sizeof id, TROTH_BE);
    troth_giop_system_exception ex = { .exception_id = repository_id(&name, exception),
                                       .completion_status = (uint32_t)completed };
    troth_giop_contexts contexts = { 0 };
    if (element.len)
        contexts = (troth_giop_contexts){ .n = 1, .items = { { TROTH_GIOP_SAS, element } } };
    troth_writer *w = troth_iiop_scratch(c, x->order);
    troth_giop_system_exception_write(w, x->minor, x->request_id, &contexts, &ex);
    troth_status st = name.st ? name.st : w->st;
    return st ? st : troth_iiop_put_octets(c, to, (troth_bytes){ w->base, w->len }, NULL);
}

static const troth_error too_many = { .code = TROTH_LIMIT, .where = "troth_iiop_options.in_flight" };

troth_status troth_iiop_turn_away(troth_iiop_conn *c, troth_iiop_side from, const troth_giop_request *q)
{
    troth_iiop_request x = { .minor = q->minor, .order = q->order, .request_id = q->request_id };
    troth_iiop_warn(c, q->request_id, &too_many);
    if (!troth_giop_response_expected(q))
        return TROTH_OK;
    return troth_iiop_refuse(c, from, &x, "TRANSIENT", TROTH_GIOP_COMPLETED_NO, (troth_bytes){ NULL, 0 });
}

/* There is no exception in a LocateReply before 1.2: the Request that follows gets it. */
troth_status troth_iiop_turn_away_locate(troth_iiop_conn *c, troth_iiop_side from, const troth_giop_locate_request *q)
{
    troth_writer *w = troth_iiop_scratch(c, q->order);
    troth_giop_locate_reply_write(w, q->minor, q->request_id, TROTH_GIOP_OBJECT_HERE);
    troth_iiop_warn(c, q->request_id, &too_many);
    return w->st ? w->st : troth_iiop_put_octets(c, from, (troth_bytes){ w->base, w->len }, NULL);
}
