/* Tokens of RFC 4121 between two ends that share a key: order, forgery, reflection, rotation, limits. */
#include <support/test.h>
/* the blank line keeps cmocka's prerequisites in front */
#include <mech/kerberos/cfx.h>
#include <stdlib.h>
#include <string.h>
#include <support/env.h>

enum { ROOM = 160, MOST = 200, FIRST = 1000 };

typedef struct ends {
    test_env t;
    troth_cfx init, accept;
} ends;

/* A token and its data in one piece. */
typedef struct whole {
    uint8_t all[ROOM + MOST];
    size_t token, n;
} whole;

static void ends_init(ends *e, int32_t number, bool dce, troth_flags detect)
{
    static const uint8_t key[32] = "a key of thirty-two octets: long";
    memset(e, 0, sizeof *e);
    test_env_init(&e->t);
    troth_cfx_setup s = { &e->t.env, troth_krb_enctype_of(number), key, false, true, dce, FIRST, 5 * FIRST, detect };
    troth_cfx_init(&e->init, &s);
    s.acceptor = true, s.snd_seq = 5 * FIRST, s.rcv_seq = FIRST;
    troth_cfx_init(&e->accept, &s);
}

static void ends_clear(ends *e)
{
    troth_cfx_clear(&e->init);
    troth_cfx_clear(&e->accept);
    test_env_check(&e->t);
}

static whole make(troth_cfx *c, troth_form form, size_t n)
{
    whole w = { .token = troth_cfx_token_size(c, form), .n = n };
    for (size_t i = 0; i < n; i++)
        w.all[w.token + i] = (uint8_t)(i + 1);
    troth_segment seg = { TROTH_SEG_DATA, w.all + w.token, n };
    troth_message m = { &seg, 1, w.all, w.token, 0 };
    assert_int_equal(troth_cfx_protect(c, form, &m), TROTH_OK);
    assert_int_equal(m.token_len, w.token);
    return w;
}

/* Open octets as a stream, from a block of their own size. */
static troth_status open_raw(troth_cfx *c, troth_form form, const uint8_t *p, size_t len, size_t n)
{
    uint8_t *copy = malloc(len ? len : 1);
    memcpy(copy, p, len);
    troth_segment seg = { TROTH_SEG_STREAM, copy, len };
    troth_message m = { &seg, 1, NULL, 0, 0 };
    troth_status st = troth_cfx_unprotect(c, form, &m);
    if (!st) {
        assert_int_equal(seg.kind, TROTH_SEG_DATA);
        assert_int_equal(seg.len, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(seg.data[i], (uint8_t)(i + 1));
    }
    free(copy);
    return st;
}

static troth_status open_stream(troth_cfx *c, troth_form form, const whole *w)
{
    return open_raw(c, form, w->all, w->token + w->n, w->n);
}

static troth_status open_apart(troth_cfx *c, troth_form form, const whole *w)
{
    whole copy = *w;
    troth_segment seg = { TROTH_SEG_DATA, copy.all + w->token, w->n };
    troth_message m = { &seg, 1, copy.all, w->token, 0 };
    troth_status st = troth_cfx_unprotect(c, form, &m);
    for (size_t i = 0; !st && i < w->n; i++)
        assert_int_equal(seg.data[i], (uint8_t)(i + 1));
    return st;
}

static void rotate_right(uint8_t *p, size_t n, size_t by)
{
    for (by %= n ? n : 1; by; by--) {
        uint8_t last = p[n - 1];
        memmove(p + 1, p, n - 1);
        p[0] = last;
    }
}

/* A stream that we made, rotated to another RRC. */
static whole rotated(const whole *w, uint16_t rrc)
{
    whole r = *w;
    size_t n = r.token + r.n - 16, old = (size_t)(r.all[6] << 8 | r.all[7]);
    rotate_right(r.all + 16, n, n - old % n + rrc);
    r.all[6] = (uint8_t)(rrc >> 8);
    r.all[7] = (uint8_t)rrc;
    return r;
}

#define BOTH (TROTH_F_REPLAY | TROTH_F_SEQUENCE)

static void test_rotations(void **state)
{
    (void)state;
    for (int32_t number = 17; number <= 20; number++) {
        ends e;
        ends_init(&e, number, false, 0);
        for (troth_form form = TROTH_FORM_WRAP; form <= TROTH_FORM_SEAL; form++)
            for (size_t n = 0; n < 70; n += 23) {
                whole w = make(&e.init, form, n);
                for (unsigned rrc = 0; rrc < 150; rrc++) {
                    whole r = rotated(&w, (uint16_t)rrc);
                    assert_int_equal(open_stream(&e.accept, form, &r), TROTH_OK);
                }
                whole r = rotated(&w, 65535);
                assert_int_equal(open_stream(&e.accept, form, &r), TROTH_OK);
                /* one that is not what the octets say */
                r.all[7] ^= 1;
                assert_int_equal(open_stream(&e.accept, form, &r), TROTH_BAD_MIC);
            }
        ends_clear(&e);
    }
}

/* Apart from its data a token has one rotation. */
static void test_apart_rrc(void **state)
{
    (void)state;
    for (int dce = 0; dce < 2; dce++) {
        ends e;
        ends_init(&e, 18, dce, 0);
        for (troth_form form = TROTH_FORM_WRAP; form <= TROTH_FORM_SEAL; form++) {
            whole w = make(&e.init, form, 40), r = w;
            assert_int_equal(open_apart(&e.accept, form, &w), TROTH_OK);
            for (unsigned rrc = 0; rrc < 65536; rrc += rrc < 100 ? 1 : 997) {
                r.all[6] = (uint8_t)(rrc >> 8);
                r.all[7] = (uint8_t)rrc;
                bool right = memcmp(r.all, w.all, 16) == 0;
                assert_int_equal(open_apart(&e.accept, form, &r), right ? TROTH_OK : TROTH_MALFORMED);
            }
        }
        ends_clear(&e);
    }
}

static bool refused(troth_status st)
{
    return st == TROTH_BAD_MIC || st == TROTH_MALFORMED || st == TROTH_TRUNCATED || st == TROTH_NOT_SEALED;
}

/* Every bit and every prefix, both ways of handing in; and then the message itself is still the next one. */
static void test_altered(void **state)
{
    (void)state;
    for (int32_t number = 17; number <= 20; number++)
        for (troth_form form = TROTH_FORM_MIC; form <= TROTH_FORM_SEAL; form++) {
            ends e;
            ends_init(&e, number, false, BOTH);
            whole w = make(&e.init, form, 21);
            for (size_t bit = 0; bit < 8 * (w.token + w.n); bit++) {
                whole r = w;
                r.all[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_true(refused(open_stream(&e.accept, form, &r)));
                assert_true(refused(open_apart(&e.accept, form, &r)));
            }
            for (size_t n = 0; n < w.token + w.n; n++)
                assert_true(refused(open_raw(&e.accept, form, w.all, n, 0)));
            assert_int_equal(open_apart(&e.accept, form, &w), TROTH_OK);
            ends_clear(&e);
        }
}

static void test_huge_fields(void **state)
{
    (void)state;
    static const uint16_t values[] = { 1, 16, 28, 44, 255, 256, 32768, 65507, 65519, 65534, 65535 };
    for (int dce = 0; dce < 2; dce++) {
        ends e;
        ends_init(&e, 18, dce, BOTH);
        for (troth_form form = TROTH_FORM_WRAP; form <= TROTH_FORM_SEAL; form++)
            for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
                if (dce && form == TROTH_FORM_SEAL && values[i] == 16)
                    continue;
                whole w = make(&e.init, form, 33);
                w.all[4] = (uint8_t)(values[i] >> 8);
                w.all[5] = (uint8_t)values[i];
                assert_true(refused(open_apart(&e.accept, form, &w)));
                troth_status st = open_stream(&e.accept, form, &w);
                assert_true(dce ? st == TROTH_UNSUPPORTED : refused(st));
            }
        ends_clear(&e);
    }
}

/* What we sent comes back to us; and a token that says to be the other's but is under our key. */
static void test_reflection(void **state)
{
    (void)state;
    ends e;
    ends_init(&e, 18, false, 0);
    for (troth_form form = TROTH_FORM_MIC; form <= TROTH_FORM_SEAL; form++) {
        whole w = make(&e.init, form, 10), flipped = w;
        flipped.all[2] ^= TROTH_CFX_SENT_BY_ACCEPTOR;
        assert_int_equal(open_stream(&e.init, form, &w), TROTH_BAD_MIC);
        assert_int_equal(open_stream(&e.init, form, &flipped), TROTH_BAD_MIC);
        assert_int_equal(open_stream(&e.accept, form, &flipped), TROTH_BAD_MIC);
        flipped = w;
        flipped.all[2] ^= TROTH_CFX_ACCEPTOR_SUBKEY;
        assert_int_equal(open_stream(&e.accept, form, &flipped), TROTH_BAD_MIC);
        assert_int_equal(open_stream(&e.accept, form, &w), TROTH_OK);
        e.init.out.flags ^= TROTH_CFX_SENT_BY_ACCEPTOR; /* signed by the right key, and yet saying so */
        w = make(&e.init, form, 10);
        e.init.out.flags ^= TROTH_CFX_SENT_BY_ACCEPTOR;
        assert_int_equal(open_stream(&e.accept, form, &w), TROTH_BAD_MIC);
    }
    ends_clear(&e);
}

/* A sealed message of any extra count with any filler, as another sender may make it. */
static whole forge(troth_cfx *c, uint16_t ec, uint16_t copy_ec, uint8_t filler, size_t n)
{
    whole w = { .token = 16, .n = 16 + n + ec + 16u + c->type->mac };
    uint8_t *confounder = w.all + 16, *data = confounder + 16, *end = data + n, mac[TROTH_SHA_MAX];
    troth_cfx_header h = { TROTH_CFX_WRAP, copy_ec, 0, (uint8_t)(c->out.flags | TROTH_CFX_SEALED), c->snd_seq++ };
    assert_int_equal(troth_cfx_keys(c, &c->out, TROTH_FORM_SEAL), TROTH_OK);
    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)(i + 1);
    memset(end, filler, ec);
    troth_cfx_header_write(end + ec, &h);
    troth_segment seg = { TROTH_SEG_DATA, data, n };
    const troth_message m = { &seg, 1, NULL, 0, 0 };
    troth_bytes behind = { end, ec + 16u };
    if (!c->type->etm)
        troth_cfx_seal_mac(c, &c->out, &m, confounder, behind, mac);
    assert_int_equal(troth_cfx_crypt(&c->out, &m, confounder, end, behind.len), TROTH_OK);
    if (c->type->etm)
        troth_cfx_seal_mac(c, &c->out, &m, confounder, behind, mac);
    memcpy(end + behind.len, mac, c->type->mac);
    h.ec = ec;
    troth_cfx_header_write(w.all, &h);
    return w;
}

static void test_extra_count(void **state)
{
    (void)state;
    for (int32_t number = 17; number <= 20; number++) {
        ends e;
        ends_init(&e, number, false, BOTH);
        for (uint16_t ec = 0; ec < 40; ec++)
            for (int filler = 0; filler < 256; filler += 255) { /* its octets mean nothing [RFC 4121 4.2.4] */
                whole w = forge(&e.accept, ec, ec, (uint8_t)filler, 29);
                assert_int_equal(open_raw(&e.init, TROTH_FORM_SEAL, w.all, w.token + w.n, 29), TROTH_OK);
            }
        /* the right code, but not the header that was signed: octets of data would pass as filler or filler as data */
        whole w = forge(&e.accept, 4, 3, 0xff, 29);
        assert_int_equal(open_raw(&e.init, TROTH_FORM_SEAL, w.all, w.token + w.n, 29), TROTH_BAD_MIC);
        ends_clear(&e);
    }
}

static void test_order(void **state)
{
    (void)state;
    static const troth_flags detect[] = { BOTH, TROTH_F_REPLAY, TROTH_F_SEQUENCE, 0 };
    static const troth_status repeat[] = { TROTH_REPLAY, TROTH_REPLAY, TROTH_REPLAY, TROTH_OK },
                              gap[] = { TROTH_OUT_OF_ORDER, TROTH_OK, TROTH_OUT_OF_ORDER, TROTH_OK };
    for (size_t i = 0; i < 4; i++) {
        ends e;
        ends_init(&e, 17, false, detect[i]);
        whole m[5];
        for (size_t k = 0; k < 5; k++)
            m[k] = make(&e.init, TROTH_FORM_SEAL, k);
        assert_int_equal(open_stream(&e.accept, TROTH_FORM_SEAL, &m[0]), TROTH_OK);
        assert_int_equal(open_stream(&e.accept, TROTH_FORM_SEAL, &m[0]), repeat[i]);
        assert_int_equal(open_stream(&e.accept, TROTH_FORM_SEAL, &m[2]), gap[i]);
        assert_int_equal(open_stream(&e.accept, TROTH_FORM_SEAL, &m[2]), repeat[i]);
        assert_int_equal(open_stream(&e.accept, TROTH_FORM_SEAL, &m[1]), gap[i]); /* late */
        assert_int_equal(open_stream(&e.accept, TROTH_FORM_SEAL, &m[1]), repeat[i]);
        assert_int_equal(open_stream(&e.accept, TROTH_FORM_SEAL, &m[3]), TROTH_OK);
        m[4].all[20] ^= 1; /* refused, so that its number is still free */
        assert_int_equal(open_stream(&e.accept, TROTH_FORM_SEAL, &m[4]), TROTH_BAD_MIC);
        m[4].all[20] ^= 1;
        assert_int_equal(open_stream(&e.accept, TROTH_FORM_SEAL, &m[4]), TROTH_OK);
        ends_clear(&e);
    }
}

/* Windows' MIC of its mechanism list has number 0, and its messages begin where they were agreed to. */
static void test_mic_of_windows(void **state)
{
    (void)state;
    ends e;
    ends_init(&e, 18, false, BOTH);
    e.accept.snd_seq = 0;
    whole mic = make(&e.accept, TROTH_FORM_MIC, 12);
    e.accept.snd_seq = 5 * FIRST;
    whole next = make(&e.accept, TROTH_FORM_SEAL, 12);
    assert_int_equal(open_stream(&e.init, TROTH_FORM_MIC, &mic), TROTH_OK);
    assert_int_equal(open_stream(&e.init, TROTH_FORM_MIC, &mic), TROTH_REPLAY);
    assert_int_equal(open_stream(&e.init, TROTH_FORM_SEAL, &next), TROTH_OK);
    ends_clear(&e);
    ends_init(&e, 18, false, BOTH); /* and nowhere else */
    e.accept.snd_seq = 0;
    whole data = make(&e.accept, TROTH_FORM_SEAL, 12);
    assert_int_equal(open_stream(&e.init, TROTH_FORM_SEAL, &data), TROTH_REPLAY);
    ends_clear(&e);
}

static troth_status no_chance(void *self, uint8_t *out, size_t n)
{
    (void)self, (void)out, (void)n;
    return TROTH_NO_ENTROPY;
}

/* Nothing is sent, and nothing counted, without randomness, without room, and once the numbers are used up. */
static void test_refusals(void **state)
{
    (void)state;
    ends e;
    ends_init(&e, 18, false, BOTH);
    uint8_t data[4] = "abc", token[ROOM];
    troth_segment seg = { TROTH_SEG_DATA, data, 4 };
    troth_message m = { &seg, 1, token, 59, 0 };
    assert_int_equal(troth_cfx_protect(&e.init, TROTH_FORM_SEAL, &m), TROTH_NO_SPACE);
    m.token_len = sizeof token;
    e.t.env.random = no_chance;
    assert_int_equal(troth_cfx_protect(&e.init, TROTH_FORM_SEAL, &m), TROTH_NO_ENTROPY);
    assert_memory_equal(data, "abc", 4);
    assert_int_equal(e.init.snd_seq, FIRST);
    e.init.snd_seq = UINT64_MAX - 1;
    assert_int_equal(troth_cfx_protect(&e.init, TROTH_FORM_MIC, &m), TROTH_OK);
    assert_int_equal(troth_cfx_protect(&e.init, TROTH_FORM_MIC, &m), TROTH_LIMIT);
    assert_memory_equal(data, "abc", 4);
    ends_clear(&e);
}

/* No two confounders are alike, across the pool's edge, and the pool keeps none that was used. */
static void test_confounders(void **state)
{
    (void)state;
    ends e;
    ends_init(&e, 18, false, BOTH);
    whole m[40];
    for (size_t i = 0; i < 40; i++) {
        e.init.snd_seq = FIRST; /* all else is the same */
        m[i] = make(&e.init, TROTH_FORM_SEAL, 16);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(m[i].all + m[i].token - 16, m[k].all + m[k].token - 16, 16);
        static const uint8_t none[TROTH_CFX_POOL];
        assert_memory_equal(e.init.pool, none, sizeof none - e.init.pool_left);
    }
    ends_clear(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rotations),   cmocka_unit_test(test_apart_rrc),      cmocka_unit_test(test_altered),
        cmocka_unit_test(test_huge_fields), cmocka_unit_test(test_reflection),     cmocka_unit_test(test_extra_count),
        cmocka_unit_test(test_order),       cmocka_unit_test(test_mic_of_windows), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_confounders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
