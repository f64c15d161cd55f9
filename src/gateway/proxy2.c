#include <base/writer.h>
#include <host/address.h>
#include <string.h>
#include <troth/gateway.h>

/* PROXY protocol 2.2: signature, version and command, family and protocol, length, addresses, TLVs. */

enum { VERSION_AND_PROXY = 0x21, LAYOUT_VERSION = 1, DEFAULT_TLV = 0xe0 };

static const uint8_t signature[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a };

/* A sub-TLV; names longer than a length can say are left out whole rather than cut. */
static void put_sub(troth_writer *w, troth_proxy_sub type, const void *p, size_t n)
{
    if (n > UINT16_MAX)
        return;
    troth_write_u8(w, (uint8_t)type);
    troth_write_u16(w, (uint16_t)n);
    troth_write_bytes(w, p, n);
}

static void put_str(troth_writer *w, troth_proxy_sub type, const char *s)
{
    if (s && *s)
        put_sub(w, type, s, strlen(s));
}

static void put_identity(troth_writer *w, const troth_proxy_header *h)
{
    const troth_event *ev = h->established;
    const troth_facts *f = &ev->facts;
    uint8_t level = (uint8_t)ev->level, impersonation = (uint8_t)ev->impersonation;
    if (!(f->attributes & TROTH_F_ANONYMOUS)) {
        put_str(w, TROTH_PROXY_SUB_PRINCIPAL, f->peer.name);
        put_str(w, TROTH_PROXY_SUB_ACCOUNT, f->peer.account);
        put_str(w, TROTH_PROXY_SUB_AUTHORITY, f->peer.authority);
    }
    put_str(w, TROTH_PROXY_SUB_MECH, troth_mech_id_name(f->mech));
    put_str(w, TROTH_PROXY_SUB_OUTER, troth_mech_id_name(f->outer));
    put_sub(w, TROTH_PROXY_SUB_LEVEL, &level, 1);
    troth_write_u8(w, TROTH_PROXY_SUB_FLAGS);
    troth_write_u16(w, 4);
    troth_write_u32(w, f->attributes);
    if (impersonation)
        put_sub(w, TROTH_PROXY_SUB_IMPERSONATION, &impersonation, 1);
    troth_write_u8(w, TROTH_PROXY_SUB_CONNECTION);
    troth_write_u16(w, 8);
    troth_write_u64(w, h->conn_id);
    put_str(w, TROTH_PROXY_SUB_WIRE, h->wire);
}

troth_status troth_proxy2_write(const troth_proxy_header *h, uint8_t *out, size_t n, size_t *ret_len)
{
    troth_address_octets a;
    uint8_t family = troth_address_pair(h->peer, h->local, &a);
    troth_writer w = troth_writer_over(out, n, TROTH_BE);
    troth_write_bytes(&w, signature, sizeof signature);
    troth_write_u8(&w, VERSION_AND_PROXY);
    troth_write_u8(&w, family);
    size_t length = troth_write_hole16(&w), start = w.len;
    troth_write_bytes(&w, a.octets, a.len);
    troth_write_u8(&w, h->tlv ? h->tlv : DEFAULT_TLV);
    size_t own = troth_write_hole16(&w), own_start = w.len;
    troth_write_u8(&w, LAYOUT_VERSION);
    put_identity(&w, h);
    if (w.st)
        return w.st;
    if (w.len - start > UINT16_MAX)
        return TROTH_NO_SPACE;
    troth_write_patch16(&w, own, (uint16_t)(w.len - own_start));
    troth_write_patch16(&w, length, (uint16_t)(w.len - start));
    *ret_len = w.len;
    return TROTH_OK;
}
