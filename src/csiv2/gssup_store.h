/*
 * csiv2/gssup_store.h: users and the hashes of their passwords, one user a line:
 *
 *   user:$scrypt$ln=15,r=8,p=1$SALT$HASH
 *
 * docs/wire/gssup-store.md tells the form. Reading is of octets; who holds them wipes them.
 */
#ifndef TROTH_CSIV2_GSSUP_STORE_H
#define TROTH_CSIV2_GSSUP_STORE_H

#include <crypto/scrypt.h>
#include <csiv2/gssup.h>

enum {
    TROTH_GSSUP_LINE_MAX = 2048,
    TROTH_GSSUP_SALT_MIN = 8,
    TROTH_GSSUP_SALT_MAX = 64,
    TROTH_GSSUP_HASH_MIN = 32,
    TROTH_GSSUP_HASH_MAX = 64,
    TROTH_GSSUP_STORE_MAX = 64 << 20 /* octets of a file */
};

/* The verifier of one password. */
typedef struct troth_gssup_hash {
    troth_scrypt_cost cost;
    uint8_t n_salt, n_hash;
    uint8_t salt[TROTH_GSSUP_SALT_MAX], hash[TROTH_GSSUP_HASH_MAX];
} troth_gssup_hash;

typedef struct troth_gssup_user {
    troth_block name; /* in its one form: troth_gssup_name_write */
    unsigned line;
    troth_gssup_hash hash;
} troth_gssup_user;

/* In the order of their names. */
typedef struct troth_gssup_store {
    troth_gssup_user *users;
    size_t n, room;
    uint8_t key[16]; /* chooses what an unknown user costs */
} troth_gssup_store;

/*
 * Write a scoped name in the one form that it is compared and shown in: no more escapes than are needed to tell name and
 * scope apart, and no @ where the scope is empty.
 *
 * TROTH_OK; TROTH_MALFORMED, TROTH_LIMIT: no scoped name, or one that names nobody ("@scope"); the writer's failure
 */
TROTH_MUST_CHECK troth_status troth_gssup_name_write(troth_writer *w, troth_bytes text);
/*
 * Read what stands behind the colon of a line. TROTH_OK; TROTH_MALFORMED; TROTH_LIMIT: costs, salt or hash out of bounds
 */
TROTH_MUST_CHECK troth_status troth_gssup_hash_read(troth_bytes text, troth_gssup_hash *ret);
void troth_gssup_hash_write(troth_writer *w, const troth_gssup_hash *h);
/* What a line of a file is: TROTH_OK with an empty name: nothing, a comment. Otherwise ret_what says what is wrong. */
TROTH_MUST_CHECK troth_status troth_gssup_line_read(troth_bytes line, troth_bytes *ret_name, troth_gssup_hash *ret_hash,
                                                    const char **ret_what);
/* Cut the next line, without its end, off the front of text; false at the end. */
bool troth_gssup_line_next(troth_bytes *text, troth_bytes *ret_line);

/* Where and why a file was refused; what is a constant. */
typedef struct troth_gssup_complaint {
    unsigned line;
    const char *what;
} troth_gssup_complaint;

/*
 * Read a whole file.
 *
 * key  16 random octets
 * ret  release with troth_gssup_store_clear; set only on TROTH_OK
 *
 * TROTH_OK; TROTH_BAD_CONFIG: ret_complaint says what; TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_gssup_store_read(const troth_env *env, troth_bytes text, const uint8_t key[16],
                                                     troth_gssup_store *ret, troth_gssup_complaint *ret_complaint);
/* Wipe and release. */
void troth_gssup_store_clear(const troth_env *env, troth_gssup_store *s);
/*
 * Check a password. Someone who is not there costs what some user of the store costs, always the same for one name.
 *
 * user       as the peer sent it
 * ret_known  whether he is there; always set
 *
 * TROTH_OK, TROTH_DENIED (wrong, or nobody), TROTH_NO_MEMORY
 */
TROTH_MUST_CHECK troth_status troth_gssup_store_check(const troth_gssup_store *s, troth_bytes user,
                                                      troth_bytes password, bool *ret_known);

#endif
