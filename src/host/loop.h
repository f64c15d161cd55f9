/* host/loop.h: one event loop and its mailbox. */
#ifndef TROTH_HOST_LOOP_H
#define TROTH_HOST_LOOP_H

#include <base/lock.h>
#include <host/pool.h>
#include <troth/host.h>
#include <uv.h>

enum { TROTH_LOOP_BUFFER = 131072 };

/*
 * Everything here belongs to the loop's thread, but the mailbox.
 *
 * buffer  what all streams of the loop read into, one after the other
 */
struct troth_loop {
    troth_host *host;
    unsigned index;
    uv_loop_t uv;
    uv_async_t wake;
    uv_timer_t tend, force; /* of the pool; end of a drain */
    uv_thread_t thread;
    uint8_t *buffer;
    troth_conn *conns;
    troth_stream *streams; /* plain ones */
    unsigned holds;
    bool draining;
    struct {
        troth_mutex lock;
        troth_ticket *done;
        bool closed;
    } mail;
};

/* Make loop i of a host; clear it once it does not run. TROTH_OK, TROTH_NO_MEMORY, TROTH_IO. */
TROTH_MUST_CHECK troth_status troth_loop_init(troth_loop *l, troth_host *h, unsigned i);
/* Hand back what the mailbox still holds, and release. */
void troth_loop_clear(troth_loop *l);
/* Run until nothing is left to do. */
void troth_loop_run(troth_loop *l);
/* Keep the loop running, and let it go: a socket that is not being read does not keep it by itself. */
void troth_loop_hold(troth_loop *l);
void troth_loop_drop(troth_loop *l);
/* Make the loop look at its mailbox and at the host's wishes. Any thread. */
void troth_loop_wake(troth_loop *l);
/* Put a ticket whose work is done into the mailbox. Any thread. */
void troth_loop_deliver(troth_loop *l, troth_ticket *t);
/* Give a ticket to the host's pool; it comes back to this loop, to troth_conn_stepped. As troth_pool_submit. */
TROTH_MUST_CHECK troth_status troth_loop_submit(troth_loop *l, troth_ticket *t);

#endif
