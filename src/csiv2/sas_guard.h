/*
 * csiv2/sas_guard.h: how often evidence of a user was refused, on all connections of a target. One guess a request is
 * cheap, so the count is bounded in time; the table is bounded in memory, and forgets first who failed least.
 */
#ifndef TROTH_CSIV2_SAS_GUARD_H
#define TROTH_CSIV2_SAS_GUARD_H

#include <base/mem.h>

typedef struct troth_sas_suspect troth_sas_suspect;

typedef struct troth_sas_guard {
    const troth_env *env;
    troth_sas_suspect *suspects; /* made at the first failure */
    uint32_t limit;
    uint8_t key[16];
} troth_sas_guard;

/* limit: failures within a minute. TROTH_OK, or what the environment's randomness failed with. */
TROTH_MUST_CHECK troth_status troth_sas_guard_init(troth_sas_guard *g, const troth_env *env, uint32_t limit);
void troth_sas_guard_clear(troth_sas_guard *g);
/* What a user is counted by: his name without its scope, so that a scope more or less is not another user. */
uint64_t troth_sas_guard_user(const troth_sas_guard *g, troth_bytes username);
/* Whether his evidence is refused unseen now. */
bool troth_sas_guard_bars(const troth_sas_guard *g, uint64_t user, uint64_t now);
/* His evidence was looked at and refused. */
void troth_sas_guard_failed(troth_sas_guard *g, uint64_t user, uint64_t now);

#endif
