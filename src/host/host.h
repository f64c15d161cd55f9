/* host/host.h: what loops, listeners and connections of one host share. */
#ifndef TROTH_HOST_HOST_H
#define TROTH_HOST_HOST_H

#include <host/loop.h>
#include <stdatomic.h>

struct troth_host {
    const troth_env *env;
    size_t size; /* of this block */
    troth_pool *pool;
    troth_listener *listeners;
    uv_signal_t on_term, on_int;
    bool has_signals, ended;
    uint64_t signal_ms;
    atomic_uint drain; /* 0 no, 1 by the timeout, 2 now */
    atomic_ullong drain_ms;
    atomic_bool by_force;
    atomic_size_t connections, half_open;
    atomic_ullong next_id, accepted, refused_limit, refused_half, refused_budget, refused_jobs, accept_errors;
    unsigned n_loops;
    troth_loop loops[];
};

#endif
