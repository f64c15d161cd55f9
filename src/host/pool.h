/* host/pool.h: threads for what may block. Bounded queue; threads whose work is stuck are stood in for, up to a cap. */
#ifndef TROTH_HOST_POOL_H
#define TROTH_HOST_POOL_H

#include <base/mem.h>

typedef struct troth_pool troth_pool;
typedef struct troth_ticket troth_ticket;

/*
 * One piece of work; the caller's memory, until done.
 *
 * work  runs on a thread of the pool
 * done  runs there, too, right after it, under the pool's lock: hand the ticket over and nothing else
 */
struct troth_ticket {
    troth_ticket *next;
    void (*work)(troth_ticket *t);
    void (*done)(troth_ticket *t);
};

/* All values are given, none is a default. threads <= threads_max. */
typedef struct troth_pool_options {
    const troth_env *env;
    unsigned threads, threads_max, queue;
    uint64_t stuck_ms;
} troth_pool_options;

typedef struct troth_pool_counters {
    size_t queued, threads, stuck;
    uint64_t jobs;
} troth_pool_counters;

/* TROTH_OK, TROTH_INVALID, TROTH_NO_MEMORY. Threads start when there is work. */
TROTH_MUST_CHECK troth_status troth_pool_new(const troth_pool_options *opts, troth_pool **ret);
/* Any thread. TROTH_OK; TROTH_LIMIT: the queue is full, and the ticket is still the caller's. */
TROTH_MUST_CHECK troth_status troth_pool_submit(troth_pool *p, troth_ticket *t);
/* Start stand-ins where work waits behind stuck work. True = call again in a while. Any thread. */
bool troth_pool_tend(troth_pool *p);
troth_pool_counters troth_pool_count(troth_pool *p);
/*
 * End: work that waits is not begun, work that runs gets grace_ms to finish.
 *
 * ret_unrun  tickets whose work never ran, as a list
 *
 * True: all threads have ended and the pool is released. False: stuck threads, and the pool with them, are left to the
 * end of the process; their tickets' done will not be called.
 */
bool troth_pool_end(troth_pool *p, uint64_t grace_ms, troth_ticket **ret_unrun);

#endif
