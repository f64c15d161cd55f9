#include <nns/handshake.h>
#include <string.h>

troth_status troth_nns_header_read(troth_reader *in, troth_nns_header *ret)
{
    troth_reader r = *in;
    uint8_t message_id = troth_read_u8(&r); /* 0  MessageId             */
    (void)troth_read_u8(&r);                /* 1  MajorVersion          */
    (void)troth_read_u8(&r);                /* 2  MinorVersion          */
    uint8_t high = troth_read_u8(&r);       /* 3  HighByteOfPayloadSize */
    uint8_t low = troth_read_u8(&r);        /* 4  LowByteOfPayloadSize  */
    if (r.st)
        return r.st;
    *in = r;
    *ret = (troth_nns_header){ message_id, (uint16_t)(high << 8 | low) };
    return TROTH_OK;
}

troth_status troth_nns_frame_write(troth_queue *out, uint8_t message_id, troth_bytes payload)
{
    if (payload.len > TROTH_NNS_PAYLOAD_MAX || TROTH_NNS_HEADER_LEN + payload.len > troth_queue_space(out))
        return TROTH_LIMIT;
    uint8_t *at = troth_queue_room(out, TROTH_NNS_HEADER_LEN + payload.len);
    if (!at)
        return TROTH_NO_MEMORY;
    at[0] = message_id;
    at[1] = 1; /* MajorVersion */
    at[2] = 0; /* MinorVersion */
    at[3] = (uint8_t)(payload.len >> 8);
    at[4] = (uint8_t)payload.len;
    if (payload.len)
        memcpy(at + TROTH_NNS_HEADER_LEN, payload.data, payload.len);
    troth_queue_wrote(out, TROTH_NNS_HEADER_LEN + payload.len);
    return TROTH_OK;
}
