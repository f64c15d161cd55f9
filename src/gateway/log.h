/* gateway/log.h: one line for each context that ends. Never keys, tokens or payload. */
#ifndef TROTH_GATEWAY_LOG_H
#define TROTH_GATEWAY_LOG_H

#include <base/lock.h>
#include <troth/gateway.h>

enum { TROTH_LOG_LINE = 4096 };

/*
 * What an RPC connection has beside: of one security context when context is set, else of the whole.
 *
 * level     RPC's word for it
 * contexts  that were established
 * calls     of the connection, refused ones included
 */
typedef struct troth_log_rpc {
    bool context;
    uint64_t context_id;
    const char *level;
    unsigned contexts;
    uint32_t group;
    uint64_t calls, pdus_in, pdus_out;
} troth_log_rpc;

/*
 * What is known when a context ends.
 *
 * event        "end" (it was established), "refused" (it was not), "denied" (it was, and the policy said no); of RPC,
 *              where a connection has many, "context" when one is established, and "end" of the connection
 * established  NULL for "refused"; its strings are copied by whoever keeps it
 * rpc          NULL for other wires
 * bytes_in, bytes_out   octets of application data
 */
typedef struct troth_log_record {
    const char *event;
    uint64_t conn_id;
    const char *wire, *peer;
    const troth_event *established;
    const char *principal;
    uint64_t bytes_in, bytes_out, ms;
    const troth_error *error;
    const troth_log_rpc *rpc;
} troth_log_record;

/* A log; lines of several loops do not mix. */
typedef struct troth_log {
    const troth_env *env;
    int fd; /* -1: none */
    troth_log_format format;
    bool journal; /* a "<N>" of priority goes in front */
    troth_mutex lock;
    struct troth_log_rate {
        uint64_t second; /* of the window */
        unsigned lines, dropped;
    } rate[TROTH_STATUS_COUNT]; /* of failures without a context, by status: a flood is told by its count */
} troth_log;

/* TROTH_OK or TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_log_init(troth_log *l, const troth_env *env, int fd, troth_log_format format);
void troth_log_clear(troth_log *l);
/* Write the line. Any thread. */
void troth_log_context(troth_log *l, const troth_log_record *r);
/* Form the line, without priority and newline, at wall (Unix time in 100 ns). Answers its length, at most n - 1. */
size_t troth_log_text(const troth_log_record *r, uint64_t wall, unsigned dropped, char *out, size_t n);
size_t troth_log_json(const troth_log_record *r, uint64_t wall, unsigned dropped, char *out, size_t n);

/* ---- for log_*.c -------------------------------------------------------------------------------------------------- */

enum { TROTH_LOG_STAMP = 32, TROTH_LOG_FLAGS = 160 };
/* "2026-01-02T03:04:05.678Z" */
void troth_log_stamp(uint64_t wall, char ret[TROTH_LOG_STAMP]);
/* "mutual,replay,sequence" or "" */
void troth_log_flags(troth_flags flags, char ret[TROTH_LOG_FLAGS]);
const char *troth_log_level(troth_level level);
const char *troth_log_impersonation(troth_impersonation i);
/* 6 for an orderly end, 5 for a refusal, 4 for a failure of an established context. [syslog(3)] */
int troth_log_priority(const troth_log_record *r);
const char *troth_log_severity(const troth_log_record *r);

#endif
