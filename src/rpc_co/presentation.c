#include <rpc_co/presentation.h>
#include <string.h>

void troth_co_presentation_clear(troth_co_presentation *t)
{
    troth_mem_free(t->env, t->rows, t->cap * sizeof *t->rows);
    t->rows = NULL;
    t->n = t->cap = 0;
}

/* The first row that does not lie before p_cont_id. */
static size_t lower_bound(const troth_co_presentation *t, uint16_t p_cont_id)
{
    size_t low = 0, high = t->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (t->rows[mid].p_cont_id < p_cont_id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const troth_co_presented *troth_co_presentation_find(const troth_co_presentation *t, uint16_t p_cont_id)
{
    size_t i = lower_bound(t, p_cont_id);
    return i < t->n && t->rows[i].p_cont_id == p_cont_id ? &t->rows[i] : NULL;
}

/* What one element of the list is judged by. */
typedef struct judging {
    const troth_co_presentation *table;
    const troth_rpc_server *server;
    bool is_bind;
    uint8_t features;
    troth_co_presenting *to;
} judging;

static troth_co_result rejected(uint16_t reason)
{
    return (troth_co_result){ .result = TROTH_CO_PROVIDER_REJECTION, .reason = reason };
}

static troth_co_result accepted(judging *j, const troth_co_presented *row)
{
    j->to->accepted = true;
    return (troth_co_result){ .result = TROTH_CO_ACCEPTANCE, .transfer = *troth_rpc_transfer_syntax(row->transfer) };
}

/* The row of an id, the one included that an element before this one was just given. */
static const troth_co_presented *known(const judging *j, uint16_t p_cont_id)
{
    if (j->to->added && j->to->row.p_cont_id == p_cont_id)
        return &j->to->row;
    return troth_co_presentation_find(j->table, p_cont_id);
}

/* Recognised in the first place only, and once. [3.3.1.5.3] */
static bool proposes_features(judging *j, const troth_co_elem *e, uint8_t *ret)
{
    troth_rpc_syntax first = troth_co_elem_transfer(e, 0);
    return j->is_bind && troth_co_features_of(&first, ret);
}

static troth_status agree(judging *j, uint8_t proposed, troth_co_result *ret)
{
    if (j->to->has_features)
        return TROTH_UNEXPECTED;
    j->to->has_features = true;
    j->to->features = proposed & j->features;
    *ret = (troth_co_result){ .result = TROTH_CO_NEGOTIATE_ACK, .reason = j->to->features };
    return TROTH_OK;
}

/* An id is what it was: proposed again as something else that we know, it is an error; as nothing we know, a rejection. */
static troth_status again(judging *j, const troth_co_elem *e, const troth_co_presented *row, troth_co_result *ret)
{
    const troth_rpc_syntax *was = &row->interface->syntax;
    if (!troth_uuid_equal(&e->abstract.uuid, &was->uuid) || e->abstract.major != was->major)
        return TROTH_UNEXPECTED;
    bool same = false;
    for (unsigned i = 0; i < e->n_transfer_syn; i++) {
        troth_rpc_syntax syntax = troth_co_elem_transfer(e, i);
        unsigned transfer = troth_rpc_transfer_of(&syntax);
        if (transfer && transfer != row->transfer)
            return TROTH_UNEXPECTED;
        same = same || transfer;
    }
    *ret = same && !j->to->accepted ? accepted(j, row) : rejected(TROTH_CO_REASON_TRANSFER_SYNTAXES);
    return TROTH_OK;
}

/* The client's first transfer syntax that the interface has; 0 = none. */
static unsigned fitting(const troth_rpc_interface *i, const troth_co_elem *e)
{
    for (unsigned k = 0; k < e->n_transfer_syn; k++) {
        troth_rpc_syntax syntax = troth_co_elem_transfer(e, k);
        unsigned transfer = troth_rpc_transfer_of(&syntax) & i->transfer;
        if (transfer)
            return transfer;
    }
    return 0;
}

static troth_status fresh(judging *j, const troth_co_elem *e, troth_co_result *ret)
{
    if (j->table->n >= TROTH_CO_PRESENTED_PER_INTERFACE * troth_rpc_server_interfaces(j->server))
        return TROTH_LIMIT;
    const troth_rpc_interface *i = troth_rpc_server_find(j->server, &e->abstract);
    unsigned transfer = i ? fitting(i, e) : 0;
    if (!i) {
        *ret = rejected(TROTH_CO_REASON_ABSTRACT_SYNTAX);
    } else if (!transfer || j->to->accepted) {
        *ret = rejected(TROTH_CO_REASON_TRANSFER_SYNTAXES);
    } else {
        j->to->added = true;
        j->to->row = (troth_co_presented){ i, e->p_cont_id, e->abstract.minor, (uint8_t)transfer };
        *ret = accepted(j, &j->to->row);
    }
    return TROTH_OK;
}

static troth_status judge(judging *j, const troth_co_elem *e, troth_co_result *ret)
{
    uint8_t bits;
    if (!e->n_transfer_syn)
        return TROTH_MALFORMED;
    if (proposes_features(j, e, &bits))
        return agree(j, bits, ret);
    const troth_co_presented *row = known(j, e->p_cont_id);
    return row ? again(j, e, row, ret) : fresh(j, e, ret);
}

troth_status troth_co_present(const troth_co_presentation *t, const troth_rpc_server *s, const troth_co_bind *bind,
                              bool is_bind, uint8_t features, troth_co_presenting *ret)
{
    judging j = { t, s, is_bind, features, ret };
    troth_co_bind list = *bind;
    troth_co_elem e;
    memset(ret, 0, sizeof *ret);
    while (ret->n < list.n_context_elem && troth_co_bind_next(&list, &e)) {
        troth_status st = judge(&j, &e, &ret->results[ret->n]);
        if (st)
            return st;
        ret->n++;
    }
    return TROTH_OK;
}

static bool make_room(troth_co_presentation *t)
{
    if (t->n < t->cap)
        return true;
    size_t cap = t->cap ? t->cap * 2 : 4;
    troth_co_presented *rows = troth_mem_grow(t->env, t->rows, t->cap * sizeof *rows, cap * sizeof *rows);
    if (!rows)
        return false;
    t->rows = rows;
    t->cap = cap;
    return true;
}

troth_status troth_co_present_commit(troth_co_presentation *t, const troth_co_presenting *p)
{
    if (!p->added)
        return TROTH_OK;
    if (!make_room(t))
        return TROTH_NO_MEMORY;
    size_t i = lower_bound(t, p->row.p_cont_id);
    memmove(&t->rows[i + 1], &t->rows[i], (t->n - i) * sizeof *t->rows);
    t->rows[i] = p->row;
    t->n++;
    return TROTH_OK;
}
