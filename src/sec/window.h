/* sec/window.h: which message numbers were seen. For mechanisms that protect messages by their own code. */
#ifndef TROTH_SEC_WINDOW_H
#define TROTH_SEC_WINDOW_H

#include <troth/sec.h>

enum { TROTH_WINDOW_BITS = 256 };

/* All zero is a window that has seen nothing. */
typedef struct troth_window {
    uint64_t next; /* one above the highest number taken */
    uint64_t bits[TROTH_WINDOW_BITS / 64];
} troth_window;

/*
 * Judge a number before the message is verified; nothing moves.
 *
 * flags  of TROTH_F_REPLAY and TROTH_F_SEQUENCE, what the context detects
 *
 * TROTH_OK; TROTH_REPLAY (seen, or older than the window); TROTH_OUT_OF_ORDER (sequence asked, and not the next one);
 * TROTH_LIMIT (the last number there is)
 */
TROTH_MUST_CHECK troth_status troth_window_check(const troth_window *w, troth_flags flags, uint64_t seq);
/* Take a number, once its message has been verified. */
void troth_window_take(troth_window *w, uint64_t seq);

#endif
