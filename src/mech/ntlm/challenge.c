/* CHALLENGE_MESSAGE. [MS-NLMP 2.2.1.2] */
#include <mech/ntlm/message.h>

troth_status troth_ntlm_challenge_read(troth_bytes token, troth_ntlm_challenge *ret)
{
    troth_reader r = troth_reader_of(token.data, token.len, TROTH_LE);
    troth_ntlm_challenge m = { 0 };
    troth_ntlm_field fields[2];
    troth_ntlm_read_head(&r, NTLM_CHALLENGE);
    fields[0] = troth_ntlm_read_field(&r);        /* 12  TargetNameFields */
    m.flags = troth_read_u32(&r);                 /* 20  NegotiateFlags   */
    m.server_challenge = troth_read_bytes(&r, 8); /* 24  ServerChallenge  */
    (void)troth_read_bytes(&r, 8);                /* 32  Reserved         */
    fields[1] = troth_ntlm_read_field(&r);        /* 40  TargetInfoFields */
    if (!r.st && m.flags & NTLM_VERSION)
        m.version = troth_read_bytes(&r, 8); /* 48  Version          */
    if (r.st)
        return r.st;
    const uint32_t named = NTLM_REQUEST_TARGET | NTLM_TARGET_TYPE_DOMAIN | NTLM_TARGET_TYPE_SERVER;
    if (!(m.flags & named)) /* then the fields are to be ignored; the example of 4.2.4.3 sets only the last one */
        fields[0].len = 0;
    if (!(m.flags & NTLM_TARGET_INFO))
        fields[1].len = 0;
    size_t fixed = (size_t)(r.at - token.data);
    troth_status st =
        troth_ntlm_fields_view(token, fixed, fields, 2, (troth_bytes *const[]){ &m.target_name, &m.target_info });
    if (!st && m.target_info.len) {
        troth_reader avs = troth_reader_of(m.target_info.data, m.target_info.len, TROTH_LE);
        st = troth_ntlm_avs_read(&avs, &m.avs);
        if (!st)
            st = troth_read_end(&avs);
    }
    if (!st)
        *ret = m;
    return st;
}

void troth_ntlm_challenge_write(troth_writer *w, const troth_ntlm_challenge *m)
{
    size_t at = 56;
    troth_ntlm_write_head(w, NTLM_CHALLENGE);
    troth_ntlm_write_field(w, m->target_name, &at);
    troth_write_u32(w, m->flags);
    troth_write_bytes(w, m->server_challenge, 8);
    troth_write_zeros(w, 8);
    troth_ntlm_write_field(w, m->target_info, &at);
    if (m->version)
        troth_write_bytes(w, m->version, 8);
    else
        troth_write_zeros(w, 8);
    troth_write_bytes(w, m->target_name.data, m->target_name.len);
    troth_write_bytes(w, m->target_info.data, m->target_info.len);
}
