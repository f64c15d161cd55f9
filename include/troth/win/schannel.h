/*
 * troth/win/schannel.h: the numbers and structures of Windows' package for TLS, here 1.2 and 1.3 as streams.
 *
 * Credentials: NULL, SCHANNEL_CRED or SCH_CREDENTIALS. At most one certificate, with its key (SEC_E_NO_CREDENTIALS without),
 * and hRootStore, which in ours serves clients, too, come from the functions in troth/sspi.h; what is not given there
 * comes from the machine's configuration (section [schannel] of the file named in troth/sspi.h). Without a root store there,
 * servers are trusted that lead to the system's roots, and clients not at all.
 *
 * What restricts is obeyed or refused, never passed over: protocols other than these two, a choice of algorithms, mappers,
 * pre-shared keys, DTLS, and revocation checks that may not be left out are SEC_E_UNSUPPORTED_FUNCTION or
 * SEC_E_ALGORITHM_MISMATCH. SCH_CRED_NO_SERVERNAME_CHECK changes nothing: the name is checked. SCH_CRED_NO_SYSTEM_MAPPER
 * leaves out the configuration's rules, so that a client's name is its certificate's subject.
 *
 * dwMaximumCipherStrength, dwMinimumCipherStrength   0, or limits that leave 128 to 256 bits
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

#define SCH_CRED_NO_SYSTEM_MAPPER                    0x00000002
#define SCH_CRED_NO_SERVERNAME_CHECK                 0x00000004
#define SCH_CRED_MANUAL_CRED_VALIDATION              0x00000008
#define SCH_CRED_NO_DEFAULT_CREDS                    0x00000010
#define SCH_CRED_AUTO_CRED_VALIDATION                0x00000020
#define SCH_CRED_USE_DEFAULT_CREDS                   0x00000040
#define SCH_CRED_REVOCATION_CHECK_END_CERT           0x00000100
#define SCH_CRED_REVOCATION_CHECK_CHAIN              0x00000200
#define SCH_CRED_IGNORE_NO_REVOCATION_CHECK          0x00000800
#define SCH_CRED_IGNORE_REVOCATION_OFFLINE           0x00001000
#define SCH_CRED_DISABLE_RECONNECTS                  0x00000080
#define SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT 0x00000400
#define SCH_SEND_ROOT_CERT                           0x00040000
#define SCH_SEND_AUX_RECORD                          0x00200000
#define SCH_USE_STRONG_CRYPTO                        0x00400000
#define SCH_USE_PRESHAREDKEYS_ONLY                   0x00800000
#define SCH_USE_DTLS_ONLY                            0x01000000
#define SCH_ALLOW_NULL_ENCRYPTION                    0x02000000

/*
 * Alerts, in SCHANNEL_ALERT_TOKEN. Ours sends no other than close_notify at a caller's wish, because OpenSSL, which holds the
 * keys, has no way to: delete the context, and close the connection.
 */
#define TLS1_ALERT_WARNING             1
#define TLS1_ALERT_FATAL               2
#define TLS1_ALERT_CLOSE_NOTIFY        0
#define TLS1_ALERT_UNEXPECTED_MESSAGE  10
#define TLS1_ALERT_BAD_RECORD_MAC      20
#define TLS1_ALERT_DECRYPTION_FAILED   21
#define TLS1_ALERT_RECORD_OVERFLOW     22
#define TLS1_ALERT_DECOMPRESSION_FAIL  30
#define TLS1_ALERT_HANDSHAKE_FAILURE   40
#define TLS1_ALERT_BAD_CERTIFICATE     42
#define TLS1_ALERT_UNSUPPORTED_CERT    43
#define TLS1_ALERT_CERTIFICATE_REVOKED 44
#define TLS1_ALERT_CERTIFICATE_EXPIRED 45
#define TLS1_ALERT_CERTIFICATE_UNKNOWN 46
#define TLS1_ALERT_ILLEGAL_PARAMETER   47
#define TLS1_ALERT_UNKNOWN_CA          48
#define TLS1_ALERT_ACCESS_DENIED       49
#define TLS1_ALERT_DECODE_ERROR        50
#define TLS1_ALERT_DECRYPT_ERROR       51
#define TLS1_ALERT_EXPORT_RESTRICTION  60
#define TLS1_ALERT_PROTOCOL_VERSION    70
#define TLS1_ALERT_INSUFFIENT_SECURITY 71 /* as Microsoft spells it */
#define TLS1_ALERT_INTERNAL_ERROR      80
#define TLS1_ALERT_USER_CANCELED       90
#define TLS1_ALERT_NO_RENEGOTIATION    100
#define TLS1_ALERT_UNSUPPORTED_EXT     110

#define SSL_SESSION_ENABLE_RECONNECTS  1
#define SSL_SESSION_DISABLE_RECONNECTS 2

/*
 * What ApplyControlToken takes, in its one TOKEN buffer, of a complete context: the number SCHANNEL_SHUTDOWN alone, or one
 * of these. After SHUTDOWN (or the alert close_notify, which is the same) EncryptMessage is SEC_E_CONTEXT_EXPIRED, and the
 * next InitializeSecurityContext or AcceptSecurityContext, without input, gives the octets that end the stream. There are
 * no sessions to be resumed: DISABLE_RECONNECTS is the truth already. All else is SEC_E_UNSUPPORTED_FUNCTION.
 */
typedef struct _SCHANNEL_ALERT_TOKEN {
    DWORD dwTokenType, dwAlertType, dwAlertNumber;
} SCHANNEL_ALERT_TOKEN;
typedef struct _SCHANNEL_SESSION_TOKEN {
    DWORD dwTokenType, dwFlags;
} SCHANNEL_SESSION_TOKEN;

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

#define SECPKG_ATTR_REMOTE_CERT_CONTEXT  0x53
#define SECPKG_ATTR_LOCAL_CERT_CONTEXT   0x54
#define SECPKG_ATTR_ROOT_STORE           0x55
#define SECPKG_ATTR_ISSUER_LIST_EX       0x59
#define SECPKG_ATTR_CONNECTION_INFO      0x5A
#define SECPKG_ATTR_CIPHER_INFO          0x64
#define SECPKG_ATTR_REMOTE_CERT_CHAIN    0x67
#define SECPKG_ATTR_KEYING_MATERIAL_INFO 0x6A
#define SECPKG_ATTR_KEYING_MATERIAL      0x6B

typedef struct _SecPkgContext_ConnectionInfo {
    DWORD dwProtocol;
    ALG_ID aiCipher;
    DWORD dwCipherStrength;
    ALG_ID aiHash;
    DWORD dwHashStrength;
    ALG_ID aiExch;
    DWORD dwExchStrength;
} SecPkgContext_ConnectionInfo, *PSecPkgContext_ConnectionInfo;

#define SZ_ALG_MAX_SIZE             64
#define SECPKGCONTEXT_CIPHERINFO_V1 1
#define TLS1_PROTOCOL_VERSION       0x0301
#define TLS1_2_PROTOCOL_VERSION     0x0303
#define TLS1_3_PROTOCOL_VERSION     0x0304

/* dwProtocol is the version as on the wire. The key exchange's length is not told: 0. */
typedef struct _SecPkgContext_CipherInfo {
    DWORD dwVersion, dwProtocol, dwCipherSuite, dwBaseCipherSuite;
    WCHAR szCipherSuite[SZ_ALG_MAX_SIZE], szCipher[SZ_ALG_MAX_SIZE];
    DWORD dwCipherLen, dwCipherBlockLen;
    WCHAR szHash[SZ_ALG_MAX_SIZE];
    DWORD dwHashLen;
    WCHAR szExchange[SZ_ALG_MAX_SIZE];
    DWORD dwMinExchangeLen, dwMaxExchangeLen;
    WCHAR szCertificate[SZ_ALG_MAX_SIZE];
    DWORD dwKeyType;
} SecPkgContext_CipherInfo, *PSecPkgContext_CipherInfo;

/*
 * Keying material for what runs over the stream. [RFC 5705, RFC 8446 7.5] SetContextAttributes takes KEYING_MATERIAL_INFO at
 * any time before, and again for another label; QueryContextAttributes of the complete context gives KEYING_MATERIAL.
 *
 * cbLabel           octets of pszLabel, its NUL included
 * cbContextValue    0, and pbContextValue NULL = there is no context value
 * cbKeyingMaterial  1 to 8160
 * pbKeyingMaterial  a secret: wipe it before FreeContextBuffer, which wipes, too
 *
 * SEC_E_INVALID_PARAMETER: any other value, a label that TLS itself uses, or nothing was asked for; a context of TLS 1.2
 * without the extended master secret is SEC_E_UNSUPPORTED_FUNCTION, an expired one SEC_E_CONTEXT_EXPIRED
 */
typedef struct _SecPkgContext_KeyingMaterialInfo {
    WORD cbLabel;
    LPSTR pszLabel;
    WORD cbContextValue;
    PBYTE pbContextValue;
    DWORD cbKeyingMaterial;
} SecPkgContext_KeyingMaterialInfo, *PSecPkgContext_KeyingMaterialInfo;
typedef struct _SecPkgContext_KeyingMaterial {
    DWORD cbKeyingMaterial;
    PBYTE pbKeyingMaterial;
} SecPkgContext_KeyingMaterial, *PSecPkgContext_KeyingMaterial;

/* SECPKG_ATTR_ISSUER_LIST_EX, clients: whose certificates the server takes; names in DER. FreeContextBuffer(aIssuers) */
typedef struct _SecPkgContext_IssuerListInfoEx {
    PCERT_NAME_BLOB aIssuers;
    DWORD cIssuers;
} SecPkgContext_IssuerListInfoEx, *PSecPkgContext_IssuerListInfoEx;

/*
 * SECPKG_ATTR_TROTH_VERDICT, ours: what verification makes of the peer's certificate, for those that validate themselves
 * (MANUAL_CRED_VALIDATION).
 *
 * Status   SEC_E_OK, SEC_E_CERT_EXPIRED, SEC_E_UNTRUSTED_ROOT, SEC_E_WRONG_PRINCIPAL and so on; SEC_E_NO_CREDENTIALS: none came
 * Verdict  the same as OpenSSL's X509_V_ERR_ number
 */
typedef struct _SecPkgContext_TrothVerdict {
    SECURITY_STATUS Status;
    ULONG Verdict;
} SecPkgContext_TrothVerdict, *PSecPkgContext_TrothVerdict;

#ifdef __cplusplus
}
#endif

#endif
