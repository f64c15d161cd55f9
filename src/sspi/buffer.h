/* sspi/buffer.h: the caller's buffers, checked before anything is believed. */
#ifndef TROTH_SSPI_BUFFER_H
#define TROTH_SSPI_BUFFER_H

#include <troth/sspi.h>
#include <troth/types.h>

enum { TROTH_SSPI_BUFFERS_MAX = 64 };

/* The type without attributes: SECBUFFER_TOKEN and so on. */
static inline uint32_t troth_sspi_buffer_type(const SecBuffer *b)
{
    return b->BufferType & ~(uint32_t)SECBUFFER_ATTRMASK;
}

/* The caller said that it must not be written to. */
static inline bool troth_sspi_buffer_read_only(const SecBuffer *b)
{
    return (b->BufferType & (SECBUFFER_READONLY | SECBUFFER_READONLY_WITH_CHECKSUM)) != 0;
}

/*
 * Check a list as such: version 0, at most TROTH_SSPI_BUFFERS_MAX buffers, and each but EMPTY, MISSING and EXTRA ones with
 * memory where it claims octets.
 *
 * out  the buffers are to be filled: one without memory is legal (ALLOCATE_MEMORY)
 *
 * SEC_E_OK; SEC_E_INVALID_TOKEN
 */
SECURITY_STATUS troth_sspi_buffers_check(const SecBufferDesc *desc, bool out);
/* Find the one buffer of a type. SEC_E_OK with *ret NULL when there is none; SEC_E_INVALID_TOKEN for two of them. */
SECURITY_STATUS troth_sspi_buffer_find(const SecBufferDesc *desc, uint32_t type, SecBuffer **ret);
/*
 * The application data inside a SECBUFFER_CHANNEL_BINDINGS. SEC_E_OK; SEC_E_BAD_BINDINGS: offsets or lengths that do not
 * lie within the buffer, or addresses, which we do not bind.
 */
SECURITY_STATUS troth_sspi_buffer_bindings(const SecBuffer *b, troth_bytes *ret);

#endif
