#include <rpc_co/pdu.h>

enum { FAULT_PDU = 32 };

troth_status troth_co_request_read(troth_reader *in, const troth_co_hdr *h, troth_co_request *ret)
{
    troth_co_request q = { .stub_at = TROTH_CO_REQUEST_HDR };
    q.alloc_hint = troth_read_u32(in);
    q.p_cont_id = troth_read_u16(in);
    q.opnum = troth_read_u16(in);
    if (h->flags & TROTH_PFC_OBJECT_UUID) {
        q.has_object = true;
        q.object = troth_uuid_read(in);
        q.stub_at += TROTH_CO_OBJECT;
    }
    if (in->st)
        return in->st;
    *ret = q;
    return TROTH_OK;
}

troth_status troth_co_response_read(troth_reader *in, troth_co_response *ret)
{
    troth_co_response p = { .stub_at = TROTH_CO_REQUEST_HDR };
    p.alloc_hint = troth_read_u32(in);
    p.p_cont_id = troth_read_u16(in);
    p.cancel_count = troth_read_u8(in);
    (void)troth_read_u8(in); /* reserved */
    if (in->st)
        return in->st;
    *ret = p;
    return TROTH_OK;
}

troth_status troth_co_fault_read(troth_reader *in, troth_co_fault *ret)
{
    troth_co_fault f = { 0 };
    f.alloc_hint = troth_read_u32(in);
    f.p_cont_id = troth_read_u16(in);
    f.cancel_count = troth_read_u8(in);
    (void)troth_read_u8(in); /* reserved: bit 0 tells of extended error information, which we do not read */
    f.status = troth_read_u32(in);
    if (in->st)
        return in->st;
    *ret = f; /* reserved2 and a stub may follow, or not: impacket leaves reserved2 out [MS-RPCE 2.2.2.8] */
    return TROTH_OK;
}

void troth_co_request_write(troth_writer *w, uint8_t flags, uint32_t call_id, const troth_co_request *r)
{
    unsigned all = r->has_object ? flags | TROTH_PFC_OBJECT_UUID : flags & ~(unsigned)TROTH_PFC_OBJECT_UUID;
    const troth_co_hdr h = { .ptype = TROTH_CO_REQUEST, .flags = (uint8_t)all, .call_id = call_id };
    troth_co_hdr_write(w, &h);
    troth_write_u32(w, r->alloc_hint);
    troth_write_u16(w, r->p_cont_id);
    troth_write_u16(w, r->opnum);
    if (r->has_object)
        troth_uuid_write(w, &r->object);
}

void troth_co_response_write(troth_writer *w, uint8_t flags, uint32_t call_id, const troth_co_response *r)
{
    const troth_co_hdr h = { .ptype = TROTH_CO_RESPONSE, .flags = flags, .call_id = call_id };
    troth_co_hdr_write(w, &h);
    troth_write_u32(w, r->alloc_hint);
    troth_write_u16(w, (uint8_t)r->p_cont_id);
    troth_write_u8(w, r->cancel_count);
    troth_write_u8(w, 0);
}

void troth_co_fault_write(troth_writer *w, uint8_t flags, uint32_t call_id, const troth_co_fault *f)
{
    const troth_co_hdr h = { .ptype = TROTH_CO_FAULT, .flags = flags, .frag_length = FAULT_PDU, .call_id = call_id };
    troth_co_hdr_write(w, &h);
    troth_write_u32(w, f->alloc_hint);
    troth_write_u16(w, f->p_cont_id);
    troth_write_u8(w, f->cancel_count);
    troth_write_u8(w, 0);
    troth_write_u32(w, f->status);
    troth_write_zeros(w, 4);
}
