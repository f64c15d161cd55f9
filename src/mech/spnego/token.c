#include <der/der.h>
#include <der/frame.h>
#include <mech/spnego/token.h>

static const uint8_t spnego_der[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02 };
const troth_oid troth_spnego_oid = { spnego_der, sizeof spnego_der };

enum { CONTEXT = TROTH_DER_CONTEXT_0 };

bool troth_neg_is_framed(troth_bytes token)
{
    return troth_frame_is(token, troth_spnego_oid);
}

/* ---- reading ---- */

/* mechTypes [0] MechTypeList; the list is kept with its own header. [RFC 4178 4.1] */
static void read_mech_types(troth_reader *r, troth_neg_init *ret)
{
    troth_reader holder = troth_der_open(r, CONTEXT);
    const uint8_t *start = holder.at;
    troth_reader list = troth_der_open(&holder, TROTH_DER_SEQUENCE);
    ret->mechTypes = (troth_bytes){ start, (size_t)(holder.at - start) };
    while (troth_read_left(&list) && ret->n_mechs < TROTH_NEG_MECHS_MAX)
        ret->mechs[ret->n_mechs++] = troth_oid_read(&list);
    if (!holder.st && troth_read_left(&list))
        troth_read_fail(r, TROTH_LIMIT);
    troth_status st = troth_read_end(&holder);
    if (!st)
        st = troth_read_end(&list);
    if (st || !ret->n_mechs)
        troth_read_fail(r, st ? st : TROTH_MALFORMED);
}

/* reqFlags [1] ContextFlags: not protected by anything, and so not looked at. [RFC 4178 4.2.1] */
static void pass_req_flags(troth_reader *r)
{
    troth_bytes bits = troth_der_read_explicit(r, CONTEXT + 1, TROTH_DER_BIT_STRING);
    if (!r->st && (!bits.len || bits.data[0] > 7 || (bits.len == 1 && bits.data[0])))
        troth_read_fail(r, TROTH_MALFORMED);
}

/* Element [3] is mechListMIC in RFC 4178 and negHints in MS-SPNG 2.2.1: what is inside tells. */
static void read_mic_or_hints(troth_reader *r, troth_neg_init *ret)
{
    troth_reader holder = troth_der_open(r, CONTEXT + 3);
    if (troth_der_peek(&holder) == TROTH_DER_SEQUENCE) {
        troth_reader hints = troth_der_open(&holder, TROTH_DER_SEQUENCE);
        if (troth_der_peek(&hints) == CONTEXT)
            (void)troth_der_read_explicit(&hints, CONTEXT, TROTH_DER_GENERAL_STRING);
        if (troth_der_peek(&hints) == CONTEXT + 1)
            (void)troth_der_read_explicit(&hints, CONTEXT + 1, TROTH_DER_OCTET_STRING);
        troth_status st = troth_read_end(&hints);
        if (st)
            troth_read_fail(r, st);
        ret->hints = true;
    } else
        ret->mechListMIC = troth_der_read_bytes(&holder, TROTH_DER_OCTET_STRING);
    troth_status st = troth_read_end(&holder);
    if (st)
        troth_read_fail(r, st);
}

/* The extension mark "..." of both types: later elements, in order, are passed over. */
static void pass_extensions(troth_reader *r, uint8_t first)
{
    for (uint8_t tag; (tag = troth_der_peek(r)) != 0; first = (uint8_t)(tag + 1)) {
        if (tag < first || tag >= CONTEXT + 31)
            troth_read_fail(r, TROTH_MALFORMED);
        troth_der_skip(r);
    }
}

/* Open negTokenInit [0] or negTokenResp [1] with the SEQUENCE in it. */
static troth_reader open_choice(troth_bytes token, uint8_t tag, troth_status *ret_st)
{
    troth_reader r = troth_reader_of(token.data, token.len, TROTH_BE);
    troth_reader seq = troth_der_open_explicit(&r, tag, TROTH_DER_SEQUENCE);
    *ret_st = troth_read_end(&r);
    return seq;
}

/* A token is there as a whole: what ends early is as wrong as anything else. */
static troth_status whole(troth_status st)
{
    return st == TROTH_TRUNCATED ? TROTH_MALFORMED : st;
}

troth_status troth_neg_read_init(troth_bytes token, troth_neg_init *ret)
{
    troth_oid mech;
    troth_bytes inner;
    troth_neg_init t = { 0 };
    troth_status st = troth_frame_read(token, &mech, &inner);
    if (!st && !troth_oid_equal(mech, troth_spnego_oid))
        st = TROTH_MALFORMED;
    if (st)
        return whole(st);
    troth_reader seq = open_choice(inner, CONTEXT, &st);
    if (st)
        return whole(st);
    read_mech_types(&seq, &t);
    if (troth_der_peek(&seq) == CONTEXT + 1)
        pass_req_flags(&seq);
    if (troth_der_peek(&seq) == CONTEXT + 2)
        t.mechToken = troth_der_read_explicit(&seq, CONTEXT + 2, TROTH_DER_OCTET_STRING);
    if (troth_der_peek(&seq) == CONTEXT + 3)
        read_mic_or_hints(&seq, &t);
    if (troth_der_peek(&seq) == CONTEXT + 4 && !t.mechListMIC.data) /* NegTokenInit2 has it here */
        t.mechListMIC = troth_der_read_explicit(&seq, CONTEXT + 4, TROTH_DER_OCTET_STRING);
    pass_extensions(&seq, CONTEXT + 4);
    st = troth_read_end(&seq);
    if (st)
        return whole(st);
    *ret = t;
    return TROTH_OK;
}

static troth_neg_state read_state(troth_reader *r)
{
    troth_bytes b = troth_der_read_explicit(r, CONTEXT, TROTH_DER_ENUMERATED);
    if (!r->st && (b.len != 1 || b.data[0] > TROTH_NEG_REQUEST_MIC))
        troth_read_fail(r, TROTH_MALFORMED);
    return r->st ? TROTH_NEG_ABSENT : (troth_neg_state)b.data[0];
}

static troth_oid read_supported(troth_reader *r)
{
    troth_reader holder = troth_der_open(r, CONTEXT + 1);
    troth_oid mech = troth_oid_read(&holder);
    troth_status st = troth_read_end(&holder);
    if (st)
        troth_read_fail(r, st);
    return mech;
}

troth_status troth_neg_read_resp(troth_bytes token, troth_neg_resp *ret)
{
    troth_neg_resp t = { .negState = TROTH_NEG_ABSENT };
    troth_status st;
    troth_reader seq = open_choice(token, CONTEXT + 1, &st);
    if (st)
        return whole(st);
    if (troth_der_peek(&seq) == CONTEXT)
        t.negState = read_state(&seq);
    if (troth_der_peek(&seq) == CONTEXT + 1)
        t.supportedMech = read_supported(&seq);
    if (troth_der_peek(&seq) == CONTEXT + 2)
        t.responseToken = troth_der_read_explicit(&seq, CONTEXT + 2, TROTH_DER_OCTET_STRING);
    if (troth_der_peek(&seq) == CONTEXT + 3)
        t.mechListMIC = troth_der_read_explicit(&seq, CONTEXT + 3, TROTH_DER_OCTET_STRING);
    pass_extensions(&seq, CONTEXT + 4);
    st = troth_read_end(&seq);
    if (st)
        return whole(st);
    *ret = t;
    return TROTH_OK;
}

/* ---- writing: sizes are known before anything is written ---- */

/* Octets of an OCTET STRING under an explicit tag; 0 when absent. */
static size_t octets_size(troth_bytes b)
{
    return b.data ? troth_der_size(troth_der_size(b.len)) : 0;
}

static void write_octets(troth_writer *w, uint8_t tag, troth_bytes b)
{
    if (!b.data)
        return;
    troth_der_write_head(w, tag, troth_der_size(b.len));
    troth_der_write_bytes(w, TROTH_DER_OCTET_STRING, b);
}

void troth_neg_write_mech_types(troth_writer *w, const troth_oid *mechs, size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += troth_der_size(mechs[i].len);
    troth_der_write_head(w, TROTH_DER_SEQUENCE, len);
    for (size_t i = 0; i < n; i++)
        troth_der_write_bytes(w, TROTH_DER_OID, (troth_bytes){ mechs[i].der, mechs[i].len });
}

void troth_neg_write_init(troth_writer *w, const troth_neg_init *t)
{
    size_t len = troth_der_size(t->mechTypes.len) + octets_size(t->mechToken) + octets_size(t->mechListMIC);
    troth_frame_write_head(w, troth_spnego_oid, troth_der_size(troth_der_size(len)));
    troth_der_write_head(w, CONTEXT, troth_der_size(len));
    troth_der_write_head(w, TROTH_DER_SEQUENCE, len);
    troth_der_write_bytes(w, CONTEXT, t->mechTypes);
    write_octets(w, CONTEXT + 2, t->mechToken);
    write_octets(w, CONTEXT + 3, t->mechListMIC);
}

void troth_neg_write_resp(troth_writer *w, const troth_neg_resp *t)
{
    bool state = t->negState != TROTH_NEG_ABSENT;
    size_t oid = t->supportedMech.len ? troth_der_size(t->supportedMech.len) : 0;
    size_t len = (state ? 5u : 0u) + (oid ? troth_der_size(oid) : 0) + octets_size(t->responseToken) +
                 octets_size(t->mechListMIC);
    troth_der_write_head(w, CONTEXT + 1, troth_der_size(len));
    troth_der_write_head(w, TROTH_DER_SEQUENCE, len);
    if (state) {
        uint8_t v = (uint8_t)t->negState;
        troth_der_write_head(w, CONTEXT, 3);
        troth_der_write_bytes(w, TROTH_DER_ENUMERATED, (troth_bytes){ &v, 1 });
    }
    if (oid) {
        troth_der_write_head(w, CONTEXT + 1, oid);
        troth_der_write_bytes(w, TROTH_DER_OID, (troth_bytes){ t->supportedMech.der, t->supportedMech.len });
    }
    write_octets(w, CONTEXT + 2, t->responseToken);
    write_octets(w, CONTEXT + 3, t->mechListMIC);
}
