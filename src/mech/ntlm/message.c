#include <mech/ntlm/message.h>
#include <string.h>

const uint8_t troth_ntlm_version[8] = { 6, 1, 0, 0, 0, 0, 0, 15 };

static const uint8_t signature[8] = "NTLMSSP";

uint32_t troth_ntlm_message_type(troth_bytes token)
{
    troth_reader r = troth_reader_of(token.data, token.len, TROTH_LE);
    const uint8_t *sig = troth_read_bytes(&r, 8);
    uint32_t type = troth_read_u32(&r);
    return r.st || memcmp(sig, signature, 8) ? 0 : type;
}

void troth_ntlm_read_head(troth_reader *r, uint32_t type)
{
    const uint8_t *sig = troth_read_bytes(r, 8);
    uint32_t is = troth_read_u32(r);
    if (!r->st && (memcmp(sig, signature, 8) || is != type))
        troth_read_fail(r, TROTH_MALFORMED);
}

void troth_ntlm_write_head(troth_writer *w, uint32_t type)
{
    troth_write_bytes(w, signature, 8);
    troth_write_u32(w, type);
}

troth_ntlm_field troth_ntlm_read_field(troth_reader *r)
{
    troth_ntlm_field f;
    f.len = troth_read_u16(r);
    (void)troth_read_u16(r); /* MaxLen: ignored on receipt */
    f.offset = troth_read_u32(r);
    return f;
}

static bool overlap(const troth_ntlm_field *a, const troth_ntlm_field *b)
{
    return a->len && b->len && a->offset < (uint64_t)b->offset + b->len && b->offset < (uint64_t)a->offset + a->len;
}

troth_status troth_ntlm_fields_view(troth_bytes token, size_t fixed, const troth_ntlm_field *fields, size_t n,
                                    troth_bytes *const *ret)
{
    for (size_t i = 0; i < n; i++) {
        if (!fields[i].len)
            continue;
        if (fields[i].offset > token.len || fields[i].len > token.len - fields[i].offset)
            return TROTH_TRUNCATED;
        if (fields[i].offset < fixed)
            return TROTH_MALFORMED;
        for (size_t k = 0; k < i; k++)
            if (overlap(&fields[i], &fields[k]))
                return TROTH_MALFORMED;
    }
    for (size_t i = 0; i < n; i++)
        *ret[i] = fields[i].len ? (troth_bytes){ token.data + fields[i].offset, fields[i].len } : (troth_bytes){ 0 };
    return TROTH_OK;
}

void troth_ntlm_write_field(troth_writer *w, troth_bytes payload, size_t *at)
{
    if (payload.len > UINT16_MAX || *at > UINT32_MAX - payload.len)
        troth_write_fail(w, TROTH_LIMIT);
    troth_write_u16(w, (uint16_t)payload.len);
    troth_write_u16(w, (uint16_t)payload.len);
    troth_write_u32(w, (uint32_t)*at);
    *at += payload.len;
}
