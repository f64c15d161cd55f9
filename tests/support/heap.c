#include <stdio.h>
#include <string.h>
#include <support/heap.h>
#include <support/test.h>

enum { MASK = 0x5a };

heap_secret heap_hide(const char *name, const void *p, size_t n)
{
    heap_secret w = { .name = name, .n = n };
    assert_true(n >= 8 && n <= sizeof w.masked);
    for (size_t i = 0; i < n; i++)
        w.masked[i] = (uint8_t)(((const uint8_t *)p)[i] ^ MASK);
    return w;
}

static size_t count_in(const uint8_t *from, const uint8_t *to, const heap_secret *w)
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

size_t heap_count(const heap_secret *w)
{
    char line[512];
    size_t found = 0;
    uintptr_t from, to;
    FILE *f = fopen("/proc/self/maps", "re");
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        if (strstr(line, "[heap]") && sscanf(line, "%lx-%lx", &from, &to) == 2)
            found += count_in((const uint8_t *)from, (const uint8_t *)to, w);
    fclose(f);
    return found;
}

bool heap_is_sanitized(void)
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
