/* fuzz/rpc.h: drive an end of an RPC connection, over the fake mechanism, with octets of a hostile peer. */
#ifndef TROTH_FUZZ_RPC_H
#define TROTH_FUZZ_RPC_H

#include <support/rpc_pair.h>

/*
 * The first octet says in which pieces the rest arrives, the bits of the second when jobs are run and output is taken, and
 * what the options are. After the last octet the peer ends, and time passes.
 */
enum { FUZZ_SLOW = 1, FUZZ_UNREAD = 2, FUZZ_CLOSE = 4, FUZZ_SECURE = 8, FUZZ_STRANGE = 16, FUZZ_KERBEROS = 32 };

/* begin, told: of the client; may be NULL. */
void fuzz_rpc(int side, void (*begin)(rpc_pair *r, bool secure), void (*told)(rpc_pair *r, const troth_event *ev),
              const uint8_t *data, size_t size);

#endif
