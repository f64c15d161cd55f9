#include <base/reader.h>

troth_reader troth_reader_of(const void *p, size_t n, troth_order order)
{
    static const uint8_t nothing[1];
    const uint8_t *at = p ? p : nothing;
    return (troth_reader){ at, at + (p ? n : 0), order, TROTH_OK };
}

size_t troth_read_left(const troth_reader *r)
{
    return r->st ? 0 : (size_t)(r->end - r->at);
}

const uint8_t *troth_read_bytes(troth_reader *r, size_t n)
{
    if (!r->st && n > (size_t)(r->end - r->at))
        r->st = TROTH_TRUNCATED; /* the first failure sticks */
    if (r->st)
        return NULL;
    r->at += n;
    return r->at - n;
}

static uint64_t number(troth_reader *r, size_t width)
{
    const uint8_t *p = troth_read_bytes(r, width);
    uint64_t v = 0;
    for (size_t i = 0; p && i < width; i++)
        v = v << 8 | p[r->order == TROTH_BE ? i : width - 1 - i];
    return v;
}

uint8_t troth_read_u8(troth_reader *r)
{
    return (uint8_t)number(r, 1);
}

uint16_t troth_read_u16(troth_reader *r)
{
    return (uint16_t)number(r, 2);
}

uint32_t troth_read_u32(troth_reader *r)
{
    return (uint32_t)number(r, 4);
}

uint64_t troth_read_u64(troth_reader *r)
{
    return number(r, 8);
}

troth_bytes troth_read_rest(troth_reader *r)
{
    size_t n = troth_read_left(r);
    return (troth_bytes){ troth_read_bytes(r, n), n };
}

troth_reader troth_read_sub(troth_reader *r, size_t n)
{
    const uint8_t *p = troth_read_bytes(r, n);
    troth_reader child = troth_reader_of(p, n, r->order);
    child.st = r->st;
    return child;
}

troth_status troth_read_end(const troth_reader *r)
{
    if (r->st)
        return r->st;
    return r->at == r->end ? TROTH_OK : TROTH_MALFORMED;
}

void troth_read_fail(troth_reader *r, troth_status st)
{
    if (!r->st)
        r->st = st;
}
