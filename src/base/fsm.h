/* base/fsm.h: state machines as tables. Only troth_fsm_step assigns a state. */
#ifndef TROTH_BASE_FSM_H
#define TROTH_BASE_FSM_H

#include <base/mem.h>

typedef bool (*troth_fsm_guard)(void *self, const void *arg);
/* An action appends octets, raises events, sets deadlines; never I/O, never another step. */
typedef troth_status (*troth_fsm_action)(void *self, const void *arg);
/* Form the wire's own answer to a message that has no arrow, or whose action failed with why. */
typedef void (*troth_fsm_refuse)(void *self, uint8_t event, const void *arg, troth_status why);

/* One arrow. section: where the text draws it, shown by `troth fsm`. */
typedef struct troth_fsm_row {
    uint8_t from, on;
    troth_fsm_guard guard;
    troth_fsm_action action;
    uint8_t to;
    const char *guard_name, *action_name;
    const char *section;
} troth_fsm_row;

/* TROTH_ROW(from, on, if, do, to, section): names of guard and action come along for the printed table. */
#define TROTH_ROW(from, on, guard, action, to, section)                                                                \
    {                                                                                                                  \
        from, on, guard, action, to, #guard, #action, section                                                          \
    }

/* A machine's table. names: for states by index, events by index. */
typedef struct troth_fsm_spec {
    const char *name;  /* "nns_client" */
    const char *title; /* "NegotiateStream client [MS-NNS 3.1]" */
    const troth_fsm_row *rows;
    size_t n_rows;
    const char *const *states;
    uint8_t n_states;
    const char *const *events;
    uint8_t n_events;
    uint8_t initial, failed;
    troth_fsm_refuse refuse;
} troth_fsm_spec;

typedef struct troth_fsm {
    const troth_fsm_spec *spec;
    const troth_env *env; /* for the trace hook; may be NULL */
    uint8_t state;
} troth_fsm;

/* Put a machine into its initial state. */
void troth_fsm_init(troth_fsm *m, const troth_fsm_spec *spec, const troth_env *env);
/*
 * Take the first row that matches state, event and guard: run its action, enter its state. No row, or a failed action:
 * the machine's refuse runs once and the state is failed; once failed, refuse is not run again. Answers the action's
 * status, or TROTH_UNEXPECTED.
 */
TROTH_MUST_CHECK troth_status troth_fsm_step(troth_fsm *m, uint8_t event, void *self, const void *arg);

#endif
