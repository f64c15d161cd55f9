/*
 * MakeSignature, VerifySignature, EncryptMessage, DecryptMessage.
 *
 * The number that the caller gives counts for datagram contexts only, where the engine checks it; all others count for
 * themselves. What the engine answers is all there is: it verifies before anything is believed, wipes what did not
 * verify, and leaves its state where it was.
 */
#include <sspi/message.h>
#include <sspi/status.h>
#include <sspi/stream.h>

/* What a call wants of a message: fQOP is judged after the handle, as all arguments are. */
static SECURITY_STATUS signing_qop(uint32_t qop)
{
    if (qop == SECQOP_WRAP_NO_ENCRYPT) /* a wrap token is another thing than a signature, and none verifies it as one */
        return SEC_E_INVALID_TOKEN;
    return qop ? SEC_E_QOP_NOT_SUPPORTED : SEC_E_OK;
}

static SECURITY_STATUS protect(troth_sspi_context *c, troth_form form, const SecBufferDesc *desc, uint64_t seq)
{
    troth_sspi_message m;
    SECURITY_STATUS status =
        troth_sspi_message_read(desc, TROTH_SSPI_MAKING, troth_sspi_message_mech(c), form == TROTH_FORM_MIC, &m);
    if (status)
        return status;
    m.msg.seq = seq;
    status = troth_sspi_status(TROTH_SSPI_MESSAGE, troth_context_protect(c->engine, form, &m.msg, 1, NULL));
    if (!status)
        troth_sspi_message_made(&m);
    return status;
}

SECURITY_STATUS SEC_ENTRY MakeSignature(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage, ULONG MessageSeqNo)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_context_enter(phContext, TROTH_SSPI_OUT, &c);
    if (status)
        return status;
    status = troth_sspi_is_stream(c) ? SEC_E_UNSUPPORTED_FUNCTION : signing_qop(fQOP);
    if (!status)
        status = protect(c, TROTH_FORM_MIC, pMessage, MessageSeqNo);
    troth_sspi_context_leave(c, TROTH_SSPI_OUT);
    return status;
}

SECURITY_STATUS SEC_ENTRY EncryptMessage(PCtxtHandle phContext, ULONG fQOP, PSecBufferDesc pMessage, ULONG MessageSeqNo)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_context_enter(phContext, TROTH_SSPI_OUT, &c);
    if (status)
        return status;
    if (troth_sspi_is_stream(c))
        status = troth_sspi_stream_encrypt(c, fQOP, pMessage);
    else if (fQOP && fQOP != SECQOP_WRAP_NO_ENCRYPT)
        status = SEC_E_QOP_NOT_SUPPORTED;
    else
        status = protect(c, fQOP ? TROTH_FORM_WRAP : TROTH_FORM_SEAL, pMessage, MessageSeqNo);
    troth_sspi_context_leave(c, TROTH_SSPI_OUT);
    return status;
}

static SECURITY_STATUS verify(troth_sspi_context *c, const SecBufferDesc *desc, uint64_t seq)
{
    troth_sspi_message m;
    SECURITY_STATUS status = troth_sspi_message_read(desc, TROTH_SSPI_OPENING, troth_sspi_message_mech(c), true, &m);
    if (status)
        return status;
    m.msg.seq = seq;
    return troth_sspi_status(TROTH_SSPI_MESSAGE, troth_context_unprotect(c->engine, TROTH_FORM_MIC, &m.msg, 1, NULL));
}

SECURITY_STATUS SEC_ENTRY VerifySignature(PCtxtHandle phContext, PSecBufferDesc pMessage, ULONG MessageSeqNo,
                                          ULONG *pfQOP)
{
    troth_sspi_context *c;
    (void)pfQOP; /* stays as it is: a signature has no quality but being right */
    SECURITY_STATUS status = troth_sspi_context_enter(phContext, TROTH_SSPI_IN, &c);
    if (status)
        return status;
    status = troth_sspi_is_stream(c) ? SEC_E_UNSUPPORTED_FUNCTION : verify(c, pMessage, MessageSeqNo);
    troth_sspi_context_leave(c, TROTH_SSPI_IN);
    return status;
}

/*
 * A context that encrypts takes a message that was only signed where the caller asks for its quality, because otherwise
 * it would pass for an encrypted one.
 */
static SECURITY_STATUS decrypt(troth_sspi_context *c, const SecBufferDesc *desc, uint64_t seq, uint32_t *ret_qop)
{
    troth_sspi_message m;
    SECURITY_STATUS status =
        troth_sspi_message_read(desc, TROTH_SSPI_DECRYPTING, troth_sspi_message_mech(c), false, &m);
    if (status)
        return status;
    m.msg.seq = seq;
    bool sealed = troth_context_sealed(c->engine, &m.msg);
    bool must = !ret_qop && troth_context_facts(c->engine).attributes & TROTH_F_CONFIDENTIALITY;
    troth_form form = sealed || must ? TROTH_FORM_SEAL : TROTH_FORM_WRAP;
    status = troth_sspi_status(TROTH_SSPI_MESSAGE, troth_context_unprotect(c->engine, form, &m.msg, 1, NULL));
    if (status)
        return status;
    troth_sspi_message_opened(&m);
    if (ret_qop)
        *ret_qop = form == TROTH_FORM_SEAL ? 0 : SECQOP_WRAP_NO_ENCRYPT;
    return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY DecryptMessage(PCtxtHandle phContext, PSecBufferDesc pMessage, ULONG MessageSeqNo,
                                         ULONG *pfQOP)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_context_enter(phContext, TROTH_SSPI_IN, &c);
    if (status)
        return status;
    status = troth_sspi_is_stream(c) ? troth_sspi_stream_decrypt(c, pMessage, pfQOP)
                                     : decrypt(c, pMessage, MessageSeqNo, pfQOP);
    troth_sspi_context_leave(c, TROTH_SSPI_IN);
    return status;
}
