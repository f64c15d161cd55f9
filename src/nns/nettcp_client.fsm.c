/* The initiator of a net.tcp preamble that leads to a NegotiateStream. [MC-NMF 3.2.4.2] */
#include <nns/preamble.h>

#define WRITING   TROTH_NETTCP_WRITING_PREAMBLE
#define RESPONSE  TROTH_NETTCP_READING_UPGRADE_RESPONSE
#define UPGRADING TROTH_NETTCP_UPGRADING
#define ACK       TROTH_NETTCP_READING_PREAMBLE_ACK
#define OPEN      TROTH_NETTCP_OPEN
#define CLOSED    TROTH_NETTCP_CLOSED

#define own_preamble      troth_nettcp_has_own_preamble
#define ask_upgrade       troth_nettcp_ask_upgrade
#define upgrade           troth_nettcp_upgrade
#define send_preamble_end troth_nettcp_send_preamble_end
#define open_it           troth_nettcp_open
#define peer_fault        troth_nettcp_peer_fault
#define bad_answer        troth_nettcp_bad_answer
#define bad_own           troth_nettcp_bad_own
#define inner_closed      troth_nettcp_inner_closed
#define lost              troth_nettcp_lost
#define close_it          troth_nettcp_close

#define ON(event) TROTH_NETTCP_ON_##event

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* Send Preamble, ours or the owner's, with the upgrade                                      [3.2.4.2] */
    TROTH_ROW(WRITING,   ON(START),            NULL,            ask_upgrade,       RESPONSE,  "3.2.4.2"),
    TROTH_ROW(WRITING,   ON(PREAMBLE),         NULL,            ask_upgrade,       RESPONSE,  "3.2.4.2"),
    TROTH_ROW(WRITING,   ON(OTHER_RECORD),     NULL,            bad_own,           CLOSED,    "2.2.6"),
    TROTH_ROW(WRITING,   ON(BAD_RECORD),       NULL,            bad_own,           CLOSED,    "2.2.6"),
    /* Upgrade Response Record                                                                   [3.1.4.8] */
    TROTH_ROW(RESPONSE,  ON(UPGRADE_RESPONSE), NULL,            upgrade,           UPGRADING, "3.1.4.8"),
    TROTH_ROW(RESPONSE,  ON(FAULT),            NULL,            peer_fault,        CLOSED,    "2.2.5"),
    TROTH_ROW(RESPONSE,  ON(BAD_RECORD),       NULL,            bad_answer,        CLOSED,    "3.1.4.1"),
    TROTH_ROW(UPGRADING, ON(SECURED),          own_preamble,    open_it,           OPEN,      "3.1.4.8, the owner goes on itself"),
    TROTH_ROW(UPGRADING, ON(SECURED),          NULL,            send_preamble_end, ACK,       "3.2.4.2"),
    /* Preamble Ack Record, inside                                                              [3.1.4.10] */
    TROTH_ROW(ACK,       ON(PREAMBLE_ACK),     NULL,            open_it,           OPEN,      "3.1.4.10"),
    TROTH_ROW(ACK,       ON(FAULT),            NULL,            peer_fault,        CLOSED,    "2.2.5"),
    TROTH_ROW(ACK,       ON(BAD_RECORD),       NULL,            bad_answer,        CLOSED,    "3.1.4.1"),
    /* The transport, and the stream inside, end                                                 [3.1.7.1] */
    TROTH_ROW(WRITING,   ON(PEER_CLOSED),      NULL,            lost,              CLOSED,    "3.1.7.1"),
    TROTH_ROW(RESPONSE,  ON(PEER_CLOSED),      NULL,            lost,              CLOSED,    "3.1.7.1"),
    TROTH_ROW(ACK,       ON(PEER_CLOSED),      NULL,            lost,              CLOSED,    "3.1.7.1"),
    TROTH_ROW(WRITING,   ON(INNER_CLOSED),     NULL,            inner_closed,      CLOSED,    "3.1.7.1"),
    TROTH_ROW(RESPONSE,  ON(INNER_CLOSED),     NULL,            inner_closed,      CLOSED,    "3.1.7.1"),
    TROTH_ROW(UPGRADING, ON(INNER_CLOSED),     NULL,            inner_closed,      CLOSED,    "3.1.7.1"),
    TROTH_ROW(ACK,       ON(INNER_CLOSED),     NULL,            inner_closed,      CLOSED,    "3.1.7.1"),
    TROTH_ROW(OPEN,      ON(INNER_CLOSED),     NULL,            inner_closed,      CLOSED,    "3.1.7.1"),
    /* Session Close                                                                             [3.2.4.6] */
    TROTH_ROW(WRITING,   ON(CLOSE),            NULL,            close_it,          CLOSED,    "3.2.4.6"),
    TROTH_ROW(RESPONSE,  ON(CLOSE),            NULL,            close_it,          CLOSED,    "3.2.4.6"),
    TROTH_ROW(UPGRADING, ON(CLOSE),            NULL,            close_it,          CLOSED,    "3.2.4.6"),
    TROTH_ROW(ACK,       ON(CLOSE),            NULL,            close_it,          CLOSED,    "3.2.4.6"),
    TROTH_ROW(OPEN,      ON(CLOSE),            NULL,            close_it,          CLOSED,    "3.2.4.6"),
};
/* clang-format on */

static const char *const states[] = {
    "Upgrading", "Open", "Closed", "WritingPreamble", "ReadingUpgradeResponse", "ReadingPreambleAck"
};
static const char *const events[] = { "start",       "own preamble",   "Version",         "Mode",        "Via",
                                      "Encoding",    "UpgradeRequest", "UpgradeResponse", "PreambleEnd", "PreambleAck",
                                      "Fault",       "other record",   "bad record",      "secured",     "inner closed",
                                      "peer closed", "close" };
_Static_assert(sizeof states / sizeof *states == TROTH_NETTCP_CLIENT_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_NETTCP_EVENTS, "a name for each event");

const troth_fsm_spec troth_nettcp_client_fsm = {
    .name = "nettcp_client",
    .title = "net.tcp preamble, initiator [MC-NMF 3.2.4.2]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_NETTCP_CLIENT_STATES,
    .events = events,
    .n_events = TROTH_NETTCP_EVENTS,
    .initial = WRITING,
    .failed = CLOSED,
    .refuse = troth_nettcp_refuse,
};
