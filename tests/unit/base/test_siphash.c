#include <base/siphash.h>
#include <stdlib.h>
#include <string.h>
#include <support/test.h>
#include <support/vectors.h>

static void one(const vector *v, void *arg)
{
    unsigned *n = arg;
    uint8_t key[16], want[8], got[8];
    size_t len = (size_t)strtoul(vector_text(v, "length"), NULL, 10);
    for (size_t i = 0; i < 16; i++)
        key[i] = (uint8_t)i;
    uint8_t *in = malloc(len ? len : 1); /* exact, for the sanitizer */
    for (size_t i = 0; i < len; i++)
        in[i] = (uint8_t)i;
    assert_int_equal(vector_hex(v, "out", want, 8), 8);
    uint64_t h = troth_siphash(key, in, len);
    for (size_t i = 0; i < 8; i++)
        got[i] = (uint8_t)(h >> 8 * i);
    assert_memory_equal(got, want, 8);
    free(in);
    ++*n;
}

static void reference(void **state)
{
    (void)state;
    unsigned n = 0;
    vectors_each("base/siphash.txt", one, &n);
    assert_int_equal(n, 64);
}

/* The paper's own example, appendix A: 15 octets, a129ca6149be45e5. */
static void the_paper(void **state)
{
    (void)state;
    uint8_t key[16], in[15];
    for (size_t i = 0; i < 16; i++)
        key[i] = (uint8_t)i;
    memcpy(in, key, 15);
    assert_true(troth_siphash(key, in, 15) == 0xa129ca6149be45e5);
    key[15] ^= 1;
    assert_true(troth_siphash(key, in, 15) != 0xa129ca6149be45e5);
    assert_true(troth_siphash(key, NULL, 0) == troth_siphash(key, in, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(reference), cmocka_unit_test(the_paper) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
