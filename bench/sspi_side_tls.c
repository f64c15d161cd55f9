/*
 * Schannel, and bare OpenSSL over memory BIOs, as sides of bench_sspi. The target is a PEM file with a key and the
 * certificate of localhost, which is its own issuer. Both speak TLS 1.3, check the name and resume nothing.
 */
#include "sspi_side.h"
#include <openssl/ssl.h>
#include <string.h>
#define SECURITY_WIN32
#include <windows.h>
/* these want windows.h in front */
#include <schannel.h>
#include <security.h>
#include <troth/sspi.h>

#define LIST(b) (&(SecBufferDesc){ SECBUFFER_VERSION, sizeof(b) / sizeof *(b), (b) })

enum { FLIGHT = 16384, HEADER = 5 };

static char host[] = "localhost";

static void must(const char *what, int right)
{
    if (!right)
        bench_die(what, 0, 0);
}

/* ---- Schannel ---- */

typedef struct stream {
    size_t n;
    uint8_t at[FLIGHT];
} stream;

static struct schannel {
    CredHandle cred[2];
    CtxtHandle h[2];
    SECURITY_STATUS st[2];
    stream to[2];
    ULONG header, trailer;
    int open;
} sch;

static void acquire(const char *package, const char *pem)
{
    SCHANNEL_CRED client = { .dwVersion = SCHANNEL_CRED_VERSION }, server = { .dwVersion = SCHANNEL_CRED_VERSION };
    static char name[] = UNISP_NAME_A;
    PCCERT_CONTEXT own = NULL;
    (void)package;
    must("a certificate", troth_sspi_cert_from_files(pem, NULL, NULL, &own) == SEC_E_OK);
    must("a store", troth_sspi_store_from_file(pem, &client.hRootStore) == SEC_E_OK);
    client.grbitEnabledProtocols = SP_PROT_TLS1_3_CLIENT;
    client.dwFlags = SCH_CRED_NO_DEFAULT_CREDS;
    server.grbitEnabledProtocols = SP_PROT_TLS1_3_SERVER;
    server.cCreds = 1;
    server.paCred = &own;
    must("AcquireCredentialsHandle", AcquireCredentialsHandleA(NULL, name, SECPKG_CRED_OUTBOUND, NULL, &client, NULL,
                                                               NULL, &sch.cred[0], NULL) == SEC_E_OK);
    must("AcquireCredentialsHandle", AcquireCredentialsHandleA(NULL, name, SECPKG_CRED_INBOUND, NULL, &server, NULL,
                                                               NULL, &sch.cred[1], NULL) == SEC_E_OK);
}

/* One end's turn: what has come for it goes in, what it says goes to the other. */
static void turn(int end, int first)
{
    stream *mine = &sch.to[end], *other = &sch.to[!end];
    SecBuffer in[] = { { (ULONG)mine->n, SECBUFFER_TOKEN, mine->at }, { 0, SECBUFFER_EMPTY, NULL } };
    SecBuffer out[] = { { (ULONG)(FLIGHT - other->n), SECBUFFER_TOKEN, other->at + other->n } };
    CredHandle *cred = first ? &sch.cred[end] : NULL;
    CtxtHandle *before = first ? NULL : &sch.h[end];
    ULONG got;
    SECURITY_STATUS st =
        end == 0 ? InitializeSecurityContextA(cred, before, host, ISC_REQ_STREAM | ISC_REQ_CONFIDENTIALITY, 0, 0,
                                              first ? NULL : LIST(in), 0, &sch.h[0], LIST(out), &got, NULL)
                 : AcceptSecurityContext(cred, before, LIST(in), ASC_REQ_STREAM | ASC_REQ_CONFIDENTIALITY, 0, &sch.h[1],
                                         LIST(out), &got, NULL);
    if (st == SEC_E_INCOMPLETE_MESSAGE)
        return;
    if (st < 0)
        bench_die("handshake", (unsigned long)(uint32_t)st, (unsigned long)end);
    size_t rest = in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0;
    memmove(mine->at, mine->at + mine->n - rest, rest);
    mine->n = rest;
    other->n += out[0].cbBuffer;
    sch.st[end] = st;
}

static void establish(void)
{
    SecPkgContext_StreamSizes sizes;
    if (sch.open) {
        DeleteSecurityContext(&sch.h[0]);
        DeleteSecurityContext(&sch.h[1]);
    }
    sch.st[0] = sch.st[1] = SEC_I_CONTINUE_NEEDED;
    sch.to[0].n = sch.to[1].n = 0;
    turn(0, 1);
    turn(1, 1);
    for (int i = 0; i < 16 && (sch.st[0] || sch.st[1]); i++)
        if (sch.st[i & 1] == SEC_I_CONTINUE_NEEDED && sch.to[i & 1].n)
            turn(i & 1, 0);
    must("a handshake's end", !sch.st[0] && !sch.st[1]);
    must("QueryContextAttributes",
         QueryContextAttributesA(&sch.h[0], SECPKG_ATTR_STREAM_SIZES, &sizes) == SEC_E_OK && sizes.cbHeader == HEADER);
    sch.header = sizes.cbHeader;
    sch.trailer = sizes.cbTrailer;
    sch.open = 1;
}

/* A record stands around the data: its header at the end of token_room. */
static uint8_t *record_of(slot *s)
{
    return (uint8_t *)s + offsetof(slot, data) - HEADER;
}

static void seal(slot *s)
{
    SecBuffer b[] = { { sch.header, SECBUFFER_STREAM_HEADER, record_of(s) },
                      { (ULONG)s->n, SECBUFFER_DATA, s->data },
                      { sch.trailer, SECBUFFER_STREAM_TRAILER, s->data + s->n },
                      { 0, SECBUFFER_EMPTY, NULL } };
    must("EncryptMessage", EncryptMessage(&sch.h[0], 0, LIST(b), 0) == SEC_E_OK);
    s->sealed = b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer;
}

static void open_it(slot *s)
{
    SecBuffer b[4] = { { (ULONG)s->sealed, SECBUFFER_DATA, record_of(s) } };
    must("DecryptMessage", DecryptMessage(&sch.h[1], LIST(b), 0, NULL) == SEC_E_OK && b[1].cbBuffer == s->n);
}

const side side_schannel = { "sspi", acquire, establish, seal, open_it };

/* ---- OpenSSL ---- */

static struct bare {
    SSL_CTX *ctx[2];
    SSL *ssl[2];
} bare;

static void bare_acquire(const char *package, const char *pem)
{
    (void)package;
    for (int i = 0; i < 2; i++) {
        SSL_CTX *c = bare.ctx[i] = SSL_CTX_new(TLS_method());
        must("SSL_CTX_new", c && SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) == 1);
        SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_num_tickets(c, 0);
    }
    must("a certificate", SSL_CTX_load_verify_locations(bare.ctx[0], pem, NULL) == 1 &&
                              SSL_CTX_use_certificate_chain_file(bare.ctx[1], pem) == 1 &&
                              SSL_CTX_use_PrivateKey_file(bare.ctx[1], pem, SSL_FILETYPE_PEM) == 1);
    SSL_CTX_set_verify(bare.ctx[0], SSL_VERIFY_PEER, NULL);
}

/* What one side has written goes to the other through the caller's memory, as an application sends it. */
static void carry(int from)
{
    static uint8_t room[FLIGHT];
    int n = BIO_read(SSL_get_wbio(bare.ssl[from]), room, sizeof room);
    if (n > 0)
        must("BIO_write", BIO_write(SSL_get_rbio(bare.ssl[!from]), room, n) == n);
}

static void bare_establish(void)
{
    for (int i = 0; i < 2; i++) {
        SSL_free(bare.ssl[i]);
        bare.ssl[i] = SSL_new(bare.ctx[i]);
        must("SSL_new", bare.ssl[i] != NULL);
        SSL_set_bio(bare.ssl[i], BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    }
    must("a name", SSL_set1_host(bare.ssl[0], host) == 1 && SSL_set_tlsext_host_name(bare.ssl[0], host) == 1);
    SSL_set_connect_state(bare.ssl[0]);
    SSL_set_accept_state(bare.ssl[1]);
    int done = 0;
    for (int i = 0; i < 16 && done != 3; i++) {
        done |= (SSL_do_handshake(bare.ssl[i & 1]) == 1) << (i & 1);
        carry(i & 1);
    }
    must("a handshake's end", done == 3);
}

static void bare_seal(slot *s)
{
    must("SSL_write", SSL_write(bare.ssl[0], s->data, (int)s->n) == (int)s->n);
    int n = BIO_read(SSL_get_wbio(bare.ssl[0]), record_of(s), SLOT_DATA);
    must("BIO_read", n > 0);
    s->sealed = (size_t)n;
}

static void bare_open(slot *s)
{
    must("BIO_write", BIO_write(SSL_get_rbio(bare.ssl[1]), record_of(s), (int)s->sealed) == (int)s->sealed);
    must("SSL_read", SSL_read(bare.ssl[1], s->data, SLOT_DATA) == (int)s->n);
}

const side side_openssl = { "openssl", bare_acquire, bare_establish, bare_seal, bare_open };
