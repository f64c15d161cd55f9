/* One function for each attribute, in a table; what is not in it is SEC_E_UNSUPPORTED_FUNCTION. */
#include <sspi/api.h>
#include <sspi/query.h>
#include <sspi/stream.h>
#include <string.h>
#include <troth/win/schannel.h>

static SECURITY_STATUS sizes(troth_sspi_query *q, void *ret)
{
    SecPkgContext_Sizes *s = ret;
    const troth_context *e = q->c->engine;
    size_t sign = troth_context_token_size(e, TROTH_FORM_MIC, 0),
           seal = troth_context_token_size(e, TROTH_FORM_SEAL, 0);
    size_t wrap = troth_context_token_size(e, TROTH_FORM_WRAP, 0);
    s->cbMaxToken = q->c->package->max_token;
    s->cbMaxSignature = (ULONG)sign;
    s->cbSecurityTrailer = (ULONG)(seal > wrap ? seal : wrap);
    s->cbBlockSize = q->facts.mech == TROTH_MECH_KERBEROS;
    return SEC_E_OK;
}

static SECURITY_STATUS names(troth_sspi_query *q, void *ret)
{
    SecPkgContext_NamesA *n = ret;
    n->sUserName = troth_sspi_query_text(q, troth_sspi_query_client(q), q->wide);
    return SEC_E_OK;
}

static SECURITY_STATUS native_names(troth_sspi_query *q, void *ret)
{
    SecPkgContext_NativeNamesA *n = ret;
    n->sClientName = troth_sspi_query_text(q, troth_sspi_query_client(q), q->wide);
    n->sServerName = troth_sspi_query_text(q, troth_sspi_query_server(q), q->wide);
    return SEC_E_OK;
}

static SECURITY_STATUS lifespan(troth_sspi_query *q, void *ret)
{
    SecPkgContext_Lifespan *l = ret;
    l->tsStart = troth_sspi_time(q->c->born);
    l->tsExpiry = troth_sspi_time(q->c->expiry);
    return SEC_E_OK;
}

static SECURITY_STATUS dce_info(troth_sspi_query *q, void *ret)
{
    enum { RPC_C_AUTHZ_NAME = 1 };
    SecPkgContext_DceInfo *d = ret;
    d->AuthzSvc = RPC_C_AUTHZ_NAME;
    d->pPac = troth_sspi_query_text(q, troth_sspi_query_client(q), true);
    return SEC_E_OK;
}

/* Names as Windows shows them, key bits, checksum and encryption types [RFC 3961 8, RFC 8009 7, RFC 4757 7]. */
static const struct cipher {
    const char *detail, *signature, *encryption;
    ULONG bits, sign_id, seal_id;
} ciphers[] = {
    { "rc4-hmac-md5 128", "HMAC-MD5", "RSADSI RC4", 128, 0x8009, 0x6801 }, /* CALG_HMAC, CALG_RC4 */
    { "aes128-cts-hmac-sha1-96", "HMAC-SHA1-96", "Kerberos AES128-CTS-HMAC-SHA1-96", 128, 15, 17 },
    { "aes256-cts-hmac-sha1-96", "HMAC-SHA1-96", "Kerberos AES256-CTS-HMAC-SHA1-96", 256, 16, 18 },
    { "aes128-cts-hmac-sha256-128", "HMAC-SHA256-128", "Kerberos AES128-CTS-HMAC-SHA256-128", 128, 19, 19 },
    { "aes256-cts-hmac-sha384-192", "HMAC-SHA384-192", "Kerberos AES256-CTS-HMAC-SHA384-192", 256, 20, 20 },
    { "arcfour-hmac", "HMAC-MD5", "RSADSI RC4-HMAC", 128, 0xffffff76, 23 },
    { "camellia128-cts-cmac", "CMAC-CAMELLIA128", "Kerberos CAMELLIA128-CTS-CMAC", 128, 17, 25 },
    { "camellia256-cts-cmac", "CMAC-CAMELLIA256", "Kerberos CAMELLIA256-CTS-CMAC", 256, 18, 26 },
};

static SECURITY_STATUS key_info(troth_sspi_query *q, void *ret)
{
    static const struct cipher other = { "", "", "", 0, 0, 0 };
    const struct cipher *c = q->facts.mech == TROTH_MECH_NTLM ? &ciphers[0] : &other;
    for (size_t i = 0; i < sizeof ciphers / sizeof *ciphers; i++)
        if (strcmp(q->facts.detail, ciphers[i].detail) == 0)
            c = &ciphers[i];
    SecPkgContext_KeyInfoA *k = ret;
    *k = (SecPkgContext_KeyInfoA){ .KeySize = c->bits,
                                   .SignatureAlgorithm = c->sign_id,
                                   .EncryptAlgorithm = c->seal_id };
    k->sSignatureAlgorithmName = troth_sspi_query_text(q, c->signature, q->wide);
    k->sEncryptAlgorithmName = troth_sspi_query_text(q, c == &other ? q->facts.detail : c->encryption, q->wide);
    return SEC_E_OK;
}

static SECURITY_STATUS authority(troth_sspi_query *q, void *ret)
{
    SecPkgContext_AuthorityA *a = ret;
    const troth_identity *who = q->c->role == TROTH_ACCEPTOR ? &q->facts.peer : &q->facts.self;
    a->sAuthorityName = troth_sspi_query_text(q, who->authority, q->wide);
    return SEC_E_OK;
}

static const troth_sspi_package *negotiated(const troth_sspi_query *q)
{
    const troth_sspi_package *p = troth_sspi_package_of(q->facts.mech);
    return p ? p : q->c->package;
}

static SECURITY_STATUS proto_info(troth_sspi_query *q, void *ret)
{
    SecPkgContext_ProtoInfoA *p = ret;
    p->sProtocolName = troth_sspi_query_text(q, negotiated(q)->name, q->wide);
    p->majorVersion = q->facts.mech == TROTH_MECH_KERBEROS ? 5 : 2;
    p->minorVersion = 0;
    return SEC_E_OK;
}

static SECURITY_STATUS no_end(troth_sspi_query *q, void *ret) /* neither password nor logon ends that we know of */
{
    (void)q;
    TimeStamp never = troth_sspi_time(UINT64_MAX);
    memcpy(ret, &never, sizeof never);
    return SEC_E_OK;
}

static SECURITY_STATUS session_key(troth_sspi_query *q, void *ret)
{
    SecPkgContext_SessionKey *k = ret;
    troth_bytes key;
    if (troth_context_session_key(q->c->engine, &key))
        return SEC_E_UNSUPPORTED_FUNCTION;
    k->SessionKeyLength = (ULONG)key.len;
    k->SessionKey = troth_sspi_query_octets(q, key.data, key.len);
    return SEC_E_OK;
}

static SECURITY_STATUS package_info(troth_sspi_query *q, void *ret)
{
    SecPkgContext_PackageInfoA *p = ret;
    p->PackageInfo = troth_sspi_query_package(q, negotiated(q));
    return SEC_E_OK;
}

static SECURITY_STATUS negotiation_info(troth_sspi_query *q, void *ret)
{
    SecPkgContext_NegotiationInfoA *n = ret;
    n->PackageInfo = troth_sspi_query_package(q, negotiated(q));
    n->NegotiationState = SECPKG_NEGOTIATION_COMPLETE;
    return SEC_E_OK;
}

static SECURITY_STATUS flags(troth_sspi_query *q, void *ret)
{
    SecPkgContext_Flags *f = ret;
    f->Flags = q->c->ret;
    return SEC_E_OK;
}

/* The target as the client named it, in UTF-16 without a NUL. */
static SECURITY_STATUS target_information(troth_sspi_query *q, void *ret)
{
    SecPkgContext_TargetInformation *t = ret;
    const char *name = troth_sspi_query_target(q);
    if (!*name)
        return SEC_E_TARGET_UNKNOWN;
    t->MarshalledTargetInfo = troth_sspi_query_text(q, name, true);
    t->MarshalledTargetInfoLength = (ULONG)troth_sspi_text_size(name, true) - 2;
    return SEC_E_OK;
}

static SECURITY_STATUS user_flags(troth_sspi_query *q, void *ret)
{
    SecPkgContext_UserFlags *u = ret;
    troth_flags has = q->facts.attributes;
    u->UserFlags = (has & TROTH_F_GUEST ? LOGON_GUEST : 0u) |
                   (has & (TROTH_F_GUEST | TROTH_F_ANONYMOUS) ? LOGON_NOENCRYPTION : 0u); /* [CR-8] */
    return SEC_E_OK;
}

/* Whose credential it is that our side proved. */
static SECURITY_STATUS credential_name(troth_sspi_query *q, void *ret)
{
    SecPkgContext_CredentialNameA *n = ret;
    if (!*q->facts.self.name)
        return SEC_E_NO_CREDENTIALS;
    *n = (SecPkgContext_CredentialNameA){ .CredentialType = CRED_TYPE_DOMAIN_PASSWORD };
    n->sCredentialName = troth_sspi_query_text(q, q->facts.self.name, q->wide);
    return SEC_E_OK;
}

static SECURITY_STATUS access_token(troth_sspi_query *q, void *ret)
{
    SecPkgContext_AccessToken *t = ret;
    if (q->c->role != TROTH_ACCEPTOR)
        return SEC_E_UNSUPPORTED_FUNCTION;
    t->AccessToken = troth_sspi_query_token(q);
    return SEC_E_OK;
}

static SECURITY_STATUS client_specified_target(troth_sspi_query *q, void *ret)
{
    SecPkgContext_ClientSpecifiedTarget *t = ret;
    const char *name = troth_sspi_query_target(q);
    if (!*name)
        return SEC_E_TARGET_UNKNOWN;
    t->sTargetName = troth_sspi_query_text(q, name, true);
    return SEC_E_OK;
}

static SECURITY_STATUS last_client_token(troth_sspi_query *q, void *ret)
{
    SecPkgContext_LastClientTokenStatus *l = ret;
    if (q->c->role != TROTH_ACCEPTOR)
        return SEC_E_UNSUPPORTED_FUNCTION;
    l->LastClientTokenStatus = SecPkgAttrLastClientTokenYes;
    return SEC_E_OK;
}

static SECURITY_STATUS nego_status(troth_sspi_query *q, void *ret)
{
    SecPkgContext_NegoStatus *n = ret;
    if (q->c->package->id != TROTH_MECH_SPNEGO)
        return SEC_E_UNSUPPORTED_FUNCTION;
    n->LastStatus = 0;
    return SEC_E_OK;
}

static const troth_sspi_attribute attributes[] = {
    { SECPKG_ATTR_SIZES, sizes, sizeof(SecPkgContext_Sizes), true },
    { SECPKG_ATTR_NAMES, names, sizeof(SecPkgContext_NamesA), false },
    { SECPKG_ATTR_LIFESPAN, lifespan, sizeof(SecPkgContext_Lifespan), false },
    { SECPKG_ATTR_DCE_INFO, dce_info, sizeof(SecPkgContext_DceInfo), false },
    { SECPKG_ATTR_KEY_INFO, key_info, sizeof(SecPkgContext_KeyInfoA), false },
    { SECPKG_ATTR_AUTHORITY, authority, sizeof(SecPkgContext_AuthorityA), false },
    { SECPKG_ATTR_PROTO_INFO, proto_info, sizeof(SecPkgContext_ProtoInfoA), false },
    { SECPKG_ATTR_PASSWORD_EXPIRY, no_end, sizeof(TimeStamp), false },
    { SECPKG_ATTR_SESSION_KEY, session_key, sizeof(SecPkgContext_SessionKey), false },
    { SECPKG_ATTR_PACKAGE_INFO, package_info, sizeof(SecPkgContext_PackageInfoA), false },
    { SECPKG_ATTR_USER_FLAGS, user_flags, sizeof(SecPkgContext_UserFlags), false },
    { SECPKG_ATTR_NEGOTIATION_INFO, negotiation_info, sizeof(SecPkgContext_NegotiationInfoA), false },
    { SECPKG_ATTR_NATIVE_NAMES, native_names, sizeof(SecPkgContext_NativeNamesA), false },
    { SECPKG_ATTR_FLAGS, flags, sizeof(SecPkgContext_Flags), false },
    { SECPKG_ATTR_CREDENTIAL_NAME, credential_name, sizeof(SecPkgContext_CredentialNameA), false },
    { SECPKG_ATTR_TARGET_INFORMATION, target_information, sizeof(SecPkgContext_TargetInformation), false },
    { SECPKG_ATTR_ACCESS_TOKEN, access_token, sizeof(SecPkgContext_AccessToken), false },
    { SECPKG_ATTR_LOGOFF_TIME, no_end, sizeof(TimeStamp), false },
    { SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, client_specified_target, sizeof(SecPkgContext_ClientSpecifiedTarget),
      false },
    { SECPKG_ATTR_LAST_CLIENT_TOKEN_STATUS, last_client_token, sizeof(SecPkgContext_LastClientTokenStatus), false },
    { SECPKG_ATTR_NEGO_STATUS, nego_status, sizeof(SecPkgContext_NegoStatus), false },
};

/* In any state: why it failed. */
static SECURITY_STATUS error_of(troth_sspi_context *c, void *buffer)
{
    if (!buffer)
        return SEC_E_INVALID_PARAMETER;
    const troth_error *e = &c->error;
    SECURITY_STATUS broken = troth_sspi_stream_broken(c, &e);
    const SecPkgContext_TrothError ret = { broken ? broken : c->failure,
                                           e->gss_major,
                                           e->gss_minor,
                                           troth_status_name(e->code),
                                           troth_status_text(e->code),
                                           e->where,
                                           c->error_text ? c->error_text : "" };
    memcpy(buffer, &ret, sizeof ret);
    return SEC_E_OK;
}

static SECURITY_STATUS finish(troth_sspi_query *q, const troth_sspi_attribute *a, void *buffer)
{
    _Alignas(max_align_t) uint8_t ret[TROTH_SSPI_ATTRIBUTE_MAX];
    if (!buffer)
        return SEC_E_INVALID_PARAMETER;
    SECURITY_STATUS status = a->answer(q, ret);
    if (!status && q->no_memory)
        status = SEC_E_INSUFFICIENT_MEMORY;
    if (!status)
        memcpy(buffer, ret, a->size);
    while (status && q->n_blocks)
        (void)FreeContextBuffer(q->blocks[--q->n_blocks]);
    return status;
}

static const troth_sspi_attribute *in_table(const troth_sspi_attribute *a, size_t n, uint32_t number)
{
    for (const troth_sspi_attribute *end = a + n; a < end; a++)
        if (a->number == number)
            return a;
    return NULL;
}

static const troth_sspi_attribute *attribute_of(const troth_sspi_context *c, uint32_t number)
{
    const troth_sspi_attribute *own = NULL;
    if (troth_sspi_is_stream(c))
        own = in_table(troth_sspi_stream_attributes, troth_sspi_n_stream_attributes, number);
    return own ? own : in_table(attributes, sizeof attributes / sizeof *attributes, number);
}

/* What outlives its context: an expired one gives it no more. */
static bool lasting(uint32_t number)
{
    return number == SECPKG_ATTR_SESSION_KEY || number == SECPKG_ATTR_ACCESS_TOKEN ||
           number == SECPKG_ATTR_KEYING_MATERIAL;
}

/* Under leg. */
static SECURITY_STATUS ask(troth_sspi_context *c, uint32_t number, void *buffer, bool wide)
{
    const troth_sspi_attribute *a = attribute_of(c, number);
    if (number == SECPKG_ATTR_TROTH_ERROR)
        return error_of(c, buffer);
    bool ready = c->stage == TROTH_SSPI_OPEN || (c->stage == TROTH_SSPI_USABLE && a && a->early);
    bool sizes_only = a && a->early; /* who asks for them before each message learns from that what failed */
    if (!ready || (!sizes_only && troth_sspi_stream_broken(c, NULL)))
        return SEC_E_INVALID_HANDLE;
    if (!a)
        return SEC_E_UNSUPPORTED_FUNCTION;
    if (lasting(number) && troth_sspi_context_expired(c))
        return SEC_E_CONTEXT_EXPIRED;
    troth_sspi_query q = { .c = c, .facts = troth_context_facts(c->engine), .wide = wide };
    return finish(&q, a, buffer);
}

static SECURITY_STATUS query(const CtxtHandle *handle, uint32_t number, void *buffer, bool wide)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_context_find(handle, &c);
    if (status)
        return status;
    troth_mutex_lock(&c->leg);
    status = ask(c, number, buffer, wide);
    troth_mutex_unlock(&c->leg);
    troth_sspi_context_release(c);
    return status;
}

SECURITY_STATUS QueryContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer)
{
    return query(phContext, ulAttribute, pBuffer, false);
}

SECURITY_STATUS QueryContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer)
{
    return query(phContext, ulAttribute, pBuffer, true);
}

/* Only streams have one that can be set. */
static SECURITY_STATUS set(const CtxtHandle *handle, uint32_t number, const void *buffer, size_t size)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_context_find(handle, &c);
    if (status)
        return status;
    troth_mutex_lock(&c->leg);
    status = troth_sspi_is_stream(c) ? troth_sspi_stream_set(c, number, buffer, size) : SEC_E_UNSUPPORTED_FUNCTION;
    troth_mutex_unlock(&c->leg);
    troth_sspi_context_release(c);
    return status;
}

SECURITY_STATUS SetContextAttributesA(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer, ULONG cbBuffer)
{
    return set(phContext, ulAttribute, pBuffer, cbBuffer);
}

SECURITY_STATUS SetContextAttributesW(PCtxtHandle phContext, ULONG ulAttribute, void *pBuffer, ULONG cbBuffer)
{
    return set(phContext, ulAttribute, pBuffer, cbBuffer);
}
