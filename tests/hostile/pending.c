/* An end that comes while the owner still has something to take: nothing of it is handed out any more. */
#include <nns/preamble.h>
#include <nns/stream.h>
#include <stdlib.h>
#include <string.h>
#include <support/rig.h>
#include <support/test.h>

typedef struct world {
    rig r;
    troth_endpoint *e; /* the server, whose events this file takes itself */
    troth_nns_stream *s;
    size_t mark;  /* of the client's octets that were carried over */
    uint8_t *fed; /* the last octets fed: data that is not taken yet may be a view of them */
    bool tcp, ended, told;
} world;

static void set_up(world *w, bool tcp, troth_level level)
{
    troth_endpoint *c = NULL;
    *w = (world){ .tcp = tcp };
    rig_world(&w->r, TROTH_MECH_KERBEROS, level);
    if (tcp) {
        troth_nettcp_options client = { .nns = w->r.client, .via = "net.tcp://h/s" }, server = { .nns = w->r.server };
        assert_int_equal(troth_nettcp_server_new(&server, 0, &w->e), TROTH_OK);
        assert_int_equal(troth_nettcp_client_new(&client, 0, &c), TROTH_OK);
        w->s = (troth_nns_stream *)((troth_nettcp *)w->e)->inner;
    } else {
        assert_int_equal(troth_nns_server_new(&w->r.server, 0, &w->e), TROTH_OK);
        assert_int_equal(troth_nns_client_new(&w->r.client, 0, &c), TROTH_OK);
        w->s = (troth_nns_stream *)w->e;
    }
    rig_init(&w->r.s, w->e);
    rig_init(&w->r.c, c);
}

static void tear_down(world *w)
{
    rig_end(&w->r);
    free(w->fed);
}

static bool pending(const world *w, troth_event_kind kind)
{
    switch (kind) {
    case TROTH_EV_JOB:
        return w->s->job != NULL;
    case TROTH_EV_ESTABLISHED:
        return w->s->established;
    case TROTH_EV_DATA:
        return w->s->data.len && (!w->tcp || ((troth_nettcp *)w->e)->fsm.state == TROTH_NETTCP_OPEN);
    default:
        return w->s->end;
    }
}

static bool take_event(world *w)
{
    troth_event ev;
    if (!troth_endpoint_event(w->e, &ev))
        return false;
    if (ev.kind == TROTH_EV_JOB) {
        troth_job_run(ev.job);
        troth_endpoint_stepped(w->e, ev.job, 0);
    }
    if (ev.kind == TROTH_EV_DATA)
        assert_int_equal(ev.authentic,
                         w->s->level &&
                             ev.data.data[0] == TROTH_NMF_PREAMBLE_END); /* what came before was in the clear */
    if (ev.kind == TROTH_EV_ESTABLISHED)
        w->told = true;
    return true;
}

/* Octets and events until the server has this to tell. */
static void until(world *w, troth_event_kind kind)
{
    bool said = false;
    for (unsigned turn = 0; !pending(w, kind); turn++) {
        assert_true(turn < 100);
        if (take_event(w))
            continue;
        rig_events(&w->r.c);
        size_t was = w->r.s.sent_len;
        rig_drain(&w->r.c);
        rig_drain(&w->r.s);
        if (w->r.s.sent_len > was)
            rig_feed(&w->r.c, w->r.s.sent + was, w->r.s.sent_len - was);
        if (w->tcp && w->told && !w->r.c.established && w->s->fsm.state == TROTH_NNS_AUTHENTICATED && !said) {
            size_t used;
            troth_order_msg ack = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)"\x0b", 1 } };
            said = !troth_endpoint_submit(w->e, &ack, 0, &used);
        } else if (w->r.c.established && w->r.c.sent_len == w->mark && kind == TROTH_EV_DATA)
            rig_say(&w->r.c, "\x06\x01z", 3);
        else if (w->r.c.established && w->r.c.sent_len == w->mark && kind == TROTH_EV_END) {
            assert_false(w->ended);
            troth_endpoint_feed_end(w->e, 0);
            w->ended = true;
        }
        if (w->r.c.sent_len > w->mark) {
            size_t n = w->r.c.sent_len - w->mark, used = 0;
            free(w->fed);
            w->fed = malloc(n);
            assert_non_null(w->fed);
            memcpy(w->fed, w->r.c.sent + w->mark, n);
            troth_status st = troth_endpoint_feed(w->e, w->fed, n, NULL, 0, &used);
            assert_int_equal(st, TROTH_OK);
            w->mark += used;
        }
    }
}

static const troth_event_kind kinds[] = { TROTH_EV_JOB, TROTH_EV_ESTABLISHED, TROTH_EV_DATA, TROTH_EV_END };

static void test_close(void **state)
{
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++)
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            world w;
            troth_event ev;
            uint8_t octet[4] = { 0 };
            size_t used = 0;
            set_up(&w, tcp, TROTH_LEVEL_SIGN);
            until(&w, kinds[i]);
            troth_endpoint_close(w.e, TROTH_DENIED);
            assert_true(troth_endpoint_event(w.e, &ev));
            assert_int_equal(ev.kind, TROTH_EV_CLOSED);
            assert_int_equal(ev.error.code, TROTH_DENIED);
            assert_false(troth_endpoint_event(w.e, &ev));
            assert_int_equal(troth_endpoint_feed(w.e, octet, 4, NULL, 0, &used), TROTH_DENIED);
            assert_int_equal(used, 4);
            troth_endpoint_feed_end(w.e, 0);
            assert_false(troth_endpoint_event(w.e, &ev));
            assert_true(troth_endpoint_deadline(w.e) == UINT64_MAX);
            troth_endpoint_expire(w.e, UINT64_MAX - 1);
            troth_endpoint_close(w.e, TROTH_TIMEOUT);
            assert_int_equal(troth_endpoint_error(w.e)->code, TROTH_DENIED); /* the first one stays */
            tear_down(&w);
        }
}

/* What the owner has not taken keeps the peer's next octets waiting. */
static void test_wait(void **state)
{
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++)
        for (size_t i = 0; i < 3; i++) {
            world w;
            uint8_t octets[8] = { 4, 0, 0, 0, 1, 2, 3, 4 };
            size_t used = 1;
            set_up(&w, tcp, TROTH_LEVEL_ENCRYPT);
            until(&w, kinds[i]);
            assert_int_equal(troth_endpoint_feed(w.e, octets, 8, NULL, 0, &used), TROTH_OK);
            assert_int_equal(used, 0);
            assert_true(pending(&w, kinds[i]));
            tear_down(&w);
        }
}

/* Without protection the same octets are nobody's word. */
static void test_authentic(void **state)
{
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++)
        for (int level = TROTH_LEVEL_NONE; level <= (int)TROTH_LEVEL_ENCRYPT; level++) {
            world w;
            troth_event ev;
            set_up(&w, tcp, (troth_level)level);
            until(&w, TROTH_EV_DATA);
            assert_true(troth_endpoint_event(w.e, &ev));
            assert_int_equal(ev.kind, TROTH_EV_DATA);
            assert_int_equal(ev.authentic, level != TROTH_LEVEL_NONE);
            tear_down(&w);
        }
}

/* A peer that stalls anywhere in the handshake is waited for no longer than was said. */
static void test_deadline(void **state)
{
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++)
        for (int begun = 0; begun < 2; begun++) {
            world w;
            troth_event ev;
            set_up(&w, tcp, TROTH_LEVEL_SIGN);
            if (begun)
                until(&w, TROTH_EV_JOB);
            uint64_t at = troth_endpoint_deadline(w.e);
            assert_true(at == 10000);
            troth_endpoint_expire(w.e, at - 1);
            assert_int_equal(troth_endpoint_error(w.e)->code, TROTH_OK);
            troth_endpoint_expire(w.e, at);
            assert_int_equal(troth_endpoint_error(w.e)->code, TROTH_TIMEOUT);
            assert_true(troth_endpoint_event(w.e, &ev));
            assert_int_equal(ev.kind, TROTH_EV_CLOSED);
            tear_down(&w);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_close), cmocka_unit_test(test_wait),
                                        cmocka_unit_test(test_authentic), cmocka_unit_test(test_deadline) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
