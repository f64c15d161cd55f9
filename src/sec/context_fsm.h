/* sec/context_fsm.h: states and events of a security context. */
#ifndef TROTH_SEC_CONTEXT_FSM_H
#define TROTH_SEC_CONTEXT_FSM_H

#include <base/fsm.h>

enum { TROTH_CTX_FRESH, TROTH_CTX_HALF_OPEN, TROTH_CTX_USABLE, TROTH_CTX_OPEN, TROTH_CTX_FAILED };
enum { TROTH_CTX_EV_MORE, TROTH_CTX_EV_READY, TROTH_CTX_EV_DONE, TROTH_CTX_EV_ERROR, TROTH_CTX_EV_IMPORT };

extern const troth_fsm_spec troth_context_fsm;

#endif
