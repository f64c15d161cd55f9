/* troth/epm.h: asking an endpoint mapper, over any transport: requests to be sent, replies to be read. [C706 O] */
#ifndef TROTH_EPM_H
#define TROTH_EPM_H

#include <troth/ndr.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Make the request of ept_map for an interface over ncacn_ip_tcp: abstract, transfer, opnum, drep and stub of ret.
 *
 * transfer  what the request is written in; the endpoint that is asked for speaks NDR
 * out       fresh from troth_ndr_out_new; holds the stub until the caller clears it (troth_ndr_out_clear)
 *
 * TROTH_OK, TROTH_LIMIT (256 octets are enough), TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_rpc_epm_map_request(const troth_rpc_syntax *interface_id, unsigned transfer,
                                                        troth_ndr_out *out, troth_rpc_message *ret);
/*
 * Take the port out of its reply: of the first tower that has one.
 * TROTH_OK; TROTH_NO_MECH (no such endpoint); TROTH_MALFORMED; TROTH_PEER_REFUSED (a fault, or another status)
 */
TROTH_MUST_CHECK troth_status troth_rpc_epm_map_reply(const troth_rpc_message *reply, uint16_t *ret_port);
/* An entry of the map; annotation is what the peer wrote, up to 63 octets of any kind, and lives during the call-back. */
typedef struct troth_rpc_epm_entry {
    troth_rpc_syntax syntax; /* all zero: its tower names no interface */
    troth_uuid object;
    uint16_t port; /* 0 = not over TCP */
    uint8_t host[4];
    const char *annotation;
} troth_rpc_epm_entry;
/* The same for ept_lookup of all entries. resume: what the last reply gave, NULL = from the start. */
TROTH_MUST_CHECK troth_status troth_rpc_epm_lookup_request(const troth_rpc_handle *resume, unsigned transfer,
                                                           troth_ndr_out *out, troth_rpc_message *ret);
/*
 * Show the entries of its reply, when all of it is well-formed; statuses as above, TROTH_NO_MECH: no more entries.
 *
 * ret_resume  the null handle: that was all. A peer can go on for ever: the caller counts
 */
TROTH_MUST_CHECK troth_status troth_rpc_epm_lookup_reply(const troth_rpc_message *reply,
                                                         void (*entry)(void *self, const troth_rpc_epm_entry *e),
                                                         void *self, troth_rpc_handle *ret_resume);

#ifdef __cplusplus
}
#endif

#endif
