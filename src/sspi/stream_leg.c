/*
 * Legs of a stream: the input is whatever has arrived, and what of it is no whole record, or no record of the handshake's,
 * stays the caller's.
 */
#include <sspi/buffer.h>
#include <sspi/status.h>
#include <sspi/stream.h>

enum { AT_ONCE = 65535 }; /* octets that the engine takes as one token */

static troth_bytes input(const troth_sspi_leg *l)
{
    return l->token ? (troth_bytes){ l->token->pvBuffer, l->token->cbBuffer } : (troth_bytes){ 0 };
}

/* Nothing has moved: the same call with more. */
static SECURITY_STATUS incomplete(const troth_sspi_leg *l, size_t need)
{
    troth_sspi_stream_say(troth_sspi_stream_nth_spare(l->in, 0), SECBUFFER_MISSING, NULL, need);
    return SEC_E_INCOMPLETE_MESSAGE;
}

static void tell_rest(const troth_sspi_leg *l, size_t left)
{
    SecBuffer *b = troth_sspi_stream_nth_spare(l->in, 0);
    troth_bytes in = input(l);
    if (left && left <= in.len)
        troth_sspi_stream_say(b, SECBUFFER_EXTRA, (uint8_t *)l->token->pvBuffer + in.len - left, left);
    else
        troth_sspi_stream_say(b, SECBUFFER_EMPTY, NULL, 0);
}

void troth_sspi_stream_told(const troth_sspi_leg *l, const troth_sspi_context *c)
{
    tell_rest(l, c->left);
}

/* ---- what a leg came to ---- */

/* A client without a certificate is what most are, and takes nothing from the protection. [CR-5, CR-8] */
static void done(troth_sspi_context *c)
{
    troth_facts facts = troth_context_facts(c->engine);
    troth_flags asked = troth_sspi_flags_require(c->role, c->package->bit, c->req);
    troth_flags has = facts.attributes | (asked & TROTH_F_EXTENDED_ERROR);
    c->ret = troth_sspi_flags_ret(c->role, c->package->bit, has) | c->own;
    c->expiry = facts.expiry;
}

/* The alert, where the caller has a place for it; one that cannot be given is none. [CR-15] */
static void give_alert(const troth_sspi_leg *l, const troth_sspi_context *c, troth_bytes alert)
{
    SecBuffer *b = NULL;
    bool wanted = troth_sspi_flags_require(c->role, c->package->bit, c->req) & TROTH_F_EXTENDED_ERROR;
    if (troth_sspi_buffer_find(l->out, SECBUFFER_ALERT, &b) || !b || troth_sspi_buffer_read_only(b))
        b = wanted ? l->answer : NULL;
    if (b && (!alert.len || troth_sspi_leg_give(l, b, alert)))
        b->cbBuffer = 0;
}

static SECURITY_STATUS refused(const troth_sspi_leg *l, troth_sspi_context *c, troth_bytes alert)
{
    troth_error error = *troth_context_error(c->engine);
    SECURITY_STATUS status = troth_sspi_stream_status(TROTH_SSPI_ESTABLISH, &error);
    give_alert(l, c, alert);
    return troth_sspi_context_failed(c, status < 0 ? status : SEC_E_INTERNAL_ERROR, &error);
}

static SECURITY_STATUS stepped(const troth_sspi_leg *l, troth_sspi_context *c, const troth_job *job, size_t left)
{
    troth_step step = troth_job_result(job);
    if (step == TROTH_STEP_ERROR)
        return refused(l, c, troth_job_token(job));
    if (step == TROTH_STEP_DONE)
        done(c);
    c->left = left; /* in case that the token has to wait */
    SECURITY_STATUS status =
        troth_sspi_leg_answer(l, c, troth_job_token(job), step == TROTH_STEP_DONE ? SEC_E_OK : SEC_I_CONTINUE_NEEDED);
    if (status >= 0)
        tell_rest(l, left);
    return status;
}

/* ---- the work ---- */

/* One leg of the engine's. Nothing has moved unless it is SEC_E_OK. */
static SECURITY_STATUS run(troth_sspi_context *c, troth_bytes in, bool begins, troth_job **ret)
{
    troth_block token = { 0 };
    troth_job *job;
    troth_status st = in.len ? troth_mem_keep(c->env, in.data, in.len, &token) : TROTH_OK;
    if (!st)
        st = troth_context_job(c->engine, begins ? NULL : &token, 0, &job);
    if (st) {
        troth_mem_drop(c->env, &token);
        return troth_sspi_status(TROTH_SSPI_ESTABLISH, st);
    }
    troth_job_run(job);
    c->engine = troth_job_take_context(job);
    *ret = job;
    return SEC_E_OK;
}

static SECURITY_STATUS no_memory(troth_sspi_context *c, SECURITY_STATUS status)
{
    const troth_error error = { .code = TROTH_NO_MEMORY, .where = "a leg between two others" };
    return troth_sspi_context_failed(c, status, &error);
}

/* Records are there that were not taken, and the peer says nothing before it has seen an answer to them. */
static bool goes_on(const troth_sspi_context *c, const troth_job *job, troth_bytes rest, size_t before)
{
    return troth_job_result(job) == TROTH_STEP_MORE && !troth_job_token(job).len && rest.len < before &&
           !troth_context_token_need(c->engine, rest);
}

SECURITY_STATUS troth_sspi_stream_work(const troth_sspi_leg *l, troth_sspi_context *c)
{
    troth_bytes in = input(l);
    troth_job *job = NULL;
    bool begins = l->role == TROTH_INITIATOR && !l->context && !in.len;
    size_t need = begins ? 0 : troth_context_token_need(c->engine, in);
    if (need)
        return incomplete(l, need);
    for (;;) {
        size_t n = in.len < AT_ONCE ? in.len : AT_ONCE;
        bool moved = job != NULL;
        troth_job_free(job);
        SECURITY_STATUS status = run(c, (troth_bytes){ in.data, n }, begins, &job);
        if (status)
            return moved ? no_memory(c, status) : status;
        size_t taken = n - troth_job_left(job).len, before = in.len;
        in = (troth_bytes){ in.len ? in.data + taken : NULL, in.len - taken };
        if (!goes_on(c, job, in, before))
            break;
    }
    SECURITY_STATUS status = stepped(l, c, job, in.len);
    troth_job_free(job);
    return status;
}
