/* Bodies of replies that one between two ORBs reads and writes itself. [CORBA 15.4.3.2] */
#include <giop/intake.h>

static troth_cdr body_of(troth_bytes message, const troth_giop_reply *r)
{
    return troth_cdr_of(message, r->body, r->order);
}

troth_status troth_giop_system_exception_read(troth_bytes message, const troth_giop_reply *r,
                                              troth_giop_system_exception *ret)
{
    if (r->status != TROTH_GIOP_SYSTEM_EXCEPTION)
        return TROTH_BAD_STATE;
    troth_cdr c = body_of(message, r);
    troth_giop_system_exception x;
    x.exception_id = troth_cdr_string(&c);
    x.minor_code_value = troth_cdr_u32(&c);
    x.completion_status = troth_cdr_u32(&c);
    if (c.r.st)
        return c.r.st;
    if (x.completion_status > TROTH_GIOP_COMPLETED_MAYBE)
        return TROTH_MALFORMED;
    *ret = x;
    return TROTH_OK;
}

void troth_giop_system_exception_write(troth_writer *w, uint8_t minor, uint32_t request_id,
                                       const troth_giop_contexts *contexts, const troth_giop_system_exception *x)
{
    size_t start = w->len;
    troth_giop_reply r = { .minor = minor, .request_id = request_id, .status = TROTH_GIOP_SYSTEM_EXCEPTION };
    if (contexts)
        r.contexts = *contexts;
    troth_cdr_out c = troth_giop_reply_write(w, &r, true);
    troth_cdr_put_string(&c, x->exception_id);
    troth_cdr_put_u32(&c, x->minor_code_value);
    troth_cdr_put_u32(&c, x->completion_status);
    troth_giop_finish(w, start);
}

troth_status troth_giop_forward_read(troth_bytes message, const troth_giop_reply *r, troth_ior *ret)
{
    if (r->status != TROTH_GIOP_LOCATION_FORWARD && r->status != TROTH_GIOP_LOCATION_FORWARD_PERM)
        return TROTH_BAD_STATE;
    troth_cdr c = body_of(message, r);
    troth_ior_get(&c, ret);
    return c.r.st;
}
