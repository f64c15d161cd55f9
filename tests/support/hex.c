#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <support/hex.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t unhex(const char *hex, uint8_t *out, size_t cap)
{
    size_t n = 0;
    for (;;) {
        while (isspace((unsigned char)*hex))
            hex++;
        if (!*hex)
            return n;
        int hi = digit(hex[0]), lo = hi < 0 ? -1 : digit(hex[1]);
        if (lo < 0 || n == cap) {
            fprintf(stderr, "unhex: bad or too much hex at \"%.20s\"\n", hex);
            abort();
        }
        out[n++] = (uint8_t)(hi << 4 | lo);
        hex += 2;
    }
}

const char *hexof(const void *p, size_t n)
{
    static char text[4096];
    const uint8_t *at = p;
    size_t len = 0;
    text[0] = 0;
    for (size_t i = 0; i < n && len + 3 < sizeof text; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%02x", at[i]);
    return text;
}
