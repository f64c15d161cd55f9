/*
 * sspi_stream.h: a TLS connection as a Windows program holds it: Schannel, a socket, and what has arrived and was not
 * taken yet. Only Windows' names, and the socket's.
 */
#ifndef PEERS_SSPI_STREAM_H
#define PEERS_SSPI_STREAM_H
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>

#include <schannel.h>
#include <stdbool.h>

enum { STREAM_ROOM = 1 << 17 };

/* ended: the peer's close_notify came; cut: its octets ended without one. */
typedef struct stream {
    int fd;
    bool client, open, ended, cut;
    CredHandle cred;
    CtxtHandle context;
    const char *target;
    const BYTE *protocols; /* SEC_APPLICATION_PROTOCOLS, n_protocols 0 = none */
    ULONG n_protocols, req, ret;
    SecPkgContext_StreamSizes sizes;
    BYTE in[STREAM_ROOM];
    size_t len;
} stream;

/* Run the handshake; the alert of a failed one is sent. SEC_E_OK; else why */
SECURITY_STATUS stream_shake(stream *s);
/* Send any number of octets. */
SECURITY_STATUS stream_send(stream *s, const void *p, size_t n);
/*
 * Take one record's plaintext, at most STREAM_ROOM octets.
 *
 * SEC_E_OK; SEC_I_CONTEXT_EXPIRED (nothing comes any more: ended or cut says why); else why
 */
SECURITY_STATUS stream_receive(stream *s, BYTE *into, size_t *ret);
/* Send what a call without input has for the peer, if anything: the answers to what it sent. */
void stream_flush(stream *s);
/* End our direction. */
SECURITY_STATUS stream_end(stream *s);

#endif
