#include <string.h>
#include <troth/ior.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The prefix in any case [CORBA 13.6.10]. */
static const char *behind_prefix(const char *text)
{
    static const char prefix[] = "ior:";
    for (size_t i = 0; prefix[i]; i++, text++) {
        if (*text != prefix[i] && (i > 2 || *text != prefix[i] - 'a' + 'A'))
            return NULL;
    }
    return text;
}

troth_status troth_ior_unhex(const char *text, uint8_t *out, size_t cap, size_t *ret_len)
{
    while (blank(*text))
        text++;
    text = behind_prefix(text);
    if (!text)
        return TROTH_MALFORMED;
    size_t n = 0;
    for (; *text && !blank(*text); text += 2, n++) {
        int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);
        if (low < 0)
            return TROTH_MALFORMED;
        if (n == TROTH_IOR_OCTETS_MAX)
            return TROTH_LIMIT;
        if (n == cap)
            return TROTH_NO_SPACE;
        out[n] = (uint8_t)(high << 4 | low);
    }
    while (blank(*text))
        text++;
    if (*text || !n)
        return TROTH_MALFORMED;
    *ret_len = n;
    return TROTH_OK;
}

troth_status troth_ior_hex(troth_bytes octets, char *ret, size_t cap)
{
    static const char digits[] = "0123456789abcdef";
    if (cap < 5 || octets.len > (cap - 5) / 2)
        return TROTH_NO_SPACE;
    memcpy(ret, "IOR:", 4);
    char *at = ret + 4;
    for (size_t i = 0; i < octets.len; i++) {
        *at++ = digits[octets.data[i] >> 4];
        *at++ = digits[octets.data[i] & 15];
    }
    *at = 0;
    return TROTH_OK;
}
