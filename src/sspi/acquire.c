/* AcquireCredentialsHandle, FreeCredentialsHandle and what credentials can be asked. */
#include <sec/cred.h>
#include <sspi/api.h>
#include <sspi/cred.h>
#include <sspi/process.h>
#include <sspi/sources.h>
#include <sspi/status.h>
#include <sspi/stream.h>
#include <string.h>

typedef struct request {
    const void *principal, *package, *identity;
    bool wide;
    uint32_t use;
    SEC_GET_KEY_FN prompt;
    void *prompt_self;
} request;

TimeStamp troth_sspi_time(uint64_t unix_100ns)
{
    const uint64_t epoch = 116444736000000000u; /* 1601 to 1970 */
    TimeStamp t;
    t.QuadPart = unix_100ns > (uint64_t)INT64_MAX - epoch ? INT64_MAX : (int64_t)(unix_100ns + epoch);
    return t;
}

/* Both sides' credentials. What the caller supplies is the initiator's; acceptors live by the machine's policy. */
static SECURITY_STATUS fill(troth_sspi_cred *c, const troth_sspi_config *config, const request *r,
                            const troth_sspi_identity *id, const char *principal)
{
    SECURITY_STATUS status = SEC_E_OK;
    if (c->package->id == TROTH_MECH_TLS)
        return troth_sspi_stream_acquire(c, config, r->identity);
    if (c->use & SECPKG_CRED_OUTBOUND)
        status = troth_sspi_sources_acquire(c->env, c->package, TROTH_INITIATOR, config, id, principal,
                                            &c->engine[TROTH_INITIATOR]);
    if (!status && c->use & SECPKG_CRED_INBOUND)
        status = troth_sspi_sources_acquire(c->env, c->package, TROTH_ACCEPTOR, config, NULL, principal,
                                            &c->engine[TROTH_ACCEPTOR]);
    if (config->without_mic)
        c->policy |= TROTH_POLICY_NTLM_WITHOUT_MIC;
    return status;
}

static SECURITY_STATUS make(troth_sspi_process *p, const troth_sspi_package *package, const request *r,
                            const troth_sspi_identity *id, const char *principal, CredHandle *ret,
                            TimeStamp *ret_expiry)
{
    troth_sspi_config config;
    troth_sspi_cred *c;
    uint64_t expiry = UINT64_MAX;
    troth_status st = troth_sspi_config_load(p->env, &config);
    if (st)
        return troth_sspi_status(TROTH_SSPI_ACQUIRE, st);
    st = troth_sspi_cred_new(p->env, package, &c);
    if (st) {
        troth_sspi_config_clear(&config);
        return troth_sspi_status(TROTH_SSPI_ACQUIRE, st);
    }
    c->use = r->use;
    c->prompt = r->prompt;
    c->prompt_self = r->prompt_self;
    SECURITY_STATUS status = fill(c, &config, r, id, principal);
    troth_sspi_config_clear(&config);
    if (!status)
        status = troth_sspi_status(TROTH_SSPI_ACQUIRE, troth_sspi_cred_name(c, id, principal));
    if (!status && c->engine[TROTH_INITIATOR] && troth_cred_ready(c->engine[TROTH_INITIATOR], &expiry))
        status = SEC_E_INTERNAL_ERROR;
    if (!status)
        status =
            troth_sspi_status(TROTH_SSPI_ACQUIRE, troth_sspi_handle_new(&p->handles, TROTH_SSPI_CRED, &c->head, ret));
    if (status)
        troth_sspi_cred_release(c);
    else if (ret_expiry)
        *ret_expiry = troth_sspi_time(expiry);
    return status;
}

static SECURITY_STATUS acquire(const request *r, CredHandle *ret, TimeStamp *ret_expiry)
{
    troth_sspi_process *p = troth_sspi_process_get();
    troth_sspi_identity id = { 0 };
    char *principal = NULL;
    if (!p)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (!ret || !r->package)
        return SEC_E_INVALID_PARAMETER;
    const troth_sspi_package *package;
    SECURITY_STATUS status = troth_sspi_package_find(p->env, r->package, r->wide, &package);
    if (!status && !(r->use & SECPKG_CRED_BOTH))
        return SEC_E_INVALID_PARAMETER;
    if (!status)
        status = troth_sspi_status(TROTH_SSPI_ACQUIRE, troth_sspi_text_in(p->env, r->principal, r->wide, &principal));
    bool identity = !status && r->identity && r->use & SECPKG_CRED_OUTBOUND && package->id != TROTH_MECH_TLS;
    if (identity)
        status = troth_sspi_identity_read(p->env, r->identity, SIZE_MAX, r->wide, &id);
    if (!status)
        status = make(p, package, r, identity ? &id : NULL, principal, ret, ret_expiry);
    troth_sspi_identity_clear(p->env, &id);
    troth_mem_free_str(p->env, principal);
    return status;
}

SECURITY_STATUS AcquireCredentialsHandleA(SEC_CHAR *pszPrincipal, SEC_CHAR *pszPackage, ULONG fCredentialUse,
                                          void *pvLogonId, void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                                          void *pvGetKeyArgument, PCredHandle phCredential, PTimeStamp ptsExpiry)
{
    (void)pvLogonId; /* Linux has no logon sessions */
    const request r = { pszPrincipal, pszPackage, pAuthData, false, fCredentialUse, pGetKeyFn, pvGetKeyArgument };
    return acquire(&r, phCredential, ptsExpiry);
}

SECURITY_STATUS AcquireCredentialsHandleW(SEC_WCHAR *pszPrincipal, SEC_WCHAR *pszPackage, ULONG fCredentialUse,
                                          void *pvLogonId, void *pAuthData, SEC_GET_KEY_FN pGetKeyFn,
                                          void *pvGetKeyArgument, PCredHandle phCredential, PTimeStamp ptsExpiry)
{
    (void)pvLogonId;
    const request r = { pszPrincipal, pszPackage, pAuthData, true, fCredentialUse, pGetKeyFn, pvGetKeyArgument };
    return acquire(&r, phCredential, ptsExpiry);
}

SECURITY_STATUS FreeCredentialsHandle(PCredHandle phCredential)
{
    troth_sspi_process *p = troth_sspi_process_get();
    return p && troth_sspi_handle_delete(&p->handles, TROTH_SSPI_CRED, phCredential) == TROTH_SSPI_LIVE
               ? SEC_E_OK
               : SEC_E_INVALID_HANDLE;
}

/* The name that was given, else whose the engine's credentials turned out to be. */
static const char *name_of(const troth_sspi_cred *c)
{
    const char *name = c->name ? c->name : "";
    for (int role = 0; role < 2 && !*name; role++)
        if (c->engine[role])
            name = troth_cred_name(c->engine[role]);
    return name;
}

/* SecPkgCredentials_Names in either form: one pointer. */
static SECURITY_STATUS give_name(const troth_sspi_cred *c, bool wide, void *buffer)
{
    const char *name = name_of(c);
    if (!*name)
        return SEC_E_NO_CREDENTIALS;
    void *text = troth_sspi_text_out(&troth_sspi_process_get()->blocks, TROTH_SSPI_BLOCK_BUFFER, name, wide);
    if (!text)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(buffer, &text, sizeof text);
    return SEC_E_OK;
}

/* The mechanism's words are a copy: another thread's first leg may fail next, of the same credential. */
static SECURITY_STATUS give_error(const troth_sspi_cred *c, void *buffer)
{
    char *words = troth_sspi_text_out(&troth_sspi_process_get()->blocks, TROTH_SSPI_BLOCK_BUFFER,
                                      c->error_text ? c->error_text : "", false);
    const troth_error *e = &c->error;
    const SecPkgContext_TrothError ret = {
        c->failure, e->gss_major, e->gss_minor, troth_status_name(e->code), troth_status_text(e->code), e->where, words
    };
    if (!words)
        return SEC_E_INSUFFICIENT_MEMORY;
    memcpy(buffer, &ret, sizeof ret);
    return SEC_E_OK;
}

static SECURITY_STATUS query(const CredHandle *handle, uint32_t attribute, void *buffer, bool wide)
{
    troth_sspi_cred *c;
    SECURITY_STATUS status = troth_sspi_cred_find(handle, &c);
    if (status)
        return status;
    troth_mutex_lock(&c->lock); /* the name, which may be added to; the error */
    if (attribute != SECPKG_CRED_ATTR_NAMES && attribute != SECPKG_ATTR_TROTH_ERROR)
        status = SEC_E_UNSUPPORTED_FUNCTION;
    else if (!buffer)
        status = SEC_E_INVALID_PARAMETER;
    else
        status = attribute == SECPKG_CRED_ATTR_NAMES ? give_name(c, wide, buffer) : give_error(c, buffer);
    troth_mutex_unlock(&c->lock);
    troth_sspi_cred_release(c);
    return status;
}

SECURITY_STATUS QueryCredentialsAttributesA(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer)
{
    return query(phCredential, ulAttribute, pBuffer, false);
}

SECURITY_STATUS QueryCredentialsAttributesW(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer)
{
    return query(phCredential, ulAttribute, pBuffer, true);
}

static SECURITY_STATUS set(const CredHandle *handle, uint32_t attribute, const void *buffer, size_t n)
{
    troth_sspi_cred *c;
    BOOL yes;
    SECURITY_STATUS status = troth_sspi_cred_find(handle, &c);
    if (status)
        return status;
    if (attribute != SECPKG_CRED_ATTR_TROTH_SAVE_SUPPLIED) {
        status = SEC_E_UNSUPPORTED_FUNCTION;
    } else if (!buffer || n != sizeof yes) {
        status = SEC_E_INVALID_PARAMETER;
    } else {
        memcpy(&yes, buffer, sizeof yes);
        troth_mutex_lock(&c->lock);
        c->save_supplied = yes != FALSE;
        troth_mutex_unlock(&c->lock);
    }
    troth_sspi_cred_release(c);
    return status;
}

SECURITY_STATUS SetCredentialsAttributesA(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer, ULONG cbBuffer)
{
    return set(phCredential, ulAttribute, pBuffer, cbBuffer);
}

SECURITY_STATUS SetCredentialsAttributesW(PCredHandle phCredential, ULONG ulAttribute, void *pBuffer, ULONG cbBuffer)
{
    return set(phCredential, ulAttribute, pBuffer, cbBuffer);
}
