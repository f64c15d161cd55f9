#include <base/utf16.h>
#include <sec/cred.h>
#include <sspi/sources.h>
#include <sspi/status.h>
#include <string.h>

enum { MAX_SOURCES = 4 }; /* two packages, and as many that a credential has already */

/* Sources with the strings that were made for them. */
typedef struct maker {
    const troth_env *env;
    troth_cred_source list[MAX_SOURCES];
    size_t n;
    char *principal;    /* "user@REALM"   */
    troth_block secret; /* from a file    */
} maker;

static troth_cred_source *add(maker *m, const char *mech, troth_cred_kind kind)
{
    troth_cred_source *s = &m->list[m->n++];
    *s = (troth_cred_source){ .mech = mech, .kind = kind };
    return s;
}

/* Kerberos knows an identity as "user@REALM": what the caller gives as domain is the realm, in upper case. */
static troth_status principal_of(const troth_env *env, const troth_sspi_identity *id, char **ret)
{
    const char *slash = strchr(id->user, '\\'), *user = slash ? slash + 1 : id->user;
    const char *realm = *id->domain ? id->domain : slash ? id->user : "";
    size_t n_realm = *id->domain ? strlen(realm) : slash ? (size_t)(slash - id->user) : 0, n = strlen(user);
    if (strchr(user, '@'))
        n_realm = 0;
    char *s = troth_mem_new(env, n + (n_realm != 0) + n_realm + 1);
    if (!s)
        return TROTH_NO_MEMORY;
    memcpy(s, user, n);
    if (n_realm) {
        s[n] = '@';
        for (size_t i = 0; i < n_realm; i++)
            s[n + 1 + i] = (char)(realm[i] >= 'a' && realm[i] <= 'z' ? realm[i] - 32 : realm[i]);
    }
    *ret = s;
    return TROTH_OK;
}

static troth_bytes octets(const char *s)
{
    return (troth_bytes){ (const uint8_t *)s, strlen(s) };
}

static troth_status kerberos(maker *m, troth_role role, const troth_sspi_config *config, const troth_sspi_identity *id,
                             const char *principal)
{
    troth_cred_source *s;
    if (role == TROTH_ACCEPTOR) {
        s = add(m, "kerberos", config->keytab ? TROTH_CRED_KEYTAB : TROTH_CRED_DEFAULT);
        s->path = config->keytab;
        s->principal = principal;
    } else if (id) {
        troth_status st = principal_of(m->env, id, &m->principal);
        if (st)
            return st;
        s = add(m, "kerberos", TROTH_CRED_PASSWORD);
        s->principal = m->principal;
        s->secret = octets(id->password);
    } else {
        s = add(m, "kerberos", config->ccache ? TROTH_CRED_CCACHE : TROTH_CRED_DEFAULT);
        s->path = config->ccache;
        s->principal = principal;
    }
    return TROTH_OK;
}

static troth_status ntlm(maker *m, troth_role role, const troth_sspi_config *config, const troth_sspi_identity *id)
{
    troth_cred_source *s;
    if (role == TROTH_ACCEPTOR) {
        if (!config->users)
            return TROTH_OK;
        s = add(m, "ntlm", TROTH_CRED_USER_FILE);
        s->path = config->users;
        s->domain = config->domain;
        s->host = config->host;
        s->dns_host = config->dns_host;
    } else if (id && troth_sspi_identity_empty(id)) {
        (void)add(m, "ntlm", TROTH_CRED_ANONYMOUS);
    } else if (id) {
        s = add(m, "ntlm", TROTH_CRED_PASSWORD);
        s->principal = id->user;
        s->domain = *id->domain || !strchr(id->user, '\\') ? id->domain : NULL;
        s->host = config->host;
        s->secret = octets(id->password);
    } else if (config->account && config->password_file) {
        troth_status st = troth_sspi_config_secret(m->env, config->password_file, &m->secret);
        if (st)
            return st;
        s = add(m, "ntlm", TROTH_CRED_PASSWORD);
        s->principal = config->account;
        s->host = config->host;
        s->secret = (troth_bytes){ m->secret.data, m->secret.len };
    }
    return TROTH_OK;
}

/* Naming the package NTLM is consent; negotiating uses it only where the policy says so. */
static troth_status gather(maker *m, const troth_sspi_package *package, troth_role role,
                           const troth_sspi_config *config, const troth_sspi_identity *id, const char *principal)
{
    size_t before = m->n;
    bool negotiate = package->id == TROTH_MECH_SPNEGO, anonymous = id && troth_sspi_identity_empty(id);
    troth_status st = TROTH_OK;
    if ((package->id == TROTH_MECH_KERBEROS || (negotiate && (!id || id->kerberos))) && !anonymous)
        st = kerberos(m, role, config, id, principal);
    if (!st && (package->id == TROTH_MECH_NTLM || (negotiate && config->negotiate_ntlm && (!id || id->ntlm))))
        st = ntlm(m, role, config, id);
    return st ? st : m->n > before ? TROTH_OK : TROTH_NO_CRED;
}

SECURITY_STATUS troth_sspi_sources_run(const troth_env *env, troth_role role, const troth_cred_source *list, size_t n,
                                       troth_cred **ret)
{
    troth_cred *cred;
    troth_job *job;
    troth_cred_use use = role == TROTH_INITIATOR ? TROTH_USE_INITIATE : TROTH_USE_ACCEPT;
    troth_status st = troth_cred_new(env, troth_mechs_default(), use, list, n, &cred);
    if (st)
        return troth_sspi_status(TROTH_SSPI_ACQUIRE, st);
    SECURITY_STATUS status;
    st = troth_cred_job(cred, 0, &job);
    if (st) {
        status = troth_sspi_status(TROTH_SSPI_ACQUIRE, st);
    } else {
        troth_job_run(job);
        troth_job_free(job);
        status =
            troth_cred_ready(cred, NULL) ? troth_sspi_status_of(TROTH_SSPI_ACQUIRE, troth_cred_error(cred)) : SEC_E_OK;
    }
    if (status)
        troth_cred_unref(cred);
    else
        *ret = cred;
    return status;
}

SECURITY_STATUS troth_sspi_sources_add(const troth_env *env, const troth_sspi_package *package, troth_role role,
                                       const troth_sspi_config *config, const troth_sspi_identity *identity,
                                       const char *principal, const troth_cred *base, troth_cred **ret)
{
    maker m = { .env = env };
    for (size_t i = 0; base && i < base->n_parts && m.n < MAX_SOURCES / 2; i++)
        if (!base->parts[i].st)
            m.list[m.n++] = base->parts[i].src;
    troth_status st = gather(&m, package, role, config, identity, principal);
    SECURITY_STATUS status =
        st ? troth_sspi_status(TROTH_SSPI_ACQUIRE, st) : troth_sspi_sources_run(env, role, m.list, m.n, ret);
    troth_mem_free_str(env, m.principal);
    troth_mem_drop(env, &m.secret);
    return status;
}

SECURITY_STATUS troth_sspi_sources_acquire(const troth_env *env, const troth_sspi_package *package, troth_role role,
                                           const troth_sspi_config *config, const troth_sspi_identity *identity,
                                           const char *principal, troth_cred **ret)
{
    return troth_sspi_sources_add(env, package, role, config, identity, principal, NULL, ret);
}
