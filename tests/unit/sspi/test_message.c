/*
 * MakeSignature, VerifySignature, EncryptMessage, DecryptMessage over NTLM: lists of buffers, what is signed and what is
 * sealed, and everything that must be refused. Kerberos' layouts are judged beside MIT's, in tests/peers.
 */
#include "msgs.h"

static bool all(const uint8_t *p, size_t n, uint8_t v)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != v)
            return false;
    return true;
}

/* ---- what passes ---- */

static void test_round_trips(void **state)
{
    static const size_t sizes[] = { 0, 1, 15, 16, 17, 1000, EDGE_PAGE, EDGE_ROOM };
    talk t;
    (void)state;
    talk_open(&t, SEAL);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        for (int way = 0; way < 2; way++) {
            SecBuffer b[2];
            ULONG qop = 7;
            plain_list(&t, n, b);
            assert_int_equal(EncryptMessage(&t.h[way], 0, LIST(b), 0), SEC_E_OK);
            assert_int_equal(b[0].cbBuffer, 16);
            assert_int_equal(b[1].cbBuffer, n);
            assert_true(n < 15 || !all(b[1].pvBuffer, n, 't'));
            assert_int_equal(DecryptMessage(&t.h[!way], LIST(b), 0, &qop), SEC_E_OK);
            assert_int_equal(qop, 0);
            assert_true(all(b[1].pvBuffer, n, 't'));
            assert_int_equal(b[1].BufferType, SECBUFFER_DATA);
        }
    }
    talk_goes_on(&t);
    talk_close(&t);
}

/* Token and padding say what was used, wherever they stand. Several DATA buffers are one message, in their order. */
static void test_lists(void **state)
{
    talk t;
    (void)state;
    talk_open(&t, SEAL);
    for (size_t at = 0; at < 4; at++) {
        SecBuffer b[5], one[2];
        uint8_t token[40], joined[30];
        memset(token, 0x5a, sizeof token);
        for (size_t i = 0, d = 0; i < 4; i++) {
            b[i] = buf(SECBUFFER_TOKEN, token, sizeof token);
            if (i == at)
                continue;
            b[i] = buf(SECBUFFER_DATA, memset(edge_last(&t.e[d], 10), (int)('a' + d), 10), 10);
            d++;
        }
        b[4] = buf(SECBUFFER_PADDING, edge_last(&t.e[3], 8), 8);
        assert_int_equal(EncryptMessage(&t.h[0], 0, LIST(b), 0), SEC_E_OK);
        assert_int_equal(b[at].cbBuffer, 16);
        assert_int_equal(b[at].BufferType, SECBUFFER_TOKEN);
        assert_true(all(token + 16, 24, 0x5a));
        assert_int_equal(b[4].cbBuffer, 0);
        for (size_t i = 0, d = 0; i < 4; i++)
            if (i != at)
                memcpy(joined + 10 * d++, b[i].pvBuffer, 10);
        one[0] = buf(SECBUFFER_DATA, joined, sizeof joined);
        one[1] = buf(SECBUFFER_TOKEN, token, 16);
        assert_int_equal(DecryptMessage(&t.h[1], LIST(one), 0, NULL), SEC_E_OK);
        assert_memory_equal(joined, "aaaaaaaaaabbbbbbbbbbcccccccccc", 30);
    }
    talk_close(&t);
}

/* Make a stream of n octets of text, at the end of a page. */
static uint8_t *make_stream(talk *t, size_t n)
{
    uint8_t *whole = edge_last(&t->e[0], 16 + n);
    SecBuffer b[2] = { buf(SECBUFFER_TOKEN, whole, 16), buf(SECBUFFER_DATA, memset(whole + 16, 'x', n), n) };
    assert_int_equal(EncryptMessage(&t->h[0], 0, LIST(b), 0), SEC_E_OK);
    return whole;
}

/* Token and data in one buffer; the data is shown where it lies. Of one that was altered nothing is left or shown. */
static void test_streams(void **state)
{
    talk t;
    uint8_t saved[64];
    (void)state;
    talk_open(&t, SEAL);
    for (size_t n = 0; n < 40; n++) {
        uint8_t *whole = make_stream(&t, n);
        SecBuffer s[3] = { buf(SECBUFFER_DATA, NULL, 0), buf(SECBUFFER_STREAM, whole, 16 + n),
                           buf(SECBUFFER_EMPTY, NULL, 0) };
        memcpy(saved, whole, 16 + n);
        whole[5] ^= 1;
        assert_int_equal(DecryptMessage(&t.h[1], LIST(s), 0, NULL), SEC_E_MESSAGE_ALTERED);
        assert_null(s[0].pvBuffer);
        assert_int_equal(s[0].cbBuffer, 0);
        assert_int_equal(s[1].cbBuffer, 16 + n);
        assert_true(all(whole, 16 + n, 0));
        memcpy(whole, saved, 16 + n);
        assert_int_equal(DecryptMessage(&t.h[1], LIST(s), 0, NULL), SEC_E_OK);
        assert_ptr_equal(s[0].pvBuffer, whole + 16);
        assert_int_equal(s[0].cbBuffer, n);
        assert_true(all(s[0].pvBuffer, n, 'x'));
    }
    for (size_t n = 0; n < 16; n++) {
        SecBuffer s[2] = { buf(SECBUFFER_STREAM, edge_last(&t.e[0], n), n), buf(SECBUFFER_DATA, NULL, 0) };
        assert_int_equal(DecryptMessage(&t.h[1], LIST(s), 0, NULL), SEC_E_INVALID_TOKEN);
    }
    talk_goes_on(&t);
    talk_close(&t);
}

/* READONLY_WITH_CHECKSUM is signed and left; NTLM does the same to READONLY. Neither is written to, here or there. */
static void test_read_only(void **state)
{
    static const uint32_t kinds[] = { SECBUFFER_READONLY, SECBUFFER_READONLY_WITH_CHECKSUM };
    talk t;
    (void)state;
    talk_open(&t, SEAL);
    for (size_t k = 0; k < 2; k++)
        for (int bad = 0; bad < 2; bad++) {
            SecBuffer b[4];
            plain_list(&t, 20, b);
            b[2] = buf(SECBUFFER_DATA | kinds[k], memset(edge_last(&t.e[2], 9), 'h', 9), 9);
            b[3] = buf(SECBUFFER_DATA | kinds[k], edge_last(&t.e[2], 0), 0);
            edge_writable(&t.e[2], false);
            assert_int_equal(EncryptMessage(&t.h[0], 0, LIST(b), 0), SEC_E_OK);
            assert_int_equal(b[2].BufferType, SECBUFFER_DATA | kinds[k]);
            edge_writable(&t.e[2], true);
            uint8_t saved[20], token[16];
            memcpy(saved, b[1].pvBuffer, 20);
            memcpy(token, b[0].pvBuffer, 16);
            edge_last(&t.e[2], 9)[3] ^= (uint8_t)bad;
            edge_writable(&t.e[2], false);
            assert_int_equal(DecryptMessage(&t.h[1], LIST(b), 0, NULL), bad ? SEC_E_MESSAGE_ALTERED : SEC_E_OK);
            assert_true(all(b[1].pvBuffer, 20, bad ? 0 : 't'));
            edge_writable(&t.e[2], true);
            if (!bad)
                continue;
            edge_last(&t.e[2], 9)[3] ^= 1;
            memcpy(b[1].pvBuffer, saved, 20);
            memcpy(b[0].pvBuffer, token, 16);
            assert_int_equal(DecryptMessage(&t.h[1], LIST(b), 0, NULL), SEC_E_OK);
            assert_true(all(b[1].pvBuffer, 20, 't'));
        }
    talk_close(&t);
}

/* Signatures read only, and leave pfQOP as it was; what fails stays legible, because it was never secret. */
static void test_signatures_write_nothing(void **state)
{
    talk t;
    SecBuffer b[2];
    ULONG qop = 99;
    (void)state;
    talk_open(&t, SIGN);
    plain_list(&t, 77, b);
    edge_writable(&t.e[1], false);
    assert_int_equal(MakeSignature(&t.h[0], 0, LIST(b), 0), SEC_E_OK);
    ((uint8_t *)b[0].pvBuffer)[6] ^= 4;
    edge_writable(&t.e[0], false);
    assert_int_equal(VerifySignature(&t.h[1], LIST(b), 0, &qop), SEC_E_MESSAGE_ALTERED);
    edge_writable(&t.e[0], true);
    ((uint8_t *)b[0].pvBuffer)[6] ^= 4;
    edge_writable(&t.e[0], false);
    assert_int_equal(VerifySignature(&t.h[1], LIST(b), 0, &qop), SEC_E_OK);
    assert_int_equal(VerifySignature(&t.h[1], LIST(b), 0, NULL), SEC_E_OUT_OF_SEQUENCE);
    assert_int_equal(qop, 99);
    assert_true(all(b[1].pvBuffer, 77, 't'));
    edge_writable(&t.e[0], true);
    edge_writable(&t.e[1], true);
    talk_goes_on(&t);
    talk_close(&t);
}

/* ---- quality ---- */

static void test_qop(void **state)
{
    static const ULONG none[] = { 1, SECQOP_WRAP_OOB_DATA, SECQOP_WRAP_OOB_DATA | 1, 0x80000000, 0xffffffff };
    talk t;
    SecBuffer b[2];
    ULONG qop = 5;
    (void)state;
    talk_open(&t, SEAL);
    plain_list(&t, 8, b);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_int_equal(EncryptMessage(&t.h[0], none[i], LIST(b), 0), SEC_E_QOP_NOT_SUPPORTED);
        assert_int_equal(MakeSignature(&t.h[0], none[i], LIST(b), 0), SEC_E_QOP_NOT_SUPPORTED);
    }
    assert_int_equal(MakeSignature(&t.h[0], SECQOP_WRAP_NO_ENCRYPT, LIST(b), 0), SEC_E_INVALID_TOKEN);
    assert_true(all(b[1].pvBuffer, 8, 't'));
    /* NTLM's signature is the same whether data was sealed with it: a context that seals must be told by VerifySignature */
    assert_int_equal(EncryptMessage(&t.h[0], SECQOP_WRAP_NO_ENCRYPT, LIST(b), 0), SEC_E_OK);
    assert_true(all(b[1].pvBuffer, 8, 't'));
    assert_int_equal(VerifySignature(&t.h[1], LIST(b), 0, NULL), SEC_E_OK);
    assert_int_equal(EncryptMessage(&t.h[0], SECQOP_WRAP_NO_ENCRYPT, LIST(b), 0), SEC_E_OK);
    assert_int_equal(DecryptMessage(&t.h[1], LIST(b), 0, &qop), SEC_E_MESSAGE_ALTERED);
    assert_int_equal(qop, 5);
    talk_close(&t);
}

/* Without confidentiality nothing is encrypted, and nothing passes for it. [CR-8] */
static void test_signing_only(void **state)
{
    talk t;
    SecBuffer b[2];
    ULONG qop = 5;
    (void)state;
    talk_open(&t, SIGN);
    plain_list(&t, 8, b);
    memset(b[0].pvBuffer, 0x77, 16);
    assert_int_equal(EncryptMessage(&t.h[0], 0, LIST(b), 0), SEC_E_QOP_NOT_SUPPORTED);
    assert_true(all(b[0].pvBuffer, 16, 0x77));
    assert_int_equal(EncryptMessage(&t.h[0], SECQOP_WRAP_NO_ENCRYPT, LIST(b), 0), SEC_E_OK);
    assert_true(all(b[1].pvBuffer, 8, 't'));
    assert_int_equal(DecryptMessage(&t.h[1], LIST(b), 0, &qop), SEC_E_OK);
    assert_int_equal(qop, SECQOP_WRAP_NO_ENCRYPT);
    assert_true(all(b[1].pvBuffer, 8, 't'));
    talk_goes_on(&t);
    talk_close(&t);
}

static void test_no_protection_at_all(void **state)
{
    talk t;
    SecBuffer b[2];
    (void)state;
    talk_open(&t, 0);
    plain_list(&t, 8, b);
    assert_int_equal(MakeSignature(&t.h[0], 0, LIST(b), 0), SEC_E_QOP_NOT_SUPPORTED);
    assert_int_equal(EncryptMessage(&t.h[0], 0, LIST(b), 0), SEC_E_QOP_NOT_SUPPORTED);
    assert_int_equal(EncryptMessage(&t.h[0], SECQOP_WRAP_NO_ENCRYPT, LIST(b), 0), SEC_E_QOP_NOT_SUPPORTED);
    assert_int_equal(VerifySignature(&t.h[1], LIST(b), 0, NULL), SEC_E_QOP_NOT_SUPPORTED);
    assert_int_equal(DecryptMessage(&t.h[1], LIST(b), 0, NULL), SEC_E_QOP_NOT_SUPPORTED);
    assert_true(all(b[1].pvBuffer, 8, 't'));
    talk_close(&t);
}

/* No message costs memory. */
static void test_allocates_nothing(void **state)
{
    talk t;
    SecBuffer b[2];
    (void)state;
    talk_open(&t, SEAL);
    t.p.t.dry = true;
    size_t before = atomic_load(&t.p.t.allocs);
    for (int i = 0; i < 50; i++) {
        plain_list(&t, 500, b);
        assert_int_equal(EncryptMessage(&t.h[0], 0, LIST(b), 0), SEC_E_OK);
        assert_int_equal(DecryptMessage(&t.h[1], LIST(b), 0, NULL), SEC_E_OK);
        talk_goes_on(&t);
    }
    assert_int_equal(atomic_load(&t.p.t.allocs), before);
    t.p.t.dry = false;
    talk_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_signatures_write_nothing),
        cmocka_unit_test(test_qop),
        cmocka_unit_test(test_signing_only),
        cmocka_unit_test(test_no_protection_at_all),
        cmocka_unit_test(test_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
