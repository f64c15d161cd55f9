/* NegotiateStream over our own NTLM, raw and inside SPNEGO. */
#include <stdlib.h>
#include <string.h>
#include <support/hex.h>
#include <support/rig.h>
#include <support/test.h>

static const char password[] = "Password"; /* its NT hash is that of MS-NLMP 4.2.2.1.2 */

static troth_status lookup(void *self, const char *user, const char *domain, uint8_t ret_nt_hash[16])
{
    (void)self, (void)domain;
    if (strcasecmp(user, "alice") != 0)
        return TROTH_DENIED;
    unhex("a4f49c406510bdcab6824ee7c30fd852", ret_nt_hash, 16);
    return TROTH_OK;
}

static troth_cred *acquire(rig *r, troth_cred_use use, const char *secret)
{
    troth_cred_source src = { .mech = "ntlm",
                              .kind = use == TROTH_USE_ACCEPT ? TROTH_CRED_LOOKUP : TROTH_CRED_PASSWORD,
                              .principal = "alice",
                              .domain = "DOM",
                              .host = "HOST",
                              .secret = { (const uint8_t *)secret, strlen(secret) },
                              .lookup = lookup };
    troth_cred *cred = NULL;
    troth_job *job = NULL;
    if (use == TROTH_USE_ACCEPT)
        src.principal = NULL, src.secret = (troth_bytes){ NULL, 0 };
    assert_int_equal(troth_cred_new(&r->env.env, troth_mechs_default(), use, &src, 1, &cred), TROTH_OK);
    assert_int_equal(troth_cred_job(cred, 0, &job), TROTH_OK);
    troth_job_run(job);
    assert_int_equal(troth_job_result(job), TROTH_STEP_DONE);
    troth_job_free(job);
    return cred;
}

static void world(rig *r, const char *mech, troth_level level, const char *secret)
{
    memset(r, 0, sizeof *r);
    test_env_init(&r->env);
    r->env.seed = 7;
    test_env_secret(&r->env, password, sizeof password - 1);
    r->initiator = acquire(r, TROTH_USE_INITIATE, secret);
    r->acceptor = acquire(r, TROTH_USE_ACCEPT, "");
    r->client = (troth_nns_options){
        .env = &r->env.env, .cred = r->initiator, .mech = mech, .target = "svc/host", .level = level
    };
    r->server = r->client;
    r->server.cred = r->acceptor;
    r->server.target = NULL;
    r->server.policy = TROTH_POLICY_RAW_TOKENS;
}

static void talk(rig *r, size_t cut)
{
    rig_connect(r);
    rig_wire(&r->c, &r->s, cut);
    if (!r->c.established || !r->s.established)
        fail_msg("client %s at %s, server %s at %s", troth_status_name(r->c.error.code), r->c.error.where,
                 troth_status_name(r->s.error.code), r->s.error.where);
    assert_string_equal(r->s.name, "DOM\\alice");
    assert_int_equal(r->s.mech, TROTH_MECH_NTLM);
    assert_int_equal(r->c.level, r->client.level);
    assert_int_equal(r->s.level, r->client.level);
    rig_say(&r->c, "hello", 5);
    rig_say(&r->c, "", 0);
    rig_say(&r->c, "!", 1);
    rig_say(&r->s, "world", 5);
    rig_wire(&r->c, &r->s, cut);
    assert_int_equal(r->s.got_len, 6);
    assert_int_equal(r->c.got_len, 5);
    assert_memory_equal(r->s.got, "hello!", 6);
    assert_memory_equal(r->c.got, "world", 5);
}

static const char *const mechs[] = { "ntlm", "spnego" };

static void test_levels(void **state)
{
    (void)state;
    for (size_t m = 0; m < 2; m++)
        for (int level = 0; level < 3; level++)
            for (size_t cut = 0; cut < 2; cut++) {
                rig r;
                world(&r, mechs[m], (troth_level)level, password);
                talk(&r, cut);
                rig_end(&r);
            }
}

static void test_every_split(void **state)
{
    (void)state;
    for (size_t m = 0; m < 2; m++)
        for (size_t cut = 2; cut < 480; cut++) {
            rig r;
            world(&r, mechs[m], TROTH_LEVEL_ENCRYPT, password);
            talk(&r, cut);
            rig_end(&r);
        }
}

/* The ids and sizes of a handshake's frames: "16:40 16:126" ... sizes only where they matter. */
static void ids_of(const rig_peer *p, char *ret)
{
    size_t at = 0, n = 0;
    while (at + 5 <= p->sent_len && p->sent[at] >= 0x14 && p->sent[at] <= 0x16) {
        size_t size = (size_t)(p->sent[at + 3] << 8 | p->sent[at + 4]);
        ret[n++] = p->sent[at] == 0x16 ? 'p' : p->sent[at] == 0x14 ? (size ? 'D' : 'd') : 'e';
        at += 5 + size;
    }
    ret[n] = 0;
}

/* spec/nns.md 1.8; NNS-10 and NNS-12 with a real mechListMIC in the last Done. */
static void test_flows(void **state)
{
    (void)state;
    char c[16], s[16];
    rig r;
    world(&r, "ntlm", TROTH_LEVEL_SIGN, password);
    rig_connect(&r);
    rig_wire(&r.c, &r.s, 0);
    ids_of(&r.c, c);
    ids_of(&r.s, s);
    assert_string_equal(c, "pD"); /* raw NTLM: the client is done with its last token, */
    assert_string_equal(s, "pd"); /* and the server says so with an empty Done         */
    assert_memory_equal(r.c.sent + 5, "NTLMSSP", 8);
    rig_end(&r);

    world(&r, "spnego", TROTH_LEVEL_SIGN, password);
    rig_connect(&r);
    rig_wire(&r.c, &r.s, 0);
    ids_of(&r.c, c);
    ids_of(&r.s, s);
    assert_int_equal(r.c.sent[5], 0x60);     /* RFC 2743 framing of SPNEGO */
    assert_int_equal(s[strlen(s) - 1], 'D'); /* accept-completed and the mechListMIC */
    assert_int_equal(strchr(s, 'D') - s, (int)strlen(s) - 1);
    rig_end(&r);
}

/* The mechListMIC in the server's last Done is looked at: every flipped bit of it is refused. */
static void test_nns_12_mech_list_mic(void **state)
{
    (void)state;
    for (size_t bit = 0; bit < 16 * 8; bit++) {
        rig r;
        world(&r, "spnego", TROTH_LEVEL_ENCRYPT, password);
        rig_connect(&r);
        size_t from = 0;
        while (!r.s.established) {
            rig_drain(&r.c);
            size_t n = r.c.sent_len;
            rig_feed(&r.s, r.c.sent + from, n - from);
            from = n;
            if (r.s.established)
                break;
            size_t mark = r.s.sent_len;
            rig_drain(&r.s);
            rig_feed(&r.c, r.s.sent + mark, r.s.sent_len - mark);
        }
        size_t mark = r.s.sent_len;
        rig_drain(&r.s);
        r.s.sent[r.s.sent_len - 1 - bit / 8] ^= (uint8_t)(1u << bit % 8); /* the MIC ends the token */
        rig_feed(&r.c, r.s.sent + mark, r.s.sent_len - mark);
        assert_true(r.c.closed && !r.c.established);
        rig_drain(&r.c);
        assert_int_equal(r.c.sent[r.c.sent_len - 13], 0x15);
        rig_end(&r);
    }
}

/* 3.1.4.1: a client that asks for None uses raw NTLM when it can, and a negotiating server takes it by policy only. */
static void test_level_none_is_raw(void **state)
{
    (void)state;
    rig r;
    world(&r, "spnego", TROTH_LEVEL_NONE, password);
    talk(&r, 0);
    assert_memory_equal(r.c.sent + 5, "NTLMSSP", 8);
    assert_memory_equal(r.c.sent + r.c.sent_len - 6, "hello!", 6); /* and no frames */
    rig_end(&r);
    world(&r, "spnego", TROTH_LEVEL_NONE, password);
    r.server.policy = 0;
    rig_connect(&r);
    rig_wire(&r.c, &r.s, 0);
    assert_true(r.s.closed && r.c.closed);
    rig_end(&r);
}

/* 1.4: NTLM's Sign layout is the signature, then the plaintext; sealed, 16 octets more as well. */
static void test_layout(void **state)
{
    (void)state;
    for (int level = TROTH_LEVEL_SIGN; level <= TROTH_LEVEL_ENCRYPT; level++) {
        rig r;
        world(&r, "ntlm", (troth_level)level, password);
        rig_connect(&r);
        rig_wire(&r.c, &r.s, 0);
        size_t mark = r.c.sent_len;
        rig_say(&r.c, "plain", 5);
        rig_drain(&r.c);
        assert_int_equal(r.c.sent_len - mark, 4 + 16 + 5);
        assert_memory_equal(r.c.sent + mark, "\x15\0\0\0\x01\0\0\0", 8);
        assert_int_equal(!memcmp(r.c.sent + mark + 20, "plain", 5), level == TROTH_LEVEL_SIGN);
        rig_end(&r);
    }
}

static void test_wrong_password(void **state)
{
    (void)state;
    for (size_t m = 0; m < 2; m++) {
        rig r;
        world(&r, mechs[m], TROTH_LEVEL_SIGN, "wrong");
        rig_connect(&r);
        rig_wire(&r.c, &r.s, 0);
        assert_int_equal(r.s.error.code, TROTH_DENIED);
        assert_int_equal(r.c.error.code, TROTH_PEER_REFUSED);
        assert_int_equal(r.c.error.wire, 0x8009030c);
        rig_end(&r);
    }
}

/* The n-th allocation fails, with real mechanisms; no secret is left in released memory. */
static void test_no_memory(void **state)
{
    (void)state;
    for (size_t m = 0; m < 2; m++) {
        size_t n = 1, done = 0;
        for (; !done; n++) {
            rig r;
            world(&r, mechs[m], TROTH_LEVEL_ENCRYPT, password);
            r.env.fail_at = r.env.allocs + n;
            troth_endpoint *c = NULL, *s = NULL;
            if (!troth_nns_server_new(&r.server, 0, &s))
                rig_init(&r.s, s);
            if (s && !troth_nns_client_new(&r.client, 0, &c))
                rig_init(&r.c, c);
            if (c) {
                rig_wire(&r.c, &r.s, 0);
                bool both = r.c.established && r.s.established;
                if (both) {
                    size_t used;
                    troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { (const uint8_t *)"x", 1 } };
                    troth_status st = troth_endpoint_submit(r.c.e, &order, 0, &used);
                    rig_wire(&r.c, &r.s, 3);
                    both = !st && r.s.got_len == 1;
                }
                done = r.env.allocs < r.env.fail_at;
                assert_true(both || r.c.closed || r.s.closed || !done);
                assert_true(!done || both);
            }
            rig_end(&r);
        }
        print_message("%s: %zu allocations failed in turn\n", mechs[m], n - 2);
    }
}

/* What a stranger costs while our own mechanisms wait: at most 4 KiB beyond the octets it sent. */
static void test_memory_of_a_stranger(void **state)
{
    (void)state;
    static uint8_t flood[65540] = { 0x16, 1, 0, 0xff, 0xff };
    for (size_t m = 0; m < 2; m++) {
        rig r;
        world(&r, mechs[m], TROTH_LEVEL_ENCRYPT, password);
        size_t base = r.env.held;
        troth_endpoint *s;
        assert_int_equal(troth_nns_server_new(&r.server, 0, &s), TROTH_OK);
        rig_init(&r.s, s);
        r.s.hold_jobs = true;
        print_message("%s: %zu octets at the start\n", mechs[m], r.env.held - base);
        for (size_t i = 0; i < sizeof flood; i++) {
            assert_true(r.env.held - base <= 4096 + i);
            rig_feed(&r.s, flood + i, 1);
        }
        assert_true(r.env.held - base <= 4096 + sizeof flood);
        rig_end(&r);

        world(&r, mechs[m], TROTH_LEVEL_ENCRYPT, password); /* the same between the legs */
        base = r.env.held;
        assert_int_equal(troth_nns_server_new(&r.server, 0, &s), TROTH_OK);
        rig_init(&r.s, s);
        size_t ours = r.env.held;
        assert_int_equal(troth_nns_client_new(&r.client, 0, &s), TROTH_OK);
        ours = r.env.held - ours;
        rig_init(&r.c, s);
        size_t n = rig_drain(&r.c);
        size_t before = r.env.held;
        rig_feed(&r.s, r.c.sent, n);
        rig_drain(&r.s);
        size_t grown = r.env.held - before;
        assert_true(r.env.held - base <= 4096 + n + ours + 2048); /* the client is in there, too */
        assert_true(grown <= 2048);
        rig_end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_flows),
        cmocka_unit_test(test_nns_12_mech_list_mic),
        cmocka_unit_test(test_level_none_is_raw),
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_wrong_password),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_memory_of_a_stranger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
