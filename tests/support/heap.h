/*
 * support/heap.h: looking for secrets in the whole heap, freed blocks of ours, of libc and of other libraries included.
 * Means nothing under a sanitizer, which has a heap of its own.
 */
#ifndef TESTS_HEAP_H
#define TESTS_HEAP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is looked for lies here masked, so as not to be found itself. */
typedef struct heap_secret {
    const char *name;
    uint8_t masked[64];
    size_t n;
} heap_secret;

heap_secret heap_hide(const char *name, const void *p, size_t n);
/* How often it lies in the heap. */
size_t heap_count(const heap_secret *w);
/* True when there is no heap to look through. */
bool heap_is_sanitized(void);
#endif
