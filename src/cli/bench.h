/* cli/bench.h: what is measured, and the two ways of measuring it. */
#ifndef TROTH_CLI_BENCH_H
#define TROTH_CLI_BENCH_H

#include <cli/creds.h>
#include <cli/wire.h>

enum { TROTH_BENCH_ROUNDS_MAX = 64, TROTH_BENCH_STREAMS = 32 };

/* What to measure. Bits. */
enum { TROTH_BENCH_HANDSHAKES = 1, TROTH_BENCH_DATA = 2, TROTH_BENCH_MEMORY = 4 };

/* One measurement, once per round. */
typedef struct troth_bench_figure {
    double rounds[TROTH_BENCH_ROUNDS_MAX];
    size_t n;
} troth_bench_figure;

/* What came out. A figure without rounds was not measured. */
typedef struct troth_bench_figures {
    troth_bench_figure handshakes; /* per second                                                */
    troth_bench_figure one;        /* 10^6 octets of application data per second, one stream    */
    troth_bench_figure many;       /* likewise, TROTH_BENCH_STREAMS streams together            */
    uint64_t idle_streams;
    double memory_client, memory_server; /* octets of ours per idle stream                      */
    double memory_process;               /* octets of the whole process per idle pair or stream */
    double memory_peer;                  /* likewise of the process peer_pid                    */
    double open_s;                       /* until all stood and the first message was back      */
    double idle_s;                       /* for so long they were held, none lost               */
    double again_s;                      /* until one more message was back on all of them      */
    char context[256];                   /* what was negotiated, in words                       */
} troth_bench_figures;

/*
 * A bench: parts are the caller's.
 *
 * address     NULL: both ends in this process, without sockets
 * mech        outer mechanism
 * conns       handshakes in flight at a time (address only)
 * idle        idle streams for the figure of memory
 * hold_ms     address only: hold them so long
 * peer_pid    address only: the server's process, for its memory; 0 = unknown
 */
typedef struct troth_bench {
    const troth_cli_wire *wire;
    const char *address, *spn, *mech;
    troth_cred *client, *server;
    troth_level level;
    size_t size, conns, idle;
    unsigned rounds, what;
    uint64_t duration_ms, hold_ms, peer_pid;
} troth_bench;

/* Measure. TROTH_OK, or what failed first, with the error. */
TROTH_MUST_CHECK troth_status troth_bench_loopback(const troth_bench *b, troth_bench_figures *ret,
                                                   troth_error *ret_err);
TROTH_MUST_CHECK troth_status troth_bench_network(const troth_bench *b, troth_bench_figures *ret, troth_error *ret_err);

/*
 * The part of the network bench that holds b->idle streams: one message on each, nothing for b->hold_ms, one more on each.
 * message is what is sent, at most 64 KiB of it.
 */
TROTH_MUST_CHECK troth_status troth_bench_streams(const troth_bench *b, troth_bytes message, troth_bench_figures *f,
                                                  troth_error *ret_err);

/* Seconds, for differences. */
double troth_bench_clock(void);
void troth_bench_add(troth_bench_figure *f, double value);
/* Resident octets of a process, 0 = this one. */
double troth_bench_resident(uint64_t pid);
/* Put the negotiated context into words, once. */
void troth_bench_note(troth_bench_figures *f, const troth_facts *facts, troth_level level);

#endif
