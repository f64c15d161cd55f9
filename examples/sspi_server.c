/*
 * The server for sspi_client: accept one connection, see who it is, and answer its encrypted line.
 *
 *   sspi_server PACKAGE
 *
 * It prints the port it listens on. The credentials are those of the file named by TROTH_SSPI_CONFIG.
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>

#include "sspi_wire.h"

static void authenticate(int s, CredHandle *cred, CtxtHandle *context)
{
    static BYTE token[MAX_BLOB], answer[MAX_BLOB];
    BOOL first = TRUE;
    ULONG got = 0;
    SECURITY_STATUS ss;
    do {
        SecBuffer in = { 0, SECBUFFER_TOKEN, token }, out = { sizeof answer, SECBUFFER_TOKEN, answer };
        SecBufferDesc in_desc = { SECBUFFER_VERSION, 1, &in }, out_desc = { SECBUFFER_VERSION, 1, &out };
        in.cbBuffer = receive_blob(s, token);
        ss = AcceptSecurityContext(cred, first ? NULL : context, &in_desc, ASC_REQ_CONFIDENTIALITY,
                                   SECURITY_NATIVE_DREP, context, &out_desc, &got, NULL);
        if (FAILED(ss))
            die("AcceptSecurityContext", ss);
        if (out.cbBuffer)
            send_blob(s, answer, out.cbBuffer);
        first = FALSE;
    } while (ss == SEC_I_CONTINUE_NEEDED);
    if (!(got & ASC_RET_CONFIDENTIALITY))
        die("no confidentiality", 0);
}

int main(int argc, char **argv)
{
    CredHandle cred;
    CtxtHandle context;
    SecPkgContext_NamesA names;
    char line[MAX_LINE], answer[MAX_LINE];
    if (argc != 2)
        usage("sspi_server PACKAGE");
    SECURITY_STATUS ss =
        AcquireCredentialsHandleA(NULL, argv[1], SECPKG_CRED_INBOUND, NULL, NULL, NULL, NULL, &cred, NULL);
    if (ss != SEC_E_OK)
        die("AcquireCredentialsHandle", ss);
    int s = accept_one();
    authenticate(s, &cred, &context);
    ss = QueryContextAttributesA(&context, SECPKG_ATTR_NAMES, &names);
    if (ss != SEC_E_OK)
        die("QueryContextAttributes", ss);
    receive_sealed(s, &context, line);
    snprintf(answer, sizeof answer, "%.400s to %.400s", line, names.sUserName);
    printf("%s: %s\n", names.sUserName, line);
    send_sealed(s, &context, answer);
    FreeContextBuffer(names.sUserName);
    DeleteSecurityContext(&context);
    FreeCredentialsHandle(&cred);
    close(s);
    return 0;
}
