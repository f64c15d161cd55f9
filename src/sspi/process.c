/* The one object of the process. Every other file of the module gets at it through troth_sspi_process_get. */
#include <sspi/process.h>

enum { MAX_HANDLES = 1 << 20, MAX_HALF_OPEN = 16384, HALF_OPEN_SECONDS = 120 };

static troth_once once = TROTH_ONCE_INIT;
static troth_sspi_process process;

static troth_status make(const troth_env *env)
{
    process.env = env;
    process.max_half_open = MAX_HALF_OPEN;
    process.half_open_time = HALF_OPEN_SECONDS * UINT64_C(10000000);
    troth_status st = troth_sspi_handles_init(&process.handles, env, MAX_HANDLES);
    if (!st) {
        st = troth_sspi_blocks_init(&process.blocks, env);
        if (st)
            troth_sspi_handles_clear(&process.handles);
    }
    process.st = st;
    return st;
}

static void first_time(void)
{
    if (make(troth_env_posix()))
        process.env = NULL;
}

troth_sspi_process *troth_sspi_process_get(void)
{
    troth_once_run(&once, first_time);
    return process.st ? NULL : &process;
}

troth_status troth_sspi_process_restart(const troth_env *env)
{
    troth_once_run(&once, first_time);
    if (!process.st) {
        troth_sspi_handles_clear(&process.handles);
        troth_sspi_blocks_clear(&process.blocks);
    }
    return make(env);
}
