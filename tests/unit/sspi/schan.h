/*
 * schan.h: two sides of Schannel in one process, with the certificates of support/tls.h, and a stream in each direction
 * that arrives as one likes. For the tests of Schannel. Side 0 is the client.
 */
#ifndef TESTS_SSPI_SCHAN_H
#define TESTS_SSPI_SCHAN_H
#include <sspi/process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <support/test.h>
#include <support/tls.h>
#include <troth/win/schannel.h>
#include <troth/win/security.h>
#include <unistd.h>

enum { SCHAN_ROOM = 65536, SCHAN_CLIENT = 0, SCHAN_SERVER = 1 };

typedef struct schan {
    tls_world w;
    char conf[96];
    SCHANNEL_CRED wish[2];
    PCCERT_CONTEXT cert[2];
    HCERTSTORE roots[2];
    CredHandle cred[2];
    CtxtHandle h[2];
    SECURITY_STATUS st[2];
    ULONG ret[2], req[2];
    const char *target;
    uint8_t alpn[2][64]; /* SECBUFFER_APPLICATION_PROTOCOLS; n_alpn 0 = none */
    ULONG n_alpn[2];
    tls_stream in[2]; /* to each side                                          */
    size_t here[2];   /* octets of them that have arrived                      */
    size_t chunk;     /* octets that arrive at a time; 0 = all                 */
    ULONG missing;    /* of the last INCOMPLETE_MESSAGE                        */
    ULONG extra;      /* of the last call                                      */
    uint8_t out[SCHAN_ROOM], alert[256];
    ULONG n_out, n_alert;
    bool ask_alert; /* give an ALERT buffer                                    */
} schan;

static inline void schan_config(schan *s, const char *text)
{
    FILE *f = fopen(s->conf, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static inline void schan_init(schan *s)
{
    memset(s, 0, sizeof *s);
    tls_world_open(&s->w);
    assert_int_equal(troth_sspi_process_restart(&s->w.t.env), TROTH_OK);
    snprintf(s->conf, sizeof s->conf, "%s/conf", s->w.dir);
    schan_config(s, "");
    setenv("TROTH_SSPI_CONFIG", s->conf, 1);
    s->target = "server.test";
    for (int i = 0; i < 2; i++)
        s->wish[i].dwVersion = SCHANNEL_CRED_VERSION;
}

static inline PCCERT_CONTEXT schan_cert(schan *s, tls_file file)
{
    PCCERT_CONTEXT cert;
    assert_int_equal(troth_sspi_cert_from_files(s->w.path[file], NULL, NULL, &cert), SEC_E_OK);
    return cert;
}

/* What a side shows and trusts; TLS_NO_FILE = nothing. */
static inline void schan_side(schan *s, int side, tls_file own, tls_file trust)
{
    if (own != TLS_NO_FILE) {
        s->cert[side] = schan_cert(s, own);
        s->wish[side].cCreds = 1;
        s->wish[side].paCred = &s->cert[side];
    }
    if (trust != TLS_NO_FILE)
        assert_int_equal(troth_sspi_store_from_file(s->w.path[trust], &s->roots[side]), SEC_E_OK);
    s->wish[side].hRootStore = s->roots[side];
}

static inline SECURITY_STATUS schan_try(void *auth, ULONG use, CredHandle *ret)
{
    return AcquireCredentialsHandleA(NULL, (SEC_CHAR *)(uintptr_t)UNISP_NAME_A, use, NULL, auth, NULL, NULL, ret, NULL);
}

static inline void schan_acquire(schan *s)
{
    assert_int_equal(schan_try(&s->wish[0], SECPKG_CRED_OUTBOUND, &s->cred[0]), SEC_E_OK);
    assert_int_equal(schan_try(&s->wish[1], SECPKG_CRED_INBOUND, &s->cred[1]), SEC_E_OK);
}

/* The usual: the server has its certificate, the client trusts its authority, and the other way round. */
static inline void schan_usual(schan *s, ULONG protocols)
{
    schan_init(s);
    schan_side(s, SCHAN_CLIENT, TLS_NO_FILE, TLS_CA);
    schan_side(s, SCHAN_SERVER, TLS_SERVER, TLS_CA);
    s->wish[0].grbitEnabledProtocols = protocols;
}

static inline void schan_reset(schan *s)
{
    for (int i = 0; i < 2; i++) {
        if (s->h[i].dwLower)
            assert_int_equal(DeleteSecurityContext(&s->h[i]), SEC_E_OK);
        s->h[i] = (CtxtHandle){ 0, 0 };
        s->st[i] = SEC_I_CONTINUE_NEEDED;
        s->in[i].len = s->here[i] = 0;
    }
}

/* Contexts, credentials and wishes gone, as after schan_init; keys are costly, and stay. */
static inline void schan_again(schan *s)
{
    schan_reset(s);
    for (int i = 0; i < 2; i++) {
        if (s->cred[i].dwLower)
            assert_int_equal(FreeCredentialsHandle(&s->cred[i]), SEC_E_OK);
        assert_true(CertFreeCertificateContext(s->cert[i]));
        assert_true(CertCloseStore(s->roots[i], 0));
        s->cred[i] = (CredHandle){ 0, 0 };
        s->cert[i] = NULL;
        s->roots[i] = NULL;
        s->wish[i] = (SCHANNEL_CRED){ .dwVersion = SCHANNEL_CRED_VERSION };
        s->req[i] = s->n_alpn[i] = 0;
    }
}

static inline void schan_clear(schan *s)
{
    schan_again(s);
    free(s->in[0].data);
    free(s->in[1].data);
    unlink(s->conf);
    unsetenv("TROTH_SSPI_CONFIG");
    assert_int_equal(troth_sspi_process_restart(troth_env_posix()), TROTH_OK);
    tls_world_close(&s->w);
}

/* ALPN for a side: names with their octet of length. */
static inline void schan_alpn(schan *s, int side, const char *names)
{
    ULONG size = (ULONG)strlen(names), all = size + 6, ext = SecApplicationProtocolNegotiationExt_ALPN;
    USHORT n = (USHORT)size;
    memcpy(s->alpn[side], &all, 4);
    memcpy(s->alpn[side] + 4, &ext, 4);
    memcpy(s->alpn[side] + 8, &n, 2);
    memcpy(s->alpn[side] + 10, names, size);
    s->n_alpn[side] = size + 10;
}

/* Octets that a call is shown end where memory ends. */
static inline uint8_t *schan_copy(const void *p, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    if (n)
        memcpy(copy, p, n);
    return copy;
}

/* One call with room octets of output, what has arrived as input; the stream loses what was taken. */
static inline SECURITY_STATUS schan_call(schan *s, int side, ULONG room)
{
    bool first = !s->h[side].dwLower;
    size_t n = s->here[side] < s->in[side].len ? s->here[side] : s->in[side].len;
    uint8_t *shown = schan_copy(s->in[side].data, n);
    SecBuffer in[3] = { { (ULONG)n, SECBUFFER_TOKEN, shown }, { 0, SECBUFFER_EMPTY, NULL } };
    SecBuffer out[2] = { { room, SECBUFFER_TOKEN, s->out }, { sizeof s->alert, SECBUFFER_ALERT, s->alert } };
    ULONG n_in = 2;
    if (first && s->n_alpn[side])
        in[n_in++] = (SecBuffer){ s->n_alpn[side], SECBUFFER_APPLICATION_PROTOCOLS, s->alpn[side] };
    SecBufferDesc in_list = { SECBUFFER_VERSION, n_in, in }, out_list = { SECBUFFER_VERSION, 1u + s->ask_alert, out };
    CredHandle *cred = first ? &s->cred[side] : NULL;
    CtxtHandle *context = first ? NULL : &s->h[side];
    s->st[side] = side == SCHAN_CLIENT
                      ? InitializeSecurityContextA(cred, context, (SEC_CHAR *)(uintptr_t)s->target, s->req[side], 0, 0,
                                                   &in_list, 0, &s->h[side], &out_list, &s->ret[side], NULL)
                      : AcceptSecurityContext(cred, context, &in_list, s->req[side], 0, &s->h[side], &out_list,
                                              &s->ret[side], NULL);
    s->n_out = out[0].cbBuffer;
    s->n_alert = out[1].cbBuffer;
    s->extra = in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0;
    if (s->extra)
        assert_ptr_equal(in[1].pvBuffer, shown + n - s->extra);
    if (s->st[side] == SEC_E_INCOMPLETE_MESSAGE) {
        assert_int_equal(in[1].BufferType, SECBUFFER_MISSING);
        s->missing = in[1].cbBuffer;
    }
    if (s->st[side] >= 0) {
        size_t used = n - s->extra;
        tls_stream_drop(&s->in[side], used);
        s->here[side] -= s->here[side] < used ? s->here[side] : used;
        tls_stream_put(&s->in[!side], s->out, s->n_out);
    }
    free(shown);
    return s->st[side];
}

static inline void schan_arrive(schan *s, int side)
{
    s->here[side] = s->chunk && s->here[side] + s->chunk < s->in[side].len ? s->here[side] + s->chunk : s->in[side].len;
}

/* Legs until both are done, or one fails. */
static inline bool schan_shake(schan *s)
{
    s->st[0] = s->st[1] = SEC_I_CONTINUE_NEEDED;
    for (size_t i = 0; i < 40000; i++) {
        int side = (int)(i & 1);
        if (s->st[side] == SEC_E_OK)
            continue;
        if (side == SCHAN_SERVER || s->h[0].dwLower) {
            if (s->here[side] == s->in[side].len && s->st[side] != SEC_I_CONTINUE_NEEDED)
                continue; /* nothing new */
            if (!s->in[side].len)
                continue;
            schan_arrive(s, side);
        }
        SECURITY_STATUS st = schan_call(s, side, SCHAN_ROOM);
        if (st < 0 && st != SEC_E_INCOMPLETE_MESSAGE)
            return false;
        if (st == SEC_E_INCOMPLETE_MESSAGE && s->here[side] < s->in[side].len)
            i--;
        if (s->st[0] == SEC_E_OK && s->st[1] == SEC_E_OK)
            return true;
    }
    return false;
}

/* A whole world with its handshake done. */
static inline void schan_open(schan *s, ULONG protocols)
{
    schan_usual(s, protocols);
    schan_acquire(s);
    assert_true(schan_shake(s));
}

/* ---- records ---- */

static inline SecPkgContext_StreamSizes schan_sizes(schan *s, int side)
{
    SecPkgContext_StreamSizes sizes;
    assert_int_equal(QueryContextAttributesA(&s->h[side], SECPKG_ATTR_STREAM_SIZES, &sizes), SEC_E_OK);
    return sizes;
}

/* Encrypt as programs do, in one piece of memory, and put it into the other one's stream. */
static inline SECURITY_STATUS schan_send(schan *s, int side, const void *p, size_t n)
{
    SecPkgContext_StreamSizes z = schan_sizes(s, side);
    uint8_t *m = malloc(z.cbHeader + n + z.cbTrailer);
    assert_non_null(m);
    if (n)
        memcpy(m + z.cbHeader, p, n);
    SecBuffer b[4] = { { z.cbHeader, SECBUFFER_STREAM_HEADER, m },
                       { (ULONG)n, SECBUFFER_DATA, m + z.cbHeader },
                       { z.cbTrailer, SECBUFFER_STREAM_TRAILER, m + z.cbHeader + n },
                       { 0, SECBUFFER_EMPTY, NULL } };
    SecBufferDesc list = { SECBUFFER_VERSION, 4, b };
    SECURITY_STATUS st = EncryptMessage(&s->h[side], 0, &list, 0);
    if (!st)
        tls_stream_put(&s->in[!side], m, b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer);
    free(m);
    return st;
}

/* Decrypt what stands in a side's stream, n octets of it; plaintext into room. */
static inline SECURITY_STATUS schan_take(schan *s, int side, size_t n, uint8_t *room, size_t *ret_len)
{
    uint8_t *m = schan_copy(s->in[side].data, n), *before = schan_copy(s->in[side].data, n);
    SecBuffer b[5] = { { (ULONG)n, SECBUFFER_DATA, m } };
    SecBufferDesc list = { SECBUFFER_VERSION, 5, b };
    ULONG qop = 77;
    SECURITY_STATUS st = DecryptMessage(&s->h[side], &list, 0, &qop);
    if (st == SEC_E_OK || (st == SEC_I_CONTEXT_EXPIRED && b[0].BufferType == SECBUFFER_STREAM_HEADER)) {
        assert_int_equal(b[0].BufferType, SECBUFFER_STREAM_HEADER);
        assert_int_equal(b[1].BufferType, SECBUFFER_DATA);
        assert_int_equal(b[2].BufferType, SECBUFFER_STREAM_TRAILER);
        assert_int_equal(qop, st ? 77 : 0);
        size_t extra = b[3].BufferType == SECBUFFER_EXTRA ? b[3].cbBuffer : 0;
        assert_int_equal(b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer + extra, n);
        assert_ptr_equal(b[1].pvBuffer, m + b[0].cbBuffer);
        if (b[1].cbBuffer)
            memcpy(room, b[1].pvBuffer, b[1].cbBuffer);
        *ret_len = b[1].cbBuffer;
        tls_stream_drop(&s->in[side], n - extra);
    } else {
        assert_memory_equal(m, before, n); /* nothing that was not verified, and nothing else either */
        assert_int_equal(b[0].BufferType, SECBUFFER_DATA);
        assert_int_equal(b[0].cbBuffer, n);
        s->missing = b[1].BufferType == SECBUFFER_MISSING ? b[1].cbBuffer : 0;
        assert_int_equal(s->missing != 0, st == SEC_E_INCOMPLETE_MESSAGE);
    }
    free(m);
    free(before);
    return st;
}

/* A text goes from one side to the other: what came before has broken nothing. */
static inline void schan_say(schan *s, int from, const char *text)
{
    uint8_t room[SCHAN_ROOM];
    size_t n = 0, want = strlen(text);
    assert_int_equal(schan_send(s, from, text, want), SEC_E_OK);
    while (s->in[!from].len && n == 0)
        assert_int_equal(schan_take(s, !from, s->in[!from].len, room, &n), SEC_E_OK);
    assert_int_equal(n, want);
    assert_memory_equal(room, text, want);
    assert_int_equal(s->in[!from].len, 0);
}

#endif
