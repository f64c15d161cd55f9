#include <base/writer.h>
#include <nns/data.h>
#include <string.h>

troth_status troth_nns_data_size(const uint8_t head[TROTH_NNS_DATA_HEAD], size_t *ret)
{
    troth_reader r = troth_reader_of(head, TROTH_NNS_DATA_HEAD, TROTH_LE);
    uint32_t size = troth_read_u32(&r);
    if (size < TROTH_NNS_DATA_MIN || size > INT32_MAX)
        return TROTH_MALFORMED;
    if (size > TROTH_NNS_DATA_MAX)
        return TROTH_LIMIT;
    *ret = size;
    return TROTH_OK;
}

troth_level troth_nns_level_of(troth_flags attributes)
{
    if (attributes & TROTH_F_CONFIDENTIALITY)
        return TROTH_LEVEL_ENCRYPT;
    return attributes & TROTH_F_INTEGRITY ? TROTH_LEVEL_SIGN : TROTH_LEVEL_NONE;
}

static troth_form form_of(troth_level level)
{
    return level == TROTH_LEVEL_ENCRYPT ? TROTH_FORM_SEAL : TROTH_FORM_WRAP;
}

troth_status troth_nns_data_write(troth_queue *out, troth_context *ctx, troth_level level, troth_bytes plain)
{
    size_t room = troth_context_token_size(ctx, form_of(level), plain.len);
    if (!room)
        return TROTH_BAD_STATE;
    if (room > TROTH_NNS_DATA_MAX || plain.len > TROTH_NNS_DATA_MAX - room ||
        TROTH_NNS_DATA_HEAD + room + plain.len > troth_queue_space(out))
        return TROTH_LIMIT;
    uint8_t *at = troth_queue_room(out, TROTH_NNS_DATA_HEAD + room + plain.len);
    if (!at)
        return TROTH_NO_MEMORY;
    uint8_t *token = at + TROTH_NNS_DATA_HEAD;
    if (plain.len)
        memcpy(token + room, plain.data, plain.len);
    troth_segment seg = { TROTH_SEG_DATA, token + room, plain.len };
    troth_message msg = { .segs = &seg, .n_segs = 1, .token = token, .token_len = room };
    troth_status st = troth_context_protect(ctx, form_of(level), &msg, 1, NULL);
    if (st) {
        troth_wipe(token, room + plain.len);
        return st;
    }
    if (msg.token_len < room) /* a shorter token than foretold: the data closes up to it */
        memmove(token + msg.token_len, token + room, plain.len);
    size_t size = msg.token_len + plain.len;
    troth_writer w = troth_writer_over(at, TROTH_NNS_DATA_HEAD, TROTH_LE);
    troth_write_u32(&w, (uint32_t)size);
    troth_queue_wrote(out, TROTH_NNS_DATA_HEAD + size);
    return TROTH_OK;
}

troth_status troth_nns_data_open(troth_context *ctx, troth_level level, uint8_t *payload, size_t n, troth_bytes *ret)
{
    troth_segment seg = { TROTH_SEG_STREAM, payload, n };
    troth_message msg = { .segs = &seg, .n_segs = 1 };
    troth_status st = troth_context_unprotect(ctx, form_of(level), &msg, 1, NULL);
    if (!st)
        *ret = (troth_bytes){ seg.data, seg.len };
    return st;
}
