/*
 * csiv2/gssup_mech.h: GSSUP as a mechanism of the engine: one token, and nothing is protected by what comes of it.
 * [CORBA 24.2.4.1]
 *
 * An initiator is complete once it has made its token; an acceptor once it has taken one, and has none to answer it with.
 * A refused token is answered with an ErrorToken, beside TROTH_STEP_ERROR. The peer's name is the user name in its one
 * form (csiv2/gssup_store.h), account and authority its two parts.
 */
#ifndef TROTH_CSIV2_GSSUP_MECH_H
#define TROTH_CSIV2_GSSUP_MECH_H

#include <sec/mech.h>

extern const troth_mech troth_mech_gssup;

#endif
