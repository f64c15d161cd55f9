/* nns/handshake.h: the five octets in front of every handshake token. [MS-NNS 2.2.1] */
#ifndef TROTH_NNS_HANDSHAKE_H
#define TROTH_NNS_HANDSHAKE_H

#include <base/queue.h>
#include <base/reader.h>

enum {
    TROTH_NNS_HEADER_LEN = 5,
    TROTH_NNS_PAYLOAD_MAX = 65535, /* what two octets of size can say */
    TROTH_NNS_ERROR_LEN = 8
};

/* MessageId. */
enum { TROTH_NNS_DONE = 0x14, TROTH_NNS_ERROR = 0x15, TROTH_NNS_IN_PROGRESS = 0x16 };

typedef struct troth_nns_header {
    uint8_t message_id;
    uint16_t payload_size;
} troth_nns_header;

/*
 * Read the header; any MessageId passes, and both version octets are ignored as 3.1.5.2 demands.
 * TROTH_OK; TROTH_TRUNCATED: nothing moved.
 */
TROTH_MUST_CHECK troth_status troth_nns_header_read(troth_reader *in, troth_nns_header *ret);
/* Append a whole frame. TROTH_LIMIT (the size does not fit, or the queue is full), TROTH_NO_MEMORY: nothing changed. */
TROTH_MUST_CHECK troth_status troth_nns_frame_write(troth_queue *out, uint8_t message_id, troth_bytes payload);

#endif
