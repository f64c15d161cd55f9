/* A server connection, from its bind to its end. [MS-RPCE 3.3.3, figure 20; C706 12.6.3] */
#include <rpc_co/server.h>

enum {
    ESTABLISHED = TROTH_CO_SA_ESTABLISHED,
    BINDING = TROTH_CO_SA_BINDING,
    WAIT_SECURE_ALTER = TROTH_CO_SA_WAIT_SECURE_ALTER,
    NEGOTIATED = TROTH_CO_SA_CONTEXT_NEGOTIATED,
    SECURING = TROTH_CO_SA_NEGOTIATING_SECURITY,
    RECV_PDU = TROTH_CO_SA_RECV_PDU,
    CLOSED = TROTH_CO_SA_CLOSED
};

#define past_limit     troth_co_past_limit
#define others         troth_co_others_pending
#define securing       troth_co_any_pending
#define accept_bind    troth_co_accept_bind
#define begin_bind     troth_co_begin_bind
#define answer_alter   troth_co_answer_alter
#define take_leg       troth_co_take_leg
#define refuse_context troth_co_refuse_context
#define take_auth3     troth_co_take_auth3
#define answer_leg     troth_co_answer_leg
#define leg_failed     troth_co_leg_failed
#define leg_spoilt     troth_co_leg_spoilt
#define take_request   troth_co_take_request
#define take_later     troth_co_take_later
#define take_second    troth_co_take_second
#define take_stray     troth_co_take_stray
#define cancel         troth_co_cancel
#define orphan         troth_co_orphan
#define bad_pdu        troth_co_bad_pdu
#define peer_closed    troth_co_peer_closed
#define close_it       troth_co_close
#define ON(event)      TROTH_CO_SA_ON_##event

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* ESTABLISHED: whatever comes first and is no bind has no arrow: bind_nak */
    TROTH_ROW(ESTABLISHED,       ON(BIND),         NULL,       accept_bind,    NEGOTIATED,        "3.3.3, a bind without security"),
    TROTH_ROW(ESTABLISHED,       ON(SECURE_BIND),  NULL,       begin_bind,     BINDING,           "3.3.1.5.2.1, the first leg"),
    TROTH_ROW(ESTABLISHED,       ON(MALFORMED),    NULL,       bad_pdu,        CLOSED,            "2.2.2.5, bind_nak"),
    TROTH_ROW(BINDING,           ON(LEG_DONE),     NULL,       answer_leg,     NEGOTIATED,        "3.3.1.5.2.1, bind_ack"),
    TROTH_ROW(BINDING,           ON(LEG_MORE),     NULL,       answer_leg,     WAIT_SECURE_ALTER, "3.3.1.5.2.1, bind_ack"),
    TROTH_ROW(BINDING,           ON(LEG_FAILED),   NULL,       leg_failed,     CLOSED,            "3.3.1.5.2.1, bind_nak"),
    /* Wait for SECURE_ALTER_CONTEXT: a request is too early, whoever it names */
    TROTH_ROW(WAIT_SECURE_ALTER, ON(ALTER),        NULL,       answer_alter,   WAIT_SECURE_ALTER, "3.3.3"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(SECURE_ALTER), past_limit, refuse_context, WAIT_SECURE_ALTER, "3.3.1.5.4, the limit (CO-9)"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(SECURE_ALTER), NULL,       take_leg,       WAIT_SECURE_ALTER, "3.3.3, not the last"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(AUTH3),        NULL,       take_auth3,     WAIT_SECURE_ALTER, "3.3.1.5.2.1, rpc_auth_3"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(LEG_MORE),     NULL,       answer_leg,     WAIT_SECURE_ALTER, "3.3.1.5.2.1"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(LEG_DONE),     others,     answer_leg,     WAIT_SECURE_ALTER, "3.3.1.5.4, of several"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(LEG_DONE),     NULL,       answer_leg,     NEGOTIATED,        "3.3.3, the last"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(LEG_FAILED),   NULL,       leg_failed,     CLOSED,            "3.3.1.5.2.1, fault"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(LEG_SPOILT),   others,     leg_spoilt,     WAIT_SECURE_ALTER, "3.3.1.5.4, of several"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(LEG_SPOILT),   NULL,       leg_spoilt,     NEGOTIATED,        "3.3.1.5.2.1, told by the first request"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(CO_CANCEL),    NULL,       cancel,         WAIT_SECURE_ALTER, "C706 12.6.4.2"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(ORPHANED),     NULL,       orphan,         WAIT_SECURE_ALTER, "C706 12.6.4.8"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(MALFORMED),    NULL,       bad_pdu,        CLOSED,            "3.3.3.5.7"),
    /* CONTEXT_NEGOTIATED */
    TROTH_ROW(NEGOTIATED,        ON(ALTER),        NULL,       answer_alter,   NEGOTIATED,        "3.3.3, an alter_context without security"),
    TROTH_ROW(NEGOTIATED,        ON(SECURE_ALTER), past_limit, refuse_context, NEGOTIATED,        "3.3.1.5.4, the limit (CO-9)"),
    TROTH_ROW(NEGOTIATED,        ON(SECURE_ALTER), NULL,       take_leg,       SECURING,          "3.3.3, 3.3.1.5.4"),
    TROTH_ROW(NEGOTIATED,        ON(AUTH3),        NULL,       take_auth3,     NEGOTIATED,        "as Windows: nothing it could end"),
    TROTH_ROW(NEGOTIATED,        ON(REQUEST),      NULL,       take_request,   NEGOTIATED,        "3.3.3, DISPATCH: co_server_call"),
    TROTH_ROW(NEGOTIATED,        ON(FIRST),        NULL,       take_request,   RECV_PDU,          "3.3.3"),
    TROTH_ROW(NEGOTIATED,        ON(MIDDLE),       NULL,       take_stray,     NEGOTIATED,        "3.3.3.5.6"),
    TROTH_ROW(NEGOTIATED,        ON(LAST),         NULL,       take_stray,     NEGOTIATED,        "3.3.3.5.6"),
    TROTH_ROW(NEGOTIATED,        ON(CO_CANCEL),    NULL,       cancel,         NEGOTIATED,        "C706 12.6.4.2"),
    TROTH_ROW(NEGOTIATED,        ON(ORPHANED),     NULL,       orphan,         NEGOTIATED,        "C706 12.6.4.8"),
    TROTH_ROW(NEGOTIATED,        ON(MALFORMED),    NULL,       bad_pdu,        CLOSED,            "3.3.3.5.7"),
    /* Negotiating Security: calls in other contexts go on, a request in this one is co_context's to refuse */
    TROTH_ROW(SECURING,          ON(ALTER),        NULL,       answer_alter,   SECURING,          "3.3.1.5.4"),
    TROTH_ROW(SECURING,          ON(SECURE_ALTER), past_limit, refuse_context, SECURING,          "3.3.1.5.4, the limit (CO-9)"),
    TROTH_ROW(SECURING,          ON(SECURE_ALTER), NULL,       take_leg,       SECURING,          "3.3.3"),
    TROTH_ROW(SECURING,          ON(AUTH3),        NULL,       take_auth3,     SECURING,          "3.3.1.5.2.1, rpc_auth_3"),
    TROTH_ROW(SECURING,          ON(LEG_MORE),     NULL,       answer_leg,     SECURING,          "3.3.3"),
    TROTH_ROW(SECURING,          ON(LEG_DONE),     others,     answer_leg,     SECURING,          "3.3.1.5.4, of several"),
    TROTH_ROW(SECURING,          ON(LEG_DONE),     NULL,       answer_leg,     NEGOTIATED,        "3.3.3, the last"),
    TROTH_ROW(SECURING,          ON(LEG_FAILED),   NULL,       leg_failed,     CLOSED,            "3.3.1.5.2.1, fault"),
    TROTH_ROW(SECURING,          ON(LEG_SPOILT),   others,     leg_spoilt,     SECURING,          "3.3.1.5.4, of several"),
    TROTH_ROW(SECURING,          ON(LEG_SPOILT),   NULL,       leg_spoilt,     NEGOTIATED,        "3.3.1.5.2.1, told by the first request"),
    TROTH_ROW(SECURING,          ON(REQUEST),      NULL,       take_request,   SECURING,          "3.3.1.5.4"),
    TROTH_ROW(SECURING,          ON(FIRST),        NULL,       take_request,   RECV_PDU,          "3.3.1.5.4"),
    TROTH_ROW(SECURING,          ON(MIDDLE),       NULL,       take_stray,     SECURING,          "3.3.3.5.6"),
    TROTH_ROW(SECURING,          ON(LAST),         NULL,       take_stray,     SECURING,          "3.3.3.5.6"),
    TROTH_ROW(SECURING,          ON(CO_CANCEL),    NULL,       cancel,         SECURING,          "C706 12.6.4.2"),
    TROTH_ROW(SECURING,          ON(ORPHANED),     NULL,       orphan,         SECURING,          "C706 12.6.4.8"),
    TROTH_ROW(SECURING,          ON(MALFORMED),    NULL,       bad_pdu,        CLOSED,            "3.3.3.5.7"),
    /* RECV_PDU: one request at a time comes in [3.3.1.5.8]; a leg that runs may come back */
    TROTH_ROW(RECV_PDU,          ON(MIDDLE),       NULL,       take_later,     RECV_PDU,          "3.3.3"),
    TROTH_ROW(RECV_PDU,          ON(LAST),         securing,   take_later,     SECURING,          "3.3.3, DISPATCH"),
    TROTH_ROW(RECV_PDU,          ON(LAST),         NULL,       take_later,     NEGOTIATED,        "3.3.3, DISPATCH"),
    TROTH_ROW(RECV_PDU,          ON(FIRST),        NULL,       take_second,    CLOSED,            "3.3.1.5.8, refused"),
    TROTH_ROW(RECV_PDU,          ON(REQUEST),      NULL,       take_second,    CLOSED,            "3.3.1.5.8, refused"),
    TROTH_ROW(RECV_PDU,          ON(CO_CANCEL),    NULL,       cancel,         RECV_PDU,          "C706 12.6.4.2"),
    TROTH_ROW(RECV_PDU,          ON(ORPHANED),     NULL,       orphan,         RECV_PDU,          "C706 12.6.4.8"),
    TROTH_ROW(RECV_PDU,          ON(LEG_MORE),     NULL,       answer_leg,     RECV_PDU,          "3.3.1.5.4"),
    TROTH_ROW(RECV_PDU,          ON(LEG_DONE),     NULL,       answer_leg,     RECV_PDU,          "3.3.1.5.4"),
    TROTH_ROW(RECV_PDU,          ON(LEG_FAILED),   NULL,       leg_failed,     CLOSED,            "3.3.1.5.2.1, fault"),
    TROTH_ROW(RECV_PDU,          ON(LEG_SPOILT),   NULL,       leg_spoilt,     RECV_PDU,          "3.3.1.5.2.1, told by the first request"),
    TROTH_ROW(RECV_PDU,          ON(MALFORMED),    NULL,       bad_pdu,        CLOSED,            "3.3.3.5.7"),
    /* the end, whenever it comes                                                                    [3.3.3.7.1] */
    TROTH_ROW(ESTABLISHED,       ON(PEER_CLOSED),  NULL,       peer_closed,    CLOSED,            "3.3.3.7.1"),
    TROTH_ROW(BINDING,           ON(PEER_CLOSED),  NULL,       peer_closed,    CLOSED,            "3.3.3.7.1"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(PEER_CLOSED),  NULL,       peer_closed,    CLOSED,            "3.3.3.7.1"),
    TROTH_ROW(NEGOTIATED,        ON(PEER_CLOSED),  NULL,       peer_closed,    CLOSED,            "3.3.3.7.1"),
    TROTH_ROW(SECURING,          ON(PEER_CLOSED),  NULL,       peer_closed,    CLOSED,            "3.3.3.7.1"),
    TROTH_ROW(RECV_PDU,          ON(PEER_CLOSED),  NULL,       peer_closed,    CLOSED,            "3.3.3.7.1"),
    TROTH_ROW(ESTABLISHED,       ON(CLOSE),        NULL,       close_it,       CLOSED,            "3.3.3.2.1"),
    TROTH_ROW(BINDING,           ON(CLOSE),        NULL,       close_it,       CLOSED,            "3.3.3.2.1"),
    TROTH_ROW(WAIT_SECURE_ALTER, ON(CLOSE),        NULL,       close_it,       CLOSED,            "3.3.3.2.1"),
    TROTH_ROW(NEGOTIATED,        ON(CLOSE),        NULL,       close_it,       CLOSED,            "3.3.3.2.1"),
    TROTH_ROW(SECURING,          ON(CLOSE),        NULL,       close_it,       CLOSED,            "3.3.3.2.1"),
    TROTH_ROW(RECV_PDU,          ON(CLOSE),        NULL,       close_it,       CLOSED,            "3.3.3.2.1"),
};
/* clang-format on */

static const char *const states[] = {
    "Established", "Binding", "WaitForSecureAlterContext", "ContextNegotiated", "NegotiatingSecurity",
    "RecvPdu",     "Closed"
};
static const char *const events[] = { "bind",          "secure bind", "alter_context",  "secure alter_context",
                                      "auth3",         "request",     "first fragment", "middle fragment",
                                      "last fragment", "co_cancel",   "orphaned",       "other PTYPE",
                                      "malformed",     "leg: more",   "leg: done",      "leg: failed",
                                      "leg: spoilt",   "peer closed", "close" };
_Static_assert(sizeof states / sizeof *states == TROTH_CO_SA_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_CO_SA_EVENTS, "a name for each event");

const troth_fsm_spec troth_co_server_assoc_fsm = {
    .name = "co_server_assoc",
    .title = "server's end of a connection [MS-RPCE 3.3.3]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_CO_SA_STATES,
    .events = events,
    .n_events = TROTH_CO_SA_EVENTS,
    .initial = ESTABLISHED,
    .failed = CLOSED,
    .refuse = troth_co_server_refuse,
};
