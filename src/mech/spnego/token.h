/* mech/spnego/token.h: NegTokenInit, NegTokenInit2 and NegTokenResp. [RFC 4178 4.2, MS-SPNG 2.2.1] */
#ifndef TROTH_SPNEGO_TOKEN_H
#define TROTH_SPNEGO_TOKEN_H

#include <base/writer.h>
#include <der/oid.h>

/* Mechanisms that one MechTypeList may name; Windows names up to five. */
enum { TROTH_NEG_MECHS_MAX = 16 };

/* SPNEGO's own OID, 1.3.6.1.5.5.2. */
extern const troth_oid troth_spnego_oid;

/* NegTokenInit: views into the token; data NULL = the element is absent. */
typedef struct troth_neg_init {
    troth_bytes mechTypes; /* the DER of MechTypeList as it came: what the mechListMIC is over [RFC 4178 5 a] */
    troth_oid mechs[TROTH_NEG_MECHS_MAX];
    size_t n_mechs;
    troth_bytes mechToken, mechListMIC;
    bool hints; /* negHints: this is a NegTokenInit2 */
} troth_neg_init;

typedef enum troth_neg_state {
    TROTH_NEG_ACCEPT_COMPLETED,
    TROTH_NEG_ACCEPT_INCOMPLETE,
    TROTH_NEG_REJECT,
    TROTH_NEG_REQUEST_MIC,
    TROTH_NEG_ABSENT
} troth_neg_state;

/* NegTokenResp: likewise. supportedMech.len 0 = absent. */
typedef struct troth_neg_resp {
    troth_neg_state negState;
    troth_oid supportedMech;
    troth_bytes responseToken, mechListMIC;
} troth_neg_resp;

/* Tell whether a token carries SPNEGO's frame, as the first one of an initiator does. */
bool troth_neg_is_framed(troth_bytes token);
/*
 * Read a whole token, framed. ret holds views into it and is set only on TROTH_OK.
 * TROTH_OK; TROTH_MALFORMED, also for a token that ends early; TROTH_LIMIT (too many mechanisms)
 */
TROTH_MUST_CHECK troth_status troth_neg_read_init(troth_bytes token, troth_neg_init *ret);
/* Read a whole NegTokenResp. TROTH_OK, TROTH_MALFORMED */
TROTH_MUST_CHECK troth_status troth_neg_read_resp(troth_bytes token, troth_neg_resp *ret);
/* Write the DER of a MechTypeList. */
void troth_neg_write_mech_types(troth_writer *w, const troth_oid *mechs, size_t n);
/* Write a framed NegTokenInit; of init only mechTypes, mechToken and mechListMIC count. */
void troth_neg_write_init(troth_writer *w, const troth_neg_init *init);
/* Write a NegTokenResp. */
void troth_neg_write_resp(troth_writer *w, const troth_neg_resp *resp);

#endif
