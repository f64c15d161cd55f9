/* Acting as the client, which no thread of Linux can, and knowing who it is, which every server wants. */
#include <sspi/query.h>
#include <sspi/stream.h>

static void release(troth_sspi_context *c)
{
    troth_mutex_unlock(&c->leg);
    troth_sspi_context_release(c);
}

/* Only a complete acceptor's context has a client. What is found is held, with its leg, until release. */
static SECURITY_STATUS acceptor(const CtxtHandle *handle, troth_sspi_context **ret)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_context_find(handle, &c);
    if (status)
        return status;
    troth_mutex_lock(&c->leg);
    bool ready = c->stage == TROTH_SSPI_OPEN && !troth_sspi_stream_broken(c, NULL);
    status = !ready ? SEC_E_INVALID_HANDLE : c->role != TROTH_ACCEPTOR ? SEC_E_NO_IMPERSONATION : SEC_E_OK;
    if (status)
        release(c);
    else
        *ret = c;
    return status;
}

/* Success would be a lie: the thread would go on with all the rights of the server. [CR-18] */
SECURITY_STATUS ImpersonateSecurityContext(PCtxtHandle phContext)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = acceptor(phContext, &c);
    if (status)
        return status;
    status = troth_sspi_context_expired(c)                                  ? SEC_E_CONTEXT_EXPIRED
             : troth_context_facts(c->engine).attributes & TROTH_F_IDENTIFY ? SEC_E_NO_IMPERSONATION
                                                                            : SEC_E_UNSUPPORTED_FUNCTION;
    release(c);
    return status;
}

SECURITY_STATUS RevertSecurityContext(PCtxtHandle phContext)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = acceptor(phContext, &c);
    if (!status)
        release(c);
    return status;
}

SECURITY_STATUS QuerySecurityContextToken(PCtxtHandle phContext, void **Token)
{
    troth_sspi_context *c;
    if (!Token)
        return SEC_E_INVALID_PARAMETER;
    SECURITY_STATUS status = acceptor(phContext, &c);
    if (!status && troth_sspi_context_expired(c)) {
        release(c);
        status = SEC_E_CONTEXT_EXPIRED;
    }
    if (status)
        return status;
    troth_sspi_query q = { .c = c, .facts = troth_context_facts(c->engine) };
    void *token = troth_sspi_query_token(&q);
    release(c);
    if (!token)
        return SEC_E_INSUFFICIENT_MEMORY;
    *Token = token;
    return SEC_E_OK;
}
