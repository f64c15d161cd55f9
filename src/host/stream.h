/* host/stream.h: a duplex octet stream over a socket, or over two descriptors of any kind. */
#ifndef TROTH_HOST_STREAM_H
#define TROTH_HOST_STREAM_H

#include <host/dial.h>
#include <host/loop.h>

typedef union troth_uv_stream {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
    uv_tty_t tty;
} troth_uv_stream;

typedef struct troth_file_end troth_file_end;

/*
 * rd, wr   libuv handles of the two directions: both &sock for a socket; NULL for a direction that is a file
 * file     files and second handles, only for streams of troth_stream_open
 * rest     octets that the owner has not taken yet
 * holds    open handles and requests under way: the stream is freed when there are none left
 */
struct troth_stream {
    troth_stream *prev, *next;
    troth_loop *loop;
    const troth_env *env;
    const troth_stream_handler *handler;
    void *self;
    troth_uv_stream sock;
    uv_stream_t *rd, *wr;
    troth_file_end *file;
    troth_dial *dial;
    uv_shutdown_t shut;
    uint8_t *rest;
    size_t rest_at, rest_len, rest_cap;
    size_t queued; /* octets copied and not written yet */
    unsigned holds;
    bool listed : 1, open : 1, paused : 1, offering : 1, eof : 1, eof_told : 1, want_ready : 1;
    bool ending : 1, shutting : 1, out_ended : 1, closing : 1, by_reset : 1, sock_open : 1, had_turn : 1;
    troth_host_error err;
};

/* A stream without a socket yet, of env (a connection's own), in no list of the loop. TROTH_OK or TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_stream_new(troth_loop *l, const troth_env *env, troth_stream **ret);
/* Put it into the loop's list, so that a drain finds it: streams that no connection owns. */
void troth_stream_list(troth_stream *s);
/* Adopt a connected socket. On failure the descriptor is closed. TROTH_OK or TROTH_IO. */
TROTH_MUST_CHECK troth_status troth_stream_adopt(troth_stream *s, int fd);
/* Take the next connection of a listening handle. TROTH_OK or TROTH_IO. */
TROTH_MUST_CHECK troth_status troth_stream_take(troth_stream *s, uv_stream_t *listening);
/* Begin to read, when it is open, has a handler and is not paused. */
void troth_stream_start(troth_stream *s);
/*
 * Write what the socket takes, and a bounded part beyond it by copy.
 * TROTH_OK (ret_used of data are on their way, perhaps 0: not before ready), TROTH_CLOSED, TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_stream_push(troth_stream *s, troth_bytes data, size_t *ret_used);
/* Fail: closed will tell err. */
void troth_stream_fail(troth_stream *s, troth_status code, int sys, const char *what);
/* Close with a TCP reset instead of a FIN. */
void troth_stream_reset(troth_stream *s);
/* The descriptor of the socket, or -1. */
int troth_stream_fd(const troth_stream *s);

/* ---- for stream_*.c ------------------------------------------------------------------------------------------------
 */

/* Give octets that came to the owner; what it does not take becomes the rest. */
void troth_stream_came(troth_stream *s, const uint8_t *p, size_t n);
/* The input has ended. */
void troth_stream_came_end(troth_stream *s);
/* One of the holds is gone; frees the stream after the last. */
void troth_stream_unhold(troth_stream *s);
/* Close when both directions have ended. */
void troth_stream_check_over(troth_stream *s);
/* n of the octets that were copied have left, or could not. */
void troth_stream_left(troth_stream *s, size_t n, int status);
/* End the output of a stream that is not a socket. */
void troth_file_end_output(troth_stream *s);
/* Read on from a file. */
void troth_file_read(troth_stream *s);
/* Write to a file, at once. TROTH_OK or TROTH_IO. */
TROTH_MUST_CHECK troth_status troth_file_write(troth_stream *s, troth_bytes data);
/* Close what a stream of two descriptors has besides sock. */
void troth_file_close(troth_stream *s);
void troth_file_free(troth_stream *s);

#endif
