/* EnumerateSecurityPackages, QuerySecurityPackageInfo, FreeContextBuffer. */
#include <sspi/api.h>
#include <sspi/status.h>
#include <string.h>

_Static_assert(sizeof(SecPkgInfoA) == sizeof(SecPkgInfoW), "one layout, two sorts of strings");

void *troth_sspi_package_info(troth_sspi_blocks *b, const troth_sspi_package *packages, size_t n, bool wide)
{
    size_t size = n * sizeof(SecPkgInfoA);
    for (size_t i = 0; i < n; i++)
        size += troth_sspi_text_size(packages[i].name, wide) + troth_sspi_text_size(packages[i].comment, wide);
    char *block = troth_sspi_block_new(b, TROTH_SSPI_BLOCK_BUFFER, size);
    if (!block)
        return NULL;
    char *text = block + n * sizeof(SecPkgInfoA);
    for (size_t i = 0; i < n; i++) {
        const troth_sspi_package *p = &packages[i];
        SecPkgInfoA info = { p->caps, 1, p->rpc, p->max_token, text, text + troth_sspi_text_size(p->name, wide) };
        troth_sspi_text_write(p->name, wide, info.Name);
        troth_sspi_text_write(p->comment, wide, info.Comment);
        memcpy(block + i * sizeof info, &info, sizeof info);
        text = info.Comment + troth_sspi_text_size(p->comment, wide);
    }
    return block;
}

static SECURITY_STATUS enumerate(ULONG *ret_n, void **ret, bool wide)
{
    troth_sspi_process *p = troth_sspi_process_get();
    if (!ret_n || !ret)
        return SEC_E_INVALID_PARAMETER;
    void *info = p ? troth_sspi_package_info(&p->blocks, troth_sspi_packages, troth_sspi_n_packages, wide) : NULL;
    if (!info)
        return SEC_E_INSUFFICIENT_MEMORY;
    *ret_n = (ULONG)troth_sspi_n_packages;
    *ret = info;
    return SEC_E_OK;
}

SECURITY_STATUS EnumerateSecurityPackagesA(ULONG *pcPackages, PSecPkgInfoA *ppPackageInfo)
{
    void *info;
    SECURITY_STATUS status = ppPackageInfo ? enumerate(pcPackages, &info, false) : SEC_E_INVALID_PARAMETER;
    if (!status)
        *ppPackageInfo = info;
    return status;
}

SECURITY_STATUS EnumerateSecurityPackagesW(ULONG *pcPackages, PSecPkgInfoW *ppPackageInfo)
{
    void *info;
    SECURITY_STATUS status = ppPackageInfo ? enumerate(pcPackages, &info, true) : SEC_E_INVALID_PARAMETER;
    if (!status)
        *ppPackageInfo = info;
    return status;
}

static SECURITY_STATUS query(const void *name, void **ret, bool wide)
{
    troth_sspi_process *p = troth_sspi_process_get();
    const troth_sspi_package *package;
    if (!p)
        return SEC_E_INSUFFICIENT_MEMORY;
    SECURITY_STATUS status = troth_sspi_package_find(p->env, name, wide, &package);
    if (status)
        return status;
    void *info = troth_sspi_package_info(&p->blocks, package, 1, wide);
    if (!info)
        return SEC_E_INSUFFICIENT_MEMORY;
    *ret = info;
    return SEC_E_OK;
}

SECURITY_STATUS QuerySecurityPackageInfoA(SEC_CHAR *pszPackageName, PSecPkgInfoA *ppPackageInfo)
{
    void *info;
    SECURITY_STATUS status = ppPackageInfo ? query(pszPackageName, &info, false) : SEC_E_INVALID_PARAMETER;
    if (!status)
        *ppPackageInfo = info;
    return status;
}

SECURITY_STATUS QuerySecurityPackageInfoW(SEC_WCHAR *pszPackageName, PSecPkgInfoW *ppPackageInfo)
{
    void *info;
    SECURITY_STATUS status = ppPackageInfo ? query(pszPackageName, &info, true) : SEC_E_INVALID_PARAMETER;
    if (!status)
        *ppPackageInfo = info;
    return status;
}

SECURITY_STATUS FreeContextBuffer(void *pvContextBuffer)
{
    troth_sspi_process *p = troth_sspi_process_get();
    return p && pvContextBuffer && troth_sspi_block_free(&p->blocks, TROTH_SSPI_BLOCK_BUFFER, pvContextBuffer)
               ? SEC_E_OK
               : SEC_E_INVALID_HANDLE;
}
