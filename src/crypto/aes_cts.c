#include <base/mem.h>
#include <crypto/aes_cts.h>
#include <string.h>

enum { BLOCK = TROTH_AES_BLOCK, MOST = 1 << 30 /* octets in one call: its count is an int */ };

troth_status troth_aes_cts_key_init(troth_aes_cts_key *k, const uint8_t *key, size_t key_len, bool encrypt)
{
    const EVP_CIPHER *cipher = key_len == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc();
    k->encrypt = encrypt;
    k->evp = EVP_CIPHER_CTX_new();
    if (!k->evp || EVP_CipherInit_ex(k->evp, cipher, NULL, key, NULL, encrypt) != 1 ||
        EVP_CIPHER_CTX_set_padding(k->evp, 0) != 1) {
        troth_aes_cts_key_clear(k);
        return TROTH_NO_MEMORY;
    }
    return TROTH_OK;
}

void troth_aes_cts_key_clear(troth_aes_cts_key *k)
{
    EVP_CIPHER_CTX_free(k->evp);
    k->evp = NULL;
}

/* n is a multiple of the block. */
static void cbc(troth_aes_cts *s, uint8_t *p, size_t n)
{
    while (n) {
        int part = n > MOST ? MOST : (int)n, out = 0;
        if (EVP_CipherUpdate(s->key->evp, p, &out, p, part) != 1 || out != part)
            s->st = TROTH_MECHANISM;
        p += part;
        n -= (size_t)part;
    }
}

static void xor_block(uint8_t *to, const uint8_t *with, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] ^= with[i];
}

void troth_aes_cts_init(troth_aes_cts *s, const troth_aes_cts_key *key, size_t total)
{
    static const uint8_t zeros[BLOCK];
    s->key = key;
    s->total = total;
    s->body = total > 2 * BLOCK ? (total + BLOCK - 1) / BLOCK - 2 : 0;
    s->n = 0;
    memset(s->chain, 0, sizeof s->chain);
    s->st = total > BLOCK && EVP_CipherInit_ex(key->evp, NULL, NULL, NULL, zeros, -1) == 1 ? TROTH_OK : TROTH_MECHANISM;
}

/* Blocks in one piece: all of it but what belongs to the end. */
static size_t whole_blocks(troth_aes_cts *s, uint8_t *p, size_t n)
{
    size_t blocks = n / BLOCK < s->body ? n / BLOCK : s->body, octets = blocks * BLOCK;
    if (!blocks)
        return 0;
    if (!s->key->encrypt)
        memcpy(s->chain, p + octets - BLOCK, BLOCK);
    cbc(s, p, octets);
    s->body -= blocks;
    return octets;
}

static void give_back(troth_aes_cts *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        *s->at[i] = s->held[i];
    s->n = 0;
}

/* A block that lies across pieces, now that it is whole. */
static void scattered_block(troth_aes_cts *s)
{
    if (!s->key->encrypt)
        memcpy(s->chain, s->held, BLOCK);
    cbc(s, s->held, BLOCK);
    give_back(s, BLOCK);
    s->body--;
}

void troth_aes_cts_update(troth_aes_cts *s, uint8_t *p, size_t n)
{
    if (n > s->total)
        s->st = TROTH_MECHANISM;
    if (s->st)
        return;
    s->total -= n;
    while (n) {
        size_t done = s->n ? 0 : whole_blocks(s, p, n);
        p += done;
        n -= done;
        if (!n)
            break;
        s->held[s->n] = *p;
        s->at[s->n++] = p++;
        n--;
        if (s->body && s->n == BLOCK)
            scattered_block(s);
    }
}

/* The last two blocks change places, and the last is cut to the length of the text's. */
static void encrypt_end(troth_aes_cts *s)
{
    uint8_t last[2 * BLOCK] = { 0 };
    memcpy(last, s->held, s->n);
    cbc(s, last, sizeof last);
    memcpy(s->held, last + BLOCK, BLOCK);
    memcpy(s->held + BLOCK, last, s->n - BLOCK);
    troth_wipe(last, sizeof last);
}

/*
 * With C[m] first: its decryption, freed of the chaining, is the text's end and the rest of C[m-1], which was stolen.
 * The cipher's own chain is what it decrypted last, which is what has to be taken out again.
 */
static void decrypt_end(troth_aes_cts *s)
{
    size_t r = s->n - BLOCK;
    uint8_t cm[BLOCK], x[BLOCK], before[BLOCK];
    memcpy(cm, s->held, BLOCK);
    memcpy(x, cm, BLOCK);
    cbc(s, x, BLOCK);
    xor_block(x, s->chain, BLOCK); /* P[m] ^ C[m-1], then the stolen octets of C[m-1] */
    memcpy(before, x, BLOCK);
    memcpy(before, s->held + BLOCK, r);
    xor_block(s->held + BLOCK, x, r);
    cbc(s, before, BLOCK);
    xor_block(before, cm, BLOCK);
    xor_block(before, s->chain, BLOCK);
    memcpy(s->held, before, BLOCK);
    troth_wipe(x, sizeof x);
    troth_wipe(before, sizeof before);
}

troth_status troth_aes_cts_final(troth_aes_cts *s)
{
    if (!s->st && (s->total || s->body || s->n <= BLOCK))
        s->st = TROTH_MECHANISM;
    if (!s->st) {
        if (s->key->encrypt)
            encrypt_end(s);
        else
            decrypt_end(s);
        give_back(s, s->n);
    }
    troth_wipe(s->held, sizeof s->held);
    return s->st;
}
