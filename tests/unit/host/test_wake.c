/* Endpoints that are told something otherwise than through their connection: by troth_conn_wake, watch and submit. */
#include <host/rig.h>

/*
 * Two connections; what comes by one of them is ordered from the other one's endpoint, behind its connection's back.
 * ready counts how often the first was told that something was sent.
 */
typedef struct gossip {
    rig r;
    troth_conn *conn[2];
    troth_endpoint *endpoint[2];
    int n, ready;
} gossip;

static troth_status gossip_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *t, uint64_t now,
                                troth_endpoint **ret)
{
    gossip *g = self;
    troth_conn_wake(c); /* too early for anything, and harmless */
    troth_status st = scripted_make(&g->r.script, env, t, now, ret);
    g->conn[g->n] = c;
    g->endpoint[g->n++] = *ret;
    if (g->n == 1)
        troth_conn_watch(c);
    return st;
}

static void gossip_event(void *self, troth_conn *c, const troth_event *ev)
{
    gossip *g = self;
    size_t used = 0;
    int other = c == g->conn[0];
    if (ev->kind == TROTH_EV_DATA) {
        const troth_order_msg o = { .kind = TROTH_ORDER_DATA, .data = ev->data };
        assert_int_equal(troth_endpoint_submit(g->endpoint[other], &o, 0, &used), TROTH_OK);
        troth_conn_wake(g->conn[other]);
    } else if (ev->kind == TROTH_EV_END) {
        const troth_order_msg o = { .kind = TROTH_ORDER_END };
        assert_int_equal(troth_conn_submit(c, &o, NULL), TROTH_OK);
    } else if (ev->kind == TROTH_EV_CLOSED) {
        troth_conn_wake(c); /* too late, and harmless */
        atomic_fetch_add(&g->r.closed, 1);
    }
}

static void gossip_ready(void *self, troth_conn *c)
{
    gossip *g = self;
    assert_ptr_equal(c, g->conn[0]); /* nobody else has asked */
    g->ready++;
}

static void gossip_gone(void *self, troth_conn *c)
{
    (void)c;
    atomic_fetch_add(&((gossip *)self)->r.gone, 1);
}

static const troth_conn_handler handler = { gossip_open, gossip_event, gossip_ready, gossip_gone, NULL };

static void tell_each_other(rig *r)
{
    char got[8] = { 0 };
    int first = rig_connect(r);
    NEED(r, rig_shake(first, 'E'));
    int second = rig_connect(r);
    NEED(r, rig_shake(second, 'E'));
    NEED(r, rig_send(second, "one", 3));
    NEED(r, recv(first, got, 3, MSG_WAITALL) == 3 && memcmp(got, "one", 3) == 0);
    NEED(r, rig_send(first, "two", 3));
    NEED(r, recv(second, got, 3, MSG_WAITALL) == 3 && memcmp(got, "two", 3) == 0);
    shutdown(first, SHUT_WR);
    shutdown(second, SHUT_WR);
    NEED(r, rig_closed(first));
    NEED(r, rig_closed(second));
    close(first);
    close(second);
}

static void test_wake_and_watch(void **state)
{
    gossip g = { .n = 0 };
    troth_host_options o = { 0 };
    (void)state;
    rig_init(&g.r);
    o.env = &g.r.env.env;
    assert_int_equal(troth_host_new(&o, &g.r.host), TROTH_OK);
    assert_int_equal(troth_host_listen(g.r.host, "127.0.0.1:0", NULL, &handler, &g, &g.r.listener, NULL), TROTH_OK);
    assert_int_equal(rig_run(&g.r, tell_each_other), TROTH_OK);
    assert_int_equal(g.r.closed, 2);
    assert_int_equal(g.r.gone, 2);
    assert_true(g.ready >= 2); /* 'K', and "one" */
    test_env_check(&g.r.env);
}

/* ---- an order that was not taken, though the output has room: input is what it waits for ---- */

static void answer(rig *r, troth_conn *c)
{
    size_t used = 0;
    if (troth_conn_send(c, (troth_bytes){ (const uint8_t *)"yes", 3 }, &used) == TROTH_OK)
        r->hold = false; /* said */
}

static void patient_event(void *self, troth_conn *c, const troth_event *ev)
{
    rig *r = self;
    if (ev->kind == TROTH_EV_DATA && ev->data.len == 3) {
        answer(r, c);
        assert_true(r->hold);
    } else if (ev->kind == TROTH_EV_END) {
        troth_conn_end(c);
    } else if (ev->kind == TROTH_EV_CLOSED) {
        atomic_fetch_add(&r->closed, 1);
    }
}

static void patient_ready(void *self, troth_conn *c)
{
    rig *r = self;
    if (r->hold)
        answer(r, c);
}

static void patient_gone(void *self, troth_conn *c)
{
    (void)c;
    atomic_fetch_add(&((rig *)self)->gone, 1);
}

static troth_status patient_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *t,
                                 uint64_t now, troth_endpoint **ret)
{
    (void)c;
    return scripted_make(&((rig *)self)->script, env, t, now, ret);
}

static const troth_conn_handler patient = { patient_open, patient_event, patient_ready, patient_gone, NULL };

static void say_twice(rig *r)
{
    char got[4] = { 0 };
    int s = rig_connect(r);
    const struct timeval soon = { .tv_sec = 5 };
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    NEED(r, rig_shake(s, 'E'));
    NEED(r, rig_send(s, "one", 3));
    uv_sleep(50); /* so that the next octet is one of its own */
    NEED(r, rig_send(s, "x", 1));
    NEED(r, recv(s, got, 3, MSG_WAITALL) == 3 && memcmp(got, "yes", 3) == 0);
    shutdown(s, SHUT_WR);
    NEED(r, rig_closed(s));
    close(s);
}

static void test_ready_after_input(void **state)
{
    rig r;
    troth_host_options o = { 0 };
    (void)state;
    rig_init(&r);
    r.hold = true;
    r.script.needs = 4;
    o.env = &r.env.env;
    assert_int_equal(troth_host_new(&o, &r.host), TROTH_OK);
    assert_int_equal(troth_host_listen(r.host, "127.0.0.1:0", NULL, &patient, &r, &r.listener, NULL), TROTH_OK);
    assert_int_equal(rig_run(&r, say_twice), TROTH_OK);
    assert_false(r.hold);
    assert_int_equal(r.gone, 1);
    test_env_check(&r.env);
}

/* ---- an order that was not taken before something was told: it is offered again at once ---- */

static void brisk_event(void *self, troth_conn *c, const troth_event *ev)
{
    gossip *g = self;
    size_t used = 0;
    if (ev->kind == TROTH_EV_DATA && c == g->conn[1]) {
        assert_int_equal(troth_conn_send(g->conn[0], ev->data, &used), TROTH_OK);
        assert_int_equal(used, ev->data.len);
    } else if (ev->kind == TROTH_EV_DATA) {
        assert_int_equal(ev->data.len, 1);
        g->ready++;
    } else {
        gossip_event(self, c, ev);
    }
}

static const troth_conn_handler brisk = { gossip_open, brisk_event, NULL, gossip_gone, NULL };

static void say_three(rig *r)
{
    int first = rig_connect(r);
    NEED(r, rig_shake(first, 'E'));
    int second = rig_connect(r);
    NEED(r, rig_shake(second, 'E'));
    NEED(r, rig_send(second, "one", 3));
    shutdown(second, SHUT_WR);
    NEED(r, rig_closed(second));
    shutdown(first, SHUT_WR);
    NEED(r, rig_closed(first));
    close(first);
    close(second);
}

static void test_again_after_events(void **state)
{
    gossip g = { .n = 0 };
    troth_host_options o = { 0 };
    (void)state;
    rig_init(&g.r);
    g.r.script.replies = true;
    o.env = &g.r.env.env;
    assert_int_equal(troth_host_new(&o, &g.r.host), TROTH_OK);
    assert_int_equal(troth_host_listen(g.r.host, "127.0.0.1:0", NULL, &brisk, &g, &g.r.listener, NULL), TROTH_OK);
    assert_int_equal(rig_run(&g.r, say_three), TROTH_OK);
    assert_int_equal(g.ready, 3);
    assert_int_equal(g.r.gone, 2);
    test_env_check(&g.r.env);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_wake_and_watch), cmocka_unit_test(test_ready_after_input),
                                        cmocka_unit_test(test_again_after_events) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
