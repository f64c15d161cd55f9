/* nns/stream.h: what both ends of a NegotiateStream share, and the actions of their machines. */
#ifndef TROTH_NNS_STREAM_H
#define TROTH_NNS_STREAM_H

#include <base/fsm.h>
#include <nns/data.h>
#include <nns/errpayload.h>
#include <nns/machines.h>

enum {
    TROTH_NNS_EMPTIES_MAX = 1024, /* empty data frames in a row */
    TROTH_NNS_TRIM_MS = 1000      /* without traffic until unused buffers are given back */
};

typedef struct troth_nns_stream {
    troth_endpoint ep;
    const troth_env *env;
    troth_fsm fsm;
    troth_role role;
    troth_context *ctx; /* Security Provider Context; NULL while a job has it and after deletion */
    troth_job *job;     /* made, and not yet taken by the owner                                 */
    uint64_t job_id;    /* of the latest one                                                    */
    /* Required and Negotiated Protection and Impersonation Level */
    troth_level required, level;
    troth_impersonation required_impersonation, impersonation;
    troth_nns_error_layout error_layout;
    size_t frame_plain, out_max, token_max;
    uint64_t handshake_ms, idle_ms, since, last; /* construction, last traffic */
    /* Framing Buffer: head, then the token of a handshake frame or, for data, in (head included) */
    uint8_t head[TROTH_NNS_HEADER_LEN];
    uint8_t head_len;
    troth_block token; /* len octets allocated, got of them filled */
    size_t got;
    troth_queue in, out;
    unsigned empties;
    size_t unsent_done; /* octets of our HandshakeDone while nobody has seen them and nothing follows */
    /* what the owner has yet to be told */
    troth_bytes data;
    bool job_out, established, end, closed, told;
    /* the transport's two directions */
    bool in_ended, out_ended;
    bool allow_anonymous;
    troth_error error;
} troth_nns_stream;

/* The argument of the message events; the token itself lies in the stream. */
typedef struct troth_nns_frame {
    uint8_t message_id;
    size_t len;
} troth_nns_frame;

/* The argument of the context's events: the token for the peer. */
typedef struct troth_nns_leg {
    troth_bytes token;
} troth_nns_leg;

/* The argument of ON_DATA. */
typedef struct troth_nns_payload {
    uint8_t *data;
    size_t len;
} troth_nns_payload;

/* ---- framing buffer: intake.c ---- */
/*
 * Gather octets of one handshake frame; memory grows with what arrives, never by the size announced.
 * TROTH_OK: a frame is whole; TROTH_AGAIN: more is needed, all was taken; TROTH_LIMIT: its token is over the limit;
 * TROTH_NO_MEMORY. ret_used is always set.
 */
TROTH_MUST_CHECK troth_status troth_nns_gather(troth_nns_stream *s, const uint8_t *bytes, size_t n, size_t *ret_used,
                                               troth_nns_frame *ret);
/* Empty the framing buffer's handshake part. */
void troth_nns_gather_reset(troth_nns_stream *s);
/* Take octets of the data phase, up to the first that the owner must be told of; steps the machine. */
size_t troth_nns_take_data(troth_nns_stream *s, uint8_t *bytes, size_t n);

/* ---- the end of a stream: farewell.c ---- */
/* The stream has failed, or ended with TROTH_OK: record it, delete the context, tell the owner. Nothing is sent. */
void troth_nns_end(troth_nns_stream *s, troth_status code, const char *where, uint32_t wire);
/* The same with a HandshakeError for the peer first. */
void troth_nns_end_telling(troth_nns_stream *s, troth_status code, const char *where);
/* The machines' refuse. */
void troth_nns_refuse(void *self, uint8_t event, const void *arg, troth_status why);

/* ---- guards and actions of both machines: actions.c ---- */
bool troth_nns_too_low(void *self, const void *arg);
bool troth_nns_nobody(void *self, const void *arg);
bool troth_nns_has_token(void *self, const void *arg);
bool troth_nns_empty(void *self, const void *arg);
bool troth_nns_protected(void *self, const void *arg);
bool troth_nns_untold(void *self, const void *arg);
bool troth_nns_mid_frame(void *self, const void *arg);
troth_status troth_nns_first_leg(void *self, const void *arg);
troth_status troth_nns_feed_token(void *self, const void *arg);
troth_status troth_nns_send_in_progress(void *self, const void *arg);
troth_status troth_nns_send_done(void *self, const void *arg);
troth_status troth_nns_authenticated(void *self, const void *arg);
troth_status troth_nns_send_done_authenticated(void *self, const void *arg);
troth_status troth_nns_tell_too_low(void *self, const void *arg);
troth_status troth_nns_tell_denied(void *self, const void *arg);
troth_status troth_nns_tell_failed(void *self, const void *arg);
troth_status troth_nns_tell_unfinished(void *self, const void *arg);
troth_status troth_nns_tell_empty(void *self, const void *arg);
troth_status troth_nns_tell_bad_frame(void *self, const void *arg);
troth_status troth_nns_peer_error(void *self, const void *arg);
troth_status troth_nns_invalid_id(void *self, const void *arg);
troth_status troth_nns_bad_frame(void *self, const void *arg);
troth_status troth_nns_unwrap(void *self, const void *arg);
troth_status troth_nns_pass(void *self, const void *arg);
troth_status troth_nns_wrap(void *self, const void *arg);
troth_status troth_nns_write_raw(void *self, const void *arg);
troth_status troth_nns_cut_off(void *self, const void *arg);
troth_status troth_nns_peer_ended(void *self, const void *arg);
troth_status troth_nns_lost(void *self, const void *arg);
troth_status troth_nns_close(void *self, const void *arg);
troth_status troth_nns_take_back(void *self, const void *arg);
troth_status troth_nns_close_telling(void *self, const void *arg);

#endif
