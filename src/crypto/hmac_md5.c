#include <crypto/hmac_md5.h>
#include <string.h>

static void absorb(uint32_t h[4], const uint8_t key[64], uint8_t pad)
{
    uint8_t block[64];
    troth_md5 s;
    troth_md5_init(&s);
    for (unsigned i = 0; i < 64; i++)
        block[i] = key[i] ^ pad;
    troth_md5_blocks(s.h, block, 1);
    memcpy(h, s.h, sizeof s.h);
    troth_wipe(&s, sizeof s);
    troth_wipe(block, sizeof block);
}

void troth_hmac_md5_key_init(troth_hmac_md5_key *k, const void *key, size_t n)
{
    uint8_t padded[64] = { 0 };
    if (n > 64)
        troth_md5_of(key, n, NULL, 0, padded);
    else if (n)
        memcpy(padded, key, n);
    absorb(k->inner, padded, 0x36);
    absorb(k->outer, padded, 0x5c);
    troth_wipe(padded, sizeof padded);
}

/* Go on from a chaining value that already took one block. */
static void resume(troth_md5 *s, const uint32_t h[4])
{
    memcpy(s->h, h, sizeof s->h);
    s->n = 64;
}

void troth_hmac_md5_init(troth_hmac_md5 *s, const troth_hmac_md5_key *key)
{
    resume(&s->md, key->inner);
    s->key = key;
}

void troth_hmac_md5_update(troth_hmac_md5 *s, const void *p, size_t n)
{
    if (n)
        troth_md5_update(&s->md, p, n);
}

void troth_hmac_md5_final(troth_hmac_md5 *s, uint8_t ret[16])
{
    uint8_t inner[16];
    troth_md5_final(&s->md, inner);
    resume(&s->md, s->key->outer);
    troth_md5_update(&s->md, inner, sizeof inner);
    troth_md5_final(&s->md, ret);
    troth_wipe(inner, sizeof inner);
}

void troth_hmac_md5_of(const uint8_t key[16], const void *a, size_t a_len, const void *b, size_t b_len, uint8_t ret[16])
{
    troth_hmac_md5_key k;
    troth_hmac_md5 s;
    troth_hmac_md5_key_init(&k, key, 16);
    troth_hmac_md5_init(&s, &k);
    troth_hmac_md5_update(&s, a, a_len);
    troth_hmac_md5_update(&s, b, b_len);
    troth_hmac_md5_final(&s, ret);
    troth_wipe(&k, sizeof k);
}
