/*
 * support/tls.h: TLS contexts in memory, with two certificate authorities and the certificates that the tests need, and a
 * stream in each direction that can be cut as one likes.
 */
#ifndef TESTS_TLS_H
#define TESTS_TLS_H
#include <support/env.h>
#include <support/pki.h>
#include <troth/sec.h>

/*
 * The files of a world. Server certificates are for "server.test", "*.wild.test" and 127.0.0.1. Clients are "Alice" with the
 * UPN alice@TEST and alice@mail.test. "other" ones are of an authority that nobody is told to trust.
 */
typedef enum tls_file {
    TLS_CA,
    TLS_OTHER_CA,
    TLS_SERVER,
    TLS_SERVER_RSA, /* signed with SHA-384 */
    TLS_SERVER_EXPIRED,
    TLS_SERVER_LATER, /* not valid yet */
    TLS_SERVER_OTHER,
    TLS_SERVER_AS_CLIENT, /* a client's usage */
    TLS_CLIENT,
    TLS_CLIENT_OTHER,
    TLS_CLIENT_EXPIRED,
    TLS_N_FILES,
    TLS_NO_FILE
} tls_file;

typedef struct tls_world {
    test_env t;
    const troth_mech *list[1];
    troth_mech_table mechs;
    char dir[40], path[TLS_N_FILES][64];
    pki_pair ca, other, pair[TLS_N_FILES];
} tls_world;

void tls_world_open(tls_world *w);
/* Remove its files and keys; what was acquired from them stays. */
void tls_world_close_files(tls_world *w);
/* The same, and check its environment. */
void tls_world_close(tls_world *w);

/* A credential acquired from a file, which is expected to be st. trust may be TLS_NO_FILE. config NULL = only trust. */
troth_cred *tls_cred(tls_world *w, troth_cred_use use, tls_file own, tls_file trust, troth_tls_config *config,
                     troth_status want);

typedef struct tls_stream {
    uint8_t *data;
    size_t len, cap;
} tls_stream;

/* Two ends. in: what has come to each and was not taken yet. */
typedef struct tls_ends {
    const troth_env *env;
    troth_context *c[2]; /* by role */
    tls_stream in[2];
    troth_step step[2];
    unsigned legs[2];
    size_t chunk; /* octets that arrive at a time; 0 = all there are */
} tls_ends;

void tls_stream_put(tls_stream *s, const void *p, size_t n);
void tls_stream_drop(tls_stream *s, size_t n);

/* Contexts with options that are as given but for role, mech and env. */
void tls_open(tls_world *w, tls_ends *e, troth_cred *client, troth_cred *server, const troth_context_options *of_client,
              const troth_context_options *of_server);
void tls_close(tls_ends *e);
/* One leg of a side with what stands in its stream; what it says is put into the other one's. */
void tls_leg(tls_ends *e, troth_role who, bool first);
/* Run the handshake to its end. TROTH_OK, or the status of the first side that failed. */
troth_status tls_shake(tls_ends *e);
/* Seal at one side, octets into the other one's stream. */
troth_status tls_send(tls_ends *e, troth_role from, const void *p, size_t n);
/* Open all records that have come to a side whole; plaintext into room. Control answers go to the peer's stream. */
troth_status tls_receive(tls_ends *e, troth_role at, uint8_t *room, size_t cap, size_t *ret_len, bool *ret_closed);
/* A short text goes from one side to the other; fails the test when it does not. */
void tls_say(tls_ends *e, troth_role from, const char *text);

/* All of the usual: a world, two credentials, a handshake. */
typedef struct tls_talk {
    tls_world w;
    troth_cred *cred[2];
    troth_tls_config config[2];
    troth_context_options opts[2];
    tls_ends e;
} tls_talk;

/* Fill in what most tests want: trust in both directions, target server.test. Change it, then tls_talk_begin. */
void tls_talk_init(tls_talk *t);
/* Acquire from own files and open contexts. */
void tls_talk_begin(tls_talk *t, tls_file client, tls_file server);
void tls_talk_end(tls_talk *t);
#endif
