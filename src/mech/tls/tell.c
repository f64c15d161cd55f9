/* A token in words, by what its first record shows in the clear. */
#include <mech/tls/inner.h>

void troth_tls_tell(const troth_context *c, const void *impl, troth_bytes token, troth_trace_token *ret)
{
    (void)c, (void)impl;
    if (token.len <= TLS_RECORD_HEAD || token.data[1] != 3)
        return;
    uint8_t kind = token.data[0], message = token.data[TLS_RECORD_HEAD];
    if (kind == SSL3_RT_ALERT)
        ret->message = "Alert";
    else if (kind == SSL3_RT_HANDSHAKE && message == SSL3_MT_CLIENT_HELLO)
        ret->message = "ClientHello";
    else if (kind == SSL3_RT_HANDSHAKE && message == SSL3_MT_SERVER_HELLO)
        ret->message = "ServerHello";
    else
        ret->message = "handshake records";
}
