/* The acceptor. [RFC 4178 3.2, 4.2, 5] */
#include <mech/spnego/negotiation.h>

enum {
    START = TROTH_NEG_S_START,
    FIRST_STEP = TROTH_NEG_S_FIRST_STEP,
    OPT_WAIT = TROTH_NEG_S_OPT_WAIT,
    OPT_STEP = TROTH_NEG_S_OPT_STEP,
    REQ_WAIT = TROTH_NEG_S_REQ_WAIT,
    REQ_STEP = TROTH_NEG_S_REQ_STEP,
    MIC_WAIT = TROTH_NEG_S_MIC_WAIT,
    RAW_STEP = TROTH_NEG_S_RAW_STEP,
    RAW_WAIT = TROTH_NEG_S_RAW_WAIT,
    DONE = TROTH_NEG_S_DONE,
    FAILED = TROTH_NEG_S_FAILED
};

enum {
    MECH_MORE = TROTH_NEG_EV_MECH_MORE,
    MECH_LAST = TROTH_NEG_EV_MECH_LAST,
    MECH_DONE = TROTH_NEG_EV_MECH_DONE,
    REJECT = TROTH_NEG_EV_REJECT,
    INIT = TROTH_NEG_EV_INIT,
    RAW = TROTH_NEG_EV_RAW,
    RESP = TROTH_NEG_EV_RESP
};

static const char *const states[] = {
    "start",
    "mechanism takes the optimistic token",
    "MIC optional: waiting",
    "MIC optional: mechanism's leg",
    "MIC required: waiting",
    "MIC required: mechanism's leg",
    "MIC sent: waiting for the initiator's MIC",
    "no negotiation: mechanism's leg",
    "no negotiation: waiting",
    "done",
    "failed",
};
static const char *const events[] = { "mechanism: more", "mechanism: last token", "mechanism: done", "reject",
                                      "malformed",       "NegTokenInit",          "raw token",       "NegTokenResp" };

/* ---- the choice: the initiator's order decides; an order of our own would only cost a round trip ---- */

static size_t pick(const troth_neg *s)
{
    size_t i = 0;
    while (i < s->leg.init.n_mechs && !troth_neg_mech_of(s, s->leg.init.mechs[i]))
        i++;
    return i;
}

static bool first_choice(void *self, const void *arg)
{
    (void)arg;
    return pick(self) == 0;
}

static bool first_choice_begun(void *self, const void *arg)
{
    return first_choice(self, arg) && ((troth_neg *)self)->leg.init.mechToken.len;
}

static bool nothing_common(void *self, const void *arg)
{
    (void)arg;
    return pick(self) == ((troth_neg *)self)->leg.init.n_mechs;
}

static const troth_mech *raw_mech(const troth_neg *s)
{
    for (size_t i = 0; i < s->c->cred->n_parts; i++) {
        const troth_cred_part *p = &s->c->cred->parts[i];
        if (!p->st && p->mech->sniff && p->mech->sniff(s->leg.in))
            return p->mech;
    }
    return NULL;
}

static bool raw_allowed(void *self, const void *arg)
{
    const troth_neg *s = self;
    (void)arg;
    return s->c->opts.policy & TROTH_POLICY_RAW_TOKENS && raw_mech(s);
}

static bool has_token(void *self, const void *arg)
{
    (void)arg;
    return ((troth_neg *)self)->leg.resp.responseToken.len;
}

static bool has_mic(void *self, const void *arg)
{
    (void)arg;
    return ((troth_neg *)self)->leg.resp.mechListMIC.data;
}

static bool can_sign(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_signs(self);
}

/* A mechanism that always wants its MICs; only who accepts its own tokens without one accepts the list without one. */
static bool keyed(void *self, const void *arg)
{
    const troth_neg *s = self;
    (void)arg;
    return troth_neg_keyed(s) && !(s->c->opts.policy & TROTH_POLICY_NTLM_WITHOUT_MIC);
}

/* ---- actions ---- */

static troth_status step_child(troth_neg *s, troth_bytes in)
{
    return troth_neg_child_step(s, in) ? troth_neg_child_failed(s) : TROTH_OK;
}

/* The list is kept as it came, for the MIC, before anything else is done. */
static troth_status choose(troth_neg *s)
{
    const troth_neg_init *t = &s->leg.init;
    troth_status st = troth_mem_keep(s->c->env, t->mechTypes.data, t->mechTypes.len, &s->mech_types);
    if (!st)
        st = troth_neg_child(s, troth_neg_mech_of(s, t->mechs[pick(s)]));
    return st ? troth_neg_fail(s, st, "RFC 4178 4.2.1") : TROTH_OK;
}

static troth_status begin(void *self, const void *arg)
{
    troth_neg *s = self;
    (void)arg;
    troth_status st = choose(s);
    return st ? st : step_child(s, s->leg.init.mechToken);
}

/* Write a reply with what the mechanism made, with our MIC when mic is set; the first one names the choice. */
static troth_status reply(troth_neg *s, troth_neg_state state, bool mic)
{
    uint8_t room[TROTH_NEG_MIC_MAX];
    troth_neg_resp t = { .negState = state, .responseToken = troth_neg_child_token(s) };
    if (s->leg.init.n_mechs)
        t.supportedMech = s->leg.init.mechs[pick(s)]; /* as the initiator spelt it [MS-SPNG 3.2.5] */
    troth_status st = mic ? troth_neg_make_mic(s, room, &t.mechListMIC) : TROTH_OK;
    if (!st)
        troth_neg_write_resp(s->leg.out, &t);
    return st;
}

static troth_status choose_and_ask(void *self, const void *arg)
{
    (void)arg;
    troth_status st = choose(self);
    return st ? st : reply(self, TROTH_NEG_ACCEPT_INCOMPLETE, false);
}

static troth_status choose_and_request_mic(void *self, const void *arg)
{
    (void)arg;
    troth_status st = choose(self);
    return st ? st : reply(self, TROTH_NEG_REQUEST_MIC, false);
}

static troth_status feed(void *self, const void *arg)
{
    troth_neg *s = self;
    (void)arg;
    return step_child(s, s->leg.resp.responseToken);
}

static troth_status go_on(void *self, const void *arg)
{
    (void)arg;
    return reply(self, TROTH_NEG_ACCEPT_INCOMPLETE, false);
}

static troth_status complete(void *self, const void *arg)
{
    (void)arg;
    return reply(self, TROTH_NEG_ACCEPT_COMPLETED, false);
}

static troth_status verify(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_verify_mic(self);
}

static troth_status verify_and_complete(void *self, const void *arg)
{
    (void)arg;
    troth_status st = troth_neg_verify_mic(self);
    return st ? st : reply(self, TROTH_NEG_ACCEPT_COMPLETED, true);
}

static troth_status send_mic(void *self, const void *arg)
{
    troth_neg *s = self;
    (void)arg; /* request-mic is a word of the first reply only [RFC 4178 4.2.2] */
    return reply(s, s->leg.init.n_mechs ? TROTH_NEG_REQUEST_MIC : TROTH_NEG_ACCEPT_INCOMPLETE, true);
}

static troth_status raw_begin(void *self, const void *arg)
{
    troth_neg *s = self;
    (void)arg;
    s->leg.raw = s->c->bare = true;
    troth_status st = troth_neg_child(s, raw_mech(s));
    return st ? troth_neg_fail(s, st, "raw token") : step_child(s, s->leg.in);
}

static troth_status raw_feed(void *self, const void *arg)
{
    troth_neg *s = self;
    (void)arg;
    return step_child(s, s->leg.in);
}

static troth_status raw_send(void *self, const void *arg)
{
    troth_neg *s = self;
    (void)arg;
    troth_write_bytes(s->leg.out, s->leg.token.base, s->leg.token.len);
    return TROTH_OK;
}

static troth_status no_mech(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_fail(self, TROTH_NO_MECH, "RFC 4178 4.2.2: no mechanism in common");
}

static troth_status not_spnego(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_fail(self, TROTH_MALFORMED, "RFC 4178 4.2: not a SPNEGO token");
}

static troth_status give_up(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_fail(self, TROTH_PEER_REFUSED, "RFC 4178 4.2.2: reject");
}

static troth_status no_token(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_fail(self, TROTH_MALFORMED, "RFC 4178 4.2.2: no responseToken");
}

static troth_status not_bound(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_fail(self, TROTH_DOWNGRADE, "RFC 4178 5: mechListMIC is missing");
}

static troth_status not_expected(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_fail(self, TROTH_MALFORMED, "RFC 4178 5: a token or MIC that cannot be there yet");
}

/* clang-format off */
static const troth_fsm_row rows[] = {
    /*        from        on         if                  do                      to          section              */
    TROTH_ROW(START,      INIT,      nothing_common,     no_mech,                FAILED,     "RFC 4178 4.2.2"),
    TROTH_ROW(START,      INIT,      first_choice_begun, begin,                  FIRST_STEP, "RFC 4178 4.2.1"),
    TROTH_ROW(START,      INIT,      first_choice,       choose_and_ask,         OPT_WAIT,   "RFC 4178 4.2.2"),
    TROTH_ROW(START,      INIT,      NULL,               choose_and_request_mic, REQ_WAIT,   "RFC 4178 4.2.2, 5"),
    TROTH_ROW(START,      RAW,       raw_allowed,        raw_begin,              RAW_STEP,   "MS-NLMP 3.2.5.1"),
    TROTH_ROW(START,      RAW,       NULL,               not_spnego,             FAILED,     "RFC 4178 4.2"),

    /* the optimistic token; the first reply names the mechanism */
    TROTH_ROW(FIRST_STEP, MECH_MORE, has_mic,            not_expected,           FAILED,     "RFC 4178 5"),
    TROTH_ROW(FIRST_STEP, MECH_MORE, NULL,               go_on,                  OPT_WAIT,   "RFC 4178 4.2.2"),
    TROTH_ROW(FIRST_STEP, MECH_LAST, has_mic,            verify_and_complete,    DONE,       "RFC 4178 5 c I"),
    TROTH_ROW(FIRST_STEP, MECH_LAST, keyed,              send_mic,               MIC_WAIT,   "RFC 4178 5 c IV"),
    TROTH_ROW(FIRST_STEP, MECH_LAST, NULL,               complete,               DONE,       "RFC 4178 5 b"),
    TROTH_ROW(FIRST_STEP, MECH_DONE, has_mic,            verify_and_complete,    DONE,       "RFC 4178 5 c I"),
    TROTH_ROW(FIRST_STEP, MECH_DONE, keyed,              send_mic,               MIC_WAIT,   "RFC 4178 5 c IV"),
    TROTH_ROW(FIRST_STEP, MECH_DONE, NULL,               complete,               DONE,       "RFC 4178 5 c III"),

    /* the initiator's first choice: MICs where it sends one, or the mechanism wants them */
    TROTH_ROW(OPT_WAIT,   REJECT,    NULL,               give_up,                FAILED,     "RFC 4178 4.2.2"),
    TROTH_ROW(OPT_WAIT,   RESP,      has_token,          feed,                   OPT_STEP,   "RFC 4178 3.2 c"),
    TROTH_ROW(OPT_WAIT,   RESP,      NULL,               no_token,               FAILED,     "RFC 4178 4.2.2"),
    TROTH_ROW(OPT_STEP,   MECH_MORE, has_mic,            not_expected,           FAILED,     "RFC 4178 5"),
    TROTH_ROW(OPT_STEP,   MECH_MORE, NULL,               go_on,                  OPT_WAIT,   "RFC 4178 3.2 c"),
    TROTH_ROW(OPT_STEP,   MECH_LAST, has_mic,            verify_and_complete,    DONE,       "RFC 4178 5 c I"),
    TROTH_ROW(OPT_STEP,   MECH_LAST, keyed,              send_mic,               MIC_WAIT,   "RFC 4178 5 b"),
    TROTH_ROW(OPT_STEP,   MECH_LAST, NULL,               complete,               DONE,       "RFC 4178 5 b"),
    TROTH_ROW(OPT_STEP,   MECH_DONE, has_mic,            verify_and_complete,    DONE,       "RFC 4178 5 c I"),
    TROTH_ROW(OPT_STEP,   MECH_DONE, keyed,              not_bound,              FAILED,     "MS-SPNG 3.1.5.1"),
    TROTH_ROW(OPT_STEP,   MECH_DONE, NULL,               complete,               DONE,       "RFC 4178 5 c III"),

    /* another choice: nothing completes without both MICs, if the mechanism can sign */
    TROTH_ROW(REQ_WAIT,   REJECT,    NULL,               give_up,                FAILED,     "RFC 4178 4.2.2"),
    TROTH_ROW(REQ_WAIT,   RESP,      has_token,          feed,                   REQ_STEP,   "RFC 4178 3.2 c"),
    TROTH_ROW(REQ_WAIT,   RESP,      NULL,               no_token,               FAILED,     "RFC 4178 4.2.2"),
    TROTH_ROW(REQ_STEP,   MECH_MORE, has_mic,            not_expected,           FAILED,     "RFC 4178 5"),
    TROTH_ROW(REQ_STEP,   MECH_MORE, NULL,               go_on,                  REQ_WAIT,   "RFC 4178 3.2 c"),
    TROTH_ROW(REQ_STEP,   MECH_LAST, has_mic,            verify_and_complete,    DONE,       "RFC 4178 5 c I"),
    TROTH_ROW(REQ_STEP,   MECH_LAST, can_sign,           send_mic,               MIC_WAIT,   "RFC 4178 5 b"),
    TROTH_ROW(REQ_STEP,   MECH_LAST, NULL,               complete,               DONE,       "RFC 4178 5"),
    TROTH_ROW(REQ_STEP,   MECH_DONE, has_mic,            verify_and_complete,    DONE,       "RFC 4178 5 c I"),
    TROTH_ROW(REQ_STEP,   MECH_DONE, can_sign,           not_bound,              FAILED,     "RFC 4178 5 c V"),
    TROTH_ROW(REQ_STEP,   MECH_DONE, NULL,               complete,               DONE,       "RFC 4178 5"),

    /* our MIC is out; the initiator's ends the negotiation, and nothing more is sent */
    TROTH_ROW(MIC_WAIT,   REJECT,    NULL,               give_up,                FAILED,     "RFC 4178 4.2.2"),
    TROTH_ROW(MIC_WAIT,   RESP,      has_token,          not_expected,           FAILED,     "RFC 4178 5 b I"),
    TROTH_ROW(MIC_WAIT,   RESP,      has_mic,            verify,                 DONE,       "RFC 4178 5 b I"),
    TROTH_ROW(MIC_WAIT,   RESP,      NULL,               not_bound,              FAILED,     "RFC 4178 5 c IV"),

    /* no negotiation */
    TROTH_ROW(RAW_STEP,   MECH_MORE, NULL,               raw_send,               RAW_WAIT,   "RFC 2743 2.2.2"),
    TROTH_ROW(RAW_STEP,   MECH_LAST, NULL,               raw_send,               DONE,       "RFC 2743 2.2.2"),
    TROTH_ROW(RAW_STEP,   MECH_DONE, NULL,               NULL,                   DONE,       "RFC 2743 2.2.2"),
    TROTH_ROW(RAW_WAIT,   RAW,       NULL,               raw_feed,               RAW_STEP,   "RFC 2743 2.2.2"),
};
/* clang-format on */

/* Tell the initiator: reject, with the mechanism's own error token where it made one. [RFC 4178 4.2.2] */
static void refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    troth_neg *s = self;
    troth_neg_leg *leg = &s->leg;
    (void)arg, (void)why;
    bool raw = leg->raw, made = s->child && s->child->error.code && !leg->token.st;
    leg->out->len = leg->out_start;
    if (raw && made)
        troth_write_bytes(leg->out, leg->token.base, leg->token.len);
    if (raw || event == REJECT)
        return;
    troth_neg_resp t = { .negState = TROTH_NEG_REJECT };
    if (made)
        t.responseToken = troth_neg_child_token(s);
    troth_neg_write_resp(leg->out, &t);
}

const troth_fsm_spec troth_neg_server_fsm = {
    "spnego_server",
    "SPNEGO acceptor [RFC 4178 3.2, 5]",
    rows,
    sizeof rows / sizeof *rows,
    states,
    sizeof states / sizeof *states,
    events,
    sizeof events / sizeof *events,
    START,
    FAILED,
    refuse,
};
