/* troth/fsm.h: look at the state machines this library was built with. Nothing here can move one. */
#ifndef TROTH_FSM_H
#define TROTH_FSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A machine's table; all strings are constants. */
typedef struct troth_machine {
    const char *name;  /* "nns_client"                              */
    const char *title; /* "NegotiateStream client [MS-NNS 3.1]"     */
    const char *const *states;
    const char *const *events;
    size_t n_states, n_events, n_arrows;
    const char *initial;
    const char *failed; /* entered when no arrow fits, or its action fails */
} troth_machine;

/* One arrow; the first of a machine that fits is taken. guard and action are NULL when there is none. */
typedef struct troth_arrow {
    const char *from, *on, *guard, *action, *to;
    const char *section; /* where the specification draws it */
} troth_arrow;

/* Show machine number i, counted from 0 in a fixed order; false = there is none. */
bool troth_machine_get(size_t i, troth_machine *ret);
/* Show arrow number arrow of machine number i, in the table's order; false = there is none. */
bool troth_machine_arrow(size_t i, size_t arrow, troth_arrow *ret);

#ifdef __cplusplus
}
#endif

#endif
