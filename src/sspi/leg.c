#include <sspi/api.h>
#include <sspi/buffer.h>
#include <sspi/leg.h>
#include <sspi/status.h>
#include <sspi/stream.h>
#include <string.h>

/* ---- the call, before anything is done ---- */

static SECURITY_STATUS find_in(troth_sspi_leg *l)
{
    SecBuffer *token = NULL, *params = NULL, *bindings = NULL;
    if (!l->in)
        return SEC_E_OK;
    SECURITY_STATUS status = troth_sspi_buffers_check(l->in, false);
    if (!status)
        status = troth_sspi_buffer_find(l->in, SECBUFFER_TOKEN, &token);
    if (!status)
        status = troth_sspi_buffer_find(l->in, SECBUFFER_PKG_PARAMS, &params);
    if (!status)
        status = troth_sspi_buffer_find(l->in, SECBUFFER_CHANNEL_BINDINGS, &bindings);
    if (!status && bindings)
        status = troth_sspi_buffer_bindings(bindings, &l->bindings);
    l->token = token;
    l->params = params;
    return status;
}

static SECURITY_STATUS find_out(troth_sspi_leg *l)
{
    if (!l->out)
        return SEC_E_OK;
    SECURITY_STATUS status = troth_sspi_buffers_check(l->out, true);
    if (!status)
        status = troth_sspi_buffer_find(l->out, SECBUFFER_TOKEN, &l->answer);
    return !status && l->answer && troth_sspi_buffer_read_only(l->answer) ? SEC_E_INVALID_TOKEN : status;
}

static bool allocates(const troth_sspi_leg *l)
{
    return (l->req & ISC_REQ_ALLOCATE_MEMORY) != 0;
}

_Static_assert((int)ISC_REQ_ALLOCATE_MEMORY == (int)ASC_REQ_ALLOCATE_MEMORY, "the same bit on both sides");
_Static_assert((int)ISC_REQ_DATAGRAM == (int)ASC_REQ_DATAGRAM && (int)ISC_REQ_CONNECTION == (int)ASC_REQ_CONNECTION,
               "likewise");

/* A first leg without room for its answer is told so before it costs anything. */
static SECURITY_STATUS room(const troth_sspi_leg *l)
{
    if (!l->answer)
        return SEC_E_BUFFER_TOO_SMALL;
    if (allocates(l))
        return SEC_E_OK;
    if (!l->answer->cbBuffer)
        return SEC_E_BUFFER_TOO_SMALL;
    return l->answer->pvBuffer ? SEC_E_OK : SEC_E_INTERNAL_ERROR;
}

/* Two kinds of context at once; two rules for missing bindings at once. [CR-14] */
static SECURITY_STATUS contradiction(const troth_sspi_leg *l)
{
    uint32_t stream = l->role == TROTH_INITIATOR ? ISC_REQ_STREAM : ASC_REQ_STREAM;
    uint32_t kinds = l->req & (ISC_REQ_DATAGRAM | ISC_REQ_CONNECTION | stream);
    uint32_t proxied = ASC_REQ_PROXY_BINDINGS | ASC_REQ_ALLOW_MISSING_BINDINGS;
    if (kinds & (kinds - 1))
        return SEC_E_UNSUPPORTED_FUNCTION;
    return l->role == TROTH_ACCEPTOR && (l->req & proxied) == proxied ? SEC_E_INVALID_PARAMETER : SEC_E_OK;
}

/* ---- its answer ---- */

SECURITY_STATUS troth_sspi_leg_give(const troth_sspi_leg *l, SecBuffer *b, troth_bytes token)
{
    if (!b)
        return token.len ? SEC_E_BUFFER_TOO_SMALL : SEC_E_OK;
    if (allocates(l) && token.len) {
        void *p = troth_sspi_block_new(&troth_sspi_process_get()->blocks, TROTH_SSPI_BLOCK_BUFFER, token.len);
        if (!p)
            return SEC_E_INSUFFICIENT_MEMORY;
        b->pvBuffer = p;
    } else if (token.len > b->cbBuffer || (token.len && !b->pvBuffer)) {
        b->cbBuffer = (ULONG)token.len;
        return SEC_E_BUFFER_TOO_SMALL;
    }
    if (token.len)
        memcpy(b->pvBuffer, token.data, token.len);
    b->cbBuffer = (ULONG)token.len;
    return SEC_E_OK;
}

SECURITY_STATUS troth_sspi_leg_told(const troth_sspi_leg *l, troth_sspi_context *c, SECURITY_STATUS status)
{
    uint32_t early = troth_sspi_flags_early(c->role, c->package->bit, c->req & ~(uint32_t)ISC_REQ_ALLOCATE_MEMORY);
    if (allocates(l) && l->answer)
        early |= ISC_RET_ALLOCATED_MEMORY;
    if (status == SEC_E_OK) {
        troth_sspi_context_opened(c);
        early = c->ret | (early & ISC_RET_ALLOCATED_MEMORY);
    }
    if (l->attributes)
        *l->attributes = early;
    if (l->expiry)
        *l->expiry = troth_sspi_time(c->expiry);
    return status;
}

SECURITY_STATUS troth_sspi_leg_answer(const troth_sspi_leg *l, troth_sspi_context *c, troth_bytes token,
                                      SECURITY_STATUS status)
{
    SECURITY_STATUS given = troth_sspi_leg_give(l, l->answer, token);
    if (!given)
        return troth_sspi_leg_told(l, c, status);
    if (troth_mem_keep(c->env, token.data, token.len, &c->token)) {
        const troth_error error = { .code = TROTH_NO_MEMORY, .where = "token output" };
        return troth_sspi_context_failed(c, SEC_E_INSUFFICIENT_MEMORY, &error);
    }
    c->token_status = status;
    return given;
}

static SECURITY_STATUS answer_again(const troth_sspi_leg *l, troth_sspi_context *c)
{
    SECURITY_STATUS given = troth_sspi_leg_give(l, l->answer, (troth_bytes){ c->token.data, c->token.len });
    if (given)
        return given;
    troth_mem_drop(c->env, &c->token);
    if (troth_sspi_is_stream(c))
        troth_sspi_stream_told(l, c);
    return troth_sspi_leg_told(l, c, c->token_status);
}

/* ---- its work ---- */

/* What the context turned out to be. */
static SECURITY_STATUS done(troth_sspi_context *c)
{
    troth_facts facts = troth_context_facts(c->engine);
    troth_flags asked = troth_sspi_flags_require(c->role, c->package->bit, c->req), has = facts.attributes;
    if (!(asked & TROTH_F_SESSION_KEY))
        has &= ~(troth_flags)TROTH_F_SESSION_KEY;
    if (facts.mech == TROTH_MECH_NTLM) /* its exchange always has three legs */
        has |= asked & TROTH_F_DCE_STYLE;
    if (has & (TROTH_F_GUEST | TROTH_F_ANONYMOUS)) {
        has &= ~(troth_flags)TROTH_F_CONFIDENTIALITY; /* [CR-8] */
        if (c->role == TROTH_ACCEPTOR && asked & TROTH_F_CONFIDENTIALITY)
            return SEC_E_SECURITY_QOS_FAILED;
    }
    c->ret = troth_sspi_flags_ret(c->role, c->package->bit, has) | c->own;
    if (c->role == TROTH_ACCEPTOR && c->bindings.len && !(has & TROTH_F_BOUND))
        c->ret |= ASC_RET_MISSING_BINDINGS;
    c->expiry = facts.expiry;
    return SEC_E_OK;
}

static SECURITY_STATUS refused(const troth_sspi_leg *l, troth_sspi_context *c, troth_bytes token)
{
    troth_error error = *troth_context_error(c->engine);
    SECURITY_STATUS status = troth_sspi_status_of(TROTH_SSPI_ESTABLISH, &error);
    bool wanted = troth_sspi_flags_require(c->role, c->package->bit, c->req) & TROTH_F_EXTENDED_ERROR;
    if (wanted && token.len) /* [CR-15]; without room for it there is none */
        (void)troth_sspi_leg_give(l, l->answer, token);
    return troth_sspi_context_failed(c, status < 0 ? status : SEC_E_INTERNAL_ERROR, &error);
}

static SECURITY_STATUS stepped(const troth_sspi_leg *l, troth_sspi_context *c, troth_step step, troth_bytes token)
{
    if (step == TROTH_STEP_ERROR)
        return refused(l, c, token);
    if (step == TROTH_STEP_DONE) {
        SECURITY_STATUS status = done(c);
        if (status) {
            const troth_error error = { .code = TROTH_TOO_LOW, .where = "confidentiality for a guest [CR-8]" };
            return troth_sspi_context_failed(c, status, &error);
        }
    } else if (!token.len) {
        atomic_store(&c->stage, TROTH_SSPI_USABLE); /* a datagram initiator before any token [CR-14] */
    }
    return troth_sspi_leg_answer(l, c, token, step == TROTH_STEP_DONE ? SEC_E_OK : SEC_I_CONTINUE_NEEDED);
}

/* One leg of the engine's, here and now. */
static SECURITY_STATUS work(const troth_sspi_leg *l, troth_sspi_context *c)
{
    troth_block token = { 0 };
    troth_job *job;
    if (troth_sspi_is_stream(c))
        return troth_sspi_stream_work(l, c);
    bool have = l->token && (l->token->cbBuffer || l->context);
    if (l->token && l->token->cbBuffer > c->package->max_token) {
        const troth_error error = { .code = TROTH_LIMIT, .where = "cbMaxToken" };
        return troth_sspi_context_failed(c, SEC_E_INVALID_TOKEN, &error);
    }
    troth_status st =
        have && l->token->cbBuffer ? troth_mem_keep(c->env, l->token->pvBuffer, l->token->cbBuffer, &token) : TROTH_OK;
    if (!st)
        st = troth_context_job(c->engine, have ? &token : NULL, 0, &job);
    if (st) {
        troth_mem_drop(c->env, &token);
        return troth_sspi_status(TROTH_SSPI_ESTABLISH, st); /* nothing has moved: the call may come again */
    }
    troth_job_run(job);
    c->engine = troth_job_take_context(job);
    SECURITY_STATUS status = stepped(l, c, troth_job_result(job), troth_job_token(job));
    troth_job_free(job);
    return status;
}

/* No handle will lead to this context, so its credential keeps why. */
static void tell_credential(const troth_sspi_leg *l, troth_sspi_context *c)
{
    troth_sspi_cred *cred;
    if (c->stage != TROTH_SSPI_FAILED || troth_sspi_cred_find(l->cred, &cred))
        return;
    troth_sspi_cred_failed(cred, c->failure, &c->error, c->error_text);
    c->error_text = NULL;
    troth_sspi_cred_release(cred);
}

static SECURITY_STATUS first(const troth_sspi_leg *l)
{
    troth_sspi_process *p = troth_sspi_process_get();
    troth_sspi_context *c;
    CtxtHandle handle;
    bool datagram = l->req & ASC_REQ_DATAGRAM;
    if (!l->new_context)
        return SEC_E_INVALID_HANDLE;
    SECURITY_STATUS status = room(l);
    if (!status && l->role == TROTH_ACCEPTOR && !datagram && !l->token)
        status = SEC_E_INVALID_TOKEN;
    if (!status)
        status = troth_sspi_leg_begin(l, &c);
    if (status)
        return status;
    /* an acceptor's empty token is one; a datagram acceptor begins without */
    bool nothing = l->role == TROTH_ACCEPTOR && !datagram && !l->token->cbBuffer && !troth_sspi_is_stream(c);
    status = nothing ? SEC_E_INVALID_TOKEN : work(l, c);
    bool keep = status >= 0 || c->token.len; /* with a token that waits for a larger buffer */
    if (keep && troth_sspi_handle_new(&p->handles, TROTH_SSPI_CONTEXT, &c->head, &handle)) {
        status = SEC_E_INSUFFICIENT_MEMORY;
        keep = false;
    }
    if (keep) {
        *l->new_context = handle;
    } else {
        tell_credential(l, c);
        troth_sspi_context_release(c);
    }
    return status;
}

/* A later leg's credential may be left out; given, it must fit. */
static SECURITY_STATUS same_package(const troth_sspi_leg *l, const troth_sspi_context *c)
{
    troth_sspi_cred *cred;
    if (!l->cred)
        return SEC_E_OK;
    SECURITY_STATUS status = troth_sspi_cred_find(l->cred, &cred);
    if (status)
        return status;
    if (cred->package != c->package)
        status = SEC_E_WRONG_CREDENTIAL_HANDLE;
    troth_sspi_cred_release(cred);
    return status;
}

/* Bindings belong to the whole exchange: those of a later leg must be the first one's. */
static bool same_bindings(const troth_sspi_leg *l, const troth_sspi_context *c)
{
    return !l->bindings.len ||
           (l->bindings.len == c->bindings.len && troth_ct_equal(l->bindings.data, c->bindings.data, c->bindings.len));
}

/* Under leg. */
static SECURITY_STATUS later(const troth_sspi_leg *l, troth_sspi_context *c)
{
    if (c->stage == TROTH_SSPI_FAILED)
        return c->failure;
    if (c->token.len)
        return answer_again(l, c);
    if (c->stage == TROTH_SSPI_OPEN)
        return troth_sspi_is_stream(c) ? troth_sspi_stream_flush(l, c) : SEC_E_OUT_OF_SEQUENCE;
    if (troth_sspi_context_overdue(c)) {
        const troth_error error = { .code = TROTH_TIMEOUT, .where = "half-open for too long" };
        return troth_sspi_context_failed(c, SEC_E_INVALID_HANDLE, &error);
    }
    if (!l->token)
        return SEC_E_INVALID_TOKEN;
    if (!same_bindings(l, c))
        return SEC_E_BAD_BINDINGS;
    return work(l, c);
}

static SECURITY_STATUS next(const troth_sspi_leg *l)
{
    troth_sspi_context *c;
    SECURITY_STATUS status = troth_sspi_context_find(l->context, &c);
    if (status)
        return status;
    status = c->role == l->role ? same_package(l, c) : SEC_E_INVALID_HANDLE;
    if (!status) {
        troth_mutex_lock(&c->leg);
        status = later(l, c);
        troth_mutex_unlock(&c->leg);
    }
    if (status >= 0 && l->new_context)
        *l->new_context = *l->context;
    troth_sspi_context_release(c);
    return status;
}

SECURITY_STATUS troth_sspi_leg_run(troth_sspi_leg *l)
{
    if (!troth_sspi_process_get())
        return SEC_E_INSUFFICIENT_MEMORY;
    SECURITY_STATUS status = find_in(l);
    if (!status)
        status = find_out(l);
    if (!status)
        status = contradiction(l);
    if (status)
        return status;
    return l->context ? next(l) : first(l);
}
