/*
 * mech/kerberos/cfx.h: message protection of RFC 4121 4.2 by our own code, for the AES encryption types. Sending and
 * receiving share nothing that changes, so they need no lock, and no message costs an allocation or a look-up.
 */
#ifndef TROTH_MECH_KERBEROS_CFX_H
#define TROTH_MECH_KERBEROS_CFX_H

#include <crypto/aes_cts.h>
#include <crypto/krb_keys.h>
#include <sec/window.h>

enum { TROTH_CFX_HEADER = 16, TROTH_CFX_POOL = 256 };

/* Flags of a token. [RFC 4121 4.2.2] */
enum { TROTH_CFX_SENT_BY_ACCEPTOR = 1, TROTH_CFX_SEALED = 2, TROTH_CFX_ACCEPTOR_SUBKEY = 4 };

/*
 * The keys of one direction, each made for the first message that needs it: most contexts use one form of three, and
 * many only one direction. flags is what every token of it has in its Flags, but Sealed.
 */
typedef struct troth_cfx_way {
    troth_aes_cts_key ke;
    troth_hmac_sha_key ki, kc_seal, kc_sign;
    uint8_t flags, made; /* made: a bit for each form */
} troth_cfx_way;

typedef struct troth_cfx {
    const troth_env *env;
    const troth_krb_enctype *type;
    const uint8_t *key;
    bool dce;
    /* sending */
    troth_cfx_way out;
    uint64_t snd_seq;
    uint8_t pool[TROTH_CFX_POOL]; /* confounders to come, its last pool_left octets */
    size_t pool_left;
    /* receiving */
    troth_cfx_way in;
    troth_window window;
    troth_flags detect; /* of TROTH_F_REPLAY and TROTH_F_SEQUENCE */
    bool begun;         /* a message was taken */
} troth_cfx;

/* What a context is made of. key is type->key octets, borrowed for as long as the context lives. */
typedef struct troth_cfx_setup {
    const troth_env *env;
    const troth_krb_enctype *type;
    const uint8_t *key;
    bool acceptor, acceptor_subkey, dce;
    uint64_t snd_seq, rcv_seq;
    troth_flags detect;
} troth_cfx_setup;

void troth_cfx_init(troth_cfx *c, const troth_cfx_setup *s);
/* Wipe and release. Legal on one of all zeros. */
void troth_cfx_clear(troth_cfx *c);

size_t troth_cfx_token_size(const troth_cfx *c, troth_form form);
/* As the operations of a mechanism. A failed message leaves the window where it was. */
TROTH_MUST_CHECK troth_status troth_cfx_protect(troth_cfx *c, troth_form form, troth_message *m);
TROTH_MUST_CHECK troth_status troth_cfx_unprotect(troth_cfx *c, troth_form form, troth_message *m);

/* ---- shared by cfx.c and cfx_open.c ---- */

enum { TROTH_CFX_MIC = 0x0404, TROTH_CFX_WRAP = 0x0504 }; /* TOK_ID */

/* A token's first 16 octets. [RFC 4121 4.2.6] For a MIC token EC and RRC are filler and stand at FFFF. */
typedef struct troth_cfx_header {
    uint16_t tok_id, ec, rrc;
    uint8_t flags;
    uint64_t snd_seq;
} troth_cfx_header;

/* Make what a form needs of a direction, unless it is made. TROTH_OK, TROTH_NO_MEMORY, TROTH_MECHANISM (libcrypto). */
TROTH_MUST_CHECK troth_status troth_cfx_keys(const troth_cfx *c, troth_cfx_way *way, troth_form form);
void troth_cfx_header_write(uint8_t at[TROTH_CFX_HEADER], const troth_cfx_header *h);
/* Make the code that stands in a token: of the segments in order, then of the header's octets. */
void troth_cfx_checksum(const troth_hmac_sha_key *key, const troth_message *m, const uint8_t header[TROTH_CFX_HEADER],
                        uint8_t ret[TROTH_SHA_MAX]);
/*
 * Make the code of a sealed message: of confounder, segments in order and filler with the copy of the header; for
 * RFC 8009 with the initial vector in front, and over their ciphertext.
 */
void troth_cfx_seal_mac(const troth_cfx *c, const troth_cfx_way *way, const troth_message *m, const uint8_t *confounder,
                        troth_bytes end, uint8_t ret[TROTH_SHA_MAX]);
/* Encrypt or decrypt confounder, DATA segments and end, in place. */
TROTH_MUST_CHECK troth_status troth_cfx_crypt(troth_cfx_way *way, const troth_message *m, uint8_t *confounder,
                                              uint8_t *end, size_t end_len);

#endif
