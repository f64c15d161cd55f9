#include <base/utf16.h>
#include <crypto/hmac_md5.h>
#include <crypto/md4.h>
#include <crypto/rc4.h>
#include <mech/ntlm/keys.h>
#include <string.h>

enum { NAME_MAX_OCTETS = 1024 }; /* of UTF-16, for a password or a user name */

/* The status of a writer over a caller's buffer: what does not fit there is over our limit. */
static troth_status limited(const troth_writer *w)
{
    return w->st == TROTH_NO_SPACE ? TROTH_LIMIT : w->st;
}

troth_status troth_ntlm_nt_hash(troth_bytes password, uint8_t ret[16])
{
    uint8_t text[NAME_MAX_OCTETS];
    troth_writer w = troth_writer_over(text, sizeof text, TROTH_LE);
    troth_utf16_write(&w, password);
    if (!w.st) {
        troth_md4 s;
        troth_md4_init(&s);
        troth_md4_update(&s, text, w.len);
        troth_md4_final(&s, ret);
    }
    troth_wipe(text, sizeof text);
    return limited(&w);
}

troth_status troth_ntlm_ntowfv2(const uint8_t nt_hash[16], const char *user, troth_bytes domain, uint8_t ret[16])
{
    uint8_t text[NAME_MAX_OCTETS];
    troth_writer w = troth_writer_over(text, sizeof text, TROTH_LE);
    troth_utf16_write_upper(&w, (troth_bytes){ (const uint8_t *)user, strlen(user) });
    if (!w.st)
        troth_hmac_md5_of(nt_hash, text, w.len, domain.data, domain.len, ret);
    return limited(&w);
}

void troth_ntlm_proof(const uint8_t response_key[16], const uint8_t server_challenge[8], troth_bytes temp,
                      uint8_t ret[16])
{
    troth_hmac_md5_of(response_key, server_challenge, 8, temp.data, temp.len, ret);
}

void troth_ntlm_lmv2(const uint8_t response_key[16], const uint8_t server_challenge[8],
                     const uint8_t client_challenge[8], uint8_t ret[24])
{
    troth_hmac_md5_of(response_key, server_challenge, 8, client_challenge, 8, ret);
    memcpy(ret + 16, client_challenge, 8);
}

void troth_ntlm_session_base_key(const uint8_t response_key[16], const uint8_t proof[16], uint8_t ret[16])
{
    troth_hmac_md5_of(response_key, proof, 16, NULL, 0, ret);
}

void troth_ntlm_sign_key(const uint8_t exported[16], troth_ntlm_mode mode, uint8_t ret[16])
{
    static const char constant[2][59] = { "session key to client-to-server signing key magic constant",
                                          "session key to server-to-client signing key magic constant" };
    troth_md5_of(exported, 16, constant[mode], sizeof constant[mode], ret); /* with its NUL */
}

void troth_ntlm_seal_key(uint32_t flags, const uint8_t exported[16], troth_ntlm_mode mode, uint8_t ret[16])
{
    static const char constant[2][59] = { "session key to client-to-server sealing key magic constant",
                                          "session key to server-to-client sealing key magic constant" };
    size_t strength = flags & NTLM_128 ? 16 : flags & NTLM_56 ? 7 : 5;
    troth_md5_of(exported, strength, constant[mode], sizeof constant[mode], ret);
}

void troth_ntlm_mic(const uint8_t exported[16], troth_bytes negotiate, troth_bytes challenge, troth_bytes auth,
                    uint8_t ret[16])
{
    static const uint8_t zeros[NTLM_MIC_LEN];
    const size_t behind = NTLM_MIC_OFFSET + NTLM_MIC_LEN;
    troth_hmac_md5_key key;
    troth_hmac_md5 s;
    troth_hmac_md5_key_init(&key, exported, 16);
    troth_hmac_md5_init(&s, &key);
    troth_hmac_md5_update(&s, negotiate.data, negotiate.len);
    troth_hmac_md5_update(&s, challenge.data, challenge.len);
    troth_hmac_md5_update(&s, auth.data, NTLM_MIC_OFFSET);
    troth_hmac_md5_update(&s, zeros, sizeof zeros);
    troth_hmac_md5_update(&s, auth.data + behind, auth.len - behind);
    troth_hmac_md5_final(&s, ret);
    troth_wipe(&key, sizeof key);
}

void troth_ntlm_bindings_hash(troth_bytes application_data, uint8_t ret[16])
{
    uint8_t head[20] = { 0 }; /* two address types and lengths of 0, then the length of the data */
    for (unsigned i = 0; i < 4; i++)
        head[16 + i] = (uint8_t)(application_data.len >> 8 * i);
    troth_md5_of(head, sizeof head, application_data.data, application_data.len, ret);
}
