/* rpc/builtin.h: the built-in interfaces, one file each. Constant; self of their handlers is not used. */
#ifndef TROTH_RPC_BUILTIN_H
#define TROTH_RPC_BUILTIN_H

#include <rpc/call.h>
#include <troth/ndr.h>

extern const troth_rpc_interface troth_rpc_mgmt;   /* mgmt.c   C706 appendix Q                                */
extern const troth_rpc_interface troth_rpc_epm;    /* epm.c    C706 appendix O, towers: tower.c, appendix L    */
extern const troth_rpc_interface troth_rpc_whoami; /* whoami.c MS-LSAT 3.1.4.4 (LsarGetUserName, opnum 45)     */
extern const troth_rpc_interface troth_rpc_echo;   /* echo.c   rpcecho, as its public IDL has it               */

/* ---- what their handlers share: builtin.c ---- */
/* Answer with RPC_X_BAD_STUB_DATA when the request could not be read; false = it could, and nothing was done. */
bool troth_rpc_stub_refused(const troth_ndr_in *in, troth_rpc_call *c);
/* Answer with nothing but a status. */
void troth_rpc_reply_status(troth_rpc_call *c, uint32_t status);

/* ---- protocol towers: tower.c ---- */
enum { TROTH_RPC_TOWER_MAX = 128 };
/* A tower of five floors: interface, transfer syntax, RPC over connections, TCP port, IPv4 address. */
typedef struct troth_rpc_tower {
    troth_rpc_syntax interface_id, transfer;
    uint16_t port;
    uint8_t host[4];
} troth_rpc_tower;
/* TROTH_OK; TROTH_UNSUPPORTED (well formed, but not ncacn_ip_tcp); TROTH_MALFORMED, TROTH_TRUNCATED */
TROTH_MUST_CHECK troth_status troth_rpc_tower_read(troth_bytes octets, troth_rpc_tower *ret);
/* Only the interface, of any tower. TROTH_OK; TROTH_UNSUPPORTED (its first floor names none); as above */
TROTH_MUST_CHECK troth_status troth_rpc_tower_interface(troth_bytes octets, troth_rpc_syntax *ret);
/* 75 octets. */
void troth_rpc_tower_write(troth_writer *w, const troth_rpc_tower *t);

#endif
