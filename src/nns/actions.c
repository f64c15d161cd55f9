/* Guards and actions that the client's and the server's machine share. */
#include <nns/stream.h>

/* ---- what was negotiated ---- */

static troth_impersonation impersonation_of(const troth_facts *f)
{
    if (f->attributes & TROTH_F_DELEGATE && f->mech != TROTH_MECH_NTLM) /* an NTLM peer cannot pass anything on */
        return TROTH_DELEGATION;
    return f->attributes & TROTH_F_IDENTIFY ? TROTH_IDENTIFY : TROTH_IMPERSONATE;
}

/* Below what was required. A client grants an impersonation level and requires none, as .NET has it. */
bool troth_nns_too_low(void *self, const void *arg)
{
    const troth_nns_stream *s = self;
    (void)arg;
    troth_facts f = troth_context_facts(s->ctx);
    if (troth_nns_level_of(f.attributes) < s->required)
        return true;
    if (s->role == TROTH_ACCEPTOR)
        return impersonation_of(&f) < s->required_impersonation;
    return s->required != TROTH_LEVEL_NONE && f.mech != TROTH_MECH_NTLM && !(f.attributes & TROTH_F_MUTUAL);
}

/* The mechanism was not to accept a client without an identity; should it have, we do not. */
bool troth_nns_nobody(void *self, const void *arg)
{
    const troth_nns_stream *s = self;
    (void)arg;
    return troth_context_facts(s->ctx).attributes & TROTH_F_ANONYMOUS && !s->allow_anonymous;
}

bool troth_nns_protected(void *self, const void *arg)
{
    const troth_nns_stream *s = self;
    (void)arg;
    return s->level != TROTH_LEVEL_NONE;
}

/* ---- the handshake ---- */

bool troth_nns_has_token(void *self, const void *arg)
{
    const troth_nns_leg *leg = arg;
    (void)self;
    return leg->token.len != 0;
}

bool troth_nns_empty(void *self, const void *arg)
{
    const troth_nns_frame *frame = arg;
    (void)self;
    return frame->len == 0;
}

static troth_status leg(troth_nns_stream *s, troth_block *token)
{
    troth_status st = troth_context_job(s->ctx, token, s->job_id + 1, &s->job);
    if (st) /* a context that is complete takes no more tokens: there is something wrong with this one */
        return st == TROTH_BAD_STATE ? TROTH_MALFORMED : st;
    s->job_id++;
    s->ctx = NULL; /* the job's, until it comes back */
    return TROTH_OK;
}

troth_status troth_nns_first_leg(void *self, const void *arg)
{
    (void)arg;
    return leg(self, NULL);
}

troth_status troth_nns_feed_token(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    (void)arg;
    troth_block token = s->token;
    troth_status st = leg(s, &token);
    if (!st)
        s->token = (troth_block){ NULL, 0 };
    return st;
}

troth_status troth_nns_send_in_progress(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    const troth_nns_leg *l = arg;
    return troth_nns_frame_write(&s->out, TROTH_NNS_IN_PROGRESS, l->token);
}

troth_status troth_nns_send_done(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    const troth_nns_leg *l = arg;
    return troth_nns_frame_write(&s->out, TROTH_NNS_DONE, l->token);
}

troth_status troth_nns_authenticated(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    (void)arg;
    troth_facts f = troth_context_facts(s->ctx);
    s->level = troth_nns_level_of(f.attributes);
    s->impersonation = impersonation_of(&f);
    s->established = true;
    return TROTH_OK;
}

troth_status troth_nns_send_done_authenticated(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    size_t before = troth_queue_len(&s->out);
    troth_status st = troth_nns_send_done(self, arg);
    if (st)
        return st;
    s->unsent_done = before ? 0 : troth_queue_len(&s->out);
    return troth_nns_authenticated(self, arg);
}

/* ---- failures that the peer is told of ---- */

troth_status troth_nns_tell_too_low(void *self, const void *arg)
{
    (void)arg;
    troth_nns_end_telling(self, TROTH_TOO_LOW, "MS-NNS 2.2.1 ERROR_TRUST_FAILURE");
    return TROTH_OK;
}

troth_status troth_nns_tell_denied(void *self, const void *arg)
{
    (void)arg;
    troth_nns_end_telling(self, TROTH_DENIED, "MS-NNS 3.1.4.1 anon_req_flag");
    return TROTH_OK;
}

troth_status troth_nns_tell_failed(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    (void)arg;
    troth_status why = troth_context_error(s->ctx)->code;
    troth_nns_end_telling(s, why ? why : TROTH_MECHANISM,
                          s->role == TROTH_INITIATOR ? "MS-NNS 3.1.5.1" : "MS-NNS 3.2.5.2");
    return TROTH_OK;
}

/* The peer says it is done, and the mechanism still wants a token. */
troth_status troth_nns_tell_unfinished(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    (void)arg;
    troth_nns_end_telling(s, TROTH_MALFORMED, s->role == TROTH_INITIATOR ? "MS-NNS 3.1.5.3" : "MS-NNS 3.2.5.3");
    return TROTH_OK;
}

/* No octets are not "no token yet": the mechanism is not asked. */
troth_status troth_nns_tell_empty(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    const troth_nns_frame *frame = arg;
    /* A server that is done without having answered has not authenticated itself, which was required. */
    bool mutual = s->role == TROTH_INITIATOR && frame->message_id == TROTH_NNS_DONE && s->required != TROTH_LEVEL_NONE;
    troth_nns_end_telling(s, mutual ? TROTH_TOO_LOW : TROTH_MALFORMED, "MS-NNS 2.2.1 AuthPayload");
    return TROTH_OK;
}

troth_status troth_nns_tell_bad_frame(void *self, const void *arg)
{
    const troth_status *why = arg;
    troth_nns_end_telling(self, *why, "MS-NNS 2.2.1 payload size");
    return TROTH_OK;
}

/* ---- failures that nobody is told of ---- */

troth_status troth_nns_peer_error(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    const troth_nns_frame *frame = arg;
    uint32_t code = troth_nns_errpayload_read((troth_bytes){ s->token.data, frame->len });
    troth_nns_end(s, code == TROTH_NNS_TRUST_FAILURE ? TROTH_PEER_TOO_LOW : TROTH_PEER_REFUSED,
                  "MS-NNS 2.2.1 HandshakeError", code); /* a code of 0 is a failure, too */
    return TROTH_OK;
}

troth_status troth_nns_invalid_id(void *self, const void *arg)
{
    (void)arg;
    troth_nns_end(self, TROTH_UNEXPECTED, "MS-NNS 2.2.1 MessageId", 0);
    return TROTH_OK;
}

troth_status troth_nns_bad_frame(void *self, const void *arg)
{
    const troth_status *why = arg;
    troth_nns_end(self, *why, "MS-NNS 2.2.2 PayloadSize", 0);
    return TROTH_OK;
}

troth_status troth_nns_cut_off(void *self, const void *arg)
{
    (void)arg;
    troth_nns_end(self, TROTH_TRUNCATED, "MS-NNS 2.2.2", 0);
    return TROTH_OK;
}

troth_status troth_nns_lost(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    (void)arg;
    troth_nns_end(s, s->head_len ? TROTH_TRUNCATED : TROTH_CLOSED,
                  s->role == TROTH_INITIATOR ? "MS-NNS 3.1.7" : "MS-NNS 3.2.7", 0);
    return TROTH_OK;
}

/* ---- data ---- */

bool troth_nns_mid_frame(void *self, const void *arg)
{
    const troth_nns_stream *s = self;
    (void)arg;
    return troth_queue_len(&s->in) != 0;
}

troth_status troth_nns_unwrap(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    const troth_nns_payload *p = arg;
    troth_bytes plain = { NULL, 0 };
    troth_status st = troth_nns_data_open(s->ctx, s->level, p->data, p->len, &plain);
    if (st)
        return st;
    s->empties = plain.len ? 0 : s->empties + 1;
    if (s->empties > TROTH_NNS_EMPTIES_MAX)
        return TROTH_LIMIT;
    s->data = plain; /* an empty one is nobody's business */
    return TROTH_OK;
}

troth_status troth_nns_pass(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    const troth_nns_payload *p = arg;
    s->data = (troth_bytes){ p->data, p->len };
    return TROTH_OK;
}

troth_status troth_nns_wrap(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    const troth_bytes *plain = arg;
    return troth_nns_data_write(&s->out, s->ctx, s->level, *plain);
}

troth_status troth_nns_write_raw(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    const troth_bytes *plain = arg;
    return troth_queue_put(&s->out, plain->data, plain->len);
}

/* Nothing authenticates the end of a stream: a truncation at a frame's boundary looks the same. */
troth_status troth_nns_peer_ended(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    (void)arg;
    s->in_ended = s->end = true;
    return TROTH_OK;
}

/* ---- the application, or a deadline, ends it ---- */

troth_status troth_nns_close(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    const troth_status *reason = arg;
    troth_nns_end(s, *reason, s->role == TROTH_INITIATOR ? "MS-NNS 3.1.4.3" : "MS-NNS 3.2.4.3", 0);
    return TROTH_OK;
}

/* The owner looked at the identity before a single octet of our HandshakeDone was sent: nobody was told yet. */
bool troth_nns_untold(void *self, const void *arg)
{
    const troth_nns_stream *s = self;
    const troth_status *reason = arg;
    return *reason && s->unsent_done && s->unsent_done == troth_queue_len(&s->out);
}

troth_status troth_nns_take_back(void *self, const void *arg)
{
    troth_nns_stream *s = self;
    troth_queue_drop(&s->out, s->unsent_done);
    return troth_nns_close_telling(self, arg);
}

/* A client that waits for the handshake's end deserves to know why there is none. */
troth_status troth_nns_close_telling(void *self, const void *arg)
{
    const troth_status *reason = arg;
    if (*reason)
        troth_nns_end_telling(self, *reason, "MS-NNS 3.2.4.3");
    else
        troth_nns_end(self, TROTH_OK, "MS-NNS 3.2.4.3", 0);
    return TROTH_OK;
}
