/*
 * What lives how long: a connection that dies while a leg runs on another thread, while a handler has a call, while one
 * sleeps; two connections of one group; a server that goes when its connections are gone; and every order of close, stepped,
 * answer and free. [spec: hostile input 37; CVE-2021-3738]
 */
#include <pthread.h>
#include <rpc_co/server.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <support/rpc_raw.h>
#include <support/test.h>

enum { ROUNDS = 60 };

typedef struct world {
    rpc_pair rig;
    raw raw;
} world;

static world *world_new(void)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    rpc_pair_fake(&w->rig, TROTH_MECH_NTLM);
    w->rig.who.level = TROTH_RPC_LEVEL_CONNECT;
    raw_init(&w->raw, &w->rig);
    return w;
}

static void world_free(world *w)
{
    rpc_pair_end(&w->rig);
    free(w);
}

static rig_peer *server(world *w)
{
    return rpc_pair_server(&w->rig);
}

/* The server's endpoint goes; what came of its events stays. */
static void free_endpoint(world *w)
{
    troth_endpoint_free(server(w)->e);
    server(w)->e = NULL;
}

/* ---- every order ---- */

typedef enum deed { CLOSE, STEPPED, ANSWER, FREE, DEEDS } deed;

/* A context stands, a call of it is kept, a second context's leg is out, a third request waits behind that. */
static void set_scene(world *w, bool held)
{
    raw_context(&w->raw, TROTH_CO_BIND, 1);
    raw_request_as(&w->raw, PAIR_KEEP, 1, 100);
    raw_request_as(&w->raw, PAIR_OPEN, 1, 0);
    raw_request_as(&w->raw, PAIR_SLEEP, 1, 8);
    assert_int_equal(w->rig.n_kept, 1);
    server(w)->hold_jobs = true;
    raw_bind(&w->raw, TROTH_CO_ALTER_CONTEXT, 0, 1, TROTH_RPC_LEVEL_PRIVACY, 2);
    assert_non_null(server(w)->held);
    if (held)
        raw_request_as(&w->raw, PAIR_ECHO, 2, 8); /* names what is being built */
}

static void do_stepped(world *w)
{
    rig_peer *s = server(w);
    troth_job *job = s->held;
    s->held = NULL;
    troth_job_run(job);
    if (s->e) {
        troth_endpoint_stepped(s->e, job, s->now);
        rig_events(s);
    } else {
        troth_job_free(job);
    }
}

static void do_answer(world *w)
{
    troth_rpc_call *c = w->rig.kept[0];
    const troth_rpc_caller *who = troth_rpc_call_caller(c);
    bool alive = server(w)->e && !server(w)->closed;
    assert_int_equal(troth_rpc_call_cancelled(c), !alive);
    assert_int_equal(who->facts.peer.name && *who->facts.peer.name, alive);
    assert_non_null(troth_rpc_call_memory(c, 10));
    rpc_pair_answer(&w->rig, 0);
}

static void do_close(world *w, int how)
{
    rig_peer *s = server(w);
    if (!s->e)
        return;
    if (how == 0)
        troth_endpoint_close(s->e, TROTH_TIMEOUT);
    else
        troth_endpoint_feed_end(s->e, s->now);
    rig_events(s);
}

static void in_order(const deed *order, int how, bool held)
{
    world *w = world_new();
    set_scene(w, held);
    for (int i = 0; i < DEEDS; i++)
        switch (order[i]) {
        case CLOSE:
            do_close(w, how);
            break;
        case STEPPED:
            do_stepped(w);
            break;
        case ANSWER:
            do_answer(w);
            break;
        default:
            free_endpoint(w);
            break;
        }
    assert_int_equal(w->rig.rundowns, 1);
    assert_int_equal(troth_rpc_server_count(w->rig.server).groups, 0);
    assert_int_equal(troth_rpc_server_count(w->rig.server).connections, 0);
    w->rig.n_kept = 0;
    world_free(w);
}

static void test_every_order(void **state)
{
    (void)state;
    unsigned orders = 0;
    for (unsigned code = 0; code < 256; code++) {
        deed order[DEEDS];
        unsigned seen = 0;
        for (unsigned i = 0; i < DEEDS; i++) {
            order[i] = (deed)(code >> 2 * i & 3);
            seen |= 1u << order[i];
        }
        if (seen != 15)
            continue;
        for (int how = 0; how < 4; how++)
            in_order(order, how & 1, how & 2);
        orders++;
    }
    assert_int_equal(orders, 24);
}

/* The server goes while a leg and a call are still out: the call stays unanswered, the job comes back to nobody. */
static void test_server_first(void **state)
{
    (void)state;
    world *w = world_new();
    set_scene(w, false);
    rig_peer *s = server(w);
    troth_job *job = s->held;
    s->held = NULL;
    rpc_pair_answer(&w->rig, 0);
    free_endpoint(w);
    troth_rpc_server_free(w->rig.server);
    w->rig.server = NULL;
    for (int side = 0; side < 2; side++) { /* nor is there a credential, but for the job's */
        troth_cred_unref(w->rig.r.side[side].cred);
        w->rig.r.side[side].cred = NULL;
    }
    troth_job_run(job);
    troth_job_free(job);
    w->rig.n_kept = 0;
    world_free(w);
}

/* ---- calls that sleep ---- */

static void test_sleeping(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        world *w = world_new();
        rig_peer *s = server(w);
        raw_context(&w->raw, TROTH_CO_BIND, 1);
        for (int i = 0; i < 10; i++)
            raw_request_as(&w->raw, PAIR_SLEEP, 1, 8);
        if (how == 0) { /* woken: each answers, in the order of their time */
            troth_endpoint_expire(s->e, ++s->now);
            rig_events(s);
            assert_true(raw_listen(&w->raw, NULL, NULL) >= 10 * 24);
        } else if (how == 1) {
            troth_endpoint_close(s->e, TROTH_CLOSED);
            rig_events(s);
            troth_endpoint_expire(s->e, ++s->now); /* nobody is woken any more */
            assert_int_equal(troth_endpoint_deadline(s->e), UINT64_MAX);
        }
        world_free(w);
    }
}

/* ---- two connections of one group ---- */

static uint32_t group_of(world *w)
{
    uint32_t group = troth_rpc_co_facts_of(server(w)->e).group;
    assert_true(group);
    return group;
}

/* Feed a request with a handle; whether it was good. */
static bool use_handle(world *w, const uint8_t handle[PAIR_HANDLE])
{
    uint8_t ptype;
    w->raw.not_fed = true;
    raw_request(&w->raw, RAW_ONLY, 0, PAIR_USE, 0, PAIR_HANDLE);
    w->raw.not_fed = false;
    memcpy(w->raw.pdu + 24, handle, PAIR_HANDLE);
    raw_feed(&w->raw);
    raw_listen(&w->raw, &ptype, NULL);
    return ptype == TROTH_CO_RESPONSE;
}

static void get_handle(world *w, uint8_t ret[PAIR_HANDLE])
{
    raw_request(&w->raw, RAW_ONLY, 0, PAIR_OPEN, 0, 0);
    rig_peer *s = server(w);
    size_t n = rig_drain(s);
    assert_true(n >= 24 + PAIR_HANDLE);
    memcpy(ret, s->sent + s->sent_len - PAIR_HANDLE, PAIR_HANDLE);
    s->sent_len = 0;
}

/* Another connection to the same server, in place of the rig's, which is answered. */
static troth_endpoint *second(world *w, uint32_t group)
{
    troth_endpoint *first = server(w)->e;
    raw_init(&w->raw, &w->rig);
    w->raw.group = group;
    raw_bind(&w->raw, TROTH_CO_BIND, 0, 0, 0, 0);
    raw_listen(&w->raw, NULL, NULL);
    return first;
}

static void test_group(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        world *w = world_new();
        uint8_t handle[PAIR_HANDLE];
        raw_bind(&w->raw, TROTH_CO_BIND, 0, 0, 0, 0);
        raw_listen(&w->raw, NULL, NULL);
        get_handle(w, handle);
        raw_request(&w->raw, RAW_ONLY, 0, PAIR_KEEP, 0, 0);
        uint32_t group = group_of(w);
        troth_endpoint *first = second(w, group);
        assert_int_equal(group_of(w), group);
        assert_true(use_handle(w, handle));
        if (how == 0)
            troth_endpoint_close(first, TROTH_CLOSED);
        if (how != 1)
            troth_endpoint_free(first);
        assert_true(use_handle(w, handle)); /* what the first opened outlives it */
        assert_int_equal(w->rig.rundowns, 0);
        if (how == 2) { /* a handler of the first opens one more, too late for it */
            troth_rpc_handle h;
            assert_int_equal(troth_rpc_handle_new(w->rig.kept[0], 1, w, NULL, &h), TROTH_CLOSED);
        }
        rpc_pair_answer(&w->rig, 0);
        w->rig.n_kept = 0;
        if (how == 1) {
            free_endpoint(w);
            assert_int_equal(w->rig.rundowns, 0);
            server(w)->e = first;
            assert_true(use_handle(w, handle));
        }
        free_endpoint(w);
        assert_int_equal(w->rig.rundowns, 1);
        raw_init(&w->raw, &w->rig); /* and nobody joins what is over */
        w->raw.group = group;
        raw_bind(&w->raw, TROTH_CO_BIND, 0, 0, 0, 0);
        assert_true(server(w)->closed);
        assert_int_equal(server(w)->error.wire, TROTH_CO_NAK_NOT_SPECIFIED);
        world_free(w);
    }
}

/* ---- threads ---- */

typedef struct runner {
    troth_job *job;
    sem_t in, go; /* the provider is in its step; it may leave it */
    bool blocks;
    pthread_t thread;
} runner;

static void block(void *self, troth_role role, unsigned leg)
{
    runner *r = self;
    (void)role, (void)leg;
    sem_post(&r->in);
    sem_wait(&r->go);
}

static void *run(void *arg)
{
    runner *r = arg;
    troth_job_run(r->job);
    return NULL;
}

static void start(runner *r, troth_job *job)
{
    r->job = job;
    assert_int_equal(pthread_create(&r->thread, NULL, run, r), 0);
}

/* The endpoint ends in the middle of a step: closed, freed, or told of the peer's end; the job comes back, or to nobody. */
static void test_reset_during_leg(void **state)
{
    (void)state;
    for (int how = 0; how < 6; how++) {
        world *w = world_new();
        rig_peer *s = server(w);
        runner r = { 0 };
        sem_init(&r.in, 0, 0);
        sem_init(&r.go, 0, 0);
        s->hold_jobs = true;
        raw_bind(&w->raw, TROTH_CO_BIND, 0, 1, TROTH_RPC_LEVEL_PRIVACY, 1);
        w->rig.mech.block_self = &r;
        w->rig.mech.block = block;
        start(&r, s->held);
        s->held = NULL;
        sem_wait(&r.in);
        if (how % 3 == 0)
            troth_endpoint_close(s->e, TROTH_CLOSED);
        else if (how % 3 == 1)
            troth_endpoint_feed_end(s->e, s->now);
        rig_events(s);
        if (how >= 3 || how % 3 == 2)
            free_endpoint(w);
        sem_post(&r.go);
        pthread_join(r.thread, NULL);
        w->rig.mech.block = NULL;
        if (s->e) {
            troth_endpoint_stepped(s->e, r.job, s->now);
            rig_events(s);
            assert_true(s->closed);
        } else {
            troth_job_free(r.job);
        }
        assert_int_equal(w->rig.established[REAL_SERVER], 0);
        sem_destroy(&r.in);
        sem_destroy(&r.go);
        world_free(w);
    }
}

/* Real NTLM on threads, and an owner who does not wait for them before he ends the connection. */
static void test_race(void **state)
{
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        rpc_pair *p = calloc(1, sizeof *p);
        runner r[2] = { { 0 } };
        assert_non_null(p);
        rpc_pair_real(p, REAL_NTLM, TROTH_RPC_LEVEL_PRIVACY);
        p->r.side[REAL_CLIENT].env.seed = p->r.side[REAL_SERVER].env.seed = 0; /* the seed is not for threads */
        rpc_pair_connect(p);
        rig_peer *c = rpc_pair_client(p), *s = rpc_pair_server(p);
        assert_int_equal(rpc_pair_open(p, 1), TROTH_OK);
        rpc_pair_run(p, 0);
        assert_int_equal(p->established[REAL_SERVER], 1);
        c->hold_jobs = s->hold_jobs = true;
        assert_int_equal(rpc_pair_open(p, 2), TROTH_OK); /* the first leg of the client runs ... */
        start(&r[0], c->held);
        c->held = NULL;
        if (round % 2) { /* ... or that of the server, while calls of the other context go on */
            pthread_join(r[0].thread, NULL);
            troth_endpoint_stepped(c->e, r[0].job, 0);
            rig_events(c);
            rpc_pair_run(p, 0);
            start(&r[1], s->held);
            s->held = NULL;
        }
        for (uint64_t id = 1; id <= round % 7; id++) {
            troth_status st = rpc_pair_call(p, 1, id, PAIR_ECHO, "while it runs", 13);
            assert_int_equal(st, TROTH_OK);
            rpc_pair_run(p, 0);
        }
        if (round % 2)
            assert_int_equal(p->n_replies, round % 7);
        for (int side = 0; side < 2; side++) {
            troth_endpoint_free(p->r.side[side].peer.e);
            p->r.side[side].peer.e = NULL;
        }
        runner *last = &r[round % 2];
        pthread_join(last->thread, NULL);
        troth_job_free(last->job);
        rpc_pair_end(p);
        free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_order), cmocka_unit_test(test_server_first),     cmocka_unit_test(test_sleeping),
        cmocka_unit_test(test_group),       cmocka_unit_test(test_reset_during_leg), cmocka_unit_test(test_race),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
