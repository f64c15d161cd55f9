#include <crypto/md5_steps.h>
#include <crypto/rc4_md5.h>
#include <endian.h>
#include <string.h>

/* Below this, spreading the table and back costs more than it gains. */
enum { BLOCK = 64, LONG = 8 * BLOCK };

/*
 * RC4 for a long run: its table a word for each octet, because processors pass words on from store to load sooner than
 * octets; and i always in front of a block, so that within it every s[i] lies at an offset known to the compiler.
 */
typedef struct wide {
    uint32_t s[256], at, j; /* at: the index of the block's first octet, i + 1 */
} wide;

static inline void put_eight(uint8_t *p, uint64_t v)
{
    v = htole64(v);
    memcpy(p, &v, sizeof v);
}

/* One step of RC4 between two of MD5: the octet of key stream with this number, gathered by eight. */
#define TROTH_MD5_EACH(n)                                                                                              \
    j = (j + u) & 255;                                                                                                 \
    v = s[j];                                                                                                          \
    row[n] = v;                                                                                                        \
    s[j] = u;                                                                                                          \
    eight = ((n) % 8 ? eight : 0) | (uint64_t)s[(u + v) & 255] << 8 * ((n) % 8);                                       \
    if ((n) % 8 == 7)                                                                                                  \
        put_eight(stream + (n) - (n) % 8, eight);                                                                      \
    u = (n) + 1 < BLOCK ? row[((n) + 1) % BLOCK] : after[0]

/* Hash the 64 octets at hash and encrypt the 64 at data, which may overlap: all of hash is read first. */
static void block(wide *w, uint32_t h[4], const uint8_t *hash, uint8_t *data)
{
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], x[16], at = w->at, j = w->j, v;
    uint32_t *s = w->s, *row = s + at, *after = s + ((at + BLOCK) & 255), u = row[0];
    uint64_t eight;
    uint8_t stream[BLOCK];
    for (unsigned k = 0; k < 16; k++)
        x[k] = load(hash + 4 * k);
    TROTH_MD5_STEPS();
    for (unsigned k = 0; k < BLOCK; k++)
        data[k] ^= stream[k];
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    w->at = (at + BLOCK) & 255;
    w->j = j;
}

/* Both over whole blocks; the cipher's index stands in front of one. */
static void blocks(troth_rc4 *rc4, troth_md5 *md, const uint8_t *hash, uint8_t *data, size_t n)
{
    wide w = { .at = (rc4->i + 1u) & 255, .j = rc4->j };
    for (unsigned k = 0; k < 256; k++)
        w.s[k] = rc4->s[k];
    for (size_t k = 0; k < n; k += BLOCK)
        block(&w, md->h, hash + k, data + k);
    md->n += n;
    for (unsigned k = 0; k < 256; k++)
        rc4->s[k] = (uint8_t)w.s[k];
    rc4->i = (uint8_t)(w.at - 1);
    rc4->j = (uint8_t)w.j;
    troth_wipe(&w, sizeof w);
}

/* Octets missing to the end of the block that the hash has begun. */
static size_t hash_lead(const troth_md5 *md)
{
    return (BLOCK - md->n % BLOCK) % BLOCK;
}

/* Octets until the cipher's index stands in front of a block. */
static size_t cipher_lead(const troth_rc4 *rc4)
{
    return (BLOCK - (rc4->i + 1u) % BLOCK) % BLOCK;
}

void troth_rc4_md5_encrypt(troth_rc4 *rc4, troth_md5 *md, uint8_t *p, size_t n)
{
    size_t hashed = n, crypted = n;
    if (!n) /* p may be NULL */
        return;
    if (n >= LONG) { /* the hash goes ahead of the cipher */
        hashed = hash_lead(md), crypted = cipher_lead(rc4);
        hashed += hashed < crypted ? BLOCK : 0;
    }
    troth_md5_update(md, p, hashed);
    troth_rc4_xor(rc4, p, p, crypted);
    if (hashed == n)
        return;
    size_t both = (n - hashed) / BLOCK * BLOCK;
    blocks(rc4, md, p + hashed, p + crypted, both);
    hashed += both, crypted += both;
    troth_md5_update(md, p + hashed, n - hashed);
    troth_rc4_xor(rc4, p + crypted, p + crypted, n - crypted);
}

void troth_rc4_md5_decrypt(troth_rc4 *rc4, troth_md5 *md, uint8_t *p, size_t n)
{
    size_t hashed = n, crypted = n;
    if (!n) /* p may be NULL */
        return;
    if (n >= LONG) { /* the cipher goes ahead of the hash, by a block at least */
        hashed = hash_lead(md), crypted = cipher_lead(rc4);
        while (crypted < hashed + BLOCK)
            crypted += BLOCK;
    }
    troth_rc4_xor(rc4, p, p, crypted);
    troth_md5_update(md, p, hashed);
    if (crypted == n)
        return;
    size_t both = (n - crypted) / BLOCK * BLOCK;
    blocks(rc4, md, p + hashed, p + crypted, both);
    hashed += both, crypted += both;
    troth_rc4_xor(rc4, p + crypted, p + crypted, n - crypted);
    troth_md5_update(md, p + hashed, n - hashed);
}
