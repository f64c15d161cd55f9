/* cli/bench.h: what is measured, and the two ways of measuring it. */
#ifndef TROTH_CLI_BENCH_H
#define TROTH_CLI_BENCH_H

#include <cli/bench_figures.h>
#include <cli/creds.h>
#include <cli/wire.h>

enum { TROTH_BENCH_STREAMS = 32 };

/* What to measure. Bits. */
enum { TROTH_BENCH_HANDSHAKES = 1, TROTH_BENCH_DATA = 2, TROTH_BENCH_MEMORY = 4 };

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

#endif
