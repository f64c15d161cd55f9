#include <rpc_co/pdu.h>

troth_status troth_co_trailer_read(const uint8_t *pdu, const troth_co_hdr *h, size_t body_at, troth_co_trailer *ret)
{
    size_t behind = (size_t)TROTH_CO_TRAILER + h->auth_length;
    if (!h->auth_length || h->frag_length < behind || h->frag_length - behind < body_at)
        return TROTH_MALFORMED;
    troth_co_trailer t = { .at = h->frag_length - behind };
    /* The text aligns it to 16 from the body; peers align from the stub, or to 4 only. Nobody sends less. */
    if (t.at % 4)
        return TROTH_MALFORMED;
    troth_reader r = troth_reader_of(pdu + t.at, behind, h->order);
    t.auth_type = troth_read_u8(&r);
    t.auth_level = troth_read_u8(&r);
    t.auth_pad_length = troth_read_u8(&r);
    t.auth_reserved = troth_read_u8(&r); /* ignored [MS-RPCE 2.2.2.11] */
    t.auth_context_id = troth_read_u32(&r);
    t.token = troth_read_rest(&r);
    if (r.st)
        return r.st;
    if (t.auth_pad_length > t.at - body_at)
        return TROTH_MALFORMED;
    *ret = t;
    return TROTH_OK;
}

void troth_co_trailer_write(troth_writer *w, const troth_co_trailer *t)
{
    troth_write_u8(w, t->auth_type);
    troth_write_u8(w, t->auth_level);
    troth_write_u8(w, t->auth_pad_length);
    troth_write_u8(w, 0);
    troth_write_u32(w, t->auth_context_id);
}
