/* Requests and responses out, fragment by fragment, each with its verifier. [C706 12.6.3.6; MS-RPCE 3.3.1.5.2.2] */
#include <rpc_co/conn.h>
#include <string.h>

enum {
    VT_MAX = 128,       /* octets of a verification trailer with all that it can hold: 91 */
    CONNECT_TOKEN = 16, /* of a verifier that says nothing: 01 00 ...                     */
    UNSIGNED_ALIGN = 8  /* of stubs that others follow [C706 12.6.3.6]                    */
};

/* How a message will be cut. The verification trailer lies behind the stub, as if it were its end. */
typedef struct plan {
    const troth_co_outgoing *m;
    uint8_t vt[VT_MAX];
    size_t vt_len, total;
    size_t head, chunk, align; /* octets of headers, of stub in a full fragment, which is a multiple of align */
    size_t token;              /* octets of token, 0 = no verifier */
    bool protects, whole_pdu;
    troth_form form;
    troth_order order;
} plan;

/* Fragments that are protected together. */
typedef struct batch {
    troth_message msgs[TROTH_CO_BATCH];
    troth_segment segs[3 * TROTH_CO_BATCH];
    size_t n;
} batch;

static troth_form form_of(const troth_co_context *x)
{
    return x->auth_level == TROTH_RPC_LEVEL_PRIVACY ? TROTH_FORM_SEAL : TROTH_FORM_MIC;
}

static troth_status plan_verifier(plan *p)
{
    const troth_co_context *x = p->m->ctx;
    if (!x)
        return TROTH_OK;
    if (x->fsm.state != TROTH_CO_CTX_OPEN)
        return TROTH_BAD_STATE;
    p->align = TROTH_CO_PAD;
    p->token = CONNECT_TOKEN;
    if (x->auth_level <= TROTH_RPC_LEVEL_CONNECT)
        return TROTH_OK;
    p->protects = true;
    p->whole_pdu = x->whole_pdu || x->conn->header_signing;
    p->form = form_of(x);
    p->token = troth_context_token_size(x->sec, p->form, 0);
    return p->token ? TROTH_OK : TROTH_TOO_LOW;
}

static troth_status plan_message(const troth_co_conn *c, const troth_co_outgoing *m, plan *p)
{
    *p = (plan){ .m = m, .align = UNSIGNED_ALIGN, .head = TROTH_CO_REQUEST_HDR, .order = TROTH_LE };
    if (m->drep && (m->drep[0] & 0xf0) == 0)
        p->order = TROTH_BE;
    if (m->ptype == TROTH_CO_REQUEST && m->object)
        p->head += TROTH_CO_OBJECT;
    troth_status st = plan_verifier(p);
    if (st)
        return st;
    if (m->vt) {
        troth_writer w = troth_writer_over(p->vt, sizeof p->vt, TROTH_LE);
        troth_co_vt_write(&w, m->stub.len, m->vt);
        if (w.st)
            return w.st;
        p->vt_len = w.len;
    }
    size_t around = p->head + (p->token ? TROTH_CO_TRAILER + p->token : 0);
    if (m->stub.len > UINT32_MAX - VT_MAX || around + VT_MAX > c->max_frag)
        return TROTH_LIMIT;
    p->total = m->stub.len + p->vt_len;
    p->chunk = (c->max_frag - around) & ~(p->align - 1);
    return TROTH_OK;
}

/* Octets of stub in the fragment that begins at an offset of it. A verification trailer is not cut. [2.2.2.13] */
static size_t take(const plan *p, size_t at)
{
    if (p->total - at <= p->chunk)
        return p->total - at;
    bool cuts = at + p->chunk > p->m->stub.len;
    return cuts ? (p->m->stub.len - at) & ~(p->align - 1) : p->chunk;
}

static size_t padding(const plan *p, size_t size)
{
    return p->token ? -size & (TROTH_CO_PAD - 1) : 0;
}

static size_t fragment_size(const plan *p, size_t size)
{
    return p->head + size + padding(p, size) + (p->token ? TROTH_CO_TRAILER + p->token : 0);
}

/* Octets of all fragments. */
static size_t measure(const plan *p)
{
    size_t at = 0, all = 0;
    do {
        size_t size = take(p, at);
        all += fragment_size(p, size);
        at += size;
    } while (at < p->total);
    return all;
}

static void write_head(const plan *p, troth_writer *w, size_t at, size_t size)
{
    const troth_co_outgoing *m = p->m;
    unsigned first = at ? 0 : TROTH_PFC_FIRST_FRAG, last = at + size == p->total ? TROTH_PFC_LAST_FRAG : 0;
    uint8_t flags = (uint8_t)(m->flags | first | last);
    uint32_t left = (uint32_t)(p->total - at); /* alloc_hint, as Windows sets it */
    if (m->ptype == TROTH_CO_REQUEST) {
        troth_co_request r = { .alloc_hint = left, .p_cont_id = m->p_cont_id, .opnum = m->opnum };
        if (m->object) {
            r.has_object = true;
            r.object = *m->object;
        }
        troth_co_request_write(w, flags, m->call_id, &r);
    } else {
        troth_co_response r = { .alloc_hint = left, .p_cont_id = m->p_cont_id, .cancel_count = m->cancel_count };
        troth_co_response_write(w, flags, m->call_id, &r);
    }
}

/* Octets [at, at + size) of the stub with its verification trailer. */
static void write_body(const plan *p, troth_writer *w, size_t at, size_t size)
{
    const troth_bytes stub = p->m->stub;
    size_t of_stub = at >= stub.len ? 0 : stub.len - at < size ? stub.len - at : size;
    if (of_stub)
        troth_write_bytes(w, stub.data + at, of_stub);
    if (size > of_stub)
        troth_write_bytes(w, p->vt + (at + of_stub - stub.len), size - of_stub);
}

static void write_verifier(const plan *p, troth_writer *w, size_t pad)
{
    static const uint8_t says_nothing[CONNECT_TOKEN] = { 1 };
    const troth_co_context *x = p->m->ctx;
    const troth_co_trailer t = { .auth_type = x->auth_type,
                                 .auth_level = x->auth_level,
                                 .auth_pad_length = (uint8_t)pad,
                                 .auth_context_id = x->auth_context_id };
    troth_co_trailer_write(w, &t);
    if (p->protects)
        troth_write_zeros(w, p->token);
    else
        troth_write_bytes(w, says_nothing, sizeof says_nothing);
}

/* The segments in the order in which they are signed, the token apart. */
static void add(batch *b, const plan *p, uint8_t *pdu, size_t body, size_t all)
{
    uint8_t *trailer = pdu + p->head + body;
    troth_segment *s = &b->segs[3 * b->n];
    troth_segment_kind sign_only = TROTH_SEG_SIGN_ONLY;
    s[0] = (troth_segment){ sign_only, pdu, p->head };
    s[1] = (troth_segment){ TROTH_SEG_DATA, pdu + p->head, body };
    s[2] = (troth_segment){ sign_only, trailer, TROTH_CO_TRAILER };
    b->msgs[b->n++] = (troth_message){ .segs = p->whole_pdu ? s : s + 1,
                                       .n_segs = p->whole_pdu ? 3 : 1,
                                       .token = trailer + TROTH_CO_TRAILER,
                                       .token_len = (size_t)(pdu + all - trailer) - TROTH_CO_TRAILER };
}

/* In the order that drep says, which governs characters and floats of the stub, too. [C706 14.2.5] */
static void set_lengths(const plan *p, uint8_t *pdu, uint16_t all, uint16_t token)
{
    enum { DREP_AT = 4, LENGTHS_AT = 8 };
    troth_writer w = troth_writer_over(pdu + LENGTHS_AT, 4, p->order);
    troth_write_u16(&w, all);
    troth_write_u16(&w, token);
    if (p->m->drep)
        memcpy(pdu + DREP_AT, p->m->drep, 4);
}

/* Both lengths are final before anything is signed: the header is part of it. Answers the octets written. */
static size_t write_fragment(const plan *p, uint8_t *pdu, size_t at, size_t size, batch *b)
{
    size_t all = fragment_size(p, size), pad = padding(p, size);
    troth_writer w = troth_writer_over(pdu, all, p->order);
    write_head(p, &w, at, size);
    write_body(p, &w, at, size);
    troth_write_zeros(&w, pad);
    if (p->token)
        write_verifier(p, &w, pad);
    set_lengths(p, pdu, (uint16_t)all, (uint16_t)p->token);
    if (p->protects)
        add(b, p, pdu, size + pad, all);
    return all;
}

static troth_status protect(const plan *p, batch *b)
{
    troth_co_context *x = p->m->ctx;
    troth_status st = b->n ? troth_context_protect(x->sec, p->form, b->msgs, b->n, NULL) : TROTH_OK;
    if (st == TROTH_LIMIT) /* its numbers are used up: as good as expired, and no fault of the message's size */
        st = TROTH_EXPIRED;
    if (st == TROTH_EXPIRED)
        troth_co_context_expire(x);
    for (size_t i = 0; !st && i < b->n; i++) /* auth_length was signed already [MS-RPCE 2.2.2.11] */
        if (b->msgs[i].token_len != p->token)
            st = TROTH_MECHANISM;
    b->n = 0;
    return st;
}

static troth_status write_all(const plan *p, uint8_t *out, uint64_t *ret_pdus)
{
    batch b;
    size_t at = 0, used = 0;
    uint64_t pdus = 0;
    troth_status st = TROTH_OK;
    b.n = 0;
    do {
        size_t size = take(p, at);
        used += write_fragment(p, out + used, at, size, &b);
        at += size;
        pdus++;
        if (b.n == TROTH_CO_BATCH)
            st = protect(p, &b);
    } while (!st && at < p->total);
    if (!st)
        st = protect(p, &b);
    if (st)
        troth_wipe(out, used);
    else
        *ret_pdus = pdus;
    return st;
}

troth_status troth_co_send(troth_co_conn *c, const troth_co_outgoing *m)
{
    plan p;
    uint64_t pdus;
    troth_status st = plan_message(c, m, &p);
    if (st)
        return st;
    size_t all = measure(&p);
    uint8_t *out = troth_queue_room(&c->out, all);
    if (!out)
        return TROTH_NO_MEMORY;
    st = write_all(&p, out, &pdus);
    if (st)
        return st;
    troth_queue_wrote(&c->out, all);
    c->pdus_out += pdus;
    return TROTH_OK;
}

/* ---- the other way ---- */

static troth_status unprotect(troth_co_context *x, troth_co_pdu *pdu, const troth_co_trailer *t, size_t stub_at)
{
    bool whole_pdu = x->whole_pdu || x->conn->header_signing;
    troth_segment segs[] = { { TROTH_SEG_SIGN_ONLY, pdu->data, stub_at },
                             { TROTH_SEG_DATA, pdu->data + stub_at, t->at - stub_at },
                             { TROTH_SEG_SIGN_ONLY, pdu->data + t->at, TROTH_CO_TRAILER } };
    troth_message m = { .segs = whole_pdu ? segs : segs + 1,
                        .n_segs = whole_pdu ? 3 : 1,
                        .token = pdu->data + t->at + TROTH_CO_TRAILER,
                        .token_len = t->token.len };
    troth_status st = troth_context_unprotect(x->sec, form_of(x), &m, 1, NULL);
    if (st == TROTH_EXPIRED)
        troth_co_context_expire(x);
    return st;
}

troth_status troth_co_verify(troth_co_context *x, troth_co_pdu *pdu, const troth_co_trailer *t, size_t stub_at,
                             troth_bytes *ret_stub)
{
    troth_status st = TROTH_OK;
    if (stub_at > pdu->len || t->at < stub_at || t->at - stub_at < t->auth_pad_length ||
        t->at + TROTH_CO_TRAILER + t->token.len != pdu->len)
        st = TROTH_MALFORMED;
    else if (x->fsm.state != TROTH_CO_CTX_OPEN)
        st = TROTH_BAD_STATE;
    else if (x->auth_level > TROTH_RPC_LEVEL_CONNECT)
        st = unprotect(x, pdu, t, stub_at);
    if (st) {
        if (stub_at < pdu->len)
            troth_wipe(pdu->data + stub_at, pdu->len - stub_at);
        return st;
    }
    *ret_stub = (troth_bytes){ pdu->data + stub_at, t->at - stub_at - t->auth_pad_length };
    return TROTH_OK;
}
