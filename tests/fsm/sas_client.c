/*
 * CSIv2's client: every state of a context and of a request with every event, written down from [CORBA 24.3.2, 24.3.4,
 * 24.3.5] and the rules (R1-R27, SAS-1..18), compared cell by cell. A cell that is not listed has no arrow: a context begins
 * anew, a request ends.
 */
#include <csiv2/sas_client.h>
#include <support/matrix.h>
#include <support/sas_client.h>

#define S(state) TROTH_SAS_CX_##state
#define E(event) TROTH_SAS_CX_ON_##event

/* N none, m making, e establishing, E established, s stateless, R refused */
static const char *const context_short[] = { "N", "m", "e", "E", "s", "R" };

/* A oneway never establishes, wherever nothing stands. [R24] */
#define OWN(state) "needs_token:make_own>" state " *:go_once>" state
#define DISTRUST   "*:forget_for>R"

/* clang-format off */
static const cell context_cells[] = {
    { S(NONE), E(BEGIN_STATELESS), "*>s" },
    { S(NONE), E(CALL),            "needs_token:make_token>m *:take_id>e" },
    { S(NONE), E(ONEWAY),          OWN("N") },
    { S(NONE), E(CONTRADICTION),   DISTRUST },

    { S(MAKING), E(CALL),          "*:wait>m" },
    { S(MAKING), E(ONEWAY),        "*:make_own>m" },
    { S(MAKING), E(TOKEN),         "nobody_waits>N *:take_token>e" },
    { S(MAKING), E(NO_TOKEN),      "*>N" },
    { S(MAKING), E(CONTRADICTION), DISTRUST },

    { S(ESTABLISHING), E(CALL),            "*:go>e" },
    { S(ESTABLISHING), E(ONEWAY),          OWN("e") },
    { S(ESTABLISHING), E(STATEFUL),        "*:wipe_token>E" },
    { S(ESTABLISHING), E(NEGOTIATED_DOWN), "*:forget>s" },
    { S(ESTABLISHING), E(NOTHING),         "peer_is_silent:forget>s *:forget>N" },
    { S(ESTABLISHING), E(FORWARD),         "*:forget>N" },
    { S(ESTABLISHING), E(EVIDENCE),        "fresh_evidence:forget>N *:forget_for>R" },
    { S(ESTABLISHING), E(CONFLICT),        "*:forget>N" },
    { S(ESTABLISHING), E(ENDED),           "others_pending>e *:forget>N" },
    { S(ESTABLISHING), E(CONTRADICTION),   DISTRUST },

    { S(ESTABLISHED), E(CALL),            "*:go>E" },
    { S(ESTABLISHED), E(ONEWAY),          "*:go>E" },
    { S(ESTABLISHED), E(STATEFUL),        "*>E" },
    { S(ESTABLISHED), E(NEGOTIATED_DOWN), "*>E" },
    { S(ESTABLISHED), E(NOTHING),         "*>E" },
    { S(ESTABLISHED), E(FORWARD),         "*>E" },
    { S(ESTABLISHED), E(EVIDENCE),        "*>E" },
    { S(ESTABLISHED), E(CONFLICT),        "*:forget>N" },
    { S(ESTABLISHED), E(LOST),            "*:forget>N" },
    { S(ESTABLISHED), E(ENDED),           "*>E" },
    { S(ESTABLISHED), E(CONTRADICTION),   DISTRUST },

    { S(STATELESS), E(CALL),          OWN("s") },
    { S(STATELESS), E(ONEWAY),        OWN("s") },
    { S(STATELESS), E(EVIDENCE),      "fresh_evidence>s *:forget_for>R" },
    { S(STATELESS), E(CONTRADICTION), DISTRUST },

    { S(REFUSED), E(CALL),          "*:deny>R" },
    { S(REFUSED), E(ONEWAY),        "*:deny>R" },
    { S(REFUSED), E(CONTRADICTION), "*>R" },
};

#define Q(state) TROTH_SAS_RQ_##state
#define O(event) TROTH_SAS_RQ_ON_##event

/* p placing, w waiting, r ready, d denied, B bare, E establish, O once, I in context, X ended */
static const char *const request_short[] = { "p", "w", "r", "d", "B", "E", "O", "I", "X" };

static const cell request_cells[] = {
    { Q(PLACING), O(WAIT),   "*:wait>w" },
    { Q(PLACING), O(MAY_GO), "*:line_up>r" },
    { Q(PLACING), O(DENY),   "*:line_up>d" },

    { Q(WAITING), O(MAY_GO), "*:line_up>r" },
    { Q(WAITING), O(DENY),   "*:line_up>d" },
    { Q(WAITING), O(END),    "*:leave>X" },

    { Q(READY), O(DENY),       "*>d" },
    { Q(READY), O(PLACE),      "*:leave>p" },
    { Q(READY), O(BARE),       "*:write_nothing>B" },
    { Q(READY), O(ESTABLISH),  "*:write_establish>E" },
    { Q(READY), O(ONCE),       "*:write_once>O" },
    { Q(READY), O(IN_CONTEXT), "*:write_in_context>I" },
    { Q(READY), O(END),        "*:leave>X" },

    { Q(DENIED), O(END), "*:leave>X" },

    { Q(BARE), O(STATEFUL),        "*:broken>X" },
    { Q(BARE), O(NEGOTIATED_DOWN), "*:broken>X" },
    { Q(BARE), O(NOTHING),         "*:pass>X" },
    { Q(BARE), O(FORWARD),         "*:pass>X" },
    { Q(BARE), O(ERROR),           "*:refused>X" },
    { Q(BARE), O(CONFLICT),        "*:refused>X" },
    { Q(BARE), O(CONTRADICTION),   "*:broken>X" },
    { Q(BARE), O(END),             "*>X" },

    { Q(ESTABLISH), O(STATEFUL),        "*:pass>X" },
    { Q(ESTABLISH), O(NEGOTIATED_DOWN), "*:pass>X" },
    { Q(ESTABLISH), O(NOTHING),         "*:pass>X" },
    { Q(ESTABLISH), O(FORWARD),         "*:pass>X" },
    { Q(ESTABLISH), O(ERROR),           "*:refused>X" },
    { Q(ESTABLISH), O(CONFLICT),        "may_resend:resend>p *:refused>X" },
    { Q(ESTABLISH), O(CONTRADICTION),   "*:broken>X" },
    { Q(ESTABLISH), O(END),             "*>X" },

    { Q(ONCE), O(STATEFUL),        "*:broken>X" },
    { Q(ONCE), O(NEGOTIATED_DOWN), "*:pass>X" },
    { Q(ONCE), O(NOTHING),         "*:pass>X" },
    { Q(ONCE), O(FORWARD),         "*:pass>X" },
    { Q(ONCE), O(ERROR),           "*:refused>X" },
    { Q(ONCE), O(CONFLICT),        "*:refused>X" },
    { Q(ONCE), O(CONTRADICTION),   "*:broken>X" },
    { Q(ONCE), O(END),             "*>X" },

    { Q(IN_CONTEXT), O(STATEFUL),        "*:pass>X" },
    { Q(IN_CONTEXT), O(NEGOTIATED_DOWN), "*:pass>X" },
    { Q(IN_CONTEXT), O(NOTHING),         "*:pass>X" },
    { Q(IN_CONTEXT), O(FORWARD),         "*:pass>X" },
    { Q(IN_CONTEXT), O(ERROR),           "may_resend:resend>p *:refused>X" },
    { Q(IN_CONTEXT), O(CONFLICT),        "may_resend:resend>p *:refused>X" },
    { Q(IN_CONTEXT), O(CONTRADICTION),   "*:broken>X" },
    { Q(IN_CONTEXT), O(END),             "*>X" },
};
/* clang-format on */

static void test_context(void **state)
{
    (void)state;
    matrix_check(&troth_sas_client_context_fsm, context_cells, sizeof context_cells / sizeof *context_cells,
                 context_short);
}

static void test_request(void **state)
{
    (void)state;
    matrix_check(&troth_sas_client_request_fsm, request_cells, sizeof request_cells / sizeof *request_cells,
                 request_short);
}

static bool has_arrow(const troth_fsm_spec *spec, uint8_t from, uint8_t on)
{
    for (size_t i = 0; i < spec->n_rows; i++)
        if (spec->rows[i].from == from && spec->rows[i].on == on)
            return true;
    return false;
}

/* Where there is no arrow a context relies on nothing: no id, no token; the next request begins anew. */
static void test_no_arrow(void **state)
{
    (void)state;
    for (uint8_t from = 1; from < TROTH_SAS_CX_STATES; from++)
        for (uint8_t on = 0; on < TROTH_SAS_CX_EVENTS; on++) {
            if (has_arrow(&troth_sas_client_context_fsm, from, on))
                continue;
            css_rig r;
            css_init(&r, GSSUP);
            css_start(&r);
            css_sent s = css_send(&r, 1);
            is_establish(&s, 1, 1);
            troth_sas_client_context *x = troth_idtable_find(
                &r.client->contexts, (troth_bytes){ r.client->assertion.data, r.client->assertion.len });
            troth_fsm_spec spec = troth_sas_client_context_fsm;
            spec.initial = from;
            troth_fsm_init(&x->fsm, &spec, NULL);
            assert_int_equal(troth_fsm_step(&x->fsm, on, x, NULL), TROTH_UNEXPECTED);
            assert_int_equal(x->fsm.state, TROTH_SAS_CX_NONE);
            assert_true(!x->id && !x->token.data);
            assert_int_equal(css_complete(&r, 1, 1, true), TROTH_SAS_PASS); /* of an id that is forgotten */
            s = css_send(&r, 2);
            is_establish(&s, 2, 2);
            css_end(&r);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_no_arrow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
