/*
 * support/iiop.h: an endpoint of troth/iiop.h with its owner: events are taken as they come, jobs run at once, and what is
 * put out or told is gathered. And messages of GIOP for it, with bodies whose alignment can be checked.
 */
#ifndef TESTS_IIOP_H
#define TESTS_IIOP_H

#include <giop/frags.h>
#include <troth/iiop.h>

enum { IIOP_OCTETS = 1 << 18, IIOP_NOTES = 64 };

typedef struct iiop_call {
    uint64_t id;
    char peer[64], self[64];
    troth_facts facts; /* strings are gone */
} iiop_call;

typedef struct iiop_end {
    troth_endpoint *e;
    uint64_t now;
    uint8_t *up, *out; /* for the ORB; for the peer */
    size_t n_up, n_out;
    iiop_call calls[IIOP_NOTES], established[IIOP_NOTES];
    unsigned n_calls, n_established, n_warnings, n_ends, n_closed, n_jobs;
    uint64_t warned_id;
    troth_error warned, error; /* the last warning; of TROTH_EV_CLOSED */
    bool stuck;                /* feed used nothing and nothing was told */
} iiop_end;

/* Takes over the endpoint. */
void iiop_begin(iiop_end *x, troth_endpoint *e);
void iiop_finish(iiop_end *x);
/* Take events until there is none, and what is put out. */
void iiop_settle(iiop_end *x);
/* Give octets of the peer, `step` at a time (0: all at once), each in a heap block of its own; tells how many were used. */
size_t iiop_feed(iiop_end *x, const uint8_t *p, size_t n, size_t step);
/* Order octets of the ORB likewise; ret_st: what the last order answered. */
size_t iiop_order(iiop_end *x, const uint8_t *p, size_t n, size_t step, troth_status *ret_st);
/* Forget what was gathered. */
void iiop_forget(iiop_end *x);

/* A message of a test. */
typedef struct iiop_msg {
    uint8_t minor;
    troth_order order;
    uint8_t type; /* of troth_giop_type */
    uint32_t id, status;
    bool oneway;
    unsigned n_sas; /* how often context 15 is there */
    troth_bytes sas;
    size_t other, caller;              /* octets of a context 1 in front; of a TROTH_IIOP_CALLER behind; 0 = none */
    unsigned more;                     /* how many other contexts, empty ones */
    const char *operation, *exception; /* requests; replies with status 2, "NO_PERMISSION" */
    uint32_t completed;
    const troth_ior *ior; /* replies with status 3 */
    bool body;
} iiop_msg;

size_t iiop_make(const iiop_msg *m, uint8_t *out, size_t cap);
/* The same in pieces: 1.2: `piece` octets each; 1.1: cut in two at offset `piece`. 0 = whole. */
size_t iiop_make_cut(const iiop_msg *m, size_t piece, uint8_t *out, size_t cap);

/* A message of a stream of octets, put together; views are into `octets` of it. */
typedef struct iiop_seen {
    uint8_t type;
    uint8_t *octets; /* heap */
    size_t len;
    troth_giop_request q;
    troth_giop_reply r;
    uint32_t n_sas, n_caller, n_other, n_padding;
    troth_bytes sas, caller, other;
    char exception[64];
    uint32_t completed;
} iiop_seen;

/* Read the n-th whole message (from 0) of the octets; false = there are fewer. Fails the test on octets that are no GIOP. */
bool iiop_see(const uint8_t *p, size_t n, unsigned nth, iiop_seen *ret);
void iiop_unsee(iiop_seen *s);
/* How many whole messages. */
unsigned iiop_count(const uint8_t *p, size_t n);
/* Demand the body of a message that was made with one, at its alignment. */
void iiop_check_body(const iiop_seen *s);

#endif
