#include <csiv2/sas_deadlines.h>

enum { FIRST_CAP = 16 };

static void place(troth_sas_deadlines *d, size_t at, troth_sas_due *due)
{
    d->heap[at] = due;
    due->at = at;
}

static void rise(troth_sas_deadlines *d, troth_sas_due *due)
{
    size_t at = due->at;
    for (; at && d->heap[(at - 1) / 2]->key > due->key; at = (at - 1) / 2)
        place(d, at, d->heap[(at - 1) / 2]);
    place(d, at, due);
}

static void sink(troth_sas_deadlines *d, troth_sas_due *due)
{
    size_t at = due->at;
    for (size_t child; (child = 2 * at + 1) < d->n; at = child) {
        if (child + 1 < d->n && d->heap[child + 1]->key < d->heap[child]->key)
            child++;
        if (d->heap[child]->key >= due->key)
            break;
        place(d, at, d->heap[child]);
    }
    place(d, at, due);
}

void troth_sas_deadlines_clear(troth_sas_deadlines *d)
{
    troth_mem_free(d->env, d->heap, d->cap * sizeof *d->heap);
    d->heap = NULL;
    d->n = d->cap = 0;
}

static troth_status grow(troth_sas_deadlines *d)
{
    size_t cap = d->cap ? d->cap * 2 : FIRST_CAP;
    troth_sas_due **heap = d->heap ? troth_mem_grow(d->env, d->heap, d->cap * sizeof *heap, cap * sizeof *heap)
                                   : troth_mem_new(d->env, cap * sizeof *heap);
    if (!heap)
        return TROTH_NO_MEMORY;
    d->heap = heap;
    d->cap = cap;
    return TROTH_OK;
}

troth_status troth_sas_deadlines_add(troth_sas_deadlines *d, troth_sas_due *due)
{
    troth_status st = d->n < d->cap ? TROTH_OK : grow(d);
    if (st)
        return st;
    due->at = d->n++;
    rise(d, due);
    return TROTH_OK;
}

void troth_sas_deadlines_remove(troth_sas_deadlines *d, troth_sas_due *due)
{
    troth_sas_due *last = d->heap[--d->n];
    if (last == due)
        return;
    place(d, due->at, last);
    rise(d, last);
    sink(d, last);
}

void troth_sas_deadlines_move(troth_sas_deadlines *d, troth_sas_due *due, uint64_t key)
{
    due->key = key;
    rise(d, due);
    sink(d, due);
}

troth_sas_due *troth_sas_deadlines_first(const troth_sas_deadlines *d)
{
    return d->n ? d->heap[0] : NULL;
}
