/* The Framing Buffer. [MS-NNS 3.1.1.9] */
#include <nns/stream.h>
#include <string.h>

/* What an unauthenticated peer may cost beyond the octets it has sent. */
enum { SLACK = 1024 };

void troth_nns_gather_reset(troth_nns_stream *s)
{
    troth_mem_drop(s->env, &s->token);
    s->got = 0;
    s->head_len = 0;
}

/* Octets of payload that are awaited: a code needs eight, and an unknown id is judged by its header. */
static size_t awaited(const troth_nns_header *h)
{
    switch (h->message_id) {
    case TROTH_NNS_DONE:
    case TROTH_NNS_IN_PROGRESS:
        return h->payload_size;
    case TROTH_NNS_ERROR:
        return h->payload_size < TROTH_NNS_ERROR_LEN ? h->payload_size : TROTH_NNS_ERROR_LEN;
    default:
        return 0;
    }
}

/* Grow so that n more octets fit, never past the frame: when the last has come, the block is exactly the token. */
static troth_status reserve(troth_nns_stream *s, size_t n, size_t want)
{
    size_t need = s->got + n;
    if (need <= s->token.len)
        return TROTH_OK;
    size_t cap = want - need > SLACK ? need + SLACK : want;
    uint8_t *p = troth_mem_grow(s->env, s->token.data, s->token.len, cap);
    if (!p)
        return TROTH_NO_MEMORY;
    s->token = (troth_block){ p, cap };
    return TROTH_OK;
}

troth_status troth_nns_gather(troth_nns_stream *s, const uint8_t *bytes, size_t n, size_t *ret_used,
                              troth_nns_frame *ret)
{
    size_t used = 0;
    while (s->head_len < TROTH_NNS_HEADER_LEN && used < n)
        s->head[s->head_len++] = bytes[used++];
    *ret_used = used;
    troth_reader r = troth_reader_of(s->head, s->head_len, TROTH_BE);
    troth_nns_header h;
    if (troth_nns_header_read(&r, &h))
        return TROTH_AGAIN;
    size_t want = awaited(&h);
    if (want > s->token_max)
        return TROTH_LIMIT;
    size_t part = want - s->got < n - used ? want - s->got : n - used;
    if (part) {
        troth_status st = reserve(s, part, want);
        if (st)
            return st;
        memcpy(s->token.data + s->got, bytes + used, part);
        s->got += part;
        *ret_used = used + part;
    }
    if (s->got < want)
        return TROTH_AGAIN;
    *ret = (troth_nns_frame){ h.message_id, want };
    return TROTH_OK;
}

static void step(troth_nns_stream *s, uint8_t event, const void *arg)
{
    troth_status st = troth_fsm_step(&s->fsm, event, s, arg);
    (void)st; /* the machine has recorded it */
}

static bool quiet(const troth_nns_stream *s)
{
    return s->fsm.state == TROTH_NNS_AUTHENTICATED && !s->data.len;
}

/* Judge PayloadSize; 0 = the stream has failed. */
static size_t frame_size(troth_nns_stream *s, const uint8_t *head)
{
    size_t size = 0;
    troth_status st = troth_nns_data_size(head, &size);
    if (st)
        step(s, TROTH_NNS_ON_BAD_FRAME, &st);
    return st ? 0 : size;
}

static void deliver(troth_nns_stream *s, uint8_t *payload, size_t n)
{
    troth_nns_payload p = { payload, n };
    step(s, TROTH_NNS_ON_DATA, &p);
}

/* Copy what belongs to the frame begun in the framing buffer, and deliver it when whole. */
static size_t gather_data(troth_nns_stream *s, const uint8_t *bytes, size_t n)
{
    size_t have = troth_queue_len(&s->in), size = 0;
    if (have >= TROTH_NNS_DATA_HEAD)
        size = frame_size(s, troth_queue_at(&s->in)); /* judged before: cannot fail */
    size_t want = (have < TROTH_NNS_DATA_HEAD ? TROTH_NNS_DATA_HEAD : TROTH_NNS_DATA_HEAD + size) - have;
    size_t part = want < n ? want : n;
    troth_status st = troth_queue_put(&s->in, bytes, part);
    if (st) {
        step(s, TROTH_NNS_ON_BAD_FRAME, &st);
        return 0;
    }
    have += part;
    if (have == TROTH_NNS_DATA_HEAD) {
        (void)frame_size(s, troth_queue_at(&s->in)); /* before anything is kept for it */
    } else if (size && have == TROTH_NNS_DATA_HEAD + size) {
        uint8_t *frame = troth_queue_at(&s->in);
        troth_queue_drop(&s->in, have); /* the memory stays, and the event's view with it, until the next call */
        deliver(s, frame + TROTH_NNS_DATA_HEAD, size);
    }
    return part;
}

size_t troth_nns_take_data(troth_nns_stream *s, uint8_t *bytes, size_t n)
{
    if (s->level == TROTH_LEVEL_NONE) {
        deliver(s, bytes, n);
        return n;
    }
    size_t used = 0;
    while (used < n && quiet(s)) {
        size_t left = n - used, size = 0;
        if (!troth_queue_len(&s->in) && left >= TROTH_NNS_DATA_HEAD) {
            size = frame_size(s, bytes + used);
            if (!size)
                break;
        }
        if (size && left - TROTH_NNS_DATA_HEAD >= size) { /* whole: decrypt it where it lies */
            used += TROTH_NNS_DATA_HEAD + size;
            deliver(s, bytes + used - size, size);
        } else {
            used += gather_data(s, bytes + used, left);
        }
    }
    return used;
}
