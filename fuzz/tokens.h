/* fuzz/tokens.h: an input as a row of tokens, and a context that takes them. */
#ifndef TROTH_FUZZ_TOKENS_H
#define TROTH_FUZZ_TOKENS_H

#include <fuzz.h>
#include <sec/context.h>

/* The next token: two octets of length, big-endian, then as much of it as there is. */
static inline troth_bytes fuzz_next_token(const uint8_t **at, size_t *left)
{
    if (*left < 2)
        return (troth_bytes){ NULL, 0 };
    size_t len = (size_t)(*at)[0] << 8 | (*at)[1];
    *at += 2, *left -= 2;
    troth_bytes token = { *at, len < *left ? len : *left };
    *at += token.len, *left -= token.len;
    return token;
}

/* One leg, from an exact copy of the token; what must hold after each. */
static inline troth_step fuzz_leg(troth_context *c, troth_bytes token, troth_writer *out)
{
    uint8_t *p = token.data ? fuzz_copy(token.data, token.len) : NULL;
    bool might = troth_context_may_step(c);
    troth_step step = troth_context_step(c, (troth_bytes){ p, token.len }, out);
    free(p);
    fuzz_demand(might || step == TROTH_STEP_ERROR);
    fuzz_demand(!might || (step == TROTH_STEP_ERROR) == (troth_context_error(c)->code != TROTH_OK));
    fuzz_demand((step == TROTH_STEP_DONE) <= troth_context_complete(c));
    fuzz_demand(step != TROTH_STEP_ERROR || !might || !troth_context_complete(c));
    fuzz_demand(step == TROTH_STEP_DONE || !troth_context_facts(c).attributes || !might);
    return step;
}

/* An acquired credential of these sources. */
static inline troth_cred *fuzz_cred(const troth_env *env, const troth_mech_table *mechs, troth_cred_use use,
                                    const troth_cred_source *sources, size_t n)
{
    troth_cred *cred;
    troth_job *job;
    fuzz_demand(!troth_cred_new(env, mechs, use, sources, n, &cred));
    fuzz_demand(!troth_cred_job(cred, 0, &job));
    troth_job_run(job);
    troth_job_free(job);
    fuzz_demand(!troth_cred_ready(cred, NULL));
    return cred;
}

#endif
