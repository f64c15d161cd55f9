/* ntlm/server.h: what the server's machine does. Actions of base/fsm.h; arg is a troth_ntlm_input. */
#ifndef TROTH_NTLM_SERVER_H
#define TROTH_NTLM_SERVER_H

#include <mech/ntlm/impl.h>

bool troth_ntlm_is_connection(void *self, const void *arg);
TROTH_MUST_CHECK troth_status troth_ntlm_send_challenge(void *self, const void *arg);
TROTH_MUST_CHECK troth_status troth_ntlm_check_authenticate(void *self, const void *arg);

#endif
