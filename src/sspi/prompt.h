/* sspi/prompt.h: PROMPT_FOR_CREDS. [CR-10] */
#ifndef TROTH_SSPI_PROMPT_H
#define TROTH_SSPI_PROMPT_H

#include <sspi/cred.h>

/*
 * Ask who is to log on to a target, by the call-back of the credential or else at the controlling terminal, and acquire
 * that. SEC_E_OK with one reference; SEC_E_UNSUPPORTED_FUNCTION where nobody can be asked; what the call-back says
 */
SECURITY_STATUS troth_sspi_prompt(const troth_sspi_cred *c, const void *target_name, const char *target, bool wide,
                                  troth_cred **ret);

#endif
