/* rpc_co/budget.h: what the security contexts of a connection and their jobs hold together, counted and bounded. */
#ifndef TROTH_RPC_CO_BUDGET_H
#define TROTH_RPC_CO_BUDGET_H

#include <base/meter.h>

/* A job may outlive its connection, so this does too: it goes with the last octet. */
typedef struct troth_co_budget {
    troth_meter meter;
    const troth_env *below;
} troth_co_budget;

/* max: octets. TROTH_OK or TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_co_budget_new(const troth_env *env, size_t max, troth_co_budget **ret);
/* The connection is gone. NULL is legal. */
void troth_co_budget_leave(troth_co_budget *b);

#endif
