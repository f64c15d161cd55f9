/*
 * A client as it is written for Windows: authenticate over a socket, in tokens behind four octets of length, then send one
 * encrypted line and read the encrypted answer.
 *
 *   sspi_client PORT PACKAGE TARGET [DOMAIN USER PASSWORD-FILE]
 *
 * Build: gcc $(pkg-config --cflags troth-sspi) sspi_client.c $(pkg-config --libs troth-sspi)
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>

#include "sspi_wire.h"

static void read_password(const char *path, char *out, size_t n)
{
    FILE *f = fopen(path, "r");
    if (!f || !fgets(out, (int)n, f))
        die("password file", 0);
    fclose(f);
    out[strcspn(out, "\r\n")] = 0;
}

static void authenticate(int s, CredHandle *cred, char *target, CtxtHandle *context)
{
    const ULONG want = ISC_REQ_MUTUAL_AUTH | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT | ISC_REQ_CONFIDENTIALITY |
                       ISC_REQ_ALLOCATE_MEMORY;
    static BYTE token[MAX_BLOB];
    BOOL first = TRUE;
    ULONG got = 0;
    SECURITY_STATUS ss;
    do {
        SecBuffer in = { 0, SECBUFFER_TOKEN, token }, out = { 0, SECBUFFER_TOKEN, NULL };
        SecBufferDesc in_desc = { SECBUFFER_VERSION, 1, &in }, out_desc = { SECBUFFER_VERSION, 1, &out };
        if (!first)
            in.cbBuffer = receive_blob(s, token);
        ss = InitializeSecurityContext(cred, first ? NULL : context, (void *)target, want, 0, SECURITY_NATIVE_DREP,
                                       first ? NULL : &in_desc, 0, context, &out_desc, &got, NULL);
        if (FAILED(ss))
            die("InitializeSecurityContext", ss);
        if (out.cbBuffer) {
            send_blob(s, out.pvBuffer, out.cbBuffer);
            FreeContextBuffer(out.pvBuffer);
        }
        first = FALSE;
    } while (ss == SEC_I_CONTINUE_NEEDED);
    if (!(got & ISC_RET_CONFIDENTIALITY)) /* the caller decides what is enough */
        die("no confidentiality", 0);
    printf("authenticated, mutual: %s\n", got & ISC_RET_MUTUAL_AUTH ? "yes" : "no");
}

int main(int argc, char **argv)
{
    CredHandle cred;
    CtxtHandle context;
    char password[256] = "", answer[MAX_LINE];
    SEC_WINNT_AUTH_IDENTITY_A id = { 0 };
    if (argc != 4 && argc != 7)
        usage("sspi_client PORT PACKAGE TARGET [DOMAIN USER PASSWORD-FILE]");
    if (argc == 7) {
        read_password(argv[6], password, sizeof password);
        id.Domain = (UCHAR *)argv[4];
        id.DomainLength = (ULONG)strlen(argv[4]);
        id.User = (UCHAR *)argv[5];
        id.UserLength = (ULONG)strlen(argv[5]);
        id.Password = (UCHAR *)password;
        id.PasswordLength = (ULONG)strlen(password);
        id.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI;
    }
    SECURITY_STATUS ss = AcquireCredentialsHandleA(NULL, argv[2], SECPKG_CRED_OUTBOUND, NULL, argc == 7 ? &id : NULL,
                                                   NULL, NULL, &cred, NULL);
    SecureZeroMemory(password, sizeof password);
    if (ss != SEC_E_OK)
        die("AcquireCredentialsHandle", ss);
    int s = connect_to(argv[1]);
    authenticate(s, &cred, argv[3], &context);
    send_sealed(s, &context, "hello");
    receive_sealed(s, &context, answer);
    printf("%s\n", answer);
    DeleteSecurityContext(&context);
    FreeCredentialsHandle(&cred);
    close(s);
    return 0;
}
