#include <base/utf16.h>

/*
 * Lower case letters first..last that have their upper case `by` further. step 2: every second one, as where upper and
 * lower alternate. Ascending, and not overlapping.
 */
typedef struct letters {
    uint16_t first, last;
    uint8_t step;
    int16_t by;
} letters;

/* clang-format off */
static const letters table[] = {
    { 0x0061, 0x007a, 1,  -32 }, /* ASCII                 */
    { 0x00e0, 0x00f6, 1,  -32 }, /* Latin-1               */
    { 0x00f8, 0x00fe, 1,  -32 },
    { 0x00ff, 0x00ff, 1,  121 },
    { 0x0101, 0x012f, 2,   -1 }, /* Latin Extended-A      */
    { 0x0133, 0x0137, 2,   -1 },
    { 0x013a, 0x0148, 2,   -1 },
    { 0x014b, 0x0177, 2,   -1 },
    { 0x017a, 0x017e, 2,   -1 },
    { 0x01a1, 0x01a1, 1,   -1 }, /* Vietnamese            */
    { 0x01b0, 0x01b0, 1,   -1 },
    { 0x0219, 0x021b, 2,   -1 }, /* Romanian              */
    { 0x03ac, 0x03ac, 1,  -38 }, /* Greek                 */
    { 0x03ad, 0x03af, 1,  -37 },
    { 0x03b1, 0x03c1, 1,  -32 },
    { 0x03c2, 0x03c2, 1,  -31 }, /* the final sigma       */
    { 0x03c3, 0x03cb, 1,  -32 },
    { 0x03cc, 0x03cc, 1,  -64 },
    { 0x03cd, 0x03ce, 1,  -63 },
    { 0x0430, 0x044f, 1,  -32 }, /* Cyrillic              */
    { 0x0450, 0x045f, 1,  -80 },
    { 0x0461, 0x0481, 2,   -1 },
    { 0x048b, 0x04bf, 2,   -1 },
    { 0x04c2, 0x04ce, 2,   -1 },
    { 0x04cf, 0x04cf, 1,  -15 },
    { 0x04d1, 0x04ff, 2,   -1 },
    { 0x1e01, 0x1e95, 2,   -1 }, /* Vietnamese and others */
    { 0x1ea1, 0x1ef9, 2,   -1 },
};
/* clang-format on */

uint32_t troth_utf_upper(uint32_t c)
{
    for (size_t i = 0; i < sizeof table / sizeof *table && c >= table[i].first; i++)
        if (c <= table[i].last)
            return (c - table[i].first) % table[i].step ? c : (uint32_t)((int32_t)c + table[i].by);
    return c;
}
