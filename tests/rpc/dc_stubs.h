/*
 * Operations that dc_client calls, by hand: a request is begun and a stub follows, a reply is judged. [MS-SAMR, MS-DSSP,
 * MS-DRSR, MS-NRPC, MS-LSAT; C706 appendices O and Q]
 */
#ifndef DC_STUBS_H
#define DC_STUBS_H

#include <dc_net.h>
#include <troth/epm.h>

extern const troth_rpc_syntax dc_epm, dc_mgmt, dc_samr, dc_lsarpc, dc_dssetup, dc_netlogon, dc_drsuapi, dc_rpcecho;

/* A request whose stub grows in out. */
typedef struct dc_request {
    troth_rpc_message m;
    troth_ndr_out out;
} dc_request;

dc_request dc_ask(const troth_rpc_syntax *s, uint16_t opnum, unsigned transfer);
/* Finish the stub and call; the request is released. */
uint64_t dc_send(dc_net *n, dc_conn *c, uint64_t context, dc_request *q);
const dc_result *dc_do(dc_net *n, dc_conn *c, uint64_t context, dc_request *q);
/* A response is there: else the case fails, and false. */
bool dc_replied(dc_net *n, const char *what, const dc_result *r);
/* The last four octets: a status. */
uint32_t dc_last_status(const dc_result *r);
/* Characters of a UTF-16 view are those of an ASCII text, in any case. */
bool dc_text_is(troth_bytes utf16, const char *text);

/* Each of them: call and judge the reply; false = the case has failed, and why. */
bool dc_listening(dc_net *n, dc_conn *c, uint64_t context);
bool dc_inquires(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_syntax *present);
bool dc_map(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_syntax *s, uint16_t *ret_port);
bool dc_lookup(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_syntax *present);
bool dc_samr_domains(dc_net *n, dc_conn *c, uint64_t context, const char *domain);
bool dc_role(dc_net *n, dc_conn *c, uint64_t context, unsigned transfer, const char *domain);
bool dc_challenge(dc_net *n, dc_conn *c, uint64_t context);
bool dc_whoami(dc_net *n, dc_conn *c, uint64_t context, const char *user, const char *authority);
bool dc_echo(dc_net *n, dc_conn *c, uint64_t context, unsigned transfer, size_t octets);
bool dc_source(dc_net *n, dc_conn *c, uint64_t context, size_t octets);

/* drsuapi */
dc_request dc_drs_bind(void);
bool dc_drs_handle(dc_net *n, const dc_result *r, troth_rpc_handle *ret);
bool dc_drs_crack(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_handle *h, const char *name, const char *dn);
/* So many names, none of them known: a request of over a mebibyte for 10,000. */
bool dc_drs_crack_many(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_handle *h, unsigned names);
/* One object of a partition, or with object false the whole of it, as far as the server goes at once. */
dc_request dc_drs_changes(const troth_rpc_handle *h, const char *dn, bool object);
/* Objects in a reply of it, 0 = none; its status. */
bool dc_drs_objects(dc_net *n, const dc_result *r, uint32_t *ret_objects, uint32_t *ret_status);
bool dc_drs_unbind(dc_net *n, dc_conn *c, uint64_t context, const troth_rpc_handle *h);

#endif
