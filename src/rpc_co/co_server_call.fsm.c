/* One call on the server. [MS-RPCE 3.3.3.1.5, figure 21; C706 9.3.4, 12.6.4.2, 12.6.4.8] */
#include <rpc_co/server.h>

/* STATE_SEND_PDU is no state of ours: an answer goes to the output whole. */
enum {
    RECEIVE = TROTH_CO_SC_RECEIVE_PDU,
    CANCELLED = TROTH_CO_SC_RECEIVE_CANCELLED,
    REFUSED = TROTH_CO_SC_REFUSED,
    DISPATCHED = TROTH_CO_SC_DISPATCHED,
    STOPPING = TROTH_CO_SC_DISPATCHED_CANCELLED,
    ORPHANED = TROTH_CO_SC_ORPHANED,
    LOST = TROTH_CO_SC_LOST,
    COMPLETE = TROTH_CO_SC_COMPLETE
};

#define maybe              troth_co_call_maybe
#define keep               troth_co_call_keep
#define complete           troth_co_call_complete
#define complete_cancelled troth_co_call_complete_cancelled
#define tell_cancel        troth_co_call_tell_cancel
#define send               troth_co_server_call_send
#define forget             troth_co_call_forget
#define ON(event)          TROTH_CO_SC_ON_##event

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* STATE_RECEIVE_PDU */
    TROTH_ROW(RECEIVE,    ON(FRAGMENT),  NULL,  keep,               RECEIVE,    "3.3.3.1.5"),
    TROTH_ROW(RECEIVE,    ON(LAST),      NULL,  complete,           DISPATCHED, "3.3.3.1.5"),
    TROTH_ROW(RECEIVE,    ON(REFUSE),    NULL,  NULL,               REFUSED,    "3.3.3.5.8, a fault at once"),
    TROTH_ROW(RECEIVE,    ON(CO_CANCEL), NULL,  NULL,               CANCELLED,  "C706 12.6.4.2"),
    TROTH_ROW(RECEIVE,    ON(ORPHANED),  NULL,  NULL,               CANCELLED,  "as Windows: the request is carried out when it is completed"),
    TROTH_ROW(RECEIVE,    ON(LOST),      NULL,  forget,             COMPLETE,   "3.3.3.7.1"),
    TROTH_ROW(CANCELLED,  ON(FRAGMENT),  NULL,  keep,               CANCELLED,  "3.3.3.1.5"),
    TROTH_ROW(CANCELLED,  ON(LAST),      NULL,  complete_cancelled, STOPPING,   "C706 12.6.4.2"),
    TROTH_ROW(CANCELLED,  ON(REFUSE),    NULL,  NULL,               REFUSED,    "3.3.3.5.8"),
    TROTH_ROW(CANCELLED,  ON(CO_CANCEL), NULL,  NULL,               CANCELLED,  "C706 12.6.4.2"),
    TROTH_ROW(CANCELLED,  ON(ORPHANED),  NULL,  NULL,               CANCELLED,  "as Windows"),
    TROTH_ROW(CANCELLED,  ON(LOST),      NULL,  forget,             COMPLETE,   "3.3.3.7.1"),
    /* refused, and the rest of its fragments is still to come */
    TROTH_ROW(REFUSED,    ON(FRAGMENT),  NULL,  NULL,               REFUSED,    "3.3.3.5.8, passes by"),
    TROTH_ROW(REFUSED,    ON(LAST),      NULL,  NULL,               COMPLETE,   "3.3.3.5.8, passes by"),
    TROTH_ROW(REFUSED,    ON(CO_CANCEL), NULL,  NULL,               REFUSED,    "C706 12.6.4.2, too late"),
    TROTH_ROW(REFUSED,    ON(ORPHANED),  NULL,  NULL,               REFUSED,    "C706 12.6.4.8, too late"),
    TROTH_ROW(REFUSED,    ON(LOST),      NULL,  forget,             COMPLETE,   "3.3.3.7.1"),
    /* STATE_DISPATCHED */
    TROTH_ROW(DISPATCHED, ON(CO_CANCEL), NULL,  tell_cancel,        STOPPING,   "C706 12.6.4.2"),
    TROTH_ROW(DISPATCHED, ON(ORPHANED),  NULL,  tell_cancel,        ORPHANED,   "C706 12.6.4.8"),
    TROTH_ROW(DISPATCHED, ON(ANSWER),    maybe, NULL,               COMPLETE,   "C706 12.6.3.1 PFC_MAYBE"),
    TROTH_ROW(DISPATCHED, ON(ANSWER),    NULL,  send,               COMPLETE,   "3.3.3.1.5, STATE_SEND_PDU"),
    TROTH_ROW(DISPATCHED, ON(LOST),      NULL,  forget,             LOST,       "3.3.3.7.1"),
    TROTH_ROW(STOPPING,   ON(CO_CANCEL), NULL,  NULL,               STOPPING,   "C706 12.6.4.2, once is enough"),
    TROTH_ROW(STOPPING,   ON(ORPHANED),  NULL,  NULL,               ORPHANED,   "C706 12.6.4.8"),
    TROTH_ROW(STOPPING,   ON(ANSWER),    maybe, NULL,               COMPLETE,   "C706 12.6.3.1 PFC_MAYBE"),
    TROTH_ROW(STOPPING,   ON(ANSWER),    NULL,  send,               COMPLETE,   "C706 12.6.4.2, its answer all the same"),
    TROTH_ROW(STOPPING,   ON(LOST),      NULL,  forget,             LOST,       "3.3.3.7.1"),
    TROTH_ROW(ORPHANED,   ON(CO_CANCEL), NULL,  NULL,               ORPHANED,   "C706 12.6.4.2, too late"),
    TROTH_ROW(ORPHANED,   ON(ORPHANED),  NULL,  NULL,               ORPHANED,   "C706 12.6.4.8"),
    TROTH_ROW(ORPHANED,   ON(ANSWER),    NULL,  NULL,               COMPLETE,   "C706 12.6.4.8, nobody waits"),
    TROTH_ROW(ORPHANED,   ON(LOST),      NULL,  forget,             LOST,       "3.3.3.7.1"),
    /* its connection has gone */
    TROTH_ROW(LOST,       ON(ANSWER),    NULL,  NULL,               COMPLETE,   "3.3.3.7.1, goes nowhere"),
};
/* clang-format on */

static const char *const states[] = {
    "ReceivePdu", "ReceivePduCancelled", "Refused", "Dispatched", "DispatchedCancelled", "Orphaned", "Lost", "Complete"
};
static const char *const events[] = {
    "fragment", "last fragment", "refuse", "co_cancel", "orphaned", "answer", "lost"
};
_Static_assert(sizeof states / sizeof *states == TROTH_CO_SC_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_CO_SC_EVENTS, "a name for each event");

const troth_fsm_spec troth_co_server_call_fsm = {
    .name = "co_server_call",
    .title = "call on a server connection [MS-RPCE 3.3.3.1.5]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_CO_SC_STATES,
    .events = events,
    .n_events = TROTH_CO_SC_EVENTS,
    .initial = RECEIVE,
    .failed = COMPLETE,
    .refuse = troth_co_server_call_refuse,
};
