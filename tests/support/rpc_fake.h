/*
 * support/rpc_fake.h: calls without a transport. A request goes straight to the built-in handlers; what they answer is
 * kept. Sleeping calls wake up at once.
 */
#ifndef TESTS_RPC_FAKE_H
#define TESTS_RPC_FAKE_H
#include <rpc/builtin.h>
#include <support/env.h>
#include <support/vectors.h>

typedef struct rpc_fake {
    troth_rpc_call call;
    unsigned answers; /* how often it was answered */
    uint32_t fault;
    bool not_executed;
    uint8_t *reply; /* a heap block of exactly n_reply octets */
    size_t n_reply;
    uint64_t slept; /* milliseconds asked for by troth_rpc_call_after */
    troth_rpc_handler later;
    void *later_self;
} rpc_fake;

/* What the calls of a test have in common. */
typedef struct rpc_bench {
    test_env t;
    troth_rpc_server *server;
    const troth_rpc_interface *interface;
    troth_rpc_caller caller;
    void (*prepare)(struct rpc_bench *b); /* before each call; may be NULL */
    unsigned seen;
} rpc_bench;

/* Call, and demand exactly one answer. End with rpc_fake_clear. */
rpc_fake rpc_fake_call(rpc_bench *b, unsigned transfer, bool be, unsigned opnum, const void *stub, size_t n);
void rpc_fake_clear(rpc_fake *f);
/*
 * Run the stanzas of a file: opnum; transfer (ndr, ndr64); order (le, be); in; and out or fault. Each also with every
 * allocation failing in turn, with every prefix, and with every bit flipped, when only one answer is asked for.
 */
void rpc_fake_vectors(rpc_bench *b, const char *file);
#endif
