/* mech/spnego/spnego.h: the negotiating mechanism. [RFC 4178, MS-SPNG] */
#ifndef TROTH_SPNEGO_SPNEGO_H
#define TROTH_SPNEGO_SPNEGO_H

#include <sec/mech.h>

/*
 * Negotiates among the mechanisms of the credential's parts, in their order, and never names one. An acceptor takes the
 * first of the initiator's mechanisms that it has a part for.
 */
extern const troth_mech troth_mech_spnego;

#endif
