#include <crypto/md5.h>
#include <crypto/md5_steps.h>
#include <string.h>

#define TROTH_MD5_EACH(i) (void)0

static inline void block(uint32_t h[4], const uint8_t *p)
{
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], x[16];
    for (unsigned i = 0; i < 16; i++)
        x[i] = load(p + 4 * i);
    TROTH_MD5_STEPS();
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
}

void troth_md5_blocks(uint32_t h[4], const uint8_t *p, size_t blocks)
{
    for (; blocks; blocks--, p += 64)
        block(h, p);
}

void troth_md5_init(troth_md5 *s)
{
    *s = (troth_md5){ .h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 } };
}

void troth_md5_update(troth_md5 *s, const void *data, size_t n)
{
    const uint8_t *p = data;
    size_t at = s->n % 64;
    s->n += n;
    if (at && n >= 64 - at) { /* fill up the block that was begun */
        memcpy(s->buf + at, p, 64 - at);
        block(s->h, s->buf);
        p += 64 - at;
        n -= 64 - at;
        at = 0;
    }
    if (!at) {
        troth_md5_blocks(s->h, p, n / 64);
        p += n & ~(size_t)63;
        n %= 64;
    }
    if (n)
        memcpy(s->buf + at, p, n);
}

void troth_md5_final(troth_md5 *s, uint8_t ret[16])
{
    size_t at = s->n % 64;
    s->buf[at++] = 0x80;
    if (at > 56) {
        memset(s->buf + at, 0, 64 - at);
        block(s->h, s->buf);
        at = 0;
    }
    memset(s->buf + at, 0, 56 - at);
    for (unsigned i = 0; i < 8; i++)
        s->buf[56 + i] = (uint8_t)(s->n * 8 >> 8 * i);
    block(s->h, s->buf);
    for (unsigned i = 0; i < 16; i++)
        ret[i] = (uint8_t)(s->h[i / 4] >> 8 * (i % 4));
    troth_wipe(s, sizeof *s);
}

void troth_md5_of(const void *a, size_t a_len, const void *b, size_t b_len, uint8_t ret[16])
{
    troth_md5 s;
    troth_md5_init(&s);
    if (a_len)
        troth_md5_update(&s, a, a_len);
    if (b_len)
        troth_md5_update(&s, b, b_len);
    troth_md5_final(&s, ret);
}
