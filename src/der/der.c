#include <der/der.h>

uint8_t troth_der_peek(const troth_reader *r)
{
    return troth_read_left(r) ? *r->at : 0;
}

/* Read a length. [X.690 8.1.3, 10.1] */
static size_t read_length(troth_reader *r)
{
    uint8_t first = troth_read_u8(r);
    if (r->st || first < 0x80)
        return first;
    size_t width = first & 0x7f;
    if (!width || width > 4) { /* 0x80 is the indefinite form */
        troth_read_fail(r, TROTH_MALFORMED);
        return 0;
    }
    size_t len = 0;
    for (size_t i = 0; i < width; i++)
        len = len << 8 | troth_read_u8(r);
    if (!r->st && (len < 0x80 || len >> 8 * (width - 1) == 0)) /* a shorter form would have done */
        troth_read_fail(r, TROTH_MALFORMED);
    return r->st ? 0 : len;
}

/* Take tag and contents. */
static troth_reader element(troth_reader *r, uint8_t *ret_tag)
{
    uint8_t tag = troth_read_u8(r);
    if (!r->st && ((tag & 0x1f) == 0x1f || !tag)) /* high tag numbers and end-of-contents: nothing we read has them */
        troth_read_fail(r, TROTH_MALFORMED);
    size_t len = read_length(r);
    *ret_tag = tag;
    return troth_read_sub(r, r->st ? 0 : len);
}

troth_reader troth_der_open(troth_reader *r, uint8_t tag)
{
    uint8_t found;
    troth_reader child = element(r, &found);
    if (!r->st && found != tag) {
        troth_read_fail(r, TROTH_MALFORMED);
        troth_read_fail(&child, TROTH_MALFORMED);
    }
    return child;
}

troth_reader troth_der_open_explicit(troth_reader *r, uint8_t outer, uint8_t inner)
{
    troth_reader holder = troth_der_open(r, outer);
    troth_reader child = troth_der_open(&holder, inner);
    troth_status st = troth_read_end(&holder);
    if (st) {
        troth_read_fail(r, st);
        troth_read_fail(&child, st);
    }
    return child;
}

static troth_bytes contents(troth_reader child)
{
    troth_bytes b = troth_read_rest(&child);
    return child.st ? (troth_bytes){ NULL, 0 } : b;
}

troth_bytes troth_der_read_bytes(troth_reader *r, uint8_t tag)
{
    return contents(troth_der_open(r, tag));
}

troth_bytes troth_der_read_explicit(troth_reader *r, uint8_t outer, uint8_t inner)
{
    return contents(troth_der_open_explicit(r, outer, inner));
}

void troth_der_skip(troth_reader *r)
{
    uint8_t tag;
    (void)element(r, &tag);
}

/* Octets that the length itself takes. */
static size_t length_size(size_t len)
{
    size_t n = 1;
    if (len >= 0x80)
        for (size_t rest = len; rest; rest >>= 8)
            n++;
    return n;
}

size_t troth_der_size(size_t len)
{
    return 1 + length_size(len) + len;
}

void troth_der_write_head(troth_writer *w, uint8_t tag, size_t len)
{
    if (len > UINT32_MAX) {
        troth_write_fail(w, TROTH_LIMIT);
        return;
    }
    troth_write_u8(w, tag);
    size_t width = length_size(len) - 1;
    if (!width)
        troth_write_u8(w, (uint8_t)len);
    else
        troth_write_u8(w, (uint8_t)(0x80 | width));
    while (width--)
        troth_write_u8(w, (uint8_t)(len >> 8 * width));
}

void troth_der_write_bytes(troth_writer *w, uint8_t tag, troth_bytes b)
{
    troth_der_write_head(w, tag, b.len);
    troth_write_bytes(w, b.data, b.len);
}
