/* A request of a GIOP connection, cell by cell: CORBA 15.4.2 to 15.4.5, and 24.3.3, 24.3.4 for what waits in front of them. */
#include <csiv2/machines.h>
#include <support/matrix.h>

static const char *const names[] = { "New", "Offered", "Waiting", "Passed", "Cancelled", "Lost" };

#define S(state)  TROTH_IIOP_##state
#define ON(event) TROTH_IIOP_ON_##event

/* clang-format off */
static const cell cells[] = {
    /* nothing reaches the ORB before its evidence was decided about: not from Offered, and not what is only held */
    { S(NEW),       ON(HOLD),   "*>Offered" },
    { S(OFFERED),   ON(TAKEN),  "*>Waiting" },
    { S(WAITING),   ON(PASS),   "*>Passed" },
    /* no service contexts in a LocateRequest, and nobody is authenticated in the other direction */
    { S(NEW),       ON(PASS),   "*>Passed" },
    /* "the reply says that the context is gone": only what was sent is sent again */
    { S(PASSED),    ON(RESEND), "*>Waiting" },
    /* "the server may still answer": the id stays in use. What waits is forgotten instead, nobody has seen it */
    { S(PASSED),    ON(CANCEL), "*>Cancelled" },
    { S(CANCELLED), ON(CANCEL), "*>Cancelled" },
};
/* clang-format on */

static void test_request(void **state)
{
    (void)state;
    matrix_check(&troth_iiop_request_fsm, cells, sizeof cells / sizeof *cells, names);
    assert_int_equal(troth_iiop_request_fsm.initial, S(NEW));
    assert_int_equal(troth_iiop_request_fsm.failed, S(LOST));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_request) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
