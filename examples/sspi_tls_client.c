/*
 * A TLS client as it is written for Windows: Schannel's handshake over a socket, one line out, one answer in, and the end of
 * both directions.
 *
 *   sspi_tls_client PORT HOST LINE
 *
 * HOST is whose certificate the server must have; whom to trust is the machine's (TROTH_SSPI_CONFIG).
 * Build: gcc $(pkg-config --cflags troth-sspi) sspi_tls_client.c $(pkg-config --libs troth-sspi)
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>

#include <schannel.h>

#include "sspi_wire.h"

/* What has arrived, and was not taken yet. */
static BYTE arrived[MAX_BLOB];
static ULONG n_arrived;

static void receive_some(int s)
{
    ssize_t n = recv(s, arrived + n_arrived, sizeof arrived - n_arrived, 0);
    if (n <= 0)
        die("the connection ended", 0);
    n_arrived += (ULONG)n;
}

/* Only the last octets are still to be taken. */
static void keep(ULONG rest)
{
    memmove(arrived, arrived + n_arrived - rest, rest);
    n_arrived = rest;
}

static void give(int s, SecBuffer *out)
{
    if (out->cbBuffer && out->pvBuffer) {
        send_all(s, out->pvBuffer, out->cbBuffer);
        FreeContextBuffer(out->pvBuffer);
    }
}

static void handshake(int s, CredHandle *cred, char *host, CtxtHandle *context)
{
    const ULONG want = ISC_REQ_STREAM | ISC_REQ_CONFIDENTIALITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |
                       ISC_REQ_EXTENDED_ERROR | ISC_REQ_ALLOCATE_MEMORY;
    BOOL first = TRUE;
    ULONG got = 0;
    SECURITY_STATUS ss;
    do {
        SecBuffer in[2] = { { n_arrived, SECBUFFER_TOKEN, arrived }, { 0, SECBUFFER_EMPTY, NULL } };
        SecBuffer out = { 0, SECBUFFER_TOKEN, NULL };
        SecBufferDesc in_desc = { SECBUFFER_VERSION, 2, in }, out_desc = { SECBUFFER_VERSION, 1, &out };
        ss = InitializeSecurityContext(cred, first ? NULL : context, (void *)host, want, 0, 0, first ? NULL : &in_desc,
                                       0, context, &out_desc, &got, NULL);
        if (ss != SEC_E_INCOMPLETE_MESSAGE) {
            give(s, &out); /* of a failure: the alert */
            if (FAILED(ss))
                die("InitializeSecurityContext", ss);
            keep(!first && in[1].BufferType == SECBUFFER_EXTRA ? in[1].cbBuffer : 0);
            first = FALSE;
        }
        if (ss == SEC_E_INCOMPLETE_MESSAGE || (ss == SEC_I_CONTINUE_NEEDED && !n_arrived))
            receive_some(s);
    } while (ss == SEC_E_INCOMPLETE_MESSAGE || ss == SEC_I_CONTINUE_NEEDED);
    if (!(got & ISC_RET_CONFIDENTIALITY) || !(got & ISC_RET_MUTUAL_AUTH))
        die("no confidentiality, or nobody knows with whom", 0);
}

static void send_line(int s, CtxtHandle *context, const char *line)
{
    SecPkgContext_StreamSizes sizes;
    BYTE message[MAX_LINE + 2048];
    SECURITY_STATUS ss = QueryContextAttributes(context, SECPKG_ATTR_STREAM_SIZES, &sizes);
    if (ss != SEC_E_OK || sizes.cbHeader + MAX_LINE + sizes.cbTrailer > sizeof message)
        die("QueryContextAttributes", ss);
    BYTE *data = message + sizes.cbHeader;
    ULONG n = (ULONG)snprintf((char *)data, MAX_LINE, "%.1000s\n", line);
    SecBuffer b[] = { { sizes.cbHeader, SECBUFFER_STREAM_HEADER, message },
                      { n, SECBUFFER_DATA, data },
                      { sizes.cbTrailer, SECBUFFER_STREAM_TRAILER, data + n },
                      { 0, SECBUFFER_EMPTY, NULL } };
    SecBufferDesc desc = { SECBUFFER_VERSION, 4, b };
    ss = EncryptMessage(context, 0, &desc, 0);
    if (ss != SEC_E_OK)
        die("EncryptMessage", ss);
    send_all(s, message, b[0].cbBuffer + b[1].cbBuffer + b[2].cbBuffer);
}

static const SecBuffer *find(const SecBuffer *b, ULONG type)
{
    for (int i = 0; i < 4; i++)
        if (b[i].BufferType == type)
            return &b[i];
    return NULL;
}

/* One line; FALSE when the peer has ended its direction. */
static BOOL receive_line(int s, CtxtHandle *context, char *line)
{
    size_t n = 0;
    while (!n || line[n - 1] != '\n') {
        SecBuffer b[4] = { { n_arrived, SECBUFFER_DATA, arrived } };
        SecBufferDesc desc = { SECBUFFER_VERSION, 4, b };
        SECURITY_STATUS ss = n_arrived ? DecryptMessage(context, &desc, 0, NULL) : SEC_E_INCOMPLETE_MESSAGE;
        if (ss == SEC_E_INCOMPLETE_MESSAGE) {
            receive_some(s);
            continue;
        }
        if (ss == SEC_I_CONTEXT_EXPIRED)
            return FALSE;
        if (ss != SEC_E_OK)
            die("DecryptMessage", ss);
        const SecBuffer *data = find(b, SECBUFFER_DATA), *extra = find(b, SECBUFFER_EXTRA);
        if (data->cbBuffer >= MAX_LINE - n)
            die("the peer sends too much", 0);
        if (data->cbBuffer)
            memcpy(line + n, data->pvBuffer, data->cbBuffer);
        n += data->cbBuffer;
        keep(extra ? extra->cbBuffer : 0);
    }
    line[n - 1] = 0;
    return TRUE;
}

/* Say that nothing comes any more, so that nobody can cut the stream and have it pass for its end. */
static void end(int s, CtxtHandle *context)
{
    DWORD type = SCHANNEL_SHUTDOWN;
    SecBuffer in = { sizeof type, SECBUFFER_TOKEN, &type }, out = { 0, SECBUFFER_TOKEN, NULL };
    SecBufferDesc in_desc = { SECBUFFER_VERSION, 1, &in }, out_desc = { SECBUFFER_VERSION, 1, &out };
    ULONG got;
    SECURITY_STATUS ss = ApplyControlToken(context, &in_desc);
    if (ss == SEC_E_OK)
        ss = InitializeSecurityContext(NULL, context, NULL, ISC_REQ_ALLOCATE_MEMORY, 0, 0, NULL, 0, context, &out_desc,
                                       &got, NULL);
    if (FAILED(ss))
        die("ApplyControlToken", ss);
    give(s, &out);
}

int main(int argc, char **argv)
{
    CredHandle cred;
    CtxtHandle context;
    SecPkgContext_ConnectionInfo info;
    char answer[MAX_LINE];
    SCHANNEL_CRED wish = { .dwVersion = SCHANNEL_CRED_VERSION, .dwFlags = SCH_CRED_NO_DEFAULT_CREDS };
    if (argc != 4)
        usage("sspi_tls_client PORT HOST LINE");
    SECURITY_STATUS ss =
        AcquireCredentialsHandle(NULL, (void *)UNISP_NAME, SECPKG_CRED_OUTBOUND, NULL, &wish, NULL, NULL, &cred, NULL);
    if (ss != SEC_E_OK)
        die("AcquireCredentialsHandle", ss);
    int s = connect_to(argv[1]);
    handshake(s, &cred, argv[2], &context);
    ss = QueryContextAttributes(&context, SECPKG_ATTR_CONNECTION_INFO, &info);
    if (ss != SEC_E_OK)
        die("QueryContextAttributes", ss);
    fprintf(stderr, "TLS 1.%d with %s\n", info.dwProtocol & SP_PROT_TLS1_3 ? 3 : 2, argv[2]);
    send_line(s, &context, argv[3]);
    if (receive_line(s, &context, answer))
        printf("%s\n", answer);
    end(s, &context);
    DeleteSecurityContext(&context);
    FreeCredentialsHandle(&cred);
    close(s);
    return 0;
}
