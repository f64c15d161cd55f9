/*
 * support/real.h: two endpoints over the real mechanisms. Each side has an environment of its own, so that what fails on
 * one side is not the other's doing. Kerberos needs a lab: alice's password or cache, and the service's keytab; NTLM
 * has one account of its own.
 */
#ifndef TESTS_REAL_H
#define TESTS_REAL_H
#include <support/rig.h>

typedef enum real_mech { REAL_KERBEROS, REAL_NTLM, REAL_SPNEGO_KERBEROS, REAL_SPNEGO_NTLM } real_mech;
typedef enum real_wire { REAL_NNS, REAL_NETTCP, REAL_RPC } real_wire;
enum { REAL_CLIENT, REAL_SERVER, REAL_KEY = 32, REAL_SECRET = 128 };

/* A side of a stream. */
typedef struct real_side {
    test_env env;
    troth_cred *cred;
    rig_peer peer;         /* e NULL: there is no endpoint yet, or it could not be made */
    troth_status st;       /* why there is none                                         */
    uint8_t key[REAL_KEY]; /* the session key, once it was established                  */
    size_t key_len;
} real_side;

typedef struct real {
    real_mech mech;
    real_wire wire;
    troth_level level;
    troth_nns_options options[2]; /* env and cred are filled in when an endpoint is made */
    real_side side[2];
    bool by_password; /* Kerberos' client; else by its cache */
    size_t n_secrets; /* of each environment, before any session key */
    /* of REAL_RPC: make an endpoint, find its session key (support/rpc_pair.h) */
    troth_status (*open)(struct real *r, int side, troth_endpoint **ret);
    troth_status (*key)(struct real *r, int side, troth_bytes *ret);
} real;

/* A name for tables: "spnego-ntlm", "nns". */
const char *real_mech_name(real_mech m);
const char *real_wire_name(real_wire w);

/* Nothing but the settings; both environments know the password and what NTLM makes of it. */
void real_init(real *r, real_mech mech, real_wire wire, troth_level level);
/* The password that the client has, as long as the world lives. */
troth_bytes real_password(const real *r);
/* Acquire a side's credential; run may stand in place of troth_job_run. Answers what is kept in st, too. */
troth_status real_acquire(real *r, int side, void (*run)(rig_peer *p, troth_job *job));
/* Make a side's endpoint. Likewise. */
troth_status real_open(real *r, int side);
/* Both credentials and endpoints; fails the test when one cannot be had. */
void real_connect(real *r);
/* Look for the session key, once a side is established; from then on it is a secret of both environments. */
void real_learn_key(real *r, int side);
/* What a net.tcp server's owner answers to a preamble; on NegotiateStream nothing. False: it was not taken. */
bool real_welcome(real *r);
/* Let both talk until both are established, octets cut as rig_wire does; fails the test when they are not. */
void real_establish(real *r, size_t cut);
/* Free the endpoints, and what was seen of them; the credentials stay. */
void real_disconnect(real *r);
/* Free all and check both environments. */
void real_end(real *r);
#endif
