/* rpc/server.h: inside a server: registered interfaces, endpoint map, association groups with their handles, counters. */
#ifndef TROTH_RPC_SERVER_H
#define TROTH_RPC_SERVER_H

#include <base/idtable.h>
#include <base/uuid.h>
#include <troth/rpc.h>

enum { TROTH_RPC_HANDLES_MAX = 65536 }; /* of a group */

/*
 * Association group: the connections of one client that share context handles. [C706 12.6.3.1, MS-RPCE 3.3.3.1]
 * Datagram transports make one for each address space.
 */
typedef struct troth_rpc_group troth_rpc_group;

/* One line of the endpoint map. */
typedef struct troth_rpc_published {
    char *annotation;
    troth_rpc_syntax syntax;
    troth_uuid object;
    uint8_t host[4]; /* all zero: the address that the client reached us at */
    uint16_t port;
    struct troth_rpc_published *next;
} troth_rpc_published;

typedef struct troth_rpc_registered {
    const troth_rpc_interface *interface;
    bool builtin;
    struct troth_rpc_registered *next; /* in the order of registration */
} troth_rpc_registered;

struct troth_rpc_server {
    const troth_env *env;
    troth_rpc_registered *interfaces;
    troth_rpc_published *endpoints;
    troth_idtable groups;  /* by number */
    troth_rpc_guard guard; /* NULL: every call passes */
    void *guard_self;
    troth_rpc_counters count;
};

/*
 * Find the interface that a client's abstract syntax names: same uuid and major version, minor version at least the
 * client's. NULL = none.
 */
const troth_rpc_interface *troth_rpc_server_find(const troth_rpc_server *s, const troth_rpc_syntax *abstract);
/* Interfaces registered, which bound the presentation contexts of a connection [MS-RPCE 3.3.3.5.5]. */
size_t troth_rpc_server_interfaces(const troth_rpc_server *s);
/* "192.0.2.1:135", and nothing else: publish.c. On false nothing is set. */
bool troth_rpc_address_read(const char *at, uint8_t ret_host[4], uint16_t *ret_port);
/* Release the endpoint map: publish.c. */
void troth_rpc_published_clear(troth_rpc_server *s);

/* ---- association groups: group.c ---- */
/*
 * Join a group, or with number 0 begin one.
 *
 * peer, transport  what a joining client must share with the group: its address without the port, and a constant
 *                  word for the transport
 * ret              one reference, given back by troth_rpc_group_leave
 *
 * TROTH_OK; TROTH_NOT_ALLOWED (unknown, ended, or another client's); TROTH_NO_MEMORY, TROTH_NO_ENTROPY
 */
TROTH_MUST_CHECK troth_status troth_rpc_group_join(troth_rpc_server *s, uint32_t number, troth_bytes peer,
                                                   const char *transport, troth_rpc_group **ret);
/* A connection ends; the last one runs down the group's handles. NULL is legal. */
void troth_rpc_group_leave(troth_rpc_group *g);
/* Not 0. */
uint32_t troth_rpc_group_number(const troth_rpc_group *g);

#endif
