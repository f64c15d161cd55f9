/*
 * The low-level hashes of libcrypto: the EVP ones look their algorithm up and allocate, which for small messages costs
 * more than hashing. They are the same code for the same processors, and deprecated only as an interface.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <base/mem.h>
#include <crypto/hmac_sha.h>
#include <string.h>

enum { BLOCK = 64, BLOCK_384 = 128 };

static void begin(troth_hmac_sha *s, troth_sha sha)
{
    if (sha == TROTH_SHA1)
        (void)SHA1_Init(&s->h.sha1);
    else if (sha == TROTH_SHA256)
        (void)SHA256_Init(&s->h.sha256);
    else
        (void)SHA384_Init(&s->h.sha512);
}

static void update(troth_hmac_sha *s, troth_sha sha, const void *p, size_t n)
{
    if (sha == TROTH_SHA1)
        (void)SHA1_Update(&s->h.sha1, p, n);
    else if (sha == TROTH_SHA256)
        (void)SHA256_Update(&s->h.sha256, p, n);
    else
        (void)SHA384_Update(&s->h.sha512, p, n);
}

/* Write the digest and tell its size. */
static size_t final(troth_hmac_sha *s, troth_sha sha, uint8_t ret[TROTH_SHA_MAX])
{
    if (sha == TROTH_SHA1)
        (void)SHA1_Final(ret, &s->h.sha1);
    else if (sha == TROTH_SHA256)
        (void)SHA256_Final(ret, &s->h.sha256);
    else
        (void)SHA384_Final(ret, &s->h.sha512);
    return sha == TROTH_SHA1 ? SHA_DIGEST_LENGTH : sha == TROTH_SHA256 ? SHA256_DIGEST_LENGTH : SHA384_DIGEST_LENGTH;
}

/* The chaining values of a state that has taken whole blocks. */
static void save(const troth_hmac_sha *s, troth_sha sha, troth_sha_chain *ret)
{
    if (sha == TROTH_SHA1) {
        const SHA_LONG h[] = { s->h.sha1.h0, s->h.sha1.h1, s->h.sha1.h2, s->h.sha1.h3, s->h.sha1.h4 };
        memcpy(ret->w32, h, sizeof h);
    } else if (sha == TROTH_SHA256) {
        memcpy(ret->w32, s->h.sha256.h, sizeof s->h.sha256.h);
    } else {
        memcpy(ret->w64, s->h.sha512.h, sizeof s->h.sha512.h);
    }
}

/* A state that has taken the one block of which these are the chaining values. */
static void load(troth_hmac_sha *s, troth_sha sha, const troth_sha_chain *chain)
{
    if (sha == TROTH_SHA1) {
        s->h.sha1.h0 = chain->w32[0];
        s->h.sha1.h1 = chain->w32[1];
        s->h.sha1.h2 = chain->w32[2];
        s->h.sha1.h3 = chain->w32[3];
        s->h.sha1.h4 = chain->w32[4];
        s->h.sha1.Nl = 8 * BLOCK;
        s->h.sha1.Nh = s->h.sha1.num = 0;
    } else if (sha == TROTH_SHA256) {
        memcpy(s->h.sha256.h, chain->w32, sizeof s->h.sha256.h);
        s->h.sha256.Nl = 8 * BLOCK;
        s->h.sha256.Nh = s->h.sha256.num = 0;
        s->h.sha256.md_len = SHA256_DIGEST_LENGTH;
    } else {
        memcpy(s->h.sha512.h, chain->w64, sizeof s->h.sha512.h);
        s->h.sha512.Nl = 8 * BLOCK_384;
        s->h.sha512.Nh = s->h.sha512.num = 0;
        s->h.sha512.md_len = SHA384_DIGEST_LENGTH;
    }
}

static void pad_block(const uint8_t *key, size_t n, troth_sha sha, uint8_t pad, troth_sha_chain *ret)
{
    uint8_t block[BLOCK_384];
    troth_hmac_sha s;
    memset(block, pad, sizeof block);
    for (size_t i = 0; i < n && i < BLOCK; i++)
        block[i] ^= key[i];
    begin(&s, sha);
    update(&s, sha, block, sha == TROTH_SHA384 ? BLOCK_384 : BLOCK);
    save(&s, sha, ret);
    troth_wipe(block, sizeof block);
    troth_wipe(&s, sizeof s);
}

void troth_hmac_sha_key_init(troth_hmac_sha_key *k, troth_sha sha, const uint8_t *key, size_t n)
{
    k->sha = sha;
    pad_block(key, n, sha, 0x36, &k->inner);
    pad_block(key, n, sha, 0x5c, &k->outer);
}

void troth_hmac_sha_init(troth_hmac_sha *s, const troth_hmac_sha_key *key)
{
    s->key = key;
    load(s, key->sha, &key->inner);
}

void troth_hmac_sha_update(troth_hmac_sha *s, const void *p, size_t n)
{
    if (n) /* p may be NULL */
        update(s, s->key->sha, p, n);
}

void troth_hmac_sha_final(troth_hmac_sha *s, uint8_t ret[TROTH_SHA_MAX])
{
    const troth_hmac_sha_key *key = s->key;
    size_t n = final(s, key->sha, ret);
    load(s, key->sha, &key->outer);
    update(s, key->sha, ret, n);
    (void) final(s, key->sha, ret);
    troth_wipe(s, sizeof *s);
}
