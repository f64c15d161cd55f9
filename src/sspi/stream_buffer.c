/* Lists of buffers that streams have and others have not. */
#include <base/reader.h>
#include <sspi/buffer.h>
#include <sspi/stream.h>

bool troth_sspi_stream_spare(const SecBuffer *b)
{
    uint32_t type = troth_sspi_buffer_type(b);
    return (type == SECBUFFER_EMPTY || type == SECBUFFER_MISSING || type == SECBUFFER_EXTRA) &&
           !troth_sspi_buffer_read_only(b);
}

SecBuffer *troth_sspi_stream_nth_spare(const SecBufferDesc *desc, size_t n)
{
    for (uint32_t i = 0; desc && i < desc->cBuffers; i++)
        if (troth_sspi_stream_spare(&desc->pBuffers[i]) && n-- == 0)
            return &desc->pBuffers[i];
    return NULL;
}

void troth_sspi_stream_say(SecBuffer *b, uint32_t type, void *p, size_t n)
{
    if (b)
        *b = (SecBuffer){ (ULONG)n, type, p };
}

/* Names behind one octet of length each, none of them empty. [RFC 7301 3.1] */
static bool are_names(troth_bytes list)
{
    size_t at = 0;
    while (at < list.len && list.data[at])
        at += 1u + list.data[at];
    return at == list.len;
}

/* SEC_APPLICATION_PROTOCOLS: its size, then lists of { extension, size, names } without space between them. */
SECURITY_STATUS troth_sspi_stream_alpn(troth_bytes list, troth_bytes *ret)
{
    troth_reader r = { list.data, list.data + list.len, TROTH_LE, TROTH_OK };
    troth_bytes found = { 0 };
    uint32_t size = troth_read_u32(&r);
    troth_reader lists = troth_read_sub(&r, size);
    if (r.st)
        return SEC_E_INVALID_TOKEN;
    while (lists.at < lists.end) {
        uint32_t extension = troth_read_u32(&lists);
        size_t n = troth_read_u16(&lists);
        const uint8_t *names = troth_read_bytes(&lists, n);
        if (lists.st || !n)
            return SEC_E_INVALID_TOKEN;
        if (extension != SecApplicationProtocolNegotiationExt_ALPN) /* NPN is nobody's any more */
            continue;
        if (found.len || !are_names((troth_bytes){ names, n }))
            return SEC_E_INVALID_TOKEN;
        found = (troth_bytes){ names, n };
    }
    *ret = found;
    return SEC_E_OK;
}
