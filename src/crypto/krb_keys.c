#include <base/mem.h>
#include <crypto/krb_keys.h>
#include <string.h>

enum { BLOCK = 16, CONSTANT = 5, FOLD_MAX = 64 };

static const troth_krb_enctype types[] = {
    /* number, key, check, hash, mac, etm  [RFC 3962 6, RFC 8009 5] */
    { 17, 16, 16, TROTH_SHA1, 12, false },
    { 18, 32, 32, TROTH_SHA1, 12, false },
    { 19, 16, 16, TROTH_SHA256, 16, true },
    { 20, 32, 24, TROTH_SHA384, 24, true },
};

const troth_krb_enctype *troth_krb_enctype_of(int32_t number)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].number == number)
            return &types[i];
    return NULL;
}

static size_t gcd(size_t a, size_t b)
{
    while (b) {
        size_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* Octet i of the input repeated without end, each repetition rotated 13 bits further to the right. */
static uint8_t rotated_octet(const uint8_t *in, size_t n, size_t i)
{
    size_t bits = 8 * n, turn = i / n;
    size_t from = (8 * (i % n) + bits - 13 * turn % bits) % bits; /* the bit that comes first */
    unsigned pair = (unsigned)in[from / 8] << 8 | in[(from / 8 + 1) % n];
    return (uint8_t)(pair >> (8 - from % 8));
}

void troth_krb_nfold(const uint8_t *in, size_t in_len, uint8_t *ret, size_t ret_len)
{
    size_t all = in_len / gcd(in_len, ret_len) * ret_len;
    uint32_t sum[FOLD_MAX] = { 0 }, carry = 0;
    if (ret_len > FOLD_MAX)
        ret_len = FOLD_MAX;
    for (size_t i = 0; i < all; i++)
        sum[i % ret_len] += rotated_octet(in, in_len, i);
    do /* one's complement addition: what is carried out of the front comes in again at the back */
        for (size_t i = ret_len; i-- > 0; carry >>= 8) {
            carry += sum[i];
            sum[i] = carry & 0xff;
            ret[i] = (uint8_t)carry;
        }
    while (carry);
}

troth_status troth_krb_base_init(troth_krb_base *b, const troth_krb_enctype *type, const uint8_t *key)
{
    *b = (troth_krb_base){ .type = type };
    if (type->etm) {
        troth_hmac_sha_key_init(&b->hmac, type->sha, key, type->key);
        return TROTH_OK;
    }
    b->evp = EVP_CIPHER_CTX_new();
    if (b->evp && EVP_EncryptInit_ex(b->evp, type->key == 16 ? EVP_aes_128_ecb() : EVP_aes_256_ecb(), NULL, key, NULL))
        return TROTH_OK;
    troth_krb_base_clear(b);
    return TROTH_NO_MEMORY;
}

void troth_krb_base_clear(troth_krb_base *b)
{
    EVP_CIPHER_CTX_free(b->evp);
    troth_wipe(b, sizeof *b);
}

/* DR with AES in CBC mode over one block, which is plain AES; a random octet string is its own key. */
troth_status troth_krb_dk(const troth_krb_base *b, const uint8_t *constant, size_t len,
                          uint8_t ret[TROTH_KRB_KEY_OCTETS])
{
    uint8_t k[2 * BLOCK];
    int n;
    troth_krb_nfold(constant, len, k, BLOCK);
    bool ok = EVP_EncryptUpdate(b->evp, k, &n, k, BLOCK) == 1 && n == BLOCK &&
              EVP_EncryptUpdate(b->evp, k + BLOCK, &n, k, BLOCK) == 1 && n == BLOCK;
    if (ok)
        memcpy(ret, k, b->type->key);
    troth_wipe(k, sizeof k);
    return ok ? TROTH_OK : TROTH_MECHANISM;
}

/* KDF-HMAC-SHA2 [RFC 8009 3]: one block of the hash is enough for every key of the two types. */
static void kdf(const troth_krb_base *b, const uint8_t constant[CONSTANT], size_t n, uint8_t ret[TROTH_KRB_KEY_OCTETS])
{
    static const uint8_t counter[] = { 0, 0, 0, 1 };
    const uint8_t tail[] = { 0, 0, 0, (uint8_t)(8 * n >> 8), (uint8_t)(8 * n) };
    uint8_t out[TROTH_SHA_MAX];
    troth_hmac_sha s;
    troth_hmac_sha_init(&s, &b->hmac);
    troth_hmac_sha_update(&s, counter, sizeof counter);
    troth_hmac_sha_update(&s, constant, CONSTANT);
    troth_hmac_sha_update(&s, tail, sizeof tail);
    troth_hmac_sha_final(&s, out);
    memcpy(ret, out, n);
    troth_wipe(out, sizeof out);
}

troth_status troth_krb_derive(const troth_krb_base *b, uint32_t usage, troth_krb_derived which,
                              uint8_t ret[TROTH_KRB_KEY_OCTETS])
{
    const uint8_t constant[CONSTANT] = { (uint8_t)(usage >> 24), (uint8_t)(usage >> 16), (uint8_t)(usage >> 8),
                                         (uint8_t)usage, (uint8_t)which };
    if (!b->type->etm)
        return troth_krb_dk(b, constant, CONSTANT, ret);
    kdf(b, constant, which == TROTH_KRB_KE ? b->type->key : b->type->check, ret);
    return TROTH_OK;
}
