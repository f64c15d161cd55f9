/*
 * What hashing passwords costs: one check of a GSSUP store, by cost, beside the look-up that a context for reuse costs
 * instead (an HMAC over what it is compared by). One round of each in turn: bench_gssup [ROUNDS]
 *
 * Prints JSON: milliseconds of one check (median of the rounds, least and most), microseconds of one look-up.
 */
#include <crypto/hmac_sha.h>
#include <csiv2/gssup_store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS_MAX = 99, COSTS = 3, FIRST = 14, HMACS = 20000, ELEMENT = 97 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A store of one user whose hash fits nothing: a check costs the same. */
static double one_check(uint32_t ln, bool known)
{
    troth_gssup_hash hash = { .cost = { ln, 8, 1 }, .n_salt = 16, .n_hash = 32 };
    troth_gssup_user user = { .name = { (uint8_t *)(uintptr_t) "alice", 5 }, .hash = hash };
    const troth_gssup_store s = { .users = &user, .n = 1 };
    const char *name = known ? "alice" : "mallory";
    bool found = false;
    double start = now();
    if (troth_gssup_store_check(&s, (troth_bytes){ (const uint8_t *)name, strlen(name) },
                                (troth_bytes){ (const uint8_t *)"password", 8 }, &found) != TROTH_DENIED ||
        found != known)
        exit(1);
    return now() - start;
}

static double one_hmac(void)
{
    static uint8_t element[ELEMENT];
    uint8_t key[32] = { 1 }, out[TROTH_SHA_MAX];
    troth_hmac_sha_key k;
    troth_hmac_sha_key_init(&k, TROTH_SHA256, key, sizeof key);
    double start = now();
    for (unsigned i = 0; i < HMACS; i++) {
        troth_hmac_sha h;
        troth_hmac_sha_init(&h, &k);
        troth_hmac_sha_update(&h, element, sizeof element);
        troth_hmac_sha_final(&h, out);
        element[0] ^= out[0];
    }
    return (now() - start) / HMACS;
}

static void print(const char *name, double *values, size_t n, double scale, const char *end)
{
    qsort(values, n, sizeof *values, by_value);
    printf("  \"%s\": {\"median\": %.3f, \"least\": %.3f, \"most\": %.3f}%s\n", name, values[n / 2] * scale,
           values[0] * scale, values[n - 1] * scale, end);
}

int main(int argc, char **argv)
{
    static double known[COSTS][ROUNDS_MAX], unknown[COSTS][ROUNDS_MAX], hmac[ROUNDS_MAX];
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 9;
    char name[40];
    if (!rounds || rounds > ROUNDS_MAX)
        return 2;
    for (size_t i = 0; i < rounds; i++) {
        for (uint32_t c = 0; c < COSTS; c++) {
            known[c][i] = one_check(FIRST + c, true);
            unknown[c][i] = one_check(FIRST + c, false);
        }
        hmac[i] = one_hmac();
    }
    printf("{\n  \"rounds\": %zu,\n", rounds);
    for (uint32_t c = 0; c < COSTS; c++) {
        snprintf(name, sizeof name, "check_ln%u_ms", FIRST + c);
        print(name, known[c], rounds, 1, ",");
        snprintf(name, sizeof name, "check_ln%u_unknown_user_ms", FIRST + c);
        print(name, unknown[c], rounds, 1, ",");
    }
    print("hmac_lookup_us", hmac, rounds, 1000, "");
    printf("}\n");
    return 0;
}
