/* Octets through TLS: records in, plaintext on; plaintext back, records out. */
#include <host/tls.h>

static troth_tls_endpoint *of(troth_endpoint *e)
{
    return (troth_tls_endpoint *)e;
}

static troth_bytes held_in(troth_tls_endpoint *t)
{
    return (troth_bytes){ troth_queue_at(&t->in), troth_queue_len(&t->in) };
}

/* What the peer offers, and how much of it was taken. */
typedef struct offer {
    const uint8_t *bytes;
    size_t n, at;
} offer;

static void gather(troth_tls_endpoint *t, offer *o, size_t most)
{
    size_t left = o->n - o->at, part = left < most ? left : most;
    troth_status st = troth_queue_put(&t->in, o->bytes + o->at, part);
    if (st)
        troth_tls_endpoint_fail(t, st, "TLS input");
    o->at += part;
}

/* ---- handshake ---- */

/* A leg gets all that has come; the last octet of it is admitted once the leg is over, and nothing of it is left. */
static void take_handshake(troth_tls_endpoint *t, offer *o)
{
    gather(t, o, troth_queue_space(&t->in));
    if (t->error.code || !troth_queue_len(&t->in) || troth_context_token_need(t->ctx, held_in(t)))
        return;
    t->owed = true;
    troth_tls_endpoint_leg(t, false);
}

/* ---- records ---- */

/* Give plaintext to the inner endpoint. False: it takes no more now, or has something to tell first. */
static bool pass_on(troth_tls_endpoint *t, uint64_t now)
{
    while (troth_queue_len(&t->plain)) {
        size_t used = 0, n = troth_queue_len(&t->plain);
        troth_status st = troth_endpoint_feed(t->inner, troth_queue_at(&t->plain), n, NULL, now, &used);
        troth_queue_drop(&t->plain, st || used > n ? n : used);
        if (troth_endpoint_event(t->inner, &t->held) || !used)
            return false;
    }
    return true;
}

static void take_record(troth_tls_endpoint *t, troth_bytes bytes, size_t *ret_used, uint64_t now)
{
    troth_record r = { 0 };
    troth_status st = troth_context_record_open(t->ctx, bytes, &r), kept = TROTH_OK;
    if (r.send.len) /* the answer of a KeyUpdate, or the alert that says why */
        kept = troth_queue_put(&t->out, r.send.data, r.send.len);
    if (!st && !kept)
        kept = troth_queue_put(&t->plain, r.plain.data, r.plain.len);
    *ret_used = r.used;
    if (st)
        troth_tls_endpoint_fail_as(t, troth_context_error(t->ctx));
    else if (kept)
        troth_tls_endpoint_fail(t, kept, "TLS record");
    if (t->error.code || !r.closed)
        return;
    t->peer_ended = true; /* in a record of its own: nothing is left in front of it */
    troth_endpoint_feed_end(t->inner, now);
}

/* The next record, from what was gathered before or, without a copy, from what is offered. False: there is none. */
static bool next_record(troth_tls_endpoint *t, offer *o, uint64_t now)
{
    size_t used = 0;
    bool gathered = troth_queue_len(&t->in) > 0;
    troth_bytes bytes = gathered ? held_in(t) : (troth_bytes){ o->bytes + o->at, o->n - o->at };
    size_t need = troth_context_record_need(t->ctx, bytes);
    if (need) {
        size_t before = o->at;
        gather(t, o, gathered ? need : bytes.len);
        return o->at > before;
    }
    take_record(t, bytes, &used, now);
    if (t->error.code)
        return false;
    if (gathered)
        troth_queue_drop(&t->in, used);
    else
        o->at += used;
    return true;
}

/* A record that stands whole in front of `in` came with the handshake's last leg. */
static bool unsettled(troth_tls_endpoint *t)
{
    size_t n = troth_queue_len(&t->in);
    return !t->error.code && !t->peer_ended &&
           (troth_queue_len(&t->plain) || (n && !troth_context_record_need(t->ctx, held_in(t))));
}

static void take_records(troth_tls_endpoint *t, offer *o, uint64_t now)
{
    bool more = true;
    while (more && !t->error.code && !t->peer_ended)
        more = pass_on(t, now) && next_record(t, o, now);
    if (t->peer_ended || t->error.code)
        o->at = o->n; /* what stands behind the end does not count */
    else
        t->owed = unsettled(t);
}

static troth_status verdict(const troth_tls_endpoint *t)
{
    return t->error.code;
}

troth_status troth_tls_endpoint_feed(troth_endpoint *e, uint8_t *bytes, size_t n, const troth_addr *from, uint64_t now,
                                     size_t *ret_used)
{
    troth_tls_endpoint *t = of(e);
    (void)from;
    *ret_used = n;
    if (t->error.code || t->peer_ended)
        return verdict(t);
    *ret_used = 0;
    if (!n || t->job || t->job_out || t->held.kind) /* first things first */
        return TROTH_OK;
    offer o = { bytes, n, t->owed ? 1 : 0 };
    t->owed = false;
    t->last = now > t->last ? now : t->last;
    if (t->inner)
        take_records(t, &o, now);
    else
        take_handshake(t, &o);
    *ret_used = t->error.code ? n : o.at - (t->owed ? 1 : 0);
    return verdict(t);
}

void troth_tls_endpoint_feed_end(troth_endpoint *e, uint64_t now)
{
    troth_tls_endpoint *t = of(e);
    (void)now;
    if (t->error.code || t->peer_ended || t->told)
        return;
    troth_tls_endpoint_fail(t, TROTH_TRUNCATED, "RFC 8446 6.1: no close_notify");
}

/* ---- output ---- */

static void seal(troth_tls_endpoint *t, troth_bytes plain)
{
    troth_bytes sealed = { 0 };
    troth_status st = troth_context_record_seal(t->ctx, plain, &sealed);
    if (st)
        troth_tls_endpoint_fail_as(t, troth_context_error(t->ctx));
    else if ((st = troth_queue_put(&t->out, sealed.data, sealed.len)) != TROTH_OK)
        troth_tls_endpoint_fail(t, st, "TLS output");
}

void troth_tls_endpoint_finish(troth_tls_endpoint *t)
{
    troth_bytes end = { 0 };
    t->finished = true;
    if (t->ctx && troth_context_record_close(t->ctx, &end) == TROTH_OK)
        (void)!troth_queue_put(&t->out, end.data, end.len);
}

/* Fetch what the inner endpoint has to send, as long as there is room for it. */
static void fetch(troth_tls_endpoint *t)
{
    troth_bytes plain;
    troth_status st = TROTH_OK;
    while (!st && !t->finished && troth_queue_len(&t->out) < TROTH_TLS_CHUNK) {
        st = troth_endpoint_out(t->inner, &plain, NULL);
        if (st)
            break;
        if (plain.len > TROTH_TLS_CHUNK)
            plain.len = TROTH_TLS_CHUNK;
        seal(t, plain);
        troth_endpoint_sent(t->inner, plain.len);
    }
    if (st == TROTH_CLOSED)
        troth_tls_endpoint_finish(t);
}

troth_status troth_tls_endpoint_out(troth_endpoint *e, troth_bytes *ret, const troth_addr **ret_to)
{
    troth_tls_endpoint *t = of(e);
    if (t->inner && !t->held.kind && !t->finished)
        fetch(t);
    size_t n = troth_queue_len(&t->out);
    if (!n)
        return t->finished ? TROTH_CLOSED : TROTH_AGAIN;
    *ret = (troth_bytes){ troth_queue_at(&t->out), n };
    if (ret_to)
        *ret_to = NULL;
    return TROTH_OK;
}

void troth_tls_endpoint_sent(troth_endpoint *e, size_t n)
{
    troth_tls_endpoint *t = of(e);
    size_t held = troth_queue_len(&t->out);
    troth_queue_drop(&t->out, n < held ? n : held);
}
