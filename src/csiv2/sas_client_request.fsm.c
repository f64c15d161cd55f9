/* One request of a client, as far as security goes. [CORBA 24.3.4] */
#include <csiv2/sas_client_rows.h>

#define PLACING    TROTH_SAS_RQ_PLACING
#define WAITING    TROTH_SAS_RQ_WAITING
#define READY      TROTH_SAS_RQ_READY
#define DENIED     TROTH_SAS_RQ_DENIED
#define BARE       TROTH_SAS_RQ_BARE
#define ESTABLISH  TROTH_SAS_RQ_ESTABLISH
#define ONCE       TROTH_SAS_RQ_ONCE
#define IN_CONTEXT TROTH_SAS_RQ_IN_CONTEXT
#define ENDED      TROTH_SAS_RQ_ENDED

#define may_resend       troth_sas_rq_may_resend
#define wait             troth_sas_rq_wait
#define line_up          troth_sas_rq_line_up
#define leave            troth_sas_rq_leave
#define write_nothing    troth_sas_rq_write_nothing
#define write_establish  troth_sas_rq_write_establish
#define write_once       troth_sas_rq_write_once
#define write_in_context troth_sas_rq_write_in_context
#define pass             troth_sas_rq_pass
#define resend           troth_sas_rq_resend
#define refused          troth_sas_rq_refused
#define broken           troth_sas_rq_broken

#define ON(event) TROTH_SAS_RQ_ON_##event

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* its context says what it needs                                                                [24.3.4, get_context_element] */
    TROTH_ROW(PLACING,    ON(WAIT),            NULL,       wait,             WAITING,    "24.3.4"),
    TROTH_ROW(PLACING,    ON(MAY_GO),          NULL,       line_up,          READY,      "24.3.4"),
    TROTH_ROW(PLACING,    ON(DENY),            NULL,       line_up,          DENIED,     "24.3.4, NO_PERMISSION locally"),
    TROTH_ROW(WAITING,    ON(MAY_GO),          NULL,       line_up,          READY,      "24.3.4"),
    TROTH_ROW(WAITING,    ON(DENY),            NULL,       line_up,          DENIED,     "24.3.4, NO_PERMISSION locally"),
    TROTH_ROW(WAITING,    ON(END),             NULL,       leave,            ENDED,      "R27, nobody else knows of it"),
    TROTH_ROW(READY,      ON(PLACE),           NULL,       leave,            PLACING,    "24.3.4"),
    TROTH_ROW(READY,      ON(DENY),            NULL,       NULL,             DENIED,     "ours: the peer contradicted itself meanwhile"),
    TROTH_ROW(READY,      ON(END),             NULL,       leave,            ENDED,      "R27, nobody else knows of it"),
    TROTH_ROW(DENIED,     ON(END),             NULL,       leave,            ENDED,      "24.3.4, NO_PERMISSION locally"),
    /* it is sent                                                                                              [24.3.4, send] */
    TROTH_ROW(READY,      ON(BARE),            NULL,       write_nothing,    BARE,       "24.3.4"),
    TROTH_ROW(READY,      ON(ESTABLISH),       NULL,       write_establish,  ESTABLISH,  "24.3.4"),
    TROTH_ROW(READY,      ON(ONCE),            NULL,       write_once,       ONCE,       "24.3.4, R2"),
    TROTH_ROW(READY,      ON(IN_CONTEXT),      NULL,       write_in_context, IN_CONTEXT, "24.3.4, R8"),
    /* the reply to a request without security attributes                                                                     */
    TROTH_ROW(BARE,       ON(NOTHING),         NULL,       pass,             ENDED,      "24.3.4"),
    TROTH_ROW(BARE,       ON(FORWARD),         NULL,       pass,             ENDED,      "24.3.4"),
    TROTH_ROW(BARE,       ON(ERROR),           NULL,       refused,          ENDED,      "24.3.5, some say what they miss"),
    TROTH_ROW(BARE,       ON(CONFLICT),        NULL,       refused,          ENDED,      "24.3.5, some say what they miss"),
    TROTH_ROW(BARE,       ON(STATEFUL),        NULL,       broken,           ENDED,      "24.2.2.3, not asked for"),
    TROTH_ROW(BARE,       ON(NEGOTIATED_DOWN), NULL,       broken,           ENDED,      "24.2.2.3, not asked for"),
    TROTH_ROW(BARE,       ON(CONTRADICTION),   NULL,       broken,           ENDED,      "24.3.4"),
    TROTH_ROW(BARE,       ON(END),             NULL,       NULL,             ENDED,      "R24, R27"),
    /* ... to EstablishContext                                                                                                */
    TROTH_ROW(ESTABLISH,  ON(STATEFUL),        NULL,       pass,             ENDED,      "24.3.4 complete_context"),
    TROTH_ROW(ESTABLISH,  ON(NEGOTIATED_DOWN), NULL,       pass,             ENDED,      "24.3.4 complete_context, R9"),
    TROTH_ROW(ESTABLISH,  ON(NOTHING),         NULL,       pass,             ENDED,      "R25"),
    TROTH_ROW(ESTABLISH,  ON(FORWARD),         NULL,       pass,             ENDED,      "R25"),
    TROTH_ROW(ESTABLISH,  ON(ERROR),           NULL,       refused,          ENDED,      "24.3.5, never the same again"),
    TROTH_ROW(ESTABLISH,  ON(CONFLICT),        may_resend, resend,           PLACING,    "24.3.5, a fresh id, once"),
    TROTH_ROW(ESTABLISH,  ON(CONFLICT),        NULL,       refused,          ENDED,      "24.3.5"),
    TROTH_ROW(ESTABLISH,  ON(CONTRADICTION),   NULL,       broken,           ENDED,      "24.3.4"),
    TROTH_ROW(ESTABLISH,  ON(END),             NULL,       NULL,             ENDED,      "R27"),
    /* ... to EstablishContext with id 0                                                                                      */
    TROTH_ROW(ONCE,       ON(NEGOTIATED_DOWN), NULL,       pass,             ENDED,      "24.3.4, R6"),
    TROTH_ROW(ONCE,       ON(NOTHING),         NULL,       pass,             ENDED,      "R25"),
    TROTH_ROW(ONCE,       ON(FORWARD),         NULL,       pass,             ENDED,      "R25"),
    TROTH_ROW(ONCE,       ON(ERROR),           NULL,       refused,          ENDED,      "24.3.5, never the same again"),
    TROTH_ROW(ONCE,       ON(CONFLICT),        NULL,       refused,          ENDED,      "24.3.5, id 0 conflicts with nothing"),
    TROTH_ROW(ONCE,       ON(STATEFUL),        NULL,       broken,           ENDED,      "24.3.2.2, never for id 0"),
    TROTH_ROW(ONCE,       ON(CONTRADICTION),   NULL,       broken,           ENDED,      "24.3.4"),
    TROTH_ROW(ONCE,       ON(END),             NULL,       NULL,             ENDED,      "R24, R27"),
    /* ... to MessageInContext: any ContextError says that the context is gone, whatever its number                          */
    TROTH_ROW(IN_CONTEXT, ON(NOTHING),         NULL,       pass,             ENDED,      "24.3.4, R16"),
    TROTH_ROW(IN_CONTEXT, ON(FORWARD),         NULL,       pass,             ENDED,      "24.3.4"),
    TROTH_ROW(IN_CONTEXT, ON(STATEFUL),        NULL,       pass,             ENDED,      "R16, as some peers do"),
    TROTH_ROW(IN_CONTEXT, ON(NEGOTIATED_DOWN), NULL,       pass,             ENDED,      "R16, as some peers do"),
    TROTH_ROW(IN_CONTEXT, ON(ERROR),           may_resend, resend,           PLACING,    "24.3.2.2, R20, SAS-13, once"),
    TROTH_ROW(IN_CONTEXT, ON(ERROR),           NULL,       refused,          ENDED,      "24.3.2.2, it was sent again before"),
    TROTH_ROW(IN_CONTEXT, ON(CONFLICT),        may_resend, resend,           PLACING,    "24.3.2.2, R20, SAS-13, once"),
    TROTH_ROW(IN_CONTEXT, ON(CONFLICT),        NULL,       refused,          ENDED,      "24.3.2.2, it was sent again before"),
    TROTH_ROW(IN_CONTEXT, ON(CONTRADICTION),   NULL,       broken,           ENDED,      "24.3.4"),
    TROTH_ROW(IN_CONTEXT, ON(END),             NULL,       NULL,             ENDED,      "R24, R27"),
};
/* clang-format on */

static const char *const states[] = { "Placing",   "Waiting", "Ready",     "Denied", "Bare",
                                      "Establish", "Once",    "InContext", "Ended" };
static const char *const events[] = { "wait",          "may go",         "deny",          "place",
                                      "send bare",     "send",           "send once",     "send in context",
                                      "Complete TRUE", "Complete FALSE", "no answer",     "forward",
                                      "ContextError",  "conflict",       "contradiction", "end" };
_Static_assert(sizeof states / sizeof *states == TROTH_SAS_RQ_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_SAS_RQ_EVENTS, "a name for each event");

const troth_fsm_spec troth_sas_client_request_fsm = {
    .name = "sas_client_request",
    .title = "Request of a CSIv2 client [CORBA 24.3.4]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_SAS_RQ_STATES,
    .events = events,
    .n_events = TROTH_SAS_RQ_EVENTS,
    .initial = PLACING,
    .failed = ENDED,
    .refuse = troth_sas_rq_refuse,
};
