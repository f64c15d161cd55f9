/*
 * The functions around opaque identities. Ours is a SEC_WINNT_AUTH_IDENTITY_EXW with its strings in one block, so that
 * AcquireCredentialsHandle takes it as it is; a part that was not given is a NULL pointer.
 */
#include <sspi/process.h>
#include <sspi/text.h>
#include <string.h>

static size_t units(PCWSTR s)
{
    size_t n = 0;
    while (s && n < TROTH_SSPI_TEXT_MAX && s[n])
        n++;
    return n;
}

static WCHAR *put(WCHAR **at, PCWSTR s, size_t n)
{
    if (!s)
        return NULL;
    WCHAR *here = *at;
    memcpy(here, s, n * sizeof *here);
    here[n] = 0;
    *at = here + n + 1;
    return here;
}

SECURITY_STATUS SspiEncodeStringsAsAuthIdentity(PCWSTR pszUserName, PCWSTR pszDomainName,
                                                PCWSTR pszPackedCredentialsString,
                                                PSEC_WINNT_AUTH_IDENTITY_OPAQUE *ppAuthIdentity)
{
    troth_sspi_process *p = troth_sspi_process_get();
    size_t user = units(pszUserName), domain = units(pszDomainName), password = units(pszPackedCredentialsString);
    if (!ppAuthIdentity)
        return SEC_E_INVALID_PARAMETER;
    if ((!pszUserName && !pszDomainName && !pszPackedCredentialsString) || user == TROTH_SSPI_TEXT_MAX ||
        domain == TROTH_SSPI_TEXT_MAX || password == TROTH_SSPI_TEXT_MAX)
        return SEC_E_INVALID_TOKEN;
    size_t size = sizeof(SEC_WINNT_AUTH_IDENTITY_EXW) + (user + domain + password + 3) * sizeof(WCHAR);
    SEC_WINNT_AUTH_IDENTITY_EXW *id = p ? troth_sspi_block_new(&p->blocks, TROTH_SSPI_BLOCK_IDENTITY, size) : NULL;
    if (!id)
        return SEC_E_INSUFFICIENT_MEMORY;
    WCHAR *at = (WCHAR *)(id + 1);
    id->Version = SEC_WINNT_AUTH_IDENTITY_VERSION;
    id->Length = sizeof *id;
    id->User = put(&at, pszUserName, user);
    id->UserLength = (ULONG)user;
    id->Domain = put(&at, pszDomainName, domain);
    id->DomainLength = (ULONG)domain;
    id->Password = put(&at, pszPackedCredentialsString, password);
    id->PasswordLength = (ULONG)password;
    id->Flags = SEC_WINNT_AUTH_IDENTITY_UNICODE;
    *ppAuthIdentity = id;
    return SEC_E_OK;
}

/* An identity of ours, or NULL for whatever else. */
static const SEC_WINNT_AUTH_IDENTITY_EXW *ours(const void *identity)
{
    troth_sspi_process *p = troth_sspi_process_get();
    return p && identity && troth_sspi_block_size(&p->blocks, TROTH_SSPI_BLOCK_IDENTITY, identity) ? identity : NULL;
}

/* A copy for SspiLocalFree. *ret NULL when there is nothing to copy. False: no memory. */
static bool copy(const WCHAR *s, size_t n, PCWSTR *ret)
{
    *ret = NULL;
    if (!s)
        return true;
    WCHAR *t = troth_sspi_block_new(&troth_sspi_process_get()->blocks, TROTH_SSPI_BLOCK_LOCAL, (n + 1) * sizeof *t);
    if (t)
        memcpy(t, s, n * sizeof *t);
    *ret = t;
    return t != NULL;
}

SECURITY_STATUS SspiEncodeAuthIdentityAsStrings(PSEC_WINNT_AUTH_IDENTITY_OPAQUE pAuthIdentity, PCWSTR *ppszUserName,
                                                PCWSTR *ppszDomainName, PCWSTR *ppszPackedCredentialsString)
{
    const SEC_WINNT_AUTH_IDENTITY_EXW *id = ours(pAuthIdentity);
    PCWSTR user = NULL, domain = NULL, password = NULL;
    if (!id)
        return SEC_E_INVALID_TOKEN;
    bool ok = (!ppszUserName || copy(id->User, id->UserLength, &user)) &&
              (!ppszDomainName || copy(id->Domain, id->DomainLength, &domain)) &&
              (!ppszPackedCredentialsString || copy(id->Password, id->PasswordLength, &password));
    if (!ok) {
        SspiLocalFree((void *)(uintptr_t)user);
        SspiLocalFree((void *)(uintptr_t)domain);
        SspiLocalFree((void *)(uintptr_t)password);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    if (ppszUserName)
        *ppszUserName = user;
    if (ppszDomainName)
        *ppszDomainName = domain;
    if (ppszPackedCredentialsString)
        *ppszPackedCredentialsString = password;
    return SEC_E_OK;
}

SECURITY_STATUS SspiCopyAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData,
                                     PSEC_WINNT_AUTH_IDENTITY_OPAQUE *AuthDataCopy)
{
    const SEC_WINNT_AUTH_IDENTITY_EXW *id = ours(AuthData);
    return id ? SspiEncodeStringsAsAuthIdentity(id->User, id->Domain, id->Password, AuthDataCopy) : SEC_E_INVALID_TOKEN;
}

/* How a credential manager would file it. */
SECURITY_STATUS SspiPrepareForCredRead(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszTargetName,
                                       PULONG pCredmanCredentialType, PCWSTR *ppszCredmanTargetName)
{
    PCWSTR target;
    if (!ours(AuthIdentity) || !pszTargetName || !pCredmanCredentialType || !ppszCredmanTargetName)
        return SEC_E_INVALID_PARAMETER;
    if (!copy(pszTargetName, units(pszTargetName), &target))
        return SEC_E_INSUFFICIENT_MEMORY;
    *pCredmanCredentialType = CRED_TYPE_DOMAIN_PASSWORD;
    *ppszCredmanTargetName = target;
    return SEC_E_OK;
}

/* "DOM\user", or what of it there is. */
static bool copy_full_name(const SEC_WINNT_AUTH_IDENTITY_EXW *id, PCWSTR *ret)
{
    size_t domain = id->DomainLength, user = id->UserLength, n = domain + (domain != 0) + user;
    WCHAR *t = troth_sspi_block_new(&troth_sspi_process_get()->blocks, TROTH_SSPI_BLOCK_LOCAL, (n + 1) * sizeof *t);
    if (!t)
        return false;
    if (domain) {
        memcpy(t, id->Domain, domain * sizeof *t);
        t[domain++] = '\\';
    }
    if (user)
        memcpy(t + domain, id->User, user * sizeof *t);
    *ret = t;
    return true;
}

SECURITY_STATUS SspiPrepareForCredWrite(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthIdentity, PCWSTR pszTargetName,
                                        PULONG pCredmanCredentialType, PCWSTR *ppszCredmanTargetName,
                                        PCWSTR *ppszCredmanUserName, PUCHAR *ppCredentialBlob,
                                        PULONG pCredentialBlobSize)
{
    const SEC_WINNT_AUTH_IDENTITY_EXW *id = ours(AuthIdentity);
    PCWSTR target = NULL, user = NULL, password = NULL;
    if (!id || !pCredmanCredentialType || !ppszCredmanTargetName || !ppszCredmanUserName || !ppCredentialBlob ||
        !pCredentialBlobSize)
        return SEC_E_INVALID_PARAMETER;
    bool ok = copy(pszTargetName, units(pszTargetName), &target) && copy_full_name(id, &user) &&
              copy(id->Password, id->PasswordLength, &password);
    if (!ok) {
        SspiLocalFree((void *)(uintptr_t)target);
        SspiLocalFree((void *)(uintptr_t)user);
        return SEC_E_INSUFFICIENT_MEMORY;
    }
    *pCredmanCredentialType = CRED_TYPE_DOMAIN_PASSWORD;
    *ppszCredmanTargetName = target;
    *ppszCredmanUserName = user;
    *ppCredentialBlob = (UCHAR *)(uintptr_t)password;
    *pCredentialBlobSize = id->PasswordLength * (ULONG)sizeof(WCHAR);
    return SEC_E_OK;
}

static void release(troth_sspi_block_kind kind, void *p)
{
    troth_sspi_process *process = troth_sspi_process_get();
    if (process && p)
        (void)troth_sspi_block_free(&process->blocks, kind, p);
}

VOID SspiFreeAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    release(TROTH_SSPI_BLOCK_IDENTITY, AuthData);
}

VOID SspiLocalFree(PVOID DataBuffer)
{
    release(TROTH_SSPI_BLOCK_LOCAL, DataBuffer);
}

/* The characters go, the identity remains: empty strings of the same lengths. */
VOID SspiZeroAuthIdentity(PSEC_WINNT_AUTH_IDENTITY_OPAQUE AuthData)
{
    const SEC_WINNT_AUTH_IDENTITY_EXW *id = ours(AuthData);
    if (!id)
        return;
    if (id->User)
        troth_wipe(id->User, id->UserLength * sizeof *id->User);
    if (id->Domain)
        troth_wipe(id->Domain, id->DomainLength * sizeof *id->Domain);
    if (id->Password)
        troth_wipe(id->Password, id->PasswordLength * sizeof *id->Password);
}

BOOLEAN SspiIsAuthIdentityEncrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE EncryptedAuthData)
{
    (void)EncryptedAuthData; /* the memory of this process is as safe as its keys */
    return FALSE;
}
