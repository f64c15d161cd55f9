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
    { S(START), E(CALL), "*:offer>OFFERING" },
    { S(START), E(HINTS), "*:offer>OFFERING" },
    { S(OFFERING), E(MECH_MORE), "*:send_init>OFFERED" },
    { S(OFFERING), E(MECH_LAST), "*:send_init>SPENT" },
    /* 4.2.2: the first reply names one of ours; another than the first means MICs (5), and cannot be complete yet */
    { S(OFFERED), E(REJECT), "*:give_up>FAILED" },
    { S(OFFERED), E(COMPLETED), "unoffered:not_offered>FAILED other:not_expected>FAILED *:feed>OPT_END_STEP" },
    { S(OFFERED), E(INCOMPLETE), "unoffered:not_offered>FAILED preferred:feed>OPT_STEP *:change_mech>REQ_STEP" },
    { S(OFFERED), E(REQUEST_MIC), "unoffered:not_offered>FAILED preferred:feed>REQ_STEP *:change_mech>REQ_STEP" },
    { S(SPENT), E(REJECT), "*:give_up>FAILED" },
    { S(SPENT), E(COMPLETED), "unoffered:not_offered>FAILED has_token:not_expected>FAILED other:not_expected>FAILED has_mic:verify>DONE *>DONE" },
    { S(SPENT), E(INCOMPLETE), "unoffered:not_offered>FAILED has_token:not_expected>FAILED other:change_mech>REQ_STEP has_mic:verify_and_answer>DONE" },
    { S(SPENT), E(REQUEST_MIC), "unoffered:not_offered>FAILED has_token:not_expected>FAILED other:change_mech>REQ_STEP has_mic:verify_and_answer>DONE *:not_bound>FAILED" },
    /* 5, first choice taken: a MIC that comes is verified and answered; one that cannot be there yet is refused */
    { S(OPT_STEP), E(MECH_MORE), "has_mic:not_expected>FAILED *:send_token>OPT_WAIT" },
    { S(OPT_STEP), E(MECH_LAST), "has_mic:not_expected>FAILED keyed:send_token_and_mic>OPT_MIC_WAIT *:send_token>WORD_WAIT" },
    { S(OPT_STEP), E(MECH_DONE), "has_mic:verify_and_answer>DONE unsaid>DONE" },
    { S(OPT_WAIT), E(REJECT), "*:give_up>FAILED" },
    { S(OPT_WAIT), E(COMPLETED), "*:feed>OPT_END_STEP" },
    { S(OPT_WAIT), E(INCOMPLETE), "*:feed>OPT_STEP" },
    { S(OPT_END_STEP), E(MECH_DONE), "has_mic:verify>DONE *>DONE" },
    /* 5, required: without MICs only a mechanism that cannot sign completes */
    { S(REQ_STEP), E(MECH_MORE), "has_mic:not_expected>FAILED *:send_token>REQ_WAIT" },
    { S(REQ_STEP), E(MECH_LAST), "has_mic:not_expected>FAILED can_sign:send_token_and_mic>REQ_MIC_WAIT *:send_token>WORD_WAIT" },
    { S(REQ_STEP), E(MECH_DONE), "has_mic:verify_and_answer>DONE can_sign:not_bound>FAILED *>DONE" },
    { S(REQ_WAIT), E(REJECT), "*:give_up>FAILED" },
    { S(REQ_WAIT), E(COMPLETED), "*:feed>REQ_END_STEP" },
    { S(REQ_WAIT), E(INCOMPLETE), "*:feed>REQ_STEP" },
    { S(REQ_END_STEP), E(MECH_DONE), "has_mic:verify>DONE can_sign:not_bound>FAILED *>DONE" },
    /* 5 c: the mechanism is complete, so no token is left to come */
    { S(WORD_WAIT), E(REJECT), "*:give_up>FAILED" },
    { S(WORD_WAIT), E(COMPLETED), "has_token:not_expected>FAILED has_mic:verify>DONE *>DONE" },
    { S(WORD_WAIT), E(INCOMPLETE), "has_token:not_expected>FAILED has_mic:verify_and_answer>DONE" },
    { S(OPT_MIC_WAIT), E(REJECT), "*:give_up>FAILED" },
    { S(OPT_MIC_WAIT), E(COMPLETED), "has_token:not_expected>FAILED has_mic:verify>DONE *>DONE" },
    { S(REQ_MIC_WAIT), E(REJECT), "*:give_up>FAILED" },
    { S(REQ_MIC_WAIT), E(COMPLETED), "has_token:not_expected>FAILED has_mic:verify>DONE *:not_bound>FAILED" },
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
