/* CORBA 24.3.1.1: who the caller is, and what is answered where that is nobody: the hostile inputs about messages, tokens
 * and identities, by their numbers. */
#include <csiv2/gssup.h>
#include <csiv2/names.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include "sas_judged.h"
#include <support/vectors.h>

/* ---- messages ---- */

static void raw(const char *what, const char *hex, bool marshal)
{
    uint8_t octets[256];
    troth_bytes e = { octets, unhex(hex, octets, sizeof octets) };
    sas_told t = sas_ask(&rig, e);
    if (t.accepted || t.marshal != marshal || t.major)
        fail_msg("%s: accepted %d, marshal %d, ContextError %d", what, t.accepted, t.marshal, t.major);
}

static void test_no_messages(void **state)
{
    (void)state;
    open_rig();
    raw("13: discriminator 2", "01000200 00000000 01000000 00000000 00000000", false);
    raw("13: discriminator 3", "01000300 00000000 01000000 00000000 00000000", false);
    raw("13: discriminator -1", "0100ffff 00000000 01000000 00000000 00000000", false);
    raw("13: discriminator 256", "01000001 00000000 01000000 00000000 00000000", false);
    raw("13: CompleteEstablishContext from a client", "01000100 00000000 01000000 00000000 01000000 00000000", false);
    raw("13: ContextError from a client", "01000400 00000000 07000000 00000000 04000000 01000000 00000000", false);
    raw("14: byte order 2", "02000500 00000000 01000000 00000000 00", true);
    raw("14: byte order 255", "ff000500 00000000 01000000 00000000 00", true);
    raw("15: one octet", "01", true);
    raw("15: ends in a gap", "01000500 0000", true);
    raw("17: length 7fffffff", "01000000 00000000 01000000 00000000 00000000 00000000 01000000 ffffff7f", true);
    raw("17: length ffffffff", "01000000 00000000 01000000 00000000 00000000 00000000 01000000 ffffffff", true);
    raw("18: ffffffff elements", "01000000 00000000 01000000 00000000 ffffffff 00000000 01000000 00000000", true);
    raw("19: id at offset 4", "01000500 01000000 00000000 00", true);
    raw("20: boolean 2", "01000500 00000000 01000000 00000000 02", true);
    raw("21: an octet behind", "01000500 00000000 01000000 00000000 0000", true);
    troth_sas_request q = { 5, true, 1, { (const uint8_t *)"", 0 } };
    troth_sas_verdict v;
    assert_int_equal(troth_sas_session_request(rig.s, &q, rig.now), TROTH_OK);
    assert_true(troth_sas_session_verdict(rig.s, &v));
    assert_true(!v.accepted && v.marshal && !v.element.len); /* 15: none at all */
    q.n_elements = 2;                                        /* 28 */
    q.element = sas_establish(1, sas_gssup("alice", "s3cret", "default"), NULL);
    assert_int_equal(troth_sas_session_request(rig.s, &q, rig.now), TROTH_OK);
    assert_true(troth_sas_session_verdict(rig.s, &v));
    assert_true(!v.accepted && !v.marshal && !v.element.len);
    assert_int_equal(rig.checks, 0);
    assert_int_equal(rig.s->failures, 0);
    sas_rig_close(&rig);
}

static void test_listed_peers(void **state)
{
    (void)state;
    uint8_t octets[64];
    sas_rig_init(&rig);
    rig.o.quirks = TROTH_SAS_QUIRK_BOOLEANS | TROTH_SAS_QUIRK_TRAILING | TROTH_SAS_QUIRK_WRAPPED_NAME;
    rig.trusted = "gw";
    sas_rig_open(&rig);
    accepted("establish", sas_establish(1, sas_gssup("alice", "s3cret", "default"), NULL), "alice");
    const char *odd[] = { "01000500 00000000 01000000 00000000 0000", "01000500 00000000 01000000 00000000 02" };
    for (size_t i = 0; i < 2; i++)
        accepted(odd[i], (troth_bytes){ octets, unhex(odd[i], octets, sizeof octets) }, "alice");
    troth_writer w = troth_writer_over(octets, sizeof octets, TROTH_LE);
    troth_cdr_out c = troth_cdr_out_encapsulation(&w);
    troth_cdr_put_octets(&c, sas_name("carol"));
    troth_sas_identity wrapped = { TROTH_CSI_ITT_PRINCIPAL_NAME, { octets, w.len } };
    accepted("wrapped", sas_establish(0, sas_gssup("gw", "gateway", "default"), &wrapped), "carol");
    sas_rig_close(&rig);
}

/* JacORB's frames, in which a length of 128 and more stands in groups of 7 bits. */
static void one_length(size_t realm_len, bool listed)
{
    char realm[300] = "";
    uint8_t odd[512];
    troth_bytes inner;
    troth_oid oid;
    memset(realm, 'r', realm_len);
    sas_rig_init(&rig);
    rig.o.realm = realm;
    rig.o.quirks = listed ? TROTH_SAS_QUIRK_LENGTHS : 0;
    sas_rig_open(&rig);
    troth_bytes token = sas_gssup("alice", "s3cret", realm);
    assert_int_equal(troth_csi_token_open(token, &oid, &inner), TROTH_OK);
    size_t len = 8 + inner.len, n = 0;
    odd[n++] = 0x60;
    if (len >= 128)
        odd[n++] = (uint8_t)(len >> 7 | 0x80);
    odd[n++] = len & 0x7f;
    memcpy(odd + n, token.data + (token.len - len), len);
    n += len;
    accepted("as the text has it", sas_establish(0, token, NULL), "alice");
    if (listed || len < 128)
        accepted("groups of 7 bits", sas_establish(1, (troth_bytes){ odd, n }, NULL), "alice");
    else
        refused("groups of 7 bits", sas_establish(1, (troth_bytes){ odd, n }, NULL), 1);
    odd[len < 128 ? 1 : 2] ^= 1;
    refused("a length that is not the rest", sas_establish(2, (troth_bytes){ odd, n }, NULL), 1);
    sas_rig_close(&rig);
}

static void test_listed_lengths(void **state)
{
    (void)state;
    for (size_t n = 60; n < 300; n += n < 75 ? 1 : 37) {
        one_length(n, false);
        one_length(n, true);
    }
}

/* ---- client authentication ---- */

static void test_tokens(void **state)
{
    (void)state;
    uint8_t t[512];
    sas_rig_init(&rig);
    rig.o.failures = 1000;
    rig.o.user_failures = 1000;
    sas_rig_open(&rig);
    const struct {
        const char *what, *hex;
        int32_t major;
    } framing[] = {
        { "24: indefinite length", "6080 06066781020101010000", 1 },
        { "24: length ffffffff", "6084ffffffff 0606678102010101", 1 },
        { "24: length that is not the rest", "6009 0606678102010101", 1 },
        { "24: first octet", "6108 0606678102010101", 1 },
        { "24: an unknown OID (LTPA)", "600b 06082b0601040102030500", 2 },
        { "24: SPNEGO", "6008 06062b0601050502", 2 },
        { "24: nothing inside", "6008 0606678102010101", 1 },
    };
    for (size_t i = 0; i < sizeof framing / sizeof *framing; i++)
        refused(framing[i].what, sas_establish(1, (troth_bytes){ t, unhex(framing[i].hex, t, sizeof t) }, NULL),
                framing[i].major);
    troth_bytes good = sas_gssup("alice", "s3cret", "default"); /* 24: a length in more octets than it needs */
    const uint8_t head[] = { 0x60, 0x81, good.data[1] };
    memcpy(t, head, 3);
    memcpy(t + 3, good.data + 2, good.len - 2);
    accepted("24: length 81 3f", sas_establish(0, (troth_bytes){ t, good.len + 1 }, NULL), "alice");
    /* 26 */
    refused("26: no password", sas_establish(0, sas_gssup("alice", "", "default"), NULL), 1);
    refused("26: no user", sas_establish(0, sas_gssup("", "s3cret", "default"), NULL), 1);
    refused("26: invalid UTF-8", sas_establish(0, sas_gssup("al\xc3(ce", "s3cret", "default"), NULL), 1);
    char *large = calloc(1, 2001);
    memset(large, 'a', 2000);
    refused("26: a user of 2000", sas_establish(0, sas_gssup(large, "s3cret", "default"), NULL), 1);
    free(large);
    memcpy(t, good.data, good.len);
    t[10 + 8 + 2] = 0;
    assert_int_equal(good.data[10 + 8], 'a');
    refused("26: NUL", sas_establish(0, (troth_bytes){ t, good.len }, NULL), 1);
    unsigned seen = rig.checks;
    refused("27: another realm", sas_establish(0, sas_gssup("alice", "s3cret", "other"), NULL), 1);
    refused("27: no realm", sas_establish(0, sas_gssup("alice", "s3cret", NULL), NULL), 1);
    assert_int_equal(rig.checks, seen); /* the password was not tried */
    refused("wrong password", sas_establish(0, sas_gssup("alice", "wrong", "default"), NULL), 1);
    refused("no such user", sas_establish(0, sas_gssup("nobody", "s3cret", "default"), NULL), 1);
    refused("a mechanism of two legs", sas_establish(1, sas_krb("AP-REQ alice@R 9 more"), NULL), 2);
    sas_rig_close(&rig);
}

/* 25: an order of its own, inside and outside; and octets that are aligned to the outer message by mistake */
static void test_misaligned(void **state)
{
    (void)state;
    uint8_t t[256];
    open_rig();
    troth_bytes good = sas_gssup("alice", "s3cret", "default");
    memcpy(t, good.data, good.len);
    memmove(t + 10 + 2, t + 10 + 4, good.len - 14); /* two octets of the gap are missing */
    t[1] = (uint8_t)(t[1] - 2);
    refused("25", sas_establish(0, (troth_bytes){ t, good.len - 2 }, NULL), 1);
    assert_int_equal(rig.checks, 0);
    troth_sas_message m = { .type = TROTH_SAS_ESTABLISH_CONTEXT };
    m.establish.client_authentication_token = good;
    accepted("25: big-endian around little-endian", sas_message(&m, TROTH_BE), "alice");
    troth_writer w = troth_writer_over(t, sizeof t, TROTH_BE);
    troth_gssup_write(&w, &(troth_gssup){ { (const uint8_t *)"bob", 3 },
                                          { (const uint8_t *)"hunter2", 7 },
                                          { good.data + good.len - 23, 23 } });
    m.establish.client_authentication_token = (troth_bytes){ t, w.len };
    accepted("25: little-endian around big-endian", sas_message(&m, TROTH_LE), "bob");
    sas_rig_close(&rig);
}

static void test_target_options(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.empty_target = rig.o.reveal = true;
    sas_rig_open(&rig);
    accepted("27: no realm, by policy", sas_establish(0, sas_gssup("alice", "s3cret", NULL), NULL), "alice");
    const struct {
        troth_bytes token;
        char code;
    } cases[] = { { sas_gssup("nobody", "s3cret", "default"), 3 }, /* a check does not say which */
                  { sas_gssup("alice", "wrong", "default"), 3 },
                  { sas_gssup("alice", "s3cret", "other"), 4 } };
    for (size_t i = 0; i < 3; i++) {
        sas_told t = sas_ask(&rig, sas_establish(0, cases[i].token, NULL));
        assert_int_equal(t.major, 1);
        assert_int_equal(t.token[4], cases[i].code);
    }
    sas_rig_close(&rig);
}

/* 33: before the mechanism runs, before the password goes anywhere */
static void test_clear_link(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.clear_password = false;
    sas_rig_open(&rig);
    refused("33", sas_establish(1, sas_gssup("alice", "s3cret", "default"), NULL), 2);
    assert_int_equal(rig.checks, 0);
    assert_int_equal(rig.s->n_checks, 0);
    accepted("Kerberos may", sas_establish(1, sas_krb("AP-REQ alice@R 1"), NULL), "alice@R");
    troth_sas_session *tls;
    rig.transport.tls = true;
    assert_int_equal(troth_sas_session_new(rig.t, &rig.env.env, &rig.transport, &tls), TROTH_OK);
    sas_told t = sas_ask_on(&rig, tls, sas_establish(1, sas_gssup("alice", "s3cret", "default"), NULL));
    assert_true(t.accepted);
    troth_sas_session_free(tls);
    sas_rig_close(&rig);
}

/* 1.8, 1 and 7: required and missing, present and not supported, none at all */
static void test_required(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.o.required = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT;
    sas_rig_open(&rig);
    refused("no token", sas_establish(1, nothing, NULL), 1);
    sas_told t = sas_ask(&rig, nothing); /* no service context: none in the answer */
    assert_true(!t.accepted && !t.major && !t.complete && !t.marshal);
    accepted("a token", sas_establish(1, sas_gssup("alice", "s3cret", "default"), NULL), "alice");
    sas_rig_close(&rig);

    sas_rig_init(&rig);
    rig.o.required = TROTH_CSI_CONFIDENTIALITY;
    sas_rig_open(&rig);
    refused("clear link", sas_establish(1, sas_gssup("alice", "s3cret", "default"), NULL), 2);
    assert_false(sas_ask(&rig, nothing).accepted);
    assert_int_equal(rig.checks, 0);
    sas_rig_close(&rig);

    sas_rig_init(&rig);
    rig.o.cred = NULL;
    sas_rig_open(&rig);
    refused("a token that nobody asked for", sas_establish(1, sas_gssup("alice", "s3cret", "default"), NULL), 2);
    sas_rig_close(&rig);
}

/* 1.8, 2: the token's identity, else TLS', else nobody's */
static void test_layers(void **state)
{
    (void)state;
    sas_rig_init(&rig);
    rig.transport = (troth_transport){ .tls = true, .tls_identity = "carol@TLS.TEST" };
    rig.o.required = TROTH_CSI_ESTABLISH_TRUST_IN_CLIENT | TROTH_CSI_INTEGRITY;
    sas_rig_open(&rig);
    sas_told t = accepted("TLS alone", nothing, "carol@TLS.TEST");
    assert_int_equal(t.caller.mech, TROTH_MECH_TLS);
    assert_string_equal(rig.s->tls_identity.account, "carol");
    assert_string_equal(rig.s->tls_identity.authority, "TLS.TEST");
    t = accepted("TLS, EstablishContext", sas_establish(1, nothing, NULL), "carol@TLS.TEST");
    assert_true(t.complete && t.stateful);
    t = accepted("in context", sas_in_context(1, false), "carol@TLS.TEST");
    t = accepted("token", sas_establish(2, sas_gssup("alice", "s3cret", "default"), NULL), "alice");
    assert_string_equal(t.authenticated, "alice");
    sas_rig_close(&rig);
    /* nobody, and no rules: nobody comes in */
    sas_rig_init(&rig);
    rig.o.rules.allows = NULL;
    sas_rig_open(&rig);
    assert_false(sas_ask(&rig, nothing).accepted);
    refused("nobody", sas_establish(1, nothing, NULL), 1);
    sas_rig_close(&rig);
    open_rig();
    t = accepted("nobody, allowed", nothing, "");
    assert_int_equal(t.caller.mech, TROTH_MECH_NONE);
    sas_rig_close(&rig);
}

/* 37: the user is disabled: the context is gone, and new evidence is refused */
static void test_disabled(void **state)
{
    (void)state;
    open_rig();
    accepted("establish", sas_establish(1, sas_gssup("alice", "s3cret", "default"), NULL), "alice");
    accepted("establish", sas_establish(2, sas_gssup("alice", "s3cret", "default"), NULL), "alice");
    rig.banned = "alice";
    refused("37: in context", sas_in_context(1, false), 4);
    refused("37: equivalent evidence, judged again", sas_establish(2, sas_gssup("alice", "s3cret", "default"), NULL),
            1);
    refused("37: new evidence", sas_establish(1, sas_gssup("alice", "s3cret", "default"), NULL), 1);
    assert_int_equal(troth_sas_session_contexts(rig.s), 0);
    rig.banned = NULL;
    refused("gone", sas_in_context(2, false), 4);
    sas_rig_close(&rig);
}

/* ---- every prefix and flip of the vectors ---- */

typedef struct flip {
    bool password; /* the octets carry alice's */
    troth_bytes whole;
} flip;

static void one_flip(const uint8_t *p, size_t n, void *arg)
{
    const flip *f = arg;
    uint8_t ours[256];
    memcpy(ours, p, n); /* views stay as long as the message */
    sas_told t = sas_ask(&rig, (troth_bytes){ n ? ours : (const uint8_t *)"", n });
    if (!t.accepted)
        return;
    if (f->password && strcmp(t.name, "alice") != 0 && *t.name)
        fail_msg("flipped octets made \"%s\" of alice", t.name);
    if (!f->password && t.caller.mech != TROTH_MECH_NONE && t.caller.mech != TROTH_MECH_GSSUP)
        fail_msg("mechanism %d without a token", t.caller.mech);
}

static void mutate(const vector *v, void *arg)
{
    static const char *const wanted[] = { "V3 ", "V4 ", "V5 ", "V10", "V11" };
    uint8_t octets[256];
    (void)arg;
    for (size_t i = 0; i < 5; i++) {
        if (strncmp(v->name, wanted[i], 3) != 0)
            continue;
        size_t n = vector_hex(v, "hex", octets, sizeof octets);
        flip f = { i == 0, { octets, n } };
        sas_rig_init(&rig);
        rig.o.failures = rig.o.user_failures = 100000;
        rig.o.contexts = 4;
        sas_rig_open(&rig);
        if (i >= 3)
            accepted("a context to be in", sas_establish(1, sas_gssup("alice", "s3cret", "default"), NULL), "alice");
        vectors_mutate(octets, n, one_flip, &f);
        /* and the octets as they are still do what they should */
        sas_told t = sas_ask(&rig, (troth_bytes){ octets, n });
        assert_int_equal(t.accepted, i == 0 || (i == 3 && troth_sas_session_contexts(rig.s)));
        sas_rig_close(&rig);
    }
}

static void test_flips(void **state)
{
    (void)state;
    vectors_each("sas/messages.txt", mutate, NULL);
}

/* ---- memory ---- */

/* The n-th allocation fails: nothing is taken, or it is served without being kept, and nothing is lost. */
static void exercise(sas_rig *r)
{
    troth_sas_identity carol = { TROTH_CSI_ITT_PRINCIPAL_NAME, sas_name("carol") };
    const troth_bytes elements[] = {
        sas_establish(1, sas_krb("AP-REQ gw@R 1 mutual"), &carol),
        sas_establish(2, sas_gssup("alice", "wrong", "default"), NULL),
        sas_establish(1, sas_krb("AP-REQ gw@R 1 mutual"), &carol),
        sas_in_context(1, false),
        sas_establish(3, nothing, NULL),
    };
    for (size_t i = 0; i < 5; i++) {
        troth_sas_request q = { i, true, 1, elements[i] };
        if (troth_sas_session_request(r->s, &q, r->now) && troth_sas_session_request(r->s, &q, r->now))
            continue;
        sas_run(r, r->s);
        sas_told t = sas_take(r, r->s);
        assert_true(t.any);
        if (t.accepted) {
            sas_answer(r, r->s, &t);
            assert_string_equal(t.name, i < 4 ? "carol" : "");
        }
        assert_false(t.accepted && i == 1);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    size_t last = 0;
    for (size_t n = 1;; n++) {
        sas_rig_init(&rig);
        rig.trusted = "gw@R";
        size_t before = atomic_load(&rig.env.allocs);
        rig.env.fail_at = before + n;
        troth_status st = troth_sas_target_new(&rig.o, &rig.t);
        if (!st)
            st = troth_sas_session_new(rig.t, &rig.env.env, &rig.transport, &rig.s);
        if (!st)
            exercise(&rig);
        else
            assert_int_equal(st, TROTH_NO_MEMORY);
        bool done = atomic_load(&rig.env.allocs) < rig.env.fail_at;
        sas_rig_close(&rig);
        last = n;
        if (done)
            break;
    }
    print_message("%zu allocations, each failed once\n", last - 1);
    assert_true(last > 20);
}

/* without memory for a context, it is served all the same */
static void test_budget(void **state)
{
    (void)state;
    unsigned stateless = 0;
    for (size_t n = 1; n < 12; n++) {
        open_rig();
        rig.env.fail_at = atomic_load(&rig.env.allocs) + n;
        troth_sas_request q = { 1, true, 1, sas_establish(1, nothing, NULL) };
        troth_status st = troth_sas_session_request(rig.s, &q, rig.now);
        if (!st) {
            sas_told t = sas_take(&rig, rig.s);
            assert_true(t.accepted);
            sas_answer(&rig, rig.s, &t);
            stateless += !t.stateful;
        } else {
            assert_int_equal(st, TROTH_NO_MEMORY);
        }
        sas_rig_close(&rig);
    }
    assert_true(stateless >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_no_messages),    cmocka_unit_test(test_listed_peers),
                                        cmocka_unit_test(test_listed_lengths), cmocka_unit_test(test_tokens),
                                        cmocka_unit_test(test_misaligned),     cmocka_unit_test(test_target_options),
                                        cmocka_unit_test(test_clear_link),     cmocka_unit_test(test_required),
                                        cmocka_unit_test(test_layers),         cmocka_unit_test(test_disabled),
                                        cmocka_unit_test(test_flips),          cmocka_unit_test(test_no_memory),
                                        cmocka_unit_test(test_budget) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
