/* A request of a connection, as far as it is on its way. [CORBA 15.4.2; the states are ours] */
#include <csiv2/iiop_requests.h>

#define NEW       TROTH_IIOP_NEW
#define OFFERED   TROTH_IIOP_OFFERED
#define WAITING   TROTH_IIOP_WAITING
#define PASSED    TROTH_IIOP_PASSED
#define CANCELLED TROTH_IIOP_CANCELLED
#define LOST      TROTH_IIOP_LOST

#define ON(event) TROTH_IIOP_ON_##event

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* somebody decides about it */
    TROTH_ROW(NEW,       ON(HOLD),   NULL, NULL, OFFERED,   "24.3.3, 24.3.4: its evidence comes first"),
    TROTH_ROW(OFFERED,   ON(TAKEN),  NULL, NULL, WAITING,   "24.3.3, 24.3.4"),
    TROTH_ROW(WAITING,   ON(PASS),   NULL, NULL, PASSED,    "24.3.3 dispatch; 24.3.4 send"),
    /* nobody does: a LocateRequest, and the other direction */
    TROTH_ROW(NEW,       ON(PASS),   NULL, NULL, PASSED,    "15.4.5, 15.8"),
    /* a client lost its context, and the request has not run */
    TROTH_ROW(PASSED,    ON(RESEND), NULL, NULL, WAITING,   "24.3.2.2, SAS-13"),
    /* its id is in use until a reply comes, which nobody wants */
    TROTH_ROW(PASSED,    ON(CANCEL), NULL, NULL, CANCELLED, "15.4.4"),
    TROTH_ROW(CANCELLED, ON(CANCEL), NULL, NULL, CANCELLED, "15.4.4, once more"),
};
/* clang-format on */

static const char *const states[] = { "New", "Offered", "Waiting", "Passed", "Cancelled", "Lost" };
static const char *const events[] = { "hold", "taken", "pass", "resend", "cancel" };
_Static_assert(sizeof states / sizeof *states == TROTH_IIOP_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_IIOP_EVENTS, "a name for each event");

/* No message of a peer is an event without an arrow; whoever raised one ends the connection. */
static void refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    (void)self, (void)event, (void)arg, (void)why;
}

const troth_fsm_spec troth_iiop_request_fsm = {
    .name = "iiop_request",
    .title = "Request of a GIOP connection with CSIv2 [CORBA 15.4, 24.3]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_IIOP_STATES,
    .events = events,
    .n_events = TROTH_IIOP_EVENTS,
    .initial = NEW,
    .failed = LOST,
    .refuse = refuse,
};

troth_status troth_iiop_request_on(troth_iiop_request *x, uint8_t event)
{
    return troth_fsm_step(&x->fsm, event, x, NULL);
}
