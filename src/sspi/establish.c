/* InitializeSecurityContext, AcceptSecurityContext, and the calls around them that have little to do. */
#include <sspi/buffer.h>
#include <sspi/leg.h>
#include <sspi/process.h>
#include <sspi/stream.h>

SECURITY_STATUS InitializeSecurityContextA(PCredHandle phCredential, PCtxtHandle phContext, SEC_CHAR *pszTargetName,
                                           ULONG fContextReq, ULONG Reserved1, ULONG TargetDataRep,
                                           PSecBufferDesc pInput, ULONG Reserved2, PCtxtHandle phNewContext,
                                           PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    (void)Reserved1, (void)Reserved2, (void)TargetDataRep; /* no token of ours depends on the byte order */
    troth_sspi_leg l = { .role = TROTH_INITIATOR,
                         .cred = phCredential,
                         .context = phContext,
                         .target = pszTargetName,
                         .req = fContextReq,
                         .in = pInput,
                         .out = pOutput,
                         .new_context = phNewContext,
                         .attributes = pfContextAttr,
                         .expiry = ptsExpiry };
    return troth_sspi_leg_run(&l);
}

SECURITY_STATUS InitializeSecurityContextW(PCredHandle phCredential, PCtxtHandle phContext, SEC_WCHAR *pszTargetName,
                                           ULONG fContextReq, ULONG Reserved1, ULONG TargetDataRep,
                                           PSecBufferDesc pInput, ULONG Reserved2, PCtxtHandle phNewContext,
                                           PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    (void)Reserved1, (void)Reserved2, (void)TargetDataRep;
    troth_sspi_leg l = { .role = TROTH_INITIATOR,
                         .wide = true,
                         .cred = phCredential,
                         .context = phContext,
                         .target = pszTargetName,
                         .req = fContextReq,
                         .in = pInput,
                         .out = pOutput,
                         .new_context = phNewContext,
                         .attributes = pfContextAttr,
                         .expiry = ptsExpiry };
    return troth_sspi_leg_run(&l);
}

SECURITY_STATUS AcceptSecurityContext(PCredHandle phCredential, PCtxtHandle phContext, PSecBufferDesc pInput,
                                      ULONG fContextReq, ULONG TargetDataRep, PCtxtHandle phNewContext,
                                      PSecBufferDesc pOutput, ULONG *pfContextAttr, PTimeStamp ptsExpiry)
{
    (void)TargetDataRep;
    troth_sspi_leg l = { .role = TROTH_ACCEPTOR,
                         .cred = phCredential,
                         .context = phContext,
                         .req = fContextReq,
                         .in = pInput,
                         .out = pOutput,
                         .new_context = phNewContext,
                         .attributes = pfContextAttr,
                         .expiry = ptsExpiry };
    return troth_sspi_leg_run(&l);
}

/* Nothing to complete; but SEC_E_OK would seem to mend a context that failed, or whose time is over. */
SECURITY_STATUS CompleteAuthToken(PCtxtHandle phContext, PSecBufferDesc pToken)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_context_find(phContext, &c);
    if (status)
        return status;
    troth_mutex_lock(&c->leg);
    status = c->stage == TROTH_SSPI_FAILED ? c->failure : troth_sspi_stream_broken(c, NULL);
    if (!status && troth_sspi_context_expired(c))
        status = SEC_E_CONTEXT_EXPIRED;
    troth_mutex_unlock(&c->leg);
    troth_sspi_context_release(c);
    return status || !pToken ? status : troth_sspi_buffers_check(pToken, false);
}

SECURITY_STATUS ApplyControlToken(PCtxtHandle phContext, PSecBufferDesc pInput)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_context_find(phContext, &c);
    if (status)
        return status;
    status = troth_sspi_is_stream(c) ? troth_sspi_stream_control(c, pInput) : SEC_E_UNSUPPORTED_FUNCTION;
    troth_sspi_context_release(c);
    return status;
}

SECURITY_STATUS DeleteSecurityContext(PCtxtHandle phContext)
{
    troth_sspi_process *p = troth_sspi_process_get();
    if (!p || troth_sspi_handle_delete(&p->handles, TROTH_SSPI_CONTEXT, phContext) == TROTH_SSPI_FOREIGN)
        return SEC_E_INVALID_HANDLE;
    return SEC_E_OK;
}
