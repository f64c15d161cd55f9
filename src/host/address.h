/* host/address.h: addresses as people write them, and as sockets have them. */
#ifndef TROTH_HOST_ADDRESS_H
#define TROTH_HOST_ADDRESS_H

#include <sys/un.h>
#include <troth/host.h>

enum { TROTH_ADDRESS_TEXT = 128 };

/* "HOST:PORT", "[IPv6]:PORT" or "unix:PATH", taken apart. path is empty unless it is a unix address. */
typedef struct troth_address {
    char host[256];
    char port[6];
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
} troth_address;

/* Read an address; an empty host is legal (any, for listening). TROTH_OK or TROTH_INVALID. */
TROTH_MUST_CHECK troth_status troth_address_read(const char *text, troth_address *ret);
/* The socket address of a unix address, or of a numeric host. TROTH_OK or TROTH_AGAIN (a name must be asked for). */
TROTH_MUST_CHECK troth_status troth_address_numeric(const troth_address *a, troth_addr *ret);
/* Print a socket address: "192.0.2.1:50000", "[2001:db8::1]:443", "unix:/path"; "" for none. */
void troth_address_print(const troth_addr *a, char ret[TROTH_ADDRESS_TEXT]);
/* Both ends of a socket; len 0 where unknown. */
void troth_address_of(int fd, troth_addr *ret_peer, troth_addr *ret_local);

/* Two addresses of one family as the PROXY protocol lays them. */
typedef struct troth_address_octets {
    uint8_t octets[216];
    size_t len;
} troth_address_octets;
/* Lay them out; answers the octet for family and protocol: 0x11 TCP4, 0x21 TCP6, 0x31 unix stream, 0 unknown (len 0). */
uint8_t troth_address_pair(const troth_addr *peer, const troth_addr *local, troth_address_octets *ret);

#endif
