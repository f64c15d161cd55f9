/* Messages of established contexts: forms, sizes, header signing, order, alteration, expiry. */
#include <krb/krb.h>
#include <stdlib.h>
#include <string.h>

#define SIGN (TROTH_F_MUTUAL | TROTH_F_REPLAY | TROTH_F_SEQUENCE | TROTH_F_INTEGRITY)
#define SEAL (SIGN | TROTH_F_CONFIDENTIALITY)

enum { ROOM = 128, MOST = 64512 };

/* One protected message with its token in front of its data, in a block of exactly its size. */
typedef struct sealed {
    uint8_t *all;
    size_t token, data;
} sealed;

static uint8_t octet(size_t i)
{
    return (uint8_t)(i * 7 + 3);
}

static sealed make(troth_context *c, troth_form form, size_t n)
{
    size_t size = troth_context_token_size(c, form, n);
    assert_true(size && size < ROOM);
    sealed m = { malloc(size + n), size, n };
    for (size_t i = 0; i < n; i++)
        m.all[size + i] = octet(i);
    troth_segment seg = { TROTH_SEG_DATA, m.all + size, n };
    troth_message msg = { &seg, 1, m.all, size, 0 };
    assert_int_equal(troth_context_protect(c, form, &msg, 1, NULL), TROTH_OK);
    assert_int_equal(msg.token_len, size);
    return m;
}

/* Open a copy, in parts or as a stream; what it came to is checked against the octets of make(). */
static troth_status take(troth_context *c, troth_form form, const sealed *m, bool stream)
{
    uint8_t *copy = malloc(m->token + m->data);
    memcpy(copy, m->all, m->token + m->data);
    troth_segment seg = stream ? (troth_segment){ TROTH_SEG_STREAM, copy, m->token + m->data }
                               : (troth_segment){ TROTH_SEG_DATA, copy + m->token, m->data };
    troth_message msg = { &seg, 1, stream ? NULL : copy, stream ? 0 : m->token, 0 };
    troth_status st = troth_context_unprotect(c, form, &msg, 1, NULL);
    if (!st) {
        assert_int_equal(seg.kind, TROTH_SEG_DATA);
        assert_int_equal(seg.len, m->data);
    }
    for (size_t i = 0; i < seg.len; i++)
        assert_int_equal(seg.data[i], st ? 0 : octet(i)); /* plaintext, or nothing at all */
    free(copy);
    return st;
}

static void each_size(troth_context *from, troth_context *to, troth_form form, bool sealed_form, bool dce)
{
    static const size_t sizes[] = { 0, 1, 16, 4096, MOST };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int stream = 0; stream < 2; stream++) {
            sealed m = make(from, form, sizes[i]);
            if (sealed_form && sizes[i] >= 16) /* the plaintext is nowhere to be seen */
                assert_true(m.all[m.token] != octet(0) || m.all[m.token + 1] != octet(1) ||
                            m.all[m.token + 2] != octet(2) || m.all[m.token + 3] != octet(3));
            if (!sealed_form && sizes[i])
                assert_int_equal(m.all[m.token], octet(0));
            /* DCE style has no streams: its tokens stand apart from their data */
            bool none = dce && stream && form != TROTH_FORM_MIC;
            assert_int_equal(take(to, form, &m, stream), none ? TROTH_UNSUPPORTED : TROTH_OK);
            if (none)
                assert_int_equal(take(to, form, &m, false), TROTH_OK);
            free(m.all);
        }
}

static void test_sizes(void **state)
{
    (void)state;
    static const troth_flags styles[] = { SEAL, SEAL | TROTH_F_DCE_STYLE };
    for (size_t i = 0; i < 2; i++) {
        krb_pair p;
        krb_pair_open(&p, styles[i]);
        assert_int_equal(troth_context_token_size(p.init, TROTH_FORM_MIC, 5), 28);
        assert_int_equal(troth_context_token_size(p.init, TROTH_FORM_WRAP, 5), 28);
        assert_int_equal(troth_context_token_size(p.init, TROTH_FORM_SEAL, 5), i ? 76 : 60);
        for (troth_form form = TROTH_FORM_MIC; form <= TROTH_FORM_SEAL; form++) {
            each_size(p.init, p.accept, form, form == TROTH_FORM_SEAL, i);
            each_size(p.accept, p.init, form, form == TROTH_FORM_SEAL, i);
        }
        krb_pair_clear(&p);
    }
}

/* The three forms are three token kinds, told by TOK_ID and the Sealed flag. [RFC 4121 4.2.6] */
static void test_token_kinds(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SEAL);
    sealed mic = make(p.init, TROTH_FORM_MIC, 9), wrap = make(p.init, TROTH_FORM_WRAP, 9),
           seal = make(p.accept, TROTH_FORM_SEAL, 9);
    assert_memory_equal(mic.all, "\x04\x04\x04\xff\xff\xff\xff\xff", 8);
    assert_memory_equal(wrap.all, "\x05\x04\x04\xff\x00\x0c\x00\x0c", 8);
    assert_memory_equal(seal.all, "\x05\x04\x07\xff\x00\x00\x00\x1c", 8);
    free(mic.all), free(wrap.all), free(seal.all);
    krb_pair_clear(&p);
}

/* DCE/RPC signs its headers and verifier with a stub that alone is encrypted. */
static void test_header_signing(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SEAL | TROTH_F_DCE_STYLE);
    for (troth_form form = TROTH_FORM_MIC; form <= TROTH_FORM_SEAL; form++)
        for (int spoil = -1; spoil < 3; spoil++) {
            uint8_t parts[3][8] = { "header..", "stub....", "verifier" }, token[ROOM];
            troth_segment segs[] = { { TROTH_SEG_SIGN_ONLY, parts[0], 8 },
                                     { TROTH_SEG_DATA, parts[1], 8 },
                                     { TROTH_SEG_SIGN_ONLY, parts[2], 8 } };
            troth_message m = { segs, 3, token, sizeof token, 0 };
            assert_int_equal(troth_context_protect(p.init, form, &m, 1, NULL), TROTH_OK);
            assert_memory_equal(parts[0], "header..", 8);
            assert_memory_equal(parts[2], "verifier", 8);
            assert_int_equal(memcmp(parts[1], "stub....", 8) != 0, form == TROTH_FORM_SEAL);
            if (spoil >= 0)
                parts[spoil][3] ^= 0x10;
            troth_status want = spoil < 0 ? TROTH_OK : TROTH_BAD_MIC;
            troth_status st = troth_context_unprotect(p.accept, form, &m, 1, NULL);
            if (st != want && !(spoil < 0 && st == TROTH_OUT_OF_ORDER)) /* the ones refused before left gaps */
                fail_msg("form %d, spoiled %d: %s", (int)form, spoil, troth_status_name(st));
        }
    krb_pair_clear(&p);
}

/* More segments than the stack has room for. */
static void test_many_segments(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SEAL);
    uint8_t data[40], token[ROOM];
    troth_segment segs[20];
    for (size_t i = 0; i < 40; i++)
        data[i] = octet(i);
    for (size_t i = 0; i < 20; i++)
        segs[i] = (troth_segment){ i % 3 ? TROTH_SEG_DATA : TROTH_SEG_SIGN_ONLY, data + 2 * i, 2 };
    troth_message m = { segs, 20, token, sizeof token, 0 };
    assert_int_equal(troth_context_protect(p.init, TROTH_FORM_SEAL, &m, 1, NULL), TROTH_OK);
    assert_int_equal(troth_context_unprotect(p.accept, TROTH_FORM_SEAL, &m, 1, NULL), TROTH_OK);
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(data[i], octet(i));
    krb_pair_clear(&p);
}

/* Up to eight segments a message costs no memory of ours. */
static void test_no_allocation(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SEAL);
    size_t before = atomic_load(&p.t.allocs);
    for (troth_form form = TROTH_FORM_MIC; form <= TROTH_FORM_SEAL; form++) {
        sealed m = make(p.init, form, 100);
        assert_int_equal(take(p.accept, form, &m, form == TROTH_FORM_SEAL), TROTH_OK);
        free(m.all);
    }
    assert_int_equal(atomic_load(&p.t.allocs), before);
    krb_pair_clear(&p);
}

static void test_order(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SEAL);
    sealed m[6];
    for (size_t i = 0; i < 6; i++)
        m[i] = make(p.init, TROTH_FORM_SEAL, 10 + i);
    assert_int_equal(take(p.accept, TROTH_FORM_SEAL, &m[0], false), TROTH_OK);
    assert_int_equal(take(p.accept, TROTH_FORM_SEAL, &m[0], false), TROTH_REPLAY);
    assert_int_equal(take(p.accept, TROTH_FORM_SEAL, &m[0], true), TROTH_REPLAY);
    assert_int_equal(take(p.accept, TROTH_FORM_SEAL, &m[1], true), TROTH_OK);
    assert_int_equal(take(p.accept, TROTH_FORM_SEAL, &m[3], false), TROTH_OUT_OF_ORDER); /* a gap */
    assert_int_equal(take(p.accept, TROTH_FORM_SEAL, &m[4], false), TROTH_OK);
    assert_int_equal(take(p.accept, TROTH_FORM_SEAL, &m[2], false), TROTH_OUT_OF_ORDER); /* late */
    assert_int_equal(take(p.accept, TROTH_FORM_SEAL, &m[5], false), TROTH_OK);
    for (size_t i = 0; i < 6; i++)
        free(m[i].all);
    krb_pair_clear(&p);
}

/* Replay alone: order does not matter, a repeat does, and so does what is too old to tell. */
static void test_replay_only(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, TROTH_F_MUTUAL | TROTH_F_REPLAY);
    sealed m[80];
    for (size_t i = 0; i < 80; i++)
        m[i] = make(p.init, TROTH_FORM_WRAP, 5);
    assert_int_equal(take(p.accept, TROTH_FORM_WRAP, &m[3], false), TROTH_OK);
    assert_int_equal(take(p.accept, TROTH_FORM_WRAP, &m[1], false), TROTH_OK);
    assert_int_equal(take(p.accept, TROTH_FORM_WRAP, &m[1], false), TROTH_REPLAY);
    assert_int_equal(take(p.accept, TROTH_FORM_WRAP, &m[79], false), TROTH_OK);
    assert_int_equal(take(p.accept, TROTH_FORM_WRAP, &m[2], false), TROTH_REPLAY); /* older than the window */
    assert_int_equal(take(p.accept, TROTH_FORM_WRAP, &m[78], false), TROTH_OK);
    for (size_t i = 0; i < 80; i++)
        free(m[i].all);
    krb_pair_clear(&p);
}

static bool is_refusal(troth_status st)
{
    return st == TROTH_BAD_MIC || st == TROTH_MALFORMED || st == TROTH_TRUNCATED || st == TROTH_NOT_SEALED;
}

/* Every bit of token and data: refused, nothing left in the buffer, and the good message works afterwards. */
static void test_bit_flips(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SEAL);
    for (troth_form form = TROTH_FORM_MIC; form <= TROTH_FORM_SEAL; form++)
        for (int stream = 0; stream < 2; stream++) {
            sealed m = make(p.init, form, 21);
            for (size_t bit = 0; bit < 8 * (m.token + m.data); bit++) {
                m.all[bit / 8] ^= (uint8_t)(1 << bit % 8);
                troth_status st = take(p.accept, form, &m, stream);
                m.all[bit / 8] ^= (uint8_t)(1 << bit % 8);
                if (!is_refusal(st))
                    fail_msg("form %d, stream %d, bit %zu of octet %zu: %s", (int)form, stream, bit % 8, bit / 8,
                             troth_status_name(st));
            }
            assert_int_equal(take(p.accept, form, &m, stream), TROTH_OK);
            free(m.all);
        }
    krb_pair_clear(&p);
}

/* Every shorter token and stream. */
static void test_prefixes(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SEAL);
    for (troth_form form = TROTH_FORM_MIC; form <= TROTH_FORM_SEAL; form++) {
        sealed m = make(p.init, form, 21);
        for (size_t n = 0; n < m.token + m.data; n++) {
            uint8_t *copy = malloc(n ? n : 1);
            memcpy(copy, m.all, n);
            troth_segment seg = { TROTH_SEG_STREAM, copy, n };
            troth_message msg = { &seg, 1, NULL, 0, 0 };
            troth_status st = troth_context_unprotect(p.accept, form, &msg, 1, NULL);
            if (!is_refusal(st))
                fail_msg("form %d, %zu octets: %s", (int)form, n, troth_status_name(st));
            free(copy);
        }
        assert_int_equal(take(p.accept, form, &m, true), TROTH_OK);
        free(m.all);
    }
    krb_pair_clear(&p);
}

/* A message of the right key and number that is merely signed is no answer where sealing was negotiated. */
static void test_not_sealed(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SEAL);
    for (int stream = 0; stream < 2; stream++) {
        sealed m = make(p.init, TROTH_FORM_WRAP, 30);
        assert_int_equal(take(p.accept, TROTH_FORM_SEAL, &m, stream), TROTH_NOT_SEALED);
        free(m.all);
    }
    sealed m = make(p.init, TROTH_FORM_SEAL, 30);
    assert_int_equal(take(p.accept, TROTH_FORM_SEAL, &m, true), TROTH_OK);
    free(m.all);
    krb_pair_clear(&p);
}

/* MIT seals on any context: what was negotiated decides. */
static void test_too_low(void **state)
{
    (void)state;
    uint8_t data[4] = "abc", token[ROOM];
    troth_segment seg = { TROTH_SEG_DATA, data, 4 };
    troth_message m = { &seg, 1, token, sizeof token, 0 };
    krb_pair p;
    krb_pair_open(&p, SIGN);
    assert_int_equal(troth_context_protect(p.init, TROTH_FORM_SEAL, &m, 1, NULL), TROTH_TOO_LOW);
    assert_int_equal(troth_context_protect(p.accept, TROTH_FORM_SEAL, &m, 1, NULL), TROTH_TOO_LOW);
    m.token_len = 27;
    assert_int_equal(troth_context_protect(p.init, TROTH_FORM_WRAP, &m, 1, NULL), TROTH_NO_SPACE);
    assert_memory_equal(data, "abc", 4);
    krb_pair_clear(&p);
    krb_pair_open(&p, 0);
    m.token_len = sizeof token;
    assert_int_equal(troth_context_protect(p.init, TROTH_FORM_MIC, &m, 1, NULL), TROTH_TOO_LOW);
    krb_pair_clear(&p);
}

/* MIT goes on protecting after the ticket's end; we do not. */
static void test_expiry(void **state)
{
    (void)state;
    krb_pair p;
    krb_pair_open(&p, SEAL);
    sealed m = make(p.init, TROTH_FORM_SEAL, 3);
    p.t.wall = troth_context_facts(p.accept).expiry - 1;
    assert_int_equal(take(p.accept, TROTH_FORM_SEAL, &m, true), TROTH_OK);
    free(m.all);
    p.t.wall = troth_context_facts(p.init).expiry - 1;
    m = make(p.init, TROTH_FORM_SEAL, 3);
    p.t.wall = troth_context_facts(p.accept).expiry;
    troth_segment seg = { TROTH_SEG_STREAM, m.all, m.token + m.data };
    troth_message msg = { &seg, 1, NULL, 0, 0 };
    assert_int_equal(troth_context_unprotect(p.accept, TROTH_FORM_SEAL, &msg, 1, NULL), TROTH_EXPIRED);
    uint8_t token[ROOM];
    msg = (troth_message){ &(troth_segment){ TROTH_SEG_DATA, NULL, 0 }, 1, token, sizeof token, 0 };
    assert_int_equal(troth_context_protect(p.init, TROTH_FORM_SEAL, &msg, 1, NULL), TROTH_EXPIRED);
    free(m.all);
    krb_pair_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),          cmocka_unit_test(test_token_kinds),
        cmocka_unit_test(test_header_signing), cmocka_unit_test(test_many_segments),
        cmocka_unit_test(test_no_allocation),  cmocka_unit_test(test_order),
        cmocka_unit_test(test_replay_only),    cmocka_unit_test(test_bit_flips),
        cmocka_unit_test(test_prefixes),       cmocka_unit_test(test_not_sealed),
        cmocka_unit_test(test_too_low),        cmocka_unit_test(test_expiry),
    };
    return krb_run("message", tests, sizeof tests / sizeof *tests);
}
