/*
 * The client's connection and its calls: every state with every event, written down from [MS-RPCE 3.3.2 figures 18 and 19,
 * 3.3.1.5.2.1, 3.3.1.5.8, 3.3.2.6, 3.3.2.7; C706 11.1.3, 11.1.5, 11.1.6] and CO-11, compared cell by cell. A cell that is
 * not listed has no arrow: the connection is closed, which is the text's own rule.
 */
#include <rpc_co/client.h>
#include <support/matrix.h>
#include <support/rpc_rig.h>

#define S(state) TROTH_CO_CA_##state
#define E(event) TROTH_CO_CA_ON_##event

/* E established, f first leg, b/B waits for (secure) bind_ack, N negotiated, l leg, a/A waits for (secure) alter_resp */
static const char *const assoc_short[] = { "E", "f", "b", "B", "N", "l", "a", "A", "D", "X" };

#define DISCARD_OR_END(what) "replies_awaited:discard_" what ">D *:" what ">X"

/* clang-format off */
static const cell assoc_cells[] = {
    { S(ESTABLISHED), E(NEED),        "*:send_bind>b" },
    { S(ESTABLISHED), E(OPEN),        "*:first_leg>f" },
    { S(ESTABLISHED), E(BAD_PDU),     "*:bad_pdu>X" },
    { S(ESTABLISHED), E(PEER_CLOSED), "nothing_open:peer_ended>X *:lost>X" },
    { S(ESTABLISHED), E(CLOSE),       "*:close_it>X" },

    { S(FIRST_LEG), E(MORE),        "has_token:send_secure_bind>B" },
    { S(FIRST_LEG), E(DONE),        "has_token:send_secure_bind>B" },
    { S(FIRST_LEG), E(FAILED),      "*:context_failed>X" },
    { S(FIRST_LEG), E(BAD_PDU),     "*:bad_pdu>X" },
    { S(FIRST_LEG), E(PEER_CLOSED), "*:lost>X" },
    { S(FIRST_LEG), E(CLOSE),       "*:close_it>X" },

    { S(WAIT_BIND_ACK), E(BIND_ACK),    "*:take_ack>N" },
    { S(WAIT_BIND_ACK), E(BIND_NAK),    "*:bind_refused>X" },
    { S(WAIT_BIND_ACK), E(FAULT),       "*:bind_faulted>X" },
    { S(WAIT_BIND_ACK), E(BAD_PDU),     "*:bad_pdu>X" },
    { S(WAIT_BIND_ACK), E(PEER_CLOSED), "*:lost>X" },
    { S(WAIT_BIND_ACK), E(CLOSE),       "*:close_it>X" },

    { S(WAIT_SECURE_BIND_ACK), E(BIND_ACK),    "brings_token:take_ack_leg>l complete:take_ack_established>N" },
    { S(WAIT_SECURE_BIND_ACK), E(BIND_NAK),    "*:bind_refused>X" },
    { S(WAIT_SECURE_BIND_ACK), E(FAULT),       "*:bind_faulted>X" },
    { S(WAIT_SECURE_BIND_ACK), E(BAD_PDU),     "*:bad_pdu>X" },
    { S(WAIT_SECURE_BIND_ACK), E(PEER_CLOSED), "*:lost>X" },
    { S(WAIT_SECURE_BIND_ACK), E(CLOSE),       "*:close_it>X" },

    { S(NEGOTIATED), E(NEED),        "*:send_alter>a" },
    { S(NEGOTIATED), E(OPEN),        "*:first_leg>l" },
    { S(NEGOTIATED), E(BROKEN),      DISCARD_OR_END("broken") },
    { S(NEGOTIATED), E(SHUTDOWN),    DISCARD_OR_END("shut_down") },
    { S(NEGOTIATED), E(BAD_PDU),     "*:bad_pdu>X" },
    { S(NEGOTIATED), E(PEER_CLOSED), "nothing_open:peer_ended>X *:lost>X" },
    { S(NEGOTIATED), E(CLOSE),       "*:close_it>X" },

    { S(LEG), E(MORE),        "has_token:send_secure_alter>A" },
    { S(LEG), E(DONE),        "last_by_auth3:send_auth3>N has_token:send_secure_alter>A *:established>N" },
    { S(LEG), E(FAILED),      "replies_awaited:discard_failed>D *:context_failed>X" },
    { S(LEG), E(BROKEN),      DISCARD_OR_END("broken") },
    { S(LEG), E(SHUTDOWN),    DISCARD_OR_END("shut_down") },
    { S(LEG), E(BAD_PDU),     "*:bad_pdu>X" },
    { S(LEG), E(PEER_CLOSED), "*:lost>X" },
    { S(LEG), E(CLOSE),       "*:close_it>X" },

    { S(WAIT_ALTER_RESP), E(ALTER_RESP),  "*:take_resp>N" },
    { S(WAIT_ALTER_RESP), E(FAULT),       "*:presentation_refused>N" },
    { S(WAIT_ALTER_RESP), E(BROKEN),      DISCARD_OR_END("broken") },
    { S(WAIT_ALTER_RESP), E(SHUTDOWN),    DISCARD_OR_END("shut_down") },
    { S(WAIT_ALTER_RESP), E(BAD_PDU),     "*:bad_pdu>X" },
    { S(WAIT_ALTER_RESP), E(PEER_CLOSED), "*:lost>X" },
    { S(WAIT_ALTER_RESP), E(CLOSE),       "*:close_it>X" },

    { S(WAIT_SECURE_ALTER_RESP), E(ALTER_RESP),
      "spnego_over:take_resp_established>N brings_token:take_resp_leg>l complete:take_resp_established>N" },
    { S(WAIT_SECURE_ALTER_RESP), E(FAULT),       "replies_awaited:discard_refused>D *:context_refused>X" },
    { S(WAIT_SECURE_ALTER_RESP), E(BROKEN),      DISCARD_OR_END("broken") },
    { S(WAIT_SECURE_ALTER_RESP), E(SHUTDOWN),    DISCARD_OR_END("shut_down") },
    { S(WAIT_SECURE_ALTER_RESP), E(BAD_PDU),     "*:bad_pdu>X" },
    { S(WAIT_SECURE_ALTER_RESP), E(PEER_CLOSED), "*:lost>X" },
    { S(WAIT_SECURE_ALTER_RESP), E(CLOSE),       "*:close_it>X" },

    { S(DISCARD), E(MORE),        "*>D" },
    { S(DISCARD), E(DONE),        "*>D" },
    { S(DISCARD), E(FAILED),      "*>D" },
    { S(DISCARD), E(ALTER_RESP),  "*>D" },
    { S(DISCARD), E(FAULT),       "*>D" },
    { S(DISCARD), E(SHUTDOWN),    "*>D" },
    { S(DISCARD), E(DRAINED),     "*:drained>X" },
    { S(DISCARD), E(BAD_PDU),     "*:bad_pdu>X" },
    { S(DISCARD), E(PEER_CLOSED), "*:drained>X" },
    { S(DISCARD), E(CLOSE),       "*:close_it>X" },
};

#define C(state) TROTH_CO_CC_##state
#define O(event) TROTH_CO_CC_ON_##event
static const char *const call_short[] = { "S", "D", "R", "o", "C", "F" };
static const cell call_cells[] = {
    { C(SEND_PDUS), O(SEND),    "*:send_request>D" },
    { C(SEND_PDUS), O(CANCEL),  "*:cancel_unsent>F" },
    { C(SEND_PDUS), O(TIMEOUT), "*:lost>F" },
    { C(SEND_PDUS), O(LOST),    "*:lost>F" },

    { C(DISPATCHED), O(ONLY),    "*:deliver>C" },
    { C(DISPATCHED), O(FIRST),   "*:begin>R" },
    { C(DISPATCHED), O(FAULT),   "forbidden_status:bad_status>F *:fault>F" },
    { C(DISPATCHED), O(CANCEL),  "*:send_cancel>D" },
    { C(DISPATCHED), O(TIMEOUT), "may_orphan:orphan>o *:lost>F" },
    { C(DISPATCHED), O(LOST),    "*:lost>F" },

    { C(RECEIVE_PDU), O(MIDDLE),  "*:gather>R" },
    { C(RECEIVE_PDU), O(LAST),    "*:gather_deliver>C" },
    { C(RECEIVE_PDU), O(FAULT),   "forbidden_status:bad_status>F *:fault>F" },
    { C(RECEIVE_PDU), O(CANCEL),  "*:send_cancel>R" },
    { C(RECEIVE_PDU), O(TIMEOUT), "may_orphan:orphan>o *:lost>F" },
    { C(RECEIVE_PDU), O(LOST),    "*:lost>F" },

    { C(ORPHANED), O(ONLY),   "*:drop>C" },
    { C(ORPHANED), O(FIRST),  "*>o" },
    { C(ORPHANED), O(MIDDLE), "*>o" },
    { C(ORPHANED), O(LAST),   "*:drop>C" },
    { C(ORPHANED), O(FAULT),  "forbidden_status:bad_status>F *:drop>F" },
    { C(ORPHANED), O(LOST),   "*:drop>F" },

    { C(COMPLETE), O(CANCEL), "*>C" },
    { C(FAULT),    O(CANCEL), "*>F" },
};
/* clang-format on */

static void test_assoc(void **state)
{
    (void)state;
    matrix_check(&troth_co_client_assoc_fsm, assoc_cells, sizeof assoc_cells / sizeof *assoc_cells, assoc_short);
}

static void test_call(void **state)
{
    (void)state;
    matrix_check(&troth_co_client_call_fsm, call_cells, sizeof call_cells / sizeof *call_cells, call_short);
}

/* In every state, an event without an arrow ends the connection, once, and sends nothing. */
static void test_no_arrow(void **state)
{
    (void)state;
    for (uint8_t from = 0; from < TROTH_CO_CA_STATES; from++)
        for (uint8_t on = 0; on < TROTH_CO_CA_EVENTS; on++) {
            bool listed = false;
            for (size_t i = 0; i < sizeof assoc_cells / sizeof *assoc_cells; i++)
                listed |= assoc_cells[i].from == from && assoc_cells[i].on == on;
            if (listed)
                continue;
            rpc_rig r;
            rpc_rig_init(&r, true);
            rpc_rig_connect(&r);
            troth_co_client *c = (troth_co_client *)r.c.e;
            troth_fsm_spec spec = troth_co_client_assoc_fsm;
            spec.initial = from;
            troth_fsm_init(&c->assoc, &spec, NULL);
            assert_int_equal(troth_fsm_step(&c->assoc, on, c, NULL), TROTH_UNEXPECTED);
            assert_int_equal(c->assoc.state, TROTH_CO_CA_CLOSED);
            rpc_peer_events(&r.c);
            assert_int_equal(r.c.closed, from != TROTH_CO_CA_CLOSED);
            if (r.c.closed)
                assert_int_equal(r.c.error.code, TROTH_UNEXPECTED);
            assert_int_equal(rpc_peer_drain(&r.c), 0);
            rpc_rig_end(&r);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_assoc),
        cmocka_unit_test(test_call),
        cmocka_unit_test(test_no_arrow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
