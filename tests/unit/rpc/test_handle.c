#include "fake_call.h"
#include <rpc/group.h>
#include <stdlib.h>
#include <support/env.h>
#include <support/test.h>
#include <time.h>

typedef struct bench {
    test_env t;
    troth_rpc_server *server;
} bench;

static void open_bench(bench *b)
{
    test_env_init(&b->t);
    assert_int_equal(troth_rpc_server_new(&b->t.env, 0, &b->server), TROTH_OK);
}

static void close_bench(bench *b)
{
    troth_rpc_server_free(b->server);
    test_env_check(&b->t);
}

static troth_rpc_group *join(bench *b, uint32_t number)
{
    troth_rpc_group *g = NULL;
    troth_bytes peer = { (const uint8_t *)"192.0.2.1", 9 };
    assert_int_equal(troth_rpc_group_join(b->server, number, peer, "ncacn_ip_tcp", &g), TROTH_OK);
    return g;
}

static void count_down(void *value)
{
    ++*(unsigned *)value;
}

static troth_rpc_handle opened(fake_call *f, unsigned type, unsigned *runs)
{
    troth_rpc_handle h;
    assert_int_equal(troth_rpc_handle_new(&f->call, type, runs, count_down, &h), TROTH_OK);
    return h;
}

static void test_life(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_group *g = join(&b, 0);
    fake_call f = fake_call_of(b.server, g, "alice@REALM");
    unsigned runs = 0, other = 0;
    troth_rpc_handle h = opened(&f, 1, &runs), null = { 0 }, next = opened(&f, 1, &other);
    assert_int_equal(h.attributes, 0);
    assert_false(troth_uuid_equal(&h.uuid, &null.uuid));
    assert_false(troth_uuid_equal(&h.uuid, &next.uuid));
    assert_ptr_equal(troth_rpc_handle_find(&f.call, 1, &h), &runs);
    assert_ptr_equal(troth_rpc_handle_find(&f.call, 1, &next), &other);
    assert_null(troth_rpc_handle_find(&f.call, 2, &h)); /* of another type */
    assert_null(troth_rpc_handle_close(&f.call, 2, &h));
    assert_null(troth_rpc_handle_find(&f.call, 1, &null));
    troth_rpc_handle bent = h;
    bent.uuid.octets[15] ^= 1;
    assert_null(troth_rpc_handle_find(&f.call, 1, &bent));
    bent = h;
    bent.attributes = 1;
    assert_null(troth_rpc_handle_find(&f.call, 1, &bent));
    assert_ptr_equal(troth_rpc_handle_close(&f.call, 1, &h), &runs);
    assert_null(troth_rpc_handle_find(&f.call, 1, &h));
    assert_null(troth_rpc_handle_close(&f.call, 1, &h));
    assert_ptr_equal(troth_rpc_handle_find(&f.call, 1, &next), &other);
    assert_int_equal(troth_rpc_handle_new(&f.call, 1, NULL, count_down, &bent), TROTH_INVALID);
    troth_rpc_group_leave(g);
    assert_int_equal(runs, 0); /* closed handles are not run down */
    assert_int_equal(other, 1);
    close_bench(&b);
}

/* Closed in any order, the youngest included, the rest stay and more can be opened behind them. */
static void test_close_any(void **state)
{
    (void)state;
    enum { N = 4 };
    for (unsigned order = 0; order < N * N; order++) {
        bench b;
        open_bench(&b);
        troth_rpc_group *g = join(&b, 0);
        fake_call f = fake_call_of(b.server, g, "alice@REALM");
        unsigned runs[N + 1] = { 0 };
        troth_rpc_handle h[N];
        for (unsigned i = 0; i < N; i++)
            h[i] = opened(&f, 1, runs + i);
        unsigned one = order % N, two = order / N;
        assert_ptr_equal(troth_rpc_handle_close(&f.call, 1, h + one), runs + one);
        (void)troth_rpc_handle_close(&f.call, 1, h + two);
        (void)opened(&f, 1, runs + N);
        troth_rpc_group_leave(g);
        for (unsigned i = 0; i <= N; i++)
            assert_int_equal(runs[i], i != one && i != two);
        close_bench(&b);
    }
}

/* CVE-2021-3738: two connections, one group; what the first opened outlives it, and is run down once, with the last. */
static void test_two_connections(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_group *first = join(&b, 0), *second = join(&b, troth_rpc_group_number(first));
    char *name = strdup("alice@REALM"); /* the connection's facts go with the connection */
    fake_call f = fake_call_of(b.server, first, name), g = fake_call_of(b.server, second, "alice@REALM");
    unsigned runs = 0;
    troth_rpc_handle h = opened(&f, 1, &runs);
    f.call.group = NULL;
    troth_rpc_group_leave(first);
    memset(name, 'x', strlen(name));
    free(name);
    assert_int_equal(runs, 0);
    assert_ptr_equal(troth_rpc_handle_find(&g.call, 1, &h), &runs);
    assert_null(troth_rpc_handle_find(&f.call, 1, &h)); /* by a call whose connection has died */
    assert_int_equal(troth_rpc_handle_new(&f.call, 1, &runs, NULL, &h), TROTH_CLOSED);
    g.call.group = NULL;
    troth_rpc_group_leave(second);
    assert_int_equal(runs, 1);
    close_bench(&b);
}

static void test_other_groups(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_group *g = join(&b, 0), *stranger = join(&b, 0);
    fake_call f = fake_call_of(b.server, g, "alice@REALM"), x = fake_call_of(b.server, stranger, "alice@REALM");
    unsigned runs = 0;
    troth_rpc_handle h = opened(&f, 1, &runs);
    assert_null(troth_rpc_handle_find(&x.call, 1, &h));
    assert_null(troth_rpc_handle_close(&x.call, 1, &h));
    troth_rpc_group_leave(stranger);
    assert_int_equal(runs, 0);
    troth_rpc_group_leave(g);
    assert_int_equal(runs, 1);
    close_bench(&b);
}

static void test_identities(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_group *g = join(&b, 0);
    fake_call alice = fake_call_of(b.server, g, "alice@REALM"), bob = fake_call_of(b.server, g, "bob@REALM"),
              nobody = fake_call_of(b.server, g, NULL), empty = fake_call_of(b.server, g, ""), ntlm = alice,
              guest = alice, again = alice;
    ntlm.call.caller.facts.mech = TROTH_MECH_NTLM;
    guest.call.caller.facts.attributes = TROTH_F_GUEST;
    again.call.caller.facts.attributes = TROTH_F_INTEGRITY; /* how it is protected does not make it another */
    again.call.caller.type = TROTH_RPC_AUTH_SPNEGO;
    unsigned hers = 0, nobodys = 0;
    troth_rpc_handle h = opened(&alice, 1, &hers), n = opened(&nobody, 1, &nobodys);
    fake_call *others[] = { &bob, &nobody, &empty, &ntlm, &guest };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_null(troth_rpc_handle_find(&others[i]->call, 1, &h));
        assert_null(troth_rpc_handle_close(&others[i]->call, 1, &h));
    }
    assert_ptr_equal(troth_rpc_handle_find(&again.call, 1, &h), &hers);
    assert_ptr_equal(troth_rpc_handle_find(&nobody.call, 1, &n), &nobodys);
    assert_ptr_equal(troth_rpc_handle_find(&empty.call, 1, &n), &nobodys);
    assert_null(troth_rpc_handle_find(&alice.call, 1, &n));
    troth_rpc_group_leave(g);
    assert_int_equal(hers, 1);
    assert_int_equal(nobodys, 1);
    close_bench(&b);
}

/* ---- rundowns that do things ---- */
typedef struct thing {
    fake_call *f;
    troth_rpc_handle *closes; /* another handle that goes with this one, or NULL */
    troth_rpc_group *leaves;  /* another group whose last connection this one is, or NULL */
    struct thing *frees;
    unsigned runs;
    troth_status opened;
} thing;

static void busy(void *value)
{
    thing *t = value;
    t->runs++;
    if (t->closes)
        (void)troth_rpc_handle_close(&t->f->call, 1, t->closes);
    if (t->leaves)
        troth_rpc_group_leave(t->leaves);
    free(t->frees);
    troth_rpc_handle h;
    t->opened = troth_rpc_handle_new(&t->f->call, 1, t, busy, &h);
}

static void test_busy_rundown(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_group *g = join(&b, 0), *other = join(&b, 0);
    fake_call f = fake_call_of(b.server, g, "alice@REALM"), x = fake_call_of(b.server, other, "alice@REALM");
    thing *child = calloc(1, sizeof *child), last = { .f = &f }, far = { .f = &x };
    assert_non_null(child);
    thing parent = { .f = &f, .leaves = other, .frees = child };
    troth_rpc_handle of_child, h, of_far;
    assert_int_equal(troth_rpc_handle_new(&f.call, 1, &parent, busy, &h), TROTH_OK);
    assert_int_equal(troth_rpc_handle_new(&f.call, 1, child, busy, &of_child), TROTH_OK); /* the very next one */
    assert_int_equal(troth_rpc_handle_new(&f.call, 1, &last, busy, &h), TROTH_OK);
    assert_int_equal(troth_rpc_handle_new(&x.call, 1, &far, busy, &of_far), TROTH_OK);
    parent.closes = &of_child;
    troth_rpc_group_leave(g); /* f still names the group: the transport has not got round to it */
    assert_int_equal(parent.runs, 1);
    assert_int_equal(last.runs, 1);
    assert_int_equal(far.runs, 1);
    assert_int_equal(parent.opened, TROTH_CLOSED); /* nothing is opened in a group that ends */
    assert_int_equal(far.opened, TROTH_CLOSED);
    assert_int_equal(troth_rpc_server_count(b.server).groups, 0);
    close_bench(&b);
}

/* A rundown closes itself, the oldest and the youngest: nothing runs twice. */
static void test_rundown_closes_ends(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_group *g = join(&b, 0);
    fake_call f = fake_call_of(b.server, g, "alice@REALM");
    thing things[3] = { { .f = &f }, { .f = &f }, { .f = &f } };
    troth_rpc_handle h[3];
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(troth_rpc_handle_new(&f.call, 1, things + i, busy, h + i), TROTH_OK);
    things[0].closes = h + 2;
    things[1].closes = h + 1;
    troth_rpc_group_leave(g);
    assert_int_equal(things[0].runs, 1);
    assert_int_equal(things[1].runs, 1);
    assert_int_equal(things[2].runs, 0);
    close_bench(&b);
}

/* ---- many ---- */
static void test_cap(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_group *g = join(&b, 0);
    fake_call f = fake_call_of(b.server, g, "alice@REALM");
    unsigned runs = 0;
    troth_rpc_handle first = { 0 }, h = { 0 };
    for (unsigned i = 0; i < 65536; i++) {
        assert_int_equal(troth_rpc_handle_new(&f.call, 1, &runs, count_down, &h), TROTH_OK);
        first = i ? first : h;
    }
    size_t allocs = atomic_load(&b.t.allocs);
    assert_int_equal(troth_rpc_handle_new(&f.call, 1, &runs, count_down, &h), TROTH_LIMIT);
    assert_int_equal(atomic_load(&b.t.allocs), allocs); /* a flood costs nothing */
    assert_non_null(troth_rpc_handle_close(&f.call, 1, &first));
    assert_int_equal(troth_rpc_handle_new(&f.call, 1, &runs, count_down, &h), TROTH_OK);
    troth_rpc_group_leave(g);
    assert_int_equal(runs, 65536);
    close_bench(&b);
}

/* 10,000 connections in one group and 10,000 groups: joining, leaving and finding do not grow with either. */
static void test_many_members(void **state)
{
    (void)state;
    enum { MANY = 10000 };
    bench b;
    open_bench(&b);
    static troth_rpc_group *groups[MANY];
    troth_rpc_group *g = join(&b, 0);
    fake_call f = fake_call_of(b.server, g, "alice@REALM");
    unsigned runs = 0;
    clock_t began = clock();
    troth_rpc_handle h = opened(&f, 1, &runs);
    for (size_t i = 0; i < MANY; i++)
        groups[i] = join(&b, 0);
    for (size_t i = 0; i < MANY; i++) {
        assert_ptr_equal(join(&b, troth_rpc_group_number(g)), g);
        assert_ptr_equal(join(&b, troth_rpc_group_number(groups[i])), groups[i]);
        assert_ptr_equal(troth_rpc_handle_find(&f.call, 1, &h), &runs);
    }
    for (size_t i = 0; i < MANY; i++) {
        troth_rpc_group_leave(g);
        troth_rpc_group_leave(groups[i]);
        troth_rpc_group_leave(groups[i]);
    }
    assert_int_equal(troth_rpc_server_count(b.server).groups, 1);
    assert_int_equal(runs, 0);
    troth_rpc_group_leave(g);
    assert_int_equal(runs, 1);
    assert_true((double)(clock() - began) / CLOCKS_PER_SEC < 5);
    close_bench(&b);
}

/* Handles are run down oldest first, each with its own value. */
typedef struct place {
    unsigned *count, at;
} place;

static void note(void *value)
{
    place *p = value;
    p->at = ++*p->count;
}

static void test_order(void **state)
{
    (void)state;
    bench b;
    open_bench(&b);
    troth_rpc_group *g = join(&b, 0);
    fake_call f = fake_call_of(b.server, g, NULL);
    unsigned count = 0;
    place p[3] = { { &count, 0 }, { &count, 0 }, { &count, 0 } };
    troth_rpc_handle h;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(troth_rpc_handle_new(&f.call, 1, p + i, note, &h), TROTH_OK);
    assert_int_equal(troth_rpc_handle_new(&f.call, 1, &count, NULL, &h), TROTH_OK); /* no rundown is legal */
    troth_rpc_group_leave(g);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(p[i].at, i + 1);
    close_bench(&b);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t k = 1;; k++) {
        bench b;
        open_bench(&b);
        troth_rpc_group *g = join(&b, 0);
        fake_call f = fake_call_of(b.server, g, "alice@REALM");
        unsigned runs = 0;
        troth_rpc_handle h = { .attributes = 7 };
        b.t.fail_at = atomic_load(&b.t.allocs) + k;
        troth_status st = troth_rpc_handle_new(&f.call, 1, &runs, count_down, &h);
        assert_int_equal(h.attributes, st ? 7 : 0);
        troth_rpc_group_leave(g);
        assert_int_equal(runs, st ? 0 : 1);
        close_bench(&b);
        if (!st)
            break;
        assert_int_equal(st, TROTH_NO_MEMORY);
        assert_true(k < 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_close_any),
        cmocka_unit_test(test_two_connections),
        cmocka_unit_test(test_other_groups),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_busy_rundown),
        cmocka_unit_test(test_rundown_closes_ends),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
