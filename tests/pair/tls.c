/* TLS below an endpoint: NegotiateStream over a fake mechanism, inside real TLS. */
#include <base/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/rig.h>
#include <support/test.h>
#include <support/tls.h>
#include <troth/host.h>

static tls_world world;
static troth_tls_config config[2];
static troth_cred *creds[2];

/* One end: its own environment, and what its inner endpoint was made with. */
typedef struct end {
    test_env env;
    troth_tls_options o;
    troth_nns_options nns;
    troth_role role;
    troth_status refuse; /* what make answers, if not OK */
    unsigned made;
    bool tls, shared;
    char identity[64], bindings[80], peer[32];
    size_t bindings_len;
} end;

typedef struct talk {
    rig r;
    end end[2];
} talk;

static troth_status make(void *self, const troth_env *env, const troth_transport *t, uint64_t now, troth_endpoint **ret)
{
    end *x = self;
    x->made++;
    x->tls = t->tls;
    x->shared = t->shared;
    snprintf(x->identity, sizeof x->identity, "%s", t->tls_identity ? t->tls_identity : "");
    snprintf(x->peer, sizeof x->peer, "%s", t->peer ? t->peer : "");
    assert_true(t->bindings.len <= sizeof x->bindings);
    memcpy(x->bindings, t->bindings.data, x->bindings_len = t->bindings.len);
    if (x->refuse)
        return x->refuse;
    troth_nns_options n = x->nns;
    n.env = env;
    n.transport = t;
    return x->role == TROTH_INITIATOR ? troth_nns_client_new(&n, now, ret) : troth_nns_server_new(&n, now, ret);
}

static void prepare(talk *k, troth_level level)
{
    memset(k, 0, sizeof *k);
    rig_world(&k->r, TROTH_MECH_NTLM, level);
    for (int i = 0; i < 2; i++) {
        end *x = &k->end[i];
        test_env_init(&x->env);
        x->role = (troth_role)i;
        x->nns = i == TROTH_INITIATOR ? k->r.client : k->r.server;
        x->o =
            (troth_tls_options){ .env = &x->env.env, .cred = creds[i], .role = x->role, .make = make, .make_self = x };
    }
    k->end[TROTH_INITIATOR].o.target = "server.test";
}

static void begin(talk *k)
{
    const troth_transport below = { .peer = "192.0.2.1:5", .shared = true };
    troth_endpoint *c = NULL, *s = NULL;
    assert_int_equal(troth_tls_endpoint_new(&k->end[TROTH_ACCEPTOR].o, &below, 0, &s), TROTH_OK);
    rig_init(&k->r.s, s);
    assert_int_equal(troth_tls_endpoint_new(&k->end[TROTH_INITIATOR].o, NULL, 0, &c), TROTH_OK);
    rig_init(&k->r.c, c);
}

static void finish(talk *k)
{
    rig_clear(&k->r.c);
    rig_clear(&k->r.s);
    test_env_check(&k->end[0].env);
    test_env_check(&k->end[1].env);
    rig_end(&k->r);
}

static void establish(talk *k, size_t cut)
{
    begin(k);
    rig_wire(&k->r.c, &k->r.s, cut);
    assert_true(k->r.c.established && k->r.s.established);
    assert_string_equal(k->r.s.name, "FAKE\\alice");
}

static void say(rig_peer *from, rig_peer *to, const char *text, size_t cut)
{
    size_t had = to->got_len;
    rig_say(from, text, strlen(text));
    rig_wire(from, to, cut);
    assert_int_equal(to->got_len - had, strlen(text));
    assert_memory_equal(to->got + had, text, strlen(text));
}

static void order_end(rig_peer *p)
{
    const troth_order_msg order = { .kind = TROTH_ORDER_END };
    size_t used;
    assert_int_equal(troth_endpoint_submit(p->e, &order, p->now, &used), TROTH_OK);
    rig_events(p);
}

static void conversation(troth_level level, size_t cut)
{
    talk k;
    prepare(&k, level);
    establish(&k, cut);
    say(&k.r.c, &k.r.s, "hello", cut);
    say(&k.r.s, &k.r.c, "world", cut);
    order_end(&k.r.c);
    rig_wire(&k.r.c, &k.r.s, cut);
    assert_true(k.r.s.end && k.r.s.end_authentic && !k.r.s.closed);
    say(&k.r.s, &k.r.c, "and goodbye", cut); /* the other direction goes on */
    order_end(&k.r.s);
    rig_wire(&k.r.c, &k.r.s, cut);
    assert_true(k.r.c.end && k.r.c.end_authentic);
    assert_true(k.r.c.closed && k.r.s.closed);
    assert_int_equal(k.r.c.error.code, TROTH_OK);
    assert_int_equal(k.r.s.error.code, TROTH_OK);
    troth_bytes out;
    assert_int_equal(troth_endpoint_out(k.r.c.e, &out, NULL), TROTH_CLOSED);
    assert_int_equal(troth_endpoint_out(k.r.s.e, &out, NULL), TROTH_CLOSED);
    assert_int_equal(troth_endpoint_deadline(k.r.c.e), UINT64_MAX);
    rig_feed_end(&k.r.c); /* and the connection's own end changes nothing */
    finish(&k);
}

static void test_whole(void **state)
{
    (void)state;
    for (troth_level level = TROTH_LEVEL_NONE; level <= TROTH_LEVEL_ENCRYPT; level++)
        conversation(level, 0);
}

static void test_one_by_one(void **state)
{
    (void)state;
    for (troth_level level = TROTH_LEVEL_NONE; level <= TROTH_LEVEL_ENCRYPT; level++)
        conversation(level, 1);
}

/* Each flight in two pieces: all cuts near its front, and many behind. */
static void test_splits(void **state)
{
    (void)state;
    for (size_t cut = 2; cut < 1400; cut += cut < 24 ? 1 : 61)
        conversation(TROTH_LEVEL_ENCRYPT, cut);
}

/* One record, cut at each octet. */
static void test_every_split_of_a_record(void **state)
{
    (void)state;
    talk k;
    prepare(&k, TROTH_LEVEL_SIGN);
    establish(&k, 0);
    for (size_t cut = 2;; cut++) {
        size_t had = k.r.s.got_len;
        rig_say(&k.r.c, "split", 5);
        size_t n = rig_drain(&k.r.c);
        uint8_t *record = k.r.c.sent + k.r.c.sent_len - n;
        assert_int_equal(rig_feed(&k.r.s, record, cut), cut);
        assert_int_equal(k.r.s.got_len, had); /* nothing before all of it */
        if (cut + 1 == n) {
            assert_int_equal(rig_feed(&k.r.s, record + cut, 1), 1);
            break;
        }
        assert_int_equal(rig_feed(&k.r.s, record + cut, n - cut), n - cut);
        assert_int_equal(k.r.s.got_len, had + 5);
    }
    finish(&k);
}

/* What the endpoint inside is told: the same bindings on both sides, and who the peer is. */
static void test_transport(void **state)
{
    (void)state;
    talk k;
    prepare(&k, TROTH_LEVEL_ENCRYPT);
    k.end[TROTH_ACCEPTOR].o.require = TROTH_F_MUTUAL;
    k.end[TROTH_ACCEPTOR].o.policy = TROTH_POLICY_REQUIRE_CERT;
    establish(&k, 0);
    const end *c = &k.end[TROTH_INITIATOR], *s = &k.end[TROTH_ACCEPTOR];
    assert_true(c->tls && s->tls);
    assert_false(c->shared);
    assert_true(s->shared);
    assert_string_equal(s->peer, "192.0.2.1:5");
    assert_string_equal(c->identity, "server.test");
    assert_string_equal(s->identity, "CN=Alice,O=troth tests");
    assert_int_equal(c->bindings_len, sizeof "tls-server-end-point:" - 1 + 32);
    assert_int_equal(s->bindings_len, c->bindings_len);
    assert_memory_equal(s->bindings, c->bindings, c->bindings_len);
    assert_memory_equal(s->bindings, "tls-server-end-point:", 21);
    finish(&k);
    prepare(&k, TROTH_LEVEL_ENCRYPT); /* a client that was not asked is nobody, as far as TLS goes */
    establish(&k, 0);
    assert_string_equal(k.end[TROTH_ACCEPTOR].identity, "");
    finish(&k);
}

static void test_refused(void **state)
{
    (void)state;
    talk k;
    prepare(&k, TROTH_LEVEL_ENCRYPT); /* another host's certificate: nothing is made inside */
    k.end[TROTH_INITIATOR].o.target = "other.test";
    begin(&k);
    rig_wire(&k.r.c, &k.r.s, 0);
    assert_true(k.r.c.closed && k.r.s.closed);
    assert_int_equal(k.r.c.error.code, TROTH_WRONG_PRINCIPAL);
    assert_int_equal(k.r.s.error.code, TROTH_PEER_REFUSED); /* the alert came */
    assert_int_equal(k.end[0].made + k.end[1].made, 0);
    finish(&k);
    prepare(&k, TROTH_LEVEL_ENCRYPT); /* no TLS at all */
    begin(&k);
    assert_int_equal(rig_feed(&k.r.s, "GET / HTTP/1.0\r\n\r\n", 18), 18);
    assert_true(k.r.s.closed);
    assert_int_equal(k.r.s.error.code, TROTH_MALFORMED);
    finish(&k);
    prepare(&k, TROTH_LEVEL_ENCRYPT); /* the inner endpoint cannot be made: an end in good order for the peer */
    k.end[TROTH_ACCEPTOR].refuse = TROTH_NO_CRED;
    begin(&k);
    rig_wire(&k.r.c, &k.r.s, 0);
    assert_true(k.r.s.closed);
    assert_int_equal(k.r.s.error.code, TROTH_NO_CRED);
    assert_true(k.r.c.closed);
    assert_int_not_equal(k.r.c.error.code, TROTH_TRUNCATED);
    finish(&k);
}

/* An end that TLS did not protect, wherever it comes. */
static void test_truncation(void **state)
{
    (void)state;
    talk k;
    prepare(&k, TROTH_LEVEL_NONE); /* after all that was said arrived */
    establish(&k, 0);
    say(&k.r.c, &k.r.s, "transfer 100", 0);
    rig_feed_end(&k.r.s);
    assert_true(k.r.s.closed && !k.r.s.end);
    assert_int_equal(k.r.s.error.code, TROTH_TRUNCATED);
    assert_int_equal(troth_endpoint_error(k.r.s.e)->code, TROTH_TRUNCATED);
    finish(&k);
    prepare(&k, TROTH_LEVEL_NONE); /* inside a record */
    establish(&k, 0);
    rig_say(&k.r.c, "transfer 100", 12);
    size_t n = rig_drain(&k.r.c);
    rig_feed(&k.r.s, k.r.c.sent + k.r.c.sent_len - n, n - 1);
    rig_feed_end(&k.r.s);
    assert_int_equal(k.r.s.error.code, TROTH_TRUNCATED);
    assert_int_equal(k.r.s.got_len, 0);
    finish(&k);
    for (size_t part = 0; part < 200; part += 50) { /* inside the handshake */
        prepare(&k, TROTH_LEVEL_NONE);
        begin(&k);
        rig_drain(&k.r.c);
        rig_feed(&k.r.s, k.r.c.sent, part);
        rig_feed_end(&k.r.s);
        assert_true(k.r.s.closed);
        assert_int_equal(k.r.s.error.code, TROTH_TRUNCATED);
        finish(&k);
    }
}

/* One bit of any octet of a record: nothing of it arrives, and the peer is told. */
static void test_flips(void **state)
{
    (void)state;
    for (size_t at = 0; at < 60; at += 4) {
        talk k;
        prepare(&k, TROTH_LEVEL_NONE);
        establish(&k, 0);
        rig_say(&k.r.c, "a text that is long enough to be cut at many places", 51);
        size_t n = rig_drain(&k.r.c);
        uint8_t *record = malloc(n);
        assert_non_null(record);
        memcpy(record, k.r.c.sent + k.r.c.sent_len - n, n);
        assert_true(at < n);
        record[at] ^= 1;
        rig_feed(&k.r.s, record, n);
        if (at != 4) /* a longer record is waited for */
            assert_true(k.r.s.closed);
        rig_feed_end(&k.r.s);
        assert_true(k.r.s.closed && k.r.s.error.code);
        assert_int_equal(k.r.s.got_len, 0);
        if (at > 4) {
            assert_int_equal(k.r.s.error.code, TROTH_BAD_MIC);
            rig_wire(&k.r.c, &k.r.s, 0);
            assert_true(k.r.c.closed);
            assert_int_equal(k.r.c.error.code, TROTH_PEER_REFUSED);
        }
        free(record);
        finish(&k);
    }
}

/* Many frames in few records: each is an event of its own, none is lost, and nobody is asked twice. */
static void test_many_in_one(void **state)
{
    (void)state;
    talk k;
    prepare(&k, TROTH_LEVEL_SIGN);
    establish(&k, 0);
    for (int i = 0; i < 200; i++) {
        char text[8];
        snprintf(text, sizeof text, "<%03d>", i);
        rig_say(&k.r.c, text, 5);
    }
    size_t n = rig_drain(&k.r.c);
    unsigned before = k.r.s.datas;
    assert_int_equal(rig_feed(&k.r.s, k.r.c.sent + k.r.c.sent_len - n, n), n);
    assert_int_equal(k.r.s.datas - before, 200);
    assert_int_equal(k.r.s.got_len, 1000);
    for (int i = 0; i < 200; i++)
        assert_int_equal((k.r.s.got[5 * i + 2] - '0') * 10 + k.r.s.got[5 * i + 3] - '0', i % 100);
    finish(&k);
}

/* While a leg is out nothing is taken; afterwards it goes on with what was offered. */
static void test_jobs_held(void **state)
{
    (void)state;
    talk k;
    prepare(&k, TROTH_LEVEL_SIGN);
    begin(&k);
    k.r.s.hold_jobs = true;
    size_t n = rig_drain(&k.r.c), used = 0;
    uint8_t *hello = malloc(n);
    assert_non_null(hello);
    memcpy(hello, k.r.c.sent, n);
    assert_int_equal(troth_endpoint_feed(k.r.s.e, hello, n, NULL, 0, &used), TROTH_OK);
    assert_int_equal(used, n - 1);
    rig_events(&k.r.s);
    assert_non_null(k.r.s.held);
    assert_int_equal(troth_endpoint_feed(k.r.s.e, hello + n - 1, 1, NULL, 0, &used), TROTH_OK);
    assert_int_equal(used, 0);
    rig_step(&k.r.s);
    assert_int_equal(troth_endpoint_feed(k.r.s.e, hello + n - 1, 1, NULL, 0, &used), TROTH_OK);
    assert_int_equal(used, 1);
    k.r.s.hold_jobs = false;
    rig_wire(&k.r.c, &k.r.s, 0);
    assert_true(k.r.c.established && k.r.s.established);
    free(hello);
    finish(&k);
    /* the client's last leg and its first word arrive together, while the server's job is held */
    prepare(&k, TROTH_LEVEL_SIGN);
    begin(&k);
    n = rig_drain(&k.r.c);
    rig_feed(&k.r.s, k.r.c.sent, n);
    n = rig_drain(&k.r.s);
    rig_feed(&k.r.c, k.r.s.sent, n);
    n = rig_drain(&k.r.c); /* Finished, and NegotiateStream's first frame in a record of its own */
    k.r.s.hold_jobs = true;
    size_t part = rig_feed(&k.r.s, k.r.c.sent + k.r.c.sent_len - n, n);
    assert_true(part < n);
    k.r.s.hold_jobs = false;
    rig_step(&k.r.s);
    assert_int_equal(rig_feed(&k.r.s, k.r.c.sent + k.r.c.sent_len - n + part, n - part), n - part);
    rig_wire(&k.r.c, &k.r.s, 0);
    assert_true(k.r.c.established && k.r.s.established);
    finish(&k);
}

/* A job that comes back late, and one that never does. */
static void test_gone_meanwhile(void **state)
{
    (void)state;
    talk k;
    prepare(&k, TROTH_LEVEL_SIGN);
    begin(&k);
    k.r.s.hold_jobs = true;
    rig_drain(&k.r.c);
    rig_feed(&k.r.s, k.r.c.sent, k.r.c.sent_len);
    troth_endpoint_close(k.r.s.e, TROTH_TIMEOUT);
    rig_events(&k.r.s);
    assert_true(k.r.s.closed);
    assert_int_equal(k.r.s.error.code, TROTH_TIMEOUT);
    rig_step(&k.r.s);
    finish(&k);
    prepare(&k, TROTH_LEVEL_SIGN);
    begin(&k);
    k.r.s.hold_jobs = true;
    rig_drain(&k.r.c);
    rig_feed(&k.r.s, k.r.c.sent, k.r.c.sent_len);
    finish(&k); /* the job is the owner's */
}

static void test_deadlines(void **state)
{
    (void)state;
    talk k;
    prepare(&k, TROTH_LEVEL_SIGN);
    k.end[TROTH_ACCEPTOR].o.handshake_ms = 700;
    k.end[TROTH_ACCEPTOR].nns.idle_ms = 5000;
    begin(&k);
    assert_int_equal(troth_endpoint_deadline(k.r.s.e), 700);
    assert_int_equal(troth_endpoint_deadline(k.r.c.e), 10000);
    troth_endpoint_expire(k.r.s.e, 699);
    rig_events(&k.r.s);
    assert_false(k.r.s.closed);
    troth_endpoint_expire(k.r.s.e, 700);
    rig_events(&k.r.s);
    assert_int_equal(k.r.s.error.code, TROTH_TIMEOUT);
    finish(&k);
    prepare(&k, TROTH_LEVEL_SIGN);
    k.end[TROTH_ACCEPTOR].nns.idle_ms = 5000;
    establish(&k, 0);
    size_t held = k.end[TROTH_ACCEPTOR].env.held;
    assert_int_equal(troth_endpoint_deadline(k.r.s.e), 1000);
    troth_endpoint_expire(k.r.s.e, 1000);
    assert_true(k.end[TROTH_ACCEPTOR].env.held < held); /* buffers are given back */
    assert_int_equal(troth_endpoint_deadline(k.r.s.e), 5000);
    troth_endpoint_expire(k.r.s.e, 5000);
    rig_events(&k.r.s);
    assert_int_equal(k.r.s.error.code, TROTH_TIMEOUT);
    finish(&k);
}

/* The wire's own farewell goes out through TLS, and close_notify behind it. */
static void test_farewell(void **state)
{
    (void)state;
    talk k;
    prepare(&k, TROTH_LEVEL_SIGN);
    establish(&k, 0);
    troth_endpoint_close(k.r.s.e, TROTH_CLOSED);
    rig_events(&k.r.s);
    assert_true(k.r.s.closed);
    rig_wire(&k.r.c, &k.r.s, 0);
    assert_true(k.r.c.end && k.r.c.end_authentic);
    finish(&k);
    prepare(&k, TROTH_LEVEL_SIGN); /* a refusal of the inner handshake */
    k.r.mech.fail_leg = 3;
    k.r.mech.fail_role = TROTH_ACCEPTOR;
    k.r.mech.fail_status = TROTH_DENIED;
    begin(&k);
    rig_wire(&k.r.c, &k.r.s, 0);
    assert_int_equal(k.r.s.error.code, TROTH_DENIED);
    assert_int_equal(k.r.c.error.code, TROTH_PEER_REFUSED);
    finish(&k);
}

/* A megabyte each way, both submitting until they may not. */
static void test_bulk(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    talk k;
    uint8_t *data = malloc(SIZE);
    assert_non_null(data);
    for (size_t i = 0; i < SIZE; i++)
        data[i] = (uint8_t)(i * 7 + (i >> 9));
    prepare(&k, TROTH_LEVEL_NONE);
    establish(&k, 0);
    size_t at[2] = { 0 };
    rig_peer *p[2] = { &k.r.c, &k.r.s };
    bool full = false;
    while (at[0] < SIZE || at[1] < SIZE) {
        for (int i = 0; i < 2; i++) {
            size_t used = 0;
            const troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { data + at[i], SIZE - at[i] } };
            troth_status st = troth_endpoint_submit(p[i]->e, &order, 0, &used);
            assert_true(st == TROTH_OK || st == TROTH_AGAIN);
            full |= st == TROTH_AGAIN;
            at[i] += used;
        }
        rig_wire(p[0], p[1], 0);
    }
    rig_wire(p[0], p[1], 0);
    assert_true(full);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(p[i]->got_len, SIZE);
        assert_memory_equal(p[i]->got, data, SIZE);
        assert_true(k.end[i].env.peak < 1500000); /* bounded by the buffers, not by the data */
    }
    free(data);
    finish(&k);
}

/* Each allocation of one side fails once: it is told and over, and nothing is left. */
static void test_no_memory(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        for (size_t fail = 1;; fail++) {
            talk k;
            troth_endpoint *c = NULL, *s = NULL;
            prepare(&k, TROTH_LEVEL_SIGN);
            k.end[side].env.fail_at = fail;
            troth_status st = troth_tls_endpoint_new(&k.end[TROTH_ACCEPTOR].o, NULL, 0, &s);
            if (!st)
                st = troth_tls_endpoint_new(&k.end[TROTH_INITIATOR].o, NULL, 0, &c);
            if (!st) {
                rig_init(&k.r.s, s);
                rig_init(&k.r.c, c);
                rig_wire(&k.r.c, &k.r.s, 0);
                if (k.r.c.established && k.r.s.established) {
                    rig_say(&k.r.c, "x", 1);
                    rig_wire(&k.r.c, &k.r.s, 0);
                }
            } else {
                assert_int_equal(st, TROTH_NO_MEMORY);
                troth_endpoint_free(s);
            }
            bool over = k.end[side].env.allocs < fail;
            if (over)
                assert_int_equal(k.r.s.got_len, 1);
            finish(&k);
            if (over)
                break;
        }
    }
}

static int open_world(void **state)
{
    (void)state;
    tls_world_open(&world);
    creds[TROTH_INITIATOR] = tls_cred(&world, TROTH_USE_INITIATE, TLS_CLIENT, TLS_CA, &config[0], TROTH_OK);
    creds[TROTH_ACCEPTOR] = tls_cred(&world, TROTH_USE_ACCEPT, TLS_SERVER, TLS_CA, &config[1], TROTH_OK);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    troth_cred_unref(creds[0]);
    troth_cred_unref(creds[1]);
    tls_world_close(&world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),          cmocka_unit_test(test_one_by_one),
        cmocka_unit_test(test_splits),         cmocka_unit_test(test_every_split_of_a_record),
        cmocka_unit_test(test_transport),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_truncation),     cmocka_unit_test(test_flips),
        cmocka_unit_test(test_many_in_one),    cmocka_unit_test(test_jobs_held),
        cmocka_unit_test(test_gone_meanwhile), cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_farewell),       cmocka_unit_test(test_bulk),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
