#include <giop/cdr.h>
#include <string.h>

troth_cdr troth_cdr_of(troth_bytes octets, size_t at, troth_order order)
{
    troth_cdr c = { .r = troth_reader_of(octets.data, octets.len, order) };
    c.origin = c.r.at;
    (void)troth_read_bytes(&c.r, at);
    return c;
}

troth_cdr troth_cdr_encapsulation(troth_bytes octets)
{
    troth_cdr c = troth_cdr_of(octets, 0, TROTH_BE);
    bool little = troth_cdr_bool(&c);
    c.r.order = little ? TROTH_LE : TROTH_BE;
    return c;
}

size_t troth_cdr_at(const troth_cdr *c)
{
    return (size_t)(c->r.at - c->origin);
}

static size_t gap(size_t at, size_t n)
{
    return (n - at % n) % n;
}

void troth_cdr_align(troth_cdr *c, size_t n)
{
    size_t skip = gap(troth_cdr_at(c), n);
    if (skip)
        (void)troth_read_bytes(&c->r, skip);
}

uint8_t troth_cdr_u8(troth_cdr *c)
{
    return troth_read_u8(&c->r);
}

uint16_t troth_cdr_u16(troth_cdr *c)
{
    troth_cdr_align(c, 2);
    return troth_read_u16(&c->r);
}

uint32_t troth_cdr_u32(troth_cdr *c)
{
    troth_cdr_align(c, 4);
    return troth_read_u32(&c->r);
}

uint64_t troth_cdr_u64(troth_cdr *c)
{
    troth_cdr_align(c, 8);
    return troth_read_u64(&c->r);
}

bool troth_cdr_bool(troth_cdr *c)
{
    uint8_t v = troth_read_u8(&c->r);
    if (v > 1)
        troth_read_fail(&c->r, TROTH_MALFORMED);
    return v == 1;
}

uint32_t troth_cdr_count(troth_cdr *c, size_t least, uint32_t max)
{
    uint32_t n = troth_cdr_u32(c);
    if (!c->r.st && n > troth_read_left(&c->r) / least)
        troth_read_fail(&c->r, TROTH_MALFORMED);
    if (!c->r.st && n > max)
        troth_read_fail(&c->r, TROTH_LIMIT);
    return c->r.st ? 0 : n;
}

troth_bytes troth_cdr_octets(troth_cdr *c)
{
    uint32_t n = troth_cdr_u32(c);
    const uint8_t *p = c->r.st ? NULL : troth_read_bytes(&c->r, n);
    return c->r.st ? (troth_bytes){ NULL, 0 } : (troth_bytes){ p, n };
}

troth_bytes troth_cdr_string(troth_cdr *c)
{
    troth_bytes s = troth_cdr_octets(c);
    if (!c->r.st && (!s.len || memchr(s.data, 0, s.len) != s.data + s.len - 1))
        troth_read_fail(&c->r, TROTH_MALFORMED);
    return c->r.st ? (troth_bytes){ NULL, 0 } : (troth_bytes){ s.data, s.len - 1 };
}

troth_status troth_cdr_end(const troth_cdr *c)
{
    return troth_read_end(&c->r);
}

troth_cdr_out troth_cdr_out_of(troth_writer *w)
{
    return (troth_cdr_out){ w, w->len };
}

troth_cdr_out troth_cdr_out_encapsulation(troth_writer *w)
{
    troth_cdr_out c = troth_cdr_out_of(w);
    troth_write_u8(w, w->order == TROTH_LE);
    return c;
}

void troth_cdr_put_align(troth_cdr_out *c, size_t n)
{
    troth_write_zeros(c->w, gap(c->w->len - c->origin, n));
}

void troth_cdr_put_u8(troth_cdr_out *c, uint8_t v)
{
    troth_write_u8(c->w, v);
}

void troth_cdr_put_u16(troth_cdr_out *c, uint16_t v)
{
    troth_cdr_put_align(c, 2);
    troth_write_u16(c->w, v);
}

void troth_cdr_put_u32(troth_cdr_out *c, uint32_t v)
{
    troth_cdr_put_align(c, 4);
    troth_write_u32(c->w, v);
}

void troth_cdr_put_u64(troth_cdr_out *c, uint64_t v)
{
    troth_cdr_put_align(c, 8);
    troth_write_u64(c->w, v);
}

/* A length that the wire can hold. */
static void put_length(troth_cdr_out *c, size_t n)
{
    if (n > UINT32_MAX)
        troth_write_fail(c->w, TROTH_LIMIT);
    troth_cdr_put_u32(c, (uint32_t)n);
}

void troth_cdr_put_octets(troth_cdr_out *c, troth_bytes octets)
{
    put_length(c, octets.len);
    troth_write_bytes(c->w, octets.data, octets.len);
}

void troth_cdr_put_string(troth_cdr_out *c, troth_bytes text)
{
    put_length(c, text.len + 1);
    troth_write_bytes(c->w, text.data, text.len);
    troth_write_u8(c->w, 0);
}

size_t troth_cdr_put_open(troth_cdr_out *c)
{
    troth_cdr_put_align(c, 4);
    return troth_write_hole32(c->w);
}

void troth_cdr_put_close(troth_cdr_out *c, size_t hole)
{
    if (c->w->st)
        return;
    size_t n = c->w->len - hole - 4;
    if (n > UINT32_MAX)
        troth_write_fail(c->w, TROTH_LIMIT);
    troth_write_patch32(c->w, hole, (uint32_t)n);
}
