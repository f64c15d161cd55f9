/* ntlm/client.h: what the client's machine does. Actions of base/fsm.h; arg is a troth_ntlm_input. */
#ifndef TROTH_NTLM_CLIENT_H
#define TROTH_NTLM_CLIENT_H

#include <mech/ntlm/impl.h>

/* Datagrams: no token; the session key is the client's choice, so it may protect from here on. */
TROTH_MUST_CHECK troth_status troth_ntlm_choose_key(void *self, const void *arg);
TROTH_MUST_CHECK troth_status troth_ntlm_send_negotiate(void *self, const void *arg);
TROTH_MUST_CHECK troth_status troth_ntlm_send_authenticate(void *self, const void *arg);

#endif
