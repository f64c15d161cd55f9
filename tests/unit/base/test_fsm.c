#include <base/fsm.h>
#include <string.h>
#include <support/test.h>

enum { A, B, C, FAILED };
enum { GO, BACK, BREAK, NEVER };

/* What the machine did, in letters. */
typedef struct script {
    troth_fsm fsm;
    char log[64];
    bool open;
    troth_status why;
} script;

static void note(script *s, char c)
{
    size_t n = strlen(s->log);
    assert_true(n + 1 < sizeof s->log);
    s->log[n] = c;
}

static bool is_open(void *self, const void *arg)
{
    (void)arg;
    note(self, '?');
    return ((script *)self)->open;
}

static troth_status one(void *self, const void *arg)
{
    (void)arg;
    note(self, '1');
    return TROTH_OK;
}

static troth_status two(void *self, const void *arg)
{
    note(self, '2');
    assert_string_equal(arg, "argument");
    return TROTH_OK;
}

static troth_status bad(void *self, const void *arg)
{
    (void)arg;
    script *s = self;
    note(s, '!');
    assert_int_equal(s->fsm.state, C); /* an action still sees the state it comes from */
    return TROTH_LIMIT;
}

static void refuse(void *self, uint8_t event, const void *arg, troth_status why)
{
    (void)arg;
    script *s = self;
    note(s, event == NEVER ? 'N' : 'R');
    s->why = why;
    assert_int_equal(s->fsm.state, FAILED);
}

static const troth_fsm_row rows[] = {
    TROTH_ROW(A, GO, is_open, one, B, "1"),  TROTH_ROW(A, GO, NULL, two, C, "2"),
    TROTH_ROW(A, GO, NULL, bad, A, "never"), TROTH_ROW(B, BACK, NULL, NULL, A, "3"),
    TROTH_ROW(C, BREAK, NULL, bad, A, "4"),  TROTH_ROW(B, GO, is_open, one, C, "5"),
};
static const char *const states[] = { "A", "B", "C", "FAILED" };
static const char *const events[] = { "GO", "BACK", "BREAK", "NEVER" };
static const troth_fsm_spec spec = { "test", "a test machine", rows,  sizeof rows / sizeof *rows, states, 4, events, 4,
                                     A,      FAILED,           refuse };

static void first_match(void **state)
{
    (void)state;
    script s = { .open = true };
    troth_fsm_init(&s.fsm, &spec, NULL);
    assert_int_equal(s.fsm.state, A);
    assert_int_equal(troth_fsm_step(&s.fsm, GO, &s, NULL), TROTH_OK);
    assert_int_equal(s.fsm.state, B);
    assert_int_equal(troth_fsm_step(&s.fsm, BACK, &s, NULL), TROTH_OK); /* a row without an action */
    assert_int_equal(s.fsm.state, A);
    s.open = false;
    assert_int_equal(troth_fsm_step(&s.fsm, GO, &s, "argument"), TROTH_OK); /* the guard says no: the next row */
    assert_int_equal(s.fsm.state, C);
    assert_string_equal(s.log, "?1?2");
    assert_string_equal(rows[0].guard_name, "is_open");
    assert_string_equal(rows[0].action_name, "one");
}

static void no_arrow(void **state)
{
    (void)state;
    script s = { 0 };
    troth_fsm_init(&s.fsm, &spec, NULL);
    assert_int_equal(troth_fsm_step(&s.fsm, NEVER, &s, NULL), TROTH_UNEXPECTED);
    assert_int_equal(s.fsm.state, FAILED);
    assert_int_equal(s.why, TROTH_UNEXPECTED);
    assert_int_equal(troth_fsm_step(&s.fsm, NEVER, &s, NULL), TROTH_UNEXPECTED);
    assert_int_equal(troth_fsm_step(&s.fsm, GO, &s, NULL), TROTH_UNEXPECTED);
    assert_int_equal(s.fsm.state, FAILED);
    assert_string_equal(s.log, "N"); /* refused once, and no action after that */
}

static void guard_closed_everywhere(void **state)
{
    (void)state;
    script s = { .open = true };
    troth_fsm_init(&s.fsm, &spec, NULL);
    assert_int_equal(troth_fsm_step(&s.fsm, GO, &s, NULL), TROTH_OK);
    s.open = false;
    assert_int_equal(troth_fsm_step(&s.fsm, GO, &s, NULL), TROTH_UNEXPECTED);
    assert_string_equal(s.log, "?1?R");
}

static void failed_action(void **state)
{
    (void)state;
    script s = { 0 };
    troth_fsm_init(&s.fsm, &spec, NULL);
    assert_int_equal(troth_fsm_step(&s.fsm, GO, &s, "argument"), TROTH_OK);
    assert_int_equal(troth_fsm_step(&s.fsm, BREAK, &s, NULL), TROTH_LIMIT);
    assert_int_equal(s.fsm.state, FAILED);
    assert_int_equal(s.why, TROTH_LIMIT);
    assert_string_equal(s.log, "?2!R");
}

static troth_trace seen[4];
static unsigned n_seen;

static void keep_trace(void *self, const troth_trace *t)
{
    (void)self;
    assert_true(n_seen < 4);
    seen[n_seen++] = *t;
}

static void traced(void **state)
{
    (void)state;
    script s = { .open = true };
    troth_env env = { .trace = keep_trace };
    troth_fsm_init(&s.fsm, &spec, &env);
    assert_int_equal(troth_fsm_step(&s.fsm, GO, &s, NULL), TROTH_OK);
    assert_int_equal(troth_fsm_step(&s.fsm, BREAK, &s, NULL), TROTH_UNEXPECTED);
    assert_int_equal(n_seen, 2);
    assert_int_equal(seen[0].kind, TROTH_TRACE_STATE);
    assert_string_equal(seen[0].name, "test");
    assert_string_equal(seen[0].from, "A");
    assert_string_equal(seen[0].on, "GO");
    assert_string_equal(seen[0].to, "B");
    assert_int_equal(seen[0].a, TROTH_OK);
    assert_string_equal(seen[1].from, "B");
    assert_string_equal(seen[1].to, "FAILED");
    assert_int_equal(seen[1].a, TROTH_UNEXPECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_match),   cmocka_unit_test(no_arrow), cmocka_unit_test(guard_closed_everywhere),
        cmocka_unit_test(failed_action), cmocka_unit_test(traced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
