#include <base/fsm.h>

static void trace(const troth_fsm *m, uint8_t event, uint8_t from, troth_status st)
{
    if (!m->env || !m->env->trace)
        return;
    troth_trace t = { .kind = TROTH_TRACE_STATE,
                      .name = m->spec->name,
                      .from = m->spec->states[from],
                      .on = m->spec->events[event],
                      .to = m->spec->states[m->state],
                      .a = (uint64_t)st };
    m->env->trace(m->env->self, &t);
}

void troth_fsm_init(troth_fsm *m, const troth_fsm_spec *spec, const troth_env *env)
{
    m->spec = spec;
    m->env = env;
    m->state = spec->initial;
}

static troth_status fail(troth_fsm *m, uint8_t event, void *self, const void *arg, troth_status st)
{
    uint8_t from = m->state;
    m->state = m->spec->failed;
    if (from != m->spec->failed)
        m->spec->refuse(self, event, arg, st);
    trace(m, event, from, st);
    return st;
}

troth_status troth_fsm_step(troth_fsm *m, uint8_t event, void *self, const void *arg)
{
    const troth_fsm_row *row = m->spec->rows, *end = row + m->spec->n_rows;
    for (; row < end; row++) { /* first match wins, as the eye reads */
        if (row->from != m->state || row->on != event)
            continue;
        if (row->guard && !row->guard(self, arg))
            continue;
        troth_status st = row->action ? row->action(self, arg) : TROTH_OK;
        if (st)
            return fail(m, event, self, arg, st);
        uint8_t from = m->state;
        m->state = row->to;
        trace(m, event, from, TROTH_OK);
        return TROTH_OK;
    }
    return fail(m, event, self, arg, TROTH_UNEXPECTED); /* no such arrow: the wire's own answer, once */
}
