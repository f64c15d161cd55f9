/* host/dial.h: from an address to a connected socket: the name is asked for, then each of its addresses is tried. */
#ifndef TROTH_HOST_DIAL_H
#define TROTH_HOST_DIAL_H

#include <host/loop.h>

typedef struct troth_dial troth_dial;
/* The end of it: a connected, non-blocking socket that is the callee's, or -1 and why. The dial is gone afterwards. */
typedef void (*troth_dialled)(void *self, int fd, const troth_host_error *err);

/*
 * Start; done is called once, never before this returns, unless the dial is cancelled.
 * TROTH_OK, TROTH_INVALID, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_dial_start(troth_loop *l, const char *address, uint64_t timeout_ms,
                                               troth_dialled done, void *self, troth_dial **ret);
/* Forget it; done is not called. */
void troth_dial_cancel(troth_dial *d);

#endif
