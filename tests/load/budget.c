/*
 * What an unauthenticated peer costs: at most 4 KiB beyond the octets it has itself sent of its one token, not longer
 * than the half-open deadline, and all of them together no more than the listener's budget.
 */
#include <load/live.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <time.h>
#include <unistd.h>

enum { OURS = 4096, TOKEN_MAX = 65535 };

static bool made(live *v, size_t n)
{
    return atomic_load(&v->made) >= n;
}

static bool half_open(live *v, size_t n)
{
    return troth_host_count(v->host).half_open == n;
}

/* ---- one peer ---- */

static troth_status lookup(void *self, const char *user, const char *domain, uint8_t ret_nt_hash[16])
{
    (void)self, (void)user, (void)domain;
    memset(ret_nt_hash, 0, 16);
    return TROTH_DENIED;
}

/* The server really negotiates, with NTLM behind it. */
static troth_cred *negotiating(live *v)
{
    const troth_cred_source src = { .mech = "ntlm", .kind = TROTH_CRED_LOOKUP, .host = "HOST", .lookup = lookup };
    troth_cred *cred = NULL;
    troth_job *job = NULL;
    assert_int_equal(troth_cred_new(&v->world.env.env, troth_mechs_default(), TROTH_USE_ACCEPT, &src, 1, &cred),
                     TROTH_OK);
    assert_int_equal(troth_cred_job(cred, 0, &job), TROTH_OK);
    troth_job_run(job);
    troth_job_free(job);
    troth_cred_unref(v->world.server.cred);
    v->world.acceptor = v->world.server.cred = cred;
    v->world.server.mech = "spnego";
    return cred;
}

/* A handshake frame that announces the longest token, and part of it; octets sent. */
static size_t send_part(int fd, size_t n)
{
    static uint8_t frame[5 + TOKEN_MAX] = { 0x16, 1, 0, TOKEN_MAX >> 8, TOKEN_MAX & 0xff, 0x60 };
    assert_true(n <= sizeof frame && live_raw(fd, frame, n));
    return n;
}

typedef struct peer {
    int fd;
    size_t sent;
} peer;

static bool all_held(live *v, size_t n)
{
    size_t held = 0;
    for (size_t i = 0; i < n; i++)
        held += live_held(v, i);
    return held >= (TOKEN_MAX - 1) * (n / 5); /* every fifth sends that many, and this is what takes time */
}

static void part_of_a_token(bool real)
{
    static const size_t parts[] = { 0, 1, 5, 5 + TOKEN_MAX / 2, 5 + TOKEN_MAX - 1 };
    enum { PEERS = 100 };
    peer peers[PEERS];
    live v;
    live_init(&v);
    v.world.server.handshake_ms = 1500;
    if (real)
        negotiating(&v);
    live_start(&v);
    for (size_t i = 0; i < PEERS; i++) {
        peers[i].fd = live_dial(&v);
        assert_true(peers[i].fd >= 0);
        assert_true(live_wait(made, &v, i + 1, 2000));
        peers[i].sent = send_part(peers[i].fd, parts[i % 5]);
    }
    uint64_t since = live_ms();
    assert_true(live_wait(all_held, &v, PEERS, 1000));
    for (size_t i = 0; i < PEERS; i++) {
        size_t held = live_held(&v, i);
        if (held > OURS + peers[i].sent)
            fail_msg("%zu octets for a peer that sent %zu", held, peers[i].sent);
        if (i < 5)
            print_message("a peer that sent %zu octets costs %zu\n", peers[i].sent, held);
    }
    assert_int_equal(troth_host_count(v.host).half_open, PEERS);
    for (size_t i = 0; i < PEERS; i++) {
        assert_true(live_gone(peers[i].fd, 3000));
        close(peers[i].fd);
    }
    assert_true(live_ms() - since < 2500);
    assert_true(live_wait(half_open, &v, 0, 2000));
    assert_int_equal(troth_host_count(v.host).unauthenticated, 0);
    assert_int_equal(live_end(&v), TROTH_OK);
}

static void test_part_of_a_token(void **state)
{
    (void)state;
    part_of_a_token(false);
}

static void test_part_of_a_token_for_spnego(void **state)
{
    (void)state;
    part_of_a_token(true);
}

/* ---- a whole token, while its job runs ---- */

static void block(void *self, troth_role role, unsigned leg)
{
    sem_t *gate = self; /* [0]: somebody is inside; [1]: may go */
    (void)leg;
    if (role != TROTH_ACCEPTOR)
        return;
    sem_post(&gate[0]);
    while (sem_wait(&gate[1]))
        ;
}

static void test_a_token_at_work(void **state)
{
    sem_t gate[2];
    live v;
    live_client c;
    (void)state;
    sem_init(&gate[0], 0, 0);
    sem_init(&gate[1], 0, 0);
    live_init(&v);
    v.world.mech.pad = 60000;
    v.world.mech.block = block;
    v.world.mech.block_self = gate;
    live_start(&v);
    assert_true(live_open(&v, &c));
    troth_bytes out;
    assert_int_equal(troth_endpoint_out(c.e, &out, NULL), TROTH_OK);
    size_t sent = out.len;
    assert_true(sent > 60000);
    live_turn(&c, 0);
    while (sem_wait(&gate[0]))
        ;
    size_t held = live_held(&v, 0);
    print_message("a peer whose token of %zu octets is at work costs %zu\n", sent - 5, held);
    assert_true(held > 60000 && held <= OURS + sent);
    sem_post(&gate[1]);
    assert_true(live_shake(&c, 5000) && live_echo(&c, 1000, 5000));
    live_close(&c);
    assert_int_equal(live_end(&v), TROTH_OK);
    sem_destroy(&gate[0]);
    sem_destroy(&gate[1]);
}

/* ---- all of them together ---- */

enum { BUDGET = 128 * 1024, MANY = 200 };

static bool refused(live *v, size_t n)
{
    return troth_host_count(v->host).refused_budget >= n;
}

static bool answered(live *v, size_t n)
{
    return atomic_load(&v->made) + troth_host_count(v->host).refused_budget >= n;
}

static void begin(live *v, live_client *good)
{
    live_init(v);
    v->serve.limits.budget = BUDGET;
    v->world.server.handshake_ms = 60000;
    live_start(v);
    assert_true(live_open(v, good) && live_shake(good, 5000) && live_echo(good, 100000, 5000));
}

static void finish(live *v, live_client *good)
{
    live_client again;
    assert_true(live_wait(half_open, v, 0, 5000));
    assert_int_equal(troth_host_count(v->host).unauthenticated, 0);
    assert_true(live_open(v, &again) && live_shake(&again, 5000) && live_echo(&again, 1000, 5000));
    assert_true(live_echo(good, 100000, 5000));
    live_close(&again);
    live_close(good);
    assert_int_equal(live_end(v), TROTH_OK);
}

static void test_many_are_refused(void **state)
{
    live v;
    live_client good, late;
    int fds[MANY];
    (void)state;
    begin(&v, &good);
    for (size_t i = 0; i < MANY; i++) {
        fds[i] = live_dial(&v);
        assert_true(fds[i] >= 0);
    }
    assert_true(live_wait(answered, &v, 1 + MANY, 5000));
    troth_host_counters n = troth_host_count(v.host);
    print_message("%zu half-open, %llu refused, %zu octets held\n", n.half_open, (unsigned long long)n.refused_budget,
                  n.unauthenticated);
    assert_true(n.unauthenticated <= BUDGET && n.half_open >= BUDGET / (2 * OURS) && n.half_open < MANY);
    assert_true(n.refused_budget > 0);
    assert_true(live_echo(&good, 100000, 5000));
    if (live_open(&v, &late)) /* it is closed before it was heard */
        assert_false(live_shake(&late, 2000));
    live_close(&late);
    for (size_t i = 0; i < MANY; i++)
        close(fds[i]);
    finish(&v, &good);
}

/* Octets of tokens count, too: who would take more than there is fails, and nobody else. */
static void test_long_tokens_count(void **state)
{
    enum { PEERS = 6 };
    live v;
    live_client good;
    int fds[PEERS];
    size_t kept = 0;
    (void)state;
    begin(&v, &good);
    for (size_t i = 0; i < PEERS; i++) {
        fds[i] = live_dial(&v);
        if (fds[i] >= 0 && live_wait(made, &v, 2 + i, 500))
            (void)live_raw(fds[i], "\x16\x01\x00\xff\xff", 5);
    }
    static const uint8_t half[40000];
    for (size_t i = 0; i < PEERS; i++)
        (void)live_raw(fds[i], half, sizeof half);
    for (size_t i = 0; i < PEERS; i++)
        kept += !live_gone(fds[i], 200);
    troth_host_counters n = troth_host_count(v.host);
    print_message("%zu of %d peers with 40,000 octets each were kept, %zu octets held\n", kept, PEERS,
                  n.unauthenticated);
    assert_true(kept >= 1 && kept <= BUDGET / sizeof half && n.unauthenticated <= BUDGET);
    assert_true(live_echo(&good, 100000, 5000));
    for (size_t i = 0; i < PEERS; i++)
        close(fds[i]);
    finish(&v, &good);
}

/* Established streams are beyond the budget: they may hold what they need. */
static void test_streams_do_not_count(void **state)
{
    enum { STREAMS = 60 };
    live v;
    live_client good, more[STREAMS];
    (void)state;
    begin(&v, &good);
    for (size_t i = 0; i < STREAMS; i++)
        assert_true(live_open(&v, &more[i]) && live_shake(&more[i], 5000) && live_echo(&more[i], 20000, 5000));
    assert_int_equal(troth_host_count(v.host).unauthenticated, 0);
    assert_false(refused(&v, 1));
    for (size_t i = 0; i < STREAMS; i++)
        live_close(&more[i]);
    finish(&v, &good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_part_of_a_token),   cmocka_unit_test(test_part_of_a_token_for_spnego),
        cmocka_unit_test(test_a_token_at_work),   cmocka_unit_test(test_many_are_refused),
        cmocka_unit_test(test_long_tokens_count), cmocka_unit_test(test_streams_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
