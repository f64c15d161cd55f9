/*
 * troth/win/sspi_table.h: the function tables of InitSecurityInterface, and the names without A or W. Included by sspi.h.
 */
#ifndef TROTH_WIN_SSPI_TABLE_H
#define TROTH_WIN_SSPI_TABLE_H

#include "../sspi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION 1

typedef SECURITY_STATUS(SEC_ENTRY *ENUMERATE_SECURITY_PACKAGES_FN_A)(ULONG *, PSecPkgInfoA *);
typedef SECURITY_STATUS(SEC_ENTRY *ENUMERATE_SECURITY_PACKAGES_FN_W)(ULONG *, PSecPkgInfoW *);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_CREDENTIALS_ATTRIBUTES_FN_A)(PCredHandle, ULONG, void *);
typedef QUERY_CREDENTIALS_ATTRIBUTES_FN_A QUERY_CREDENTIALS_ATTRIBUTES_FN_W;
typedef SECURITY_STATUS(SEC_ENTRY *ACQUIRE_CREDENTIALS_HANDLE_FN_A)(SEC_CHAR *, SEC_CHAR *, ULONG, void *, void *,
                                                                    SEC_GET_KEY_FN, void *, PCredHandle, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *ACQUIRE_CREDENTIALS_HANDLE_FN_W)(SEC_WCHAR *, SEC_WCHAR *, ULONG, void *, void *,
                                                                    SEC_GET_KEY_FN, void *, PCredHandle, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *FREE_CREDENTIALS_HANDLE_FN)(PCredHandle);
typedef SECURITY_STATUS(SEC_ENTRY *INITIALIZE_SECURITY_CONTEXT_FN_A)(PCredHandle, PCtxtHandle, SEC_CHAR *, ULONG, ULONG,
                                                                     ULONG, PSecBufferDesc, ULONG, PCtxtHandle,
                                                                     PSecBufferDesc, ULONG *, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *INITIALIZE_SECURITY_CONTEXT_FN_W)(PCredHandle, PCtxtHandle, SEC_WCHAR *, ULONG,
                                                                     ULONG, ULONG, PSecBufferDesc, ULONG, PCtxtHandle,
                                                                     PSecBufferDesc, ULONG *, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *ACCEPT_SECURITY_CONTEXT_FN)(PCredHandle, PCtxtHandle, PSecBufferDesc, ULONG, ULONG,
                                                               PCtxtHandle, PSecBufferDesc, ULONG *, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *COMPLETE_AUTH_TOKEN_FN)(PCtxtHandle, PSecBufferDesc);
typedef SECURITY_STATUS(SEC_ENTRY *DELETE_SECURITY_CONTEXT_FN)(PCtxtHandle);
typedef SECURITY_STATUS(SEC_ENTRY *APPLY_CONTROL_TOKEN_FN)(PCtxtHandle, PSecBufferDesc);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_CONTEXT_ATTRIBUTES_FN_A)(PCtxtHandle, ULONG, void *);
typedef QUERY_CONTEXT_ATTRIBUTES_FN_A QUERY_CONTEXT_ATTRIBUTES_FN_W;
typedef SECURITY_STATUS(SEC_ENTRY *IMPERSONATE_SECURITY_CONTEXT_FN)(PCtxtHandle);
typedef SECURITY_STATUS(SEC_ENTRY *REVERT_SECURITY_CONTEXT_FN)(PCtxtHandle);
typedef SECURITY_STATUS(SEC_ENTRY *MAKE_SIGNATURE_FN)(PCtxtHandle, ULONG, PSecBufferDesc, ULONG);
typedef SECURITY_STATUS(SEC_ENTRY *VERIFY_SIGNATURE_FN)(PCtxtHandle, PSecBufferDesc, ULONG, ULONG *);
typedef SECURITY_STATUS(SEC_ENTRY *FREE_CONTEXT_BUFFER_FN)(void *);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_SECURITY_PACKAGE_INFO_FN_A)(SEC_CHAR *, PSecPkgInfoA *);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_SECURITY_PACKAGE_INFO_FN_W)(SEC_WCHAR *, PSecPkgInfoW *);
typedef SECURITY_STATUS(SEC_ENTRY *EXPORT_SECURITY_CONTEXT_FN)(PCtxtHandle, ULONG, PSecBuffer, void **);
typedef SECURITY_STATUS(SEC_ENTRY *IMPORT_SECURITY_CONTEXT_FN_A)(SEC_CHAR *, PSecBuffer, void *, PCtxtHandle);
typedef SECURITY_STATUS(SEC_ENTRY *IMPORT_SECURITY_CONTEXT_FN_W)(SEC_WCHAR *, PSecBuffer, void *, PCtxtHandle);
typedef SECURITY_STATUS(SEC_ENTRY *ADD_CREDENTIALS_FN_A)(PCredHandle, SEC_CHAR *, SEC_CHAR *, ULONG, void *,
                                                         SEC_GET_KEY_FN, void *, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *ADD_CREDENTIALS_FN_W)(PCredHandle, SEC_WCHAR *, SEC_WCHAR *, ULONG, void *,
                                                         SEC_GET_KEY_FN, void *, PTimeStamp);
typedef SECURITY_STATUS(SEC_ENTRY *QUERY_SECURITY_CONTEXT_TOKEN_FN)(PCtxtHandle, void **);
typedef SECURITY_STATUS(SEC_ENTRY *ENCRYPT_MESSAGE_FN)(PCtxtHandle, ULONG, PSecBufferDesc, ULONG);
typedef SECURITY_STATUS(SEC_ENTRY *DECRYPT_MESSAGE_FN)(PCtxtHandle, PSecBufferDesc, ULONG, ULONG *);
typedef SECURITY_STATUS(SEC_ENTRY *SET_CONTEXT_ATTRIBUTES_FN_A)(PCtxtHandle, ULONG, void *, ULONG);
typedef SET_CONTEXT_ATTRIBUTES_FN_A SET_CONTEXT_ATTRIBUTES_FN_W;
typedef SECURITY_STATUS(SEC_ENTRY *SET_CREDENTIALS_ATTRIBUTES_FN_A)(PCredHandle, ULONG, void *, ULONG);
typedef SET_CREDENTIALS_ATTRIBUTES_FN_A SET_CREDENTIALS_ATTRIBUTES_FN_W;

/* dwVersion is SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION; Reserved3 and Reserved4 are EncryptMessage, DecryptMessage. */
typedef struct _SECURITY_FUNCTION_TABLE_A {
    ULONG dwVersion;
    ENUMERATE_SECURITY_PACKAGES_FN_A EnumerateSecurityPackagesA;
    QUERY_CREDENTIALS_ATTRIBUTES_FN_A QueryCredentialsAttributesA;
    ACQUIRE_CREDENTIALS_HANDLE_FN_A AcquireCredentialsHandleA;
    FREE_CREDENTIALS_HANDLE_FN FreeCredentialsHandle;
    void *Reserved2;
    INITIALIZE_SECURITY_CONTEXT_FN_A InitializeSecurityContextA;
    ACCEPT_SECURITY_CONTEXT_FN AcceptSecurityContext;
    COMPLETE_AUTH_TOKEN_FN CompleteAuthToken;
    DELETE_SECURITY_CONTEXT_FN DeleteSecurityContext;
    APPLY_CONTROL_TOKEN_FN ApplyControlToken;
    QUERY_CONTEXT_ATTRIBUTES_FN_A QueryContextAttributesA;
    IMPERSONATE_SECURITY_CONTEXT_FN ImpersonateSecurityContext;
    REVERT_SECURITY_CONTEXT_FN RevertSecurityContext;
    MAKE_SIGNATURE_FN MakeSignature;
    VERIFY_SIGNATURE_FN VerifySignature;
    FREE_CONTEXT_BUFFER_FN FreeContextBuffer;
    QUERY_SECURITY_PACKAGE_INFO_FN_A QuerySecurityPackageInfoA;
    void *Reserved3, *Reserved4;
    EXPORT_SECURITY_CONTEXT_FN ExportSecurityContext;
    IMPORT_SECURITY_CONTEXT_FN_A ImportSecurityContextA;
    ADD_CREDENTIALS_FN_A AddCredentialsA;
    void *Reserved8;
    QUERY_SECURITY_CONTEXT_TOKEN_FN QuerySecurityContextToken;
    ENCRYPT_MESSAGE_FN EncryptMessage;
    DECRYPT_MESSAGE_FN DecryptMessage;
    SET_CONTEXT_ATTRIBUTES_FN_A SetContextAttributesA;
    SET_CREDENTIALS_ATTRIBUTES_FN_A SetCredentialsAttributesA;
} SecurityFunctionTableA, *PSecurityFunctionTableA;

typedef struct _SECURITY_FUNCTION_TABLE_W {
    ULONG dwVersion;
    ENUMERATE_SECURITY_PACKAGES_FN_W EnumerateSecurityPackagesW;
    QUERY_CREDENTIALS_ATTRIBUTES_FN_W QueryCredentialsAttributesW;
    ACQUIRE_CREDENTIALS_HANDLE_FN_W AcquireCredentialsHandleW;
    FREE_CREDENTIALS_HANDLE_FN FreeCredentialsHandle;
    void *Reserved2;
    INITIALIZE_SECURITY_CONTEXT_FN_W InitializeSecurityContextW;
    ACCEPT_SECURITY_CONTEXT_FN AcceptSecurityContext;
    COMPLETE_AUTH_TOKEN_FN CompleteAuthToken;
    DELETE_SECURITY_CONTEXT_FN DeleteSecurityContext;
    APPLY_CONTROL_TOKEN_FN ApplyControlToken;
    QUERY_CONTEXT_ATTRIBUTES_FN_W QueryContextAttributesW;
    IMPERSONATE_SECURITY_CONTEXT_FN ImpersonateSecurityContext;
    REVERT_SECURITY_CONTEXT_FN RevertSecurityContext;
    MAKE_SIGNATURE_FN MakeSignature;
    VERIFY_SIGNATURE_FN VerifySignature;
    FREE_CONTEXT_BUFFER_FN FreeContextBuffer;
    QUERY_SECURITY_PACKAGE_INFO_FN_W QuerySecurityPackageInfoW;
    void *Reserved3, *Reserved4;
    EXPORT_SECURITY_CONTEXT_FN ExportSecurityContext;
    IMPORT_SECURITY_CONTEXT_FN_W ImportSecurityContextW;
    ADD_CREDENTIALS_FN_W AddCredentialsW;
    void *Reserved8;
    QUERY_SECURITY_CONTEXT_TOKEN_FN QuerySecurityContextToken;
    ENCRYPT_MESSAGE_FN EncryptMessage;
    DECRYPT_MESSAGE_FN DecryptMessage;
    SET_CONTEXT_ATTRIBUTES_FN_W SetContextAttributesW;
    SET_CREDENTIALS_ATTRIBUTES_FN_W SetCredentialsAttributesW;
} SecurityFunctionTableW, *PSecurityFunctionTableW;

typedef PSecurityFunctionTableA(SEC_ENTRY *INIT_SECURITY_INTERFACE_A)(void);
typedef PSecurityFunctionTableW(SEC_ENTRY *INIT_SECURITY_INTERFACE_W)(void);

/* Never NULL; the table is constant and never freed. */
PSecurityFunctionTableA SEC_ENTRY InitSecurityInterfaceA(void);
PSecurityFunctionTableW SEC_ENTRY InitSecurityInterfaceW(void);

#ifdef __cplusplus
}
#endif

/* ---- the names without A or W ---- */

#define EnumerateSecurityPackages  TROTH_WIN_AW(EnumerateSecurityPackages)
#define QuerySecurityPackageInfo   TROTH_WIN_AW(QuerySecurityPackageInfo)
#define AcquireCredentialsHandle   TROTH_WIN_AW(AcquireCredentialsHandle)
#define AddCredentials             TROTH_WIN_AW(AddCredentials)
#define QueryCredentialsAttributes TROTH_WIN_AW(QueryCredentialsAttributes)
#define SetCredentialsAttributes   TROTH_WIN_AW(SetCredentialsAttributes)
#define InitializeSecurityContext  TROTH_WIN_AW(InitializeSecurityContext)
#define QueryContextAttributes     TROTH_WIN_AW(QueryContextAttributes)
#define SetContextAttributes       TROTH_WIN_AW(SetContextAttributes)
#define ImportSecurityContext      TROTH_WIN_AW(ImportSecurityContext)
#define InitSecurityInterface      TROTH_WIN_AW(InitSecurityInterface)

#if defined UNICODE || defined _UNICODE
#define TROTH_WIN_UNDERSCORED(name) name##_W
#else
#define TROTH_WIN_UNDERSCORED(name) name##_A
#endif
#define SecPkgInfo                     TROTH_WIN_AW(SecPkgInfo)
#define PSecPkgInfo                    TROTH_WIN_AW(PSecPkgInfo)
#define SecurityFunctionTable          TROTH_WIN_AW(SecurityFunctionTable)
#define PSecurityFunctionTable         TROTH_WIN_AW(PSecurityFunctionTable)
#define SecPkgContext_Names            TROTH_WIN_AW(SecPkgContext_Names)
#define PSecPkgContext_Names           TROTH_WIN_AW(PSecPkgContext_Names)
#define SecPkgContext_NativeNames      TROTH_WIN_AW(SecPkgContext_NativeNames)
#define PSecPkgContext_NativeNames     TROTH_WIN_AW(PSecPkgContext_NativeNames)
#define SecPkgContext_KeyInfo          TROTH_WIN_AW(SecPkgContext_KeyInfo)
#define PSecPkgContext_KeyInfo         TROTH_WIN_AW(PSecPkgContext_KeyInfo)
#define SecPkgContext_Authority        TROTH_WIN_AW(SecPkgContext_Authority)
#define PSecPkgContext_Authority       TROTH_WIN_AW(PSecPkgContext_Authority)
#define SecPkgContext_ProtoInfo        TROTH_WIN_AW(SecPkgContext_ProtoInfo)
#define PSecPkgContext_ProtoInfo       TROTH_WIN_AW(PSecPkgContext_ProtoInfo)
#define SecPkgContext_PackageInfo      TROTH_WIN_AW(SecPkgContext_PackageInfo)
#define PSecPkgContext_PackageInfo     TROTH_WIN_AW(PSecPkgContext_PackageInfo)
#define SecPkgContext_NegotiationInfo  TROTH_WIN_AW(SecPkgContext_NegotiationInfo)
#define PSecPkgContext_NegotiationInfo TROTH_WIN_AW(PSecPkgContext_NegotiationInfo)
#define SecPkgContext_CredentialName   TROTH_WIN_AW(SecPkgContext_CredentialName)
#define PSecPkgContext_CredentialName  TROTH_WIN_AW(PSecPkgContext_CredentialName)
#define SecPkgCredentials_Names        TROTH_WIN_AW(SecPkgCredentials_Names)
#define PSecPkgCredentials_Names       TROTH_WIN_AW(PSecPkgCredentials_Names)
#define SEC_WINNT_AUTH_IDENTITY_EX     TROTH_WIN_AW(SEC_WINNT_AUTH_IDENTITY_EX)
#define PSEC_WINNT_AUTH_IDENTITY_EX    TROTH_WIN_AW(PSEC_WINNT_AUTH_IDENTITY_EX)
#define SEC_WINNT_AUTH_IDENTITY        TROTH_WIN_UNDERSCORED(SEC_WINNT_AUTH_IDENTITY)
#define PSEC_WINNT_AUTH_IDENTITY       TROTH_WIN_UNDERSCORED(PSEC_WINNT_AUTH_IDENTITY)
#define INIT_SECURITY_INTERFACE        TROTH_WIN_UNDERSCORED(INIT_SECURITY_INTERFACE)
#define ACQUIRE_CREDENTIALS_HANDLE_FN  TROTH_WIN_UNDERSCORED(ACQUIRE_CREDENTIALS_HANDLE_FN)
#define INITIALIZE_SECURITY_CONTEXT_FN TROTH_WIN_UNDERSCORED(INITIALIZE_SECURITY_CONTEXT_FN)
#define QUERY_CONTEXT_ATTRIBUTES_FN    TROTH_WIN_UNDERSCORED(QUERY_CONTEXT_ATTRIBUTES_FN)
#define QUERY_SECURITY_PACKAGE_INFO_FN TROTH_WIN_UNDERSCORED(QUERY_SECURITY_PACKAGE_INFO_FN)
#define ENUMERATE_SECURITY_PACKAGES_FN TROTH_WIN_UNDERSCORED(ENUMERATE_SECURITY_PACKAGES_FN)
#if defined UNICODE || defined _UNICODE
#define SECURITY_ENTRYPOINT_ANSI SECURITY_ENTRYPOINT_ANSIW
#else
#define SECURITY_ENTRYPOINT_ANSI SECURITY_ENTRYPOINT_ANSIA
#endif

#endif
