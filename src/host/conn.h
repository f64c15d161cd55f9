/* host/conn.h: one connection: an endpoint, its stream, its timer, its jobs. */
#ifndef TROTH_HOST_CONN_H
#define TROTH_HOST_CONN_H

#include <base/meter.h>
#include <host/address.h>
#include <host/listener.h>
#include <host/stream.h>

/*
 * The memory stays until the socket is closed, the timer is closed and every job has come back (holds).
 *
 * busy     inside the driver: calls of the owner only note that there is more to do (again)
 * over     TROTH_EV_CLOSED was given to the owner
 * stalled  the endpoint did not take all: the stream keeps the rest
 * heard    input was taken or a job came back: what was not taken for another reason than output may be now
 * moved    something was sent, submitted or stepped: the endpoint may take more now
 * events   that were taken so far
 */
struct troth_conn {
    troth_conn *prev, *next;
    troth_host *host;
    troth_loop *loop;
    troth_listener *listener; /* NULL: we opened it */
    const troth_conn_handler *handler;
    void *self, *owner;
    troth_endpoint *endpoint;
    troth_stream *stream;
    uv_timer_t timer;
    uint64_t armed; /* when the timer fires; UINT64_MAX = not at all */
    uint64_t linger, events;
    troth_meter meter;
    troth_conn_counters count;
    unsigned holds;
    size_t unsent; /* octets ordered since the last attempt to send */
    bool busy : 1, again : 1, over : 1, stalled : 1, paused : 1, want_ready : 1, want_end : 1, sent_some : 1, moved : 1,
        heard : 1;
    bool watched : 1; /* the owner orders from the endpoint itself and wants to hear of all that is sent */
    bool eof : 1, out_closed : 1, established : 1, counted_half : 1, lingering : 1, broken : 1, dialing : 1;
    char peer[TROTH_ADDRESS_TEXT], local[TROTH_ADDRESS_TEXT];
};

/* Take the next connection of a listening handle; what is over a limit is closed at once. */
void troth_conn_accept(troth_listener *l, troth_loop *loop, uv_stream_t *listening);
/* A ticket of this connection has come back, run or not. */
void troth_conn_stepped(troth_ticket *t);

/* ---- between conn.c and conn_drive.c -------------------------------------------------------------------------------
 */

/* Take events, send, feed on, arm the timer, until there is nothing more to do. */
void troth_conn_settle(troth_conn *c);
/* The stream is gone: the endpoint hears of it, the owner gets its last events. */
void troth_conn_lost(troth_conn *c);
/* One hold less; frees after the last. */
void troth_conn_unhold(troth_conn *c);
/* It is authenticated, or gone: it counts no longer as half-open. */
void troth_conn_leave_half_open(troth_conn *c);
extern const troth_stream_handler troth_conn_stream_handler;

#endif
