#include <giop/intake.h>

troth_status troth_giop_open(troth_bytes message, troth_giop_type type, troth_giop_hdr *ret_hdr, troth_cdr *ret)
{
    troth_reader r = troth_reader_of(message.data, message.len, TROTH_BE);
    troth_giop_hdr h;
    troth_status st = troth_giop_hdr_read(&r, UINT32_MAX, &h);
    if (st)
        return st;
    if (h.type != type || h.more || h.size != troth_read_left(&r))
        return h.size > troth_read_left(&r) ? TROTH_TRUNCATED : TROTH_MALFORMED;
    *ret_hdr = h;
    *ret = troth_cdr_of(message, TROTH_GIOP_HDR, h.order);
    return TROTH_OK;
}

size_t troth_giop_body_at(const troth_cdr *c, uint8_t minor, size_t len)
{
    size_t at = troth_cdr_at(c);
    if (minor >= 2)
        at = (at + 7) & ~(size_t)7;
    return at < len ? at : len;
}

/* The list, and where it lies. What is behind it is a ulong before 1.2, the body in 1.2. */
static void get_contexts(troth_cdr *c, uint8_t minor, size_t len, troth_giop_contexts *ret, troth_giop_span *ret_span)
{
    troth_cdr_align(c, 4);
    ret_span->list = troth_cdr_at(c);
    troth_giop_contexts_get(c, ret);
    ret_span->list_end = troth_cdr_at(c);
    if (minor < 2)
        troth_cdr_align(c, 4);
    ret_span->rest = minor < 2 ? troth_cdr_at(c) : troth_giop_body_at(c, minor, len);
}

static troth_bytes get_operation(troth_cdr *c)
{
    troth_bytes operation = troth_cdr_string(c);
    if (operation.len > TROTH_GIOP_OPERATION_MAX)
        troth_read_fail(&c->r, TROTH_LIMIT);
    return operation;
}

/* RequestHeader_1_0 and _1_1. [CORBA 15.4.2] */
static void get_request_1_0(troth_cdr *c, size_t len, troth_giop_request *q)
{
    get_contexts(c, q->minor, len, &q->contexts, &q->span);
    q->request_id = troth_cdr_u32(c);
    q->response_flags = troth_cdr_bool(c);
    if (q->minor == 1)
        (void)troth_read_bytes(&c->r, 3); /* reserved */
    troth_giop_target_get(c, q->minor, &q->target);
    q->operation = get_operation(c);
    q->principal = troth_cdr_octets(c);
}

/* RequestHeader_1_2. */
static void get_request_1_2(troth_cdr *c, size_t len, troth_giop_request *q)
{
    q->request_id = troth_cdr_u32(c);
    q->response_flags = troth_cdr_u8(c);
    (void)troth_read_bytes(&c->r, 3); /* reserved */
    troth_giop_target_get(c, q->minor, &q->target);
    q->operation = get_operation(c);
    get_contexts(c, q->minor, len, &q->contexts, &q->span);
}

troth_status troth_giop_request_read(troth_bytes message, troth_giop_request *ret)
{
    troth_giop_hdr h;
    troth_cdr c;
    troth_status st = troth_giop_open(message, TROTH_GIOP_REQUEST, &h, &c);
    if (st)
        return st;
    troth_giop_request q = { .minor = h.minor, .order = h.order };
    if (h.minor < 2)
        get_request_1_0(&c, message.len, &q);
    else
        get_request_1_2(&c, message.len, &q);
    if (c.r.st)
        return c.r.st;
    q.body = troth_giop_body_at(&c, h.minor, message.len);
    *ret = q;
    return TROTH_OK;
}

bool troth_giop_response_expected(const troth_giop_request *q)
{
    return q->response_flags & 1;
}

troth_cdr_out troth_giop_request_write(troth_writer *w, const troth_giop_request *q, bool has_body)
{
    troth_cdr_out c = troth_cdr_out_of(w);
    troth_giop_hdr_write(w, q->minor, TROTH_GIOP_REQUEST, false);
    if (q->minor < 2)
        troth_giop_contexts_put(&c, &q->contexts);
    troth_cdr_put_u32(&c, q->request_id);
    troth_cdr_put_u8(&c, q->response_flags);
    if (q->minor > 0)
        troth_write_zeros(w, 3); /* reserved */
    troth_giop_target_put(&c, q->minor, &q->target);
    troth_cdr_put_string(&c, q->operation);
    if (q->minor < 2) {
        troth_cdr_put_octets(&c, q->principal);
        return c;
    }
    troth_giop_contexts_put(&c, &q->contexts);
    if (has_body)
        troth_cdr_put_align(&c, 8);
    return c;
}

troth_status troth_giop_reply_read(troth_bytes message, troth_giop_reply *ret)
{
    troth_giop_hdr h;
    troth_cdr c;
    troth_status st = troth_giop_open(message, TROTH_GIOP_REPLY, &h, &c);
    if (st)
        return st;
    troth_giop_reply r = { .minor = h.minor, .order = h.order };
    if (h.minor < 2)
        get_contexts(&c, h.minor, message.len, &r.contexts, &r.span);
    r.request_id = troth_cdr_u32(&c);
    r.status = troth_cdr_u32(&c);
    if (h.minor >= 2)
        get_contexts(&c, h.minor, message.len, &r.contexts, &r.span);
    uint32_t last = h.minor < 2 ? TROTH_GIOP_LOCATION_FORWARD : TROTH_GIOP_NEEDS_ADDRESSING_MODE;
    if (c.r.st)
        return c.r.st;
    if (r.status > last)
        return TROTH_MALFORMED;
    r.body = troth_giop_body_at(&c, h.minor, message.len);
    *ret = r;
    return TROTH_OK;
}

troth_cdr_out troth_giop_reply_write(troth_writer *w, const troth_giop_reply *r, bool has_body)
{
    troth_cdr_out c = troth_cdr_out_of(w);
    troth_giop_hdr_write(w, r->minor, TROTH_GIOP_REPLY, false);
    if (r->minor < 2)
        troth_giop_contexts_put(&c, &r->contexts);
    troth_cdr_put_u32(&c, r->request_id);
    troth_cdr_put_u32(&c, r->status);
    if (r->minor < 2)
        return c;
    troth_giop_contexts_put(&c, &r->contexts);
    if (has_body)
        troth_cdr_put_align(&c, 8);
    return c;
}
