/* troth/epm.h: asking an endpoint mapper, over any transport: requests to be sent, replies to be read. [C706 O] */
#ifndef TROTH_EPM_H
#define TROTH_EPM_H

#include <troth/ndr.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Make the request of ept_map for an interface over ncacn_ip_tcp: abstract, opnum and stub of ret; the stub is in out,
 * which the caller clears (troth_ndr_out_clear).
 */
TROTH_MUST_CHECK troth_status troth_rpc_epm_map_request(const troth_rpc_syntax *interface_id, unsigned transfer,
                                                        troth_ndr_out *out, troth_rpc_message *ret);
/* Take the port out of its reply. TROTH_OK; TROTH_NO_MECH (no such endpoint); TROTH_MALFORMED, TROTH_PEER_REFUSED */
TROTH_MUST_CHECK troth_status troth_rpc_epm_map_reply(const troth_rpc_message *reply, uint16_t *ret_port);
/* The same for ept_lookup: each entry's interface, object, port and annotation by a call-back. */
typedef struct troth_rpc_epm_entry {
    troth_rpc_syntax syntax;
    troth_uuid object;
    uint16_t port; /* 0 = not over TCP   */
    uint8_t host[4];
    const char *annotation;
} troth_rpc_epm_entry;
TROTH_MUST_CHECK troth_status troth_rpc_epm_lookup_request(const troth_rpc_handle *resume, unsigned transfer,
                                                           troth_ndr_out *out, troth_rpc_message *ret);
TROTH_MUST_CHECK troth_status troth_rpc_epm_lookup_reply(const troth_rpc_message *reply,
                                                         void (*entry)(void *self, const troth_rpc_epm_entry *e),
                                                         void *self, troth_rpc_handle *ret_resume);

#ifdef __cplusplus
}
#endif

#endif
