/* Both ends as endpoints. */
#include <nns/stream.h>
#include <sec/cred.h>
#include <string.h>

static troth_nns_stream *of(troth_endpoint *e)
{
    return (troth_nns_stream *)e;
}

/* What a call answers once the machine has moved: the sticky failure, if there is one. */
static troth_status verdict(const troth_nns_stream *s)
{
    if (!s->closed)
        return TROTH_OK;
    return s->error.code ? s->error.code : TROTH_CLOSED;
}

static troth_status step(troth_nns_stream *s, uint8_t event, const void *arg)
{
    troth_status st = troth_fsm_step(&s->fsm, event, s, arg);
    return s->closed ? verdict(s) : st;
}

static bool in_handshake(const troth_nns_stream *s)
{
    return s->fsm.state != TROTH_NNS_AUTHENTICATED && s->fsm.state != TROTH_NNS_CLOSED;
}

/* Both directions have ended and all is sent: an orderly end. */
static void settle(troth_nns_stream *s)
{
    troth_status orderly = TROTH_OK;
    if (!s->closed && s->in_ended && s->out_ended && !s->end && !s->data.len && !troth_queue_len(&s->out))
        (void)step(s, TROTH_NNS_ON_CLOSE, &orderly);
}

static uint8_t event_of(uint8_t message_id)
{
    switch (message_id) {
    case TROTH_NNS_DONE:
        return TROTH_NNS_ON_DONE;
    case TROTH_NNS_ERROR:
        return TROTH_NNS_ON_ERROR;
    case TROTH_NNS_IN_PROGRESS:
        return TROTH_NNS_ON_IN_PROGRESS;
    default:
        return TROTH_NNS_ON_UNKNOWN_ID;
    }
}

static troth_status take_handshake(troth_nns_stream *s, const uint8_t *bytes, size_t n, size_t *ret_used)
{
    troth_nns_frame frame;
    troth_status st = troth_nns_gather(s, bytes, n, ret_used, &frame);
    if (st == TROTH_AGAIN)
        return TROTH_OK;
    if (st)
        return step(s, TROTH_NNS_ON_BAD_FRAME, &st);
    st = step(s, event_of(frame.message_id), &frame);
    troth_nns_gather_reset(s);
    return st;
}

static troth_status feed(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from, uint64_t now,
                         size_t *ret_used)
{
    troth_nns_stream *s = of(e);
    (void)from;
    *ret_used = n;
    if (s->closed || s->in_ended)
        return s->closed ? verdict(s) : TROTH_BAD_STATE;
    *ret_used = 0;
    if (s->job || s->job_out || s->established || s->data.len) /* first things first */
        return TROTH_OK;
    if (n && now > s->last)
        s->last = now;
    if (in_handshake(s))
        return take_handshake(s, bytes, n, ret_used);
    *ret_used = n ? troth_nns_take_data(s, bytes, n) : 0;
    return verdict(s);
}

static void feed_end(troth_endpoint *e, uint64_t now)
{
    troth_nns_stream *s = of(e);
    (void)now;
    if (s->closed || s->in_ended)
        return;
    (void)step(s, TROTH_NNS_ON_PEER_CLOSED, NULL);
}

static troth_status out(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to)
{
    troth_nns_stream *s = of(e);
    size_t n = troth_queue_len(&s->out);
    if (!n)
        return s->closed || s->out_ended ? TROTH_CLOSED : TROTH_AGAIN;
    *ret = (troth_bytes){ troth_queue_at(&s->out), n };
    s->unsent_done = 0; /* shown is as good as sent */
    if (ret_to)
        *ret_to = NULL;
    return TROTH_OK;
}

static void sent(troth_endpoint *e, size_t n)
{
    troth_nns_stream *s = of(e);
    size_t held = troth_queue_len(&s->out);
    troth_queue_drop(&s->out, n < held ? n : held);
    settle(s);
}

static troth_status submit_data(troth_nns_stream *s, troth_bytes data, size_t *ret_used)
{
    bool one_empty = !data.len && data.data && s->level != TROTH_LEVEL_NONE;
    while (data.len || one_empty) {
        size_t held = troth_queue_len(&s->out);
        if (held >= s->out_max)
            return TROTH_AGAIN;
        size_t most = s->level == TROTH_LEVEL_NONE ? s->out_max - held : s->frame_plain;
        troth_bytes part = { data.data, data.len < most ? data.len : most };
        troth_status st = step(s, TROTH_NNS_ON_SEND, &part);
        if (st)
            return st;
        data = (troth_bytes){ data.data + part.len, data.len - part.len };
        *ret_used += part.len;
        one_empty = false;
    }
    return TROTH_OK;
}

static troth_status submit(troth_endpoint *e, const troth_order_msg *order, uint64_t now, size_t *ret_used)
{
    troth_nns_stream *s = of(e);
    *ret_used = 0;
    if (s->fsm.state != TROTH_NNS_AUTHENTICATED || s->out_ended)
        return TROTH_BAD_STATE;
    switch (order->kind) {
    case TROTH_ORDER_DATA:
        s->last = now > s->last ? now : s->last;
        return submit_data(s, order->data, ret_used);
    case TROTH_ORDER_END:
        s->out_ended = true;
        settle(s);
        return TROTH_OK;
    default:
        return TROTH_INVALID;
    }
}

static bool event(troth_endpoint *e, troth_event *ret)
{
    troth_nns_stream *s = of(e);
    memset(ret, 0, sizeof *ret);
    if (s->job) {
        ret->kind = TROTH_EV_JOB;
        ret->job = s->job;
        s->job = NULL;
        s->job_out = true;
    } else if (s->established) {
        ret->kind = TROTH_EV_ESTABLISHED;
        ret->facts = troth_context_facts(s->ctx);
        ret->level = s->level;
        ret->impersonation = s->impersonation;
        s->established = false;
    } else if (s->data.len) {
        ret->kind = TROTH_EV_DATA;
        ret->data = s->data;
        ret->authentic = s->level != TROTH_LEVEL_NONE;
        s->data = (troth_bytes){ NULL, 0 };
    } else if (s->end) {
        ret->kind = TROTH_EV_END;
        s->end = false;
        settle(s);
    } else if (s->closed && s->fsm.state == TROTH_NNS_CLOSED && !s->told) {
        ret->kind = TROTH_EV_CLOSED;
        ret->error = s->error;
        s->told = true;
    }
    return ret->kind != 0;
}

static void stepped(troth_endpoint *e, troth_job *job, uint64_t now)
{
    troth_nns_stream *s = of(e);
    (void)now;
    if (!s->closed && s->job_out && troth_job_id(job) == s->job_id) {
        troth_nns_leg leg = { troth_job_token(job) };
        troth_step result = troth_job_result(job);
        s->ctx = troth_job_take_context(job);
        s->job_out = false;
        (void)step(s,
                   result == TROTH_STEP_DONE   ? TROTH_NNS_ON_COMPLETE
                   : result == TROTH_STEP_MORE ? TROTH_NNS_ON_CONTINUE
                                               : TROTH_NNS_ON_FAILED,
                   &leg);
    }
    troth_job_free(job);
}

static uint64_t after(uint64_t t, uint64_t ms)
{
    return t > UINT64_MAX - ms ? UINT64_MAX : t + ms;
}

static bool trimmable(const troth_nns_stream *s)
{
    return (s->in.cap && !troth_queue_len(&s->in)) || (s->out.cap && !troth_queue_len(&s->out));
}

static uint64_t deadline(const troth_endpoint *e)
{
    const troth_nns_stream *s = (const troth_nns_stream *)e;
    if (s->closed)
        return UINT64_MAX;
    if (in_handshake(s))
        return after(s->since, s->handshake_ms);
    uint64_t at = s->idle_ms ? after(s->last, s->idle_ms) : UINT64_MAX;
    uint64_t trim = trimmable(s) ? after(s->last, TROTH_NNS_TRIM_MS) : UINT64_MAX;
    return trim < at ? trim : at;
}

static void expire(troth_endpoint *e, uint64_t now)
{
    troth_nns_stream *s = of(e);
    troth_status late = TROTH_TIMEOUT;
    if (now < deadline(e))
        return;
    if (in_handshake(s) || (s->idle_ms && now >= after(s->last, s->idle_ms))) {
        (void)step(s, TROTH_NNS_ON_CLOSE, &late);
    } else if (!s->data.len) { /* a view that the owner has yet to take may lie there */
        troth_queue_trim(&s->in);
        troth_queue_trim(&s->out);
    }
}

static void close_it(troth_endpoint *e, troth_status reason)
{
    troth_nns_stream *s = of(e);
    if (!s->closed)
        (void)step(s, TROTH_NNS_ON_CLOSE, &reason);
}

static const troth_error *error(const troth_endpoint *e)
{
    return &((const troth_nns_stream *)e)->error;
}

static void destroy(troth_endpoint *e)
{
    troth_nns_stream *s = of(e);
    troth_job_free(s->job);
    troth_context_free(s->ctx);
    troth_nns_gather_reset(s);
    troth_queue_clear(&s->in);
    troth_queue_clear(&s->out);
    troth_mem_free(s->env, s, sizeof *s);
}

static const troth_endpoint_ops ops = {
    .wire = "nns",
    .feed = feed,
    .feed_end = feed_end,
    .out = out,
    .sent = sent,
    .submit = submit,
    .event = event,
    .stepped = stepped,
    .deadline = deadline,
    .expire = expire,
    .close = close_it,
    .error = error,
    .free = destroy,
};

/* ---- construction ---- */

/* integrity iff SIGN or ENCRYPT, confidentiality iff ENCRYPT, delegation iff DELEGATION; the rest always. [3.1.4.1] */
static troth_flags client_requires(const troth_nns_options *o)
{
    troth_flags f = TROTH_F_MUTUAL | TROTH_F_REPLAY | TROTH_F_SEQUENCE;
    f |= o->level == TROTH_LEVEL_NONE ? TROTH_F_NO_INTEGRITY : TROTH_F_INTEGRITY;
    if (o->level == TROTH_LEVEL_ENCRYPT)
        f |= TROTH_F_CONFIDENTIALITY;
    if (o->impersonation == TROTH_DELEGATION)
        f |= TROTH_F_DELEGATE;
    if (o->impersonation <= TROTH_IDENTIFY) /* 0, the default, grants the least */
        f |= TROTH_F_IDENTIFY;
    return f;
}

/* The mechanism asked for, or raw NTLM where the text wants it: at level None, when there is a credential for it. */
static const char *mech_of(const troth_nns_options *o, troth_role role)
{
    const char *name = o->mech ? o->mech : "spnego";
    if (role == TROTH_ACCEPTOR || o->level != TROTH_LEVEL_NONE || strcmp(name, "spnego"))
        return name;
    const troth_mech *ntlm = troth_mech_by_name(o->cred->mechs, "ntlm");
    return ntlm && troth_cred_part_of(o->cred, ntlm) ? "ntlm" : name;
}

static bool valid(const troth_nns_options *o)
{
    return o->env && o->cred && o->level <= TROTH_LEVEL_ENCRYPT && o->impersonation <= TROTH_DELEGATION &&
           o->error_layout <= TROTH_NNS_ERROR_LE && o->frame_plain <= TROTH_NNS_PLAIN_MAX;
}

static troth_status context(const troth_nns_options *o, troth_role role, troth_context **ret)
{
    troth_context_options c = {
        .env = o->env,
        .role = role,
        .mech = mech_of(o, role),
        .target = o->target,
        .policy = o->policy,
        .limits = o->limits,
    };
    if (role == TROTH_INITIATOR)
        c.require = client_requires(o);
    else if (o->allow_anonymous)
        c.require = TROTH_F_ANONYMOUS;
    if (o->transport)
        c.bindings = o->transport->bindings;
    return troth_context_new(o->cred, &c, ret);
}

static troth_status make(const troth_nns_options *o, troth_role role, uint64_t now, troth_endpoint **ret)
{
    if (!valid(o))
        return TROTH_INVALID;
    if (troth_cred_ready(o->cred, NULL))
        return TROTH_NO_CRED;
    troth_nns_stream *s = troth_mem_new(o->env, sizeof *s);
    if (!s)
        return TROTH_NO_MEMORY;
    *s = (troth_nns_stream){
        .ep = { &ops },
        .env = o->env,
        .role = role,
        .required = o->level,
        .required_impersonation = o->impersonation ? o->impersonation : TROTH_IDENTIFY,
        .error_layout = o->error_layout,
        .frame_plain = o->frame_plain ? o->frame_plain : TROTH_NNS_PLAIN_MAX,
        .out_max = o->out_max ? o->out_max : 262144,
        .token_max = o->limits.token ? o->limits.token : TROTH_NNS_PAYLOAD_MAX,
        .handshake_ms = o->handshake_ms ? o->handshake_ms : 10000,
        .idle_ms = o->idle_ms,
        .since = now,
        .last = now,
        .allow_anonymous = o->allow_anonymous,
        .error = { .where = "" },
    };
    troth_queue_init(&s->in, s->env, TROTH_NNS_DATA_HEAD + TROTH_NNS_DATA_MAX);
    troth_queue_init(&s->out, s->env, s->out_max + TROTH_NNS_HEADER_LEN + TROTH_NNS_DATA_MAX);
    troth_fsm_init(&s->fsm, role == TROTH_INITIATOR ? &troth_nns_client_fsm : &troth_nns_server_fsm, s->env);
    troth_status st = context(o, role, &s->ctx);
    if (!st)
        st = step(s, TROTH_NNS_ON_AUTHENTICATE, NULL);
    if (st) {
        destroy(&s->ep);
        return st;
    }
    *ret = &s->ep;
    return TROTH_OK;
}

troth_status troth_nns_client_new(const troth_nns_options *opts, uint64_t now, troth_endpoint **ret)
{
    return make(opts, TROTH_INITIATOR, now, ret);
}

troth_status troth_nns_server_new(const troth_nns_options *opts, uint64_t now, troth_endpoint **ret)
{
    return make(opts, TROTH_ACCEPTOR, now, ret);
}
