/* nns/data.h: data frames: a little-endian length and one protected message. [MS-NNS 2.2.2] */
#ifndef TROTH_NNS_DATA_H
#define TROTH_NNS_DATA_H

#include <base/queue.h>
#include <troth/sec.h>

enum {
    TROTH_NNS_DATA_HEAD = 4,
    TROTH_NNS_DATA_MIN = 5,     /* .NET refuses PayloadSize <= 4 */
    TROTH_NNS_DATA_MAX = 65536, /* the text says 0xFC30; .NET sends up to 0xFC3C and accepts this much */
    TROTH_NNS_PLAIN_MAX = 64512 /* plaintext in one frame, 0xFC00 */
};

/*
 * Read and judge PayloadSize; nothing may be allocated or awaited before.
 * TROTH_OK; TROTH_MALFORMED (too small, or negative as the signed number that peers read), TROTH_LIMIT
 */
TROTH_MUST_CHECK troth_status troth_nns_data_size(const uint8_t head[TROTH_NNS_DATA_HEAD], size_t *ret);
/* What the negotiated attributes give. */
troth_level troth_nns_level_of(troth_flags attributes);
/*
 * Protect octets and append them as one frame, built where it will be sent from.
 * level is SIGN or ENCRYPT. TROTH_LIMIT, TROTH_NO_MEMORY, or what protecting answered: nothing was appended.
 */
TROTH_MUST_CHECK troth_status troth_nns_data_write(troth_queue *out, troth_context *ctx, troth_level level,
                                                   troth_bytes plain);
/* Verify a frame's payload, in place; ret views the plaintext in it. Statuses of troth_context_unprotect. */
TROTH_MUST_CHECK troth_status troth_nns_data_open(troth_context *ctx, troth_level level, uint8_t *payload, size_t n,
                                                  troth_bytes *ret);

#endif
