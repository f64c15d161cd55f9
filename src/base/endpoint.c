#include <troth/endpoint.h>

/* Each wire brings its own operations; here only the call goes to them. */

troth_status troth_endpoint_feed(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from, uint64_t now,
                                 size_t *ret_used)
{
    return e->ops->feed(e, bytes, n, from, now, ret_used);
}

void troth_endpoint_feed_end(troth_endpoint *e, uint64_t now)
{
    e->ops->feed_end(e, now);
}

troth_status troth_endpoint_out(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to)
{
    return e->ops->out(e, ret, ret_to);
}

void troth_endpoint_sent(troth_endpoint *e, size_t n)
{
    e->ops->sent(e, n);
}

troth_status troth_endpoint_submit(troth_endpoint *e, const troth_order_msg *order, uint64_t now, size_t *ret_used)
{
    return e->ops->submit(e, order, now, ret_used);
}

bool troth_endpoint_event(troth_endpoint *e, troth_event *ret)
{
    return e->ops->event(e, ret);
}

void troth_endpoint_stepped(troth_endpoint *e, troth_job *job, uint64_t now)
{
    e->ops->stepped(e, job, now);
}

uint64_t troth_endpoint_deadline(const troth_endpoint *e)
{
    return e->ops->deadline(e);
}

void troth_endpoint_expire(troth_endpoint *e, uint64_t now)
{
    e->ops->expire(e, now);
}

void troth_endpoint_close(troth_endpoint *e, troth_status reason)
{
    e->ops->close(e, reason);
}

const troth_error *troth_endpoint_error(const troth_endpoint *e)
{
    return e->ops->error(e);
}

void troth_endpoint_free(troth_endpoint *e)
{
    if (e)
        e->ops->free(e);
}
