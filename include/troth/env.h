/* troth/env.h: what an instance gets from outside: memory, randomness, wall clock, trace. */
#ifndef TROTH_ENV_H
#define TROTH_ENV_H

#include <stddef.h>
#include <troth/status.h>

/* What a trace line is about. Values are never reused. */
typedef enum troth_trace_kind {
    TROTH_TRACE_STATE = 1, /* a machine moved: name, from, event, to                            */
    TROTH_TRACE_LEG,       /* one leg of an exchange: name = mechanism, a = leg, b = token octets */
    TROTH_TRACE_ERROR      /* an error was raised: name = where, a = status                      */
} troth_trace_kind;

/* One trace record. Never holds secrets, tokens or payload. Valid during the call only. */
typedef struct troth_trace {
    troth_trace_kind kind;
    const char *name, *from, *on, *to;
    uint64_t a, b;
} troth_trace;

/*
 * The environment: given at construction, borrowed, and constant for the life of everything built with it. Jobs may
 * call it from another thread, so its functions are thread-safe.
 *
 * alloc    n octets, not necessarily zeroed, aligned for any type; NULL = no memory
 * release  what alloc gave, with the same n; the octets have already been wiped
 * random   fill out with n unpredictable octets; anything but TROTH_OK fails the caller
 * wall     Unix time in units of 100 ns; used for expiry and inside mechanisms only
 * trace    may be NULL
 * self     handed to each of the above
 */
typedef struct troth_env {
    void *(*alloc)(void *self, size_t n);
    void (*release)(void *self, void *p, size_t n);
    troth_status (*random)(void *self, uint8_t *out, size_t n);
    uint64_t (*wall)(void *self);
    void (*trace)(void *self, const troth_trace *t);
    void *self;
} troth_env;

/* The default environment: malloc, getrandom, clock_gettime, no trace. Constant, never freed. */
const troth_env *troth_env_posix(void);

#endif
