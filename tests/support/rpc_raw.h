/*
 * support/rpc_raw.h: PDUs of a client that keeps to no rule, written one by one, for the server of an rpc_pair. Tokens are
 * the fake mechanism's.
 */
#ifndef TESTS_RPC_RAW_H
#define TESTS_RPC_RAW_H
#include <rpc_co/pdu.h>
#include <support/rpc_pair.h>

/* flags of requests and others */
enum { RAW_ONLY = TROTH_PFC_FIRST_FRAG | TROTH_PFC_LAST_FRAG, RAW_FAKE_TOKEN = 46 };

typedef struct raw {
    rpc_pair *rig;
    uint8_t pdu[65536];
    size_t n;                       /* octets of the last PDU written */
    uint32_t call_id;               /* of the next one                */
    uint32_t group;                 /* of binds; 0 = a new one        */
    bool features;                  /* binds propose them */
    const troth_rpc_syntax *syntax; /* of binds; NULL = the interface with handlers */
    bool not_fed;                   /* only write                     */
} raw;

/* A rig's server without a client; options are the rig's. */
void raw_init(raw *w, rpc_pair *r);
/* Write PDUs and give each to the server; answers octets that it used. */
size_t raw_feed(raw *w);
/* bind or alter_context of one interface as p_cont_id. token: 0 = without security, else the fake's number. */
size_t raw_bind(raw *w, uint8_t ptype, uint16_t p_cont_id, uint8_t token, uint8_t auth_level, uint32_t auth_context_id);
size_t raw_auth3(raw *w, uint8_t token, uint8_t auth_level, uint32_t auth_context_id);
/* A request without a verifier, n octets of stub. */
size_t raw_request(raw *w, uint8_t flags, uint16_t p_cont_id, uint16_t opnum, uint32_t alloc_hint, size_t n);
/* The same at level connect, with a verifier that says nothing. */
size_t raw_request_as(raw *w, uint16_t opnum, uint32_t auth_context_id, size_t n);
/* co_cancel, orphaned and other PDUs of a header only. */
size_t raw_header(raw *w, uint8_t ptype, uint32_t call_id);
/* The whole exchange of one context at level connect: 3 legs, the first in a bind or an alter_context. */
void raw_context(raw *w, uint8_t ptype, uint32_t auth_context_id);
/* Take what the server says; octets. The last PDU of it: ptype, and a fault's status. */
size_t raw_listen(raw *w, uint8_t *ret_ptype, uint32_t *ret_status);
#endif
