#include <crypto/aead.h>
#include <crypto/hmac_sha.h>
#include <sspi/blob.h>
#include <string.h>

static const uint8_t mark[TROTH_SSPI_BLOB_MARK] = { 't', 'r', 'o', 't', 'h', '-', 'x', '1' };
/* A key serves one blob, so that one nonce is enough. */
static const uint8_t nonce[TROTH_AEAD_NONCE];

_Static_assert((int)TROTH_SSPI_BLOB_TAG == (int)TROTH_AEAD_TAG && (int)TROTH_AEAD_KEY <= (int)TROTH_SHA_MAX,
               "as the cipher has them");

static void key_of(const troth_sspi_place *p, const uint8_t id[TROTH_SSPI_BLOB_ID], uint8_t ret[TROTH_SHA_MAX])
{
    troth_hmac_sha_key base;
    troth_hmac_sha s;
    troth_hmac_sha_key_init(&base, TROTH_SHA256, p->key, sizeof p->key);
    troth_hmac_sha_init(&s, &base);
    troth_hmac_sha_update(&s, mark, sizeof mark);
    troth_hmac_sha_update(&s, id, TROTH_SSPI_BLOB_ID);
    troth_hmac_sha_update(&s, p->here, p->here_len);
    troth_hmac_sha_final(&s, ret);
    troth_wipe(&base, sizeof base);
}

troth_status troth_sspi_blob_seal(const troth_env *env, const troth_sspi_place *place, uint8_t *blob, size_t n)
{
    uint8_t key[TROTH_SHA_MAX];
    memcpy(blob, mark, sizeof mark);
    troth_status st = env->random(env->self, blob + TROTH_SSPI_BLOB_MARK, TROTH_SSPI_BLOB_ID);
    if (st)
        return st;
    key_of(place, troth_sspi_blob_id(blob), key);
    st = troth_aead_seal(key, nonce, (troth_bytes){ blob, TROTH_SSPI_BLOB_HEAD }, blob + TROTH_SSPI_BLOB_HEAD,
                         n - TROTH_SSPI_BLOB_MORE, blob + n - TROTH_SSPI_BLOB_TAG);
    troth_wipe(key, sizeof key);
    return st;
}

troth_status troth_sspi_blob_open(const troth_sspi_place *place, uint8_t *blob, size_t n, troth_bytes *ret)
{
    uint8_t key[TROTH_SHA_MAX];
    if (n < TROTH_SSPI_BLOB_MORE || n > TROTH_SSPI_BLOB_MAX || !troth_ct_equal(blob, mark, sizeof mark))
        return TROTH_BAD_MIC;
    uint8_t *inner = blob + TROTH_SSPI_BLOB_HEAD;
    size_t len = n - TROTH_SSPI_BLOB_MORE;
    key_of(place, troth_sspi_blob_id(blob), key);
    troth_status st = troth_aead_open(key, nonce, (troth_bytes){ blob, TROTH_SSPI_BLOB_HEAD }, inner, len,
                                      blob + n - TROTH_SSPI_BLOB_TAG);
    troth_wipe(key, sizeof key);
    if (!st)
        *ret = (troth_bytes){ inner, len };
    return st;
}
