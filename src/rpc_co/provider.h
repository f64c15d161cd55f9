/* rpc_co/provider.h: the security providers, and what a level asks of them. [MS-RPCE 2.2.1.1.7, 3.3.1.5.2.2] */
#ifndef TROTH_RPC_CO_PROVIDER_H
#define TROTH_RPC_CO_PROVIDER_H

#include <troth/rpc.h>

/*
 * auth_type  on the wire
 * mech       the mechanism's name; NULL = a provider that is known and always fails
 * ask        requirements of every initiator beside those of the level
 * odd_legs   its last leg goes in an rpc_auth_3 [2.2.1.1.7]
 */
typedef struct troth_co_provider {
    uint8_t auth_type;
    const char *mech;
    troth_flags ask;
    bool odd_legs;
} troth_co_provider;

/* NULL = unknown. */
const troth_co_provider *troth_co_provider_of(uint8_t auth_type);
/* Tell whether a credential has a source for a provider. */
bool troth_co_provider_has(const troth_co_provider *p, const troth_cred *cred);
/* As owners know levels, in TROTH_EV_ESTABLISHED. */
troth_level troth_co_level_told(uint8_t auth_level);
/* CALL is raised to PKT, and the default is CONNECT; others stay. [2.2.1.1.8] */
uint8_t troth_co_level_raise(uint8_t auth_level);
/* The capabilities that a level needs; what is not granted of them is a failure of the provider (CO-12). */
troth_flags troth_co_level_needs(uint8_t auth_level);

#endif
