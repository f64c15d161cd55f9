/* The client's side of a connection. [MS-RPCE 3.3.2 figure 18, 3.3.1.5.2.1; C706 11.1.3] */
#include <rpc_co/client.h>

#define ESTABLISHED            TROTH_CO_CA_ESTABLISHED
#define FIRST_LEG              TROTH_CO_CA_FIRST_LEG
#define WAIT_BIND_ACK          TROTH_CO_CA_WAIT_BIND_ACK
#define WAIT_SECURE_BIND_ACK   TROTH_CO_CA_WAIT_SECURE_BIND_ACK
#define NEGOTIATED             TROTH_CO_CA_NEGOTIATED
#define LEG                    TROTH_CO_CA_LEG
#define WAIT_ALTER_RESP        TROTH_CO_CA_WAIT_ALTER_RESP
#define WAIT_SECURE_ALTER_RESP TROTH_CO_CA_WAIT_SECURE_ALTER_RESP
#define DISCARD                TROTH_CO_CA_DISCARD
#define CLOSED                 TROTH_CO_CA_CLOSED

#define has_token             troth_co_client_has_token
#define last_by_auth3         troth_co_client_last_by_auth3
#define brings_token          troth_co_client_brings_token
#define spnego_over           troth_co_client_spnego_over
#define complete              troth_co_client_complete
#define replies_awaited       troth_co_client_replies_awaited
#define nothing_open          troth_co_client_nothing_open
#define send_bind             troth_co_client_send_bind
#define send_alter            troth_co_client_send_alter
#define first_leg             troth_co_client_first_leg
#define send_secure_bind      troth_co_client_send_secure_bind
#define send_secure_alter     troth_co_client_send_secure_alter
#define send_auth3            troth_co_client_send_auth3
#define take_ack              troth_co_client_take_ack
#define take_ack_leg          troth_co_client_take_ack_leg
#define take_ack_established  troth_co_client_take_ack_established
#define take_resp             troth_co_client_take_resp
#define take_resp_leg         troth_co_client_take_resp_leg
#define take_resp_established troth_co_client_take_resp_established
#define established           troth_co_client_established
#define presentation_refused  troth_co_client_presentation_refused
#define bind_refused          troth_co_client_bind_refused
#define bind_faulted          troth_co_client_bind_faulted
#define context_failed        troth_co_client_context_failed
#define context_refused       troth_co_client_context_refused
#define discard_failed        troth_co_client_discard_failed
#define discard_refused       troth_co_client_discard_refused
#define discard_broken        troth_co_client_discard_broken
#define broken                troth_co_client_broken
#define shut_down             troth_co_client_shut_down
#define discard_shut_down     troth_co_client_discard_shut_down
#define drained               troth_co_client_drained
#define bad_pdu               troth_co_client_bad_pdu
#define peer_ended            troth_co_client_peer_ended
#define lost                  troth_co_client_lost
#define close_it              troth_co_client_close

#define ON(event) TROTH_CO_CA_ON_##event

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* ESTABLISHED: the client chooses between a secure and an unsecure bind                      [3.3.2, 3.3.2.4.1.3] */
    TROTH_ROW(ESTABLISHED,     ON(NEED),        NULL,            send_bind,             WAIT_BIND_ACK,          "MS-RPCE 3.3.2 fig. 18, UNSECURE_BIND_PDU"),
    TROTH_ROW(ESTABLISHED,     ON(OPEN),        NULL,            first_leg,             FIRST_LEG,              "MS-RPCE 3.3.1.5.2.1, GSS_Init_sec_context"),
    TROTH_ROW(FIRST_LEG,       ON(MORE),        has_token,       send_secure_bind,      WAIT_SECURE_BIND_ACK,   "MS-RPCE 3.3.2 fig. 18, SECURE_BIND_PDU"),
    TROTH_ROW(FIRST_LEG,       ON(DONE),        has_token,       send_secure_bind,      WAIT_SECURE_BIND_ACK,   "MS-RPCE 3.3.1.5.2.1, one leg only"),
    TROTH_ROW(FIRST_LEG,       ON(FAILED),      NULL,            context_failed,        CLOSED,                 "MS-RPCE 3.3.1.5.2.1, an error"),
    /* WAIT for UNSECURE_BIND_ACK */
    TROTH_ROW(WAIT_BIND_ACK,   ON(BIND_ACK),    NULL,            take_ack,              NEGOTIATED,             "MS-RPCE 3.3.2 fig. 18, C706 11.1.3 RCV_BIND_ACK"),
    TROTH_ROW(WAIT_BIND_ACK,   ON(BIND_NAK),    NULL,            bind_refused,          CLOSED,                 "C706 11.1.3 RCV_BIND_NAK"),
    TROTH_ROW(WAIT_BIND_ACK,   ON(FAULT),       NULL,            bind_faulted,          CLOSED,                 "MS-RPCE 3.3.1.5.2.1, catastrophic errors"),
    /* WAIT for SECURE_BIND_ACK */
    TROTH_ROW(WAIT_SECURE_BIND_ACK, ON(BIND_ACK), brings_token,  take_ack_leg,          LEG,                    "MS-RPCE 3.3.1.5.2.1, a further leg"),
    TROTH_ROW(WAIT_SECURE_BIND_ACK, ON(BIND_ACK), complete,      take_ack_established,  NEGOTIATED,             "MS-RPCE 3.3.1.5.2.1, success"),
    TROTH_ROW(WAIT_SECURE_BIND_ACK, ON(BIND_NAK), NULL,          bind_refused,          CLOSED,                 "C706 11.1.3 RCV_BIND_NAK"),
    TROTH_ROW(WAIT_SECURE_BIND_ACK, ON(FAULT),    NULL,          bind_faulted,          CLOSED,                 "MS-RPCE 3.3.1.5.2.1, catastrophic errors"),
    /* a leg comes back while we are bound */
    TROTH_ROW(LEG,             ON(MORE),        has_token,       send_secure_alter,     WAIT_SECURE_ALTER_RESP, "MS-RPCE 3.3.2 fig. 18, SECURE_ALTER_CONTEXT"),
    TROTH_ROW(LEG,             ON(DONE),        last_by_auth3,   send_auth3,            NEGOTIATED,             "MS-RPCE 3.3.1.5.2.1, an odd number of legs"),
    TROTH_ROW(LEG,             ON(DONE),        has_token,       send_secure_alter,     WAIT_SECURE_ALTER_RESP, "MS-RPCE 3.3.1.5.2.1, legs assumed even"),
    TROTH_ROW(LEG,             ON(DONE),        NULL,            established,           NEGOTIATED,             "MS-RPCE 3.3.1.5.2.1, success"),
    TROTH_ROW(LEG,             ON(FAILED),      replies_awaited, discard_failed,        DISCARD,                "MS-RPCE 3.3.1.5.2.1, an error"),
    TROTH_ROW(LEG,             ON(FAILED),      NULL,            context_failed,        CLOSED,                 "MS-RPCE 3.3.1.5.2.1, an error"),
    /* WAIT for SECURE_ALTER_CONTEXT_RESP */
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(ALTER_RESP), spnego_over,     take_resp_established, NEGOTIATED, "RFC 4178 5 b: the acceptor's last word, ours was the MIC; as Samba"),
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(ALTER_RESP), brings_token,    take_resp_leg,         LEG,        "MS-RPCE 3.3.1.5.2.1, a further leg"),
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(ALTER_RESP), complete,        take_resp_established, NEGOTIATED, "MS-RPCE 3.3.1.5.2.1, success"),
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(FAULT),      replies_awaited, discard_refused,       DISCARD,    "MS-RPCE 3.3.1.5.2.1, the server's error"),
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(FAULT),      NULL,            context_refused,       CLOSED,     "MS-RPCE 3.3.1.5.2.1, the server's error"),
    /* CONTEXT_NEGOTIATED */
    TROTH_ROW(NEGOTIATED,      ON(NEED),        NULL,            send_alter,            WAIT_ALTER_RESP,        "MS-RPCE 3.3.2.4.1.3"),
    TROTH_ROW(NEGOTIATED,      ON(OPEN),        NULL,            first_leg,             LEG,                    "MS-RPCE 3.3.1.5.4"),
    TROTH_ROW(WAIT_ALTER_RESP, ON(ALTER_RESP),  NULL,            take_resp,             NEGOTIATED,             "MS-RPCE 3.3.1.5.6"),
    TROTH_ROW(WAIT_ALTER_RESP, ON(FAULT),       NULL,            presentation_refused,  NEGOTIATED,             "C706 11.1.3 RCV_FAULT"),
    /* a context that stood fails in use: no further PDUs                                                     [CO-11] */
    TROTH_ROW(NEGOTIATED,             ON(BROKEN), replies_awaited, discard_broken, DISCARD, "MS-RPCE 3.3.1.5.2.1, an error"),
    TROTH_ROW(NEGOTIATED,             ON(BROKEN), NULL,            broken,         CLOSED,  "MS-RPCE 3.3.1.5.2.1, an error"),
    TROTH_ROW(LEG,                    ON(BROKEN), replies_awaited, discard_broken, DISCARD, "MS-RPCE 3.3.1.5.2.1, an error"),
    TROTH_ROW(LEG,                    ON(BROKEN), NULL,            broken,         CLOSED,  "MS-RPCE 3.3.1.5.2.1, an error"),
    TROTH_ROW(WAIT_ALTER_RESP,        ON(BROKEN), replies_awaited, discard_broken, DISCARD, "MS-RPCE 3.3.1.5.2.1, an error"),
    TROTH_ROW(WAIT_ALTER_RESP,        ON(BROKEN), NULL,            broken,         CLOSED,  "MS-RPCE 3.3.1.5.2.1, an error"),
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(BROKEN), replies_awaited, discard_broken, DISCARD, "MS-RPCE 3.3.1.5.2.1, an error"),
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(BROKEN), NULL,            broken,         CLOSED,  "MS-RPCE 3.3.1.5.2.1, an error"),
    /* the server wants to be left alone; Windows never says so                                                       */
    TROTH_ROW(NEGOTIATED,             ON(SHUTDOWN), replies_awaited, discard_shut_down, DISCARD, "C706 11.1.3 RCV_SHUTDOWN"),
    TROTH_ROW(NEGOTIATED,             ON(SHUTDOWN), NULL,            shut_down,         CLOSED,  "C706 11.1.3 RCV_SHUTDOWN"),
    TROTH_ROW(LEG,                    ON(SHUTDOWN), replies_awaited, discard_shut_down, DISCARD, "C706 11.1.3 RCV_SHUTDOWN"),
    TROTH_ROW(LEG,                    ON(SHUTDOWN), NULL,            shut_down,         CLOSED,  "C706 11.1.3 RCV_SHUTDOWN"),
    TROTH_ROW(WAIT_ALTER_RESP,        ON(SHUTDOWN), replies_awaited, discard_shut_down, DISCARD, "C706 11.1.3 RCV_SHUTDOWN"),
    TROTH_ROW(WAIT_ALTER_RESP,        ON(SHUTDOWN), NULL,            shut_down,         CLOSED,  "C706 11.1.3 RCV_SHUTDOWN"),
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(SHUTDOWN), replies_awaited, discard_shut_down, DISCARD, "C706 11.1.3 RCV_SHUTDOWN"),
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(SHUTDOWN), NULL,            shut_down,         CLOSED,  "C706 11.1.3 RCV_SHUTDOWN"),
    /* Discard: what was under way comes to nothing, but for replies                                      [3.3.2.1.4] */
    TROTH_ROW(DISCARD,         ON(DRAINED),     NULL,            drained,               CLOSED,                 "MS-RPCE 3.3.1.5.2.1, SHOULD close"),
    TROTH_ROW(DISCARD,         ON(MORE),        NULL,            NULL,                  DISCARD,                "MS-RPCE 3.3.2.1.4, nothing is sent"),
    TROTH_ROW(DISCARD,         ON(DONE),        NULL,            NULL,                  DISCARD,                "MS-RPCE 3.3.2.1.4, nothing is sent"),
    TROTH_ROW(DISCARD,         ON(FAILED),      NULL,            NULL,                  DISCARD,                "MS-RPCE 3.3.2.1.4, nothing is sent"),
    TROTH_ROW(DISCARD,         ON(ALTER_RESP),  NULL,            NULL,                  DISCARD,                "MS-RPCE 3.3.2.1.4, no longer wanted"),
    TROTH_ROW(DISCARD,         ON(FAULT),       NULL,            NULL,                  DISCARD,                "MS-RPCE 3.3.2.1.4, no longer wanted"),
    TROTH_ROW(DISCARD,         ON(SHUTDOWN),    NULL,            NULL,                  DISCARD,                "MS-RPCE 3.3.2.1.4, it is under way"),
    /* a protocol error: "these extensions handle the error by closing the connection"                         [3.3.2] */
    TROTH_ROW(ESTABLISHED,            ON(BAD_PDU), NULL, bad_pdu, CLOSED, "MS-RPCE 3.3.2"),
    TROTH_ROW(FIRST_LEG,              ON(BAD_PDU), NULL, bad_pdu, CLOSED, "MS-RPCE 3.3.2"),
    TROTH_ROW(WAIT_BIND_ACK,          ON(BAD_PDU), NULL, bad_pdu, CLOSED, "MS-RPCE 3.3.2"),
    TROTH_ROW(WAIT_SECURE_BIND_ACK,   ON(BAD_PDU), NULL, bad_pdu, CLOSED, "MS-RPCE 3.3.2"),
    TROTH_ROW(NEGOTIATED,             ON(BAD_PDU), NULL, bad_pdu, CLOSED, "MS-RPCE 3.3.2"),
    TROTH_ROW(LEG,                    ON(BAD_PDU), NULL, bad_pdu, CLOSED, "MS-RPCE 3.3.2"),
    TROTH_ROW(WAIT_ALTER_RESP,        ON(BAD_PDU), NULL, bad_pdu, CLOSED, "MS-RPCE 3.3.2"),
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(BAD_PDU), NULL, bad_pdu, CLOSED, "MS-RPCE 3.3.2"),
    TROTH_ROW(DISCARD,                ON(BAD_PDU), NULL, bad_pdu, CLOSED, "MS-RPCE 3.3.2"),
    /* the transport ends                                                                                 [3.3.2.7.1] */
    TROTH_ROW(ESTABLISHED,            ON(PEER_CLOSED), nothing_open, peer_ended, CLOSED, "MS-RPCE 3.3.2.7.1, nothing is in progress"),
    TROTH_ROW(ESTABLISHED,            ON(PEER_CLOSED), NULL,         lost,       CLOSED, "MS-RPCE 3.3.2.7.1"),
    TROTH_ROW(FIRST_LEG,              ON(PEER_CLOSED), NULL,         lost,       CLOSED, "MS-RPCE 3.3.2.7.1"),
    TROTH_ROW(WAIT_BIND_ACK,          ON(PEER_CLOSED), NULL,         lost,       CLOSED, "MS-RPCE 3.3.2.7.1"),
    TROTH_ROW(WAIT_SECURE_BIND_ACK,   ON(PEER_CLOSED), NULL,         lost,       CLOSED, "MS-RPCE 3.3.2.7.1"),
    TROTH_ROW(NEGOTIATED,             ON(PEER_CLOSED), nothing_open, peer_ended, CLOSED, "MS-RPCE 3.3.2.7.1, nothing is in progress"),
    TROTH_ROW(NEGOTIATED,             ON(PEER_CLOSED), NULL,         lost,       CLOSED, "MS-RPCE 3.3.2.7.1"),
    TROTH_ROW(LEG,                    ON(PEER_CLOSED), NULL,         lost,       CLOSED, "MS-RPCE 3.3.2.7.1"),
    TROTH_ROW(WAIT_ALTER_RESP,        ON(PEER_CLOSED), NULL,         lost,       CLOSED, "MS-RPCE 3.3.2.7.1"),
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(PEER_CLOSED), NULL,         lost,       CLOSED, "MS-RPCE 3.3.2.7.1"),
    TROTH_ROW(DISCARD,                ON(PEER_CLOSED), NULL,         drained,    CLOSED, "MS-RPCE 3.3.2.7.1, what stopped us is the reason"),
    /* the owner, or a deadline, ends it                                                                              */
    TROTH_ROW(ESTABLISHED,            ON(CLOSE), NULL, close_it, CLOSED, "C706 11.1.3 CLOSE_REQ"),
    TROTH_ROW(FIRST_LEG,              ON(CLOSE), NULL, close_it, CLOSED, "C706 11.1.3 CLOSE_REQ"),
    TROTH_ROW(WAIT_BIND_ACK,          ON(CLOSE), NULL, close_it, CLOSED, "C706 11.1.3 CLOSE_REQ"),
    TROTH_ROW(WAIT_SECURE_BIND_ACK,   ON(CLOSE), NULL, close_it, CLOSED, "C706 11.1.3 CLOSE_REQ"),
    TROTH_ROW(NEGOTIATED,             ON(CLOSE), NULL, close_it, CLOSED, "C706 11.1.3 CLOSE_REQ, MS-RPCE 3.3.2.6.2"),
    TROTH_ROW(LEG,                    ON(CLOSE), NULL, close_it, CLOSED, "C706 11.1.3 CLOSE_REQ"),
    TROTH_ROW(WAIT_ALTER_RESP,        ON(CLOSE), NULL, close_it, CLOSED, "C706 11.1.3 CLOSE_REQ"),
    TROTH_ROW(WAIT_SECURE_ALTER_RESP, ON(CLOSE), NULL, close_it, CLOSED, "C706 11.1.3 CLOSE_REQ"),
    TROTH_ROW(DISCARD,                ON(CLOSE), NULL, close_it, CLOSED, "C706 11.1.3 CLOSE_REQ"),
};
/* clang-format on */

static const char *const states[] = { "ESTABLISHED",
                                      "first leg",
                                      "WAIT for UNSECURE_BIND_ACK",
                                      "WAIT for SECURE_BIND_ACK",
                                      "CONTEXT_NEGOTIATED",
                                      "leg",
                                      "WAIT for ALTER_CONTEXT_RESP",
                                      "WAIT for SECURE_ALTER_CONTEXT_RESP",
                                      "Discard",
                                      "Closed" };
static const char *const events[] = { "presentation context needed",
                                      "security context wanted",
                                      "CONTINUE_NEEDED",
                                      "COMPLETE",
                                      "failure",
                                      "context broken",
                                      "bind_ack",
                                      "alter_context_resp",
                                      "bind_nak",
                                      "fault",
                                      "shutdown",
                                      "bad PDU",
                                      "drained",
                                      "peer closed",
                                      "close" };
_Static_assert(sizeof states / sizeof *states == TROTH_CO_CA_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_CO_CA_EVENTS, "a name for each event");

const troth_fsm_spec troth_co_client_assoc_fsm = {
    .name = "co_client_assoc",
    .title = "Connection of a DCE/RPC client [MS-RPCE 3.3.2, C706 11.1.3]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_CO_CA_STATES,
    .events = events,
    .n_events = TROTH_CO_CA_EVENTS,
    .initial = ESTABLISHED,
    .failed = CLOSED,
    .refuse = troth_co_client_refuse,
};
