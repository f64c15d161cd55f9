#include <machines/table.h>
#include <sec/context_fsm.h>

const troth_fsm_spec *const troth_machines[] = { &troth_context_fsm, NULL };
