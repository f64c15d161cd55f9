/*
 * troth/win/wincrypt.h: certificates, as far as schannel.h needs them. A CERT_CONTEXT is read with its fields as on
 * Windows: pbCertEncoded is the certificate in DER form. Those with a private key come from troth_sspi_cert_from_files and
 * _from_pem, stores of roots from troth_sspi_store_from_file and _from_pem (troth/sspi.h); no other store exists here.
 */
#ifndef TROTH_WIN_WINCRYPT_H
#define TROTH_WIN_WINCRYPT_H

#include "windef.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef void *HCERTSTORE;
struct _CERT_INFO; /* not filled in here: decode pbCertEncoded */

typedef struct _CERT_CONTEXT {
    DWORD dwCertEncodingType;
    BYTE *pbCertEncoded;
    DWORD cbCertEncoded;
    struct _CERT_INFO *pCertInfo;
    HCERTSTORE hCertStore;
} CERT_CONTEXT, *PCERT_CONTEXT;
typedef const CERT_CONTEXT *PCCERT_CONTEXT;

typedef struct _CRYPTOAPI_BLOB {
    DWORD cbData;
    BYTE *pbData;
} CRYPT_DATA_BLOB, *PCRYPT_DATA_BLOB, CERT_NAME_BLOB, *PCERT_NAME_BLOB;

/*
 * References to a context or store of ours: one more, and one less; the last one wipes and releases. NULL, and what is none
 * of ours, is left alone (Duplicate: NULL; Free: TRUE for NULL, else FALSE, as Close).
 */
PCCERT_CONTEXT WINAPI CertDuplicateCertificateContext(PCCERT_CONTEXT pCertContext);
BOOL WINAPI CertFreeCertificateContext(PCCERT_CONTEXT pCertContext);
HCERTSTORE WINAPI CertDuplicateStore(HCERTSTORE hCertStore);
BOOL WINAPI CertCloseStore(HCERTSTORE hCertStore, DWORD dwFlags);

#define X509_ASN_ENCODING   0x00000001
#define PKCS_7_ASN_ENCODING 0x00010000

/* Algorithm numbers that contexts tell of themselves. */
#define CALG_MD5        0x00008003
#define CALG_SHA1       0x00008004
#define CALG_HMAC       0x00008009
#define CALG_SHA_256    0x0000800C
#define CALG_SHA_384    0x0000800D
#define CALG_SHA_512    0x0000800E
#define CALG_AES_128    0x0000660E
#define CALG_AES_256    0x00006610
#define CALG_RC4        0x00006801
#define CALG_RSA_SIGN   0x00002400
#define CALG_RSA_KEYX   0x0000A400
#define CALG_DH_EPHEM   0x0000AA02
#define CALG_ECDH_EPHEM 0x0000AE06

#ifdef __cplusplus
}
#endif

#endif
