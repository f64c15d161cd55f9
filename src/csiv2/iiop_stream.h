/*
 * csiv2/iiop_stream.h: one direction of a connection of GIOP: octets that are cut anywhere go in, whole messages come
 * out. Both endpoints have two of them, one for the peer's octets and one for the ORB's.
 */
#ifndef TROTH_CSIV2_IIOP_STREAM_H
#define TROTH_CSIV2_IIOP_STREAM_H

#include <base/queue.h>
#include <giop/frags.h>

/* minor: the highest that was seen; begun: when the message that is being gathered began, meaningless without one */
typedef struct troth_iiop_stream {
    troth_queue in;
    troth_giop_frags frags;
    uint32_t message_max;
    uint64_t fragment_ms, begun;
    uint8_t minor;
} troth_iiop_stream;

typedef struct troth_iiop_stream_limits {
    uint32_t message_max, unfinished_max;
    uint64_t fragment_ms;
} troth_iiop_stream_limits;

void troth_iiop_stream_init(troth_iiop_stream *s, const troth_env *env, const troth_iiop_stream_limits *limits);
void troth_iiop_stream_clear(troth_iiop_stream *s);
/*
 * Take octets up to the end of the next message that is whole. Memory grows with what arrives, never by what a header
 * announces.
 *
 * ret_used  always set
 * ret       set only on TROTH_OK; it may view the octets that were given, and lives until the next call
 *
 * TROTH_OK; TROTH_AGAIN: all was taken, and more is needed; anything else: what troth_giop_hdr_read and
 * troth_giop_frags_take say, and the stream cannot go on
 */
TROTH_MUST_CHECK troth_status troth_iiop_stream_take(troth_iiop_stream *s, const uint8_t *bytes, size_t n, uint64_t now,
                                                     size_t *ret_used, troth_giop_whole *ret);
/* A request is cancelled: what is still in pieces of it is forgotten and swallowed. Tells whether there was such a one. */
bool troth_iiop_stream_swallow(troth_iiop_stream *s, uint32_t request_id);
/* True in the middle of a message. */
bool troth_iiop_stream_open(const troth_iiop_stream *s);
/* When a message that has begun must be whole; UINT64_MAX = there is none. */
uint64_t troth_iiop_stream_deadline(const troth_iiop_stream *s);
/* Whether there is memory that nothing lies in, and giving it back. No view may be in use. */
bool troth_iiop_stream_slack(const troth_iiop_stream *s);
void troth_iiop_stream_trim(troth_iiop_stream *s);

#endif
