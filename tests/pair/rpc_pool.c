/* Several identities over one client, against servers of ours: where they go, and that every call is answered once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/rpc_rig.h>
#include <support/test.h>

enum { CONNS = 16, CALLS = 2000 };

typedef struct pool {
    rpc_rig r;
    troth_rpc_client *client;
    rpc_peer c[CONNS], s[CONNS];
    size_t n;
    unsigned asked;  /* connections wanted and not answered yet */
    bool attach_now; /* in the call-back itself                 */
    unsigned answers[CALLS];
    troth_status status[CALLS];
    uint32_t fault[CALLS];
    char text[CALLS][40];
    uint64_t established[64];
    size_t n_established;
    uint64_t again; /* a call to be made by the next reply */
} pool;

static void forward(rpc_peer *p, const troth_event *ev)
{
    pool *w = p->self;
    troth_rpc_client_event(w->client, p->e, ev, 0);
}

static void attach(pool *w)
{
    troth_endpoint *s = NULL, *c = NULL;
    assert_true(w->n < CONNS && w->asked);
    w->asked--;
    assert_int_equal(troth_rpc_co_server_new(&w->r.serve, 0, &s), TROTH_OK);
    rpc_peer_init(&w->s[w->n], s);
    assert_int_equal(troth_rpc_client_attach(w->client, &w->r.env.env, NULL, 0, &c), TROTH_OK);
    rpc_peer_init(&w->c[w->n], c);
    w->c[w->n].event = forward;
    w->c[w->n].self = w;
    w->n++;
}

static void want(void *self)
{
    pool *w = self;
    assert_int_equal(w->asked, 0); /* not called again before it was answered */
    w->asked++;
    if (w->attach_now)
        attach(w);
}

static troth_status call(pool *w, uint64_t identity, uint64_t id, uint16_t opnum)
{
    const troth_rpc_message m = { .abstract = rpc_rig_syntax,
                                  .transfer = TROTH_RPC_NDR,
                                  .opnum = opnum,
                                  .drep = { 0x10 },
                                  .stub = { (const uint8_t *)"abcd", 4 } };
    unsigned before = w->answers[id];
    troth_status st = troth_rpc_client_call(w->client, identity, id, &m, 0);
    assert_int_equal(w->answers[id], before); /* never before this returns */
    return st;
}

static void reply(void *self, uint64_t id, const troth_event *ev)
{
    pool *w = self;
    assert_true(id < CALLS && ev->kind == TROTH_EV_REPLY);
    w->answers[id]++;
    w->status[id] = ev->error.code;
    if (w->again) {
        uint64_t next = w->again;
        w->again = 0;
        troth_status st = call(w, 1, next, RPC_WHO);
        (void)st;
    }
    if (ev->error.code)
        return;
    w->fault[id] = ev->message->fault;
    snprintf(w->text[id], sizeof w->text[id], "%.*s", (int)ev->message->stub.len, (const char *)ev->message->stub.data);
}

static void stands(void *self, uint64_t id, const troth_event *ev)
{
    pool *w = self;
    assert_int_equal(ev->id, id);
    w->established[w->n_established++] = id;
}

static void begin(pool *w, troth_rpc_level level, size_t identities)
{
    memset(w, 0, sizeof *w);
    rpc_rig_init(&w->r, true);
    troth_rpc_client_options o = {
        .env = &w->r.env.env, .connect = want, .reply = reply, .established = stands, .self = w
    };
    assert_int_equal(troth_rpc_client_new(&o, &w->client), TROTH_OK);
    troth_rpc_identity who = rpc_rig_identity(&w->r, TROTH_RPC_AUTH_NTLM, level);
    for (uint64_t id = 1; id <= identities; id++)
        assert_int_equal(troth_rpc_client_identity(w->client, id, &who), TROTH_OK);
    assert_int_equal(troth_rpc_client_identity(w->client, 1, &who), TROTH_INVALID);
}

static void run(pool *w)
{
    for (bool moved = true; moved;) {
        moved = false;
        while (w->asked && !w->attach_now)
            attach(w);
        for (size_t i = 0; i < w->n; i++) {
            if (!w->c[i].e)
                continue;
            size_t before = w->c[i].sent_len + w->s[i].sent_len;
            rpc_peer_events(&w->c[i]);
            rpc_wire(&w->c[i], &w->s[i], 0);
            moved |= w->c[i].sent_len + w->s[i].sent_len != before;
        }
        moved |= w->asked && !w->attach_now;
    }
}

static void end(pool *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->c[i].e)
            troth_rpc_client_detach(w->client, w->c[i].e);
        rpc_peer_clear(&w->c[i]);
        rpc_peer_clear(&w->s[i]);
    }
    troth_rpc_client_free(w->client);
    rpc_rig_end(&w->r);
    free(w);
}

static pool *new_pool(troth_rpc_level level, size_t identities)
{
    pool *w = malloc(sizeof *w);
    assert_non_null(w);
    begin(w, level, identities);
    return w;
}

static void expect_text(const pool *w, uint64_t id, const char *text)
{
    if (w->answers[id] != 1 || w->status[id] || w->fault[id] || strcmp(w->text[id], text) != 0)
        fail_msg("call %d: %u answers, %s, fault 0x%x, %s", (int)id, w->answers[id], troth_status_name(w->status[id]),
                 w->fault[id], w->text[id]);
}

/* One connection for all where the server agrees to multiplexing (CO-1, CO-2). */
static void test_multiplexed(void **state)
{
    (void)state;
    for (int now = 0; now < 2; now++) {
        pool *w = new_pool(TROTH_RPC_LEVEL_PRIVACY, 20);
        w->attach_now = now;
        for (uint64_t id = 1; id <= 20; id++)
            for (uint64_t k = 0; k < 5; k++)
                assert_int_equal(call(w, id, id * 10 + k, RPC_ECHO), TROTH_OK);
        run(w);
        assert_int_equal(w->n, 1);
        assert_int_equal(w->n_established, 20);
        for (uint64_t id = 1; id <= 20; id++)
            for (uint64_t k = 0; k < 5; k++)
                expect_text(w, id * 10 + k, "abcd");
        assert_int_equal(troth_rpc_co_facts_of(w->c[0].e).contexts, 20);
        end(w);
    }
}

/* 40: else a connection for each, all of one association group. */
static void test_not_multiplexed(void **state)
{
    (void)state;
    pool *w = new_pool(TROTH_RPC_LEVEL_CONNECT, 4);
    w->r.serve.no_features = true;
    for (uint64_t id = 1; id <= 4; id++)
        assert_int_equal(call(w, id, id, RPC_WHO), TROTH_OK);
    run(w);
    assert_int_equal(w->n, 4);
    for (uint64_t id = 1; id <= 4; id++) {
        expect_text(w, id, "alice connect 1");
        troth_rpc_co_facts f = troth_rpc_co_facts_of(w->c[id - 1].e);
        assert_int_equal(f.contexts, 1);
        assert_int_equal(f.group, troth_rpc_co_facts_of(w->c[0].e).group);
    }
    for (uint64_t id = 1; id <= 4; id++) /* and they stay where they are */
        assert_int_equal(call(w, id, 10 + id, RPC_WHO), TROTH_OK);
    run(w);
    assert_int_equal(w->n, 4);
    expect_text(w, 14, "alice connect 1");
    end(w);
}

/* Calls without authentication never share a connection with security contexts. */
static void test_nobody_apart(void **state)
{
    (void)state;
    pool *w = new_pool(TROTH_RPC_LEVEL_CONNECT, 2);
    assert_int_equal(call(w, 1, 1, RPC_WHO), TROTH_OK);
    assert_int_equal(call(w, 0, 2, RPC_WHO), TROTH_OK);
    assert_int_equal(call(w, 2, 3, RPC_WHO), TROTH_OK);
    assert_int_equal(call(w, 7, 4, RPC_WHO), TROTH_INVALID);
    run(w);
    assert_int_equal(w->n, 2);
    expect_text(w, 1, "alice connect 1");
    expect_text(w, 2, " none 0");
    expect_text(w, 3, "alice connect 2");
    end(w);
}

/* No connection: whoever waits for one is told, once; the next call asks anew. */
static void test_no_connection(void **state)
{
    (void)state;
    pool *w = new_pool(TROTH_RPC_LEVEL_PRIVACY, 2);
    for (uint64_t id = 1; id <= 3; id++)
        assert_int_equal(call(w, id % 3, id, RPC_ECHO), TROTH_OK);
    assert_int_equal(w->asked, 1);
    w->asked = 0;
    w->again = 9; /* asked for while the answers are given */
    troth_rpc_client_failed(w->client, TROTH_IO);
    for (uint64_t id = 1; id <= 3; id++) {
        assert_int_equal(w->answers[id], 1);
        assert_int_equal(w->status[id], TROTH_IO);
    }
    run(w);
    assert_int_equal(w->answers[9], 1);
    end(w);
}

/* The context cannot be built: its calls are told; another connection serves the others. */
static void test_refused(void **state)
{
    (void)state;
    pool *w = new_pool(TROTH_RPC_LEVEL_PRIVACY, 1);
    troth_rpc_identity who = rpc_rig_identity(&w->r, TROTH_RPC_AUTH_KERBEROS, TROTH_RPC_LEVEL_PRIVACY);
    assert_int_equal(troth_rpc_client_identity(w->client, 2, &who), TROTH_OK); /* which the server does not know */
    assert_int_equal(call(w, 1, 1, RPC_ECHO), TROTH_OK);
    run(w);
    expect_text(w, 1, "abcd");
    assert_int_equal(call(w, 2, 2, RPC_ECHO), TROTH_OK);
    assert_int_equal(call(w, 2, 3, RPC_ECHO), TROTH_OK);
    run(w);
    assert_int_equal(w->answers[2], 1);
    assert_int_equal(w->status[2], TROTH_PEER_REFUSED);
    assert_int_equal(w->answers[3], 1);
    assert_int_equal(call(w, 1, 4, RPC_ECHO), TROTH_OK);
    run(w);
    expect_text(w, 4, "abcd");
    end(w);
}

/* A connection dies with calls in flight and calls waiting. */
static void test_lost(void **state)
{
    (void)state;
    pool *w = new_pool(TROTH_RPC_LEVEL_PRIVACY, 2);
    assert_int_equal(call(w, 1, 1, RPC_WAIT), TROTH_OK);
    run(w);
    assert_int_equal(w->answers[1], 0);
    assert_int_equal(call(w, 1, 2, RPC_WAIT), TROTH_OK);
    assert_int_equal(call(w, 2, 3, RPC_ECHO), TROTH_OK);
    troth_endpoint_feed_end(w->c[0].e, 0);
    rpc_peer_events(&w->c[0]);
    assert_int_equal(w->answers[1] + w->answers[2], 2);
    assert_int_equal(w->status[1], TROTH_CLOSED);
    run(w); /* and the other's, whose context was being built, was told as well */
    assert_int_equal(w->answers[3], 1);
    assert_int_equal(call(w, 2, 4, RPC_ECHO), TROTH_OK);
    run(w);
    expect_text(w, 4, "abcd");
    end(w);
}

/* Detached before its end: what was in flight is answered. */
static void test_detached(void **state)
{
    (void)state;
    pool *w = new_pool(TROTH_RPC_LEVEL_PRIVACY, 1);
    assert_int_equal(call(w, 1, 1, RPC_WAIT), TROTH_OK);
    run(w);
    troth_rpc_client_detach(w->client, w->c[0].e);
    assert_int_equal(w->answers[1], 1);
    assert_int_equal(w->status[1], TROTH_CLOSED);
    rpc_peer_clear(&w->c[0]);
    assert_int_equal(call(w, 1, 2, RPC_ECHO), TROTH_OK);
    run(w);
    expect_text(w, 2, "abcd");
    end(w);
}

/* More calls than are in flight at once, and more than may wait. */
static void test_many(void **state)
{
    (void)state;
    pool *w = new_pool(TROTH_RPC_LEVEL_INTEGRITY, 1);
    uint64_t id = 1;
    while (call(w, 1, id, RPC_ECHO) == TROTH_OK)
        id++;
    assert_int_equal(id, 1025);
    run(w);
    for (uint64_t k = 1; k < id; k++)
        expect_text(w, k, "abcd");
    for (uint64_t k = 0; k < 600; k++)
        assert_int_equal(call(w, 1, 1100 + k, RPC_ECHO), TROTH_OK);
    troth_rpc_client_end(w->client, 0);
    assert_int_equal(call(w, 1, 1999, RPC_ECHO), TROTH_BAD_STATE);
    run(w);
    for (uint64_t k = 0; k < 600; k++)
        expect_text(w, 1100 + k, "abcd");
    assert_true(w->c[0].closed);
    assert_int_equal(w->c[0].error.code, TROTH_OK);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multiplexed),  cmocka_unit_test(test_not_multiplexed),
        cmocka_unit_test(test_nobody_apart), cmocka_unit_test(test_no_connection),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_lost),
        cmocka_unit_test(test_detached),     cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
