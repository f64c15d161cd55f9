/* One call of a client. [MS-RPCE 3.3.2.1.3 figure 19; C706 11.1.5, 11.1.6] */
#include <rpc_co/client.h>

#define SEND_PDUS   TROTH_CO_CC_SEND_PDUS
#define DISPATCHED  TROTH_CO_CC_DISPATCHED
#define RECEIVE_PDU TROTH_CO_CC_RECEIVE_PDU
#define ORPHANED    TROTH_CO_CC_ORPHANED
#define COMPLETE    TROTH_CO_CC_COMPLETE
#define FAULT       TROTH_CO_CC_FAULT

#define forbidden_status troth_co_client_call_forbidden_status
#define may_orphan       troth_co_client_call_may_orphan
#define send_request     troth_co_client_call_send
#define deliver          troth_co_client_call_deliver
#define begin            troth_co_client_call_begin
#define gather           troth_co_client_call_gather
#define gather_deliver   troth_co_client_call_gather_deliver
#define fault            troth_co_client_call_fault
#define bad_status       troth_co_client_call_bad_status
#define cancel_unsent    troth_co_client_call_cancel_unsent
#define send_cancel      troth_co_client_call_send_cancel
#define orphan           troth_co_client_call_orphan
#define drop             troth_co_client_call_drop
#define lost             troth_co_client_call_lost

#define ON(event) TROTH_CO_CC_ON_##event

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* STATE_SEND_PDUS: every fragment goes out at once, so no other PDU comes between them       [3.3.2, 3.3.1.5.8] */
    TROTH_ROW(SEND_PDUS,   ON(SEND),    NULL,             send_request,   DISPATCHED,  "MS-RPCE 3.3.2.1.3"),
    TROTH_ROW(SEND_PDUS,   ON(CANCEL),  NULL,             cancel_unsent,  FAULT,       "C706 11.1.6, nobody else knows of it"),
    TROTH_ROW(SEND_PDUS,   ON(TIMEOUT), NULL,             lost,           FAULT,       "MS-RPCE 3.3.2.6.1"),
    TROTH_ROW(SEND_PDUS,   ON(LOST),    NULL,             lost,           FAULT,       "MS-RPCE 3.3.2.7.1"),
    /* STATE_DISPATCHED                                                                                              */
    TROTH_ROW(DISPATCHED,  ON(ONLY),    NULL,             deliver,        COMPLETE,    "MS-RPCE 3.3.2.5.2"),
    TROTH_ROW(DISPATCHED,  ON(FIRST),   NULL,             begin,          RECEIVE_PDU, "MS-RPCE 3.3.2.1.3"),
    TROTH_ROW(DISPATCHED,  ON(FAULT),   forbidden_status, bad_status,     FAULT,       "MS-RPCE 3.3.2.5.1"),
    TROTH_ROW(DISPATCHED,  ON(FAULT),   NULL,             fault,          FAULT,       "MS-RPCE 3.3.2.1.3"),
    TROTH_ROW(DISPATCHED,  ON(CANCEL),  NULL,             send_cancel,    DISPATCHED,  "C706 11.1.6, 12.6.4.6"),
    TROTH_ROW(DISPATCHED,  ON(TIMEOUT), may_orphan,       orphan,         ORPHANED,    "MS-RPCE 3.3.2.6.1, 3.3.1.5.10"),
    TROTH_ROW(DISPATCHED,  ON(TIMEOUT), NULL,             lost,           FAULT,       "MS-RPCE 3.3.2.6.1, the connection ends with it"),
    TROTH_ROW(DISPATCHED,  ON(LOST),    NULL,             lost,           FAULT,       "MS-RPCE 3.3.2.7.1"),
    /* STATE_RECEIVE_PDU                                                                                             */
    TROTH_ROW(RECEIVE_PDU, ON(MIDDLE),  NULL,             gather,         RECEIVE_PDU, "MS-RPCE 3.3.2.1.3"),
    TROTH_ROW(RECEIVE_PDU, ON(LAST),    NULL,             gather_deliver, COMPLETE,    "MS-RPCE 3.3.2.1.3"),
    TROTH_ROW(RECEIVE_PDU, ON(FAULT),   forbidden_status, bad_status,     FAULT,       "MS-RPCE 3.3.2.5.1"),
    TROTH_ROW(RECEIVE_PDU, ON(FAULT),   NULL,             fault,          FAULT,       "MS-RPCE 3.3.2.1.3"),
    TROTH_ROW(RECEIVE_PDU, ON(CANCEL),  NULL,             send_cancel,    RECEIVE_PDU, "C706 11.1.6, 12.6.4.6"),
    TROTH_ROW(RECEIVE_PDU, ON(TIMEOUT), may_orphan,       orphan,         ORPHANED,    "MS-RPCE 3.3.2.6.1, 3.3.1.5.10"),
    TROTH_ROW(RECEIVE_PDU, ON(TIMEOUT), NULL,             lost,           FAULT,       "MS-RPCE 3.3.2.6.1, the connection ends with it"),
    TROTH_ROW(RECEIVE_PDU, ON(LOST),    NULL,             lost,           FAULT,       "MS-RPCE 3.3.2.7.1"),
    /* given up; the server may not know yet                                                            [3.3.1.5.10] */
    TROTH_ROW(ORPHANED,    ON(ONLY),    NULL,             drop,           COMPLETE,    "C706 12.6.4.8"),
    TROTH_ROW(ORPHANED,    ON(FIRST),   NULL,             NULL,           ORPHANED,    "C706 12.6.4.8"),
    TROTH_ROW(ORPHANED,    ON(MIDDLE),  NULL,             NULL,           ORPHANED,    "C706 12.6.4.8"),
    TROTH_ROW(ORPHANED,    ON(LAST),    NULL,             drop,           COMPLETE,    "C706 12.6.4.8"),
    TROTH_ROW(ORPHANED,    ON(FAULT),   forbidden_status, bad_status,     FAULT,       "MS-RPCE 3.3.2.5.1"),
    TROTH_ROW(ORPHANED,    ON(FAULT),   NULL,             drop,           FAULT,       "C706 12.6.4.8"),
    TROTH_ROW(ORPHANED,    ON(LOST),    NULL,             drop,           FAULT,       "MS-RPCE 3.3.2.7.1"),
    /* answered, and the owner has not looked yet                                                                    */
    TROTH_ROW(COMPLETE,    ON(CANCEL),  NULL,             NULL,           COMPLETE,    "C706 11.1.6, too late"),
    TROTH_ROW(FAULT,       ON(CANCEL),  NULL,             NULL,           FAULT,       "C706 11.1.6, too late"),
};
/* clang-format on */

static const char *const states[] = { "STATE_SEND_PDUS", "STATE_DISPATCHED", "STATE_RECEIVE_PDU",
                                      "Orphaned",        "STATE_COMPLETE",   "STATE_FAULT" };
static const char *const events[] = { "send",          "only fragment", "first fragment", "middle fragment",
                                      "last fragment", "fault",         "cancel",         "time-out",
                                      "lost" };
_Static_assert(sizeof states / sizeof *states == TROTH_CO_CC_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_CO_CC_EVENTS, "a name for each event");

const troth_fsm_spec troth_co_client_call_fsm = {
    .name = "co_client_call",
    .title = "Call of a DCE/RPC client [MS-RPCE 3.3.2.1.3]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_CO_CC_STATES,
    .events = events,
    .n_events = TROTH_CO_CC_EVENTS,
    .initial = SEND_PDUS,
    .failed = FAULT,
    .refuse = troth_co_client_call_refuse,
};
