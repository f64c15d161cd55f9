#include <base/writer.h>
#include <string.h>

troth_writer troth_writer_over(void *p, size_t cap, troth_order order)
{
    return (troth_writer){ .base = p, .cap = cap, .max = cap, .order = order };
}

troth_writer troth_writer_growing(const troth_env *env, size_t max, troth_order order)
{
    return (troth_writer){ .max = max, .env = env, .order = order };
}

void troth_writer_clear(troth_writer *w)
{
    if (w->env)
        troth_mem_free(w->env, w->base, w->cap);
    else
        troth_wipe(w->base, w->len);
    *w = (troth_writer){ .max = w->env ? w->max : 0, .env = w->env, .order = w->order };
}

void troth_writer_reset(troth_writer *w)
{
    w->len = 0;
    w->st = TROTH_OK;
}

troth_status troth_writer_take(troth_writer *w, troth_block *ret)
{
    troth_status st = w->st;
    if (!st && w->cap != w->len) /* exact, so that the block's length is its allocation */
        st = troth_mem_keep(w->env, w->base, w->len, ret);
    else if (!st)
        *ret = (troth_block){ w->base, w->len }, w->base = NULL, w->cap = 0;
    troth_writer_clear(w);
    return st;
}

static bool grow(troth_writer *w, size_t need)
{
    size_t cap = w->cap < 64 ? 64 : w->cap;
    while (cap < need)
        cap = cap > w->max / 2 ? w->max : cap * 2;
    if (cap > w->max)
        cap = w->max;
    uint8_t *p = troth_mem_grow(w->env, w->base, w->cap, cap);
    if (!p) {
        w->st = TROTH_NO_MEMORY;
        return false;
    }
    w->base = p;
    w->cap = cap;
    return true;
}

uint8_t *troth_write_room(troth_writer *w, size_t n)
{
    if (!w->st && n > w->max - w->len)
        w->st = w->env ? TROTH_LIMIT : TROTH_NO_SPACE;
    if (w->st || (n > w->cap - w->len && !grow(w, w->len + n)))
        return NULL;
    if (!w->base) /* nothing asked for, and nothing there */
        return NULL;
    w->len += n;
    return w->base + w->len - n;
}

void troth_write_bytes(troth_writer *w, const void *p, size_t n)
{
    uint8_t *at = n ? troth_write_room(w, n) : NULL;
    if (at)
        memcpy(at, p, n);
}

void troth_write_zeros(troth_writer *w, size_t n)
{
    uint8_t *at = n ? troth_write_room(w, n) : NULL;
    if (at)
        memset(at, 0, n);
}

static void put(uint8_t *at, troth_order order, uint64_t v, size_t width)
{
    for (size_t i = 0; i < width; i++)
        at[order == TROTH_LE ? i : width - 1 - i] = (uint8_t)(v >> 8 * i);
}

static void number(troth_writer *w, uint64_t v, size_t width)
{
    uint8_t *at = troth_write_room(w, width);
    if (at)
        put(at, w->order, v, width);
}

void troth_write_u8(troth_writer *w, uint8_t v)
{
    number(w, v, 1);
}

void troth_write_u16(troth_writer *w, uint16_t v)
{
    number(w, v, 2);
}

void troth_write_u32(troth_writer *w, uint32_t v)
{
    number(w, v, 4);
}

void troth_write_u64(troth_writer *w, uint64_t v)
{
    number(w, v, 8);
}

size_t troth_write_hole16(troth_writer *w)
{
    size_t hole = w->len;
    troth_write_zeros(w, 2);
    return hole;
}

size_t troth_write_hole32(troth_writer *w)
{
    size_t hole = w->len;
    troth_write_zeros(w, 4);
    return hole;
}

void troth_write_patch16(troth_writer *w, size_t hole, uint16_t v)
{
    if (!w->st)
        put(w->base + hole, w->order, v, 2);
}

void troth_write_patch32(troth_writer *w, size_t hole, uint32_t v)
{
    if (!w->st)
        put(w->base + hole, w->order, v, 4);
}

void troth_write_fail(troth_writer *w, troth_status st)
{
    if (!w->st)
        w->st = st;
}
