/* fuzz/fuzz.h: what a target defines, and a few things that targets share. */
#ifndef TROTH_FUZZ_H
#define TROTH_FUZZ_H

#include <stdlib.h>
#include <string.h>
#include <troth/types.h>

/*
 * One file of fuzz/fuzz_<name>.c defines this and nothing else; the name of the target is added to fuzz/meson.build.
 * Whatever the input, it must answer 0: a target finds fault by the sanitizer, or by fuzz_demand.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact copy in a heap block of its own, so that the sanitizer sees an over-read of one octet; free it. */
static inline uint8_t *fuzz_copy(const uint8_t *data, size_t size)
{
    uint8_t *p = calloc(1, size ? size : 1);
    if (!p)
        abort();
    if (size)
        memcpy(p, data, size);
    return p;
}

/* What must be true for any input. */
static inline void fuzz_demand(bool truth)
{
    if (!truth)
        abort();
}

/* Look at every octet of a view, which must lie within the n octets at p. */
static inline void fuzz_view(troth_bytes view, const uint8_t *p, size_t n)
{
    volatile uint8_t sink = 0;
    if (!view.len)
        return;
    fuzz_demand(view.data >= p && view.len <= n && (size_t)(view.data - p) <= n - view.len);
    for (size_t i = 0; i < view.len; i++)
        sink = (uint8_t)(sink ^ view.data[i]);
}

#endif
