#include <mech/ntlm/protect.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>

enum { FLAGS = NTLM_128 | NTLM_EXTENDED_SESSIONSECURITY | NTLM_SIGN | NTLM_SEAL | NTLM_KEY_EXCH };

typedef struct ends {
    troth_ntlm_channel client, server;
} ends;

static ends fresh(uint32_t flags)
{
    uint8_t exported[16];
    ends e;
    memset(exported, 0x55, 16);
    troth_ntlm_channel_init(&e.client, flags, exported, TROTH_NTLM_CLIENT);
    troth_ntlm_channel_init(&e.server, flags, exported, TROTH_NTLM_SERVER);
    return e;
}

/* One message on its way: what was sent, kept for sending it again. */
typedef struct sent {
    uint8_t token[16], data[64];
    size_t len;
    uint64_t seq;
} sent;

static sent send(troth_ntlm_channel *from, troth_form form, const char *text, uint64_t seq)
{
    sent s = { .len = strlen(text), .seq = seq };
    memcpy(s.data, text, s.len);
    troth_segment seg = { TROTH_SEG_DATA, s.data, s.len };
    troth_message m = { &seg, 1, s.token, 16, seq };
    assert_int_equal(troth_ntlm_protect(from, form, &m), TROTH_OK);
    assert_int_equal(m.token_len, 16);
    return s;
}

static troth_status receive(troth_ntlm_channel *to, troth_form form, sent s, const char *text)
{
    troth_segment seg = { TROTH_SEG_DATA, s.data, s.len };
    troth_message m = { &seg, 1, s.token, 16, s.seq };
    troth_status st = troth_ntlm_unprotect(to, form, &m);
    if (!st && text)
        assert_memory_equal(s.data, text, s.len);
    return st;
}

/* MS-NLMP 4.2.4.4 */
static void test_example(void **state)
{
    (void)state;
    ends e = fresh(FLAGS);
    uint8_t data[18] = "P\0l\0a\0i\0n\0t\0e\0x\0t", token[16], want[18];
    troth_segment seg = { TROTH_SEG_DATA, data, sizeof data };
    troth_message m = { &seg, 1, token, sizeof token, 0 };
    assert_int_equal(troth_ntlm_protect(&e.client, TROTH_FORM_SEAL, &m), TROTH_OK);
    unhex("54e50165bf1936dc996020c1811b0f06fb5f", want, sizeof want);
    assert_memory_equal(data, want, 18);
    unhex("010000007fb38ec5c55d497600000000", want, 16);
    assert_memory_equal(token, want, 16);
    assert_int_equal(troth_ntlm_unprotect(&e.server, TROTH_FORM_SEAL, &m), TROTH_OK);
    assert_memory_equal(data, "P\0l\0a\0i\0n\0t\0e\0x\0t", 18);
}

static void test_both_ways_and_forms(void **state)
{
    (void)state;
    ends e = fresh(FLAGS);
    static const troth_form forms[] = { TROTH_FORM_SEAL, TROTH_FORM_MIC, TROTH_FORM_WRAP };
    for (unsigned i = 0; i < 30; i++) {
        troth_form f = forms[i % 3];
        sent s = send(&e.client, f, "to the server", 0), t = send(&e.server, f, "to the client", 0);
        assert_int_equal(memcmp(s.data, "to the server", s.len) != 0, f == TROTH_FORM_SEAL);
        assert_int_equal(receive(&e.server, f, s, "to the server"), TROTH_OK);
        assert_int_equal(receive(&e.client, f, t, "to the client"), TROTH_OK);
    }
    assert_int_equal(receive(&e.client, TROTH_FORM_MIC, send(&e.client, TROTH_FORM_MIC, "reflected", 0), NULL),
                     TROTH_BAD_MIC);
}

static void test_replay_gap_and_flips(void **state)
{
    (void)state;
    ends e = fresh(FLAGS);
    sent a = send(&e.client, TROTH_FORM_SEAL, "first", 0), b = send(&e.client, TROTH_FORM_SEAL, "second", 0);
    assert_int_equal(receive(&e.server, TROTH_FORM_SEAL, b, NULL), TROTH_OUT_OF_ORDER);
    for (size_t bit = 0; bit < 8 * (16 + a.len); bit++) { /* every bit of token and data */
        sent bad = a;
        (bit < 128 ? bad.token : bad.data)[bit < 128 ? bit / 8 : bit / 8 - 16] ^= (uint8_t)(1u << bit % 8);
        troth_status want = bit / 32 == 3 ? TROTH_OUT_OF_ORDER : TROTH_BAD_MIC; /* SeqNum is in clear, and was 0 */
        assert_int_equal(receive(&e.server, TROTH_FORM_SEAL, bad, NULL), want);
    }
    assert_int_equal(receive(&e.server, TROTH_FORM_SEAL, a, "first"), TROTH_OK);
    assert_int_equal(receive(&e.server, TROTH_FORM_SEAL, a, NULL), TROTH_REPLAY);
    assert_int_equal(receive(&e.server, TROTH_FORM_SEAL, b, "second"), TROTH_OK);
    assert_int_equal(receive(&e.server, TROTH_FORM_SEAL, a, NULL), TROTH_REPLAY);
}

/* All segments are signed, only DATA is encrypted, and an empty message is one, too. */
static void test_segments(void **state)
{
    (void)state;
    for (unsigned flip = 0; flip < 4; flip++) {
        ends e = fresh(FLAGS);
        uint8_t head[4] = "head", body[4] = "body", tail[4] = "tail", token[16];
        troth_segment segs[] = { { TROTH_SEG_SIGN_ONLY, head, 4 },
                                 { TROTH_SEG_DATA, body, 4 },
                                 { TROTH_SEG_SIGN_ONLY, tail, 4 } };
        troth_message m = { segs, 3, token, 16, 0 };
        assert_int_equal(troth_ntlm_protect(&e.client, TROTH_FORM_SEAL, &m), TROTH_OK);
        assert_memory_equal(head, "head", 4);
        assert_memory_not_equal(body, "body", 4);
        assert_memory_equal(tail, "tail", 4);
        if (flip < 3)
            segs[flip].data[1] ^= 4;
        assert_int_equal(troth_ntlm_unprotect(&e.server, TROTH_FORM_SEAL, &m), flip < 3 ? TROTH_BAD_MIC : TROTH_OK);
    }
    ends e = fresh(FLAGS);
    assert_int_equal(receive(&e.server, TROTH_FORM_SEAL, send(&e.client, TROTH_FORM_SEAL, "", 0), ""), TROTH_OK);
}

static void test_token_lengths_and_stream(void **state)
{
    (void)state;
    ends e = fresh(FLAGS);
    uint8_t all[32];
    sent s = send(&e.client, TROTH_FORM_SEAL, "hello", 0);
    memcpy(all, s.token, 16);
    memcpy(all + 16, s.data, s.len);
    troth_segment seg = { TROTH_SEG_DATA, s.data, s.len };
    for (size_t n = 0; n < 16; n++) {
        troth_message m = { &seg, 1, s.token, n, 0 };
        assert_int_equal(troth_ntlm_unprotect(&e.server, TROTH_FORM_SEAL, &m), TROTH_TRUNCATED);
        assert_int_equal(troth_ntlm_protect(&e.client, TROTH_FORM_SEAL, &m), TROTH_NO_SPACE);
        troth_segment stream = { TROTH_SEG_STREAM, all, n };
        troth_message sm = { &stream, 1, NULL, 0, 0 };
        assert_int_equal(troth_ntlm_unprotect(&e.server, TROTH_FORM_SEAL, &sm), TROTH_TRUNCATED);
    }
    uint8_t longer[17] = { 0 };
    memcpy(longer, s.token, 16);
    troth_message lm = { &seg, 1, longer, 17, 0 };
    assert_int_equal(troth_ntlm_unprotect(&e.server, TROTH_FORM_SEAL, &lm), TROTH_MALFORMED);
    troth_segment stream = { TROTH_SEG_STREAM, all, 16 + s.len };
    troth_message m = { &stream, 1, NULL, 0, 0 };
    assert_int_equal(troth_ntlm_unprotect(&e.server, TROTH_FORM_SEAL, &m), TROTH_OK);
    assert_int_equal(stream.kind, TROTH_SEG_DATA);
    assert_int_equal(stream.len, 5);
    assert_memory_equal(stream.data, "hello", 5);
}

/* After mechListMIC the key streams begin anew and the numbers go on. [MS-SPNG 3.3.5.1] */
static void test_rewind(void **state)
{
    (void)state;
    ends e = fresh(FLAGS);
    assert_int_equal(receive(&e.server, TROTH_FORM_MIC, send(&e.client, TROTH_FORM_MIC, "list", 0), NULL), TROTH_OK);
    troth_ntlm_channel_rewind(&e.client);
    troth_ntlm_channel_rewind(&e.server);
    sent s = send(&e.client, TROTH_FORM_SEAL, "P", 0);
    assert_int_equal(s.token[12], 1);
    assert_int_equal(s.data[0], 0x54); /* the first octet of the example's key stream, again */
    assert_int_equal(receive(&e.server, TROTH_FORM_SEAL, s, "P"), TROTH_OK);
}

/* Datagrams: any order, any loss, the caller's numbers; the key is a new one for each. [MS-NLMP 3.4] */
static void test_datagrams(void **state)
{
    (void)state;
    ends e = fresh(FLAGS | NTLM_DATAGRAM);
    sent s[4];
    for (unsigned i = 0; i < 4; i++)
        s[i] = send(&e.client, TROTH_FORM_SEAL, "datagram", i * 7);
    assert_memory_not_equal(s[0].data, s[1].data, 8);
    static const unsigned order[] = { 3, 0, 2, 0 };
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(receive(&e.server, TROTH_FORM_SEAL, s[order[i]], "datagram"), TROTH_OK);
    s[1].seq++; /* not the number it was made with */
    assert_int_equal(receive(&e.server, TROTH_FORM_SEAL, s[1], NULL), TROTH_OUT_OF_ORDER);
    s[1].seq--;
    s[1].data[0] ^= 1;
    assert_int_equal(receive(&e.server, TROTH_FORM_SEAL, s[1], NULL), TROTH_BAD_MIC);
    uint8_t key[20], want[8] = "datagram"; /* SealingKey' = MD5(SealingKey SequenceNumber), by hand */
    troth_rc4 r;
    memcpy(key, e.client.send.seal_key, 16);
    memcpy(key + 16, "\x15\0\0\0", 4);
    uint8_t digest[16];
    troth_md5_of(key, 20, NULL, 0, digest);
    troth_rc4_init(&r, digest, 16);
    troth_rc4_xor(&r, want, want, 8);
    assert_memory_equal(s[3].data, want, 8);
}

static void test_last_number(void **state)
{
    (void)state;
    ends e = fresh(FLAGS);
    e.client.send.seq = e.server.recv.seq = 0xffffffff;
    sent s = send(&e.client, TROTH_FORM_MIC, "last", 0);
    assert_int_equal(receive(&e.server, TROTH_FORM_MIC, s, "last"), TROTH_OK);
    troth_segment seg = { TROTH_SEG_DATA, s.data, s.len };
    troth_message m = { &seg, 1, s.token, 16, 0 };
    assert_int_equal(troth_ntlm_protect(&e.client, TROTH_FORM_MIC, &m), TROTH_LIMIT);
    assert_int_equal(troth_ntlm_unprotect(&e.server, TROTH_FORM_MIC, &m), TROTH_LIMIT);
    ends d = fresh(FLAGS | NTLM_DATAGRAM);
    m.seq = 0x100000000;
    assert_int_equal(troth_ntlm_protect(&d.client, TROTH_FORM_MIC, &m), TROTH_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example),
        cmocka_unit_test(test_both_ways_and_forms),
        cmocka_unit_test(test_replay_gap_and_flips),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_token_lengths_and_stream),
        cmocka_unit_test(test_rewind),
        cmocka_unit_test(test_datagrams),
        cmocka_unit_test(test_last_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
