/* host/meter.h: an environment that counts what one connection holds, and what all unauthenticated ones hold together.
 */
#ifndef TROTH_HOST_METER_H
#define TROTH_HOST_METER_H

#include <base/mem.h>
#include <stdatomic.h>

/* Octets that all unauthenticated connections of a listener hold, and may hold at most. */
typedef struct troth_budget {
    atomic_llong held;
    long long max;
} troth_budget;

/* Jobs use the environment on other threads: every count is atomic, and no lock is needed. */
typedef struct troth_meter {
    troth_env env; /* counts, then asks below */
    const troth_env *below;
    troth_budget *budget;
    atomic_size_t word; /* octets held, times two, plus one while the budget is charged for them */
    atomic_size_t most;
} troth_meter;

/* budget may be NULL; else it is charged until troth_meter_release_budget. */
void troth_meter_init(troth_meter *m, const troth_env *below, troth_budget *budget);
/* Count octets that were not allocated through the meter. False = over the budget, and nothing was counted. */
bool troth_meter_take(troth_meter *m, size_t n);
void troth_meter_give(troth_meter *m, size_t n);
/* The peer is authenticated, or gone: charge the budget no longer. */
void troth_meter_release_budget(troth_meter *m);
size_t troth_meter_held(const troth_meter *m);

#endif
