#include <csiv2/base64.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void troth_base64_write(troth_writer *w, troth_bytes octets)
{
    uint32_t held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < octets.len; i++) {
        held = held << 8 | octets.data[i];
        for (bits += 8; bits >= 6; bits -= 6)
            troth_write_u8(w, (uint8_t)digits[held >> (bits - 6) & 63]);
    }
    if (bits)
        troth_write_u8(w, (uint8_t)digits[held << (6 - bits) & 63]);
}

static int value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

troth_status troth_base64_read(troth_bytes text, uint8_t *out, size_t cap, size_t *ret_len)
{
    uint32_t held = 0;
    unsigned bits = 0;
    size_t n = 0;
    if (text.len % 4 == 1)
        return TROTH_MALFORMED;
    for (size_t i = 0; i < text.len; i++) {
        int v = value(text.data[i]);
        if (v < 0)
            return TROTH_MALFORMED;
        held = held << 6 | (uint32_t)v;
        bits += 6;
        if (bits < 8)
            continue;
        if (n == cap)
            return TROTH_LIMIT;
        bits -= 8;
        out[n++] = (uint8_t)(held >> bits);
    }
    if (held & ((1u << bits) - 1)) /* one text for one value */
        return TROTH_MALFORMED;
    *ret_len = n;
    return TROTH_OK;
}
