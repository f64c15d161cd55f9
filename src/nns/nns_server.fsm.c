/* The server's Stream State. [MS-NNS 3.2] */
#include <nns/stream.h>

/* After an error the text goes to Uninitialized or Closed; a stream of ours is never tried again, so both are Closed. */
#define UNINITIALIZED TROTH_NNS_UNINITIALIZED
#define CREATING      TROTH_NNS_CREATING_SECURITY_TOKEN
#define WAITING       TROTH_NNS_WAITING_FOR_HANDSHAKE_MESSAGE
#define PROCESSING    TROTH_NNS_PROCESSING_FINAL_TOKEN
#define AUTHENTICATED TROTH_NNS_AUTHENTICATED
#define CLOSED        TROTH_NNS_CLOSED

#define too_low         troth_nns_too_low
#define has_token       troth_nns_has_token
#define empty           troth_nns_empty
#define is_protected    troth_nns_protected
#define mid_frame       troth_nns_mid_frame
#define feed_token      troth_nns_feed_token
#define send_progress   troth_nns_send_in_progress
#define tell_too_low    troth_nns_tell_too_low
#define tell_failed     troth_nns_tell_failed
#define tell_unfinished troth_nns_tell_unfinished
#define tell_empty      troth_nns_tell_empty
#define tell_bad_frame  troth_nns_tell_bad_frame
#define peer_error      troth_nns_peer_error
#define invalid_id      troth_nns_invalid_id
#define bad_frame       troth_nns_bad_frame
#define unwrap          troth_nns_unwrap
#define pass            troth_nns_pass
#define wrap            troth_nns_wrap
#define write_raw       troth_nns_write_raw
#define cut_off         troth_nns_cut_off
#define peer_ended      troth_nns_peer_ended
#define lost            troth_nns_lost
#define close_it        troth_nns_close
#define untold          troth_nns_untold
#define take_back       troth_nns_take_back
#define close_telling   troth_nns_close_telling
#define nobody          troth_nns_nobody
#define tell_denied     troth_nns_tell_denied
#define done            troth_nns_send_done_authenticated

#define ON(event) TROTH_NNS_ON_##event

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* the application's triggers                                                                  [3.2.4] */
    TROTH_ROW(UNINITIALIZED, ON(AUTHENTICATE), NULL,         NULL,            WAITING,       "3.2.4.1"),
    TROTH_ROW(AUTHENTICATED, ON(SEND),         is_protected, wrap,            AUTHENTICATED, "3.2.4.2"),
    TROTH_ROW(AUTHENTICATED, ON(SEND),         NULL,         write_raw,       AUTHENTICATED, "3.2.4.2"),
    TROTH_ROW(WAITING,       ON(CLOSE),        NULL,         close_telling,   CLOSED,        "3.2.4.3, with a word why"),
    TROTH_ROW(CREATING,      ON(CLOSE),        NULL,         close_telling,   CLOSED,        "3.2.4.3, with a word why"),
    TROTH_ROW(PROCESSING,    ON(CLOSE),        NULL,         close_telling,   CLOSED,        "3.2.4.3, with a word why"),
    TROTH_ROW(AUTHENTICATED, ON(CLOSE),        untold,       take_back,       CLOSED,        "3.2.5.2, before the Done has left"),
    TROTH_ROW(AUTHENTICATED, ON(CLOSE),        NULL,         close_it,        CLOSED,        "3.2.4.3"),
    /* Receiving data in WaitingForHandshakeMessage                                              [3.2.5.1] */
    TROTH_ROW(WAITING,       ON(IN_PROGRESS),  empty,        tell_empty,      CLOSED,        "2.2.1"),
    TROTH_ROW(WAITING,       ON(IN_PROGRESS),  NULL,         feed_token,      CREATING,      "3.2.5.1"),
    TROTH_ROW(WAITING,       ON(DONE),         empty,        tell_empty,      CLOSED,        "3.2.5.3, without asking the mechanism"),
    TROTH_ROW(WAITING,       ON(DONE),         NULL,         feed_token,      PROCESSING,    "3.2.5.1"),
    TROTH_ROW(WAITING,       ON(ERROR),        NULL,         peer_error,      CLOSED,        "3.2.5.1"),
    TROTH_ROW(WAITING,       ON(UNKNOWN_ID),   NULL,         invalid_id,      CLOSED,        "3.2.5.1"),
    TROTH_ROW(WAITING,       ON(BAD_FRAME),    NULL,         tell_bad_frame,  CLOSED,        "2.2.1, our limit"),
    /* GSS_Accept_sec_context returns while in CreatingSecurityToken                             [3.2.5.2] */
    TROTH_ROW(CREATING,      ON(COMPLETE),     too_low,      tell_too_low,    CLOSED,        "3.2.5.2"),
    TROTH_ROW(CREATING,      ON(COMPLETE),     nobody,       tell_denied,     CLOSED,        "3.1.4.1 anon_req_flag"),
    TROTH_ROW(CREATING,      ON(COMPLETE),     NULL,         done,            AUTHENTICATED, "3.2.5.2"),
    TROTH_ROW(CREATING,      ON(CONTINUE),     has_token,    send_progress,   WAITING,       "3.2.5.2"),
    TROTH_ROW(CREATING,      ON(FAILED),       NULL,         tell_failed,     CLOSED,        "3.2.5.2"),
    /* GSS_Accept_sec_context returns while in ProcessingFinalToken                              [3.2.5.3] */
    TROTH_ROW(PROCESSING,    ON(COMPLETE),     too_low,      tell_too_low,    CLOSED,        "3.2.5.3"),
    TROTH_ROW(PROCESSING,    ON(COMPLETE),     nobody,       tell_denied,     CLOSED,        "3.1.4.1 anon_req_flag"),
    TROTH_ROW(PROCESSING,    ON(COMPLETE),     NULL,         done,            AUTHENTICATED, "3.2.5.3, but with the token, as .NET"),
    TROTH_ROW(PROCESSING,    ON(CONTINUE),     NULL,         tell_unfinished, CLOSED,        "3.2.5.3"),
    TROTH_ROW(PROCESSING,    ON(FAILED),       NULL,         tell_failed,     CLOSED,        "3.2.5.3"),
    /* Receiving data in Authenticated                                                           [3.2.5.4] */
    TROTH_ROW(AUTHENTICATED, ON(DATA),         is_protected, unwrap,          AUTHENTICATED, "3.2.5.4"),
    TROTH_ROW(AUTHENTICATED, ON(DATA),         NULL,         pass,            AUTHENTICATED, "3.2.5.4"),
    TROTH_ROW(AUTHENTICATED, ON(BAD_FRAME),    NULL,         bad_frame,       CLOSED,        "2.2.2"),
    /* The client closes the Underlying TCP Connection                                             [3.2.7] */
    TROTH_ROW(WAITING,       ON(PEER_CLOSED),  NULL,         lost,            CLOSED,        "3.2.7"),
    TROTH_ROW(CREATING,      ON(PEER_CLOSED),  NULL,         lost,            CLOSED,        "3.2.7"),
    TROTH_ROW(PROCESSING,    ON(PEER_CLOSED),  NULL,         lost,            CLOSED,        "3.2.7"),
    TROTH_ROW(AUTHENTICATED, ON(PEER_CLOSED),  mid_frame,    cut_off,         CLOSED,        "3.2.7"),
    TROTH_ROW(AUTHENTICATED, ON(PEER_CLOSED),  NULL,         peer_ended,      AUTHENTICATED, "3.2.7, our direction may go on"),
};
/* clang-format on */

static const char *const states[] = { "Uninitialized",         "WaitingForHandshakeMessage",
                                      "CreatingSecurityToken", "ProcessingLastToken",
                                      "Authenticated",         "Closed" };
static const char *const events[] = {
    "authenticate", "CONTINUE_NEEDED", "COMPLETE", "failure", "HandshakeInProgress", "HandshakeDone", "HandshakeError",
    "unknown id",   "bad frame",       "data",     "send",    "peer closed",         "close"
};
_Static_assert(sizeof states / sizeof *states == TROTH_NNS_SERVER_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_NNS_EVENTS, "a name for each event");

const troth_fsm_spec troth_nns_server_fsm = {
    .name = "nns_server",
    .title = "NegotiateStream server [MS-NNS 3.2]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_NNS_SERVER_STATES,
    .events = events,
    .n_events = TROTH_NNS_EVENTS,
    .initial = UNINITIALIZED,
    .failed = CLOSED,
    .refuse = troth_nns_refuse,
};
