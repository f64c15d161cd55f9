/* support/edge.h: memory that ends where a page ends, with none behind it: one octet too far is a crash. */
#ifndef TESTS_EDGE_H
#define TESTS_EDGE_H
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <support/test.h>
#include <sys/mman.h>

enum { EDGE_PAGE = 4096, EDGE_ROOM = 16 * EDGE_PAGE };

typedef struct edge {
    uint8_t *base;
} edge;

static inline void edge_init(edge *e)
{
    e->base = mmap(NULL, EDGE_ROOM + EDGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(e->base != MAP_FAILED);
    assert_int_equal(mprotect(e->base + EDGE_ROOM, EDGE_PAGE, PROT_NONE), 0);
}

static inline void edge_clear(edge *e)
{
    assert_int_equal(munmap(e->base, EDGE_ROOM + EDGE_PAGE), 0);
}

/* The last n octets. */
static inline uint8_t *edge_last(edge *e, size_t n)
{
    assert_true(n <= EDGE_ROOM);
    return e->base + EDGE_ROOM - n;
}

static inline void edge_writable(edge *e, bool yes)
{
    assert_int_equal(mprotect(e->base, EDGE_ROOM, yes ? PROT_READ | PROT_WRITE : PROT_READ), 0);
}

/* A copy of octets, in the last ones. */
static inline uint8_t *edge_copy(edge *e, const void *p, size_t n)
{
    return n ? memcpy(edge_last(e, n), p, n) : edge_last(e, 0);
}

#endif
