/*
 * EncryptMessage, DecryptMessage and handshakes: bench_sspi PACKAGE TARGET [ROUNDS [MILLISECONDS]]. Over Kerberos bare
 * GSS-API is measured in turn with it, for Schannel bare OpenSSL (TARGET is a PEM file); WinPR exports the same names, so it is a program of its own (bench_sspi_winpr).
 *
 * A JSON line for each round; seconds are of this thread's CPU time, allocations those that malloc counts.
 */
#include "sspi_side.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOTS_MAX = 64 };

static const size_t sizes[] = { 64, 1024, 16384, 65536 };
enum { SIZES = sizeof sizes / sizeof *sizes };
static slot *slots;

void bench_die(const char *what, unsigned long a, unsigned long b)
{
    fprintf(stderr, "bench_sspi: %s (%lx, %lx)\n", what, a, b);
    exit(1);
}

/* ---- what malloc is asked for: an executable's own definitions count for every library in the process ---- */

static struct count {
    size_t blocks, octets;
} count;

#ifndef WITH_SANITIZER /* it has definitions of its own */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

static void counted(size_t n)
{
    count.blocks++;
    count.octets += n;
}

void *malloc(size_t n)
{
    counted(n);
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    counted(n * size);
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    counted(n);
    return __libc_realloc(p, n);
}

int posix_memalign(void **ret, size_t align, size_t n)
{
    counted(n);
    *ret = __libc_memalign(align, n);
    return *ret ? 0 : ENOMEM;
}

void *aligned_alloc(size_t align, size_t n)
{
    counted(n);
    return __libc_memalign(align, n);
}

#endif

/* ---- figures ---- */

typedef struct figure {
    double spent;
    size_t times;
    struct count used;
} figure;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put(const char *name, const figure *f, const char *comma)
{
    printf("\"%s\": {\"per_s\": %.1f, \"blocks\": %.2f, \"octets\": %.1f}%s", name, (double)f->times / f->spent,
           (double)f->used.blocks / (double)f->times, (double)f->used.octets / (double)f->times, comma);
}

static void add(figure *f, double began, struct count before, size_t times)
{
    f->spent += now() - began;
    f->times += times;
    f->used.blocks += count.blocks - before.blocks;
    f->used.octets += count.octets - before.octets;
}

/* Some messages in a row, all sealed, then all opened. */
static void batch(const side *s, size_t n, figure *seal, figure *open)
{
    size_t messages = n <= 1024 ? SLOTS_MAX : SLOTS_MAX / 8;
    for (size_t i = 0; i < messages; i++) {
        slots[i].n = n;
        memset(slots[i].data, (int)('a' + i % 26), n);
    }
    struct count before = count;
    double began = now();
    for (size_t i = 0; i < messages; i++)
        s->seal(&slots[i]);
    add(seal, began, before, messages);
    before = count;
    began = now();
    for (size_t i = 0; i < messages; i++)
        s->open(&slots[i]);
    add(open, began, before, messages);
    if (strcmp(s->name, "sspi") == 0 && slots[messages - 1].data[n - 1] != 'a' + (messages - 1) % 26)
        bench_die("not what was sent", n, 0);
}

static void messages(const side *const *sides, size_t n_sides, size_t n, double seconds, figure seal[], figure open[])
{
    for (size_t k = 0; k < n_sides; k++)
        batch(sides[k], n, &(figure){ 0 }, &(figure){ 0 }); /* caches warm, lazily made keys made */
    while (seal[0].spent + open[0].spent < seconds)
        for (size_t k = 0; k < n_sides; k++)
            batch(sides[k], n, &seal[k], &open[k]);
}

static void one_round(const side *const *sides, size_t n_sides, size_t n_sizes, double seconds)
{
    figure shakes[2] = { 0 }, seal[SIZES][2] = { 0 }, open[SIZES][2] = { 0 };
    while (shakes[0].spent < seconds)
        for (size_t k = 0; k < n_sides; k++) {
            struct count before = count;
            double began = now();
            sides[k]->establish();
            add(&shakes[k], began, before, 1);
        }
    for (size_t i = 0; i < n_sizes; i++)
        messages(sides, n_sides, sizes[i], seconds, seal[i], open[i]);
    putchar('{');
    for (size_t k = 0; k < n_sides; k++) {
        printf("%s\"%s\": {", k ? ", " : "", sides[k]->name);
        put("handshakes", &shakes[k], "");
        for (size_t i = 0; i < n_sizes; i++) {
            printf(", \"%zu\": {", sizes[i]);
            put("encrypt", &seal[i][k], ", ");
            put("decrypt", &open[i][k], "}");
        }
        putchar('}');
    }
    puts("}");
    fflush(stdout);
}

int main(int argc, char **argv)
{
#ifdef PEER_WINPR
    const side *const sides[] = { &side_sspi };
    size_t n = 1, n_sizes = SIZES;
#else
    bool tls = argc > 1 && strcmp(argv[1], "Schannel") == 0;
    const side *const sides[] = { tls ? &side_schannel : &side_sspi, tls ? &side_openssl : &side_gss };
    size_t n = argc > 1 && strcmp(argv[1], "NTLM") == 0 ? 1 : 2,
           n_sizes = tls ? SIZES - 1 : SIZES; /* a record's most */
#endif
    int rounds = argc > 3 ? atoi(argv[3]) : 9;
    double seconds = (argc > 4 ? atof(argv[4]) : 60) / 1e3;
    if (argc < 3 || rounds < 1 || seconds <= 0) {
        fprintf(stderr, "usage: bench_sspi PACKAGE TARGET [ROUNDS [MILLISECONDS]]\n");
        return 2;
    }
    slots = calloc(SLOTS_MAX, sizeof *slots);
    if (!slots)
        bench_die("memory", 0, 0);
    for (size_t k = 0; k < n; k++) {
        sides[k]->acquire(argv[1], argv[2]);
        sides[k]->establish();
    }
    for (int r = 0; r < rounds; r++)
        one_round(sides, n, n_sizes, seconds);
    free(slots);
    return 0;
}
