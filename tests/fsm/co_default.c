/* As whom a request without a verifier runs, cell by cell, written from MS-RPCE 3.3.1.5.4 and what Windows does. */
#include <rpc_co/server.h>
#include <support/matrix.h>

static const char *const names[] = { "D", "E", "Fixed" };

/* clang-format off */
static const cell cells[] = {
    /* a) whenever a context of level connect starts and no request has carried explicit connect-level auth: E := that one */
    { TROTH_CO_DI_TRANSPORT, TROTH_CO_DI_ON_CONNECT_CONTEXT, "*:take_it>E" },
    { TROTH_CO_DI_CONNECT,   TROTH_CO_DI_ON_CONNECT_CONTEXT, "*:take_it>E" },
    { TROTH_CO_DI_FIXED,     TROTH_CO_DI_ON_CONNECT_CONTEXT, "*>Fixed" },
    /* d) contexts of a higher level never become E */
    { TROTH_CO_DI_TRANSPORT, TROTH_CO_DI_ON_OTHER_CONTEXT,   "*>D" },
    { TROTH_CO_DI_CONNECT,   TROTH_CO_DI_ON_OTHER_CONTEXT,   "*>E" },
    { TROTH_CO_DI_FIXED,     TROTH_CO_DI_ON_OTHER_CONTEXT,   "*>Fixed" },
    /* c) any request with a sec_trailer clears E; at level connect it also ends (a) */
    { TROTH_CO_DI_TRANSPORT, TROTH_CO_DI_ON_CONNECT_REQUEST, "*>Fixed" },
    { TROTH_CO_DI_CONNECT,   TROTH_CO_DI_ON_CONNECT_REQUEST, "*>Fixed" },
    { TROTH_CO_DI_FIXED,     TROTH_CO_DI_ON_CONNECT_REQUEST, "*>Fixed" },
    { TROTH_CO_DI_TRANSPORT, TROTH_CO_DI_ON_OTHER_REQUEST,   "*>D" },
    { TROTH_CO_DI_CONNECT,   TROTH_CO_DI_ON_OTHER_REQUEST,   "*>D" },
    { TROTH_CO_DI_FIXED,     TROTH_CO_DI_ON_OTHER_REQUEST,   "*>Fixed" },
    /* b) without one: the only connect context (CO-4), in strict nobody at all (CO-5), else E, else D */
    { TROTH_CO_DI_TRANSPORT, TROTH_CO_DI_ON_PLAIN_REQUEST,   "only_connect:as_only>D strict:refuse_it>D *:as_nobody>D" },
    { TROTH_CO_DI_CONNECT,   TROTH_CO_DI_ON_PLAIN_REQUEST,   "only_connect:as_only>E strict:refuse_it>E *:as_latest>E" },
    { TROTH_CO_DI_FIXED,     TROTH_CO_DI_ON_PLAIN_REQUEST,   "only_connect:as_only>Fixed strict:refuse_it>Fixed *:as_nobody>Fixed" },
};
/* clang-format on */

static void test_matrix(void **state)
{
    (void)state;
    matrix_check(&troth_co_default_fsm, cells, sizeof cells / sizeof *cells, names);
    assert_int_equal(troth_co_default_fsm.initial, TROTH_CO_DI_TRANSPORT);
    assert_int_equal(troth_co_default_fsm.failed, TROTH_CO_DI_FIXED);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_matrix) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
