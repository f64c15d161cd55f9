/* CORBA 24.3.2, the client's side: which message goes with which request. Names of tests name the rules. */
#include <csiv2/gssup.h>
#include <csiv2/mech_list.h>
#include <csiv2/sas_client.h>
#include <stdio.h>
#include <string.h>
#include <support/hex.h>
#include <support/sas_client.h>

static void start(css_rig *r, unsigned creds)
{
    css_init(r, creds);
    css_start(r);
}

/* V3, octet by octet: alice, s3cret, realm "default", id 1. */
static void test_v3(void **state)
{
    (void)state;
    css_rig r;
    uint8_t want[128];
    size_t n = unhex("01000000 00000000 01000000 00000000 00000000 00000000 01000000 41000000 60 3f 06066781 02010101"
                     "01000000 05000000 616c6963 65000000 06000000 73336372 65740000 17000000 04010008 06066781"
                     "02010101 00000007 64656661 756c74",
                     want, sizeof want);
    start(&r, GSSUP);
    css_sent s = css_send(&r, 5);
    is_establish(&s, 5, 1);
    assert_int_equal(s.len, n);
    assert_memory_equal(s.octets, want, n);
    css_end(&r);
}

/* R1, R2, SAS-1: without statefulness offered, wanted, or possible, ids are 0 and there is no MessageInContext. */
static void stateless_all_along(css_rig *r)
{
    css_start(r);
    for (uint64_t id = 1; id < 4; id++) {
        css_sent s = css_send(r, id);
        is_establish(&s, id, 0);
        assert_int_equal(css_complete(r, id, 0, false), TROTH_SAS_PASS);
    }
    css_end(r);
}

static void test_r1_stateless_target(void **state)
{
    (void)state;
    css_rig r;
    uint8_t list[128];
    css_init(&r, GSSUP);
    memcpy(list, r.opts.mech_list.data, r.opts.mech_list.len);
    list[1] = 0; /* stateful */
    r.opts.mech_list.data = list;
    stateless_all_along(&r);
}

static void test_r2_stateless_client(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    r.opts.stateful = false;
    stateless_all_along(&r);
}

static void test_sas_18_shared_transport(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    r.transport.shared = true;
    stateless_all_along(&r);
}

/* R8, SAS-6, SAS-7: until Complete, requests repeat the EstablishContext with one id and the same octets. */
static void test_r8_pending(void **state)
{
    (void)state;
    css_rig r;
    for (unsigned cred = GSSUP; cred <= KERBEROS; cred++) {
        css_init(&r, cred);
        if (cred == KERBEROS)
            css_list_kerberos(&r);
        css_start(&r);
        css_sent a = css_send(&r, 1), b = css_send(&r, 2);
        is_establish(&a, 1, 1);
        is_establish(&b, 2, 1);
        same_token(&a, &b);
        assert_int_equal(r.jobs, 1);
        assert_int_equal(css_plain(&r, 7 - 6, TROTH_SAS_REPLY_RESULT), TROTH_SAS_PASS); /* says nothing: R25 */
        css_sent c = css_send(&r, 3);
        is_establish(&c, 3, 2);
        assert_int_equal(css_complete(&r, 2, 1, true), TROTH_SAS_PASS); /* of an id that was given up */
        css_sent d = css_send(&r, 4);
        is_establish(&d, 4, 2);
        same_token(&c, &d);
        assert_int_equal(css_complete(&r, 4, 2, true), TROTH_SAS_PASS);
        css_sent e = css_send(&r, 5);
        is_in_context(&e, 5, 2);
        assert_int_equal(css_complete(&r, 3, 2, true), TROTH_SAS_PASS); /* R12 */
        css_end(&r);
    }
}

/* Those who wait for one token all go with it, in order; the context is made once. */
static void test_sas_7_waiting(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    for (uint64_t id = 1; id <= 5; id++)
        assert_int_equal(css_call(&r, id, 0, NULL), TROTH_OK);
    assert_true(css_idle(&r));
    css_work(&r);
    assert_int_equal(r.jobs, 1);
    for (uint64_t id = 1; id <= 5; id++) {
        css_sent s = css_take(&r);
        is_establish(&s, id, 1);
    }
    assert_true(css_idle(&r));
    css_end(&r);
}

/* R3: ids are in order, and others for other assertions; the same one has the same again. [SAS-5, SAS-7] */
static void test_r3_ids(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    css_sent a = css_send(&r, 1), b = css_send_for(&r, 2, "bob"), c = css_send_for(&r, 3, "carol");
    css_sent d = css_send_for(&r, 4, "bob");
    is_establish(&a, 1, 1);
    is_establish(&b, 2, 2);
    is_establish(&c, 3, 3);
    is_establish(&d, 4, 2);
    same_token(&b, &d);
    assert_int_equal(css_complete(&r, 2, 2, true), TROTH_SAS_PASS);
    css_sent e = css_send_for(&r, 5, "bob"), f = css_send_for(&r, 6, "carol");
    is_in_context(&e, 5, 2);
    is_establish(&f, 6, 3);
    css_end(&r);
}

/* R3: who has gone round all ids passes over 0 and those in use. */
static void test_r3_wraps(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    r.client->next_id = UINT64_MAX;
    css_sent a = css_send(&r, 1), b = css_send_for(&r, 2, "bob");
    is_establish(&a, 1, UINT64_MAX);
    is_establish(&b, 2, 1);
    r.client->next_id = UINT64_MAX;
    css_sent c = css_send_for(&r, 3, "carol");
    is_establish(&c, 3, 2);
    assert_int_equal(css_complete(&r, 1, UINT64_MAX, true), TROTH_SAS_PASS);
    css_sent d = css_send(&r, 4);
    is_in_context(&d, 4, UINT64_MAX);
    css_end(&r);
}

/* R9, SAS-4: negotiated down, every later request has full tokens, fresh ones, and id 0. */
/* R3: an id is in use, too, while a reply to it may come, though its context has another by now. */
static void test_r3_in_flight(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    css_send(&r, 1);
    css_send(&r, 2);
    assert_int_equal(css_error(&r, 1, 1, 3, 1), TROTH_SAS_RESEND);
    css_work(&r);
    css_sent s = css_take(&r);
    is_establish(&s, 1, 2);
    r.client->next_id = UINT64_MAX;
    s = css_send_for(&r, 3, "bob");
    is_establish(&s, 3, UINT64_MAX);
    s = css_send_for(&r, 4, "carol"); /* 1 is request 2's, 2 the context's */
    is_establish(&s, 4, 3);
    css_end(&r);
}

static void test_r9_negotiated_down(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, KERBEROS);
    css_list_kerberos(&r);
    css_start(&r);
    css_sent a = css_send(&r, 1);
    is_establish(&a, 1, 1);
    assert_int_equal(css_complete(&r, 1, 1, false), TROTH_SAS_PASS);
    css_sent b = css_send(&r, 2), c = css_send(&r, 3);
    is_establish(&b, 2, 0);
    is_establish(&c, 3, 0);
    other_token(&a, &b);
    other_token(&b, &c); /* a replay else */
    assert_int_equal(css_complete(&r, 2, 0, false), TROTH_SAS_PASS);
    css_end(&r);
}

/* R16: answers to MessageInContext: none, and both Completes that some give. */
static void test_r16_in_context(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    uint64_t context = css_establish(&r);
    for (uint64_t id = 1; id < 9; id++) {
        css_sent s = css_send(&r, id);
        is_in_context(&s, id, context);
    }
    assert_int_equal(css_plain(&r, 1, TROTH_SAS_REPLY_RESULT), TROTH_SAS_PASS);
    assert_int_equal(css_plain(&r, 2, TROTH_SAS_REPLY_EXCEPTION), TROTH_SAS_PASS);
    assert_int_equal(css_plain(&r, 3, TROTH_SAS_REPLY_REFUSED), TROTH_SAS_PASS); /* the servant's own */
    assert_int_equal(css_plain(&r, 4, TROTH_SAS_REPLY_FORWARD), TROTH_SAS_PASS);
    assert_int_equal(css_complete(&r, 5, context, true), TROTH_SAS_PASS);
    assert_int_equal(css_complete(&r, 6, 0, true), TROTH_SAS_PASS);
    assert_int_equal(css_complete(&r, 7, context, false), TROTH_SAS_PASS);
    css_sent s = css_send(&r, 20);
    is_in_context(&s, 20, context);
    assert_int_equal(r.jobs, 1);
    css_end(&r);
}

/* A Complete rides on exceptions too: the context stands all the same. [24.3.3] */
static void test_complete_with_exceptions(void **state)
{
    (void)state;
    static const troth_sas_reply_kind kinds[] = { TROTH_SAS_REPLY_RESULT, TROTH_SAS_REPLY_EXCEPTION,
                                                  TROTH_SAS_REPLY_REFUSED, TROTH_SAS_REPLY_FORWARD };
    for (size_t i = 0; i < 4; i++) {
        css_rig r;
        troth_sas_message m = { .type = TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT, .client_context_id = 1 };
        m.complete.context_stateful = true;
        start(&r, GSSUP);
        css_sent s = css_send(&r, 1);
        assert_int_equal(css_message(&r, 1, kinds[i], &m, NULL), TROTH_SAS_PASS);
        s = css_send(&r, 2);
        is_in_context(&s, 2, 1);
        css_end(&r);
    }
}

/* R24: a oneway never establishes; it goes stateless, or in a context that stands. */
static void test_r24_oneway(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    assert_int_equal(css_call(&r, 1, ONEWAY, NULL), TROTH_OK);
    css_work(&r);
    css_sent s = css_take(&r);
    is_establish(&s, 1, 0);
    troth_sas_client_end(r.client, 1, 0);
    css_sent a = css_send(&r, 2);
    is_establish(&a, 2, 1);
    assert_int_equal(css_call(&r, 3, ONEWAY, NULL), TROTH_OK); /* while it is pending */
    css_work(&r);
    s = css_take(&r);
    is_establish(&s, 3, 0);
    assert_int_equal(css_complete(&r, 2, 1, true), TROTH_SAS_PASS);
    assert_int_equal(css_call(&r, 4, ONEWAY, NULL), TROTH_OK);
    s = css_take(&r);
    is_in_context(&s, 4, 1);
    troth_sas_client_end(r.client, 4, 0);
    s = css_send(&r, 5);
    is_in_context(&s, 5, 1);
    css_end(&r);
}

/* Once Complete was seen, nothing of the token is left with the client; before, it is. */
static void test_token_wiped(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    css_sent s = css_send(&r, 1);
    const troth_sas_client_context *x =
        troth_idtable_find(&r.client->contexts, (troth_bytes){ r.client->assertion.data, r.client->assertion.len });
    assert_non_null(x);
    assert_int_equal(x->token.len, s.m.establish.client_authentication_token.len);
    assert_int_equal(css_complete(&r, 1, 1, true), TROTH_SAS_PASS);
    assert_null(x->token.data);
    assert_null(memmem(r.client->out.base, r.client->out.cap, "s3cret", 6)); /* nor in what was shown */
    css_end(&r);
    css_init(&r, GSSUP);
    r.opts.stateful = false;
    css_start(&r);
    s = css_send(&r, 1); /* a request's own token is of no use once it is sent */
    is_establish(&s, 1, 0);
    const troth_sas_client_request *q = (troth_sas_client_request *)troth_sas_table_find(&r.client->requests, 1);
    assert_non_null(q);
    assert_null(q->token.data);
    css_end(&r);
}

/* Identity tokens: V4's for a user, every type that may be asserted, and the wrapped form for listed peers. */
static void test_identities(void **state)
{
    (void)state;
    css_rig r;
    uint8_t v4[64];
    size_t n = unhex("01000000 00000000 00000000 00000000 00000000 02000000 13000000 04010008 06066781 02010101 "
                     "00000003 626f6200 00000000",
                     v4, sizeof v4);
    css_init(&r, CLEAR);
    r.opts.mech_list.len = 0;
    r.opts.unlisted = true;
    r.opts.stateful = false;
    r.opts.assertion.user = "bob";
    css_start(&r);
    css_sent s = css_send(&r, 1);
    assert_int_equal(s.len, n);
    assert_memory_equal(s.octets, v4, n);
    troth_sas_assertion anonymous = { .type = TROTH_CSI_ITT_ANONYMOUS };
    assert_int_equal(css_call(&r, 2, 0, &anonymous), TROTH_OK);
    s = css_take(&r);
    is_establish(&s, 2, 0);
    assert_int_equal(s.m.establish.identity_token.type, TROTH_CSI_ITT_ANONYMOUS);
    uint8_t dn[16];
    troth_sas_assertion named = { TROTH_CSI_ITT_DISTINGUISHED_NAME,
                                  { dn, unhex("300c310a300806035504030c0141", dn, sizeof dn) },
                                  NULL };
    assert_int_equal(css_call(&r, 3, 0, &named), TROTH_OK);
    s = css_take(&r);
    assert_int_equal(s.m.establish.identity_token.type, TROTH_CSI_ITT_DISTINGUISHED_NAME);
    assert_memory_equal(s.m.establish.identity_token.octets.data, dn, named.name.len);
    troth_sas_assertion nobody = { 0 };
    assert_int_equal(css_call(&r, 4, 0, &nobody), TROTH_OK);
    s = css_take(&r);
    is_bare(&s, 4);
    css_end(&r);

    css_init(&r, CLEAR);
    r.opts.mech_list.len = 0;
    r.opts.unlisted = true;
    r.opts.quirks = TROTH_SAS_QUIRK_WRAPPED_NAME;
    r.opts.assertion.user = "bob";
    css_start(&r);
    s = css_send(&r, 1);
    troth_bytes octets = s.m.establish.identity_token.octets;
    assert_int_equal(octets.len, 8 + 19);
    assert_memory_equal(octets.data, "\1\0\0\0\x13\0\0\0\4\1\0\x8", 12);
    assert_int_equal(css_call(&r, 2, 0, &named), TROTH_OK); /* names of another kind are no exported names */
    css_work(&r);
    s = css_take(&r);
    octets = s.m.establish.identity_token.octets;
    assert_int_equal(octets.len, named.name.len);
    assert_memory_equal(octets.data, dn, octets.len);
    css_end(&r);
}

/* A target's name that is not the mechanism's own stands in the token as it was announced. */
static void test_target_as_announced(void **state)
{
    (void)state;
    static const uint8_t name[] = "no exported name";
    uint8_t octets[256];
    css_rig r;
    troth_csi_mech_list list;
    troth_gssup token;
    css_init(&r, GSSUP);
    assert_int_equal(troth_csi_mech_list_read(r.opts.mech_list, &list), TROTH_OK);
    list.mechs[0].as.target_name = (troth_bytes){ name, sizeof name };
    troth_writer w = troth_writer_over(octets, sizeof octets, TROTH_LE);
    troth_csi_mech_list_write(&w, &list);
    r.opts.mech_list = (troth_bytes){ octets, w.len };
    css_start(&r);
    css_sent s = css_send(&r, 1);
    is_establish(&s, 1, 1);
    assert_int_equal(troth_gssup_read(s.m.establish.client_authentication_token, &token), TROTH_OK);
    assert_int_equal(token.target_name.len, sizeof name);
    assert_memory_equal(token.target_name.data, name, sizeof name);
    assert_int_equal(token.username.len, 5);
    assert_int_equal(token.password.len, 6);
    css_end(&r);
}

static void test_bad_assertions(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    troth_sas_assertion a = { .type = 3 };
    assert_int_equal(css_call(&r, 1, 0, &a), TROTH_INVALID);
    a = (troth_sas_assertion){ .type = TROTH_CSI_ITT_ANONYMOUS, .user = "bob" };
    assert_int_equal(css_call(&r, 1, 0, &a), TROTH_INVALID);
    a = (troth_sas_assertion){ .type = TROTH_CSI_ITT_PRINCIPAL_NAME, .name = { (const uint8_t *)"bob", 3 } };
    assert_int_equal(css_call(&r, 1, 0, &a), TROTH_MALFORMED);
    a = (troth_sas_assertion){ .user = "" };
    assert_int_equal(css_call(&r, 1, 0, &a), TROTH_MALFORMED);
    a = (troth_sas_assertion){ .user = "bob\\x" };
    assert_int_equal(css_call(&r, 1, 0, &a), TROTH_MALFORMED);
    a = (troth_sas_assertion){ .type = TROTH_CSI_ITT_ANONYMOUS }; /* V12 takes names only */
    assert_int_equal(css_call(&r, 1, 0, &a), TROTH_OK);
    css_sent s = css_take(&r);
    is_denied(&s, 1, TROTH_NO_MECH);
    s = css_send(&r, 1); /* the id has ended */
    is_establish(&s, 1, 1);
    assert_int_equal(css_call(&r, 1, 0, NULL), TROTH_INVALID);
    css_end(&r);
}

/* Assertions above the bound are served stateless, and leave nothing behind. */
static void test_contexts_bound(void **state)
{
    (void)state;
    css_rig r;
    char user[16];
    css_init(&r, GSSUP);
    r.opts.contexts = 2;
    css_start(&r);
    for (uint64_t id = 1; id <= 2; id++) {
        snprintf(user, sizeof user, "user%u", (unsigned)id);
        css_sent s = css_send_for(&r, id, user);
        is_establish(&s, id, id);
    }
    css_call(&r, 3, 0, &(troth_sas_assertion){ .user = "x" });
    css_work(&r);
    css_sent s = css_take(&r);
    is_establish(&s, 3, 0);
    assert_int_equal(css_complete(&r, 3, 0, false), TROTH_SAS_PASS);
    size_t held = r.env.held;
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(user, sizeof user, "more%u", i);
        s = css_send_for(&r, 10 + i, user);
        is_establish(&s, 10 + i, 0);
        assert_int_equal(css_complete(&r, 10 + i, 0, false), TROTH_SAS_PASS);
    }
    assert_true(r.env.held <= held + 64);
    assert_int_equal(css_complete(&r, 1, 1, true), TROTH_SAS_PASS);
    s = css_send_for(&r, 5, "user1");
    is_in_context(&s, 5, 1);
    css_end(&r);
}

/* Requests that wait are bounded; the next one is welcome once a job came back. */
static void test_waiting_bound(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    uint64_t id = 1;
    while (css_call(&r, id, 0, NULL) == TROTH_OK)
        id++;
    assert_int_equal(id, 1 + TROTH_SAS_CLIENT_WAITING);
    assert_int_equal(css_call(&r, id, 0, NULL), TROTH_AGAIN);
    css_work(&r);
    assert_int_equal(css_call(&r, id, 0, NULL), TROTH_OK);
    for (uint64_t i = 1; i <= id; i++) {
        css_sent s = css_take(&r);
        is_establish(&s, i, 1);
    }
    css_end(&r);
}

/* Who gives requests up leaves their jobs: those are bounded, too. */
static void test_jobs_bound(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    r.opts.stateful = false;
    css_start(&r);
    uint64_t id = 1;
    for (; id < 3000 && css_call(&r, id, 0, NULL) == TROTH_OK; id++)
        troth_sas_client_end(r.client, id, 0);
    assert_int_equal(id, 1 + TROTH_SAS_CLIENT_WAITING);
    css_work(&r);
    assert_int_equal(css_call(&r, id, 0, NULL), TROTH_OK);
    css_end(&r);
}

/* Without a mechanism, requests pass bare, and so do replies. */
static void test_bare(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    r.opts.mech_list.len = 0;
    css_start(&r);
    assert_null(troth_sas_client_mech(r.client));
    css_sent s = css_send(&r, 1);
    is_bare(&s, 1);
    assert_int_equal(css_plain(&r, 1, TROTH_SAS_REPLY_RESULT), TROTH_SAS_PASS);
    assert_int_equal(r.jobs, 0);
    css_end(&r);
}

/* R27: a cancelled request leaves no context that was not seen to stand; what others prove stays. */
static void test_r27_cancel(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    css_sent a = css_send(&r, 1);
    is_establish(&a, 1, 1);
    troth_sas_client_end(r.client, 1, 0);
    css_sent b = css_send(&r, 2), c = css_send(&r, 3);
    is_establish(&b, 2, 2);
    is_establish(&c, 3, 2);
    troth_sas_client_end(r.client, 2, 0);
    css_sent d = css_send(&r, 4);
    is_establish(&d, 4, 2);
    assert_int_equal(css_complete(&r, 3, 2, true), TROTH_SAS_PASS);
    troth_sas_client_end(r.client, 4, 0);
    css_sent e = css_send(&r, 5);
    is_in_context(&e, 5, 2);
    troth_sas_client_end(r.client, 5, 0);
    troth_sas_client_end(r.client, 77, 0);
    troth_sas_fate fate;
    troth_sas_answer gone = { .id = 5 };
    assert_int_equal(troth_sas_client_reply(r.client, &gone, 0, &fate, NULL), TROTH_INVALID);
    css_end(&r);
}

/* Requests that end while their token is made, or before they are taken. */
static void test_end_before_sent(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    troth_sas_answer early = { .id = 1 };
    troth_sas_fate fate;
    assert_int_equal(css_call(&r, 1, 0, NULL), TROTH_OK);
    assert_int_equal(troth_sas_client_reply(r.client, &early, 0, &fate, NULL), TROTH_INVALID);
    assert_int_equal(css_call(&r, 2, ONEWAY, NULL), TROTH_OK);
    troth_sas_client_end(r.client, 1, 0);
    troth_sas_client_end(r.client, 2, 0);
    css_work(&r); /* nobody wants them any more */
    assert_true(css_idle(&r));
    assert_int_equal(css_call(&r, 3, 0, NULL), TROTH_OK);
    css_work(&r);
    assert_int_equal(css_call(&r, 4, 0, NULL), TROTH_OK);
    troth_sas_client_end(r.client, 3, 0);
    css_sent s = css_take(&r);
    is_establish(&s, 4, 1);
    assert_true(css_idle(&r));
    css_end(&r);
}

/* R21, SAS-17: with the client everything goes; a job that is out is its owner's. */
static void test_sas_17_end_of_connection(void **state)
{
    (void)state;
    css_rig r;
    troth_job *out = NULL;
    start(&r, GSSUP);
    assert_int_equal(css_call(&r, 1, 0, NULL), TROTH_OK);
    assert_int_equal(css_call(&r, 2, ONEWAY, NULL), TROTH_OK);
    assert_true(troth_sas_client_job(r.client, &out));
    troth_sas_client_free(r.client);
    troth_job_run(out);
    troth_job_free(out);
    css_start(&r); /* another connection knows nothing of it */
    css_sent s = css_send(&r, 1);
    is_establish(&s, 1, 1);
    css_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v3),
        cmocka_unit_test(test_r1_stateless_target),
        cmocka_unit_test(test_r2_stateless_client),
        cmocka_unit_test(test_sas_18_shared_transport),
        cmocka_unit_test(test_r8_pending),
        cmocka_unit_test(test_sas_7_waiting),
        cmocka_unit_test(test_r3_ids),
        cmocka_unit_test(test_r3_wraps),
        cmocka_unit_test(test_r3_in_flight),
        cmocka_unit_test(test_r9_negotiated_down),
        cmocka_unit_test(test_r16_in_context),
        cmocka_unit_test(test_complete_with_exceptions),
        cmocka_unit_test(test_r24_oneway),
        cmocka_unit_test(test_token_wiped),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_target_as_announced),
        cmocka_unit_test(test_bad_assertions),
        cmocka_unit_test(test_contexts_bound),
        cmocka_unit_test(test_waiting_bound),
        cmocka_unit_test(test_jobs_bound),
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_r27_cancel),
        cmocka_unit_test(test_end_before_sent),
        cmocka_unit_test(test_sas_17_end_of_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
