/* troth/env.h: what an instance gets from outside: memory, randomness, wall clock, trace. */
#ifndef TROTH_ENV_H
#define TROTH_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <troth/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a trace line is about. Values are never reused. */
typedef enum troth_trace_kind {
    TROTH_TRACE_STATE = 1, /* a machine moved: name, from, event, to                            */
    TROTH_TRACE_LEG,       /* one leg of an exchange: name = mechanism, on = "in" or "out", a = number of the leg,
                              b = octets of its token, token = what sort of token it is             */
    TROTH_TRACE_ERROR      /* an error was raised: name = where, a = status                      */
} troth_trace_kind;

enum { TROTH_TRACE_MECHS = 4 };

/*
 * What sort of token goes over the wire, in the words of its specification. All strings are constants.
 *
 * message  "NegTokenInit", "AUTHENTICATE_MESSAGE", "AP-REQ"; NULL = cannot be told
 * answer   a negotiation's negState, "accept-completed"; NULL = none
 * mechs    mechanisms that a negotiation names, preferred first; NULL from the first unused one on
 * inner    the message of the first of them that the token carries; NULL = none, or cannot be told
 * carries  the token carries a token of a mechanism
 * mic      it carries a mechListMIC
 */
typedef struct troth_trace_token {
    const char *message, *answer, *inner;
    const char *mechs[TROTH_TRACE_MECHS];
    bool carries, mic;
} troth_trace_token;

/*
 * One trace record. Never holds secrets, tokens or payload. Valid during the call only.
 *
 * name, from, on, to, a, b  as the kind says; strings may be NULL
 * token                     of a leg; else NULL
 */
typedef struct troth_trace {
    troth_trace_kind kind;
    const char *name, *from, *on, *to;
    uint64_t a, b;
    const troth_trace_token *token;
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

#ifdef __cplusplus
}
#endif

#endif
