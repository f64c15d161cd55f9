/* base/reader.h: the bounded read cursor. After the first failure every get gives 0 or NULL: check st once, at the end.
 */
#ifndef TROTH_BASE_READER_H
#define TROTH_BASE_READER_H

#include <base/mem.h>

typedef enum troth_order { TROTH_LE, TROTH_BE } troth_order;

/* No value read may be used as a length, count, index or branch before st has been looked at. */
typedef struct troth_reader {
    const uint8_t *at, *end;
    troth_order order;
    troth_status st;
} troth_reader;

/* A reader over n octets at p (p may be NULL when n is 0), which must outlive it. */
troth_reader troth_reader_of(const void *p, size_t n, troth_order order);
size_t troth_read_left(const troth_reader *r);
uint8_t troth_read_u8(troth_reader *r);
uint16_t troth_read_u16(troth_reader *r);
uint32_t troth_read_u32(troth_reader *r);
uint64_t troth_read_u64(troth_reader *r);
/* Take a view of n octets; NULL when fewer are left (st becomes TROTH_TRUNCATED). */
const uint8_t *troth_read_bytes(troth_reader *r, size_t n);
/* Take all that is left as a view. */
troth_bytes troth_read_rest(troth_reader *r);
/* A child limited to the next n octets, which the parent passes over; a failed child when fewer are left. */
troth_reader troth_read_sub(troth_reader *r, size_t n);
/* Demand that a child was read without failure and to its end: else its status, or TROTH_MALFORMED for what is left. */
TROTH_MUST_CHECK troth_status troth_read_end(const troth_reader *r);
/* Record a failure, unless there is one already. */
void troth_read_fail(troth_reader *r, troth_status st);

#endif
