/* The owner's side of both endpoints: events, output, time, the end. */
#include <csiv2/iiop_conn.h>

enum {
    MESSAGE_MAX = 1 << 20,
    UNFINISHED_TIMES = 4,
    FRAGMENT_MS = 30000,
    OUT_MAX = 1 << 20,
    IN_FLIGHT = 1024,
    FRAGMENT_MIN = 64,
    GROWTH_MAX = 1 << 18, /* what service contexts and headers of fragments add to a message, at most */
    TRIM_MS = 1000        /* without traffic until unused buffers are given back */
};

/* What is put out at once is bounded by what was taken in; troth_iiop_full is what holds it back. */
static const size_t out_most = SIZE_MAX / 4;

troth_status troth_iiop_conn_init(troth_iiop_conn *c, const troth_endpoint_ops *ops, const troth_iiop_role *role,
                                  const troth_iiop_options *o, uint64_t now)
{
    uint32_t most = o->message_max ? o->message_max : MESSAGE_MAX;
    uint64_t all = o->unfinished_max ? o->unfinished_max : (uint64_t)most * UNFINISHED_TIMES;
    troth_iiop_stream_limits limits = { .message_max = most,
                                        .unfinished_max = all > UINT32_MAX ? UINT32_MAX : (uint32_t)all,
                                        .fragment_ms = o->fragment_ms ? o->fragment_ms : FRAGMENT_MS };
    *c = (troth_iiop_conn){ .ep = { ops },
                            .env = o->env,
                            .role = role,
                            .message_max = most,
                            .fragment = o->fragment,
                            .idle_ms = o->idle_ms,
                            .now = now,
                            .last = now,
                            .out_max = o->out_max ? o->out_max : OUT_MAX,
                            .held_max = limits.unfinished_max };
    c->error.where = "";
    troth_iiop_stream_init(&c->peer, o->env, &limits);
    troth_iiop_stream_init(&c->orb, o->env, &limits);
    troth_queue_init(&c->out, o->env, out_most);
    c->up = c->scratch = troth_writer_growing(o->env, (size_t)most + GROWTH_MAX, TROTH_BE);
    c->pieces = troth_writer_growing(o->env, ((size_t)most + GROWTH_MAX) * 2, TROTH_BE);
    c->spare = troth_writer_growing(o->env, most, TROTH_BE);
    if (o->fragment && o->fragment < FRAGMENT_MIN)
        return TROTH_INVALID;
    size_t in_flight = o->in_flight ? o->in_flight : IN_FLIGHT;
    troth_status st = troth_iiop_requests_init(&c->asked, o->env, in_flight);
    return st ? st : troth_iiop_requests_init(&c->back, o->env, in_flight);
}

void troth_iiop_conn_clear(troth_iiop_conn *c)
{
    troth_iiop_stream_clear(&c->peer);
    troth_iiop_stream_clear(&c->orb);
    troth_queue_clear(&c->out);
    troth_writer_clear(&c->up);
    troth_writer_clear(&c->scratch);
    troth_writer_clear(&c->pieces);
    troth_writer_clear(&c->spare);
    troth_iiop_requests_clear(&c->asked);
    troth_iiop_requests_clear(&c->back);
}

void troth_iiop_at(troth_iiop_conn *c, uint64_t now, bool traffic)
{
    c->now = now > c->now ? now : c->now;
    if (traffic)
        c->last = c->now;
}

/* ---- events ---- */

static bool tell_warning(troth_iiop_conn *c, troth_event *ret)
{
    if (!c->n_warnings)
        return false;
    *ret = (troth_event){ .kind = TROTH_EV_WARNING, .id = c->warnings[0].id, .error = c->warnings[0].error };
    c->n_warnings--;
    for (uint8_t i = 0; i < c->n_warnings; i++)
        c->warnings[i] = c->warnings[i + 1];
    return true;
}

bool troth_iiop_tell(troth_iiop_conn *c, troth_event *ret)
{
    if (tell_warning(c, ret))
        return true;
    if (c->established.kind) {
        *ret = c->established;
        c->established = (troth_event){ 0 };
        return true;
    }
    if (!c->up_kind)
        return false;
    *ret = (troth_event){ .kind = c->up_kind, .id = c->up_id, .data = { c->up.base, c->up.len } };
    if (c->up_kind == TROTH_EV_CALL)
        ret->facts = c->up_facts;
    c->up_kind = 0;
    return true;
}

bool troth_iiop_untold(const troth_iiop_conn *c)
{
    return c->n_warnings || c->established.kind || c->up_kind;
}

/* A warning that finds no room is no failure. */
void troth_iiop_warn(troth_iiop_conn *c, uint64_t id, const troth_error *error)
{
    if (c->n_warnings < TROTH_IIOP_WARNINGS)
        c->warnings[c->n_warnings++] = (troth_iiop_warning){ id, *error };
}

/* Both directions have ended, nothing waits and all is sent: an orderly end. */
static void settle(troth_iiop_conn *c)
{
    if (!c->closed && c->in_ended && c->end_told && c->out_ended && !c->waiting && !troth_iiop_untold(c) &&
        !troth_queue_len(&c->out))
        troth_iiop_end(c, TROTH_OK, "");
}

/* CloseConnection says that what has no reply was not executed. [CORBA 15.4.7] */
static void part(troth_iiop_conn *c)
{
    troth_writer *w = troth_iiop_scratch(c, TROTH_BE);
    c->lost = false;
    troth_giop_bare_write(w, c->orb.minor, TROTH_GIOP_CLOSE_CONNECTION);
    c->ends = !troth_iiop_put_octets(c, TROTH_IIOP_ORB, (troth_bytes){ w->base, w->len }, NULL);
}

bool troth_iiop_tell_end(troth_iiop_conn *c, troth_event *ret)
{
    if (!c->closed && !c->ends && c->lost) {
        part(c);
        if (troth_iiop_tell(c, ret))
            return true;
    }
    if (!c->closed && c->ends)
        troth_iiop_end(c, TROTH_OK, "");
    if (!c->closed && c->in_ended && !c->end_told && !c->waiting) { /* what waits is still passed on, if it may be */
        *ret = (troth_event){ .kind = TROTH_EV_END };
        c->end_told = true;
        return true;
    }
    settle(c);
    if (!c->closed || c->told)
        return false;
    *ret = (troth_event){ .kind = TROTH_EV_CLOSED, .error = c->error };
    c->told = true;
    return true;
}

/* ---- input and output ---- */

bool troth_iiop_full(const troth_iiop_conn *c)
{
    return troth_queue_len(&c->out) >= c->out_max;
}

/*
 * Requests above the limit wait unread. Where the side that sends them owes replies, though, these may stand behind, and
 * what is in flight may be waiting for them: then it is read on, and what is too much is turned away.
 */
static bool has_room(troth_iiop_conn *c, troth_iiop_requests *t, const troth_iiop_requests *other)
{
    return !troth_iiop_requests_full(t) || (other->len && !troth_iiop_untold(c) && !troth_iiop_full(c));
}

bool troth_iiop_may_ask(troth_iiop_conn *c)
{
    return !c->stalled && c->held < c->held_max && has_room(c, &c->asked, &c->back);
}

bool troth_iiop_may_call_back(troth_iiop_conn *c)
{
    return has_room(c, &c->back, &c->asked);
}

troth_status troth_iiop_out(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to)
{
    troth_iiop_conn *c = (troth_iiop_conn *)e;
    size_t n = troth_queue_len(&c->out);
    if (!n)
        return c->closed || (c->out_ended && !c->waiting) ? TROTH_CLOSED : TROTH_AGAIN;
    *ret = (troth_bytes){ troth_queue_at(&c->out), n };
    if (ret_to)
        *ret_to = NULL;
    return TROTH_OK;
}

void troth_iiop_sent(troth_endpoint *e, size_t n)
{
    troth_iiop_conn *c = (troth_iiop_conn *)e;
    size_t held = troth_queue_len(&c->out);
    troth_queue_drop(&c->out, n < held ? n : held);
    settle(c);
}

void troth_iiop_feed_end(troth_endpoint *e, uint64_t now)
{
    troth_iiop_conn *c = (troth_iiop_conn *)e;
    troth_iiop_at(c, now, false);
    if (c->closed || c->in_ended)
        return;
    if (troth_iiop_stream_open(&c->peer))
        troth_iiop_end(c, TROTH_TRUNCATED, "CORBA 15.4.1");
    c->in_ended = true;
    c->lost = !c->server && !c->out_ended && !troth_iiop_requests_passed(&c->asked);
}

/* A server that ends leaves nobody to answer; a client may still have requests that wait to be sent, and wait for replies. */
troth_status troth_iiop_order_end(troth_iiop_conn *c)
{
    if (troth_iiop_stream_open(&c->orb))
        troth_iiop_end(c, TROTH_TRUNCATED, "CORBA 15.4.1, from the ORB");
    c->out_ended = true;
    c->ends = c->ends || c->server;
    return troth_iiop_verdict(c);
}

const troth_error *troth_iiop_error(const troth_endpoint *e)
{
    return &((const troth_iiop_conn *)e)->error;
}

troth_status troth_iiop_verdict(const troth_iiop_conn *c)
{
    if (!c->closed)
        return TROTH_OK;
    return c->error.code ? c->error.code : TROTH_CLOSED;
}

/* ---- the end ---- */

void troth_iiop_end(troth_iiop_conn *c, troth_status code, const char *where)
{
    if (c->closed)
        return;
    c->closed = true;
    c->error.code = code;
    c->error.where = where;
    if (c->env->trace && code) {
        troth_trace t = { .kind = TROTH_TRACE_ERROR, .name = where, .a = (uint64_t)code };
        c->env->trace(c->env->self, &t);
    }
}

/* Not worth a failure of its own: the connection closes either way. */
static void say(troth_iiop_conn *c, troth_giop_type type)
{
    troth_writer *w = troth_iiop_scratch(c, TROTH_BE);
    troth_giop_bare_write(w, c->peer.minor, type);
    if (!c->closed && !c->out_ended &&
        troth_iiop_put_octets(c, TROTH_IIOP_PEER, (troth_bytes){ w->base, w->len }, NULL))
        troth_writer_reset(w);
}

void troth_iiop_end_of(troth_iiop_conn *c, troth_iiop_side from, troth_status code)
{
    troth_status_class class = troth_status_class_of(code);
    bool no_giop =
        class == TROTH_CLASS_MALFORMED || class == TROTH_CLASS_UNEXPECTED || class == TROTH_CLASS_UNSUPPORTED;
    if (from == TROTH_IIOP_PEER && no_giop)
        say(c, TROTH_GIOP_MESSAGE_ERROR);
    troth_iiop_end(c, code, from == TROTH_IIOP_PEER ? "CORBA 15.4" : "CORBA 15.4, from the ORB");
}

/*
 * CloseConnection says that what has no reply was not executed [CORBA 15.4.7]: it is only said where that is so, and before
 * 1.2 by servers only.
 */
void troth_iiop_close(troth_endpoint *e, troth_status reason)
{
    troth_iiop_conn *c = (troth_iiop_conn *)e;
    if (!c->asked.len && !c->back.len && (c->server || c->peer.minor >= 2))
        say(c, TROTH_GIOP_CLOSE_CONNECTION);
    troth_iiop_end(c, reason, "closed by the owner");
}

/* ---- messages that wait ---- */

troth_status troth_iiop_wait(troth_iiop_conn *c, troth_iiop_request *x, const troth_giop_whole *message)
{
    troth_status st = troth_iiop_hold(&x->held, c->env, message, &c->spare);
    if (st)
        return st;
    c->held += x->held.octets.len;
    c->waiting++;
    return troth_iiop_request_on(x, TROTH_IIOP_ON_HOLD);
}

troth_status troth_iiop_wait_again(troth_iiop_conn *c, troth_iiop_request *x)
{
    c->held += x->held.octets.len;
    c->waiting++;
    return troth_iiop_request_on(x, TROTH_IIOP_ON_RESEND);
}

void troth_iiop_waited(troth_iiop_conn *c, const troth_iiop_request *x)
{
    c->held -= x->held.octets.len;
    c->waiting--;
}

void troth_iiop_forget(troth_iiop_conn *c, troth_iiop_request *x)
{
    troth_iiop_waited(c, x);
    troth_iiop_release(&x->held, c->env, &c->spare);
    troth_iiop_requests_remove(&c->asked, x);
}

/* ---- time ---- */

static uint64_t after(uint64_t t, uint64_t ms)
{
    return t > UINT64_MAX - ms ? UINT64_MAX : t + ms;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool slack(const troth_iiop_conn *c)
{
    return !c->up_kind &&
           (troth_iiop_stream_slack(&c->peer) || troth_iiop_stream_slack(&c->orb) || c->up.cap || c->scratch.cap ||
            c->pieces.cap || c->spare.cap || (c->out.cap && !troth_queue_len(&c->out)) ||
            (c->asked.slots && !c->asked.len) || (c->back.slots && !c->back.len));
}

static void trim(troth_iiop_conn *c)
{
    troth_iiop_stream_trim(&c->peer);
    troth_iiop_stream_trim(&c->orb);
    troth_queue_trim(&c->out);
    troth_writer_clear(&c->up);
    troth_writer_clear(&c->scratch);
    troth_writer_clear(&c->pieces);
    troth_writer_clear(&c->spare);
    troth_iiop_requests_trim(&c->asked);
    troth_iiop_requests_trim(&c->back);
}

static uint64_t parts_deadline(const troth_iiop_conn *c)
{
    return sooner(troth_iiop_stream_deadline(&c->peer), troth_iiop_stream_deadline(&c->orb));
}

uint64_t troth_iiop_deadline(const troth_iiop_conn *c)
{
    if (c->closed)
        return UINT64_MAX;
    uint64_t at = parts_deadline(c);
    if (c->idle_ms)
        at = sooner(at, after(c->last, c->idle_ms));
    return slack(c) ? sooner(at, after(c->last, TRIM_MS)) : at;
}

void troth_iiop_expire(troth_iiop_conn *c)
{
    if (c->closed)
        return;
    if (c->now >= parts_deadline(c))
        troth_iiop_end(c, TROTH_TIMEOUT, "troth_iiop_options.fragment_ms");
    else if (c->idle_ms && c->now >= after(c->last, c->idle_ms))
        troth_iiop_close(&c->ep, TROTH_TIMEOUT);
    else if (slack(c) && c->now >= after(c->last, TRIM_MS))
        trim(c);
}
