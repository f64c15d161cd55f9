/* sec/context.h: inside a context, for mechanisms. */
#ifndef TROTH_SEC_CONTEXT_H
#define TROTH_SEC_CONTEXT_H

#include <base/fsm.h>
#include <base/lock.h>
#include <sec/cred.h>

struct troth_context {
    const troth_env *env;
    const troth_mech *mech;
    void *impl;
    troth_cred *cred;
    const troth_cred_part *part; /* of mech; NULL for a negotiating mechanism                       */
    troth_context *leaf;         /* where protection happens: itself, or the chosen child           */
    troth_mech_id outer;         /* mech, or what an imported one had been negotiated with               */
    bool bare;                  /* a negotiating acceptor was given its mechanism's own tokens, without a negotiation */
    troth_context_options opts; /* strings are ours                                                */
    troth_fsm fsm;              /* fresh, half open, usable, open, failed, expired                 */
    troth_mutex lock;           /* TROTH_DUPLEX_LOCKED, or whatever else its mechanism locks      */
    troth_error error;
    char *error_text; /* see troth_context_error_text; NULL = none */
    /* set by the mechanism, final when it answers DONE */
    troth_flags attributes;
    char *peer_name, *peer_account, *peer_authority;
    char *self_name, *self_account, *self_authority;
    const char *detail;
    uint64_t expiry;
    bool is_child; /* the options' strings are the parent's */
    /* counted by sec */
    unsigned legs_in, legs_out;
    size_t bytes;
    size_t left; /* set by a record mechanism's step: octets at the token's end that it did not take */
};

/*
 * Record the first failure of a context and answer TROTH_STEP_ERROR, so that a step can end in
 * `return troth_context_fail(...)`.
 */
troth_step troth_context_fail(troth_context *c, troth_status code, uint32_t gss_major, uint32_t gss_minor,
                              const char *where);
/* Put an error into words that only the mechanism knows, behind troth_context_fail; the first words stay. */
void troth_context_say(troth_context *c, const char *text);
/* The same as troth_context_fail with a child's error, and its words. */
troth_step troth_context_fail_as(troth_context *c, const troth_context *child);
/* Set an identity from parts (each may be NULL); name is "account@authority" or "authority\account" by style. */
typedef enum troth_name_style { TROTH_NAME_AT, TROTH_NAME_BACKSLASH } troth_name_style;
TROTH_MUST_CHECK troth_status troth_context_set_peer(troth_context *c, troth_name_style style, const char *account,
                                                     const char *authority);
TROTH_MUST_CHECK troth_status troth_context_set_self(troth_context *c, troth_name_style style, const char *account,
                                                     const char *authority);
/* Name of the state, for traces and tests. */
const char *troth_context_state(const troth_context *c);

/* An empty fresh context over mech, without options and impl; cred NULL = none. TROTH_OK, TROTH_NO_MEMORY. */
TROTH_MUST_CHECK troth_status troth_context_blank(const troth_env *env, troth_cred *cred, const troth_mech *mech,
                                                  troth_context **ret);
/*
 * For a negotiating mechanism: a child over one part of the parent's credential, with the parent's options but the
 * given requirements. Freed with troth_context_free.
 */
TROTH_MUST_CHECK troth_status troth_context_child(const troth_context *parent, const troth_mech *mech,
                                                  troth_flags require, troth_context **ret);
/* One leg, at once; inside a job only. in.data NULL = no token yet. Counts legs and octets, moves the state. */
troth_step troth_context_step(troth_context *c, troth_bytes in, troth_writer *out);
/* True while a leg is still to come. */
bool troth_context_may_step(const troth_context *c);
/* True once a context is complete (or, for a datagram initiator, usable). */
bool troth_context_complete(const troth_context *c);

#endif
