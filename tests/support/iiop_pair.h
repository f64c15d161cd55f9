/*
 * support/iiop_pair.h: a client's endpoint and a target's, the real security services behind them, a wire between them, and a
 * scripted ORB on either outer side. Users of GSSUP: "alice" and whatever else, all with the password "s3cret".
 */
#ifndef TESTS_IIOP_PAIR_H
#define TESTS_IIOP_PAIR_H

#include <support/env.h>
#include <support/iiop.h>

typedef struct iiop_pair {
    test_env env;
    troth_cred *accept, *initiate;
    troth_sas_target *target;
    iiop_end k, t;     /* the client's end, the target's */
    size_t to_t, to_k; /* how much of k.out and t.out the other one has */
    size_t served;     /* messages of the peer that the server's ORB has answered */
    const troth_ior *forward;
    unsigned checks; /* passwords that were checked */
} iiop_pair;

typedef struct iiop_pair_options {
    const char *user, *password; /* NULL: alice, s3cret */
    bool stateful, nobody;       /* nobody: the client has no credential */
    uint64_t context_idle_ms;
    uint32_t pending;
    troth_iiop_options client, server;
} iiop_pair_options;

/* Everything fails the test but TROTH_NO_MEMORY, after which nothing is left but the environment. */
troth_status iiop_pair_begin(iiop_pair *p, const iiop_pair_options *o, size_t fail_at);
void iiop_pair_end(iiop_pair *p);
/* Carry octets both ways, `step` at a time (0: all at once), until nothing moves. */
void iiop_pair_carry(iiop_pair *p, size_t step);
/* A message of the client's ORB. */
void iiop_pair_ask(iiop_pair *p, const iiop_msg *m, size_t cut, size_t step);
/*
 * The server's ORB answers all that it was given and has not answered: LocateRequests by OBJECT_HERE, requests by their
 * operation: "user" and "system" with exceptions, "forward" with p->forward, all others with a body.
 */
void iiop_pair_serve(iiop_pair *p, size_t step);
/* Ask, carry, serve, carry. */
void iiop_pair_call(iiop_pair *p, const iiop_msg *m, size_t cut, size_t step);

#endif
