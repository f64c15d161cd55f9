/* crypto/md5_steps.h: MD5's 64 steps as text, for md5.c alone and for rc4_md5.c between those of RC4. */
#ifndef TROTH_CRYPTO_MD5_STEPS_H
#define TROTH_CRYPTO_MD5_STEPS_H

#include <stdint.h>

static inline uint32_t rotl(uint32_t v, unsigned n)
{
    return v << n | v >> (32 - n);
}

static inline uint32_t load(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The four steps of RFC 1321 3.4. G is written as a sum, because its halves never overlap and the sum is shorter. */
static inline uint32_t step_f(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t x, unsigned s)
{
    return rotl(a + x + (d ^ (b & (c ^ d))), s) + b;
}

static inline uint32_t step_g(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t x, unsigned s)
{
    return rotl(a + x + (~d & c) + (d & b), s) + b;
}

static inline uint32_t step_h(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t x, unsigned s)
{
    return rotl(a + x + (c ^ d ^ b), s) + b;
}

static inline uint32_t step_i(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t x, unsigned s)
{
    return rotl(a + x + (c ^ (b | ~d)), s) + b;
}

/* The addends of RFC 1321 3.4: the integer part of 2^32 times abs(sin(i)). */
static const uint32_t sines[64] = { 0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
                                    0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
                                    0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
                                    0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
                                    0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
                                    0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
                                    0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
                                    0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
                                    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
                                    0xeb86d391 };

/* Four steps from step i on; TROTH_MD5_EACH(i), the includer's, runs beside each. The words of a round follow k. */
#define FOUR(step, i, k, s0, s1, s2, s3)                                                                               \
    TROTH_MD5_EACH(i);                                                                                                 \
    a = step(a, b, c, d, x[(k(i)) & 15] + sines[i], s0);                                                               \
    TROTH_MD5_EACH(i + 1);                                                                                             \
    d = step(d, a, b, c, x[(k(i + 1)) & 15] + sines[i + 1], s1);                                                       \
    TROTH_MD5_EACH(i + 2);                                                                                             \
    c = step(c, d, a, b, x[(k(i + 2)) & 15] + sines[i + 2], s2);                                                       \
    TROTH_MD5_EACH(i + 3);                                                                                             \
    b = step(b, c, d, a, x[(k(i + 3)) & 15] + sines[i + 3], s3)
#define ROUND(step, i, k, s0, s1, s2, s3)                                                                              \
    FOUR(step, i, k, s0, s1, s2, s3);                                                                                  \
    FOUR(step, i + 4, k, s0, s1, s2, s3);                                                                              \
    FOUR(step, i + 8, k, s0, s1, s2, s3);                                                                              \
    FOUR(step, i + 12, k, s0, s1, s2, s3)
#define WORD_F(i) (i)
#define WORD_G(i) (5 * (i) + 1)
#define WORD_H(i) (3 * (i) + 5)
#define WORD_I(i) (7 * (i))

/* The 64 steps over a, b, c, d and the words x. */
#define TROTH_MD5_STEPS()                                                                                              \
    ROUND(step_f, 0, WORD_F, 7, 12, 17, 22);                                                                           \
    ROUND(step_g, 16, WORD_G, 5, 9, 14, 20);                                                                           \
    ROUND(step_h, 32, WORD_H, 4, 11, 16, 23);                                                                          \
    ROUND(step_i, 48, WORD_I, 6, 10, 15, 21)

#endif
