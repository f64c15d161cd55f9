/*
 * An RPC client and server in memory: several contexts, calls in fragments, faults, cancel and the end, with the octets
 * cut as one likes; and an owner who closes at each event that either side ever raises.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/rpc_script.h>
#include <support/test.h>
#include <support/vectors.h>

enum { LONG = 20000 };

typedef struct mode {
    const char *name;
    troth_mech_id mech;
    unsigned legs;
    troth_rpc_level level;
} mode;

static const mode modes[] = { { "ntlm, privacy", TROTH_MECH_NTLM, 3, TROTH_RPC_LEVEL_PRIVACY },
                              { "ntlm, connect", TROTH_MECH_NTLM, 3, TROTH_RPC_LEVEL_CONNECT },
                              { "kerberos, integrity", TROTH_MECH_KERBEROS, 3, TROTH_RPC_LEVEL_INTEGRITY },
                              { "kerberos, two legs", TROTH_MECH_KERBEROS, 2, TROTH_RPC_LEVEL_PKT },
                              { "no security", 0, 0, TROTH_RPC_LEVEL_NONE } };

static void set_up(rpc_pair *r, const mode *m)
{
    rpc_pair_fake(r, m->legs ? m->mech : TROTH_MECH_NTLM);
    r->mech.legs = m->legs;
    r->who.level = m->level;
}

static const uint8_t *pattern(size_t n)
{
    static uint8_t octets[LONG];
    for (size_t i = 0; i < n; i++)
        octets[i] = (uint8_t)(i * 7 + (i >> 8));
    return octets;
}

static void expect_echo(const rpc_pair *r, uint64_t id, const void *stub, size_t n)
{
    const rpc_pair_reply *reply = rpc_pair_reply_of(r, id);
    assert_non_null(reply);
    if (reply->error.code || reply->fault || reply->n != n)
        fail_msg("reply %u: %s at %s, fault %08x, %zu octets", (unsigned)id, troth_status_name(reply->error.code),
                 reply->error.where, (unsigned)reply->fault, reply->n);
    assert_memory_equal(reply->stub, stub, n);
}

/* What carries octets: rig_wire with a cut, or random pieces. */
typedef struct carrier {
    size_t cut;
    uint64_t random; /* not 0: pieces by this seed */
} carrier;

static size_t carry_random(rig_peer *from, rig_peer *to, uint64_t *seed)
{
    size_t n = rig_drain(from), at = 0;
    uint8_t *copy = malloc(n + 1);
    assert_non_null(copy);
    if (n)
        memcpy(copy, from->sent + from->sent_len - n, n);
    while (at < n) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        size_t part = 1 + (*seed >> 33) % (*seed >> 62 ? 4000 : 30);
        part = part < n - at ? part : n - at;
        assert_true(rig_feed(to, copy + at, part) == part || to->closed);
        at += part;
    }
    free(copy);
    return n;
}

static void carry(rpc_pair *r, carrier *c)
{
    if (!c->random) {
        rpc_pair_run(r, c->cut);
        return;
    }
    while (carry_random(rpc_pair_client(r), rpc_pair_server(r), &c->random) +
           carry_random(rpc_pair_server(r), rpc_pair_client(r), &c->random))
        ;
}

static void talk(rpc_pair *r, carrier *c)
{
    uint8_t ms = 5;
    uint64_t context = r->who.level > TROTH_RPC_LEVEL_NONE, second = 2 * context;
    if (context)
        assert_int_equal(rpc_pair_open(r, 1), TROTH_OK);
    else
        assert_int_equal(rpc_pair_call(r, 0, 100, PAIR_ECHO, "x", 1), TROTH_OK);
    carry(r, c);
    if (context)
        assert_int_equal(rpc_pair_open(r, 2), TROTH_OK);
    carry(r, c);
    for (int side = 0; side < 2; side++)
        assert_int_equal(r->established[side], second);
    assert_int_equal(rpc_pair_call(r, context, 1, PAIR_ECHO, pattern(LONG), LONG), TROTH_OK);
    assert_int_equal(rpc_pair_call(r, second, 2, PAIR_FAULT, "abc", 3), TROTH_OK);
    assert_int_equal(rpc_pair_call(r, second, 3, PAIR_SLEEP, &ms, 1), TROTH_OK);
    assert_int_equal(rpc_pair_call(r, context, 4, PAIR_KEEP, NULL, 0), TROTH_OK);
    assert_int_equal(rpc_pair_call_plain(r, second, 5, pattern(300), 300),
                     TROTH_OK); /* one more presentation context */
    carry(r, c);
    expect_echo(r, 1, pattern(LONG), LONG);
    assert_int_equal(rpc_pair_reply_of(r, 2)->fault, PAIR_FAULT_STATUS);
    expect_echo(r, 5, pattern(300), 300);
    assert_null(rpc_pair_reply_of(r, 3));
    assert_null(rpc_pair_reply_of(r, 4));
    assert_int_equal(rpc_pair_order(r, TROTH_ORDER_CANCEL, 4), TROTH_OK);
    carry(r, c);
    rig_peer *s = rpc_pair_server(r);
    s->now += 5;
    troth_endpoint_expire(s->e, s->now);
    rig_events(s);
    assert_true(troth_rpc_call_cancelled(r->kept[0]));
    rpc_pair_answer(r, 0);
    assert_int_equal(rpc_pair_order(r, TROTH_ORDER_END, 0), TROTH_OK);
    carry(r, c);
    expect_echo(r, 3, &ms, 1);
    expect_echo(r, 4, NULL, 0);
    assert_true(rpc_pair_client(r)->closed);
    assert_int_equal(rpc_pair_client(r)->error.code, TROTH_OK);
    rig_feed_end(s);
    assert_true(s->closed);
    assert_int_equal(s->error.code, TROTH_OK);
    assert_int_equal(r->n_lost, 0);
    assert_int_equal(r->warnings[0] + r->warnings[1], 0);
    r->n_kept = 0;
}

static void whole(const mode *m, carrier c)
{
    rpc_pair *r = calloc(1, sizeof *r);
    assert_non_null(r);
    set_up(r, m);
    rpc_pair_connect(r);
    talk(r, &c);
    troth_rpc_counters n = troth_rpc_server_count(r->server);
    assert_int_equal(n.contexts, r->who.level > TROTH_RPC_LEVEL_NONE ? 2 : 0);
    assert_int_equal(n.faults, 1);
    assert_int_equal(n.groups, 0);
    rpc_pair_disconnect(r);
    n = troth_rpc_server_count(r->server);
    assert_int_equal(n.contexts_now + n.connections, 0);
    rpc_pair_end(r);
    free(r);
}

static void test_splits(void **state)
{
    (void)state;
    static const size_t cuts[] = { 0, 1, 2, 9, 15, 16, 17, 24, 100, 5839 };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        for (size_t j = 0; j < sizeof cuts / sizeof *cuts; j++)
            whole(&modes[i], (carrier){ .cut = cuts[j] });
}

static void test_random_splits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        for (uint64_t seed = 1; seed <= 20; seed++)
            whole(&modes[i], (carrier){ .random = seed * 7919 });
}

/* ---- an owner who gives up at the n-th event of a side ---- */

typedef struct abortion {
    rpc_pair rig;
    void (*told)(rig_peer *p, const troth_event *ev);
    int side;
    unsigned at, seen; /* events of that side, jobs among them */
    bool by_job, hit;
} abortion;

static void give_up(abortion *a, rig_peer *p)
{
    if (p == &a->rig.r.side[a->side].peer && ++a->seen == a->at) {
        a->hit = true;
        troth_endpoint_close(p->e, TROTH_CLOSED);
    }
}

static void told_then_close(rig_peer *p, const troth_event *ev)
{
    abortion *a = p->self;
    a->told(p, ev);
    give_up(a, p);
}

static void run_then_close(rig_peer *p, troth_job *job)
{
    troth_job_run(job);
    give_up(p->self, p);
}

static bool settled(const rpc_pair *r)
{
    return r->r.side[0].peer.closed || r->r.side[1].peer.closed;
}

/* The same conversation, as far as it gets. */
static void talk_on(rpc_pair *r)
{
    carrier c = { 0 };
    uint64_t context = r->who.level > TROTH_RPC_LEVEL_NONE, next = 1;
    troth_status st = TROTH_OK;
    if (context)
        st = rpc_pair_open(r, 1);
    else
        st = rpc_pair_call(r, 0, 100, PAIR_ECHO, "x", 1);
    carry(r, &c);
    if (!settled(r) && context) {
        st = rpc_pair_open(r, 2);
        carry(r, &c);
    }
    static const uint16_t operations[] = { PAIR_ECHO, PAIR_FAULT, PAIR_KEEP, PAIR_SLEEP, PAIR_OPEN };
    for (unsigned i = 0; i < 5 && !settled(r); i++) {
        st = rpc_pair_call(r, context, next++, operations[i], pattern(9000), 9000);
        carry(r, &c);
    }
    if (!settled(r)) {
        st = rpc_pair_call_plain(r, 2 * context, next++, "plain", 5);
        carry(r, &c);
    }
    if (r->n_kept)
        rpc_pair_answer(r, 0);
    if (!settled(r)) {
        st = rpc_pair_order(r, TROTH_ORDER_END, 0);
        carry(r, &c);
    }
    (void)st;
}

static bool close_at(const mode *m, int side, unsigned at, bool free_at_once)
{
    abortion *a = calloc(1, sizeof *a);
    assert_non_null(a);
    rpc_pair *r = &a->rig;
    set_up(r, m);
    a->side = side;
    a->at = at;
    rpc_pair_connect(r);
    rig_peer *p = &r->r.side[side].peer, *other = &r->r.side[!side].peer;
    a->told = p->told;
    p->told = told_then_close;
    p->run_job = run_then_close;
    talk_on(r);
    bool hit = a->hit;
    if (hit) {
        assert_true(p->closed);
        assert_int_equal(p->error.code, TROTH_CLOSED);
        if (!free_at_once) {
            rig_feed_end(other);
            assert_true(other->closed);
        }
    }
    troth_rpc_call *late = r->n_kept ? r->kept[0] : NULL;
    r->n_kept = 0;
    if (hit && side == REAL_CLIENT && r->n_replies)
        for (unsigned i = 0; i < r->n_replies && i < PAIR_REPLIES; i++) /* each call was answered once */
            for (unsigned j = 0; j < i; j++)
                assert_true(r->replies[i].id != r->replies[j].id);
    rpc_pair_disconnect(r);
    if (late) /* a handler that comes too late finds its call, and no connection */
        troth_rpc_call_reply(late, (troth_bytes){ (const uint8_t *)"late", 4 });
    assert_int_equal(r->rundowns, r->handles);
    rpc_pair_end(r);
    free(a);
    return hit;
}

static void test_close_at_each_event(void **state)
{
    (void)state;
    unsigned events = 0;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        for (int side = 0; side < 2; side++)
            for (int at_once = 0; at_once < 2; at_once++) {
                unsigned at = 1;
                while (close_at(&modes[i], side, at, at_once))
                    at++;
                events += at - 1;
                assert_true(at > (side && !modes[i].legs ? 1 : 3));
            }
    print_message("closed at %u events\n", events);
}

/* ---- conversations that the fuzzers begin with ---- */

typedef struct recorded {
    rpc_pair rig;
    void (*told)(rig_peer *p, const troth_event *ev);
    unsigned seen;
} recorded;

static void told_to_script(rig_peer *p, const troth_event *ev)
{
    recorded *c = p->self;
    c->told(p, ev);
    rpc_script_told(&c->rig, ev);
}

static void expect_octets(const vector *v, const char *key, const rig_peer *p)
{
    static uint8_t want[1 << 16];
    size_t n = vector_hex(v, key, want, sizeof want);
    if (n == p->sent_len && !memcmp(want, p->sent, n))
        return;
    fprintf(stderr, "%s\n%s:", v->name, key);
    for (size_t i = 0; i < p->sent_len; i++)
        fprintf(stderr, i % 56 ? "%02x" : "\n %02x", p->sent[i]);
    fputs("\n", stderr);
    fail_msg("%s: %s is not what is said", v->name, key);
}

static void record(const vector *v, void *arg)
{
    recorded *c = calloc(1, sizeof *c);
    unsigned *seen = arg;
    assert_non_null(c);
    rpc_pair *r = &c->rig;
    bool secure = !strcmp(vector_text(v, "secure"), "yes");
    rpc_pair_fake(r, strcmp(vector_text(v, "mech"), "kerberos") ? TROTH_MECH_NTLM : TROTH_MECH_KERBEROS);
    rpc_script_limit(r, !strcmp(vector_text(v, "strange"), "yes"));
    rpc_pair_connect(r);
    rig_peer *p = rpc_pair_client(r);
    c->told = p->told;
    p->told = told_to_script;
    rpc_script_begin(r, secure);
    rig_events(p);
    rpc_pair_run(r, 0);
    if (!p->closed || p->error.code)
        fail_msg("%s: %s at %s, %u replies, %u lost", v->name, troth_status_name(p->error.code), p->error.where,
                 r->n_replies, r->n_lost);
    assert_int_equal(r->established[REAL_SERVER], secure ? 2 : 0);
    assert_true(r->n_replies >= 2 && !r->n_lost);
    expect_octets(v, "to_server", p);
    expect_octets(v, "to_client", rpc_pair_server(r));
    rpc_pair_end(r);
    free(c);
    ++*seen;
}

static void test_recorded(void **state)
{
    unsigned seen = 0;
    (void)state;
    vectors_each("rpc_co/conversation.txt", record, &seen);
    assert_int_equal(seen, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_splits), cmocka_unit_test(test_random_splits),
                                        cmocka_unit_test(test_close_at_each_event), cmocka_unit_test(test_recorded) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
