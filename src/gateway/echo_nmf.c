#include <gateway/far.h>
#include <gateway/outbox.h>
#include <troth/nmf.h>

/*
 * The smallest net.tcp service [MC-NMF 3.3]: takes the preamble, acknowledges it, returns every envelope as it came, and
 * ends when its client ends. Envelopes pass through in the pieces in which they arrive; the records are the same.
 */
typedef struct echo_nmf {
    troth_far head;
    const troth_env *env;
    troth_outbox out;
    troth_nmf_reader reader;
    bool acknowledged, ended;
} echo_nmf;

static void put_head(echo_nmf *e, const troth_nmf_piece *p)
{
    uint8_t head[TROTH_NMF_HEAD_MAX];
    size_t n = p->first ? troth_nmf_head(p->type, p->size, head) : troth_nmf_size(p->size, head);
    troth_outbox_put(&e->out, (troth_bytes){ head, n });
}

static void put_record(echo_nmf *e, troth_nmf_type type)
{
    const uint8_t record = (uint8_t)type;
    troth_outbox_put(&e->out, (troth_bytes){ &record, 1 });
}

/* One piece; false = not allowed here. [MC-NMF 3.1.1.1] */
static bool take(echo_nmf *e, const troth_nmf_piece *p)
{
    static const uint8_t terminator = 0;
    switch (p->type) {
    case TROTH_NMF_VERSION:
    case TROTH_NMF_MODE:
    case TROTH_NMF_VIA:
    case TROTH_NMF_KNOWN_ENCODING:
    case TROTH_NMF_EXTENSIBLE_ENCODING:
        return !e->acknowledged;
    case TROTH_NMF_PREAMBLE_END:
        if (e->acknowledged)
            return false;
        e->acknowledged = true;
        put_record(e, TROTH_NMF_PREAMBLE_ACK);
        return true;
    case TROTH_NMF_SIZED_ENVELOPE:
        if (p->first)
            put_head(e, p);
        troth_outbox_put(&e->out, p->data);
        return e->acknowledged;
    case TROTH_NMF_UNSIZED_ENVELOPE:
        if (p->last && !p->data.len) {
            troth_outbox_put(&e->out, (troth_bytes){ &terminator, 1 });
        } else {
            if (p->first || p->chunk)
                put_head(e, p);
            troth_outbox_put(&e->out, p->data);
        }
        return e->acknowledged;
    case TROTH_NMF_END:
        e->ended = true;
        put_record(e, TROTH_NMF_END);
        troth_outbox_end(&e->out);
        return e->acknowledged;
    default:
        return false;
    }
}

static void on_data(troth_far *f, troth_bytes data)
{
    echo_nmf *e = (echo_nmf *)f;
    while (data.len && !e->ended) { /* what stands behind End belongs to nobody */
        troth_nmf_piece piece;
        size_t used = 0;
        troth_status st = troth_nmf_read(&e->reader, data.data, data.len, &used, &piece);
        data.data += used;
        data.len -= used;
        if (st == TROTH_AGAIN)
            return;
        if (!st && !take(e, &piece))
            st = TROTH_UNEXPECTED;
        if (st) {
            e->ended = true;
            troth_conn_close(e->head.conn, st);
        }
    }
}

static void on_end(troth_far *f)
{
    troth_outbox_end(&((echo_nmf *)f)->out);
}

static void on_ready(troth_far *f)
{
    troth_outbox_ready(&((echo_nmf *)f)->out);
}

static void on_closed(troth_far *f, const troth_error *error)
{
    echo_nmf *e = (echo_nmf *)f;
    (void)error;
    troth_outbox_clear(&e->out);
    troth_mem_free(e->env, e, sizeof *e);
}

static const troth_far_ops ops = { on_data, on_end, on_ready, on_closed };

troth_status troth_echo_nmf_new(const troth_env *env, troth_conn *c, troth_far **ret)
{
    echo_nmf *e = troth_mem_new(env, sizeof *e);
    if (!e)
        return TROTH_NO_MEMORY;
    e->head = (troth_far){ &ops, c };
    e->env = env;
    troth_outbox_init(&e->out, env, c);
    troth_nmf_reader_init(&e->reader, NULL);
    *ret = &e->head;
    return TROTH_OK;
}
