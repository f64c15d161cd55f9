/*
 * Records, in the caller's buffers. Octets of the two directions share one order, so that what one direction makes while
 * the other one works waits under one lock, that of OUT.
 */
#include <sspi/buffer.h>
#include <sspi/status.h>
#include <sspi/stream.h>
#include <string.h>

/* Why the engine would not. A stream that failed stays so, for the first reason. */
static SECURITY_STATUS why(const troth_sspi_context *c, troth_status st, SECURITY_STATUS closed)
{
    const troth_error *e = troth_context_error(c->engine);
    if (st == TROTH_CLOSED)
        return closed;
    if (!e->code)
        return troth_sspi_status(TROTH_SSPI_MESSAGE, st);
    SECURITY_STATUS status = troth_sspi_stream_status(TROTH_SSPI_MESSAGE, e);
    return status < 0 ? status : SEC_E_INTERNAL_ERROR;
}

/* ---- EncryptMessage ---- */

typedef struct sealing {
    SecBuffer *header, *data, *trailer;
} sealing;

static bool take(SecBuffer **place, SecBuffer *b)
{
    if (*place || troth_sspi_buffer_read_only(b))
        return false;
    *place = b;
    return true;
}

static bool add(sealing *s, SecBuffer *b)
{
    switch (troth_sspi_buffer_type(b)) {
    case SECBUFFER_STREAM_HEADER:
        return take(&s->header, b);
    case SECBUFFER_DATA:
        return take(&s->data, b);
    case SECBUFFER_STREAM_TRAILER:
        return take(&s->trailer, b);
    default:
        return troth_sspi_stream_spare(b);
    }
}

static SECURITY_STATUS read_sealing(const SecBufferDesc *desc, sealing *ret)
{
    sealing s = { 0 };
    SECURITY_STATUS status = desc ? troth_sspi_buffers_check(desc, false) : SEC_E_INVALID_TOKEN;
    for (uint32_t i = 0; !status && i < desc->cBuffers; i++)
        if (!add(&s, &desc->pBuffers[i]))
            status = SEC_E_INVALID_TOKEN;
    if (!status && (!s.header || !s.data || !s.trailer))
        status = SEC_E_INVALID_TOKEN;
    if (status)
        return status;
    if (s.header->cbBuffer < TROTH_SSPI_STREAM_HEADER || s.trailer->cbBuffer < TROTH_SSPI_STREAM_TRAILER ||
        s.data->cbBuffer > TROTH_SSPI_STREAM_MESSAGE)
        return SEC_E_BUFFER_TOO_SMALL;
    *ret = s;
    return SEC_E_OK;
}

/* The next octets of two runs, the held ones and the sealed ones, into a buffer that holds n of them. */
static void pour(SecBuffer *b, size_t n, troth_bytes from[2])
{
    uint8_t *at = b->pvBuffer;
    size_t done = 0;
    for (size_t i = 0; i < 2; i++) {
        size_t part = from[i].len < n - done ? from[i].len : n - done;
        if (part)
            memcpy(at + done, from[i].data, part);
        from[i] = (troth_bytes){ part ? from[i].data + part : from[i].data, from[i].len - part };
        done += part;
    }
    b->cbBuffer = (ULONG)done;
}

static SECURITY_STATUS seal(troth_sspi_context *c, const sealing *s)
{
    troth_bytes sealed;
    size_t n = s->data->cbBuffer;
    troth_status st = troth_context_record_seal(c->engine, (troth_bytes){ s->data->pvBuffer, n }, &sealed);
    if (st)
        return why(c, st, SEC_E_CONTEXT_EXPIRED);
    if (c->n_held + sealed.len > TROTH_SSPI_STREAM_HEADER + n + TROTH_SSPI_STREAM_TRAILER) {
        c->flooded = true; /* these octets are lost, and with them the order of what follows */
        return SEC_E_INTERNAL_ERROR;
    }
    troth_bytes from[2] = { { c->held, c->n_held }, sealed };
    pour(s->header, TROTH_SSPI_STREAM_HEADER, from);
    pour(s->data, n, from);
    pour(s->trailer, s->trailer->cbBuffer, from);
    c->n_held = 0;
    return SEC_E_OK;
}

SECURITY_STATUS troth_sspi_stream_encrypt(troth_sspi_context *c, uint32_t qop, const SecBufferDesc *desc)
{
    sealing s;
    if (qop)
        return SEC_E_QOP_NOT_SUPPORTED;
    SECURITY_STATUS status = read_sealing(desc, &s);
    if (status)
        return status;
    if (c->flooded)
        return SEC_E_ILLEGAL_MESSAGE;
    return c->shutdown ? SEC_E_CONTEXT_EXPIRED : seal(c, &s);
}

/* ---- DecryptMessage ---- */

enum { SPARES = 3 };

typedef struct opening {
    SecBuffer *data, *spare[SPARES];
} opening;

static SECURITY_STATUS read_opening(const SecBufferDesc *desc, opening *ret)
{
    opening o = { 0 };
    SECURITY_STATUS status = desc ? troth_sspi_buffers_check(desc, false) : SEC_E_INVALID_TOKEN;
    for (uint32_t i = 0; !status && i < desc->cBuffers; i++) {
        SecBuffer *b = &desc->pBuffers[i];
        bool data = troth_sspi_buffer_type(b) == SECBUFFER_DATA;
        if (data ? !take(&o.data, b) : !troth_sspi_stream_spare(b))
            status = SEC_E_INVALID_TOKEN;
    }
    for (size_t i = 0; !status && i < SPARES; i++)
        o.spare[i] = troth_sspi_stream_nth_spare(desc, i);
    if (!status && (!o.data || !o.spare[SPARES - 1]))
        status = SEC_E_INVALID_TOKEN;
    if (!status)
        *ret = o;
    return status;
}

/* The record's octets are the plaintext's place: what stood around it is header and trailer. */
static void lay_out(const opening *o, const troth_record *r)
{
    uint8_t *at = o->data->pvBuffer;
    size_t all = o->data->cbBuffer, rest = all - r->used, behind = TROTH_SSPI_STREAM_HEADER + r->plain.len;
    if (r->plain.len)
        memcpy(at + TROTH_SSPI_STREAM_HEADER, r->plain.data, r->plain.len);
    troth_sspi_stream_say(o->data, SECBUFFER_STREAM_HEADER, at, TROTH_SSPI_STREAM_HEADER);
    troth_sspi_stream_say(o->spare[0], SECBUFFER_DATA, at + TROTH_SSPI_STREAM_HEADER, r->plain.len);
    troth_sspi_stream_say(o->spare[1], SECBUFFER_STREAM_TRAILER, at + behind, r->used - behind);
    if (rest)
        troth_sspi_stream_say(o->spare[2], SECBUFFER_EXTRA, at + r->used, rest);
    else
        troth_sspi_stream_say(o->spare[2], SECBUFFER_EMPTY, NULL, 0);
}

/* Under both directions' locks. */
static SECURITY_STATUS open_one(troth_sspi_context *c, const opening *o)
{
    troth_bytes in = { o->data->pvBuffer, o->data->cbBuffer };
    troth_record r = { 0 };
    if (c->flooded)
        return SEC_E_ILLEGAL_MESSAGE;
    troth_status st = troth_context_record_open(c->engine, in, &r);
    if (st == TROTH_AGAIN) {
        troth_sspi_stream_say(o->spare[0], SECBUFFER_MISSING, NULL, troth_context_record_need(c->engine, in));
        return SEC_E_INCOMPLETE_MESSAGE;
    }
    if (st) { /* the alert, if there is one, is for a call without input */
        (void)troth_sspi_stream_hold(c, r.send, sizeof c->held);
        return why(c, st, SEC_I_CONTEXT_EXPIRED);
    }
    if (r.used < TROTH_SSPI_STREAM_HEADER + r.plain.len || r.used > in.len)
        return SEC_E_INTERNAL_ERROR;
    if (!troth_sspi_stream_hold(c, r.send, TROTH_SSPI_HELD)) {
        c->flooded = true;
        return SEC_E_ILLEGAL_MESSAGE;
    }
    lay_out(o, &r);
    return r.closed ? SEC_I_CONTEXT_EXPIRED : SEC_E_OK;
}

SECURITY_STATUS troth_sspi_stream_decrypt(troth_sspi_context *c, const SecBufferDesc *desc, uint32_t *ret_qop)
{
    opening o;
    SECURITY_STATUS status = read_opening(desc, &o);
    if (status)
        return status;
    troth_mutex_lock(&c->direction[TROTH_SSPI_OUT]);
    status = open_one(c, &o);
    troth_mutex_unlock(&c->direction[TROTH_SSPI_OUT]);
    if (!status && ret_qop)
        *ret_qop = 0;
    return status;
}
