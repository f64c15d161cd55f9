/* ntlm/logon.h: what an acceptor holds an AUTHENTICATE message against: accounts, channel bindings, its own name. */
#ifndef TROTH_NTLM_LOGON_H
#define TROTH_NTLM_LOGON_H

#include <mech/ntlm/impl.h>

/*
 * Verify the NTLMv2 response and name the peer. An unknown account costs the time of a wrong password.
 *
 * ret_base_key  SessionBaseKey, set only on TROTH_OK
 *
 * TROTH_OK, TROTH_DENIED, TROTH_MALFORMED (a name that is no UTF-16), or the failure of the lookup; the context's error
 * is set
 */
TROTH_MUST_CHECK troth_status troth_ntlm_logon(troth_ntlm *n, const troth_ntlm_authenticate *m,
                                               uint8_t ret_base_key[16]);
/* TROTH_OK with ret_bound = both have them and they are equal; TROTH_BAD_BINDINGS. [MS-NLMP 3.2.5.1.2] */
TROTH_MUST_CHECK troth_status troth_ntlm_check_bindings(troth_ntlm *n, const troth_ntlm_avs *avs, bool *ret_bound);
/* TROTH_OK when no name is demanded or the client meant it; TROTH_TARGET_UNKNOWN. */
TROTH_MUST_CHECK troth_status troth_ntlm_check_target(troth_ntlm *n, const troth_ntlm_avs *avs);
/* Keep the name that the client gave, if it gave one that is text; after all checks. TROTH_OK, TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_ntlm_keep_target(troth_ntlm *n, const troth_ntlm_avs *avs);

#endif
