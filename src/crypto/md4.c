#include <crypto/md4.h>
#include <string.h>

static uint32_t rotl(uint32_t v, unsigned n)
{
    return v << n | v >> (32 - n);
}

static uint32_t load(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t mix(unsigned round, uint32_t x, uint32_t y, uint32_t z)
{
    if (round == 0)
        return (x & y) | (~x & z);
    return round == 1 ? (x & y) | (x & z) | (y & z) : x ^ y ^ z;
}

/* One block. The word order of each round is RFC 1320 3.4's. */
static void block(uint32_t h[4], const uint8_t *p)
{
    static const uint8_t order[3][16] = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
                                          { 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15 },
                                          { 0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15 } };
    static const uint8_t shift[3][4] = { { 3, 7, 11, 19 }, { 3, 5, 9, 13 }, { 3, 9, 11, 15 } };
    static const uint32_t add[3] = { 0, 0x5a827999, 0x6ed9eba1 };
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], x[16];
    for (unsigned i = 0; i < 16; i++)
        x[i] = load(p + 4 * i);
    for (unsigned i = 0; i < 48; i++) {
        unsigned round = i / 16;
        uint32_t t = rotl(a + mix(round, b, c, d) + x[order[round][i % 16]] + add[round], shift[round][i % 4]);
        a = d;
        d = c;
        c = b;
        b = t;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    troth_wipe(x, sizeof x);
}

void troth_md4_init(troth_md4 *s)
{
    *s = (troth_md4){ .h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 } };
}

void troth_md4_update(troth_md4 *s, const void *data, size_t n)
{
    const uint8_t *p = data;
    while (n) {
        size_t at = s->n % 64, take = 64 - at < n ? 64 - at : n;
        memcpy(s->buf + at, p, take);
        s->n += take;
        p += take;
        n -= take;
        if (at + take == 64)
            block(s->h, s->buf);
    }
}

void troth_md4_final(troth_md4 *s, uint8_t ret[16])
{
    static const uint8_t pad[64] = { 0x80 };
    uint8_t bits[8];
    for (unsigned i = 0; i < 8; i++)
        bits[i] = (uint8_t)(s->n * 8 >> 8 * i);
    size_t at = s->n % 64;
    troth_md4_update(s, pad, at < 56 ? 56 - at : 120 - at);
    troth_md4_update(s, bits, 8);
    for (unsigned i = 0; i < 16; i++)
        ret[i] = (uint8_t)(s->h[i / 4] >> 8 * (i % 4));
    troth_wipe(s, sizeof *s);
}
