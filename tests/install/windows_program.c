/*
 * A program as it is written for Windows, both of its forms: with and without UNICODE, and nothing of ours but the
 * headers' names. It talks to itself: NTLM between a client and a server in one process, a message sealed each way,
 * through the function table as through the functions. Exit status 0 and "talked as DOM\User" when all went right.
 */
#define SECURITY_WIN32
#include <windows.h>

#include <security.h>

#include <schannel.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(text) ((ULONG)(sizeof(text) / sizeof(TCHAR) - 1))

static TCHAR szPackage[] = TEXT("NTLM");
static TCHAR szUser[] = TEXT("User");
static TCHAR szDomain[] = TEXT("DOM");
static TCHAR szPassword[] = TEXT("Password");
static TCHAR szTarget[] = TEXT("host/server.example");

typedef struct _PARTY {
    CredHandle hCred;
    CtxtHandle hContext;
    BOOL fHaveContext, fDone;
    ULONG fAttributes;
} PARTY, *PPARTY;

static int Complain(const char *szWhat, SECURITY_STATUS ss)
{
    fprintf(stderr, "%s failed: 0x%08lx\n", szWhat, (unsigned long)(DWORD)ss);
    return 1;
}

static SECURITY_STATUS Acquire(PARTY *pParty, ULONG fUse, PVOID pvAuth)
{
    TimeStamp tsExpiry;
    SecInvalidateHandle(&pParty->hCred);
    return AcquireCredentialsHandle(NULL, szPackage, fUse, NULL, pvAuth, NULL, NULL, &pParty->hCred, &tsExpiry);
}

/* One leg. The token comes in pvToken and leaves in it; the package allocates it, as many programs let it. */
static SECURITY_STATUS Leg(PARTY *pParty, BOOL fServer, BYTE *pbToken, DWORD cbMax, DWORD *pcbToken)
{
    SecBuffer InBuffer, OutBuffer;
    SecBufferDesc InDesc, OutDesc;
    TimeStamp tsExpiry;
    SECURITY_STATUS ss;
    InBuffer.cbBuffer = *pcbToken;
    InBuffer.BufferType = SECBUFFER_TOKEN;
    InBuffer.pvBuffer = pbToken;
    OutBuffer.cbBuffer = 0;
    OutBuffer.BufferType = SECBUFFER_TOKEN;
    OutBuffer.pvBuffer = NULL;
    InDesc.ulVersion = OutDesc.ulVersion = SECBUFFER_VERSION;
    InDesc.cBuffers = OutDesc.cBuffers = 1;
    InDesc.pBuffers = &InBuffer;
    OutDesc.pBuffers = &OutBuffer;
    if (fServer)
        ss = AcceptSecurityContext(&pParty->hCred, pParty->fHaveContext ? &pParty->hContext : NULL, &InDesc,
                                   ASC_REQ_ALLOCATE_MEMORY | ASC_REQ_CONFIDENTIALITY, SECURITY_NATIVE_DREP,
                                   &pParty->hContext, &OutDesc, &pParty->fAttributes, &tsExpiry);
    else
        ss = InitializeSecurityContext(&pParty->hCred, pParty->fHaveContext ? &pParty->hContext : NULL, szTarget,
                                       ISC_REQ_ALLOCATE_MEMORY | ISC_REQ_CONFIDENTIALITY, 0, SECURITY_NATIVE_DREP,
                                       pParty->fHaveContext ? &InDesc : NULL, 0, &pParty->hContext, &OutDesc,
                                       &pParty->fAttributes, &tsExpiry);
    if (FAILED(ss))
        return ss;
    pParty->fHaveContext = TRUE;
    if (ss == SEC_I_COMPLETE_NEEDED || ss == SEC_I_COMPLETE_AND_CONTINUE)
        CompleteAuthToken(&pParty->hContext, &OutDesc);
    pParty->fDone = ss == SEC_E_OK || ss == SEC_I_COMPLETE_NEEDED;
    if (OutBuffer.cbBuffer > cbMax)
        return SEC_E_BUFFER_TOO_SMALL;
    CopyMemory(pbToken, OutBuffer.pvBuffer ? OutBuffer.pvBuffer : pbToken, OutBuffer.cbBuffer);
    *pcbToken = OutBuffer.cbBuffer;
    if (OutBuffer.pvBuffer)
        FreeContextBuffer(OutBuffer.pvBuffer);
    return ss;
}

static SECURITY_STATUS Talk(PSecurityFunctionTable pTable, PARTY *pFrom, PARTY *pTo)
{
    static const char szText[] = "Hello";
    SecPkgContext_Sizes Sizes;
    SecBuffer Buffers[2];
    SecBufferDesc Desc;
    BYTE rgbData[sizeof szText], rgbToken[64];
    ULONG fQop = 99;
    SECURITY_STATUS ss = QueryContextAttributes(&pFrom->hContext, SECPKG_ATTR_SIZES, &Sizes);
    if (FAILED(ss) || Sizes.cbSecurityTrailer > sizeof rgbToken)
        return FAILED(ss) ? ss : SEC_E_INTERNAL_ERROR;
    CopyMemory(rgbData, szText, sizeof szText);
    Buffers[0].BufferType = SECBUFFER_TOKEN;
    Buffers[0].cbBuffer = Sizes.cbSecurityTrailer;
    Buffers[0].pvBuffer = rgbToken;
    Buffers[1].BufferType = SECBUFFER_DATA;
    Buffers[1].cbBuffer = sizeof rgbData;
    Buffers[1].pvBuffer = rgbData;
    Desc.ulVersion = SECBUFFER_VERSION;
    Desc.cBuffers = 2;
    Desc.pBuffers = Buffers;
    ss = EncryptMessage(&pFrom->hContext, 0, &Desc, 0);
    if (SUCCEEDED(ss) && memcmp(rgbData, szText, sizeof szText) == 0)
        return SEC_E_ENCRYPT_FAILURE;
    if (SUCCEEDED(ss))
        ss = pTable->DecryptMessage(&pTo->hContext, &Desc, 0, &fQop);
    if (SUCCEEDED(ss) && (fQop != 0 || memcmp(rgbData, szText, sizeof szText) != 0))
        return SEC_E_DECRYPT_FAILURE;
    return ss;
}

int main(void)
{
    PSecurityFunctionTable pTable = InitSecurityInterface();
    PSecPkgInfo pInfo;
    SEC_WINNT_AUTH_IDENTITY Identity;
    SecPkgContext_Names Names;
    PARTY Client, Server;
    BYTE *pbToken;
    DWORD cbToken = 0, i;
    SECURITY_STATUS ss = QuerySecurityPackageInfo(szPackage, &pInfo);
    if (FAILED(ss))
        return Complain("QuerySecurityPackageInfo", ss);
    DWORD cbMax = pInfo->cbMaxToken;
    FreeContextBuffer(pInfo);
    ZeroMemory(&Client, sizeof Client);
    ZeroMemory(&Server, sizeof Server);
    ZeroMemory(&Identity, sizeof Identity);
#ifdef UNICODE
    Identity.Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    Identity.User = szUser;
    Identity.Domain = szDomain;
    Identity.Password = szPassword;
#else
    Identity.Flags = SEC_WINNT_AUTH_IDENTITY_ANSI;
    Identity.User = (unsigned char *)szUser;
    Identity.Domain = (unsigned char *)szDomain;
    Identity.Password = (unsigned char *)szPassword;
#endif
    Identity.UserLength = COUNT(szUser);
    Identity.DomainLength = COUNT(szDomain);
    Identity.PasswordLength = COUNT(szPassword);
    if (FAILED(ss = Acquire(&Client, SECPKG_CRED_OUTBOUND, &Identity)) ||
        FAILED(ss = Acquire(&Server, SECPKG_CRED_INBOUND, NULL)))
        return Complain("AcquireCredentialsHandle", ss);
    pbToken = (BYTE *)malloc(cbMax);
    for (i = 0; pbToken && !(Client.fDone && Server.fDone); i++) {
        ss = Leg(i % 2 ? &Server : &Client, i % 2 == 1, pbToken, cbMax, &cbToken);
        if (FAILED(ss))
            return Complain(i % 2 ? "AcceptSecurityContext" : "InitializeSecurityContext", ss);
    }
    free(pbToken);
    if (!(Client.fAttributes & ISC_RET_CONFIDENTIALITY) || !(Server.fAttributes & ASC_RET_CONFIDENTIALITY))
        return Complain("confidentiality", SEC_E_SECURITY_QOS_FAILED);
    if (FAILED(ss = Talk(pTable, &Client, &Server)) || FAILED(ss = Talk(pTable, &Server, &Client)))
        return Complain("EncryptMessage", ss);
    ss = QueryContextAttributes(&Server.hContext, SECPKG_ATTR_NAMES, &Names);
    if (FAILED(ss))
        return Complain("QueryContextAttributes", ss);
    printf("talked as ");
    for (i = 0; Names.sUserName[i]; i++)
        putchar((char)Names.sUserName[i]);
    putchar('\n');
    FreeContextBuffer(Names.sUserName);
    DeleteSecurityContext(&Client.hContext);
    DeleteSecurityContext(&Server.hContext);
    FreeCredentialsHandle(&Client.hCred);
    FreeCredentialsHandle(&Server.hCred);
    return 0;
}
