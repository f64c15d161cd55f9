/*
 * support/sas.h: a target of CSIv2 under test. GSSUP is the library's own, over a check that counts; Kerberos is a
 * mechanism in its place whose token is text: "AP-REQ alice@R 7" of serial 7 proves alice@R once and is a replay ever
 * after; a word behind it, "mutual", asks for a final token, "more" for another leg.
 */
#ifndef TESTS_SAS_H
#define TESTS_SAS_H
#include <csiv2/sas.h>
#include <csiv2/sas_target.h>
#include <support/env.h>

typedef struct sas_rig {
    test_env env;
    troth_sas_target_options o; /* for rig_open: set what differs from a stateful target on a clear link */
    troth_transport transport;
    troth_cred *cred;
    troth_sas_target *t;
    troth_sas_session *s;
    uint64_t now, next_id;
    /* what the mechanisms see, and answer */
    unsigned checks, replays, steps;
    uint64_t krb_expiry;
    uint8_t serials[64];
    /* rules */
    const char *trusted, *banned;
    uint32_t good_element;
} sas_rig;

/* A reply to a request as its peer sees it. */
typedef struct sas_told {
    bool any, accepted, marshal, close;
    troth_status code;
    int32_t major; /* of a ContextError, 0 = none */
    uint64_t id;   /* echoed */
    bool complete, stateful;
    char name[128], account[128], authority[128], authenticated[128], token[64];
    size_t n_token;
    uint64_t request;
    troth_sas_caller caller; /* strings are not to be used */
    uint32_t wire;
} sas_told;

/* Fill in options: stateful, clear passwords, all identity types, rules that trust `trusted` and ban `banned`. */
void sas_rig_init(sas_rig *r);
/* Make target and session. */
void sas_rig_open(sas_rig *r);
void sas_rig_close(sas_rig *r);

/* Tokens and messages, in a pool of a few; valid until a dozen more were made. */
troth_bytes sas_gssup(const char *user, const char *password, const char *realm);
troth_bytes sas_krb(const char *text);
troth_bytes sas_name(const char *user);
troth_bytes sas_establish(uint64_t id, troth_bytes token, const troth_sas_identity *identity);
troth_bytes sas_message(const troth_sas_message *m, troth_order order);
troth_bytes sas_in_context(uint64_t id, bool discard);

/* Give a request; its number. */
uint64_t sas_give(sas_rig *r, troth_sas_session *s, troth_bytes element);
/* Run every job. */
void sas_run(sas_rig *r, troth_sas_session *s);
/* The next verdict, as it stands. */
sas_told sas_take(sas_rig *r, troth_sas_session *s);
/* Answer an accepted one: adds what the reply tells. */
void sas_answer(sas_rig *r, troth_sas_session *s, sas_told *t);
/* All of it: give, run, take, and answer where it was accepted. */
sas_told sas_ask(sas_rig *r, troth_bytes element);
sas_told sas_ask_on(sas_rig *r, troth_sas_session *s, troth_bytes element);
#endif
