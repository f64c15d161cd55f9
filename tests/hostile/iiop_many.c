/*
 * Very many contexts and connections, over GIOP: ids swept above the cap cost no memory, a context costs little, and all
 * of it is given back. [spec: hostile inputs 11, 38; SAS-12, SAS-15]
 */
#include <csiv2/iiop_target.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/sas.h>
#include <support/test.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_SANITIZED 1
#endif
#endif
#ifndef TEST_SANITIZED
#define TEST_SANITIZED 0
#endif

enum {
    SWEEP = TEST_SANITIZED ? 100000 : 1000000, /* a sanitizer's pace is not the product's */
    CAP = 1024,
    MANY = 100000,
    CONNECTIONS = 5000,
    EACH = 4, /* contexts of a connection */
    PER_CONTEXT = 256
};

static sas_rig rig;

/* A connection, with the ORB behind it that answers everything. */
typedef struct line {
    troth_endpoint *e;
    uint32_t request;
    bool accepted, stateful;
    int32_t major;
} line;

static line line_new(void)
{
    const troth_iiop_options o = { .env = &rig.env.env };
    line l = { 0 };
    assert_int_equal(troth_iiop_target_new(rig.t, &o, &rig.transport, rig.now, &l.e), TROTH_OK);
    return l;
}

/* What a reply to the peer says. */
static void hear(line *l, troth_bytes out)
{
    static troth_giop_reply r;
    troth_bytes element;
    troth_sas_message m;
    assert_int_equal(troth_giop_reply_read(out, &r), TROTH_OK);
    l->accepted = r.status == TROTH_GIOP_NO_EXCEPTION;
    l->stateful = false;
    l->major = 0;
    if (!troth_giop_contexts_find(&r.contexts, TROTH_GIOP_SAS, &element))
        return;
    assert_int_equal(troth_sas_read(element, NULL, &m), TROTH_OK);
    if (m.type == TROTH_SAS_CONTEXT_ERROR)
        l->major = m.error.major_status;
    else
        l->stateful = m.complete.context_stateful;
}

static void serve(line *l, uint64_t id)
{
    static uint8_t octets[256];
    const troth_giop_reply r = { .minor = 2, .request_id = (uint32_t)id };
    troth_writer w = troth_writer_over(octets, sizeof octets, TROTH_LE);
    size_t used;
    (void)troth_giop_reply_write(&w, &r, false);
    troth_giop_finish(&w, 0);
    const troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { w.base, w.len } };
    assert_int_equal(troth_endpoint_submit(l->e, &order, rig.now, &used), TROTH_OK);
}

static void drain(line *l)
{
    troth_event ev;
    troth_bytes out;
    while (troth_endpoint_event(l->e, &ev)) {
        assert_int_not_equal(ev.kind, TROTH_EV_CLOSED);
        if (ev.kind == TROTH_EV_JOB) {
            troth_job_run(ev.job);
            troth_endpoint_stepped(l->e, ev.job, rig.now);
        } else if (ev.kind == TROTH_EV_CALL) {
            serve(l, ev.id);
        }
    }
    while (!troth_endpoint_out(l->e, &out, NULL)) {
        hear(l, out);
        troth_endpoint_sent(l->e, out.len);
    }
}

static void ask(line *l, troth_bytes element)
{
    static uint8_t octets[8192];
    static troth_giop_request q;
    static const uint8_t key[] = "key", operation[] = "op";
    q = (troth_giop_request){ .minor = 2,
                              .request_id = ++l->request,
                              .response_flags = 3,
                              .target = { .object_key = { key, 3 } },
                              .operation = { operation, 2 } };
    assert_int_equal(troth_giop_contexts_add(&q.contexts, TROTH_GIOP_SAS, element), TROTH_OK);
    troth_writer w = troth_writer_over(octets, sizeof octets, TROTH_LE);
    size_t used;
    (void)troth_giop_request_write(&w, &q, false);
    troth_giop_finish(&w, 0);
    assert_int_equal(w.st, TROTH_OK);
    assert_int_equal(troth_endpoint_feed(l->e, octets, w.len, NULL, rig.now, &used), TROTH_OK);
    assert_int_equal(used, w.len);
    drain(l);
}

static void establish(line *l, uint64_t id)
{
    ask(l, sas_establish(id, sas_gssup("alice", "s3cret", "default"), NULL));
}

static size_t held(void)
{
    return atomic_load(&rig.env.held);
}

/* 0 under a sanitizer, whose heap keeps what was released. */
static size_t resident(void)
{
    unsigned long all = 0, here = 0;
    if (TEST_SANITIZED)
        return 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%lu %lu", &all, &here), 2);
    fclose(f);
    return here * (size_t)sysconf(_SC_PAGESIZE);
}

static void begin(uint32_t contexts, uint32_t total)
{
    sas_rig_init(&rig);
    rig.o.contexts = contexts;
    rig.o.contexts_total = total;
    sas_rig_open(&rig);
}

/* Ids without end above the cap: served, stateless, at no cost; what stands goes on. */
static void test_sweep(void **state)
{
    (void)state;
    size_t first = 0, peak = 0, rss = 0;
    begin(CAP, 0);
    line l = line_new();
    for (uint64_t i = 1; i <= SWEEP; i++) {
        establish(&l, i * 0x9e3779b97f4a7c15u);
        assert_true(l.accepted && l.stateful == (i <= CAP));
        if (i == 2 * CAP) {
            first = held();
            rss = resident();
            atomic_store(&rig.env.peak, first);
            peak = first + 16384; /* one request and its job */
        } else if (i > 2 * CAP) {
            assert_true(held() <= first);
        }
    }
    size_t more = resident() > rss ? resident() - rss : 0;
    print_message(
        "%d ids: %zu octets held after %d and after all, at most %zu meanwhile; resident memory grew by %zu\n", SWEEP,
        first, 2 * CAP, (size_t)atomic_load(&rig.env.peak), more);
    assert_true(atomic_load(&rig.env.peak) <= peak);
    assert_true(more <= 1 << 20);
    ask(&l, sas_in_context(7 * 0x9e3779b97f4a7c15u, false));
    assert_true(l.accepted);
    ask(&l, sas_in_context((CAP + 7) * 0x9e3779b97f4a7c15u, false));
    assert_int_equal(l.major, TROTH_SAS_NO_CONTEXT);
    troth_endpoint_free(l.e);
    sas_rig_close(&rig);
}

/* What a context for reuse costs while it rests, beside the identity, which all of one caller share. */
static void test_context(void **state)
{
    (void)state;
    begin(MANY, MANY);
    line l = line_new();
    establish(&l, 1);
    size_t before = held(), rss = resident();
    for (uint64_t id = 2; id <= MANY; id++) {
        establish(&l, id);
        assert_true(l.stateful);
    }
    size_t each = (held() - before) / (MANY - 1), real = (resident() - rss) / (MANY - 1);
    print_message("a context of %d on a connection: %zu octets held, %zu of resident memory\n", MANY, each, real);
    assert_true(each <= PER_CONTEXT);
    assert_true(real <= PER_CONTEXT + PER_CONTEXT / 4); /* malloc's own */
    for (uint64_t id = 1; id <= MANY; id++) {
        ask(&l, sas_in_context(id, true));
        assert_true(l.accepted);
    }
    ask(&l, sas_in_context(5, false));
    assert_int_equal(l.major, TROTH_SAS_NO_CONTEXT);
    print_message("all of them discarded: %zu octets held\n", held());
    assert_true(held() <= before + (size_t)MANY * 40); /* the table of ids keeps its width */
    troth_endpoint_free(l.e);
    sas_rig_close(&rig);
}

/* Connections by the thousand, each with contexts, at rest; then all of them go. */
static void test_connections(void **state)
{
    (void)state;
    begin(0, 0);
    line *all = calloc(CONNECTIONS, sizeof *all);
    assert_non_null(all);
    size_t before = held();
    for (size_t i = 0; i < CONNECTIONS; i++) {
        all[i] = line_new();
        for (uint64_t id = 1; id <= EACH; id++) {
            establish(&all[i], id);
            assert_true(all[i].stateful);
        }
    }
    size_t busy = (held() - before) / CONNECTIONS;
    rig.now += 60000; /* buffers that nobody uses are given back */
    for (size_t i = 0; i < CONNECTIONS; i++)
        troth_endpoint_expire(all[i].e, rig.now);
    size_t rest = (held() - before) / CONNECTIONS;
    print_message("a connection of %d with %d contexts: %zu octets held just now, %zu at rest\n", CONNECTIONS, EACH,
                  busy, rest);
    assert_true(rest <= 8192);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        ask(&all[i], sas_in_context(1 + i % EACH, false));
        assert_true(all[i].accepted);
        ask(&all[i], sas_in_context(EACH + 1, false));
        assert_int_equal(all[i].major, TROTH_SAS_NO_CONTEXT);
    }
    for (size_t i = 0; i < CONNECTIONS; i++)
        troth_endpoint_free(all[i].e);
    assert_int_equal(held(), before);
    free(all);
    sas_rig_close(&rig);
}

/* The cap of all connections together: who comes late is served stateless, and has a place once others have gone. */
static void test_total(void **state)
{
    (void)state;
    enum { LINES = 40, TOTAL = 100 };
    line all[LINES];
    size_t stateful = 0;
    begin(8, TOTAL);
    for (size_t i = 0; i < LINES; i++) {
        all[i] = line_new();
        for (uint64_t id = 1; id <= 8; id++) {
            establish(&all[i], id);
            assert_true(all[i].accepted);
            stateful += all[i].stateful;
        }
    }
    assert_int_equal(stateful, TOTAL);
    for (size_t i = 0; i < LINES / 2; i++)
        troth_endpoint_free(all[i].e);
    establish(&all[LINES - 1], 1);
    assert_true(all[LINES - 1].stateful);
    for (size_t i = LINES / 2; i < LINES; i++)
        troth_endpoint_free(all[i].e);
    sas_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_connections),
        cmocka_unit_test(test_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
