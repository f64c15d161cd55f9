#include <base/mem.h>
#include <string.h>

void troth_wipe(void *p, size_t n)
{
    if (!n)
        return;
    memset(p, 0, n);
    __asm__ __volatile__("" : : "r"(p) : "memory"); /* the store is observable: it cannot be left out */
}

bool troth_ct_equal(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t diff = 0;
    for (size_t i = 0; i < n; i++)
        diff |= (uint8_t)(x[i] ^ y[i]);
    return diff == 0;
}

void *troth_mem_new(const troth_env *env, size_t n)
{
    void *p = env->alloc(env->self, n ? n : 1);
    if (p)
        memset(p, 0, n ? n : 1);
    return p;
}

void troth_mem_free(const troth_env *env, void *p, size_t n)
{
    if (!p)
        return;
    troth_wipe(p, n);
    env->release(env->self, p, n ? n : 1);
}

void *troth_mem_grow(const troth_env *env, void *p, size_t old, size_t n)
{
    void *q = n < old ? NULL : troth_mem_new(env, n);
    if (!q)
        return NULL;
    if (old)
        memcpy(q, p, old);
    troth_mem_free(env, p, old);
    return q;
}

troth_status troth_mem_keep(const troth_env *env, const void *p, size_t n, troth_block *ret)
{
    uint8_t *q = troth_mem_new(env, n);
    if (!q)
        return TROTH_NO_MEMORY;
    if (n)
        memcpy(q, p, n);
    ret->data = q;
    ret->len = n;
    return TROTH_OK;
}

troth_status troth_mem_keep_str(const troth_env *env, const char *s, char **ret)
{
    if (!s) {
        *ret = NULL;
        return TROTH_OK;
    }
    troth_block b;
    troth_status st = troth_mem_keep(env, s, strlen(s) + 1, &b);
    if (!st)
        *ret = (char *)b.data;
    return st;
}

void troth_mem_free_str(const troth_env *env, char *s)
{
    if (s)
        troth_mem_free(env, s, strlen(s) + 1);
}

void troth_mem_drop(const troth_env *env, troth_block *b)
{
    troth_mem_free(env, b->data, b->len);
    b->data = NULL;
    b->len = 0;
}
