/* Requests in flight: open addressing, with entries moved up when one before them goes. */
#include <base/siphash.h>
#include <csiv2/iiop_requests.h>
#include <string.h>

enum { SLOTS_MIN = 8, SPARE_MAX = 65536 };

troth_status troth_iiop_requests_init(troth_iiop_requests *t, const troth_env *env, size_t max)
{
    *t = (troth_iiop_requests){ .env = env, .max = max };
    return env->random(env->self, t->key, sizeof t->key);
}

static void release_slots(troth_iiop_requests *t)
{
    troth_mem_free(t->env, t->slots, t->n_slots * sizeof *t->slots);
    t->slots = NULL;
    t->n_slots = 0;
}

void troth_iiop_requests_clear(troth_iiop_requests *t)
{
    for (size_t i = 0; i < t->n_slots; i++) {
        if (t->slots[i].used)
            troth_iiop_release(&t->slots[i].held, t->env, NULL);
    }
    if (t->slots)
        release_slots(t);
    t->len = t->cancelled = 0;
}

static size_t home(const troth_iiop_requests *t, uint32_t request_id)
{
    return (size_t)troth_siphash(t->key, &request_id, sizeof request_id) & (t->n_slots - 1);
}

/* Where the id is, or would go. There is always a free slot. */
static troth_iiop_request *place(const troth_iiop_requests *t, uint32_t request_id)
{
    size_t i = home(t, request_id);
    while (t->slots[i].used && t->slots[i].request_id != request_id)
        i = (i + 1) & (t->n_slots - 1);
    return &t->slots[i];
}

troth_iiop_request *troth_iiop_requests_find(const troth_iiop_requests *t, uint32_t request_id)
{
    troth_iiop_request *x = t->n_slots ? place(t, request_id) : NULL;
    return x && x->used ? x : NULL;
}

static troth_status grow(troth_iiop_requests *t)
{
    troth_iiop_requests wider = *t;
    wider.n_slots = t->n_slots ? t->n_slots * 2 : SLOTS_MIN;
    wider.slots = troth_mem_new(t->env, wider.n_slots * sizeof *wider.slots);
    if (!wider.slots)
        return TROTH_NO_MEMORY;
    for (size_t i = 0; i < t->n_slots; i++) {
        if (t->slots[i].used)
            *place(&wider, t->slots[i].request_id) = t->slots[i];
    }
    if (t->slots)
        release_slots(t);
    *t = wider;
    return TROTH_OK;
}

troth_status troth_iiop_requests_add(troth_iiop_requests *t, uint32_t request_id, troth_iiop_request **ret)
{
    if (troth_iiop_requests_find(t, request_id))
        return TROTH_UNEXPECTED;
    if (t->len >= t->max)
        return TROTH_LIMIT;
    if ((t->len + 1) * 2 > t->n_slots) {
        troth_status st = grow(t);
        if (st)
            return st;
    }
    troth_iiop_request *x = place(t, request_id);
    *x = (troth_iiop_request){ .used = true, .request_id = request_id };
    troth_fsm_init(&x->fsm, &troth_iiop_request_fsm, t->env);
    t->len++;
    *ret = x;
    return TROTH_OK;
}

void troth_iiop_requests_remove(troth_iiop_requests *t, troth_iiop_request *x)
{
    size_t mask = t->n_slots - 1, gap = (size_t)(x - t->slots);
    troth_iiop_release(&x->held, t->env, NULL);
    t->cancelled -= x->fsm.state == TROTH_IIOP_CANCELLED;
    x->used = false;
    t->len--;
    for (size_t i = (gap + 1) & mask; t->slots[i].used; i = (i + 1) & mask) {
        /* whoever would be looked for at the gap or before it moves there */
        if (((i - home(t, t->slots[i].request_id)) & mask) < ((i - gap) & mask))
            continue;
        t->slots[gap] = t->slots[i];
        t->slots[i].used = false;
        gap = i;
    }
}

troth_status troth_iiop_requests_cancel(troth_iiop_requests *t, troth_iiop_request *x)
{
    bool first = x->fsm.state != TROTH_IIOP_CANCELLED;
    troth_status st = troth_iiop_request_on(x, TROTH_IIOP_ON_CANCEL);
    t->cancelled += first && !st;
    troth_iiop_release(&x->held, t->env, NULL);
    return st;
}

static troth_iiop_request *any_cancelled(const troth_iiop_requests *t)
{
    for (size_t i = 0; t->cancelled && i < t->n_slots; i++) {
        if (t->slots[i].used && t->slots[i].fsm.state == TROTH_IIOP_CANCELLED)
            return &t->slots[i];
    }
    return NULL;
}

bool troth_iiop_requests_full(troth_iiop_requests *t)
{
    if (t->len < t->max)
        return false;
    troth_iiop_request *x = any_cancelled(t);
    if (x)
        troth_iiop_requests_remove(t, x);
    return !x;
}

bool troth_iiop_requests_passed(const troth_iiop_requests *t)
{
    for (size_t i = 0; i < t->n_slots; i++) {
        if (t->slots[i].used && t->slots[i].fsm.state == TROTH_IIOP_PASSED)
            return true;
    }
    return false;
}

void troth_iiop_requests_trim(troth_iiop_requests *t)
{
    if (t->slots && !t->len)
        release_slots(t);
}

/* ---- messages that are kept ---- */

troth_status troth_iiop_hold(troth_iiop_held *h, const troth_env *env, const troth_giop_whole *message,
                             troth_writer *spare)
{
    *h = (troth_iiop_held){ .octets = troth_writer_growing(env, message->octets.len, TROTH_BE) };
    if (spare->cap) {
        h->octets = *spare;
        *spare = troth_writer_growing(env, spare->max, TROTH_BE);
    }
    h->octets.max = h->octets.cap > message->octets.len ? h->octets.cap : message->octets.len;
    troth_writer_reset(&h->octets);
    troth_write_bytes(&h->octets, message->octets.data, message->octets.len);
    troth_status st = h->octets.st;
    if (!st && message->cuts && message->cuts->n)
        st = troth_mem_keep(env, message->cuts->at, message->cuts->n * sizeof *message->cuts->at, &h->cuts);
    if (st)
        troth_iiop_release(h, env, NULL);
    return st;
}

troth_giop_whole troth_iiop_held_whole(const troth_iiop_held *h, troth_giop_cuts *ret_cuts)
{
    ret_cuts->n = (uint16_t)(h->cuts.len / sizeof *ret_cuts->at);
    if (h->cuts.len)
        memcpy(ret_cuts->at, h->cuts.data, h->cuts.len);
    return (troth_giop_whole){ { h->octets.base, h->octets.len }, h->cuts.len ? ret_cuts : NULL };
}

void troth_iiop_release(troth_iiop_held *h, const troth_env *env, troth_writer *spare)
{
    if (spare && !spare->cap && h->octets.cap && h->octets.cap <= SPARE_MAX) {
        troth_wipe(h->octets.base, h->octets.len); /* evidence may lie in it */
        *spare = h->octets;
        troth_writer_reset(spare);
    } else if (h->octets.cap) {
        troth_writer_clear(&h->octets);
    }
    troth_mem_drop(env, &h->cuts);
    *h = (troth_iiop_held){ 0 };
}
