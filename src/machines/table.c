#include <machines/table.h>

const troth_fsm_spec *const troth_machines[] = { NULL };
