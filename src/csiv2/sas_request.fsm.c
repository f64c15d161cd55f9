/* One request on a target: the TSS machine. [CORBA 24.3.3] */
#include <csiv2/sas_target.h>

/* The text has two states, Wait and Reply; ours are parted where a mechanism works meanwhile, and where the owner has
 * not yet taken what was decided. */
#define WAIT     TROTH_SAS_R_WAIT
#define CHECKING TROTH_SAS_R_CHECKING
#define QUEUED   TROTH_SAS_R_QUEUED
#define ACCEPTED TROTH_SAS_R_ACCEPTED
#define REFUSED  TROTH_SAS_R_REFUSED
#define REPLY    TROTH_SAS_R_REPLY
#define ENDED    TROTH_SAS_R_ENDED

#define ON(event) TROTH_SAS_R_ON_##event

static bool unproven(void *self, const void *arg)
{
    (void)self;
    return ((const troth_sas_arrival *)arg)->begins;
}

static bool pending(void *self, const void *arg)
{
    (void)self;
    return ((const troth_sas_arrival *)arg)->check;
}

static bool valid(void *self, const void *arg)
{
    (void)self;
    return !((const troth_sas_arrival *)arg)->finding.error.code;
}

static troth_status wait_for(void *self, const void *arg)
{
    troth_sas_req *r = self;
    r->check = ((const troth_sas_arrival *)arg)->check;
    troth_sas_list_add(&r->check->waiting, r);
    return TROTH_OK;
}

/* Become part of a context. */
static void enter(troth_sas_req *r, troth_sas_entry *e)
{
    troth_sas_entry_event(r->s, e, TROTH_SAS_E_ON_USE, NULL);
    r->entry = e;
    r->stateful = true;
    if (r->in_context) { /* the client has seen CompleteEstablishContext: nobody will ask for its token again */
        troth_sas_shared_put(r->s, e->answer);
        e->answer = NULL;
    }
    if (r->discard)
        troth_sas_entry_event(r->s, e, TROTH_SAS_E_ON_DISCARD, NULL);
}

static troth_status dispatch(void *self, const void *arg)
{
    troth_sas_req *r = self;
    const troth_sas_arrival *a = arg;
    r->who = troth_sas_who_ref(a->finding.who);
    r->expiry = a->finding.expiry;
    r->answer = troth_sas_shared_ref(a->finding.answer);
    if (a->entry)
        enter(r, a->entry);
    troth_sas_list_add(&r->s->ready, r);
    return TROTH_OK;
}

static troth_status refuse_it(void *self, const void *arg)
{
    troth_sas_req *r = self;
    const troth_sas_arrival *a = arg;
    r->error = a->finding.error;
    r->answer = troth_sas_shared_ref(a->finding.answer);
    r->close = r->s->barred;
    troth_sas_list_add(&r->s->ready, r);
    return TROTH_OK;
}

/* It waits no longer; what it waited for goes on for others. */
static troth_status stop_waiting(void *self, const void *arg)
{
    troth_sas_req *r = self;
    (void)arg;
    troth_sas_list_remove(&r->check->waiting, r);
    r->check = NULL;
    return TROTH_OK;
}

static troth_status release(void *self, const void *arg)
{
    troth_sas_req *r = self;
    (void)arg;
    if (r->entry)
        troth_sas_entry_event(r->s, r->entry, TROTH_SAS_E_ON_RELEASE, NULL);
    r->entry = NULL;
    return TROTH_OK;
}

static troth_status take_back(void *self, const void *arg)
{
    troth_sas_req *r = self;
    troth_sas_list_remove(&r->s->ready, r);
    return release(self, arg);
}

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* Wait                                                                                                [24.3.3] */
    TROTH_ROW(WAIT,     ON(NO_SAS),     valid,    dispatch,     ACCEPTED, "24.3.3 accept_transport_context: true"),
    TROTH_ROW(WAIT,     ON(NO_SAS),     NULL,     refuse_it,    REFUSED,  "24.3.3 accept_transport_context: false"),
    TROTH_ROW(WAIT,     ON(ESTABLISH),  unproven, wait_for,     CHECKING, "24.3.3 accept_context"),
    TROTH_ROW(WAIT,     ON(ESTABLISH),  pending,  wait_for,     QUEUED,   "24.3.2.2, equivalent to one being validated"),
    TROTH_ROW(WAIT,     ON(ESTABLISH),  valid,    dispatch,     ACCEPTED, "24.3.3 accept_context: ok"),
    TROTH_ROW(WAIT,     ON(ESTABLISH),  NULL,     refuse_it,    REFUSED,  "24.3.3 accept_context: fails, or 24.3.2.2 conflicts"),
    TROTH_ROW(WAIT,     ON(IN_CONTEXT), pending,  wait_for,     QUEUED,   "24.3.3, its context is being validated"),
    TROTH_ROW(WAIT,     ON(IN_CONTEXT), valid,    dispatch,     ACCEPTED, "24.3.3 reference_context: found"),
    TROTH_ROW(WAIT,     ON(IN_CONTEXT), NULL,     refuse_it,    REFUSED,  "24.3.3 reference_context: not found"),
    TROTH_ROW(WAIT,     ON(STRAY),      NULL,     refuse_it,    REFUSED,  "24.3.3, not a client's message"),
    TROTH_ROW(WAIT,     ON(GARBAGE),    NULL,     refuse_it,    REFUSED,  "24.2.2, no message"),
    TROTH_ROW(WAIT,     ON(SEVERAL),    NULL,     refuse_it,    REFUSED,  "24.2.1, at most one"),
    TROTH_ROW(WAIT,     ON(BARRED),     NULL,     refuse_it,    REFUSED,  "our limit of failures"),
    /* the evidence was looked at */
    TROTH_ROW(CHECKING, ON(VERDICT),    valid,    dispatch,     ACCEPTED, "24.3.3 accept_context: ok"),
    TROTH_ROW(CHECKING, ON(VERDICT),    NULL,     refuse_it,    REFUSED,  "24.3.3 accept_context: fails"),
    TROTH_ROW(QUEUED,   ON(VERDICT),    valid,    dispatch,     ACCEPTED, "24.3.2.2, the first one's verdict"),
    TROTH_ROW(QUEUED,   ON(VERDICT),    NULL,     refuse_it,    REFUSED,  "24.3.2.2, the first one's verdict"),
    TROTH_ROW(CHECKING, ON(END),        NULL,     stop_waiting, ENDED,    "CancelRequest"),
    TROTH_ROW(QUEUED,   ON(END),        NULL,     stop_waiting, ENDED,    "CancelRequest"),
    /* the owner takes the verdict */
    TROTH_ROW(ACCEPTED, ON(TELL),       NULL,     NULL,         REPLY,    "24.3.3"),
    TROTH_ROW(ACCEPTED, ON(END),        NULL,     take_back,    ENDED,    "CancelRequest"),
    TROTH_ROW(REFUSED,  ON(TELL),       NULL,     NULL,         ENDED,    "24.3.3"),
    TROTH_ROW(REFUSED,  ON(END),        NULL,     take_back,    ENDED,    "CancelRequest"),
    /* Reply                                                                                               [24.3.3] */
    TROTH_ROW(REPLY,    ON(ANSWERED),   NULL,     release,      ENDED,    "24.3.3 servant done"),
    TROTH_ROW(REPLY,    ON(END),        NULL,     release,      ENDED,    "24.3.3, a oneway, or CancelRequest"),
};
/* clang-format on */

static const char *const states[] = { "Wait", "Checking", "Queued", "Accepted", "Refused", "Reply", "Ended" };
static const char *const events[] = { "no SAS",
                                      "EstablishContext",
                                      "MessageInContext",
                                      "stray message",
                                      "garbage",
                                      "several elements",
                                      "barred",
                                      "verdict",
                                      "tell",
                                      "answered",
                                      "end" };
_Static_assert(sizeof states / sizeof *states == TROTH_SAS_R_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_SAS_R_EVENTS, "a name for each event");

/* Every event that a peer can raise has its arrow; the owner's are checked before they are raised. */
static void refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    (void)self, (void)event, (void)arg, (void)why;
}

const troth_fsm_spec troth_sas_request_fsm = {
    .name = "sas_request",
    .title = "CSIv2 request on a target, TSS [CORBA 24.3.3]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_SAS_R_STATES,
    .events = events,
    .n_events = TROTH_SAS_R_EVENTS,
    .initial = WAIT,
    .failed = ENDED,
    .refuse = refuse,
};

void troth_sas_request_event(troth_sas_req *r, uint8_t event, const troth_sas_arrival *a)
{
    troth_status st = troth_fsm_step(&r->fsm, event, r, a);
    (void)st; /* no action fails, and no event without an arrow is raised */
}
