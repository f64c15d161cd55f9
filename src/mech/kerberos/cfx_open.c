/*
 * Opening tokens. Everything is judged on the token as it came; the window moves, and the caller hears of success, only
 * once the code has been found right. [RFC 4121 4.2]
 */
#include <base/mem.h>
#include <base/reader.h>
#include <mech/kerberos/cfx.h>
#include <string.h>

enum { BLOCK = TROTH_AES_BLOCK, BEHIND = 64 /* numbers below the next that can still be told apart, as MIT has it */ };

/* Where the parts of a token lie: what is encrypted behind the data (filler, copy of the header), code, confounder. */
typedef struct parts {
    uint8_t *end, *mac, *confounder;
    size_t end_len;
} parts;

static troth_status read_header(const uint8_t *at, size_t n, troth_cfx_header *ret)
{
    troth_reader r = troth_reader_of(at, n, TROTH_BE);
    ret->tok_id = troth_read_u16(&r);
    ret->flags = troth_read_u8(&r);
    uint8_t filler = troth_read_u8(&r);
    ret->ec = troth_read_u16(&r);
    ret->rrc = troth_read_u16(&r);
    ret->snd_seq = troth_read_u64(&r);
    if (r.st)
        return r.st;
    return filler == 0xff ? TROTH_OK : TROTH_MALFORMED;
}

/* A token of our own that comes back, or one under another key, is no better than an altered one. */
static troth_status check_header(const troth_cfx *c, const troth_cfx_header *h, uint16_t tok_id)
{
    const uint8_t same = TROTH_CFX_SENT_BY_ACCEPTOR | TROTH_CFX_ACCEPTOR_SUBKEY;
    if (h->tok_id != tok_id)
        return TROTH_MALFORMED;
    return (h->flags & same) == c->in.flags ? TROTH_OK : TROTH_BAD_MIC;
}

/* ---- order ---- */

/*
 * Take the number of a message that was found right. One that leaves a gap is refused and taken all the same: the
 * sender counts on from it. Windows numbers the MIC of its mechanism list 0, whatever it counts from.
 */
static troth_status take_number(troth_cfx *c, bool mic, uint64_t seq)
{
    bool first = !c->begun;
    c->begun = true;
    if (first && mic && seq == 0 && c->window.next != 0)
        return TROTH_OK;
    troth_status st = troth_window_check(&c->window, c->detect, seq);
    bool old = seq < c->window.next && c->window.next - seq > BEHIND;
    if (!st && old && c->detect & TROTH_F_REPLAY)
        st = TROTH_REPLAY;
    if (st == TROTH_OK || st == TROTH_OUT_OF_ORDER)
        troth_window_take(&c->window, seq);
    return st;
}

/* ---- one message, once its parts are known ---- */

static troth_status open_mic(troth_cfx *c, const troth_message *m)
{
    troth_cfx_header h = { 0 };
    uint8_t mac[TROTH_SHA_MAX];
    troth_status st = read_header(m->token, m->token_len, &h);
    if (!st)
        st = check_header(c, &h, TROTH_CFX_MIC);
    if (!st && (h.ec != 0xffff || h.rrc != 0xffff))
        st = TROTH_MALFORMED;
    if (!st && m->token_len != TROTH_CFX_HEADER + c->type->mac)
        st = m->token_len < TROTH_CFX_HEADER + c->type->mac ? TROTH_TRUNCATED : TROTH_MALFORMED;
    if (!st)
        st = troth_cfx_keys(c, &c->in, TROTH_FORM_MIC);
    if (st)
        return st;
    troth_cfx_checksum(&c->in.kc_sign, m, m->token, mac);
    bool right = troth_ct_equal(mac, m->token + TROTH_CFX_HEADER, c->type->mac);
    troth_wipe(mac, sizeof mac);
    return right ? take_number(c, true, h.snd_seq) : TROTH_BAD_MIC;
}

static bool signed_right(const troth_cfx *c, const troth_message *m, troth_cfx_header h, const uint8_t *code)
{
    uint8_t zeroed[TROTH_CFX_HEADER], mac[TROTH_SHA_MAX];
    h.ec = h.rrc = 0;
    troth_cfx_header_write(zeroed, &h);
    troth_cfx_checksum(&c->in.kc_seal, m, zeroed, mac);
    bool right = troth_ct_equal(mac, code, c->type->mac);
    troth_wipe(mac, sizeof mac);
    return right;
}

static bool code_right(const troth_cfx *c, const troth_message *m, const parts *p)
{
    uint8_t mac[TROTH_SHA_MAX];
    troth_cfx_seal_mac(c, &c->in, m, p->confounder, (troth_bytes){ p->end, p->end_len }, mac);
    bool right = troth_ct_equal(mac, p->mac, c->type->mac);
    troth_wipe(mac, sizeof mac);
    return right;
}

/* The copy inside is what was signed; RRC is not part of it, because the sender rotates afterwards. */
static bool sealed_right(troth_cfx *c, const troth_message *m, troth_cfx_header h, const parts *p)
{
    uint8_t copy[TROTH_CFX_HEADER];
    if (c->type->etm && !code_right(c, m, p))
        return false;
    if (troth_cfx_crypt(&c->in, m, p->confounder, p->end, p->end_len))
        return false;
    if (!c->type->etm && !code_right(c, m, p))
        return false;
    h.rrc = 0;
    troth_cfx_header_write(copy, &h);
    return troth_ct_equal(copy, p->end + p->end_len - TROTH_CFX_HEADER, sizeof copy);
}

/* m's segments are the data apart; the parts are checked to lie inside the token. */
static troth_status open_wrap(troth_cfx *c, troth_form form, const troth_message *m, troth_cfx_header h, const parts *p)
{
    bool sealed = h.flags & TROTH_CFX_SEALED;
    troth_status st = troth_cfx_keys(c, &c->in, sealed ? TROTH_FORM_SEAL : TROTH_FORM_WRAP);
    if (st)
        return st;
    if (sealed ? !sealed_right(c, m, h, p) : !signed_right(c, m, h, p->mac))
        return TROTH_BAD_MIC;
    st = take_number(c, false, h.snd_seq);
    return !st && form == TROTH_FORM_SEAL && !sealed ? TROTH_NOT_SEALED : st;
}

/* ---- where the parts are ---- */

/* A token apart from its data has all that stands behind the data rotated to the front, and RRC must say so. */
static troth_status open_parts(troth_cfx *c, troth_form form, const troth_message *m)
{
    troth_cfx_header h = { 0 };
    troth_status st = read_header(m->token, m->token_len, &h);
    if (!st)
        st = check_header(c, &h, TROTH_CFX_WRAP);
    if (st)
        return st;
    bool sealed = h.flags & TROTH_CFX_SEALED;
    size_t mac = c->type->mac, end_len = sealed ? h.ec + (size_t)TROTH_CFX_HEADER : 0;
    size_t size = TROTH_CFX_HEADER + end_len + mac + (sealed ? BLOCK : 0u);
    size_t rrc = sealed ? TROTH_CFX_HEADER + mac + (c->dce ? 0u : h.ec) : mac;
    if (h.rrc != rrc || (!sealed && h.ec != mac))
        return TROTH_MALFORMED;
    if (m->token_len != size)
        return m->token_len < size ? TROTH_TRUNCATED : TROTH_MALFORMED;
    uint8_t *body = m->token + TROTH_CFX_HEADER;
    const parts p = { body, body + end_len, body + end_len + mac, end_len };
    return open_wrap(c, form, m, h, &p);
}

static void reverse(uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        uint8_t v = p[i];
        p[i] = p[n - 1 - i];
        p[n - 1 - i] = v;
    }
}

/* Undo a rotation that has torn something apart. [RFC 4121 4.2.5] */
static void rotate_left(uint8_t *p, size_t n, size_t by)
{
    reverse(p, by);
    reverse(p + by, n - by);
    reverse(p, n);
}

/*
 * A wrap token whole: confounder, data, end, code, rotated by any RRC. Rotated by just what stands behind the data, as
 * Windows and we do, everything lies in one piece already.
 */
static troth_status open_stream(troth_cfx *c, troth_form form, troth_segment *s)
{
    troth_cfx_header h = { 0 };
    troth_status st = read_header(s->data, s->len, &h);
    if (!st)
        st = check_header(c, &h, TROTH_CFX_WRAP);
    if (st)
        return st;
    bool sealed = h.flags & TROTH_CFX_SEALED;
    uint8_t *body = s->data + TROTH_CFX_HEADER;
    size_t n = s->len - TROTH_CFX_HEADER, mac = c->type->mac;
    size_t front = sealed ? BLOCK : 0, end_len = sealed ? h.ec + (size_t)TROTH_CFX_HEADER : 0, behind = end_len + mac;
    if (!sealed && h.ec != mac)
        return TROTH_MALFORMED;
    if (n < front + behind)
        return TROTH_TRUNCATED;
    size_t by = h.rrc % n;
    if (by != behind && by) {
        rotate_left(body, n, by);
        by = 0;
    }
    uint8_t *end = by ? body : body + n - behind, *confounder = body + by;
    troth_segment data = { TROTH_SEG_DATA, confounder + front, n - front - behind };
    const troth_message m = { &data, 1, s->data, s->len, 0 };
    const parts p = { end, end + end_len, confounder, end_len };
    st = open_wrap(c, form, &m, h, &p);
    if (!st)
        *s = data;
    return st;
}

static troth_status open_mic_stream(troth_cfx *c, troth_segment *s)
{
    size_t size = TROTH_CFX_HEADER + c->type->mac;
    if (s->len < size)
        return TROTH_TRUNCATED;
    troth_segment data = { TROTH_SEG_DATA, s->data + size, s->len - size };
    troth_status st = open_mic(c, &(troth_message){ &data, 1, s->data, size, 0 });
    if (!st)
        *s = data;
    return st;
}

troth_status troth_cfx_unprotect(troth_cfx *c, troth_form form, troth_message *m)
{
    bool stream = m->n_segs == 1 && m->segs[0].kind == TROTH_SEG_STREAM;
    if (form == TROTH_FORM_MIC)
        return stream ? open_mic_stream(c, &m->segs[0]) : open_mic(c, m);
    if (!stream)
        return open_parts(c, form, m);
    /* a DCE style token stands apart from its data, and its RRC would not tell where [MS-KILE 3.4.5.4.1] */
    return c->dce ? TROTH_UNSUPPORTED : open_stream(c, form, &m->segs[0]);
}
