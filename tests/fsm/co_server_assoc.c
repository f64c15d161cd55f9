/* The server's end of a connection, cell by cell, written from MS-RPCE 3.3.3 (figure 20), 3.3.1.5.4 and 3.3.1.5.8. */
#include <rpc_co/server.h>
#include <support/matrix.h>

static const char *const names[] = { "Est", "Binding", "Wait", "Neg", "Securing", "Recv", "Closed" };

#define AT(state) TROTH_CO_SA_##state
#define ON(event) TROTH_CO_SA_ON_##event

/* clang-format off */
static const cell cells[] = {
    /* ESTABLISHED: a bind, with security or without; all else is bind_nak and the end */
    { AT(ESTABLISHED),          ON(BIND),         "*:accept_bind>Neg" },
    { AT(ESTABLISHED),          ON(SECURE_BIND),  "*:begin_bind>Binding" },
    { AT(ESTABLISHED),          ON(MALFORMED),    "*:bad_pdu>Closed" },
    /* the first leg runs: an error is bind_nak, else bind_ack */
    { AT(BINDING),              ON(LEG_MORE),     "*:answer_leg>Wait" },
    { AT(BINDING),              ON(LEG_DONE),     "*:answer_leg>Neg" },
    { AT(BINDING),              ON(LEG_FAILED),   "*:leg_failed>Closed" },
    /* "ready to receive the SECURE_ALTER_CONTEXT PDUs"; no request before the last */
    { AT(WAIT_SECURE_ALTER),    ON(ALTER),        "*:answer_alter>Wait" },
    { AT(WAIT_SECURE_ALTER),    ON(SECURE_ALTER), "past_limit:refuse_context>Wait *:take_leg>Wait" },
    { AT(WAIT_SECURE_ALTER),    ON(AUTH3),        "*:take_auth3>Wait" },
    { AT(WAIT_SECURE_ALTER),    ON(LEG_MORE),     "*:answer_leg>Wait" },
    { AT(WAIT_SECURE_ALTER),    ON(LEG_DONE),     "others:answer_leg>Wait *:answer_leg>Neg" },
    { AT(WAIT_SECURE_ALTER),    ON(LEG_FAILED),   "*:leg_failed>Closed" },
    { AT(WAIT_SECURE_ALTER),    ON(LEG_SPOILT),   "others:leg_spoilt>Wait *:leg_spoilt>Neg" },
    { AT(WAIT_SECURE_ALTER),    ON(CO_CANCEL),    "*:cancel>Wait" },
    { AT(WAIT_SECURE_ALTER),    ON(ORPHANED),     "*:orphan>Wait" },
    { AT(WAIT_SECURE_ALTER),    ON(MALFORMED),    "*:bad_pdu>Closed" },
    /* "ready to start receiving REQUEST PDUs or ALTER_CONTEXT PDUs (secure or unsecure)" */
    { AT(CONTEXT_NEGOTIATED),   ON(ALTER),        "*:answer_alter>Neg" },
    { AT(CONTEXT_NEGOTIATED),   ON(SECURE_ALTER), "past_limit:refuse_context>Neg *:take_leg>Securing" },
    { AT(CONTEXT_NEGOTIATED),   ON(AUTH3),        "*:take_auth3>Neg" },
    { AT(CONTEXT_NEGOTIATED),   ON(REQUEST),      "*:take_request>Neg" },
    { AT(CONTEXT_NEGOTIATED),   ON(FIRST),        "*:take_request>Recv" },
    { AT(CONTEXT_NEGOTIATED),   ON(MIDDLE),       "*:take_stray>Neg" },
    { AT(CONTEXT_NEGOTIATED),   ON(LAST),         "*:take_stray>Neg" },
    { AT(CONTEXT_NEGOTIATED),   ON(CO_CANCEL),    "*:cancel>Neg" },
    { AT(CONTEXT_NEGOTIATED),   ON(ORPHANED),     "*:orphan>Neg" },
    { AT(CONTEXT_NEGOTIATED),   ON(MALFORMED),    "*:bad_pdu>Closed" },
    /* Negotiating Security; with multiplexing the calls of other contexts go on */
    { AT(NEGOTIATING_SECURITY), ON(ALTER),        "*:answer_alter>Securing" },
    { AT(NEGOTIATING_SECURITY), ON(SECURE_ALTER), "past_limit:refuse_context>Securing *:take_leg>Securing" },
    { AT(NEGOTIATING_SECURITY), ON(AUTH3),        "*:take_auth3>Securing" },
    { AT(NEGOTIATING_SECURITY), ON(LEG_MORE),     "*:answer_leg>Securing" },
    { AT(NEGOTIATING_SECURITY), ON(LEG_DONE),     "others:answer_leg>Securing *:answer_leg>Neg" },
    { AT(NEGOTIATING_SECURITY), ON(LEG_FAILED),   "*:leg_failed>Closed" },
    { AT(NEGOTIATING_SECURITY), ON(LEG_SPOILT),   "others:leg_spoilt>Securing *:leg_spoilt>Neg" },
    { AT(NEGOTIATING_SECURITY), ON(REQUEST),      "*:take_request>Securing" },
    { AT(NEGOTIATING_SECURITY), ON(FIRST),        "*:take_request>Recv" },
    { AT(NEGOTIATING_SECURITY), ON(MIDDLE),       "*:take_stray>Securing" },
    { AT(NEGOTIATING_SECURITY), ON(LAST),         "*:take_stray>Securing" },
    { AT(NEGOTIATING_SECURITY), ON(CO_CANCEL),    "*:cancel>Securing" },
    { AT(NEGOTIATING_SECURITY), ON(ORPHANED),     "*:orphan>Securing" },
    { AT(NEGOTIATING_SECURITY), ON(MALFORMED),    "*:bad_pdu>Closed" },
    /* RECV_PDU: "only one logical thread of execution"; no bind and no alter_context between fragments */
    { AT(RECV_PDU),             ON(MIDDLE),       "*:take_later>Recv" },
    { AT(RECV_PDU),             ON(LAST),         "securing:take_later>Securing *:take_later>Neg" },
    { AT(RECV_PDU),             ON(FIRST),        "*:take_second>Closed" },
    { AT(RECV_PDU),             ON(REQUEST),      "*:take_second>Closed" },
    { AT(RECV_PDU),             ON(CO_CANCEL),    "*:cancel>Recv" },
    { AT(RECV_PDU),             ON(ORPHANED),     "*:orphan>Recv" },
    { AT(RECV_PDU),             ON(LEG_MORE),     "*:answer_leg>Recv" },
    { AT(RECV_PDU),             ON(LEG_DONE),     "*:answer_leg>Recv" },
    { AT(RECV_PDU),             ON(LEG_FAILED),   "*:leg_failed>Closed" },
    { AT(RECV_PDU),             ON(LEG_SPOILT),   "*:leg_spoilt>Recv" },
    { AT(RECV_PDU),             ON(MALFORMED),    "*:bad_pdu>Closed" },
    /* the transport, the owner, a deadline */
    { AT(ESTABLISHED),          ON(PEER_CLOSED),  "*:peer_closed>Closed" },
    { AT(BINDING),              ON(PEER_CLOSED),  "*:peer_closed>Closed" },
    { AT(WAIT_SECURE_ALTER),    ON(PEER_CLOSED),  "*:peer_closed>Closed" },
    { AT(CONTEXT_NEGOTIATED),   ON(PEER_CLOSED),  "*:peer_closed>Closed" },
    { AT(NEGOTIATING_SECURITY), ON(PEER_CLOSED),  "*:peer_closed>Closed" },
    { AT(RECV_PDU),             ON(PEER_CLOSED),  "*:peer_closed>Closed" },
    { AT(ESTABLISHED),          ON(CLOSE),        "*:close_it>Closed" },
    { AT(BINDING),              ON(CLOSE),        "*:close_it>Closed" },
    { AT(WAIT_SECURE_ALTER),    ON(CLOSE),        "*:close_it>Closed" },
    { AT(CONTEXT_NEGOTIATED),   ON(CLOSE),        "*:close_it>Closed" },
    { AT(NEGOTIATING_SECURITY), ON(CLOSE),        "*:close_it>Closed" },
    { AT(RECV_PDU),             ON(CLOSE),        "*:close_it>Closed" },
};
/* clang-format on */

static void test_matrix(void **state)
{
    (void)state;
    matrix_check(&troth_co_server_assoc_fsm, cells, sizeof cells / sizeof *cells, names);
    assert_int_equal(troth_co_server_assoc_fsm.initial, TROTH_CO_SA_ESTABLISHED);
    assert_int_equal(troth_co_server_assoc_fsm.failed, TROTH_CO_SA_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_matrix) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
