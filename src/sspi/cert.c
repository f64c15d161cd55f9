/* Certificates and stores: made, shared, released. */
#include <mech/tls/tls.h>
#include <sspi/cert.h>
#include <sspi/process.h>
#include <stdio.h>
#include <string.h>

enum { FILE_MAX = 1 << 20 };

static troth_sspi_blocks *blocks(void)
{
    return &troth_sspi_process_get()->blocks;
}

static SECURITY_STATUS status_of(troth_status st)
{
    return !st ? SEC_E_OK : st == TROTH_NO_MEMORY ? SEC_E_INSUFFICIENT_MEMORY : SEC_E_UNKNOWN_CREDENTIALS;
}

/* ---- one block each ---- */

static troth_bytes put(uint8_t **at, troth_bytes from)
{
    troth_bytes to = { *at, from.len };
    if (from.len)
        memcpy(*at, from.data, from.len);
    *at += from.len;
    return to;
}

static troth_sspi_cert *new_cert(troth_bytes der, troth_bytes pem, troth_bytes key, troth_bytes secret)
{
    size_t n = sizeof(troth_sspi_cert) + der.len + pem.len + key.len + secret.len;
    troth_sspi_cert *c = troth_sspi_block_new(blocks(), TROTH_SSPI_BLOCK_CERT, n);
    if (!c)
        return NULL;
    uint8_t *at = (uint8_t *)(c + 1);
    atomic_init(&c->refs, 1);
    c->shown = (CERT_CONTEXT){ .dwCertEncodingType = X509_ASN_ENCODING,
                               .pbCertEncoded = (BYTE *)(uintptr_t)put(&at, der).data,
                               .cbCertEncoded = (DWORD)der.len };
    c->pem = put(&at, pem);
    c->key = put(&at, key);
    c->secret = put(&at, secret);
    return c;
}

const CERT_CONTEXT *troth_sspi_cert_of_der(troth_bytes der)
{
    const troth_bytes none = { 0 };
    troth_sspi_cert *c = new_cert(der, none, none, none);
    return c ? &c->shown : NULL;
}

static SECURITY_STATUS make_cert(troth_bytes pem, troth_bytes key, const char *password, const CERT_CONTEXT **ret)
{
    troth_block der = { 0 };
    bool has_key;
    const troth_env *env = troth_sspi_process_get()->env;
    troth_bytes secret = { (const uint8_t *)password, password ? strlen(password) : 0 };
    troth_status st = troth_tls_pem_look(env, pem, key, secret, &der, &has_key);
    if (st)
        return status_of(st);
    troth_sspi_cert *c = new_cert((troth_bytes){ der.data, der.len }, pem, key, secret);
    troth_mem_drop(env, &der);
    if (!c)
        return SEC_E_INSUFFICIENT_MEMORY;
    c->has_key = has_key;
    *ret = &c->shown;
    return SEC_E_OK;
}

static SECURITY_STATUS make_store(troth_bytes pem, void **ret)
{
    size_t n;
    troth_status st = troth_tls_pem_count(pem, &n);
    if (st)
        return status_of(st);
    troth_sspi_store *s = troth_sspi_block_new(blocks(), TROTH_SSPI_BLOCK_STORE, sizeof *s + pem.len);
    if (!s)
        return SEC_E_INSUFFICIENT_MEMORY;
    uint8_t *at = (uint8_t *)(s + 1);
    atomic_init(&s->refs, 1);
    s->pem = put(&at, pem);
    *ret = s;
    return SEC_E_OK;
}

/* ---- files ---- */

static SECURITY_STATUS read_all(const troth_env *env, FILE *f, troth_block *ret)
{
    long n = fseek(f, 0, SEEK_END) ? -1 : ftell(f);
    if (n <= 0 || n > FILE_MAX || fseek(f, 0, SEEK_SET))
        return SEC_E_UNKNOWN_CREDENTIALS;
    troth_block b = { troth_mem_new(env, (size_t)n), (size_t)n };
    if (!b.data)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (fread(b.data, 1, b.len, f) != b.len) {
        troth_mem_drop(env, &b);
        return SEC_E_UNKNOWN_CREDENTIALS;
    }
    *ret = b;
    return SEC_E_OK;
}

static SECURITY_STATUS read_file(const char *path, troth_block *ret)
{
    FILE *f = fopen(path, "re");
    if (!f)
        return SEC_E_NO_CREDENTIALS;
    setvbuf(f, NULL, _IONBF, 0); /* no copy of a key is left in the library's buffer */
    SECURITY_STATUS status = read_all(troth_sspi_process_get()->env, f, ret);
    fclose(f);
    return status;
}

static troth_bytes view(troth_block b)
{
    return (troth_bytes){ b.data, b.len };
}

/* ---- what callers call ---- */

SECURITY_STATUS troth_sspi_cert_from_pem(const void *pem, size_t n, const char *password, PCCERT_CONTEXT *ret)
{
    if (!troth_sspi_process_get())
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!pem || !n || !ret)
        return SEC_E_INVALID_PARAMETER;
    return make_cert((troth_bytes){ pem, n }, (troth_bytes){ 0 }, password, ret);
}

SECURITY_STATUS troth_sspi_cert_from_files(const char *cert, const char *key, const char *password, PCCERT_CONTEXT *ret)
{
    troth_block a = { 0 }, b = { 0 };
    troth_sspi_process *p = troth_sspi_process_get();
    if (!p)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!cert || !ret)
        return SEC_E_INVALID_PARAMETER;
    SECURITY_STATUS status = read_file(cert, &a);
    if (!status && key)
        status = read_file(key, &b);
    if (!status)
        status = make_cert(view(a), view(b), password, ret);
    troth_mem_drop(p->env, &a);
    troth_mem_drop(p->env, &b);
    return status;
}

SECURITY_STATUS troth_sspi_store_from_pem(const void *pem, size_t n, void **ret)
{
    if (!troth_sspi_process_get())
        return SEC_E_INSUFFICIENT_MEMORY;
    return pem && n && ret ? make_store((troth_bytes){ pem, n }, ret) : SEC_E_INVALID_PARAMETER;
}

SECURITY_STATUS troth_sspi_store_from_file(const char *path, void **ret)
{
    troth_block pem = { 0 };
    troth_sspi_process *p = troth_sspi_process_get();
    if (!p)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!path || !ret)
        return SEC_E_INVALID_PARAMETER;
    SECURITY_STATUS status = read_file(path, &pem);
    if (!status)
        status = make_store(view(pem), ret);
    troth_mem_drop(p->env, &pem);
    return status;
}

/* ---- references ---- */

static void *find(troth_sspi_block_kind kind, const void *p)
{
    troth_sspi_process *process = troth_sspi_process_get();
    return process && p && troth_sspi_block_size(&process->blocks, kind, p) ? (void *)(uintptr_t)p : NULL;
}

const troth_sspi_cert *troth_sspi_cert_find(const CERT_CONTEXT *shown)
{
    return find(TROTH_SSPI_BLOCK_CERT, shown);
}

const troth_sspi_store *troth_sspi_store_find(const void *store)
{
    return find(TROTH_SSPI_BLOCK_STORE, store);
}

PCCERT_CONTEXT CertDuplicateCertificateContext(PCCERT_CONTEXT pCertContext)
{
    troth_sspi_cert *c = find(TROTH_SSPI_BLOCK_CERT, pCertContext);
    if (!c)
        return NULL;
    atomic_fetch_add(&c->refs, 1);
    return &c->shown;
}

BOOL CertFreeCertificateContext(PCCERT_CONTEXT pCertContext)
{
    troth_sspi_cert *c = find(TROTH_SSPI_BLOCK_CERT, pCertContext);
    if (c && atomic_fetch_sub(&c->refs, 1) == 1)
        (void)troth_sspi_block_free(blocks(), TROTH_SSPI_BLOCK_CERT, c);
    return c || !pCertContext;
}

HCERTSTORE CertDuplicateStore(HCERTSTORE hCertStore)
{
    troth_sspi_store *s = find(TROTH_SSPI_BLOCK_STORE, hCertStore);
    if (s)
        atomic_fetch_add(&s->refs, 1);
    return s;
}

BOOL CertCloseStore(HCERTSTORE hCertStore, DWORD dwFlags)
{
    (void)dwFlags;
    troth_sspi_store *s = find(TROTH_SSPI_BLOCK_STORE, hCertStore);
    if (s && atomic_fetch_sub(&s->refs, 1) == 1)
        (void)troth_sspi_block_free(blocks(), TROTH_SSPI_BLOCK_STORE, s);
    return s || !hCertStore;
}
