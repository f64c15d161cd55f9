#include <troth/nmf.h>

enum { TYPE, SIZE, PAYLOAD, CHUNK_SIZE };

static uint32_t limit_or(uint32_t given, uint32_t usual)
{
    return given ? given : usual;
}

void troth_nmf_reader_init(troth_nmf_reader *r, const troth_nmf_limits *limits)
{
    static const troth_nmf_limits none;
    const troth_nmf_limits *l = limits ? limits : &none;
    *r = (troth_nmf_reader){ .state = TYPE };
    r->limits = (troth_nmf_limits){
        .via = limit_or(l->via, 2048),
        .content_type = limit_or(l->content_type, 256),
        .upgrade = limit_or(l->upgrade, 256),
        .fault = limit_or(l->fault, 256),
        .envelope = limit_or(l->envelope, 0x7fffffff),
        .chunk = limit_or(l->chunk, 0x7fffffff),
    };
}

troth_nmf_type troth_nmf_reader_type(const troth_nmf_reader *r)
{
    return (troth_nmf_type)r->type;
}

bool troth_nmf_reader_between(const troth_nmf_reader *r)
{
    return r->state == TYPE && !r->st;
}

/* Octets of payload of the records whose size is not written. */
static uint32_t fixed_size(uint8_t type)
{
    switch (type) {
    case TROTH_NMF_VERSION:
        return 2;
    case TROTH_NMF_MODE:
    case TROTH_NMF_KNOWN_ENCODING:
        return 1;
    default:
        return 0;
    }
}

static uint32_t limit_of(const troth_nmf_reader *r)
{
    switch (r->type) {
    case TROTH_NMF_VIA:
        return r->limits.via;
    case TROTH_NMF_EXTENSIBLE_ENCODING:
        return r->limits.content_type;
    case TROTH_NMF_UPGRADE_REQUEST:
        return r->limits.upgrade;
    case TROTH_NMF_FAULT:
        return r->limits.fault;
    case TROTH_NMF_UNSIZED_ENVELOPE:
        return r->limits.chunk;
    default:
        return r->limits.envelope;
    }
}

static bool is_sized(uint8_t type)
{
    switch (type) {
    case TROTH_NMF_VIA:
    case TROTH_NMF_EXTENSIBLE_ENCODING:
    case TROTH_NMF_UNSIZED_ENVELOPE:
    case TROTH_NMF_SIZED_ENVELOPE:
    case TROTH_NMF_FAULT:
    case TROTH_NMF_UPGRADE_REQUEST:
        return true;
    default:
        return false;
    }
}

static troth_status take_type(troth_nmf_reader *r, uint8_t octet)
{
    r->type = octet;
    if (octet > TROTH_NMF_PREAMBLE_END)
        return TROTH_MALFORMED;
    r->first = true;
    r->chunks = r->chunk = false;
    r->size = r->left = 0;
    r->shift = 0;
    if (is_sized(octet)) {
        r->state = octet == TROTH_NMF_UNSIZED_ENVELOPE ? CHUNK_SIZE : SIZE;
    } else {
        r->size = r->left = fixed_size(octet);
        r->state = PAYLOAD;
    }
    return TROTH_OK;
}

/* Seven bits an octet, the lowest first; the fifth octet holds three more at most. [MC-NMF 2.2.2, 3.1.1.2] */
static troth_status take_size(troth_nmf_reader *r, uint8_t octet)
{
    if (r->shift == 28 && octet > 0x07)
        return TROTH_MALFORMED;
    r->size |= (uint32_t)(octet & 0x7f) << r->shift;
    if (octet & 0x80) {
        r->shift = (uint8_t)(r->shift + 7);
        return TROTH_OK;
    }
    bool terminator = r->state == CHUNK_SIZE && !octet && !r->shift && r->chunks;
    if (!octet && !terminator) /* a size of 0, or an octet that says nothing */
        return TROTH_MALFORMED;
    if (r->size > limit_of(r))
        return TROTH_LIMIT;
    r->left = r->size;
    r->chunk = r->state == CHUNK_SIZE && !terminator;
    r->chunks = r->chunks || r->chunk;
    r->state = PAYLOAD;
    return TROTH_OK;
}

static size_t take_payload(troth_nmf_reader *r, const uint8_t *bytes, size_t n, troth_nmf_piece *ret)
{
    size_t part = n < r->left ? n : r->left;
    bool chunked = r->type == TROTH_NMF_UNSIZED_ENVELOPE;
    *ret = (troth_nmf_piece){
        .type = (troth_nmf_type)r->type, .size = r->size, .data = { bytes, part }, .first = r->first, .chunk = r->chunk
    };
    r->first = r->chunk = false;
    r->left -= (uint32_t)part;
    if (r->left)
        return part;
    ret->last = !chunked || !r->size;
    r->state = ret->last ? TYPE : CHUNK_SIZE;
    if (!ret->last) {
        r->size = 0;
        r->shift = 0;
    }
    return part;
}

troth_status troth_nmf_read(troth_nmf_reader *r, const uint8_t *bytes, size_t n, size_t *ret_used, troth_nmf_piece *ret)
{
    size_t used = 0;
    while (!r->st) {
        if (r->state == PAYLOAD && (used < n || !r->left)) {
            used += take_payload(r, bytes + used, n - used, ret);
            break;
        }
        if (used == n) {
            *ret_used = used;
            return TROTH_AGAIN;
        }
        uint8_t octet = bytes[used++];
        r->st = r->state == TYPE ? take_type(r, octet) : take_size(r, octet);
    }
    *ret_used = used;
    return r->st;
}

size_t troth_nmf_size(uint32_t size, uint8_t ret[TROTH_NMF_HEAD_MAX])
{
    size_t n = 0;
    for (; size > 0x7f; size >>= 7)
        ret[n++] = (uint8_t)(size | 0x80);
    ret[n++] = (uint8_t)size;
    return n;
}

size_t troth_nmf_head(troth_nmf_type type, uint32_t size, uint8_t ret[TROTH_NMF_HEAD_MAX])
{
    ret[0] = (uint8_t)type;
    if (!is_sized(ret[0]))
        return 1;
    uint8_t digits[TROTH_NMF_HEAD_MAX];
    size_t n = troth_nmf_size(size, digits);
    for (size_t i = 0; i < n; i++)
        ret[1 + i] = digits[i];
    return 1 + n;
}
