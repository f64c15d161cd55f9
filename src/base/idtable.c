#include <base/idtable.h>
#include <base/siphash.h>
#include <string.h>

/* uthash takes its memory from the table `t` of the function it is used in, and a failed add leaves all as it was. */
#define HASH_NONFATAL_OOM         1
#define uthash_malloc(n)          troth_mem_new(t->env, n)
#define uthash_free(p, n)         troth_mem_free(t->env, p, n)
#define uthash_nonfatal_oom(what) ((void)(what))
#include <uthash.h>

enum { MAX_ID = 65535 };

struct troth_id_entry {
    UT_hash_handle hh;
    void *value;
    size_t len;
    uint8_t id[];
};

static unsigned hash(const troth_idtable *t, troth_bytes id)
{
    uint64_t h = troth_siphash(t->key, id.data, id.len);
    return (unsigned)(h ^ h >> 32);
}

static troth_id_entry *find(const troth_idtable *t, troth_bytes id, unsigned h)
{
    static const uint8_t empty[1];
    troth_id_entry *e = NULL;
    const void *p = id.data ? id.data : empty;
    if (id.len <= MAX_ID)
        HASH_FIND_BYHASHVALUE(hh, t->head, p, (unsigned)id.len, h, e);
    return e;
}

static void release(const troth_idtable *t, troth_id_entry *e)
{
    troth_mem_free(t->env, e, sizeof *e + e->len);
}

troth_status troth_idtable_init(troth_idtable *t, const troth_env *env, size_t cap)
{
    *t = (troth_idtable){ .env = env, .cap = cap };
    return env->random(env->self, t->key, sizeof t->key);
}

void troth_idtable_clear(troth_idtable *t)
{
    troth_id_entry *e, *next;
    HASH_ITER(hh, t->head, e, next)
    {
        HASH_DELETE(hh, t->head, e);
        release(t, e);
    }
}

size_t troth_idtable_len(const troth_idtable *t)
{
    return HASH_CNT(hh, t->head);
}

troth_status troth_idtable_add(troth_idtable *t, troth_bytes id, void *value)
{
    unsigned h = hash(t, id);
    if (!value || id.len > MAX_ID || find(t, id, h))
        return TROTH_INVALID;
    if (troth_idtable_len(t) >= t->cap)
        return TROTH_LIMIT;
    troth_id_entry *e = troth_mem_new(t->env, sizeof *e + id.len);
    if (!e)
        return TROTH_NO_MEMORY;
    e->value = value;
    e->len = id.len;
    if (id.len)
        memcpy(e->id, id.data, id.len);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, t->head, e->id, (unsigned)id.len, h, e);
    if (e->hh.tbl)
        return TROTH_OK;
    release(t, e); /* no memory for the buckets: uthash has taken it back out */
    return TROTH_NO_MEMORY;
}

void *troth_idtable_find(const troth_idtable *t, troth_bytes id)
{
    troth_id_entry *e = find(t, id, hash(t, id));
    return e ? e->value : NULL;
}

void *troth_idtable_remove(troth_idtable *t, troth_bytes id)
{
    troth_id_entry *e = find(t, id, hash(t, id));
    if (!e)
        return NULL;
    void *value = e->value;
    HASH_DELETE(hh, t->head, e);
    release(t, e);
    return value;
}

/* A number's id is its octets as they lie in memory: it never leaves this process. */
static troth_bytes octets(const uint64_t *id)
{
    return (troth_bytes){ (const uint8_t *)id, sizeof *id };
}

troth_status troth_idtable_add_number(troth_idtable *t, uint64_t id, void *value)
{
    return troth_idtable_add(t, octets(&id), value);
}

void *troth_idtable_find_number(const troth_idtable *t, uint64_t id)
{
    return troth_idtable_find(t, octets(&id));
}

void *troth_idtable_remove_number(troth_idtable *t, uint64_t id)
{
    return troth_idtable_remove(t, octets(&id));
}

void troth_idtable_each(troth_idtable *t, bool (*fn)(void *self, troth_bytes id, void *value), void *self)
{
    troth_id_entry *e, *next;
    HASH_ITER(hh, t->head, e, next)
    {
        if (!fn(self, (troth_bytes){ e->id, e->len }, e->value))
            return;
    }
}
