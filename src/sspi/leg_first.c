/* What a context is made of: whose credential, which requirements, which bindings. */
#include <sspi/leg.h>
#include <sspi/process.h>
#include <sspi/prompt.h>
#include <sspi/status.h>
#include <sspi/stream.h>
#include <sspi/text.h>

static SECURITY_STATUS supplied(const troth_sspi_leg *l, troth_sspi_cred *cred, troth_cred **ret)
{
    SECURITY_STATUS status = troth_sspi_cred_of_identity(cred, l->params->pvBuffer, l->params->cbBuffer, l->wide, ret);
    if (status)
        return status;
    troth_mutex_lock(&cred->lock);
    bool save = cred->save_supplied;
    troth_mutex_unlock(&cred->lock);
    if (save)
        troth_sspi_cred_save(cred, troth_cred_ref(*ret));
    return SEC_E_OK;
}

/* Whom an initiator is; the RET bit of how that came about goes into own. [CR-10, CR-11] */
static SECURITY_STATUS initiator(const troth_sspi_leg *l, troth_sspi_cred *cred, troth_sspi_context *c)
{
    if (l->req & ISC_REQ_PROMPT_FOR_CREDS) {
        c->own |= ISC_RET_USED_COLLECTED_CREDS;
        return troth_sspi_prompt(cred, l->target, c->target, l->wide, &c->cred);
    }
    if (l->req & ISC_REQ_USE_SUPPLIED_CREDS && l->params) {
        c->own |= ISC_RET_USED_SUPPLIED_CREDS;
        return supplied(l, cred, &c->cred);
    }
    if (troth_sspi_flags_require(TROTH_INITIATOR, c->package->bit, l->req) & TROTH_F_ANONYMOUS)
        return troth_sspi_cred_anonymous(cred, &c->cred);
    c->cred = troth_sspi_cred_engine(cred, TROTH_INITIATOR);
    return c->cred ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}

static SECURITY_STATUS acceptor(troth_sspi_cred *cred, troth_sspi_context *c)
{
    c->cred = troth_sspi_cred_engine(cred, TROTH_ACCEPTOR);
    return c->cred ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}

static uint32_t policy_of(const troth_sspi_leg *l, const troth_sspi_cred *cred, troth_sspi_context *c)
{
    uint32_t policy = cred->policy;
    if (troth_sspi_is_stream(c))
        return troth_sspi_stream_policy(l, cred, c);
    if (l->role == TROTH_INITIATOR)
        return policy;
    if (c->package->id == TROTH_MECH_SPNEGO) /* as Windows' Negotiate: tokens of its packages come bare, too */
        policy |= TROTH_POLICY_RAW_TOKENS;
    if (l->bindings.len && !(l->req & ASC_REQ_ALLOW_MISSING_BINDINGS))
        policy |= TROTH_POLICY_REQUIRE_BINDINGS;
    if (l->req & ASC_REQ_ALLOW_CONTEXT_REPLAY && c->package->bit & (TROTH_SSPI_KERBEROS | TROTH_SSPI_NEGOTIATE)) {
        policy |= TROTH_POLICY_ALLOW_REPEAT;
        c->own |= ASC_RET_ALLOW_CONTEXT_REPLAY;
    }
    return policy;
}

static SECURITY_STATUS engine_of(const troth_sspi_leg *l, const troth_sspi_cred *cred, troth_sspi_context *c)
{
    troth_context_options opts = { .env = c->env,
                                   .role = l->role,
                                   .mech = c->package->mech,
                                   .require = troth_sspi_flags_require(l->role, c->package->bit, l->req),
                                   .target = l->role == TROTH_INITIATOR ? c->target : NULL,
                                   .bindings = { c->bindings.data, c->bindings.len },
                                   .policy = policy_of(l, cred, c) };
    bool stream = troth_sspi_is_stream(c);
    SECURITY_STATUS status = stream ? troth_sspi_stream_protocols(l, &opts.alpn) : SEC_E_OK;
    if (status)
        return status;
    troth_status st = troth_context_new(c->cred, &opts, &c->engine);
    if (st == TROTH_INVALID && stream) /* no host in it that a certificate could be for */
        return SEC_E_TARGET_UNKNOWN;
    return troth_sspi_status(TROTH_SSPI_ESTABLISH, st);
}

static SECURITY_STATUS fill(const troth_sspi_leg *l, troth_sspi_cred *cred, troth_sspi_context *c)
{
    c->req = l->req;
    SECURITY_STATUS status =
        troth_sspi_status(TROTH_SSPI_ACQUIRE, troth_sspi_text_in(c->env, l->target, l->wide, &c->target));
    if (status == SEC_E_INVALID_PARAMETER) /* no name that could be anybody's */
        return SEC_E_TARGET_UNKNOWN;
    if (!status && l->role == TROTH_INITIATOR && c->package->id == TROTH_MECH_KERBEROS && !(c->target && *c->target))
        return SEC_E_TARGET_UNKNOWN;
    if (!status && l->bindings.len)
        status = troth_sspi_status(TROTH_SSPI_ACQUIRE,
                                   troth_mem_keep(c->env, l->bindings.data, l->bindings.len, &c->bindings));
    if (!status && troth_sspi_is_stream(c))
        status = troth_sspi_stream_cred(l, cred, c);
    else if (!status)
        status = l->role == TROTH_INITIATOR ? initiator(l, cred, c) : acceptor(cred, c);
    return status ? status : engine_of(l, cred, c);
}

SECURITY_STATUS troth_sspi_leg_begin(const troth_sspi_leg *l, troth_sspi_context **ret)
{
    troth_sspi_cred *cred;
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_cred_find(l->cred, &cred);
    if (status)
        return status;
    troth_status st = troth_sspi_context_new(cred->package, l->role, &c);
    /* too many half-open contexts are this process' lack, whatever the peer's token says */
    status = st ? SEC_E_INSUFFICIENT_MEMORY : fill(l, cred, c);
    if (!status)
        *ret = c;
    else if (!st)
        troth_sspi_context_release(c);
    troth_sspi_cred_release(cred);
    return status;
}
