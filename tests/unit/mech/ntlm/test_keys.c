#include <crypto/rc4.h>
#include <mech/ntlm/keys.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

static const uint8_t server_challenge[8] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
static const uint8_t client_challenge[8] = { 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa };

static void ntowf(const vector *v)
{
    uint8_t hash[16], domain[64], want[16], got[16];
    vector_hex(v, "nt_hash", hash, 16);
    size_t n = vector_hex(v, "domain", domain, sizeof domain);
    vector_hex(v, "key", want, 16);
    assert_int_equal(troth_ntlm_nt_hash((troth_bytes){ (const uint8_t *)"Password", 8 }, got), TROTH_OK);
    assert_memory_equal(got, hash, 16);
    static const char *const names[] = { "User", "USER", "user" };
    for (size_t i = 0; i < 3; i++) { /* the user's name is folded */
        assert_int_equal(troth_ntlm_ntowfv2(hash, names[i], (troth_bytes){ domain, n }, got), TROTH_OK);
        assert_memory_equal(got, want, 16);
    }
    domain[0] ^= 0x20; /* the domain's is not */
    assert_int_equal(troth_ntlm_ntowfv2(hash, "User", (troth_bytes){ domain, n }, got), TROTH_OK);
    assert_memory_not_equal(got, want, 16);
}

static void proof(const vector *v)
{
    uint8_t key[16], temp[128], want[24], got[24], base[16], exported[16];
    unhex("0c868a403bfd7a93a3001ef22ef02e3f", key, 16);
    size_t n = vector_hex(v, "temp", temp, sizeof temp);
    vector_hex(v, "proof", want, 16);
    troth_ntlm_proof(key, server_challenge, (troth_bytes){ temp, n }, got);
    assert_memory_equal(got, want, 16);
    vector_hex(v, "base", want, 16);
    troth_ntlm_session_base_key(key, got, base);
    assert_memory_equal(base, want, 16);
    vector_hex(v, "lmv2", want, 24);
    troth_ntlm_lmv2(key, server_challenge, client_challenge, got);
    assert_memory_equal(got, want, 24);
    vector_hex(v, "encrypted", want, 16);
    memset(exported, 0x55, 16);
    troth_rc4_once(base, exported, 16);
    assert_memory_equal(exported, want, 16);
}

static void sealing(const vector *v)
{
    uint8_t flags[4], exported[16], want[16], got[16];
    vector_hex(v, "flags", flags, 4);
    vector_hex(v, "exported", exported, 16);
    uint32_t bits = (uint32_t)flags[0] << 24 | (uint32_t)flags[1] << 16 | (uint32_t)flags[2] << 8 | flags[3];
    vector_hex(v, "seal", want, 16);
    troth_ntlm_seal_key(bits, exported, TROTH_NTLM_CLIENT, got);
    assert_memory_equal(got, want, 16);
    troth_ntlm_seal_key(bits, exported, TROTH_NTLM_SERVER, got);
    assert_memory_not_equal(got, want, 16);
    vector_hex(v, "sign", want, 16);
    troth_ntlm_sign_key(exported, TROTH_NTLM_CLIENT, got);
    assert_memory_equal(got, want, 16);
    troth_ntlm_sign_key(exported, TROTH_NTLM_SERVER, got);
    assert_memory_not_equal(got, want, 16);
}

static void one(const vector *v, void *arg)
{
    unsigned *seen = arg;
    if (vector_text(v, "nt_hash"))
        ntowf(v), *seen |= 1;
    else if (vector_text(v, "temp"))
        proof(v), *seen |= 2;
    else
        sealing(v), *seen |= 4;
}

static void test_vectors(void **state)
{
    (void)state;
    unsigned seen = 0;
    vectors_each("ntlm/keys.txt", one, &seen);
    assert_int_equal(seen, 7);
}

static void test_limits(void **state)
{
    (void)state;
    char long_name[600];
    uint8_t got[16] = { 7 }, hash[16] = { 0 };
    memset(long_name, 'a', sizeof long_name);
    long_name[sizeof long_name - 1] = 0;
    assert_int_equal(troth_ntlm_nt_hash((troth_bytes){ (uint8_t *)long_name, 599 }, got), TROTH_LIMIT);
    assert_int_equal(troth_ntlm_ntowfv2(hash, long_name, (troth_bytes){ 0 }, got), TROTH_LIMIT);
    assert_int_equal(troth_ntlm_nt_hash((troth_bytes){ (const uint8_t *)"\xc3", 1 }, got), TROTH_MALFORMED);
    assert_int_equal(got[0], 7);
    assert_int_equal(troth_ntlm_nt_hash((troth_bytes){ 0 }, got), TROTH_OK); /* MD4 of nothing */
    unhex("31d6cfe0d16ae931b73c59d7e0c089c0", hash, 16);
    assert_memory_equal(got, hash, 16);
}

/* The MIC field itself counts as zero, every other octet of all three messages counts. [MS-NLMP 3.1.5.1.2] */
static void test_mic(void **state)
{
    (void)state;
    uint8_t key[16] = { 1 }, neg[40] = { 2 }, chal[60] = { 3 }, auth[100] = { 4 }, want[16], got[16];
    const troth_bytes n = { neg, sizeof neg }, c = { chal, sizeof chal }, a = { auth, sizeof auth };
    troth_ntlm_mic(key, n, c, a, want);
    for (size_t i = 0; i < sizeof auth; i++) {
        auth[i] ^= 1;
        troth_ntlm_mic(key, n, c, a, got);
        assert_int_equal(!memcmp(got, want, 16), i >= 72 && i < 88);
        auth[i] ^= 1;
    }
    neg[39] ^= 1;
    troth_ntlm_mic(key, n, c, a, got);
    assert_memory_not_equal(got, want, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_mic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
