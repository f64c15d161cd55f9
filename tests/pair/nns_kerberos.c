/* NegotiateStream and net.tcp over real Kerberos, raw and inside SPNEGO, in a realm; octets cut wherever they can be. */
#include <stdlib.h>
#include <string.h>
#include <support/lab.h>
#include <support/real.h>
#include <support/test.h>

enum { SIZES = 5, MIB = 1 << 20, FRAME = 64512 };

static const real_mech mechs[] = { REAL_KERBEROS, REAL_SPNEGO_KERBEROS };
static const real_wire wires[] = { REAL_NNS, REAL_NETTCP };

typedef void (*body)(real *r);

/* Each mechanism, wire and level: the credentials are acquired once, a body may connect as often as it likes. */
static void each_world(body fn)
{
    for (size_t m = 0; m < 2; m++)
        for (size_t w = 0; w < 2; w++)
            for (int level = TROTH_LEVEL_NONE; level <= TROTH_LEVEL_ENCRYPT; level++) {
                real r;
                real_init(&r, mechs[m], wires[w], (troth_level)level);
                fn(&r);
                real_end(&r);
            }
}

static void check_facts(const real *r)
{
    for (int side = 0; side < 2; side++) {
        const rig_peer *p = &r->side[side].peer;
        assert_int_equal(p->level, r->level);
        assert_int_equal(p->mech, TROTH_MECH_KERBEROS);
        assert_int_equal(p->outer, r->mech == REAL_KERBEROS ? TROTH_MECH_KERBEROS : TROTH_MECH_SPNEGO);
    }
    assert_string_equal(r->side[REAL_SERVER].peer.name, "alice@EXAMPLE.TEST");
    assert_int_equal(r->side[0].key_len, r->side[1].key_len);
    assert_memory_equal(r->side[0].key, r->side[1].key, r->side[0].key_len);
}

/* A handshake and a few messages, an empty one among them; octets cut as rig_wire does. Answers the client's octets. */
static size_t talk(real *r, size_t cut)
{
    rig_peer *c = &r->side[REAL_CLIENT].peer, *s = &r->side[REAL_SERVER].peer;
    real_connect(r);
    real_establish(r, cut);
    check_facts(r);
    rig_say(c, "hello", 5);
    rig_say(c, "", 0); /* an empty protected frame: nobody's business */
    rig_say(c, "!", 1);
    rig_say(s, "world", 5);
    rig_wire(c, s, cut);
    assert_int_equal(s->got_len, 6);
    assert_memory_equal(s->got, "hello!", 6);
    assert_int_equal(c->got_len, 5);
    assert_memory_equal(c->got, "world", 5);
    size_t most = c->sent_len > s->sent_len ? c->sent_len : s->sent_len;
    real_disconnect(r);
    return most;
}

static void whole_and_one_by_one(real *r)
{
    talk(r, 0);
    talk(r, 1);
}

/* Every piece that is carried is cut at every place where it can be. */
static void every_split(real *r)
{
    for (size_t cut = 2, most = 3; cut < most; cut++)
        most = talk(r, cut);
}

/* The first token says which mechanism it is, and the first frame's head what the wire is. [MS-NNS 2.2.1; RFC 4121 4.1] */
static void first_token(real *r)
{
    static const uint8_t oid[] = "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01"; /* then TOK_ID 01 00 */
    real_connect(r);
    real_establish(r, 0);
    const rig_peer *c = &r->side[REAL_CLIENT].peer;
    const uint8_t *at = c->sent;
    if (r->wire == REAL_NETTCP)
        at = (const uint8_t *)memmem(at, c->sent_len, "application/negotiate", 21) + 21;
    assert_int_equal(at[0], 0x16);
    assert_int_equal(at[5], 0x60);
    assert_non_null(memmem(at, 200, oid, sizeof oid)); /* its NUL is the second octet of TOK_ID */
    assert_int_equal(memmem(at, 64, "\x06\x06\x2b\x06\x01\x05\x05\x02", 8) != NULL, r->mech == REAL_SPNEGO_KERBEROS);
    real_disconnect(r);
}

static const uint8_t *pattern(void)
{
    static uint8_t data[MIB];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 31 >> 3);
    return data;
}

/* Order n octets however often it takes, and carry them in pieces that fit no frame. */
static void move(real *r, int from, size_t n)
{
    rig_peer *p = &r->side[from].peer, *to = &r->side[!from].peer;
    const uint8_t *data = pattern();
    to->got_len = 0;
    for (size_t at = 0; at < n;) {
        size_t used = 0;
        troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { data + at, n - at } };
        troth_status st = troth_endpoint_submit(p->e, &order, 0, &used);
        assert_true(st == TROTH_OK || st == TROTH_AGAIN);
        at += used;
        rig_wire(p, to, 60001);
    }
    assert_int_equal(to->got_len, n);
    assert_memory_equal(to->got, data, n);
}

/* Frames hold 64,512 octets at most; each of these sizes is moved both ways, between empty frames. */
static void sizes(real *r)
{
    static const size_t each[SIZES] = { 1, 65535, FRAME, FRAME + 1, MIB };
    real_connect(r);
    real_establish(r, 0);
    rig_peer *c = &r->side[REAL_CLIENT].peer, *s = &r->side[REAL_SERVER].peer;
    for (size_t i = 0; i < SIZES; i++) {
        for (int side = 0; side < 2; side++) {
            size_t before = r->side[side].peer.sent_len, n = each[i];
            move(r, side, n);
            size_t frames = (n + FRAME - 1) / FRAME, sent = r->side[side].peer.sent_len - before;
            assert_true(r->level ? sent >= n + frames * (4 + 16) && sent < n + frames * 128 : sent == n);
        }
        size_t mark = c->sent_len, events = s->datas;
        rig_say(c, "", 0);
        rig_wire(c, s, 0);
        assert_int_equal(c->sent_len > mark, r->level != TROTH_LEVEL_NONE);
        assert_int_equal(s->datas, events);
    }
    real_disconnect(r);
}

static void test_whole_and_one_by_one(void **state)
{
    (void)state;
    each_world(whole_and_one_by_one);
}

static void test_every_split(void **state)
{
    (void)state;
    each_world(every_split);
}

static void test_first_token(void **state)
{
    (void)state;
    each_world(first_token);
}

static void test_sizes(void **state)
{
    (void)state;
    each_world(sizes);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_whole_and_one_by_one), cmocka_unit_test(test_every_split),
                                        cmocka_unit_test(test_first_token), cmocka_unit_test(test_sizes) };
    int missing = lab_missing("pair/nns_kerberos");
    return missing ? missing : cmocka_run_group_tests(tests, NULL, NULL);
}
