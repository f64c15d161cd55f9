#include <base/utf16.h>
#include <sspi/package.h>
#include <sspi/text.h>

/*
 * What each can do, as Windows' packages say of themselves, less what ours cannot: no Win32 names, no logon sessions, no
 * fragments, no app containers.
 */
enum {
    COMMON = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION | SECPKG_FLAG_MULTI_REQUIRED |
             SECPKG_FLAG_READONLY_WITH_CHECKSUM,
    STREAMS = SECPKG_FLAG_INTEGRITY | SECPKG_FLAG_PRIVACY | SECPKG_FLAG_CONNECTION | SECPKG_FLAG_MULTI_REQUIRED |
              SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_IMPERSONATION | SECPKG_FLAG_ACCEPT_WIN32_NAME |
              SECPKG_FLAG_STREAM | SECPKG_FLAG_MUTUAL_AUTH, /* 0x107B3, whole, which programs look for */
    TICKETS = SECPKG_FLAG_EXTENDED_ERROR | SECPKG_FLAG_MUTUAL_AUTH | SECPKG_FLAG_DELEGATION | SECPKG_FLAG_GSS_COMPATIBLE
};

/* wRPCID is the authentication service's number in RPC. [MS-RPCE 2.2.1.1.7] */
const troth_sspi_package troth_sspi_packages[] = {
    { "Negotiate", "Microsoft Package Negotiator", "spnego", TROTH_MECH_SPNEGO, COMMON | TICKETS, 65535, 9,
      TROTH_SSPI_NEGOTIATE },
    { "Kerberos", "Microsoft Kerberos V1.0", "kerberos", TROTH_MECH_KERBEROS, COMMON | TICKETS | SECPKG_FLAG_NEGOTIABLE,
      65535, 16, TROTH_SSPI_KERBEROS },
    { "NTLM", "NTLM Security Package", "ntlm", TROTH_MECH_NTLM, COMMON | SECPKG_FLAG_DATAGRAM | SECPKG_FLAG_NEGOTIABLE,
      2888, 10, TROTH_SSPI_NTLM },
    { "Schannel", "Schannel Security Package", "tls", TROTH_MECH_TLS, STREAMS, 65535, 14, TROTH_SSPI_SCHANNEL },
};
const size_t troth_sspi_n_packages = sizeof troth_sspi_packages / sizeof *troth_sspi_packages;

const troth_sspi_package *troth_sspi_package_named(const char *name)
{
    static const char *const schannel[] = { "Microsoft Unified Security Protocol Provider", "Default TLS SSP" };
    for (size_t i = 0; name && i < troth_sspi_n_packages; i++)
        if (troth_utf8_same(name, troth_sspi_packages[i].name))
            return &troth_sspi_packages[i];
    for (size_t i = 0; name && i < sizeof schannel / sizeof *schannel; i++)
        if (troth_utf8_same(name, schannel[i]))
            return troth_sspi_package_of(TROTH_MECH_TLS);
    return NULL;
}

const troth_sspi_package *troth_sspi_package_of(troth_mech_id id)
{
    for (size_t i = 0; i < troth_sspi_n_packages; i++)
        if (troth_sspi_packages[i].id == id)
            return &troth_sspi_packages[i];
    return NULL;
}

SECURITY_STATUS troth_sspi_package_find(const troth_env *env, const void *name, bool wide,
                                        const troth_sspi_package **ret)
{
    char *utf8 = NULL;
    troth_status st = troth_sspi_text_in(env, name, wide, &utf8);
    if (st == TROTH_NO_MEMORY)
        return SEC_E_INSUFFICIENT_MEMORY;
    const troth_sspi_package *found = st ? NULL : troth_sspi_package_named(utf8);
    troth_mem_free_str(env, utf8);
    if (!found)
        return SEC_E_SECPKG_NOT_FOUND;
    *ret = found;
    return SEC_E_OK;
}
