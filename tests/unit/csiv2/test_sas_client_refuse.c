/* The client and what a target must not do, or what it refuses; spec section 5 nr 35. Nothing is sent twice to such a one. */
#include <csiv2/sas_client.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/sas_client.h>
#include <support/vectors.h>

static const char v6[] = "01000100 00000000 01000000 00000000 01000000 00000000";
static const char v8[] = "01000400 00000000 01000000 00000000 01000000 01000000 08000000 01000000 01000000";
static const char v9[] = "01000400 00000000 07000000 00000000 04000000 01000000 00000000";

static void start(css_rig *r, unsigned creds)
{
    css_init(r, creds);
    if (creds == KERBEROS)
        css_list_kerberos(r);
    css_start(r);
}

/* A request is denied here, and no token is made for it. */
static void nothing_more(css_rig *r, uint64_t id, troth_status why)
{
    unsigned jobs = r->jobs;
    css_sent s = css_send(r, id);
    is_denied(&s, id, why);
    assert_int_equal(css_call(r, id, ONEWAY, NULL), TROTH_OK);
    css_work(r);
    s = css_take(r);
    is_denied(&s, id, why);
    assert_int_equal(r->jobs, jobs);
}

/* Error 1 and 2 (and what nobody knows): refused, and the same password is not sent again. [24.3.5, R23] */
static void test_error_1_2(void **state)
{
    (void)state;
    static const int32_t majors[] = { 1, 2, 4, 5, 0x12345 };
    for (size_t i = 0; i < 5; i++)
        for (int stateful = 0; stateful < 2; stateful++) {
            css_rig r;
            css_init(&r, GSSUP);
            r.opts.stateful = stateful;
            css_start(&r);
            css_sent s = css_send(&r, 1), other = css_send(&r, 2);
            is_establish(&s, 1, stateful ? 1 : 0);
            is_establish(&other, 2, stateful ? 1 : 0);
            troth_error error = { 0 };
            troth_sas_message m = { .type = TROTH_SAS_CONTEXT_ERROR, .client_context_id = stateful ? 1 : 0 };
            m.error.major_status = majors[i];
            m.error.minor_status = 1;
            assert_int_equal(css_message(&r, 1, TROTH_SAS_REPLY_REFUSED, &m, &error), TROTH_SAS_REFUSED);
            assert_int_equal(error.code, TROTH_PEER_REFUSED);
            assert_int_equal(error.wire, ((uint32_t)majors[i] & 0xffff) << 16 | 1);
            nothing_more(&r, 3, TROTH_PEER_REFUSED);
            assert_int_equal(css_message(&r, 2, TROTH_SAS_REPLY_REFUSED, &m, NULL), TROTH_SAS_REFUSED);
            s = css_send_for(&r, 4, "bob"); /* that is another evidence */
            is_establish(&s, 4, stateful ? 2 : 0);
            css_end(&r);
        }
}

/* A Kerberos token is another one each time: the next request may try. */
static void test_error_1_kerberos(void **state)
{
    (void)state;
    for (int stateful = 0; stateful < 2; stateful++) {
        css_rig r;
        css_init(&r, KERBEROS);
        css_list_kerberos(&r);
        r.opts.stateful = stateful;
        css_start(&r);
        css_sent a = css_send(&r, 1);
        assert_int_equal(css_error(&r, 1, stateful ? 1 : 0, 1, 1), TROTH_SAS_REFUSED);
        css_sent b = css_send(&r, 2);
        is_establish(&b, 2, stateful ? 2 : 0);
        other_token(&a, &b);
        css_end(&r);
    }
}

/* V8: the ErrorToken's code is told. */
static void test_error_token(void **state)
{
    (void)state;
    css_rig r;
    uint8_t octets[64];
    troth_error error = { 0 };
    start(&r, GSSUP);
    css_sent s = css_send(&r, 1);
    is_establish(&s, 1, 1);
    size_t n = unhex(v8, octets, sizeof octets);
    assert_int_equal(css_octets(&r, 1, TROTH_SAS_REPLY_REFUSED, octets, n, &error), TROTH_SAS_REFUSED);
    assert_int_equal(error.gss_minor, 1);
    assert_int_equal(error.wire, 0x10001);
    css_end(&r);
}

/* A context that stands outlives an evidence refused behind it; some targets take a repeated token for a replay. */
static void test_error_behind_complete(void **state)
{
    (void)state;
    css_rig r;
    start(&r, KERBEROS);
    css_send(&r, 1);
    css_send(&r, 2);
    assert_int_equal(css_complete(&r, 1, 1, true), TROTH_SAS_PASS);
    assert_int_equal(css_error(&r, 2, 1, 1, 1), TROTH_SAS_REFUSED);
    css_sent s = css_send(&r, 3);
    is_in_context(&s, 3, 1);
    css_end(&r);
}

/* An answer that contradicts what was sent: BROKEN, and the peer gets no evidence any more. */
static void broken_by(unsigned what, troth_sas_reply_kind kind, const troth_sas_message *m, uint32_t n)
{
    css_rig r;
    css_init(&r, GSSUP);
    r.opts.stateful = what != 0;
    css_start(&r);
    uint64_t id = 1;
    if (what == 2)
        assert_true(css_establish(&r) == 1);
    css_sent s = css_send(&r, id);
    assert_true(s.m.client_context_id == (what ? 1 : 0));
    css_sent waiting = css_send_for(&r, 2, "bob");
    assert_true(waiting.send);
    troth_sas_assertion carol = { .user = "carol" };
    assert_int_equal(css_call(&r, 3, 0, &carol), TROTH_OK); /* its token is being made meanwhile */
    uint8_t octets[256];
    troth_writer w = troth_writer_over(octets, sizeof octets, TROTH_LE);
    troth_sas_write(&w, m);
    troth_sas_answer a = { id, kind, n, { octets, w.len } };
    troth_sas_fate fate;
    troth_error error = { 0 };
    assert_int_equal(troth_sas_client_reply(r.client, &a, 0, &fate, &error), TROTH_OK);
    assert_int_equal(fate, TROTH_SAS_BROKEN);
    assert_true(error.code && error.where);
    css_work(&r);
    s = css_take(&r);
    is_denied(&s, 3, error.code);
    nothing_more(&r, 4, error.code);
    s = css_send_for(&r, 5, "dave");
    is_denied(&s, 5, error.code);
    css_end(&r);
}

static troth_sas_message complete_of(uint64_t id, bool stateful)
{
    troth_sas_message m = { .type = TROTH_SAS_COMPLETE_ESTABLISH_CONTEXT, .client_context_id = id };
    m.complete.context_stateful = stateful;
    return m;
}

static troth_sas_message error_of(uint64_t id, int32_t major)
{
    troth_sas_message m = { .type = TROTH_SAS_CONTEXT_ERROR, .client_context_id = id };
    m.error.major_status = major;
    m.error.minor_status = 1;
    return m;
}

static void test_35_contradictions(void **state)
{
    (void)state;
    enum { STATELESS, PENDING, STANDING };
    const troth_sas_message stateful_0 = complete_of(0, true), other = complete_of(2, true),
                            other_down = complete_of(UINT64_MAX, false), good = complete_of(1, true);
    const troth_sas_message error = error_of(1, 1), other_error = error_of(9, 4), lost = error_of(1, 4);
    const troth_sas_message establish = { .type = TROTH_SAS_ESTABLISH_CONTEXT, .client_context_id = 1 },
                            in_context = { .type = TROTH_SAS_MESSAGE_IN_CONTEXT, .client_context_id = 1 };
    broken_by(STATELESS, TROTH_SAS_REPLY_RESULT, &stateful_0, 1);
    broken_by(STATELESS, TROTH_SAS_REPLY_RESULT, &other, 1);
    broken_by(STATELESS, TROTH_SAS_REPLY_REFUSED, &other_error, 1);
    for (unsigned what = PENDING; what <= STANDING; what++) {
        broken_by(what, TROTH_SAS_REPLY_RESULT, &other, 1);
        broken_by(what, TROTH_SAS_REPLY_RESULT, &other_down, 1);
        broken_by(what, TROTH_SAS_REPLY_REFUSED, &other_error, 1);
        broken_by(what, TROTH_SAS_REPLY_RESULT, &error, 1);
        broken_by(what, TROTH_SAS_REPLY_FORWARD, &lost, 1);
        broken_by(what, TROTH_SAS_REPLY_RESULT, &establish, 1);
        broken_by(what, TROTH_SAS_REPLY_RESULT, &in_context, 1);
        broken_by(what, TROTH_SAS_REPLY_RESULT, &good, 2);
    }
}

/* A Complete for a request that had no evidence. */
static void test_35_not_asked(void **state)
{
    (void)state;
    for (int stateful = 0; stateful < 2; stateful++) {
        css_rig r;
        css_init(&r, GSSUP);
        r.opts.mech_list.len = 0;
        css_start(&r);
        css_sent s = css_send(&r, 1);
        is_bare(&s, 1);
        troth_sas_message m = complete_of(0, stateful);
        assert_int_equal(css_message(&r, 1, TROTH_SAS_REPLY_RESULT, &m, NULL), TROTH_SAS_BROKEN);
        s = css_send(&r, 2);
        is_bare(&s, 2);
        assert_int_equal(css_error(&r, 2, 0, 2, 1), TROTH_SAS_REFUSED); /* some say what they miss */
        css_end(&r);
    }
}

/* An error_token without an end costs nothing, and is not read. */
static void test_35_huge_error_token(void **state)
{
    (void)state;
    css_rig r;
    start(&r, GSSUP);
    css_send(&r, 1);
    size_t n = (size_t)100 << 20;
    uint8_t *octets = calloc(1, n);
    assert_non_null(octets);
    unhex("01000400 00000000 01000000 00000000 01000000 01000000 e4ff3f06", octets, 28);
    size_t peak = r.env.peak;
    troth_error error = { 0 };
    assert_int_equal(css_octets(&r, 1, TROTH_SAS_REPLY_REFUSED, octets, n, &error), TROTH_SAS_BROKEN);
    assert_int_equal(error.code, TROTH_LIMIT);
    assert_true(r.env.peak < peak + 4096);
    free(octets);
    css_end(&r);
}

/* Every prefix and every flip of V6, V8 and V9, as answer to each kind of message: never a loop, never a password more. */
typedef struct mutation {
    unsigned sent;
    troth_sas_reply_kind kind;
} mutation;

static void mutated(const uint8_t *p, size_t n, void *arg)
{
    const mutation *m = arg;
    css_rig r;
    css_init(&r, GSSUP);
    r.opts.stateful = m->sent != 0;
    css_start(&r);
    if (m->sent == 2)
        css_establish(&r);
    css_sent s = css_send(&r, 1);
    assert_true(s.send);
    troth_sas_answer a = { 1, m->kind, 1, { p, n } };
    unsigned again = 0;
    for (;;) {
        troth_sas_fate fate;
        troth_error error = { 0 };
        assert_int_equal(troth_sas_client_reply(r.client, &a, 0, &fate, &error), TROTH_OK);
        assert_true(fate == TROTH_SAS_PASS || error.code);
        if (fate != TROTH_SAS_RESEND)
            break;
        assert_int_equal(m->kind, TROTH_SAS_REPLY_REFUSED);
        assert_int_equal(++again, 1);
        css_work(&r);
        s = css_take(&r);
        assert_true(s.send && s.m.type == TROTH_SAS_ESTABLISH_CONTEXT);
    }
    assert_true(css_idle(&r));
    s = css_send(&r, 2);
    if (s.send && s.m.type == TROTH_SAS_MESSAGE_IN_CONTEXT)
        assert_true(s.m.client_context_id == 1); /* nothing but what was said of our id makes it stand */
    css_end(&r);
}

static void test_mutated_answers(void **state)
{
    (void)state;
    static const char *const hex[] = { v6, v8, v9 };
    static const troth_sas_reply_kind kinds[] = { TROTH_SAS_REPLY_RESULT, TROTH_SAS_REPLY_REFUSED };
    for (size_t i = 0; i < 3; i++)
        for (unsigned sent = 0; sent < 3; sent++)
            for (size_t k = 0; k < 2; k++) {
                uint8_t octets[64];
                mutation m = { sent, kinds[k] };
                vectors_mutate(octets, unhex(hex[i], octets, sizeof octets), mutated, &m);
            }
}

/* A token that cannot be made: every request that waits for it hears why, and the next one tries anew. */
static void test_no_token(void **state)
{
    (void)state;
    css_rig r;
    start(&r, KERBEROS);
    r.kerberos.fail_leg = 1;
    r.kerberos.fail_role = TROTH_INITIATOR;
    r.kerberos.fail_status = TROTH_NO_AUTHORITY;
    for (uint64_t id = 1; id < 4; id++)
        assert_int_equal(css_call(&r, id, id == 3 ? ONEWAY : 0, NULL), TROTH_OK);
    css_work(&r);
    for (uint64_t id = 1; id < 4; id++) {
        css_sent s = css_take(&r);
        is_denied(&s, id, TROTH_NO_AUTHORITY);
    }
    r.kerberos.fail_leg = 0;
    css_sent s = css_send(&r, 1);
    is_establish(&s, 1, 1);
    css_end(&r);
}

/* A mechanism with more to say than one token cannot run in here. */
static void test_two_tokens(void **state)
{
    (void)state;
    css_rig r;
    start(&r, KERBEROS);
    r.kerberos.legs = 2;
    css_sent s = css_send(&r, 1);
    is_denied(&s, 1, TROTH_MECHANISM);
    r.kerberos.legs = 1;
    r.kerberos.pad = 200000;
    s = css_send(&r, 2);
    assert_false(s.send);
    r.kerberos.pad = 0;
    r.kerberos.empty_token = true; /* evidence of nothing */
    s = css_send(&r, 3);
    is_denied(&s, 3, TROTH_MECHANISM);
    css_end(&r);
}

/* A job that was never run, and one that is nobody's. */
static void test_jobs(void **state)
{
    (void)state;
    css_rig r;
    troth_job *job = NULL;
    start(&r, GSSUP);
    assert_int_equal(css_call(&r, 1, 0, NULL), TROTH_OK);
    assert_true(troth_sas_client_job(r.client, &job));
    assert_false(troth_sas_client_job(r.client, &job));
    troth_sas_client_stepped(r.client, job, 0);
    css_sent s = css_take(&r);
    is_denied(&s, 1, TROTH_MECHANISM);
    assert_int_equal(troth_cred_job(r.cred, 4711, &job), TROTH_OK);
    troth_sas_client_stepped(r.client, job, 0);
    assert_true(css_idle(&r));
    css_end(&r);
}

/* One allocation fails, each in turn: nothing leaks, nothing is half done, and the client goes on. */
static void story(css_rig *r)
{
    troth_sas_sending sending;
    troth_sas_client *c = NULL;
    if (troth_sas_client_new(&r->opts, &c))
        return;
    r->client = c;
    troth_sas_assertion bob = { .user = "bob" };
    for (uint64_t id = 1; id <= 6; id++) {
        troth_status st = css_call(r, id, id % 3 ? 0 : ONEWAY, id % 2 ? NULL : &bob);
        assert_true(st == TROTH_OK || st == TROTH_NO_MEMORY);
        if (st) /* it was not taken: its id is free */
            assert_int_equal(css_call(r, id, id % 3 ? 0 : ONEWAY, id % 2 ? NULL : &bob), TROTH_OK);
        css_work(r);
        while (troth_sas_client_sending(c, &sending)) {
            assert_true(sending.send || sending.error.code == TROTH_NO_MEMORY);
            troth_sas_message m;
            if (!sending.send || sending.id % 3 == 0)
                continue;
            assert_int_equal(troth_sas_read(sending.element, NULL, &m), TROTH_OK);
            if (m.type == TROTH_SAS_MESSAGE_IN_CONTEXT)
                css_error(r, sending.id, m.client_context_id, 4, 1);
            else
                css_complete(r, sending.id, m.client_context_id, m.client_context_id != 0);
            css_work(r);
        }
    }
}

static void test_each_allocation(void **state)
{
    (void)state;
    for (size_t at = 1; at < 200; at++) {
        css_rig r;
        css_init(&r, GSSUP);
        r.env.fail_at = r.env.allocs + at;
        story(&r);
        bool over = r.env.allocs < r.env.fail_at;
        r.env.fail_at = 0;
        if (r.client) {
            css_sent s = css_send_for(&r, 100, "carol");
            is_establish(&s, 100, s.m.client_context_id);
        }
        css_end(&r);
        if (over) {
            assert_true(at > 30);
            return;
        }
    }
    fail_msg("no end of allocations");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_1_2),
        cmocka_unit_test(test_error_1_kerberos),
        cmocka_unit_test(test_error_token),
        cmocka_unit_test(test_error_behind_complete),
        cmocka_unit_test(test_35_contradictions),
        cmocka_unit_test(test_35_not_asked),
        cmocka_unit_test(test_35_huge_error_token),
        cmocka_unit_test(test_mutated_answers),
        cmocka_unit_test(test_no_token),
        cmocka_unit_test(test_two_tokens),
        cmocka_unit_test(test_jobs),
        cmocka_unit_test(test_each_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
