#include <crypto/md5_steps.h>
#include <crypto/rc4_md5.h>
#include <string.h>

/* One step of RC4 between two of MD5: the octet of key stream with this number. */
#define TROTH_MD5_EACH(n)                                                                                              \
    i = (i + 1) & 255;                                                                                                 \
    u = s[i];                                                                                                          \
    j = (j + u) & 255;                                                                                                 \
    v = s[j];                                                                                                          \
    s[i] = (uint8_t)v;                                                                                                 \
    s[j] = (uint8_t)u;                                                                                                 \
    stream[n] = s[(u + v) & 255]

/* Hash the 64 octets at hash and encrypt the 64 at data, which may overlap: all of hash is read first. */
static void block(troth_rc4 *rc4, uint32_t h[4], const uint8_t *hash, uint8_t *data)
{
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], x[16], i = rc4->i, j = rc4->j, u, v;
    uint8_t *s = rc4->s, stream[64];
    for (unsigned k = 0; k < 16; k++)
        x[k] = load(hash + 4 * k);
    TROTH_MD5_STEPS();
    for (unsigned k = 0; k < 64; k++)
        data[k] ^= stream[k];
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    rc4->i = (uint8_t)i;
    rc4->j = (uint8_t)j;
}

/* Octets missing to the end of the block that the hash has begun, at most n. */
static size_t lead_of(const troth_md5 *md, size_t n)
{
    size_t at = md->n % 64, missing = at ? 64 - at : 0;
    return missing < n ? missing : n;
}

void troth_rc4_md5_encrypt(troth_rc4 *rc4, troth_md5 *md, uint8_t *p, size_t n)
{
    if (!n) /* p may be NULL */
        return;
    size_t hashed = lead_of(md, n), crypted = 0; /* the hash goes ahead of the cipher */
    troth_md5_update(md, p, hashed);
    for (; n - hashed >= 64; hashed += 64, crypted += 64) {
        block(rc4, md->h, p + hashed, p + crypted);
        md->n += 64;
    }
    troth_md5_update(md, p + hashed, n - hashed);
    troth_rc4_xor(rc4, p + crypted, p + crypted, n - crypted);
}

void troth_rc4_md5_decrypt(troth_rc4 *rc4, troth_md5 *md, uint8_t *p, size_t n)
{
    if (!n) /* p may be NULL */
        return;
    size_t hashed = lead_of(md, n), crypted = n - hashed < 64 ? n : hashed + 64; /* the cipher goes ahead of the hash */
    troth_rc4_xor(rc4, p, p, crypted);
    troth_md5_update(md, p, hashed);
    for (; n - crypted >= 64; hashed += 64, crypted += 64) {
        block(rc4, md->h, p + hashed, p + crypted);
        md->n += 64;
    }
    troth_rc4_xor(rc4, p + crypted, p + crypted, n - crypted);
    troth_md5_update(md, p + hashed, n - hashed);
}
