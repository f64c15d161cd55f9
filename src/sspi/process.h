/* sspi/process.h: what an API without an environment argument needs: one object, made at the first call. */
#ifndef TROTH_SSPI_PROCESS_H
#define TROTH_SSPI_PROCESS_H

#include <sspi/blocks.h>
#include <sspi/handle.h>

typedef struct troth_sspi_process {
    const troth_env *env;
    troth_sspi_handles handles;
    troth_sspi_blocks blocks;
    atomic_uint half_open;   /* contexts between their first leg and their last      */
    uint32_t max_half_open;  /* of them                                              */
    uint64_t half_open_time; /* in 100 ns: how long one may take                     */
    troth_status st;         /* of making it                                         */
} troth_sspi_process;

/* The object; NULL when it could not be made (no memory, no randomness). Any thread. */
troth_sspi_process *troth_sspi_process_get(void);
/* For tests: destroy all handles and blocks, and start anew with an environment. No other thread may be inside. */
TROTH_MUST_CHECK troth_status troth_sspi_process_restart(const troth_env *env);

#endif
