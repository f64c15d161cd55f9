#include <rpc_co/budget.h>

static void emptied(troth_meter *m)
{
    troth_co_budget *b = (troth_co_budget *)m;
    troth_mem_free(b->below, b, sizeof *b);
}

troth_status troth_co_budget_new(const troth_env *env, size_t max, troth_co_budget **ret)
{
    troth_co_budget *b = troth_mem_new(env, sizeof *b);
    if (!b)
        return TROTH_NO_MEMORY;
    b->below = env;
    troth_meter_init_bounded(&b->meter, env, max, emptied);
    *ret = b;
    return TROTH_OK;
}

void troth_co_budget_leave(troth_co_budget *b)
{
    if (b)
        troth_meter_leave(&b->meter);
}
