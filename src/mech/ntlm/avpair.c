#include <base/utf16.h>
#include <mech/ntlm/avpair.h>
#include <string.h>

/* May a value of this AvId be of this length? Names are UTF-16. */
static bool fits(uint16_t av_id, uint16_t len)
{
    switch (av_id) {
    case MsvAvEOL:
        return len == 0;
    case MsvAvFlags:
        return len == 4;
    case MsvAvTimestamp:
        return len == 8;
    case MsvAvChannelBindings:
        return len == 16;
    case MsvAvSingleHost:
        return true;
    default:
        return av_id >= TROTH_NTLM_AV_KNOWN || len % 2 == 0;
    }
}

/* One pair; answers its AvId, MsvAvEOL also on failure. */
static uint16_t read_pair(troth_reader *r, troth_ntlm_avs *avs)
{
    uint16_t av_id = troth_read_u16(r);
    uint16_t len = troth_read_u16(r);
    const uint8_t *value = troth_read_bytes(r, len);
    if (r->st)
        return MsvAvEOL;
    if (!fits(av_id, len) || (av_id < TROTH_NTLM_AV_KNOWN && avs->value[av_id].data))
        troth_read_fail(r, TROTH_MALFORMED);
    else if (av_id < TROTH_NTLM_AV_KNOWN)
        avs->value[av_id] = (troth_bytes){ value, len };
    return r->st ? MsvAvEOL : av_id;
}

troth_status troth_ntlm_avs_read(troth_reader *in, troth_ntlm_avs *ret)
{
    troth_reader r = *in;
    troth_ntlm_avs avs = { 0 };
    while (read_pair(&r, &avs) != MsvAvEOL)
        ;
    if (r.st)
        return r.st;
    const troth_bytes *flags = &avs.value[MsvAvFlags], *time = &avs.value[MsvAvTimestamp];
    troth_reader f = troth_reader_of(flags->data, flags->len, TROTH_LE);
    troth_reader t = troth_reader_of(time->data, time->len, TROTH_LE);
    avs.flags = troth_read_u32(&f); /* absent reads as 0 */
    avs.timestamp = troth_read_u64(&t);
    *in = r;
    *ret = avs;
    return TROTH_OK;
}

void troth_ntlm_av_write(troth_writer *w, uint16_t av_id, troth_bytes value)
{
    if (value.len > UINT16_MAX)
        troth_write_fail(w, TROTH_LIMIT);
    troth_write_u16(w, av_id);
    troth_write_u16(w, (uint16_t)value.len);
    troth_write_bytes(w, value.data, value.len);
}

void troth_ntlm_av_write_text(troth_writer *w, uint16_t av_id, const char *text)
{
    troth_write_u16(w, av_id);
    size_t hole = troth_write_hole16(w), before = w->len;
    troth_utf16_write(w, (troth_bytes){ (const uint8_t *)text, strlen(text) });
    if (w->len - before > UINT16_MAX)
        troth_write_fail(w, TROTH_LIMIT);
    troth_write_patch16(w, hole, (uint16_t)(w->len - before));
}
