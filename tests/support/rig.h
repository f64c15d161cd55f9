/*
 * support/rig.h: endpoints in memory. A peer runs its jobs on the spot, remembers what its owner was told and what it
 * sent; two peers can be wired together, with the octets cut as one likes. Octets are fed from heap blocks of their own
 * size, so that the sanitizer sees any over-read.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H
#include <support/env.h>
#include <support/fake_mech.h>
#include <troth/nettcp.h>

typedef struct rig_peer {
    troth_endpoint *e;
    uint64_t now;
    bool hold_jobs; /* keep a wanted job in held instead of running it */
    troth_job *held;
    void (*run_job)(struct rig_peer *p, troth_job *job); /* in place of troth_job_run */
    /* of wires with many contexts and calls: told of every event but jobs and CLOSED, in place of what is kept below */
    void (*told)(struct rig_peer *p, const troth_event *ev);
    void *self; /* its own */
    /* what its owner was told */
    bool established, end, end_authentic, closed;
    troth_error error; /* of CLOSED */
    troth_level level;
    troth_impersonation impersonation;
    troth_flags attributes;
    troth_mech_id outer, mech;
    char name[128];
    unsigned events, jobs, datas;
    uint8_t *got; /* its data */
    size_t got_len;
    /* what it sent */
    uint8_t *sent;
    size_t sent_len;
} rig_peer;

void rig_init(rig_peer *p, troth_endpoint *e);
/* Free the endpoint and what was remembered. */
void rig_clear(rig_peer *p);
/* Take all events. */
void rig_events(rig_peer *p);
/* Feed octets, events taken in between, until all are used or no progress is made; answers octets used. */
size_t rig_feed(rig_peer *p, const void *bytes, size_t n);
/* Feed octets given in hex. */
size_t rig_feed_hex(rig_peer *p, const char *hex);
void rig_feed_end(rig_peer *p);
/* Give the held job, run, back. */
void rig_step(rig_peer *p);
/* Order data; fails the test unless all is taken. */
void rig_say(rig_peer *p, const void *bytes, size_t n);
/* Move what out() shows to the end of sent; answers octets moved. */
size_t rig_drain(rig_peer *p);
/*
 * Carry octets both ways until nothing moves. cut: 0 = as they come; 1 = one by one; otherwise each piece is cut after
 * that many octets into two.
 */
void rig_wire(rig_peer *a, rig_peer *b, size_t cut);
/* Compare all that a peer sent since the mark with hex; the mark moves to the end. */
void rig_expect_sent(rig_peer *p, size_t *mark, const char *hex);

/* A world of one fake mechanism, its credentials and options for both sides. */
typedef struct rig {
    test_env env;
    fake_mech mech;
    troth_cred *initiator, *acceptor;
    troth_nns_options client, server;
    rig_peer c, s;
} rig;

/* Options with "kerberos" or "ntlm" as the id says, target "svc/host", and the level on both sides. */
void rig_world(rig *r, troth_mech_id id, troth_level level);
/* Make both endpoints; fails the test when it cannot. */
void rig_connect(rig *r);
/* Clear all and check the environment. */
void rig_end(rig *r);
#endif
