#include <base/utf16.h>
#include <sspi/text.h>
#include <string.h>

static size_t wide_length(const uint16_t *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n])
        n++;
    return n;
}

troth_status troth_sspi_text_in(const troth_env *env, const void *s, bool wide, char **ret)
{
    if (!s) {
        *ret = NULL;
        return TROTH_OK;
    }
    size_t n = wide ? wide_length(s, TROTH_SSPI_TEXT_MAX) : strnlen(s, TROTH_SSPI_TEXT_MAX);
    return n == TROTH_SSPI_TEXT_MAX ? TROTH_LIMIT : troth_sspi_text_in_n(env, s, n, wide, ret);
}

troth_status troth_sspi_text_in_n(const troth_env *env, const void *s, size_t n, bool wide, char **ret)
{
    if (!s || !n)
        return troth_mem_keep_str(env, "", ret);
    if (n >= TROTH_SSPI_TEXT_MAX)
        return TROTH_LIMIT;
    if (wide) /* octets as they lie: little-endian, as all of UTF-16 in these interfaces */
        return troth_utf8_of(env, (troth_bytes){ s, n * 2 }, TROTH_SSPI_TEXT_MAX * 4, ret);
    if (memchr(s, 0, n))
        return TROTH_MALFORMED;
    char *copy = troth_mem_new(env, n + 1);
    if (!copy)
        return TROTH_NO_MEMORY;
    memcpy(copy, s, n);
    if (!troth_utf8_same(copy, copy)) { /* as strict as the wide form */
        troth_mem_free_str(env, copy);
        return TROTH_MALFORMED;
    }
    *ret = copy;
    return TROTH_OK;
}

/* UTF-16 units of a UTF-8 string: one for each character, one more for those of four octets. */
static size_t units(const char *utf8)
{
    size_t n = 0;
    for (; *utf8; utf8++)
        n += (size_t)((*utf8 & 0xc0) != 0x80) + ((*utf8 & 0xf8) == 0xf0);
    return n;
}

size_t troth_sspi_text_size(const char *utf8, bool wide)
{
    return wide ? (units(utf8) + 1) * 2 : strlen(utf8) + 1;
}

void troth_sspi_text_write(const char *utf8, bool wide, void *ret)
{
    size_t room = troth_sspi_text_size(utf8, wide);
    if (wide) {
        memset(ret, 0, room);
        troth_writer w = troth_writer_over(ret, room - 2, TROTH_LE);
        troth_utf16_write(&w, (troth_bytes){ (const uint8_t *)utf8, strlen(utf8) });
    } else {
        memcpy(ret, utf8, room);
    }
}

void *troth_sspi_text_out(troth_sspi_blocks *b, troth_sspi_block_kind kind, const char *utf8, bool wide)
{
    void *p = troth_sspi_block_new(b, kind, troth_sspi_text_size(utf8, wide));
    if (p)
        troth_sspi_text_write(utf8, wide, p);
    return p;
}
