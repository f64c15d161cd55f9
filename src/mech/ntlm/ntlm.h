/* ntlm/ntlm.h: NTLM as one mechanism of the engine. Version 2 only. [MS-NLMP] */
#ifndef TROTH_NTLM_NTLM_H
#define TROTH_NTLM_NTLM_H

#include <sec/mech.h>

extern const troth_mech troth_mech_ntlm;

#endif
