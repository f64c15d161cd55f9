/*
 * support/env.h: the test environment. It can fail the n-th allocation, counts what is held, gives repeatable
 * randomness and a settable clock, and looks for secrets in every block that is released and, at the end, in all that
 * was not.
 */
#ifndef TESTS_ENV_H
#define TESTS_ENV_H
#include <stdatomic.h>
#include <stdbool.h>
#include <troth/env.h>

typedef struct test_env {
    troth_env env;            /* hand &t.env to the code under test */
    atomic_size_t allocs;     /* calls of alloc so far              */
    size_t fail_at;           /* 1 = the first; 0 = never           */
    bool dry;                 /* all of them fail                   */
    atomic_size_t held, peak; /* octets allocated and not released  */
    atomic_size_t blocks;
    uint64_t wall; /* 0: the real clock                  */
    uint64_t seed; /* of the repeatable randomness; 0: real randomness */
    const void *secrets[8];
    size_t secret_len[8];
    size_t n_secrets;
    atomic_size_t leaks; /* secrets seen in a block at release */
} test_env;

void test_env_init(test_env *t);
/* Octets that must never be found in released memory. Borrowed. */
void test_env_secret(test_env *t, const void *p, size_t n);
/* Fails the cmocka test unless every block was released and no secret was seen. */
void test_env_check(test_env *t);
#endif
