/*
 * More and more security contexts on one connection, whole ones and such as never get beyond their first leg: what they
 * hold, what the cap refuses, and that nothing of a provider runs for what is refused (CO-8, CO-9).
 */
#include <rpc_co/server.h>
#include <stdlib.h>
#include <support/pair.h>
#include <support/rpc_raw.h>
#include <support/test.h>

enum {
    CAP = 2048,          /* the default */
    CLIENT_CAP = 2000,   /* CO-7 */
    CONTEXT_MOST = 256,  /* octets of a context beside its mechanism's own, held by the connection */
    HALF_MOST = 384,     /* the same, with the answer that waits, half-open */
    BARE_MOST = 4096,    /* a connection that has said nothing */
    BOUND_MOST = 8192,   /* ... that is bound, without security */
    LISTENER_MOST = 4096 /* a server without connections */
};

static size_t held(const rpc_pair *r)
{
    return r->r.side[REAL_SERVER].env.held;
}

static rpc_pair *rig_new(void)
{
    rpc_pair *r = calloc(1, sizeof *r);
    assert_non_null(r);
    rpc_pair_fake(r, TROTH_MECH_NTLM);
    r->who.level = TROTH_RPC_LEVEL_CONNECT;
    return r;
}

static void rig_free(rpc_pair *r)
{
    rpc_pair_end(r);
    free(r);
}

/* What a mechanism's own context holds, with the one of sec around it, when it is complete. */
static size_t mechanism_holds(real_mech mech, rpc_pair *r)
{
    static const char *const names[] = { "kerberos", "ntlm", "spnego", "spnego" };
    troth_context *i = NULL, *a = NULL;
    test_env *t = &r->r.side[REAL_SERVER].env;
    troth_context_options o = { .env = &t->env, .role = TROTH_ACCEPTOR, .mech = names[mech] };
    size_t before = t->held;
    assert_int_equal(troth_context_new(r->r.side[REAL_SERVER].cred, &o, &a), TROTH_OK);
    o.role = TROTH_INITIATOR;
    o.target = r->who.target;
    o.require = TROTH_F_REPLAY | TROTH_F_INTEGRITY | TROTH_F_SEQUENCE | TROTH_F_CONFIDENTIALITY;
    o.env = &r->r.side[REAL_CLIENT].env.env;
    assert_int_equal(troth_context_new(r->r.side[REAL_CLIENT].cred, &o, &i), TROTH_OK);
    for (troth_block token = { 0 };;) { /* tokens change environments: copied by hand */
        troth_step step;
        troth_block mine = { 0 };
        assert_int_equal(pair_leg(o.env, &i, !token.data, &token, &step), TROTH_OK);
        if (token.data)
            assert_int_equal(troth_mem_keep(&t->env, token.data, token.len, &mine), TROTH_OK);
        troth_mem_drop(o.env, &token);
        assert_int_equal(pair_leg(&t->env, &a, false, &mine, &step), TROTH_OK);
        if (mine.data)
            assert_int_equal(troth_mem_keep(o.env, mine.data, mine.len, &token), TROTH_OK);
        troth_mem_drop(&t->env, &mine);
        if (step == TROTH_STEP_DONE)
            break;
        assert_int_equal(step, TROTH_STEP_MORE);
    }
    size_t n = t->held - before;
    troth_context_free(i);
    troth_context_free(a);
    return n;
}

/* As many as a client may have, of real endpoints. */
static void client_fills(bool with_ntlm, troth_rpc_level level)
{
    rpc_pair *r = with_ntlm ? calloc(1, sizeof *r) : rig_new();
    assert_non_null(r);
    if (with_ntlm)
        rpc_pair_real(r, REAL_NTLM, level);
    r->who.level = level;
    r->client.max_contexts = r->accept.max_contexts = CLIENT_CAP;
    rpc_pair_connect(r);
    size_t own = mechanism_holds(REAL_NTLM, r);
    assert_int_equal(rpc_pair_open(r, 1), TROTH_OK);
    rpc_pair_run(r, 0);
    size_t one = held(r);
    for (uint64_t id = 2; id <= CLIENT_CAP; id++) {
        assert_int_equal(rpc_pair_open(r, id), TROTH_OK);
        rpc_pair_run(r, 0);
    }
    assert_int_equal(r->established[REAL_SERVER], CLIENT_CAP);
    size_t each = (held(r) - one) / (CLIENT_CAP - 1);
    print_message("%s, %s: %zu octets a context, %zu of them the mechanism's\n", with_ntlm ? "ntlm" : "fake",
                  troth_rpc_level_name(level), each, own);
    assert_true(each >= own && each - own <= CONTEXT_MOST);
    size_t sent = rpc_pair_client(r)->sent_len;
    assert_int_equal(rpc_pair_open(r, CLIENT_CAP + 1), TROTH_LIMIT); /* CO-7: nothing is sent */
    rpc_pair_run(r, 0);
    assert_int_equal(rpc_pair_client(r)->sent_len, sent);
    assert_int_equal(rpc_pair_call(r, CLIENT_CAP, 1, PAIR_ECHO, "last", 4), TROTH_OK);
    assert_int_equal(rpc_pair_call(r, 1, 2, PAIR_ECHO, "first", 4), TROTH_OK);
    rpc_pair_run(r, 0);
    assert_int_equal(rpc_pair_reply_of(r, 1)->error.code + rpc_pair_reply_of(r, 2)->error.code, 0);
    rig_free(r);
}

static void test_client_fills(void **state)
{
    (void)state;
    client_fills(false, TROTH_RPC_LEVEL_CONNECT);
    client_fills(true, TROTH_RPC_LEVEL_PRIVACY);
}

/* Up to the cap, and one more. */
static void beyond(troth_rpc_profile profile)
{
    rpc_pair *r = rig_new();
    raw *w = malloc(sizeof *w);
    assert_non_null(w);
    r->accept.profile = profile;
    raw_init(w, r);
    raw_context(w, TROTH_CO_BIND, 1);
    for (uint32_t id = 2; id <= CAP; id++)
        raw_context(w, TROTH_CO_ALTER_CONTEXT, id);
    unsigned inits = r->mech.inits, steps = r->mech.steps, jobs = rpc_pair_server(r)->jobs;
    size_t before = held(r), allocs = r->r.side[REAL_SERVER].env.allocs;
    uint8_t ptype;
    uint32_t status = 0;
    raw_bind(w, TROTH_CO_ALTER_CONTEXT, 0, 1, TROTH_RPC_LEVEL_CONNECT, CAP + 1);
    size_t refused_with = r->r.side[REAL_SERVER].env.allocs - allocs;
    raw_listen(w, &ptype, &status);
    assert_int_equal(ptype, TROTH_CO_FAULT);
    assert_int_equal(status, TROTH_NCA_S_PROTO_ERROR);
    assert_int_equal(r->mech.inits, inits);
    assert_int_equal(r->mech.steps, steps);
    assert_int_equal(rpc_pair_server(r)->jobs, jobs);
    assert_true(refused_with <= 4);
    assert_int_equal(rpc_pair_server(r)->closed, profile == TROTH_RPC_WINDOWS);
    if (profile == TROTH_RPC_STRICT) {
        for (uint32_t i = 0; i < 10000; i++) { /* again and again */
            raw_bind(w, TROTH_CO_ALTER_CONTEXT, 0, 1, TROTH_RPC_LEVEL_CONNECT, CAP + 1 + i);
            raw_listen(w, NULL, NULL);
        }
        assert_int_equal(r->mech.inits, inits);
        assert_true(held(r) <= before + BARE_MOST);
        for (uint32_t id = 1; id <= CAP; id += CAP - 1) {
            raw_request_as(w, PAIR_ECHO, id, 8);
            raw_listen(w, &ptype, NULL);
            assert_int_equal(ptype, TROTH_CO_RESPONSE);
        }
    }
    rig_free(r);
    free(w);
}

static void test_beyond(void **state)
{
    (void)state;
    beyond(TROTH_RPC_STRICT);
    beyond(TROTH_RPC_WINDOWS);
}

/* First legs only. They end with the oldest one's time, whatever comes in the meantime. */
static void test_half_open(void **state)
{
    (void)state;
    rpc_pair *r = rig_new();
    raw *w = malloc(sizeof *w);
    assert_non_null(w);
    raw_init(w, r);
    rig_peer *s = rpc_pair_server(r);
    raw_bind(w, TROTH_CO_BIND, 0, 1, TROTH_RPC_LEVEL_PRIVACY, 1);
    raw_listen(w, NULL, NULL);
    size_t one = held(r), own = mechanism_holds(REAL_NTLM, r);
    for (uint32_t id = 2; id <= CAP; id++) {
        raw_bind(w, TROTH_CO_ALTER_CONTEXT, 0, 1, TROTH_RPC_LEVEL_PRIVACY, id);
        raw_listen(w, NULL, NULL);
    }
    size_t each = (held(r) - one) / (CAP - 1);
    print_message("half-open: %zu octets a context, %zu of them the mechanism's\n", each, own);
    assert_true(each <= own + HALF_MOST);
    unsigned inits = r->mech.inits;
    for (uint32_t id = CAP + 1; id <= CAP + 1000; id++) {
        raw_bind(w, TROTH_CO_ALTER_CONTEXT, 0, 1, TROTH_RPC_LEVEL_PRIVACY, id);
        raw_listen(w, NULL, NULL);
    }
    assert_int_equal(r->mech.inits, inits);
    assert_false(s->closed);
    s->now = 9999;
    raw_header(w, TROTH_CO_CO_CANCEL, 1); /* nothing that a client says makes it later */
    assert_true(troth_endpoint_deadline(s->e) <= 10000);
    troth_endpoint_expire(s->e, s->now);
    rig_events(s);
    assert_false(s->closed);
    s->now = 10000;
    troth_endpoint_expire(s->e, s->now);
    rig_events(s);
    assert_true(s->closed);
    assert_int_equal(s->error.code, TROTH_TIMEOUT);
    rig_free(r);
    free(w);
}

/* The budget of a connection's contexts ends them before the cap does. */
static void test_budget(void **state)
{
    (void)state;
    rpc_pair *r = rig_new();
    raw *w = malloc(sizeof *w);
    uint8_t ptype = 255;
    assert_non_null(w);
    r->accept.context_budget = 65536;
    raw_init(w, r);
    size_t bare = held(r);
    raw_context(w, TROTH_CO_BIND, 1);
    uint32_t id = 2;
    for (; id < CAP && !rpc_pair_server(r)->closed; id++) {
        raw_bind(w, TROTH_CO_ALTER_CONTEXT, 0, 1, TROTH_RPC_LEVEL_PRIVACY, id);
        raw_listen(w, &ptype, NULL);
    }
    print_message("a budget of 65536 octets: %u contexts, %zu octets held at most\n", (unsigned)id - 1,
                  (size_t)r->r.side[REAL_SERVER].env.peak - bare);
    assert_true(id < 200);
    assert_int_equal(ptype, TROTH_CO_FAULT);
    assert_true(r->r.side[REAL_SERVER].env.peak - bare < 65536 + BOUND_MOST + id * HALF_MOST);
    rig_free(r);
    free(w);
}

/* What costs a client nothing: a connection, a bind without security. */
static void test_unauthenticated(void **state)
{
    (void)state;
    enum { CONNECTIONS = 200 };
    rpc_pair *r = rig_new();
    raw *w = malloc(sizeof *w);
    troth_endpoint *open[CONNECTIONS];
    assert_non_null(w);
    size_t nothing = held(r);
    assert_int_equal(rpc_pair_serve(r), TROTH_OK);
    size_t server = held(r) - nothing;
    raw_init(w, r);
    size_t one = held(r) - nothing - server;
    raw_bind(w, TROTH_CO_BIND, 0, 0, 0, 0);
    raw_listen(w, NULL, NULL);
    size_t first = held(r);
    for (int i = 0; i < CONNECTIONS; i++) { /* each in a group of its own */
        open[i] = rpc_pair_server(r)->e;
        raw_init(w, r);
        raw_bind(w, TROTH_CO_BIND, 0, 0, 0, 0);
        raw_listen(w, NULL, NULL);
    }
    size_t each = (held(r) - first) / CONNECTIONS;
    print_message("a listener %zu octets, a connection %zu, bound without security %zu\n", server, one, each);
    assert_true(server <= LISTENER_MOST && one <= BARE_MOST && each <= BOUND_MOST);
    for (int i = 0; i < CONNECTIONS; i++)
        troth_endpoint_free(open[i]);
    rig_free(r);
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_client_fills), cmocka_unit_test(test_beyond),
                                        cmocka_unit_test(test_half_open), cmocka_unit_test(test_budget),
                                        cmocka_unit_test(test_unauthenticated) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
