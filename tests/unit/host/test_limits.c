#include <host/rig.h>
#include <sys/resource.h>

/* What one peer, or all of them together, may have of ours. */

static void three_where_two_may(rig *r)
{
    int a = rig_connect(r), b = rig_connect(r);
    NEED(r, rig_shake(a, 'E'));
    NEED(r, rig_shake(b, 'E'));
    int c = rig_connect(r);
    NEED(r, rig_closed(c));
    close(c);
    NEED(r, troth_host_count(r->host).refused_limit == 1);
    NEED(r, rig_echo(a, 100)); /* the others go on */
    close(a);
    NEED(r, rig_wait(&r->gone, 1, 2000));
    int d = rig_connect(r); /* and there is room again */
    NEED(r, rig_shake(d, 'E'));
    NEED(r, rig_echo(d, 100));
    NEED(r, rig_echo(b, 100));
    close(b);
    close(d);
}

static void test_connections(void **state)
{
    rig r;
    (void)state;
    rig_init(&r);
    rig_listen(&r, (troth_host_options){ 0 }, &(troth_listen_limits){ .connections = 2 });
    assert_int_equal(rig_run(&r, three_where_two_may), TROTH_OK);
    test_env_check(&r.env);
}

static void half_open_ones(rig *r)
{
    int a = rig_connect(r), b = rig_connect(r);
    NEED(r, rig_shake(a, 'E')); /* counts no longer */
    uv_sleep(50);
    int c = rig_connect(r);
    uv_sleep(50);
    NEED(r, troth_host_count(r->host).half_open == 2);
    int d = rig_connect(r);
    NEED(r, rig_closed(d));
    NEED(r, troth_host_count(r->host).refused_half == 1);
    close(a);
    close(b);
    close(c);
    close(d);
}

static void test_half_open(void **state)
{
    rig r;
    (void)state;
    rig_init(&r);
    rig_listen(&r, (troth_host_options){ 0 }, &(troth_listen_limits){ .half_open = 2 });
    assert_int_equal(rig_run(&r, half_open_ones), TROTH_OK);
    test_env_check(&r.env);
}

static void over_the_budget(rig *r)
{
    int fd[32];
    size_t n = 0;
    int first = rig_connect(r);
    NEED(r, rig_shake(first, 'E'));
    for (; n < 32 && !troth_host_count(r->host).refused_budget; n++) {
        fd[n] = rig_connect(r);
        uv_sleep(20);
        NEED(r, troth_host_count(r->host).unauthenticated <= 16384);
    }
    NEED(r, n > 4 && n < 32);
    NEED(r, rig_closed(fd[n - 1]));
    NEED(r, rig_echo(first, 1000)); /* an authenticated one is not touched */
    for (size_t i = 0; i < n; i++)
        close(fd[i]);
    uv_sleep(100);
    NEED(r, troth_host_count(r->host).unauthenticated == 0);
    int again = rig_connect(r);
    NEED(r, rig_shake(again, 'E'));
    close(again);
    close(first);
}

static void test_budget(void **state)
{
    rig r;
    (void)state;
    rig_init(&r);
    rig_listen(&r, (troth_host_options){ 0 }, &(troth_listen_limits){ .budget = 16384 });
    assert_int_equal(rig_run(&r, over_the_budget), TROTH_OK);
    test_env_check(&r.env);
}

static void say_nothing(rig *r)
{
    int fd = rig_connect(r);
    uv_sleep(50);
    size_t held = troth_host_count(r->host).unauthenticated;
    NEED(r, held > 500); /* it is counted at all ... */
    NEED(r, held <= 4096);
    close(fd);
}

static void test_memory_of_a_silent_peer(void **state)
{
    rig r;
    (void)state;
    rig_init(&r);
    rig_listen(&r, (troth_host_options){ 0 }, NULL);
    assert_int_equal(rig_run(&r, say_nothing), TROTH_OK);
    test_env_check(&r.env);
}

/* ---- descriptors ---- */

static void without_descriptors(rig *r)
{
    struct rlimit old, tight;
    int hole[256], n = 0, a = rig_connect(r);
    NEED(r, rig_shake(a, 'E'));
    int b = socket(AF_INET, SOCK_STREAM, 0);
    getrlimit(RLIMIT_NOFILE, &old);
    tight = old;
    tight.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &tight);
    while (n < 256 && (hole[n] = dup(0)) >= 0)
        n++;
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    in.sin_port = htons((uint16_t)atoi(strrchr(troth_listener_address(r->listener), ':') + 1));
    NEED(r, connect(b, (struct sockaddr *)&in, sizeof in) == 0);
    const struct timeval limit = { 5, 0 };
    setsockopt(b, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    NEED(r, rig_closed(b)); /* turned away, not left in the dark */
    while (n)
        close(hole[--n]);
    setrlimit(RLIMIT_NOFILE, &old);
    uv_sleep(100); /* libuv turns away all that wait in one go: not this one, too */
    int c = rig_connect(r);
    NEED(r, rig_shake(c, 'E'));
    NEED(r, rig_echo(a, 100));
    close(a);
    close(b);
    close(c);
}

static void test_emfile(void **state)
{
    rig r;
    (void)state;
    rig_init(&r);
    rig_listen(&r, (troth_host_options){ 0 }, NULL);
    assert_int_equal(rig_run(&r, without_descriptors), TROTH_OK);
    test_env_check(&r.env);
}

/* ---- jobs ---- */

static atomic_int stick; /* so many of the next jobs never end */

static void may_stick(void *self, troth_role role, unsigned leg)
{
    (void)self;
    (void)role;
    (void)leg;
    if (atomic_fetch_sub(&stick, 1) > 0) {
        for (;;)
            uv_sleep(1000);
    }
}

static void with_all_threads_stuck(rig *r)
{
    int a = rig_connect(r), dead[2];
    NEED(r, rig_shake(a, 'E'));
    atomic_store(&stick, 2);
    for (int i = 0; i < 2; i++) {
        dead[i] = rig_connect(r);
        NEED(r, rig_send(dead[i], "J", 1));
    }
    uv_sleep(100);
    uint64_t begun = uv_hrtime();
    int b = rig_connect(r);
    NEED(r, rig_shake(b, 'J')); /* a new handshake needs a job, too */
    NEED(r, (uv_hrtime() - begun) / 1000000 < 2000);
    NEED(r, troth_host_count(r->host).job_stuck == 2);
    NEED(r, rig_echo(a, 100000)); /* established streams go on */
    NEED(r, rig_echo(b, 1000));
    close(a);
    close(b);
    r->drain_ms = 300;
}

static void test_stuck_jobs(void **state)
{
    static rig r; /* static: what the stuck jobs use stays */
    (void)state;
    rig_init(&r);
    r.fake.block = may_stick;
    rig_listen(&r, (troth_host_options){ .threads = 2 }, NULL);
    uint64_t begun = uv_hrtime();
    assert_int_equal(rig_run(&r, with_all_threads_stuck), TROTH_TIMEOUT); /* two were reset */
    assert_in_range((uv_hrtime() - begun) / 1000000, 0, 5000);
    assert_int_equal(r.gone, 4);
    assert_int_equal(r.script.made, r.script.freed);
    atomic_store(&stick, 0);
}

static void more_than_the_queue(rig *r)
{
    int fd[4];
    for (int i = 0; i < 4; i++) {
        fd[i] = rig_connect(r);
        NEED(r, rig_send(fd[i], "J", 1));
        uv_sleep(30);
    }
    char x = 0;
    NEED(r, recv(fd[3], &x, 1, 0) == 1 && x == 'X'); /* one runs, two wait, this one is told */
    NEED(r, troth_host_count(r->host).refused_jobs == 1);
    NEED(r, troth_host_count(r->host).job_queue == 2);
    atomic_store(&stick, -1);
    for (int i = 0; i < 4; i++)
        close(fd[i]);
}

static void until_told(void *self, troth_role role, unsigned leg)
{
    (void)self;
    (void)role;
    (void)leg;
    while (atomic_load(&stick) >= 0)
        uv_sleep(5);
}

static void test_full_queue(void **state)
{
    rig r;
    (void)state;
    rig_init(&r);
    atomic_store(&stick, 0);
    r.fake.block = until_told;
    rig_listen(&r, (troth_host_options){ .threads = 1, .threads_max = 1, .queue = 2 }, NULL);
    assert_int_equal(rig_run(&r, more_than_the_queue), TROTH_OK);
    test_env_check(&r.env);
}

/* ---- draining ---- */

static void stay(rig *r)
{
    int a = rig_connect(r);
    NEED(r, rig_shake(a, 'E'));
    troth_host_drain(r->host, 60000);
    uv_sleep(100);
    NEED(r, rig_connect(r) < 0); /* nobody listens */
    NEED(r, rig_send(a, "x", 1));
    char x = 0;
    NEED(r, recv(a, &x, 1, 0) == 1 && x == 'x'); /* whoever is here goes on */
    troth_host_drain(r->host, 60000);            /* the second call: now */
    NEED(r, rig_closed(a));
    close(a);
}

static void test_drain(void **state)
{
    rig r;
    (void)state;
    rig_init(&r);
    rig_listen(&r, (troth_host_options){ .loops = 2 }, NULL);
    assert_int_equal(rig_run(&r, stay), TROTH_TIMEOUT);
    test_env_check(&r.env);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections), cmocka_unit_test(test_half_open),
        cmocka_unit_test(test_budget),      cmocka_unit_test(test_memory_of_a_silent_peer),
        cmocka_unit_test(test_emfile),      cmocka_unit_test(test_stuck_jobs),
        cmocka_unit_test(test_full_queue),  cmocka_unit_test(test_drain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
