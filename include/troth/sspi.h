/*
 * troth/sspi.h: Windows' Security Support Provider Interface over troth's engine.
 *
 * What each call does stands in Microsoft's documentation of the function of the same name; this header tells where ours
 * has an own answer. Programs written for Windows add -I .../troth/win, which brings this file as <sspi.h> and
 * <security.h>, and link with -ltroth-sspi. Nothing here needs more than C99 and the headers beside it.
 *
 * Packages: "NTLM", "Kerberos", "Negotiate", "Schannel" (also by UNISP_NAME); names match without regard to case. What the
 * default credentials are, and whether Negotiate may offer NTLM, says the file named by TROTH_SSPI_CONFIG, else
 * /etc/troth/sspi.conf.
 *
 * Handles carry a generation. A stale, foreign or forged one is SEC_E_INVALID_HANDLE and touches nothing;
 * DeleteSecurityContext of one that was deleted already is SEC_E_OK. Credentials live on for the contexts made of them.
 *
 * Where outputs are only set on success, a failure leaves them as they were. On Linux nothing here ever changes the
 * identity under which a thread runs.
 */
#ifndef TROTH_SSPI_H
#define TROTH_SSPI_H

#include "win/sspi_flags.h"
#include "win/windef.h"
#include "win/winerror.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef LONG SECURITY_STATUS;
typedef CHAR SEC_CHAR;
typedef WCHAR SEC_WCHAR;
typedef LARGE_INTEGER _SECURITY_INTEGER, SECURITY_INTEGER, *PSECURITY_INTEGER;
/* Units of 100 ns since 1601, in UTC. */
typedef SECURITY_INTEGER TimeStamp, *PTimeStamp;

#define SECURITY_ENTRYPOINT_ANSIW "InitSecurityInterfaceW"
#define SECURITY_ENTRYPOINT_ANSIA "InitSecurityInterfaceA"
#define NTLMSP_NAME               TEXT("NTLM")
#define MICROSOFT_KERBEROS_NAME   TEXT("Kerberos")
#define NEGOSSP_NAME              TEXT("Negotiate")
#define NTLMSP_NAME_A             "NTLM"
#define MICROSOFT_KERBEROS_NAME_A "Kerberos"
#define NEGOSSP_NAME_A            "Negotiate"

/* ---- handles, buffers ---- */

typedef struct _SecHandle {
    ULONG_PTR dwLower, dwUpper;
} SecHandle, *PSecHandle;
typedef SecHandle CredHandle, CtxtHandle, *PCredHandle, *PCtxtHandle;

#define SecInvalidateHandle(handle) ((void)((handle)->dwLower = (handle)->dwUpper = (ULONG_PTR)-1))
#define SecIsValidHandle(handle)    ((handle)->dwLower != (ULONG_PTR)-1 && (handle)->dwUpper != (ULONG_PTR)-1)

typedef struct _SecBuffer {
    ULONG cbBuffer, BufferType;
    void *pvBuffer;
} SecBuffer, *PSecBuffer;

typedef struct _SecBufferDesc {
    ULONG ulVersion, cBuffers;
    PSecBuffer pBuffers;
} SecBufferDesc, *PSecBufferDesc;

/* At the front of a SECBUFFER_CHANNEL_BINDINGS; offsets count from its first octet. Addresses are not supported. */
typedef struct _SEC_CHANNEL_BINDINGS {
    ULONG dwInitiatorAddrType, cbInitiatorLength, dwInitiatorOffset;
    ULONG dwAcceptorAddrType, cbAcceptorLength, dwAcceptorOffset;
    ULONG cbApplicationDataLength, dwApplicationDataOffset;
} SEC_CHANNEL_BINDINGS, *PSEC_CHANNEL_BINDINGS;

/* ---- packages ---- */

/* One block with its strings: FreeContextBuffer once, for the array of EnumerateSecurityPackages, too. */
typedef struct _SecPkgInfoA {
    ULONG fCapabilities;
    USHORT wVersion, wRPCID;
    ULONG cbMaxToken;
    SEC_CHAR *Name, *Comment;
} SecPkgInfoA, *PSecPkgInfoA;

typedef struct _SecPkgInfoW {
    ULONG fCapabilities;
    USHORT wVersion, wRPCID;
    ULONG cbMaxToken;
    SEC_WCHAR *Name, *Comment;
} SecPkgInfoW, *PSecPkgInfoW;

SECURITY_STATUS SEC_ENTRY EnumerateSecurityPackagesA(ULONG *pcPackages, PSecPkgInfoA *ppPackageInfo);
SECURITY_STATUS SEC_ENTRY EnumerateSecurityPackagesW(ULONG *pcPackages, PSecPkgInfoW *ppPackageInfo);
SECURITY_STATUS SEC_ENTRY QuerySecurityPackageInfoA(SEC_CHAR *pszPackageName, PSecPkgInfoA *ppPackageInfo);
SECURITY_STATUS SEC_ENTRY QuerySecurityPackageInfoW(SEC_WCHAR *pszPackageName, PSecPkgInfoW *ppPackageInfo);

/* ---- identities; lengths count characters, without a NUL ---- */

typedef struct _SEC_WINNT_AUTH_IDENTITY_A {
    UCHAR *User;
    ULONG UserLength;
    UCHAR *Domain;
    ULONG DomainLength;
    UCHAR *Password;
    ULONG PasswordLength, Flags;
} SEC_WINNT_AUTH_IDENTITY_A, *PSEC_WINNT_AUTH_IDENTITY_A;

typedef struct _SEC_WINNT_AUTH_IDENTITY_W {
    WCHAR *User;
    ULONG UserLength;
    WCHAR *Domain;
    ULONG DomainLength;
    WCHAR *Password;
    ULONG PasswordLength, Flags;
} SEC_WINNT_AUTH_IDENTITY_W, *PSEC_WINNT_AUTH_IDENTITY_W;

typedef struct _SEC_WINNT_AUTH_IDENTITY_EXA {
    ULONG Version, Length;
    UCHAR *User;
    ULONG UserLength;
    UCHAR *Domain;
    ULONG DomainLength;
    UCHAR *Password;
    ULONG PasswordLength, Flags;
    UCHAR *PackageList;
    ULONG PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EXA, *PSEC_WINNT_AUTH_IDENTITY_EXA;

typedef struct _SEC_WINNT_AUTH_IDENTITY_EXW {
    ULONG Version, Length;
    WCHAR *User;
    ULONG UserLength;
    WCHAR *Domain;
    ULONG DomainLength;
    WCHAR *Password;
    ULONG PasswordLength, Flags;
    WCHAR *PackageList;
    ULONG PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EXW, *PSEC_WINNT_AUTH_IDENTITY_EXW;

/* Offsets from its first octet, lengths in octets of UTF-16. */
typedef struct _SEC_WINNT_AUTH_IDENTITY_EX2 {
    ULONG Version;
    USHORT cbHeaderLength;
    ULONG cbStructureLength;
    ULONG UserOffset;
    USHORT UserLength;
    ULONG DomainOffset;
    USHORT DomainLength;
    ULONG PackedCredentialsOffset;
    USHORT PackedCredentialsLength;
    ULONG Flags, PackageListOffset;
    USHORT PackageListLength;
} SEC_WINNT_AUTH_IDENTITY_EX2, *PSEC_WINNT_AUTH_IDENTITY_EX2;

typedef struct _SEC_WINNT_AUTH_BYTE_VECTOR {
    ULONG ByteArrayOffset;
    USHORT ByteArrayLength;
} SEC_WINNT_AUTH_BYTE_VECTOR;

typedef struct _SEC_WINNT_AUTH_DATA {
    GUID CredType;
    SEC_WINNT_AUTH_BYTE_VECTOR CredData;
} SEC_WINNT_AUTH_DATA;

typedef struct _SEC_WINNT_AUTH_PACKED_CREDENTIALS {
    USHORT cbHeaderLength, cbStructureLength;
    SEC_WINNT_AUTH_DATA AuthData;
} SEC_WINNT_AUTH_PACKED_CREDENTIALS;

/* What SspiEncode... make: opaque, taken by AcquireCredentialsHandle as pAuthData, ended by SspiFreeAuthIdentity. */
typedef void *PSEC_WINNT_AUTH_IDENTITY_OPAQUE;

SECURITY_STATUS SEC_ENTRY SspiEncodeStringsAsAuthIdentity(PCWSTR pszUserName, PCWSTR pszDomainName,
                                                          PCWSTR pszPackedCredentialsString,
                                                          PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity);
SECURITY_STATUS SEC_ENTRY SspiEncodeAuthIdentityAsStrings(PSEC_WINNT_AUTH_IDENTITY_OPAQUE pAuthIdentity,
                                                          PCWSTR *ppszUserName, PCWSTR *ppszDomainName,
                                                          PCWSTR *ppszPackedCredentialsString);
/* The identity as it is to be used with a target: ours is the same, in a block of its own. */
SECURITY_STATUS SEC_ENTRY SspiPrepareForCredRead(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszTargetName,
                                                 PULONG pCredmanCredentialType, PCWSTR *ppszCredmanTargetName);
SECURITY_STATUS SEC_ENTRY SspiPrepareForCredWrite(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszTargetName,
                                                  PULONG pCredmanCredentialType, PCWSTR *ppszCredmanTargetName,
                                                  PCWSTR *ppszCredmanUserName, PUCHAR *ppCredentialBlob,
                                                  PULONG pCredentialBlobSize);
SECURITY_STATUS SEC_ENTRY SspiCopyAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData,
                                               PSEC_WINNT_AUTH_IDENTITY_OPAQUE *AuthDataCopy);
VOID SEC_ENTRY SspiFreeAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);
VOID SEC_ENTRY SspiZeroAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData);
VOID SEC_ENTRY SspiLocalFree(PVOID DataBuffer);
BOOLEAN SEC_ENTRY SspiIsAuthIdentityEncrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData);

/* ---- credentials ---- */

/*
 * On Windows a key look-up for services, unused by its own packages. Ours calls it for ISC_REQ_PROMPT_FOR_CREDS: Arg is
 * pvGetKeyArgument, Principal the name of the target, KeyVer 0; it answers with *Status, and with an identity made by
 * SspiEncodeStringsAsAuthIdentity in *Key, which moves to the context. Without it the controlling terminal is asked.
 */
typedef void(SEC_ENTRY *SEC_GET_KEY_FN)(void *Arg, void *Principal, ULONG KeyVer, void **Key, SECURITY_STATUS *Status);

SECURITY_STATUS SEC_ENTRY AcquireCredentialsHandleA(SEC_CHAR *pszPrincipal, SEC_CHAR *pszPackage, ULONG fCredentialUse,
                                                    void *pvLogonId, void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                                                    void *pvGetKeyArgument, PCredHandle phCredential,
                                                    PTimeStamp ptsExpiry);
SECURITY_STATUS SEC_ENTRY AcquireCredentialsHandleW(SEC_WCHAR *pszPrincipal, SEC_WCHAR *pszPackage,
                                                    ULONG fCredentialUse, void *pvLogonId, void *pAuthData,
                                                    SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
                                                    PCredHandle phCredential, PTimeStamp ptsExpiry);
SECURITY_STATUS SEC_ENTRY FreeCredentialsHandle(PCredHandle phCredential);
/*
 * Add to a handle what it lacks: the other direction, or in a handle of Negotiate one of "Kerberos" and "NTLM". Naming NTLM
 * is consent to it, whatever the configuration says; it comes behind what is there. pAuthData is the initiator's, as for
 * AcquireCredentialsHandle; an acceptor's is the machine's. Contexts that exist keep what they were made of; sources that
 * the handle has already are acquired anew. Both directions of SECPKG_CRED_BOTH are added, or neither. pGetKeyFn is
 * ignored: a handle has one.
 *
 * SEC_E_UNSUPPORTED_FUNCTION (the handle has it: which of two would be meant? And for Schannel), SEC_E_SECPKG_NOT_FOUND,
 * SEC_E_WRONG_CREDENTIAL_HANDLE (a package that the handle's does not negotiate), SEC_E_INVALID_PARAMETER, and whatever
 * acquiring can fail with; then the handle is as it was.
 */
SECURITY_STATUS SEC_ENTRY AddCredentialsA(PCredHandle hCredentials, SEC_CHAR *pszPrincipal, SEC_CHAR *pszPackage,
                                          ULONG fCredentialUse, void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                                          void *pvGetKeyArgument, PTimeStamp ptsExpiry);
SECURITY_STATUS SEC_ENTRY AddCredentialsW(PCredHandle hCredentials, SEC_WCHAR *pszPrincipal, SEC_WCHAR *pszPackage,
                                          ULONG fCredentialUse, void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                                          void *pvGetKeyArgument, PTimeStamp ptsExpiry);
/*
 * NAMES: the name that was given, else whose default credentials these are, as a context's NAMES has it; for a service
 * that may have any name of its keytab, one of them. SEC_E_NO_CREDENTIALS where there is none: NTLM's acceptors, anonymous.
 * SECPKG_ATTR_TROTH_ERROR: why the last first leg failed that was made with this handle, since a failed first leg gives no
 * context to ask; its GssText is a block of its own: FreeContextBuffer. All others: SEC_E_UNSUPPORTED_FUNCTION.
 */
SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesA(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer);
SECURITY_STATUS SEC_ENTRY QueryCredentialsAttributesW(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer);
SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesA(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer,
                                                    ULONG cbBuffer);
SECURITY_STATUS SEC_ENTRY SetCredentialsAttributesW(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer,
                                                    ULONG cbBuffer);

/* ---- certificates, for Schannel's credentials (win/schannel.h) ---- */

struct _CERT_CONTEXT;

/*
 * Make a CERT_CONTEXT of a certificate in PEM form: the certificate first, behind it those that lead to its root.
 *
 * cert, key  paths, read here and never again; key NULL = it stands in cert, if anywhere
 * pem        the same, n octets in memory, the key among them; copied
 * password   of a locked key, or NULL; copied
 * ret        one reference, to be given back with CertFreeCertificateContext; set only on SEC_E_OK. The key stays inside:
 *            nothing shows it, and it is wiped with the last reference. Credentials made of it do not need it any more
 *
 * SEC_E_OK; SEC_E_NO_CREDENTIALS (a file that cannot be opened); SEC_E_UNKNOWN_CREDENTIALS (no certificate, a key that
 * cannot be read or is another's); SEC_E_INVALID_PARAMETER, SEC_E_INSUFFICIENT_MEMORY
 */
SECURITY_STATUS SEC_ENTRY troth_sspi_cert_from_files(const char *cert, const char *key, const char *password,
                                                     const struct _CERT_CONTEXT **ret);
SECURITY_STATUS SEC_ENTRY troth_sspi_cert_from_pem(const void *pem, size_t n, const char *password,
                                                   const struct _CERT_CONTEXT **ret);
/*
 * Make a store of the certificates to be trusted, of a PEM file or the same in memory, for hRootStore. *ret is an
 * HCERTSTORE: CertCloseStore. Statuses as above.
 */
SECURITY_STATUS SEC_ENTRY troth_sspi_store_from_file(const char *path, void **ret);
SECURITY_STATUS SEC_ENTRY troth_sspi_store_from_pem(const void *pem, size_t n, void **ret);

/* ---- contexts ---- */

/*
 * A leg. Without ALLOCATE_MEMORY a token that does not fit is SEC_E_BUFFER_TOO_SMALL with the octets needed in cbBuffer,
 * and the same call with a larger buffer gets it. *pfContextAttr tells of security only with SEC_E_OK.
 *
 * DATAGRAM is NTLM's alone. Kerberos and Negotiate make a context for a connection of it, and say so: RET_CONNECTION, no
 * RET_DATAGRAM; their tokens must come in order, and none is asked for twice.
 *
 * Schannel's contexts are streams, with or without REQ_STREAM, as on Windows; CONNECTION it does not know, and DATAGRAM is
 * SEC_E_UNSUPPORTED_FUNCTION. Its input is whatever has arrived, in the TOKEN, beside an EMPTY buffer:
 *   SEC_E_INCOMPLETE_MESSAGE   not one whole record: nothing has happened (a first AcceptSecurityContext has made no
 *                              context), and EMPTY became MISSING with the octets still to come, as far as they are known
 *   SEC_I_CONTINUE_NEEDED, SEC_E_OK   where EMPTY became EXTRA, that many octets at the end of the input were not taken: the
 *                              next call's, or after SEC_E_OK DecryptMessage's. Without an EMPTY buffer nobody can tell
 *   a failure                  the alert for the peer is in an output buffer of type ALERT, or, with EXTENDED_ERROR, in TOKEN
 * The first call may bring APPLICATION_PROTOCOLS. With an initiator's USE_SUPPLIED_CREDS the configuration's certificate is
 * not used. An acceptor's MUTUAL_AUTH asks for a certificate; RET_MUTUAL_AUTH says that it came, led to a trusted root and
 * belongs to an account. MANUAL_CRED_VALIDATION leaves the server's certificate to the caller. A complete context gives,
 * called without input, what is to go to the peer (its end, an alert), or SEC_E_OUT_OF_SEQUENCE when there is nothing.
 */
SECURITY_STATUS SEC_ENTRY InitializeSecurityContextA(PCredHandle phCredential, PCtxtHandle phContext,
                                                     SEC_CHAR *pszTargetName, ULONG fContextReq, ULONG Reserved1,
                                                     ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2,
                                                     PCtxtHandle phNewContext, PSecBufferDesc pOutput,
                                                     ULONG *pfContextAttr, PTimeStamp ptsExpiry);
SECURITY_STATUS SEC_ENTRY InitializeSecurityContextW(PCredHandle phCredential, PCtxtHandle phContext,
                                                     SEC_WCHAR *pszTargetName, ULONG fContextReq, ULONG Reserved1,
                                                     ULONG TargetDataRep, PSecBufferDesc pInput, ULONG Reserved2,
                                                     PCtxtHandle phNewContext, PSecBufferDesc pOutput,
                                                     ULONG *pfContextAttr, PTimeStamp ptsExpiry);
SECURITY_STATUS SEC_ENTRY AcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext, PSecBufferDesc pInput,
                                                ULONG fContextReq, ULONG TargetDataRep, PCtxtHandle phNewContext,
                                                PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry);
/* No package of ours asks for it: SEC_E_OK, and nothing happens; of a failed or expired context, why. */
SECURITY_STATUS SEC_ENTRY CompleteAuthToken(PCtxtHandle phContext, PSecBufferDesc pToken);
SECURITY_STATUS SEC_ENTRY DeleteSecurityContext(PCtxtHandle phContext);
SECURITY_STATUS SEC_ENTRY ApplyControlToken(PCtxtHandle phContext, PSecBufferDesc pInput);
/*
 * Of a complete context; SIZES of a datagram initiator before that, and SECPKG_ATTR_TROTH_ERROR always. The caller owns
 * the structure, and releases each pointer in it with FreeContextBuffer; a failure leaves the structure alone.
 *
 * NTLM, Kerberos, Negotiate: SIZES NAMES LIFESPAN DCE_INFO KEY_INFO AUTHORITY PROTO_INFO PASSWORD_EXPIRY SESSION_KEY
 * PACKAGE_INFO USER_FLAGS NEGOTIATION_INFO NATIVE_NAMES FLAGS CREDENTIAL_NAME (SEC_E_NO_CREDENTIALS for who proved no
 * name: an NTLM acceptor, an anonymous initiator) TARGET_INFORMATION and CLIENT_SPECIFIED_TARGET (SEC_E_TARGET_UNKNOWN:
 * none was named) LOGOFF_TIME; acceptors also ACCESS_TOKEN and LAST_CLIENT_TOKEN_STATUS; Negotiate also NEGO_STATUS. All
 * others, STREAM_SIZES and the channel bindings among them, are SEC_E_UNSUPPORTED_FUNCTION.
 *
 * What an NTLM client named is its own word, and says nothing about whom it reached: a client can take it from whoever
 * sent it here. Hold it against the names of your service.
 */
SECURITY_STATUS SEC_ENTRY QueryContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer);
SECURITY_STATUS SEC_ENTRY QueryContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer);
/* Schannel: KEYING_MATERIAL_INFO (win/schannel.h). All else is SEC_E_UNSUPPORTED_FUNCTION. */
SECURITY_STATUS SEC_ENTRY SetContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer,
                                                ULONG cbBuffer);
SECURITY_STATUS SEC_ENTRY SetContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer,
                                                ULONG cbBuffer);
/*
 * Hand a complete context over to another process of the same user on the same machine, before its next start. The blob is
 * sealed, is good once, and ends with the context or after a day; FreeContextBuffer releases it, its pvBuffer. The key is
 * kept in a directory that is the user's alone: [export] directory of the configuration, $XDG_RUNTIME_DIR/troth, or
 * /run/user/UID/troth. *pToken is NULL, Import's Token is ignored: QuerySecurityContextToken works on what was imported.
 *
 * SECPKG_CONTEXT_EXPORT_DELETE_OLD wipes and deletes the context. Without it both are good, and only one of them may go on
 * protecting messages: see to that. _RESET_NEW is granted where it repeats nothing, for datagrams and before the first
 * message; _TO_KERNEL never.
 *
 * Export: SEC_E_INVALID_HANDLE (also: not complete), SEC_E_CONTEXT_EXPIRED, SEC_E_INVALID_PARAMETER,
 * SEC_E_INSUFFICIENT_MEMORY; SEC_E_UNSUPPORTED_FUNCTION: Schannel, Kerberos with an encryption type other than AES, a
 * flag, or no place for the key. SECPKG_ATTR_TROTH_ERROR tells which. A failure leaves the context as it was.
 * Import: SEC_E_INVALID_TOKEN: edited, not from here, another package's, or imported before, by any process;
 * SEC_E_CONTEXT_EXPIRED, SEC_E_SECPKG_NOT_FOUND, SEC_E_INVALID_PARAMETER, SEC_E_UNSUPPORTED_FUNCTION (no place for the
 * key), SEC_E_INSUFFICIENT_MEMORY; after the last one the blob is still good.
 */
SECURITY_STATUS SEC_ENTRY ExportSecurityContext(PCtxtHandle phContext, ULONG fFlags, PSecBuffer pPackedContext,
                                                void **pToken);
SECURITY_STATUS SEC_ENTRY ImportSecurityContextA(SEC_CHAR *pszPackage, PSecBuffer pPackedContext, void *Token,
                                                 PCtxtHandle phContext);
SECURITY_STATUS SEC_ENTRY ImportSecurityContextW(SEC_WCHAR *pszPackage, PSecBuffer pPackedContext, void *Token,
                                                 PCtxtHandle phContext);
SECURITY_STATUS SEC_ENTRY FreeContextBuffer(void *pvContextBuffer);

/*
 * A thread of Linux cannot be run as another Windows account, and must not seem to: Impersonate is
 * SEC_E_UNSUPPORTED_FUNCTION (SEC_E_NO_IMPERSONATION for an initiator, or for a client that asked for IDENTIFY), Revert
 * of a complete acceptor's context SEC_E_OK. QuerySecurityContextToken tells who it would have been: *Token is a
 * PTROTH_SSPI_TOKEN, to be released with FreeContextBuffer.
 */
SECURITY_STATUS SEC_ENTRY ImpersonateSecurityContext(PCtxtHandle phContext);
SECURITY_STATUS SEC_ENTRY RevertSecurityContext(PCtxtHandle phContext);
SECURITY_STATUS SEC_ENTRY QuerySecurityContextToken(PCtxtHandle phContext, void **Token);

/*
 * One block.
 *
 * Level  1 = identification: for looking and checking only; 2 = impersonation; 3 = delegation. 0 = anonymous
 * names  UTF-8, "" when there is none
 */
typedef struct _TROTH_SSPI_TOKEN {
    ULONG cbSize, Level;
    const char *Name, *Account, *Authority;
} TROTH_SSPI_TOKEN, *PTROTH_SSPI_TOKEN;

/* ---- messages ---- */

/*
 * A list has one TOKEN, at least one DATA, at most one PADDING (which stays empty: our tokens hold all that a message
 * grows by), in any order; DATA buffers are one message in theirs. DATA may be READONLY (left out; NTLM signs it) or
 * READONLY_WITH_CHECKSUM (signed as it is); TOKEN and PADDING may not. DecryptMessage takes, instead of the TOKEN, one
 * STREAM of token and data, and points the one DATA into it; not in DCE style, whose tokens stand apart. Any other type
 * but EMPTY is SEC_E_INVALID_TOKEN, rather than left unprotected.
 *
 * MessageSeqNo counts for datagram contexts only; others count for themselves.
 *
 * A failure changes no buffer's length, uses up no number, and leaves the context as it was; SEC_E_BUFFER_TOO_SMALL has
 * encrypted nothing. What DecryptMessage refuses after looking into it is wiped: try again with the octets as they came,
 * not with what is left. VerifySignature writes nothing, pfQOP included.
 *
 * Without confidentiality EncryptMessage is SEC_E_QOP_NOT_SUPPORTED, but for SECQOP_WRAP_NO_ENCRYPT. Where there is
 * confidentiality, DecryptMessage takes a message that was only signed if pfQOP is there to be told of it, and is
 * SEC_E_DECRYPT_FAILURE otherwise (the message's number is used up). NTLM's signatures do not tell which it was:
 * there a context that encrypts decrypts, and what was only signed is for VerifySignature.
 *
 * Schannel: signatures are SEC_E_UNSUPPORTED_FUNCTION. EncryptMessage takes STREAM_HEADER, DATA, STREAM_TRAILER of at least
 * SECPKG_ATTR_STREAM_SIZES, one each, and makes one run of octets of them, in that order, each filled up before the next:
 * what the trailer's cbBuffer leaves out is not to be sent. What must go to the peer beside the data (the answer to a
 * KeyUpdate, refusals of renegotiation) goes in front of it, and has its room in cbTrailer. DecryptMessage takes one record
 * from the front of one DATA, which becomes STREAM_HEADER, and makes of the first three EMPTY ones DATA, STREAM_TRAILER, and,
 * if octets follow, EXTRA; DATA is empty for a record that only TLS itself needed.
 *   SEC_E_INCOMPLETE_MESSAGE   nothing has happened; the first EMPTY one became MISSING
 *   SEC_I_CONTEXT_EXPIRED      the peer has ended the stream, authentically; octets that end without it were cut off
 *   any other failure          no plaintext was written, and the context has failed for good
 *   SEC_E_ILLEGAL_MESSAGE      also: the peer asked for more answers (some 16) than a caller who sends nothing can owe it; one
 *                              that only reads for long may call InitializeSecurityContext or AcceptSecurityContext
 *                              without input now and then, and send what it gives
 * SEC_I_RENEGOTIATE does not occur. EncryptMessage is SEC_E_CONTEXT_EXPIRED once the stream was ended by us.
 */

SECURITY_STATUS SEC_ENTRY MakeSignature(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage, ULONG MessageSeqNo);
SECURITY_STATUS SEC_ENTRY VerifySignature(PCtxtHandle phContext, PSecBufferDesc pMessage, ULONG MessageSeqNo,
                                          ULONG *pfQOP);
SECURITY_STATUS SEC_ENTRY EncryptMessage(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage,
                                         ULONG MessageSeqNo);
SECURITY_STATUS SEC_ENTRY DecryptMessage(PCtxtHandle phContext, PSecBufferDesc pMessage, ULONG MessageSeqNo,
                                         ULONG *pfQOP);

#ifdef __cplusplus
}
#endif

#include "win/sspi_attrs.h"
#include "win/sspi_table.h"

#endif
