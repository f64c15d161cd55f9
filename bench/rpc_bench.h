/*
 * What the benches of DCE/RPC share: credentials, a server of three operations, both ends of a connection in memory with
 * their memory counted, and figures of two ways in turn.
 */
#ifndef BENCH_RPC_BENCH_H
#define BENCH_RPC_BENCH_H

#include <troth/rpc_co.h>

enum { BENCH_ROUNDS_MAX = 99, BENCH_CONTEXTS = 2000 };

_Noreturn void bench_die(const char *what, unsigned long a, unsigned long b);
/* Seconds that this thread has worked: all of the bench is one thread, and what else the machine does is left out. */
double bench_now(void);

/* ---- who is who ---- */

/*
 * kerberos  else NTLM, with an account that both ends are told
 * context   of the first context that was established: its cipher in words
 */
typedef struct bench_realm {
    bool kerberos;
    troth_cred *client, *server;
    const char *target;
    troth_rpc_server *rpc;
    char cipher[64];
} bench_realm;

void bench_realm_init(bench_realm *r, bool kerberos);
void bench_realm_clear(bench_realm *r);
/* An identity for a client. */
troth_rpc_identity bench_identity(const bench_realm *r, troth_rpc_level level);

/* ---- operations of the server ---- */
enum {
    BENCH_ECHO, /* the stub comes back as it came */
    BENCH_SINK  /* the reply is empty             */
};
/* A request of n octets of stub; n at most 1 MiB. */
troth_rpc_message bench_request(uint16_t opnum, size_t n);

/* ---- connections ---- */

/* An environment that counts what is held, and how often something was asked for. */
typedef struct bench_meter {
    troth_env env;
    size_t held, allocations;
} bench_meter;
void bench_meter_init(bench_meter *m);

typedef struct bench_pair {
    const bench_realm *realm;
    troth_rpc_level level;
    troth_endpoint *client, *server;
    uint64_t contexts, replies;
    bool established;
} bench_pair;

/* Both ends, nothing said yet. A meter counts one side. */
void bench_pair_open(bench_pair *p, bench_realm *r, troth_rpc_level level, bench_meter meters[2]);
void bench_pair_close(bench_pair *p);
/* Build one more security context, number contexts + 1. */
void bench_pair_context(bench_pair *p);
/* Make n calls, all in flight together, in a context (0 = none), and take their replies. */
void bench_pair_call(bench_pair *p, uint64_t context, const troth_rpc_message *m, unsigned n);

/* ---- figures ---- */

/* Work for a while: answers units done. */
typedef struct bench_side {
    const char *name;
    double (*run)(void *self, double seconds);
    void *self;
} bench_side;

/* Print a member of a JSON object: units per second of both, round by round in turn, and their ratio. */
void bench_compare(const char *name, const bench_side *a, const bench_side *b, int rounds, double seconds);
/* The same of figures that are there. */
void bench_print(const char *name, const char *a_name, const double *a, const char *b_name, const double *b,
                 int rounds);

#endif
