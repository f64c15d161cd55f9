/*
 * csiv2/sas_target.h: inside a target of the security attribute service. A session has three kinds of things: requests
 * (sas_request.fsm.c), entries, which are contexts by client_context_id (sas_entry.fsm.c), and checks, which are
 * evidence that a mechanism looks at (sas_check.c). docs/internals/sas.md tells how they go together.
 */
#ifndef TROTH_CSIV2_SAS_TARGET_H
#define TROTH_CSIV2_SAS_TARGET_H

#include <base/fsm.h>
#include <base/idtable.h>
#include <crypto/hmac_sha.h>
#include <csiv2/machines.h>
#include <csiv2/sas.h>
#include <csiv2/sas_deadlines.h>
#include <csiv2/sas_guard.h>
#include <csiv2/sas_table.h>
#include <troth/sas.h>

enum {
    TROTH_SAS_DIGEST = 32,     /* octets of HMAC-SHA-256                              */
    TROTH_SAS_PLAIN = 32,      /* room for an answer without a token                  */
    TROTH_SAS_NAMES_MAX = 8192 /* octets of an asserted identity, in words            */
};

typedef struct troth_sas_who troth_sas_who;
typedef struct troth_sas_shared troth_sas_shared;
typedef struct troth_sas_entry troth_sas_entry;
typedef struct troth_sas_check troth_sas_check;
typedef struct troth_sas_req troth_sas_req;

struct troth_sas_target {
    const troth_env *env;
    troth_sas_target_options opts; /* with defaults; strings are ours */
    char *realm, *service;
    troth_cred *cred;
    troth_hmac_sha_key digest_key;
    troth_sas_guard guard;
    uint32_t creds;   /* credentials there were before this one */
    uint64_t entries; /* that are, or may become, established, on all sessions */
};

/* A caller, shared by all that serve him. key: all but refs, as octets. */
struct troth_sas_who {
    uint32_t refs;
    bool asserted;
    troth_mech_id mech;
    troth_flags flags, proof_flags; /* the caller's, and those of who proved himself */
    troth_identity caller, authenticated;
    size_t len;
    char key[];
};

/* An answer that was composed once, for all whom it answers. */
struct troth_sas_shared {
    uint32_t refs;
    troth_block octets;
};

/* Requests in order of arrival. */
typedef struct troth_sas_list {
    troth_sas_req *first, *last;
} troth_sas_list;

struct troth_sas_session {
    troth_sas_target *t;
    const troth_env *env;
    bool tls, shared;
    troth_block bindings;
    troth_block tls_words;
    troth_identity tls_identity; /* of strings in it; name "" = none */
    troth_sas_table entries, requests;
    troth_sas_deadlines deadlines;
    troth_idtable callers;
    troth_sas_check *checks, *last_check;
    troth_sas_list ready; /* verdicts not taken yet */
    uint32_t n_checks, waiting, failures;
    size_t reserved, established;
    uint64_t next_job, now;
    troth_sas_req *spare;
    unsigned n_spare;
    bool barred; /* too many failures: the connection is to end */
    /* what the last call showed */
    uint8_t plain[TROTH_SAS_PLAIN];
    troth_sas_shared *shown;
    troth_writer names; /* an asserted identity while it is judged */
};

/* ---- callers and answers: sas_who.c --------------------------------------------------------------------------- */

/* Find or make who is described; one reference. */
TROTH_MUST_CHECK troth_status troth_sas_who_get(troth_sas_session *s, const troth_sas_who *described,
                                                troth_sas_who **ret);
troth_sas_who *troth_sas_who_ref(troth_sas_who *who);
/* NULL is legal. */
void troth_sas_who_put(troth_sas_session *s, troth_sas_who *who);

/* Compose an answer; one reference. */
TROTH_MUST_CHECK troth_status troth_sas_shared_make(troth_sas_session *s, const troth_sas_message *m,
                                                    troth_sas_shared **ret);
/* NULL is legal for both. */
troth_sas_shared *troth_sas_shared_ref(troth_sas_shared *a);
void troth_sas_shared_put(troth_sas_session *s, troth_sas_shared *a);

/* ---- evidence: sas_evidence.c, sas_identity.c, sas_check.c --------------------------------------------------- */

/* What evidence came to. who is a reference while error.code is TROTH_OK. */
typedef struct troth_sas_finding {
    troth_error error;
    troth_sas_who *who;
    uint64_t expiry;
    troth_sas_shared *answer; /* with a token in it; NULL = none */
} troth_sas_finding;

/* An error that the peer is told as ContextError; major 0 = without one. */
troth_error troth_sas_wrong(troth_status code, int32_t major, const char *where);
/* Somebody who has proved who he is, or nobody. */
typedef struct troth_sas_proof {
    troth_identity identity;
    troth_mech_id mech;
    troth_flags flags;
    uint64_t expiry;
} troth_sas_proof;

/* Nobody, or whom the transport has proved. */
troth_sas_proof troth_sas_transport_proof(const troth_sas_session *s);
/* Whether the transport protects as required, and the evidence that is needed is there. */
troth_error troth_sas_judge_transport(const troth_sas_session *s, bool has_token);
/* Authorization, trust, identity, in this order, for somebody; evidence NULL = none. [24.3.1.1] */
troth_sas_finding troth_sas_judge(troth_sas_session *s, const troth_sas_proof *proof,
                                  const troth_sas_establish *evidence);
/* Whether policy still lets a caller in. */
troth_error troth_sas_judge_caller(const troth_sas_session *s, const troth_identity *caller, troth_flags flags);
void troth_sas_finding_clear(troth_sas_session *s, troth_sas_finding *f);
/* Read an asserted identity into the session's names. An error for the peer, or TROTH_OK. */
troth_error troth_sas_identity_read(troth_sas_session *s, const troth_sas_identity *token, troth_identity *ret);

/* Evidence that a mechanism looks at, for all requests that carry the same. */
struct troth_sas_check {
    troth_sas_check *prev, *next;
    uint64_t job_id;
    troth_job *job; /* NULL: the owner has it */
    troth_sas_entry *entry;
    troth_sas_list waiting;
    bool has_user;
    uint64_t user, context_id;
    troth_sas_establish evidence; /* of views into octets; the client authentication token is not kept */
    size_t size;
    uint8_t octets[];
};

/*
 * Begin with a client authentication token. NULL in ret and TROTH_OK: refused without asking the mechanism, f says why.
 * TROTH_NO_MEMORY: nothing has changed.
 */
TROTH_MUST_CHECK troth_status troth_sas_check_begin(troth_sas_session *s, const troth_sas_message *m,
                                                    troth_sas_finding *f, troth_sas_check **ret);
/* Take it out and release it, with a job that nobody has. */
void troth_sas_check_free(troth_sas_session *s, troth_sas_check *c);
/* What a job that has run came to. */
troth_sas_finding troth_sas_check_done(troth_sas_session *s, troth_sas_check *c, troth_job *job);
/* A refusal is counted, and said to be the last one. */
void troth_sas_count_failure(troth_sas_session *s, troth_sas_finding *f);

/* ---- contexts: sas_entry.fsm.c, sas_context.c ------------------------------------------------------------------ */

/* A context by its id. Kept small: there may be very many. */
struct troth_sas_entry {
    troth_sas_node node; /* first */
    troth_sas_due due;
    uint8_t digest[TROTH_SAS_DIGEST];
    troth_fsm fsm;
    troth_sas_who *who;
    union {
        troth_sas_check *check; /* while it is looked at */
        troth_sas_shared
            *answer; /* then: of mechanisms that end with a token, until the client has shown that it came */
    };
    uint64_t touched, life_end, expiry; /* monotonic, monotonic, Unix time in 100 ns */
    uint32_t uses, creds;               /* creds: which credential of the target it was begun with */
};

/* What the machine of an entry works on. */
typedef struct troth_sas_entry_op {
    troth_sas_session *s;
    troth_sas_entry *e;
} troth_sas_entry_op;

/* Digest of the three tokens of a message. [24.3.2.2] */
void troth_sas_digest(const troth_sas_target *t, const troth_sas_establish *m, uint8_t ret[TROTH_SAS_DIGEST]);
/* Whether a context may be kept: policy, a transport that is the peer's own, the caps. [24.3.2.1, 24.3.2.2] */
bool troth_sas_has_room(const troth_sas_session *s);
/* A context that is there and whose time is not up. */
troth_sas_entry *troth_sas_entry_find(troth_sas_session *s, uint64_t id);
/* A time from now; one that is past all times is never. */
uint64_t troth_sas_later(uint64_t now, uint64_t ms);
/* When an established one ends if nothing happens. One in use is not idle. */
uint64_t troth_sas_entry_end(const troth_sas_session *s, const troth_sas_entry *e);
/* Make one of an id that is free. NULL = no memory: the context is not to be stateful. */
troth_sas_entry *troth_sas_entry_new(troth_sas_session *s, uint64_t id, const uint8_t digest[TROTH_SAS_DIGEST]);
/* Move it by an event; it may be gone afterwards. */
void troth_sas_entry_event(troth_sas_session *s, troth_sas_entry *e, uint8_t event, const troth_sas_finding *f);
/* The session ends: release it in whatever state. */
void troth_sas_entry_drop(troth_sas_session *s, troth_sas_entry *e);
/* End contexts whose time is up. */
void troth_sas_entries_expire(troth_sas_session *s);

/* ---- requests: sas_request.fsm.c, sas_request.c, sas_session.c ------------------------------------------------ */

/* What is known of a request as it arrives, or as its verdict does. All of it is borrowed. */
typedef struct troth_sas_arrival {
    troth_sas_check *check; /* that it begins, or waits behind */
    bool begins;
    troth_sas_entry *entry; /* of which it becomes part */
    troth_sas_finding finding;
} troth_sas_arrival;

struct troth_sas_req {
    troth_sas_node node; /* first; id: the owner's */
    troth_sas_session *s;
    troth_fsm fsm;
    troth_sas_req *prev, *after;
    uint64_t context_id, expiry;
    bool response_expected, establish, in_context, discard, stateful, marshal,
        close; /* what to say, not what is legal */
    troth_sas_check *check;
    troth_sas_entry *entry;
    troth_sas_who *who;
    troth_sas_shared *answer;
    troth_error error;
};

void troth_sas_list_add(troth_sas_list *l, troth_sas_req *r);
void troth_sas_list_remove(troth_sas_list *l, troth_sas_req *r);
/* Step the machine of a request; what can fail was done before. One that has ended is released. */
void troth_sas_request_event(troth_sas_req *r, uint8_t event, const troth_sas_arrival *a);
/* Make one and put it into the table, or release it. TROTH_NO_MEMORY */
TROTH_MUST_CHECK troth_status troth_sas_request_new(troth_sas_session *s, const troth_sas_request *q,
                                                    troth_sas_req **ret);
void troth_sas_request_free(troth_sas_req *r);
/* The session ends, and its table no longer has it: release one in whatever state. */
void troth_sas_request_drop(troth_sas_req *r);
/* Release those that were kept for further use. */
void troth_sas_request_trim(troth_sas_session *s);
/* The context of a MessageInContext: a check to wait for, an entry with its caller, or an error. */
void troth_sas_examine_context(troth_sas_req *r, troth_sas_arrival *ret);
/* Look at a message that came: the event that it is, and what is known about it. TROTH_NO_MEMORY: nothing has changed. */
TROTH_MUST_CHECK troth_status troth_sas_examine(troth_sas_req *r, const troth_sas_request *q, uint8_t *ret_event,
                                                troth_sas_arrival *ret);

#endif
