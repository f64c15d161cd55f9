/* One security context of a client, on one connection. [CORBA 24.3.2] */
#include <csiv2/sas_client_rows.h>

#define NONE         TROTH_SAS_CX_NONE
#define MAKING       TROTH_SAS_CX_MAKING
#define ESTABLISHING TROTH_SAS_CX_ESTABLISHING
#define ESTABLISHED  TROTH_SAS_CX_ESTABLISHED
#define STATELESS    TROTH_SAS_CX_STATELESS
#define REFUSED      TROTH_SAS_CX_REFUSED

#define needs_token    troth_sas_cx_needs_token
#define nobody_waits   troth_sas_cx_nobody_waits
#define fresh_evidence troth_sas_cx_fresh_evidence
#define peer_is_silent troth_sas_cx_peer_is_silent
#define others_pending troth_sas_cx_others_pending
#define make_token     troth_sas_cx_make_token
#define make_own       troth_sas_cx_make_own
#define go_once        troth_sas_cx_go_once
#define wait           troth_sas_cx_wait
#define go             troth_sas_cx_go
#define deny           troth_sas_cx_deny
#define take_id        troth_sas_cx_take_id
#define take_token     troth_sas_cx_take_token
#define wipe_token     troth_sas_cx_wipe_token
#define forget         troth_sas_cx_forget
#define forget_for     troth_sas_cx_forget_for

#define ON(event) TROTH_SAS_CX_ON_##event

/* clang-format off */
static const troth_fsm_row rows[] = {
    /* nothing is known of it at the target                                                             [24.3.2.1, 24.3.2.2] */
    TROTH_ROW(NONE,         ON(BEGIN_STATELESS), NULL,           NULL,       STATELESS,    "24.3.2.1, R1, SAS-18"),
    TROTH_ROW(NONE,         ON(CALL),            needs_token,    make_token, MAKING,       "24.3.4, get_context_element"),
    TROTH_ROW(NONE,         ON(CALL),            NULL,           take_id,    ESTABLISHING, "24.3.2.2, R3"),
    TROTH_ROW(NONE,         ON(ONEWAY),          needs_token,    make_own,   NONE,         "R24, a oneway learns nothing"),
    TROTH_ROW(NONE,         ON(ONEWAY),          NULL,           go_once,    NONE,         "R24, a oneway learns nothing"),
    TROTH_ROW(NONE,         ON(CONTRADICTION),   NULL,           forget_for, REFUSED,      "ours: no evidence for such a peer"),
    /* its token is being made                                                                                      [24.3.4] */
    TROTH_ROW(MAKING,       ON(CALL),            NULL,           wait,       MAKING,       "24.3.2.2, SAS-7"),
    TROTH_ROW(MAKING,       ON(ONEWAY),          NULL,           make_own,   MAKING,       "R24, a oneway learns nothing"),
    TROTH_ROW(MAKING,       ON(TOKEN),           nobody_waits,   NULL,       NONE,         "ours: all who waited have ended"),
    TROTH_ROW(MAKING,       ON(TOKEN),           NULL,           take_token, ESTABLISHING, "24.3.2.2, R3"),
    TROTH_ROW(MAKING,       ON(NO_TOKEN),        NULL,           NULL,       NONE,         "24.3.4, get_client_credentials"),
    TROTH_ROW(MAKING,       ON(CONTRADICTION),   NULL,           forget_for, REFUSED,      "ours: no evidence for such a peer"),
    /* EstablishContext goes with each request until Complete was seen                                          [24.3.2.2] */
    TROTH_ROW(ESTABLISHING, ON(CALL),            NULL,           go,         ESTABLISHING, "24.3.2.2, R8, SAS-6, SAS-7"),
    TROTH_ROW(ESTABLISHING, ON(ONEWAY),          needs_token,    make_own,   ESTABLISHING, "R24, a oneway learns nothing"),
    TROTH_ROW(ESTABLISHING, ON(ONEWAY),          NULL,           go_once,    ESTABLISHING, "R24, a oneway learns nothing"),
    TROTH_ROW(ESTABLISHING, ON(STATEFUL),        NULL,           wipe_token, ESTABLISHED,  "24.3.2.2, 24.3.4 complete_context"),
    TROTH_ROW(ESTABLISHING, ON(NEGOTIATED_DOWN), NULL,           forget,     STATELESS,    "24.3.2.1, R9, SAS-4"),
    TROTH_ROW(ESTABLISHING, ON(NOTHING),         peer_is_silent, forget,     STATELESS,    "R25, a peer that never answers"),
    TROTH_ROW(ESTABLISHING, ON(NOTHING),         NULL,           forget,     NONE,         "24.3.4 invalidate_context, R25"),
    TROTH_ROW(ESTABLISHING, ON(FORWARD),         NULL,           forget,     NONE,         "24.3.4 invalidate_context, R25"),
    TROTH_ROW(ESTABLISHING, ON(EVIDENCE),        fresh_evidence, forget,     NONE,         "24.3.5, R23; the next token is another"),
    TROTH_ROW(ESTABLISHING, ON(EVIDENCE),        NULL,           forget_for, REFUSED,      "24.3.5, R23; the next would be the same"),
    TROTH_ROW(ESTABLISHING, ON(CONFLICT),        NULL,           forget,     NONE,         "24.3.5, a fresh id"),
    TROTH_ROW(ESTABLISHING, ON(ENDED),           others_pending, NULL,       ESTABLISHING, "R27, their replies will tell"),
    TROTH_ROW(ESTABLISHING, ON(ENDED),           NULL,           forget,     NONE,         "R27"),
    TROTH_ROW(ESTABLISHING, ON(CONTRADICTION),   NULL,           forget_for, REFUSED,      "ours: no evidence for such a peer"),
    /* MessageInContext goes with each; answers to what was sent before still come                              [24.3.2.2] */
    TROTH_ROW(ESTABLISHED,  ON(CALL),            NULL,           go,         ESTABLISHED,  "24.3.2.2"),
    TROTH_ROW(ESTABLISHED,  ON(ONEWAY),          NULL,           go,         ESTABLISHED,  "24.3.2.2"),
    TROTH_ROW(ESTABLISHED,  ON(STATEFUL),        NULL,           NULL,       ESTABLISHED,  "24.3.2.2, R12, R16"),
    TROTH_ROW(ESTABLISHED,  ON(NEGOTIATED_DOWN), NULL,           NULL,       ESTABLISHED,  "SAS-16, an earlier verdict overtaken"),
    TROTH_ROW(ESTABLISHED,  ON(NOTHING),         NULL,           NULL,       ESTABLISHED,  "R16"),
    TROTH_ROW(ESTABLISHED,  ON(FORWARD),         NULL,           NULL,       ESTABLISHED,  "R25 is about pending ones"),
    TROTH_ROW(ESTABLISHED,  ON(EVIDENCE),        NULL,           NULL,       ESTABLISHED,  "24.3.5 is about that request's; some take it for a replay"),
    TROTH_ROW(ESTABLISHED,  ON(CONFLICT),        NULL,           forget,     NONE,         "24.3.5, a fresh id"),
    TROTH_ROW(ESTABLISHED,  ON(LOST),            NULL,           forget,     NONE,         "24.3.2.2, R20, SAS-13"),
    TROTH_ROW(ESTABLISHED,  ON(ENDED),           NULL,           NULL,       ESTABLISHED,  "R27, but Complete was seen"),
    TROTH_ROW(ESTABLISHED,  ON(CONTRADICTION),   NULL,           forget_for, REFUSED,      "ours: no evidence for such a peer"),
    /* each request has evidence of its own                                                                     [24.3.2.1] */
    TROTH_ROW(STATELESS,    ON(CALL),            needs_token,    make_own,   STATELESS,    "24.3.2.1, R2, SAS-4"),
    TROTH_ROW(STATELESS,    ON(CALL),            NULL,           go_once,    STATELESS,    "24.3.2.1, R2, SAS-4"),
    TROTH_ROW(STATELESS,    ON(ONEWAY),          needs_token,    make_own,   STATELESS,    "24.3.2.1, R2, SAS-4"),
    TROTH_ROW(STATELESS,    ON(ONEWAY),          NULL,           go_once,    STATELESS,    "24.3.2.1, R2, SAS-4"),
    TROTH_ROW(STATELESS,    ON(EVIDENCE),        fresh_evidence, NULL,       STATELESS,    "24.3.5; the next token is another"),
    TROTH_ROW(STATELESS,    ON(EVIDENCE),        NULL,           forget_for, REFUSED,      "24.3.5; the next would be the same"),
    TROTH_ROW(STATELESS,    ON(CONTRADICTION),   NULL,           forget_for, REFUSED,      "ours: no evidence for such a peer"),
    /* the same evidence is not sent twice                                                                        [24.3.5] */
    TROTH_ROW(REFUSED,      ON(CALL),            NULL,           deny,       REFUSED,      "24.3.5"),
    TROTH_ROW(REFUSED,      ON(ONEWAY),          NULL,           deny,       REFUSED,      "24.3.5"),
    TROTH_ROW(REFUSED,      ON(CONTRADICTION),   NULL,           NULL,       REFUSED,      "24.3.5"),
};
/* clang-format on */

static const char *const states[] = { "None", "Making", "Establishing", "Established", "Stateless", "Refused" };
static const char *const events[] = { "begin stateless", "call",           "oneway",    "token",        "no token",
                                      "Complete TRUE",   "Complete FALSE", "no answer", "forward",      "evidence",
                                      "conflict",        "lost",           "ended",     "contradiction" };
_Static_assert(sizeof states / sizeof *states == TROTH_SAS_CX_STATES, "a name for each state");
_Static_assert(sizeof events / sizeof *events == TROTH_SAS_CX_EVENTS, "a name for each event");

/* What no arrow foresees makes the context begin anew: nothing that was established is relied on. */
const troth_fsm_spec troth_sas_client_context_fsm = {
    .name = "sas_client_context",
    .title = "Security context of a CSIv2 client [CORBA 24.3.2]",
    .rows = rows,
    .n_rows = sizeof rows / sizeof *rows,
    .states = states,
    .n_states = TROTH_SAS_CX_STATES,
    .events = events,
    .n_events = TROTH_SAS_CX_EVENTS,
    .initial = NONE,
    .failed = NONE,
    .refuse = troth_sas_cx_refuse,
};
