/*
 * support/sas_client.h: a CSIv2 client whose peer is the test: what it sends is shown parsed, replies are made from words.
 * GSSUP is the real mechanism, for alice with "s3cret"; Kerberos is a fake one whose tokens are all different.
 */
#ifndef TESTS_SAS_CLIENT_H
#define TESTS_SAS_CLIENT_H
#include <csiv2/sas.h>
#include <support/env.h>
#include <support/fake_mech.h>
#include <support/test.h>
#include <troth/sas.h>

enum { CLEAR = 0, GSSUP = 1, KERBEROS = 2, ONEWAY = 4 };

typedef struct css_rig {
    test_env env;
    fake_mech kerberos;
    const troth_mech *list[2];
    troth_mech_table table;
    troth_cred *cred;
    troth_transport transport;
    troth_sas_client_options opts; /* to be changed before css_start */
    troth_sas_client *client;
    unsigned jobs; /* run so far */
} css_rig;

/* What the client made of a request. element points to a copy. */
typedef struct css_sent {
    uint64_t id;
    bool send, has_element;
    troth_sas_message m;
    troth_error error;
    uint8_t octets[4096];
    size_t len;
} css_sent;

/* Options of a stateful client on TLS, for V12's target (GSSUP required, names may be asserted), with these credentials. */
void css_init(css_rig *r, unsigned creds);
/* The list of V12 with another AS_ContextSec: Kerberos for svc/host@REALM. */
void css_list_kerberos(css_rig *r);
void css_start(css_rig *r);
void css_end(css_rig *r);
/* Give a request; the statuses' sake is the caller's. */
troth_status css_call(css_rig *r, uint64_t id, unsigned how, const troth_sas_assertion *a);
/* Run every job there is. */
void css_work(css_rig *r);
/* The next request on its way; fails the test when there is none. */
css_sent css_take(css_rig *r);
bool css_idle(css_rig *r);
/* Call, work, take. */
css_sent css_send(css_rig *r, uint64_t id);
css_sent css_send_for(css_rig *r, uint64_t id, const char *user);
/* Reply to a request. */
troth_sas_fate css_complete(css_rig *r, uint64_t id, uint64_t context, bool stateful);
troth_sas_fate css_error(css_rig *r, uint64_t id, uint64_t context, int32_t major, int32_t minor);
troth_sas_fate css_plain(css_rig *r, uint64_t id, troth_sas_reply_kind kind);
troth_sas_fate css_message(css_rig *r, uint64_t id, troth_sas_reply_kind kind, const troth_sas_message *m,
                           troth_error *ret_error);
troth_sas_fate css_octets(css_rig *r, uint64_t id, troth_sas_reply_kind kind, const uint8_t *p, size_t n,
                          troth_error *ret_error);
/* Establish a context for reuse with request id 1,000,000; tells its id. */
uint64_t css_establish(css_rig *r);

/* What a thing sent must be. */
void is_establish(const css_sent *s, uint64_t id, uint64_t context);
void is_in_context(const css_sent *s, uint64_t id, uint64_t context);
void is_bare(const css_sent *s, uint64_t id);
void is_denied(const css_sent *s, uint64_t id, troth_status why);
void same_token(const css_sent *a, const css_sent *b);
void other_token(const css_sent *a, const css_sent *b);
#endif
