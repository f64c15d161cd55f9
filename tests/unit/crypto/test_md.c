/* MD4 and MD5. */
#include <crypto/md4.h>
#include <crypto/md5.h>
#include <string.h>
#include <support/hex.h>
#include <support/test.h>
#include <support/vectors.h>

/* The two digests behave alike; only their numbers differ. */
typedef union context {
    troth_md4 md4;
    troth_md5 md5;
} context;

typedef struct digest {
    const char *vectors, *million;
    size_t size;
    void (*init)(context *), (*update)(context *, const void *, size_t), (*final)(context *, uint8_t[16]);
} digest;

static void md4_init(context *c)
{
    troth_md4_init(&c->md4);
}

static void md4_update(context *c, const void *p, size_t n)
{
    troth_md4_update(&c->md4, p, n);
}

static void md4_final(context *c, uint8_t ret[16])
{
    troth_md4_final(&c->md4, ret);
}

static void md5_init(context *c)
{
    troth_md5_init(&c->md5);
}

static void md5_update(context *c, const void *p, size_t n)
{
    troth_md5_update(&c->md5, p, n);
}

static void md5_final(context *c, uint8_t ret[16])
{
    troth_md5_final(&c->md5, ret);
}

static const digest digests[] = {
    { "crypto/md4.txt", "bbce80cc6bb65e5c6745e30d4eeca9a4", sizeof(troth_md4), md4_init, md4_update, md4_final },
    { "crypto/md5.txt", "7707d6ae4e027c70eea2a935c2296f21", sizeof(troth_md5), md5_init, md5_update, md5_final },
};

enum { DIGESTS = sizeof digests / sizeof *digests };

/* Whole, octet by octet, and cut at every place: all three ways give the digest. */
static void one(const vector *v, void *arg)
{
    static const context zero;
    const digest *d = arg;
    context c;
    uint8_t in[128], want[16], got[16];
    size_t n = vector_hex(v, "hex", in, sizeof in);
    assert_int_equal(vector_hex(v, "digest", want, 16), 16);
    for (size_t cut = 0; cut <= n; cut++) {
        d->init(&c);
        d->update(&c, in, cut);
        d->update(&c, in + cut, n - cut);
        d->final(&c, got);
        assert_memory_equal(got, want, 16);
        assert_memory_equal(&c, &zero, d->size);
    }
    d->init(&c);
    for (size_t i = 0; i < n; i++)
        d->update(&c, in + i, 1);
    d->final(&c, got);
    assert_memory_equal(got, want, 16);
}

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < DIGESTS; i++)
        vectors_each(digests[i].vectors, one, (void *)(uintptr_t)&digests[i]);
}

/* Messages around the padding's edges, in three pieces, against the same message at once. */
static void test_lengths(void **state)
{
    (void)state;
    uint8_t in[300];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7);
    for (const digest *d = digests; d < digests + DIGESTS; d++)
        for (size_t n = 0; n <= sizeof in; n++) {
            uint8_t a[16], b[16];
            context c;
            d->init(&c);
            d->update(&c, in, n);
            d->final(&c, a);
            d->init(&c);
            d->update(&c, in, n / 3);
            d->update(&c, in + n / 3, n / 2 - n / 3);
            d->update(&c, in + n / 2, n - n / 2);
            d->final(&c, b);
            assert_memory_equal(a, b, 16);
        }
}

/* A million times "a", as the digests' own reference programs print it. */
static void test_million(void **state)
{
    (void)state;
    uint8_t want[16], got[16], as[1000];
    memset(as, 'a', sizeof as);
    for (const digest *d = digests; d < digests + DIGESTS; d++) {
        context c;
        unhex(d->million, want, 16);
        d->init(&c);
        for (unsigned i = 0; i < 1000; i++)
            d->update(&c, as, sizeof as);
        d->final(&c, got);
        assert_memory_equal(got, want, 16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_million),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
