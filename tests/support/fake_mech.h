/*
 * support/fake_mech.h: a mechanism for tests. It takes the place of Kerberos or NTLM, needs no KDC and no crypto, and
 * misbehaves on demand. Each fake_mech is its own mechanism: settings are read at every step, so a test may change
 * them between legs.
 *
 * Exchange: tokens are numbered from 1, the initiator sends the odd ones; whoever sends or receives number `legs` is
 * DONE. Token: "FAKE", number, legs, flags (4), key (8), bindings (4), then account, authority and target, each with
 * one octet of length, then `pad` octets. Number 1 proposes the flags, later ones of the acceptor grant them.
 *
 * Message token (8 octets): checksum (4, LE) over key, direction, form, number and segments; number (4, LE, top bit =
 * sealed). "Encryption" is XOR with a stream made from key, direction and number. unprotect decrypts before it
 * verifies, and narrows a stream before that, so that an engine that does not wipe all of it is seen.
 *
 * Record, for a mechanism that was given them: length of the body (2, BE), kind (1), checksum (4, LE) over key,
 * direction, number, kind and body; the body "encrypted" as above. Records are numbered in silence, and none may be
 * missing.
 */
#ifndef TESTS_FAKE_MECH_H
#define TESTS_FAKE_MECH_H
#include <sec/mech.h>
#include <stdatomic.h>

enum { FAKE_TOKEN = 8, FAKE_RECORD_HEAD = 7, FAKE_RECORD = 256 };
typedef enum fake_record_kind { FAKE_DATA, FAKE_CLOSE, FAKE_PING, FAKE_PONG } fake_record_kind;

typedef struct fake_mech {
    troth_mech mech; /* first: a troth_mech of this table is a fake_mech */
    const troth_mech *list[1];
    troth_mech_table table; /* of this one mechanism */

    /* the exchange */
    unsigned legs;     /* tokens in both directions together; NTLM has 3, Kerberos with mutual 2 */
    bool endless;      /* MORE for ever                                                           */
    troth_flags grant; /* attributes granted at most; all of mech.can at first                    */
    size_t pad;        /* octets added to each token                                              */
    uint64_t expiry;   /* of contexts, Unix time in 100 ns                                        */
    /* failing: in the step that takes or makes token fail_leg, at fail_role (an initiator's 1st step makes token 1) */
    unsigned fail_leg; /* 0 = never */
    troth_role fail_role;
    troth_status fail_status;
    uint32_t fail_major, fail_minor;
    bool fail_token;  /* with an error token for the peer                                        */
    bool empty_token; /* sends no token where there should be one; a DATAGRAM initiator is usable without one */
    /* called in every step, and with leg 0 when a credential is acquired; may block */
    void (*block)(void *self, troth_role role, unsigned leg);
    void *block_self;
    uint32_t max_messages; /* protect answers LIMIT after that many; 0 = 2^31 - 1 */

    /* the credential */
    troth_status cred_status;
    const char *cred_complaint; /* with TROTH_BAD_CONFIG: what is wrong with line 7 of src->path */
    uint64_t cred_expiry;

    /* counted */
    atomic_uint steps, acquired, released, inits, clears, deferred;
} fake_mech;

/* A well-behaved mechanism in place of TROTH_MECH_NTLM ("ntlm", 3 legs) or TROTH_MECH_KERBEROS ("kerberos", 2 legs). */
void fake_mech_init(fake_mech *f, troth_mech_id id);
/* Give it record operations. A ping is answered with a pong, and neither has plaintext. */
void fake_mech_records(fake_mech *f);
/* A record without a body from a complete context; views as record_seal's. */
troth_bytes fake_record_control(troth_context *c, fake_record_kind kind);
/* An acquired credential of one DEFAULT or PASSWORD source; principal NULL = "alice". Fails the test when it cannot. */
troth_cred *fake_cred(fake_mech *f, const troth_env *env, troth_cred_use use, const char *principal);
#endif
