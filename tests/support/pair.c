#include <base/mem.h>
#include <support/pair.h>
#include <support/test.h>

troth_status pair_leg(const troth_env *env, troth_context **c, bool first, troth_block *token, troth_step *ret_step)
{
    troth_job *job = NULL;
    troth_status st = troth_context_job(*c, first ? NULL : token, 1, &job);
    if (st) {
        troth_mem_drop(env, token);
        return st;
    }
    troth_job_run(job);
    *ret_step = troth_job_result(job);
    troth_bytes out = troth_job_token(job);
    *token = (troth_block){ 0 };
    if (out.len)
        st = troth_mem_keep(env, out.data, out.len, token);
    *c = troth_job_take_context(job);
    troth_job_free(job);
    return st;
}

troth_status pair_shake(const troth_env *env, troth_context **i, troth_context **a, unsigned *ret_tokens)
{
    troth_context **side[2] = { i, a };
    bool done[2] = { false, false };
    troth_block token = { 0 };
    unsigned tokens = 0, turn = 0;
    troth_status st;
    for (;; turn++) {
        unsigned who = turn % 2;
        troth_step step = TROTH_STEP_ERROR;
        st = pair_leg(env, side[who], turn == 0, &token, &step);
        if (!st && step == TROTH_STEP_ERROR)
            st = troth_context_error(*side[who])->code;
        done[who] = step == TROTH_STEP_DONE;
        if (st || (!token.len && done[0] && done[1]))
            break;
        tokens++;
        if (!token.len)
            st = TROTH_MECHANISM;
        if (st)
            break;
    }
    troth_mem_drop(env, &token);
    if (ret_tokens)
        *ret_tokens = tokens;
    return st;
}

void pair_make(troth_cred *ci, troth_cred *ca, const troth_context_options *opts, troth_context **i, troth_context **a)
{
    troth_context_options o = *opts;
    o.role = TROTH_INITIATOR;
    assert_int_equal(troth_context_new(ci, &o, i), TROTH_OK);
    o.role = TROTH_ACCEPTOR;
    assert_int_equal(troth_context_new(ca, &o, a), TROTH_OK);
}
