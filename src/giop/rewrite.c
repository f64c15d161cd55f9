#include <giop/rewrite.h>

enum { AT_MINOR = 5, AT_FLAGS = 6 };

/* Write the list; behind it stands a ulong, which shall be where it was modulo 8 when `rest` says where that is. */
static void put_list(troth_cdr_out *c, const troth_giop_contexts *list, const size_t *rest)
{
    static const uint8_t zeros[4];
    uint32_t n = troth_giop_contexts_count(list);
    troth_cdr_put_align(c, 4);
    size_t hole = troth_write_hole32(c->w);
    for (uint32_t i = 0; i < list->n; i++) {
        if (list->items[i].id == TROTH_GIOP_PADDING)
            continue;
        troth_cdr_put_u32(c, list->items[i].id);
        troth_cdr_put_octets(c, list->items[i].data);
    }
    if (rest)
        troth_cdr_put_align(c, 4);
    if (rest && (c->w->len - c->origin) % 8 != *rest % 8) {
        troth_cdr_put_u32(c, TROTH_GIOP_PADDING);
        troth_cdr_put_octets(c, (troth_bytes){ zeros, sizeof zeros });
        n++;
    }
    troth_write_patch32(c->w, hole, n);
}

void troth_giop_rewrite(troth_writer *w, troth_bytes message, const troth_giop_span *span,
                        const troth_giop_contexts *contexts)
{
    troth_cdr_out c = troth_cdr_out_of(w);
    bool list_first = message.data[AT_MINOR] < 2;
    w->order = message.data[AT_FLAGS] & 1 ? TROTH_LE : TROTH_BE;
    troth_write_bytes(w, message.data, span->list);
    put_list(&c, contexts, list_first ? &span->rest : NULL);
    if (!list_first && span->rest < message.len)
        troth_cdr_put_align(&c, 8);
    troth_write_bytes(w, message.data + span->rest, message.len - span->rest);
    troth_giop_finish(w, c.origin);
}
