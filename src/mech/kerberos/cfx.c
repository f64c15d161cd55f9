/* Making tokens, and what both directions have in common. [RFC 4121 4.2] */
#include <base/mem.h>
#include <base/writer.h>
#include <mech/kerberos/cfx.h>
#include <string.h>

enum { BLOCK = TROTH_AES_BLOCK };

/* Key usage numbers. [RFC 4121 2] */
enum { ACCEPTOR_SEAL = 22, ACCEPTOR_SIGN, INITIATOR_SEAL, INITIATOR_SIGN };

/* ---- keys ---- */

static troth_status check_key(const troth_krb_base *base, uint32_t usage, troth_krb_derived which,
                              troth_hmac_sha_key *ret)
{
    uint8_t key[TROTH_KRB_KEY_OCTETS];
    troth_status st = troth_krb_derive(base, usage, which, key);
    if (!st)
        troth_hmac_sha_key_init(ret, base->type->sha, key, base->type->check);
    troth_wipe(key, sizeof key);
    return st;
}

static troth_status seal_keys(const troth_krb_base *base, uint32_t usage, troth_cfx_way *w, bool sending)
{
    uint8_t key[TROTH_KRB_KEY_OCTETS];
    troth_status st = check_key(base, usage, TROTH_KRB_KI, &w->ki);
    if (!st)
        st = troth_krb_derive(base, usage, TROTH_KRB_KE, key);
    if (!st)
        st = troth_aes_cts_key_init(&w->ke, key, base->type->key, sending);
    troth_wipe(key, sizeof key);
    return st;
}

troth_status troth_cfx_keys(const troth_cfx *c, troth_cfx_way *way, troth_form form)
{
    const uint8_t bit = (uint8_t)(1u << form);
    if (way->made & bit)
        return TROTH_OK;
    bool by_acceptor = way->flags & TROTH_CFX_SENT_BY_ACCEPTOR;
    uint32_t seal = by_acceptor ? ACCEPTOR_SEAL : INITIATOR_SEAL, sign = by_acceptor ? ACCEPTOR_SIGN : INITIATOR_SIGN;
    troth_krb_base base;
    troth_status st = troth_krb_base_init(&base, c->type, c->key);
    if (st)
        return st;
    if (form == TROTH_FORM_SEAL)
        st = seal_keys(&base, seal, way, way == &c->out);
    else if (form == TROTH_FORM_WRAP)
        st = check_key(&base, seal, TROTH_KRB_KC, &way->kc_seal);
    else
        st = check_key(&base, sign, TROTH_KRB_KC, &way->kc_sign);
    troth_krb_base_clear(&base);
    if (!st)
        way->made |= bit;
    return st;
}

void troth_cfx_init(troth_cfx *c, const troth_cfx_setup *s)
{
    *c = (troth_cfx){ .env = s->env, .type = s->type, .key = s->key, .dce = s->dce, .snd_seq = s->snd_seq };
    c->detect = s->detect;
    c->window.next = s->rcv_seq;
    c->out.flags = c->in.flags = s->acceptor_subkey ? TROTH_CFX_ACCEPTOR_SUBKEY : 0;
    *(s->acceptor ? &c->out.flags : &c->in.flags) |= TROTH_CFX_SENT_BY_ACCEPTOR;
}

void troth_cfx_clear(troth_cfx *c)
{
    troth_aes_cts_key_clear(&c->out.ke);
    troth_aes_cts_key_clear(&c->in.ke);
    troth_wipe(c, sizeof *c);
}

/* ---- both directions ---- */

void troth_cfx_header_write(uint8_t at[TROTH_CFX_HEADER], const troth_cfx_header *h)
{
    troth_writer w = troth_writer_over(at, TROTH_CFX_HEADER, TROTH_BE);
    troth_write_u16(&w, h->tok_id);  /* 0  TOK_ID  */
    troth_write_u8(&w, h->flags);    /* 2  Flags   */
    troth_write_u8(&w, 0xff);        /* 3  Filler  */
    troth_write_u16(&w, h->ec);      /* 4  EC      */
    troth_write_u16(&w, h->rrc);     /* 6  RRC     */
    troth_write_u64(&w, h->snd_seq); /* 8  SND_SEQ */
}

void troth_cfx_checksum(const troth_hmac_sha_key *key, const troth_message *m, const uint8_t header[TROTH_CFX_HEADER],
                        uint8_t ret[TROTH_SHA_MAX])
{
    troth_hmac_sha s;
    troth_hmac_sha_init(&s, key);
    for (size_t i = 0; i < m->n_segs; i++)
        troth_hmac_sha_update(&s, m->segs[i].data, m->segs[i].len);
    troth_hmac_sha_update(&s, header, TROTH_CFX_HEADER);
    troth_hmac_sha_final(&s, ret);
}

void troth_cfx_seal_mac(const troth_cfx *c, const troth_cfx_way *way, const troth_message *m, const uint8_t *confounder,
                        troth_bytes end, uint8_t ret[TROTH_SHA_MAX])
{
    static const uint8_t vector[BLOCK];
    troth_hmac_sha s;
    troth_hmac_sha_init(&s, &way->ki);
    if (c->type->etm)
        troth_hmac_sha_update(&s, vector, sizeof vector);
    troth_hmac_sha_update(&s, confounder, BLOCK);
    for (size_t i = 0; i < m->n_segs; i++)
        troth_hmac_sha_update(&s, m->segs[i].data, m->segs[i].len);
    troth_hmac_sha_update(&s, end.data, end.len);
    troth_hmac_sha_final(&s, ret);
}

troth_status troth_cfx_crypt(troth_cfx_way *way, const troth_message *m, uint8_t *confounder, uint8_t *end,
                             size_t end_len)
{
    troth_aes_cts s;
    size_t total = BLOCK + end_len;
    for (size_t i = 0; i < m->n_segs; i++)
        total += m->segs[i].kind == TROTH_SEG_SIGN_ONLY ? 0 : m->segs[i].len;
    troth_aes_cts_init(&s, &way->ke, total);
    troth_aes_cts_update(&s, confounder, BLOCK);
    for (size_t i = 0; i < m->n_segs; i++)
        if (m->segs[i].kind != TROTH_SEG_SIGN_ONLY)
            troth_aes_cts_update(&s, m->segs[i].data, m->segs[i].len);
    troth_aes_cts_update(&s, end, end_len);
    return troth_aes_cts_final(&s);
}

size_t troth_cfx_token_size(const troth_cfx *c, troth_form form)
{
    if (form > TROTH_FORM_SEAL)
        return 0;
    size_t sealed = form == TROTH_FORM_SEAL ? BLOCK + TROTH_CFX_HEADER + (c->dce ? BLOCK : 0u) : 0;
    return TROTH_CFX_HEADER + c->type->mac + sealed;
}

/* ---- sending ---- */

static troth_status confounder(troth_cfx *c, uint8_t ret[BLOCK])
{
    if (!c->pool_left) {
        troth_status st = c->env->random(c->env->self, c->pool, sizeof c->pool);
        if (st)
            return st;
        c->pool_left = sizeof c->pool;
    }
    uint8_t *from = c->pool + sizeof c->pool - c->pool_left;
    memcpy(ret, from, BLOCK);
    troth_wipe(from, BLOCK);
    c->pool_left -= BLOCK;
    return TROTH_OK;
}

static void put_mic(troth_cfx *c, const troth_message *m)
{
    uint8_t mac[TROTH_SHA_MAX];
    const troth_cfx_header h = { TROTH_CFX_MIC, 0xffff, 0xffff, c->out.flags, c->snd_seq };
    troth_cfx_header_write(m->token, &h);
    troth_cfx_checksum(&c->out.kc_sign, m, m->token, mac);
    memcpy(m->token + TROTH_CFX_HEADER, mac, c->type->mac);
}

/* Signed only: the checksum stands in front of the data, rotated there. It is made before EC and RRC are known. */
static void put_wrap(troth_cfx *c, const troth_message *m)
{
    uint8_t mac[TROTH_SHA_MAX];
    troth_cfx_header h = { TROTH_CFX_WRAP, 0, 0, c->out.flags, c->snd_seq };
    troth_cfx_header_write(m->token, &h);
    troth_cfx_checksum(&c->out.kc_seal, m, m->token, mac);
    h.ec = h.rrc = (uint16_t)c->type->mac;
    troth_cfx_header_write(m->token, &h);
    memcpy(m->token + TROTH_CFX_HEADER, mac, c->type->mac);
}

/*
 * Sealed: header | filler, copy of the header | HMAC | confounder, and then the data; all behind the data was rotated to
 * here. In DCE style there is a block of filler, which RRC does not count. [RFC 4121 4.2.4, MS-KILE 3.4.5.4.1]
 */
static troth_status put_seal(troth_cfx *c, const troth_message *m)
{
    uint8_t mac[TROTH_SHA_MAX], *end = m->token + TROTH_CFX_HEADER;
    troth_cfx_header h = { TROTH_CFX_WRAP, c->dce ? BLOCK : 0, 0, c->out.flags | TROTH_CFX_SEALED, c->snd_seq };
    size_t end_len = h.ec + (size_t)TROTH_CFX_HEADER;
    uint8_t *at_mac = end + end_len, *at_confounder = at_mac + c->type->mac;
    troth_status st = confounder(c, at_confounder);
    if (st)
        return st;
    memset(end, 0xff, h.ec);
    troth_cfx_header_write(end + h.ec, &h);
    if (!c->type->etm)
        troth_cfx_seal_mac(c, &c->out, m, at_confounder, (troth_bytes){ end, end_len }, mac);
    st = troth_cfx_crypt(&c->out, m, at_confounder, end, end_len);
    if (st)
        return st;
    if (c->type->etm)
        troth_cfx_seal_mac(c, &c->out, m, at_confounder, (troth_bytes){ end, end_len }, mac);
    memcpy(at_mac, mac, c->type->mac);
    h.rrc = (uint16_t)(TROTH_CFX_HEADER + c->type->mac);
    troth_cfx_header_write(m->token, &h);
    return TROTH_OK;
}

troth_status troth_cfx_protect(troth_cfx *c, troth_form form, troth_message *m)
{
    size_t size = troth_cfx_token_size(c, form);
    if (!size)
        return TROTH_INVALID;
    if (m->token_len < size)
        return TROTH_NO_SPACE;
    if (c->snd_seq == UINT64_MAX)
        return TROTH_LIMIT;
    troth_status st = troth_cfx_keys(c, &c->out, form);
    if (st)
        return st;
    if (form == TROTH_FORM_MIC)
        put_mic(c, m);
    else if (form == TROTH_FORM_WRAP)
        put_wrap(c, m);
    else
        st = put_seal(c, m);
    if (st)
        return st;
    c->snd_seq++;
    m->token_len = size;
    return TROTH_OK;
}
