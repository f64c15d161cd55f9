/* The client that lost its context, or its id: it establishes again, once for each request. Peers with habits of their own. */
#include <csiv2/sas_client.h>
#include <string.h>
#include <support/sas_client.h>

static void start(css_rig *r)
{
    css_init(r, GSSUP);
    css_start(r);
}

static css_sent again(css_rig *r)
{
    css_work(r);
    return css_take(r);
}

/* R20, SAS-13: any ContextError to MessageInContext says that it is gone: 4/1, GlassFish's 1/4, JacORB's 2/1. */
static void test_r20_lost(void **state)
{
    (void)state;
    static const int32_t numbers[][2] = { { 4, 1 }, { 1, 4 }, { 2, 1 }, { 3, 1 }, { 1, 1 }, { 77, 0 } };
    for (size_t i = 0; i < 6; i++)
        for (uint64_t id_0 = 0; id_0 < 2; id_0++) { /* R26: some answer 0 whatever was asked */
            css_rig r;
            start(&r);
            uint64_t context = css_establish(&r);
            css_sent s = css_send(&r, 1);
            is_in_context(&s, 1, context);
            uint64_t told = id_0 ? 0 : context;
            assert_int_equal(css_error(&r, 1, told, numbers[i][0], numbers[i][1]), TROTH_SAS_RESEND);
            s = again(&r);
            is_establish(&s, 1, context + 1);
            assert_int_equal(css_complete(&r, 1, id_0 ? 0 : context + 1, true), TROTH_SAS_PASS);
            s = css_send(&r, 2);
            is_in_context(&s, 2, context + 1);
            css_end(&r);
        }
}

/* spec 5 nr 35: a target that has lost its context for ever is asked twice for each request, and no more. */
static void test_35_endless(void **state)
{
    (void)state;
    css_rig r;
    start(&r);
    uint64_t context = css_establish(&r);
    for (uint64_t id = 1; id < 50; id++) {
        css_sent s = css_send(&r, id);
        is_in_context(&s, id, context);
        assert_int_equal(css_error(&r, id, context, 4, 1), TROTH_SAS_RESEND);
        s = again(&r);
        is_establish(&s, id, ++context);
        assert_int_equal(css_complete(&r, id, context, true), TROTH_SAS_PASS);
    }
    css_sent s = css_send(&r, 100);
    assert_int_equal(css_error(&r, 100, context, 4, 1), TROTH_SAS_RESEND);
    s = again(&r);
    is_establish(&s, 100, context + 1);
    unsigned jobs = r.jobs;
    assert_int_equal(css_error(&r, 100, context + 1, 4, 1), TROTH_SAS_REFUSED); /* to the evidence itself */
    s = css_send(&r, 101);
    is_denied(&s, 101, TROTH_PEER_REFUSED);
    assert_int_equal(r.jobs, jobs);
    css_end(&r);
}

/* One that was sent again goes into a context that others have made, and is lost again: that is the end of it. */
static void test_once_each(void **state)
{
    (void)state;
    css_rig r;
    start(&r);
    css_establish(&r);
    css_sent a = css_send(&r, 1), b = css_send(&r, 2);
    is_in_context(&a, 1, 1);
    is_in_context(&b, 2, 1);
    assert_int_equal(css_error(&r, 1, 1, 4, 1), TROTH_SAS_RESEND);
    a = again(&r);
    is_establish(&a, 1, 2);
    assert_int_equal(css_complete(&r, 1, 2, true), TROTH_SAS_PASS);
    assert_int_equal(css_error(&r, 2, 1, 4, 1), TROTH_SAS_RESEND); /* late news of the old one */
    b = again(&r);
    is_in_context(&b, 2, 2);
    assert_int_equal(r.jobs, 2);
    assert_int_equal(css_error(&r, 2, 2, 4, 1), TROTH_SAS_REFUSED);
    css_sent c = css_send(&r, 3);
    is_establish(&c, 3, 3);
    css_end(&r);
}

/* What may have run is not sent again. */
static void test_not_safe(void **state)
{
    (void)state;
    css_rig r;
    start(&r);
    uint64_t context = css_establish(&r);
    css_sent s = css_send(&r, 1);
    is_in_context(&s, 1, context);
    troth_sas_message m = { .type = TROTH_SAS_CONTEXT_ERROR, .client_context_id = context };
    m.error.major_status = 4;
    m.error.minor_status = 1;
    assert_int_equal(css_message(&r, 1, TROTH_SAS_REPLY_EXCEPTION, &m, NULL), TROTH_SAS_REFUSED);
    s = css_send(&r, 2);
    is_establish(&s, 2, context + 1); /* but the context is gone */
    css_end(&r);
}

/* Error 3: the id is given up, and a fresh one tried, once. */
static void test_conflict(void **state)
{
    (void)state;
    css_rig r;
    start(&r);
    css_sent a = css_send(&r, 1), b = css_send(&r, 2);
    is_establish(&b, 2, 1);
    assert_int_equal(css_error(&r, 1, 1, 3, 1), TROTH_SAS_RESEND);
    a = again(&r);
    is_establish(&a, 1, 2);
    assert_int_equal(css_error(&r, 2, 1, 3, 1), TROTH_SAS_RESEND);
    b = again(&r);
    is_establish(&b, 2, 2);
    same_token(&a, &b);
    assert_int_equal(css_error(&r, 1, 2, 3, 1), TROTH_SAS_REFUSED);
    assert_int_equal(css_error(&r, 2, 2, 3, 1), TROTH_SAS_REFUSED);
    css_sent c = css_send(&r, 3);
    is_denied(&c, 3, TROTH_PEER_REFUSED);
    css_end(&r);
}

static void test_conflict_solved(void **state)
{
    (void)state;
    css_rig r;
    start(&r);
    css_send(&r, 1);
    assert_int_equal(css_error(&r, 1, 0, 3, 1), TROTH_SAS_RESEND);
    css_sent s = again(&r);
    is_establish(&s, 1, 2);
    assert_int_equal(css_complete(&r, 1, 2, true), TROTH_SAS_PASS);
    s = css_send(&r, 2);
    is_in_context(&s, 2, 2);
    css_end(&r);
}

/* R25: a forward, or a reply that says nothing, leaves no context; MICO says nothing at all. */
static void test_r25(void **state)
{
    (void)state;
    static const troth_sas_reply_kind kinds[] = { TROTH_SAS_REPLY_RESULT, TROTH_SAS_REPLY_EXCEPTION,
                                                  TROTH_SAS_REPLY_REFUSED, TROTH_SAS_REPLY_FORWARD };
    for (size_t i = 0; i < 4; i++) {
        css_rig r;
        start(&r);
        css_sent s = css_send(&r, 1);
        is_establish(&s, 1, 1);
        assert_int_equal(css_plain(&r, 1, kinds[i]), TROTH_SAS_PASS);
        s = css_send(&r, 2);
        is_establish(&s, 2, 2);
        css_end(&r);
    }
}

static void test_silent_peer(void **state)
{
    (void)state;
    css_rig r;
    css_init(&r, GSSUP);
    r.opts.quirks = TROTH_SAS_QUIRK_SILENT;
    css_start(&r);
    css_sent s = css_send(&r, 1);
    is_establish(&s, 1, 1);
    assert_int_equal(css_plain(&r, 1, TROTH_SAS_REPLY_RESULT), TROTH_SAS_PASS);
    for (uint64_t id = 2; id < 5; id++) {
        s = css_send(&r, id);
        is_establish(&s, id, 0);
        assert_int_equal(css_plain(&r, id, TROTH_SAS_REPLY_RESULT), TROTH_SAS_PASS);
    }
    css_end(&r);
}

/* R26: replies in any order, each for its own request. */
static void test_r26_any_order(void **state)
{
    (void)state;
    css_rig r;
    start(&r);
    for (uint64_t id = 1; id <= 4; id++)
        css_send(&r, id);
    assert_int_equal(css_complete(&r, 3, 0, true), TROTH_SAS_PASS); /* GlassFish's 0 */
    css_sent s = css_send(&r, 5);
    is_in_context(&s, 5, 1);
    assert_int_equal(css_error(&r, 5, 1, 4, 1), TROTH_SAS_RESEND);
    assert_int_equal(css_complete(&r, 1, 1, true), TROTH_SAS_PASS); /* older news: of an id that is gone */
    s = again(&r);
    is_establish(&s, 5, 2);
    assert_int_equal(css_complete(&r, 4, 1, false), TROTH_SAS_PASS);
    assert_int_equal(css_error(&r, 2, 1, 1, 1), TROTH_SAS_REFUSED);
    assert_int_equal(css_complete(&r, 5, 2, true), TROTH_SAS_PASS);
    s = css_send(&r, 6);
    is_in_context(&s, 6, 2);
    css_end(&r);
}

/* SAS-16: TRUE for one request and FALSE, decided earlier, for another: the context stands. */
static void test_overtaken(void **state)
{
    (void)state;
    css_rig r;
    start(&r);
    css_send(&r, 1);
    css_send(&r, 2);
    assert_int_equal(css_complete(&r, 2, 1, true), TROTH_SAS_PASS);
    assert_int_equal(css_complete(&r, 1, 1, false), TROTH_SAS_PASS);
    css_sent s = css_send(&r, 3);
    is_in_context(&s, 3, 1);
    css_end(&r);
}

/* The loss of one assertion's context is no other's. */
static void test_others_stay(void **state)
{
    (void)state;
    css_rig r;
    start(&r);
    css_establish(&r);
    css_send_for(&r, 1, "bob");
    assert_int_equal(css_complete(&r, 1, 2, true), TROTH_SAS_PASS);
    css_send_for(&r, 2, "bob");
    assert_int_equal(css_error(&r, 2, 2, 4, 1), TROTH_SAS_RESEND);
    css_sent s = again(&r);
    is_establish(&s, 2, 3);
    assert_non_null(memmem(s.octets, s.len, "bob", 3)); /* for the same one as before */
    s = css_send(&r, 3);
    is_in_context(&s, 3, 1);
    css_end(&r);
}

/* A request that is ready while its context goes is placed anew. */
static void test_lost_before_taken(void **state)
{
    (void)state;
    css_rig r;
    start(&r);
    css_establish(&r);
    css_send(&r, 1);
    assert_int_equal(css_call(&r, 2, 0, NULL), TROTH_OK);
    assert_int_equal(css_error(&r, 1, 1, 4, 1), TROTH_SAS_RESEND);
    assert_true(css_idle(&r)); /* both wait for one token */
    css_work(&r);
    assert_int_equal(r.jobs, 2);
    css_sent a = css_take(&r), b = css_take(&r);
    is_establish(&a, a.id, 2);
    is_establish(&b, b.id, 2);
    assert_int_equal(a.id + b.id, 3);
    css_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_r20_lost),  cmocka_unit_test(test_35_endless),  cmocka_unit_test(test_once_each),
        cmocka_unit_test(test_not_safe),  cmocka_unit_test(test_conflict),    cmocka_unit_test(test_conflict_solved),
        cmocka_unit_test(test_r25),       cmocka_unit_test(test_silent_peer), cmocka_unit_test(test_r26_any_order),
        cmocka_unit_test(test_overtaken), cmocka_unit_test(test_others_stay), cmocka_unit_test(test_lost_before_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
