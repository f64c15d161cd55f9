/*
 * troth/win/schannel.h: the numbers and structures of Windows' package for TLS. A package that this library does not
 * list is SEC_E_SECPKG_NOT_FOUND when it is asked for.
 */
#ifndef TROTH_WIN_SCHANNEL_H
#define TROTH_WIN_SCHANNEL_H

#include "sspi.h"
#include "wincrypt.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SCHANNEL_NAME_A      "Schannel"
#define SCHANNEL_NAME_W      u"Schannel"
#define SCHANNEL_NAME        TEXT("Schannel")
#define DEFAULT_TLS_SSP_NAME SCHANNEL_NAME

#define SCHANNEL_CRED_VERSION   0x00000004
#define SCH_CREDENTIALS_VERSION 0x00000005
#define SCHANNEL_RENEGOTIATE    0
#define SCHANNEL_SHUTDOWN       1
#define SCHANNEL_ALERT          2
#define SCHANNEL_SESSION        3

/* grbitEnabledProtocols, and SecPkgContext_ConnectionInfo.dwProtocol */
#define SP_PROT_TLS1_2_SERVER 0x00000400
#define SP_PROT_TLS1_2_CLIENT 0x00000800
#define SP_PROT_TLS1_2        (SP_PROT_TLS1_2_SERVER | SP_PROT_TLS1_2_CLIENT)
#define SP_PROT_TLS1_3_SERVER 0x00001000
#define SP_PROT_TLS1_3_CLIENT 0x00002000
#define SP_PROT_TLS1_3        (SP_PROT_TLS1_3_SERVER | SP_PROT_TLS1_3_CLIENT)

#define SCH_CRED_NO_SYSTEM_MAPPER           0x00000002
#define SCH_CRED_NO_SERVERNAME_CHECK        0x00000004
#define SCH_CRED_MANUAL_CRED_VALIDATION     0x00000008
#define SCH_CRED_NO_DEFAULT_CREDS           0x00000010
#define SCH_CRED_AUTO_CRED_VALIDATION       0x00000020
#define SCH_CRED_USE_DEFAULT_CREDS          0x00000040
#define SCH_CRED_REVOCATION_CHECK_END_CERT  0x00000100
#define SCH_CRED_REVOCATION_CHECK_CHAIN     0x00000200
#define SCH_CRED_IGNORE_NO_REVOCATION_CHECK 0x00000800
#define SCH_CRED_IGNORE_REVOCATION_OFFLINE  0x00001000
#define SCH_SEND_ROOT_CERT                  0x00040000
#define SCH_USE_STRONG_CRYPTO               0x00400000

struct _HMAPPER;

typedef struct _SCHANNEL_CRED {
    DWORD dwVersion, cCreds;
    PCCERT_CONTEXT *paCred;
    HCERTSTORE hRootStore;
    DWORD cMappers;
    struct _HMAPPER **aphMappers;
    DWORD cSupportedAlgs;
    ALG_ID *palgSupportedAlgs;
    DWORD grbitEnabledProtocols, dwMinimumCipherStrength, dwMaximumCipherStrength, dwSessionLifespan, dwFlags,
        dwCredFormat;
} SCHANNEL_CRED, *PSCHANNEL_CRED;

/* As LSA has it, whose header brings the name. */
typedef struct _LSA_UNICODE_STRING {
    USHORT Length, MaximumLength;
    PWSTR Buffer;
} UNICODE_STRING, *PUNICODE_STRING;

typedef enum _eTlsAlgorithmUsage {
    TlsParametersCngAlgUsageKeyExchange,
    TlsParametersCngAlgUsageSignature,
    TlsParametersCngAlgUsageCipher,
    TlsParametersCngAlgUsageDigest,
    TlsParametersCngAlgUsageCertSig
} eTlsAlgorithmUsage;

typedef struct _CRYPTO_SETTINGS {
    eTlsAlgorithmUsage eAlgorithmUsage;
    UNICODE_STRING strCngAlgId;
    DWORD cChainingModes;
    PUNICODE_STRING rgstrChainingModes;
    DWORD dwMinBitLength, dwMaxBitLength;
} CRYPTO_SETTINGS, *PCRYPTO_SETTINGS;

typedef struct _TLS_PARAMETERS {
    DWORD cAlpnIds;
    PUNICODE_STRING rgstrAlpnIds;
    DWORD grbitDisabledProtocols, cDisabledCrypto;
    PCRYPTO_SETTINGS pDisabledCrypto;
    DWORD dwFlags;
} TLS_PARAMETERS, *PTLS_PARAMETERS;

typedef struct _SCH_CREDENTIALS {
    DWORD dwVersion, dwCredFormat, cCreds;
    PCCERT_CONTEXT *paCred;
    HCERTSTORE hRootStore;
    DWORD cMappers;
    struct _HMAPPER **aphMappers;
    DWORD dwSessionLifespan, dwFlags, cTlsParameters;
    PTLS_PARAMETERS pTlsParameters;
} SCH_CREDENTIALS, *PSCH_CREDENTIALS;

#define SECPKG_ATTR_REMOTE_CERT_CONTEXT 0x53
#define SECPKG_ATTR_LOCAL_CERT_CONTEXT  0x54
#define SECPKG_ATTR_ROOT_STORE          0x55
#define SECPKG_ATTR_CONNECTION_INFO     0x5A
#define SECPKG_ATTR_CIPHER_INFO         0x64
#define SECPKG_ATTR_REMOTE_CERT_CHAIN   0x67

typedef struct _SecPkgContext_ConnectionInfo {
    DWORD dwProtocol;
    ALG_ID aiCipher;
    DWORD dwCipherStrength;
    ALG_ID aiHash;
    DWORD dwHashStrength;
    ALG_ID aiExch;
    DWORD dwExchStrength;
} SecPkgContext_ConnectionInfo, *PSecPkgContext_ConnectionInfo;

#ifdef __cplusplus
}
#endif

#endif
