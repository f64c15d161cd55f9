#include <nns/errpayload.h>
#include <stdlib.h>
#include <string.h>
#include <support/env.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

static uint32_t number(const vector *v, const char *key)
{
    return (uint32_t)strtoul(vector_text(v, key), NULL, 16);
}

static void any_header(const uint8_t *p, size_t n, void *arg)
{
    troth_nns_header h = { 0 };
    troth_reader r = troth_reader_of(p, n, TROTH_LE);
    troth_status st = troth_nns_header_read(&r, &h);
    (void)arg;
    assert_int_equal(st, n < TROTH_NNS_HEADER_LEN ? TROTH_TRUNCATED : TROTH_OK);
    if (!st)
        assert_int_equal(h.payload_size, p[3] << 8 | p[4]);
    assert_int_equal(troth_read_left(&r), st ? n : n - TROTH_NNS_HEADER_LEN);
}

/* NNS-1, NNS-2 */
static void one_header(const vector *v, void *arg)
{
    uint8_t raw[32];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    troth_nns_header h;
    troth_reader r = troth_reader_of(raw, n, TROTH_LE);
    assert_int_equal(troth_nns_header_read(&r, &h), TROTH_OK);
    assert_int_equal(h.message_id, number(v, "id"));
    assert_int_equal(h.payload_size, number(v, "size"));
    vectors_mutate(raw, n, any_header, arg);
}

static void test_header(void **state)
{
    vectors_each("nns/handshake.txt", one_header, state);
}

static void test_write(void **state)
{
    static uint8_t big[TROTH_NNS_PAYLOAD_MAX + 1];
    test_env env;
    troth_queue q;
    (void)state;
    test_env_init(&env);
    troth_queue_init(&q, &env.env, 200000);
    assert_int_equal(troth_nns_frame_write(&q, TROTH_NNS_IN_PROGRESS, (troth_bytes){ (const uint8_t *)"NTLM", 4 }),
                     TROTH_OK);
    assert_int_equal(troth_nns_frame_write(&q, TROTH_NNS_DONE, (troth_bytes){ NULL, 0 }), TROTH_OK);
    assert_int_equal(troth_queue_len(&q), 14);
    assert_memory_equal(troth_queue_at(&q), "\x16\1\0\0\4NTLM\x14\1\0\0\0", 14);
    /* a token that two octets of size cannot say is not sent */
    assert_int_equal(troth_nns_frame_write(&q, TROTH_NNS_DONE, (troth_bytes){ big, sizeof big }), TROTH_LIMIT);
    assert_int_equal(troth_queue_len(&q), 14);
    assert_int_equal(troth_nns_frame_write(&q, TROTH_NNS_DONE, (troth_bytes){ big, sizeof big - 1 }), TROTH_OK);
    assert_memory_equal(troth_queue_at(&q) + 14, "\x14\1\0\xff\xff", 5);
    troth_queue_clear(&q);
    test_env_check(&env);
}

static void any_payload(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    uint32_t code = troth_nns_errpayload_read((troth_bytes){ p, n });
    if (n < TROTH_NNS_ERROR_LEN)
        assert_int_equal(code, 0);
}

/* How .NET reads: a 64-bit number, cast to an int. */
static uint32_t dotnet(const uint8_t *p, bool little)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v |= (uint64_t)p[i] << 8 * (little ? i : 7 - i);
    return (uint32_t)v;
}

static void one_error(const vector *v, void *arg)
{
    uint8_t raw[16], ours[8];
    size_t n = vector_hex(v, "hex", raw, sizeof raw);
    uint32_t code = number(v, "code");
    const char *layout = vector_text(v, "layout");
    assert_int_equal(troth_nns_errpayload_read((troth_bytes){ raw, n }), code);
    if (layout) {
        troth_nns_errpayload_write(code,
                                   !strcmp(layout, "both") ? TROTH_NNS_ERROR_BOTH
                                   : !strcmp(layout, "be") ? TROTH_NNS_ERROR_BE
                                                           : TROTH_NNS_ERROR_LE,
                                   ours);
        assert_memory_equal(ours, raw, 8);
    }
    if (vector_text(v, "dotnet7"))
        assert_int_equal(dotnet(raw, false), number(v, "dotnet7"));
    if (vector_text(v, "dotnet8"))
        assert_int_equal(dotnet(raw, true), number(v, "dotnet8"));
    vectors_mutate(raw, n, any_payload, arg);
}

static void test_error_payload(void **state)
{
    vectors_each("nns/error.txt", one_error, state);
}

/* Each layout reads back as what was written, for every code that is sent. */
static void test_error_round_trip(void **state)
{
    (void)state;
    for (int st = TROTH_INVALID; st < TROTH_STATUS_COUNT; st++) {
        uint32_t code = troth_nns_wire_code((troth_status)st);
        assert_true(code == 0x6fe || code >> 16 == 0x8009);
        for (int layout = TROTH_NNS_ERROR_BOTH; layout <= TROTH_NNS_ERROR_LE; layout++) {
            uint8_t raw[8];
            troth_nns_errpayload_write(code, (troth_nns_error_layout)layout, raw);
            assert_int_equal(troth_nns_errpayload_read((troth_bytes){ raw, 8 }), code);
        }
    }
    static const troth_status trust[] = { TROTH_TOO_LOW, TROTH_BAD_BINDINGS, TROTH_TARGET_UNKNOWN };
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(troth_nns_wire_code(trust[i]), 0x6fe);
    assert_int_equal(troth_nns_wire_code(TROTH_DENIED), 0x8009030c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_error_payload),
        cmocka_unit_test(test_error_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
