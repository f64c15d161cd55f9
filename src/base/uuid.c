#include <base/uuid.h>
#include <string.h>

/* Which octet of the text stands at each place of the little-endian wire form; its own inverse. */
static const uint8_t little[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

static bool dash_at(size_t octet)
{
    return octet == 4 || octet == 6 || octet == 8 || octet == 10;
}

troth_uuid troth_uuid_read(troth_reader *r)
{
    troth_uuid u = { { 0 } };
    const uint8_t *p = troth_read_bytes(r, sizeof u.octets);
    for (size_t i = 0; p && i < sizeof u.octets; i++)
        u.octets[i] = p[r->order == TROTH_LE ? little[i] : i];
    return u;
}

void troth_uuid_write(troth_writer *w, const troth_uuid *u)
{
    uint8_t *p = troth_write_room(w, sizeof u->octets);
    for (size_t i = 0; p && i < sizeof u->octets; i++)
        p[i] = u->octets[w->order == TROTH_LE ? little[i] : i];
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

troth_status troth_uuid_parse(const char *text, troth_uuid *ret)
{
    troth_uuid u;
    for (size_t i = 0; i < sizeof u.octets; i++) {
        if (dash_at(i) && *text++ != '-')
            return TROTH_MALFORMED;
        int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]); /* a NUL is no digit: never past the end */
        if (low < 0)
            return TROTH_MALFORMED;
        u.octets[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text)
        return TROTH_MALFORMED;
    *ret = u;
    return TROTH_OK;
}

void troth_uuid_format(const troth_uuid *u, char ret[TROTH_UUID_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof u->octets; i++) {
        if (dash_at(i))
            *ret++ = '-';
        *ret++ = digits[u->octets[i] >> 4];
        *ret++ = digits[u->octets[i] & 15];
    }
    *ret = 0;
}

bool troth_uuid_equal(const troth_uuid *a, const troth_uuid *b)
{
    return !memcmp(a->octets, b->octets, sizeof a->octets);
}
