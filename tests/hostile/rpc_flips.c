/*
 * Under NTLM's signatures and seals nothing that was altered, replayed, reordered, left out or reflected reaches a handler
 * or comes back as a reply, whatever bit of a PDU it was; nor does what was said on another connection or in another
 * context. [MS-RPCE 3.3.1.5.2.2; spec: hostile inputs 19, 22 to 25]
 */
#include <stdlib.h>
#include <string.h>
#include <support/rpc_pair.h>
#include <support/test.h>
#include <time.h>

enum { SHORT = 40, LONG = 9000, PDUS = 16, EDGE = 48, STRIDE = 601 };

typedef struct tape {
    uint8_t *data;
    size_t len, at[PDUS], size[PDUS], n;
} tape;

typedef struct world {
    rpc_pair rig;
    uint8_t stub[LONG];
    size_t n;          /* octets of the stub that was sent          */
    bool altered;      /* a handler saw something else              */
    unsigned verified; /* handlers that ran for somebody            */
    tape in;
} world;

/* ---- what handlers see ---- */

static void look(rpc_pair *r, troth_rpc_call *c)
{
    world *w = (world *)r;
    const troth_rpc_message *m = troth_rpc_call_request(c);
    const troth_rpc_caller *who = troth_rpc_call_caller(c);
    if (who->level == TROTH_RPC_LEVEL_NONE) /* nobody: profile windows, and a verifier that was cut off */
        return;
    w->verified++;
    if (m->stub.len != w->n || memcmp(m->stub.data, w->stub, w->n) || m->opnum != PAIR_ECHO || m->has_object ||
        who->level != r->who.level || !who->facts.peer.name || strcasecmp(who->facts.peer.name, "DOM\\alice"))
        w->altered = true;
}

/* ---- recording ---- */

static void cut(tape *t)
{
    t->n = 0;
    for (size_t at = 0; at < t->len; at += t->size[t->n++]) {
        assert_true(t->n < PDUS && at + 16 <= t->len);
        t->at[t->n] = at;
        t->size[t->n] = (size_t)t->data[at + 8] | (size_t)t->data[at + 9] << 8;
    }
}

/* All that a peer wants to send now. */
static void record(rig_peer *from, tape *t)
{
    size_t mark = from->sent_len;
    t->len = rig_drain(from);
    free(t->data);
    t->data = malloc(t->len + 1);
    assert_non_null(t->data);
    if (t->len)
        memcpy(t->data, from->sent + mark, t->len);
    cut(t);
}

/* As much of it as the peer takes. */
static void play(rig_peer *to, const uint8_t *p, size_t n)
{
    if (!to->closed)
        (void)rig_feed(to, p, n);
}

static void play_pdu(rig_peer *to, const tape *t, size_t i)
{
    play(to, t->data + t->at[i], t->size[i]);
}

static world *world_new(troth_rpc_level level, troth_rpc_profile profile, real_mech mech)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    rpc_pair_real(&w->rig, mech, level);
    w->rig.accept.profile = profile;
    w->rig.look = look;
    for (size_t i = 0; i < LONG; i++)
        w->stub[i] = (uint8_t)(i * 11 + (i >> 8));
    return w;
}

static void world_free(world *w)
{
    rpc_pair_end(&w->rig);
    free(w->in.data);
    free(w);
}

/* Both ends anew, with contexts that are established; then requests, recorded and not delivered. */
static void begin(world *w, unsigned contexts)
{
    rpc_pair *r = &w->rig;
    rpc_pair_disconnect(r);
    w->altered = false;
    w->verified = 0;
    rpc_pair_connect(r);
    for (uint64_t id = 1; id <= contexts; id++) {
        assert_int_equal(rpc_pair_open(r, id), TROTH_OK);
        rpc_pair_run(r, 0);
    }
    assert_int_equal(r->established[REAL_CLIENT], contexts);
    assert_int_equal(r->established[REAL_SERVER], contexts);
}

static void ask(world *w, unsigned requests, size_t n)
{
    w->n = n;
    for (uint64_t id = 1; id <= requests; id++)
        assert_int_equal(rpc_pair_call(&w->rig, 1, id, PAIR_ECHO, w->stub, n), TROTH_OK);
    record(rpc_pair_client(&w->rig), &w->in);
}

/* Requests that have run, and their answers, recorded and not delivered. */
static void answered(world *w, unsigned requests, size_t n)
{
    ask(w, requests, n);
    play(rpc_pair_server(&w->rig), w->in.data, w->in.len);
    assert_int_equal(w->verified, requests);
    assert_false(w->altered);
    record(rpc_pair_server(&w->rig), &w->in);
}

static unsigned good_replies(const world *w)
{
    unsigned n = 0;
    for (unsigned i = 0; i < w->rig.n_replies && i < PAIR_REPLIES; i++)
        n += !w->rig.replies[i].error.code && !w->rig.replies[i].fault;
    return n;
}

/* ---- flips ---- */

/* Near an edge of its PDU, or one of a sample. */
static bool worth_it(const tape *t, size_t octet)
{
    size_t i = 0;
    while (octet >= t->at[i] + t->size[i])
        i++;
    size_t from_start = octet - t->at[i], from_end = t->at[i] + t->size[i] - octet;
    return from_start < EDGE || from_end <= EDGE || octet % STRIDE == 0;
}

static unsigned flip_requests(world *w, size_t n)
{
    unsigned flips = 0;
    size_t bits = 8;
    for (size_t bit = 0; bit < bits; bit++) {
        begin(w, 1);
        ask(w, 1, n);
        bits = 8 * w->in.len;
        while (bit < bits && !worth_it(&w->in, bit / 8))
            bit += 8 - bit % 8;
        if (bit >= bits)
            break;
        w->in.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        play(rpc_pair_server(&w->rig), w->in.data, w->in.len);
        flips++;
        if (w->verified)
            fail_msg("bit %zu of octet %zu: %s request was delivered", bit % 8, bit / 8,
                     w->altered ? "an altered" : "the");
        if (w->rig.accept.profile == TROTH_RPC_STRICT)
            assert_int_equal(w->rig.handled, 0);
        w->rig.n_kept = 0;
    }
    return flips;
}

static unsigned flip_responses(world *w, size_t n)
{
    unsigned flips = 0;
    size_t bits = 8;
    for (size_t bit = 0; bit < bits; bit++) {
        begin(w, 1);
        answered(w, 1, n);
        bits = 8 * w->in.len;
        while (bit < bits && !worth_it(&w->in, bit / 8))
            bit += 8 - bit % 8;
        if (bit >= bits)
            break;
        w->in.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        play(rpc_pair_client(&w->rig), w->in.data, w->in.len);
        flips++;
        if (good_replies(w))
            fail_msg("bit %zu of octet %zu: the response was delivered", bit % 8, bit / 8);
    }
    return flips;
}

static void flips_of(troth_rpc_level level, troth_rpc_profile profile, real_mech mech)
{
    world *w = world_new(level, profile, mech);
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    unsigned requests = flip_requests(w, SHORT), long_requests = flip_requests(w, LONG);
    unsigned responses = profile ? 0 : flip_responses(w, SHORT), long_responses = profile ? 0 : flip_responses(w, LONG);
    clock_gettime(CLOCK_MONOTONIC, &b);
    print_message("%s, %s, %s: %u + %u bits of requests, %u + %u of responses, %ld s\n", real_mech_name(mech),
                  troth_rpc_level_name(level), profile ? "windows" : "strict", requests, long_requests, responses,
                  long_responses, (long)(b.tv_sec - a.tv_sec));
    assert_true(requests > 8 * SHORT && long_requests > 16 * EDGE);
    world_free(w);
}

static void test_flips(void **state)
{
    (void)state;
    flips_of(TROTH_RPC_LEVEL_INTEGRITY, TROTH_RPC_STRICT, REAL_NTLM);
    flips_of(TROTH_RPC_LEVEL_PRIVACY, TROTH_RPC_STRICT, REAL_NTLM);
    flips_of(TROTH_RPC_LEVEL_PRIVACY, TROTH_RPC_STRICT, REAL_SPNEGO_NTLM);
    flips_of(TROTH_RPC_LEVEL_INTEGRITY, TROTH_RPC_WINDOWS, REAL_NTLM);
}

/* A fault has no verifier; but it never becomes a response, nor is it anybody's who did not ask. */
static void test_flipped_fault(void **state)
{
    (void)state;
    world *w = world_new(TROTH_RPC_LEVEL_PRIVACY, TROTH_RPC_STRICT, REAL_NTLM);
    for (size_t bit = 0; bit < 8 * 32; bit++) {
        begin(w, 1);
        assert_int_equal(rpc_pair_call(&w->rig, 1, 1, PAIR_FAULT, w->stub, SHORT), TROTH_OK);
        record(rpc_pair_client(&w->rig), &w->in);
        play(rpc_pair_server(&w->rig), w->in.data, w->in.len);
        record(rpc_pair_server(&w->rig), &w->in);
        assert_int_equal(w->in.len, 32);
        w->in.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        play(rpc_pair_client(&w->rig), w->in.data, w->in.len);
        assert_int_equal(good_replies(w), 0);
    }
    world_free(w);
}

/* ---- replay, order, gaps ---- */

static void expect_refused(const world *w, const rig_peer *p, unsigned delivered)
{
    if (!p->closed || p->error.code == TROTH_OK)
        fail_msg("nothing was refused: %s at %s", troth_status_name(p->error.code), p->error.where);
    if (p == &w->rig.r.side[REAL_SERVER].peer) {
        assert_int_equal(p->error.wire, TROTH_RPC_S_SEC_PKG_ERROR);
        assert_int_equal(w->verified, delivered);
        assert_int_equal(w->rig.handled, delivered);
    } else {
        assert_int_equal(good_replies(w), delivered);
    }
    assert_false(w->altered);
}

typedef struct trick {
    const char *name;
    size_t n;                /* octets of each stub              */
    unsigned requests;       /* answers, for the client          */
    size_t order[4], length; /* PDUs of the tape as they come    */
    unsigned delivered;
} trick;

static const trick tricks[] = {
    { "replay", SHORT, 1, { 0, 0 }, 2, 1 },
    { "replay of an old one", SHORT, 3, { 0, 1, 0 }, 3, 2 },
    { "swapped", SHORT, 2, { 1, 0 }, 2, 0 },
    { "left out", SHORT, 3, { 0, 2 }, 2, 1 },
    { "fragments swapped", LONG, 1, { 1, 0 }, 2, 0 },
    { "a fragment twice", LONG, 1, { 0, 0 }, 2, 0 },
    { "a fragment of another", LONG, 2, { 0, 3 }, 2, 0 },
};

static void test_order(void **state)
{
    (void)state;
    for (int level = TROTH_RPC_LEVEL_PKT; level <= TROTH_RPC_LEVEL_PRIVACY; level++)
        for (int side = 0; side < 2; side++)
            for (size_t i = 0; i < sizeof tricks / sizeof *tricks; i++) {
                const trick *t = &tricks[i];
                world *w = world_new((troth_rpc_level)level, TROTH_RPC_STRICT, REAL_NTLM);
                rig_peer *to = &w->rig.r.side[side].peer;
                begin(w, 1);
                if (side == REAL_SERVER)
                    ask(w, t->requests, t->n);
                else
                    answered(w, t->requests, t->n);
                assert_true(w->in.n >= t->requests);
                for (size_t j = 0; j < t->length; j++)
                    play_pdu(to, &w->in, t->order[j]);
                if (side == REAL_SERVER && to->closed && to->error.wire == TROTH_NCA_S_PROTO_ERROR)
                    assert_int_equal(w->rig.handled,
                                     t->delivered); /* the order of call_id or fragments said it first */
                else
                    expect_refused(w, to, t->delivered);
                world_free(w);
            }
}

/* What one says comes back to him, as what he would expect to hear. */
static void test_reflection(void **state)
{
    (void)state;
    for (int patched = 0; patched < 2; patched++)
        for (int level = TROTH_RPC_LEVEL_PKT; level <= TROTH_RPC_LEVEL_PRIVACY; level++)
            for (int side = 0; side < 2; side++) {
                world *w = world_new((troth_rpc_level)level, TROTH_RPC_STRICT, REAL_NTLM);
                rig_peer *p = &w->rig.r.side[side].peer;
                begin(w, 1);
                if (side == REAL_SERVER)
                    answered(w, 1, SHORT);
                else
                    ask(w, 1, SHORT);
                w->verified = w->rig.handled = 0;
                if (patched) /* a response's and a request's headers are of one size */
                    w->in.data[2] = side == REAL_SERVER ? 0 : 2;
                play(p, w->in.data, w->in.len);
                assert_true(p->closed && p->error.code);
                assert_int_equal(w->rig.handled + good_replies(w), 0);
                if (patched && side == REAL_SERVER)
                    assert_int_equal(p->error.wire, TROTH_RPC_S_SEC_PKG_ERROR);
                world_free(w);
            }
}

/* A request of an older connection of the same two, and one that names another context than its own. */
static void test_elsewhere(void **state)
{
    (void)state;
    world *w = world_new(TROTH_RPC_LEVEL_INTEGRITY, TROTH_RPC_STRICT, REAL_NTLM);
    begin(w, 1);
    ask(w, 1, SHORT);
    begin(w, 1);
    play(rpc_pair_server(&w->rig), w->in.data, w->in.len);
    expect_refused(w, rpc_pair_server(&w->rig), 0);
    begin(w, 2);
    ask(w, 1, SHORT);
    size_t trailer = w->in.len - 16 - 8;
    assert_int_equal(w->in.data[trailer + 4], 1);
    w->in.data[trailer + 4] = 2;
    play(rpc_pair_server(&w->rig), w->in.data, w->in.len);
    expect_refused(w, rpc_pair_server(&w->rig), 0);
    /* the second fragment in the name of the other context: its words do not count, its signature does */
    begin(w, 2);
    ask(w, 1, LONG);
    play_pdu(rpc_pair_server(&w->rig), &w->in, 0);
    w->in.data[w->in.len - 16 - 4] = 2;
    play_pdu(rpc_pair_server(&w->rig), &w->in, 1);
    expect_refused(w, rpc_pair_server(&w->rig), 0);
    world_free(w);
}

/* The verifier is cut off: at a level that signs nothing comes through without. */
static void test_stripped(void **state)
{
    (void)state;
    for (int profile = TROTH_RPC_STRICT; profile <= TROTH_RPC_WINDOWS; profile++)
        for (int side = 0; side < 2; side++) {
            world *w = world_new(TROTH_RPC_LEVEL_INTEGRITY, (troth_rpc_profile)profile, REAL_NTLM);
            rig_peer *p = &w->rig.r.side[side].peer;
            begin(w, 1);
            if (side == REAL_SERVER)
                ask(w, 1, SHORT);
            else
                answered(w, 1, SHORT);
            w->verified = w->rig.handled = 0;
            uint16_t n = (uint16_t)(w->in.len - 24);
            w->in.data[8] = (uint8_t)n;
            w->in.data[9] = (uint8_t)(n >> 8);
            w->in.data[10] = 0;
            play(p, w->in.data, n);
            assert_int_equal(w->verified + good_replies(w), 0);
            if (side == REAL_SERVER)
                assert_int_equal(w->rig.handled, profile == TROTH_RPC_WINDOWS); /* as nobody [3.3.1.5.4] */
            else
                assert_true(p->closed && p->error.code);
            world_free(w);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_flips),     cmocka_unit_test(test_flipped_fault),
                                        cmocka_unit_test(test_order),     cmocka_unit_test(test_reflection),
                                        cmocka_unit_test(test_elsewhere), cmocka_unit_test(test_stripped) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
