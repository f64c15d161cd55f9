/* mech/spnego/negotiation.h: one negotiation, and what its two machines share. */
#ifndef TROTH_SPNEGO_NEGOTIATION_H
#define TROTH_SPNEGO_NEGOTIATION_H

#include <mech/spnego/token.h>
#include <sec/context.h>

/* What is known during one leg only. */
typedef struct troth_neg_leg {
    troth_bytes in;
    troth_writer *out;
    size_t out_start;    /* of what we wrote                                                           */
    troth_writer token;  /* the mechanism's token for the peer                                         */
    troth_neg_init init; /* the peer's message                                                         */
    troth_neg_resp resp; /* likewise; of a NegTokenInit, its token and MIC                             */
    bool raw;            /* acceptor: it is not SPNEGO                                                 */
    uint8_t next;        /* event that an action posted: how the mechanism's own leg ended             */
} troth_neg_leg;

typedef struct troth_neg {
    troth_context *c, *child;
    troth_fsm fsm;
    troth_block mech_types; /* the initiator's MechTypeList                                  */
    bool mics;              /* a mechListMIC was made or verified                                                */
    troth_neg_leg leg;
} troth_neg;

/* Events. The first ones mean the same to both machines. */
enum {
    TROTH_NEG_EV_MECH_MORE, /* the mechanism made a token and waits for one     */
    TROTH_NEG_EV_MECH_LAST, /* it is complete, and its last token is ours       */
    TROTH_NEG_EV_MECH_DONE, /* it is complete, and has nothing more to send     */
    TROTH_NEG_EV_REJECT,    /* negState reject                                  */
    TROTH_NEG_EV_MALFORMED, /* the message could not be read                    */
    TROTH_NEG_EV_COMMON,
    /* initiator */
    TROTH_NEG_EV_CALL = TROTH_NEG_EV_COMMON, /* begin                                  */
    TROTH_NEG_EV_HINTS,                      /* a NegTokenInit2 from the acceptor      */
    TROTH_NEG_EV_COMPLETED,
    TROTH_NEG_EV_INCOMPLETE, /* also an absent negState, after the first reply */
    TROTH_NEG_EV_REQUEST_MIC,
    TROTH_NEG_C_EVENTS,
    /* acceptor */
    TROTH_NEG_EV_INIT = TROTH_NEG_EV_COMMON,
    TROTH_NEG_EV_RAW,  /* no SPNEGO at all                          */
    TROTH_NEG_EV_RESP, /* a NegTokenResp that is not reject         */
    TROTH_NEG_S_EVENTS,
    TROTH_NEG_EV_NONE = 0xff
};

/* The initiator's states. */
enum {
    TROTH_NEG_C_START,
    TROTH_NEG_C_OFFERING, /* the preferred mechanism makes its token             */
    TROTH_NEG_C_OFFERED,  /* first reply awaited                                 */
    TROTH_NEG_C_SPENT,    /* likewise, and the mechanism is complete already     */
    TROTH_NEG_C_OPT_STEP, /* the mechanism's leg; mechListMIC optional           */
    TROTH_NEG_C_OPT_WAIT,
    TROTH_NEG_C_OPT_END_STEP, /* the same, the acceptor being complete               */
    TROTH_NEG_C_REQ_STEP,     /* the mechanism's leg; mechListMIC required           */
    TROTH_NEG_C_REQ_WAIT,
    TROTH_NEG_C_REQ_END_STEP,
    TROTH_NEG_C_WORD_WAIT,    /* mechanism complete, no MIC sent                     */
    TROTH_NEG_C_OPT_MIC_WAIT, /* mechanism complete, our MIC sent, the peer's optional */
    TROTH_NEG_C_REQ_MIC_WAIT, /* the same, the peer's required                       */
    TROTH_NEG_C_DONE,
    TROTH_NEG_C_FAILED,
    TROTH_NEG_C_STATES
};

/* The acceptor's states. */
enum {
    TROTH_NEG_S_START,
    TROTH_NEG_S_FIRST_STEP, /* the mechanism takes the optimistic token            */
    TROTH_NEG_S_OPT_WAIT,
    TROTH_NEG_S_OPT_STEP, /* the mechanism's leg; mechListMIC optional           */
    TROTH_NEG_S_REQ_WAIT,
    TROTH_NEG_S_REQ_STEP, /* the mechanism's leg; mechListMIC required           */
    TROTH_NEG_S_MIC_WAIT, /* mechanism complete, our MIC sent, the peer's required */
    TROTH_NEG_S_RAW_STEP, /* no negotiation: the mechanism's own tokens          */
    TROTH_NEG_S_RAW_WAIT,
    TROTH_NEG_S_DONE,
    TROTH_NEG_S_FAILED,
    TROTH_NEG_S_STATES
};

extern const troth_fsm_spec troth_neg_client_fsm, troth_neg_server_fsm;

/* ---- child.c: the chosen mechanism ---- */

/* The mechanism that an OID of the initiator's means, when the credential has a part for it; else NULL. */
const troth_mech *troth_neg_mech_of(const troth_neg *s, troth_oid oid);
/* Replace the child by one over mech. */
TROTH_MUST_CHECK troth_status troth_neg_child(troth_neg *s, const troth_mech *mech);
/* One leg of the child; its token goes to the leg's writer, how it ended into next. Answers the child's error. */
TROTH_MUST_CHECK troth_status troth_neg_child_step(troth_neg *s, troth_bytes in);
/* After a leg that failed: make its error ours, and answer it. */
TROTH_MUST_CHECK troth_status troth_neg_child_failed(troth_neg *s);
/* The mechanism's token as an element of ours; absent when it made none. */
troth_bytes troth_neg_child_token(const troth_neg *s);
/* Record why the negotiation fails, and answer it. */
TROTH_MUST_CHECK troth_status troth_neg_fail(troth_neg *s, troth_status st, const char *where);

/* What a message of a negotiation is, in words; troth_mech.tell. */
void troth_neg_tell(const troth_context *c, const void *impl, troth_bytes token, troth_trace_token *ret);

/* ---- mic.c: the mechListMIC ---- */

/* Room for any mechanism's MIC token. */
enum { TROTH_NEG_MIC_MAX = 256 };

/* True when the child can sign: RFC 4178 5 speaks of such mechanisms only. */
bool troth_neg_signs(const troth_neg *s);
/*
 * True when the mechanism wants the MICs exchanged even where RFC 4178 leaves them out: one whose keys they disturb
 * protects its own tokens and expects the same of the list. [MS-SPNG 3.1.5.1 note 8]
 */
bool troth_neg_keyed(const troth_neg *s);
/* Make our MIC over the list into mic; ret views it. */
TROTH_MUST_CHECK troth_status troth_neg_make_mic(troth_neg *s, uint8_t mic[TROTH_NEG_MIC_MAX], troth_bytes *ret);
/* Verify the peer's MIC of this leg. TROTH_OK, TROTH_DOWNGRADE */
TROTH_MUST_CHECK troth_status troth_neg_verify_mic(troth_neg *s);
/* Once all MICs are made and verified: let the mechanism put its keys back. [MS-SPNG 3.2.5.1, 3.3.5.1] */
TROTH_MUST_CHECK troth_status troth_neg_after_mics(troth_neg *s);

#endif
