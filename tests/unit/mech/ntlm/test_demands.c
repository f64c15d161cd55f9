/* What each side's messages must hold, and what it must refuse, beyond the exchanges of the other files. */
#include "pair.h"
#include <mech/ntlm/logon.h>

static void begin(pair *p, const pair_options *o)
{
    memset(p, 0, sizeof *p);
    test_env_init(&p->t);
    pair_open(p, o);
}

static void end(pair *p)
{
    pair_close(p);
    test_env_check(&p->t);
}

static const pair_options sealed = { .crequire = TROTH_F_CONFIDENTIALITY, .target = "svc/host" };

static void up_to_challenge(pair *p)
{
    p->cstep = troth_context_step(p->client, (troth_bytes){ 0 }, &p->tokens[0]);
    p->sstep = troth_context_step(p->server, pair_token(p, 0), &p->tokens[1]);
    assert_int_equal(p->sstep, TROTH_STEP_MORE);
}

static void same_bytes(troth_bytes a, troth_bytes b)
{
    assert_true(a.data && b.data);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
}

/* 3.2.5.1.1: ServerChallenge is a nonce; MsvAvTimestamp the time now. */
static void test_challenge(void **state)
{
    (void)state;
    troth_ntlm_challenge first, second;
    pair p, q;
    begin(&p, &sealed);
    begin(&q, &sealed);
    p.t.wall = q.t.wall = 0x0102030405060708u;
    up_to_challenge(&p);
    up_to_challenge(&q);
    assert_int_equal(troth_ntlm_challenge_read(pair_token(&p, 1), &first), TROTH_OK);
    assert_int_equal(troth_ntlm_challenge_read(pair_token(&q, 1), &second), TROTH_OK);
    assert_memory_not_equal(first.server_challenge, second.server_challenge, 8);
    assert_non_null(first.avs.value[MsvAvTimestamp].data);
    assert_true(first.avs.timestamp == 0x0102030405060708u + 116444736000000000u);
    end(&p);
    end(&q);
}

static troth_status no_random(void *self, uint8_t *out, size_t n)
{
    (void)self, (void)out, (void)n;
    return TROTH_NO_MEMORY;
}

/* Without randomness there is neither a challenge nor a key. */
static void test_no_random(void **state)
{
    (void)state;
    for (int server = 0; server < 2; server++) {
        pair p;
        begin(&p, &sealed);
        p.cstep = troth_context_step(p.client, (troth_bytes){ 0 }, &p.tokens[0]);
        if (!server)
            p.sstep = troth_context_step(p.server, pair_token(&p, 0), &p.tokens[1]);
        p.t.env.random = no_random;
        troth_context *c = server ? p.server : p.client;
        assert_int_equal(troth_context_step(c, pair_token(&p, server ? 0 : 1), &p.tokens[2]), TROTH_STEP_ERROR);
        assert_int_not_equal(troth_context_error(c)->code, TROTH_OK);
        end(&p);
    }
}

/* 3.1.5.1.2, 2.2.2.7: the server's pairs come back; flags, target and bindings are the client's; Z(24) or LMv2. */
static void test_authenticate(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        pair p;
        troth_ntlm_challenge ch;
        troth_ntlm_authenticate au;
        uint8_t none[24] = { 0 };
        begin(&p, &(pair_options){ .crequire = TROTH_F_CONFIDENTIALITY, .target = "svc/host", .cbind = "channel" });
        p.t.wall = 7;
        up_to_challenge(&p);
        uint8_t *at = memmem(p.tokens[1].base + 56, p.tokens[1].len - 56, "\7\0\10\0", 4);
        assert_non_null(at);
        if (!told)
            at[0] = 0x7f; /* MsvAvTimestamp becomes a pair nobody knows */
        p.t.wall = 9;
        assert_int_equal(troth_context_step(p.client, pair_token(&p, 1), &p.tokens[2]), TROTH_STEP_DONE);
        assert_int_equal(troth_ntlm_challenge_read(pair_token(&p, 1), &ch), TROTH_OK);
        assert_int_equal(troth_ntlm_authenticate_read(pair_token(&p, 2), &au), TROTH_OK);
        for (unsigned id = MsvAvNbComputerName; id <= MsvAvDnsComputerName; id++)
            same_bytes(au.avs.value[id], ch.avs.value[id]);
        same_bytes(au.avs.value[MsvAvTargetName], (troth_bytes){ (const uint8_t *)"s\0v\0c\0/\0h\0o\0s\0t", 16 });
        assert_memory_not_equal(au.avs.value[MsvAvChannelBindings].data, none, 16);
        assert_int_equal(au.avs.flags, NTLM_AV_MIC);
        assert_int_equal(au.lm.len, 24);
        assert_int_equal(!memcmp(au.lm.data, none, 24), told);
        uint64_t time = 0;
        for (unsigned i = 8; i-- > 0;)
            time = time << 8 | au.temp.data[8 + i];
        assert_true(time == 116444736000000000u + (told ? 7 : 9));
        assert_non_null(au.version);
        end(&p);
    }
}

/* A server that names no domain, and one that names too much. */
static void test_bad_challenges(void **state)
{
    (void)state;
    static uint8_t room[9500], token[10000];
    for (int i = 0; i < 4; i++) {
        pair p;
        troth_ntlm_challenge ch;
        begin(&p, &sealed);
        up_to_challenge(&p);
        assert_int_equal(troth_ntlm_challenge_read(pair_token(&p, 1), &ch), TROTH_OK);
        troth_writer info = troth_writer_over(room, sizeof room, TROTH_LE);
        size_t most = 8192, head = ch.target_info.len - 4;
        troth_write_bytes(&info, ch.target_info.data, head);
        if (i < 2) /* exactly what is taken, and one octet more */
            troth_ntlm_av_write(&info, 0x7f, (troth_bytes){ token, most - head - 8 + (size_t)i });
        if (i == 2)
            *(uint8_t *)memmem(room, info.len, "\2\0\14\0", 4) = 0x7e; /* MsvAvNbDomainName */
        if (i == 3)
            ch.flags |= NTLM_TARGET_INFO;
        troth_ntlm_av_write(&info, MsvAvEOL, (troth_bytes){ 0 });
        ch.target_info = (troth_bytes){ room, info.len };
        troth_writer w = troth_writer_over(token, sizeof token, TROTH_LE);
        troth_ntlm_challenge_write(&w, &ch);
        assert_int_equal(w.st, TROTH_OK);
        troth_step step = troth_context_step(p.client, (troth_bytes){ token, w.len }, &p.tokens[2]);
        static const troth_status want[] = { TROTH_OK, TROTH_LIMIT, TROTH_DENIED, TROTH_OK };
        assert_int_equal(troth_context_error(p.client)->code, want[i]);
        assert_int_equal(step, want[i] ? TROTH_STEP_ERROR : TROTH_STEP_DONE);
        end(&p);
    }
}

/* Nobody is let in only where nobody was to be let in, and with nothing that was demanded of him. */
static void test_anonymous(void **state)
{
    (void)state;
    static const struct {
        const char *user, *own_target;
        uint32_t policy;
        troth_status want;
    } rows[] = {
        { "", NULL, 0, TROTH_OK },
        { "U\0", NULL, 0, TROTH_DENIED }, /* a name without a response is no anonymous user */
        { "", "svc/host", 0, TROTH_TARGET_UNKNOWN },
        { "", NULL, TROTH_POLICY_REQUIRE_BINDINGS, TROTH_BAD_BINDINGS },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pair p;
        troth_ntlm_authenticate au;
        uint8_t token[300];
        begin(&p, &(pair_options){ .anonymous = true,
                                   .crequire = TROTH_F_ANONYMOUS,
                                   .srequire = TROTH_F_ANONYMOUS,
                                   .own_target = rows[i].own_target,
                                   .policy = rows[i].policy });
        pair_half(&p);
        assert_int_equal(troth_ntlm_authenticate_read(pair_token(&p, 2), &au), TROTH_OK);
        au.user = (troth_bytes){ (const uint8_t *)rows[i].user, rows[i].user[0] ? 2 : 0 };
        troth_writer w = troth_writer_over(token, sizeof token, TROTH_LE);
        troth_ntlm_authenticate_write(&w, &au);
        pair_finish(&p, (troth_bytes){ token, w.len });
        assert_int_equal(troth_context_error(p.server)->code, rows[i].want);
        end(&p);
    }
    pair p;
    begin(&p, &(pair_options){ .anonymous = true, .crequire = TROTH_F_DATAGRAM });
    assert_int_equal(troth_context_step(p.client, (troth_bytes){ 0 }, &p.tokens[0]), TROTH_STEP_ERROR);
    assert_int_equal(troth_context_error(p.client)->code, TROTH_UNSUPPORTED);
    end(&p);
}

/* 2.2.2.1, 0x4: a name from an untrusted source is none. */
static void test_untrusted_target(void **state)
{
    (void)state;
    pair p;
    begin(&p, &(pair_options){ .own_target = "svc/host" });
    troth_ntlm_avs avs = { .value[MsvAvTargetName] = { (const uint8_t *)"s\0v\0c\0/\0h\0o\0s\0t", 16 } };
    assert_int_equal(troth_ntlm_check_target(p.server->impl, &avs), TROTH_OK);
    avs.flags = NTLM_AV_UNVERIFIED_TARGET;
    assert_int_equal(troth_ntlm_check_target(p.server->impl, &avs), TROTH_TARGET_UNKNOWN);
    end(&p);
}

/* MS-SPNG 3.2.5.1: after the mechListMIC, RC4 begins anew; and a signature is 16 octets whatever the room. */
static void test_rewind(void **state)
{
    (void)state;
    pair p;
    uint8_t token[2][40], data[2][8] = { "message", "message" };
    begin(&p, &sealed);
    pair_run(&p);
    for (int i = 0; i < 2; i++) {
        troth_segment seg = { TROTH_SEG_DATA, data[i], 8 };
        troth_message m = { &seg, 1, token[i], sizeof token[i], 0 };
        assert_int_equal(troth_context_protect(p.client, TROTH_FORM_SEAL, &m, 1, NULL), TROTH_OK);
        assert_int_equal(m.token_len, 16);
        assert_int_equal(troth_mech_ntlm.after_mech_list_mic(p.client->impl), TROTH_OK);
    }
    assert_memory_equal(data[0], data[1], 8);
    end(&p);
}

/* 2.2.1.1, 2.2.1.2: fields whose flag is not set are not looked at. */
static void test_fields_without_flag(void **state)
{
    (void)state;
    static const struct {
        size_t field;
        uint32_t flag;
    } in_negotiate[] = { { 16, NTLM_OEM_DOMAIN_SUPPLIED }, { 24, NTLM_OEM_WORKSTATION_SUPPLIED } };
    static const struct {
        size_t field;
        uint32_t flag;
    } in_challenge[] = { { 12, NTLM_TARGET_TYPE_SERVER }, { 40, NTLM_TARGET_INFO } };
    for (int i = 0; i < 2; i++)
        for (int set = 0; set < 2; set++) {
            uint8_t n[32] = "NTLMSSP\0\1", c[56] = "NTLMSSP\0\2";
            troth_ntlm_negotiate neg;
            troth_ntlm_challenge ch;
            n[in_negotiate[i].field] = c[in_challenge[i].field] = 4;
            n[in_negotiate[i].field + 5] = c[in_challenge[i].field + 5] = 9; /* far outside */
            for (unsigned k = 0; k < 4 && set; k++) {
                n[12 + k] = (uint8_t)(in_negotiate[i].flag >> 8 * k);
                c[20 + k] = (uint8_t)(in_challenge[i].flag >> 8 * k);
            }
            troth_status want = set ? TROTH_TRUNCATED : TROTH_OK;
            assert_int_equal(troth_ntlm_negotiate_read((troth_bytes){ n, sizeof n }, &neg), want);
            assert_int_equal(troth_ntlm_challenge_read((troth_bytes){ c, sizeof c }, &ch), want);
        }
}

static void test_kinds(void **state)
{
    (void)state;
    pair p;
    troth_context *c = NULL;
    begin(&p, &sealed);
    troth_context_options o = { .role = TROTH_INITIATOR, .mech = "ntlm", .require = TROTH_F_STREAM };
    assert_int_equal(troth_context_new(p.ccred, &o, &c), TROTH_UNSUPPORTED);
    assert_true(troth_mech_ntlm.sniff((troth_bytes){ (const uint8_t *)"NTLMSSP\0\1\0\0\0", 12 }));
    assert_false(troth_mech_ntlm.sniff((troth_bytes){ (const uint8_t *)"NTLMSSQ\0\1\0\0\0", 12 }));
    assert_false(troth_mech_ntlm.sniff((troth_bytes){ (const uint8_t *)"NTLMSSP\0\1\0\0", 11 }));
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_challenge),    cmocka_unit_test(test_no_random),
        cmocka_unit_test(test_authenticate), cmocka_unit_test(test_bad_challenges),
        cmocka_unit_test(test_anonymous),    cmocka_unit_test(test_untrusted_target),
        cmocka_unit_test(test_rewind),       cmocka_unit_test(test_fields_without_flag),
        cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
