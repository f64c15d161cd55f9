/* The messages without service contexts. [CORBA 15.4.4 to 15.4.8] */
#include <giop/intake.h>

troth_status troth_giop_locate_request_read(troth_bytes message, troth_giop_locate_request *ret)
{
    troth_giop_hdr h;
    troth_cdr c;
    troth_status st = troth_giop_open(message, TROTH_GIOP_LOCATE_REQUEST, &h, &c);
    if (st)
        return st;
    troth_giop_locate_request q = { .minor = h.minor, .order = h.order };
    q.request_id = troth_cdr_u32(&c);
    troth_giop_target_get(&c, h.minor, &q.target);
    st = troth_cdr_end(&c);
    if (!st)
        *ret = q;
    return st;
}

void troth_giop_locate_request_write(troth_writer *w, const troth_giop_locate_request *q)
{
    troth_cdr_out c = troth_cdr_out_of(w);
    troth_giop_hdr_write(w, q->minor, TROTH_GIOP_LOCATE_REQUEST, false);
    troth_cdr_put_u32(&c, q->request_id);
    troth_giop_target_put(&c, q->minor, &q->target);
    troth_giop_finish(w, c.origin);
}

troth_status troth_giop_locate_reply_read(troth_bytes message, troth_giop_locate_reply *ret)
{
    troth_giop_hdr h;
    troth_cdr c;
    troth_status st = troth_giop_open(message, TROTH_GIOP_LOCATE_REPLY, &h, &c);
    if (st)
        return st;
    troth_giop_locate_reply r = { .minor = h.minor, .order = h.order };
    r.request_id = troth_cdr_u32(&c);
    r.status = troth_cdr_u32(&c);
    if (c.r.st)
        return c.r.st;
    if (r.status > (h.minor < 2 ? TROTH_GIOP_OBJECT_FORWARD : TROTH_GIOP_LOC_NEEDS_ADDRESSING_MODE))
        return TROTH_MALFORMED;
    r.body = troth_cdr_at(&c); /* no gap here, in any version */
    *ret = r;
    return TROTH_OK;
}

void troth_giop_locate_reply_write(troth_writer *w, uint8_t minor, uint32_t request_id, uint32_t status)
{
    troth_cdr_out c = troth_cdr_out_of(w);
    troth_giop_hdr_write(w, minor, TROTH_GIOP_LOCATE_REPLY, false);
    troth_cdr_put_u32(&c, request_id);
    troth_cdr_put_u32(&c, status);
    troth_giop_finish(w, c.origin);
}

troth_status troth_giop_cancel_read(troth_bytes message, uint32_t *ret_request_id)
{
    troth_giop_hdr h;
    troth_cdr c;
    troth_status st = troth_giop_open(message, TROTH_GIOP_CANCEL_REQUEST, &h, &c);
    if (st)
        return st;
    uint32_t id = troth_cdr_u32(&c);
    st = troth_cdr_end(&c);
    if (!st)
        *ret_request_id = id;
    return st;
}

void troth_giop_cancel_write(troth_writer *w, uint8_t minor, uint32_t request_id)
{
    troth_cdr_out c = troth_cdr_out_of(w);
    troth_giop_hdr_write(w, minor, TROTH_GIOP_CANCEL_REQUEST, false);
    troth_cdr_put_u32(&c, request_id);
    troth_giop_finish(w, c.origin);
}

void troth_giop_bare_write(troth_writer *w, uint8_t minor, troth_giop_type type)
{
    troth_giop_hdr_write(w, minor, (uint8_t)type, false);
}
