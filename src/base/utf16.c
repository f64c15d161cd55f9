#include <base/utf16.h>
#include <string.h>

enum { BAD = 0xffffffff };

/* One code point of UTF-8, as table 3-7 of the Unicode standard allows it; BAD fails the reader. */
static uint32_t next8(troth_reader *r)
{
    uint32_t c = troth_read_u8(r);
    if (r->st || c < 0x80)
        return r->st ? BAD : c;
    unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    uint32_t least = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;
    if (c < 0xc2 || c > 0xf4)
        troth_read_fail(r, TROTH_MALFORMED);
    c &= 0x3fu >> more;
    for (unsigned i = 0; i < more; i++) {
        uint32_t next = troth_read_u8(r);
        if (r->st || (next & 0xc0) != 0x80) {
            troth_read_fail(r, TROTH_MALFORMED);
            return BAD;
        }
        c = c << 6 | (next & 0x3f);
    }
    if (c < least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        troth_read_fail(r, TROTH_MALFORMED);
    return r->st ? BAD : c;
}

/* One code point of UTF-16LE. */
static uint32_t next16(troth_reader *r)
{
    uint32_t c = troth_read_u16(r);
    if (r->st || c < 0xd800 || c >= 0xe000)
        return r->st ? BAD : c;
    uint32_t low = c < 0xdc00 ? troth_read_u16(r) : 0;
    if (r->st || low < 0xdc00 || low >= 0xe000) {
        troth_read_fail(r, TROTH_MALFORMED);
        return BAD;
    }
    return 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
}

static void put_unit(troth_writer *w, uint32_t unit)
{
    uint8_t le[2] = { (uint8_t)unit, (uint8_t)(unit >> 8) };
    troth_write_bytes(w, le, 2);
}

static void put16(troth_writer *w, uint32_t c)
{
    if (c >= 0x10000) {
        put_unit(w, 0xd800 + ((c - 0x10000) >> 10));
        c = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
    put_unit(w, c);
}

static void put8(troth_writer *w, uint32_t c)
{
    unsigned more = c >= 0x10000 ? 3 : c >= 0x800 ? 2 : c >= 0x80 ? 1 : 0;
    static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    troth_write_u8(w, (uint8_t)(lead[more] | c >> 6 * more));
    while (more--)
        troth_write_u8(w, (uint8_t)(0x80 | (c >> 6 * more & 0x3f)));
}

static void write16(troth_writer *w, troth_bytes utf8, bool upper)
{
    troth_reader r = troth_reader_of(utf8.data, utf8.len, TROTH_LE);
    while (!w->st && troth_read_left(&r)) {
        uint32_t c = next8(&r);
        if (r.st)
            troth_write_fail(w, TROTH_MALFORMED);
        else
            put16(w, upper ? troth_utf_upper(c) : c);
    }
}

void troth_utf16_write(troth_writer *w, troth_bytes utf8)
{
    write16(w, utf8, false);
}

void troth_utf16_write_upper(troth_writer *w, troth_bytes utf8)
{
    write16(w, utf8, true);
}

void troth_utf8_write(troth_writer *w, troth_bytes utf16)
{
    troth_reader r = troth_reader_of(utf16.data, utf16.len, TROTH_LE);
    while (!w->st && troth_read_left(&r)) {
        uint32_t c = next16(&r);
        if (r.st)
            troth_write_fail(w, TROTH_MALFORMED);
        else
            put8(w, c);
    }
}

troth_status troth_utf16_of(const troth_env *env, const char *utf8, size_t max, troth_block *ret)
{
    troth_writer w = troth_writer_growing(env, max, TROTH_LE);
    troth_utf16_write(&w, (troth_bytes){ (const uint8_t *)utf8, strlen(utf8) });
    return troth_writer_take(&w, ret);
}

troth_status troth_utf8_of(const troth_env *env, troth_bytes utf16, size_t max, char **ret)
{
    troth_writer w = troth_writer_growing(env, max, TROTH_LE);
    troth_block b;
    troth_utf8_write(&w, utf16);
    if (!w.st && w.len && memchr(w.base, 0, w.len))
        troth_write_fail(&w, TROTH_MALFORMED);
    troth_write_u8(&w, 0);
    troth_status st = troth_writer_take(&w, &b);
    if (!st)
        *ret = (char *)b.data;
    return st;
}

bool troth_utf8_same(const char *a, const char *b)
{
    troth_reader x = troth_reader_of(a, strlen(a), TROTH_LE), y = troth_reader_of(b, strlen(b), TROTH_LE);
    while (troth_read_left(&x) && troth_read_left(&y))
        if (troth_utf_upper(next8(&x)) != troth_utf_upper(next8(&y)) || x.st || y.st)
            return false;
    return !x.st && !y.st && !troth_read_left(&x) && !troth_read_left(&y);
}
