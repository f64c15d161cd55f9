/* host/host.h: what loops, listeners and connections of one host share. */
#ifndef TROTH_HOST_HOST_H
#define TROTH_HOST_HOST_H

#include <host/loop.h>
#include <stdatomic.h>

/* A signal that the owner wants to hear of. */
typedef struct troth_signal_watch {
    uv_signal_t uv;
    void (*fn)(void *self, int signum);
    void *self;
} troth_signal_watch;

enum { TROTH_HOST_WATCHES = 4 };

struct troth_host {
    const troth_env *env;
    size_t size; /* of this block */
    troth_pool *pool;
    troth_listener *listeners;
    uv_signal_t on_term, on_int;
    bool has_signals, ended;
    uint64_t signal_ms;
    troth_signal_watch watches[TROTH_HOST_WATCHES];
    unsigned n_watches;
    atomic_uint callers; /* inside troth_host_drain */
    atomic_uint drain;   /* 0 no, 1 by the timeout, 2 now */
    atomic_ullong drain_ms;
    atomic_bool by_force;
    atomic_size_t connections, half_open;
    atomic_ullong next_id, accepted, refused_limit, refused_half, refused_budget, refused_jobs, accept_errors;
    unsigned n_loops;
    troth_loop loops[];
};

/* Give up the handles of all signals, before the loops are cleared (signals.c). */
void troth_host_forget_signals(troth_host *h);

#endif
