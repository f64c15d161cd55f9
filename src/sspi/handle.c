#include <base/siphash.h>
#include <sspi/handle.h>
#include <string.h>

_Static_assert(sizeof(ULONG_PTR) == 8, "a handle holds kind, slot and generation in its lower half");

enum { INDEX_BITS = 24, KIND_SHIFT = 60, FIRST_SLOTS = 64 };
#define NO_SLOT UINT32_MAX

static uint64_t lower_of(troth_sspi_kind kind, uint32_t index, uint32_t generation)
{
    return (uint64_t)kind << KIND_SHIFT | (uint64_t)generation << INDEX_BITS | index;
}

static uint64_t upper_of(const troth_sspi_handles *h, uint64_t lower)
{
    return troth_siphash(h->key, &lower, sizeof lower);
}

troth_status troth_sspi_handles_init(troth_sspi_handles *h, const troth_env *env, uint32_t max)
{
    *h = (troth_sspi_handles){ .env = env, .first_free = NO_SLOT };
    h->max = max < 1u << INDEX_BITS ? max : 1u << INDEX_BITS;
    troth_status st = env->random(env->self, h->key, sizeof h->key);
    return st ? st : troth_mutex_init(&h->lock);
}

void troth_sspi_handles_clear(troth_sspi_handles *h)
{
    for (uint32_t i = 0; i < h->n; i++)
        troth_sspi_object_release(h->slots[i].object);
    troth_mem_free(h->env, h->slots, h->cap * sizeof *h->slots);
    troth_mutex_clear(&h->lock);
    *h = (troth_sspi_handles){ 0 };
}

static troth_status more_slots(troth_sspi_handles *h)
{
    uint32_t cap = h->cap ? h->cap * 2 : FIRST_SLOTS;
    if (cap > h->max)
        cap = h->max;
    if (h->n >= cap)
        return TROTH_LIMIT;
    troth_sspi_slot *slots = troth_mem_grow(h->env, h->slots, h->cap * sizeof *slots, cap * sizeof *slots);
    if (!slots)
        return TROTH_NO_MEMORY;
    h->slots = slots;
    h->cap = cap;
    return TROTH_OK;
}

/* A free slot, in front of all others one that was used before. */
static troth_status take_slot(troth_sspi_handles *h, uint32_t *ret)
{
    if (h->first_free != NO_SLOT) {
        *ret = h->first_free;
        h->first_free = h->slots[*ret].next_free;
        return TROTH_OK;
    }
    troth_status st = h->n < h->cap ? TROTH_OK : more_slots(h);
    if (st)
        return st;
    *ret = h->n++;
    h->slots[*ret] = (troth_sspi_slot){ .generation = 1 };
    return TROTH_OK;
}

troth_status troth_sspi_handle_new(troth_sspi_handles *h, troth_sspi_kind kind, troth_sspi_object *object,
                                   SecHandle *ret)
{
    uint32_t i;
    troth_mutex_lock(&h->lock);
    troth_status st = take_slot(h, &i);
    if (!st) {
        h->slots[i].object = object;
        h->slots[i].kind = kind;
        ret->dwLower = lower_of(kind, i, h->slots[i].generation);
        ret->dwUpper = upper_of(h, ret->dwLower);
    }
    troth_mutex_unlock(&h->lock);
    return st;
}

/* Under the lock. The hash comes first: what it does not vouch for is not looked at. */
static troth_sspi_lookup look(const troth_sspi_handles *h, troth_sspi_kind kind, const SecHandle *handle,
                              troth_sspi_slot **ret)
{
    uint64_t lower = handle->dwLower, upper = handle->dwUpper, should = upper_of(h, lower);
    uint32_t index = lower & ((1u << INDEX_BITS) - 1), generation = (uint32_t)(lower >> INDEX_BITS);
    if (!troth_ct_equal(&upper, &should, sizeof upper) || lower >> KIND_SHIFT != kind || index >= h->n)
        return TROTH_SSPI_FOREIGN;
    troth_sspi_slot *s = &h->slots[index];
    if (!s->object || s->generation != generation)
        return TROTH_SSPI_STALE;
    *ret = s;
    return TROTH_SSPI_LIVE;
}

troth_sspi_lookup troth_sspi_handle_find(troth_sspi_handles *h, troth_sspi_kind kind, const SecHandle *handle,
                                         troth_sspi_object **ret)
{
    troth_sspi_slot *s;
    if (!handle)
        return TROTH_SSPI_FOREIGN;
    troth_mutex_lock(&h->lock);
    troth_sspi_lookup found = look(h, kind, handle, &s);
    if (found == TROTH_SSPI_LIVE)
        *ret = troth_sspi_object_ref(s->object);
    troth_mutex_unlock(&h->lock);
    return found;
}

/* Take an object out of its slot, so that no handle leads there any more. */
static troth_sspi_object *empty(troth_sspi_handles *h, troth_sspi_slot *s)
{
    troth_sspi_object *object = s->object;
    s->object = NULL;
    if (s->generation != UINT32_MAX) { /* a slot whose generations are used up rests for good */
        s->generation++;
        s->next_free = h->first_free;
        h->first_free = (uint32_t)(s - h->slots);
    }
    return object;
}

void troth_sspi_handles_sweep(troth_sspi_handles *h, troth_sspi_kind kind, bool (*gone)(const troth_sspi_object *))
{
    for (uint32_t i = 0;; i++) {
        troth_sspi_object *object = NULL;
        troth_mutex_lock(&h->lock);
        while (i < h->n && !(h->slots[i].object && h->slots[i].kind == kind && gone(h->slots[i].object)))
            i++;
        bool end = i >= h->n;
        if (!end)
            object = empty(h, &h->slots[i]);
        troth_mutex_unlock(&h->lock);
        troth_sspi_object_release(object);
        if (end)
            return;
    }
}

troth_sspi_lookup troth_sspi_handle_delete(troth_sspi_handles *h, troth_sspi_kind kind, const SecHandle *handle)
{
    troth_sspi_slot *s;
    troth_sspi_object *object = NULL;
    if (!handle)
        return TROTH_SSPI_FOREIGN;
    troth_mutex_lock(&h->lock);
    troth_sspi_lookup found = look(h, kind, handle, &s);
    if (found == TROTH_SSPI_LIVE) {
        object = empty(h, s);
    }
    troth_mutex_unlock(&h->lock);
    troth_sspi_object_release(object); /* outside of the lock: destroying may take a while */
    return found;
}

void troth_sspi_object_init(troth_sspi_object *o, void (*destroy)(troth_sspi_object *))
{
    atomic_init(&o->refs, 1);
    o->destroy = destroy;
}

troth_sspi_object *troth_sspi_object_ref(troth_sspi_object *o)
{
    atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
    return o;
}

void troth_sspi_object_release(troth_sspi_object *o)
{
    if (o && atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) == 1)
        o->destroy(o);
}
