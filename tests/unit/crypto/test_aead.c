#include <crypto/aead.h>
#include <string.h>
#include <support/test.h>
#include <support/vectors.h>

typedef struct message {
    uint8_t key[32], iv[12], aad[32], plain[64], sealed[64], tag[16];
    size_t n, n_aad;
} message;

static size_t maybe(const vector *v, const char *key, uint8_t *out, size_t cap)
{
    return vector_text(v, key) ? vector_hex(v, key, out, cap) : 0;
}

static void read_message(const vector *v, message *m)
{
    assert_int_equal(vector_hex(v, "key", m->key, 32), 32);
    assert_int_equal(vector_hex(v, "iv", m->iv, 12), 12);
    assert_int_equal(vector_hex(v, "tag", m->tag, 16), 16);
    m->n_aad = maybe(v, "aad", m->aad, sizeof m->aad);
    m->n = maybe(v, "plain", m->plain, sizeof m->plain);
    assert_int_equal(maybe(v, "sealed", m->sealed, sizeof m->sealed), m->n);
}

static troth_status open_it(const message *m, uint8_t *data)
{
    memcpy(data, m->sealed, m->n);
    return troth_aead_open(m->key, m->iv, (troth_bytes){ m->aad, m->n_aad }, data, m->n, m->tag);
}

static void one(const vector *v, void *arg)
{
    message m;
    uint8_t data[64], tag[16];
    (void)arg;
    read_message(v, &m);
    memcpy(data, m.plain, m.n);
    assert_int_equal(troth_aead_seal(m.key, m.iv, (troth_bytes){ m.aad, m.n_aad }, data, m.n, tag), TROTH_OK);
    assert_memory_equal(data, m.sealed, m.n);
    assert_memory_equal(tag, m.tag, 16);
    assert_int_equal(open_it(&m, data), TROTH_OK);
    assert_memory_equal(data, m.plain, m.n);
}

/* Each bit of each part counts, and nothing of the plaintext is left where the tag does not fit. */
static void flipped(const vector *v, void *arg)
{
    static const uint8_t none[64];
    message m;
    uint8_t data[64];
    (void)arg;
    read_message(v, &m);
    const struct {
        uint8_t *at;
        size_t n;
    } parts[] = { { m.key, 32 }, { m.iv, 12 }, { m.aad, m.n_aad }, { m.sealed, m.n }, { m.tag, 16 } };
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
        for (size_t bit = 0; bit < parts[p].n * 8; bit++) {
            parts[p].at[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(open_it(&m, data), TROTH_BAD_MIC);
            assert_memory_equal(data, none, m.n);
            parts[p].at[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
}

static void vectors(void **state)
{
    (void)state;
    vectors_each("crypto/aes_gcm.txt", one, NULL);
}

static void flips(void **state)
{
    (void)state;
    vectors_each("crypto/aes_gcm.txt", flipped, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(vectors), cmocka_unit_test(flips) };
    return cmocka_run_group_tests_name("crypto/aead", tests, NULL, NULL);
}
