/* gateway/far.h: the far side of a protected connection: an echo, a backend, a local stream. */
#ifndef TROTH_GATEWAY_FAR_H
#define TROTH_GATEWAY_FAR_H

#include <troth/gateway.h>

typedef struct troth_far troth_far;

/*
 * What the protected side tells it. It answers by troth_conn_send, _end, _close, _pause and _resume.
 *
 * data    octets of the application, to be taken whole
 * end     the protected peer sends no more
 * ready   the connection may take more
 * closed  The connection is over (error as in TROTH_EV_CLOSED): the last call. It is not touched again, and the far side
 *         releases itself, at once or when its own stream has closed.
 */
typedef struct troth_far_ops {
    void (*data)(troth_far *f, troth_bytes data);
    void (*end)(troth_far *f);
    void (*ready)(troth_far *f);
    void (*closed)(troth_far *f, const troth_error *error);
} troth_far_ops;

/* The head of every far side. */
struct troth_far {
    const troth_far_ops *ops;
    troth_conn *conn;
};

/* Send every octet back. TROTH_OK or TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_echo_new(const troth_env *env, troth_conn *c, troth_far **ret);
/* A net.tcp service that returns each envelope. TROTH_OK or TROTH_NO_MEMORY. [MC-NMF 3.3] */
TROTH_MUST_CHECK troth_status troth_echo_nmf_new(const troth_env *env, troth_conn *c, troth_far **ret);
/*
 * Open a plain connection of the connection's own, send it first, then carry octets. Until it is open the protected side
 * is paused. TROTH_OK, TROTH_INVALID (address), TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_bridge_open(const troth_env *env, troth_conn *c, const char *address, uint64_t ms,
                                                troth_bytes first, troth_far **ret);
/* Carry octets between a connection and a stream that is open. TROTH_OK or TROTH_NO_MEMORY: the stream is closed. */
TROTH_MUST_CHECK troth_status troth_bridge_join(const troth_env *env, troth_conn *c, troth_stream *s, troth_far **ret);

#endif
