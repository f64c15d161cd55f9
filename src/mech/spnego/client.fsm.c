/* The initiator. [RFC 4178 3.2, 4.2, 5] */
#include <der/der.h>
#include <mech/spnego/negotiation.h>

enum {
    START = TROTH_NEG_C_START,
    OFFERING = TROTH_NEG_C_OFFERING,
    OFFERED = TROTH_NEG_C_OFFERED,
    SPENT = TROTH_NEG_C_SPENT,
    OPT_STEP = TROTH_NEG_C_OPT_STEP,
    OPT_WAIT = TROTH_NEG_C_OPT_WAIT,
    OPT_END_STEP = TROTH_NEG_C_OPT_END_STEP,
    REQ_STEP = TROTH_NEG_C_REQ_STEP,
    REQ_WAIT = TROTH_NEG_C_REQ_WAIT,
    REQ_END_STEP = TROTH_NEG_C_REQ_END_STEP,
    WORD_WAIT = TROTH_NEG_C_WORD_WAIT,
    OPT_MIC_WAIT = TROTH_NEG_C_OPT_MIC_WAIT,
    REQ_MIC_WAIT = TROTH_NEG_C_REQ_MIC_WAIT,
    DONE = TROTH_NEG_C_DONE,
    FAILED = TROTH_NEG_C_FAILED
};

enum {
    MECH_MORE = TROTH_NEG_EV_MECH_MORE,
    MECH_LAST = TROTH_NEG_EV_MECH_LAST,
    MECH_DONE = TROTH_NEG_EV_MECH_DONE,
    REJECT = TROTH_NEG_EV_REJECT,
    CALL = TROTH_NEG_EV_CALL,
    HINTS = TROTH_NEG_EV_HINTS,
    COMPLETED = TROTH_NEG_EV_COMPLETED,
    INCOMPLETE = TROTH_NEG_EV_INCOMPLETE,
    REQUEST_MIC = TROTH_NEG_EV_REQUEST_MIC
};

static const char *const states[] = {
    "start",
    "offering",
    "offered",
    "offered, mechanism complete",
    "MIC optional: mechanism's leg",
    "MIC optional: waiting",
    "MIC optional: mechanism's leg, acceptor complete",
    "MIC required: mechanism's leg",
    "MIC required: waiting",
    "MIC required: mechanism's leg, acceptor complete",
    "mechanism complete: waiting",
    "MIC sent: waiting",
    "MIC sent: waiting for the acceptor's MIC",
    "done",
    "failed",
};
static const char *const events[] = {
    "mechanism: more", "mechanism: last token", "mechanism: done",   "reject",      "malformed", "call",
    "NegTokenInit2",   "accept-completed",      "accept-incomplete", "request-mic",
};

/* ---- what the message in hand says ---- */

/* The mechanism that an OID means, if we offered that OID. */
static const troth_mech *offered_mech(const troth_neg *s, troth_oid oid)
{
    troth_reader r = troth_reader_of(s->mech_types.data, s->mech_types.len, TROTH_BE);
    troth_reader ours = troth_der_open(&r, TROTH_DER_SEQUENCE);
    while (troth_read_left(&ours))
        if (troth_oid_equal(troth_oid_read(&ours), oid))
            return troth_neg_mech_of(s, oid);
    return NULL;
}

static bool unoffered(void *self, const void *arg)
{
    const troth_neg *s = self;
    (void)arg;
    return s->leg.resp.supportedMech.len && !offered_mech(s, s->leg.resp.supportedMech);
}

/* Our first choice, under whichever of its names, or not named at all. */
static bool preferred(void *self, const void *arg)
{
    const troth_neg *s = self;
    (void)arg;
    troth_oid oid = s->leg.resp.supportedMech;
    return !oid.len || offered_mech(s, oid) == s->child->mech;
}

static bool other(void *self, const void *arg)
{
    return !preferred(self, arg);
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

static bool unsaid(void *self, const void *arg)
{
    (void)arg;
    return ((troth_neg *)self)->leg.resp.negState == TROTH_NEG_ABSENT;
}

static bool can_sign(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_signs(self);
}

static bool keyed(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_keyed(self);
}

/* ---- actions ---- */

static bool part_is_first(const troth_cred *cred, size_t i)
{
    const troth_mech *m = cred->parts[i].mech;
    return m->n_oids && troth_cred_part_of(cred, m) == &cred->parts[i];
}

/* Make the list of mechTypes, from part i on. */
static troth_status make_list(troth_neg *s, size_t i)
{
    const troth_cred *cred = s->c->cred;
    troth_oid oids[TROTH_NEG_MECHS_MAX];
    size_t n = 0;
    for (; i < cred->n_parts; i++)
        for (size_t k = 0; part_is_first(cred, i) && k < cred->parts[i].mech->n_oids && n < TROTH_NEG_MECHS_MAX; k++)
            oids[n++] = cred->parts[i].mech->oids[k];
    troth_writer w = troth_writer_growing(s->c->env, 1024, TROTH_BE);
    troth_neg_write_mech_types(&w, oids, n);
    return troth_writer_take(&w, &s->mech_types);
}

/*
 * Offer what the credential has, in its order, and begin with the first. Only the lack of a credential passes a
 * mechanism over: any other failure (a target that is not known, say) must not lead to a weaker one.
 */
static troth_status offer(void *self, const void *arg)
{
    troth_neg *s = self;
    const troth_cred *cred = s->c->cred;
    (void)arg;
    for (size_t i = 0; i < cred->n_parts; i++) {
        if (!part_is_first(cred, i))
            continue;
        troth_status st = troth_neg_child(s, cred->parts[i].mech);
        if (st)
            return troth_neg_fail(s, st, "RFC 4178 4.2.1");
        st = troth_neg_child_step(s, (troth_bytes){ NULL, 0 });
        if (st != TROTH_NO_CRED)
            return st ? troth_neg_child_failed(s) : make_list(s, i);
        troth_writer_reset(&s->leg.token);
    }
    return s->child ? troth_neg_child_failed(s) : troth_neg_fail(s, TROTH_NO_CRED, "RFC 4178 4.2.1: nothing to offer");
}

static troth_status send_init(void *self, const void *arg)
{
    troth_neg *s = self;
    (void)arg;
    troth_neg_init t = { .mechTypes = { s->mech_types.data, s->mech_types.len },
                         .mechToken = troth_neg_child_token(s) };
    troth_neg_write_init(s->leg.out, &t);
    return TROTH_OK;
}

static troth_status feed(void *self, const void *arg)
{
    troth_neg *s = self;
    (void)arg;
    if (!s->leg.resp.responseToken.len)
        return troth_neg_fail(s, TROTH_MALFORMED, "RFC 4178 4.2.2: no responseToken");
    return troth_neg_child_step(s, s->leg.resp.responseToken) ? troth_neg_child_failed(s) : TROTH_OK;
}

/* The acceptor chose another mechanism of ours: the optimistic token is void. */
static troth_status change_mech(void *self, const void *arg)
{
    troth_neg *s = self;
    (void)arg;
    if (s->leg.resp.responseToken.len || s->leg.resp.mechListMIC.data)
        return troth_neg_fail(s, TROTH_MALFORMED, "RFC 4178 3.2 b: a token of a mechanism that has not begun");
    troth_status st = troth_neg_child(s, offered_mech(s, s->leg.resp.supportedMech));
    if (st)
        return troth_neg_fail(s, st, "RFC 4178 3.2 b");
    return troth_neg_child_step(s, (troth_bytes){ NULL, 0 }) ? troth_neg_child_failed(s) : TROTH_OK;
}

static troth_status send_token(void *self, const void *arg)
{
    troth_neg *s = self;
    (void)arg;
    troth_neg_resp t = { .negState = TROTH_NEG_ACCEPT_INCOMPLETE, .responseToken = troth_neg_child_token(s) };
    troth_neg_write_resp(s->leg.out, &t);
    return TROTH_OK;
}

static troth_status write_mic(troth_neg *s, troth_neg_state state)
{
    uint8_t mic[TROTH_NEG_MIC_MAX];
    troth_neg_resp t = { .negState = state, .responseToken = troth_neg_child_token(s) };
    troth_status st = troth_neg_make_mic(s, mic, &t.mechListMIC);
    if (!st)
        troth_neg_write_resp(s->leg.out, &t);
    return st;
}

static troth_status send_token_and_mic(void *self, const void *arg)
{
    (void)arg;
    return write_mic(self, TROTH_NEG_ACCEPT_INCOMPLETE);
}

static troth_status verify(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_verify_mic(self);
}

static troth_status verify_and_answer(void *self, const void *arg)
{
    (void)arg;
    troth_status st = troth_neg_verify_mic(self);
    return st ? st : write_mic(self, TROTH_NEG_ACCEPT_COMPLETED);
}

static troth_status give_up(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_fail(self, TROTH_PEER_REFUSED, "RFC 4178 4.2.2: reject");
}

static troth_status not_offered(void *self, const void *arg)
{
    (void)arg;
    return troth_neg_fail(self, TROTH_MALFORMED, "RFC 4178 4.2.2: supportedMech was not offered");
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
    /*        from          on           if         do                  to            section              */
    TROTH_ROW(START,        CALL,        NULL,      offer,              OFFERING,     "RFC 4178 4.2.1"),
    TROTH_ROW(START,        HINTS,       NULL,      offer,              OFFERING,     "MS-SPNG 3.3.5.2"),
    TROTH_ROW(OFFERING,     MECH_MORE,   NULL,      send_init,          OFFERED,      "RFC 4178 4.2.1"),
    TROTH_ROW(OFFERING,     MECH_LAST,   NULL,      send_init,          SPENT,        "RFC 4178 4.2.1"),

    /* the first reply */
    TROTH_ROW(OFFERED,      REJECT,      NULL,      give_up,            FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(OFFERED,      COMPLETED,   unoffered, not_offered,        FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(OFFERED,      INCOMPLETE,  unoffered, not_offered,        FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(OFFERED,      REQUEST_MIC, unoffered, not_offered,        FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(OFFERED,      COMPLETED,   other,     not_expected,       FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(OFFERED,      COMPLETED,   NULL,      feed,               OPT_END_STEP, "RFC 4178 4.2.2"),
    TROTH_ROW(OFFERED,      INCOMPLETE,  preferred, feed,               OPT_STEP,     "RFC 4178 4.2.2"),
    TROTH_ROW(OFFERED,      REQUEST_MIC, preferred, feed,               REQ_STEP,     "RFC 4178 4.2.2"),
    TROTH_ROW(OFFERED,      INCOMPLETE,  NULL,      change_mech,        REQ_STEP,     "RFC 4178 5"),
    TROTH_ROW(OFFERED,      REQUEST_MIC, NULL,      change_mech,        REQ_STEP,     "RFC 4178 5"),

    /* the first reply, when the optimistic token was the mechanism's only one */
    TROTH_ROW(SPENT,        REJECT,      NULL,      give_up,            FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(SPENT,        COMPLETED,   unoffered, not_offered,        FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(SPENT,        INCOMPLETE,  unoffered, not_offered,        FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(SPENT,        REQUEST_MIC, unoffered, not_offered,        FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(SPENT,        COMPLETED,   has_token, not_expected,       FAILED,       "RFC 4178 5 c"),
    TROTH_ROW(SPENT,        INCOMPLETE,  has_token, not_expected,       FAILED,       "RFC 4178 5 c"),
    TROTH_ROW(SPENT,        REQUEST_MIC, has_token, not_expected,       FAILED,       "RFC 4178 5 c"),
    TROTH_ROW(SPENT,        INCOMPLETE,  other,     change_mech,        REQ_STEP,     "RFC 4178 5"),
    TROTH_ROW(SPENT,        REQUEST_MIC, other,     change_mech,        REQ_STEP,     "RFC 4178 5"),
    TROTH_ROW(SPENT,        COMPLETED,   other,     not_expected,       FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(SPENT,        COMPLETED,   has_mic,   verify,             DONE,         "RFC 4178 5 c"),
    TROTH_ROW(SPENT,        COMPLETED,   NULL,      NULL,               DONE,         "RFC 4178 5 c III"),
    TROTH_ROW(SPENT,        INCOMPLETE,  has_mic,   verify_and_answer,  DONE,         "RFC 4178 5 c IV"),
    TROTH_ROW(SPENT,        REQUEST_MIC, has_mic,   verify_and_answer,  DONE,         "RFC 4178 5 c IV"),
    TROTH_ROW(SPENT,        REQUEST_MIC, NULL,      not_bound,          FAILED,       "RFC 4178 5 c IV"),

    /* the first choice was taken: MICs where somebody asks for them */
    TROTH_ROW(OPT_STEP,     MECH_MORE,   has_mic,   not_expected,       FAILED,       "RFC 4178 5"),
    TROTH_ROW(OPT_STEP,     MECH_MORE,   NULL,      send_token,         OPT_WAIT,     "RFC 4178 3.2 c"),
    TROTH_ROW(OPT_STEP,     MECH_LAST,   has_mic,   not_expected,       FAILED,       "RFC 4178 5"),
    TROTH_ROW(OPT_STEP,     MECH_LAST,   keyed,     send_token_and_mic, OPT_MIC_WAIT, "RFC 4178 5 c, MS-SPNG 3.1.5.1"),
    TROTH_ROW(OPT_STEP,     MECH_LAST,   NULL,      send_token,         WORD_WAIT,    "RFC 4178 5 c"),
    TROTH_ROW(OPT_STEP,     MECH_DONE,   has_mic,   verify_and_answer,  DONE,         "RFC 4178 5 b I"),
    TROTH_ROW(OPT_STEP,     MECH_DONE,   unsaid,    NULL,               DONE,         "RFC 4178 4.2.2, 5 b III"),
    TROTH_ROW(OPT_WAIT,     REJECT,      NULL,      give_up,            FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(OPT_WAIT,     COMPLETED,   NULL,      feed,               OPT_END_STEP, "RFC 4178 4.2.2"),
    TROTH_ROW(OPT_WAIT,     INCOMPLETE,  NULL,      feed,               OPT_STEP,     "RFC 4178 4.2.2"),
    TROTH_ROW(OPT_END_STEP, MECH_DONE,   has_mic,   verify,             DONE,         "RFC 4178 5 b"),
    TROTH_ROW(OPT_END_STEP, MECH_DONE,   NULL,      NULL,               DONE,         "RFC 4178 5 b III"),

    /* another choice was taken, or request-mic: nothing completes without both MICs, if the mechanism can sign */
    TROTH_ROW(REQ_STEP,     MECH_MORE,   has_mic,   not_expected,       FAILED,       "RFC 4178 5"),
    TROTH_ROW(REQ_STEP,     MECH_MORE,   NULL,      send_token,         REQ_WAIT,     "RFC 4178 3.2 c"),
    TROTH_ROW(REQ_STEP,     MECH_LAST,   has_mic,   not_expected,       FAILED,       "RFC 4178 5"),
    TROTH_ROW(REQ_STEP,     MECH_LAST,   can_sign,  send_token_and_mic, REQ_MIC_WAIT, "RFC 4178 5 c"),
    TROTH_ROW(REQ_STEP,     MECH_LAST,   NULL,      send_token,         WORD_WAIT,    "RFC 4178 5"),
    TROTH_ROW(REQ_STEP,     MECH_DONE,   has_mic,   verify_and_answer,  DONE,         "RFC 4178 5 b I"),
    TROTH_ROW(REQ_STEP,     MECH_DONE,   can_sign,  not_bound,          FAILED,       "RFC 4178 5 b IV"),
    TROTH_ROW(REQ_STEP,     MECH_DONE,   NULL,      NULL,               DONE,         "RFC 4178 5"),
    TROTH_ROW(REQ_WAIT,     REJECT,      NULL,      give_up,            FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(REQ_WAIT,     COMPLETED,   NULL,      feed,               REQ_END_STEP, "RFC 4178 4.2.2"),
    TROTH_ROW(REQ_WAIT,     INCOMPLETE,  NULL,      feed,               REQ_STEP,     "RFC 4178 4.2.2"),
    TROTH_ROW(REQ_END_STEP, MECH_DONE,   has_mic,   verify,             DONE,         "RFC 4178 5 b"),
    TROTH_ROW(REQ_END_STEP, MECH_DONE,   can_sign,  not_bound,          FAILED,       "RFC 4178 5 b IV"),
    TROTH_ROW(REQ_END_STEP, MECH_DONE,   NULL,      NULL,               DONE,         "RFC 4178 5"),

    /* the mechanism is complete: the acceptor's last word */
    TROTH_ROW(WORD_WAIT,    REJECT,      NULL,      give_up,            FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(WORD_WAIT,    COMPLETED,   has_token, not_expected,       FAILED,       "RFC 4178 5 c"),
    TROTH_ROW(WORD_WAIT,    INCOMPLETE,  has_token, not_expected,       FAILED,       "RFC 4178 5 c"),
    TROTH_ROW(WORD_WAIT,    COMPLETED,   has_mic,   verify,             DONE,         "RFC 4178 5 c"),
    TROTH_ROW(WORD_WAIT,    COMPLETED,   NULL,      NULL,               DONE,         "RFC 4178 5 c III"),
    TROTH_ROW(WORD_WAIT,    INCOMPLETE,  has_mic,   verify_and_answer,  DONE,         "RFC 4178 5 b I"),
    TROTH_ROW(OPT_MIC_WAIT, REJECT,      NULL,      give_up,            FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(OPT_MIC_WAIT, COMPLETED,   has_token, not_expected,       FAILED,       "RFC 4178 5 c"),
    TROTH_ROW(OPT_MIC_WAIT, COMPLETED,   has_mic,   verify,             DONE,         "RFC 4178 5 c I"),
    TROTH_ROW(OPT_MIC_WAIT, COMPLETED,   NULL,      NULL,               DONE,         "RFC 4178 5 c III"),
    TROTH_ROW(REQ_MIC_WAIT, REJECT,      NULL,      give_up,            FAILED,       "RFC 4178 4.2.2"),
    TROTH_ROW(REQ_MIC_WAIT, COMPLETED,   has_token, not_expected,       FAILED,       "RFC 4178 5 c"),
    TROTH_ROW(REQ_MIC_WAIT, COMPLETED,   has_mic,   verify,             DONE,         "RFC 4178 5 c I"),
    TROTH_ROW(REQ_MIC_WAIT, COMPLETED,   NULL,      not_bound,          FAILED,       "RFC 4178 5 c IV"),
};
/* clang-format on */

/* An initiator that gives up has nothing to say that the wire does not say itself. */
static void refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    troth_neg *s = self;
    (void)event, (void)arg, (void)why;
    s->leg.out->len = s->leg.out_start;
}

const troth_fsm_spec troth_neg_client_fsm = {
    "spnego_client",
    "SPNEGO initiator [RFC 4178 3.2, 5]",
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
