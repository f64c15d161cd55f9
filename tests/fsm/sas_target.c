/* A request and a context on a target of CSIv2, cell by cell, written from CORBA 24.3.2 and the TSS of 24.3.3. */
#include <csiv2/machines.h>
#include <support/matrix.h>

static const char *const request_names[] = { "Wait", "Checking", "Queued", "Accepted", "Refused", "Reply", "Ended" };
static const char *const entry_names[] = { "New", "Pending", "Passing", "Established", "Leaving", "Gone" };

#define R(state)    TROTH_SAS_R_##state
#define R_ON(event) TROTH_SAS_R_ON_##event
#define E(state)    TROTH_SAS_E_##state
#define E_ON(event) TROTH_SAS_E_ON_##event

/* clang-format off */
static const cell request_cells[] = {
    /* Wait: "Request, no SAS: accept_transport_context: true -> dispatch; false -> NO_PERMISSION, no SAS" */
    { R(WAIT),     R_ON(NO_SAS),     "valid:dispatch>Accepted *:refuse_it>Refused" },
    /* "EstablishContext: accept_context(tokens): ok -> dispatch"; "same, fails: ContextError 1/2/3 + NO_PERMISSION";
     * evidence that must be looked at first, or is being looked at for an equivalent one, waits */
    { R(WAIT),     R_ON(ESTABLISH),
      "unproven:wait_for>Checking pending:wait_for>Queued valid:dispatch>Accepted *:refuse_it>Refused" },
    /* "MessageInContext: reference_context(id): found -> dispatch"; "same, not found: ContextError 4/1" */
    { R(WAIT),     R_ON(IN_CONTEXT), "pending:wait_for>Queued valid:dispatch>Accepted *:refuse_it>Refused" },
    /* "Complete/ContextError/garbage from a client: NO_PERMISSION" */
    { R(WAIT),     R_ON(STRAY),      "*:refuse_it>Refused" },
    { R(WAIT),     R_ON(GARBAGE),    "*:refuse_it>Refused" },
    { R(WAIT),     R_ON(SEVERAL),    "*:refuse_it>Refused" },
    { R(WAIT),     R_ON(BARRED),     "*:refuse_it>Refused" },
    /* what waited is told like what did not have to */
    { R(CHECKING), R_ON(VERDICT),    "valid:dispatch>Accepted *:refuse_it>Refused" },
    { R(QUEUED),   R_ON(VERDICT),    "valid:dispatch>Accepted *:refuse_it>Refused" },
    /* "Reply: servant done (result or any exception): attach Complete if the request was EstablishContext" */
    { R(ACCEPTED), R_ON(TELL),       "*>Reply" },
    { R(REFUSED),  R_ON(TELL),       "*>Ended" },
    { R(REPLY),    R_ON(ANSWERED),   "*:release>Ended" },
    /* a oneway is done; CancelRequest wherever it stands */
    { R(CHECKING), R_ON(END),        "*:stop_waiting>Ended" },
    { R(QUEUED),   R_ON(END),        "*:stop_waiting>Ended" },
    { R(ACCEPTED), R_ON(END),        "*:take_back>Ended" },
    { R(REFUSED),  R_ON(END),        "*:take_back>Ended" },
    { R(REPLY),    R_ON(END),        "*:release>Ended" },
};

static const cell entry_cells[] = {
    /* "may negotiate a request to establish a stateful context to a stateless context in order to preserve resources" */
    { E(NEW),         E_ON(ESTABLISH), "may_stay:reserve>Pending *>Passing" },
    /* "If the validation succeeds, ... the context is available at the TSS for the caller's reuse" */
    { E(PENDING),     E_ON(VALID),     "*:establish>Established" },
    { E(PENDING),     E_ON(INVALID),   "*:give_up>Gone" },
    { E(PASSING),     E_ON(VALID),     "*:take_out>Gone" },
    { E(PASSING),     E_ON(INVALID),   "*:take_out>Gone" },
    { E(ESTABLISHED), E_ON(USE),       "*:use>Established" },
    { E(ESTABLISHED), E_ON(RELEASE),   "*:release>Established" },
    /* discard_context: served, then dropped; requests already running keep it */
    { E(ESTABLISHED), E_ON(DISCARD),   "*:leave>Leaving" },
    /* "an established stateful context has been unilaterally discarded by the TSS" */
    { E(ESTABLISHED), E_ON(EXPIRE),    "in_use:leave>Leaving *:leave>Gone" },
    { E(LEAVING),     E_ON(RELEASE),   "in_use_by_others:release>Leaving *:release>Gone" },
};
/* clang-format on */

static void test_request(void **state)
{
    (void)state;
    matrix_check(&troth_sas_request_fsm, request_cells, sizeof request_cells / sizeof *request_cells, request_names);
    assert_int_equal(troth_sas_request_fsm.initial, R(WAIT));
    assert_int_equal(troth_sas_request_fsm.failed, R(ENDED));
}

static void test_entry(void **state)
{
    (void)state;
    matrix_check(&troth_sas_entry_fsm, entry_cells, sizeof entry_cells / sizeof *entry_cells, entry_names);
    assert_int_equal(troth_sas_entry_fsm.initial, E(NEW));
    assert_int_equal(troth_sas_entry_fsm.failed, E(GONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_request), cmocka_unit_test(test_entry) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
