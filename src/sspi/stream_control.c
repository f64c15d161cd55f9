/* The end of a stream, and what else waits for the peer. */
#include <sspi/buffer.h>
#include <sspi/stream.h>
#include <string.h>
#include <troth/win/schannel.h>

bool troth_sspi_stream_hold(troth_sspi_context *c, troth_bytes bytes, size_t room)
{
    if (c->n_held > room || bytes.len > room - c->n_held)
        return false;
    if (bytes.len)
        memcpy(c->held + c->n_held, bytes.data, bytes.len);
    c->n_held += bytes.len;
    return true;
}

SECURITY_STATUS troth_sspi_stream_broken(troth_sspi_context *c, const troth_error **ret)
{
    static const troth_error flood = { .code = TROTH_LIMIT, .where = "answers that nobody sent" };
    if (!troth_sspi_is_stream(c) || c->stage != TROTH_SSPI_OPEN)
        return SEC_E_OK;
    troth_mutex_lock(&c->direction[TROTH_SSPI_OUT]); /* which every record that fails is under */
    const troth_error *e = troth_context_error(c->engine);
    SECURITY_STATUS status = e->code      ? troth_sspi_stream_status(TROTH_SSPI_MESSAGE, e)
                             : c->flooded ? SEC_E_ILLEGAL_MESSAGE
                                          : SEC_E_OK;
    troth_mutex_unlock(&c->direction[TROTH_SSPI_OUT]);
    if (status && ret)
        *ret = e->code ? e : &flood;
    return status;
}

/* ---- ApplyControlToken ---- */

static SECURITY_STATUS apply(troth_sspi_context *c, const SecBuffer *b)
{
    DWORD words[3] = { 0 };
    size_t n = b->cbBuffer < sizeof words ? b->cbBuffer : sizeof words;
    memcpy(words, b->pvBuffer, n);
    bool shutdown = words[0] == SCHANNEL_SHUTDOWN ||
                    (words[0] == SCHANNEL_ALERT && n == sizeof words && words[2] == TLS1_ALERT_CLOSE_NOTIFY);
    if (shutdown)
        c->shutdown = true;
    bool truth = words[0] == SCHANNEL_SESSION && n >= 2 * sizeof *words && words[1] == SSL_SESSION_DISABLE_RECONNECTS;
    return shutdown || truth ? SEC_E_OK : SEC_E_UNSUPPORTED_FUNCTION;
}

SECURITY_STATUS troth_sspi_stream_control(troth_sspi_context *c, const SecBufferDesc *in)
{
    SecBuffer *b = NULL;
    SECURITY_STATUS status = in ? troth_sspi_buffers_check(in, false) : SEC_E_INVALID_TOKEN;
    if (!status)
        status = troth_sspi_buffer_find(in, SECBUFFER_TOKEN, &b);
    if (!status && (!b || b->cbBuffer < sizeof(DWORD)))
        status = SEC_E_INVALID_TOKEN;
    if (status)
        return status;
    troth_mutex_lock(&c->leg);
    status = c->stage == TROTH_SSPI_FAILED ? c->failure : c->stage == TROTH_SSPI_OPEN ? SEC_E_OK : SEC_E_INVALID_HANDLE;
    troth_mutex_unlock(&c->leg);
    if (status)
        return status;
    troth_mutex_lock(&c->direction[TROTH_SSPI_OUT]);
    status = apply(c, b);
    troth_mutex_unlock(&c->direction[TROTH_SSPI_OUT]);
    return status;
}

/* ---- and the call behind it ---- */

static SECURITY_STATUS end_stream(troth_sspi_context *c)
{
    troth_bytes bytes;
    if (!c->shutdown || c->ended)
        return SEC_E_OK;
    troth_status st = troth_context_record_close(c->engine, &bytes);
    c->ended = true;
    if (st && !c->n_held) /* a stream that failed has its alert instead */
        return troth_sspi_stream_status(TROTH_SSPI_MESSAGE, troth_context_error(c->engine));
    if (!st && !troth_sspi_stream_hold(c, bytes, sizeof c->held))
        return SEC_E_INTERNAL_ERROR;
    return SEC_E_OK;
}

/* Under the lock of OUT: what is made here must be sent before what is made next. */
static SECURITY_STATUS give_held(const troth_sspi_leg *l, troth_sspi_context *c)
{
    SECURITY_STATUS status = end_stream(c);
    if (!status && !c->n_held)
        status = SEC_E_OUT_OF_SEQUENCE;
    if (!status)
        status = troth_sspi_leg_give(l, l->answer, (troth_bytes){ c->held, c->n_held });
    if (!status)
        c->n_held = 0;
    return status;
}

SECURITY_STATUS troth_sspi_stream_flush(const troth_sspi_leg *l, troth_sspi_context *c)
{
    if (l->token && l->token->cbBuffer) /* the stream is DecryptMessage's now */
        return SEC_E_OUT_OF_SEQUENCE;
    troth_mutex_lock(&c->direction[TROTH_SSPI_OUT]);
    SECURITY_STATUS status = give_held(l, c);
    troth_mutex_unlock(&c->direction[TROTH_SSPI_OUT]);
    return status ? status : troth_sspi_leg_told(l, c, SEC_E_OK);
}
