/*
 * base/meter.h: an environment that counts what one owner holds (a connection, or the security contexts of one), against
 * a bound of its own, and against what all unauthenticated connections hold together.
 */
#ifndef TROTH_BASE_METER_H
#define TROTH_BASE_METER_H

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
    size_t max; /* octets held at most */
    void (*emptied)(struct troth_meter *m);
    atomic_size_t word; /* octets held, times two, plus one while the budget is charged for them, or the owner there */
    atomic_size_t most;
} troth_meter;

/* budget may be NULL; else it is charged until troth_meter_release_budget. */
void troth_meter_init(troth_meter *m, const troth_env *below, troth_budget *budget);
/*
 * The same without a budget, with a bound, for an owner that its allocations may outlive.
 *
 * max      octets held at most, also after the owner has left
 * emptied  called once, on any thread, when the owner has left and all was released: m may be freed by it
 */
void troth_meter_init_bounded(troth_meter *m, const troth_env *below, size_t max, void (*emptied)(troth_meter *m));
/* The owner leaves. m may be gone afterwards. */
void troth_meter_leave(troth_meter *m);
/* Count octets that were not allocated through the meter. False = over the budget or bound, and nothing was counted. */
bool troth_meter_take(troth_meter *m, size_t n);
void troth_meter_give(troth_meter *m, size_t n);
/* The peer is authenticated, or gone: charge the budget no longer. */
void troth_meter_release_budget(troth_meter *m);
size_t troth_meter_held(const troth_meter *m);

#endif
