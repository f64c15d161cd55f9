#include <base/queue.h>
#include <string.h>

void troth_queue_init(troth_queue *q, const troth_env *env, size_t max)
{
    *q = (troth_queue){ .max = max, .env = env };
}

void troth_queue_clear(troth_queue *q)
{
    troth_mem_free(q->env, q->base, q->cap);
    q->base = NULL;
    q->head = q->tail = q->cap = 0;
}

size_t troth_queue_len(const troth_queue *q)
{
    return q->tail - q->head;
}

size_t troth_queue_space(const troth_queue *q)
{
    return q->max - troth_queue_len(q);
}

uint8_t *troth_queue_at(troth_queue *q)
{
    return q->base ? q->base + q->head : NULL;
}

uint8_t *troth_queue_room(troth_queue *q, size_t n)
{
    size_t len = troth_queue_len(q);
    if (n > q->max - len)
        return NULL;
    if (q->cap - q->tail >= n && q->base)
        return q->base + q->tail;
    if (q->base && q->cap - len >= n && (q->head >= q->cap / 2 || q->cap == q->max)) {
        memmove(q->base, q->base + q->head, len); /* half is free in front, or there is no more: close the gap */
        q->head = 0;
        q->tail = len;
        return q->base + q->tail;
    }
    size_t cap = q->cap < 128 ? 128 : q->cap;
    do /* at least once, so that moving is rare */
        cap = cap > q->max / 2 ? q->max : cap * 2;
    while (cap < len + n);
    uint8_t *p = troth_mem_new(q->env, cap);
    if (!p)
        return NULL;
    if (len)
        memcpy(p, q->base + q->head, len);
    troth_mem_free(q->env, q->base, q->cap);
    *q = (troth_queue){ p, 0, len, cap, q->max, q->env };
    return p + len;
}

void troth_queue_wrote(troth_queue *q, size_t n)
{
    q->tail += n;
}

troth_status troth_queue_put(troth_queue *q, const void *p, size_t n)
{
    if (n > troth_queue_space(q))
        return TROTH_LIMIT;
    if (!n)
        return TROTH_OK;
    uint8_t *at = troth_queue_room(q, n);
    if (!at)
        return TROTH_NO_MEMORY;
    memcpy(at, p, n);
    troth_queue_wrote(q, n);
    return TROTH_OK;
}

void troth_queue_drop(troth_queue *q, size_t n)
{
    q->head += n;
    if (q->head == q->tail)
        q->head = q->tail = 0;
}

void troth_queue_trim(troth_queue *q)
{
    if (q->head == q->tail)
        troth_queue_clear(q);
}
