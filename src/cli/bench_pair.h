/* cli/bench_pair.h: a client and a server endpoint in one process, joined by memory. */
#ifndef TROTH_CLI_BENCH_PAIR_H
#define TROTH_CLI_BENCH_PAIR_H

#include <cli/bench.h>

enum { TROTH_PAIR_BUFFER = 1 << 18 };

/* An environment that counts what is held. */
typedef struct troth_pair_meter {
    troth_env env;
    uint64_t held;
} troth_pair_meter;

/* One end. */
typedef struct troth_pair_end {
    troth_endpoint *e;
    bool open;
    troth_error error;
    uint64_t got; /* octets of application data */
    troth_facts facts;
    troth_level level;
} troth_pair_end;

typedef struct troth_pair {
    troth_pair_end client, server;
} troth_pair;

/* What all pairs share: only one of them moves at a time. */
typedef struct troth_pair_bench {
    const troth_bench *b;
    troth_pair_meter client_meter, server_meter;
    uint8_t buffer[TROTH_PAIR_BUFFER];
} troth_pair_bench;

void troth_pair_meter_init(troth_pair_meter *m);
/* Make a pair and let it authenticate itself. On failure nothing is left, and ret_err tells why. */
TROTH_MUST_CHECK troth_status troth_pair_open(troth_pair_bench *pb, troth_pair *p, troth_error *ret_err);
/* Send octets from the client to the server, and let them arrive. */
TROTH_MUST_CHECK troth_status troth_pair_send(troth_pair_bench *pb, troth_pair *p, troth_bytes data,
                                              troth_error *ret_err);
void troth_pair_close(troth_pair *p);

#endif
