#include <machines/table.h>
#include <string.h>
#include <troth/fsm.h>

static const troth_fsm_spec *spec_at(size_t i)
{
    for (size_t k = 0; troth_machines[k]; k++) {
        if (k == i)
            return troth_machines[k];
    }
    return NULL;
}

bool troth_machine_get(size_t i, troth_machine *ret)
{
    const troth_fsm_spec *s = spec_at(i);
    if (!s)
        return false;
    *ret = (troth_machine){ .name = s->name,
                            .title = s->title,
                            .states = s->states,
                            .events = s->events,
                            .n_states = s->n_states,
                            .n_events = s->n_events,
                            .n_arrows = s->n_rows,
                            .initial = s->states[s->initial],
                            .failed = s->states[s->failed] };
    return true;
}

/* TROTH_ROW spells an absent guard or action as the source does. */
static const char *name_of(const char *spelled)
{
    return spelled && strcmp(spelled, "NULL") != 0 ? spelled : NULL;
}

bool troth_machine_arrow(size_t i, size_t arrow, troth_arrow *ret)
{
    const troth_fsm_spec *s = spec_at(i);
    if (!s || arrow >= s->n_rows)
        return false;
    const troth_fsm_row *row = &s->rows[arrow];
    *ret = (troth_arrow){ s->states[row->from],      s->events[row->on], name_of(row->guard_name),
                          name_of(row->action_name), s->states[row->to], row->section };
    return true;
}
