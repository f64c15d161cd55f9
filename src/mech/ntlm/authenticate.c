/* AUTHENTICATE_MESSAGE, with the NTLMv2_RESPONSE inside. [MS-NLMP 2.2.1.3, 2.2.2.7, 2.2.2.8] */
#include <mech/ntlm/message.h>

enum { V1_RESPONSE = 24 }; /* an NTLM_RESPONSE has this length, every NTLMv2_RESPONSE a greater one */

/* NTLMv2_RESPONSE: the proof, and temp with its AV pairs. */
static troth_status read_v2(troth_ntlm_authenticate *m)
{
    troth_reader r = troth_reader_of(m->nt.data, m->nt.len, TROTH_LE);
    m->proof = troth_read_bytes(&r, 16);
    m->temp = (troth_bytes){ r.at, troth_read_left(&r) };
    uint8_t RespType = troth_read_u8(&r);
    uint8_t HiRespType = troth_read_u8(&r);
    (void)troth_read_bytes(&r, 6 + 8 + 8 + 4); /* Reserved1 and 2, TimeStamp, ChallengeFromClient, Reserved3 */
    if (r.st)
        return r.st;
    if (RespType != 1 || HiRespType != 1)
        return TROTH_MALFORMED;
    troth_status st = troth_ntlm_avs_read(&r, &m->avs); /* what stands behind MsvAvEOL has no meaning */
    m->v2 = !st;
    return st;
}

/* Octets before the payload: Version and MIC are there only when flags say so. */
static size_t fixed_part(const troth_ntlm_authenticate *m)
{
    if (m->avs.flags & NTLM_AV_MIC)
        return NTLM_MIC_OFFSET + NTLM_MIC_LEN;
    return m->flags & NTLM_VERSION ? NTLM_MIC_OFFSET : NTLM_MIC_OFFSET - 8;
}

troth_status troth_ntlm_authenticate_read(troth_bytes token, troth_ntlm_authenticate *ret)
{
    troth_reader r = troth_reader_of(token.data, token.len, TROTH_LE);
    troth_ntlm_authenticate m = { 0 };
    troth_ntlm_field fields[6];
    troth_bytes *const views[6] = { &m.lm, &m.nt, &m.domain, &m.user, &m.workstation, &m.session_key };
    troth_ntlm_read_head(&r, NTLM_AUTHENTICATE);
    for (size_t i = 0; i < 6; i++)             /* 12  LmChallengeResponseFields .. */
        fields[i] = troth_ntlm_read_field(&r); /*     .. EncryptedRandomSessionKeyFields */
    m.flags = troth_read_u32(&r);              /* 60  NegotiateFlags */
    if (!r.st && m.flags & NTLM_VERSION)
        m.version = troth_read_bytes(&r, 8); /* 64  Version        */
    if (r.st)
        return r.st;
    troth_status st = troth_ntlm_fields_view(token, fixed_part(&m), fields, 6, views);
    if (!st && m.nt.len > V1_RESPONSE)
        st = read_v2(&m);
    if (!st && m.avs.flags & NTLM_AV_MIC) { /* now it is known that the fixed part is longer */
        m.mic = token.len >= fixed_part(&m) ? token.data + NTLM_MIC_OFFSET : NULL;
        st = m.mic ? troth_ntlm_fields_view(token, fixed_part(&m), fields, 6, views) : TROTH_TRUNCATED;
    }
    if (!st)
        *ret = m;
    return st;
}

void troth_ntlm_authenticate_write(troth_writer *w, const troth_ntlm_authenticate *m)
{
    size_t at = NTLM_MIC_OFFSET + (m->mic ? NTLM_MIC_LEN : 0);
    const troth_bytes payload[] = { m->domain, m->user, m->workstation, m->lm, m->nt, m->session_key };
    const size_t order[] = { 3, 4, 0, 1, 2, 5 }; /* of the fields; the payload goes as Windows lays it */
    size_t offset[6];
    for (size_t i = 0; i < 6; at += payload[i++].len)
        offset[i] = at;
    troth_ntlm_write_head(w, NTLM_AUTHENTICATE);
    for (size_t i = 0; i < 6; i++)
        troth_ntlm_write_field(w, payload[order[i]], &offset[order[i]]);
    troth_write_u32(w, m->flags);
    if (m->version)
        troth_write_bytes(w, m->version, 8);
    else
        troth_write_zeros(w, 8);
    if (m->mic)
        troth_write_bytes(w, m->mic, NTLM_MIC_LEN);
    for (size_t i = 0; i < 6; i++)
        troth_write_bytes(w, payload[i].data, payload[i].len);
}
