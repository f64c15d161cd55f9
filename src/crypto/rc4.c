#include <crypto/rc4.h>

void troth_rc4_init(troth_rc4 *r, const uint8_t *key, size_t n)
{
    for (unsigned k = 0; k < 256; k++)
        r->s[k] = (uint8_t)k;
    uint8_t j = 0;
    for (unsigned k = 0; k < 256; k++) {
        uint8_t t = r->s[k];
        j = (uint8_t)(j + t + key[k % n]);
        r->s[k] = r->s[j];
        r->s[j] = t;
    }
    r->i = 0;
    r->j = 0;
}

void troth_rc4_xor(troth_rc4 *r, const uint8_t *in, uint8_t *out, size_t n)
{
    uint8_t i = r->i, j = r->j, *s = r->s;
    for (size_t k = 0; k < n; k++) {
        uint8_t a = s[++i];
        j = (uint8_t)(j + a);
        uint8_t b = s[j];
        s[i] = b;
        s[j] = a;
        out[k] = (uint8_t)(in[k] ^ s[(uint8_t)(a + b)]);
    }
    r->i = i;
    r->j = j;
}

void troth_rc4_once(const uint8_t key[16], uint8_t *p, size_t n)
{
    troth_rc4 r;
    troth_rc4_init(&r, key, 16);
    troth_rc4_xor(&r, p, p, n);
    troth_wipe(&r, sizeof r);
}
