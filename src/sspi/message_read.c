/* Lists of buffers. [sspi.h SecBuffer] */
#include <sspi/message.h>

/* READONLY stays out of a message, and out of its signature; READONLY_WITH_CHECKSUM is signed as it is. */
static void add_data(troth_sspi_message *m, const SecBuffer *b, troth_mech_id mech, bool clear)
{
    bool checksum = (b->BufferType & SECBUFFER_READONLY_WITH_CHECKSUM) != 0;
    if (b->BufferType & SECBUFFER_READONLY && !checksum && mech != TROTH_MECH_NTLM)
        return;
    m->segs[m->msg.n_segs++] =
        (troth_segment){ clear || troth_sspi_buffer_read_only(b) ? TROTH_SEG_SIGN_ONLY : TROTH_SEG_DATA, b->pvBuffer,
                         b->cbBuffer };
}

static bool take(SecBuffer **place, SecBuffer *b)
{
    if (*place || troth_sspi_buffer_read_only(b))
        return false;
    *place = b;
    return true;
}

/* One buffer; false: it has no place here. */
static bool add(troth_sspi_message *m, SecBuffer *b, troth_sspi_use use, troth_mech_id mech, bool clear)
{
    switch (troth_sspi_buffer_type(b)) {
    case SECBUFFER_EMPTY:
        return true;
    case SECBUFFER_TOKEN:
        return take(&m->token, b);
    case SECBUFFER_STREAM:
        return use == TROTH_SSPI_DECRYPTING && take(&m->stream, b);
    case SECBUFFER_PADDING:
        if (!take(&m->padding, b))
            return false;
        if (use != TROTH_SSPI_MAKING && b->cbBuffer) /* a peer that pads has sealed it with the data */
            add_data(m, b, mech, clear);
        return true;
    case SECBUFFER_DATA:
        m->found = m->found ? m->found : b;
        add_data(m, b, mech, clear);
        return true;
    default:
        return false;
    }
}

/* A stream, and one DATA buffer for what is in it: as yet it need not have memory. */
static bool read_stream(troth_sspi_message *m)
{
    size_t others = m->msg.n_segs;
    if (m->token || !m->found || others != 1 || troth_sspi_buffer_read_only(m->found))
        return false;
    m->segs[0] = (troth_segment){ TROTH_SEG_STREAM, m->stream->pvBuffer, m->stream->cbBuffer };
    return true;
}

SECURITY_STATUS troth_sspi_message_read(const SecBufferDesc *desc, troth_sspi_use use, troth_mech_id mech, bool clear,
                                        troth_sspi_message *ret)
{
    if (!desc)
        return SEC_E_INVALID_TOKEN;
    SECURITY_STATUS status = troth_sspi_buffers_check(desc, false);
    if (status)
        return status;
    ret->msg = (troth_message){ .segs = ret->segs };
    ret->token = ret->padding = ret->stream = ret->found = NULL;
    for (uint32_t i = 0; i < desc->cBuffers; i++)
        if (!add(ret, &desc->pBuffers[i], use, mech, clear))
            return SEC_E_INVALID_TOKEN;
    if (ret->stream)
        return read_stream(ret) ? SEC_E_OK : SEC_E_INVALID_TOKEN;
    if (!ret->token || !ret->found)
        return SEC_E_INVALID_TOKEN;
    ret->msg.token = ret->token->pvBuffer;
    ret->msg.token_len = ret->token->cbBuffer;
    return SEC_E_OK;
}

void troth_sspi_message_made(const troth_sspi_message *m)
{
    m->token->cbBuffer = (uint32_t)m->msg.token_len;
    if (m->padding)
        m->padding->cbBuffer = 0;
}

void troth_sspi_message_opened(const troth_sspi_message *m)
{
    if (!m->stream)
        return;
    m->found->pvBuffer = m->segs[0].data;
    m->found->cbBuffer = (uint32_t)m->segs[0].len;
}

troth_mech_id troth_sspi_message_mech(const troth_sspi_context *c)
{
    troth_mech_id mech = troth_context_facts(c->engine).mech;
    return mech ? mech : c->package->id; /* a datagram initiator's, before it is complete */
}
