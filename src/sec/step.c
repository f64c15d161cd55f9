/* One leg of an exchange: the limits, the mechanism's work, the state that follows. */
#include <sec/context.h>
#include <sec/context_fsm.h>

static bool may_step(const troth_context *c)
{
    return c->fsm.state == TROTH_CTX_FRESH || c->fsm.state == TROTH_CTX_HALF_OPEN || c->fsm.state == TROTH_CTX_USABLE;
}

/* What goes over the wire: a child's token is shown inside its parent's. */
static void trace_leg(const troth_context *c, bool out, troth_bytes token)
{
    if (!c->env->trace || c->is_child)
        return;
    troth_trace_token words = { 0 };
    if (c->mech->tell)
        c->mech->tell(c, c->impl, token, &words);
    troth_trace t = { .kind = TROTH_TRACE_LEG,
                      .name = c->mech->name,
                      .on = out ? "out" : "in",
                      .a = c->legs_in + c->legs_out,
                      .b = token.len,
                      .token = &words };
    c->env->trace(c->env->self, &t);
}

static bool within_limits(troth_context *c, size_t n, unsigned legs)
{
    const troth_limits *l = &c->opts.limits;
    c->bytes += n;
    if (n <= l->token && c->bytes <= l->bytes && legs <= l->legs)
        return true;
    troth_context_fail(c, TROTH_LIMIT, 0, 0,
                       n > l->token     ? "limit: octets of a token"
                       : legs > l->legs ? "limit: legs"
                                        : "limit: octets");
    return false;
}

/* A datagram initiator needs no token before its first message. */
static bool usable_already(const troth_context *c, troth_bytes in)
{
    return c->opts.role == TROTH_INITIATOR && c->opts.require & TROTH_F_DATAGRAM && !in.data;
}

/* A stream's token is what happened to arrive: it is a leg once it is answered, and what it left will come again. */
static void count_stream_leg(troth_context *c, troth_step step, size_t in, size_t made)
{
    c->bytes -= c->left < in ? c->left : in;
    if (step == TROTH_STEP_MORE && !made && c->legs_in)
        c->legs_in--;
}

static troth_step run(troth_context *c, troth_bytes in, troth_writer *out)
{
    c->left = 0;
    if (in.data) {
        c->legs_in++;
        trace_leg(c, false, in);
        if (!within_limits(c, in.len, c->legs_in))
            return TROTH_STEP_ERROR;
    }
    size_t before = out->len;
    troth_step step = c->mech->step(c, c->impl, in, out);
    if (step != TROTH_STEP_ERROR && out->st)
        step = troth_context_fail(c, out->st, 0, 0, "token output");
    size_t made = out->len - before;
    bool stream = c->mech->token_need;
    if (stream && in.data)
        count_stream_leg(c, step, in.len, made);
    if (made && step != TROTH_STEP_ERROR) {
        c->legs_out++;
        trace_leg(c, true, (troth_bytes){ out->base + before, made });
        if (!within_limits(c, made, c->legs_out)) {
            troth_wipe(out->base + before, made); /* a refusal by us: the peer gets no token that would go on */
            out->len = before;
            return TROTH_STEP_ERROR;
        }
    }
    if (step == TROTH_STEP_MORE && !made && !stream &&
        !usable_already(c, in)) /* it wants more, and gave the peer nothing to answer */
        return troth_context_fail(c, TROTH_MECHANISM, 0, 0, "RFC 2743 2.2.1: no token to go on with");
    return step;
}

/* The result of a leg as the event of the context's machine. */
static uint8_t event_of(const troth_context *c, troth_step step, bool usable)
{
    if (step == TROTH_STEP_DONE)
        return TROTH_CTX_EV_DONE;
    if (step == TROTH_STEP_ERROR)
        return TROTH_CTX_EV_ERROR;
    return c->fsm.state == TROTH_CTX_FRESH && usable ? TROTH_CTX_EV_READY : TROTH_CTX_EV_MORE;
}

troth_step troth_context_step(troth_context *c, troth_bytes in, troth_writer *out)
{
    if (!may_step(c))
        return TROTH_STEP_ERROR;
    size_t before = out->len;
    troth_step step = run(c, in, out);
    if (step == TROTH_STEP_DONE)
        c->leaf = c->mech->leaf ? c->mech->leaf(c->impl) : c;
    bool usable = step == TROTH_STEP_MORE && out->len == before && usable_already(c, in);
    if (usable)
        c->leaf = c;
    if (step == TROTH_STEP_ERROR && !c->error.code)
        troth_context_fail(c, TROTH_MECHANISM, 0, 0, c->mech->name);
    troth_status st = troth_fsm_step(&c->fsm, event_of(c, step, usable), c, NULL);
    if (st)
        return troth_context_fail(c, st, 0, 0, "state of the context");
    return step;
}

bool troth_context_may_step(const troth_context *c)
{
    return may_step(c);
}
