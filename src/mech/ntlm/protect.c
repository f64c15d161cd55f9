#include <crypto/rc4_md5.h>
#include <mech/ntlm/protect.h>
#include <string.h>

/* What a pass over the segments does beside signing. */
typedef enum way { SIGN, SEAL, UNSEAL } way;

static void put32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void side_init(troth_ntlm_side *s, uint32_t flags, const uint8_t exported[16], troth_ntlm_mode mode)
{
    uint8_t key[16];
    troth_ntlm_sign_key(exported, mode, key);
    troth_hmac_md5_key_init(&s->sign, key, 16);
    troth_wipe(key, sizeof key);
    troth_ntlm_seal_key(flags, exported, mode, s->seal_key);
    troth_rc4_init(&s->rc4, s->seal_key, 16);
    s->seq = 0;
}

void troth_ntlm_channel_init(troth_ntlm_channel *ch, uint32_t flags, const uint8_t exported[16], troth_ntlm_mode ours)
{
    troth_ntlm_mode theirs = ours == TROTH_NTLM_CLIENT ? TROTH_NTLM_SERVER : TROTH_NTLM_CLIENT;
    side_init(&ch->send, flags, exported, ours);
    side_init(&ch->recv, flags, exported, theirs);
    ch->datagram = flags & NTLM_DATAGRAM;
}

void troth_ntlm_channel_rewind(troth_ntlm_channel *ch)
{
    troth_rc4_init(&ch->send.rc4, ch->send.seal_key, 16);
    troth_rc4_init(&ch->recv.rc4, ch->recv.seal_key, 16);
}

/* Datagrams may be lost, so each gets a key of its own: SealingKey' = MD5(SealingKey SequenceNumber). [3.4] */
static void rekey(troth_ntlm_side *s, uint32_t seq)
{
    uint8_t number[4], key[16];
    put32(number, seq);
    troth_md5_of(s->seal_key, 16, number, 4, key);
    troth_rc4_init(&s->rc4, key, 16);
    troth_wipe(key, sizeof key);
}

/* Hash a segment, and where it is to be sealed encrypt or decrypt it in the same pass. */
static void pass(troth_ntlm_side *s, troth_hmac_md5 *mac, way w, const troth_segment *seg)
{
    if (w == SIGN || seg->kind != TROTH_SEG_DATA)
        troth_hmac_md5_update(mac, seg->data, seg->len);
    else if (w == SEAL)
        troth_rc4_md5_encrypt(&s->rc4, &mac->md, seg->data, seg->len);
    else
        troth_rc4_md5_decrypt(&s->rc4, &mac->md, seg->data, seg->len);
}

/* HMAC_MD5(SigningKey, SeqNum Message): over all segments in clear, as NTLMv2 demands. [3.4.4.2, 3.4.6.1] */
static void checksum(troth_ntlm_side *s, way w, uint32_t seq, const troth_segment *segs, size_t n, uint8_t ret[16])
{
    uint8_t number[4];
    troth_hmac_md5 mac;
    put32(number, seq);
    troth_hmac_md5_init(&mac, &s->sign);
    troth_hmac_md5_update(&mac, number, 4);
    for (size_t i = 0; i < n; i++)
        pass(s, &mac, w, &segs[i]);
    troth_hmac_md5_final(&mac, ret);
}

/* NTLMSSP_MESSAGE_SIGNATURE: Version, RC4(Checksum), SeqNum. [2.2.2.9.2] */
static void signature(troth_rc4 *rc4, uint32_t seq, const uint8_t sum[16], uint8_t ret[NTLM_SIGNATURE_LEN])
{
    put32(ret, 1);
    troth_rc4_xor(rc4, sum, ret + 4, 8);
    put32(ret + 12, seq);
}

troth_status troth_ntlm_protect(troth_ntlm_channel *ch, troth_form form, troth_message *m)
{
    troth_ntlm_side *s = &ch->send;
    uint64_t seq = ch->datagram ? m->seq : s->seq;
    uint8_t sum[16];
    if (m->token_len < NTLM_SIGNATURE_LEN)
        return TROTH_NO_SPACE;
    if (seq > UINT32_MAX)
        return TROTH_LIMIT;
    if (ch->datagram)
        rekey(s, (uint32_t)seq);
    checksum(s, form == TROTH_FORM_SEAL ? SEAL : SIGN, (uint32_t)seq, m->segs, m->n_segs, sum);
    signature(&s->rc4, (uint32_t)seq, sum, m->token);
    m->token_len = NTLM_SIGNATURE_LEN;
    s->seq++;
    return TROTH_OK;
}

/* What the number in clear tells before any work is done on the message. */
static troth_status judge(const uint8_t *token, uint64_t seq, bool datagram)
{
    uint32_t got = get32(token + 12);
    if (get32(token) != 1)
        return TROTH_BAD_MIC;
    if (got == seq)
        return TROTH_OK;
    return got < seq && !datagram ? TROTH_REPLAY : TROTH_OUT_OF_ORDER;
}

static troth_status verify(troth_ntlm_side *s, troth_form form, uint32_t seq, const uint8_t *token,
                           const troth_segment *segs, size_t n)
{
    uint8_t sum[16], want[NTLM_SIGNATURE_LEN];
    troth_rc4 before = s->rc4;
    checksum(s, form == TROTH_FORM_SEAL ? UNSEAL : SIGN, seq, segs, n, sum);
    signature(&s->rc4, seq, sum, want);
    bool good = troth_ct_equal(token, want, NTLM_SIGNATURE_LEN);
    if (!good)
        s->rc4 = before; /* the next good message must find the key stream where it was */
    troth_wipe(&before, sizeof before);
    troth_wipe(want, sizeof want);
    return good ? TROTH_OK : TROTH_BAD_MIC;
}

/* Take a stream of signature and data apart. */
static troth_status split(const troth_message *m, const uint8_t **ret_token, troth_segment *ret_data)
{
    troth_segment *all = &m->segs[0];
    if (all->len < NTLM_SIGNATURE_LEN)
        return TROTH_TRUNCATED;
    *ret_token = all->data;
    *ret_data = (troth_segment){ TROTH_SEG_DATA, all->data + NTLM_SIGNATURE_LEN, all->len - NTLM_SIGNATURE_LEN };
    return TROTH_OK;
}

troth_status troth_ntlm_unprotect(troth_ntlm_channel *ch, troth_form form, troth_message *m)
{
    troth_ntlm_side *s = &ch->recv;
    bool stream = m->n_segs == 1 && m->segs[0].kind == TROTH_SEG_STREAM;
    troth_segment data;
    const uint8_t *token = m->token;
    uint64_t seq = ch->datagram ? m->seq : s->seq;
    troth_status st = TROTH_OK;
    if (stream)
        st = split(m, &token, &data);
    else if (m->token_len != NTLM_SIGNATURE_LEN)
        st = m->token_len < NTLM_SIGNATURE_LEN ? TROTH_TRUNCATED : TROTH_MALFORMED;
    if (!st && seq > UINT32_MAX)
        st = TROTH_LIMIT;
    if (!st)
        st = judge(token, seq, ch->datagram);
    if (st)
        return st;
    if (ch->datagram)
        rekey(s, (uint32_t)seq);
    st = verify(s, form, (uint32_t)seq, token, stream ? &data : m->segs, stream ? 1 : m->n_segs);
    if (st)
        return st;
    if (stream)
        m->segs[0] = data;
    s->seq++;
    return TROTH_OK;
}
