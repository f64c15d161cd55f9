#include <sspi/buffer.h>
#include <string.h>

/* Types whose cbBuffer is a number of its own, without octets behind it. */
static bool counts_only(uint32_t type)
{
    return type == SECBUFFER_EMPTY || type == SECBUFFER_MISSING || type == SECBUFFER_EXTRA;
}

SECURITY_STATUS troth_sspi_buffers_check(const SecBufferDesc *desc, bool out)
{
    if (desc->ulVersion != SECBUFFER_VERSION || desc->cBuffers > TROTH_SSPI_BUFFERS_MAX)
        return SEC_E_INVALID_TOKEN;
    if (desc->cBuffers && !desc->pBuffers)
        return SEC_E_INVALID_TOKEN;
    for (uint32_t i = 0; i < desc->cBuffers; i++) {
        const SecBuffer *b = &desc->pBuffers[i];
        if (!out && b->cbBuffer && !b->pvBuffer && !counts_only(troth_sspi_buffer_type(b)))
            return SEC_E_INVALID_TOKEN;
    }
    return SEC_E_OK;
}

SECURITY_STATUS troth_sspi_buffer_find(const SecBufferDesc *desc, uint32_t type, SecBuffer **ret)
{
    SecBuffer *found = NULL;
    for (uint32_t i = 0; desc && i < desc->cBuffers; i++) {
        if (troth_sspi_buffer_type(&desc->pBuffers[i]) != type)
            continue;
        if (found)
            return SEC_E_INVALID_TOKEN;
        found = &desc->pBuffers[i];
    }
    *ret = found;
    return SEC_E_OK;
}

/* Nothing is added before it was compared: an offset near 2^32 must not wrap into the buffer. */
static bool inside(uint32_t offset, uint32_t n, uint32_t size)
{
    return offset >= sizeof(SEC_CHANNEL_BINDINGS) && offset <= size && n <= size - offset;
}

SECURITY_STATUS troth_sspi_buffer_bindings(const SecBuffer *b, troth_bytes *ret)
{
    SEC_CHANNEL_BINDINGS cb;
    if (b->cbBuffer < sizeof cb || !b->pvBuffer)
        return SEC_E_BAD_BINDINGS;
    memcpy(&cb, b->pvBuffer, sizeof cb); /* the caller's memory need not be aligned */
    if (cb.dwInitiatorAddrType || cb.cbInitiatorLength || cb.dwAcceptorAddrType || cb.cbAcceptorLength)
        return SEC_E_BAD_BINDINGS;
    if (!cb.cbApplicationDataLength || !inside(cb.dwApplicationDataOffset, cb.cbApplicationDataLength, b->cbBuffer))
        return SEC_E_BAD_BINDINGS;
    *ret = (troth_bytes){ (const uint8_t *)b->pvBuffer + cb.dwApplicationDataOffset, cb.cbApplicationDataLength };
    return SEC_E_OK;
}
