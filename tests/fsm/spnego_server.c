/* The acceptor's whole state x event matrix, from RFC 4178 3.2, 4.2.2 and 5. */
#include <mech/spnego/negotiation.h>
#include <support/matrix.h>

#define S(x) TROTH_NEG_S_##x
#define E(x) TROTH_NEG_EV_##x

static const char *const names[] = { "START",    "FIRST_STEP", "OPT_WAIT", "OPT_STEP", "REQ_WAIT", "REQ_STEP",
                                     "MIC_WAIT", "RAW_STEP",   "RAW_WAIT", "DONE",     "FAILED" };

/* clang-format off */
static const cell cells[] = {
    /* 4.2.1, 4.2.2: take the first one known; another than the initiator's first means request-mic */
    { S(START), E(INIT), "nothing_common:no_mech>FAILED first_choice_begun:begin>FIRST_STEP first_choice:choose_and_ask>OPT_WAIT *:choose_and_request_mic>REQ_WAIT" },
    { S(START), E(RAW), "raw_allowed:raw_begin>RAW_STEP *:not_spnego>FAILED" },
    { S(FIRST_STEP), E(MECH_MORE), "has_mic:not_expected>FAILED *:go_on>OPT_WAIT" },
    { S(FIRST_STEP), E(MECH_LAST), "has_mic:verify_and_complete>DONE keyed:send_mic>MIC_WAIT *:complete>DONE" },
    { S(FIRST_STEP), E(MECH_DONE), "has_mic:verify_and_complete>DONE keyed:send_mic>MIC_WAIT *:complete>DONE" },
    { S(OPT_WAIT), E(REJECT), "*:give_up>FAILED" },
    { S(OPT_WAIT), E(RESP), "has_token:feed>OPT_STEP *:no_token>FAILED" },
    { S(OPT_STEP), E(MECH_MORE), "has_mic:not_expected>FAILED *:go_on>OPT_WAIT" },
    { S(OPT_STEP), E(MECH_LAST), "has_mic:verify_and_complete>DONE keyed:send_mic>MIC_WAIT *:complete>DONE" },
    { S(OPT_STEP), E(MECH_DONE), "has_mic:verify_and_complete>DONE keyed:not_bound>FAILED *:complete>DONE" },
    /* 5 b, c: required */
    { S(REQ_WAIT), E(REJECT), "*:give_up>FAILED" },
    { S(REQ_WAIT), E(RESP), "has_token:feed>REQ_STEP *:no_token>FAILED" },
    { S(REQ_STEP), E(MECH_MORE), "has_mic:not_expected>FAILED *:go_on>REQ_WAIT" },
    { S(REQ_STEP), E(MECH_LAST), "has_mic:verify_and_complete>DONE can_sign:send_mic>MIC_WAIT *:complete>DONE" },
    { S(REQ_STEP), E(MECH_DONE), "has_mic:verify_and_complete>DONE can_sign:not_bound>FAILED *:complete>DONE" },
    { S(MIC_WAIT), E(REJECT), "*:give_up>FAILED" },
    { S(MIC_WAIT), E(RESP), "has_token:not_expected>FAILED has_mic:verify>DONE *:not_bound>FAILED" },
    /* RFC 2743 2.2.2: the mechanism alone */
    { S(RAW_STEP), E(MECH_MORE), "*:raw_send>RAW_WAIT" },
    { S(RAW_STEP), E(MECH_LAST), "*:raw_send>DONE" },
    { S(RAW_STEP), E(MECH_DONE), "*>DONE" },
    { S(RAW_WAIT), E(RAW), "*:raw_feed>RAW_STEP" },
};
/* clang-format on */

static void test_matrix(void **state)
{
    (void)state;
    assert_int_equal(sizeof names / sizeof *names, troth_neg_server_fsm.n_states);
    assert_int_equal(TROTH_NEG_S_STATES, troth_neg_server_fsm.n_states);
    assert_int_equal(TROTH_NEG_S_EVENTS, troth_neg_server_fsm.n_events);
    matrix_check(&troth_neg_server_fsm, cells, sizeof cells / sizeof *cells, names);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_matrix) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
