#include <rpc_co/pdu.h>
#include <string.h>

/* C706 14.1: the high half of the first octet is the order of integers, 1 = little-endian. */
static troth_order order_of(uint8_t drep)
{
    return (drep & 0xf0) == 0x10 ? TROTH_LE : TROTH_BE;
}

troth_status troth_co_hdr_read(troth_reader *in, troth_co_hdr *ret)
{
    troth_reader r = *in; /* a copy: nothing moves unless all of it is right */
    troth_co_hdr h = { 0 };
    h.major = troth_read_u8(&r);                               /*  0  rpc_vers       */
    h.minor = troth_read_u8(&r);                               /*  1  rpc_vers_minor */
    h.ptype = troth_read_u8(&r);                               /*  2  PTYPE          */
    h.flags = troth_read_u8(&r);                               /*  3  pfc_flags      */
    const uint8_t *drep = troth_read_bytes(&r, sizeof h.drep); /*  4  packed_drep    */
    if (drep) {
        memcpy(h.drep, drep, sizeof h.drep);
        r.order = h.order = order_of(drep[0]);
    }
    h.frag_length = troth_read_u16(&r); /*  8  frag_length    */
    h.auth_length = troth_read_u16(&r); /* 10  auth_length    */
    h.call_id = troth_read_u32(&r);     /* 12  call_id        */

    if (r.st)
        return r.st;
    *ret = h;
    if (h.major != 5 || h.minor != 0)
        return TROTH_UNSUPPORTED;
    if (h.frag_length < TROTH_CO_HDR + (h.auth_length ? TROTH_CO_TRAILER + h.auth_length : 0))
        return TROTH_MALFORMED;
    *in = r;
    return TROTH_OK;
}

void troth_co_hdr_write(troth_writer *w, const troth_co_hdr *h)
{
    troth_write_u8(w, 5);
    troth_write_u8(w, 0);
    troth_write_u8(w, h->ptype);
    troth_write_u8(w, h->flags);
    troth_write_u8(w, w->order == TROTH_LE ? 0x10 : 0x00);
    troth_write_zeros(w, 3); /* ASCII, IEEE */
    troth_write_u16(w, h->frag_length);
    troth_write_u16(w, h->auth_length);
    troth_write_u32(w, h->call_id);
}

void troth_co_hdr_patch(uint8_t *pdu, uint16_t frag_length, uint16_t auth_length)
{
    pdu[8] = (uint8_t)frag_length;
    pdu[9] = (uint8_t)(frag_length >> 8);
    pdu[10] = (uint8_t)auth_length;
    pdu[11] = (uint8_t)(auth_length >> 8);
}

const char *troth_co_ptype_name(uint8_t ptype)
{
    switch (ptype) {
    case TROTH_CO_REQUEST:
        return "request";
    case TROTH_CO_RESPONSE:
        return "response";
    case TROTH_CO_FAULT:
        return "fault";
    case TROTH_CO_BIND:
        return "bind";
    case TROTH_CO_BIND_ACK:
        return "bind_ack";
    case TROTH_CO_BIND_NAK:
        return "bind_nak";
    case TROTH_CO_ALTER_CONTEXT:
        return "alter_context";
    case TROTH_CO_ALTER_CONTEXT_RESP:
        return "alter_context_resp";
    case TROTH_CO_AUTH3:
        return "rpc_auth_3";
    case TROTH_CO_SHUTDOWN:
        return "shutdown";
    case TROTH_CO_CO_CANCEL:
        return "co_cancel";
    case TROTH_CO_ORPHANED:
        return "orphaned";
    default:
        return "?";
    }
}
