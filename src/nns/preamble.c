/* Guards and actions of net.tcp's two machines. */
#include <nns/preamble.h>
#include <string.h>

static const char negotiate[] = "application/negotiate";

void troth_nettcp_end(troth_nettcp *s, troth_status code, const char *where)
{
    if (s->closed)
        return;
    if (!s->error.code)
        s->error = (troth_error){ .code = code, .where = where };
    s->established = s->preamble = false;
    s->data = (troth_bytes){ NULL, 0 };
    troth_queue_clear(&s->kept);
    s->closed = true;
}

/* Tell the peer, in the clear or inside, and end. A fault is information: without memory for it, we just close. */
static troth_status fault(troth_nettcp *s, troth_nmf_fault f, troth_status code)
{
    uint8_t record[TROTH_NMF_FAULT_RECORD_MAX];
    size_t n = troth_nmf_fault_write(f, record), used = 0;
    troth_status st;
    if (s->upgraded) {
        troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { record, n } };
        st = s->inner->ops->submit(s->inner, &order, 0, &used);
    } else {
        st = troth_queue_put(&s->out, record, n);
    }
    (void)st;
    s->inner->ops->close(s->inner, code);
    troth_nettcp_end(s, code, troth_nmf_fault_where(f));
    return TROTH_OK;
}

/* ---- the server reads the preamble ---- */

bool troth_nettcp_version_ok(void *self, const void *arg)
{
    const troth_nettcp_record *r = arg;
    (void)self;
    return r->data[0] == 1 && r->data[1] == 0;
}

/* The other two modes have no upgrade. [MC-NMF 3.1.1.2] */
bool troth_nettcp_mode_ok(void *self, const void *arg)
{
    const troth_nettcp_record *r = arg;
    (void)self;
    return r->data[0] == TROTH_NMF_SINGLETON_UNSIZED || r->data[0] == TROTH_NMF_DUPLEX;
}

static bool is_letter(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* What a scheme holds behind its first letter. [RFC 3986 3.1] */
static bool is_scheme(uint8_t c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-';
}

/* A URI that names a scheme and holds no blanks or controls; finding the endpoint is the owner's. */
bool troth_nettcp_via_ok(void *self, const void *arg)
{
    const troth_nettcp *s = self;
    const troth_nettcp_record *r = arg;
    const uint8_t *via = s->kept.base + s->kept.tail - r->size;
    bool scheme = false;
    for (size_t i = 0; i < r->size; i++) {
        if (via[i] <= 0x20 || via[i] == 0x7f)
            return false;
        if (!scheme && !is_scheme(via[i]) && via[i] != ':')
            return false;
        scheme = scheme || via[i] == ':';
    }
    return scheme && is_letter(via[0]);
}

bool troth_nettcp_encoding_ok(void *self, const void *arg)
{
    const troth_nettcp_record *r = arg;
    (void)self;
    if (r->type == TROTH_NMF_KNOWN_ENCODING)
        return r->data[0] <= 0x08;
    return memchr(r->data, '/', r->len) != NULL; /* type "/" subtype [MC-NMF 2.2.3.4.2] */
}

bool troth_nettcp_is_negotiate(void *self, const void *arg)
{
    const troth_nettcp_record *r = arg;
    (void)self;
    return r->size == sizeof negotiate - 1 && !memcmp(r->data, negotiate, r->size);
}

troth_status troth_nettcp_unsupported_version(void *self, const void *arg)
{
    (void)arg;
    return fault(self, TROTH_NMF_FAULT_UNSUPPORTED_VERSION, TROTH_UNSUPPORTED);
}

troth_status troth_nettcp_unsupported_mode(void *self, const void *arg)
{
    (void)arg;
    return fault(self, TROTH_NMF_FAULT_UNSUPPORTED_MODE, TROTH_UNSUPPORTED);
}

troth_status troth_nettcp_no_endpoint(void *self, const void *arg)
{
    (void)arg;
    return fault(self, TROTH_NMF_FAULT_ENDPOINT_NOT_FOUND, TROTH_MALFORMED);
}

troth_status troth_nettcp_bad_encoding(void *self, const void *arg)
{
    (void)arg;
    return fault(self, TROTH_NMF_FAULT_CONTENT_TYPE_INVALID, TROTH_UNSUPPORTED);
}

troth_status troth_nettcp_bad_upgrade(void *self, const void *arg)
{
    (void)arg;
    return fault(self, TROTH_NMF_FAULT_UPGRADE_INVALID, TROTH_UNSUPPORTED);
}

/* A net.tcp client says of this fault that the two bindings do not match, which is just what happened. */
troth_status troth_nettcp_upgrade_missing(void *self, const void *arg)
{
    (void)arg;
    return fault(self, TROTH_NMF_FAULT_UPGRADE_INVALID, TROTH_TOO_LOW);
}

troth_status troth_nettcp_bad_record(void *self, const void *arg)
{
    troth_nettcp *s = self;
    const troth_status *why = arg;
    troth_nmf_fault f = TROTH_NMF_FAULT_INVALID_RECORD_SEQUENCE;
    if (*why == TROTH_NO_MEMORY) {
        f = TROTH_NMF_FAULT_SERVER_TOO_BUSY;
    } else if (*why == TROTH_LIMIT) {
        troth_nmf_type type = troth_nmf_reader_type(&s->reader);
        f = type == TROTH_NMF_VIA                   ? TROTH_NMF_FAULT_VIA_TOO_LONG
            : type == TROTH_NMF_EXTENSIBLE_ENCODING ? TROTH_NMF_FAULT_CONTENT_TYPE_TOO_LONG
            : type == TROTH_NMF_UPGRADE_REQUEST     ? TROTH_NMF_FAULT_UPGRADE_INVALID
                                                    : TROTH_NMF_FAULT_MAX_MESSAGE_SIZE_EXCEEDED;
    }
    return fault(s, f, *why);
}

troth_status troth_nettcp_grant_upgrade(void *self, const void *arg)
{
    static const uint8_t response[] = { TROTH_NMF_UPGRADE_RESPONSE };
    troth_nettcp *s = self;
    (void)arg;
    troth_status st = troth_queue_put(&s->out, response, sizeof response);
    s->upgraded = !st;
    return st;
}

troth_status troth_nettcp_hand_over(void *self, const void *arg)
{
    troth_nettcp *s = self;
    (void)arg;
    s->established = s->preamble = true;
    return TROTH_OK;
}

/* ---- the client ---- */

bool troth_nettcp_has_own_preamble(void *self, const void *arg)
{
    const troth_nettcp *s = self;
    (void)arg;
    return s->own_preamble;
}

troth_status troth_nettcp_ask_upgrade(void *self, const void *arg)
{
    troth_nettcp *s = self;
    uint8_t record[TROTH_NMF_HEAD_MAX + sizeof negotiate];
    (void)arg;
    size_t n = troth_nmf_head(TROTH_NMF_UPGRADE_REQUEST, sizeof negotiate - 1, record);
    memcpy(record + n, negotiate, sizeof negotiate - 1);
    troth_nmf_reader_init(&s->reader, NULL); /* from here on it reads the peer */
    return troth_queue_put(&s->out, record, n + sizeof negotiate - 1);
}

troth_status troth_nettcp_upgrade(void *self, const void *arg)
{
    troth_nettcp *s = self;
    (void)arg;
    s->upgraded = true;
    return TROTH_OK;
}

troth_status troth_nettcp_send_preamble_end(void *self, const void *arg)
{
    static const uint8_t record[] = { TROTH_NMF_PREAMBLE_END };
    troth_nettcp *s = self;
    size_t used;
    troth_order_msg order = { .kind = TROTH_ORDER_DATA, .data = { record, sizeof record } };
    (void)arg;
    return s->inner->ops->submit(s->inner, &order, 0, &used);
}

troth_status troth_nettcp_open(void *self, const void *arg)
{
    troth_nettcp *s = self;
    (void)arg;
    s->established = true;
    return TROTH_OK;
}

troth_status troth_nettcp_peer_fault(void *self, const void *arg)
{
    troth_nettcp *s = self;
    const troth_nettcp_record *r = arg;
    troth_nmf_fault f =
        r->size == r->len ? troth_nmf_fault_of((troth_bytes){ r->data, r->len }) : TROTH_NMF_FAULT_COUNT;
    s->inner->ops->close(s->inner, TROTH_OK);
    troth_nettcp_end(s, TROTH_PEER_REFUSED, troth_nmf_fault_where(f));
    return TROTH_OK;
}

troth_status troth_nettcp_bad_answer(void *self, const void *arg)
{
    troth_nettcp *s = self;
    const troth_status *why = arg;
    s->inner->ops->close(s->inner, TROTH_OK);
    troth_nettcp_end(s, *why, "MC-NMF 3.1.4.1");
    return TROTH_OK;
}

troth_status troth_nettcp_bad_own(void *self, const void *arg)
{
    troth_nettcp *s = self;
    (void)arg;
    s->inner->ops->close(s->inner, TROTH_OK);
    troth_nettcp_end(s, TROTH_MALFORMED, "MC-NMF 2.2.6, the owner's preamble");
    return TROTH_OK;
}

/* ---- both ---- */

troth_status troth_nettcp_inner_closed(void *self, const void *arg)
{
    troth_nettcp *s = self;
    const troth_error *why = arg;
    if (!s->error.code)
        s->error = *why;
    troth_nettcp_end(s, why->code, why->where);
    return TROTH_OK;
}

troth_status troth_nettcp_lost(void *self, const void *arg)
{
    troth_nettcp *s = self;
    (void)arg;
    bool between = troth_nmf_reader_between(&s->reader);
    s->inner->ops->close(s->inner, TROTH_OK);
    troth_nettcp_end(s, between ? TROTH_CLOSED : TROTH_TRUNCATED, "MC-NMF 3.1.7.1");
    return TROTH_OK;
}

troth_status troth_nettcp_close(void *self, const void *arg)
{
    troth_nettcp *s = self;
    const troth_status *reason = arg;
    s->inner->ops->close(s->inner, *reason); /* with a HandshakeError, where one can still be read */
    const troth_error *why = s->inner->ops->error(s->inner);
    if (why->code && !s->error.code)
        s->error = *why;
    troth_nettcp_end(s, *reason, s->role == TROTH_INITIATOR ? "MC-NMF 3.2.4.6" : "MC-NMF 3.3.4.6");
    return TROTH_OK;
}

void troth_nettcp_refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    troth_nettcp *s = self;
    (void)arg;
    bool record = event >= TROTH_NETTCP_ON_VERSION && event <= TROTH_NETTCP_ON_OTHER_RECORD;
    if (record && event != TROTH_NETTCP_ON_FAULT && s->role == TROTH_ACCEPTOR) {
        (void)fault(s, TROTH_NMF_FAULT_INVALID_RECORD_SEQUENCE, why);
        return;
    }
    s->inner->ops->close(s->inner, TROTH_OK);
    troth_nettcp_end(s, why, "MC-NMF 3.1.4.2");
}
