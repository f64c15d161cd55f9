/* mech/kerberos/kerberos.h: Kerberos [RFC 4120, RFC 4121, MS-KILE] over MIT's GSS-API. */
#ifndef TROTH_MECH_KERBEROS_KERBEROS_H
#define TROTH_MECH_KERBEROS_KERBEROS_H

#include <sec/mech.h>

/*
 * Raw tokens are RFC 2743 framed AP-REQs under one of Kerberos' OIDs, or a bare AP-REQ for DCE style. The mechanism is
 * always named to libgssapi_krb5, and a token of another mechanism never reaches it, so that no plugin of its
 * configuration is loaded into this process.
 */
extern const troth_mech troth_mech_kerberos;

#endif
