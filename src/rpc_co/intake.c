/* PDUs out of a stream of octets. */
#include <rpc_co/conn.h>
#include <string.h>

enum { REST_MS = 1000 }; /* without a PDU until unused buffers are given back */

/* What a PDU of its kind may be long. [MS-RPCE 3.3.3.5.4; C706 12.6.3.1] */
static size_t cap_of(const troth_co_conn *c, uint8_t ptype)
{
    switch (ptype) {
    case TROTH_CO_BIND:
    case TROTH_CO_BIND_ACK:
    case TROTH_CO_ALTER_CONTEXT:
    case TROTH_CO_ALTER_CONTEXT_RESP:
        return TROTH_CO_BIND_MAX;
    default:
        return c->frag_cap;
    }
}

/* Judge a header as soon as it is there: nothing is kept for a PDU that will be refused. */
static troth_status judge(const troth_co_conn *c, const uint8_t *head, troth_co_hdr *ret)
{
    troth_reader r = troth_reader_of(head, TROTH_CO_HDR, TROTH_LE);
    troth_status st = troth_co_hdr_read(&r, ret);
    if (!st && ret->frag_length > cap_of(c, ret->ptype))
        st = TROTH_LIMIT;
    return st;
}

static troth_status whole(troth_co_conn *c, uint8_t *data, troth_co_pdu *ret)
{
    ret->data = data;
    ret->len = ret->hdr.frag_length;
    c->pdus_in++;
    c->last_in = 0;
    return TROTH_OK;
}

/* Copy up to where the PDU's next landmark lies: the end of its header, then its own. */
static troth_status keep(troth_co_conn *c, const uint8_t *bytes, size_t n, size_t want, size_t *ret_used)
{
    size_t missing = want - troth_queue_len(&c->in), part = missing < n ? missing : n;
    troth_status st = troth_queue_put(&c->in, bytes, part);
    if (!st)
        *ret_used += part;
    return st;
}

static troth_status gather(troth_co_conn *c, const uint8_t *bytes, size_t n, size_t *ret_used, troth_co_pdu *ret)
{
    if (!troth_queue_len(&c->in))
        c->last_in = c->now ? c->now : 1;
    if (troth_queue_len(&c->in) < TROTH_CO_HDR) {
        troth_status st = keep(c, bytes, n, TROTH_CO_HDR, ret_used);
        if (st)
            return st;
        if (troth_queue_len(&c->in) < TROTH_CO_HDR)
            return TROTH_AGAIN;
    }
    troth_status st = judge(c, troth_queue_at(&c->in), &ret->hdr);
    if (!st)
        st = keep(c, bytes + *ret_used, n - *ret_used, ret->hdr.frag_length, ret_used);
    if (st)
        return st;
    if (troth_queue_len(&c->in) < ret->hdr.frag_length)
        return TROTH_AGAIN;
    uint8_t *data = troth_queue_at(&c->in);
    troth_queue_drop(&c->in, ret->hdr.frag_length); /* the memory stays, and the view with it */
    return whole(c, data, ret);
}

troth_status troth_co_gather(troth_co_conn *c, uint8_t *bytes, size_t n, size_t *ret_used, troth_co_pdu *ret)
{
    *ret_used = 0;
    memset(ret, 0, sizeof *ret);
    if (!n)
        return TROTH_AGAIN;
    if (!troth_queue_len(&c->in)) {
        if (c->in.cap > 2 * (size_t)c->frag_cap) /* a large bind is over, and its memory with it */
            troth_queue_trim(&c->in);
        troth_status st = n < TROTH_CO_HDR ? TROTH_AGAIN : judge(c, bytes, &ret->hdr);
        if (st && st != TROTH_AGAIN)
            return st;
        if (!st && n >= ret->hdr.frag_length) { /* whole: it is read where it lies */
            *ret_used = ret->hdr.frag_length;
            return whole(c, bytes, ret);
        }
    }
    return gather(c, bytes, n, ret_used, ret);
}

bool troth_co_gathering(const troth_co_conn *c)
{
    return troth_queue_len(&c->in) > 0;
}

static bool unused(const troth_queue *q)
{
    return q->cap && !troth_queue_len(q);
}

uint64_t troth_co_rest_at(const troth_co_conn *c, uint64_t last)
{
    if (c->n_events || (!unused(&c->in) && !unused(&c->out)))
        return UINT64_MAX;
    return last > UINT64_MAX - REST_MS ? UINT64_MAX : last + REST_MS;
}

void troth_co_rest(troth_co_conn *c)
{
    troth_queue_trim(&c->in);
    troth_queue_trim(&c->out);
}
