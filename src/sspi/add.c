/* AddCredentials: what a handle lacks, a direction or one of Negotiate's packages. What it has already stays. */
#include <sec/cred.h>
#include <sspi/api.h>
#include <sspi/cred.h>
#include <sspi/process.h>
#include <sspi/sources.h>
#include <sspi/status.h>

/* What is to be added. Strings are ours. */
typedef struct addition {
    const troth_sspi_package *package;
    uint32_t use;
    char *principal;
    troth_sspi_identity identity;
    bool has_identity;
    troth_sspi_config config;
} addition;

/* A handle takes its own package, and Negotiate's those that it negotiates. */
static SECURITY_STATUS fits(const troth_sspi_cred *c, const troth_sspi_package *package)
{
    uint8_t takes = c->package->bit;
    if (takes & TROTH_SSPI_SCHANNEL)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (takes & TROTH_SSPI_NEGOTIATE)
        takes |= TROTH_SSPI_KERBEROS | TROTH_SSPI_NTLM;
    return package->bit & takes ? SEC_E_OK : SEC_E_WRONG_CREDENTIAL_HANDLE;
}

/* Two of a kind in one handle would leave open which one is meant. */
static bool has_it(const troth_cred *engine, const troth_sspi_package *package)
{
    const troth_mech *mech = troth_mech_by_id(engine->mechs, package->id);
    return package->id == TROTH_MECH_SPNEGO || !mech || troth_cred_part_of(engine, mech);
}

/* One direction. old and ret may come out NULL: it is not concerned. */
static SECURITY_STATUS extend(troth_sspi_cred *c, const addition *a, troth_role role, troth_cred **ret_old,
                              troth_cred **ret)
{
    uint32_t bit = role == TROTH_INITIATOR ? SECPKG_CRED_OUTBOUND : SECPKG_CRED_INBOUND;
    if (!(a->use & bit))
        return SEC_E_OK;
    troth_cred *old = troth_sspi_cred_engine(c, role);
    *ret_old = old;
    if (old && has_it(old, a->package))
        return SEC_E_UNSUPPORTED_FUNCTION;
    return troth_sspi_sources_add(c->env, a->package, role, &a->config,
                                  role == TROTH_INITIATOR && a->has_identity ? &a->identity : NULL, a->principal, old,
                                  ret);
}

/* Both directions at once, unless another thread was faster. Names a handle that had none. */
static SECURITY_STATUS put(troth_sspi_cred *c, const addition *a, troth_cred *const old[2], troth_cred *fresh[2],
                           bool *ret_late)
{
    SECURITY_STATUS status = SEC_E_OK;
    troth_mutex_lock(&c->lock);
    for (int role = 0; role < 2; role++)
        *ret_late |= fresh[role] && c->engine[role] != old[role];
    if (!*ret_late && !c->name)
        status = troth_sspi_status(TROTH_SSPI_ACQUIRE,
                                   troth_sspi_cred_name(c, a->has_identity ? &a->identity : NULL, a->principal));
    for (int role = 0; role < 2 && !*ret_late && !status; role++)
        if (fresh[role]) {
            troth_cred *was = c->engine[role];
            c->engine[role] = fresh[role];
            fresh[role] = was;
        }
    troth_mutex_unlock(&c->lock);
    return status;
}

static SECURITY_STATUS add(troth_sspi_cred *c, const addition *a)
{
    SECURITY_STATUS status;
    bool late;
    do {
        troth_cred *old[2] = { NULL, NULL }, *fresh[2] = { NULL, NULL };
        late = false;
        status = extend(c, a, TROTH_INITIATOR, &old[TROTH_INITIATOR], &fresh[TROTH_INITIATOR]);
        if (!status)
            status = extend(c, a, TROTH_ACCEPTOR, &old[TROTH_ACCEPTOR], &fresh[TROTH_ACCEPTOR]);
        if (!status)
            status = put(c, a, old, fresh, &late);
        for (int role = 0; role < 2; role++) {
            troth_cred_unref(old[role]);
            troth_cred_unref(fresh[role]); /* what was replaced, or was not to be */
        }
    } while (late);
    return status;
}

static SECURITY_STATUS read(troth_sspi_cred *c, const void *principal, const void *package, const void *identity,
                            bool wide, addition *ret)
{
    if (!package || !(ret->use & SECPKG_CRED_BOTH))
        return SEC_E_INVALID_PARAMETER;
    SECURITY_STATUS status = troth_sspi_package_find(c->env, package, wide, &ret->package);
    if (!status)
        status = fits(c, ret->package);
    if (!status)
        status = troth_sspi_status(TROTH_SSPI_ACQUIRE, troth_sspi_text_in(c->env, principal, wide, &ret->principal));
    ret->has_identity = !status && identity && ret->use & SECPKG_CRED_OUTBOUND;
    if (ret->has_identity)
        status = troth_sspi_identity_read(c->env, identity, SIZE_MAX, wide, &ret->identity);
    return status ? status : troth_sspi_status(TROTH_SSPI_ACQUIRE, troth_sspi_config_load(c->env, &ret->config));
}

static SECURITY_STATUS run(const CredHandle *handle, const void *principal, const void *package, uint32_t use,
                           const void *identity, bool wide, TimeStamp *ret_expiry)
{
    troth_sspi_cred *c;
    uint64_t expiry = UINT64_MAX;
    addition a = { .use = use };
    SECURITY_STATUS status = troth_sspi_cred_find(handle, &c);
    if (status)
        return status;
    status = read(c, principal, package, identity, wide, &a);
    if (!status)
        status = add(c, &a);
    if (!status) {
        troth_cred *engine = troth_sspi_cred_engine(c, TROTH_INITIATOR);
        if (engine && troth_cred_ready(engine, &expiry))
            expiry = UINT64_MAX;
        troth_cred_unref(engine);
        if (ret_expiry)
            *ret_expiry = troth_sspi_time(expiry);
    }
    troth_sspi_config_clear(&a.config);
    troth_sspi_identity_clear(c->env, &a.identity);
    troth_mem_free_str(c->env, a.principal);
    troth_sspi_cred_release(c);
    return status;
}

SECURITY_STATUS AddCredentialsA(PCredHandle hCredentials, SEC_CHAR *pszPrincipal, SEC_CHAR *pszPackage,
                                ULONG fCredentialUse, void *pAuthData, SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
                                PTimeStamp ptsExpiry)
{
    (void)pGetKeyFn, (void)pvGetKeyArgument; /* the handle's own is the one that is asked */
    return run(hCredentials, pszPrincipal, pszPackage, fCredentialUse, pAuthData, false, ptsExpiry);
}

SECURITY_STATUS AddCredentialsW(PCredHandle hCredentials, SEC_WCHAR *pszPrincipal, SEC_WCHAR *pszPackage,
                                ULONG fCredentialUse, void *pAuthData, SEC_GET_KEY_FN pGetKeyFn, void *pvGetKeyArgument,
                                PTimeStamp ptsExpiry)
{
    (void)pGetKeyFn, (void)pvGetKeyArgument;
    return run(hCredentials, pszPrincipal, pszPackage, fCredentialUse, pAuthData, true, ptsExpiry);
}
