/* troth/ntlm.h: what programs that keep NTLM accounts need besides troth/sec.h. */
#ifndef TROTH_NTLM_H
#define TROTH_NTLM_H

#include <troth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Make the NT hash of a password, as TROTH_CRED_USER_FILE and TROTH_CRED_LOOKUP want it.          [MS-NLMP 3.3.1]
 *
 * password  UTF-8, borrowed
 * ret       as good as the password to whoever has it: wipe it after use
 *
 * TROTH_OK, TROTH_MALFORMED (not UTF-8), TROTH_LIMIT (too long)
 */
TROTH_MUST_CHECK troth_status troth_ntlm_nt_hash(troth_bytes password, uint8_t ret[16]);

#ifdef __cplusplus
}
#endif

#endif
