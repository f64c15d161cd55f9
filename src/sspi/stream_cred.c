/* Credentials of Schannel, and what of them goes into a context. */
#include <sspi/buffer.h>
#include <sspi/cert.h>
#include <sspi/sources.h>
#include <sspi/status.h>
#include <sspi/stream.h>
#include <string.h>
#include <troth/win/schannel.h>

enum { TLS_1_2 = 0x0303, TLS_1_3 = 0x0304, OURS = SP_PROT_TLS1_2 | SP_PROT_TLS1_3 };

/* What the caller gave, in either structure. */
typedef struct wish {
    uint32_t flags, protocols; /* SCH_CRED_, SP_PROT_ bits */
    const troth_sspi_cert *cert;
    const troth_sspi_store *roots;
} wish;

/* ---- reading it ---- */

static SECURITY_STATUS take_cert(uint32_t n, PCCERT_CONTEXT *list, HCERTSTORE store, uint32_t format, wish *w)
{
    if (format)
        return SEC_E_UNKNOWN_CREDENTIALS; /* thumbprints, of stores that are not here */
    if (n > 1)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (n) {
        w->cert = list ? troth_sspi_cert_find(*list) : NULL;
        if (!w->cert)
            return SEC_E_UNKNOWN_CREDENTIALS;
        if (!w->cert->has_key)
            return SEC_E_NO_CREDENTIALS;
    }
    w->roots = store ? troth_sspi_store_find(store) : NULL;
    return store && !w->roots ? SEC_E_UNKNOWN_CREDENTIALS : SEC_E_OK;
}

static SECURITY_STATUS take_strengths(uint32_t low, uint32_t high)
{
    enum { LEAST = 128, MOST = 256 };
    if (low == UINT32_MAX) /* which lets anything pass, no encryption included */
        low = 0;
    if (low > MOST || (high && high < LEAST))
        return SEC_E_ALGORITHM_MISMATCH;
    bool narrows = low > LEAST || (high && high < MOST);
    return narrows ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_OK;
}

static SECURITY_STATUS read_old(const SCHANNEL_CRED *s, wish *w)
{
    if (s->cMappers || s->cSupportedAlgs)
        return SEC_E_UNSUPPORTED_FUNCTION;
    w->flags = s->dwFlags;
    w->protocols = s->grbitEnabledProtocols ? s->grbitEnabledProtocols : (uint32_t)OURS;
    SECURITY_STATUS status = take_strengths(s->dwMinimumCipherStrength, s->dwMaximumCipherStrength);
    return status ? status : take_cert(s->cCreds, s->paCred, s->hRootStore, s->dwCredFormat, w);
}

static SECURITY_STATUS read_new(const SCH_CREDENTIALS *s, wish *w)
{
    enum { MOST = 16 };
    if (s->cMappers)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (s->cTlsParameters > MOST || (s->cTlsParameters && !s->pTlsParameters))
        return SEC_E_INVALID_PARAMETER;
    w->flags = s->dwFlags;
    w->protocols = OURS;
    for (uint32_t i = 0; i < s->cTlsParameters; i++) {
        const TLS_PARAMETERS *p = &s->pTlsParameters[i];
        if (p->cAlpnIds || p->cDisabledCrypto || p->dwFlags)
            return SEC_E_UNSUPPORTED_FUNCTION;
        w->protocols &= ~p->grbitDisabledProtocols;
    }
    return take_cert(s->cCreds, s->paCred, s->hRootStore, s->dwCredFormat, w);
}

/* Demands that nothing here can meet; what only asks for less than we do is met. */
static SECURITY_STATUS take_flags(uint32_t flags)
{
    enum {
        REVOCATION = SCH_CRED_REVOCATION_CHECK_END_CERT | SCH_CRED_REVOCATION_CHECK_CHAIN |
                     SCH_CRED_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT,
        BOTH_WAYS = SCH_CRED_MANUAL_CRED_VALIDATION | SCH_CRED_AUTO_CRED_VALIDATION
    };
    if ((flags & BOTH_WAYS) == BOTH_WAYS)
        return SEC_E_INVALID_PARAMETER;
    if (flags & (SCH_USE_PRESHAREDKEYS_ONLY | SCH_USE_DTLS_ONLY))
        return SEC_E_UNSUPPORTED_FUNCTION;
    /* who lets checks that cannot be made be left out has said so */
    bool may_skip = flags & (SCH_CRED_IGNORE_REVOCATION_OFFLINE | SCH_CRED_MANUAL_CRED_VALIDATION);
    return flags & REVOCATION && !may_skip ? SEC_E_UNSUPPORTED_FUNCTION : SEC_E_OK;
}

static SECURITY_STATUS read_wish(const void *auth, wish *ret)
{
    wish w = { .protocols = OURS };
    DWORD version;
    SECURITY_STATUS status = SEC_E_OK;
    if (auth) {
        memcpy(&version, auth, sizeof version);
        if (version == SCHANNEL_CRED_VERSION)
            status = read_old(auth, &w);
        else if (version == SCH_CREDENTIALS_VERSION)
            status = read_new(auth, &w);
        else
            return SEC_E_UNKNOWN_CREDENTIALS;
    }
    if (!status)
        status = take_flags(w.flags);
    if (!status)
        *ret = w;
    return status;
}

/* ---- acquiring it ---- */

static SECURITY_STATUS take_versions(uint32_t protocols, troth_role role, troth_tls_config *tls)
{
    bool server = role == TROTH_ACCEPTOR;
    bool older = protocols & (server ? SP_PROT_TLS1_2_SERVER : SP_PROT_TLS1_2_CLIENT);
    bool newer = protocols & (server ? SP_PROT_TLS1_3_SERVER : SP_PROT_TLS1_3_CLIENT);
    tls->min_version = older ? TLS_1_2 : TLS_1_3;
    tls->max_version = newer ? TLS_1_3 : TLS_1_2;
    return older || newer ? SEC_E_OK : SEC_E_ALGORITHM_MISMATCH;
}

static void take_trust(const wish *w, const troth_sspi_config *config, troth_role role, troth_tls_config *tls)
{
    if (w->roots)
        tls->trust_pem = w->roots->pem;
    else
        tls->trust_path = role == TROTH_ACCEPTOR ? config->client_trust : config->trust;
    if (role == TROTH_ACCEPTOR && !(w->flags & SCH_CRED_NO_SYSTEM_MAPPER)) {
        tls->rules = config->rules;
        tls->n_rules = config->n_rules;
    }
}

/* The certificate of the configuration, which a caller has who gave none. */
static bool default_cert(const wish *w, const troth_sspi_config *config, troth_role role)
{
    if (w->cert)
        return false;
    return role == TROTH_ACCEPTOR ? config->certificate != NULL
                                  : config->client_certificate && !(w->flags & SCH_CRED_NO_DEFAULT_CREDS);
}

static SECURITY_STATUS run(const troth_env *env, troth_role role, const troth_cred_source *source, troth_cred **ret)
{
    SECURITY_STATUS status = troth_sspi_sources_run(env, role, source, 1, ret);
    return status == SEC_E_LOGON_DENIED ? SEC_E_UNKNOWN_CREDENTIALS : status;
}

/* From the configuration's files. */
static SECURITY_STATUS acquire_default(const troth_env *env, const troth_sspi_config *config, troth_role role,
                                       troth_tls_config *tls, troth_cred **ret)
{
    bool server = role == TROTH_ACCEPTOR;
    const char *password = server ? config->key_password : config->client_password;
    troth_block secret = { 0 };
    troth_status st = password ? troth_sspi_config_secret(env, password, &secret) : TROTH_OK;
    if (st)
        return troth_sspi_status(TROTH_SSPI_ACQUIRE, st);
    tls->key_path = server ? config->key : config->client_key;
    const troth_cred_source source = { .mech = "tls",
                                       .kind = TROTH_CRED_PEM,
                                       .path = server ? config->certificate : config->client_certificate,
                                       .secret = { secret.data, secret.len },
                                       .tls = tls };
    SECURITY_STATUS status = run(env, role, &source, ret);
    troth_mem_drop(env, &secret);
    return status;
}

static SECURITY_STATUS acquire_given(const troth_env *env, const wish *w, troth_role role, troth_tls_config *tls,
                                     troth_cred **ret)
{
    troth_cred_source source = { .mech = "tls", .kind = TROTH_CRED_DEFAULT, .tls = tls };
    if (w->cert) {
        source.kind = TROTH_CRED_PEM;
        source.secret = w->cert->secret;
        tls->cert_pem = w->cert->pem;
        tls->key_pem = w->cert->key;
    } else if (role == TROTH_ACCEPTOR) {
        return SEC_E_NO_CREDENTIALS;
    }
    return run(env, role, &source, ret);
}

static SECURITY_STATUS acquire(troth_sspi_cred *c, const wish *w, const troth_sspi_config *config, troth_role role)
{
    troth_tls_config tls = { 0 };
    bool defaults = default_cert(w, config, role);
    SECURITY_STATUS status = take_versions(w->protocols, role, &tls);
    if (status)
        return status;
    take_trust(w, config, role, &tls);
    if (defaults && role == TROTH_INITIATOR) { /* and one without, for ISC_REQ_USE_SUPPLIED_CREDS */
        status = acquire_given(c->env, w, role, &tls, &c->bare);
        if (status)
            return status;
    }
    return defaults ? acquire_default(c->env, config, role, &tls, &c->engine[role])
                    : acquire_given(c->env, w, role, &tls, &c->engine[role]);
}

SECURITY_STATUS troth_sspi_stream_acquire(troth_sspi_cred *c, const troth_sspi_config *config, const void *auth)
{
    wish w = { 0 };
    SECURITY_STATUS status = read_wish(auth, &w);
    if (!status && c->use & SECPKG_CRED_OUTBOUND)
        status = acquire(c, &w, config, TROTH_INITIATOR);
    if (!status && c->use & SECPKG_CRED_INBOUND)
        status = acquire(c, &w, config, TROTH_ACCEPTOR);
    if (w.flags & SCH_CRED_MANUAL_CRED_VALIDATION && !status)
        c->policy |= TROTH_POLICY_UNVERIFIED;
    return status;
}

/* ---- a context's first leg ---- */

SECURITY_STATUS troth_sspi_stream_cred(const troth_sspi_leg *l, troth_sspi_cred *cred, troth_sspi_context *c)
{
    bool initiator = l->role == TROTH_INITIATOR;
    if (l->req & ISC_REQ_DATAGRAM || (initiator && l->req & ISC_REQ_PROMPT_FOR_CREDS)) /* no DTLS; nobody to be asked */
        return SEC_E_UNSUPPORTED_FUNCTION;
    bool supplied = initiator && l->req & ISC_REQ_USE_SUPPLIED_CREDS;
    if (supplied)
        c->own |= ISC_RET_USED_SUPPLIED_CREDS;
    c->cred = supplied && cred->bare ? troth_cred_ref(cred->bare) : troth_sspi_cred_engine(cred, l->role);
    return c->cred ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}

uint32_t troth_sspi_stream_policy(const troth_sspi_leg *l, const troth_sspi_cred *cred, troth_sspi_context *c)
{
    uint32_t policy = cred->policy;
    if (l->role == TROTH_ACCEPTOR)
        return policy;
    if (l->req & ISC_REQ_MANUAL_CRED_VALIDATION)
        policy |= TROTH_POLICY_UNVERIFIED;
    if (policy & TROTH_POLICY_UNVERIFIED)
        c->own |= ISC_RET_MANUAL_CRED_VALIDATION;
    return policy;
}

SECURITY_STATUS troth_sspi_stream_protocols(const troth_sspi_leg *l, troth_bytes *ret)
{
    SecBuffer *b = NULL;
    SECURITY_STATUS status = troth_sspi_buffer_find(l->in, SECBUFFER_APPLICATION_PROTOCOLS, &b);
    return status || !b ? status : troth_sspi_stream_alpn((troth_bytes){ b->pvBuffer, b->cbBuffer }, ret);
}
