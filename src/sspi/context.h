/*
 * sspi/context.h: what a context handle stands for, and how the message functions get at it.
 *
 * Legs hold `leg` for as long as they take. A message holds the lock of its direction, so that one thread may encrypt while
 * another decrypts; as long as legs may still come (a datagram initiator), it holds `leg` as well.
 */
#ifndef TROTH_SSPI_CONTEXT_H
#define TROTH_SSPI_CONTEXT_H

#include <sspi/cred.h>
#include <troth/sec.h>

/*
 * half open   legs are to come
 * usable      likewise, but a datagram initiator may protect already
 * open        complete
 * failed      nothing works any more but delete and SECPKG_ATTR_TROTH_ERROR
 */
typedef enum troth_sspi_stage {
    TROTH_SSPI_HALF_OPEN,
    TROTH_SSPI_USABLE,
    TROTH_SSPI_OPEN,
    TROTH_SSPI_FAILED
} troth_sspi_stage;

/* Octets that may wait for something to be sent with; and room for an alert behind them. */
enum { TROTH_SSPI_HELD = 512, TROTH_SSPI_LAST = 64 };

typedef enum troth_sspi_direction { TROTH_SSPI_OUT, TROTH_SSPI_IN } troth_sspi_direction;

typedef struct troth_sspi_context {
    troth_sspi_object head;
    const troth_env *env;
    const troth_sspi_package *package;
    troth_role role;
    troth_mutex leg, direction[2];
    _Atomic troth_sspi_stage stage; /* written under leg only                                       */
    troth_context *engine;          /* NULL only while a leg has it, and where it could not be made */
    troth_cred *cred;               /* what it was made of                                          */
    uint32_t req, ret;              /* REQ bits of the first call; RET bits once complete           */
    uint32_t own;                   /* RET bits that are no matter of the engine's                  */
    bool leg_held;                  /* a message has leg as well as its direction                   */
    bool used[2];                   /* a message was offered in this direction; under its lock      */
    bool counted;                   /* among the half-open ones of the process                      */
    uint64_t born;                  /* env->wall() of the first leg                                 */
    uint64_t expiry;                /* Unix time in 100 ns, UINT64_MAX = none                       */
    char *target;                   /* as the initiator named it, UTF-8                             */
    troth_block bindings;           /* the SEC_CHANNEL_BINDINGS given                               */
    troth_block token;              /* did not fit the caller's buffer, and waits for a larger one  */
    SECURITY_STATUS token_status;   /* what the leg answers once its token is out                   */
    SECURITY_STATUS failure;        /* of a failed context                                          */
    troth_error error;              /* likewise; of an open one, why it could not be exported       */
    char *error_text;               /* the mechanism's words for it, NULL = none                    */
    /* streams, under leg */
    troth_block keying; /* the label of the keying material that was asked for, and the context value behind it */
    size_t n_label;
    uint32_t n_keying; /* its octets; 0 = none was asked for */
    /* streams; but for left, under the lock of OUT */
    size_t left;          /* octets of the last leg's input that it did not take, while its token waits */
    bool shutdown, ended; /* the caller ends the stream; the octets that do are made                    */
    bool flooded;         /* more had to wait than may                                                  */
    uint8_t held[TROTH_SSPI_HELD + TROTH_SSPI_LAST]; /* for the peer, in front of all else              */
    size_t n_held;
} troth_sspi_context;

/* An empty half-open one, with one reference. TROTH_OK, TROTH_NO_MEMORY, TROTH_LIMIT (too many are half open). */
TROTH_MUST_CHECK troth_status troth_sspi_context_new(const troth_sspi_package *package, troth_role role,
                                                     troth_sspi_context **ret);
/* It has been half open for longer than the process allows. */
bool troth_sspi_context_overdue(const troth_sspi_context *c);
/* It is complete, and its time is over: it still says what it was, but gives out nothing that would outlive it. */
bool troth_sspi_context_expired(const troth_sspi_context *c);
/* Record how establishing ended, once; under leg. */
void troth_sspi_context_opened(troth_sspi_context *c);
/* Record a failure, wipe the engine's context with its keys, and answer the status. Under leg; for an open one, which
 * messages may be using, also under both directions. */
SECURITY_STATUS troth_sspi_context_failed(troth_sspi_context *c, SECURITY_STATUS status, const troth_error *error);
/* Find a context and take a reference. SEC_E_OK or SEC_E_INVALID_HANDLE. */
SECURITY_STATUS troth_sspi_context_find(const CtxtHandle *handle, troth_sspi_context **ret);
void troth_sspi_context_release(troth_sspi_context *c);

/*
 * Get at a context for one message: find it, see that it may protect, lock the direction.
 *
 * ret  to be given back with troth_sspi_context_leave, same direction; ret->engine is there
 *
 * SEC_E_OK; SEC_E_INVALID_HANDLE (no such handle, or not complete); what failed a failed context
 */
SECURITY_STATUS troth_sspi_context_enter(const CtxtHandle *handle, troth_sspi_direction direction,
                                         troth_sspi_context **ret);
void troth_sspi_context_leave(troth_sspi_context *c, troth_sspi_direction direction);

#endif
