/*
 * What stays in the heap when all is released: not the password, not the session key. The whole heap is looked through,
 * MIT's and libc's freed blocks included. Means nothing under a sanitizer, which has a heap of its own.
 */
#include <fcntl.h>
#include <krb/krb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MASK = 0x5a, KEY = 32 };

/* What is looked for lies here masked, so as not to be found itself. */
typedef struct wanted {
    uint8_t masked[64];
    size_t n;
} wanted;

static wanted hide(const void *p, size_t n)
{
    wanted w = { .n = n };
    for (size_t i = 0; i < n; i++)
        w.masked[i] = (uint8_t)(((const uint8_t *)p)[i] ^ MASK);
    return w;
}

static size_t count_in(const uint8_t *from, const uint8_t *to, const wanted *w)
{
    size_t found = 0;
    for (; from + w->n <= to; from++) {
        size_t i = 0;
        while (i < w->n && (from[i] ^ MASK) == w->masked[i])
            i++;
        found += i == w->n;
    }
    return found;
}

static size_t count_in_heap(const wanted *w)
{
    char line[512];
    size_t found = 0;
    uintptr_t from, to;
    FILE *f = fopen("/proc/self/maps", "re");
    while (fgets(line, sizeof line, f))
        if (strstr(line, "[heap]") && sscanf(line, "%lx-%lx", &from, &to) == 2)
            found += count_in((const uint8_t *)from, (const uint8_t *)to, w);
    fclose(f);
    return found;
}

static void test_heap(void **state)
{
    (void)state;
    uint8_t password[64];
    int fd = open(lab_file("alice.password"), O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, password, sizeof password) - 1;
    close(fd);
    assert_true(n > 8);
    troth_cred_source src = {
        .mech = "kerberos", .kind = TROTH_CRED_PASSWORD, .principal = "alice", .secret = { password, (size_t)n }
    };
    krb_pair p;
    troth_context_options init = krb_init_options(TROTH_F_MUTUAL | TROTH_F_CONFIDENTIALITY);
    troth_context_options accept = krb_accept_options();
    troth_bytes key;
    krb_pair_init_with(&p, &src, NULL);
    assert_true(krb_pair_run(&p, &init, &accept));
    assert_int_equal(troth_context_session_key(p.init, &key), TROTH_OK);
    const wanted secrets[] = { hide(password, (size_t)n), hide(key.data, key.len) };
    assert_true(count_in_heap(&secrets[1]) >= 2); /* the search finds what is there */
    krb_pair_clear(&p);
    assert_int_equal(count_in_heap(&secrets[0]), 0);
    assert_int_equal(count_in_heap(&secrets[1]), 0);
}

static bool sanitized(void)
{
#if defined __SANITIZE_ADDRESS__
    return true;
#elif defined __has_feature
#if __has_feature(address_sanitizer)
    return true;
#endif
#endif
    return false;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_heap) };
    if (sanitized()) {
        fprintf(stderr, "SKIP secrets: a sanitizer's heap is not the one to look through\n");
        return 77;
    }
    return krb_run("secrets", tests, 1);
}
