/* NEGOTIATE_MESSAGE. [MS-NLMP 2.2.1.1] */
#include <mech/ntlm/message.h>

troth_status troth_ntlm_negotiate_read(troth_bytes token, troth_ntlm_negotiate *ret)
{
    troth_reader r = troth_reader_of(token.data, token.len, TROTH_LE);
    troth_ntlm_read_head(&r, NTLM_NEGOTIATE);
    uint32_t flags = troth_read_u32(&r); /* 12  NegotiateFlags    */
    troth_ntlm_field fields[2];
    fields[0] = troth_ntlm_read_field(&r); /* 16  DomainNameFields  */
    fields[1] = troth_ntlm_read_field(&r); /* 24  WorkstationFields */
    if (!r.st && flags & NTLM_VERSION)
        (void)troth_read_bytes(&r, 8); /* 32  Version           */
    if (r.st)
        return r.st;
    if (!(flags & NTLM_OEM_DOMAIN_SUPPLIED)) /* then the fields are to be ignored */
        fields[0].len = 0;
    if (!(flags & NTLM_OEM_WORKSTATION_SUPPLIED))
        fields[1].len = 0;
    troth_bytes domain, workstation;
    size_t fixed = (size_t)(r.at - token.data);
    troth_status st = troth_ntlm_fields_view(token, fixed, fields, 2, (troth_bytes *const[]){ &domain, &workstation });
    if (!st)
        ret->flags = flags;
    return st;
}

void troth_ntlm_negotiate_write(troth_writer *w, const troth_ntlm_negotiate *m)
{
    size_t at = 40;
    troth_ntlm_write_head(w, NTLM_NEGOTIATE);
    troth_write_u32(w, m->flags);
    troth_ntlm_write_field(w, (troth_bytes){ 0 }, &at);
    troth_ntlm_write_field(w, (troth_bytes){ 0 }, &at);
    troth_write_bytes(w, troth_ntlm_version, 8);
}
