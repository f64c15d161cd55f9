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
