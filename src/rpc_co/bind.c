#include <rpc_co/pdu.h>

enum { SYNTAX = 20 }; /* octets of a p_syntax_id_t */

troth_rpc_syntax troth_co_syntax_read(troth_reader *r)
{
    troth_rpc_syntax s = { .uuid = troth_uuid_read(r) };
    uint32_t version = troth_read_u32(r);
    s.major = (uint16_t)version;
    s.minor = (uint16_t)(version >> 16);
    return s;
}

void troth_co_syntax_write(troth_writer *w, const troth_rpc_syntax *s)
{
    troth_uuid_write(w, &s->uuid);
    troth_write_u32(w, (uint32_t)s->minor << 16 | s->major);
}

/* p_cont_elem_t. Its parts are multiples of 4: nothing is padded. */
static troth_co_elem elem_read(troth_reader *r)
{
    troth_co_elem e = { .order = r->order };
    e.p_cont_id = troth_read_u16(r);
    e.n_transfer_syn = troth_read_u8(r);
    (void)troth_read_u8(r); /* reserved */
    e.abstract = troth_co_syntax_read(r);
    if (!r->st) /* what is left was checked before the count is believed */
        e.transfer = troth_read_bytes(r, (size_t)e.n_transfer_syn * SYNTAX);
    return e;
}

troth_status troth_co_bind_read(troth_reader *body, troth_co_bind *ret)
{
    troth_co_bind b = { 0 };
    b.max_xmit_frag = troth_read_u16(body);
    b.max_recv_frag = troth_read_u16(body);
    b.assoc_group_id = troth_read_u32(body);
    b.n_context_elem = troth_read_u8(body);
    /* reserved, reserved2; peers leave them out behind an empty list */
    size_t left = troth_read_left(body);
    (void)troth_read_bytes(body, left < 3 && !b.n_context_elem ? left : 3);
    if (body->st)
        return body->st;
    const uint8_t *first = body->at;
    for (unsigned i = 0; i < b.n_context_elem && !body->st; i++)
        (void)elem_read(body);
    if (body->st)
        return body->st;
    b.elems = troth_reader_of(first, (size_t)(body->at - first), body->order);
    *ret = b;
    return TROTH_OK;
}

bool troth_co_bind_next(troth_co_bind *b, troth_co_elem *ret)
{
    if (!troth_read_left(&b->elems))
        return false;
    troth_co_elem e = elem_read(&b->elems);
    if (b->elems.st)
        return false;
    *ret = e;
    return true;
}

troth_rpc_syntax troth_co_elem_transfer(const troth_co_elem *e, unsigned i)
{
    troth_reader r = troth_reader_of(e->transfer + (size_t)i * SYNTAX, SYNTAX, e->order);
    return troth_co_syntax_read(&r);
}

void troth_co_bind_write(troth_writer *w, uint16_t max_xmit_frag, uint16_t max_recv_frag, uint32_t assoc_group_id,
                         const troth_co_proposal *elems, uint8_t n)
{
    troth_write_u16(w, max_xmit_frag);
    troth_write_u16(w, max_recv_frag);
    troth_write_u32(w, assoc_group_id);
    troth_write_u8(w, n);
    troth_write_zeros(w, 3);
    for (const troth_co_proposal *p = elems; p < elems + n; p++) {
        troth_write_u16(w, p->p_cont_id);
        troth_write_u8(w, p->n_transfer);
        troth_write_u8(w, 0);
        troth_co_syntax_write(w, &p->abstract);
        for (unsigned i = 0; i < p->n_transfer; i++)
            troth_co_syntax_write(w, &p->transfer[i]);
    }
}
