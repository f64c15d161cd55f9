/* cli/bench_figures.h: what a bench measures, gathered round by round. */
#ifndef TROTH_CLI_BENCH_FIGURES_H
#define TROTH_CLI_BENCH_FIGURES_H

#include <troth/sec.h>

enum { TROTH_BENCH_ROUNDS_MAX = 64 };

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

/* Seconds, for differences. */
double troth_bench_clock(void);
void troth_bench_add(troth_bench_figure *f, double value);
/* Resident octets of a process, 0 = this one. */
double troth_bench_resident(uint64_t pid);
/* Put the negotiated context into words, once. */
void troth_bench_note(troth_bench_figures *f, const troth_facts *facts, troth_level level);

#endif
