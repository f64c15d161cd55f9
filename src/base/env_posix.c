#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <troth/env.h>

static void *alloc(void *self, size_t n)
{
    (void)self;
    return malloc(n);
}

static void release(void *self, void *p, size_t n)
{
    (void)self;
    (void)n;
    free(p);
}

static troth_status chance(void *self, uint8_t *out, size_t n)
{
    (void)self;
    while (n) { /* above 256 octets a signal may cut a call short */
        ssize_t got = getrandom(out, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return TROTH_NO_ENTROPY;
        out += got;
        n -= (size_t)got;
    }
    return TROTH_OK;
}

static uint64_t wall(void *self)
{
    (void)self;
    struct timespec ts;
    if (clock_gettime(CLOCK_REALTIME, &ts) || ts.tv_sec < 0)
        return UINT64_MAX; /* no clock: everything that can expire has expired */
    return (uint64_t)ts.tv_sec * 10000000u + (uint64_t)ts.tv_nsec / 100u;
}

static const troth_env posix = { alloc, release, chance, wall, NULL, NULL };

const troth_env *troth_env_posix(void)
{
    return &posix;
}
