/*
 * csiv2/sas_deadlines.h: which context may have to end next. A heap whose keys are no later than the deadlines they
 * stand for: using a context moves its deadline and leaves the heap alone; what comes due too early is put back. So a
 * use costs nothing here, and one entry is looked at about once in an idle time.
 */
#ifndef TROTH_CSIV2_SAS_DEADLINES_H
#define TROTH_CSIV2_SAS_DEADLINES_H

#include <base/mem.h>

/* Part of what it is a deadline of. */
typedef struct troth_sas_due {
    uint64_t key; /* monotonic milliseconds */
    size_t at;    /* in the heap            */
} troth_sas_due;

typedef struct troth_sas_deadlines {
    const troth_env *env;
    troth_sas_due **heap;
    size_t n, cap;
} troth_sas_deadlines;

void troth_sas_deadlines_clear(troth_sas_deadlines *d);
/* TROTH_OK; TROTH_NO_MEMORY: nothing has changed. */
TROTH_MUST_CHECK troth_status troth_sas_deadlines_add(troth_sas_deadlines *d, troth_sas_due *due);
void troth_sas_deadlines_remove(troth_sas_deadlines *d, troth_sas_due *due);
/* Give one another key. */
void troth_sas_deadlines_move(troth_sas_deadlines *d, troth_sas_due *due, uint64_t key);
/* The one with the earliest key; NULL = none. */
troth_sas_due *troth_sas_deadlines_first(const troth_sas_deadlines *d);

#endif
