/* The numbered hostile or odd inputs of NegotiateStream and net.tcp, each with its right answer. docs/wire/nns.md */
#include <nns/stream.h>
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/rig.h>
#include <support/test.h>

#define INVALID_TOKEN "15 01 00 0008 08030980 80090308"
#define TRUST_FAILURE "15 01 00 0008 fe060000 000006fe"

/* A peer that waits for its first handshake frame: the server as made, or the client whose first frame was taken away. */
static rig_peer *waiting(rig *r, bool client, troth_mech_id id, troth_level level)
{
    rig_world(r, id, level);
    rig_connect(r);
    rig_drain(&r->c);
    return client ? &r->c : &r->s;
}

static void established(rig *r, troth_mech_id id, troth_level level)
{
    rig_world(r, id, level);
    rig_connect(r);
    rig_wire(&r->c, &r->s, 0);
    assert_true(r->c.established && r->s.established);
}

static void refused(rig_peer *p, size_t *mark, troth_status code, const char *sent)
{
    assert_true(p->closed);
    assert_false(p->established);
    assert_int_equal(p->error.code, code);
    rig_expect_sent(p, mark, sent);
    troth_bytes none;
    assert_int_equal(troth_endpoint_out(p->e, &none, NULL), TROTH_CLOSED);
}

/* Feed it to a waiting client and a waiting server; both must refuse alike. */
static void both_refuse(const char *hex, troth_status code, uint32_t wire, const char *sent)
{
    for (int client = 0; client < 2; client++) {
        rig r;
        rig_peer *p = waiting(&r, client, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
        size_t mark = p->sent_len;
        unsigned steps = r.mech.steps;
        rig_feed_hex(p, hex);
        refused(p, &mark, code, sent);
        assert_int_equal(p->error.wire, wire);
        assert_int_equal(r.mech.steps, steps); /* the mechanism was not asked */
        rig_end(&r);
    }
}

/* An unknown MessageId; TLS, whose first octet looks like InProgress. */
static void test_nns_01(void **state)
{
    (void)state;
    static const char *const ids[] = { "00 01 00 00 01 aa", "13 01 00 00 00", "17 01 00 00 01 aa", "ff ff ff ff ff" };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        both_refuse(ids[i], TROTH_UNEXPECTED, 0, "");
    rig r;
    size_t mark = 0;
    rig_peer *s = waiting(&r, false, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
    rig_feed_hex(s, "16 03 01 00 05 01 00 00 01 00");
    refused(s, &mark, TROTH_MALFORMED, INVALID_TOKEN);
    rig_end(&r);
}

/* Version 2.7 from either side. */
static void test_nns_02(void **state)
{
    (void)state;
    rig r;
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    rig_connect(&r);
    rig_drain(&r.c);
    r.c.sent[1] = 2, r.c.sent[2] = 7;
    rig_feed(&r.s, r.c.sent, r.c.sent_len);
    assert_true(r.s.established);
    rig_drain(&r.s);
    r.s.sent[1] = 2, r.s.sent[2] = 7;
    rig_feed(&r.c, r.s.sent, r.s.sent_len);
    assert_true(r.c.established);
    rig_end(&r);
}

/* A header octet by octet; header, token and the first data frame in one piece. */
static void test_nns_03(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < 2; cut++) {
        rig r;
        rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_ENCRYPT);
        rig_connect(&r);
        rig_drain(&r.c);
        for (size_t i = 0; i < r.c.sent_len; i++)
            assert_int_equal(rig_feed(&r.s, r.c.sent + i, 1), 1);
        rig_say(&r.s, "left over", 9);
        rig_wire(&r.c, &r.s, cut);
        assert_true(r.c.established);
        assert_int_equal(r.c.got_len, 9);
        rig_end(&r);
    }
}

/* InProgress without a token. */
static void test_nns_04(void **state)
{
    (void)state;
    both_refuse("16 01 00 00 00", TROTH_MALFORMED, 0x80090308, INVALID_TOKEN);
}

/* The biggest token is announced, and then nothing comes. */
static void test_nns_05(void **state)
{
    (void)state;
    for (int client = 0; client < 2; client++) {
        rig r;
        rig_peer *p = waiting(&r, client, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
        size_t held = r.env.held;
        rig_feed_hex(p, "16 01 00 ff ff 41");
        assert_true(r.env.held - held <= 2048); /* by what came, not by what was announced */
        troth_endpoint_expire(p->e, 10000);
        rig_events(p);
        assert_true(p->closed);
        assert_int_equal(p->error.code, TROTH_TIMEOUT);
        rig_end(&r);
    }
    rig r; /* a smaller limit of our own is kept before anything is gathered */
    rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
    r.server.limits.token = 100;
    rig_connect(&r);
    rig_feed_hex(&r.s, "16 01 00 00 65");
    assert_true(r.s.closed);
    assert_int_equal(r.s.error.code, TROTH_LIMIT);
    rig_end(&r);
}

/* InProgress for ever. */
static void test_nns_06(void **state)
{
    (void)state;
    for (int bytes = 0; bytes < 2; bytes++) {
        rig r;
        rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
        r.mech.endless = true;
        r.mech.pad = bytes ? 60000 : 0;
        rig_connect(&r);
        rig_wire(&r.c, &r.s, 0);
        assert_true(r.c.closed && r.s.closed);
        rig_peer *limit = r.c.error.code == TROTH_LIMIT ? &r.c : &r.s, *told = limit == &r.c ? &r.s : &r.c;
        assert_int_equal(limit->error.code, TROTH_LIMIT);
        assert_int_equal(told->error.code, TROTH_PEER_REFUSED);
        assert_true(r.mech.steps <= (bytes ? 6 : 22));
        rig_end(&r);
    }
}

/* Error with another size than eight. */
static void test_nns_07(void **state)
{
    (void)state;
    both_refuse("15 01 00 00 00", TROTH_PEER_REFUSED, 0, "");
    both_refuse("15 01 00 00 01 aa", TROTH_PEER_REFUSED, 0, "");
    both_refuse("15 01 00 00 07 0c0309 80 0c0309", TROTH_PEER_REFUSED, 0, "");
    both_refuse("15 01 00 00 09 00000000 8009030c aa", TROTH_PEER_REFUSED, 0x8009030c, "");
    both_refuse("15 01 00 ff ff 00000000 8009030c", TROTH_PEER_REFUSED, 0x8009030c, ""); /* the rest is not awaited */
    both_refuse("15 01 00 00 08 00000000 000006fe", TROTH_PEER_TOO_LOW, 0x6fe, "");
    both_refuse("15 01 00 00 08 fe060000 00000000", TROTH_PEER_TOO_LOW, 0x6fe, "");
}

/* Error that says success. */
static void test_nns_08(void **state)
{
    (void)state;
    both_refuse("15 01 00 00 08 00000000 00000000", TROTH_PEER_REFUSED, 0, "");
}

static void retag(rig_peer *from, size_t at, uint8_t id)
{
    assert_true(from->sent_len > at);
    from->sent[at] = id;
}

/* Done while our context needs more; Done with a token although our context is complete. */
static void test_nns_09(void **state)
{
    (void)state;
    rig r;
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    r.mech.legs = 4;
    rig_connect(&r);
    rig_drain(&r.c);
    rig_feed(&r.s, r.c.sent, r.c.sent_len);
    rig_drain(&r.s);
    retag(&r.s, 0, 0x14);
    size_t mark = r.c.sent_len;
    rig_feed(&r.c, r.s.sent, r.s.sent_len);
    refused(&r.c, &mark, TROTH_MALFORMED, INVALID_TOKEN);
    rig_end(&r);

    rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
    rig_connect(&r);
    rig_drain(&r.c);
    rig_feed(&r.s, r.c.sent, r.c.sent_len);
    rig_drain(&r.s);
    mark = r.c.sent_len;
    rig_feed(&r.c, r.s.sent, r.s.sent_len);
    rig_drain(&r.c);
    assert_int_equal(r.c.sent[mark], 0x14); /* the client is complete, with a token */
    mark = r.c.sent_len;
    rig_feed_hex(&r.c, "14 01 00 00 04 46414b45");
    refused(&r.c, &mark, TROTH_MALFORMED, INVALID_TOKEN);
    rig_end(&r);
}

/* InProgress while we wait for Done. */
static void test_nns_10(void **state)
{
    (void)state;
    rig r;
    rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
    rig_connect(&r);
    rig_drain(&r.c);
    rig_feed(&r.s, r.c.sent, r.c.sent_len);
    rig_drain(&r.s);
    rig_feed(&r.c, r.s.sent, r.s.sent_len);
    rig_drain(&r.c);
    size_t mark = r.c.sent_len;
    rig_feed_hex(&r.c, "16 01 00 00 01 aa");
    refused(&r.c, &mark, TROTH_UNEXPECTED, "");
    rig_end(&r);
}

/* Done as the client's first word: legal; when the context then needs more, Error. */
static void test_nns_11(void **state)
{
    (void)state;
    rig r;
    rig_peer *s = waiting(&r, false, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    retag(&r.c, 0, 0x14);
    rig_feed(s, r.c.sent, r.c.sent_len);
    assert_true(s->established);
    rig_drain(s);
    assert_int_equal(s->sent[0], 0x14);
    assert_int_equal(s->sent_len, 5u + (size_t)(s->sent[3] << 8 | s->sent[4])); /* one frame, with the token */
    assert_true(s->sent_len > 5);
    rig_end(&r);

    size_t mark = 0;
    s = waiting(&r, false, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
    retag(&r.c, 0, 0x14);
    rig_feed(s, r.c.sent, r.c.sent_len);
    refused(s, &mark, TROTH_MALFORMED, INVALID_TOKEN);
    rig_end(&r);
}

/* Done without a token where one is needed; a context that is complete without having authenticated the server. */
static void test_nns_12(void **state)
{
    (void)state;
    rig r;
    rig_peer *c = waiting(&r, true, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    size_t mark = c->sent_len;
    unsigned steps = r.mech.steps;
    rig_feed_hex(c, "14 01 00 00 00");
    refused(c, &mark, TROTH_TOO_LOW, TRUST_FAILURE);
    assert_int_equal(r.mech.steps, steps);
    rig_end(&r);

    c = waiting(&r, true, TROTH_MECH_NTLM, TROTH_LEVEL_NONE); /* nothing was required: a missing token, no more */
    mark = c->sent_len;
    rig_feed_hex(c, "14 01 00 00 00");
    refused(c, &mark, TROTH_MALFORMED, INVALID_TOKEN);
    rig_end(&r);

    mark = 0;
    rig_peer *s = waiting(&r, false, TROTH_MECH_NTLM, TROTH_LEVEL_NONE); /* nor is it a start */
    rig_feed_hex(s, "14 01 00 00 00");
    refused(s, &mark, TROTH_MALFORMED, INVALID_TOKEN);
    rig_end(&r);

    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    r.mech.grant &= ~(troth_flags)TROTH_F_MUTUAL;
    rig_connect(&r);
    rig_drain(&r.c);
    mark = r.c.sent_len;
    rig_feed(&r.s, r.c.sent, mark);
    rig_drain(&r.s);
    rig_feed(&r.c, r.s.sent, r.s.sent_len);
    refused(&r.c, &mark, TROTH_TOO_LOW, TRUST_FAILURE);
    assert_int_equal(r.c.error.wire, 0x6fe);
    rig_end(&r);
}

/* The peer negotiates less: both fail, and nothing goes unframed. */
static void test_nns_13(void **state)
{
    (void)state;
    static const troth_flags less[] = { TROTH_F_CONFIDENTIALITY, TROTH_F_CONFIDENTIALITY | TROTH_F_INTEGRITY };
    for (size_t i = 0; i < 2; i++) {
        for (size_t m = 0; m < 2; m++) {
            rig r;
            size_t used;
            rig_world(&r, m ? TROTH_MECH_NTLM : TROTH_MECH_KERBEROS, TROTH_LEVEL_ENCRYPT);
            r.mech.grant &= ~less[i];
            rig_connect(&r);
            rig_wire(&r.c, &r.s, 0);
            assert_true(r.c.closed && r.s.closed && !r.c.established && !r.s.established);
            assert_true(r.c.error.wire == 0x6fe && r.s.error.wire == 0x6fe);
            troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)"x", 1 } };
            assert_int_equal(troth_endpoint_submit(r.c.e, &order, 0, &used), TROTH_BAD_STATE);
            assert_int_equal(troth_endpoint_submit(r.s.e, &order, 0, &used), TROTH_BAD_STATE);
            rig_end(&r);
        }
    }
}

/* Sizes of data frames that are fatal before anything is allocated. */
static void test_nns_14(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        troth_status code; /* OK: awaited */
    } cases[] = {
        { "00000000", TROTH_MALFORMED }, { "01000000", TROTH_MALFORMED }, { "04000000", TROTH_MALFORMED },
        { "05000000", TROTH_OK },        { "00000100", TROTH_OK },        { "01000100", TROTH_LIMIT },
        { "00000080", TROTH_MALFORMED }, { "ffffffff", TROTH_MALFORMED }, { "ffffff7f", TROTH_LIMIT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int side = 0; side < 4; side++) {
            rig r;
            uint8_t head[4];
            established(&r, TROTH_MECH_NTLM, TROTH_LEVEL_ENCRYPT);
            rig_peer *p = side & 1 ? &r.c : &r.s;
            unhex(cases[i].head, head, 4);
            size_t held = r.env.held, mark = p->sent_len;
            for (size_t k = 0; side & 2 && k < 4; k++)
                rig_feed(p, head + k, 1);
            if (!(side & 2))
                rig_feed(p, head, 4);
            assert_true(r.env.held <= held + 256);
            assert_int_equal(p->closed, cases[i].code != TROTH_OK);
            assert_int_equal(p->error.code, cases[i].code);
            rig_expect_sent(p, &mark, "");
            rig_end(&r);
        }
    }
}

/* A frame shorter than a token; exactly a token, which is an empty message; too many of those. */
static void test_nns_15(void **state)
{
    (void)state;
    rig r;
    established(&r, TROTH_MECH_NTLM, TROTH_LEVEL_ENCRYPT);
    rig_feed_hex(&r.s, "07000000 01020304050607");
    assert_true(r.s.closed);
    assert_int_equal(r.s.error.code, TROTH_TRUNCATED);
    rig_end(&r);

    established(&r, TROTH_MECH_NTLM, TROTH_LEVEL_ENCRYPT);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < TROTH_NNS_EMPTIES_MAX; i++)
            rig_say(&r.c, "", 0);
        rig_wire(&r.c, &r.s, 0);
        assert_false(r.s.closed);
        assert_int_equal(r.s.datas, round);
        if (!round)
            rig_say(&r.c, "x", 1);
    }
    rig_say(&r.c, "", 0);
    rig_wire(&r.c, &r.s, 0);
    assert_true(r.s.closed);
    assert_int_equal(r.s.error.code, TROTH_LIMIT);
    rig_end(&r);
}

static size_t frame_of(rig_peer *p, const char *text, uint8_t *ret)
{
    size_t mark = p->sent_len;
    rig_say(p, text, strlen(text));
    rig_drain(p);
    memcpy(ret, p->sent + mark, p->sent_len - mark);
    return p->sent_len - mark;
}

/* A message that is only signed, in a session that encrypts. */
static void test_nns_16(void **state)
{
    (void)state;
    rig r;
    established(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_ENCRYPT);
    troth_nns_stream *c = (troth_nns_stream *)r.c.e;
    assert_int_equal(troth_nns_data_write(&c->out, c->ctx, TROTH_LEVEL_SIGN, (troth_bytes){ (const uint8_t *)"x", 1 }),
                     TROTH_OK);
    rig_wire(&r.c, &r.s, 0);
    assert_true(r.s.closed);
    assert_int_equal(r.s.error.code, TROTH_NOT_SEALED);
    assert_int_equal(r.s.got_len, 0);
    rig_end(&r);
}

/* A frame repeated, swapped, or sent back. */
static void test_nns_17(void **state)
{
    (void)state;
    uint8_t one[64], two[64];
    for (int level = TROTH_LEVEL_SIGN; level <= TROTH_LEVEL_ENCRYPT; level++) {
        for (int how = 0; how < 3; how++) {
            rig r;
            established(&r, TROTH_MECH_KERBEROS, (troth_level)level);
            size_t n = frame_of(&r.c, "one", one), m = frame_of(&r.c, "two", two);
            rig_peer *p = how == 2 ? &r.c : &r.s;
            if (how == 0)
                rig_feed(p, one, n);
            rig_feed(p, how == 1 ? two : one, how == 1 ? m : n);
            assert_true(p->closed);
            assert_int_equal(p->error.code, how == 0 ? TROTH_REPLAY : how == 1 ? TROTH_OUT_OF_ORDER : TROTH_BAD_MIC);
            assert_int_equal(p->got_len, how == 0 ? 3 : 0);
            rig_end(&r);
        }
    }
}

/* A flipped bit; a last frame that is cut off; the end inside and between frames. */
static void test_nns_18(void **state)
{
    (void)state;
    uint8_t frame[64], next[64];
    for (int level = TROTH_LEVEL_SIGN; level <= TROTH_LEVEL_ENCRYPT; level++) {
        for (size_t bit = 32; bit < (4 + FAKE_TOKEN + 5) * 8; bit++) {
            rig r;
            established(&r, TROTH_MECH_NTLM, (troth_level)level);
            size_t n = frame_of(&r.c, "hello", frame), m = frame_of(&r.c, "again", next);
            frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
            rig_feed(&r.s, frame, n);
            assert_true(r.s.closed);
            assert_int_equal(troth_status_class_of(r.s.error.code), TROTH_CLASS_SECURITY);
            rig_feed(&r.s, next, m); /* latched: a good one behind it comes too late */
            assert_int_equal(r.s.got_len, 0);
            rig_end(&r);
        }
        for (size_t cut = 0; cut <= 4 + FAKE_TOKEN + 5; cut++) {
            rig r;
            established(&r, TROTH_MECH_NTLM, (troth_level)level);
            size_t n = frame_of(&r.c, "hello", frame);
            rig_feed(&r.s, frame, cut);
            rig_feed_end(&r.s);
            bool boundary = cut == 0 || cut == n;
            assert_int_equal(r.s.end, boundary);
            assert_false(r.s.end_authentic);
            assert_int_equal(r.s.closed, !boundary);
            assert_int_equal(r.s.error.code, boundary ? TROTH_OK : TROTH_TRUNCATED);
            rig_end(&r);
        }
    }
}

/* A handshake frame after the handshake. */
static void test_nns_19(void **state)
{
    (void)state;
    static uint8_t junk[0x114];
    for (int client = 0; client < 2; client++) {
        rig r;
        established(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_ENCRYPT);
        rig_peer *p = client ? &r.c : &r.s;
        size_t mark = p->sent_len;
        rig_feed_hex(p, "14 01 00 00 00"); /* a length of 0x114, and one octet */
        assert_false(p->closed);
        rig_feed(p, junk, sizeof junk - 1);
        assert_true(p->closed);
        assert_int_equal(p->error.code, TROTH_BAD_MIC);
        rig_expect_sent(p, &mark, "");
        rig_end(&r);
    }
}

/* Data before the handshake is done: not delivered before it, whether it comes early or instead. */
static void test_nns_20(void **state)
{
    (void)state;
    rig r;
    rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_NONE);
    rig_connect(&r);
    rig_drain(&r.c);
    rig_feed(&r.s, r.c.sent, r.c.sent_len);
    rig_drain(&r.s);
    size_t mark = r.c.sent_len;
    rig_feed(&r.c, r.s.sent, r.s.sent_len);
    rig_drain(&r.c);
    size_t n = r.c.sent_len - mark;
    uint8_t piece[256];
    memcpy(piece, r.c.sent + mark, n);
    memcpy(piece + n, "early", 5);
    r.s.hold_jobs = true;
    assert_int_equal(rig_feed(&r.s, piece, n + 5), n); /* the rest waits in the owner's hands */
    assert_false(r.s.established);
    assert_int_equal(r.s.got_len, 0);
    rig_step(&r.s);
    assert_true(r.s.established);
    assert_int_equal(rig_feed(&r.s, piece + n, 5), 5);
    assert_int_equal(r.s.got_len, 5);
    rig_end(&r);
    both_refuse("05000000 0102030405", TROTH_UNEXPECTED, 0, "");
}

#define PREAMBLE "000100 0102 0203 613a62 0308"
#define UPGRADE  "09 15 6170706c69636174696f6e2f6e65676f7469617465"

static rig_peer *nmf_server(rig *r)
{
    troth_endpoint *s = NULL;
    rig_world(r, TROTH_MECH_KERBEROS, TROTH_LEVEL_SIGN);
    troth_nettcp_options server = { .nns = r->server };
    assert_int_equal(troth_nettcp_server_new(&server, 0, &s), TROTH_OK);
    rig_init(&r->s, s);
    return &r->s;
}

static void nmf_refuses(const char *hex, const char *fault, troth_status code)
{
    rig r;
    rig_peer *s = nmf_server(&r);
    rig_feed_hex(s, hex);
    assert_true(s->closed && !s->established);
    assert_int_equal(s->error.code, code);
    rig_drain(s);
    assert_int_equal(s->got_len, 0);
    size_t n = strlen(fault);
    assert_true(s->sent_len > n && s->sent[0] == 0x08);
    assert_memory_equal(s->sent + s->sent_len - n, fault, n);
    rig_end(&r);
}

/* The preamble: a Via too long, a size of too many bits, another upgrade, a second one, PreambleEnd in the clear. */
static void test_nns_21(void **state)
{
    (void)state;
    nmf_refuses("000100 0102 02 8110", "/ViaTooLong", TROTH_LIMIT);
    nmf_refuses("000100 0102 02 ffffffff0f", "/InvalidRecordSequence", TROTH_MALFORMED);
    nmf_refuses("000100 0102 02 ffffffffff01", "/InvalidRecordSequence", TROTH_MALFORMED);
    nmf_refuses(PREAMBLE "09 13 6170706c69636174696f6e2f73736c2d746c73", "/UpgradeInvalid", TROTH_UNSUPPORTED);
    nmf_refuses(PREAMBLE "09 15 6170706c69636174696f6e2f6e65676f7469617445", "/UpgradeInvalid", TROTH_UNSUPPORTED);

    rig r;
    size_t mark = 0;
    rig_peer *s = nmf_server(&r);
    rig_feed_hex(s, PREAMBLE UPGRADE);
    rig_expect_sent(s, &mark, "0a");
    rig_feed_hex(s, "0c 0101010101"); /* after the upgrade this is no handshake frame */
    assert_true(s->closed && !s->established);
    assert_int_equal(s->error.code, TROTH_UNEXPECTED);
    rig_expect_sent(s, &mark, "");
    rig_end(&r);

    for (int other = 0; other < 2; other++) { /* inside: an upgrade once more, or anything but PreambleEnd */
        s = nmf_server(&r);
        troth_endpoint *c = NULL;
        rig_feed_hex(s, PREAMBLE UPGRADE);
        assert_int_equal(troth_nns_client_new(&r.client, 0, &c), TROTH_OK);
        rig_init(&r.c, c);
        rig_drain(s); /* the 0a, which a bare client does not expect */
        rig_wire(&r.c, s, 0);
        assert_true(r.c.established && s->established);
        uint8_t record[32];
        size_t n = unhex(other ? "06 01 61" : UPGRADE, record, sizeof record), seen = s->got_len;
        rig_say(&r.c, record, n);
        rig_wire(&r.c, s, 0);
        assert_true(s->closed);
        assert_int_equal(s->error.code, other ? TROTH_UNEXPECTED : TROTH_UNSUPPORTED);
        assert_int_equal(s->got_len, seen);
        assert_true(r.c.got_len > 2 && r.c.got[0] == 0x08); /* told inside, protected */
        rig_end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nns_01), cmocka_unit_test(test_nns_02), cmocka_unit_test(test_nns_03),
        cmocka_unit_test(test_nns_04), cmocka_unit_test(test_nns_05), cmocka_unit_test(test_nns_06),
        cmocka_unit_test(test_nns_07), cmocka_unit_test(test_nns_08), cmocka_unit_test(test_nns_09),
        cmocka_unit_test(test_nns_10), cmocka_unit_test(test_nns_11), cmocka_unit_test(test_nns_12),
        cmocka_unit_test(test_nns_13), cmocka_unit_test(test_nns_14), cmocka_unit_test(test_nns_15),
        cmocka_unit_test(test_nns_16), cmocka_unit_test(test_nns_17), cmocka_unit_test(test_nns_18),
        cmocka_unit_test(test_nns_19), cmocka_unit_test(test_nns_20), cmocka_unit_test(test_nns_21),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
