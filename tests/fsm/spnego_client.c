/* The initiator's whole state x event matrix, from RFC 4178 3.2, 4.2.2 and 5. */
#include <mech/spnego/negotiation.h>
#include <support/matrix.h>

#define S(x) TROTH_NEG_C_##x
#define E(x) TROTH_NEG_EV_##x

static const char *const names[] = { "START",     "OFFERING",     "OFFERED",      "SPENT",    "OPT_STEP",
                                     "OPT_WAIT",  "OPT_END_STEP", "REQ_STEP",     "REQ_WAIT", "REQ_END_STEP",
                                     "WORD_WAIT", "OPT_MIC_WAIT", "REQ_MIC_WAIT", "DONE",     "FAILED" };

/* clang-format off */
static const cell cells[] = {
    /* 4.2.1: the initiator speaks first; MS-SPNG 3.3.5.2: or after hints */
    { S(START), E(CALL), "*>OFFERING" },
    { S(START), E(HINTS), "*>OFFERING" },
    { S(OFFERING), E(MECH_MORE), "*>OFFERED" },
    { S(OFFERING), E(MECH_LAST), "*>SPENT" },
    /* 4.2.2: the first reply names one of ours; another than the first means MICs (5), and cannot be complete yet */
    { S(OFFERED), E(REJECT), "*>FAILED" },
    { S(OFFERED), E(COMPLETED), "unoffered>FAILED other>FAILED *>OPT_END_STEP" },
    { S(OFFERED), E(INCOMPLETE), "unoffered>FAILED preferred>OPT_STEP *>REQ_STEP" },
    { S(OFFERED), E(REQUEST_MIC), "unoffered>FAILED preferred>REQ_STEP *>REQ_STEP" },
    { S(SPENT), E(REJECT), "*>FAILED" },
    { S(SPENT), E(COMPLETED), "unoffered>FAILED has_token>FAILED other>FAILED has_mic>DONE *>DONE" },
    { S(SPENT), E(INCOMPLETE), "unoffered>FAILED has_token>FAILED other>REQ_STEP has_mic>DONE" },
    { S(SPENT), E(REQUEST_MIC), "unoffered>FAILED has_token>FAILED other>REQ_STEP has_mic>DONE *>FAILED" },
    /* 5, first choice taken: a MIC that comes is verified and answered; one that cannot be there yet is refused */
    { S(OPT_STEP), E(MECH_MORE), "has_mic>FAILED *>OPT_WAIT" },
    { S(OPT_STEP), E(MECH_LAST), "has_mic>FAILED keyed>OPT_MIC_WAIT *>WORD_WAIT" },
    { S(OPT_STEP), E(MECH_DONE), "has_mic>DONE unsaid>DONE" },
    { S(OPT_WAIT), E(REJECT), "*>FAILED" },
    { S(OPT_WAIT), E(COMPLETED), "*>OPT_END_STEP" },
    { S(OPT_WAIT), E(INCOMPLETE), "*>OPT_STEP" },
    { S(OPT_END_STEP), E(MECH_DONE), "has_mic>DONE *>DONE" },
    /* 5, required: without MICs only a mechanism that cannot sign completes */
    { S(REQ_STEP), E(MECH_MORE), "has_mic>FAILED *>REQ_WAIT" },
    { S(REQ_STEP), E(MECH_LAST), "has_mic>FAILED can_sign>REQ_MIC_WAIT *>WORD_WAIT" },
    { S(REQ_STEP), E(MECH_DONE), "has_mic>DONE can_sign>FAILED *>DONE" },
    { S(REQ_WAIT), E(REJECT), "*>FAILED" },
    { S(REQ_WAIT), E(COMPLETED), "*>REQ_END_STEP" },
    { S(REQ_WAIT), E(INCOMPLETE), "*>REQ_STEP" },
    { S(REQ_END_STEP), E(MECH_DONE), "has_mic>DONE can_sign>FAILED *>DONE" },
    /* 5 c: the mechanism is complete, so no token is left to come */
    { S(WORD_WAIT), E(REJECT), "*>FAILED" },
    { S(WORD_WAIT), E(COMPLETED), "has_token>FAILED has_mic>DONE *>DONE" },
    { S(WORD_WAIT), E(INCOMPLETE), "has_token>FAILED has_mic>DONE" },
    { S(OPT_MIC_WAIT), E(REJECT), "*>FAILED" },
    { S(OPT_MIC_WAIT), E(COMPLETED), "has_token>FAILED has_mic>DONE *>DONE" },
    { S(REQ_MIC_WAIT), E(REJECT), "*>FAILED" },
    { S(REQ_MIC_WAIT), E(COMPLETED), "has_token>FAILED has_mic>DONE *>FAILED" },
};
/* clang-format on */

static void test_matrix(void **state)
{
    (void)state;
    assert_int_equal(sizeof names / sizeof *names, troth_neg_client_fsm.n_states);
    assert_int_equal(TROTH_NEG_C_STATES, troth_neg_client_fsm.n_states);
    assert_int_equal(TROTH_NEG_C_EVENTS, troth_neg_client_fsm.n_events);
    matrix_check(&troth_neg_client_fsm, cells, sizeof cells / sizeof *cells, names);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_matrix) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
