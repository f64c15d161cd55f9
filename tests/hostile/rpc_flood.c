/*
 * Clients that send much and read nothing, begin and never end, ask and never stop: what a connection holds stays under a
 * bound that does not depend on how long they go on. [spec: hostile inputs 26, 27, 32, 36]
 */
#include <rpc_co/server.h>
#include <stdlib.h>
#include <string.h>
#include <support/rpc_raw.h>
#include <support/test.h>

enum {
    MANY = 20000,
    REQUEST_MAX = 4194304, /* the default of max_request                                       */
    OUT_MAX = 262144,      /* of out_max                                                       */
    CALLS_MAX = 256,       /* of max_calls                                                     */
    PER_CALL = 1024,       /* octets of a call that waits for its answer                       */
    PER_PRESENTATION = 48, /* of a presentation context, in a table that grows by doubling     */
    PDU_MOST = 65536,
    SLACK = 16384 /* the connection itself, and what it holds on to between PDUs      */
};

typedef struct world {
    rpc_pair rig;
    raw raw;
    size_t bound; /* octets held when the connection is bound and nothing goes on */
} world;

static size_t held(const world *w)
{
    return w->rig.r.side[REAL_SERVER].env.held;
}

static size_t peak(const world *w)
{
    return w->rig.r.side[REAL_SERVER].env.peak;
}

static rig_peer *server(world *w)
{
    return rpc_pair_server(&w->rig);
}

/* Bound without security; options may be set before. */
static world *world_new(void (*set)(rpc_pair *r))
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    rpc_pair_fake(&w->rig, TROTH_MECH_NTLM);
    if (set)
        set(&w->rig);
    raw_init(&w->raw, &w->rig);
    raw_bind(&w->raw, TROTH_CO_BIND, 0, 0, 0, 0);
    raw_listen(&w->raw, NULL, NULL);
    w->bound = held(w);
    w->rig.r.side[REAL_SERVER].env.peak = w->bound;
    return w;
}

static void world_free(world *w)
{
    rpc_pair_end(&w->rig);
    free(w);
}

static void report(const char *what, const world *w, size_t bound)
{
    print_message("%-44s %8zu octets at most, bound %8zu\n", what, peak(w) - w->bound, bound);
    if (peak(w) - w->bound > bound)
        fail_msg("%s: %zu octets, more than %zu", what, peak(w) - w->bound, bound);
}

/* ---- fragments ---- */

static void test_hints(void **state)
{
    (void)state;
    world *w = world_new(NULL);
    raw_request(&w->raw, TROTH_PFC_FIRST_FRAG, 0, PAIR_ECHO, REQUEST_MAX, 1000);
    assert_false(server(w)->closed);
    report("alloc_hint of 4 MiB, 1,000 octets there", w, SLACK);
    world_free(w);
    w = world_new(NULL); /* in one fragment it says nothing */
    raw_request(&w->raw, RAW_ONLY, 0, PAIR_ECHO, 0xffffffff, 1000);
    assert_int_equal(w->rig.handled, 1);
    report("alloc_hint of 2^32 - 1 in an only fragment", w, SLACK);
    world_free(w);
    w = world_new(NULL);
    raw_request(&w->raw, TROTH_PFC_FIRST_FRAG, 0, PAIR_ECHO, REQUEST_MAX + 1, 1000);
    assert_true(server(w)->closed);
    assert_int_equal(server(w)->error.wire, TROTH_RPC_S_ACCESS_DENIED);
    report("alloc_hint above it, refused", w, SLACK);
    world_free(w);
}

/* Up to max_request, and one octet more; memory grows with what came, by doubling at most. */
static void test_endless_request(void **state)
{
    (void)state;
    enum { PART = 5800 };
    world *w = world_new(NULL);
    size_t sent = PART;
    raw_request(&w->raw, TROTH_PFC_FIRST_FRAG, 0, PAIR_ECHO, 0, PART);
    while (!server(w)->closed && sent < 2 * (size_t)REQUEST_MAX) {
        size_t allowed = 3 * sent + SLACK;
        if (held(w) - w->bound > allowed)
            fail_msg("%zu octets held for %zu", held(w) - w->bound, sent);
        raw_request(&w->raw, 0, 0, PAIR_ECHO, 0, PART);
        sent += PART;
    }
    assert_true(server(w)->closed);
    assert_int_equal(server(w)->error.wire, TROTH_RPC_S_ACCESS_DENIED);
    assert_true(sent > REQUEST_MAX && sent <= REQUEST_MAX + 2 * PART);
    assert_int_equal(w->rig.handled, 0);
    report("a request that never ends", w, 3 * (size_t)REQUEST_MAX);
    world_free(w);
}

/* The time comes: not before, and then it does. */
static void expire_at(rig_peer *s, uint64_t at)
{
    assert_true(troth_endpoint_deadline(s->e) <= at);
    for (s->now = at - 1; s->now <= at; s->now++) {
        assert_false(s->closed);
        troth_endpoint_expire(s->e, s->now);
        rig_events(s);
    }
    assert_true(s->closed);
    assert_int_equal(s->error.code, TROTH_TIMEOUT);
}

/* A fragment now and then does not make it younger. */
static void test_slow_request(void **state)
{
    (void)state;
    world *w = world_new(NULL);
    rig_peer *s = server(w);
    raw_request(&w->raw, TROTH_PFC_FIRST_FRAG, 0, PAIR_ECHO, 0, 8);
    for (uint64_t now = 0; now < 10000; now += 1000) {
        s->now = now;
        raw_request(&w->raw, 0, 0, PAIR_ECHO, 0, 8);
    }
    expire_at(s, 10000);
    world_free(w);
}

/* One octet at a time, of the longest PDU that there is. */
static void test_slow_pdu(void **state)
{
    (void)state;
    world *w = world_new(NULL);
    rig_peer *s = server(w);
    w->raw.not_fed = true;
    raw_bind(&w->raw, TROTH_CO_ALTER_CONTEXT, 0, 0, 0, 0);
    w->raw.pdu[8] = w->raw.pdu[9] = 0xff;
    for (size_t i = 0; i < PDU_MOST - 2; i++) {
        if (!(i % 1000))
            s->now++;
        assert_int_equal(rig_feed(s, &w->raw.pdu[i < 72 ? i : 71], 1), 1);
    }
    assert_false(s->closed);
    report("an alter_context of 65,535 octets, all but one", w, 3 * (size_t)PDU_MOST);
    expire_at(s, 10001); /* from its first octet */
    world_free(w);
}

/* ---- storms ---- */

static void test_cancels(void **state)
{
    (void)state;
    world *w = world_new(NULL);
    raw_request(&w->raw, RAW_ONLY, 0, PAIR_KEEP, 0, 8);
    for (uint32_t i = 0; i < MANY; i++) { /* for calls that there are and that there are not */
        raw_header(&w->raw, TROTH_CO_CO_CANCEL, i % 3);
        raw_header(&w->raw, TROTH_CO_ORPHANED, 100 + i);
    }
    assert_false(server(w)->closed);
    assert_int_equal(raw_listen(&w->raw, NULL, NULL), 0);
    assert_true(troth_rpc_call_cancelled(w->rig.kept[0]));
    report("40,000 co_cancel and orphaned", w, SLACK);
    rpc_pair_answer(&w->rig, 0);
    world_free(w);
}

/* Answers are read. */
static void test_alters(void **state)
{
    (void)state;
    world *w = world_new(NULL);
    for (uint32_t i = 0; i < MANY; i++) {
        raw_bind(&w->raw, TROTH_CO_ALTER_CONTEXT, 0, 0, 0, 0);
        assert_true(raw_listen(&w->raw, NULL, NULL) > 0);
    }
    assert_false(server(w)->closed);
    report("20,000 alter_context, answers read", w, SLACK);
    world_free(w);
}

/* Answers are not read: the server stops reading, too, and goes on where it was once they are. */
static void unread(const char *what, size_t (*ask)(raw *w))
{
    world *w = world_new(NULL);
    size_t used, asked = 0, most = 3 * (size_t)OUT_MAX + 2 * (size_t)PDU_MOST + SLACK;
    while ((used = ask(&w->raw)) == w->raw.n && asked < 4 * MANY)
        asked++;
    assert_true(asked < 4 * MANY);
    assert_int_equal(used, 0);
    assert_false(server(w)->closed);
    report(what, w, most);
    size_t answers = 0, n;
    for (n = raw_listen(&w->raw, NULL, NULL); n; n = raw_listen(&w->raw, NULL, NULL))
        answers += n;
    assert_true(answers >= OUT_MAX);
    assert_int_equal(rig_feed(server(w), w->raw.pdu, w->raw.n), w->raw.n); /* what was offered in vain */
    assert_true(raw_listen(&w->raw, NULL, NULL) > 0);
    assert_false(server(w)->closed);
    world_free(w);
}

static size_t ask_alter(raw *w)
{
    return raw_bind(w, TROTH_CO_ALTER_CONTEXT, 0, 0, 0, 0);
}

static size_t ask_unknown(raw *w)
{
    return raw_request(w, RAW_ONLY, 77, PAIR_ECHO, 0, 8);
}

static size_t ask_echo(raw *w)
{
    return raw_request(w, RAW_ONLY, 0, PAIR_ECHO, 0, 4000);
}

static size_t ask_bad_opnum(raw *w)
{
    return raw_request(w, RAW_ONLY, 0, 4711, 0, 8);
}

static void test_unread(void **state)
{
    (void)state;
    unread("alter_context, answers not read", ask_alter);
    unread("faults, not read", ask_unknown);
    unread("faults of an opnum, not read", ask_bad_opnum);
    unread("echoes, not read", ask_echo);
}

/* One more context than there may be, over and over: in profile strict each gets its fault. */
static void one_context(rpc_pair *r)
{
    r->accept.max_contexts = 1;
}

static void test_unread_limit(void **state)
{
    (void)state;
    world *w = world_new(one_context);
    raw_context(&w->raw, TROTH_CO_ALTER_CONTEXT, 1);
    raw_listen(&w->raw, NULL, NULL);
    unsigned asked = 0;
    while (asked < 4 * MANY && raw_bind(&w->raw, TROTH_CO_ALTER_CONTEXT, 0, 1, TROTH_RPC_LEVEL_CONNECT, 2) == w->raw.n)
        asked++;
    report("contexts past the limit, faults not read", w, OUT_MAX * 2 + SLACK);
    assert_true(asked < 4 * MANY);
    assert_false(server(w)->closed);
    world_free(w);
}

static void test_large_replies(void **state)
{
    (void)state;
    enum { REPLY = 1000000 };
    world *w = world_new(NULL);
    uint32_t n = REPLY;
    unsigned asked = 0;
    for (; asked < 100; asked++) {
        w->raw.not_fed = true;
        raw_request(&w->raw, RAW_ONLY, 0, PAIR_SOURCE, 0, sizeof n);
        w->raw.not_fed = false;
        memcpy(w->raw.pdu + 24, &n, sizeof n);
        if (raw_feed(&w->raw) != w->raw.n)
            break;
    }
    assert_true(asked <= 2); /* one whose reply is there, one that waits */
    report("replies of 1,000,000 octets, not read", w, 3 * (size_t)REPLY);
    world_free(w);
}

/* ---- calls that are never answered ---- */

enum { FIRST_TO_KEEP, FIRST_TO_IGNORE }; /* p_cont_id of the handlers, and of the owner who takes calls as events */

/* A request of n octets in fragments; false: not all of it was taken. */
static bool ask_long(world *w, uint16_t p_cont_id, size_t n)
{
    enum { PART = 5800 };
    uint16_t opnum = p_cont_id == FIRST_TO_KEEP ? PAIR_KEEP : 0;
    uint8_t flags = TROTH_PFC_FIRST_FRAG;
    for (; n > PART; n -= PART, flags = 0)
        if (raw_request(&w->raw, flags, p_cont_id, opnum, 0, PART) != w->raw.n)
            return false;
    return raw_request(&w->raw, flags | TROTH_PFC_LAST_FRAG, p_cont_id, opnum, 0, n) == w->raw.n;
}

static void unanswered(const char *what, uint16_t p_cont_id, size_t stub, size_t bound)
{
    world *w = world_new(NULL);
    unsigned calls = 0;
    w->rig.ignore_calls = true;
    w->raw.syntax = &w->rig.plain.syntax;
    raw_bind(&w->raw, TROTH_CO_ALTER_CONTEXT, FIRST_TO_IGNORE, 0, 0, 0);
    raw_listen(&w->raw, NULL, NULL);
    while (calls < 2 * CALLS_MAX && ask_long(w, p_cont_id, stub))
        calls++;
    assert_int_equal(w->rig.handled, CALLS_MAX);
    assert_true(calls <= CALLS_MAX + 1); /* one waits in the server's hand */
    report(what, w, bound);
    for (unsigned i = 0; i < w->rig.n_kept; i++) /* what waited comes, too */
        rpc_pair_answer(&w->rig, i);
    w->rig.n_kept = 0;
    world_free(w);
}

static void test_unanswered(void **state)
{
    (void)state;
    enum { STUB = 200000 };
    const size_t most = CALLS_MAX * (size_t)PER_CALL + 2 * PDU_MOST + SLACK;
    unanswered("256 calls that no handler answers", FIRST_TO_KEEP, 100, most);
    unanswered("256 calls that no owner answers", FIRST_TO_IGNORE, 100, most);
    unanswered("256 handlers' calls of 200,000 octets each", FIRST_TO_KEEP, STUB, most + 3 * STUB);
    unanswered("256 owners' calls of 200,000 octets each", FIRST_TO_IGNORE, STUB, most + 3 * STUB);
}

/* ---- presentation contexts, handles ---- */

/* 4,000 for each registered interface [MS-RPCE 3.3.3.5.5]: mgmt and the rig's two. */
static void test_presentation(void **state)
{
    (void)state;
    enum { MOST = 12000 };
    world *w = world_new(NULL);
    uint8_t ptype = 0;
    unsigned have = 1;
    for (uint16_t id = 1; id < 20000 && !server(w)->closed; id++) {
        raw_bind(&w->raw, TROTH_CO_ALTER_CONTEXT, id, 0, 0, 0);
        raw_listen(&w->raw, &ptype, NULL);
        have += ptype == TROTH_CO_ALTER_CONTEXT_RESP;
    }
    assert_int_equal(have, MOST);
    assert_int_equal(ptype, TROTH_CO_BIND_NAK);
    assert_int_equal(server(w)->error.wire, TROTH_CO_NAK_LOCAL_LIMIT);
    print_message("a presentation context %zu octets\n", (peak(w) - w->bound) / MOST);
    report("12,000 presentation contexts", w, (size_t)MOST * PER_PRESENTATION * 2 + SLACK);
    world_free(w);
}

/* A list as long as a PDU can be, of the same thing. */
static void test_long_list(void **state)
{
    (void)state;
    world *w = world_new(NULL);
    enum { ELEMS = 255, ELEM = 44 };
    uint8_t *p = w->raw.pdu, ptype;
    w->raw.not_fed = true;
    raw_bind(&w->raw, TROTH_CO_ALTER_CONTEXT, 0, 0, 0, 0);
    for (size_t i = 1; i < ELEMS; i++) {
        memcpy(p + 28 + i * ELEM, p + 28, ELEM);
        p[28 + i * ELEM] = (uint8_t)i;
    }
    p[24] = ELEMS;
    w->raw.n = 28 + ELEMS * ELEM;
    troth_co_hdr_patch(p, (uint16_t)w->raw.n, 0);
    w->raw.not_fed = false;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(raw_feed(&w->raw), w->raw.n);
        assert_true(raw_listen(&w->raw, &ptype, NULL) > 24 * ELEMS);
        assert_int_equal(ptype, TROTH_CO_ALTER_CONTEXT_RESP);
    }
    report("1,000 lists of 255 elements", w, 4 * (size_t)PDU_MOST);
    world_free(w);
}

static void test_handles(void **state)
{
    (void)state;
    enum { MOST = 65536 };
    world *w = world_new(NULL);
    uint8_t ptype = TROTH_CO_RESPONSE;
    while (ptype == TROTH_CO_RESPONSE && w->rig.handles <= MOST) {
        raw_request(&w->raw, RAW_ONLY, 0, PAIR_OPEN, 0, 0);
        raw_listen(&w->raw, &ptype, NULL);
    }
    assert_int_equal(w->rig.handles, MOST);
    print_message("a context handle %zu octets\n", (held(w) - w->bound) / MOST);
    report("65,536 context handles", w, (size_t)MOST * 320);
    assert_int_equal(w->rig.rundowns, 0);
    rpc_pair_disconnect(&w->rig);
    assert_int_equal(w->rig.rundowns, MOST);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hints),      cmocka_unit_test(test_endless_request), cmocka_unit_test(test_slow_request),
        cmocka_unit_test(test_slow_pdu),   cmocka_unit_test(test_cancels),         cmocka_unit_test(test_alters),
        cmocka_unit_test(test_unread),     cmocka_unit_test(test_unread_limit),    cmocka_unit_test(test_large_replies),
        cmocka_unit_test(test_unanswered), cmocka_unit_test(test_presentation),    cmocka_unit_test(test_long_list),
        cmocka_unit_test(test_handles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
