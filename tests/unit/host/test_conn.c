#include <host/rig.h>

/* The driver of connections, with a scripted endpoint on it and raw sockets against it. */

static void echo_a_megabyte(rig *r)
{
    int fd = rig_connect(r);
    NEED(r, rig_shake(fd, 'J'));
    NEED(r, rig_echo(fd, 1 << 20));
    close(fd);
}

static void test_echo_in_pieces(void **state)
{
    static const struct {
        size_t take, out_max;
    } how[] = { { 0, 0 }, { 1000, 777 }, { 7, 65536 }, { 65536, 100 } };
    (void)state;
    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        rig r;
        rig_init(&r);
        r.script.take = how[i].take;
        r.script.out_max = how[i].out_max;
        rig_listen(&r, (troth_host_options){ .loops = (unsigned)(1 + i % 2) }, NULL);
        assert_int_equal(rig_run(&r, echo_a_megabyte), TROTH_OK);
        assert_int_equal(r.ended, 1);
        assert_int_equal(r.closed, 1);
        assert_int_equal(r.gone, 1);
        assert_int_equal(r.status, TROTH_OK);
        assert_int_equal(r.script.made, r.script.freed);
        test_env_check(&r.env);
    }
}

static void fill(rig *r)
{
    static const char junk[4096];
    int fd = rig_connect(r);
    size_t sent = 0;
    NEED(r, rig_shake(fd, 'E'));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (int quiet = 0; quiet < 20;) { /* until the socket has been full for a while */
        ssize_t n = send(fd, junk, sizeof junk, MSG_NOSIGNAL);
        quiet = n > 0 ? 0 : quiet + 1;
        sent += n > 0 ? (size_t)n : 0;
        if (n <= 0)
            uv_sleep(10);
    }
    NEED(r, sent > 200000);                      /* the sockets' buffers are full ... */
    NEED(r, atomic_load(&r->data_in) <= 131072); /* ... and we took no more than one read of it */
    rig_reset(fd);
}

static void test_back_pressure(void **state)
{
    rig r;
    (void)state;
    rig_init(&r);
    r.hold = true;
    rig_listen(&r, (troth_host_options){ 0 }, NULL);
    r.drain_ms = 200; /* a paused connection does not see the reset: the drain ends it */
    troth_status st = rig_run(&r, fill);
    assert_true(st == TROTH_TIMEOUT || st == TROTH_OK);
    assert_int_equal(r.closed, 1);
    assert_int_equal(r.gone, 1);
    test_env_check(&r.env);
}

static atomic_bool gate;

static void until_gate(void *self, troth_role role, unsigned leg)
{
    (void)self;
    (void)role;
    (void)leg;
    while (!atomic_load(&gate))
        uv_sleep(5);
}

static void reset_while_a_job_is_out(rig *r)
{
    for (int i = 0; i < 3; i++) {
        int fd = rig_connect(r);
        NEED(r, rig_send(fd, "J", 1));
        uv_sleep(50);
        rig_reset(fd);
    }
    NEED(r, rig_wait(&r->gone, 3, 2000));
    NEED(r, atomic_load(&r->script.freed) == 3);
    atomic_store(&gate, true); /* now the jobs come back to nobody */
    uv_sleep(100);
}

static void test_reset_during_a_job(void **state)
{
    rig r;
    (void)state;
    rig_init(&r);
    atomic_store(&gate, false);
    r.fake.block = until_gate;
    rig_listen(&r, (troth_host_options){ 0 }, NULL);
    assert_int_equal(rig_run(&r, reset_while_a_job_is_out), TROTH_OK);
    assert_int_equal(r.script.jobs_back, 0);
    assert_int_equal(r.status, TROTH_CLOSED);
    test_env_check(&r.env); /* the jobs, the connections: all given back */
}

static void wait_for_the_deadline(rig *r)
{
    char x = 0;
    int fd = rig_connect(r);
    NEED(r, recv(fd, &x, 1, 0) == 1 && x == 'X'); /* the wire's own farewell comes before the end */
    NEED(r, rig_closed(fd));
    close(fd);
}

static void test_half_open_deadline(void **state)
{
    rig r;
    (void)state;
    rig_init(&r);
    r.script.deadline_ms = 100;
    rig_listen(&r, (troth_host_options){ 0 }, NULL);
    assert_int_equal(rig_run(&r, wait_for_the_deadline), TROTH_OK);
    assert_int_equal(r.status, TROTH_TIMEOUT);
    test_env_check(&r.env);
}

static void speak_nonsense(rig *r)
{
    char x = 0;
    int fd = rig_connect(r), good = rig_connect(r);
    NEED(r, rig_shake(good, 'E'));
    NEED(r, rig_send(fd, "?", 1));
    NEED(r, recv(fd, &x, 1, 0) == 1 && x == 'X');
    NEED(r, rig_closed(fd));
    close(fd);
    NEED(r, rig_echo(good, 1000)); /* nobody else is touched */
    close(good);
}

static void test_refused_peer(void **state)
{
    rig r;
    (void)state;
    rig_init(&r);
    rig_listen(&r, (troth_host_options){ 0 }, NULL);
    assert_int_equal(rig_run(&r, speak_nonsense), TROTH_OK);
    assert_int_equal(r.closed, 2);
    test_env_check(&r.env);
}

/* ---- connections that we open ---- */

typedef struct opened {
    script script;
    troth_host_error failed;
    int failures, goners;
    size_t back;
} opened;

static troth_status opened_open(void *self, troth_conn *c, const troth_env *env, const troth_transport *t, uint64_t now,
                                troth_endpoint **ret)
{
    (void)c;
    return scripted_make(&((opened *)self)->script, env, t, now, ret);
}

static void opened_event(void *self, troth_conn *c, const troth_event *ev)
{
    opened *o = self;
    size_t used;
    if (ev->kind == TROTH_EV_ESTABLISHED) {
        assert_int_equal(troth_conn_send(c, (troth_bytes){ (const uint8_t *)"hello", 5 }, &used), TROTH_OK);
        troth_conn_end(c);
    } else if (ev->kind == TROTH_EV_DATA) {
        o->back += ev->data.len;
    }
}

static void opened_gone(void *self, troth_conn *c)
{
    (void)c;
    ((opened *)self)->goners++;
}

static void opened_failed(void *self, troth_conn *c, const troth_host_error *err)
{
    opened *o = self;
    (void)c;
    o->failed = *err;
    o->failures++;
}

static const troth_conn_handler opened_handler = { opened_open, opened_event, NULL, opened_gone, opened_failed };

static void wait_for_one_end(rig *r)
{
    NEED(r, rig_wait(&r->gone, 1, 5000));
}

static void test_connect(void **state)
{
    rig r;
    opened o = { .script = { .role = TROTH_INITIATOR, .first = 'J', .name = "" } };
    troth_conn *c;
    (void)state;
    rig_init(&r);
    rig_listen(&r, (troth_host_options){ 0 }, NULL);
    assert_int_equal(troth_conn_connect(troth_host_loop(r.host, 0), troth_listener_address(r.listener), 1000,
                                        &opened_handler, &o, NULL, &c),
                     TROTH_OK);
    assert_int_equal(rig_run(&r, wait_for_one_end), TROTH_OK);
    assert_int_equal(o.back, 5);
    assert_int_equal(o.goners, 1);
    assert_int_equal(o.failures, 0);
    test_env_check(&r.env);
}

static void test_connect_fails(void **state)
{
    static const struct {
        const char *address;
        int sys;
        bool close;
    } how[] = { { "127.0.0.1:1", ECONNREFUSED, false },
                { "unix:/nonexistent/x", ENOENT, false },
                { "127.0.0.1:1", 0, true } };
    (void)state;
    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        test_env env;
        troth_host *h;
        troth_conn *c;
        opened o = { .script = { .role = TROTH_INITIATOR, .first = 'E', .name = "" } };
        test_env_init(&env);
        const troth_host_options ho = { .env = &env.env };
        assert_int_equal(troth_host_new(&ho, &h), TROTH_OK);
        assert_int_equal(troth_conn_connect(troth_host_loop(h, 0), "127.0.0.1", 0, &opened_handler, &o, NULL, &c),
                         TROTH_INVALID);
        assert_int_equal(troth_conn_connect(troth_host_loop(h, 0), how[i].address, 1000, &opened_handler, &o, NULL, &c),
                         TROTH_OK);
        if (how[i].close)
            troth_conn_close(c, TROTH_CLOSED);
        assert_int_equal(troth_host_run(h), TROTH_OK);
        assert_int_equal(o.failures, 1);
        assert_int_equal(o.goners, 0);
        assert_int_equal(o.failed.code, how[i].close ? TROTH_CLOSED : TROTH_IO);
        assert_int_equal(o.failed.sys, how[i].sys);
        troth_host_free(h);
        test_env_check(&env);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo_in_pieces),     cmocka_unit_test(test_back_pressure),
        cmocka_unit_test(test_reset_during_a_job), cmocka_unit_test(test_half_open_deadline),
        cmocka_unit_test(test_refused_peer),       cmocka_unit_test(test_connect),
        cmocka_unit_test(test_connect_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
