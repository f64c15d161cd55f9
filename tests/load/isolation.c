/* A peer's failure never touches another connection; and many streams carry much at the same time. */
#include <load/live.h>
#include <poll.h>
#include <string.h>
#include <support/test.h>
#include <time.h>
#include <unistd.h>

enum { GOOD = 20, HOSTILE = 200 };

/* Good streams on a thread of their own, echoing until told to stop. */
typedef struct choir {
    live *v;
    live_client singers[GOOD];
    atomic_bool stop;
    atomic_size_t rounds;
    size_t failed; /* 1 + the one that failed; 0 = none */
    pthread_t thread;
} choir;

static void *sing(void *self)
{
    choir *ch = self;
    for (size_t n = 1; !atomic_load(&ch->stop) && !ch->failed; n = n * 3 % 99991) {
        for (size_t i = 0; i < GOOD && !ch->failed; i++)
            if (!live_echo(&ch->singers[i], 1 + (n + i) % 30000, 10000))
                ch->failed = 1 + i;
        atomic_fetch_add(&ch->rounds, 1);
    }
    return NULL;
}

/* The server's step is slow, so that a reset can come while its job runs. */
static void slow(void *self, troth_role role, unsigned leg)
{
    const struct timespec nap = { 0, 3000000 };
    (void)self, (void)leg;
    if (role == TROTH_ACCEPTOR)
        nanosleep(&nap, NULL);
}

/* ---- those who do harm ---- */

static void garbage(const live *v, size_t n)
{
    uint8_t junk[2000];
    int fd = live_dial(v);
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (uint8_t)((n + i) * 2654435761u >> 7);
    if (fd < 0)
        return;
    (void)live_raw(fd, junk, 1 + n * 37 % sizeof junk);
    if (n % 2)
        (void)live_gone(fd, 50);
    close(fd);
}

/* The first frame, cut somewhere, then a reset. */
static void reset_in_the_frame(const live *v, size_t n)
{
    live_client c;
    troth_bytes out;
    if (!live_open(v, &c))
        return;
    if (troth_endpoint_out(c.e, &out, NULL) == TROTH_OK)
        (void)live_raw(c.fd, out.data, 1 + n % out.len);
    live_reset(&c);
}

static void reset_at_work(const live *v, size_t n)
{
    const struct timespec nap = { 0, (long)(n % 5) * 1000000 };
    live_client c;
    if (!live_open(v, &c))
        return;
    (void)live_turn(&c, 0);
    nanosleep(&nap, NULL);
    live_reset(&c);
}

static void too_long(const live *v, size_t n)
{
    static const uint8_t heads[][4] = {
        { 0xff, 0xff, 0xff, 0x7f }, { 0xff, 0xff, 0xff, 0xff }, { 0x01, 0xfc, 0, 0 }, { 0, 0, 0, 0 }
    };
    live_client c;
    if (!live_open(v, &c))
        return;
    if (live_shake(&c, 5000)) {
        (void)live_raw(c.fd, heads[n % 4], 4);
        (void)live_raw(c.fd, "anything", 8);
        (void)live_gone(c.fd, 2000);
    }
    live_close(&c);
}

/* A frame of data with one bit changed; the server must not send back a single octet of it. */
static void altered(const live *v, size_t n)
{
    uint8_t frame[400];
    live_client c;
    troth_bytes out;
    if (!live_open(v, &c))
        return;
    if (live_shake(&c, 5000) && live_say(&c, 300) == 300 && troth_endpoint_out(c.e, &out, NULL) == TROTH_OK &&
        out.len <= sizeof frame) {
        memcpy(frame, out.data, out.len);
        frame[4 + n % (out.len - 4)] ^= (uint8_t)(1 << n % 8);
        (void)live_raw(c.fd, frame, out.len);
        troth_endpoint_sent(c.e, out.len);
        bool goes_on = true;
        for (uint64_t until = live_ms() + 5000; goes_on && live_ms() < until;)
            goes_on = live_turn(&c, 100);
        assert_int_equal(c.got, 0);
        assert_false(goes_on);
    }
    live_close(&c);
}

static void reset_in_data(const live *v, size_t n)
{
    live_client c;
    if (!live_open(v, &c))
        return;
    if (live_shake(&c, 5000)) {
        (void)live_say(&c, 1 + n * 977 % 100000);
        (void)live_turn(&c, 0);
    }
    live_reset(&c);
}

static void test_hostile_peers(void **state)
{
    static void (*const harm[])(const live *v, size_t n) = { garbage, reset_in_the_frame, reset_at_work, too_long,
                                                             altered, reset_in_data };
    live v;
    choir ch = { .v = &v };
    (void)state;
    live_init(&v);
    v.world.mech.block = slow;
    live_start(&v);
    for (size_t i = 0; i < GOOD; i++)
        assert_true(live_open(&v, &ch.singers[i]) && live_shake(&ch.singers[i], 5000));
    assert_int_equal(pthread_create(&ch.thread, NULL, sing, &ch), 0);
    for (size_t n = 0; n < HOSTILE; n++)
        harm[n % (sizeof harm / sizeof *harm)](&v, n / (sizeof harm / sizeof *harm));
    size_t rounds = atomic_load(&ch.rounds);
    atomic_store(&ch.stop, true);
    assert_int_equal(pthread_join(ch.thread, NULL), 0);
    if (ch.failed) {
        const live_client *c = &ch.singers[ch.failed - 1];
        fail_msg("good stream %zu: said %zu, got %zu, wrong %d, %s at %s", ch.failed - 1, c->said, c->got, c->wrong,
                 troth_status_name(c->error.code), c->error.where ? c->error.where : "");
    }
    print_message("%zu rounds of %d good streams beside %d hostile peers\n", rounds, GOOD, HOSTILE);
    assert_true(rounds > 3);
    for (size_t i = 0; i < GOOD; i++) { /* and still */
        assert_true(live_echo(&ch.singers[i], 1000, 5000));
        live_close(&ch.singers[i]);
    }
    assert_int_equal(live_end(&v), TROTH_OK);
}

/* ---- much at the same time ---- */

enum { STREAMS = 32, EACH = 10 << 20 };

static bool done(const live_client *c)
{
    return c->got == EACH;
}

static void test_streams_in_parallel(void **state)
{
    live v;
    static live_client c[STREAMS];
    size_t left = STREAMS;
    (void)state;
    live_init(&v);
    v.world.client.level = v.world.server.level = TROTH_LEVEL_SIGN;
    live_start(&v);
    for (size_t i = 0; i < STREAMS; i++)
        assert_true(live_open(&v, &c[i]) && live_shake(&c[i], 5000));
    for (uint64_t until = live_ms() + 100000; left && live_ms() < until;) {
        struct pollfd p[STREAMS];
        left = 0;
        for (size_t i = 0; i < STREAMS; i++) {
            if (!done(&c[i]) && c[i].said < EACH)
                (void)live_say(&c[i], EACH - c[i].said < 200000 ? EACH - c[i].said : 200000);
            if (!done(&c[i]))
                assert_true(live_turn(&c[i], 0));
            assert_false(c[i].wrong);
            left += !done(&c[i]);
            p[i] = (struct pollfd){ .fd = done(&c[i]) ? -1 : c[i].fd, .events = POLLIN };
        }
        if (left)
            (void)poll(p, STREAMS, 5);
    }
    assert_int_equal(left, 0);
    for (size_t i = 0; i < STREAMS; i++)
        live_close(&c[i]);
    assert_int_equal(live_end(&v), TROTH_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_peers),
        cmocka_unit_test(test_streams_in_parallel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
