/* base/queue.h: a bounded FIFO of octets that lie together, for framing buffers and output. */
#ifndef TROTH_BASE_QUEUE_H
#define TROTH_BASE_QUEUE_H

#include <base/mem.h>

/* Octets at base+head .. base+tail. Memory grows with what is put in, never with what a peer announces. */
typedef struct troth_queue {
    uint8_t *base;
    size_t head, tail, cap, max;
    const troth_env *env;
} troth_queue;

/* max: octets held at most, mandatory. Allocates nothing. */
void troth_queue_init(troth_queue *q, const troth_env *env, size_t max);
/* Wipe and release. */
void troth_queue_clear(troth_queue *q);
size_t troth_queue_len(const troth_queue *q);
/* Octets that still fit below max. */
size_t troth_queue_space(const troth_queue *q);
/* The octets held, as mutable memory that stays valid until the next call on the queue. May be NULL when none are. */
uint8_t *troth_queue_at(troth_queue *q);
/* Make n octets of room behind the tail; NULL = over max or no memory, and nothing changed. Commit with
 * troth_queue_wrote. */
uint8_t *troth_queue_room(troth_queue *q, size_t n);
/* Count n of the octets of the last troth_queue_room as held. */
void troth_queue_wrote(troth_queue *q, size_t n);
/* Append a copy. TROTH_LIMIT, TROTH_NO_MEMORY: nothing changed. */
TROTH_MUST_CHECK troth_status troth_queue_put(troth_queue *q, const void *p, size_t n);
/* Drop n octets (at most len) from the front. The memory is kept for the next message. */
void troth_queue_drop(troth_queue *q, size_t n);
/* Give the memory of an empty queue back; for owners that have gone idle. */
void troth_queue_trim(troth_queue *q);

#endif
