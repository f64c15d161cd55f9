/* One call on the server, cell by cell, written from MS-RPCE 3.3.3.1.5 (figure 21), 3.3.3.5.8 and C706 12.6.4. */
#include <rpc_co/server.h>
#include <support/matrix.h>

static const char *const names[] = { "Receive",   "ReceiveCancelled", "Refused", "Dispatched",
                                     "Cancelled", "Orphaned",         "Lost",    "Complete" };

#define AT(state) TROTH_CO_SC_##state
#define ON(event) TROTH_CO_SC_ON_##event

/* clang-format off */
static const cell cells[] = {
    /* "STATE_RECEIVE_PDU: the server is receiving request PDUs of the call's [in] parameters" */
    { AT(RECEIVE_PDU),          ON(FRAGMENT),  "*:keep>Receive" },
    { AT(RECEIVE_PDU),          ON(LAST),      "*:complete>Dispatched" },
    { AT(RECEIVE_CANCELLED),    ON(FRAGMENT),  "*:keep>ReceiveCancelled" },
    { AT(RECEIVE_CANCELLED),    ON(LAST),      "*:complete_cancelled>Cancelled" },
    /* "SHOULD return a fault PDU as soon as they have processed the PDU with the error" */
    { AT(RECEIVE_PDU),          ON(REFUSE),    "*>Refused" },
    { AT(RECEIVE_CANCELLED),    ON(REFUSE),    "*>Refused" },
    { AT(REFUSED),              ON(FRAGMENT),  "*>Refused" },
    { AT(REFUSED),              ON(LAST),      "*>Complete" },
    /* co_cancel is remembered while fragments come, told to the handler later; the answer comes all the same */
    { AT(RECEIVE_PDU),          ON(CO_CANCEL), "*>ReceiveCancelled" },
    { AT(RECEIVE_CANCELLED),    ON(CO_CANCEL), "*>ReceiveCancelled" },
    { AT(REFUSED),              ON(CO_CANCEL), "*>Refused" },
    { AT(DISPATCHED),           ON(CO_CANCEL), "*:tell_cancel>Cancelled" },
    { AT(DISPATCHED_CANCELLED), ON(CO_CANCEL), "*>Cancelled" },
    { AT(ORPHANED),             ON(CO_CANCEL), "*>Orphaned" },
    /* orphaned: mid-fragment the call continues if its last fragment comes; later nobody waits for the answer */
    { AT(RECEIVE_PDU),          ON(ORPHANED),  "*>ReceiveCancelled" },
    { AT(RECEIVE_CANCELLED),    ON(ORPHANED),  "*>ReceiveCancelled" },
    { AT(REFUSED),              ON(ORPHANED),  "*>Refused" },
    { AT(DISPATCHED),           ON(ORPHANED),  "*:tell_cancel>Orphaned" },
    { AT(DISPATCHED_CANCELLED), ON(ORPHANED),  "*>Orphaned" },
    { AT(ORPHANED),             ON(ORPHANED),  "*>Orphaned" },
    /* STATE_SEND_PDU, STATE_COMPLETE; a maybe call has no response */
    { AT(DISPATCHED),           ON(ANSWER),    "maybe>Complete *:send>Complete" },
    { AT(DISPATCHED_CANCELLED), ON(ANSWER),    "maybe>Complete *:send>Complete" },
    { AT(ORPHANED),             ON(ANSWER),    "*>Complete" },
    { AT(LOST),                 ON(ANSWER),    "*>Complete" },
    /* the connection ends, 3.3.3.7.1: what is dispatched goes on without it */
    { AT(RECEIVE_PDU),          ON(LOST),      "*:forget>Complete" },
    { AT(RECEIVE_CANCELLED),    ON(LOST),      "*:forget>Complete" },
    { AT(REFUSED),              ON(LOST),      "*:forget>Complete" },
    { AT(DISPATCHED),           ON(LOST),      "*:forget>Lost" },
    { AT(DISPATCHED_CANCELLED), ON(LOST),      "*:forget>Lost" },
    { AT(ORPHANED),             ON(LOST),      "*:forget>Lost" },
};
/* clang-format on */

static void test_matrix(void **state)
{
    (void)state;
    matrix_check(&troth_co_server_call_fsm, cells, sizeof cells / sizeof *cells, names);
    assert_int_equal(troth_co_server_call_fsm.initial, TROTH_CO_SC_RECEIVE_PDU);
    assert_int_equal(troth_co_server_call_fsm.failed, TROTH_CO_SC_COMPLETE);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_matrix) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
