/*
 * Requests and responses under the real mechanisms: every size, level, and header signing on and off; every flipped bit,
 * replay, swapped order and reflection. In a lab it is Kerberos, raw and inside SPNEGO; else NTLM likewise.
 */
#include <stdlib.h>
#include <string.h>
#include <support/co.h>
#include <support/real.h>
#include <support/test.h>

enum { PDUS = 8, BUF = 65536 };

typedef struct world {
    real r; /* for its credentials */
    co_link l;
    troth_co_context *x[2];
    uint8_t type, level;
    bool ntlm;
} world;

/* What was put out, PDU by PDU. */
typedef struct wire {
    uint8_t data[BUF];
    size_t at[PDUS], len[PDUS], n;
} wire;

static const struct {
    real_mech mech;
    uint8_t type;
} mechs[2][2] = { { { REAL_NTLM, TROTH_RPC_AUTH_NTLM }, { REAL_SPNEGO_NTLM, TROTH_RPC_AUTH_SPNEGO } },
                  { { REAL_KERBEROS, TROTH_RPC_AUTH_KERBEROS }, { REAL_SPNEGO_KERBEROS, TROTH_RPC_AUTH_SPNEGO } } };

static world *world_new(unsigned which, uint8_t level, bool header_signing)
{
    world *w = calloc(1, sizeof *w);
    bool lab = getenv("TROTH_LAB");
    w->ntlm = !lab;
    w->type = mechs[lab][which].type;
    w->level = level;
    real_init(&w->r, mechs[lab][which].mech, REAL_NNS, TROTH_LEVEL_SIGN);
    co_link_init(&w->l);
    for (int side = 0; side < 2; side++) {
        assert_int_equal(real_acquire(&w->r, side, NULL), TROTH_OK);
        w->l.context[side].cred = troth_cred_ref(w->r.side[side].cred);
    }
    co_link_open(&w->l);
    assert_true(co_build(&w->l, 7, w->type, level, w->x));
    w->l.conn[0].header_signing = w->l.conn[1].header_signing = header_signing;
    return w;
}

static void world_free(world *w)
{
    co_link_end(&w->l);
    real_end(&w->r);
    free(w);
}

static bool is_covered(const world *w)
{
    return w->ntlm || w->l.conn[0].header_signing;
}

/* Put a message out on a side and keep its PDUs. */
static void put_out(world *w, int side, const uint8_t *stub, size_t n, wire *ret)
{
    troth_co_conn *c = &w->l.conn[side];
    troth_co_outgoing m = { .ptype = side ? TROTH_CO_RESPONSE : TROTH_CO_REQUEST,
                            .call_id = 3,
                            .opnum = 1,
                            .stub = { stub, n },
                            .ctx = w->x[side] };
    troth_bytes out;
    assert_int_equal(troth_co_send(c, &m), TROTH_OK);
    assert_int_equal(troth_co_out(c, &out), TROTH_OK);
    assert_true(out.len <= BUF);
    memcpy(ret->data, out.data, out.len);
    ret->n = 0;
    for (size_t at = 0; at < out.len; at += ret->len[ret->n++]) {
        assert_true(ret->n < PDUS);
        ret->at[ret->n] = at;
        ret->len[ret->n] = (size_t)out.data[at + 8] | (size_t)out.data[at + 9] << 8;
    }
    troth_co_sent(c, out.len);
}

/* Open one of them on a side, out of a copy; the stub is compared with what is wanted, NULL = refused. */
static troth_status open_copy(world *w, int side, const wire *in, size_t i, size_t flip, const uint8_t *want, size_t n)
{
    static uint8_t copy[BUF];
    troth_co_pdu pdu = { copy, in->len[i], { 0 } };
    troth_bytes stub = { NULL, 0 };
    memcpy(copy, in->data + in->at[i], in->len[i]);
    if (flip != SIZE_MAX)
        copy[flip / 8] ^= (uint8_t)(1 << flip % 8);
    troth_status st = co_open_pdu(w->x[side], &pdu, &stub);
    if (st) {
        assert_null(stub.data);
        return st;
    }
    assert_int_equal(stub.len, n);
    if (n)
        assert_memory_equal(stub.data, want, n);
    return TROTH_OK;
}

static void round_trip(world *w, int side, const uint8_t *stub, size_t n)
{
    static wire out;
    put_out(w, side, stub, n, &out);
    size_t at = 0;
    for (size_t i = 0; i < out.n; i++) {
        const uint8_t *p = out.data + out.at[i];
        size_t auth_length = (size_t)p[10] | (size_t)p[11] << 8, trailer = out.len[i] - auth_length - 8;
        size_t part = trailer - 24 - p[trailer + 2];
        assert_int_equal(trailer % 4, 0);
        assert_int_equal(auth_length, w->ntlm ? 16 : w->level == TROTH_RPC_LEVEL_PRIVACY ? 76 : 28);
        if (part > 8)
            assert_int_equal(!memcmp(p + 24, stub + at, part), w->level != TROTH_RPC_LEVEL_PRIVACY);
        assert_int_equal(open_copy(w, !side, &out, i, SIZE_MAX, stub + at, part), TROTH_OK);
        at += part;
    }
    assert_int_equal(at, n);
    assert_int_equal(out.n, n > 9000 ? 5 : 1);
}

static void for_each_world(void (*fn)(world *w))
{
    for (unsigned which = 0; which < 2; which++)
        for (uint8_t level = TROTH_RPC_LEVEL_PKT; level <= TROTH_RPC_LEVEL_PRIVACY; level++)
            for (unsigned signing = 0; signing < 2; signing++) {
                world *w = world_new(which, level, signing);
                fn(w);
                world_free(w);
            }
}

static const uint8_t *sample(size_t n)
{
    static uint8_t stub[16384];
    assert_true(n <= sizeof stub);
    for (size_t i = 0; i < sizeof stub; i++)
        stub[i] = (uint8_t)(i * 31 + i / 256 + 1);
    return stub;
}

static void sizes(world *w)
{
    for (size_t n = 0; n <= 70; n++)
        for (int side = 0; side < 2; side++)
            round_trip(w, side, sample(n), n);
    for (int side = 0; side < 2; side++)
        round_trip(w, side, sample(9100), 9100);
    round_trip(w, 0, sample(3), 3);
}

static void test_sizes(void **state)
{
    (void)state;
    for_each_world(sizes);
}

/* Every bit: what is covered is refused, and the same PDU as it was sent is good afterwards. */
static void flips(world *w)
{
    static wire out;
    const size_t n = 21;
    const uint8_t *stub = sample(n);
    for (int side = 0; side < 2; side++) {
        put_out(w, side, stub, n, &out);
        size_t trailer = 24 + 32, all = out.len[0];
        for (size_t bit = 0; bit < all * 8; bit++) {
            size_t at = bit / 8;
            bool length = at >= 8 && at < 12, outer = at < 24 || (at >= trailer && at < trailer + 8);
            if (length || (outer && !is_covered(w)))
                continue; /* lengths are judged before; the others are not covered, and would use the number up */
            troth_status st = open_copy(w, !side, &out, 0, bit, NULL, 0);
            if (!st)
                fail_msg("type %u level %u side %d: octet %zu bit %zu is not covered", w->type, w->level, side, at,
                         bit % 8);
        }
        assert_int_equal(open_copy(w, !side, &out, 0, SIZE_MAX, stub, n), TROTH_OK);
        round_trip(w, side, stub, n);
    }
}

static void test_every_flipped_bit(void **state)
{
    (void)state;
    for_each_world(flips);
}

/* Without header signing Kerberos covers the stub only; that is what the peer has agreed to. */
static void uncovered(world *w)
{
    static wire out;
    for (unsigned i = 0; i < 2 && !is_covered(w); i++) {
        put_out(w, 0, sample(21), 21, &out);
        assert_int_equal(open_copy(w, 1, &out, 0, (i ? 24 + 32 + 3 : 22) * 8, sample(21), 21), TROTH_OK);
    }
}

static void test_header_without_signing(void **state)
{
    (void)state;
    for_each_world(uncovered);
}

static void order(world *w)
{
    static wire a, b, c;
    const uint8_t *stub = sample(40);
    put_out(w, 0, stub, 40, &a);
    put_out(w, 1, stub, 40, &c);
    assert_int_not_equal(open_copy(w, 1, &c, 0, SIZE_MAX, stub, 40), TROTH_OK); /* its own response, as a request */
    assert_int_not_equal(open_copy(w, 0, &a, 0, SIZE_MAX, stub, 40), TROTH_OK); /* our own request, reflected */
    assert_int_equal(open_copy(w, 1, &a, 0, SIZE_MAX, stub, 40), TROTH_OK);
    assert_int_equal(open_copy(w, 1, &a, 0, SIZE_MAX, stub, 40), TROTH_REPLAY);
    assert_int_equal(open_copy(w, 0, &c, 0, SIZE_MAX, stub, 40), TROTH_OK);
    round_trip(w, 0, stub, 40);
    round_trip(w, 1, stub, 40);
    put_out(w, 0, stub, 40, &a);
    put_out(w, 0, stub, 40, &b);
    assert_int_equal(open_copy(w, 1, &b, 0, SIZE_MAX, stub, 40), TROTH_OUT_OF_ORDER); /* swapped */
    if (!w->ntlm) /* as MIT counts: a number that was good in itself is taken, and what comes before it is late */
        assert_int_equal(open_copy(w, 1, &a, 0, SIZE_MAX, stub, 40), TROTH_OUT_OF_ORDER);
    else
        assert_int_equal(open_copy(w, 1, &a, 0, SIZE_MAX, stub, 40), TROTH_OK);
}

static void test_replay_order_reflection(void **state)
{
    (void)state;
    for_each_world(order);
}

/* A PDU of one context is none of another, and their numbers do not get in each other's way. */
static void two(world *w)
{
    static wire a, b;
    troth_co_context *first[2] = { w->x[0], w->x[1] }, *second[2];
    const uint8_t *stub = sample(33);
    assert_true(co_build(&w->l, 8, w->type, w->level, second));
    for (unsigned i = 0; i < 3; i++) {
        memcpy(w->x, first, sizeof first);
        put_out(w, 0, stub, 33, &a);
        memcpy(w->x, second, sizeof second);
        put_out(w, 0, stub, 33, &b);
        assert_int_not_equal(open_copy(w, 1, &a, 0, SIZE_MAX, stub, 33), TROTH_OK);
        assert_int_equal(open_copy(w, 1, &b, 0, SIZE_MAX, stub, 33), TROTH_OK);
        memcpy(w->x, first, sizeof first);
        assert_int_equal(open_copy(w, 1, &a, 0, SIZE_MAX, stub, 33), TROTH_OK);
    }
}

static void test_two_contexts(void **state)
{
    (void)state;
    for_each_world(two);
}

/* Level CONNECT builds with each of them, asking for no integrity. */
static void test_connect(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 2; which++) {
        world *w = world_new(which, TROTH_RPC_LEVEL_CONNECT, true);
        static wire out;
        troth_facts f = troth_co_context_facts(w->x[0]);
        print_message("connect, type %u: attributes 0x%x, %u legs\n", w->type, f.attributes, f.legs);
        put_out(w, 0, sample(30), 30, &out);
        assert_memory_equal(out.data + 24, sample(30), 30);
        assert_int_equal(open_copy(w, 1, &out, 0, SIZE_MAX, sample(30), 30), TROTH_OK);
        assert_false(w->x[0]->whole_pdu);
        world_free(w);
    }
}

/* A client that asked for less than the server holds to be its level. */
static void test_the_acceptor_judges_too(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 2; which++) {
        world *w = world_new(which, TROTH_RPC_LEVEL_INTEGRITY, true);
        troth_block token[2] = { { 0 } };
        troth_co_context *x[2];
        troth_step step = TROTH_STEP_MORE;
        for (int side = 0; side < 2; side++) {
            troth_co_context_options o = w->l.context[side];
            o.auth_context_id = 99;
            o.auth_type = w->type;
            o.auth_level = side ? TROTH_RPC_LEVEL_PRIVACY : TROTH_RPC_LEVEL_INTEGRITY;
            assert_int_equal(troth_co_context_new(&w->l.conn[side], &o, &x[side]), TROTH_OK);
        }
        for (int turn = 0; turn < 8 && step == TROTH_STEP_MORE; turn++) {
            int side = turn % 2, other = !side;
            troth_step s = co_leg(x[side], turn ? &token[other] : NULL, &token[side]).result;
            co_drop(&w->l.conn[other], &token[other]);
            step = side ? s : TROTH_STEP_MORE;
            if (!side && !token[0].data)
                break;
        }
        co_drop(&w->l.conn[0], &token[0]);
        co_drop(&w->l.conn[1], &token[1]);
        assert_int_equal(step, TROTH_STEP_ERROR);
        assert_int_equal(x[1]->error.code, TROTH_TOO_LOW);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_every_flipped_bit),
        cmocka_unit_test(test_header_without_signing),
        cmocka_unit_test(test_replay_order_reflection),
        cmocka_unit_test(test_two_contexts),
        cmocka_unit_test(test_connect),
        cmocka_unit_test(test_the_acceptor_judges_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
