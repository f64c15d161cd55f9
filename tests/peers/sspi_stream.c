/* A TLS connection, in the calls and the order that Microsoft's pages of Schannel describe. */
#include "sspi_stream.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool put(const stream *s, const void *p, size_t n)
{
    const BYTE *at = p;
    while (n) {
        ssize_t k = send(s->fd, at, n, MSG_NOSIGNAL);
        if (k <= 0)
            return false; /* what the peer has said tells why */
        at += k;
        n -= (size_t)k;
    }
    return true;
}

static bool get(stream *s)
{
    ssize_t n = s->len < sizeof s->in ? recv(s->fd, s->in + s->len, sizeof s->in - s->len, 0) : 0;
    if (n <= 0)
        return false;
    s->len += (size_t)n;
    return true;
}

/* All but the last octets was taken. */
static void keep(stream *s, size_t rest)
{
    memmove(s->in, s->in + s->len - rest, rest);
    s->len = rest;
}

/* ---- the handshake ---- */

static SECURITY_STATUS call(stream *s, SecBufferDesc *in, SecBufferDesc *out, bool first)
{
    CtxtHandle *context = first ? NULL : &s->context;
    ULONG req = s->req | (s->client ? ISC_REQ_ALLOCATE_MEMORY : ASC_REQ_ALLOCATE_MEMORY);
    if (s->client)
        return InitializeSecurityContextA(&s->cred, context, first ? (SEC_CHAR *)(ULONG_PTR)s->target : NULL, req, 0, 0,
                                          in, 0, &s->context, out, &s->ret, NULL);
    return AcceptSecurityContext(&s->cred, context, in, req, 0, &s->context, out, &s->ret, NULL);
}

static void give(const stream *s, SecBuffer *b)
{
    if (!b->pvBuffer || !b->cbBuffer)
        return;
    (void)put(s, b->pvBuffer, b->cbBuffer);
    (void)FreeContextBuffer(b->pvBuffer);
}

/* One call with what has arrived; what it says goes out, and what it left stays. */
static SECURITY_STATUS leg(stream *s, bool first)
{
    SecBuffer in[3] = { { (ULONG)s->len, SECBUFFER_TOKEN, s->in }, { 0, SECBUFFER_EMPTY, NULL } };
    SecBuffer out[2] = { { 0, SECBUFFER_TOKEN, NULL }, { 0, SECBUFFER_ALERT, NULL } };
    SecBufferDesc in_list = { SECBUFFER_VERSION, 2, in }, out_list = { SECBUFFER_VERSION, 2, out };
    if (first && s->n_protocols)
        in[in_list.cBuffers++] =
            (SecBuffer){ s->n_protocols, SECBUFFER_APPLICATION_PROTOCOLS, (void *)(ULONG_PTR)s->protocols };
    SECURITY_STATUS ss = call(s, &in_list, &out_list, first);
    if (ss == SEC_E_INCOMPLETE_MESSAGE)
        return ss;
    if (FAILED(ss)) {
        give(s, &out[1]);
        return ss;
    }
    give(s, &out[0]);
    keep(s, in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0);
    return ss;
}

SECURITY_STATUS stream_shake(stream *s)
{
    bool made = false; /* there is a context */
    SECURITY_STATUS ss = SEC_E_INCOMPLETE_MESSAGE;
    if (s->client) {
        ss = leg(s, true);
        made = true;
    }
    while (ss == SEC_I_CONTINUE_NEEDED || ss == SEC_E_INCOMPLETE_MESSAGE) {
        if ((!s->len || ss == SEC_E_INCOMPLETE_MESSAGE) && !get(s)) {
            s->cut = true;
            return SEC_E_INCOMPLETE_MESSAGE;
        }
        ss = leg(s, !made);
        made |= ss == SEC_I_CONTINUE_NEEDED;
    }
    if (!ss)
        ss = QueryContextAttributesA(&s->context, SECPKG_ATTR_STREAM_SIZES, &s->sizes);
    s->open = !ss;
    return ss;
}

/* ---- messages ---- */

static SECURITY_STATUS send_one(stream *s, const BYTE *p, size_t n)
{
    BYTE *m = malloc(s->sizes.cbHeader + n + s->sizes.cbTrailer);
    if (!m)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(m + s->sizes.cbHeader, p, n);
    SecBuffer b[4] = { { s->sizes.cbHeader, SECBUFFER_STREAM_HEADER, m },
                       { (ULONG)n, SECBUFFER_DATA, m + s->sizes.cbHeader },
                       { s->sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, m + s->sizes.cbHeader + n },
                       { 0, SECBUFFER_EMPTY, NULL } };
    SecBufferDesc list = { SECBUFFER_VERSION, 4, b };
    SECURITY_STATUS ss = EncryptMessage(&s->context, 0, &list, 0);
    if (!ss && !put(s, m, b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer))
        ss = SEC_E_CONTEXT_EXPIRED;
    free(m);
    return ss;
}

SECURITY_STATUS stream_send(stream *s, const void *p, size_t n)
{
    SECURITY_STATUS ss = SEC_E_OK;
    for (const BYTE *at = p; n && !ss;) {
        size_t part = n < s->sizes.cbMaximumMessage ? n : s->sizes.cbMaximumMessage;
        ss = send_one(s, at, part);
        at += part;
        n -= part;
    }
    return ss;
}

static const SecBuffer *find(const SecBuffer *b, ULONG type)
{
    for (int i = 0; i < 4; i++)
        if (b[i].BufferType == type)
            return &b[i];
    return NULL;
}

static SECURITY_STATUS nothing_more(stream *s)
{
    s->cut = true;
    return SEC_I_CONTEXT_EXPIRED;
}

SECURITY_STATUS stream_receive(stream *s, BYTE *into, size_t *ret)
{
    for (;;) {
        SecBuffer b[4] = { { (ULONG)s->len, SECBUFFER_DATA, s->in } };
        SecBufferDesc list = { SECBUFFER_VERSION, 4, b };
        SECURITY_STATUS ss = s->len ? DecryptMessage(&s->context, &list, 0, NULL) : SEC_E_INCOMPLETE_MESSAGE;
        if (ss == SEC_E_INCOMPLETE_MESSAGE) {
            if (!get(s))
                return nothing_more(s);
            continue;
        }
        if (ss == SEC_I_CONTEXT_EXPIRED)
            s->ended = true;
        if (FAILED(ss))
            stream_flush(s); /* the alert */
        if (ss)
            return ss;
        const SecBuffer *data = find(b, SECBUFFER_DATA), *extra = find(b, SECBUFFER_EXTRA);
        *ret = data ? data->cbBuffer : 0;
        if (*ret)
            memcpy(into, data->pvBuffer, *ret);
        keep(s, extra ? extra->cbBuffer : 0);
        if (*ret)
            return SEC_E_OK;
        stream_flush(s); /* a record of TLS's own may want an answer, and nobody says when we send next */
    }
}

/* ---- what goes out without data ---- */

static SECURITY_STATUS without_input(stream *s)
{
    SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
    SecBufferDesc out_list = { SECBUFFER_VERSION, 1, &out };
    ULONG ret = s->ret;
    SECURITY_STATUS ss = call(s, NULL, &out_list, false);
    s->ret = ret;
    if (!FAILED(ss))
        give(s, &out);
    return ss;
}

void stream_flush(stream *s)
{
    (void)without_input(s); /* SEC_E_OUT_OF_SEQUENCE: nothing */
}

SECURITY_STATUS stream_end(stream *s)
{
    DWORD type = SCHANNEL_SHUTDOWN;
    SecBuffer b = { sizeof type, SECBUFFER_TOKEN, &type };
    SecBufferDesc list = { SECBUFFER_VERSION, 1, &b };
    SECURITY_STATUS ss = ApplyControlToken(&s->context, &list);
    return ss ? ss : without_input(s);
}
