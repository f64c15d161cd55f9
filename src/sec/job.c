#include <sec/context.h>

struct troth_job {
    const troth_env *env;
    uint64_t id;
    troth_context *context; /* one of these two */
    troth_cred *cred;
    bool has_token;
    troth_block token;
    size_t left; /* octets at the token's end that the leg did not take */
    troth_writer out;
    troth_step result;
};

static troth_job *blank(const troth_env *env, uint64_t id)
{
    troth_job *j = troth_mem_new(env, sizeof *j);
    if (!j)
        return NULL;
    j->env = env;
    j->id = id;
    j->result = TROTH_STEP_ERROR;
    return j;
}

troth_status troth_cred_job(troth_cred *cred, uint64_t id, troth_job **ret)
{
    troth_job *j = blank(cred->env, id);
    if (!j)
        return TROTH_NO_MEMORY;
    j->cred = troth_cred_ref(cred);
    j->out = troth_writer_growing(cred->env, 0, TROTH_LE);
    *ret = j;
    return TROTH_OK;
}

troth_status troth_context_job(troth_context *c, troth_block *token, uint64_t id, troth_job **ret)
{
    if (!troth_context_may_step(c))
        return TROTH_BAD_STATE;
    troth_job *j = blank(c->env, id);
    if (!j)
        return TROTH_NO_MEMORY;
    j->context = c;
    j->out = troth_writer_growing(c->env, c->opts.limits.token, TROTH_LE);
    if (token) {
        j->has_token = true;
        j->token = *token;
        *token = (troth_block){ 0 };
    }
    *ret = j;
    return TROTH_OK;
}

void troth_job_run(troth_job *j)
{
    if (j->cred) {
        troth_cred_acquire(j->cred);
        j->result = j->cred->st ? TROTH_STEP_ERROR : TROTH_STEP_DONE;
        return;
    }
    static const uint8_t empty[1];
    troth_bytes in = { j->has_token ? (j->token.data ? j->token.data : empty) : NULL, j->token.len };
    j->result = troth_context_step(j->context, in, &j->out);
    j->left = j->context->left <= j->token.len ? j->context->left : 0;
    if (!j->left)
        troth_mem_drop(j->env, &j->token);
}

uint64_t troth_job_id(const troth_job *j)
{
    return j->id;
}

troth_step troth_job_result(const troth_job *j)
{
    return j->result;
}

troth_bytes troth_job_token(const troth_job *j)
{
    return j->out.st ? (troth_bytes){ 0 } : (troth_bytes){ j->out.base, j->out.len };
}

troth_bytes troth_job_left(const troth_job *j)
{
    return j->left ? (troth_bytes){ j->token.data + j->token.len - j->left, j->left } : (troth_bytes){ 0 };
}

troth_context *troth_job_take_context(troth_job *j)
{
    troth_context *c = j->context;
    j->context = NULL;
    return c;
}

void troth_job_free(troth_job *j)
{
    if (!j)
        return;
    troth_writer_clear(&j->out);
    troth_mem_drop(j->env, &j->token);
    troth_context_free(j->context);
    troth_cred_unref(j->cred);
    troth_mem_free(j->env, j, sizeof *j);
}
