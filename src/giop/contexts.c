/* Lists of service contexts. [CORBA 13.7] */
#include <giop/giop.h>

uint32_t troth_giop_contexts_count(const troth_giop_contexts *list)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < list->n; i++)
        n += list->items[i].id != TROTH_GIOP_PADDING;
    return n;
}

void troth_giop_contexts_get(troth_cdr *c, troth_giop_contexts *ret)
{
    ret->n = 0;
    uint32_t n = troth_cdr_count(c, 8, TROTH_GIOP_CONTEXTS_MAX + 1);
    for (uint32_t i = 0; i < n; i++) {
        ret->items[i].id = troth_cdr_u32(c);
        ret->items[i].data = troth_cdr_octets(c);
    }
    if (c->r.st)
        return;
    ret->n = n;
    if (troth_giop_contexts_count(ret) > TROTH_GIOP_CONTEXTS_MAX)
        troth_read_fail(&c->r, TROTH_LIMIT);
}

void troth_giop_contexts_put(troth_cdr_out *c, const troth_giop_contexts *list)
{
    troth_cdr_put_u32(c, list->n);
    for (uint32_t i = 0; i < list->n; i++) {
        troth_cdr_put_u32(c, list->items[i].id);
        troth_cdr_put_octets(c, list->items[i].data);
    }
}

uint32_t troth_giop_contexts_find(const troth_giop_contexts *list, uint32_t id, troth_bytes *ret_first)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        if (list->items[i].id == id && !found++)
            *ret_first = list->items[i].data;
    }
    return found;
}

troth_status troth_giop_contexts_add(troth_giop_contexts *list, uint32_t id, troth_bytes data)
{
    if (list->n > TROTH_GIOP_CONTEXTS_MAX || troth_giop_contexts_count(list) == TROTH_GIOP_CONTEXTS_MAX)
        return TROTH_LIMIT;
    list->items[list->n++] = (troth_giop_context){ id, data };
    return TROTH_OK;
}

uint32_t troth_giop_contexts_remove(troth_giop_contexts *list, uint32_t id)
{
    uint32_t kept = 0, had = list->n;
    for (uint32_t i = 0; i < had; i++) {
        if (list->items[i].id != id)
            list->items[kept++] = list->items[i];
    }
    list->n = kept;
    return had - kept;
}
