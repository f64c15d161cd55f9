/*
 * Our SSPI over TCP for the interop cells way=sspi-in and sspi-out: the other end is .NET's TokenPeer, which tells what
 * goes over the wire.
 *
 *   interop_sspi client PORT PACKAGE TARGET LEVEL [DOMAIN USER PASSWORD-FILE]
 *   interop_sspi server PACKAGE LEVEL
 *
 * LEVEL is encrypt, sign, or check, which does without wrapped messages.
 * Its outputs are the port, and a JSON line for what was negotiated and for the end.
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>

#include "../../examples/sspi_wire.h"

static const ULONG message_sizes[] = { 1, 17, 1000, 60000 };

enum { MESSAGES = sizeof message_sizes / sizeof *message_sizes, ROOM = MAX_BLOB - 256 };

#define LIST(b) (&(SecBufferDesc){ SECBUFFER_VERSION, sizeof(b) / sizeof *(b), (b) })

typedef struct peer {
    int s;
    CredHandle cred;
    CtxtHandle h;
    ULONG got;
    int client, sealed, wraps;
    SecPkgContext_Sizes sizes;
} peer;

static void must(const char *what, SECURITY_STATUS ss)
{
    if (ss != SEC_E_OK)
        die(what, ss);
}

/* ---- establishing ---- */

static void acquire(peer *p, char *package, char **identity)
{
    SEC_WINNT_AUTH_IDENTITY_A id = { .Flags = SEC_WINNT_AUTH_IDENTITY_ANSI };
    char password[256] = "";
    if (identity) {
        FILE *f = fopen(identity[2], "r");
        if (!f || !fgets(password, sizeof password, f))
            die("password file", 0);
        fclose(f);
        password[strcspn(password, "\r\n")] = 0;
        id.Domain = (UCHAR *)identity[0], id.DomainLength = (ULONG)strlen(identity[0]);
        id.User = (UCHAR *)identity[1], id.UserLength = (ULONG)strlen(identity[1]);
        id.Password = (UCHAR *)password, id.PasswordLength = (ULONG)strlen(password);
    }
    must("AcquireCredentialsHandle",
         AcquireCredentialsHandleA(NULL, package, p->client ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND, NULL,
                                   identity ? &id : NULL, NULL, NULL, &p->cred, NULL));
}

static void authenticate(peer *p, char *target)
{
    static BYTE token[MAX_BLOB], answer[MAX_BLOB];
    const ULONG isc = ISC_REQ_MUTUAL_AUTH | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT |
                      (p->sealed ? ISC_REQ_CONFIDENTIALITY : ISC_REQ_INTEGRITY),
                asc = ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT |
                      (p->sealed ? ASC_REQ_CONFIDENTIALITY : ASC_REQ_INTEGRITY);
    SECURITY_STATUS ss = SEC_I_CONTINUE_NEEDED;
    for (int first = 1; ss == SEC_I_CONTINUE_NEEDED; first = 0) {
        SecBuffer in[] = { { 0, SECBUFFER_TOKEN, token } }, out[] = { { sizeof answer, SECBUFFER_TOKEN, answer } };
        if (!p->client || !first)
            in[0].cbBuffer = receive_blob(p->s, token);
        if (p->client)
            ss = InitializeSecurityContextA(first ? &p->cred : NULL, first ? NULL : &p->h, target, isc, 0,
                                            SECURITY_NATIVE_DREP, first ? NULL : LIST(in), 0, &p->h, LIST(out), &p->got,
                                            NULL);
        else
            ss = AcceptSecurityContext(first ? &p->cred : NULL, first ? NULL : &p->h, LIST(in), asc,
                                       SECURITY_NATIVE_DREP, &p->h, LIST(out), &p->got, NULL);
        if (FAILED(ss))
            die(p->client ? "InitializeSecurityContext" : "AcceptSecurityContext", ss);
        if (out[0].cbBuffer)
            send_blob(p->s, answer, out[0].cbBuffer);
    }
}

/* Backslashes are all that a name of ours has to escape. */
static void tell(peer *p)
{
    SecPkgContext_NamesA names;
    SecPkgContext_NegotiationInfoA info;
    char name[512] = "";
    ULONG sealing = p->client ? ISC_RET_CONFIDENTIALITY : ASC_RET_CONFIDENTIALITY;
    must("NAMES", QueryContextAttributesA(&p->h, SECPKG_ATTR_NAMES, &names));
    must("NEGOTIATION_INFO", QueryContextAttributesA(&p->h, SECPKG_ATTR_NEGOTIATION_INFO, &info));
    must("SIZES", QueryContextAttributesA(&p->h, SECPKG_ATTR_SIZES, &p->sizes));
    for (size_t i = 0, n = 0; names.sUserName[i] && n < sizeof name - 2; i++) {
        if (names.sUserName[i] == '\\')
            name[n++] = '\\';
        name[n++] = names.sUserName[i];
    }
    printf("{\"event\": \"authenticated\", \"package\": \"%s\", \"name\": \"%s\", \"mutual\": %s, \"sealed\": %s}\n",
           info.PackageInfo->Name, name, p->got & ISC_RET_MUTUAL_AUTH ? "true" : "false",
           p->got & sealing ? "true" : "false");
    fflush(stdout);
    FreeContextBuffer(names.sUserName);
    FreeContextBuffer(info.PackageInfo);
}

/* ---- messages ---- */

static void send_wrapped(peer *p, const BYTE *text, ULONG n)
{
    static BYTE all[MAX_BLOB];
    BYTE padding[32];
    SecBuffer b[] = { { p->sizes.cbSecurityTrailer, SECBUFFER_TOKEN, all },
                      { n, SECBUFFER_DATA, all + p->sizes.cbSecurityTrailer },
                      { p->sizes.cbBlockSize, SECBUFFER_PADDING, padding } };
    memcpy(b[1].pvBuffer, text, n);
    must("EncryptMessage", EncryptMessage(&p->h, p->sealed ? 0 : SECQOP_WRAP_NO_ENCRYPT, LIST(b), 0));
    memmove(all + b[0].cbBuffer, b[1].pvBuffer, n);
    send_blob(p->s, all, b[0].cbBuffer + n);
}

/* Point ret into a message that came, which is held until the next. */
static ULONG receive_wrapped(peer *p, BYTE **ret)
{
    static BYTE all[MAX_BLOB];
    ULONG qop = 7;
    SecBuffer b[] = { { receive_blob(p->s, all), SECBUFFER_STREAM, all }, { 0, SECBUFFER_DATA, NULL } };
    must("DecryptMessage", DecryptMessage(&p->h, LIST(b), 0, &qop));
    if (qop != (p->sealed ? 0 : SECQOP_WRAP_NO_ENCRYPT))
        die("quality of protection", (SECURITY_STATUS)qop);
    *ret = b[1].pvBuffer;
    return b[1].cbBuffer;
}

static void send_check(peer *p, BYTE *text, ULONG n)
{
    BYTE token[64];
    SecBuffer b[] = { { p->sizes.cbMaxSignature, SECBUFFER_TOKEN, token }, { n, SECBUFFER_DATA, text } };
    must("MakeSignature", MakeSignature(&p->h, 0, LIST(b), 0));
    send_blob(p->s, token, b[0].cbBuffer);
}

static void receive_check(peer *p, BYTE *text, ULONG n)
{
    static BYTE token[MAX_BLOB];
    SecBuffer b[] = { { receive_blob(p->s, token), SECBUFFER_TOKEN, token }, { n, SECBUFFER_DATA, text } };
    must("VerifySignature", VerifySignature(&p->h, LIST(b), 0, NULL));
}

static void as_client(peer *p)
{
    static BYTE text[ROOM];
    BYTE *back;
    for (int i = 0; i < MESSAGES; i++) {
        ULONG n = message_sizes[i];
        for (ULONG k = 0; k < n; k++)
            text[k] = (BYTE)(k * 31 + n);
        if (p->wraps) {
            send_wrapped(p, text, n);
            if (receive_wrapped(p, &back) != n || memcmp(back, text, n) != 0)
                die("the answer differs", 0);
        }
        send_blob(p->s, text, n);
        send_check(p, text, n);
        receive_check(p, text, n);
    }
}

static void as_server(peer *p)
{
    static BYTE text[MAX_BLOB];
    for (int i = 0; i < MESSAGES; i++) {
        BYTE *plain;
        ULONG n = p->wraps ? receive_wrapped(p, &plain) : 0;
        if (n > ROOM)
            die("too long", 0);
        if (p->wraps)
            send_wrapped(p, plain, n);
        n = receive_blob(p->s, text);
        receive_check(p, text, n);
        send_check(p, text, n);
    }
}

int main(int argc, char **argv)
{
    peer p = { .client = argc > 1 && strcmp(argv[1], "client") == 0 };
    if (p.client ? argc != 6 && argc != 9 : argc != 4)
        usage("interop_sspi client PORT PACKAGE TARGET LEVEL [DOMAIN USER PASSWORD-FILE] | server PACKAGE LEVEL");
    const char *level = argv[p.client ? 5 : 3];
    p.sealed = strcmp(level, "encrypt") == 0;
    p.wraps = strcmp(level, "check") != 0;
    acquire(&p, argv[p.client ? 3 : 2], argc == 9 ? argv + 6 : NULL);
    p.s = p.client ? connect_to(argv[2]) : accept_one();
    authenticate(&p, p.client ? argv[4] : NULL);
    tell(&p);
    if (p.client)
        as_client(&p);
    else
        as_server(&p);
    printf("{\"event\": \"end\", \"messages\": %d}\n", MESSAGES);
    DeleteSecurityContext(&p.h);
    FreeCredentialsHandle(&p.cred);
    close(p.s);
    return 0;
}
