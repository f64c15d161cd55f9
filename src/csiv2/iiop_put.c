/* Messages out: with other service contexts, under their body's alignment, and cut again. */
#include <csiv2/iiop_conn.h>
#include <giop/rewrite.h>

enum { AT_TYPE = 7 };

uint8_t troth_iiop_type(const troth_giop_whole *w)
{
    return w->octets.data[AT_TYPE];
}

/* A cut in the header may have moved what is behind it: then it was not read as it was meant. */
static troth_status check_cuts(const troth_giop_whole *w, size_t body)
{
    troth_giop_cuts moved;
    return w->cuts ? troth_giop_cuts_move(w->cuts, body, 0, 0, &moved) : TROTH_OK;
}

troth_status troth_iiop_read_request(const troth_giop_whole *w, troth_giop_request *ret)
{
    troth_status st = troth_giop_request_read(w->octets, ret);
    return st ? st : check_cuts(w, ret->body);
}

troth_status troth_iiop_read_reply(const troth_giop_whole *w, troth_giop_reply *ret)
{
    troth_status st = troth_giop_reply_read(w->octets, ret);
    return st ? st : check_cuts(w, ret->body);
}

/* ---- the list ---- */

void troth_iiop_strip(troth_iiop_edit *e)
{
    e->n_changed += troth_giop_contexts_remove(e->contexts, TROTH_GIOP_SAS);
    e->n_changed += troth_giop_contexts_remove(e->contexts, TROTH_IIOP_CALLER);
}

troth_status troth_iiop_add(troth_iiop_edit *e, uint32_t id, troth_bytes data)
{
    troth_status st = troth_giop_contexts_add(e->contexts, id, data);
    e->n_changed += !st;
    return st;
}

/* ---- out ---- */

troth_writer *troth_iiop_scratch(troth_iiop_conn *c, troth_order order)
{
    troth_writer_reset(&c->scratch);
    c->scratch.order = order;
    return &c->scratch;
}

static troth_status to_peer(troth_iiop_conn *c, troth_bytes message, const troth_giop_cuts *cuts)
{
    if (!cuts && (!c->fragment || message.len <= c->fragment))
        return troth_queue_put(&c->out, message.data, message.len);
    troth_writer_reset(&c->pieces);
    troth_giop_split(&c->pieces, message, c->fragment, cuts);
    return c->pieces.st ? c->pieces.st : troth_queue_put(&c->out, c->pieces.base, c->pieces.len);
}

static troth_status to_orb(troth_iiop_conn *c, troth_bytes message, const troth_giop_cuts *cuts)
{
    if (c->up_kind)
        return TROTH_BAD_STATE;
    troth_writer_reset(&c->up);
    troth_giop_split(&c->up, message, 0, cuts);
    if (c->up.st)
        return c->up.st;
    c->up_kind = TROTH_EV_DATA;
    c->up_id = 0;
    return TROTH_OK;
}

troth_status troth_iiop_put_octets(troth_iiop_conn *c, troth_iiop_side to, troth_bytes message,
                                   const troth_giop_cuts *cuts)
{
    return to == TROTH_IIOP_PEER ? to_peer(c, message, cuts) : to_orb(c, message, cuts);
}

troth_status troth_iiop_put(troth_iiop_conn *c, troth_iiop_side to, const troth_iiop_edit *e)
{
    troth_bytes message = e->message->octets;
    size_t rest = e->span->rest;
    if (e->n_changed) {
        troth_writer *w = troth_iiop_scratch(c, TROTH_BE);
        troth_giop_rewrite(w, message, e->span, e->contexts);
        if (w->st)
            return w->st;
        rest = rest + w->len - message.len;
        message = (troth_bytes){ w->base, w->len };
    }
    if (!e->message->cuts)
        return troth_iiop_put_octets(c, to, message, NULL);
    troth_giop_cuts cuts;
    troth_status st = troth_giop_cuts_move(e->message->cuts, e->body, e->span->rest, rest, &cuts);
    return st ? st : troth_iiop_put_octets(c, to, message, &cuts);
}
