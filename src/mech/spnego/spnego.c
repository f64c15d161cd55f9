#include <mech/spnego/negotiation.h>
#include <mech/spnego/spnego.h>

static troth_status init(troth_context *c, void **ret_impl)
{
    if (c->opts.require & (TROTH_F_DATAGRAM | TROTH_F_STREAM)) /* MS-SPNG 1.6: it does not tolerate packet loss */
        return TROTH_UNSUPPORTED;
    troth_neg *s = troth_mem_new(c->env, sizeof *s);
    if (!s)
        return TROTH_NO_MEMORY;
    s->c = c;
    troth_fsm_init(&s->fsm, c->opts.role == TROTH_INITIATOR ? &troth_neg_client_fsm : &troth_neg_server_fsm, c->env);
    *ret_impl = s;
    return TROTH_OK;
}

static void clear(troth_context *c, void *impl)
{
    troth_neg *s = impl;
    troth_context_free(s->child);
    troth_mem_drop(c->env, &s->mech_types);
    troth_mem_free(c->env, s, sizeof *s);
}

/* A reply to an initiator as its event. */
static uint8_t reply_event(const troth_neg *s)
{
    static const uint8_t events[] = { [TROTH_NEG_ACCEPT_COMPLETED] = TROTH_NEG_EV_COMPLETED,
                                      [TROTH_NEG_ACCEPT_INCOMPLETE] = TROTH_NEG_EV_INCOMPLETE,
                                      [TROTH_NEG_REJECT] = TROTH_NEG_EV_REJECT,
                                      [TROTH_NEG_REQUEST_MIC] = TROTH_NEG_EV_REQUEST_MIC };
    if (s->leg.resp.negState != TROTH_NEG_ABSENT)
        return events[s->leg.resp.negState];
    if (s->fsm.state == TROTH_NEG_C_OFFERED || s->fsm.state == TROTH_NEG_C_SPENT)
        return TROTH_NEG_EV_MALFORMED; /* required in the first reply, optional thereafter [RFC 4178 4.2.2] */
    return troth_context_complete(s->child) ? TROTH_NEG_EV_COMPLETED : TROTH_NEG_EV_INCOMPLETE;
}

static uint8_t initiator_event(troth_neg *s)
{
    if (!s->leg.in.data)
        return TROTH_NEG_EV_CALL;
    if (s->fsm.state == TROTH_NEG_C_START)
        return troth_neg_read_init(s->leg.in, &s->leg.init) ? TROTH_NEG_EV_MALFORMED : TROTH_NEG_EV_HINTS;
    return troth_neg_read_resp(s->leg.in, &s->leg.resp) ? TROTH_NEG_EV_MALFORMED : reply_event(s);
}

static uint8_t acceptor_event(troth_neg *s)
{
    troth_neg_leg *leg = &s->leg;
    if (s->fsm.state == TROTH_NEG_S_RAW_WAIT)
        return TROTH_NEG_EV_RAW;
    if (s->fsm.state != TROTH_NEG_S_START) {
        if (troth_neg_read_resp(leg->in, &leg->resp))
            return TROTH_NEG_EV_MALFORMED;
        return leg->resp.negState == TROTH_NEG_REJECT ? TROTH_NEG_EV_REJECT : TROTH_NEG_EV_RESP;
    }
    if (leg->in.len && !troth_neg_is_framed(leg->in))
        return TROTH_NEG_EV_RAW;
    if (troth_neg_read_init(leg->in, &leg->init))
        return TROTH_NEG_EV_MALFORMED;
    leg->resp.mechListMIC = leg->init.mechListMIC;
    return TROTH_NEG_EV_INIT;
}

static troth_step ended(troth_neg *s)
{
    uint8_t done = s->c->opts.role == TROTH_INITIATOR ? TROTH_NEG_C_DONE : TROTH_NEG_S_DONE;
    if (s->fsm.state != done)
        return TROTH_STEP_MORE;
    return troth_neg_after_mics(s) ? TROTH_STEP_ERROR : TROTH_STEP_DONE;
}

/* The message's event, then the one that its action posted: how the mechanism's own leg ended. */
static troth_step run(troth_neg *s, uint8_t event)
{
    troth_status st;
    do {
        s->leg.next = TROTH_NEG_EV_NONE;
        st = troth_fsm_step(&s->fsm, event, s, NULL);
        event = s->leg.next;
    } while (!st && event != TROTH_NEG_EV_NONE);
    if (st) /* where it was an action that failed, it has said so already */
        return troth_context_fail(s->c, st, 0, 0, "RFC 4178 3.2: no such message in this state");
    return ended(s);
}

static troth_step step(troth_context *c, void *impl, troth_bytes in, troth_writer *out)
{
    troth_neg *s = impl;
    s->leg = (troth_neg_leg){ .in = in, .out = out, .out_start = out->len };
    s->leg.token = troth_writer_growing(c->env, c->opts.limits.token, TROTH_BE);
    s->leg.raw = c->opts.role == TROTH_ACCEPTOR && s->fsm.state == TROTH_NEG_S_RAW_WAIT;
    uint8_t event = c->opts.role == TROTH_INITIATOR ? initiator_event(s) : acceptor_event(s);
    if (event == TROTH_NEG_EV_MALFORMED)
        (void)troth_context_fail(c, TROTH_MALFORMED, 0, 0, "RFC 4178 4.2");
    troth_step ret = run(s, event);
    troth_writer_clear(&s->leg.token);
    s->leg = (troth_neg_leg){ 0 };
    return ret;
}

static troth_context *leaf(const void *impl)
{
    const troth_neg *s = impl;
    return s->child && troth_context_complete(s->child) ? s->child : NULL;
}

const troth_mech troth_mech_spnego = {
    .id = TROTH_MECH_SPNEGO,
    .name = "spnego",
    .can = ~(troth_flags)(TROTH_F_DATAGRAM | TROTH_F_STREAM),
    .duplex = TROTH_DUPLEX_FREE,
    .init = init,
    .clear = clear,
    .step = step,
    .tell = troth_neg_tell,
    .leaf = leaf,
};
