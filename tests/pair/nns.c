/* NegotiateStream, client and server, in memory. */
#include <stdlib.h>
#include <string.h>
#include <support/rig.h>
#include <support/test.h>

static const troth_level levels[] = { TROTH_LEVEL_NONE, TROTH_LEVEL_SIGN, TROTH_LEVEL_ENCRYPT };
static const troth_mech_id mechs[] = { TROTH_MECH_KERBEROS, TROTH_MECH_NTLM };

#define EACH(id, level)                                                                                                \
    for (size_t m_ = 0; m_ < 2; m_++)                                                                                  \
        for (size_t l_ = 0; l_ < 3; l_++)                                                                              \
            for (troth_mech_id id = mechs[m_], once_ = 1; once_; once_ = 0)                                            \
                for (troth_level level = levels[l_], twice_ = 1; twice_; twice_ = 0)

static void talk(rig *r, size_t cut)
{
    rig_wire(&r->c, &r->s, cut);
    assert_true(r->c.established && r->s.established);
    assert_string_equal(r->s.name, r->mech.mech.id == TROTH_MECH_NTLM ? "FAKE\\alice" : "alice@FAKE");
    assert_int_equal(r->c.level, r->client.level);
    assert_int_equal(r->s.level, r->client.level);
    rig_say(&r->c, "hello", 5);
    rig_say(&r->c, (const uint8_t *)"", 0); /* one empty frame */
    rig_say(&r->c, "!", 1);
    rig_wire(&r->c, &r->s, cut);
    assert_int_equal(r->s.got_len, 6);
    assert_memory_equal(r->s.got, "hello!", 6);
    rig_say(&r->s, "world", 5);
    rig_wire(&r->c, &r->s, cut);
    assert_int_equal(r->c.got_len, 5);
    assert_memory_equal(r->c.got, "world", 5);
}

static void conversation(troth_mech_id id, troth_level level, size_t cut)
{
    rig r;
    rig_world(&r, id, level);
    rig_connect(&r);
    talk(&r, cut);
    rig_end(&r);
}

/* NNS-3: however octets arrive. */
static void test_nns_3_whole(void **state)
{
    (void)state;
    EACH(id, level)
    conversation(id, level, 0);
}

static void test_nns_3_one_by_one(void **state)
{
    (void)state;
    EACH(id, level)
    conversation(id, level, 1);
}

static void test_nns_3_every_split(void **state)
{
    (void)state;
    EACH(id, level)
    for (size_t cut = 2; cut < 90; cut++)
        conversation(id, level, cut);
}

/* NNS-3: the client's whole part of the stream in one piece, data behind the last handshake frame included. */
static void test_nns_3_coalesced(void **state)
{
    (void)state;
    rig r;
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_ENCRYPT);
    rig_connect(&r);
    size_t n = rig_drain(&r.c);
    rig_feed(&r.s, r.c.sent, n);
    rig_say(&r.s, "first", 5); /* behind the server's Done */
    rig_drain(&r.s);
    assert_int_equal(rig_feed(&r.c, r.s.sent, r.s.sent_len), r.s.sent_len);
    assert_true(r.c.established);
    assert_int_equal(r.c.got_len, 5);
    rig_end(&r);
}

/* NNS-13: what was negotiated decides about frames, whatever was asked for. */
static void test_nns_13_negotiated_decides(void **state)
{
    (void)state;
    static const struct {
        troth_level client, server;
        troth_flags grant;
        troth_level want;
    } cases[] = {
        { TROTH_LEVEL_NONE, TROTH_LEVEL_NONE, ~0u, TROTH_LEVEL_NONE },
        { TROTH_LEVEL_SIGN, TROTH_LEVEL_NONE, ~0u, TROTH_LEVEL_SIGN },
        { TROTH_LEVEL_ENCRYPT, TROTH_LEVEL_NONE, ~0u, TROTH_LEVEL_ENCRYPT },
        { TROTH_LEVEL_ENCRYPT, TROTH_LEVEL_SIGN, ~0u, TROTH_LEVEL_ENCRYPT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rig r;
        rig_world(&r, TROTH_MECH_KERBEROS, cases[i].client);
        r.server.level = cases[i].server;
        rig_connect(&r);
        rig_wire(&r.c, &r.s, 0);
        assert_int_equal(r.c.level, cases[i].want);
        assert_int_equal(r.s.level, cases[i].want);
        size_t mark = r.c.sent_len;
        rig_say(&r.c, "abc", 3);
        rig_drain(&r.c);
        size_t frame = r.c.sent_len - mark;
        assert_int_equal(frame, cases[i].want ? 4 + FAKE_TOKEN + 3 : 3);
        if (cases[i].want)
            assert_memory_equal(r.c.sent + mark, "\x0b\0\0\0", 4); /* little-endian */
        assert_int_equal(memcmp(r.c.sent + r.c.sent_len - 3, "abc", 3) != 0, cases[i].want == TROTH_LEVEL_ENCRYPT);
        rig_end(&r);
    }
}

/* 1.3: 64,512 octets of plaintext in one frame, one more makes two; and 10 x 64 KiB through a small queue. */
static void test_big_data(void **state)
{
    (void)state;
    static uint8_t big[655360];
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 31 >> 3);
    EACH(id, level)
    {
        rig r;
        rig_world(&r, id, level);
        r.client.out_max = 100000;
        rig_connect(&r);
        rig_wire(&r.c, &r.s, 0);
        size_t mark = r.c.sent_len;
        rig_say(&r.c, big, 64513);
        rig_drain(&r.c);
        assert_int_equal(r.c.sent_len - mark, level ? 64513 + 2 * (4 + FAKE_TOKEN) : 64513);
        rig_feed(&r.s, r.c.sent + mark, r.c.sent_len - mark);
        size_t at = 64513;
        while (at < sizeof big) {
            size_t used = 0;
            troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { big + at, sizeof big - at } };
            troth_status st = troth_endpoint_submit(r.c.e, &order, 0, &used);
            assert_true(st == TROTH_OK || st == TROTH_AGAIN);
            at += used;
            rig_wire(&r.c, &r.s, 60001);
        }
        assert_int_equal(r.s.got_len, sizeof big);
        assert_memory_equal(r.s.got, big, sizeof big);
        rig_end(&r);
    }
}

static void test_frame_plain(void **state)
{
    (void)state;
    rig r;
    rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
    r.client.frame_plain = 2;
    rig_connect(&r);
    rig_wire(&r.c, &r.s, 0);
    size_t mark = r.c.sent_len;
    rig_say(&r.c, "abcde", 5);
    rig_drain(&r.c);
    assert_int_equal(r.c.sent_len - mark, 5 + 3 * (4 + FAKE_TOKEN));
    rig_end(&r);
}

/* NNS-11, both ways: too low for one side, and both fail. */
static void test_nns_11_level_too_low(void **state)
{
    (void)state;
    for (int side = 0; side < 2; side++) {
        for (int level = TROTH_LEVEL_SIGN; level <= TROTH_LEVEL_ENCRYPT; level++) {
            rig r;
            rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_NONE);
            troth_nns_options *strict = side ? &r.server : &r.client;
            strict->level = (troth_level)level;
            r.mech.grant &= ~(troth_flags)(level == TROTH_LEVEL_SIGN ? TROTH_F_INTEGRITY | TROTH_F_CONFIDENTIALITY
                                                                     : TROTH_F_CONFIDENTIALITY);
            rig_connect(&r);
            rig_wire(&r.c, &r.s, 0);
            rig_peer *low = side ? &r.s : &r.c, *told = side ? &r.c : &r.s;
            assert_true(low->closed && told->closed && !low->established && !told->established);
            assert_int_equal(low->error.code, TROTH_TOO_LOW);
            assert_int_equal(low->error.wire, 0x6fe);
            assert_int_equal(told->error.code, TROTH_PEER_TOO_LOW);
            assert_int_equal(told->error.wire, 0x6fe);
            rig_end(&r);
        }
    }
}

static void test_nns_11_impersonation(void **state)
{
    (void)state;
    static const struct {
        troth_mech_id id;
        troth_impersonation granted, required, got; /* got 0: refused */
    } cases[] = {
        { TROTH_MECH_KERBEROS, TROTH_IDENTIFY, TROTH_IDENTIFY, TROTH_IDENTIFY },
        { TROTH_MECH_KERBEROS, TROTH_IDENTIFY, TROTH_IMPERSONATE, 0 },
        { TROTH_MECH_KERBEROS, TROTH_IMPERSONATE, TROTH_IMPERSONATE, TROTH_IMPERSONATE },
        { TROTH_MECH_KERBEROS, TROTH_IMPERSONATE, TROTH_DELEGATION, 0 },
        { TROTH_MECH_KERBEROS, TROTH_DELEGATION, TROTH_DELEGATION, TROTH_DELEGATION },
        { TROTH_MECH_NTLM, TROTH_DELEGATION, TROTH_DELEGATION, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rig r;
        rig_world(&r, cases[i].id, TROTH_LEVEL_ENCRYPT);
        r.mech.mech.can |= TROTH_F_DELEGATE; /* should an NTLM peer ever claim it, it is not believed */
        r.mech.grant |= TROTH_F_DELEGATE;
        r.client.impersonation = cases[i].granted;
        r.server.impersonation = cases[i].required;
        rig_connect(&r);
        rig_wire(&r.c, &r.s, 0);
        assert_int_equal(r.s.established, cases[i].got != 0);
        assert_int_equal(r.s.impersonation, cases[i].got);
        assert_int_equal(r.c.established, cases[i].got != 0);
        if (!cases[i].got)
            assert_int_equal(r.c.error.code, TROTH_PEER_TOO_LOW);
        rig_end(&r);
    }
}

/* NNS-11: other failures send their HRESULT, whichever leg and side fails. */
static void test_nns_11_hresult(void **state)
{
    (void)state;
    static const struct {
        troth_status st;
        uint32_t wire;
    } cases[] = { { TROTH_DENIED, 0x8009030c },    { TROTH_MALFORMED, 0x80090308 }, { TROTH_BAD_BINDINGS, 0x6fe },
                  { TROTH_TARGET_UNKNOWN, 0x6fe }, { TROTH_EXPIRED, 0x80090317 },   { TROTH_BAD_MIC, 0x8009030f },
                  { TROTH_MECHANISM, 0x80090304 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (unsigned leg = 1; leg <= 3; leg++) {
            for (int role = 0; role < 2; role++) {
                rig r;
                rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
                r.mech.fail_leg = leg;
                r.mech.fail_role = (troth_role)role;
                r.mech.fail_status = cases[i].st;
                r.mech.fail_major = 0xd0000;
                r.mech.fail_minor = 17;
                rig_connect(&r);
                rig_wire(&r.c, &r.s, 0);
                rig_peer *us = role == TROTH_INITIATOR ? &r.c : &r.s, *them = us == &r.c ? &r.s : &r.c;
                assert_true(us->closed && them->closed);
                assert_int_equal(us->error.code, cases[i].st);
                assert_int_equal(us->error.wire, cases[i].wire);
                if (us->error.gss_major) /* a failure while making the answer has no codes in the fake */
                    assert_int_equal(us->error.gss_minor, 17);
                assert_int_equal(them->error.code, cases[i].wire == 0x6fe ? TROTH_PEER_TOO_LOW : TROTH_PEER_REFUSED);
                assert_int_equal(them->error.wire, cases[i].wire);
                rig_end(&r);
            }
        }
    }
}

/* Carry octets one by one, both ways, until so many have been carried; false = there were fewer. */
static bool carry_some(rig *r, size_t most)
{
    size_t at[2] = { 0, 0 };
    for (size_t carried = 0; carried < most; carried++) {
        rig_drain(&r->c);
        rig_drain(&r->s);
        if (at[0] < r->c.sent_len)
            rig_feed(&r->s, r->c.sent + at[0]++, 1);
        else if (at[1] < r->s.sent_len)
            rig_feed(&r->c, r->s.sent + at[1]++, 1);
        else
            return false;
    }
    return true;
}

typedef enum way { VANISHES, IS_CLOSED, EXPIRES } way;

static bool abort_at(way how, bool client, size_t octet)
{
    rig r;
    rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_ENCRYPT);
    rig_connect(&r);
    bool more = carry_some(&r, octet);
    rig_peer *victim = client ? &r.c : &r.s;
    if (how == VANISHES) {
        rig_feed_end(victim);
        assert_int_equal(victim->closed, !victim->established);
        assert_int_equal(victim->end, victim->established);
        if (victim->closed)
            assert_true(victim->error.code == TROTH_CLOSED || victim->error.code == TROTH_TRUNCATED);
    } else if (how == IS_CLOSED) {
        bool told = victim->established;
        troth_endpoint_close(victim->e, TROTH_NOT_ALLOWED);
        rig_events(victim);
        assert_true(victim->closed);
        assert_int_equal(victim->error.code, TROTH_NOT_ALLOWED);
        size_t before = victim->sent_len, n = rig_drain(victim);
        if (!client && !told) /* the server's farewell */
            assert_true(n >= 13 && victim->sent[before + n - 13] == 0x15);
    } else {
        troth_endpoint_expire(victim->e, 10000);
        rig_events(victim);
        assert_int_equal(victim->closed, !victim->established);
    }
    rig_end(&r);
    return more;
}

/* Each side may vanish, be closed or expire after each octet; nothing leaks, nothing is half done. */
static void test_abort_anywhere(void **state)
{
    (void)state;
    for (int how = VANISHES; how <= EXPIRES; how++)
        for (int client = 0; client < 2; client++) {
            size_t octet = 0;
            while (abort_at((way)how, client, octet))
                octet++;
            assert_true(octet > 100);
        }
}

/* A job is out when the endpoint goes, fails or is freed. */
static void test_job_outlives(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        rig r;
        rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
        troth_endpoint *e;
        assert_int_equal(troth_nns_client_new(&r.client, 0, &e), TROTH_OK);
        troth_event ev;
        if (how) {
            assert_true(troth_endpoint_event(e, &ev));
            assert_int_equal(ev.kind, TROTH_EV_JOB);
        }
        if (how == 1)
            troth_endpoint_close(e, TROTH_CLOSED);
        if (how == 2)
            troth_endpoint_feed_end(e, 0);
        if (how == 3) {
            uint8_t x[] = { 0x16 };
            size_t used = 1;
            assert_int_equal(troth_endpoint_feed(e, x, 1, NULL, 0, &used), TROTH_OK);
            assert_int_equal(used, 0); /* back-pressure */
        }
        if (how == 1 || how == 2) {
            troth_job_run(ev.job);
            troth_endpoint_stepped(e, ev.job, 0);
        }
        troth_endpoint_free(e);
        if (how == 3)
            troth_job_free(ev.job);
        rig_end(&r);
    }
}

/* The n-th allocation fails, for every n of a handshake with one message each way: an error, never a crash or a leak. */
static void test_no_memory(void **state)
{
    (void)state;
    size_t n = 1, done = 0;
    for (; !done; n++) {
        rig r;
        rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_ENCRYPT);
        r.env.fail_at = r.env.allocs + n;
        troth_endpoint *c = NULL, *s = NULL;
        if (!troth_nns_server_new(&r.server, 0, &s))
            rig_init(&r.s, s);
        if (s && !troth_nns_client_new(&r.client, 0, &c))
            rig_init(&r.c, c);
        if (c) {
            rig_wire(&r.c, &r.s, 0);
            size_t used;
            troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)"x", 1 } };
            bool ok =
                !troth_endpoint_submit(r.c.e, &order, 0, &used) && !troth_endpoint_submit(r.s.e, &order, 0, &used);
            rig_wire(&r.c, &r.s, 3);
            ok = ok && r.c.got_len == 1 && r.s.got_len == 1;
            assert_true(ok || r.c.closed || r.s.closed || r.env.allocs >= r.env.fail_at);
            done = r.env.allocs < r.env.fail_at;
            assert_true(!done || ok);
        }
        rig_end(&r);
    }
    print_message("%zu allocations failed in turn\n", n - 2);
}

/* An unauthenticated peer holds at most 4 KiB of ours beyond the octets it sent, at every octet. */
static void test_memory_of_a_stranger(void **state)
{
    (void)state;
    static uint8_t flood[65540] = { 0x16, 1, 0, 0xff, 0xff };
    rig r;
    rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_ENCRYPT);
    size_t base = r.env.held;
    troth_endpoint *s;
    assert_int_equal(troth_nns_server_new(&r.server, 0, &s), TROTH_OK);
    rig_init(&r.s, s);
    r.s.hold_jobs = true;
    for (size_t i = 0; i < sizeof flood; i++) {
        assert_true(r.env.held - base <= 4096 + i);
        assert_int_equal(rig_feed(&r.s, flood + i, 1), 1);
    }
    assert_non_null(r.s.held);
    assert_true(r.env.held - base <= 4096 + sizeof flood);
    rig_step(&r.s);
    assert_true(r.s.closed);
    rig_end(&r);
}

/* Idle streams give their buffers back. */
static void test_idle(void **state)
{
    (void)state;
    rig r;
    rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_ENCRYPT);
    r.server.idle_ms = 60000;
    rig_connect(&r);
    assert_int_equal(troth_endpoint_deadline(r.s.e), 10000);
    rig_wire(&r.c, &r.s, 0);
    r.s.now = r.c.now = 5000;
    rig_say(&r.c, "x", 1);
    rig_wire(&r.c, &r.s, 1);
    size_t held = r.env.held;
    assert_int_equal(troth_endpoint_deadline(r.s.e), 6000);
    troth_endpoint_expire(r.s.e, 6000);
    assert_true(r.env.held < held);
    assert_int_equal(troth_endpoint_deadline(r.s.e), 65000);
    troth_endpoint_expire(r.s.e, 64999);
    rig_events(&r.s);
    assert_false(r.s.closed);
    rig_say(&r.c, "y", 1); /* still works after trimming */
    rig_wire(&r.c, &r.s, 1);
    assert_int_equal(r.s.got_len, 2);
    troth_endpoint_expire(r.s.e, 66000);
    rig_events(&r.s);
    assert_true(r.s.closed);
    assert_int_equal(r.s.error.code, TROTH_TIMEOUT);
    assert_int_equal(troth_endpoint_deadline(r.s.e), UINT64_MAX);
    rig_end(&r);
}

static void test_handshake_deadline(void **state)
{
    (void)state;
    rig r;
    rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_ENCRYPT);
    r.server.handshake_ms = 700;
    rig_connect(&r);
    size_t mark = 0;
    rig_feed_hex(&r.s, "16 01 00 00 30 46");
    troth_endpoint_expire(r.s.e, 699);
    rig_events(&r.s);
    assert_false(r.s.closed);
    troth_endpoint_expire(r.s.e, 700);
    rig_events(&r.s);
    assert_true(r.s.closed);
    assert_int_equal(r.s.error.code, TROTH_TIMEOUT);
    rig_drain(&r.s);
    assert_int_equal(r.s.sent_len - mark, 13); /* a HandshakeError as farewell */
    assert_int_equal(r.s.sent[0], 0x15);
    rig_end(&r);
}

/* The two directions end one after the other. */
static void test_ends(void **state)
{
    (void)state;
    for (int level = 0; level < 3; level++) {
        rig r;
        size_t used;
        troth_bytes out;
        troth_order_msg end = { .kind = TROTH_ORDER_END },
                        data = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)"x", 1 } };
        rig_world(&r, TROTH_MECH_KERBEROS, (troth_level)level);
        rig_connect(&r);
        assert_int_equal(troth_endpoint_submit(r.s.e, &data, 0, &used), TROTH_BAD_STATE); /* before Authenticated */
        rig_wire(&r.c, &r.s, 0);
        rig_say(&r.c, "x", 1);
        assert_int_equal(troth_endpoint_submit(r.c.e, &end, 0, &used), TROTH_OK);
        assert_int_equal(troth_endpoint_submit(r.c.e, &data, 0, &used), TROTH_BAD_STATE);
        assert_int_equal(troth_endpoint_out(r.c.e, &out, NULL), TROTH_OK);
        rig_wire(&r.c, &r.s, 0);
        assert_int_equal(troth_endpoint_out(r.c.e, &out, NULL), TROTH_CLOSED);
        rig_feed_end(&r.s);
        assert_true(r.s.end && !r.s.end_authentic && !r.s.closed);
        rig_say(&r.s, "late", 4);
        assert_int_equal(troth_endpoint_submit(r.s.e, &end, 0, &used), TROTH_OK);
        rig_wire(&r.c, &r.s, 0);
        assert_true(r.s.closed);
        assert_int_equal(r.s.error.code, TROTH_OK);
        rig_feed_end(&r.c);
        assert_true(r.c.end && r.c.closed);
        assert_int_equal(r.c.error.code, TROTH_OK);
        assert_int_equal(r.c.got_len, 4);
        rig_end(&r);
    }
}

/* An identity that is refused at once: the client reads an Error, not a Done. */
static void test_refused_identity(void **state)
{
    (void)state;
    rig r;
    rig_world(&r, TROTH_MECH_KERBEROS, TROTH_LEVEL_ENCRYPT);
    rig_connect(&r);
    rig_drain(&r.c);
    rig_feed(&r.s, r.c.sent, r.c.sent_len);
    assert_true(r.s.established);
    troth_endpoint_close(r.s.e, TROTH_NOT_ALLOWED);
    size_t mark = 0;
    rig_events(&r.s);
    rig_expect_sent(&r.s, &mark, "15 01 00 00 08 0c030980 8009030c");
    rig_feed(&r.c, r.s.sent, r.s.sent_len);
    assert_int_equal(r.c.error.code, TROTH_PEER_REFUSED);
    assert_int_equal(r.c.error.wire, 0x8009030c);
    rig_end(&r);
}

static void test_anonymous(void **state)
{
    (void)state;
    for (int allowed = 0; allowed < 2; allowed++) {
        rig r;
        rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
        troth_cred_unref(r.initiator);
        troth_cred_source src = { .mech = "ntlm", .kind = TROTH_CRED_ANONYMOUS };
        troth_job *job;
        assert_int_equal(troth_cred_new(&r.env.env, &r.mech.table, TROTH_USE_INITIATE, &src, 1, &r.initiator),
                         TROTH_OK);
        assert_int_equal(troth_cred_job(r.initiator, 0, &job), TROTH_OK);
        troth_job_run(job);
        troth_job_free(job);
        r.client.cred = r.initiator;
        r.server.allow_anonymous = allowed;
        rig_connect(&r);
        rig_wire(&r.c, &r.s, 0);
        assert_int_equal(r.s.established, allowed);
        assert_int_equal(r.c.established, allowed);
        rig_end(&r);
    }
}

static void test_options(void **state)
{
    (void)state;
    rig r;
    troth_endpoint *e = NULL;
    rig_world(&r, TROTH_MECH_NTLM, TROTH_LEVEL_SIGN);
    troth_nns_options o = r.client;
    o.frame_plain = 64513;
    assert_int_equal(troth_nns_client_new(&o, 0, &e), TROTH_INVALID);
    o = r.client;
    o.mech = "none such";
    assert_int_equal(troth_nns_client_new(&o, 0, &e), TROTH_INVALID);
    o = r.client;
    o.cred = NULL;
    assert_int_equal(troth_nns_client_new(&o, 0, &e), TROTH_INVALID);
    o = r.client;
    o.cred = r.acceptor;
    assert_int_equal(troth_nns_client_new(&o, 0, &e), TROTH_NO_CRED);
    assert_null(e);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nns_3_whole),
        cmocka_unit_test(test_nns_3_one_by_one),
        cmocka_unit_test(test_nns_3_every_split),
        cmocka_unit_test(test_nns_3_coalesced),
        cmocka_unit_test(test_nns_13_negotiated_decides),
        cmocka_unit_test(test_big_data),
        cmocka_unit_test(test_frame_plain),
        cmocka_unit_test(test_nns_11_level_too_low),
        cmocka_unit_test(test_nns_11_impersonation),
        cmocka_unit_test(test_nns_11_hresult),
        cmocka_unit_test(test_abort_anywhere),
        cmocka_unit_test(test_job_outlives),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_memory_of_a_stranger),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_handshake_deadline),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_refused_identity),
        cmocka_unit_test(test_anonymous),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
