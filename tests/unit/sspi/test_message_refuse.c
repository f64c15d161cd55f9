/*
 * What message functions must refuse: each flipped bit, replays, gaps, lists that make no sense, handles that are none,
 * contexts that are not ready or no longer good. After each refusal the next good message passes.
 */
#include "msgs.h"
#include <sspi/buffer.h>

static bool all(const uint8_t *p, size_t n, uint8_t v)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != v)
            return false;
    return true;
}

enum { TEXT = 24, HEAD = 7 };

/* Token, data, and a part that is signed only, in three places that end with their pages. */
typedef struct sealed {
    uint8_t token[16], data[TEXT], head[HEAD];
} sealed;

static void lay(talk *t, const sealed *s, SecBuffer b[3])
{
    b[0] = buf(SECBUFFER_TOKEN, memcpy(edge_last(&t->e[0], 16), s->token, 16), 16);
    b[1] = buf(SECBUFFER_DATA, memcpy(edge_last(&t->e[1], TEXT), s->data, TEXT), TEXT);
    b[2] =
        buf(SECBUFFER_DATA | SECBUFFER_READONLY_WITH_CHECKSUM, memcpy(edge_last(&t->e[2], HEAD), s->head, HEAD), HEAD);
}

static void keep(sealed *s, const SecBuffer b[3])
{
    memcpy(s->token, b[0].pvBuffer, 16);
    memcpy(s->data, b[1].pvBuffer, TEXT);
    memcpy(s->head, b[2].pvBuffer, HEAD);
}

static void seal(talk *t, sealed *s)
{
    SecBuffer b[3];
    memset(s->token, 0, 16);
    memset(s->data, 'p', TEXT);
    memset(s->head, 'h', HEAD);
    lay(t, s, b);
    assert_int_equal(EncryptMessage(&t->h[0], 0, LIST(b), 0), SEC_E_OK);
    keep(s, b);
}

/* What comes of a message; no plaintext is left of one that was refused. */
static SECURITY_STATUS open_it(talk *t, const sealed *s)
{
    SecBuffer b[3];
    ULONG qop = 33;
    lay(t, s, b);
    SECURITY_STATUS status = DecryptMessage(&t->h[1], LIST(b), 0, &qop);
    assert_int_equal(qop, status ? 33 : 0);
    assert_int_equal(b[1].cbBuffer, TEXT);
    assert_int_equal(b[0].cbBuffer, 16);
    if (!status)
        assert_true(all(b[1].pvBuffer, TEXT, 'p'));
    else
        assert_true(all(b[1].pvBuffer, TEXT, 0) || memcmp(b[1].pvBuffer, s->data, TEXT) == 0);
    return status;
}

/* [case 15] The number stands in clear at the token's end: a flip there is a message out of order. */
static void test_each_flipped_bit(void **state)
{
    talk t;
    sealed s, bad;
    (void)state;
    talk_open(&t, SEAL);
    seal(&t, &s);
    for (size_t i = 0; i < 8 * sizeof s; i++) {
        bad = s;
        ((uint8_t *)&bad)[i / 8] ^= (uint8_t)(1u << i % 8);
        bool number = i / 8 >= 12 && i / 8 < 16;
        assert_int_equal(open_it(&t, &bad), number ? SEC_E_OUT_OF_SEQUENCE : SEC_E_MESSAGE_ALTERED);
    }
    assert_int_equal(open_it(&t, &s), SEC_E_OK);
    talk_goes_on(&t);
    talk_close(&t);
}

static void test_each_flipped_bit_of_a_signature(void **state)
{
    talk t;
    SecBuffer b[2];
    (void)state;
    talk_open(&t, SIGN);
    plain_list(&t, 13, b);
    assert_int_equal(MakeSignature(&t.h[1], 0, LIST(b), 0), SEC_E_OK);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < 8 * b[k].cbBuffer; i++) {
            uint8_t *at = (uint8_t *)b[k].pvBuffer + i / 8, bit = (uint8_t)(1u << i % 8);
            *at ^= bit;
            assert_int_equal(VerifySignature(&t.h[0], LIST(b), 0, NULL),
                             !k && i / 8 >= 12 ? SEC_E_OUT_OF_SEQUENCE : SEC_E_MESSAGE_ALTERED);
            *at ^= bit;
        }
    assert_int_equal(VerifySignature(&t.h[0], LIST(b), 0, NULL), SEC_E_OK);
    talk_goes_on(&t);
    talk_close(&t);
}

/* [cases 13, 14] */
static void test_order(void **state)
{
    talk t;
    sealed s[3];
    (void)state;
    talk_open(&t, SEAL);
    for (size_t i = 0; i < 3; i++)
        seal(&t, &s[i]);
    assert_int_equal(open_it(&t, &s[1]), SEC_E_OUT_OF_SEQUENCE); /* a gap */
    assert_int_equal(open_it(&t, &s[0]), SEC_E_OK);
    assert_int_equal(open_it(&t, &s[0]), SEC_E_OUT_OF_SEQUENCE); /* a replay */
    assert_int_equal(open_it(&t, &s[2]), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(open_it(&t, &s[1]), SEC_E_OK);
    assert_int_equal(open_it(&t, &s[2]), SEC_E_OK);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(open_it(&t, &s[i]), SEC_E_OUT_OF_SEQUENCE);
    talk_goes_on(&t);
    talk_close(&t);
}

/* One's own message, sent back. */
static void test_reflection(void **state)
{
    talk t;
    SecBuffer b[2];
    (void)state;
    talk_open(&t, SEAL);
    plain_list(&t, 20, b);
    assert_int_equal(MakeSignature(&t.h[0], 0, LIST(b), 0), SEC_E_OK);
    assert_int_equal(VerifySignature(&t.h[0], LIST(b), 0, NULL), SEC_E_MESSAGE_ALTERED);
    assert_int_equal(VerifySignature(&t.h[1], LIST(b), 0, NULL), SEC_E_OK);
    talk_goes_on(&t);
    talk_close(&t);
}

/* Too little room for the token: nothing is encrypted, no number is used, and the same call with room does it. */
static void test_small_tokens(void **state)
{
    talk t;
    SecBuffer b[2];
    (void)state;
    talk_open(&t, SEAL);
    for (size_t n = 0; n < 16; n++) {
        plain_list(&t, 30, b);
        b[0] = buf(SECBUFFER_TOKEN, edge_last(&t.e[0], n), n);
        assert_int_equal(EncryptMessage(&t.h[0], 0, LIST(b), 0), SEC_E_BUFFER_TOO_SMALL);
        assert_int_equal(MakeSignature(&t.h[0], 0, LIST(b), 0), SEC_E_BUFFER_TOO_SMALL);
        assert_int_equal(b[0].cbBuffer, n);
        assert_true(all(b[1].pvBuffer, 30, 't'));
        assert_int_equal(VerifySignature(&t.h[0], LIST(b), 0, NULL), SEC_E_INVALID_TOKEN);
        assert_int_equal(DecryptMessage(&t.h[0], LIST(b), 0, NULL), SEC_E_INVALID_TOKEN);
    }
    b[0] = buf(SECBUFFER_TOKEN, NULL, 0);
    assert_int_equal(EncryptMessage(&t.h[0], 0, LIST(b), 0), SEC_E_BUFFER_TOO_SMALL);
    b[0] = buf(SECBUFFER_TOKEN, edge_last(&t.e[0], 17), 17); /* one octet too many of a token that came */
    memset(b[0].pvBuffer, 0, 17);
    assert_int_equal(VerifySignature(&t.h[0], LIST(b), 0, NULL), SEC_E_INVALID_TOKEN);
    plain_list(&t, 30, b);
    assert_int_equal(EncryptMessage(&t.h[0], 0, LIST(b), 0), SEC_E_OK);
    assert_int_equal(DecryptMessage(&t.h[1], LIST(b), 0, NULL), SEC_E_OK);
    assert_true(all(b[1].pvBuffer, 30, 't'));
    talk_goes_on(&t);
    talk_close(&t);
}

/* ---- lists that make no sense [case 25] ---- */

enum { T = SECBUFFER_TOKEN, D = SECBUFFER_DATA, P = SECBUFFER_PADDING, S = SECBUFFER_STREAM };

static const struct bad_list {
    const char *what;
    ULONG version, n;
    uint32_t types[5];
    bool no_memory, no_list; /* of the first buffer; of the list */
    bool decrypts;           /* it is a stream, and DecryptMessage's business */
} bad_lists[] = {
    { "nothing", 0, 0, { 0 }, false, false, false },
    { "nothing, and no memory for it", 0, 0, { 0 }, false, true, false },
    { "two, and no memory for them", 0, 2, { T, D }, false, true, false },
    { "version 1", 1, 2, { T, D }, false, false, false },
    { "version 0xffffffff", 0xffffffff, 2, { T, D }, false, false, false },
    { "a token alone", 0, 1, { T }, false, false, false },
    { "data alone", 0, 1, { D }, false, false, false },
    { "two of data", 0, 2, { D, D }, false, false, false },
    { "two tokens", 0, 3, { T, D, T }, false, false, false },
    { "two paddings", 0, 4, { T, D, P, P }, false, false, false },
    { "octets without memory", 0, 2, { D, T }, true, false, false },
    { "a token without memory", 0, 2, { T, D }, true, false, false },
    { "a read-only token", 0, 2, { T | SECBUFFER_READONLY, D }, false, false, false },
    { "a token to be signed", 0, 2, { T | SECBUFFER_READONLY_WITH_CHECKSUM, D }, false, false, false },
    { "read-only padding", 0, 3, { T, D, P | SECBUFFER_READONLY }, false, false, false },
    { "token, data, stream", 0, 3, { T, D, S }, false, false, false },
    { "stream alone", 0, 1, { S }, false, false, false },
    { "two streams", 0, 3, { S, S, D }, false, false, false },
    { "stream, and two of data", 0, 3, { S, D, D }, false, false, false },
    { "stream, and data that must not move", 0, 2, { S, D | SECBUFFER_READONLY }, false, false, false },
    { "stream that must not be written", 0, 2, { S | SECBUFFER_READONLY, D }, false, false, false },
    { "a type without a place here", 0, 3, { T, D, SECBUFFER_STREAM_HEADER }, false, false, false },
    { "another", 0, 3, { T, D, SECBUFFER_CHANNEL_BINDINGS }, false, false, false },
    { "one that there is not", 0, 3, { T, D, 0x0fffffff }, false, false, false },
    { "extra octets", 0, 3, { T, D, SECBUFFER_EXTRA }, false, false, false },
    { "a stream to be made", 0, 2, { S, D }, false, false, true },
};

static void test_bad_lists(void **state)
{
    talk t;
    (void)state;
    talk_open(&t, SEAL);
    for (const struct bad_list *l = bad_lists; l < bad_lists + sizeof bad_lists / sizeof *bad_lists; l++) {
        uint8_t memory[5][32];
        SecBuffer b[5];
        memset(memory, 'm', sizeof memory);
        for (size_t i = 0; i < 5; i++)
            b[i] = buf(l->types[i], l->no_memory && !i ? NULL : memory[i], 32);
        SecBufferDesc d = { l->version, l->n, l->no_list ? NULL : b };
        if (EncryptMessage(&t.h[0], 0, &d, 0) != SEC_E_INVALID_TOKEN ||
            MakeSignature(&t.h[0], 0, &d, 0) != SEC_E_INVALID_TOKEN ||
            VerifySignature(&t.h[0], &d, 0, NULL) != SEC_E_INVALID_TOKEN)
            fail_msg("%s", l->what);
        if (!l->decrypts && DecryptMessage(&t.h[0], &d, 0, NULL) != SEC_E_INVALID_TOKEN)
            fail_msg("decrypting: %s", l->what);
        assert_true(all(memory[0], sizeof memory, 'm'));
    }
    assert_int_equal(EncryptMessage(&t.h[0], 0, NULL, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(MakeSignature(&t.h[0], 0, NULL, 0), SEC_E_INVALID_TOKEN);
    assert_int_equal(VerifySignature(&t.h[0], NULL, 0, NULL), SEC_E_INVALID_TOKEN);
    assert_int_equal(DecryptMessage(&t.h[0], NULL, 0, NULL), SEC_E_INVALID_TOKEN);
    talk_goes_on(&t);
    talk_close(&t);
}

/* As many buffers as a list may have, and one more. */
static void test_long_lists(void **state)
{
    talk t;
    SecBuffer b[TROTH_SSPI_BUFFERS_MAX + 1];
    uint8_t octets[TROTH_SSPI_BUFFERS_MAX + 1], token[16];
    (void)state;
    talk_open(&t, SEAL);
    memset(octets, 'o', sizeof octets);
    b[0] = buf(T, token, sizeof token);
    for (size_t i = 1; i <= TROTH_SSPI_BUFFERS_MAX; i++)
        b[i] = buf(D, &octets[i], 1);
    SecBufferDesc d = { 0, TROTH_SSPI_BUFFERS_MAX + 1, b };
    assert_int_equal(EncryptMessage(&t.h[0], 0, &d, 0), SEC_E_INVALID_TOKEN);
    d.cBuffers = 0xffffffff;
    assert_int_equal(EncryptMessage(&t.h[0], 0, &d, 0), SEC_E_INVALID_TOKEN);
    assert_true(all(octets, sizeof octets, 'o'));
    d.cBuffers = TROTH_SSPI_BUFFERS_MAX;
    assert_int_equal(EncryptMessage(&t.h[0], 0, &d, 0), SEC_E_OK);
    assert_int_equal(DecryptMessage(&t.h[1], &d, 0, NULL), SEC_E_OK);
    assert_true(all(octets, sizeof octets, 'o'));
    talk_close(&t);
}

/* ---- handles and stages [cases 11, 12, 24] ---- */

static void none_works(CtxtHandle *h, SECURITY_STATUS want)
{
    uint8_t token[16] = { 0 }, data[4] = "abc";
    SecBuffer b[2] = { buf(T, token, 16), buf(D, data, 4) };
    assert_int_equal(EncryptMessage(h, 0, LIST(b), 0), want);
    if (want == SEC_E_INVALID_HANDLE) /* the handle is looked at first */
        assert_int_equal(EncryptMessage(h, 0, NULL, 0), want);
    assert_int_equal(MakeSignature(h, 0, LIST(b), 0), want);
    assert_int_equal(VerifySignature(h, LIST(b), 0, NULL), want);
    assert_int_equal(DecryptMessage(h, LIST(b), 0, NULL), want);
    assert_string_equal(data, "abc");
    assert_true(all(token, 16, 0));
}

static void test_handles(void **state)
{
    talk t;
    (void)state;
    talk_init(&t);
    CtxtHandle zero = { 0, 0 }, ones = { (ULONG_PTR)-1, (ULONG_PTR)-1 };
    none_works(NULL, SEC_E_INVALID_HANDLE);
    none_works(&zero, SEC_E_INVALID_HANDLE);
    none_works(&ones, SEC_E_INVALID_HANDLE);
    talk_close(&t);
    talk_open(&t, SEAL);
    CtxtHandle copy = t.h[0], other = t.h[1];
    other.dwUpper ^= 1;
    none_works(&other, SEC_E_INVALID_HANDLE);
    assert_int_equal(DeleteSecurityContext(&t.h[0]), SEC_E_OK);
    none_works(&copy, SEC_E_INVALID_HANDLE);
    talk_close(&t);
}

static void test_half_open(void **state)
{
    talk t;
    (void)state;
    talk_init(&t);
    pair_open(&t.p, &(pair_options){ .crequire = SEAL, .srequire = SEAL });
    (void)talk_wrap(TROTH_INITIATOR, &t.p.client, &t.h[0]);
    none_works(&t.h[0], SEC_E_INVALID_HANDLE);
    talk_close(&t);
}

/* A failed context answers what failed it. */
static void test_failed(void **state)
{
    talk t;
    troth_sspi_context *c;
    const troth_error e = { .code = TROTH_DENIED, .where = "here" };
    (void)state;
    talk_open(&t, SEAL);
    assert_int_equal(troth_sspi_context_find(&t.h[0], &c), SEC_E_OK);
    assert_int_equal(troth_sspi_context_failed(c, SEC_E_LOGON_DENIED, &e), SEC_E_LOGON_DENIED);
    troth_sspi_context_release(c);
    none_works(&t.h[0], SEC_E_LOGON_DENIED);
    talk_close(&t);
}

static void test_expired(void **state)
{
    talk t;
    (void)state;
    talk_open(&t, SEAL);
    t.p.t.wall = 1000;
    talk_engine(&t.h[0])->leaf->expiry = 1001;
    talk_goes_on(&t);
    t.p.t.wall = 1001;
    none_works(&t.h[0], SEC_E_CONTEXT_EXPIRED);
    talk_close(&t);
}

/* [case 31] Numbers are not used twice. */
static void test_numbers_used_up(void **state)
{
    talk t;
    SecBuffer b[2];
    (void)state;
    talk_open(&t, SEAL);
    ((troth_ntlm *)talk_engine(&t.h[0])->leaf->impl)->channel.send.seq = UINT32_MAX;
    ((troth_ntlm *)talk_engine(&t.h[1])->leaf->impl)->channel.recv.seq = UINT32_MAX;
    talk_goes_on(&t);
    plain_list(&t, 9, b);
    assert_int_equal(EncryptMessage(&t.h[0], 0, LIST(b), 0), SEC_E_CONTEXT_EXPIRED);
    assert_int_equal(MakeSignature(&t.h[0], 0, LIST(b), 0), SEC_E_CONTEXT_EXPIRED);
    assert_true(all(b[1].pvBuffer, 9, 't'));
    talk_close(&t);
}

/* ---- datagrams: the caller's numbers ---- */

static SECURITY_STATUS datagram(talk *t, int from, const char *text, ULONG sent, ULONG received, sealed *s)
{
    SecBuffer b[3];
    memset(s, 0, sizeof *s);
    memcpy(s->data, text, strlen(text));
    lay(t, s, b);
    assert_int_equal(EncryptMessage(&t->h[from], 0, LIST(b), sent), SEC_E_OK);
    keep(s, b);
    SECURITY_STATUS status = DecryptMessage(&t->h[!from], LIST(b), received, NULL);
    if (!status)
        assert_memory_equal(b[1].pvBuffer, text, strlen(text));
    else
        assert_true(all(b[1].pvBuffer, TEXT, 0));
    return status;
}

static void test_datagrams(void **state)
{
    talk t;
    sealed s;
    (void)state;
    talk_open(&t, SEAL | TROTH_F_DATAGRAM);
    assert_int_equal(datagram(&t, 0, "one", 1, 1, &s), SEC_E_OK);
    assert_int_equal(datagram(&t, 0, "nine: lost ones between", 9, 9, &s), SEC_E_OK);
    assert_int_equal(datagram(&t, 0, "four", 4, 4, &s), SEC_E_OK);
    assert_int_equal(datagram(&t, 0, "five, taken for six", 5, 6, &s), SEC_E_OUT_OF_SEQUENCE);
    SecBuffer b[3];
    lay(&t, &s, b);
    assert_int_equal(DecryptMessage(&t.h[1], LIST(b), 5, NULL), SEC_E_OK);
    assert_int_equal(datagram(&t, 1, "back", 0xffffffff, 0xffffffff, &s), SEC_E_OK);
    talk_close(&t);
}

/* The initiator may protect before there is an answer. [spec 1.5, MS-NLMP 3.1.5.2] */
static void test_datagram_before_the_answer(void **state)
{
    talk t;
    sealed s = { 0 };
    SecBuffer b[3];
    (void)state;
    talk_init(&t);
    pair_open(&t.p, &(pair_options){ .crequire = SEAL | TROTH_F_DATAGRAM, .srequire = SEAL });
    t.p.cstep = troth_context_step(t.p.client, (troth_bytes){ 0 }, &t.p.tokens[0]);
    assert_int_equal(t.p.cstep, TROTH_STEP_MORE);
    troth_context *client = t.p.client;
    troth_sspi_context *c = talk_wrap(TROTH_INITIATOR, &t.p.client, &t.h[0]);
    none_works(&t.h[0], SEC_E_INVALID_HANDLE);
    atomic_store(&c->stage, TROTH_SSPI_USABLE);
    memcpy(s.data, "early", 6);
    lay(&t, &s, b);
    assert_int_equal(EncryptMessage(&t.h[0], 0, LIST(b), 40), SEC_E_OK);
    assert_true(memcmp(b[1].pvBuffer, "early", 6) != 0);
    assert_int_equal(MakeSignature(&t.h[0], 0, NULL, 40), SEC_E_INVALID_TOKEN);
    assert_int_equal(troth_context_step(t.p.server, (troth_bytes){ 0 }, &t.p.tokens[1]), TROTH_STEP_MORE);
    assert_int_equal(troth_context_step(client, pair_token(&t.p, 1), &t.p.tokens[2]), TROTH_STEP_DONE);
    t.p.cstep = TROTH_STEP_DONE;
    pair_finish(&t.p, pair_token(&t.p, 2));
    assert_int_equal(t.p.sstep, TROTH_STEP_DONE);
    troth_sspi_context_opened(talk_wrap(TROTH_ACCEPTOR, &t.p.server, &t.h[1]));
    assert_int_equal(DecryptMessage(&t.h[1], LIST(b), 40, NULL), SEC_E_OK);
    assert_string_equal(b[1].pvBuffer, "early");
    talk_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_flipped_bit),
        cmocka_unit_test(test_each_flipped_bit_of_a_signature),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_reflection),
        cmocka_unit_test(test_small_tokens),
        cmocka_unit_test(test_bad_lists),
        cmocka_unit_test(test_long_lists),
        cmocka_unit_test(test_handles),
        cmocka_unit_test(test_half_open),
        cmocka_unit_test(test_failed),
        cmocka_unit_test(test_expired),
        cmocka_unit_test(test_numbers_used_up),
        cmocka_unit_test(test_datagrams),
        cmocka_unit_test(test_datagram_before_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
