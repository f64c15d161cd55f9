/* From octets to the records that the preamble's machines wait for. */
#include <nns/preamble.h>
#include <string.h>

static uint8_t event_of(troth_nmf_type type)
{
    switch (type) {
    case TROTH_NMF_VERSION:
        return TROTH_NETTCP_ON_VERSION;
    case TROTH_NMF_MODE:
        return TROTH_NETTCP_ON_MODE;
    case TROTH_NMF_VIA:
        return TROTH_NETTCP_ON_VIA;
    case TROTH_NMF_KNOWN_ENCODING:
    case TROTH_NMF_EXTENSIBLE_ENCODING:
        return TROTH_NETTCP_ON_ENCODING;
    case TROTH_NMF_UPGRADE_REQUEST:
        return TROTH_NETTCP_ON_UPGRADE_REQUEST;
    case TROTH_NMF_UPGRADE_RESPONSE:
        return TROTH_NETTCP_ON_UPGRADE_RESPONSE;
    case TROTH_NMF_PREAMBLE_END:
        return TROTH_NETTCP_ON_PREAMBLE_END;
    case TROTH_NMF_PREAMBLE_ACK:
        return TROTH_NETTCP_ON_PREAMBLE_ACK;
    case TROTH_NMF_FAULT:
        return TROTH_NETTCP_ON_FAULT;
    default:
        return TROTH_NETTCP_ON_OTHER_RECORD;
    }
}

static bool waits(const troth_nettcp *s)
{
    return s->fsm.state != TROTH_NETTCP_UPGRADING && s->fsm.state != TROTH_NETTCP_OPEN && !s->closed;
}

/* Records that the owner is to see, too: the server's preamble without the upgrade. */
static bool keeps(const troth_nettcp *s)
{
    return s->role == TROTH_ACCEPTOR && !s->upgraded && s->fsm.state != TROTH_NETTCP_READING_UPGRADE;
}

/* True once the record is whole. */
static bool gather(troth_nettcp *s, const troth_nmf_piece *p)
{
    size_t room = sizeof s->small - s->small_len;
    if (p->first) {
        s->small_len = 0;
        room = sizeof s->small;
    }
    size_t part = p->data.len < room ? p->data.len : room;
    if (part)
        memcpy(s->small + s->small_len, p->data.data, part);
    s->small_len = (uint8_t)(s->small_len + part);
    return p->last;
}

static void step(troth_nettcp *s, uint8_t event, const void *arg)
{
    troth_status st = troth_fsm_step(&s->fsm, event, s, arg);
    (void)st; /* the machine has recorded it */
}

/* Records of which only the type matters, because none of their kind is expected: no payload is awaited. */
static bool is_unexpected(troth_nmf_type type)
{
    return type == TROTH_NMF_SIZED_ENVELOPE || type == TROTH_NMF_UNSIZED_ENVELOPE;
}

size_t troth_nettcp_read(troth_nettcp *s, const uint8_t *bytes, size_t n)
{
    size_t used = 0;
    while (used < n && waits(s)) {
        troth_nmf_piece piece = { 0 };
        size_t part;
        troth_status st = troth_nmf_read(&s->reader, bytes + used, n - used, &part, &piece);
        if (st != TROTH_MALFORMED && st != TROTH_LIMIT && keeps(s)) {
            troth_status kept = troth_queue_put(&s->kept, bytes + used, part);
            st = kept ? kept : st;
        }
        used += part;
        if (st == TROTH_AGAIN)
            break;
        if (st) {
            step(s, TROTH_NETTCP_ON_BAD_RECORD, &st);
        } else if (gather(s, &piece) || is_unexpected(piece.type)) {
            troth_nettcp_record r = { piece.type, s->small, s->small_len, piece.size };
            step(s, event_of(piece.type), &r);
        }
    }
    return used;
}

/* The order of the preamble's records. [MC-NMF 2.2.6] */
static bool in_order(const troth_nettcp *s, troth_nmf_type type)
{
    static const troth_nmf_type order[] = { TROTH_NMF_VERSION, TROTH_NMF_MODE, TROTH_NMF_VIA,
                                            TROTH_NMF_KNOWN_ENCODING };
    return type == order[s->type] || (s->type == 3 && type == TROTH_NMF_EXTENSIBLE_ENCODING);
}

size_t troth_nettcp_take_own(troth_nettcp *s, const uint8_t *bytes, size_t n)
{
    size_t used = 0;
    while (used < n && s->fsm.state == TROTH_NETTCP_WRITING_PREAMBLE) {
        troth_nmf_piece piece = { 0 };
        size_t part;
        troth_status st = troth_nmf_read(&s->reader, bytes + used, n - used, &part, &piece);
        troth_status put = troth_queue_put(&s->out, bytes + used, part);
        used += part;
        if (put || (st && st != TROTH_AGAIN))
            step(s, TROTH_NETTCP_ON_BAD_RECORD, put ? &put : &st);
        else if (!st && !in_order(s, piece.type))
            step(s, TROTH_NETTCP_ON_OTHER_RECORD, NULL);
        else if (!st && piece.last && s->type++ == 3)
            step(s, TROTH_NETTCP_ON_PREAMBLE, NULL);
    }
    return used;
}

troth_status troth_nettcp_flush(troth_nettcp *s, uint64_t now)
{
    size_t n = troth_queue_len(&s->kept), used = 0;
    bool inside = s->fsm.state == TROTH_NETTCP_OPEN && s->role == TROTH_INITIATOR;
    if (!inside || (!n && !s->end_ordered))
        return TROTH_OK;
    if (n) {
        troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { troth_queue_at(&s->kept), n } };
        troth_status st = s->inner->ops->submit(s->inner, &order, now, &used);
        troth_queue_drop(&s->kept, used);
        if (st)
            return st;
        troth_queue_trim(&s->kept);
    }
    if (!s->end_ordered)
        return TROTH_OK;
    troth_order_msg end = { .kind = TROTH_ORDER_END };
    s->end_ordered = false;
    return s->inner->ops->submit(s->inner, &end, now, &used);
}
