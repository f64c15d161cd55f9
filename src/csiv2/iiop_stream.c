/* Octets of one direction, put together as messages. [CORBA 15.4.1, 15.4.9] */
#include <csiv2/iiop_stream.h>

enum { AT_REQUEST_ID_1_1 = 12 };

void troth_iiop_stream_init(troth_iiop_stream *s, const troth_env *env, const troth_iiop_stream_limits *limits)
{
    troth_giop_frag_limits frags = { .octets = limits->message_max, .total = limits->unfinished_max };
    *s = (troth_iiop_stream){ .message_max = limits->message_max, .fragment_ms = limits->fragment_ms };
    troth_queue_init(&s->in, env, limits->message_max);
    troth_giop_frags_init(&s->frags, env, &frags);
}

void troth_iiop_stream_clear(troth_iiop_stream *s)
{
    troth_queue_clear(&s->in);
    troth_giop_frags_clear(&s->frags);
}

/* ---- one message as it comes: a whole one, or a piece ---- */

static troth_status judge(troth_iiop_stream *s, const uint8_t *head, size_t n, size_t *ret_len)
{
    troth_reader r = troth_reader_of(head, n, TROTH_BE);
    troth_giop_hdr h;
    troth_status st = troth_giop_hdr_read(&r, s->message_max, &h);
    if (st)
        return st;
    if (h.minor > s->minor)
        s->minor = h.minor;
    *ret_len = TROTH_GIOP_HDR + (size_t)h.size;
    return TROTH_OK;
}

/* Copy up to where the message's next landmark lies: the end of its header, then its own. */
static troth_status keep(troth_iiop_stream *s, const uint8_t *bytes, size_t n, size_t want, size_t *ret_used)
{
    size_t missing = want - troth_queue_len(&s->in), part = missing < n ? missing : n;
    troth_status st = troth_queue_put(&s->in, bytes, part);
    if (!st)
        *ret_used += part;
    return st;
}

static troth_status gather(troth_iiop_stream *s, const uint8_t *bytes, size_t n, size_t *ret_used, troth_bytes *ret)
{
    size_t len = 0;
    troth_status st = TROTH_OK;
    if (troth_queue_len(&s->in) < TROTH_GIOP_HDR)
        st = keep(s, bytes, n, TROTH_GIOP_HDR, ret_used);
    if (!st)
        st = judge(s, troth_queue_at(&s->in), troth_queue_len(&s->in), &len);
    if (st)
        return st == TROTH_TRUNCATED ? TROTH_AGAIN : st;
    st = keep(s, bytes + *ret_used, n - *ret_used, len, ret_used);
    if (st)
        return st;
    if (troth_queue_len(&s->in) < len)
        return TROTH_AGAIN;
    *ret = (troth_bytes){ troth_queue_at(&s->in), len };
    troth_queue_drop(&s->in, len); /* the memory stays, and the view with it */
    return TROTH_OK;
}

static troth_status next(troth_iiop_stream *s, const uint8_t *bytes, size_t n, uint64_t now, size_t *ret_used,
                         troth_bytes *ret)
{
    *ret_used = 0;
    if (troth_queue_len(&s->in))
        return gather(s, bytes, n, ret_used, ret);
    size_t len = 0;
    troth_status st = judge(s, bytes, n, &len);
    if (st && st != TROTH_TRUNCATED)
        return st;
    s->begun = now;
    if (st || n < len)
        return gather(s, bytes, n, ret_used, ret);
    *ret_used = len; /* whole: it is read where it lies */
    *ret = (troth_bytes){ bytes, len };
    return TROTH_OK;
}

troth_status troth_iiop_stream_take(troth_iiop_stream *s, const uint8_t *bytes, size_t n, uint64_t now,
                                    size_t *ret_used, troth_giop_whole *ret)
{
    *ret_used = 0;
    while (*ret_used < n) {
        troth_bytes message;
        size_t used = 0;
        troth_status st = next(s, bytes + *ret_used, n - *ret_used, now, &used, &message);
        *ret_used += used;
        if (!st)
            st = troth_giop_frags_take(&s->frags, message, now, ret);
        if (st != TROTH_AGAIN)
            return st;
    }
    return TROTH_AGAIN;
}

/* ---- pieces that nobody waits for ---- */

static troth_giop_unfinished *unfinished_1_1(troth_iiop_stream *s)
{
    for (size_t i = 0; i < TROTH_GIOP_UNFINISHED_MAX; i++) {
        troth_giop_unfinished *u = &s->frags.slots[i];
        if (u->used && !u->swallowed && u->minor < 2)
            return u;
    }
    return NULL;
}

/* In 1.1 the first piece tells whose it is, where it is long enough: a request that is meant to live is not swallowed. */
static bool is_another(const troth_giop_unfinished *u, uint32_t request_id)
{
    troth_giop_contexts list;
    troth_cdr c = troth_cdr_of((troth_bytes){ u->octets.base, u->octets.len }, AT_REQUEST_ID_1_1, u->octets.order);
    troth_giop_contexts_get(&c, &list);
    uint32_t id = troth_cdr_u32(&c);
    return u->type != TROTH_GIOP_REQUEST || (!c.r.st && id != request_id);
}

bool troth_iiop_stream_swallow(troth_iiop_stream *s, uint32_t request_id)
{
    for (size_t i = 0; i < TROTH_GIOP_UNFINISHED_MAX; i++) {
        const troth_giop_unfinished *u = &s->frags.slots[i];
        bool request = u->type == TROTH_GIOP_REQUEST || u->type == TROTH_GIOP_LOCATE_REQUEST;
        if (u->used && u->minor >= 2 && u->request_id == request_id)
            return request && troth_giop_frags_swallow(&s->frags, request_id);
    }
    const troth_giop_unfinished *u = unfinished_1_1(s);
    return u && !is_another(u, request_id) && troth_giop_frags_swallow(&s->frags, request_id);
}

/* ---- time and memory ---- */

bool troth_iiop_stream_open(const troth_iiop_stream *s)
{
    uint64_t since;
    return troth_queue_len(&s->in) > 0 || troth_giop_frags_oldest(&s->frags, &since);
}

uint64_t troth_iiop_stream_deadline(const troth_iiop_stream *s)
{
    uint64_t since = UINT64_MAX;
    if (troth_queue_len(&s->in))
        since = s->begun;
    uint64_t oldest;
    if (troth_giop_frags_oldest(&s->frags, &oldest) && oldest < since)
        since = oldest;
    return since > UINT64_MAX - s->fragment_ms ? UINT64_MAX : since + s->fragment_ms;
}

bool troth_iiop_stream_slack(const troth_iiop_stream *s)
{
    return (s->in.cap && !troth_queue_len(&s->in)) || s->frags.whole.cap;
}

void troth_iiop_stream_trim(troth_iiop_stream *s)
{
    troth_queue_trim(&s->in);
    troth_writer_clear(&s->frags.whole);
}
