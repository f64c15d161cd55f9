/* rpc/builtin.h: the built-in interfaces, one file each. Constant; self of their handlers is not used. */
#ifndef TROTH_RPC_BUILTIN_H
#define TROTH_RPC_BUILTIN_H

#include <rpc/call.h>

extern const troth_rpc_interface troth_rpc_mgmt;   /* mgmt.c   C706 appendix Q                                */
extern const troth_rpc_interface troth_rpc_epm;    /* epm.c    C706 appendix O, towers: tower.c, appendix L    */
extern const troth_rpc_interface troth_rpc_whoami; /* whoami.c MS-LSAT 3.1.4.4 (LsarGetUserName, opnum 45)     */
extern const troth_rpc_interface troth_rpc_echo;   /* echo.c   rpcecho, as its public IDL has it               */

/* Release the cursors of ept_lookup; for troth_rpc_server_free. */
void troth_rpc_epm_clear(troth_rpc_server *s);

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
/* 75 octets. */
void troth_rpc_tower_write(troth_writer *w, const troth_rpc_tower *t);

#endif
