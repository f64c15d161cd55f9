/* The receiver of a net.tcp preamble that leads to a NegotiateStream. [MC-NMF 3.3.4.2] */
#include <nns/preamble.h>

#define VERSION      TROTH_NETTCP_READING_VERSION
#define MODE         TROTH_NETTCP_READING_MODE
#define VIA          TROTH_NETTCP_READING_VIA
#define ENCODING     TROTH_NETTCP_READING_ENCODING
#define UPGRADE      TROTH_NETTCP_READING_UPGRADE
#define UPGRADING    TROTH_NETTCP_UPGRADING
#define PREAMBLE_END TROTH_NETTCP_READING_PREAMBLE_END
#define OPEN         TROTH_NETTCP_OPEN
#define CLOSED       TROTH_NETTCP_CLOSED

#define version_ok          troth_nettcp_version_ok
#define mode_ok             troth_nettcp_mode_ok
#define via_ok              troth_nettcp_via_ok
#define encoding_ok         troth_nettcp_encoding_ok
#define is_negotiate        troth_nettcp_is_negotiate
#define unsupported_version troth_nettcp_unsupported_version
#define unsupported_mode    troth_nettcp_unsupported_mode
#define no_endpoint         troth_nettcp_no_endpoint
#define bad_encoding        troth_nettcp_bad_encoding
#define bad_upgrade         troth_nettcp_bad_upgrade
#define upgrade_missing     troth_nettcp_upgrade_missing
#define bad_record          troth_nettcp_bad_record
#define grant_upgrade       troth_nettcp_grant_upgrade
#define hand_over           troth_nettcp_hand_over
#define inner_closed        troth_nettcp_inner_closed
#define lost                troth_nettcp_lost
#define close_it            troth_nettcp_close

#define ON(event) TROTH_NETTCP_ON_##event

/* clang-format off */
/* A record without a row is answered by the fault InvalidRecordSequence, unless it is a fault itself. [3.1.4.2] */
static const troth_fsm_row rows[] = {
    /* Version Record                                                                            [3.1.4.3] */
    TROTH_ROW(VERSION,      ON(VERSION),         version_ok,   NULL,                MODE,         "3.1.4.3"),
    TROTH_ROW(VERSION,      ON(VERSION),         NULL,         unsupported_version, CLOSED,       "3.1.4.3"),
    TROTH_ROW(VERSION,      ON(BAD_RECORD),      NULL,         bad_record,          CLOSED,       "3.1.4.1"),
    /* Mode Record                                                                               [3.1.4.4] */
    TROTH_ROW(MODE,         ON(MODE),            mode_ok,      NULL,                VIA,          "3.1.4.4"),
    TROTH_ROW(MODE,         ON(MODE),            NULL,         unsupported_mode,    CLOSED,       "3.1.4.4"),
    TROTH_ROW(MODE,         ON(BAD_RECORD),      NULL,         bad_record,          CLOSED,       "3.1.4.1"),
    /* Via Record                                                                                [3.1.4.5] */
    TROTH_ROW(VIA,          ON(VIA),             via_ok,       NULL,                ENCODING,     "3.1.4.5"),
    TROTH_ROW(VIA,          ON(VIA),             NULL,         no_endpoint,         CLOSED,       "3.1.4.5"),
    TROTH_ROW(VIA,          ON(BAD_RECORD),      NULL,         bad_record,          CLOSED,       "3.1.4.5"),
    /* Encoding Record                                                                           [3.1.4.6] */
    TROTH_ROW(ENCODING,     ON(ENCODING),        encoding_ok,  NULL,                UPGRADE,      "3.1.4.6"),
    TROTH_ROW(ENCODING,     ON(ENCODING),        NULL,         bad_encoding,        CLOSED,       "3.1.4.6"),
    TROTH_ROW(ENCODING,     ON(BAD_RECORD),      NULL,         bad_record,          CLOSED,       "3.1.4.6"),
    /* Upgrade Request Record, which is always required                                          [3.1.4.7] */
    TROTH_ROW(UPGRADE,      ON(UPGRADE_REQUEST), is_negotiate, grant_upgrade,       UPGRADING,    "3.1.4.7"),
    TROTH_ROW(UPGRADE,      ON(UPGRADE_REQUEST), NULL,         bad_upgrade,         CLOSED,       "3.1.4.7"),
    TROTH_ROW(UPGRADE,      ON(PREAMBLE_END),    NULL,         upgrade_missing,     CLOSED,       "3.3.4.2"),
    TROTH_ROW(UPGRADE,      ON(BAD_RECORD),      NULL,         bad_record,          CLOSED,       "3.1.4.7"),
    TROTH_ROW(UPGRADING,    ON(SECURED),         NULL,         hand_over,           PREAMBLE_END, "3.1.4.7"),
    /* Preamble End Record, inside; a second upgrade is refused                                  [3.1.4.9] */
    TROTH_ROW(PREAMBLE_END, ON(PREAMBLE_END),    NULL,         NULL,                OPEN,         "3.1.4.9, the owner sends the Ack"),
    TROTH_ROW(PREAMBLE_END, ON(UPGRADE_REQUEST), NULL,         bad_upgrade,         CLOSED,       "3.1.4.7"),
    /* The transport, and the stream inside, end                                                 [3.1.7.1] */
    TROTH_ROW(VERSION,      ON(PEER_CLOSED),     NULL,         lost,                CLOSED,       "3.1.7.1"),
    TROTH_ROW(MODE,         ON(PEER_CLOSED),     NULL,         lost,                CLOSED,       "3.1.7.1"),
    TROTH_ROW(VIA,          ON(PEER_CLOSED),     NULL,         lost,                CLOSED,       "3.1.7.1"),
    TROTH_ROW(ENCODING,     ON(PEER_CLOSED),     NULL,         lost,                CLOSED,       "3.1.7.1"),
    TROTH_ROW(UPGRADE,      ON(PEER_CLOSED),     NULL,         lost,                CLOSED,       "3.1.7.1"),
    TROTH_ROW(PREAMBLE_END, ON(PEER_CLOSED),     NULL,         lost,                CLOSED,       "3.1.7.1"),
    TROTH_ROW(VERSION,      ON(INNER_CLOSED),    NULL,         inner_closed,        CLOSED,       "3.1.7.1"),
    TROTH_ROW(MODE,         ON(INNER_CLOSED),    NULL,         inner_closed,        CLOSED,       "3.1.7.1"),
    TROTH_ROW(VIA,          ON(INNER_CLOSED),    NULL,         inner_closed,        CLOSED,       "3.1.7.1"),
    TROTH_ROW(ENCODING,     ON(INNER_CLOSED),    NULL,         inner_closed,        CLOSED,       "3.1.7.1"),
    TROTH_ROW(UPGRADE,      ON(INNER_CLOSED),    NULL,         inner_closed,        CLOSED,       "3.1.7.1"),
    TROTH_ROW(UPGRADING,    ON(INNER_CLOSED),    NULL,         inner_closed,        CLOSED,       "3.1.7.1"),
    TROTH_ROW(PREAMBLE_END, ON(INNER_CLOSED),    NULL,         inner_closed,        CLOSED,       "3.1.7.1"),
    TROTH_ROW(OPEN,         ON(INNER_CLOSED),    NULL,         inner_closed,        CLOSED,       "3.1.7.1"),
    /* Session Close                                                                             [3.3.4.6] */
    TROTH_ROW(VERSION,      ON(CLOSE),           NULL,         close_it,            CLOSED,       "3.3.4.6"),
    TROTH_ROW(MODE,         ON(CLOSE),           NULL,         close_it,            CLOSED,       "3.3.4.6"),
    TROTH_ROW(VIA,          ON(CLOSE),           NULL,         close_it,            CLOSED,       "3.3.4.6"),
    TROTH_ROW(ENCODING,     ON(CLOSE),           NULL,         close_it,            CLOSED,       "3.3.4.6"),
    TROTH_ROW(UPGRADE,      ON(CLOSE),           NULL,         close_it,            CLOSED,       "3.3.4.6"),
    TROTH_ROW(UPGRADING,    ON(CLOSE),           NULL,         close_it,            CLOSED,       "3.3.4.6"),
    TROTH_ROW(PREAMBLE_END, ON(CLOSE),           NULL,         close_it,            CLOSED,       "3.3.4.6"),
    TROTH_ROW(OPEN,         ON(CLOSE),           NULL,         close_it,            CLOSED,       "3.3.4.6"),
};
/* clang-format on */

static const char *const states[] = { "Upgrading",       "Open",           "Closed",
                                      "ReadingVersion",  "ReadingMode",    "ReadingVia",
                                      "ReadingEncoding", "ReadingUpgrade", "ReadingPreambleEnd" };
static const char *const events[] = { "start",       "own preamble",   "Version",         "Mode",        "Via",
                                      "Encoding",    "UpgradeRequest", "UpgradeResponse", "PreambleEnd", "PreambleAck",
                                      "Fault",       "other record",   "bad record",      "secured",     "inner closed",
                                      "peer closed", "close" };
_Static_assert(sizeof states / sizeof *states == TROTH_NETTCP_SERVER_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_NETTCP_EVENTS, "a name for each event");

const troth_fsm_spec troth_nettcp_server_fsm = {
    .name = "nettcp_server",
    .title = "net.tcp preamble, receiver [MC-NMF 3.3.4.2]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_NETTCP_SERVER_STATES,
    .events = events,
    .n_events = TROTH_NETTCP_EVENTS,
    .initial = VERSION,
    .failed = CLOSED,
    .refuse = troth_nettcp_refuse,
};
