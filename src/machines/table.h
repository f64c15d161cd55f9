/* machines/table.h: every machine of the library, in the order in which they are shown. */
#ifndef TROTH_MACHINES_TABLE_H
#define TROTH_MACHINES_TABLE_H

#include <base/fsm.h>

/* Ends with NULL. */
extern const troth_fsm_spec *const troth_machines[];

#endif
