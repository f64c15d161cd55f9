/* mech/tls/tls.h: TLS 1.2 and 1.3 as a record mechanism, over OpenSSL. */
#ifndef TROTH_MECH_TLS_H
#define TROTH_MECH_TLS_H

#include <sec/mech.h>

extern const troth_mech troth_mech_tls;

#endif
