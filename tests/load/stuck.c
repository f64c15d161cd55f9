/* As many stuck jobs as the pool has threads: streams go on, new ones come in, and a drain ends. */
#include <load/live.h>
#include <support/test.h>
#include <time.h>

enum { POOL = 3, STREAMS = 5 };

/* The first so many steps of the server block until they are let go. */
typedef struct gate {
    atomic_int left, inside;
    atomic_bool open;
} gate;

static void block(void *self, troth_role role, unsigned leg)
{
    gate *g = self;
    const struct timespec nap = { 0, 1000000 };
    (void)leg;
    if (role != TROTH_ACCEPTOR || atomic_fetch_sub(&g->left, 1) <= 0)
        return;
    atomic_fetch_add(&g->inside, 1);
    while (!atomic_load(&g->open))
        nanosleep(&nap, NULL);
    atomic_fetch_sub(&g->inside, 1);
}

static bool inside(live *v, size_t n)
{
    return (size_t)atomic_load(&((gate *)v->world.mech.block_self)->inside) == n;
}

typedef struct scene {
    live v;
    gate gate;
    live_client good[STREAMS], stuck[POOL];
} scene;

/* A server whose pool threads are all stuck, and streams that were there before. */
static void begin(scene *s, bool stand_ins)
{
    live_init(&s->v);
    atomic_init(&s->gate.left, 0);
    atomic_init(&s->gate.inside, 0);
    atomic_init(&s->gate.open, false);
    s->v.world.mech.block = block;
    s->v.world.mech.block_self = &s->gate;
    s->v.world.server.handshake_ms = 60000;
    s->v.serve.host.threads = POOL;
    s->v.serve.host.threads_max = stand_ins ? 0 : POOL;
    s->v.serve.drain_ms = 500;
    live_start(&s->v);
    for (size_t i = 0; i < STREAMS; i++)
        assert_true(live_open(&s->v, &s->good[i]) && live_shake(&s->good[i], 5000));
    atomic_store(&s->gate.left, POOL);
    for (size_t i = 0; i < POOL; i++) {
        assert_true(live_open(&s->v, &s->stuck[i]));
        assert_true(live_turn(&s->stuck[i], 0));
    }
    assert_true(live_wait(inside, &s->v, POOL, 5000));
}

static void talk(scene *s)
{
    for (size_t n = 1; n < 100000; n = n * 10 + 7)
        for (size_t i = 0; i < STREAMS; i++)
            assert_true(live_echo(&s->good[i], n, 5000));
}

static void end(scene *s)
{
    for (size_t i = 0; i < STREAMS; i++)
        live_close(&s->good[i]);
    for (size_t i = 0; i < POOL; i++)
        live_close(&s->stuck[i]);
}

static void test_streams_go_on(void **state)
{
    scene *s = *state;
    begin(s, false);
    talk(s);
    atomic_store(&s->gate.open, true);
    for (size_t i = 0; i < POOL; i++) /* what was stuck completes once it is let go */
        assert_true(live_shake(&s->stuck[i], 5000) && live_echo(&s->stuck[i], 100, 5000));
    end(s);
    assert_int_equal(live_end(&s->v), TROTH_OK);
}

static void test_new_handshakes_in_time(void **state)
{
    scene *s = *state;
    begin(s, true);
    for (size_t i = 0; i < 4; i++) {
        live_client c;
        uint64_t from = live_ms();
        assert_true(live_open(&s->v, &c) && live_shake(&c, 2000));
        assert_true(live_ms() - from < 2000);
        assert_true(live_echo(&c, 1000, 2000));
        live_close(&c);
    }
    assert_true(inside(&s->v, POOL));
    assert_true(troth_host_count(s->v.host).job_stuck >= POOL);
    talk(s);
    atomic_store(&s->gate.open, true);
    end(s);
    assert_int_equal(live_end(&s->v), TROTH_OK);
}

/* The jobs never come back: what they hold is left to the end of the process. */
static void test_drain_ends(void **state)
{
    scene *s = *state;
    begin(s, true);
    for (size_t i = 0; i < STREAMS; i++)
        live_close(&s->good[i]);
    uint64_t from = live_ms();
    troth_host_drain(s->v.host, s->v.serve.drain_ms);
    assert_int_equal(pthread_join(s->v.thread, NULL), 0);
    uint64_t took = live_ms() - from;
    assert_int_equal(s->v.ended, TROTH_TIMEOUT);
    assert_true(took >= s->v.serve.drain_ms && took < 2500);
    assert_true(inside(&s->v, POOL));
    for (size_t i = 0; i < POOL; i++) { /* and their peers were told */
        assert_true(live_gone(s->stuck[i].fd, 2000));
        live_close(&s->stuck[i]);
    }
}

/* Static: stuck threads look at it until the process ends. */
static scene scenes[3];

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_streams_go_on, &scenes[0]),
        cmocka_unit_test_prestate(test_new_handshakes_in_time, &scenes[1]),
        cmocka_unit_test_prestate(test_drain_ends, &scenes[2]),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
