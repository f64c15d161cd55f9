/* support/matrix.h: a machine's table as a matrix of cells, to be compared with one written by hand from the text. */
#ifndef TESTS_MATRIX_H
#define TESTS_MATRIX_H
#include <base/fsm.h>
#include <stdio.h>
#include <string.h>
#include <support/test.h>

/* One cell: its arrows in order, "guard:action>to"; "*" = no guard. A cell that is not listed has no arrow. */
typedef struct cell {
    uint8_t from, on;
    const char *arrows;
} cell;

static inline void matrix_check(const troth_fsm_spec *spec, const cell *cells, size_t n, const char *const *short_names)
{
    size_t used = 0;
    for (uint8_t from = 0; from < spec->n_states; from++)
        for (uint8_t on = 0; on < spec->n_events; on++) {
            char have[384] = "";
            const char *want = "";
            for (size_t i = 0; i < spec->n_rows; i++) {
                const troth_fsm_row *r = &spec->rows[i];
                if (r->from != from || r->on != on)
                    continue;
                size_t at = strlen(have);
                snprintf(have + at, sizeof have - at, "%s%s%s%s>%s", at ? " " : "", r->guard ? r->guard_name : "*",
                         r->action ? ":" : "", r->action ? r->action_name : "", short_names[r->to]);
            }
            for (size_t i = 0; i < n; i++)
                if (cells[i].from == from && cells[i].on == on)
                    want = cells[i].arrows, used++;
            if (strcmp(have, want) != 0)
                fail_msg("%s: %s x %s: \"%s\", the text says \"%s\"", spec->name, spec->states[from], spec->events[on],
                         have, want);
        }
    assert_int_equal(used, n);
}
#endif
